"""Scalar expressions as Python that gives them again exactly.

No division of one Python number by another, no rounded float, no name that the package has not:
functions and constants that only sympy has print as ``sympy.gamma(c)``.
"""

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Add, Expr, Float, Mul, Number, NumberSymbol, Pow, Rational, Symbol, fraction
from sympy.core.relational import Equality, Relational, Unequality
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import And, BooleanAtom, Not, Or
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from matcalc.elementary import FUNCTIONS
from matcalc.node import ScalarNode
from matcalc.operators.functions import OWN, Abstract

CONSTANTS = {sympy.pi: "pi", sympy.E: "exp(1)"}
AS_WRITTEN = (Symbol, Number, Add, Mul, Pow, Relational, And, Or, Not, BooleanAtom, ExprCondPair)
"""What Python's own operators write; everything else is a call."""
DOUBLE = 53
"""Bits of a Python float."""


def callee(f: type) -> str:
    """What a sympy function is called in text: its name in the package, in sympy, or its own.

    Examples
    --------
    >>> print(callee(sympy.atan), callee(sympy.gamma), callee(sympy.Function("g")))
    atan sympy.gamma g
    """
    name = f.__name__
    known_to_sympy = getattr(sympy, name, None) is f and (name not in FUNCTIONS or f in OWN)
    return f"sympy.{name}" if known_to_sympy else name


class ScalarText(StrPrinter):
    """Text of scalar expressions, given the text of the scalar nodes in them."""

    printmethod = "_unused"

    def __init__(self, node_text: Callable[[ScalarNode], str]) -> None:
        super().__init__()
        self.node_text = node_text

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, ScalarNode):
            return self.node_text(expr)
        if isinstance(expr, NumberSymbol):
            return CONSTANTS.get(expr, f"sympy.{type(expr).__name__}")
        if isinstance(expr, AS_WRITTEN) and not isinstance(expr, Equality | Unequality):
            return str(super()._print(expr, **kwargs))
        return self._call(expr)

    def _call(self, f: Any) -> str:
        if isinstance(f, Abstract):
            return f"{f.label}({self._print(f.args[2])})"
        return f"{callee(type(f))}({', '.join(map(self._print, f.args))})"

    def parenthesize(self, item: Expr, level: int, strict: bool = False) -> str:
        """Text of an operand; a fraction is a call and needs no parentheses."""
        if isinstance(item, Rational) and not item.is_Integer and item.is_positive:
            return self._print(item)
        return str(super().parenthesize(item, level, strict))

    def _print_Mul(self, x: Mul) -> str:
        """As sympy writes it, but no number before a sum, into which sympy multiplies it."""
        c, rest = x.as_coeff_Mul()
        above, below = fraction(rest)
        if c.is_Rational and not c.is_Integer and _begins_with_sum(below):
            return f"{self._print(c.p * rest)}/{c.q}"
        if c.is_Rational and c != 1 and _begins_with_sum(above) and not isinstance(rest, Add):
            outer = f"{self._print(c / below)}*" if (c, below) != (-1, 1) else "-"
            return f"{outer}{self.parenthesize(above, PRECEDENCE['Mul'])}"
        return str(super()._print_Mul(x))

    def _print_Rational(self, x: Rational) -> str:
        if x.is_Integer:
            return str(x.p)
        return f"{'-' * bool(x.is_negative)}Rational({abs(x.p)}, {x.q})"

    def _print_Float(self, x: Float) -> str:
        if x._prec == DOUBLE:
            return repr(float(x))
        return f"sympy.{sympy.srepr(x)}"


def _begins_with_sum(x: Expr) -> bool:
    """Whether a product is written with a sum at its start."""
    return isinstance(x.as_ordered_factors()[0], Add)
