"""Lowering laws of repeated lines: found, merged line by line, and kept out of products and sums.

What is repeated stays a line through all elementwise operations; NumPy broadcasts it at the end.
"""

from collections.abc import Callable
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.lower.kernels import REPEATS, SUMS, MatMul, RepeatColumns, RepeatRows, repeated
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, Transpose, split_scale
from matcalc.operators.constants import Centering, Commutation, Identity, Ones, Selector, ones
from matcalc.operators.diagonal import Diag
from matcalc.operators.elementwise import Hadamard, Map, function
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import Named, column, matrix, row, scalar
from matcalc.operators.segments import Segment
from matcalc.operators.structure_constants import STRUCTURES
from matcalc.rewrite import Law

m, n, k = dims("m n k")
A, B, D = matrix("A", m, n), matrix("B", n, k), matrix("D", k, m)
r, s = row("r", n), row("s", n)
c, e = column("c", m), column("e", m)
a, t = scalar("a"), matrix("t", 1, 1)
f = function("f")


def repeat_out_of_function(x: Map) -> Any:
    """f(1r) = 1f(r)."""
    g, b = x.operands
    return type(b)(Map(g, b.line), b.operands[1]) if isinstance(b, REPEATS) else x


def repeat_out_of_scale(x: Scale) -> Any:
    """a(1r) = 1(ar)."""
    k, b = x.operands
    return type(b)(Scale(k, b.line), b.operands[1]) if isinstance(b, REPEATS) else x


def named_line(x: Named) -> Any:
    """A name for repeated rows names the row; what is never formed has no name."""
    b = x.definition
    if isinstance(b, REPEATS):
        return type(b)(Named(x.operands[0], b.line), b.operands[1])
    return b if isinstance(split_scale(b)[1], (Ones, *UNFORMED)) else None


def repeat_turned(x: Transpose) -> Any:
    """(1r)ᵀ = rᵀ1ᵀ."""
    b = x.operands[0]
    if not isinstance(b, REPEATS):
        return x
    return REPEATS[1 - b.axis](Transpose(b.line), b.operands[1])


def merge_lines(head: type[Node]) -> Callable[[Any], Any]:
    """1r + 1s + A = 1(r + s) + A, and the same for ⊙; constants join what is repeated."""

    def merged(x: Any) -> Any:
        if sum([isinstance(split_scale(o)[1], (*REPEATS, Ones)) for o in x.operands]) < 2:
            return x
        for kind, group in _groups(x):
            if len(group) > 1:
                lines = [Scale(k, _line(b, kind)) for k, b in map(split_scale, group)]
                rest = [operand for operand in x.operands if operand not in group]
                return head(kind(head(*lines), x.shape[kind.axis]), *rest)
        return x

    return merged


def _groups(x: Any) -> list[tuple[Any, list[Node]]]:
    """Operands that are constant along each axis; what is so along both goes with what is not."""
    bases = {operand: split_scale(operand)[1] for operand in x.operands}
    loose = [operand for operand, b in bases.items() if _is_constant(b)]
    single = {
        kind: [o for o, b in bases.items() if isinstance(b, kind) and o not in loose]
        for kind in REPEATS
    }
    if sum(map(len, single.values())) + len(loose) < len(bases):
        doubles = [operand for operand in loose if not isinstance(bases[operand], Ones)]
        return [*single.items(), (RepeatRows, doubles)]
    kinds = [kind for kind in REPEATS if single[kind]] or [RepeatRows]
    return [(kinds[0], [*single[kinds[0]], *loose]), *((k, single[k]) for k in kinds[1:])]


def _is_constant(b: Node) -> bool:
    """Whether all entries are one number."""
    return isinstance(b, Ones) or (isinstance(b, RepeatRows) and isinstance(b.line, RepeatColumns))


def _line(b: Any, kind: Any) -> Node:
    if isinstance(b, Ones):
        return Ones(Integer(1), b.cols) if kind.axis == 0 else Ones(b.rows, Integer(1))
    return b.line if isinstance(b, kind) else RepeatRows(b.line.line, b.operands[1])


def line_along(b: Any, kind: Any) -> Node | None:
    """The line that a matrix repeats along an axis, where it does."""
    return _line(b, kind) if isinstance(b, kind) or _is_constant(b) else None


def sum_along(axis: int) -> Callable[[Any], Any]:
    """1ᵀ(1r) = m r, and 1ᵀ(c1ᵀ) = (1ᵀc)1ᵀ; the same for row sums."""
    total = SUMS[axis]

    def summed(x: Any) -> Any:
        b = x.operands[0]
        if not isinstance(b, REPEATS):
            return x
        line, count = b.operands
        return Scale(count, line) if b.axis == axis else type(b)(total(line), count)

    return summed


UNFORMED = (Diag, Kronecker, Identity, Centering, Commutation, Selector, Segment, *STRUCTURES)
"""Matrices that laws apply to others without forming them."""

REPEATED = (
    Law("a row under ones is repeated", MatMul(ones(m), r), RepeatRows(r, m)),
    Law("a column before ones is repeated", MatMul(c, ones(1, n)), RepeatColumns(c, n)),
    Law("r ⊗ 1 repeats a row", kron(r, ones(m)), RepeatRows(r, m)),
    Law("1 ⊗ r repeats a row", kron(ones(m), r), RepeatRows(r, m)),
    Law("c ⊗ 1ᵀ repeats a column", kron(c, ones(1, n)), RepeatColumns(c, n)),
    Law("1ᵀ ⊗ c repeats a column", kron(ones(1, n), c), RepeatColumns(c, n)),
    Law("c ⊗ r is an outer product", kron(c, r), MatMul(c, r)),
    Law("r ⊗ c is an outer product", kron(r, c), MatMul(c, r)),
)
"""Where repeated lines come from."""

LINES = (
    Law(
        "(1s)1ᵀ = 1(s1ᵀ)",
        RepeatColumns(RepeatRows(t, m), n),
        RepeatRows(RepeatColumns(t, n), m),
    ),
    Law(
        "f(1r) = 1f(r)",
        f(RepeatRows(r, m)),
        RepeatRows(f(r), m),
        general=repeat_out_of_function,
        among=REPEATS,
    ),
    Law(
        "a(1r) = 1(ar)",
        a * RepeatRows(r, m),
        RepeatRows(a * r, m),
        general=repeat_out_of_scale,
        among=REPEATS,
    ),
    Law(
        "(1r)ᵀ = rᵀ1ᵀ",
        RepeatRows(r, m).T,
        RepeatColumns(r.T, m),
        general=repeat_turned,
        among=REPEATS,
    ),
    Law(
        "1r ⊙ 1s = 1(r ⊙ s)",
        RepeatRows(r, m) * RepeatRows(s, m) * A,
        RepeatRows(r * s, m) * A,
        general=merge_lines(Hadamard),
        among=REPEATS,
    ),
    Law(
        "1r + 1s = 1(r + s)",
        RepeatRows(r, m) + RepeatRows(s, m) + A,
        RepeatRows(r + s, m) + A,
        general=merge_lines(Add),
    ),
    Law("D(1r) = (D1)r", MatMul(D, RepeatRows(r, m)), MatMul(SUMS[1](D), r)),
    Law("(1r)B = 1(rB)", MatMul(RepeatRows(r, m), B), RepeatRows(MatMul(r, B), m)),
    Law("D(c1ᵀ) = (Dc)1ᵀ", MatMul(D, RepeatColumns(c, n)), RepeatColumns(MatMul(D, c), n)),
    Law("(c1ᵀ)B = c(1ᵀB)", MatMul(RepeatColumns(c, n), B), MatMul(c, SUMS[0](B))),
    Law(
        "1ᵀ(1r) = m r",
        SUMS[0](RepeatRows(r, m)),
        m * r,
        general=sum_along(0),
        among=REPEATS,
    ),
    Law("(c1ᵀ)1 = n c", SUMS[1](RepeatColumns(c, n)), n * c, general=sum_along(1), among=REPEATS),
    Law("a function of ones is constant", f(ones(m, n)), repeated(f(ones(1, 1)), m, n)),
)
"""Elementwise operations, products and sums of repeated lines."""
