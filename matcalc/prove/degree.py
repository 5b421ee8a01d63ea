"""Bounds on the degree of rational functions, for the probability that a random point misleads.

An entry is N/D with polynomials N and D in the data; its degree is a bound on that of both.
"""

from collections.abc import Callable
from typing import Any

from sympy import Expr

from matcalc.node import Node, ScalarNode, children, walk
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.prove.evaluation import ABSTRACT_DEGREE

Sizes = Callable[[Expr], int]


class Unbounded(ArithmeticError):
    """An expression that is no rational function of its data."""


def degree(x: Any, size: Sizes) -> int:
    """Bound on the degree of every entry.

    Raises
    ------
    Unbounded
        For roots, functions that are not rational, and operators without a bound here.
    """
    known: dict[Any, int] = {}
    for node in walk(x, children):
        if isinstance(node, Node | ScalarNode):
            known[node] = _of(node, known, size)
    return known[x] if x in known else _scalar(x, known)


def _of(x: Any, known: dict[Any, int], size: Sizes) -> int:
    kind = type(x).__name__
    below = [known[o] for o in x.operands if isinstance(o, Node)]
    if kind == "Variable" or kind in CONSTANTS:
        return int(kind == "Variable")
    if kind in PASSED_ON:
        return below[0]
    if kind in ADDED:
        return sum(below)
    if kind == "Scale":
        return _scalar(x.operands[0], known) + below[0]
    if kind in ("Map", "Map2"):
        return _scalar(x.operands[0], known, *below)
    return _summed(x, kind, sum(below), size)


def _summed(x: Any, kind: str, below: int, size: Sizes) -> int:
    """Where entries are sums over indices, or determinants."""
    shapes = [o.shape for o in x.operands if isinstance(o, Node)]
    if kind in SUMMED:
        count = max(size(n) for shape in shapes for n in shape)
        return below * count ** (2 * max(1, len(x.operands) - 1))
    if kind in ("Inverse", "Det"):
        return 2 * below * size(shapes[0][0]) ** 3
    raise Unbounded(f"no bound is known for {kind}")


def _scalar(f: Expr, known: dict[Any, int], *entries: int) -> int:
    if f in (ENTRY, OTHER):
        return entries[0] if f == ENTRY else entries[-1]
    if f in known:
        return known[f]
    if f.is_Rational:
        return 0
    if f.is_Symbol:
        return 0 if f.is_integer else 1
    if f.is_Add or f.is_Mul:
        return sum(_scalar(part, known, *entries) for part in f.args)
    if f.is_Pow and f.exp.is_Integer:
        return _scalar(f.base, known, *entries) * abs(int(f.exp))
    if isinstance(f, Abstract):
        return ABSTRACT_DEGREE * _scalar(f.args[2], known, *entries)
    raise Unbounded(f"{f} is not rational")


def bound(a: Any, b: Any, size: Sizes, field: int) -> float | None:
    """Probability at most that different rational functions agree at a random point, or None."""
    try:
        whole = degree(a, size) + degree(b, size)
    except Unbounded:
        return None
    return min(whole, field) / field


CONSTANTS = (
    "Ones",
    "Zero",
    "Identity",
    "Centering",
    "Commutation",
    "Selector",
    "Segment",
    "Duplication",
    "Elimination",
    "LowerMask",
)
PASSED_ON = ("Named", "Transpose", "Vec", "Unvec", "Diag", "Diagonal", "Entry")
ADDED = ("Add", "Hadamard", "Kronecker", "KhatriRao", "HStack", "VStack")
SUMMED = ("Product", "Inner", "Total", "Trace", "ContractRight", "ContractLeft")
