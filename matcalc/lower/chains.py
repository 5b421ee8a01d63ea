"""Where to put the brackets in a matrix product, by counting multiplications.

Sizes are symbols, so they are compared under one declared reading: a number is itself, a symbol
what it typically is, and where nobody says so, all symbols are equally large. Where that decides
nothing, products run from left to right, as NumPy would run them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

from sympy import Expr, Integer, Mul, Symbol

from matcalc.errors import UnsupportedInput
from matcalc.lower.kernels import MatMul, Repeat
from matcalc.node import Node
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.constants import Centering, Commutation, Ones, Selector
from matcalc.operators.diagonal import Diag
from matcalc.operators.segments import Segment
from matcalc.operators.structure_constants import STRUCTURES
from matcalc.work import entries

TYPICAL_SIZE = 1000
"""What a symbolic size counts for when costs are compared and nobody said how large it is."""
SHORT_ROWS, MANY_ROWS = 128, 64
"""Up to how many columns, and from how many rows a column, a matrix is tall."""
SMALL = 4096
"""Entries of a matrix over which a pass costs no more than calling NumPy does."""
CHEAP = (Diag, Centering, Commutation, Selector, Segment, *STRUCTURES)
"""Matrices whose product with A takes one pass over A."""

Spans = dict[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Typical:
    """How large sizes typically are, for comparisons only.

    Attributes
    ----------
    sizes : tuple of pairs
        Symbols and what they count for; all others count for `TYPICAL_SIZE`.
    """

    sizes: tuple[tuple[Symbol, int], ...] = ()

    def weight(self, size: Expr) -> int:
        """A size as a number."""
        return _weight(size, self.sizes)

    def number(self, size: Expr) -> float:
        """A polynomial in the sizes as a number."""
        return _number(size, self.sizes)

    def room(self, shape: tuple[Expr, ...]) -> float:
        """How many entries an array of a shape has; none for a number."""
        return _entries(shape, self.sizes)

    def is_tall(self, shape: tuple[Expr, Expr]) -> bool:
        """Whether rows are many and so short that operations had better run down the columns."""
        rows, cols = map(self.weight, shape)
        return cols <= SHORT_ROWS and rows >= MANY_ROWS * cols

    def is_small(self, shape: tuple[Expr, Expr]) -> bool:
        """Whether a call costs more than what it does to a matrix of a shape."""
        rows, cols = map(self.weight, shape)
        return rows * cols <= SMALL

    def entries(self, a: Node) -> int:
        """How many entries a matrix has."""
        return self.weight(a.rows) * self.weight(a.cols)


EVEN = Typical()
"""All symbols equally large."""


@lru_cache(maxsize=16384)
def _weight(size: Expr, sizes: tuple[tuple[Symbol, int], ...]) -> int:
    return max(1, int(_number(size, sizes)))


@lru_cache(maxsize=16384)
def _number(size: Expr, sizes: tuple[tuple[Symbol, int], ...]) -> float:
    if isinstance(size, Symbol):
        return float(dict(sizes).get(size, TYPICAL_SIZE))
    if isinstance(size, Mul):
        return prod([_number(factor, sizes) for factor in size.args])
    known = {s: _number(s, sizes) for s in size.free_symbols}
    return float(size.xreplace({s: Integer(int(n)) for s, n in known.items()}))


@lru_cache(maxsize=16384)
def _entries(shape: tuple[Expr, ...], sizes: tuple[tuple[Symbol, int], ...]) -> float:
    return _number(entries(shape), sizes)


def typical_sizes(given: Mapping[Any, int] | None, known: Iterable[Symbol]) -> Typical:
    """Typical sizes as a user gives them, by symbol or by name.

    Parameters
    ----------
    given : mapping from str or sympy.Symbol to int, optional
        What some of the sizes typically are.
    known : iterable of sympy.Symbol
        The sizes there are.

    Raises
    ------
    UnsupportedInput
        For a name that is no size, and for anything but a positive int.

    Examples
    --------
    >>> from matcalc.dimensions import dims
    >>> typical_sizes({"N": 100000}, dims("N p"))
    Typical(sizes=((N, 100000),))
    """
    names = {x.name: x for x in known}
    found = {}
    for key, size in (given or {}).items():
        name = key.name if isinstance(key, Symbol) else key
        if name not in names:
            there = ", ".join(names) or "none"
            raise UnsupportedInput(f"{name!r} is no size here; there are {there}")
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise UnsupportedInput(f"{name}: expected an int of at least 1, got {size!r}")
        found[names[name]] = size
    return Typical(tuple((x, found[x]) for x in names.values() if x in found))


def factors_of(product: Any) -> list[Node]:
    """Factors of a product, each repeated line as a product with ones."""
    flat: list[Node] = []
    for factor in product.operands if isinstance(product, Product) else (product,):
        flat += _as_outer(factor) if isinstance(factor, Repeat) else [factor]
    return flat


def _as_outer(factor: Repeat) -> list[Node]:
    line, count = factor.operands
    if factor.axis == 0:
        return [Ones(count, Integer(1)), *factors_of(line)]
    return [*factors_of(line), Ones(Integer(1), count)]


def cheapest(factors: list[Node], typical: Typical) -> Spans:
    """Cost and place of the last product, for every stretch of the factors."""
    best: Spans = {(i, i + 1): (0, i) for i in range(len(factors))}
    for length in range(2, len(factors) + 1):
        for i in range(len(factors) - length + 1):
            j = i + length
            costs = (
                (best[i, k][0] + best[k, j][0] + _step(factors, i, k, j, typical), -k)
                for k in range(i + 1, j)
            )
            cost, place = min(costs)
            best[i, j] = cost, -place
    return best


def _step(factors: list[Node], i: int, k: int, j: int, typical: Typical) -> int:
    rows, cols = typical.weight(factors[i].rows), typical.weight(factors[j - 1].cols)
    if k - i == 1 and _is_cheap(factors[i]):
        return rows * cols
    if j - k == 1 and _is_cheap(factors[k]):
        return rows * cols + 1
    return rows * typical.weight(factors[k].rows) * cols


def _is_cheap(factor: Node) -> bool:
    return isinstance(factor.operands[0] if isinstance(factor, Transpose) else factor, CHEAP)


def associated(factors: list[Node], typical: Typical = EVEN) -> Node:
    """The product of the factors with the cheapest bracketing."""
    if len(factors) == 2:
        return MatMul(*factors)
    best = cheapest(factors, typical)

    def bracketed(i: int, j: int) -> Node:
        if j - i == 1:
            return factors[i]
        k = best[i, j][1]
        return MatMul(bracketed(i, k), bracketed(k, j))

    node: Node = bracketed(0, len(factors))
    return node


def halves(product: Any, typical: Typical = EVEN) -> tuple[Node, Node]:
    """Left and right part of a product of which only some entries are wanted."""
    factors = factors_of(product)
    best, n = cheapest(factors, typical), len(factors)
    costs = {k: best[0, k][0] + best[k, n][0] for k in range(1, n)}
    k = min(costs, key=lambda k: (costs[k], k))
    return Product(*factors[:k]), Product(*factors[k:])
