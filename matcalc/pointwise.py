"""Values of scalar expressions and of elementwise functions, at real, complex or exact numbers.

An expression becomes a closure once, which is then called entry by entry. Nothing is parsed and
no code is generated. Numbers stay exact (`fractions.Fraction`) until a float comes in.
"""

import cmath
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy import And, Expr, Float, Integer, Or, Piecewise, Pow, Rational
from sympy.core.relational import Relational

from matcalc.errors import BudgetExceeded, MatcalcError, UnknownFunction
from matcalc.numeric import KINKED, SMOOTH
from matcalc.operators.functions import ENTRY, OTHER, Abstract

EXPONENT_CAP = 10**5
"""Largest exponent an exact number is raised to: the result grows with it."""
DIGITS = 30

Function = Callable[[int, Any], Any]
"""An abstract function by example: its derivative of some order at a number."""
Closure = Callable[..., Any]


class Undefined(MatcalcError, ArithmeticError):
    """A value that does not exist: a division by zero, a root outside its domain.

    Examples
    --------
    >>> from matcalc import log, scalar
    >>> from matcalc.loops import Loops
    >>> x = scalar("x")
    >>> Loops({}, {}, {x: 0}).value(log(x))
    Traceback (most recent call last):
    matcalc.pointwise.Undefined: log(x) has no value: math domain error
    """


class NotAnalytic(MatcalcError, ArithmeticError):
    """A complex argument where only the real function is known: no complex step through it.

    Examples
    --------
    >>> from matcalc import scalar, sympy
    >>> from matcalc.loops import Loops
    >>> x = scalar("x")
    >>> Loops({}, {}, {x: 1j}).value(sympy.gamma(x))
    Traceback (most recent call last):
    matcalc.pointwise.NotAnalytic: gamma is known at real numbers only
    """


class MissingValue(MatcalcError, LookupError):
    """A matrix, symbol or function that an evaluation needs and was not given.

    Examples
    --------
    >>> from matcalc import dims, matrix
    >>> from matcalc.loops import Loops
    >>> (n,) = dims("n")
    >>> Loops({n: 2}, {}).value(matrix("A", n, n).T)
    Traceback (most recent call last):
    matcalc.pointwise.MissingValue: no value was given for A (n × n)
    """


class Pointwise:
    """Evaluates scalar expressions at one set of values of their atoms.

    Parameters
    ----------
    leaf : callable
        Value of a symbol or a scalar node.
    functions : mapping
        What stands for the abstract functions, by name.
    exact : bool
        Whether rational constants stay fractions; else they become floats.

    Attributes
    ----------
    margin : float
        How close an argument came to a kink or a pole: the least |x| in relu(x), 1/x, ….
    """

    def __init__(
        self, leaf: Callable[[Expr], Any], functions: Mapping[str, Function], exact: bool
    ) -> None:
        self.leaf = leaf
        self.functions = functions
        self.exact = exact
        self.margin = math.inf
        self._closures: dict[Expr, Closure] = {}

    def __call__(self, f: Expr, *xs: Any) -> Any:
        """Value of an expression where the symbol `ENTRY` is the first number, `OTHER` the second.

        Raises
        ------
        Undefined
            For a division by zero, a logarithm of a negative number, an overflow.
        """
        try:
            return self._closure(f)(*xs)
        except MatcalcError:
            raise
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            at = f" at {', '.join(map(str, xs))}" if xs else ""
            raise Undefined(f"{f} has no value{at}: {error}") from error

    def _closure(self, f: Expr) -> Closure:
        if f not in self._closures:
            self._closures[f] = self._built(f)
        return self._closures[f]

    def _built(self, f: Expr) -> Closure:
        if f == ENTRY:
            return _first
        if f == OTHER:
            return _second
        if f.has(ENTRY, OTHER):
            return self._composed(f)
        value = self._constant(f)
        if isinstance(value, Fraction) and not self.exact:
            value = float(value)
        return lambda *xs: value

    def _constant(self, f: Expr) -> Any:
        if not f.is_Atom:
            return self._composed(f)()
        if isinstance(f, Integer):
            return int(f)
        if isinstance(f, Rational):
            return Fraction(int(f.p), int(f.q))
        if isinstance(f, Float | sympy.NumberSymbol):
            return float(f)
        if f.is_Number or f is sympy.zoo or f is sympy.I:
            raise Undefined(f"{f} is no finite real number")
        return self.leaf(f)

    def _composed(self, f: Expr) -> Closure:
        if isinstance(f, Abstract):
            return self._abstract(str(f.args[0]), int(f.args[1]), self._closure(f.args[2]))
        if isinstance(f, Piecewise):
            return self._piecewise(f)
        value = self._value(type(f))
        parts = [self._closure(part) for part in f.args]
        if len(parts) == 1:
            return lambda *xs: value(parts[0](*xs))
        return lambda *xs: value(*(part(*xs) for part in parts))

    def _value(self, kind: Any) -> Callable[..., Any]:
        if kind is Pow:
            return self._power
        if kind in SMOOTH:
            return SMOOTH[kind]
        if kind in KINKED:
            return lambda *xs: self._beside_kink(KINKED[kind], xs)
        return lambda *xs: _numeric(kind, xs)

    def _beside_kink(self, value: Callable[..., Any], xs: tuple[Any, ...]) -> Any:
        ordered = sorted(x.real for x in (xs if len(xs) > 1 else (*xs, 0)))
        self.margin = min(self.margin, *(float(b - a) for a, b in pairwise(ordered)))
        return value(*xs)

    def _power(self, base: Any, exponent: Any) -> Any:
        if not isinstance(exponent, complex):
            if exponent < 0:
                self.margin = min(self.margin, float(abs(base)))
            if exponent == int(exponent):
                return _integer_power(base, int(exponent))
            if abs(exponent) == 0.5:
                root = cmath.sqrt(base) if isinstance(base, complex) else math.sqrt(base)
                return root if exponent > 0 else 1 / root
        if isinstance(base, complex) or isinstance(exponent, complex):
            return complex(base) ** exponent
        if base < 0:
            raise ValueError("a fractional power of a negative number")
        return float(base) ** float(exponent)

    def _abstract(self, name: str, order: int, argument: Closure) -> Closure:
        if name not in self.functions:
            raise MissingValue(f"no function was given for the abstract function {name}")
        function = self.functions[name]
        return lambda *xs: function(order, argument(*xs))

    def _piecewise(self, f: Expr) -> Closure:
        branches = [(self._closure(value), self._condition(test)) for value, test in f.args]

        def chosen(*xs: Any) -> Any:
            for value, test in branches:
                if test(*xs):
                    return value(*xs)
            raise ValueError("no branch applies")

        return chosen

    def _condition(self, test: Any) -> Callable[..., bool]:
        if isinstance(test, Relational):
            left, right = self._closure(test.lhs), self._closure(test.rhs)
            compare = COMPARISONS[test.rel_op]
            return lambda *xs: bool(
                self._beside_kink(lambda p, q: compare(p.real, q.real), (left(*xs), right(*xs)))
            )
        if isinstance(test, And | Or):
            parts = [self._condition(part) for part in test.args]
            combine = all if isinstance(test, And) else any
            return lambda *xs: combine([part(*xs) for part in parts])
        if test in (sympy.true, sympy.false):
            return lambda *xs: bool(test)
        raise UnknownFunction(f"the condition {test} is not known to the loops")


def _first(*xs: Any) -> Any:
    return xs[0]


def _second(*xs: Any) -> Any:
    return xs[1]


def _integer_power(base: Any, exponent: int) -> Any:
    if isinstance(base, float):
        return base**exponent
    if abs(exponent) > EXPONENT_CAP:
        raise BudgetExceeded(f"the exponent {exponent} is above the limit {EXPONENT_CAP}")
    if isinstance(base, complex):
        return _squared_up(base, exponent) if exponent >= 0 else 1 / _squared_up(base, -exponent)
    return Fraction(base) ** exponent if exponent < 0 else base**exponent


def _squared_up(base: complex, exponent: int) -> complex:
    # Python's own complex power goes through the angle, where a tiny imaginary part is lost.
    result = complex(1)
    while exponent:
        if exponent & 1:
            result *= base
        base, exponent = base * base if exponent > 1 else base, exponent >> 1
    return result


def _numeric(function: Any, xs: tuple[Any, ...]) -> float:
    """Any other function, as sympy evaluates it."""
    name = function.__name__
    if any(isinstance(x, complex) for x in xs):
        raise NotAnalytic(f"{name} is known at real numbers only")
    try:
        value = function(*(_sympy_number(x) for x in xs)).evalf(DIGITS)
    except (TypeError, ValueError) as error:
        raise UnknownFunction(f"{name} cannot be evaluated: {error}") from error
    if value.is_Float or value.is_Rational:
        return float(value)
    if value.is_number:
        raise Undefined(f"{name}{xs} is {value}, no finite real number")
    raise UnknownFunction(f"{name} cannot be evaluated at {xs}")


def _sympy_number(x: Any) -> Expr:
    return Float(x, DIGITS) if isinstance(x, float) else Rational(x.numerator, x.denominator)


COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
