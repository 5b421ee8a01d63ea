"""The net without batch normalisation: ŷ = a(XΓ₁)Γ₂, and its two gradients."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    column,
    dims,
    function,
    gradient,
    let,
    matrix,
    relu,
    step,
    sum,
)

N, p1, p2 = dims("N p1 p2")
X, y = matrix("X", N, p1), column("y", N)
Gamma_1, Gamma_2 = matrix("Gamma_1", p1, p2), column("Gamma_2", p2)
a, a_prime = function("a"), function("a", order=1)
ACTIVATIONS = {"abstract a": (a, a_prime), "relu": (relu, step)}


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Both activations, with and without N⁻¹: label, derivation, expected gradients."""
    for label, (f, slope) in ACTIVATIONS.items():
        for scale in (1 / N, 1):
            Z = let("Z", X @ Gamma_1)
            V = let("V", f(Z))
            residual = let("epsilon_hat", y - V @ Gamma_2)
            loss = scale * sum(residual**2)
            W = let("W", slope(Z) * (-2 * scale * residual @ Gamma_2.T))
            expected = {Gamma_1: X.T @ W, Gamma_2: -2 * scale * (V.T @ residual)}
            derivation = gradient(loss, (Gamma_1, Gamma_2), cotangents={Z: "W"})
            yield f"{label}, scale {scale}", derivation, expected
