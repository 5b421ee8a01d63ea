"""Values of elementary functions at one or more numbers: real, complex or exact.

A complex number passes a kink on the side of its real part, so that the complex step gives the
derivative on that side.
"""

import cmath
import math
from collections.abc import Callable
from itertools import count
from typing import Any

import sympy
from sympy import Mul

from matcalc.operators.functions import abs as absolute
from matcalc.operators.functions import (
    clip,
    huber,
    hypot,
    logaddexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sign,
    softplus,
    step,
)

TINY = 1e-17
"""A term of a series that is a smaller part of the sum changes nothing."""


def _either(name: str) -> Callable[[Any], Any]:
    real, complexes = getattr(math, name), getattr(cmath, name)
    return lambda x: complexes(x) if isinstance(x, complex) else real(x)


EXP, LOG, SQRT, ATAN = map(_either, ("exp", "log", "sqrt", "atan"))


def _sigmoid(x: Any) -> Any:
    if x.real >= 0:
        return 1 / (1 + EXP(-x))
    return EXP(x) / (1 + EXP(x))


def _logaddexp(x: Any, y: Any) -> Any:
    above, below = (x, y) if x.real >= y.real else (y, x)
    return above + LOG(1 + EXP(below - above))


def _hypot(x: Any, y: Any) -> Any:
    return SQRT(x * x + y * y)


def _atan2(y: Any, x: Any) -> Any:
    """The real angle, and from there the angle between the complex point and the real one."""
    angle = math.atan2(y.real, x.real)
    if not isinstance(x, complex) and not isinstance(y, complex):
        return angle
    p, q = float(x.real), float(y.real)
    return angle + ATAN((y * p - x * q) / (x * p + y * q))


def _erf(x: Any) -> Any:
    """Taylor's series from the real part, whose derivatives are Hermite's polynomials."""
    if not isinstance(x, complex):
        return math.erf(x)
    a, step = x.real, 1j * x.imag
    polynomial, before, power, total = 1.0, 0.0, step, 0j
    for k in count(1):
        total += polynomial * power
        if (abs(polynomial) + abs(before)) * abs(power) <= TINY * abs(total):
            break
        polynomial, before = -2 * a * polynomial - 2 * (k - 1) * before, polynomial
        power *= step / (k + 1)
    return math.erf(a) + 2 / math.sqrt(math.pi) * math.exp(-a * a) * total


def _absolute(x: Any) -> Any:
    return x if x.real > 0 else -x if x.real < 0 else 0 * x


def _sign(x: Any) -> int:
    return (x.real > 0) - (x.real < 0)


def _maximum(x: Any, y: Any) -> Any:
    return x if x.real > y.real else y


def _minimum(x: Any, y: Any) -> Any:
    return x if x.real < y.real else y


def _clip(x: Any, low: Any, high: Any) -> Any:
    return low if x.real <= low.real else high if x.real >= high.real else x


def _huber(x: Any, delta: Any) -> Any:
    size = _absolute(x)
    return x * x / 2 if size.real <= delta.real else delta * (size - delta / 2)


def _real_part(x: Any) -> float:
    return float(x.real)


ANALYTIC = "exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh"
SMOOTH: dict[Any, Callable[..., Any]] = {
    **{getattr(sympy, name): _either(name) for name in ANALYTIC.split()},
    sympy.Add: lambda *xs: sum(xs),
    Mul: lambda *xs: math.prod(xs),
    sympy.erf: _erf,
    sympy.atan2: _atan2,
    sigmoid: _sigmoid,
    softplus: lambda x: _logaddexp(x, 0),
    logaddexp: _logaddexp,
    hypot: _hypot,
    huber: _huber,
}
"""Functions with a continuous derivative wherever they have a value."""
KINKED: dict[Any, Callable[..., Any]] = {
    relu: lambda x: x if x.real > 0 else 0,
    step: lambda x: 1 if x.real > 0 else 0,
    sign: _sign,
    absolute: _absolute,
    maximum: _maximum,
    minimum: _minimum,
    clip: _clip,
    sympy.sign: _sign,
    sympy.Abs: _absolute,
    sympy.Max: lambda *xs: max(xs, key=_real_part),
    sympy.Min: lambda *xs: min(xs, key=_real_part),
}
"""Functions with a kink or a jump where two arguments are equal, or the only one is 0."""
