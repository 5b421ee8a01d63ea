"""RMS normalisation and softmax attention, with an upstream gradient D."""

from collections.abc import Iterator
from typing import Any

from sympy import sqrt

from matcalc import (
    Derivation,
    attention_weights,
    definitions,
    dims,
    gradient,
    inner,
    let,
    matrix,
    ones,
    rms_norm,
    row,
    scalar,
)

N, M, p, d = dims("N M p d")
X, D, gamma = matrix("X", N, p), matrix("D", N, p), row("gamma", p)
Q, K, V = matrix("Q", N, d), matrix("K", M, d), matrix("V", M, p)
epsilon = scalar("epsilon", positive=True)


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Label, derivation, published gradients."""
    for eps in (0, epsilon):
        yield _rms_norm(eps)
    yield _attention()


def _rms_norm(eps: Any) -> tuple[str, Derivation, dict[Any, Any]]:
    """B. Zhang, R. Sennrich, Root Mean Square Layer Normalization, 2019, (9)."""
    loss = inner(D, rms_norm(X, gamma, eps))
    named = {x.name: x for x in definitions(loss)}
    X_tilde, rms = named["X_tilde"], named["rms_X"]
    upstream, across = D * (ones(N) @ gamma), ones(1, p)
    along = X_tilde * ((upstream * X_tilde) @ ones(p) @ across) / p
    expected = {
        X: (rms**-1 @ across) * (upstream - along),
        gamma: ones(1, N) @ (D * X_tilde),
    }
    return f"RMS normalisation, eps {eps}", gradient(loss, (X, gamma)), expected


def _attention() -> tuple[str, Derivation, dict[Any, Any]]:
    """T. Dao et al., FlashAttention, 2022, appendix B.2: dS = P ⊙ (dP − rows of P ⊙ dP summed)."""
    P = let("P", attention_weights(Q, K))
    by_weights = D @ V.T
    along = (P * by_weights) @ ones(M) @ ones(1, M)
    by_scores = P * (by_weights - along) / sqrt(d)
    expected = {Q: by_scores @ K, K: by_scores.T @ Q, V: P.T @ D}
    return "attention", gradient(inner(D, P @ V), (Q, K, V)), expected
