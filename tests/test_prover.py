"""The prover's rules one by one: each proves what it says, and nothing where it does not hold."""

import pytest
import sympy
from sympy import Integer

from matcalc import (
    column_logsumexp,
    cos,
    det,
    diag,
    diagonal,
    dims,
    elementwise,
    exp,
    function,
    identity,
    index,
    inv,
    kron,
    log,
    logdet,
    logsumexp,
    matrix,
    ones,
    pinv,
    row_logsumexp,
    scalar,
    sigmoid,
    sin,
    sqrt,
    step,
    sum,
    tanh,
    trace,
    unvec,
    vec,
    zeros,
)
from matcalc.lower.kernels import ColumnDots, ColumnSums
from matcalc.lower.picking import Pad
from matcalc.lower.softmax import Beyond
from matcalc.operators import functions as own
from matcalc.operators.khatri_rao import khatri_rao
from matcalc.operators.scalars import d
from matcalc.operators.selection import segment
from matcalc.operators.structure_constants import LowerMask
from matcalc.prove.prover import prove_equal
from matcalc.show import latex

n, m, k = dims("n m k")
A, B, S = matrix("A", n, n), matrix("B", n, n), matrix("S", n, n, "symmetric")
X, Y, T = matrix("X", n, m), matrix("Y", n, m), matrix("T", m, n)
V, W = matrix("V", n, m, "positive"), matrix("W", n, m, "positive")
Q, D = matrix("Q", n, n, "orthogonal"), matrix("D", n, n, "diagonal")
U, L = matrix("U", n, n, "upper triangular"), matrix("L", n, n, "lower triangular")
F = matrix("F", n, m, "full column rank")
H, J = matrix("H", 2, 2), matrix("J", 3, 3)
M, N = matrix("M", 2 * n, 2 * m), matrix("N", 2 * m, k)
x = matrix("x", m, 1)
c, r = scalar("c"), sympy.Symbol("r", positive=True)
j = index("j")
one = ones(n, m)


def of(f, *operands):
    return elementwise(f, *operands)


FUNCTIONS = {
    "sigmoid": (sigmoid(X), 1 * one - one / (one + exp(X))),
    "tanh": (tanh(X), 1 * one - 2 * one / (one + exp(2 * X))),
    "cosh": (of(sympy.cosh, X), (exp(X) + exp(-X)) / 2),
    "sinh": (of(sympy.sinh, X), (exp(X) - exp(-X)) / 2),
    "tan": (of(sympy.tan, X), sin(X) / cos(X)),
    "relu": (of(own.relu, X), X * step(X)),
    "abs": (of(own.abs, X), X * step(X) - X * step(-X)),
    "sign": (of(own.sign, X), step(X) - step(-X)),
    "softplus": (of(own.softplus, X), log(one + exp(X))),
    "maximum": (of(own.maximum, X, Y), Y + of(own.relu, X - Y)),
    "minimum": (of(own.minimum, X, Y), X - of(own.relu, X - Y)),
    "hypot": (of(own.hypot, X, Y), sqrt(X * X + Y * Y)),
    "logaddexp": (of(own.logaddexp, X, Y), log(exp(X) + exp(Y))),
    "sine squared": (sin(X) ** 2, one - cos(X) ** 2),
    "sine cubed": (sin(X) ** 3, sin(X) - sin(X) * cos(X) ** 2),
    "sine to the fourth": (sin(X) ** 4, (one - cos(X) ** 2) ** 2),
    "step to a power": (step(X) ** 3, step(X)),
    "an odd function": (sin(X - Y), -sin(Y - X)),
    "an even function": (cos(X - Y), cos(Y - X)),
    "exp of a log": (exp(log(V)), V),
    "exp of a sum": (exp(X - 2 * Y), exp(X) / exp(Y) ** 2),
    "log of a product": (log(3 * V * V * X + 3 * V * V), log(3) * one + 2 * log(V) + log(X + one)),
    "log of a number": (sympy.log(12) * X, (2 * sympy.log(2) + sympy.log(3)) * X),
    "log of a fraction": (
        sympy.log(sympy.Rational(2, 9)) * X,
        (sympy.log(2) - 2 * sympy.log(3)) * X,
    ),
    "log of an exp": (log(exp(X)), X),
    "log of a power": (log(V**4), 4 * log(V)),
    "log of a square": (log(X * X), 2 * log(X)),
    "log of the number e": (sympy.exp(1) * exp(X), exp(X + one)),
    "log of sums of rows": (row_logsumexp(X), log(exp(X) @ ones(m, 1))),
    "log of sums of columns": (column_logsumexp(X), log(ones(1, n) @ exp(X))),
    "log of a sum": (logsumexp(X) * X, sympy.log(sum(exp(X))) * X),
    "logs in a sum": (sum(A) * (log(X) + log(Y)), sum(A) * log(X * Y)),
    "of a diagonal": (exp(D), ones(n, n) - identity(n) + diag(exp(diagonal(D)))),
    "of diagonal blocks": (
        exp(kron(identity(n), H)),
        kron(identity(n), exp(H)) + kron(ones(n, n) - identity(n), ones(2, 2)),
    ),
    "a root of a diagonal": (sqrt(diag(V[:, 0])), diag(sqrt(V[:, 0]))),
    "log of an odd power": (log(X**3), 3 * log(X)),
    "log of a symbolic power": (log(V**c), c * log(V)),
    "step of what is positive": (step(V + V * W), one),
    "step of what is negative": (step(-V - V * W), zeros(n, m)),
    "step of a multiple": (step(3 * V * X + 3 * V), step(X + one)),
    "step of a power of a positive sum": (step((V + W) ** -2 * X), step(X)),
}
POWERS = {
    "content": (sqrt(4 * V * X + 4 * V), 2 * sqrt(V) * sqrt(X + one)),
    "content of a whole power": ((6 * X * Y + 9 * X) ** -2, (X * (2 * Y + 3 * one)) ** -2 / 9),
    "least powers": (1 / (X**2 - X**3), 1 / (X**2 * (one - X))),
    "a symbolic power": ((X * Y) ** j, X**j * Y**j),
    "a power of a power": ((V**2) ** c, V ** (2 * c)),
    "a root of a cube": (sqrt(X**3), X ** sympy.Rational(3, 2)),
    "a root of a square": (sqrt(X * X), of(own.abs, X)),
    "its cube": ((X * X) ** sympy.Rational(3, 2), of(own.abs, X) ** 3),
    "primes": (sympy.sqrt(n) * sympy.sqrt(12) * X, 2 * sympy.sqrt(3) * sympy.sqrt(n) * X),
    "signs": ((X - Y) ** -3, -((Y - X) ** -3)),
    "even signs": ((X - Y) ** -2, (Y - X) ** -2),
    "sizes": (X / sympy.sqrt(n * n * m), X / (n * sympy.sqrt(m))),
    "sizes that are never negative": (X * sympy.sqrt((n * m - n) / n), X * sympy.sqrt(m - 1)),
    "a size below": (sqrt((X + one) / (n - 1)), sqrt(X + one) / sympy.sqrt(n - 1)),
    "a denominator": (X / (X + Y) + Y / (X + Y), one),
    "a denominator twice": (1 / (X * X + X * Y) + 1 / (Y * Y + X * Y), 1 / (X * Y)),
}
COMPOSITE = {
    "columns of ⊗ times a column": (khatri_rao(Y, X) @ x, vec(X @ diag(x) @ Y.T)),
    "dots of columns": (ColumnDots(X, Y), ones(1, n) @ (X * Y)),
    "beyond a line": (Beyond(X, ColumnSums(X)), X - ones(n, n) @ X),
    "among zeros": (
        Pad(X, n + 2, Integer(1), m + 3, Integer(2)),
        segment(n + 2, 1, n) @ X @ segment(m + 3, 2, m).T,
    ),
    "sums of ⊗": ((M + kron(X, H)) @ N, kron(X, H) @ N + M @ N),
    "columns of ⊗": (khatri_rao(X, Y).T @ khatri_rao(X, Y), (X.T @ X) * (Y.T @ Y)),
    "vec of a product": (vec(A @ X @ T), kron(T.T, A) @ vec(X)),
    "vec back again": (unvec(vec(X), n, m), X),
    "an entry of ⊗": (
        (kron(A, H) @ kron(S, H))[3, 4] * X,
        kron(A @ S, H @ H)[3, 4] * X,
    ),
    "an entry of a product": ((X @ T)[1, j] * X, sum(X[1, :].T * T[:, j]) * X),
    "columns of columns": (segment(m, 1, n) @ segment(n, 2, k), segment(m, 3, k)),
    "columns that are orthonormal": (segment(n, 1, k).T @ segment(n, 1, k), identity(k)),
    "some of the columns": (segment(n, 1, 4).T @ segment(n, 2, 2), segment(4, 1, 2)),
    "columns apart": (segment(n, 1, 2).T @ segment(n, 3, k), zeros(2, k)),
    "a diagonal of a column": (diagonal(diag(vec(X))), vec(X)),
}
SQUARE = {
    "log det of a product beside sums": (
        trace(X @ Y.T) * logdet(A @ B),
        trace(X @ Y.T) * logdet(A) + logdet(B) * trace(Y @ X.T),
    ),
    "inverse of a multiple": (inv(c * A + 2 * c * S) @ X, inv(A + 2 * S) @ X / c),
    "inverse of a diagonal": (inv(diag(diagonal(A))), diag(1 / diagonal(A))),
    "inverse of a product": (inv((A @ S).T), inv(A.T) @ inv(S)),
    "inverse of ⊗": (inv(kron(H, J) * 1), kron(inv(H), inv(J))),
    "inverse of an inverse": (inv(inv(A + B)), A + B),
    "inverse of an orthogonal matrix": (inv(Q) @ X, Q.T @ X),
    "determinant of a multiple": (det(c * A + c * S), c**n * det(A + S)),
    "determinant of a product": (det(A @ S), det(A) * det(S)),
    "determinant of ⊗": (det(kron(H, J)), det(H) ** 3 * det(J) ** 2),
    "determinant of an inverse": (det(inv(A + S)), 1 / det(A + S)),
    "Sylvester": (det(r * identity(n) + X @ T), r ** (n - m) * det(r * identity(m) + T @ X)),
    "Sylvester of a sum": (
        det((r + 1) * identity(n) + X @ T),
        (r + 1) ** (n - m) * det((r + 1) * identity(m) + T @ X),
    ),
    "a function of what cancels": (exp(inv(A) @ A @ X), exp(X)),
    "a logarithm of what cancels": (log(V / (V + W)) + log((V + W) / W), log(V / W)),
    "Woodbury": (inv(identity(n) + X @ T) @ X, X @ inv(identity(m) + T @ X)),
    "an inverse of a difference": (inv(A) - inv(B), inv(A) @ (B - A) @ inv(B)),
    "pseudo-inverse": (X @ pinv(X) @ X, X),
    "full rank": (pinv(F) @ F, identity(m)),
    "probabilities": (sum(matrix("pi", n, 1, "probability")) * X, 1 * X),
    "upper triangular": (LowerMask(n).T * U, U),
    "triangular": (LowerMask(n) * L, L),
    "orthogonal": (trace(Q @ A @ Q.T), trace(A)),
}
DIFFERENTIALS = {
    "of a power": (d(r**c) * X, (c * r ** (c - 1) * d(r) + r**c * sympy.log(r) * d(c)) * X),
    "of an entry's power": (d(V**c), c * V ** (c - 1) * d(V) + d(c) * V**c * log(V)),
    "of a diagonal": (d(diag(vec(X))), diag(vec(d(X)))),
    "of a symbol": (d(r) * (X / (X + Y)) + d(r) * (Y / (X + Y)), d(r) * one),
    "of a whole power": (d(X**j), j * X ** (j - 1) * d(X)),
    "of two operands": (d(of(own.hypot, X, Y)), (X * d(X) + Y * d(Y)) / sqrt(X * X + Y * Y)),
    "of an unknown function": (d(function("f", 1)(X)), function("f", 2)(X) * d(X)),
    "of an inverse": (d(inv(A)), -inv(A) @ d(A) @ inv(A)),
    "of a determinant": (d(det(S)) * X, det(S) * trace(inv(S) @ d(S)) * X),
}
TRUE = {
    f"{name}: {row}": sides
    for name, rows in {
        "functions": FUNCTIONS, "powers": POWERS, "composite": COMPOSITE, "square": SQUARE,
        "differentials": DIFFERENTIALS,
    }.items()
    for row, sides in rows.items()
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_rules_prove_what_they_say(name):
    assert prove_equal(*TRUE[name]).verdict == "proved"


def by_cases(a, b):
    return sympy.Piecewise((a, a < b), (b * b, True))


NOT_SO = {
    "a root of a square": (sqrt(X * X), X),
    "a root of a fourth power": ((X**4) ** sympy.Rational(1, 4), X),
    "a step of a multiple": (step(X * Y + X), step(Y + one)),
    "a step of a negative multiple": (step(-3 * X - 3 * one), step(X + one)),
    "a step of a difference": (step(V - W), one),
    "content": (sqrt(X * X * Y + X * X), X * sqrt(Y + one)),
    "a power of a product": (sqrt(X * Y), sqrt(X) * sqrt(Y) * 2),
    "odd signs": ((X - Y) ** -3, (Y - X) ** -3),
    "an even function": (cos(X - Y), -cos(Y - X)),
    "an odd function": (sin(X - Y), sin(Y - X)),
    "sizes": (X * sympy.sqrt((n - m) ** 2), X * (n - m)),
    "a triangular matrix": (L * A, diag(diagonal(L) * diagonal(A))),
    "a matrix that is not orthogonal": (trace(A @ S @ A.T), trace(S)),
    "columns that overlap": (segment(n, 1, 2).T @ segment(n, 2, 2), zeros(2, 2)),
    "a pseudo-inverse": (pinv(X) @ X, identity(m)),
    "a power's differential": (d(r**c) * X, c * r ** (c - 1) * d(r) * X),
    "an entry's power": (d(V**c), c * V ** (c - 1) * d(V)),
    "of two operands": (d(of(own.hypot, X, Y)), d(X)),
    "a function of two by cases": (of(by_cases, X, Y), of(by_cases, X, 2 * Y)),
    "a function by cases": (d(of(lambda x: sympy.Piecewise((0, x < 0), (x, True)), X)), d(X)),
}


@pytest.mark.parametrize("name", NOT_SO)
def test_rules_prove_nothing_else(name):
    found = prove_equal(*NOT_SO[name])
    assert found.verdict in ("disproved", "undecided")
    assert "refused" not in getattr(found, "reason", "") and str(found)
    assert latex(found.left) in found.to_latex() and latex(found.right) in found.to_latex()


def test_a_differential_is_told_from_another():
    assert prove_equal(d(exp(X)), d(X)).verdict == "disproved"
    assert prove_equal(d(exp(X)), exp(X) * d(Y)).verdict == "disproved"


def test_rounded_coefficients_disprove_nothing():
    assert prove_equal(0.1 * X + 0.2 * X, 0.3 * X).verdict != "disproved"
    assert prove_equal(0.1 * X + 0.2 * X, 0.31 * X).verdict == "disproved"
