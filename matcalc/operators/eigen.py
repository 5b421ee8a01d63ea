"""Eigenvalues and eigenvectors of symmetric matrices, simple ones, counted from the least."""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node, ScalarNode
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import Ones
from matcalc.operators.scalars import Trace
from matcalc.operators.segments import Span, position
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import Show, Values


def _count(a: Node, i: Expr) -> Expr:
    """How many eigenvalues there are, the i-th among them."""
    if not same(a.rows, a.cols):
        raise ShapeError(f"an eigenvalue needs a square matrix, got {described(a)}")
    Span(i, Integer(1), a.rows).require(lambda: f"cannot take eigenvalue {i} of {described(a)}")
    return a.rows


class Eigenvalue(ScalarNode):
    """λ_i(S) of a symmetric S, the i-th from the least, counted from 0."""

    @classmethod
    def canonical(cls, s: Node, i: Expr) -> Any:
        cls.infer(s, i)
        return Trace(s) if is_one(s.rows) else (s, i)

    @staticmethod
    def infer(s: Node, i: Expr) -> None:
        _count(s, i)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must lie in range."""
        return (Span(self.operands[1], Integer(1), self.operands[0].rows),)

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.eigenpair(self.operands[0], int(at.number(self.operands[1])))[0]

    def latex(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return rf"\lambda_{{{i}}}({s})"

    def text(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return f"eigenvalue({s}, {i})"

    def numpy(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return f"np.linalg.eigvalsh({s})[{i}]"


class Eigenvector(Node):
    """v_i(S), of length 1 with S v_i = λ_i v_i, its entry of greatest size positive."""

    @classmethod
    def canonical(cls, s: Node, i: Expr) -> Any:
        return Ones(*cls.infer(s, i)) if is_one(s.rows) else (s, i)

    @staticmethod
    def infer(s: Node, i: Expr) -> tuple[Expr, Expr]:
        return _count(s, i), Integer(1)

    spans = Eigenvalue.spans

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.eigenpair(self.operands[0], int(at.number(self.operands[1])))[1][i]

    def latex(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return rf"v_{{{i}}}({s})"

    def text(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return f"eigenvector({s}, {i})"

    def numpy(self, show: Show) -> str:
        s, i = (show(operand, 0) for operand in self.operands)
        return f"_eigenvector({s}, {i})"


def eigenvalue(s: Node, i: object) -> Expr:
    """The i-th least eigenvalue of a symmetric matrix, counted from 0, assumed to be simple.

    Only what is known to be symmetric can be differentiated: declare ``"symmetric"``, or write
    ``(A + A.T) / 2``.

    Examples
    --------
    >>> from matcalc import gradient, matrix
    >>> S = matrix("S", "n", "n", "symmetric")
    >>> gradient(eigenvalue(S, 0), S)[S]
    eigenvector(S, 0) @ eigenvector(S, 0).T
    """
    return Eigenvalue(need_node("eigenvalue", s), position(i))


def eigenvector(s: Node, i: object) -> Node:
    """The eigenvector to `eigenvalue`, of length 1, its entry of greatest size positive."""
    return Eigenvector(need_node("eigenvector", s), position(i))
