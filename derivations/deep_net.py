"""A batch-normed net of any depth: Z_l = V_{l−1}Γ_l, B_l = b(Z_l), V_l = a(B_l), ŷ = V_LΓ_out.

The loss is R = N⁻¹ Σ (y − ŷ)². Its gradients follow the backward recursion
W_l = a′(B_l) ⊙ ∂R/∂V_l, ∂R/∂Γ_l = V_{l−1}ᵀT_l, ∂R/∂V_{l−1} = T_lΓ_lᵀ with V_0 = X and
T_l = 1(γ_l ⊙ σ_l⁻¹) ⊙ (H W_l − N⁻¹ Z̃_l ⊙ 11ᵀ(W_l ⊙ Z̃_l)).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sympy import Expr

from derivations.batch_normed_net import ACTIVATIONS
from matcalc import (
    Derivation,
    batch_norm,
    centering,
    column,
    definitions,
    dims,
    gradient,
    let,
    matrix,
    ones,
    row,
    sum,
)

DEPTHS = (1, 2, 3)


@dataclass(frozen=True)
class Layer:
    """One hidden layer: what it takes, its parameters, and what it makes."""

    number: int
    before: Any
    Gamma: Any
    gamma: Any
    beta: Any
    Z: Any
    B: Any
    V: Any


@dataclass(frozen=True)
class DeepNet:
    """The net: its loss, its parameters from the first layer to the last, its intermediates."""

    loss: Expr
    parameters: tuple[Any, ...]
    layers: tuple[Layer, ...]
    residual: Any
    slope: Callable[[Any], Any]

    def derivation(self) -> Derivation:
        """All gradients in one sweep, the cotangent of each B_l named W_l."""
        cotangents = {layer.B: f"W_{layer.number}" for layer in self.layers}
        return gradient(self.loss, self.parameters, cotangents=cotangents)

    def expected(self) -> dict[Any, Any]:
        """The published backward recursion, from the last layer to the first."""
        N, Gamma_out = self.residual.rows, self.parameters[-1]
        named = {x.name: x for x in definitions(self.loss)}
        result = {Gamma_out: -2 / N * (self.layers[-1].V.T @ self.residual)}
        upstream = -2 / N * self.residual @ Gamma_out.T
        for layer in reversed(self.layers):
            Z_tilde, sigma = named[f"{layer.Z.name}_tilde"], named[f"sigma_{layer.Z.name}"]
            W = let(f"W_{layer.number}", self.slope(layer.B) * upstream)
            through_sigma = Z_tilde * (ones(N) @ (ones(1, N) @ (W * Z_tilde))) / N
            T = (ones(N) @ (layer.gamma / sigma)) * (centering(N) @ W - through_sigma)
            result[layer.Gamma] = layer.before.T @ T
            result[layer.gamma] = ones(1, N) @ (W * Z_tilde)
            result[layer.beta] = ones(1, N) @ W
            upstream = T @ layer.Gamma.T
        return result


def deep_net(layers: int, activation: str = "relu", eps: Any = 0) -> DeepNet:
    """The net with so many hidden layers, each of its own symbolic width, eps in its variances."""
    f, slope = ACTIVATIONS[activation]
    N, *widths = dims(" ".join(["N", *(f"p{k}" for k in range(1, layers + 2))]))
    hidden: list[Layer] = []
    V = matrix("X", N, widths[0])
    for number, (p, q) in enumerate(pairwise(widths), start=1):
        hidden.append(_layer(number, V, p, q, f, eps))
        V = hidden[-1].V
    Gamma_out = column("Gamma_out", widths[-1])
    residual = let("epsilon_hat", column("y", N) - let("y_hat", V @ Gamma_out))
    parameters = [x for layer in hidden for x in (layer.Gamma, layer.gamma, layer.beta)]
    return DeepNet(
        loss=sum(residual**2) / N,
        parameters=(*parameters, Gamma_out),
        layers=tuple(hidden),
        residual=residual,
        slope=slope,
    )


def _layer(number: int, before: Any, p: Any, q: Any, f: Callable[[Any], Any], eps: Any) -> Layer:
    Gamma = matrix(f"Gamma_{number}", p, q)
    gamma, beta = row(f"gamma_{number}", q), row(f"beta_{number}", q)
    Z = let(f"Z_{number}", before @ Gamma)
    B = let(f"B_{number}", batch_norm(Z, gamma, beta, eps=eps))
    return Layer(number, before, Gamma, gamma, beta, Z, B, let(f"V_{number}", f(B)))


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Both activations, one to three layers: label, derivation, expected gradients."""
    for activation in ACTIVATIONS:
        for layers in DEPTHS:
            net = deep_net(layers, activation)
            yield f"{activation}, {layers} layers", net.derivation(), net.expected()
