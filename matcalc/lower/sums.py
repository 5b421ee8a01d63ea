"""Lowering laws of sums along rows and columns: what is only summed is not formed."""

from collections.abc import Callable
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
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
    RowSums,
)
from matcalc.node import Node
from matcalc.operators.algebra import Scale, Transpose, split_scale
from matcalc.operators.constants import Ones, centering, ones, zeros
from matcalc.operators.diagonal import diag
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.functions import ENTRY, step
from matcalc.operators.leaves import column, matrix, row, scalar
from matcalc.rewrite import Law

m, n = dims("m n")
A, C, D = matrix("A", m, n), matrix("C", m, n), matrix("D", n, m)
r, c, v, a = row("r", n), column("c", m), column("v", n), scalar("a")


def is_mask(x: Any) -> bool:
    """Whether a matrix is 1 where a condition holds and 0 elsewhere."""
    return isinstance(x, Map) and x.operands[0] == step(ENTRY)


def two_factors(x: Any) -> tuple[Node, Node] | None:
    """A and C of A ⊙ C, neither a mask alone, if there are such."""
    base, exponent = power_of(x) if isinstance(x, Node) else (x, Integer(1))
    if exponent == 2:
        return base, base
    if not isinstance(x, Hadamard):
        return None
    whole = [factor for factor in x.operands if not is_mask(factor)]
    if len(whole) < 2:
        return None
    return whole[0], Hadamard(*(factor for factor in x.operands if factor is not whole[0]))


def line_and_rest(x: Any, axis: int) -> tuple[Node, Node] | None:
    """The line and A of 1r ⊙ A."""
    if not isinstance(x, Hadamard):
        return None
    lines = [factor for factor in x.operands if isinstance(factor, REPEATS[axis])]
    if not lines:
        return None
    rest = [factor for factor in x.operands if factor is not lines[0]]
    return lines[0].line, Hadamard(*rest)


def sum_scaled(x: Any) -> Any:
    """Sums of aA."""
    k, b = split_scale(x.operands[0])
    return x if k == 1 else Scale(k, type(x)(b))


def sum_of_ones(x: Any) -> Any:
    """Sums of ones."""
    b = x.operands[0]
    return Scale(b.shape[x.axis], Ones(*x.shape)) if isinstance(b, Ones) else x


def sum_line_out(axis: int) -> Callable[[Any], Any]:
    """1ᵀ(1r ⊙ A) = r ⊙ 1ᵀA."""

    def summed(x: Any) -> Any:
        found = line_and_rest(x.operands[0], axis)
        return Hadamard(found[0], type(x)(found[1])) if found else x

    return summed


def sum_as_product(axis: int) -> Callable[[Any], Any]:
    """1ᵀ(c1ᵀ ⊙ A) = cᵀA."""

    def summed(x: Any) -> Any:
        found = line_and_rest(x.operands[0], 1 - axis)
        if not found:
            return x
        line, rest = found
        if is_mask(rest):
            return x
        return MatMul(Transpose(line), rest) if axis == 0 else MatMul(rest, Transpose(line))

    return summed


def sum_as_dots(axis: int) -> Callable[[Any], Any]:
    """1ᵀ(A ⊙ C) by dot products of columns."""

    def summed(x: Any) -> Any:
        found = two_factors(x.operands[0])
        return DOTS[axis](*found) if found else x

    return summed


def dots_with_ones(x: Any) -> Any:
    """1ᵀ(11ᵀ ⊙ A) = 1ᵀA."""
    for p, q in (x.operands, reversed(x.operands)):
        if isinstance(p, Ones):
            return SUMS[x.axis](q)
    return x


AXIS_SUMS = (
    Law("1ᵀA sums columns", MatMul(ones(1, m), A), ColumnSums(A)),
    Law("A1 sums rows", MatMul(A, ones(n)), RowSums(A)),
    Law("1ᵀDᵀ = (D1)ᵀ", ColumnSums(D.T), RowSums(D).T),
    Law("Dᵀ1 = (1ᵀD)ᵀ", RowSums(D.T), ColumnSums(D).T),
    Law("1ᵀ(aA) = a 1ᵀA", ColumnSums(a * A), a * ColumnSums(A), general=sum_scaled, among=(Scale,)),
    Law("(aA)1 = a A1", RowSums(a * A), a * RowSums(A), general=sum_scaled, among=(Scale,)),
    Law(
        "1ᵀ(11ᵀ) = m 1ᵀ", ColumnSums(ones(m, n)), m * ones(1, n), general=sum_of_ones, among=(Ones,)
    ),
    Law("(11ᵀ)1 = n 1", RowSums(ones(m, n)), n * ones(m), general=sum_of_ones, among=(Ones,)),
    Law("1ᵀH = 0", ColumnSums(centering(m)), zeros(1, m)),
    Law("H1 = 0", RowSums(centering(m)), zeros(m)),
    Law("1ᵀdiag(v) = vᵀ", ColumnSums(diag(v)), v.T),
    Law("diag(v)1 = v", RowSums(diag(v)), v),
    Law(
        "1ᵀ(1r ⊙ A) = r ⊙ 1ᵀA",
        ColumnSums(RepeatRows(r, m) * A),
        r * ColumnSums(A),
        general=sum_line_out(0),
        among=(Hadamard,),
    ),
    Law(
        "(c1ᵀ ⊙ A)1 = c ⊙ A1",
        RowSums(RepeatColumns(c, n) * A),
        c * RowSums(A),
        general=sum_line_out(1),
        among=(Hadamard,),
    ),
    Law(
        "1ᵀ(c1ᵀ ⊙ A) = cᵀA",
        ColumnSums(RepeatColumns(c, n) * A),
        MatMul(c.T, A),
        general=sum_as_product(0),
        among=(Hadamard,),
    ),
    Law(
        "(1r ⊙ A)1 = A rᵀ",
        RowSums(RepeatRows(r, m) * A),
        MatMul(A, r.T),
        general=sum_as_product(1),
        among=(Hadamard,),
    ),
    Law(
        "1ᵀ(A ⊙ C) is a column dot product",
        ColumnSums(A * C),
        ColumnDots(A, C),
        general=sum_as_dots(0),
        among=(Hadamard, Map),
    ),
    Law(
        "(A ⊙ C)1 is a row dot product",
        RowSums(A * C),
        RowDots(A, C),
        general=sum_as_dots(1),
        among=(Hadamard, Map),
    ),
    Law(
        "column dots with ones",
        ColumnDots(ones(m, n), A),
        ColumnSums(A),
        general=dots_with_ones,
        among=(Ones,),
    ),
    Law(
        "row dots with ones",
        RowDots(ones(m, n), A),
        RowSums(A),
        general=dots_with_ones,
        among=(Ones,),
    ),
)
"""Sums along rows and columns."""
