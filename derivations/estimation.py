"""Factorised matrices and the gain of a Kalman filter."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    dims,
    gradient,
    identity,
    matrix,
    matrix_factorisation,
    posterior_covariance,
    scalar,
    trace,
)

m, n, k = dims("m n k")
T, U, V = matrix("T", m, n), matrix("U", m, k), matrix("V", n, k)
M, lam = matrix("M", m, n), scalar("lam", positive=True)
P = matrix("P", n, n, "positive definite")
R_v = matrix("R_v", m, m, "positive definite")
K, H = matrix("K", n, m), matrix("H", m, n)


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Label, derivation, published gradients."""
    # A. M. Buchanan, A. W. Fitzgibbon, Damped Newton algorithms for matrix factorization, 2005.
    error = U @ V.T - T
    penalised = {U: error @ V + lam * U, V: error.T @ U + lam * V}
    loss = matrix_factorisation(T, U, V, lam)
    yield "factorisation", gradient(loss, (U, V)), penalised
    weighted = {U: (M**2 * error) @ V, V: (M**2 * error).T @ U}
    loss = matrix_factorisation(T, U, V, weights=M)
    yield "factorisation with weights", gradient(loss, (U, V)), weighted
    # D. Simon, Optimal State Estimation, ch. 3: 2(I − KH)P(−Hᵀ) + 2KR.
    left = identity(n) - K @ H
    spread = trace(posterior_covariance(P, K, H, R_v))
    by_gain = {K: 2 * (K @ R_v - left @ P @ H.T), P: left.T @ left, R_v: K.T @ K}
    yield "trace of a posterior covariance", gradient(spread, (K, P, R_v)), by_gain
