"""(λᵢI − S)⁺ by the eigenvectors of S: a general pseudo-inverse would have to guess its rank."""

from typing import Any

from sympy import Expr, Integer, Symbol

from matcalc.dimensions import dims
from matcalc.facts import facts_of
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Identity, identity
from matcalc.operators.eigen import Eigenvalue, eigenvalue
from matcalc.operators.generalised_inverses import PseudoInverse, pinv
from matcalc.operators.leaves import matrix
from matcalc.operators.selection import index
from matcalc.protocols import Show, Values
from matcalc.rewrite import Law

(n,) = dims("n")
i: Symbol = index("i")
S = matrix("S", n, n, "symmetric")
MINUS = Integer(-1)


class ReducedResolvent(Kernel):
    """(λᵢI − S)⁺ of a symmetric S with a simple λᵢ. Entry: Σ_{j≠i} v_j[a]·v_j[b] / (λᵢ − λ_j)."""

    @staticmethod
    def infer(s: Node, i: Expr) -> tuple[Expr, Expr]:
        return s.rows, s.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        s, own = self.operands[0], int(at.number(self.operands[1]))
        pairs = [at.eigenpair(s, k) for k in range(at.size(s.rows))]
        value = pairs[own][0]
        others = [pair for k, pair in enumerate(pairs) if k != own]
        return sum(vector[i] * vector[j] / (value - other) for other, vector in others)

    def numpy(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return f"_reduced_resolvent({s}, {i})"


def by_eigenvectors(x: PseudoInverse) -> Any:
    """(λᵢ(S)I − S)⁺, and (S − λᵢ(S)I)⁺ with the other sign."""
    a = x.operands[0]
    for term in a.operands if isinstance(a, Add) else ():
        c, unit = split_scale(term)
        value, sign = (-c, MINUS) if isinstance(-c, Eigenvalue) else (c, -MINUS)
        if isinstance(unit, Identity) and isinstance(value, Eigenvalue):
            s, own = value.operands
            if Add(Scale(value, unit), Scale(MINUS, s)) is Scale(sign, a) and _is_symmetric(s):
                return Scale(sign, ReducedResolvent(s, own))
    return x


def _is_symmetric(s: Node) -> bool:
    return "symmetric" in facts_of(s)


EIGEN = (
    Law(
        "(λᵢI − S)⁺ by the eigenvectors of S",
        pinv(eigenvalue(S, i) * identity(n) - S),
        ReducedResolvent(S, i),
        general=by_eigenvectors,
    ),
)
"""What the differential of an eigenvector leads to; used before its operands are lowered."""
