"""From vectors to diagonal matrices and back."""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Scale, Transpose, need_node
from matcalc.operators.constants import Identity, Ones, Zero
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import Show, Values


class Diag(Node):
    """diag(v), the diagonal matrix of a column. Entry: v[i] if i = j, else 0."""

    @classmethod
    def canonical(cls, v: Node) -> Any:
        cls.infer(v)
        if isinstance(v, Scale):
            return Scale(v.operands[0], Diag(v.operands[1]))
        if isinstance(v, Ones):
            return Identity(v.rows)
        return Zero(v.rows, v.rows) if isinstance(v, Zero) else (v,)

    @staticmethod
    def infer(v: Node) -> tuple[Expr, Expr]:
        if not is_one(v.cols):
            raise ShapeError(
                f"diag needs a column, got {described(v)}; "
                "for the diagonal of a matrix use diagonal(…)"
            )
        return v.rows, v.rows

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i][0] if i == j else 0

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{diag}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"diag({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.diagflat({show(self.operands[0], 0)})"


class Diagonal(Node):
    """diagonal(A), the diagonal of a square matrix as a column. Entry: A[i, i]."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        cls.infer(a)
        if isinstance(a, Scale):
            return Scale(a.operands[0], Diagonal(a.operands[1]))
        if isinstance(a, Identity | Ones):
            return Ones(a.rows, Integer(1))
        if isinstance(a, Zero):
            return Zero(a.rows, Integer(1))
        return a.operands[0] if isinstance(a, Diag) else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        if not same(a.rows, a.cols):
            raise ShapeError(f"diagonal needs a square matrix, got {described(a)}")
        return a.rows, Integer(1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i][i]

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{diagonal}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"diagonal({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.diagonal({show(self.operands[0], 0)})[:, None]"


def diag(v: Node) -> Node:
    """Diagonal matrix of a row or a column."""
    v = need_node("diag", v)
    return Diag(Transpose(v) if is_one(v.rows) else v)


def diagonal(a: Node) -> Node:
    """Diagonal of a square matrix, as a column."""
    return Diagonal(need_node("diagonal", a))
