"""Scalar expressions of sympy as polynomials, with one place for the entry of a matrix."""

from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Rational

from matcalc.errors import UnsupportedInput
from matcalc.node import ScalarNode
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.prove.algebra import UNIT
from matcalc.prove.forms import Builder, number
from matcalc.prove.heads import Poly


class Scalars(Builder):
    """Sums, products, powers and functions of scalars, symbols and entries."""

    def scalar_node(self, node: Any) -> Poly:
        """Polynomial of a trace, a determinant and the like."""
        raise NotImplementedError

    def scalar(
        self, expr: Expr, entry: Poly | None = None, free: Any = None, other: Poly | None = None
    ) -> Poly:
        """Polynomial of a scalar expression.

        Parameters
        ----------
        expr : sympy.Expr
            In symbols, scalar nodes and `ENTRY`.
        entry : Poly
            What `ENTRY` stands for.
        free : mapping
            Sizes of the free indices of ``entry``.
        other : Poly
            What `OTHER` stands for.
        """
        if expr == OTHER and other is not None:
            return other
        if expr == ENTRY:
            if entry is None:
                raise UnsupportedInput("an entry outside an elementwise function")
            return entry
        if expr.is_Add or expr.is_Mul:
            parts = [self.scalar(part, entry, free, other) for part in expr.args]
            return self.algebra.total(parts) if expr.is_Add else self.algebra.product(parts)
        if expr.is_Pow and not expr.exp.has(ENTRY, OTHER):
            return self.power(self.scalar(expr.base, entry, free, other), expr.exp, free or {})
        if expr.args:
            return self._general(expr, entry, free or {}, other)
        return self._atom(expr)

    def _atom(self, expr: Expr) -> Poly:
        """A number, a scalar node, a symbol, or a constant such as π."""
        if isinstance(expr, ScalarNode):
            return self.scalar_node(expr)
        if expr.is_Rational or expr.is_Float:
            return self.algebra.constant(number(expr))
        if expr is sympy.E:
            return self.function("fn", "exp", (self.algebra.constant(1),), {})
        return self.leaf("symbol", expr, ())

    def _general(
        self, f: Expr, entry: Poly | None, free: dict[int, int], other: Poly | None
    ) -> Poly:
        name: Any = f.func.__name__
        args = f.args
        if isinstance(f, Abstract):
            name, args = ("abstract", str(f.args[0]), int(f.args[1])), f.args[2:]
        if not all(isinstance(arg, Expr) for arg in args):
            return self._opaque(f, entry, free)
        operands = tuple(self.scalar(arg, entry, free, other) for arg in args)
        exact = _value(f.func, operands)
        if exact is not None:
            return self.algebra.constant(number(exact))
        return self.function("fn", name, operands, free)

    def _opaque(self, f: Expr, entry: Poly | None, free: dict[int, int]) -> Poly:
        """A function that is not made of functions, such as one given piece by piece."""
        if any(hasattr(atom, "operands") for atom in f.atoms()):
            raise UnsupportedInput(f"no formula is known here for {f}")
        if f.has(OTHER):
            raise UnsupportedInput(f"no formula is known here for {f}")
        operands = () if entry is None else (entry,)
        return self.function("fn", ("expression", f), operands, free)


def _value(function: Any, operands: tuple[Poly, ...]) -> Expr | None:
    """Value of a function of sympy at rational numbers, where that is rational."""
    if issubclass(function, Abstract) or any(p.keys() - {UNIT} for p in operands):
        return None
    numbers = [p.get(UNIT, Fraction(0)) for p in operands]
    value = function(*(Rational(x.numerator, x.denominator) for x in numbers))
    return value if value.is_Rational else None
