"""Which entries cannot be negative: bounds of matrices, entry by entry, by interval arithmetic.

They hold for what is computed too, in float32 and float64: rounding keeps the order of numbers, and
the ends of all intervals are either computed without rounding or wider than it.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from math import inf
from typing import Any

import sympy
from sympy import Expr

from matcalc.facts import holds
from matcalc.lower.kernels import Repeat, Sums
from matcalc.node import Node, walk
from matcalc.operators.algebra import Add, Scale, Transpose
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY, sigmoid, step
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.operators.leaves import Named
from matcalc.operators.softmax import ColumnSoftmax, RowSoftmax

Bounds = tuple[float, float]
ANY: Bounds = (-inf, inf)
NONNEGATIVE = "nonnegative"
"""A fact that is kept of parts which are computed apart; nobody declares it."""
LARGEST = 2**10
ROUNDING = 1e-5
RANGES: dict[Any, Bounds] = {sigmoid: (0, 1), step: (0, 1), sympy.tanh: (-1, 1)}


def is_nonnegative(x: Node) -> bool:
    """Whether no entry of a matrix is negative, whatever the data.

    Examples
    --------
    >>> from matcalc import column, ones, sigmoid
    >>> s = sigmoid(column("x", "n"))
    >>> is_nonnegative(s * (ones("n") - s)), is_nonnegative(s - s * s)
    (True, False)
    """
    known: dict[Any, Bounds] = {}
    for node in walk(x):
        if isinstance(node, Node):
            known[node] = _bounds(node, known)
    return known[x][0] >= 0


def _bounds(x: Node, known: dict[Any, Bounds]) -> Bounds:
    if isinstance(x, Map):
        return of_function(x.operands[0], known[x.operands[1]])
    rule = RULES.get(type(x))
    low, high = rule(x, [known[a] for a in x.operands if isinstance(a, Node)]) if rule else ANY
    never = holds("positive", x) or holds(NONNEGATIVE, x)
    return (max(low, 0), high) if never else (low, high)


def of_function(f: Expr, entry: Bounds) -> Bounds:
    """Bounds of an elementwise function from those of its argument."""
    if f == ENTRY:
        return entry
    if f.is_number:
        return _number(f)
    if isinstance(f, sympy.Add):
        return _sum(of_function(term, entry) for term in f.args)
    if isinstance(f, sympy.Mul):
        return _product(of_function(factor, entry) for factor in f.args)
    if isinstance(f, sympy.Pow) and f.args[1].is_number:
        return _power(of_function(f.args[0], entry), f.args[1])
    low, high = RANGES.get(type(f), ANY)
    never = f.is_nonnegative or isinstance(f, sympy.exp)
    return (max(low, 0), high) if never else (low, high)


def _number(f: Expr) -> Bounds:
    """The number itself where every float type has it; else with room on both sides."""
    if not f.is_real or abs(f) > LARGEST:
        return ANY
    value = float(f)
    room = 0.0 if (value * LARGEST).is_integer() and f.is_rational else abs(value) * ROUNDING
    return value - room, value + room


def _power(base: Bounds, exponent: Expr) -> Bounds:
    """Bounds of a power, also where the base may have either sign."""
    low, high = base
    if low < 0 and not exponent.is_even:
        return ANY
    return 0, 1 if max(-low, high) <= 1 and exponent.is_positive else inf


def _sum(parts: Iterable[Bounds]) -> Bounds:
    lows, highs = zip(*parts, strict=True)
    return sum(lows), sum(highs)


def _product(parts: Iterable[Bounds]) -> Bounds:
    return reduce(_times, parts)


def _times(a: Bounds, b: Bounds) -> Bounds:
    corners = [x * y if x and y else 0.0 for x in a for y in b]
    return min(corners), max(corners)


def _scale(x: Any, parts: list[Bounds]) -> Bounds:
    return _times(of_function(x.operands[0], ANY), parts[0])


def _same(x: Any, parts: list[Bounds]) -> Bounds:
    return parts[0]


def _sums(x: Any, parts: list[Bounds]) -> Bounds:
    low, high = parts[0]
    return (0 if low >= 0 else -inf), (0 if high <= 0 else inf)


RULES: dict[Any, Callable[[Any, list[Bounds]], Bounds]] = {
    Ones: lambda x, parts: (1, 1),
    Zero: lambda x, parts: (0, 0),
    Add: lambda x, parts: _sum(parts),
    Hadamard: lambda x, parts: _product(parts),
    Scale: _scale,
    **dict.fromkeys((RowSoftmax, ColumnSoftmax), lambda x, parts: (0, 1)),
    **dict.fromkeys((Transpose, Vec, Unvec, Named, *Repeat.__subclasses__()), _same),
    **dict.fromkeys(Sums.__subclasses__(), _sums),
}
