"""Log-densities made of Gaussians, by their means, covariances and precisions.

Declare a covariance ``matrix("Sigma", p, p, "positive definite")``: then Σ⁻ᵀ = Σ⁻¹, and a
derivative by it is the one within the symmetric matrices.
"""

import sympy
from sympy import Expr, Rational

from matcalc.dimensions import Size, dim
from matcalc.node import Node
from matcalc.operators.algebra import inv, need_node
from matcalc.operators.constants import ones
from matcalc.operators.determinant import logdet
from matcalc.operators.diagonal import diag
from matcalc.operators.scalars import inner, trace

HALF = Rational(1, 2)


def gaussian_loglikelihood(x: Node, mu: Node, sigma: Node) -> Expr:
    """Log-likelihood of independent rows of X under N(μ, Σ).

    −½N log det Σ − ½ tr((X − 1μ)Σ⁻¹(X − 1μ)ᵀ) − ½Np log 2π.

    Parameters
    ----------
    x : Node
        N × p, a row an observation.
    mu : Node
        The mean, a row 1 × p.
    sigma : Node
        The covariance, p × p.

    Notes
    -----
    C. M. Bishop, *Pattern Recognition and Machine Learning*, (2.118).

    Examples
    --------
    >>> from matcalc import gradient, matrix, row
    >>> X, mu = matrix("X", "N", "p"), row("mu", "p")
    >>> Sigma = matrix("Sigma", "p", "p", "positive definite")
    >>> gradient(gaussian_loglikelihood(X, mu, Sigma), mu)[mu]
    ones(1, N) @ (X - ones(N, 1) @ mu) @ inv(Sigma)
    """
    return _rows(need_node("gaussian_loglikelihood", x), mu, inv(sigma), -logdet(sigma))


def gaussian_loglikelihood_of_precision(x: Node, mu: Node, precision: Node) -> Expr:
    """Log-likelihood of independent rows of X under N(μ, Λ⁻¹).

    ½N log det Λ − ½ tr((X − 1μ)Λ(X − 1μ)ᵀ) − ½Np log 2π.

    Parameters
    ----------
    x : Node
        N × p, a row an observation.
    mu : Node
        The mean, a row 1 × p.
    precision : Node
        The inverse Λ of the covariance, p × p.

    Notes
    -----
    K. P. Murphy, *Machine Learning: A Probabilistic Perspective*, sec. 4.1.3.

    Examples
    --------
    >>> from matcalc import gradient, matrix, row
    >>> X, mu = matrix("X", "N", "p"), row("mu", "p")
    >>> Lambda = matrix("Lambda", "p", "p", "positive definite")
    >>> gradient(gaussian_loglikelihood_of_precision(X, mu, Lambda), mu)[mu]
    ones(1, N) @ (X - ones(N, 1) @ mu) @ Lambda
    """
    x = need_node("gaussian_loglikelihood_of_precision", x)
    return _rows(x, mu, precision, logdet(precision))


def _rows(x: Node, mu: Node, precision: Node, log_det: Expr) -> Expr:
    residual = x - ones(x.rows) @ mu
    constant = x.rows * x.cols * sympy.log(2 * sympy.pi)
    return HALF * (x.rows * log_det - trace(residual @ precision @ residual.T) - constant)


def kl_gaussians(mu_1: Node, sigma_1: Node, mu_2: Node, sigma_2: Node) -> Expr:
    """Kullback-Leibler divergence of N(μ₂, Σ₂) from N(μ₁, Σ₁).

    ½(tr(Σ₂⁻¹Σ₁) + (μ₁ − μ₂)ᵀΣ₂⁻¹(μ₁ − μ₂) − p + log det Σ₂ − log det Σ₁).

    Parameters
    ----------
    mu_1, mu_2 : Node
        Means, columns p × 1.
    sigma_1, sigma_2 : Node
        Covariances, p × p.

    Notes
    -----
    S. Kullback, *Information Theory and Statistics*, ch. 9, sec. 1.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix
    >>> m, k = column("m", "p"), column("k", "p")
    >>> S, T = (matrix(name, "p", "p", "positive definite") for name in "ST")
    >>> gradient(kl_gaussians(m, S, k, T), (m, S))[S]
    (inv(T) - inv(S)) / 2
    """
    distance, precision = need_node("kl_gaussians", mu_1) - mu_2, inv(sigma_2)
    quadratic = trace(precision @ sigma_1) + inner(distance, precision @ distance)
    return HALF * (quadratic - distance.rows + logdet(sigma_2) - logdet(sigma_1))


def wishart_loglikelihood(x: Node, v: Node, nu: Size) -> Expr:
    """Log-density at X of the Wishart distribution of scale V, up to what ν and p alone decide.

    ½(ν − p − 1) log det X − ½ tr(V⁻¹X) − ½ν log det V.

    Parameters
    ----------
    x, v : Node
        p × p, positive definite.
    nu : int, str or sympy.Expr
        Degrees of freedom, a size: the normalising constant that is left out depends on ν, so ν
        is nothing to differentiate by.

    Raises
    ------
    ShapeError
        If ν is no size.

    Notes
    -----
    T. W. Anderson, *An Introduction to Multivariate Statistical Analysis*, 3rd ed., sec. 7.2.

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> X, V = (matrix(name, "p", "p", "positive definite") for name in "XV")
    >>> gradient(wishart_loglikelihood(X, V, "nu"), V)[V]
    (inv(V) @ X @ inv(V) - nu * inv(V)) / 2
    """
    p, freedom = need_node("wishart_loglikelihood", x).rows, dim(nu)
    densities = (freedom - p - 1) * logdet(x) - freedom * logdet(v)
    return HALF * (densities - trace(inv(v) @ x))


def factor_covariance(loadings: Node, psi: Node) -> Node:
    """Covariance of a factor model, ΛΛᵀ + diag(ψ).

    Parameters
    ----------
    loadings : Node
        Λ, p × k.
    psi : Node
        The unique variances ψ, a column p × 1.

    Notes
    -----
    K. G. Jöreskog, *Some contributions to maximum likelihood factor analysis*, Psychometrika 32,
    1967.
    """
    return need_node("factor_covariance", loadings) @ loadings.T + diag(psi)


def likelihood_discrepancy(sigma: Node, sample: Node) -> Expr:
    """Discrepancy F of a model covariance Σ from a sample covariance S.

    log det Σ + tr(Σ⁻¹S) − log det S − p: −2/N times the log-likelihood, zero where Σ = S. With
    ``factor_covariance`` it is the loss of maximum likelihood factor analysis.

    Parameters
    ----------
    sigma, sample : Node
        p × p, positive definite.

    Notes
    -----
    K. G. Jöreskog, *Some contributions to maximum likelihood factor analysis*, Psychometrika 32,
    1967; K. V. Mardia, J. T. Kent, J. M. Bibby, *Multivariate Analysis*, sec. 9.4.

    Examples
    --------
    >>> from matcalc import column, gradient, let, matrix
    >>> L, S = matrix("L", "p", "k"), matrix("S", "p", "p", "positive definite")
    >>> Sigma = let("Sigma", factor_covariance(L, column("psi", "p", "positive")))
    >>> gradient(likelihood_discrepancy(Sigma, S), L)[L]
    2 * (inv(Sigma) - inv(Sigma) @ S @ inv(Sigma)) @ L
    """
    p = need_node("likelihood_discrepancy", sigma).rows
    return logdet(sigma) + trace(inv(sigma) @ sample) - logdet(sample) - p


def gp_marginal_likelihood(k: Node, y: Node) -> Expr:
    """Log marginal likelihood of targets y under a Gaussian process with covariance K.

    −½yᵀK⁻¹y − ½ log det K − ½n log 2π; K holds the noise variance on its diagonal.

    Parameters
    ----------
    k : Node
        n × n.
    y : Node
        A column, n × 1.

    Notes
    -----
    C. E. Rasmussen, C. K. I. Williams, *Gaussian Processes for Machine Learning*, (2.30), (5.8).

    Examples
    --------
    >>> from matcalc import column, gradient, matrix
    >>> K, y = matrix("K", "n", "n", "positive definite"), column("y", "n")
    >>> gradient(gp_marginal_likelihood(K, y), K)[K]
    (inv(K) @ y @ y.T @ inv(K) - inv(K)) / 2
    """
    quadratic = inner(need_node("gp_marginal_likelihood", y), inv(k) @ y)
    return -HALF * (quadratic + logdet(k) + y.rows * sympy.log(2 * sympy.pi))
