"""Functions of two matrices, kinks and activations: derivatives, conventions, code."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Piecewise

import matcalc
from matcalc import (
    abs,
    atan2,
    clip,
    column,
    dims,
    elementwise,
    elu,
    exp,
    gelu,
    gradient,
    hessian,
    huber,
    hypot,
    inner,
    jacobian,
    leaky_relu,
    log,
    logaddexp,
    matrix,
    maximum,
    minimum,
    names_in,
    ones,
    relu,
    row,
    scalar,
    sigmoid,
    sign,
    silu,
    softplus,
    step,
    swish,
    where,
)
from matcalc.check import CheckFailed, check
from matcalc.errors import NotDifferentiable, ShapeError, UnknownFunction, UnsupportedInput
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy, numpy_source
from matcalc.node import Node
from matcalc.operators.elementwise import Map
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.show import latex
from tests.numeric import assert_gradient, assert_jacobian

m, n = dims("m n")
A, B, C, G = (matrix(name, m, n) for name in "ABCG")
u, v, w, r, c = column("u", n), column("v", n), column("w", n), row("r", n), column("c", m)
t = scalar("t", positive=True)
one = ones(m, n)

PAIRS: dict[str, tuple[Node, Node, Node]] = {
    "maximum": (maximum(A, B), G * step(A - B), G * (one - step(A - B))),
    "minimum": (minimum(A, B), G * step(B - A), G * (one - step(B - A))),
    "power": (exp(A) ** B, G * B * exp(A) ** B, G * A * exp(A) ** B),
    "angle": (atan2(A, B), G * B / (A**2 + B**2), -G * A / (A**2 + B**2)),
    "hypot": (hypot(A, B), G * A / hypot(A, B), G * B / hypot(A, B)),
    "logaddexp": (logaddexp(A, B), G * sigmoid(A - B), G * sigmoid(B - A)),
    "log of a sum of exps": (
        log(exp(A) + exp(B)),
        G * exp(A) / (exp(A) + exp(B)),
        G * exp(B) / (exp(A) + exp(B)),
    ),
    "where": (
        where(C, A**2 * B, exp(A)),
        G * (2 * A * B * step(C) + exp(A) * (one - step(C))),
        G * A**2 * step(C),
    ),
    "cases": (
        elementwise(lambda x, y: Piecewise((x * y, x > y), (y**2, True)), A, B),
        G * elementwise(lambda x, y: Piecewise((y, x > y), (0, True)), A, B),
        G * elementwise(lambda x, y: Piecewise((x, x > y), (2 * y, True)), A, B),
    ),
    "quotient": (elementwise(lambda x, y: x / (y**2 + 1), A, B), G / (B**2 + one), None),
    "nested": (maximum(A * B, hypot(A, 1) - one), None, None),
    "with a scalar": (elementwise(lambda x, y: sympy.atan2(t * x, y) ** 2, A, B), None, None),
    "sympy's kinks": (
        elementwise(lambda x, y: sympy.Max(x, y, t) * sympy.Abs(x - y) + sympy.sign(y) * x, A, B),
        None,
        None,
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_of_functions_of_two_matrices(name: str) -> None:
    f, by_a, by_b = PAIRS[name]
    loss = inner(G, f)
    derivation = gradient(loss, [A, B])
    for parameter, expected in ((A, by_a), (B, by_b)):
        assert_gradient(loss, parameter, derivation[parameter])
        assert expected is None or derivation[parameter] is expected
    for dtype in ("float64", "float32"):
        check(derivation, dtype=dtype).require()


@pytest.mark.parametrize("name", ["power", "angle", "hypot", "logaddexp", "where", "maximum"])
def test_jacobians_and_hessians(name: str) -> None:
    f = PAIRS[name][0]
    assert_jacobian(f, A, jacobian(f, A)[A])
    smooth = f if name in ("power", "angle", "hypot", "logaddexp") else f**2 * B
    found = hessian(inner(G, smooth), A, [A, B])
    slope = gradient(inner(G, smooth), A)[A]
    assert_jacobian(slope, A, found[A])
    assert_jacobian(slope, B, found[B])


def test_by_a_scalar_in_a_function_of_two_matrices() -> None:
    loss = inner(G, elementwise(lambda x, y: sympy.atan2(t * x, y), A, B))
    check(gradient(loss, [A, t])).require()


ONES = {
    "abs": (abs(A), G * sign(A)),
    "softplus": (softplus(A), G * sigmoid(A)),
    "relu by maximum": (maximum(A, 0), G * step(A)),
    "number first": (maximum(0, A), G * step(A)),
    "clip": (clip(A, -1, t), G * step(A + one) * step(t * one - A)),
    "huber": (huber(A, t), G * clip(A, -t, t)),
    "leaky relu": (leaky_relu(A, t), G * (t * one + (1 - t) * step(A))),
    "elu": (elu(A, t), None),
    "cases": (elementwise(lambda x: Piecewise((x, x > 0), (sympy.exp(x), True)), A), None),
    "silu": (silu(A), G * sigmoid(A) * (one + A * (one - sigmoid(A)))),
    "swish": (swish(A, t), None),
    "gelu": (gelu(A), None),
    "sympy's |x|": (elementwise(sympy.Abs, A), G * sign(A)),
    "a root of a square": (elementwise(lambda x: sympy.sqrt(x**2), A), G * sign(A)),
    "sympy's step": (elementwise(lambda x: sympy.Heaviside(x, 0) * x, A), G * step(A)),
    "sympy's half step": (elementwise(lambda x: sympy.Heaviside(x) * x**2, A), None),
    "power by its own": (where(A, A**3, 2 * A), None),
}


@pytest.mark.parametrize("name", ONES)
def test_gradients_of_functions_with_kinks(name: str) -> None:
    f, expected = ONES[name]
    derivation = gradient(inner(G, f), A)
    assert expected is None or derivation[A] is expected
    assert_gradient(inner(G, f), A, derivation[A])
    for dtype in ("float64", "float32"):
        check(derivation, dtype=dtype).require()


AT_THE_KINK = {
    abs: [[-1, 0, 1]],
    sign: [[0, 0, 0]],
    relu: [[0, 0, 1]],
    step: [[0, 0, 0]],
    softplus: [[1 / (1 + math.e), 0.5, math.e / (1 + math.e)]],
    lambda x: maximum(x, 0): [[0, 0, 1]],
    lambda x: minimum(x, 0): [[1, 0, 0]],
    lambda x: clip(x, -1, 0): [[0, 0, 0]],
    lambda x: clip(x, -1, 1): [[0, 1, 0]],
    lambda x: leaky_relu(x, 3): [[3, 3, 1]],
    lambda x: elu(x): [[math.exp(-1), 1, 1]],
    lambda x: elu(x, 2): [[2 * math.exp(-1), 2, 1]],
    lambda x: huber(x, 1): [[-1, 0, 1]],
    silu: [[0.07232948812851325, 0.5, 0.9276705118714869]],
    gelu: [[-0.08331547058768639, 0.5, 1.0833154705876864]],
    lambda x: elementwise(lambda y: sympy.Heaviside(y) * 4, x): [[0, 0, 0]],
}


@pytest.mark.parametrize("f", AT_THE_KINK, ids=lambda f: str(f(A)))
def test_conventions_at_kinks(f: Callable[[Node], Node]) -> None:
    derivation = gradient(matcalc.sum(f(r)), r)
    found = evaluate(derivation[r], {"r": [[-1, 0, 1]]}, sizes={"n": 3})
    assert np.allclose(found, AT_THE_KINK[f], atol=1e-14)
    by_code = compile_numpy(derivation)(r=np.array([[-1.0, 0.0, 1.0]]))["r"]
    assert np.allclose(by_code, AT_THE_KINK[f], atol=1e-14)


@pytest.mark.parametrize("f", [maximum, minimum])
def test_of_equal_entries_the_second_takes_the_derivative(f: Callable[..., Node]) -> None:
    derivation = gradient(matcalc.sum(f(u, v)), [u, v])
    at = {"u": [[2], [0], [-1]], "v": [[2], [0], [-1]]}
    assert evaluate(derivation[u], at) == [[0], [0], [0]]
    assert evaluate(derivation[v], at) == [[1], [1], [1]]
    assert f(u, u) is u


def test_values_of_sympys_kinks_stay() -> None:
    at = {"r": [[-2.0, 0.0, 3.0]]}
    for f, expected in (
        (sympy.Abs, [[2, 0, 3]]),
        (sympy.sign, [[-1, 0, 1]]),
        (sympy.Heaviside, [[0, 0.5, 1]]),
        (lambda x: sympy.Heaviside(x, 1), [[0, 1, 1]]),
        (lambda x: sympy.Max(x, 1, -x), [[2, 1, 3]]),
        (lambda x: sympy.Min(x, 1, -x), [[-2, 0, -3]]),
    ):
        assert evaluate(elementwise(f, r), at) == expected


def test_scalars_are_functions_of_scalars() -> None:
    s = scalar("s")
    loss = abs(s) + maximum(s, 2) * minimum(1, s) + hypot(s, 1) + where(s, s**2, 3) + huber(s, 2)
    loss += clip(s, -1, 1) + softplus(s) + elu(s) + gelu(s) + logaddexp(s, 2) + atan2(s, 2)
    derivation = gradient(loss, s)
    check(derivation).require()
    assert derivation[s] == sympy.diff(loss, s)


FORMS = [
    (maximum(A, A), A),
    (maximum(A, 2 * one), maximum(A, 2)),
    (hypot(A, 0), abs(A)),
    (logaddexp(0, A), softplus(A)),
    (logaddexp(A, B), logaddexp(B, A)),
    (hypot(A, B), hypot(B, A)),
    (elementwise(lambda x, y: x + 2 * y, A, B), A + 2 * B),
    (elementwise(lambda x, y: x * sympy.exp(y), A, B), A * exp(B)),
    (elementwise(lambda x, y: sympy.exp(x * y), A, B), exp(A * B)),
    (elementwise(lambda x, y: x ** (y + 1), A, B), A * A**B),
    (elementwise(lambda x, y: y**x, A, B), B**A),
    (elementwise(lambda x, y: sympy.Max(x**2, y), A, B), maximum(A**2, B)),
    (elementwise(lambda x, y: sympy.Max(y, 3), A, B), maximum(B, 3)),
    (A ** (2 * one), A**2),
    (elementwise(sympy.atan2, A, A), elementwise(lambda x: sympy.atan2(x, x), A)),
    (where(C, A, 0), A * step(C)),
]


@pytest.mark.parametrize(("found", "expected"), FORMS, ids=str)
def test_functions_of_two_are_taken_apart(found: Node, expected: Node) -> None:
    assert found is expected


def test_what_stays_is_one_function_of_two() -> None:
    f = elementwise(lambda x, y: sympy.atan2(sympy.exp(x), y**2 + x), A, B)
    assert isinstance(f, Map2)
    assert f.operands == (sympy.atan2(ENTRY, OTHER), exp(A), A + B**2)


SIMPLER = {
    "|A|² is A²": (matcalc.sum(B * abs(A) ** 2), B, A**2),
    "A sign A": (matcalc.sum(B * A * sign(A)), B, abs(A)),
    "|A| sign A": (matcalc.sum(B * abs(A) * sign(A)), B, A),
    "[A > 0]²": (matcalc.sum(B * step(A) ** 3), B, step(A)),
    "relu": (matcalc.sum(B * relu(A) * step(A)), B, relu(A)),
    "A [A > 0]": (matcalc.sum(B * C * A * step(A)), B, C * relu(A)),
    "log exp": (inner(B, log(exp(A))), B, A),
    "cancelled": (inner(B, A * (one + C / A)), B, A + C),
    "multiplied out": (inner(B, A * (one - C) - C * (one - A)), B, A - C),
    "transposes": (inner(B.T, maximum(A.T, C.T)), B, maximum(A, C)),
    "lines": (inner(r, c.T @ maximum(ones(m) @ r, ones(m) @ v.T)), c, None),
}


@pytest.mark.parametrize("name", SIMPLER)
def test_simplest_forms(name: str) -> None:
    loss, by, expected = SIMPLER[name]
    derivation = gradient(loss, by)
    assert expected is None or derivation[by] is expected
    check(derivation).require()


def test_logistic_regression_from_probabilities() -> None:
    N, p = dims("N p")
    X, w, y = matrix("X", N, p), column("w", p), column("y", N)
    P = sigmoid(X @ w)
    loss = -inner(y, log(P)) - inner(ones(N) - y, log(ones(N) - P))
    derivation = gradient(loss, w)
    assert derivation[w] is X.T @ (P - y)
    check(derivation).require()
    run = compile_numpy(derivation)
    with np.errstate(all="raise", under="ignore"):
        found = run(X=np.array([[1e4], [-1e4]]), w=np.array([[1.0]]), y=np.array([[0.0], [1.0]]))
    assert found["loss"] == 2e4 and found["w"].tolist() == [[2e4]]


def test_hinge_loss() -> None:
    N, p = dims("N p")
    X, w, y = matrix("X", N, p), column("w", p), column("y", N)
    margin = ones(N) - y * (X @ w)
    derivation = gradient(matcalc.sum(maximum(margin, 0)), w)
    assert derivation[w] is -X.T @ (y * step(margin))
    check(derivation, seed=1).require()


STABLE = {
    "log(1 + exp A)": log(one + exp(A)),
    "log(exp A + 1), named": log(matcalc.let("E", exp(A)) + one),
    "log(exp A + exp B)": log(exp(A) + exp(B)),
    "softplus": softplus(A),
    "logaddexp": logaddexp(A, B),
    "log of a logistic function": log(sigmoid(A)),
    "of its complement": log(one - sigmoid(A)),
    "huber": huber(A, 1),
    "elu": elu(A),
    "one function of sympy's": elementwise(lambda x: sympy.log(1 + sympy.exp(-x)), A),
}


@pytest.mark.parametrize("name", STABLE)
def test_code_does_not_overflow(name: str) -> None:
    derivation = gradient(inner(G, STABLE[name]), A)
    check(derivation).require()
    run = compile_numpy(derivation)
    data = {"A": [[1e4, -1e4, 3.0]], "B": [[-1e4, 1e4, 2.0]], "G": [[1.0, 2.0, 3.0]]}
    with np.errstate(all="raise", under="ignore"):
        found = run(**{name: np.array(data[name]) for name in run.arguments})
    assert np.isfinite(found["A"]).all() and np.isfinite(found["loss"])


def test_lines_are_broadcast_and_not_formed() -> None:
    k = dims("k")[0]
    W, b = matrix("W", n, k), row("b", k)
    source = numpy_source(gradient(matcalc.sum(maximum(A @ W, ones(m) @ b) ** 2), [W, b]))
    assert "np.maximum(t1, b)" in source and "np.repeat" not in source
    both = numpy_source(gradient(inner(G, hypot(c @ ones(1, n), ones(m) @ r)), [c, r]))
    assert "np.hypot(c, r)" in both
    check(gradient(inner(G, minimum(c @ ones(1, n), 2 * one) ** 2), c)).require()
    check(gradient(inner(G, atan2(A.T, (2 * B).T).T), [A, B])).require()


WRONG = {
    "the other side": (A, G * step(B - A)),
    "no side": (A, G),
    "both sides": (B, G * (one + step(A - B))),
    "a sign": (B, -G * (one - step(A - B))),
}


@pytest.mark.parametrize(("parameter", "formula"), WRONG.values(), ids=WRONG)
def test_wrong_formulas_fail(parameter: Any, formula: Any) -> None:
    derivation = gradient(inner(G, maximum(A, B)), [A, B])
    with pytest.raises(CheckFailed, match="formula differs"):
        check(derivation.with_gradient(parameter, formula)).require()


ERRORS = [
    (lambda: maximum(A, r), ShapeError, "nothing is broadcast"),
    (lambda: maximum(A, B.T), ShapeError, "differ; did you mean a transpose"),
    (lambda: A**r, ShapeError, "apply a function of two entries"),
    (lambda: elementwise(sympy.atan, A, B), UnknownFunction, "two variables"),
    (lambda: elementwise(sympy.atan2, A), UnknownFunction, "one variable"),
    (lambda: elementwise(lambda x, y: "x", A, B), UnknownFunction, "no real sympy expression"),
    (lambda: elementwise(sympy.atan2, A, 2), UnsupportedInput, "needs a matrix"),
    (lambda: maximum(A, "B"), UnsupportedInput, "expected a matrix expression"),
    (lambda: clip(A, 2, 1), UnsupportedInput, "lower bound 2 is above"),
    (lambda: huber(A, -1), UnsupportedInput, "δ must be positive"),
    (lambda: huber(A, scalar("s")), UnsupportedInput, "δ must be positive"),
    (lambda: where(A, B.T, 0), ShapeError, "differ"),
    (
        lambda: gradient(matcalc.sum(elementwise(sympy.Function("f"), A, B)), A),
        NotDifferentiable,
        "no derivative is known",
    ),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_errors_say_what_is_wrong(case: int) -> None:
    attempt, error, message = ERRORS[case]
    with pytest.raises(error, match=message):
        attempt()


PRINTED = {
    maximum(A, B): ("maximum(A, B)", r"\max\left(A, B\right)"),
    A**B: ("A**B", r"{A}^{\odot B}"),
    abs(A - B): ("abs(A - B)", r"\left|A - B\right|"),
    clip(A, -t, 1): ("clip(A, -t, 1)", r"\mathrm{clip}\left(A, - t, 1\right)"),
    hypot(A, B): ("hypot(A, B)", r"\mathrm{hypot}\left(A, B\right)"),
    atan2(A, 2 * B): ("atan2(A, 2 * B)", r"\mathrm{atan2}\left(A, 2 B\right)"),
    huber(A, t): ("huber(A, t)", r"\mathrm{huber}\left(A, t\right)"),
    elementwise(lambda x, y: Piecewise((x, x > y), (0, True)), A, B): (
        "elementwise(lambda x, x1: sympy.Piecewise((x, x > x1), (0, True)), A, B)",
        r"\left(\left(x, y\right) \mapsto \begin{cases} x & \text{for}\: x > y \\"
        r"0 & \text{otherwise} \end{cases}\right)\left(A, B\right)",
    ),
}


@pytest.mark.parametrize("x", PRINTED, ids=str)
def test_prints_as_python_and_as_latex(x: Node) -> None:
    assert (str(x), latex(x)) == PRINTED[x]


@pytest.mark.parametrize("x", PRINTED, ids=str)
def test_the_text_gives_the_expression_again(x: Node) -> None:
    scope = {name: getattr(matcalc, name) for name in matcalc.__all__}
    assert eval(str(x), {**scope, "sympy": sympy, **names_in(x)}) is x


def test_one_function_of_one_entry_is_a_map() -> None:
    assert isinstance(maximum(A, 2), Map) and isinstance(clip(A, 0, 1), Map)
