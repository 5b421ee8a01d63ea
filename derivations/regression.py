"""Regression: squares, ridge, logistic and softmax regression, smooth relatives of Huber's loss."""

from collections.abc import Iterator
from typing import Any

from matcalc import (
    Derivation,
    column,
    dims,
    gradient,
    linear_regression,
    log,
    log_cosh,
    logistic_regression,
    matrix,
    ones,
    pseudo_huber,
    ridge_regression,
    row_softmax,
    scalar,
    sigmoid,
    softmax_regression,
    sqrt,
    squared_norm,
    sum,
    tanh,
)

N, p, k = dims("N p k")
X, w, y = matrix("X", N, p), column("w", p), column("y", N)
W, Y = matrix("W", p, k), matrix("Y", N, k)
lam, delta = scalar("lam", positive=True), scalar("delta", positive=True)
one = ones(N)


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """Label, derivation, published gradients."""
    # T. Hastie et al., The Elements of Statistical Learning, 2nd ed.: (3.4), and below (3.43).
    least_squares = X.T @ (X @ w - y)
    yield "linear", gradient(linear_regression(X, w, y), w), {w: least_squares}
    by_all = {W: X.T @ (X @ W - Y), X: (X @ W - Y) @ W.T, Y: Y - X @ W}
    yield "several responses", gradient(linear_regression(X, W, Y), (W, X, Y)), by_all
    penalised = {w: least_squares + lam * w, lam: squared_norm(w) / 2}
    yield "ridge", gradient(ridge_regression(X, w, y, lam), (w, lam)), penalised
    yield from _of_labels()
    yield from _of_residuals()


def _of_labels() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """C. M. Bishop, Pattern Recognition and Machine Learning, (4.91) and (4.109)."""
    logistic = {w: X.T @ (sigmoid(X @ w) - y)}
    yield "logistic", gradient(logistic_regression(X, w, y), w), logistic
    probabilities = sigmoid(X @ w)
    likelihood = y * log(probabilities) + (one - y) * log(one - probabilities)
    yield "logistic, by probabilities", gradient(-sum(likelihood), w), logistic
    softmax = {W: X.T @ (row_softmax(X @ W) - Y)}
    yield "softmax", gradient(softmax_regression(X, W, Y), W), softmax


def _of_residuals() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """R. Hartley, A. Zisserman, Multiple View Geometry, A6.8: r/√(1 + (r/δ)²); tanh r."""
    r = X @ w - y
    smooth = X.T @ (r / sqrt(one + (r / delta) ** 2))
    yield "pseudo-Huber", gradient(pseudo_huber(r, delta), w), {w: smooth}
    yield "log cosh", gradient(log_cosh(r), w), {w: X.T @ tanh(r)}
