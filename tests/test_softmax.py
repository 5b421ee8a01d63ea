"""Softmax and log-sum-exp: published forms, every derivative by complex step, code at ±10⁴."""

from typing import Any

import numpy as np
import pytest
import sympy

import matcalc
from matcalc import (
    column,
    column_log_softmax,
    column_logsumexp,
    column_softmax,
    diag,
    dims,
    exp,
    gradient,
    hessian,
    inner,
    jacobian,
    let,
    log,
    logsumexp,
    matrix,
    ones,
    row,
    row_log_softmax,
    row_logsumexp,
    row_softmax,
    scalar,
    softmax,
    unvec,
    vec,
)
from matcalc.check import CheckFailed, check
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy, numpy_source
from matcalc.show import latex
from tests.numeric import assert_gradient, assert_jacobian

m, n, k = dims("m n k")
A, G, Y = matrix("A", m, n), matrix("G", m, n), matrix("Y", m, n)
x, g, r, c = column("x", n), column("g", n), row("r", n), column("c", m)
t = scalar("t", positive=True)
right, left, down, across = ones(n), ones(1, m), ones(m), ones(1, n)
S, C = row_softmax(A), column_softmax(A)
labels = (Y @ right) @ across

GRADIENTS = {
    "⟨G, S⟩ of rows": (inner(G, S), S * (G - ((S * G) @ right) @ across)),
    "⟨G, S⟩ of columns": (inner(G, C), C * (G - down @ (left @ (C * G)))),
    "lse of rows": (inner(c, row_logsumexp(A)), (c @ across) * S),
    "lse of columns": (inner(r, column_logsumexp(A)), (down @ r) * C),
    "lse of all": (logsumexp(A), softmax(A)),
    "cross-entropy by lse": (matcalc.sum(row_logsumexp(A)) - inner(Y, A), S - Y),
    "cross-entropy by log": (-matcalc.sum(Y * log(S)), S * labels - Y),
    "cross-entropy of columns": (
        -matcalc.sum(Y * log(C)),
        C * (down @ (left @ Y)) - Y,
    ),
    "cross-entropy by log softmax": (-inner(Y, row_log_softmax(A)), S * labels - Y),
    "cross-entropy by hand": (-inner(Y, log(exp(A) / (exp(A) @ right @ across))), S * labels - Y),
    "lse by hand": (inner(c, log(exp(A) @ right)), (c @ across) * S),
    "softmax by hand": (
        inner(G, exp(A) / (exp(A) @ right @ across)),
        S * (G - ((S * G) @ right) @ across),
    ),
    "entropy": (inner(S, log(S)), None),
    "exp of log softmax": (inner(G, exp(column_log_softmax(A))), C * (G - down @ (left @ (C * G)))),
    "exp of lse": (inner(c, exp(row_logsumexp(A))), None),
    "shifted": (inner(G, row_softmax(A + c @ across)), S * (G - ((S * G) @ right) @ across)),
    "whole": (inner(G, softmax(A)), None),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_have_the_published_form(name: str) -> None:
    loss, expected = GRADIENTS[name]
    derivation = gradient(loss, A)
    if expected is not None:
        assert derivation[A] is expected
    assert_gradient(loss, A, derivation[A])
    for dtype in ("float64", "float32"):
        check(derivation, dtype=dtype).require()


def test_attention() -> None:
    d_, p = dims("d p")
    shapes = (n, d_), (m, d_), (m, p), (n, p)
    Q, K, V, dO = (matrix(a, *s) for a, s in zip("QKVG", shapes, strict=True))
    P = let("P", row_softmax(Q @ K.T / sympy.sqrt(d_)))
    derivation = gradient(inner(dO, P @ V), [Q, K, V])
    dP = dO @ V.T
    dS = P * (dP - ((P * dP) @ ones(m)) @ ones(1, m))
    assert derivation[Q] is dS @ K / sympy.sqrt(d_)
    assert derivation[K] is dS.T @ Q / sympy.sqrt(d_)
    assert derivation[V] is P.T @ dO
    check(derivation).require()


def test_classifier_with_a_bias() -> None:
    N, p = dims("N p")
    X, W, b, T = matrix("X", N, p), matrix("W", p, k), row("b", k), matrix("T", N, k)
    Z = X @ W + ones(N) @ b
    derivation = gradient((matcalc.sum(row_logsumexp(Z)) - inner(T, Z)) / N, [W, b])
    assert derivation[W] is X.T @ (row_softmax(Z) - T) / N
    assert derivation[b] is ones(1, N) @ (row_softmax(Z) - T) / N
    check(derivation).require()


@pytest.mark.parametrize("f", [logsumexp(x), log(matcalc.sum(exp(x)))], ids=str)
def test_hessian_of_the_log_sum_exp(f: Any) -> None:
    s = column_softmax(x)
    found = hessian(f, x)[x]
    assert found is diag(s) - s @ s.T
    assert_jacobian(gradient(f, x)[x], x, found)


JACOBIANS = [S, C, row_logsumexp(A), column_logsumexp(A), softmax(A), log(C), row_log_softmax(A)]


@pytest.mark.parametrize("f", JACOBIANS, ids=str)
def test_jacobians(f: Any) -> None:
    assert_jacobian(f, A, jacobian(f, A)[A])


@pytest.mark.parametrize("loss", [inner(G, S), logsumexp(A), -matcalc.sum(Y * log(C))], ids=str)
def test_hessians(loss: Any) -> None:
    assert_jacobian(gradient(loss, A)[A], A, hessian(loss, A)[A])


def test_named_by_hand_keeps_the_names_and_the_published_form() -> None:
    E = let("E", exp(A))
    s = let("s", E @ right)
    P = let("P", E / (s @ across))
    derivation = gradient(inner(G, P), A)
    assert derivation[A] is P * (G - ((P * G) @ right) @ across)
    check(derivation).require()
    assert ".max(axis=1, keepdims=True)" in numpy_source(derivation)


def test_temperature() -> None:
    loss = t * log(matcalc.sum(exp(A / t)))
    derivation = gradient(loss, [A, t])
    check(derivation).require()
    assert numpy_source(derivation).count("np.exp(") == 1


LAWS = [
    (gradient(inner(c, row_softmax(A) @ right), A)[A], matcalc.zeros(m, n)),
    (gradient(matcalc.sum(column_softmax(A)), A)[A], matcalc.zeros(m, n)),
    (row_softmax(matcalc.zeros(m, n)), ones(m, n) / n),
    (column_logsumexp(3 * ones(m, n)), (3 + sympy.log(m)) * across),
    (row_softmax(c), ones(m)),
    (column_logsumexp(r), r),
    (softmax(r), row_softmax(r)),
    (softmax(x), column_softmax(x)),
    (softmax(A), unvec(column_softmax(vec(A)), m, n)),
    (logsumexp(ones(m, n)), 1 + sympy.log(m * n)),
]


@pytest.mark.parametrize(("found", "expected"), LAWS, ids=str)
def test_what_is_constant_or_of_one_line(found: Any, expected: Any) -> None:
    assert found == expected


def test_a_softmax_is_positive_and_that_of_a_column_a_probability() -> None:
    assert facts_of(S) == {"positive"}
    assert facts_of(column_softmax(x)) == {"positive", "probability"}


def extreme(rows: int, cols: int) -> Any:
    """Entries from −10⁴ to 10⁴, with ties."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(rows, cols)) * rng.choice([1.0, 1e2, 1e4], size=(rows, cols))
    table[0, :2] = 1e4
    table[1] = -1e4
    return table


STABLE = [loss for name, (loss, _) in GRADIENTS.items() if name != "exp of lse"]


@pytest.mark.parametrize("loss", STABLE, ids=str)
@pytest.mark.parametrize(("dtype", "eps"), [("float64", 1e-15), ("float32", 1e-6)])
def test_code_does_not_overflow(loss: Any, dtype: str, eps: float) -> None:
    steady = STEADY.get(loss, loss)
    rng = np.random.default_rng(4)
    arrays = {"A": extreme(4, 5), "G": rng.normal(size=(4, 5)), "Y": np.eye(5)[[1, 0, 4, 2]]}
    arrays |= {"c": rng.normal(size=(4, 1)), "r": rng.normal(size=(1, 5))}
    arrays = {name: array.astype(dtype) for name, array in arrays.items()}
    values = {name: array.astype(float) for name, array in arrays.items()}
    code = compile_numpy(gradient(loss, A))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = code(**{name: arrays[name] for name in code.arguments})
    expected = evaluate(gradient(steady, A)[A], values)
    assert found["A"].dtype == dtype
    np.testing.assert_allclose(found["A"], expected, rtol=0, atol=1e3 * eps)
    assert found["loss"] == pytest.approx(evaluate(steady, values), abs=1e6 * eps)


STEADY = {
    GRADIENTS["cross-entropy by log"][0]: -inner(Y, row_log_softmax(A)),
    GRADIENTS["cross-entropy of columns"][0]: -inner(Y, column_log_softmax(A)),
    GRADIENTS["cross-entropy by hand"][0]: -inner(Y, row_log_softmax(A)),
    GRADIENTS["lse by hand"][0]: inner(c, row_logsumexp(A)),
    GRADIENTS["softmax by hand"][0]: inner(G, S),
    GRADIENTS["entropy"][0]: inner(S, row_log_softmax(A)),
}
"""Equal losses that the loops can evaluate at any data."""

WRONG = {
    "no correction": S * G,
    "the sums of G": S * (G - (G @ right) @ across),
    "column sums": S * (G - down @ (left @ (S * G))),
    "a sign": S * (G + ((S * G) @ right) @ across),
    "the other softmax": C * (G - ((C * G) @ right) @ across),
    "the mean": S * (G - ((S * G) @ right) @ across / n),
}


@pytest.mark.parametrize("formula", WRONG.values(), ids=WRONG)
def test_wrong_formulas_fail(formula: Any) -> None:
    derivation = gradient(inner(G, S), A)
    with pytest.raises(CheckFailed, match="formula differs"):
        check(derivation.with_gradient(A, formula)).require()


def test_one_exponential_for_softmax_and_log_sum_exp() -> None:
    source = numpy_source(gradient(matcalc.sum(row_logsumexp(A)) - inner(Y, A), A))
    assert source.count("np.exp(") == 1 and source.count(".max(") == 1


def test_transposes_and_lines_are_worked_out_once() -> None:
    source = numpy_source(gradient(inner(G.T, column_softmax(A.T)), A))
    assert ".max(axis=1, keepdims=True)" in source and ".T" not in source.split('"""')[-1]
    b = row("b", k)
    source = numpy_source(gradient(inner(matrix("H", m, k), row_softmax(down @ b)), b))
    assert "np.repeat" not in source


def test_errors() -> None:
    with pytest.raises(UnsupportedInput, match="row_softmax needs a matrix"):
        row_softmax(t)
    with pytest.raises(UnsupportedInput, match="logsumexp needs a matrix"):
        logsumexp(3)
    with pytest.raises(ShapeError, match="cannot multiply elementwise"):
        S * row_logsumexp(A)


def test_prints() -> None:
    assert str(S) == "row_softmax(A)" and str(row_logsumexp(A)) == "row_logsumexp(A)"
    assert latex(S) == r"\mathrm{softmax}_{\mathrm{rows}}(A)"
    assert latex(logsumexp(A)) == r"\mathrm{lse}(A)"
