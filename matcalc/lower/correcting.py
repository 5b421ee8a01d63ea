"""Lowering laws that make a sum of what is at hand already; used where that lowers the cost.

relu is homogeneous, relu(B) = relu′(B) ⊙ B, so that products with it are sums of what the chain
rule needs anyway; a line subtracted from every row is a correction of rank one behind a product.
"""

from functools import partial
from typing import Any

from sympy import Expr

from matcalc.dimensions import dims
from matcalc.elementary import relu, step
from matcalc.lower.chains import Typical
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
from matcalc.lower.sums import line_and_rest
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, Transpose, split_scale
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY
from matcalc.operators.functions import relu as relu_of
from matcalc.operators.functions import step as step_of
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

Scaled = tuple[Expr, Node]
m, n = dims("m n")
A, C = matrix("A", m, n), matrix("C", m, n)
t, r, s, c, e, v = (
    row("t", m),
    row("r", n),
    row("s", n),
    column("c", m),
    column("e", m),
    column("v", n),
)


def relu_of_lines(x: Any, axis: int) -> tuple[Node, list[Scaled]] | None:
    """B and the terms of B in relu(B), where all terms have a line as a factor.

    A term without one is left alone: in Z − 1μ the two sums would take away from each other what
    centring Z has taken away before.
    """
    if not (isinstance(x, Map) and x.operands[0] == relu_of(ENTRY)):
        return None
    b = x.operands[1]
    terms = [split_scale(term) for term in b.operands] if isinstance(b, Add) else []
    fits = [isinstance(t, REPEATS[axis]) or line_and_rest(t, axis) for _, t in terms]
    return (b, terms) if terms and all(fits) else None


def dots_with_terms(axis: int, p: Node, terms: list[Scaled]) -> Node:
    """r ⊙ 1ᵀ(P ⊙ A) + s ⊙ 1ᵀP for the terms of 1r ⊙ A + 1s."""
    return Add(*(Scale(c, _dots_with_term(axis, p, term)) for c, term in terms))


def _dots_with_term(axis: int, p: Node, term: Any) -> Node:
    found = line_and_rest(term, axis)
    if found is None:
        return Hadamard(term.line, SUMS[axis](p))
    return Hadamard(found[0], DOTS[axis](p, found[1]))


def transposed_relu_times(x: MatMul) -> Any:
    """relu(1r ⊙ A + 1s)ᵀc by sums down the columns."""
    left, c = x.operands
    found = relu_of_lines(left.operands[0], 0) if isinstance(left, Transpose) else None
    if found is None or not is_one(c.cols):
        return x
    b, terms = found
    p = Hadamard(Map(step_of(ENTRY), b), RepeatColumns(c, b.cols))
    return Transpose(dots_with_terms(0, p, terms))


def relu_times(x: MatMul) -> Any:
    """relu(c1ᵀ ⊙ A + e1ᵀ)v by sums along the rows."""
    left, v = x.operands
    found = relu_of_lines(left, 1)
    if found is None or not is_one(v.cols):
        return x
    b, terms = found
    return dots_with_terms(1, Hadamard(Map(step_of(ENTRY), b), RepeatRows(v.T, b.rows)), terms)


def rank_one_behind(typical: Typical, x: MatMul) -> Any:
    """D(C + 1r) = DC + D(1r), where C is more than twice as tall as D."""
    d, c = x.operands
    lines = [t for t in _terms(c) if isinstance(split_scale(t)[1], RepeatRows)]
    if not lines or 2 * typical.weight(d.rows) > typical.weight(c.rows):
        return x
    rest = Add(*(t for t in c.operands if t not in lines))
    return Add(*(MatMul(d, part) for part in (rest, *lines)))


def _terms(x: Node) -> tuple[Any, ...]:
    return x.operands if isinstance(x, Add) else ()


def sums_of_product(typical: Typical, x: ColumnSums) -> Any:
    """1ᵀ(AB) = (1ᵀA)B, where A is more than twice as tall as wide."""
    product = x.operands[0]
    if not isinstance(product, MatMul):
        return x
    a, b = product.operands
    if 2 * typical.weight(a.cols) > typical.weight(a.rows):
        return x
    return MatMul(ColumnSums(a), b)


DOWN, ALONG = RepeatRows(r, m) * A + RepeatRows(s, m), RepeatColumns(c, n) * A + RepeatColumns(e, n)
"""Matrices whose columns, and whose rows, are scaled and moved."""
P, Q = step(DOWN) * RepeatColumns(c, n), step(ALONG) * RepeatRows(v.T, m)

COLUMNS_OF_RELU = (
    Law(
        "relu(1r ⊙ A + 1s)ᵀc = (r ⊙ 1ᵀ(P ⊙ A) + s ⊙ 1ᵀP)ᵀ with P = relu′(1r ⊙ A + 1s) ⊙ c1ᵀ",
        MatMul(relu(DOWN).T, c),
        (r * ColumnDots(P, A) + s * ColumnSums(P)).T,
        general=transposed_relu_times,
    ),
)
ROWS_OF_RELU = (
    Law(
        "relu(c1ᵀ ⊙ A + e1ᵀ)v = c ⊙ (Q ⊙ A)1 + e ⊙ Q1 with Q = relu′(c1ᵀ ⊙ A + e1ᵀ) ⊙ 1vᵀ",
        MatMul(relu(ALONG), v),
        c * RowDots(Q, A) + e * RowSums(Q),
        general=relu_times,
    ),
)
"""Products with a relu as sums that the gradients of its scale and shift are made of."""


def corrections(typical: Typical) -> tuple[Law, ...]:
    """Lines subtracted behind a product instead of before it, where that is less work."""
    return (
        Law(
            "t(C + 1r) = t C + t(1r)",
            MatMul(t, C + RepeatRows(r, m)),
            MatMul(t, C) + MatMul(t, RepeatRows(r, m)),
            general=partial(rank_one_behind, typical),
        ),
        Law(
            "1ᵀ(c r) = (1ᵀc)r",
            ColumnSums(MatMul(c, r)),
            MatMul(ColumnSums(c), r),
            general=partial(sums_of_product, typical),
        ),
    )
