"""Adjugates and pseudo-inverses: values, derivatives, laws, generated code."""

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import matcalc as mc
from matcalc import (
    WITH_PSEUDO_INVERSES,
    adj,
    det,
    gradient,
    hessian,
    identity,
    inner,
    inv,
    jacobian,
    kron,
    let,
    logdet,
    matrix,
    ones,
    pinv,
    scalar,
    trace,
    zeros,
)
from matcalc.check import check
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.inversion import full_rank_factors, pseudo_inverse
from matcalc.laws.simplest import SIMPLEST
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy, numpy_source
from matcalc.rewrite import Recorder, simplify
from matcalc.show import latex
from tests.numeric import assert_gradient, assert_jacobian, entries, sample_for
from tests.test_matrix_functions import assert_code, helper

n, m = mc.dims("n m")
X, A, B = (matrix(name, n, n) for name in "XAB")
R, C, G = matrix("R", m, n), matrix("C", n, m), matrix("G", m, n)
V, S = matrix("V", n, n, "invertible"), matrix("S", n, n, "symmetric")
TALL = matrix("T", m + n, n, "full column rank")
WIDE = matrix("W", n, m + n, "full row rank")


def simplest(x: Any) -> Any:
    return simplify(x, SIMPLEST, Recorder(), "test", {})


def numbers(table: Any) -> Any:
    return np.array(table, dtype=float)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3), (1, 4), (4, 1), (1, 1)], ids=str)
def test_pseudo_inverses_of_full_rank(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(4).normal(size=shape)
    np.testing.assert_allclose(evaluate(pinv(R), {"R": x}), np.linalg.pinv(x), rtol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_pseudo_inverses_of_any_rank(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = rng.normal(size=(5, rank)) @ rng.normal(size=(rank, 4))
    left, right = full_rank_factors(x.tolist())
    assert len(right) == rank and all(len(row) == rank for row in left)
    expected = np.linalg.pinv(x, rtol=1e-12)
    np.testing.assert_allclose(pseudo_inverse(x.tolist()), expected, atol=1e-12)


def test_fractions_stay_exact() -> None:
    x = [[1, 2, 3], [2, 4, 6]]
    p = evaluate(pinv(R), {"R": x})
    assert p == [[Fraction(1, 70), Fraction(1, 35)], [Fraction(1, 35), Fraction(2, 35)],
                 [Fraction(3, 70), Fraction(3, 35)]]  # fmt: skip
    assert evaluate(R @ pinv(R) @ R, {"R": x}) == x
    assert evaluate(adj(X), {"X": [[1, 2], [3, 4]]}) == [[4, -2], [-3, 1]]
    assert evaluate(adj(X), {"X": [[5]]}) == [[1]]


@pytest.mark.parametrize("order", [2, 3, 5])
def test_adjugates(order: int) -> None:
    x = np.random.default_rng(order).normal(size=(order, order))
    expected = np.linalg.det(x) * np.linalg.inv(x)
    np.testing.assert_allclose(numbers(evaluate(adj(X), {"X": x})), expected, rtol=1e-11)
    np.testing.assert_allclose(helper("_adjugate")(x), expected, rtol=1e-11)
    single = helper("_adjugate")(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=1e-4 * np.abs(expected).max())


def test_adjugates_of_singular_matrices() -> None:
    x = np.random.default_rng(1).normal(size=(4, 3)) @ np.random.default_rng(2).normal(size=(3, 4))
    expected = numbers(evaluate(adj(X), {"X": x}))
    assert np.linalg.matrix_rank(expected) == 1
    np.testing.assert_allclose(
        helper("_adjugate")(x), expected, atol=1e-13 * np.abs(expected).max()
    )
    np.testing.assert_allclose(helper("_adjugate")(np.zeros((3, 3))), np.zeros((3, 3)))
    assert helper("_adjugate")(np.zeros((1, 1))) == 1


LOSSES = [
    (mc.sum(pinv(R) * C), R),
    (mc.squared_norm(pinv(R)), R),
    (trace(pinv(R @ A) @ G @ B), R),
    (trace(pinv(R) @ G), R),
    (trace(pinv(let("Y", G.T @ R)) @ A), R),
    (trace(A @ adj(X)), X),
    (inner(adj(X @ A), B), X),
    (mc.sum(adj(X) ** 2), X),
    (det(adj(X)), X),
    (trace(adj(adj(X)) @ A), X),
]


@pytest.mark.parametrize(("loss", "parameter"), LOSSES, ids=lambda x: str(x)[:40])
def test_gradients_and_generated_code(loss: Any, parameter: Any) -> None:
    derivation = gradient(loss, parameter)
    assert_gradient(loss, parameter, derivation[parameter])
    derivation.replay()
    check(derivation, tolerance=1e-10).require()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_at_constant_rank_below_full(dtype: str) -> None:
    """The rank of U Vᵀ is 2 for all U and V, whatever its size."""
    U, W = matrix("U", m, 2), matrix("W", n, 2)
    derivation = gradient(trace(pinv(U @ W.T) @ G), [U, W])
    assert_gradient(derivation.loss, U, derivation[U])
    check(derivation, {"m": 5, "n": 4}, dtype=dtype).require()


def test_a_projection_moves_with_its_range() -> None:
    derivation = gradient(mc.sum(R @ pinv(R) * (G @ C)), R)
    assert_gradient(derivation.loss, R, derivation[R], sizes={m: 6, n: 3})
    check(derivation, {"m": 6, "n": 3}).require()


def test_the_differential_of_an_inverse_is_found_again() -> None:
    loss = trace(pinv(V) @ A)
    assert gradient(loss, V)[V] == gradient(trace(inv(V) @ A), V)[V]


@pytest.mark.parametrize(("f", "parameter"), [(pinv(R), R), (adj(X), X)], ids=str)
def test_jacobians(f: Any, parameter: Any) -> None:
    derivation = jacobian(f, parameter)
    assert_jacobian(f, parameter, derivation[parameter])
    sizes = {n: 3, m: 4} if f is pinv(R) else {n: 4}
    assert_code(derivation, sizes)


@pytest.mark.parametrize(
    ("loss", "x"), [(trace(A @ adj(X)), X), (trace(pinv(R) @ G), R)], ids=lambda x: str(x)[:20]
)
def test_hessians(loss: Any, x: Any) -> None:
    derivation = hessian(loss, x)
    assert_jacobian(gradient(loss, x)[x], x, derivation[x])


@pytest.mark.parametrize("wrong", [lambda g: g.T, lambda g: -g, lambda g: g + G / 100])
def test_a_mutated_formula_fails(wrong: Any) -> None:
    loss = mc.sum(pinv(R) * C)
    found = gradient(loss, R)[R]
    with pytest.raises(AssertionError):
        assert_gradient(loss, R, wrong(found))


def test_every_term_of_the_differential_counts() -> None:
    loss = mc.sum(pinv(R) * C)
    found = gradient(loss, R)[R]
    first = -pinv(R).T @ C @ pinv(R).T
    for missing in (first, pinv(R).T @ pinv(R) @ C.T @ (identity(n) - pinv(R) @ R)):
        with pytest.raises(AssertionError):
            assert_gradient(loss, R, found - missing, sizes={m: 3, n: 4})


LAWS = [
    (R @ pinv(R) @ R, R),
    (pinv(R) @ R @ pinv(R), pinv(R)),
    (R.T @ pinv(R).T, pinv(R) @ R),
    (pinv(R).T @ R.T, R @ pinv(R)),
    ((R @ pinv(R)).T, R @ pinv(R)),
    ((identity(m) - R @ pinv(R)) @ R, zeros(m, n)),
    (R.T @ (identity(m) - R @ pinv(R)), zeros(n, m)),
    (R @ (identity(n) - pinv(R) @ R), zeros(m, n)),
    (A @ (identity(n) - pinv(R) @ R) @ R.T, zeros(n, m)),
    ((identity(n) - pinv(R) @ R) @ pinv(R), zeros(n, m)),
    ((identity(m) - R @ pinv(R)) @ G, (identity(m) - R @ pinv(R)) @ G),
    ((identity(m) - R @ pinv(R)).T, identity(m) - R @ pinv(R)),
    (R.T @ R @ pinv(R), R.T),
    (pinv(R.T), pinv(R).T),
    (pinv(V), inv(V)),
    (pinv(R @ A), pinv(R @ A)),
    (pinv(kron(R, A)), kron(pinv(R), pinv(A))),
    (pinv(TALL) @ TALL, identity(n)),
    (TALL @ pinv(TALL), TALL @ pinv(TALL)),
    (A @ WIDE @ pinv(WIDE), A),
    (X @ adj(X), det(X) * identity(n)),
    (A @ adj(X) @ X, det(X) * A),
    (adj(X.T), adj(X).T),
    (adj(inv(X)), X / det(X)),
    (inv(adj(X)), X / det(X)),
    (adj(X @ A), adj(A) @ adj(X)),
    (det(adj(X)), det(X) ** (n - 1)),
    (det(X) * inv(X).T, det(X) * inv(X).T),
]


@pytest.mark.parametrize(("before", "after"), LAWS, ids=lambda x: str(x)[:40])
def test_simplest_forms(before: Any, after: Any) -> None:
    found = simplest(before)
    if after is None:
        assert found != before
    else:
        assert found == after
        sample = sample_for(before, found)
        left, right = (entries(sample.base.value(x)) for x in (before, found))
        scale = max(1, *map(abs, left))
        assert max(abs(x - y) for x, y in zip(left, right, strict=True)) < 1e-10 * scale


def test_book_keeping() -> None:
    c, positive = scalar("c"), scalar("p", positive=True)
    assert pinv(pinv(R)) is R
    assert pinv(zeros(m, n)) == zeros(n, m)
    assert pinv(ones(m, n)) == ones(n, m) / (m * n)
    assert pinv(identity(n)) == adj(identity(n)) == identity(n)
    assert pinv(positive * R) == pinv(R) / positive
    assert pinv(c * R) != pinv(R) / c
    assert adj(c * X) == c ** (n - 1) * adj(X)
    assert adj(matrix("s", 1, 1)) == ones(1, 1)


def test_log_det_of_normal_equations() -> None:
    """Cookbook (55) in the laws that know pseudo-inverses, and with the inverse otherwise."""
    loss = logdet(R.T @ R)
    plain = gradient(loss, R)[R]
    assert plain == 2 * R @ inv(R.T @ R)
    short = gradient(loss, R, table=WITH_PSEUDO_INVERSES)[R]
    assert short == 2 * pinv(R).T
    assert_gradient(loss, R, short, sizes={m: 5, n: 3})
    hat = simplify(R @ inv(R.T @ R) @ R.T, WITH_PSEUDO_INVERSES, Recorder(), "test", {})
    assert hat == R @ pinv(R)
    assert simplest(inv(R.T @ R) @ R.T @ G) == inv(R.T @ R) @ R.T @ G


def test_generated_code_calls_numpy() -> None:
    assert "np.linalg.pinv(R, rtol=None)" in numpy_source(gradient(trace(pinv(R) @ G), R))
    source = numpy_source(gradient(trace(A @ adj(X)), A))
    assert source.count("_adjugate(X)") == 1 and "def _adjugate(a):" in source
    x = np.diag([1.0, 2.0, 0.0])
    found = compile_numpy(gradient(trace(A @ adj(X)), A))(A=np.eye(3), X=x)
    np.testing.assert_allclose(found["A"], np.diag([0.0, 0.0, 2.0]), atol=1e-15)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: adj(R), ShapeError, "an adjugate needs a square matrix, got R (m × n)"),
        (lambda: adj(3), UnsupportedInput, "adj needs a matrix"),
        (lambda: pinv("R"), UnsupportedInput, "pinv needs a matrix"),
        (lambda: pinv(sympy.Symbol("t", real=True)), UnsupportedInput, "pinv needs a matrix"),
    ],
)
def test_refusals(build: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=re.escape(says)):
        build()


def test_facts_and_latex() -> None:
    P = matrix("P", n, n, "positive definite")
    assert "symmetric" in facts_of(pinv(S)) and "symmetric" in facts_of(adj(S))
    assert "positive definite" in facts_of(adj(P))
    assert "full row rank" in facts_of(pinv(TALL))
    assert "positive semidefinite" in facts_of(R @ pinv(R))
    assert "symmetric" not in facts_of(pinv(X))
    assert latex(pinv(R).T) == r"{\left({R}^{+}\right)}^{\top}"
    assert latex(adj(X + A)) == r"\mathrm{adj}\left(A + X\right)"
