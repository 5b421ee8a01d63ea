"""Lowering laws that move factors of lines to smaller arrays; used where that lowers the cost.

A row r below every row of a matrix multiplies columns: it goes out of sums down the columns, out
of a product whose result is smaller, and onto the smaller of two factors.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import dims
from matcalc.lower.chains import Typical
from matcalc.lower.kernels import (
    DOTS,
    REPEATS,
    ColumnDots,
    MatMul,
    RepeatColumns,
    RepeatRows,
    RowDots,
)
from matcalc.lower.sums import line_and_rest
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import column, matrix, row, scalar
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, k = dims("m n k")
A, B, C, D = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("D", k, m)
r, s, t = row("r", n), row("s", n), row("t", m)
c, e, v = column("c", m), column("e", m), column("v", n)
a = scalar("a")


def outer_as_lines(x: Hadamard) -> Any:
    """c r ⊙ A = c1ᵀ ⊙ 1r ⊙ A."""
    for factor in x.operands:
        if isinstance(factor, MatMul) and is_one(factor.operands[0].cols):
            col, line = factor.operands
            lines = RepeatColumns(col, line.cols), RepeatRows(line, col.rows)
            return Hadamard(*lines, *(other for other in x.operands if other is not factor))
    return x


def dots_scaled(x: Any) -> Any:
    """1ᵀ(aA ⊙ bC) = ab 1ᵀ(A ⊙ C)."""
    (p, left), (q, right) = map(split_scale, x.operands)
    return x if p * q == 1 and left is x.operands[0] else Scale(p * q, type(x)(left, right))


def dots_line_out(x: Any) -> Any:
    """1ᵀ((1r ⊙ A) ⊙ C) = r ⊙ 1ᵀ(A ⊙ C)."""
    for p, q in (x.operands, reversed(x.operands)):
        found = line_and_rest(p, x.axis)
        if found:
            return Hadamard(found[0], type(x)(found[1], q))
    return x


def line_out_on_right(typical: Typical, x: MatMul) -> Any:
    """A(1r ⊙ C) = 1r ⊙ AC, where the result is no larger than C."""
    b, found = x.operands[0], line_and_rest(x.operands[1], 0)
    if not found or typical.weight(x.rows) > typical.weight(b.cols):
        return x
    return Hadamard(RepeatRows(found[0], x.rows), MatMul(b, found[1]))


def line_out_on_left(typical: Typical, x: MatMul) -> Any:
    """(c1ᵀ ⊙ A)B = c1ᵀ ⊙ AB, where the result is no larger than A."""
    found, b = line_and_rest(x.operands[0], 1), x.operands[1]
    if not found or typical.weight(x.cols) > typical.weight(b.rows):
        return x
    return Hadamard(RepeatColumns(found[0], x.cols), MatMul(found[1], b))


def line_to_right(typical: Typical, x: MatMul) -> Any:
    """(A ⊙ 1r)B = A(rᵀ1ᵀ ⊙ B), where B is the smaller one."""
    found, b = line_and_rest(x.operands[0], 0), x.operands[1]
    if not found or typical.weight(x.cols) >= typical.weight(x.rows):
        return x
    return MatMul(found[1], Hadamard(RepeatColumns(Transpose(found[0]), x.cols), b))


def line_to_left(typical: Typical, x: MatMul) -> Any:
    """A(c1ᵀ ⊙ C) = (A ⊙ 1cᵀ)C, where A is the smaller one."""
    b, found = x.operands[0], line_and_rest(x.operands[1], 1)
    if not found or typical.weight(x.rows) >= typical.weight(x.cols):
        return x
    return MatMul(Hadamard(b, RepeatRows(Transpose(found[0]), x.rows)), found[1])


def common_factor_out(axis: int) -> Callable[[Any], Any]:
    """a 1r ⊙ A + 1(r ⊙ s) = a 1r ⊙ (A + 1s/a), where A alone would have to be multiplied."""
    kind = REPEATS[axis]

    def factored(x: Add) -> Any:
        if is_one(x.rows) or is_one(x.cols):
            return x
        terms = [_opened(term, kind) for term in x.operands]
        common = [f for f in terms[0][1] if all(f in factors for _, factors, _ in terms)]
        whole = [q for q, factors, rest in terms if rest and len(factors) == len(common)]
        if not common:
            whole = [q for q, factors, rest in terms if not factors and not any(map(is_line, rest))]
        if len(whole) != 1:
            return x
        scale = whole[0] if whole[0].is_nonzero else Integer(1)
        if not common and scale in (1, -1):
            return x
        inner = [
            Scale(
                _ratio(q, scale), _joined(kind, [f for f in fs if f not in common], rest, x.shape)
            )
            for q, fs, rest in terms
        ]
        return Scale(scale, _joined(kind, common, [Add(*inner)], x.shape))

    return factored


def _ratio(q: Expr, scale: Expr) -> Expr:
    """The quotient; sympy leaves 3^(1 − k) by itself as a product of two powers."""
    return Integer(1) if q == scale else q / scale


def is_line(x: Node) -> bool:
    """Whether a matrix is a line repeated, so that a multiple of it costs nothing."""
    return isinstance(x, (*REPEATS, Ones))


Opened = tuple[Expr, list[Node], list[Node]]
"""A number, factors of a repeated line, and factors that are none."""


def _opened(term: Node, kind: Any) -> Opened:
    scale, inner = split_scale(term)
    factors = inner.operands if isinstance(inner, Hadamard) else (inner,)
    lines: list[Node] = []
    for line in (f.line for f in factors if isinstance(f, kind)):
        q, base = split_scale(line)
        scale *= q
        lines += base.operands if isinstance(base, Hadamard) else (base,)
    return scale, lines, [f for f in factors if not isinstance(f, kind)]


def _joined(kind: Any, factors: list[Node], rest: list[Node], shape: tuple[Expr, Expr]) -> Node:
    """The matrix with these factors of its line, and these of its own."""
    lines = [kind(Hadamard(*factors), shape[kind.axis])] if factors else []
    node: Node = Hadamard(*lines, *rest) if lines or rest else Ones(*shape)
    return node


def scalings(typical: Typical) -> tuple[Law, ...]:
    """The laws that move a factor of lines through a product to where it is cheapest."""
    return (
        Law(
            "A(1r ⊙ C) = 1r ⊙ A C",
            MatMul(D, RepeatRows(r, m) * C),
            RepeatRows(r, k) * MatMul(D, C),
            general=partial(line_out_on_right, typical),
            among=(Hadamard,),
        ),
        Law(
            "(c1ᵀ ⊙ A)B = c1ᵀ ⊙ A B",
            MatMul(RepeatColumns(c, n) * A, B),
            RepeatColumns(c, k) * MatMul(A, B),
            general=partial(line_out_on_left, typical),
            among=(Hadamard,),
        ),
        Law(
            "(A ⊙ 1r)b = A(rᵀ ⊙ b)",
            MatMul(RepeatRows(r, m) * A, v),
            MatMul(A, r.T * v),
            general=partial(line_to_right, typical),
            among=(Hadamard,),
        ),
        Law(
            "t(c1ᵀ ⊙ C) = (t ⊙ cᵀ)C",
            MatMul(t, RepeatColumns(c, n) * C),
            MatMul(t * c.T, C),
            general=partial(line_to_left, typical),
            among=(Hadamard,),
        ),
    )


LINES_OUT = (
    Law(
        "c r ⊙ A = c1ᵀ ⊙ 1r ⊙ A",
        MatMul(c, r) * A,
        RepeatColumns(c, n) * RepeatRows(r, m) * A,
        general=outer_as_lines,
        among=(MatMul,),
    ),
    *(
        Law(
            f"a number leaves {name} dot products",
            dots(a * A, C),
            a * dots(A, C),
            general=dots_scaled,
            among=(Scale,),
        )
        for name, dots in zip(("column", "row"), DOTS, strict=True)
    ),
    Law(
        "1ᵀ((1r ⊙ A) ⊙ C) = r ⊙ 1ᵀ(A ⊙ C)",
        ColumnDots(RepeatRows(r, m) * A, C),
        r * ColumnDots(A, C),
        general=dots_line_out,
        among=(Hadamard,),
    ),
    Law(
        "((c1ᵀ ⊙ A) ⊙ C)1 = c ⊙ (A ⊙ C)1",
        RowDots(RepeatColumns(c, n) * A, C),
        c * RowDots(A, C),
        general=dots_line_out,
        among=(Hadamard,),
    ),
    Law(
        "2(1r ⊙ A) + 1(r ⊙ s) = 2(1r ⊙ (A + (1s)/2))",
        2 * RepeatRows(r, m) * A + RepeatRows(r * s, m),
        2 * RepeatRows(r, m) * (A + RepeatRows(s, m) / 2),
        general=common_factor_out(0),
    ),
    Law(
        "2(c1ᵀ ⊙ A) + (c ⊙ e)1ᵀ = 2(c1ᵀ ⊙ (A + (e1ᵀ)/2))",
        2 * RepeatColumns(c, n) * A + RepeatColumns(c * e, n),
        2 * RepeatColumns(c, n) * (A + RepeatColumns(e, n) / 2),
        general=common_factor_out(1),
    ),
)
"""Factors taken out of entrywise products, sums and dot products."""
