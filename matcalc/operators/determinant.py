"""Determinants and their logarithms."""

from typing import Any

from sympy import Expr, Integer, log

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node, ScalarNode
from matcalc.operators.algebra import Inverse, Scale, Transpose, need_node
from matcalc.operators.constants import Centering, Identity, Zero
from matcalc.operators.functions import ENTRY
from matcalc.operators.scalars import Trace
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import Show, Table, Values


class Det(ScalarNode):
    """det(A), expanded along rows (Magnus & Neudecker, ch. 1, sec. 9)."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        cls.infer(a)
        if isinstance(a, Identity | Zero | Centering):
            return Integer(isinstance(a, Identity))
        if is_one(a.rows):
            return Trace(a)
        if isinstance(a, Scale):
            return a.operands[0] ** a.rows * Det(a.operands[1])
        if isinstance(a, Inverse):
            return 1 / Det(a.operands[0])
        return Det(a.operands[0]) if isinstance(a, Transpose) else (a,)

    @staticmethod
    def infer(a: Node) -> None:
        if not same(a.rows, a.cols):
            raise ShapeError(f"a determinant needs a square matrix, got {described(a)}")

    def entry(self, at: Values, i: int, j: int) -> Any:
        return expansion(at.table(self.operands[0]))

    def latex(self, show: Show) -> str:
        return rf"\det\left({show(self.operands[0], 0)}\right)"

    def text(self, show: Show) -> str:
        return f"det({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.linalg.det({show(self.operands[0], 0)})"


class LogDet(ScalarNode):
    """log det(A), for a positive determinant."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        cls.infer(a)
        if isinstance(a, Identity):
            return Integer(0)
        if isinstance(a, Inverse):
            return -LogDet(a.operands[0])
        return LogDet(a.operands[0]) if isinstance(a, Transpose) else (a,)

    infer = Det.infer

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.apply(log(ENTRY), expansion(at.table(self.operands[0])))

    def latex(self, show: Show) -> str:
        return rf"\log\det\left({show(self.operands[0], 0)}\right)"

    def text(self, show: Show) -> str:
        return f"logdet({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.linalg.slogdet({show(self.operands[0], 0)})[1]"


def expansion(table: Table) -> Any:
    """Determinant by expansion, minors of the first rows kept by their columns."""
    minors: dict[tuple[int, ...], Any] = {(): 1}
    for row in table:
        grown: dict[tuple[int, ...], Any] = {}
        for columns, minor in minors.items():
            for k in (k for k in range(len(table)) if k not in columns):
                sign = (-1) ** sum(column > k for column in columns)
                key = tuple(sorted((*columns, k)))
                grown[key] = grown.get(key, 0) + sign * minor * row[k]
        minors = grown
    (determinant,) = minors.values()
    return determinant


def det(a: Node) -> Expr:
    """Determinant of a square matrix."""
    return Det(need_node("det", a))


def logdet(a: Node) -> Expr:
    """Logarithm of the determinant of a square matrix, where that is positive.

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> S = matrix("S", "n", "n")
    >>> gradient(logdet(S), S)[S]
    inv(S).T
    """
    return LogDet(need_node("logdet", a))
