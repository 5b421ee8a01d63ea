"""Sums over entries as matrix expressions: Σ_ij x[i] M[i, j] y[j] = xᵀMy.

sympy writes an entry of a product as such a sum. Indices are summed one by one, those in the
fewest matrices first; an index that three matrices share has no matrix form.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add, mul
from typing import NamedTuple, TypeAlias

from sympy import Add, Expr, Function, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.dimensions import same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.interop.reader import Reader
from matcalc.node import Node
from matcalc.operators.constants import identity, ones
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import elementwise
from matcalc.operators.functions import ENTRY
from matcalc.operators.scalars import total, trace

Index: TypeAlias = Symbol | None
"""An index, or none along a side of size 1."""


class Entry(NamedTuple):
    """The entry [row, col] of a matrix."""

    node: Node
    row: Index = None
    col: Index = None

    @property
    def indices(self) -> tuple[Symbol, ...]:
        """The different indices that occur."""
        return tuple(dict.fromkeys(i for i in (self.row, self.col) if i is not None))

    def spans(self, indices: Iterable[Symbol]) -> bool:
        """Whether exactly these indices occur."""
        return set(self.indices) == set(indices)

    @property
    def T(self) -> "Entry":
        """The same entry, taken from the transpose."""
        return Entry(self.node.T, self.col, self.row)

    @property
    def upright(self) -> "Entry":
        """The same entry with the index, if there is only one, along the rows."""
        if self.row is not None and self.row == self.col:
            return Entry(diagonal(self.node), self.row)
        return self.T if self.row is None else self


class Sums:
    """Reads expressions in the indices whose sizes are given."""

    def __init__(self, read: Reader, sizes: dict[Symbol, Expr]) -> None:
        self.read, self.sizes = read, sizes

    def total(self, x: Sum) -> Entry:
        """Read a sum; what remains are the indices of sums around it."""
        over = {i: self._size(i, low, high) for i, low, high in x.limits}
        inner = Sums(self.read, {**self.sizes, **over})
        return self._added([inner.summed(term, over) for term in Add.make_args(x.function)])

    def _size(self, i: Symbol, low: Expr, high: Expr) -> Expr:
        if low != 0:
            raise UnsupportedInput(f"the index {i} runs from {low}; sums run over whole matrices")
        return self.read.scalar(high + 1)

    def summed(self, term: Expr, over: Iterable[Symbol]) -> Entry:
        """Read a product, summed over some of its indices."""
        c, factors = self._factors(term)
        pending = list(over)
        while pending:
            if len(pending) == 2 and all(t.spans(pending) for t in factors) and factors:
                return self._multiplied(c * total(self._multiplied(Integer(1), factors).node), [])
            i = min(reversed(pending), key=lambda i: len(_matrices(i, factors)))
            pending.remove(i)
            scale, factors = self._without(i, factors)
            c = c * scale
        return self._multiplied(c, factors)

    def _factors(self, term: Expr) -> tuple[Expr, list[Entry]]:
        """Coefficient and factors with indices."""
        parts = Mul.make_args(term)
        free = [self.read.scalar(part) for part in parts if not self._has_index(part)]
        return Mul(*free), [self.entry(part) for part in parts if self._has_index(part)]

    def _has_index(self, x: Expr) -> bool:
        return any(i in self.sizes for i in x.free_symbols)

    def entry(self, x: Expr) -> Entry:
        """Read an expression with indices as the entry of a matrix."""
        if isinstance(x, MatrixElement):
            return self._element(x)
        if isinstance(x, KroneckerDelta):
            size = next(self.sizes[i] for i in x.args if i in self.sizes)
            return self._at(identity(size), *x.args[:2])
        if isinstance(x, Sum):
            return self.total(x)
        if isinstance(x, Add):
            return self._added([self.summed(term, ()) for term in x.args])
        return self.summed(x, ()) if isinstance(x, Mul) else self._function(x)

    def _element(self, x: MatrixElement) -> Entry:
        node, (row, col) = self.read.matrix(x.parent), x.args[1:]
        for place, size in ((row, node.rows), (col, node.cols)):
            if place in self.sizes and not same(self.sizes[place], size):
                raise ShapeError(f"{place} in {x} runs over {self.sizes[place]}, not over {size}")
        return self._at(node, row, col)

    def _at(self, node: Node, row: Expr, col: Expr) -> Entry:
        """The entry of a matrix; places that are no indices pick a row or a column."""
        if row not in self.sizes:
            node, row = node[self.read.scalar(row), :], None
        if col not in self.sizes:
            node, col = node[:, self.read.scalar(col)], None
        return Entry(node, row, col)

    def _function(self, x: Expr) -> Entry:
        inner = [arg for arg in x.args if self._has_index(arg)]
        if len(inner) != 1 or not isinstance(x, Pow | Function):
            raise UnsupportedInput(f"{x} inside a sum is no function of one entry")
        of = self.entry(inner[0])
        body = self.read.scalar(x.func(*(ENTRY if arg is inner[0] else arg for arg in x.args)))
        return Entry(elementwise(lambda _: body, of.node), of.row, of.col)

    def _added(self, terms: list[Entry]) -> Entry:
        row, col = _sides(terms)
        return Entry(reduce(add, [self._spread(t, row, col) for t in terms]), row, col)

    def _multiplied(self, c: Expr, factors: list[Entry]) -> Entry:
        row, col = _sides(factors)
        nodes = [self._spread(t, row, col) for t in factors] or [ones(1, 1)]
        return Entry(c * reduce(mul, nodes), row, col)

    def _spread(self, t: Entry, row: Index, col: Index) -> Node:
        """The matrix with an entry for these indices, repeated along those that do not occur."""
        t = t.upright
        if t.row not in (None, row) or t.col not in (None, col):
            t = t.T
        node = t.node
        if row is not None and t.row is None:
            node = ones(self.sizes[row]) @ node
        return node @ ones(1, self.sizes[col]) if col is not None and t.col is None else node

    def _without(self, i: Symbol, factors: list[Entry]) -> tuple[Expr, list[Entry]]:
        """Sum over one index: a number, and the factors that are left."""
        mine = [t for t in factors if i in t.indices]
        rest = [t for t in factors if i not in t.indices]
        if len(mine) == 1 and mine[0].row == mine[0].col:
            return trace(mine[0].node), rest
        lines = [t for t in mine if t.indices == (i,)]
        vectors = [t.upright.node for t in lines]
        matrices = _matrices(i, mine)
        if not matrices:
            return self._dot(i, lines), rest
        if len(matrices) > 2:
            raise UnsupportedInput(f"the index {i}, shared by three matrices, has no matrix form")
        (row, a), *second = matrices.items()
        if not second:
            b = reduce(mul, vectors) if vectors else ones(self.sizes[i])
            return Integer(1), [*rest, Entry(a @ b, row)]
        ((col, b),) = second
        middle = diag(reduce(mul, vectors)) @ b.T if vectors else b.T
        return Integer(1), [*rest, Entry(a @ middle, row, col)]

    def _dot(self, i: Symbol, lines: list[Entry]) -> Expr:
        if not lines:
            return self.sizes[i]
        first, *others = sorted(lines, key=lambda t: t.row is not None)
        if not others:
            return total(first.node)
        return trace(first.upright.node.T @ reduce(mul, [t.upright.node for t in others]))


def _matrices(i: Symbol, factors: list[Entry]) -> dict[Symbol, Node]:
    """Matrices with this index along their columns, by that of their rows."""
    found: dict[Symbol, Node] = {}
    for t in factors:
        if i in t.indices and len(t.indices) == 2:
            t = t if t.col == i else t.T
            found[t.row] = found[t.row] * t.node if t.row in found else t.node
    return found


def _sides(entries: list[Entry]) -> tuple[Index, Index]:
    """The indices of the rows and columns of a matrix with all these entries."""
    whole = next((t for t in entries if len(t.indices) == 2), None)
    every = dict.fromkeys(i for t in ([whole] if whole else entries) for i in t.indices)
    if len(every) > 2 or {i for t in entries for i in t.indices} - set(every):
        raise UnsupportedInput("entries over three indices are no matrix")
    row, col = [*every, None, None][:2]
    return row, col
