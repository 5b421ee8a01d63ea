"""Lowering laws of traces, totals, diagonals and inner products: nothing is formed to be summed."""

from functools import partial
from typing import Any

from sympy import Add as ScalarSum
from sympy import Integer

from matcalc.dimensions import dims
from matcalc.laws.scalars import inner_in_order, inner_with_constant, trace_of_kronecker
from matcalc.lower.chains import Typical, halves
from matcalc.lower.kernels import (
    DOTS,
    REPEATS,
    SUMS,
    ColumnDots,
    ColumnSums,
    MatMul,
    RepeatColumns,
    RepeatRows,
    RowDots,
)
from matcalc.lower.sums import line_and_rest, two_factors
from matcalc.operators.algebra import Add, Product, Transpose, split_scale
from matcalc.operators.constants import Ones, ones
from matcalc.operators.diagonal import Diagonal, diag, diagonal
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, kron, vec
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.scalars import Inner, Total, Trace, inner, total, trace
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, k = dims("m n k")
A, B, C, D = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("D", n, m)
S, P, Q = matrix("S", n, n), matrix("P", n, n), matrix("Q", k, k)
r, v = row("r", n), column("v", n)


def total_of_factors(x: Total) -> Any:
    """Σ(A ⊙ C) = ⟨A, C⟩."""
    found = two_factors(x.operands[0])
    return Inner(*found) if found else x


def total_line_out(x: Total) -> Any:
    """Σ(1r ⊙ A) = ⟨r, 1ᵀA⟩."""
    for axis in (0, 1):
        found = line_and_rest(x.operands[0], axis)
        if found:
            return Inner(found[0], SUMS[axis](found[1]))
    return x


def total_of_repeated(x: Total) -> Any:
    """Σ(1r) = m Σr."""
    b = x.operands[0]
    return b.operands[1] * Total(b.line) if isinstance(b, REPEATS) else x


def total_of_product(x: Total) -> Any:
    """Σ(AB) = (1ᵀA)(B1), for a product that is neither row nor column."""
    b = x.operands[0]
    if not isinstance(b, Product) or is_one(b.rows) or is_one(b.cols):
        return x
    left, right = Ones(Integer(1), b.rows), Ones(b.cols, Integer(1))
    return Trace(Product(left, *b.operands, right))


def total_of_terms(x: Total) -> Any:
    """Σ(A + C) = ΣA + ΣC where each part is summed without being formed."""
    b = x.operands[0]
    if not isinstance(b, Add):
        return x
    parts = [split_scale(term) for term in b.operands]
    direct = all(two_factors(t) or isinstance(t, (*REPEATS, Ones, Product)) for _, t in parts)
    return ScalarSum(*(k * Total(t) for k, t in parts)) if direct else x


def trace_of_terms(x: Trace) -> Any:
    """tr(P + S) = tr P + tr S."""
    b = x.operands[0]
    return ScalarSum(*map(Trace, b.operands)) if isinstance(b, Add) else x


def trace_of_product(typical: Typical, x: Trace) -> Any:
    """tr(AD) = ⟨Aᵀ, D⟩, cut where it is cheapest."""
    a = x.operands[0]
    if not isinstance(a, Product) or all(isinstance(f, Kronecker) for f in a.operands):
        return x
    left, right = halves(a, typical)
    if not isinstance(left, Product):
        return Inner(Transpose(left), right)
    return Inner(Product(*(Transpose(factor) for factor in reversed(left.operands))), right)


def diagonal_of_product(typical: Typical, x: Diagonal) -> Any:
    """diagonal(AD) = (A ⊙ Dᵀ)1 by dot products of rows, cut where it is cheapest."""
    if not isinstance(x.operands[0], Product):
        return x
    left, right = halves(x.operands[0], typical)
    return RowDots(left, Transpose(right))


def diagonal_of_terms(x: Diagonal) -> Any:
    """Diagonal of every term or factor."""
    b = x.operands[0]
    return type(b)(*map(Diagonal, b.operands)) if isinstance(b, Add | Hadamard) else x


def diagonal_of_kronecker(x: Diagonal) -> Any:
    """diagonal(P ⊗ Q) = diagonal P ⊗ diagonal Q, for square factors."""
    inner = x.operands[0]
    if not isinstance(inner, Kronecker) or any(f.rows != f.cols for f in inner.operands):
        return x
    return Kronecker(*map(Diagonal, inner.operands))


def total_of_kronecker(x: Total) -> Any:
    """Σ(A ⊗ B) = ΣA ΣB."""
    b = x.operands[0]
    return (
        Total(b.operands[0]) * Total(Kronecker(*b.operands[1:]))
        if (isinstance(b, Kronecker))
        else x
    )


def inner_line_out(x: Inner) -> Any:
    """⟨1r ⊙ A, C⟩ = ⟨r, 1ᵀ(A ⊙ C)⟩."""
    for p, q in (x.operands, reversed(x.operands)):
        for axis in (0, 1):
            found = line_and_rest(p, axis)
            if found:
                return Inner(found[0], DOTS[axis](found[1], q))
    return x


def inner_with_line(x: Inner) -> Any:
    """⟨1r, A⟩ = ⟨r, 1ᵀA⟩."""
    for p, q in (x.operands, reversed(x.operands)):
        if isinstance(p, REPEATS):
            return Inner(p.line, SUMS[p.axis](q))
    return x


DIAGONAL_OF_SUM = Law(
    "diagonal of a sum", diagonal(P + S), diagonal(P) + diagonal(S), general=diagonal_of_terms
)
DIAGONAL_OF_KRONECKER = Law(
    "diagonal of ⊗",
    diagonal(kron(P, Q)),
    kron(diagonal(P), diagonal(Q)),
    general=diagonal_of_kronecker,
)


def cutting(typical: Typical) -> tuple[Law, ...]:
    """The laws that cut products where that is cheapest at typical sizes."""
    traced, picked = partial(trace_of_product, typical), partial(diagonal_of_product, typical)
    return (
        Law("tr(A D) = ⟨Aᵀ, D⟩", trace(A @ D), inner(A.T, D), general=traced),
        Law("diagonal(A D) = (A ⊙ Dᵀ)1", diagonal(A @ D), RowDots(A, D.T), general=picked),
    )


EARLY = (
    Law(
        "Σ(A B) = (1ᵀA)(B1)",
        total(A @ B),
        trace(ones(1, m) @ A @ B @ ones(k)),
        general=total_of_product,
    ),
    Law(
        "Σ of a sum",
        total(A * C + 2 * RepeatRows(r, m)),
        total(A * C) + 2 * total(RepeatRows(r, m)),
        general=total_of_terms,
    ),
    Law("tr of a sum", trace(P + S), trace(P) + trace(S), general=trace_of_terms),
    DIAGONAL_OF_SUM,
    DIAGONAL_OF_KRONECKER,
)
"""What is used before its operands are lowered, so that a product is cut and not formed."""

SCALARS = (
    Law("ΣDᵀ = ΣD", total(D.T), total(D)),
    Law("Σ11ᵀ = mn", total(ones(m, n)), m * n),
    Law("Σvec A = ΣA", total(vec(A)), total(A)),
    Law("Σdiag(v) = Σv", total(diag(v)), total(v)),
    Law("Σ(1r) = m Σr", total(RepeatRows(r, m)), m * total(r), general=total_of_repeated),
    Law(
        "Σ(1r ⊙ A) = ⟨r, 1ᵀA⟩",
        total(RepeatRows(r, m) * A),
        inner(r, ColumnSums(A)),
        general=total_line_out,
    ),
    Law("Σ(A ⊙ C) = ⟨A, C⟩", total(A * C), inner(A, C), general=total_of_factors),
    Law("Σ(A ⊗ B) = ΣA ΣB", total(kron(A, B)), total(A) * total(B), general=total_of_kronecker),
    Law("tr of a lowered product", trace(MatMul(A, D)), inner(A.T, D)),
    Law("tr Sᵀ = tr S", trace(S.T), trace(S)),
    Law("tr diag(v) = Σv", trace(diag(v)), total(v)),
    Law(
        "tr(P ⊗ Q) = tr(P) tr(Q)",
        trace(kron(P, Q)),
        trace(P) * trace(Q),
        general=trace_of_kronecker,
    ),
    Law("⟨Aᵀ, Cᵀ⟩ = ⟨A, C⟩", inner(A.T, C.T), inner(A, C)),
    Law("⟨vec A, vec C⟩ = ⟨A, C⟩", inner(vec(A), vec(C)), inner(A, C)),
    Law("⟨diag(v), S⟩ = ⟨v, diagonal S⟩", inner(diag(v), S), inner(v, diagonal(S))),
    Law("⟨S, diag(v)⟩ = ⟨v, diagonal S⟩", inner(S, diag(v)), inner(v, diagonal(S))),
    Law("⟨11ᵀ, A⟩ = ΣA", inner(ones(m, n), A), total(A), general=inner_with_constant(Ones, Total)),
    Law(
        "⟨1r, A⟩ = ⟨r, 1ᵀA⟩",
        inner(RepeatRows(r, m), A),
        inner(r, ColumnSums(A)),
        general=inner_with_line,
    ),
    Law(
        "⟨1r ⊙ A, C⟩ = ⟨r, 1ᵀ(A ⊙ C)⟩",
        inner(RepeatRows(r, m) * A, C),
        inner(r, ColumnDots(A, C)),
        general=inner_line_out,
    ),
    Law("⟨C, A⟩ = ⟨A, C⟩", inner(C, A), inner(A, C), general=inner_in_order),
)
"""Scalars from matrices."""

DIAGONALS = (
    Law("diagonal of a lowered product", diagonal(MatMul(A, D)), RowDots(A, D.T)),
    Law("diagonal of Sᵀ", diagonal(S.T), diagonal(S)),
    Law("diagonal of a repeated row", diagonal(RepeatRows(r, n)), r.T),
    Law("diagonal of a repeated column", diagonal(RepeatColumns(v, n)), v),
)
"""Diagonals without the matrix."""
