"""What operators make of special operands when they are built: the right value, its short form."""

from functools import reduce
from itertools import product
from operator import add, matmul, mul

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import NameRefused, ShapeError, UnsupportedInput
from matcalc.loops import evaluate
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.elementwise import Hadamard
from matcalc.show import latex

rng = np.random.default_rng(11)
A, B = mc.matrix("A", "n", "n"), mc.matrix("B", "n", "n")
v = mc.column("v", "n")
n = A.rows
SPECIAL = (
    A, 2 * A, A.T, mc.inv(A), 3 * A.T, A @ B, A + B, mc.identity(n), 2 * mc.identity(n),
    mc.zeros(n, n), mc.ones(n, n), mc.centering(n), mc.diag(v), mc.exp(A), -A,
    mc.ones(n, 1) @ v.T, mc.ones(n, n) / 4,
)  # fmt: skip
UNARY = {
    "transpose": (lambda a: a.T, np.transpose),
    "inv": (mc.inv, np.linalg.inv),
    "det": (mc.det, np.linalg.det),
    "trace": (mc.trace, np.trace),
    "sum": (mc.sum, np.sum),
    "diagonal": (Diagonal, lambda a: np.diagonal(a)[:, None]),
    "vec": (mc.vec, lambda a: a.reshape(-1, 1, order="F")),
    "square": (lambda a: a**2, np.square),
    "exp": (mc.exp, np.exp),
    "negative": (lambda a: -a, np.negative),
    "adj": (mc.adj, lambda a: np.linalg.det(a) * np.linalg.inv(a)),
    "pinv": (mc.pinv, np.linalg.pinv),
    "squared_norm": (mc.squared_norm, lambda a: np.sum(a**2)),
}
BINARY = {
    "+": (add, np.add),
    "-": (lambda a, b: a - b, np.subtract),
    "@": (matmul, np.matmul),
    "*": (mul, np.multiply),
    "kron": (mc.kron, np.kron),
    "inner": (mc.inner, lambda a, b: np.sum(a * b)),
    "hstack": (mc.hstack, lambda a, b: np.hstack([a, b])),
    "solve": (lambda a, b: mc.solve(A, a) @ b, lambda a, b: np.linalg.solve(DATA["A"], a) @ b),
}
DATA = {"A": rng.normal(size=(3, 3)), "B": rng.normal(size=(3, 3)), "v": rng.normal(size=(3, 1))}
SINGULAR = {"inv", "adj"}


def values(expr, data):
    sizes = {"n": len(data["A"])}
    return np.asarray(evaluate(expr, {k: a.tolist() for k, a in data.items()}, sizes), float)


def has_value(name, array):
    return name not in SINGULAR or abs(np.linalg.det(array)) > 1e-6


@pytest.mark.parametrize("name", UNARY)
def test_operators_of_special_matrices(name):
    build, wanted = UNARY[name]
    for special in SPECIAL:
        array = values(special, DATA)
        if has_value(name, array):
            found = values(build(special), DATA)
            np.testing.assert_allclose(found, wanted(array), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", BINARY)
def test_operators_of_two_special_matrices(name):
    build, wanted = BINARY[name]
    arrays = {special: values(special, DATA) for special in SPECIAL}
    for a, b in product(SPECIAL, repeat=2):
        found = values(build(a, b), DATA)
        np.testing.assert_allclose(found, wanted(arrays[a], arrays[b]), rtol=1e-9, atol=1e-9)


a1, r, M = mc.matrix("a", 1, 1), mc.row("r", "n"), mc.matrix("M", "n", "m")
SHORT = [
    (mc.det(2 * A), "2**n*det(A)"), (mc.det(mc.inv(A)), "1/det(A)"), (mc.det(A.T), "det(A)"),
    (mc.det(mc.identity(n)), "1"), (mc.det(mc.zeros(n, n)), "0"), (mc.det(a1), "trace(a)"),
    (mc.det(mc.centering(n)), "0"), (mc.trace(2 * A), "2*trace(A)"),
    (mc.diagonal(2 * A), "2 * diagonal(A)"), (mc.diagonal(mc.identity(n)), "ones(n, 1)"),
    (mc.diagonal(mc.ones(n, n)), "ones(n, 1)"), (mc.diagonal(mc.zeros(n, n)), "zeros(n, 1)"),
    (mc.diagonal(mc.diag(v)), "v"), (A.T.T, "A"), ((2 * A).T, "2 * A.T"),
    (mc.ones(1, n).T, "ones(n, 1)"), (mc.commutation(n, 2).T, "commutation(2, n)"),
    (a1.T, "a"), (mc.inv(mc.inv(A)), "A"), (mc.inv(2 * A), "inv(A) / 2"),
    (mc.identity(n) @ A, "A"), (A @ mc.zeros(n, n), "zeros(n, n)"), (2 * A @ (3 * B), "6 * A @ B"),
    (mc.ones(n, 1) @ mc.ones(1, n), "ones(n, n)"), (mc.identity(n) @ mc.identity(n), "identity(n)"),
    (mc.ones(n, n) @ v, "ones(n, 1) @ ones(1, n) @ v"), (mc.ones(n, n) @ A,
     "ones(n, 1) @ ones(1, n) @ A"), (A + mc.zeros(n, n), "A"), (A - A, "zeros(n, n)"),
    (A + A, "2 * A"), (mc.kron(2 * A, r), "2 * kron(A, r)"), (mc.vec(v), "v"),
    (mc.sqrt(A).T @ B, "sqrt(A).T @ B"), ((A**3).T, "(A**3).T"), (mc.maximum(A, A), "A"),
    (mc.maximum(A, mc.zeros(n, n)), "relu(A)"), (mc.function("f", 2)(A), "f_prime_prime(A)"),
    (mc.matrix_power(A, 0), "identity(n)"), (mc.matrix_power(A, 1), "A"),
    (3 * B * (2 * A) ** 2 / (2 * A), "6 * A * B"), (B * (2 * A) ** 2 / (2 * A), "2 * A * B"),
    (mc.elementwise(lambda t: 2 * t**3, mc.zeros(n, n)), "zeros(n, n)"),
    (mc.elementwise(lambda t: 2 * t**3, mc.ones(n, n)), "2 * ones(n, n)"),
    (mc.matrix_power(A, 2), "A @ A"), (mc.matrix_power(2 * A, 3), "8 * matrix_power(A, 3)"),
]  # fmt: skip


def test_what_is_nested_deep_opens_without_an_end_of_the_stack():
    """A ⊙ of 16 factors in a ⊙ of 16, and so on, from which all but the innermost cancel."""
    inside = reduce(mul, (mc.matrix(f"Z_{i}", "n", "m") for i in range(16)))
    outside = [mc.matrix(f"B_{i}", "n", "m") for i in range(15 * 300)]
    nested = inside
    for i in range(0, len(outside), 15):
        nested = Hadamard(*outside[i : i + 15], nested)
    assert Hadamard(nested, *(b**-1 for b in reversed(outside))) is inside


@pytest.mark.parametrize("expr, text", SHORT)
def test_short_forms(expr, text):
    assert str(expr) == text


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (mc.ones(n), r"\mathbf{1}_{n}"),
        (mc.ones(1, n), r"\mathbf{1}_{n}^{\top}"),
        (mc.ones(n, 2), r"\mathbf{1}_{n} \mathbf{1}_{2}^{\top}"),
        (mc.det(A), r"\det\left(A\right)"),
        (mc.eigenvalue(mc.matrix("S", n, n, "symmetric"), 0), r"\lambda_{0}(S)"),
    ],
)
def test_latex(expr, text):
    assert latex(expr) == text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: A - 2, r"the scalar -2 to A \(n × n\): write -2 \* ones\(n, n\)"),
        (lambda: 2 - A, r"the scalar 2 to -A \(n × n\): write 2 \* ones"),
        (lambda: A + mc.trace(A), r"the scalar trace\(A\) to A"),
        (lambda: mc.det(v), "a determinant needs a square matrix, got v"),
        (lambda: mc.inv(v), r"cannot invert v \(n × 1\): it is not square"),
        (lambda: A + v, "columns n and 1 differ; nothing is broadcast: to repeat the column v"),
        (lambda: A + r, "rows n and 1 differ; nothing is broadcast: to repeat the row r"),
        (lambda: v + r, "did you mean a transpose"),
        (lambda: A * M, r"A \(n × n\) and M \(n × m\): columns n and m differ; did you mean @"),
        (lambda: mc.maximum(A, M), r"A \(n × n\) and M \(n × m\): columns n and m differ"),
        (lambda: mc.matrix("S", n, "m", "symmetric"), "only a square matrix can be symmetric"),
        (lambda: mc.matrix("S", n, n, "probability"), "only a column can be probability"),
    ],
)
def test_refusals_say_what_is_wrong(wrong, words):
    with pytest.raises(ShapeError, match=words):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: mc.matrix("S", n, n, "square"), "'square' is no known fact; there are symmetric"),
        (lambda: mc.matrix("S", n, n, "skew", "diagonal"), "S is declared skew, diagonal"),
        (lambda: mc.solve(A, 2), "solve needs a matrix expression, got int"),
        (lambda: mc.solve(2, A), "solve needs a matrix expression, got int"),
    ],
)
def test_what_is_no_operand_or_fact(wrong, words):
    with pytest.raises(UnsupportedInput, match=words):
        wrong()


X, w, y = mc.matrix("X", "N", "p"), mc.column("w", "p"), mc.column("y", "N")


@pytest.mark.parametrize(
    "derive",
    [
        lambda: mc.gradient(mc.sum(X @ w) * mc.scalar("N"), w),
        lambda: mc.gradient(mc.sum(w) + mc.scalar("w"), w),
        lambda: mc.jacobian(mc.matrix("w", "p", "p") @ w, w),
        lambda: mc.vjp(X @ w, w, mc.column("w", "N")),
        lambda: mc.jvp(X @ w, {w: mc.column("X", "p")}),
        lambda: mc.gradient(mc.sum(X @ w), [w, mc.column("X", "p")]),
    ],
)
def test_one_name_for_two_things_is_refused(derive):
    with pytest.raises(NameRefused, match="stands for two things"):
        derive()


def test_steps_are_placed_in_the_definition_that_they_go_through():
    residual = mc.let("r", X @ w - y)
    steps = mc.gradient(mc.sum(mc.exp(residual)), w).steps
    found = {step.place for step in steps if "product" in step.law or "left factor" in step.law}
    assert found == {"through r"}
    assert steps[0].place == "through the loss"


def test_notes_name_the_free_parameters():
    S = mc.matrix("S", "n", "n", "symmetric")
    (note,) = mc.gradient(mc.trace(A @ S), S).notes
    assert note.endswith("with vec(S) = duplication(n) vech(S) it is ∂/∂vech(S) by these")
