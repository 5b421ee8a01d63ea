"""Lowering laws of picked entries, rows and columns, of blocks, masks and structure constants.

What picks, places or repeats entries becomes an index or a slice; the matrix that does it in a
formula is not formed where it multiplies something.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sympy import Add as ScalarSum
from sympy import Integer, Mul

from matcalc.dimensions import dims
from matcalc.lower.broadcasting import UNFORMED
from matcalc.lower.kernels import MatMul, RepeatColumns, RepeatRows
from matcalc.lower.picking import (
    BlockSums,
    Grid,
    LowerTriangle,
    Pad,
    Slice,
    SumOverLeft,
    SumOverRight,
    UpperTriangle,
)
from matcalc.lower.structures import PAIRS
from matcalc.match import Binding
from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, inv, split_scale
from matcalc.operators.blocks import HStack, block
from matcalc.operators.constants import Identity, Ones, identity, ones
from matcalc.operators.elementwise import Hadamard, Map, function
from matcalc.operators.functions import ENTRY, Abstract
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import column, matrix, row, scalar
from matcalc.operators.scalars import Inner, Trace, inner, total, trace
from matcalc.operators.segments import Segment
from matcalc.operators.selection import Entry, index, segment, unit
from matcalc.operators.shapes import is_one
from matcalc.operators.structure_constants import LowerMask, lower_mask
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
i, j, s, t = (index(name) for name in "ijst")
zero = Integer(0)
A, B, C, D = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("D", n, m)
S, R, P, Q = matrix("S", n, n), matrix("R", n, n), matrix("P", k, n), matrix("Q", m, k)
r, c, v, a, f = row("r", n), column("c", m), column("v", n), scalar("a"), function("f")


def entry_between_units(x: Any) -> Any:
    """(A B)[i, j] = e_iᵀA B e_j, so that one row and one column are multiplied."""
    b, i, j = x.operands
    if not isinstance(b, Product | Inverse | Kronecker) or (
        isinstance(b, Kronecker) and is_line(b)
    ):
        return x
    left, right = Segment(b.rows, i, Integer(1)), Segment(b.cols, j, Integer(1))
    return Trace(Product(Transpose(left), b, right))


def is_line(x: Node) -> bool:
    """Whether a matrix is a row or a column."""
    return is_one(x.rows) or is_one(x.cols)


def entry_of_terms(x: Any) -> Any:
    """(A + C)[i, j] = A[i, j] + C[i, j], and the same for ⊙."""
    b, i, j = x.operands
    if not isinstance(b, Add | Hadamard):
        return x
    scalars = [Entry(part, i, j) for part in b.operands]
    return ScalarSum(*scalars) if isinstance(b, Add) else Mul(*scalars)


def entry_of_function(x: Any) -> Any:
    """f(A)[i, j] = f(A[i, j]); an abstract f is still given an array."""
    b, i, j = x.operands
    if not isinstance(b, Map):
        return x
    g, argument = b.operands
    if not g.has(Abstract):
        return g.xreplace({ENTRY: Entry(argument, i, j)})
    if argument.shape == (1, 1):
        return x
    rows, cols = Segment(b.rows, i, Integer(1)), Segment(b.cols, j, Integer(1))
    return Entry(Map(g, Product(Transpose(rows), argument, cols)), zero, zero)


def inner_with_unit(x: Any) -> Any:
    """⟨e_i, v⟩ = v[i, 0], on either side."""
    for e, b in (x.operands, reversed(x.operands)):
        if isinstance(e, Segment) and e.cols == 1:
            return Entry(b, e.span.start, zero)
    return x


def inner_among_zeros(x: Any) -> Any:
    """What is among zeros meets only the block of the same place."""
    for pad, b in (x.operands, reversed(x.operands)):
        if isinstance(pad, Pad):
            g, _, i, _, j = pad.operands
            return Inner(g, Slice(b, i, g.rows, j, g.cols))
    return x


def is_formed(bound: Binding) -> bool:
    """Whether the entries of A are at hand, so that some of them can be picked.

    Those of an inverse are where it is to be formed: for several rows or columns of it.
    """
    found = bound[A]
    inside = found.operands[0] if isinstance(found, Transpose) else found
    if isinstance(inside, Inverse):
        return not is_one(bound[k])
    return isinstance(inside, Segment) or not isinstance(inside, UNFORMED)


def as_grid(x: Any) -> Any:
    """Rows of equally many blocks, put together at once."""
    rows = [b.operands for b in x.operands if isinstance(b, HStack)]
    if len(rows) < len(x.operands) or len({len(blocks) for blocks in rows}) > 1:
        return x
    return Grid(Integer(len(rows[0])), *(b for blocks in rows for b in blocks))


def triangle(x: Any) -> Any:
    """A mask of ones on one side of the diagonal leaves a triangle of the other factors."""
    for factor in x.operands:
        turned = isinstance(factor, Transpose)
        mask = factor.operands[0] if turned else factor
        if isinstance(mask, LowerMask):
            rest = Hadamard(*(other for other in x.operands if other is not factor))
            if isinstance(rest, RepeatRows | RepeatColumns):
                return x
            return UpperTriangle(rest) if turned else LowerTriangle(rest)
    return x


def khatri_rao_sum(x: Any) -> Any:
    """(I ⊗ 1ᵀ)(G ⊙ (1 ⊗ B)) and (1ᵀ ⊗ I)(G ⊙ (A ⊗ 1)), sums of blocks column by column."""
    left, b = x.operands
    if not isinstance(left, Kronecker) or len(left.operands) != 2 or is_one(b.cols):
        return x
    first, second = left.operands
    over_right = isinstance(first, Identity)
    kept, summed = (first, second) if over_right else (second, first)
    if not (isinstance(kept, Identity) and isinstance(summed, Ones) and is_one(summed.rows)):
        return x
    terms = [split_scale(term) for term in (b.operands if isinstance(b, Add) else (b,))]
    sums = [_summed(term, over_right, kept.rows, summed.cols) for _, term in terms]
    if all(part is not None for part in sums):
        return Add(*(Scale(c, part) for (c, _), part in zip(terms, sums, strict=True)))
    return BlockSums(b, first.cols, second.cols, Integer(1 if over_right else 0))


def _summed(term: Node, over_right: bool, kept: Any, summed: Any) -> Any:
    """The sums of G ⊙ (1 ⊗ B), or of G ⊙ (A ⊗ 1), if a term is of that form."""
    for factor in term.operands if isinstance(term, Hadamard) else ():
        part = _repeated_part(factor, over_right, summed)
        if part is not None:
            rest = Hadamard(*(other for other in term.operands if other is not factor))
            return (SumOverRight if over_right else SumOverLeft)(rest, part, kept)
    return None


def _repeated_part(factor: Node, over_right: bool, rows: Any) -> Node | None:
    """B of 1 ⊗ B, or A of A ⊗ 1, with as many rows as are summed over."""
    if not isinstance(factor, Kronecker) or len(factor.operands) != 2:
        return None
    ones_at, part = factor.operands if over_right else reversed(factor.operands)
    fits = isinstance(ones_at, Ones) and ones_at.cols == 1 and part.rows == rows
    return part if fits else None


def _applied() -> Iterator[Law]:
    """Each structure constant, and its transpose, before and behind a matrix."""
    for apply, turned in PAIRS:
        constant = apply.constant(n)
        M, N = matrix("M", constant.cols, k), matrix("M", constant.rows, k)
        T, U = matrix("M", k, constant.rows), matrix("M", k, constant.cols)
        name = type(constant).__name__
        yield Law(f"{name} times M", MatMul(constant, M), apply(M, n))
        yield Law(f"transposed {name} times M", MatMul(constant.T, N), turned(N, n))
        yield Law(f"M times {name}", MatMul(T, constant), turned(T.T, n).T)
        yield Law(f"M times transposed {name}", MatMul(U, constant.T), apply(U.T, n).T)


def _general(name: str, lhs: Any, rhs: Any, general: Callable[[Any], Any]) -> Law:
    return Law(name, lhs, rhs, general=general)


between = trace(unit(m, i).T @ A @ B @ unit(k, j))
ENTRIES = (
    _general("(A B)[i, j] = e_iᵀA B e_j", Entry(A @ B, i, j), between, entry_between_units),
    _general(
        "S⁻¹[i, j] = e_iᵀS⁻¹e_j",
        Entry(inv(S), i, j),
        trace(unit(n, i).T @ inv(S) @ unit(n, j)),
        entry_between_units,
    ),
    _general(
        "(A + C)[i, j] = A[i, j] + C[i, j]",
        Entry(A + C, i, j),
        Entry(A, i, j) + Entry(C, i, j),
        entry_of_terms,
    ),
    _general(
        "f(A)[i, j] = f(e_iᵀA e_j)",
        Entry(f(A), i, j),
        Entry(f(unit(m, i).T @ A @ unit(n, j)), zero, zero),
        entry_of_function,
    ),
)
"""Entries, before the matrix is computed that they are entries of."""

SELECTION = (
    Law(
        "E Eᵀ is an identity among zeros",
        MatMul(segment(m, i, k), segment(n, j, k).T),
        Pad(identity(k), m, i, n, j),
    ),
    Law("EᵀA picks rows", MatMul(segment(m, i, k).T, A), Slice(A, i, k, zero, n), is_formed),
    Law("A E picks columns", MatMul(A, segment(n, i, k)), Slice(A, zero, m, i, k), is_formed),
    Law("E P puts rows among zeros", MatMul(segment(m, i, k), P), Pad(P, m, i, n, zero)),
    Law("Q Eᵀ puts columns among zeros", MatMul(Q, segment(n, i, k).T), Pad(Q, m, zero, n, i)),
    Law("a block of aA", Slice(a * A, i, k, j, h), a * Slice(A, i, k, j, h)),
    Law("a block of Dᵀ", Slice(D.T, i, k, j, h), Slice(D, j, h, i, k).T),
    Law(
        "a block of 1r",
        Slice(RepeatRows(r, m), i, k, j, h),
        RepeatRows(Slice(r, zero, Integer(1), j, h), k),
    ),
    Law(
        "a block of c1ᵀ",
        Slice(RepeatColumns(c, n), i, k, j, h),
        RepeatColumns(Slice(c, i, k, zero, Integer(1)), h),
    ),
    Law("an entry of a block", Entry(Slice(A, i, k, j, h), s, t), Entry(A, i + s, j + t)),
    Law("an entry of 1r", Entry(RepeatRows(r, m), i, j), Entry(r, zero, j)),
    Law("an entry of c1ᵀ", Entry(RepeatColumns(c, n), i, j), Entry(c, i, zero)),
    _general("⟨e_i, v⟩ = v[i, 0]", inner(unit(n, i), v), Entry(v, i, zero), inner_with_unit),
    _general(
        "⟨A among zeros, C⟩",
        inner(Pad(P, m, i, n, zero), A),
        inner(P, Slice(A, i, k, zero, n)),
        inner_among_zeros,
    ),
    Law("Σ(A among zeros) = ΣA", total(Pad(P, m, i, n, zero)), total(P)),
    _general(
        "[A C; B D] at once",
        block([[A, Q], [S, B]]),
        Grid(Integer(2), A, Q, S, B),
        as_grid,
    ),
    _general("a lower triangle", lower_mask(n) * S, LowerTriangle(S), triangle),
    _general("an upper triangle", lower_mask(n).T * S, UpperTriangle(S), triangle),
    _general(
        "(I ⊗ 1ᵀ)(G ⊙ (1 ⊗ B)) by blocks",
        MatMul(
            kron(identity(m), ones(1, p)), matrix("G", m * p, n) * kron(ones(m), matrix("B", p, n))
        ),
        SumOverRight(matrix("G", m * p, n), matrix("B", p, n), m),
        khatri_rao_sum,
    ),
    _general(
        "(1ᵀ ⊗ I)(G ⊙ (A ⊗ 1)) by blocks",
        MatMul(kron(ones(1, m), identity(p)), matrix("G", m * p, n) * kron(A, ones(p))),
        SumOverLeft(matrix("G", m * p, n), A, p),
        khatri_rao_sum,
    ),
    _general(
        "(I ⊗ 1ᵀ) M sums rows of blocks",
        MatMul(kron(identity(m), ones(1, p)), matrix("M", m * p, n)),
        BlockSums(matrix("M", m * p, n), m, p, Integer(1)),
        khatri_rao_sum,
    ),
    *_applied(),
)
"""Picking, placing and repeating without the matrices that stand for it in formulas."""
