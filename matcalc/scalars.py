"""Reading scalars from Python numbers."""

from fractions import Fraction
from math import isfinite

from sympy import Expr, Float, Integer, Rational

from matcalc.errors import UnsupportedInput


def number(value: object) -> Expr:
    """Read a scalar: a Python number or a sympy expression; never a string.

    Raises
    ------
    UnsupportedInput
        For anything else, infinities and nan included.
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Integer(value)
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    if isinstance(value, float) and isfinite(value):
        return Float(value)
    raise UnsupportedInput(
        f"expected a matrix expression or a finite real number, got {type(value).__name__} "
        f"{str(value)[:40]!r}"
    )
