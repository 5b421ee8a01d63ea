"""Entries, rows, columns and blocks of a matrix, written with brackets as in NumPy.

Indices count from 0 everywhere, in formulas and in print too. Rows and columns are products with
columns of the identity: X[:, j] is X e_j, X[i, :] is e_iᵀX.
"""

from typing import Any

from sympy import Expr, Integer, Symbol, expand

from matcalc.dimensions import Size, dim, identifier, never_zero
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import SYNTAX, Node, ScalarNode
from matcalc.operators.algebra import Product, Transpose, split_scale
from matcalc.operators.constants import Identity, Ones, Zero
from matcalc.operators.segments import Segment, Span, position
from matcalc.operators.shapes import described
from matcalc.protocols import ATOM, Show, Values


class Entry(ScalarNode):
    """A[i, j], a single entry, counted from 0."""

    @classmethod
    def canonical(cls, a: Node, i: Expr, j: Expr) -> Any:
        cls.infer(a, i, j)
        c, inner = split_scale(a)
        if isinstance(inner, Transpose):
            return c * cls(inner.operands[0], j, i)
        if isinstance(inner, Ones | Zero):
            return c * Integer(isinstance(inner, Ones))
        gap = expand(i - j)
        if isinstance(inner, Identity) and (gap == 0 or never_zero(gap)):
            return c * Integer(gap == 0)
        return (a, i, j) if c == 1 else c * cls(inner, i, j)

    @staticmethod
    def infer(a: Node, i: Expr, j: Expr) -> None:
        for span in _spans(a, i, j):
            span.require(lambda: f"cannot take [{i}, {j}] of {described(a)}")

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must lie in range."""
        return _spans(*self.operands)

    def entry(self, at: Values, i: int, j: int) -> Any:
        row, col = (span.first(at) for span in self.spans)
        return at.table(self.operands[0])[row][col]

    def latex(self, show: Show) -> str:
        a, i, j = self.operands
        return f"{{{show(a, ATOM)}}}_{{{show(i, 0)},{show(j, 0)}}}"

    def text(self, show: Show) -> str:
        a, i, j = self.operands
        return f"{show(a, ATOM)}[{show(i, 0)}, {show(j, 0)}]"

    numpy = text


def _spans(a: Node, i: Expr, j: Expr) -> tuple[Span, ...]:
    return Span(i, Integer(1), a.rows), Span(j, Integer(1), a.cols)


def index(name: str) -> Symbol:
    """A symbolic index, an integer from 0 on; what it counts shows where it is used.

    Raises
    ------
    NameRefused
        For a name that is no plain identifier.

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> X, A = matrix("X", "m", "n"), matrix("A", "n", "p")
    >>> i, j = index("i"), index("j")
    >>> gradient((X @ A)[i, j], X)[X]
    unit(m, i) @ A.T[j, :]
    """
    return Symbol(identifier(name), integer=True, nonnegative=True)


def unit(n: Size, i: object) -> Node:
    """The unit vector e_i, column i of I_n, counted from 0: all zeros but a 1 in row i.

    Raises
    ------
    ShapeError
        If i is not within 0:n for any values of the symbols.
    """
    return Segment(dim(n), position(i), Integer(1))


def segment(n: Size, start: object, count: Size) -> Node:
    """The columns start, …, start + count − 1 of I_n, counted from 0; n × count.

    Examples
    --------
    >>> from matcalc import matrix
    >>> matrix("X", "m", "n") @ segment("n", 2, "k")
    X[:, 2:k + 2]
    """
    return Segment(dim(n), position(start), dim(count))


def _item(a: Node, key: Any) -> Any:
    """A[i, j] as a scalar; rows, columns and blocks as matrices."""
    if not isinstance(key, tuple) or len(key) != 2:
        raise UnsupportedInput(
            f"{described(a)} takes two indices: [i, j] for an entry, [i, :] for a row, "
            "[:, j] for a column, [a:b, c:d] for a block"
        )
    spans = [_span(part, size, a) for part, size in zip(key, a.shape, strict=True)]
    for span in spans:
        span.require(lambda: f"cannot take [{', '.join(map(_written, key))}] of {described(a)}")
    if not any(isinstance(part, slice) for part in key):
        return Entry(a, *(span.start for span in spans))
    rows, cols = (Segment(span.size, span.start, span.count) for span in spans)
    return Product(Transpose(rows), a, cols)


def _written(part: Any) -> str:
    if not isinstance(part, slice):
        return str(part)
    return ":".join("" if end is None else str(end) for end in (part.start, part.stop))


def _span(part: Any, size: Expr, a: Node) -> Span:
    if not isinstance(part, slice):
        return Span(_place(part, size), Integer(1), size)
    if part.step not in (None, 1):
        raise UnsupportedInput(f"steps in brackets are not supported: {part.step} for {a}")
    start = Integer(0) if part.start is None else _place(part.start, size)
    stop = size if part.stop is None else _place(part.stop, size)
    count = expand(stop - start)
    if any(not s.is_positive for s in count.free_symbols):
        raise ShapeError(
            f"cannot take {_written(part)} of {described(a)}: how many there are must be a size "
            "and not depend on an index, as in i:i + 3"
        )
    try:
        return Span(start, dim(count), size)
    except ShapeError as error:
        raise ShapeError(f"cannot take {_written(part)} of {described(a)}: {error}") from error


def _place(part: Any, size: Expr) -> Expr:
    """An index; a negative number counts from the end."""
    place = position(part)
    return expand(size + place) if place.is_Integer and place.is_negative else place


SYNTAX["[]"] = _item
