"""Entries, and the columns of an identity that pick rows and columns: E_nᵀA and A E_n.

A segment of I_n is written E_{n,i,k}: its columns i, …, i + k − 1. Where two of them overlap,
what their product is depends on their bounds; it is worked out where these can be compared.
"""

from itertools import pairwise
from typing import Any

from sympy import Expr, expand

from matcalc.dimensions import dims, never_negative, quotient
from matcalc.laws.differentials import rule
from matcalc.laws.theme import Theme
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.constants import Zero, identity, ones, zeros
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.scalars import d, inner, trace
from matcalc.operators.segments import Segment, Span
from matcalc.operators.selection import Entry, index, segment, unit
from matcalc.operators.shapes import ZERO
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
i, j, s = index("i"), index("j"), index("s")
whole = n + p + h + q
A, B, S, v = matrix("A", m, n), matrix("B", p, q), matrix("S", n, n), column("v", n)
r, c = row("r", n), column("c", m)


def _segment_of(x: Any) -> Any:
    """The segment that a factor is the transpose of."""
    inner_part = x.operands[0] if isinstance(x, Transpose) else None
    return inner_part if isinstance(inner_part, Segment) else None


def _within(inner_span: Span, outer: Span) -> bool:
    before, behind = inner_span.start - outer.start, outer.stop - inner_span.stop
    return all(map(never_negative, (before, behind)))


def _apart(a: Span, b: Span) -> bool:
    return any(never_negative(x.start - y.stop) for x, y in ((a, b), (b, a)))


def _part(big: Span, small: Span) -> Segment:
    return Segment(big.count, expand(small.start - big.start), small.count)


def _multiplied(x: Product, product: Any) -> Any:
    """The product with the first E_aᵀ E_b in it replaced by what ``product`` gives."""
    for at, (left, right) in enumerate(pairwise(x.operands)):
        first = _segment_of(left)
        if first is not None and isinstance(right, Segment):
            result = product(first.span, right.span)
            if result is not None:
                return Product(*x.operands[:at], result, *x.operands[at + 2 :])
    return x


def segment_within(x: Product) -> Any:
    """E_aᵀ E_b = E for columns b among the columns a, or its transpose the other way round."""

    def product(a: Span, b: Span) -> Any:
        if _within(b, a):
            return _part(a, b)
        return Transpose(_part(b, a)) if _within(a, b) else None

    return _multiplied(x, product)


def segments_apart(x: Product) -> Any:
    """E_aᵀ E_b = 0 for columns b none of which is among the columns a."""
    return _multiplied(x, lambda a, b: Zero(a.count, b.count) if _apart(a, b) else None)


def part_of_kronecker(x: Product) -> Any:
    """(A ⊗ B)(E ⊗ I) = AE ⊗ B for whole blocks of columns, and the same for rows."""
    for at, (left, right) in enumerate(pairwise(x.operands)):
        rows = isinstance(right, Kronecker)
        e, whole = (_segment_of(left), right) if rows else (right, left)
        if isinstance(e, Segment) and isinstance(whole, Kronecker):
            part = _blocks_of(whole, e.span, rows)
            if part is not None:
                return Product(*x.operands[:at], part, *x.operands[at + 2 :])
    return x


def _blocks_of(whole: Kronecker, span: Span, rows: bool) -> Any:
    """What a span picks of A ⊗ B, if it begins and ends with blocks of the size of B."""
    for k in range(1, len(whole.operands)):
        first, last = Kronecker(*whole.operands[:k]), Kronecker(*whole.operands[k:])
        size, length = (first.rows, last.rows) if rows else (first.cols, last.cols)
        start, count = quotient(span.start, length), quotient(span.count, length)
        if (
            start.is_integer
            and start.is_polynomial()
            and count.is_integer
            and count.is_polynomial()
        ):
            e = Segment(size, expand(start), expand(count))
            return Kronecker(Product(Transpose(e), first) if rows else Product(first, e), last)
    return None


def inner_with_unit(x: Any) -> Any:
    """⟨A, e_i e_jᵀ⟩ = A[i, j], the unit matrix on either side."""
    for a, b in (x.operands, reversed(x.operands)):
        place = _place_of_unit(b)
        if place is not None:
            return Entry(a, *place)
    return x


def _place_of_unit(x: Any) -> tuple[Expr, Expr] | None:
    """Row and column of the 1 in e_i e_jᵀ, in e_i or in e_jᵀ."""
    factors = x.operands if isinstance(x, Product) else (x,)
    column, row = _unit_at(factors[0]), _unit_at(_segment_of(factors[-1]))
    if len(factors) == 2 and column is not None and row is not None:
        return column, row
    if len(factors) > 1 or (column is None and row is None):
        return None
    return (ZERO, row) if column is None else (column, ZERO)


def _unit_at(e: Any) -> Expr | None:
    return e.span.start if isinstance(e, Segment) and e.cols == 1 else None


DIFFERENTIALS = (
    rule(
        "differential of an entry",
        Entry,
        d(Entry(A, i, j)),
        inner(unit(m, i) @ unit(n, j).T, d(A)),
    ),
)

SIMPLEST = (
    Law(
        "a segment of a segment",
        segment(n, i, k) @ segment(k, j, h),
        segment(n, i + j, h),
    ),
    Law(
        "columns of an identity are orthonormal",
        segment(n, i, k).T @ segment(n, i, k),
        identity(k),
    ),
    Law(
        "a segment within a segment",
        segment(whole, i, p + h + q).T @ segment(whole, i + p, h),
        segment(p + h + q, p, h),
        general=segment_within,
        among=(Segment,),
    ),
    Law(
        "segments apart",
        segment(whole, i, h).T @ segment(whole, i + h + p, q),
        zeros(h, q),
        general=segments_apart,
        among=(Segment,),
    ),
    Law(
        "columns of ⊗",
        kron(A, B) @ segment(n * q, k * q, h * q),
        kron(A @ segment(n, k, h), B),
        general=part_of_kronecker,
        among=(Kronecker,),
    ),
    Law(
        "rows of ⊗",
        segment(m * p, k * p, h * p).T @ kron(A, B),
        kron(segment(m, k, h).T @ A, B),
        general=part_of_kronecker,
        among=(Kronecker,),
    ),
    Law("rows of ones", segment(n, i, k).T @ ones(n), ones(k)),
    Law("columns of ones", ones(1, n) @ segment(n, i, k), ones(1, k)),
    Law(
        "an entry of some rows",
        Entry(segment(m, i, k).T @ A, j, s),
        Entry(A, i + j, s),
    ),
    Law(
        "an entry of some columns",
        Entry(A @ segment(n, i, k), s, j),
        Entry(A, s, i + j),
    ),
    Law("an entry of a unit vector", Entry(unit(n, j), s, ZERO), Entry(identity(n), s, j)),
    Law(
        "an entry below a unit vector",
        Entry(unit(m, i) @ r, s, j),
        Entry(identity(m), s, i) * Entry(r, ZERO, j),
    ),
    Law(
        "an entry beside a unit vector",
        Entry(c @ unit(n, j).T, i, s),
        Entry(identity(n), s, j) * Entry(c, i, ZERO),
    ),
    Law("an entry of a diagonal", Entry(diagonal(S), i, ZERO), Entry(S, i, i)),
    Law("an entry on the diagonal", Entry(diag(v), i, i), Entry(v, i, ZERO)),
    Law(
        "inner product with a unit matrix",
        inner(A, unit(m, i) @ unit(n, j).T),
        Entry(A, i, j),
        general=inner_with_unit,
    ),
    Law(
        "trace between unit vectors",
        trace(unit(m, i).T @ A @ unit(n, j)),
        Entry(A, i, j),
    ),
)

SELECTION = Theme(differentials=DIFFERENTIALS, simplest=SIMPLEST)
"""Laws of entries and of segments of an identity."""
