"""Layer normalisation with an upstream gradient D: every row centred and scaled by itself."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    centering,
    definitions,
    dims,
    gradient,
    inner,
    layer_norm,
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
    """With and without ε: label, derivation, expected gradients."""
    for eps in (0, epsilon):
        loss = inner(D, layer_norm(X, gamma, beta, eps))
        named = {x.name: x for x in definitions(loss)}
        X_tilde, sigma = named["X_tilde"], named["sigma_X"]
        upstream, across = D * (ones(N) @ gamma), ones(1, p)
        along = X_tilde * ((upstream * X_tilde) @ ones(p) @ across) / p
        expected = {
            X: (sigma**-1 @ across) * (upstream @ centering(p) - along),
            gamma: ones(1, N) @ (D * X_tilde),
            beta: ones(1, N) @ D,
        }
        yield f"eps {eps}", gradient(loss, (X, gamma, beta)), expected
