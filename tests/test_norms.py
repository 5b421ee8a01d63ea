"""Norms: the Cookbook's formulas, p-norms, norms of rows and columns, and how they print."""

from typing import Any

import numpy as np
import pytest
import sympy

from matcalc import (
    abs,
    column,
    column_norms,
    column_sums,
    dims,
    gradient,
    hessian,
    identity,
    inner,
    jacobian,
    let,
    matrix,
    mean,
    norm,
    ones,
    row,
    row_norms,
    row_sums,
    scalar,
    sign,
    squared_norm,
    sum,
)
from matcalc.check import CheckFailed, check
from matcalc.derivation import Derivation
from matcalc.errors import UnsupportedInput
from matcalc.lower import compile_numpy
from matcalc.show import latex, text
from tests.numeric import assert_gradient, assert_jacobian

m, n = dims("m n")
A, G = matrix("A", m, n), matrix("G", m, n)
x, a, g = column("x", n), column("a", n), column("g", n)
c, r = column("c", m), row("r", n)
p = scalar("p", positive=True)
rho = let("rho", x - a)

COOKBOOK = {
    "(129) ‖x − a‖": (norm(x - a), x, (x - a) / norm(x - a)),
    "(131) ‖x‖²": (norm(x) ** 2, x, 2 * x),
    "(132) ‖X‖²": (norm(A) ** 2, A, 2 * A),
    "‖X‖": (norm(A), A, A / norm(A)),
    "‖X‖³": (norm(A) ** 3, A, 3 * norm(A) * A),
    "1/‖X‖": (1 / norm(A), A, -A / norm(A) ** 3),
    "‖X‖₁": (norm(A, 1), A, sign(A)),
    "‖X‖₄": (norm(A, 4), A, A**3 / norm(A, 4) ** 3),
    "‖X‖₃": (norm(A, 3), A, A**2 * sign(A) / norm(A, 3) ** 2),
    "‖X‖ of 3/2": (norm(A, sympy.Rational(3, 2)), A, None),
    "‖X‖ₚ": (norm(A, p + 1), A, None),
    "by p": (norm(A, p + 1), p, None),
    "rows": (inner(c, row_norms(A)), A, None),
    "columns": (inner(r, column_norms(A)), A, None),
    "rows by p = 3": (inner(c, row_norms(A, 3)), A, None),
    "columns by p = 1": (inner(r, column_norms(A, 1)), A, (ones(m) @ r) * sign(A)),
    "mean": (mean(A) ** 2, A, 2 * sum(A) / (m * n) ** 2 * ones(m, n)),
    "row sums": (inner(c, row_sums(A) ** 2), A, 2 * (c * row_sums(A)) @ ones(1, n)),
    "column sums": (inner(r, column_sums(A) ** 2), A, 2 * ones(m) @ (r * column_sums(A))),
    "residual": (norm(A @ x - c), x, A.T @ (A @ x - c) / norm(A @ x - c)),
}


@pytest.mark.parametrize("name", COOKBOOK)
def test_gradients(name: str) -> None:
    loss, by, expected = COOKBOOK[name]
    derivation = gradient(loss, by)
    assert expected is None or derivation[by] == expected
    if by is not p:
        assert_gradient(loss, by, derivation[by])
    for dtype in ("float64", "float32"):
        check(derivation, dtype=dtype).require()


def test_jacobian_of_the_unit_vector() -> None:
    """Matrix Cookbook (130)."""
    unit = rho / norm(rho)
    found = jacobian(unit, x)[x]
    assert found == identity(n) / norm(rho) - rho @ rho.T / norm(rho) ** 3
    assert_jacobian(unit, x, found)
    assert_jacobian((x - a) / norm(x - a), x, jacobian((x - a) / norm(x - a), x)[x])


def test_hessian_of_the_norm_is_the_jacobian_of_the_unit_vector() -> None:
    found = hessian(norm(x), x)[x]
    assert found == identity(n) / norm(x) - x @ x.T / norm(x) ** 3
    assert_jacobian(x / norm(x), x, found)


@pytest.mark.parametrize("loss", [norm(A, 4), norm(A) ** 3, inner(c, row_norms(A))], ids=str)
def test_hessians(loss: Any) -> None:
    assert_jacobian(gradient(loss, A)[A], A, hessian(loss, A)[A])


def test_normalised_rows() -> None:
    nu = let("nu", row_norms(A))
    Y = let("Y", A / (nu @ ones(1, n)))
    derivation = gradient(inner(G, Y), A)
    through = ((Y * G) @ ones(n)) @ ones(1, n)
    assert derivation[A] is (nu**-1 @ ones(1, n)) * (G - Y * through)
    check(derivation).require()
    unnamed = gradient(inner(G, A / (row_norms(A) @ ones(1, n))), A)
    check(unnamed).require()
    assert "sqrt(A**2 @ ones(n, 1))**-2" not in str(unnamed[A])


def test_powers_of_a_norm_are_one_expression() -> None:
    assert norm(A) ** 2 == squared_norm(A)
    assert norm(A) * norm(A) == sum(A**2)
    assert 1 / norm(A) ** 2 == 1 / squared_norm(A)
    assert norm(A, 2) == sympy.sqrt(sum(A**2))
    assert norm(A, 1) == sum(abs(A))
    assert norm(A, 4) ** 4 == sum(A**4)
    assert row_norms(A, 1) is row_sums(abs(A))


PRINTED = {
    norm(x - a): ("norm(x - a)", r"\lVert x - a \rVert"),
    1 / norm(x): ("1/norm(x)", r"\frac{1}{\lVert x \rVert}"),
    norm(A) ** 3: ("norm(A)**3", r"\lVert A \rVert^{3}"),
    norm(rho) * norm(A) ** 2: (
        "norm(rho)*sum(A**2)",
        r"\lVert \rho \rVert \textstyle\sum({A}^{\odot 2})",
    ),
    2 * x / norm(x) ** 3: ("2/norm(x)**3 * x", r"\frac{2}{\lVert x \rVert^{3}} x"),
    sympy.sqrt(sum(A)): ("sqrt(sum(A))", r"\sqrt{\textstyle\sum(A)}"),
    norm(A, 3): (
        "sum(abs(A)**3)**Rational(1, 3)",
        r"\sqrt[3]{\textstyle\sum({\left|A\right|}^{\odot 3})}",
    ),
}


@pytest.mark.parametrize("expression", PRINTED, ids=str)
def test_norms_print_as_norms(expression: Any) -> None:
    assert (text(expression), latex(expression)) == PRINTED[expression]


WRONG = {
    "the square": (norm(A), 2 * A),
    "a factor": (norm(A), 2 * A / norm(A)),
    "no root": (norm(A), A / norm(A) ** 2),
    "p for p - 1": (norm(A, 4), A**4 / norm(A, 4) ** 3),
    "without the sign": (norm(A, 3), A**2 / norm(A, 3) ** 2),
    "of rows": (inner(c, row_norms(A)), (c @ ones(1, n)) * A / norm(A)),
}


@pytest.mark.parametrize(("loss", "formula"), WRONG.values(), ids=WRONG)
def test_wrong_formulas_fail(loss: Any, formula: Any) -> None:
    derivation: Derivation = gradient(loss, A)
    with pytest.raises(CheckFailed, match="formula differs"):
        check(derivation.with_gradient(A, formula)).require()


def test_great_and_small_numbers() -> None:
    run = compile_numpy(gradient(norm(A), A))
    for scale in (1e-100, 1e100):
        data = np.array([[3.0, 0.0], [0.0, -4.0]]) * scale
        found = run(A=data)
        assert found["loss"] == pytest.approx(5 * scale, rel=1e-15)
        assert np.allclose(found["A"], [[0.6, 0], [0, -0.8]], rtol=1e-14)


ERRORS = [
    (lambda: norm(A, 0), "p of at least 1, got 0"),
    (lambda: norm(A, 0.5), "p of at least 1"),
    (lambda: norm(A, -1), "p of at least 1"),
    (lambda: norm(A, sympy.oo), "finite real p"),
    (lambda: norm(A, float("inf")), "finite real p"),
    (lambda: norm(A, scalar("q")), "p of at least 1"),
    (lambda: row_norms(A, "p"), "finite real p"),
    (lambda: norm(3), "norm needs a matrix"),
    (lambda: mean(3), "mean needs a matrix"),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_errors_say_what_is_wrong(case: int) -> None:
    attempt, message = ERRORS[case]
    with pytest.raises(UnsupportedInput, match=message):
        attempt()
