"""Columns of the identity: unit vectors, and the matrices that pick neighbouring columns.

Indices count from 0 as in NumPy, in formulas and in print: e_0 is the first unit vector.
"""

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any, NamedTuple

from sympy import Expr, Integer, Poly, Symbol, expand
from sympy.polys.polyerrors import PolynomialError

from matcalc.dimensions import never_negative
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.constants import Constant, Identity
from matcalc.protocols import ATOM, PREFIX, PRODUCT, Show, Values


class Span(NamedTuple):
    """The indices start, …, start + count − 1 of a row or a column with ``size`` entries."""

    start: Expr
    count: Expr
    size: Expr

    @property
    def stop(self) -> Expr:
        """The first index behind."""
        return expand(self.start + self.count)

    @property
    def room(self) -> Expr:
        """How many indices there are behind."""
        return expand(self.size - self.start - self.count)

    @property
    def fits(self) -> bool | None:
        """Whether it lies within 0:size for all values; None where that depends on them."""
        if never_negative(-self.start - 1) or never_negative(-self.room - 1):
            return False
        return True if never_negative(self.start) and never_negative(self.room) else None

    def require(self, what: Callable[[], str]) -> None:
        """Raise a `ShapeError` that says what cannot be done unless it may lie within 0:size."""
        if self.fits is False:
            where = self.start if self.count == 1 else f"{self.start}:{self.stop}"
            raise ShapeError(f"{what()}: {where} is not within 0:{self.size}; indices count from 0")

    def first(self, at: Values) -> int:
        """The number that start is, once it is known to lie in range."""
        value, stop, size = (at.number(x) for x in (self.start, self.stop, self.size))
        if value != int(value) or not 0 <= value < stop <= size:
            raise ShapeError(f"{value}:{stop} is not within 0:{size} ({self.start}:{self.stop})")
        return int(value)

    def shown(self, show: Show, colon: str = ":", alone: bool = True) -> str:
        """The indices as in brackets, an end left out where it is one of the row's.

        A single one shows as a number only if it may stand ``alone``, without a colon.
        """
        if self.count == 1 and alone:
            return show(self.start, 0)
        start = "" if self.start == 0 else show(self.start, 0)
        return f"{start}{colon}{'' if self.room == 0 else show(self.stop, 0)}"


class Segment(Constant):
    """The columns start, …, start + count − 1 of I_n, n × count; a single one is e_start.

    X times it are columns of X, its transpose times X are rows. Entry: 1 if i = start + j, else 0.
    """

    @classmethod
    def canonical(cls, n: Expr, start: Expr, count: Expr) -> Any:
        return Identity(n) if start == 0 and count == n else (n, start, count)

    @staticmethod
    def infer(n: Expr, start: Expr, count: Expr) -> tuple[Expr, Expr]:
        Span(start, count, n).require(lambda: f"cannot take columns of identity({n})")
        return n, count

    @property
    def span(self) -> Span:
        """Which columns these are."""
        n, start, count = self.operands
        return Span(start, count, n)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must lie in range."""
        return (self.span,)

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 1 if i == self.span.first(at) + j else 0

    def latex(self, show: Show) -> str:
        if self.cols == 1:
            return f"e_{{{show(self.span.start, 0)}}}"
        return f"I_{{{show(self.rows, 0)}}}[:,{self.span.shown(show, '{:}')}]"

    def text(self, show: Show) -> str:
        n, start, count = (show(operand, 0) for operand in self.operands)
        return f"unit({n}, {start})" if self.cols == 1 else f"segment({n}, {start}, {count})"

    def numpy(self, show: Show) -> str:
        n, start, count = self.operands
        diagonal = show(expand(-start), 0)
        return f"np.eye({show(n, 0)}, {show(count, 0)}, {diagonal}, dtype=dtype)"


def position(value: object) -> Expr:
    """Read an index: an int, or a polynomial in sizes and in symbols made by `index`.

    Raises
    ------
    UnsupportedInput
        For anything else, fractions and scalar parameters included.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        return Integer(int(value))
    if not isinstance(value, Expr):
        raise UnsupportedInput(f"an index is an int, a size or an index(…), got {value!r}")
    place = expand(value)
    if place.is_Integer or (not place.is_number and _counts(place)):
        return place
    raise UnsupportedInput(f"{value} is no index: use ints, sizes and symbols from index('i')")


def _counts(place: Expr) -> bool:
    """Whether an expression is a polynomial in sizes and indices."""
    symbols = sorted(place.free_symbols, key=str)
    try:
        Poly(place, *symbols)
    except PolynomialError:
        return False
    return all(isinstance(s, Symbol) and s.is_integer and s.is_nonnegative for s in symbols)


def spelled(factors: Iterable[Node], show: Show, transposed: type[Node]) -> list[str]:
    """Texts of the factors of a product, with picked rows and columns in brackets: A[i, c:d]."""
    texts = []
    for above, factor, beside in _picking(factors, transposed):
        if above is None and beside is None:
            texts.append(show(factor, PRODUCT + 1))
        else:
            rows = above.shown(show, alone=beside is None or beside.count != 1) if above else ":"
            cols = beside.shown(show) if beside else ":"
            whole = show(factor, PREFIX if isinstance(factor, transposed) else ATOM)
            texts.append(f"{whole}[{rows}, {cols}]")
    return texts


def is_bracketed(factors: Iterable[Node], transposed: type[Node]) -> bool:
    """Whether a product prints as one matrix with brackets."""
    return len(_picking(factors, transposed)) == 1


Picked = tuple[Span | None, Node, Span | None]


def _picking(factors: Iterable[Node], transposed: type[Node]) -> list[Picked]:
    """Each factor with the rows that the one before picks, and the columns that the one behind."""
    several = [None, *factors, None]
    cols = [f.span if isinstance(f, Segment) else None for f in several]
    rows = [
        f.operands[0].span
        if isinstance(f, transposed) and isinstance(f.operands[0], Segment)
        else None
        for f in several
    ]
    plain = [f is not None and not c and not r for f, c, r in zip(several, cols, rows, strict=True)]
    groups: list[Picked] = []
    for k, factor in enumerate(several):
        taken = (rows[k] and plain[k + 1]) or (cols[k] and plain[k - 1])
        if factor is not None and not taken:
            above, beside = (rows[k - 1], cols[k + 1]) if plain[k] else (None, None)
            groups.append((above, factor, beside))
    return groups
