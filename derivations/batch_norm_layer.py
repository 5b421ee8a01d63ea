"""The batch-normalisation layer alone: Y = b(X), with an upstream gradient D = ∂f/∂Y."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    batch_norm,
    centering,
    definitions,
    dims,
    gradient,
    inner,
    matrix,
    ones,
    row,
    scalar,
)

N, p = dims("N p")
X, D = matrix("X", N, p), matrix("D", N, p)
gamma, beta = row("gamma", p), row("beta", p)
epsilon = scalar("epsilon", positive=True)


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Both divisors, with and without ε: label, derivation, expected gradients."""
    for ddof in (0, 1):
        for eps in (0, epsilon):
            loss = inner(D, batch_norm(X, gamma, beta, ddof, eps))
            named = {x.name: x for x in definitions(loss)}
            X_tilde, sigma = named["X_tilde"], named["sigma_X"]
            centred = centering(N) @ D
            along = X_tilde * (ones(N) @ (ones(1, N) @ (D * X_tilde))) / (N - ddof)
            expected = {
                X: (ones(N) @ (gamma / sigma)) * (centred - along),
                gamma: ones(1, N) @ (D * X_tilde),
                beta: ones(1, N) @ D,
            }
            yield f"ddof {ddof}, eps {eps}", gradient(loss, (X, gamma, beta)), expected
