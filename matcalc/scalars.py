"""Reading scalars from Python numbers and sympy expressions."""

from functools import lru_cache
from math import isfinite
from numbers import Integral, Rational, Real
from typing import Any

import sympy
from sympy import Expr, preorder_traversal

from matcalc.errors import UnsupportedInput

NO_NUMBERS = (sympy.nan, sympy.oo, -sympy.oo, sympy.zoo, sympy.I)
ONE = sympy.Integer(1)
WHOLE = {sympy.Float(float(k)): sympy.Integer(k) for k in (-1, 0, 1)}
"""Rounded numbers that are no multiples: to sympy 1.0 is not 1."""


def scaled(a: Any, b: Any) -> Any:
    """The product of two numbers, or of a number and a matrix: 1 leaves the other as it is."""
    return b if a is ONE else a if b is ONE else a * b


def number(value: object) -> Expr:
    """Read a scalar: a Python number or a sympy expression; never a string.

    Raises
    ------
    UnsupportedInput
        For anything else: matrices inside sympy expressions, infinities, nan and complex numbers
        included.
    """
    if isinstance(value, Expr):
        return _real(value)
    if isinstance(value, Integral) and not isinstance(value, bool):
        return sympy.Integer(int(value))
    if isinstance(value, Rational) and not isinstance(value, bool):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, Real) and not isinstance(value, bool) and isfinite(value):
        return sympy.Float(float(value))
    raise UnsupportedInput(
        f"expected a matrix expression or a finite real number, got {type(value).__name__} "
        f"{str(value)[:40]!r}"
    )


@lru_cache(maxsize=16384)
def _real(value: Expr) -> Expr:
    if value.has(*NO_NUMBERS) or not value.is_commutative:
        raise UnsupportedInput(f"expected a finite real number, got {value}")
    for part in preorder_traversal(value):
        if hasattr(part, "shape"):
            raise UnsupportedInput(
                f"a matrix inside the sympy expression {str(value)[:80]}: for a function of every "
                "entry use exp, log, … of matcalc or elementwise(…)"
            )
    return value
