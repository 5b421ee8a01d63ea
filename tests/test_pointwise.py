import math
from typing import Any

import pytest
import sympy
from sympy import Rational

from matcalc.dimensions import dims
from matcalc.errors import BudgetExceeded, UnknownFunction
from matcalc.loops import Loops, evaluate
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import elementwise, function, slope
from matcalc.operators.functions import (
    ENTRY,
    clip,
    huber,
    hypot,
    logaddexp,
    relu,
    sigmoid,
    softplus,
    step,
    with_own_kinks,
)
from matcalc.operators.leaves import column, scalar
from matcalc.operators.scalars import total
from matcalc.pointwise import NotAnalytic, Undefined

(n,) = dims("n")
v = column("v", n)
c, k = scalar("c"), scalar("k")


def derivative_by_complex_step(f: Any, x: float) -> float:
    loops = Loops({n: 1}, {v: [[complex(x, 1e-30)]]}, {c: 1.7, k: 3})
    return complex(loops.value(total(elementwise(f, v)))).imag / 1e-30


ANALYTIC = [
    *(lambda t, f=f: f(t / 2) for f in (sympy.exp, sympy.sin, sympy.cos, sympy.tan, sympy.asin)),
    *(lambda t, f=f: f(t / 2) for f in (sympy.sinh, sympy.cosh, sympy.tanh, sympy.acos)),
    *(lambda t, f=f: f(t / 2) for f in (sympy.atan, sympy.asinh, sympy.atanh, sigmoid, relu)),
    lambda t: sympy.log(t**2 + 1),
    lambda t: sympy.sqrt(t**2 + c),
    lambda t: (t**2 + c) ** Rational(-3, 2),
    lambda t: (t + 3) ** k,
    lambda t: (t + 3) ** c,
    lambda t: t**-2,
    lambda t: (1 + t / 100) ** 250,
    lambda t: relu(t) ** 2 + step(t) * t,
    sympy.Abs,
    sympy.sign,
    sympy.erf,
    sigmoid,
    softplus,
    lambda t: sympy.Max(t, c) + sympy.Min(t, t**2, 1) ** 2,
    lambda t: clip(t, -c, 1) ** 3 + huber(t, 1),
    lambda t: sympy.atan2(t, c) * sympy.atan2(c, t) + hypot(t, c) * logaddexp(t, c),
    lambda t: sympy.Piecewise((t**2, t > 0), (c * t, True)),
    lambda t: sympy.Piecewise((t**2, (t > 0) & (t < 1)), (sympy.sin(t), t >= 1), (3 * t, True)),
]


@pytest.mark.parametrize("x", [-1.3, -0.4, 0.3, 1.2])
@pytest.mark.parametrize("f", ANALYTIC, ids=lambda f: str(f(ENTRY)))
def test_complex_step(f: Any, x: float) -> None:
    symbolic = sympy.diff(with_own_kinks(f(ENTRY)), ENTRY).subs({c: sympy.Float(1.7, 40), k: 3})
    exact = evaluate(total(elementwise(lambda t: symbolic.subs(ENTRY, t), v)), {v: [[x]]})
    assert derivative_by_complex_step(f, x) == pytest.approx(exact, rel=1e-14)


def test_acosh_and_log_by_complex_step() -> None:
    assert derivative_by_complex_step(sympy.acosh, 1.5) == pytest.approx(1.25**-0.5, rel=1e-14)
    assert derivative_by_complex_step(sympy.log, 0.3) == pytest.approx(1 / 0.3, rel=1e-14)


@pytest.mark.parametrize("f", [sympy.erfc, sympy.gamma], ids=str)
def test_no_complex_step_where_only_the_real_function_is_known(f: Any) -> None:
    with pytest.raises(NotAnalytic, match="real numbers only"):
        derivative_by_complex_step(f, 0.3)


@pytest.mark.parametrize("x", [-1.7, 0.4, 2.5])
def test_other_functions(x: float) -> None:
    cases = {
        sympy.Abs: abs(x),
        sympy.sign: math.copysign(1, x),
        sympy.erf: math.erf(x),
        sympy.erfc: math.erfc(x),
        sympy.gamma: math.gamma(x),
        sympy.floor: math.floor(x),
        sympy.Heaviside: float(x > 0),
        sympy.sec: 1 / math.cos(x),
        lambda t: sympy.Max(t, c, 1): max(x, 0.5, 1),
        lambda t: sympy.pi * sympy.E + 0.5 * t: math.pi * math.e + 0.5 * x,
    }
    for f, expected in cases.items():
        value = evaluate(total(elementwise(f, v)), {v: [[x]], c: 0.5})
        assert value == pytest.approx(expected, rel=1e-14)


def test_sigmoid_does_not_overflow() -> None:
    value = evaluate(elementwise(sigmoid, v), {v: [[-1000.0], [1000.0], [0.0]]})
    assert value == [[0.0], [1.0], [0.5]]


def test_abstract_functions_by_example() -> None:
    def polynomial(order: int, x: Any) -> Any:
        return (x**3, 3 * x**2, 6 * x)[order]

    a = function("a")
    assert evaluate(a(v), {v: [[2], [3]]}, functions={"a": polynomial}) == [[8], [27]]
    prime = slope(a(v).operands[0], v)
    assert evaluate(prime, {v: [[2], [3]]}, functions={"a": polynomial}) == [[12], [27]]


def test_margin_is_the_distance_to_a_kink_or_a_pole() -> None:
    loops = Loops({n: 2}, {v: [[0.25], [-3.0]]})
    loops.value(total(v**2))
    assert loops.margin == math.inf
    loops.value(elementwise(relu, v))
    assert loops.margin == 0.25
    loops.value((v - ones(n) / 8) ** -1)
    assert loops.margin == 0.125


ERRORS = [
    (lambda: evaluate(1 / v, {v: [[0]]}), Undefined, "no value"),
    (lambda: evaluate(1 / v, {v: [[0.0]]}), Undefined, "no value"),
    (lambda: evaluate(v ** Rational(1, 3), {v: [[-8.0]]}), Undefined, "negative number"),
    (lambda: evaluate(v ** Rational(1, 2), {v: [[-8.0]]}), Undefined, "no value"),
    (lambda: evaluate(c / (n - 1), {c: 1}, sizes={n: 1}), Undefined, "no value"),
    (lambda: evaluate(elementwise(sympy.log, v), {v: [[0.0]]}), Undefined, "log"),
    (lambda: evaluate(elementwise(sympy.exp, v), {v: [[1e4]]}), Undefined, "exp"),
    (lambda: evaluate(elementwise(sympy.acsc, v), {v: [[0.5]]}), Undefined, "acsc"),
    (
        lambda: evaluate(elementwise(sympy.Function("g"), v), {v: [[0.5]]}),
        UnknownFunction,
        "g cannot be evaluated",
    ),
    (lambda: evaluate(v ** (10**9), {v: [[2]]}), BudgetExceeded, "1000000000"),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_errors_name_what_is_wrong(case: int) -> None:
    attempt, error, message = ERRORS[case]
    with pytest.raises(error, match=message):
        attempt()
