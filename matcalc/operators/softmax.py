"""Softmax and log-sum-exp of every row, of every column, and of all entries.

The rows of ``row_softmax(A)`` sum to 1: S[i, j] = exp(A[i, j]) / Σ_k exp(A[i, k]). Its logarithm is
A less the log-sum-exp of the row. Entries are worked out from the greatest on, without overflow.
"""

from typing import Any, ClassVar

import sympy
from sympy import Expr, Integer

from matcalc.node import Node, ScalarNode
from matcalc.operators.algebra import Scale, need_node, split_scale
from matcalc.operators.constants import Ones, Zero, ones
from matcalc.operators.functions import ENTRY
from matcalc.operators.kronecker import unvec, vec
from matcalc.operators.shapes import is_one
from matcalc.protocols import SUM, Show, Values

EXP, LOG = sympy.exp(ENTRY), sympy.log(ENTRY)


def _shifted(at: Values, line: list[Any]) -> tuple[Any, list[Any]]:
    """The greatest entry of a line, and exp of each entry less that."""
    greatest = max(line, key=_real_part)
    return greatest, [at.apply(EXP, x - greatest) for x in line]


def _real_part(x: Any) -> Any:
    return x.real


def _log_sum_exp(at: Values, line: list[Any]) -> Any:
    greatest, powers = _shifted(at, line)
    return greatest + at.apply(LOG, sum(powers))


def _constant(a: Node) -> Expr | None:
    """The number that every entry is, if one."""
    c, inner = split_scale(a)
    return Integer(0) if isinstance(inner, Zero) else c if isinstance(inner, Ones) else None


class Softmax(Node, abstract=True):
    """exp(A) with every line along one axis divided by its sum: 0 for columns, 1 for rows."""

    axis: ClassVar[int]
    word: ClassVar[str]

    @classmethod
    def canonical(cls, a: Node) -> Any:
        length = a.shape[cls.axis]
        alike = is_one(length) or _constant(a) is not None
        return Scale(1 / length, Ones(*a.shape)) if alike else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        _, powers = _shifted(at, table[i] if self.axis else [line[j] for line in table])
        return powers[j if self.axis else i] / sum(powers)

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{softmax}}_{{\mathrm{{{self.word}}}}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"{self.word[:-1]}_softmax({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        a, spec = show(self.operands[0], 0), f"axis={self.axis}, keepdims=True"
        return f"np.exp({show(self.operands[0], SUM)} - np.logaddexp.reduce({a}, {spec}))"


class ColumnSoftmax(Softmax):
    """Softmax of every column. Entry: exp(A[i, j]) / Σ_k exp(A[k, j])."""

    axis, word = 0, "columns"


class RowSoftmax(Softmax):
    """Softmax of every row. Entry: exp(A[i, j]) / Σ_k exp(A[i, k])."""

    axis, word = 1, "rows"


class LineLogSumExp(Node, abstract=True):
    """log of the sum of exp(A) along one axis: 0 for columns, 1 for rows."""

    axis: ClassVar[int]
    word: ClassVar[str]

    @classmethod
    def canonical(cls, a: Node) -> Any:
        length, c = a.shape[cls.axis], _constant(a)
        if is_one(length):
            return a
        return (a,) if c is None else Scale(c + sympy.log(length), Ones(*cls.infer(a)))

    @classmethod
    def infer(cls, a: Node) -> tuple[Expr, Expr]:
        return (a.rows, Integer(1)) if cls.axis else (Integer(1), a.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        return _log_sum_exp(at, table[i] if self.axis else [line[j] for line in table])

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{lse}}_{{\mathrm{{{self.word}}}}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"{self.word[:-1]}_logsumexp({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        a, spec = show(self.operands[0], 0), f"axis={self.axis}, keepdims=True"
        return f"np.logaddexp.reduce({a}, {spec})"


class ColumnLogSumExp(LineLogSumExp):
    """log 1ᵀexp(A), a row. Entry: log Σ_k exp(A[k, j])."""

    axis, word = 0, "columns"


class RowLogSumExp(LineLogSumExp):
    """log(exp(A)1), a column. Entry: log Σ_k exp(A[i, k])."""

    axis, word = 1, "rows"


class LogSumExp(ScalarNode):
    """log Σ_ij exp(A[i, j])."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        c = _constant(a)
        return (a,) if c is None else c + sympy.log(a.rows * a.cols)

    @staticmethod
    def infer(a: Node) -> None:
        return None

    def entry(self, at: Values, i: int, j: int) -> Any:
        return _log_sum_exp(at, [x for line in at.table(self.operands[0]) for x in line])

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{lse}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"logsumexp({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.logaddexp.reduce({show(self.operands[0], 0)}, axis=None)"


def row_softmax(a: Node) -> Node:
    """Softmax of every row, m × n: exp(A) with each row divided by its sum.

    Examples
    --------
    >>> from matcalc.operators.leaves import matrix
    >>> row_softmax(matrix("A", "m", "n")).T
    row_softmax(A).T
    """
    return RowSoftmax(need_node("row_softmax", a))


def column_softmax(a: Node) -> Node:
    """Softmax of every column, m × n."""
    return ColumnSoftmax(need_node("column_softmax", a))


def softmax(a: Node) -> Node:
    """Softmax over all entries, m × n; of a column or a row what one expects.

    Examples
    --------
    >>> from matcalc.operators.leaves import column, row
    >>> softmax(column("x", "n")), softmax(row("x", "n"))
    (column_softmax(x), row_softmax(x))
    """
    need_node("softmax", a)
    if is_one(a.rows):
        return RowSoftmax(a)
    return unvec(ColumnSoftmax(vec(a)), a.rows, a.cols)


def row_logsumexp(a: Node) -> Node:
    """log Σ exp of every row, m × 1."""
    return RowLogSumExp(need_node("row_logsumexp", a))


def column_logsumexp(a: Node) -> Node:
    """log Σ exp of every column, 1 × n."""
    return ColumnLogSumExp(need_node("column_logsumexp", a))


def logsumexp(a: Node) -> Expr:
    """log Σ_ij exp(A[i, j]), a scalar.

    Examples
    --------
    >>> from matcalc import column, gradient
    >>> x = column("x", "n")
    >>> gradient(logsumexp(x), x)[x]
    column_softmax(x)
    """
    return LogSumExp(need_node("logsumexp", a))


def row_log_softmax(a: Node) -> Node:
    """Logarithm of the softmax of every row: A less the log-sum-exp of the row."""
    return a - row_logsumexp(a) @ ones(1, a.cols)


def column_log_softmax(a: Node) -> Node:
    """Logarithm of the softmax of every column: A less the log-sum-exp of the column."""
    return a - ones(a.rows) @ column_logsumexp(a)
