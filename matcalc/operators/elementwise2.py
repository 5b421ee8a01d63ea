"""Elementwise functions of two matrices.

A function of two entries is a sympy expression in `ENTRY` and `OTHER`; its partial derivatives are
sympy's. What is made of several functions is taken apart, so that what stays is one function of
two arguments: a maximum, a power with a matrix as exponent, an angle.
"""

from typing import Any

import sympy
from sympy import Expr, Pow

from matcalc.node import SYNTAX, Node
from matcalc.operators.algebra import split_scale
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY, OTHER, derivative, hypot, logaddexp
from matcalc.operators.shapes import broadcast_hint, need_same_shape
from matcalc.protocols import ATOM, PREFIX, Show, Values

COMMUTING = (hypot, logaddexp)


class Map2(Node):
    """f applied to the entries of two matrices of one shape. Entry: f(A[i, j], B[i, j])."""

    @classmethod
    def canonical(cls, f: Expr, a: Node, b: Node) -> Any:
        need_same_shape("apply a function of two entries to", a, b, broadcast_hint(a, b))
        if isinstance(f, sympy.Add | sympy.Mul):
            head = SYNTAX["sum"] if isinstance(f, sympy.Add) else Hadamard
            return head(*(Map2(part, a, b) for part in f.args))
        alone = _of_one_matrix(f, a, b)
        if alone is not None:
            return alone
        if isinstance(f, Pow) and f.exp.is_Add:
            return Hadamard(*(Map2(f.base**term, a, b) for term in f.exp.args))
        return _of_functions(f, a, b)

    @staticmethod
    def infer(f: Expr, a: Node, b: Node) -> tuple[Expr, Expr]:
        return a.shape

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return PREFIX if self.operands[0].is_Pow else ATOM

    def entry(self, at: Values, i: int, j: int) -> Any:
        f, a, b = self.operands
        return at.apply(f, at.table(a)[i][j], at.table(b)[i][j])

    def latex(self, show: Show) -> str:
        return show.apply(*self.operands)

    text = latex
    numpy = latex


def _of_one_matrix(f: Expr, a: Node, b: Node) -> Node | None:
    """The function where it depends on one matrix only; every entry of a constant is one number."""
    if a is b or not f.has(OTHER):
        return Map(f.xreplace({OTHER: ENTRY}), a)
    if not f.has(ENTRY):
        return Map(f.xreplace({OTHER: ENTRY}), b)
    if _is_constant(b):
        return Map(f.xreplace({OTHER: _number(b)}), a)
    return Map(f.xreplace({ENTRY: _number(a), OTHER: ENTRY}), b) if _is_constant(a) else None


def _is_constant(a: Node) -> bool:
    return isinstance(split_scale(a)[1], Ones | Zero)


def _number(a: Node) -> Expr:
    c, inner = split_scale(a)
    return c if isinstance(inner, Ones) else sympy.Integer(0)


def _of_functions(f: Expr, a: Node, b: Node) -> Any:
    """The outermost function, its arguments worked out before it."""
    inner = list(dict.fromkeys(part for part in f.args if part.has(ENTRY, OTHER)))
    if len(inner) > 2 or not all(isinstance(part, Expr) for part in inner):
        return f, a, b
    if len(inner) == 1:
        return Map(f.xreplace({inner[0]: ENTRY}), Map2(inner[0], a, b))
    if inner != [ENTRY, OTHER]:
        outer = f.func(*(SLOTS[inner.index(part)] if part in inner else part for part in f.args))
        return Map2(outer, *(Map2(part, a, b) for part in inner))
    return (f, b, a) if isinstance(f, COMMUTING) and b.key < a.key else (f, a, b)


SLOTS = (ENTRY, OTHER)


def partial_slopes(f: Expr, a: Node, b: Node) -> tuple[Node, Node]:
    """The partial derivatives of f by its two entries, at A and B."""
    return Map2(derivative(f, ENTRY), a, b), Map2(derivative(f, OTHER), a, b)


SYNTAX["map2"] = Map2
