"""Laws for what must be formed after all: tried once nothing can be applied without it."""

from typing import Any

from matcalc.dimensions import dims
from matcalc.elementary import sqrt
from matcalc.lower.blocks import FORMED_BLOCKS
from matcalc.lower.kernels import MatMul, RepeatColumns
from matcalc.lower.sandwiches import FORMED_SANDWICHES
from matcalc.lower.signs import is_nonnegative
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import column, matrix
from matcalc.rewrite import Law, Table

m, n = dims("m n")
A, u = matrix("A", m, n), column("u", m, "positive")


def weighted(a: Node) -> tuple[Node | None, Node]:
    """The column u and A of u1ᵀ ⊙ A."""
    lines = [x for x in a.operands if isinstance(x, RepeatColumns)] * isinstance(a, Hadamard)
    if len(lines) != 1:
        return None, a
    return lines[0].line, Hadamard(*(x for x in a.operands if x is not lines[0]))


def gram(x: MatMul) -> Any:
    """AᵀDA = SᵀS with S = D^½A, half the work and exactly symmetric, where D is not negative."""
    left, right = x.operands
    if not isinstance(left, Transpose):
        return x
    (u, a), (v, b) = weighted(left.operands[0]), weighted(right)
    weight = u if v is None else v
    if a is not b or weight is None or (u is not None and v is not None):
        return x
    if not is_nonnegative(weight):
        return x
    half = Hadamard(RepeatColumns(sqrt(weight), a.cols), a)
    return MatMul(Transpose(half), half)


FORMED = Table(
    "what is formed",
    (
        *FORMED_BLOCKS,
        *FORMED_SANDWICHES,
        Law(
            "Aᵀ diag(u) A = (√u ⊙ A)ᵀ(√u ⊙ A)",
            MatMul(A.T, RepeatColumns(u, n) * A),
            MatMul((RepeatColumns(sqrt(u), n) * A).T, RepeatColumns(sqrt(u), n) * A),
            general=gram,
        ),
    ),
)
"""Laws of the pass that follows the lowering."""
NOTHING = Table("nothing", ())
