"""Gaussian likelihoods: mean, covariance and precision, divergence, Wishart, factors, processes."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    column,
    diagonal,
    dims,
    exp,
    factor_covariance,
    gaussian_loglikelihood,
    gaussian_loglikelihood_of_precision,
    gp_marginal_likelihood,
    gradient,
    identity,
    inner,
    inv,
    kl_gaussians,
    let,
    likelihood_discrepancy,
    matrix,
    ones,
    row,
    scalar,
    trace,
    wishart_loglikelihood,
)

N, n, p, k, nu = dims("N n p k nu")
X, mu = matrix("X", N, p), row("mu", p)
Sigma = matrix("Sigma", p, p, "positive definite")
Lambda = matrix("Lambda", p, p, "positive definite")
mu_1, mu_2 = column("mu_1", p), column("mu_2", p)
Sigma_1 = matrix("Sigma_1", p, p, "positive definite")
Sigma_2 = matrix("Sigma_2", p, p, "positive definite")
S, V = matrix("S", p, p, "positive definite"), matrix("V", p, p, "positive definite")
L, psi = matrix("L", p, k), column("psi", p, "positive")
K, y = matrix("K", n, n, "positive definite"), column("y", n)
D = matrix("D", n, n, "symmetric")
scale, noise = scalar("s", positive=True), scalar("sigma", positive=True)


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Label, derivation, published gradients."""
    yield from _likelihoods()
    yield from _divergence()
    yield from _wishart()
    yield from _factor_analysis()
    yield from _processes()


def _likelihoods() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """C. M. Bishop, Pattern Recognition and Machine Learning, (2.120), and its sums over rows.

    By the precision ½(NΛ⁻¹ − Σ(x − μ)(x − μ)ᵀ): K. P. Murphy, Machine Learning: A Probabilistic
    Perspective, sec. 4.1.3.
    """
    residual = X - ones(N) @ mu
    scatter = residual.T @ residual
    by_covariance = {
        mu: ones(1, N) @ residual @ inv(Sigma),
        Sigma: (inv(Sigma) @ scatter @ inv(Sigma) - N * inv(Sigma)) / 2,
    }
    likelihood = gaussian_loglikelihood(X, mu, Sigma)
    yield "mean and covariance", gradient(likelihood, (mu, Sigma)), by_covariance
    by_precision = {
        mu: ones(1, N) @ residual @ Lambda,
        Lambda: (N * inv(Lambda) - scatter) / 2,
    }
    likelihood = gaussian_loglikelihood_of_precision(X, mu, Lambda)
    yield "mean and precision", gradient(likelihood, (mu, Lambda)), by_precision


def _divergence() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """With Σ₂ and μ₂ of the best Gaussian, zero where both distributions are one."""
    a = mu_1 - mu_2
    expected = {
        mu_1: inv(Sigma_2) @ a,
        Sigma_1: (inv(Sigma_2) - inv(Sigma_1)) / 2,
        mu_2: -inv(Sigma_2) @ a,
        Sigma_2: (inv(Sigma_2) - inv(Sigma_2) @ (Sigma_1 + a @ a.T) @ inv(Sigma_2)) / 2,
    }
    divergence = kl_gaussians(mu_1, Sigma_1, mu_2, Sigma_2)
    yield "Kullback-Leibler divergence", gradient(divergence, tuple(expected)), expected


def _wishart() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Zero by S at the mode (ν − p − 1)V, by V at S/ν."""
    expected = {
        S: ((nu - p - 1) * inv(S) - inv(V)) / 2,
        V: (inv(V) @ S @ inv(V) - nu * inv(V)) / 2,
    }
    yield "Wishart", gradient(wishart_loglikelihood(S, V, nu), (S, V)), expected


def _factor_analysis() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """K. V. Mardia, J. T. Kent, J. M. Bibby, Multivariate Analysis, sec. 9.4."""
    model = let("Sigma", factor_covariance(L, psi))
    by_model = inv(model) - inv(model) @ S @ inv(model)
    expected = {L: 2 * by_model @ L, psi: diagonal(by_model)}
    yield "factor analysis", gradient(likelihood_discrepancy(model, S), (L, psi)), expected


def _processes() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, (5.9).

    By a parameter θ of the kernel ½ tr((ααᵀ − K⁻¹) ∂K/∂θ) with α = K⁻¹y.
    """
    expected = {K: (inv(K) @ y @ y.T @ inv(K) - inv(K)) / 2, y: -inv(K) @ y}
    yield "Gaussian process", gradient(gp_marginal_likelihood(K, y), (K, y)), expected
    shape = exp(-D / 2)
    kernel = let("K", scale * shape + noise**2 * identity(n))
    by_kernel = inv(kernel) @ y @ y.T @ inv(kernel) - inv(kernel)
    by_parameters = {scale: inner(shape, by_kernel) / 2, noise: noise * trace(by_kernel)}
    derivation = gradient(gp_marginal_likelihood(kernel, y), (scale, noise))
    yield "parameters of a kernel", derivation, by_parameters
