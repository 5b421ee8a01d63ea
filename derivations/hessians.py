"""Hessians in closed form, ∂vec(∂R/∂X)/∂(vec Y)ᵀ: ⊗, ⊙ and diag, no table of second derivatives.

Within symmetric matrices ½(I + K) stands at the right, for the symmetric part of the direction.
"""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    column,
    commutation,
    diag,
    dims,
    factor_covariance,
    function,
    gaussian_loglikelihood,
    gaussian_loglikelihood_of_precision,
    hessian,
    identity,
    inv,
    kron,
    let,
    likelihood_discrepancy,
    logdet,
    logistic_regression,
    logsumexp,
    matrix,
    matrix_factorisation,
    ones,
    posterior_covariance,
    row,
    row_softmax,
    scalar,
    sigmoid,
    softmax,
    softmax_regression,
    squared_norm,
    trace,
    vec,
)

n, m, N, p, k = dims("n m N p k")
x, A = column("x", n, "positive"), matrix("A", m, n)
X, w, y = matrix("X", N, p), column("w", p), column("y", N)
T, U, V = matrix("T", m, n), matrix("U", m, k), matrix("V", n, k)
W, Y = matrix("W", p, k), matrix("Y", N, k)
L, psi = matrix("L", p, k), column("psi", p, "positive")
S = matrix("S", p, p, "positive definite")
P, R_v = matrix("P", n, n, "positive definite"), matrix("R_v", m, m, "positive definite")
K, H = matrix("K", n, m), matrix("H", m, n)
mu, lam = row("mu", p), scalar("lam", positive=True)
Sigma = matrix("Sigma", p, p, "positive definite")
Lambda = matrix("Lambda", p, p, "positive definite")
Gamma_1, Gamma_2 = matrix("Gamma_1", p, k), column("Gamma_2", k)
a, a_prime, a_second = (function("a", order=order) for order in range(3))
twice = identity(p * p) + commutation(p, p)

Case = tuple[str, Derivation, dict[Any, Any]]
"""Label, derivation, published Hessians."""


def cases() -> Iterator[Case]:
    """Label, derivation, published Hessians."""
    yield _log_sum_exp()
    yield _logistic()
    yield _softmax()
    yield _design()
    yield from _factorisation()
    yield from _gaussian()
    yield _factor_analysis()
    yield _posterior_covariance()
    yield from _net()


def _log_sum_exp() -> Case:
    """S. Boyd, L. Vandenberghe, Convex Optimization, sec. 3.1.5."""
    s = softmax(x)
    return "log-sum-exp", hessian(logsumexp(x), x), {x: diag(s) - s @ s.T}


def _logistic() -> Case:
    """C. M. Bishop, Pattern Recognition and Machine Learning, (4.97)."""
    s = sigmoid(X @ w)
    weights = diag(s * (ones(N) - s))
    return "logistic", hessian(logistic_regression(X, w, y), w), {w: X.T @ weights @ X}


def _softmax() -> Case:
    """D. Böhning, Multinomial logistic regression algorithm, Ann. Inst. Stat. Math. 44, 1992.

    His Σ (diag(p) − ppᵀ) ⊗ xxᵀ over the rows p of S and x of X, summed by one product.
    """
    s = diag(vec(row_softmax(X @ W)))
    spread = s - s @ kron(ones(k, k), identity(N)) @ s
    expected = {W: kron(identity(k), X.T) @ spread @ kron(identity(k), X)}
    return "softmax regression", hessian(softmax_regression(X, W, Y), W), expected


def _design() -> Case:
    """The criterion of D-optimal designs with weights x."""
    leverage = A.T @ inv(A @ diag(x) @ A.T) @ A
    return "log det of a design", hessian(logdet(A @ diag(x) @ A.T), x), {x: -(leverage**2)}


def _factorisation() -> Iterator[Case]:
    """A. M. Buchanan, A. W. Fitzgibbon, Damped Newton algorithms, CVPR 2005, sec. 3."""
    loss = matrix_factorisation(T, U, V, lam)
    error = U @ V.T - T
    by_u = {
        U: kron(V.T @ V, identity(m)) + lam * identity(k * m),
        V: kron(V.T, U) @ commutation(n, k) + kron(identity(k), error),
    }
    yield "factorisation by U", hessian(loss, U, (U, V)), by_u
    by_v = {
        U: kron(U.T, V) @ commutation(m, k) + kron(identity(k), error.T),
        V: kron(U.T @ U, identity(n)) + lam * identity(k * n),
    }
    yield "factorisation by V", hessian(loss, V, (U, V)), by_v


def _gaussian() -> Iterator[Case]:
    """J. R. Magnus, H. Neudecker, Matrix Differential Calculus, 3rd ed., ch. 15, sec. 3."""
    residual = X - ones(N) @ mu
    inverse, covariance = inv(Sigma), inv(Lambda)
    total = ones(1, N) @ residual @ inverse
    scatter = inverse @ residual.T @ residual @ inverse
    likelihood = gaussian_loglikelihood(X, mu, Sigma)
    by_mean = {mu: -N * inverse, Sigma: -kron(inverse, total) @ twice / 2}
    yield "Gaussian by its mean", hessian(likelihood, mu, (mu, Sigma)), by_mean
    curvature = N * kron(inverse, inverse) - kron(inverse, scatter) - kron(scatter, inverse)
    by_covariance = {Sigma: curvature @ twice / 4}
    yield "Gaussian by its covariance", hessian(likelihood, Sigma), by_covariance
    likelihood = gaussian_loglikelihood_of_precision(X, mu, Lambda)
    by_precision = {Lambda: -N * kron(covariance, covariance) @ twice / 4}
    yield "Gaussian by its precision", hessian(likelihood, Lambda), by_precision


def _factor_analysis() -> Case:
    """By the unique variances ψ, the loadings held fixed."""
    model = let("Sigma", factor_covariance(L, psi))
    inverse = inv(model)
    expected = {psi: inverse * (2 * inverse @ S @ inverse - inverse)}
    return "unique variances", hessian(likelihood_discrepancy(model, S), psi), expected


def _posterior_covariance() -> Case:
    """Positive definite, so that Kalman's gain is the minimum."""
    spread = trace(posterior_covariance(P, K, H, R_v))
    expected = {K: 2 * kron(H @ P @ H.T + R_v, identity(n))}
    return "trace of a posterior covariance", hessian(spread, K), expected


def _net() -> Iterator[Case]:
    """A net with one hidden layer, ½‖a(XΓ₁)Γ₂ − y‖²."""
    Z = X @ Gamma_1
    residual = a(Z) @ Gamma_2 - y
    loss = squared_norm(residual) / 2
    slopes = diag(vec(a_prime(Z)))
    wide, narrow = kron(identity(k), X), kron(identity(k), X.T)
    mixed = kron(Gamma_2, a(Z)) + kron(identity(k), residual)
    bent = diag(vec(a_second(Z) * (residual @ Gamma_2.T)))
    straight = slopes @ kron(Gamma_2 @ Gamma_2.T, identity(N)) @ slopes
    inner_layer = {Gamma_1: narrow @ (straight + bent) @ wide, Gamma_2: narrow @ slopes @ mixed}
    yield "net by Γ₁", hessian(loss, Gamma_1, (Gamma_1, Gamma_2)), inner_layer
    outer_layer = {Gamma_1: mixed.T @ slopes @ wide, Gamma_2: a(Z).T @ a(Z)}
    yield "net by Γ₂", hessian(loss, Gamma_2, (Gamma_1, Gamma_2)), outer_layer
