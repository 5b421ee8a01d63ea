"""Derivatives along directions against the complex step, and against gradients and Jacobians."""

import pytest
import sympy

from matcalc import (
    batch_norm,
    column,
    d,
    derivative,
    det,
    diag,
    differential,
    dims,
    elementwise,
    exp,
    function,
    gradient,
    hessian,
    hvp,
    identity,
    inv,
    jacobian,
    jvp,
    kron,
    let,
    log,
    logdet,
    matrix,
    row,
    scalar,
    squared_norm,
    sum,
    tanh,
    trace,
    vec,
    vjp,
)
from matcalc.errors import NotDifferentiable, ShapeError, UnknownFunction, UnsupportedInput
from matcalc.jacobian import linear_parts, scalar_rows
from matcalc.loops import Loops
from matcalc.node import Node, substitute
from matcalc.operators.scalars import inner
from matcalc.rewrite import Recorder
from tests.numeric import entries, relative_error, sample_for

m, n, p = dims("m n p")
A, B, X, S = matrix("A", n, m), matrix("B", p, p), matrix("X", m, p), matrix("S", n, n)
U, T, x, u = matrix("U", m, p), matrix("T", n, n), column("x", n), column("u", n)
c, t = scalar("c", positive=True), scalar("t")
Z = let("Z", A @ X)
gamma, beta = row("gamma", p), row("beta", p)

FUNCTIONS = [
    (A @ X @ B, X, U),
    (tanh(Z) @ Z.T, X, U),
    (kron(X, A) @ kron(B, A.T), X, U),
    (batch_norm(Z, gamma, beta, ddof=1, eps=c), X, U),
    (inv(S @ S.T + c * identity(n)), S, T),
    (det(S) * S, S, T),
    (diag(x) @ exp(S) + x @ x.T / (c + trace(S)), x, u),
    (sum(X * X) * function("a")(A @ X), X, U),
    (logdet(S @ S.T) + trace(S), S, T),
    (log(sum(exp(S @ x))), x, u),
]


def along(f, at, parameter, direction):
    """Derivative of every entry along the direction, by the complex step."""
    base, step = at.base.table(parameter), at.base.value(direction)
    moved = [
        [a + 1e-30j * b for a, b in zip(p, q, strict=True)] for p, q in zip(base, step, strict=True)
    ]
    value = Loops(at.sizes, {**at.data, parameter: moved}, at.scalars, at.functions).value(f)
    return [complex(e).imag / 1e-30 for e in entries(value)]


@pytest.mark.parametrize(("f", "parameter", "direction"), FUNCTIONS, ids=lambda f: str(f)[:30])
def test_jvp_is_the_derivative_along_the_direction(f, parameter, direction):
    derivation = jvp(f, {parameter: direction})
    at = sample_for(f, derivation.value, direction)
    expected = along(f, at, parameter, direction)
    assert max(map(abs, expected)) > 1e-3
    assert relative_error(entries(at.base.value(derivation.value)), expected) < 1e-11
    assert derivation.replay() == len(derivation.steps) > 0


@pytest.mark.parametrize(("f", "parameter", "direction"), FUNCTIONS, ids=lambda f: str(f)[:30])
def test_the_differential_is_linear_in_what_varies(f, parameter, direction):
    found = differential(f, parameter).value
    put = substitute(found, {d(parameter): direction})
    at = sample_for(f, put, direction)
    assert relative_error(entries(at.base.value(put)), along(f, at, parameter, direction)) < 1e-11


def test_a_jacobian_maps_a_direction_to_the_derivative_along_it():
    f = vec(det(S) * (S @ A))
    J = jacobian(f, S)[S]
    at = sample_for(f, J, T)
    assert relative_error(entries(at.base.value(J @ vec(T))), along(f, at, S, T)) < 1e-11


def test_a_scalar_that_is_linear_in_a_differential_is_a_row():
    found = scalar_rows(trace(S @ d(T)), Recorder(), "here")[T]
    at = sample_for(trace(S @ T), found, T)
    expected = entries(at.base.value(trace(S @ T)))
    assert relative_error(entries(at.base.value(found @ vec(T))), expected) < 1e-11


def test_what_is_not_linear_in_one_differential_has_no_matrix():
    for term in (trace(d(S)) * d(S), trace(d(S)) * trace(S) * d(T)):
        with pytest.raises(NotDifferentiable, match="not linear in one differential"):
            linear_parts(vec(term), Recorder(), "here")


@pytest.mark.parametrize(
    ("f", "parameter", "direction"),
    [case for case in FUNCTIONS if isinstance(case[0], Node)],
    ids=lambda f: str(f)[:30],
)
def test_vjp_and_jvp_are_adjoint(f, parameter, direction):
    G = matrix("G", *f.shape)
    back, forth = vjp(f, parameter, G), jvp(f, {parameter: direction})
    left, right = inner(G, forth.value), inner(back[parameter], direction)
    at = sample_for(f, left, right)
    assert abs(at.base.value(left)) > 1e-6
    assert at.base.value(left) == pytest.approx(at.base.value(right), rel=1e-10)
    assert back.replay() == len(back.steps)


@pytest.mark.parametrize(
    ("loss", "parameter", "direction"),
    [
        (squared_norm(tanh(A @ X)), X, U),
        (logdet(S @ S.T + c * identity(n)), S, T),
        (log(sum(exp(S @ x))), x, u),
    ],
    ids=["tanh", "logdet", "logsumexp"],
)
def test_hvp_is_the_hessian_times_the_direction(loss, parameter, direction):
    found, whole = hvp(loss, parameter, direction).value, hessian(loss, parameter)[parameter]
    at = sample_for(loss, found, whole)
    assert relative_error(
        entries(at.base.value(vec(found))), entries(at.base.value(whole @ vec(direction)))
    ) < 1e-9  # fmt: skip


def test_jvp_along_several_directions_at_once():
    f = A @ X @ B + c * (A @ X)
    both = jvp(f, {X: U, B: B.T, c: t}).value
    at = sample_for(both, f)
    one = [jvp(f, {X: U}).value, jvp(f, {B: B.T}).value, jvp(f, {c: t}).value]
    expected = [
        a + b + e for a, b, e in zip(*(entries(at.base.value(g)) for g in one), strict=True)
    ]
    assert relative_error(entries(at.base.value(both)), expected) < 1e-12


def test_published_forms():
    assert str(jvp(inv(S), {S: T}).value) == "-inv(S) @ T @ inv(S)"
    assert str(hvp(x.T @ S @ x, x, u).value) == "(S + S.T) @ u"
    assert str(differential(A @ X, X).value) == "A @ d(X)"
    assert str(differential(trace(S), S).value) == "trace(d(S))"
    assert str(derivative(t**2 * S, t).value) == "2*t * S"
    assert differential(logdet(S), S).value is trace(inv(S) @ d(S))


def test_derivative_by_a_scalar():
    Y = inv(S + t * T) @ S
    found = derivative(Y, t).value
    at = sample_for(Y, found)
    moved = Loops(at.sizes, at.data, {**at.scalars, t: at.scalars[t] + 1e-30j}).value(Y)
    expected = [e.imag / 1e-30 for e in entries(moved)]
    assert relative_error(entries(at.base.value(found)), expected) < 1e-11
    with pytest.raises(UnsupportedInput, match="by a scalar"):
        derivative(Y, S)


def test_third_derivatives():
    f = sum(exp(S @ x))
    third = jacobian(hessian(f, x)[x], x)
    at = sample_for(third[x], f)
    second = hessian(f, x)[x]
    for k, found in enumerate(zip(*at.base.value(third[x]), strict=True)):
        expected = [
            complex(e).imag / 1e-30 for e in entries(at.moved(x, k, 0, 1e-30j).value(vec(second)))
        ]
        assert relative_error(list(found), expected) < 1e-10


def test_text_says_along_what():
    shown = jvp(A @ X, {X: U})
    assert "dF for dX = U = A @ U" in shown.to_text()
    assert r"\mathrm{d}F\big|_{\mathrm{d}X = U}" in shown.to_latex()
    assert "dR = " in differential(trace(S @ S), S).to_text()
    assert "∂F/∂t = " in derivative(t * S, t).to_text()


def test_a_vanishing_derivative_is_noted():
    derivation = jvp(A @ A.T, {X: U})
    assert str(derivation.value) == "zeros(n, n)"
    assert "does not depend on X" in derivation.notes[0]


def test_ill_posed_directions_are_refused():
    with pytest.raises(ShapeError, match="cannot move X"):
        jvp(A @ X, {X: A})
    with pytest.raises(UnsupportedInput, match="mapping"):
        jvp(A @ X, X)
    with pytest.raises(UnsupportedInput, match="the direction of X is a matrix"):
        jvp(A @ X, {X: 1})
    with pytest.raises(UnsupportedInput, match="take its gradient"):
        vjp(trace(S), S, S)
    with pytest.raises(ShapeError, match="pull back"):
        vjp(A @ X, X, X)
    with pytest.raises((NotDifferentiable, UnknownFunction)):
        differential(elementwise(sympy.Function("q"), S), S)
    with pytest.raises(UnsupportedInput, match="cannot differentiate by"):
        jvp(A @ X, {A @ X: A @ U})


def test_gradient_and_differential_agree():
    loss = squared_norm(tanh(A @ X) @ B)
    put = substitute(differential(loss, X).value, {d(X): U})
    paired = inner(gradient(loss, X)[X], U)
    at = sample_for(put, paired)
    assert at.base.value(put) == pytest.approx(at.base.value(paired), rel=1e-11)
    assert abs(at.base.value(put)) > 1e-6
