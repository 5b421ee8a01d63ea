"""A one-hidden-layer net with batch normalisation: ŷ = a(b(XΓ₁))Γ₂.

The loss is R = N⁻¹ Σ (y − ŷ)²; all four gradients go through the mean and the standard deviation.
"""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    batch_norm,
    centering,
    column,
    definitions,
    dims,
    function,
    gradient,
    let,
    matrix,
    ones,
    relu,
    row,
    scalar,
    step,
    sum,
)

N, p1, p2 = dims("N p1 p2")
X, y = matrix("X", N, p1), column("y", N)
Gamma_1, Gamma_2 = matrix("Gamma_1", p1, p2), column("Gamma_2", p2)
gamma, beta = row("gamma", p2), row("beta", p2)
a, a_prime = function("a"), function("a", order=1)
ddof, epsilon = scalar("ddof"), scalar("epsilon", positive=True)

PARAMETERS = (beta, gamma, Gamma_1, Gamma_2)
ACTIVATIONS = {"abstract a": (a, a_prime), "relu": (relu, step)}


class Net:
    """The net in one of its variants, with its intermediates."""

    def __init__(
        self,
        activation: str = "abstract a",
        ddof: Any = 0,
        eps: Any = 0,
        per_row: bool = True,
    ) -> None:
        self.f, self.slope = ACTIVATIONS[activation]
        self.divisor, self.scale = N - ddof, 1 / N if per_row else 1
        self.Z = let("Z", X @ Gamma_1)
        self.B = let("B", batch_norm(self.Z, gamma, beta, ddof, eps))
        self.V = let("V", self.f(self.B))
        self.residual = let("epsilon_hat", y - self.V @ Gamma_2)
        self.loss = self.scale * sum(self.residual**2)

    def derivation(self) -> Derivation:
        """All four gradients in one sweep."""
        return gradient(self.loss, PARAMETERS, cotangents={self.B: "W"})

    def expected(self) -> dict[Any, Any]:
        """The published form: W = a′(B) ⊙ (−2N⁻¹ ε̂Γ₂ᵀ) and w = γ ⊙ σ⁻¹."""
        named = self.intermediates()
        Z_tilde, sigma = named["Z_tilde"], named["sigma_Z"]
        W = let("W", self.slope(self.B) * (-2 * self.scale * self.residual @ Gamma_2.T))
        w = ones(N) @ (gamma / sigma)
        through_sigma = Z_tilde * (ones(N) @ (ones(1, N) @ (W * Z_tilde))) / self.divisor
        return {
            beta: ones(1, N) @ W,
            gamma: ones(1, N) @ (W * Z_tilde),
            Gamma_1: X.T @ (w * (centering(N) @ W - through_sigma)),
            Gamma_2: -2 * self.scale * (self.V.T @ self.residual),
        }

    def intermediates(self) -> dict[str, Any]:
        """Named intermediates of the loss."""
        return {named.name: named for named in definitions(self.loss)}


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Every variant: label, derivation, expected gradients."""
    for activation in ACTIVATIONS:
        for degrees in (0, 1, ddof):
            for eps in (0, epsilon):
                for per_row in (True, False):
                    net = Net(activation, degrees, eps, per_row)
                    label = (
                        f"{activation}, ddof {degrees}, eps {eps}, {'1/N' if per_row else 'sum'}"
                    )
                    yield label, net.derivation(), net.expected()
