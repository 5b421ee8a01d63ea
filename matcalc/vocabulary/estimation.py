"""Matrices estimated from data: factorisations, and the update of a Kalman filter."""

from typing import Any

from sympy import Expr, Rational

from matcalc.node import Node
from matcalc.operators.algebra import inv, need_node
from matcalc.operators.constants import identity
from matcalc.operators.scalars import squared_norm
from matcalc.scalars import number

HALF = Rational(1, 2)


def matrix_factorisation(
    t: Node, u: Node, v: Node, lam: Any = 0, weights: Node | None = None
) -> Expr:
    """Half the squared error of a factorisation UVᵀ of T, ½‖W ⊙ (UVᵀ − T)‖² + ½λ(‖U‖² + ‖V‖²).

    Parameters
    ----------
    t, u, v : Node
        m × n, m × k and n × k.
    lam : scalar
        The penalty λ.
    weights : Node, optional
        W, m × n; ones and zeros say which entries of T are known.

    Notes
    -----
    A. M. Buchanan, A. W. Fitzgibbon, *Damped Newton algorithms for matrix factorization with
    missing data*, CVPR 2005.

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> T, U, V = matrix("T", "m", "n"), matrix("U", "m", "k"), matrix("V", "n", "k")
    >>> gradient(matrix_factorisation(T, U, V), U)[U]
    (U @ V.T - T) @ V
    """
    error = need_node("matrix_factorisation", u) @ v.T - t
    weighted = error if weights is None else weights * error
    return HALF * (squared_norm(weighted) + number(lam) * (squared_norm(u) + squared_norm(v)))


def posterior_covariance(prior: Node, gain: Node, h: Node, noise: Node) -> Node:
    """Covariance after a measurement taken in with any gain K, (I − KH)P(I − KH)ᵀ + KRKᵀ.

    Parameters
    ----------
    prior : Node
        P, the covariance before, n × n.
    gain : Node
        K, n × m.
    h : Node
        H of the measurement z = Hx + v, m × n.
    noise : Node
        R, the covariance of v, m × m.

    Notes
    -----
    Joseph's form: R. S. Bucy, P. D. Joseph, *Filtering for Stochastic Processes with Applications
    to Guidance*, 1968; D. Simon, *Optimal State Estimation*, ch. 3.

    Examples
    --------
    >>> from matcalc import gradient, matrix, trace
    >>> P, R = (matrix(x, k, k, "positive definite") for x, k in (("P", "n"), ("R_v", "m")))
    >>> K, H = matrix("K", "n", "m"), matrix("H", "m", "n")
    >>> gradient(trace(posterior_covariance(P, K, H, R)), K)[K]
    2 * (K @ R_v - (identity(n) - K @ H) @ P @ H.T)
    """
    left = identity(need_node("posterior_covariance", prior).rows) - gain @ h
    return left @ prior @ left.T + gain @ noise @ gain.T


def kalman_gain(prior: Node, h: Node, noise: Node) -> Node:
    """The gain that makes the trace of the posterior covariance least, PHᵀ(HPHᵀ + R)⁻¹.

    Parameters
    ----------
    prior : Node
        P, the covariance before, n × n.
    h : Node
        H of the measurement z = Hx + v, m × n.
    noise : Node
        R, the covariance of v, m × m.

    Notes
    -----
    R. E. Kalman, *A new approach to linear filtering and prediction problems*, J. Basic
    Engineering 82, 1960; D. Simon, *Optimal State Estimation*, ch. 3.

    Examples
    --------
    >>> from matcalc import matrix
    >>> P, R = (matrix(x, k, k, "positive definite") for x, k in (("P", "n"), ("R_v", "m")))
    >>> kalman_gain(P, matrix("H", "m", "n"), R)
    P @ H.T @ inv(R_v + H @ P @ H.T)
    """
    return need_node("kalman_gain", prior) @ h.T @ inv(h @ prior @ h.T + noise)
