"""Lowering laws of elementwise functions of two matrices: lines stay lines, transposes move out."""

from collections.abc import Callable
from typing import Any

from matcalc.dimensions import dims
from matcalc.lower.broadcasting import line_along
from matcalc.lower.kernels import REPEATS, RepeatColumns, RepeatRows
from matcalc.lower.products import line_turned
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.elementwise import elementwise
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import logaddexp
from matcalc.operators.kronecker import Vec, vec
from matcalc.operators.leaves import column, matrix, row
from matcalc.rewrite import Law

m, n = dims("m n")
A, B, r, s, c, e = (
    matrix("A", m, n), matrix("B", m, n), row("r", n), row("s", n), column("c", m), column("e", m)
)  # fmt: skip


def repeat_out(kind: Any) -> Callable[[Any], Any]:
    """f(1r, 1s) = 1f(r, s), or its mirror image; a constant joins what is repeated."""

    def moved(x: Map2) -> Any:
        f, *matrices = x.operands
        lines = [line_along(a, kind) for a in matrices]
        if any(line is None for line in lines) or not any(isinstance(a, kind) for a in matrices):
            return x
        return kind(Map2(f, *lines), x.shape[kind.axis])

    return moved


def transpose_out(x: Map2) -> Any:
    """f(Aᵀ, Bᵀ) = f(A, B)ᵀ; repeated lines go along."""
    f, *matrices = x.operands
    kinds = [type(a) for a in matrices]
    if Transpose not in kinds or not all(kind in (Transpose, *REPEATS) for kind in kinds):
        return x
    return Transpose(Map2(f, *map(line_turned, matrices)))


def vec_out(x: Map2) -> Any:
    """f(vec A, vec B) = vec f(A, B)."""
    f, *matrices = x.operands
    inside = [a.operands[0] for a in matrices if isinstance(a, Vec)]
    same = len(inside) == 2 and inside[0].shape == inside[1].shape
    return Vec(Map2(f, *inside)) if same else x


def f(a: Node, b: Node) -> Node:
    """An instance for the rows."""
    return elementwise(logaddexp, a, b)


PAIRS = (
    Law(
        "f(1r, 1s) = 1f(r, s)",
        f(RepeatRows(r, m), RepeatRows(s, m)),
        RepeatRows(f(r, s), m),
        general=repeat_out(RepeatRows),
    ),
    Law(
        "f(c1ᵀ, e1ᵀ) = f(c, e)1ᵀ",
        f(RepeatColumns(c, n), RepeatColumns(e, n)),
        RepeatColumns(f(c, e), n),
        general=repeat_out(RepeatColumns),
    ),
    Law("f(Aᵀ, Bᵀ) = f(A, B)ᵀ", f(A.T, B.T), f(A, B).T, general=transpose_out),
    Law("f(vec A, vec B) = vec f(A, B)", f(vec(A), vec(B)), vec(f(A, B)), general=vec_out),
)
"""Elementwise functions of two matrices."""
