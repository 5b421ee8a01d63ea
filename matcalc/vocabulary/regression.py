"""Losses of regression: squares, logistic and softmax regression, smooth relatives of Huber's."""

from typing import Any

import sympy
from sympy import Expr

from matcalc.elementary import cosh, log, sqrt
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import ones
from matcalc.operators.scalars import inner, squared_norm, total
from matcalc.operators.softmax import row_logsumexp
from matcalc.scalars import number
from matcalc.vocabulary.elementwise import softplus

HALF = sympy.Rational(1, 2)


def linear_regression(x: Node, w: Node, y: Node) -> Expr:
    """Half the residual sum of squares, ½‖XW − Y‖².

    Parameters
    ----------
    x, w, y : Node
        N × p, p × k and N × k; k is 1 for a single response.

    Notes
    -----
    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd ed., (3.3):
    RSS(β) = (y − Xβ)ᵀ(y − Xβ), here halved.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(linear_regression(X, w, y), w)[w]
    X.T @ (X @ w - y)
    """
    return HALF * squared_norm(need_node("linear_regression", x) @ w - y)


def ridge_regression(x: Node, w: Node, y: Node, lam: Any) -> Expr:
    """Half the penalised sum of squares, ½‖XW − Y‖² + ½λ‖W‖².

    Parameters
    ----------
    x, w, y : Node
        N × p, p × k and N × k.
    lam : scalar
        The penalty λ.

    Notes
    -----
    *The Elements of Statistical Learning*, (3.43), here halved.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, scalar
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(ridge_regression(X, w, y, scalar("lam", positive=True)), w)[w]
    lam * w + X.T @ (X @ w - y)
    """
    return linear_regression(x, w, y) + HALF * number(lam) * squared_norm(w)


def logistic_regression(x: Node, w: Node, y: Node) -> Expr:
    """Negative log-likelihood of labels 0 and 1, Σ log(1 + exp(z)) − yz with z = Xw.

    Parameters
    ----------
    x, w, y : Node
        N × p, p × 1 and N × 1, the labels 0 or 1.

    Notes
    -----
    C. M. Bishop, *Pattern Recognition and Machine Learning*, (4.90); the same as
    −Σ y log σ(z) + (1 − y) log(1 − σ(z)), but without overflow.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(logistic_regression(X, w, y), w)[w]
    X.T @ (sigmoid(X @ w) - y)
    """
    z = need_node("logistic_regression", x) @ w
    return total(softplus(z) - y * z)


def cross_entropy(z: Node, y: Node) -> Expr:
    """Cross-entropy of rows of probabilities Y and the softmax of rows Z, Σ lse(Z) − ⟨Y, Z⟩.

    Parameters
    ----------
    z, y : Node
        Scores and targets, N × k. The rows of Y are taken to sum to 1, as those of one-hot labels
        do; then it is −Σ Y ⊙ log softmax(Z).

    Notes
    -----
    *Pattern Recognition and Machine Learning*, (4.108).

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> Z, Y = matrix("Z", "N", "k"), matrix("Y", "N", "k")
    >>> gradient(cross_entropy(Z, Y), Z)[Z]
    row_softmax(Z) - Y
    """
    return total(row_logsumexp(need_node("cross_entropy", z))) - inner(y, z)


def softmax_regression(x: Node, w: Node, y: Node) -> Expr:
    """Cross-entropy of multinomial logistic regression, with scores XW.

    Parameters
    ----------
    x, w, y : Node
        N × p, p × k and N × k, the rows of Y one-hot or of other probabilities.

    Notes
    -----
    *Pattern Recognition and Machine Learning*, (4.108).

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> X, W, Y = matrix("X", "N", "p"), matrix("W", "p", "k"), matrix("Y", "N", "k")
    >>> gradient(softmax_regression(X, W, Y), W)[W]
    X.T @ (row_softmax(X @ W) - Y)
    """
    return cross_entropy(need_node("softmax_regression", x) @ w, y)


def pseudo_huber(r: Node, delta: Any = 1) -> Expr:
    """Smooth Huber loss of residuals, δ² Σ (√(1 + (r/δ)²) − 1): ½r² near 0, δ|r| far from it.

    Parameters
    ----------
    r : Node
        Residuals, of any shape.
    delta : scalar
        Where squares pass into absolute values, δ > 0.

    Notes
    -----
    R. Hartley, A. Zisserman, *Multiple View Geometry*, 2nd ed., A6.8; P. Charbonnier et al.,
    *Deterministic edge-preserving regularization*, IEEE Trans. Image Processing 6, 1997.

    Examples
    --------
    >>> from matcalc import column, gradient
    >>> r = column("r", "N")
    >>> gradient(pseudo_huber(r), r)[r]
    r / sqrt(ones(N, 1) + r**2)
    """
    width = number(delta)
    one = ones(*need_node("pseudo_huber", r).shape)
    return width**2 * total(sqrt(one + (r / width) ** 2) - one)


def log_cosh(r: Node) -> Expr:
    """Σ log cosh r of residuals: ½r² near 0, |r| − log 2 far from it.

    Parameters
    ----------
    r : Node
        Residuals, of any shape.

    Notes
    -----
    P. J. Green, *Bayesian reconstructions from emission tomography data using a modified EM
    algorithm*, IEEE Trans. Medical Imaging 9, 1990.

    Examples
    --------
    >>> from matcalc import column, gradient
    >>> r = column("r", "N")
    >>> gradient(log_cosh(r), r)[r]
    tanh(r)
    """
    return total(log(cosh(need_node("log_cosh", r))))
