"""Operators that only lowered expressions contain: what NumPy does in one call.

Each is defined in full, so that a lowering is an equation between expressions and can be tested
as one.
"""

from typing import Any, ClassVar

from sympy import Expr, Integer

from matcalc.dimensions import same, times
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.shapes import described, is_one, need_same_shape
from matcalc.protocols import ATOM, PREFIX, PRODUCT, Show, Values


class Kernel(Node, abstract=True):
    """An operator of lowered expressions; the calculus never meets one."""

    def call(self, show: Show) -> str:
        """Text as a call: the name in snake case, the operands in parentheses."""
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(self).__name__)
        return f"{name[1:]}({', '.join(show(operand, 0) for operand in self.operands)})"

    text = call

    def latex(self, show: Show) -> str:
        inner = ", ".join(show(operand, 0) for operand in self.operands)
        return rf"\mathrm{{{type(self).__name__}}}({inner})"


class MatMul(Kernel):
    """A B for exactly two factors, associated as written. Entry: Σ_k A[i, k]·B[k, j]."""

    precedence = PRODUCT

    @staticmethod
    def infer(a: Node, b: Node) -> tuple[Expr, Expr]:
        if not same(a.cols, b.rows):
            raise ShapeError(f"cannot multiply {described(a)} by {described(b)}")
        return a.rows, b.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b = (at.table(operand) for operand in self.operands)
        return sum(x * row[j] for x, row in zip(a[i], b, strict=True))

    def latex(self, show: Show) -> str:
        a, b = self.operands
        return f"{show(a, PRODUCT)} {show(b, PRODUCT + 1)}"

    def numpy(self, show: Show) -> str:
        a, b = self.operands
        return f"{show(a, PRODUCT)} @ {show(b, PRODUCT + 1)}"

    text = numpy


class Sums(Kernel, abstract=True):
    """Sums along one axis: 0 sums down the rows, 1 over the columns."""

    axis: ClassVar[int]

    @classmethod
    def canonical(cls, a: Node) -> Any:
        return a if is_one(a.shape[cls.axis]) else (a,)

    def numpy(self, show: Show) -> str:
        return f"{show(self.operands[0], ATOM)}.sum(axis={self.axis}, keepdims=True)"


class ColumnSums(Sums):
    """1ᵀA, a row. Entry: Σ_i A[i, j]."""

    axis = 0

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return Integer(1), a.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return sum(line[j] for line in at.table(self.operands[0]))


class RowSums(Sums):
    """A1, a column. Entry: Σ_j A[i, j]."""

    axis = 1

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.rows, Integer(1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        return sum(at.table(self.operands[0])[i])


class Dots(Kernel, abstract=True):
    """Dot products of the lines of A and B along one axis, without forming A ⊙ B."""

    axis: ClassVar[int]

    @classmethod
    def canonical(cls, a: Node, b: Node) -> Any:
        need_same_shape("take dot products of", a, b)
        return (a, b) if a.key <= b.key else (b, a)

    def numpy(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        spec, index = ('"ij,ij->j"', "None, :") if self.axis == 0 else ('"ij,ij->i"', ":, None")
        return f"np.einsum({spec}, {a}, {b})[{index}]"


class ColumnDots(Dots):
    """1ᵀ(A ⊙ B), a row. Entry: Σ_i A[i, j]·B[i, j]."""

    axis = 0

    @staticmethod
    def infer(a: Node, b: Node) -> tuple[Expr, Expr]:
        return Integer(1), a.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b = (at.table(operand) for operand in self.operands)
        return sum(x[j] * y[j] for x, y in zip(a, b, strict=True))


class RowDots(Dots):
    """(A ⊙ B)1, a column. Entry: Σ_j A[i, j]·B[i, j]."""

    axis = 1

    @staticmethod
    def infer(a: Node, b: Node) -> tuple[Expr, Expr]:
        return a.rows, Integer(1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b = (at.table(operand)[i] for operand in self.operands)
        return sum(x * y for x, y in zip(a, b, strict=True))


class Repeat(Kernel, abstract=True):
    """A line repeated along one axis; elementwise operations broadcast it instead."""

    axis: ClassVar[int]

    @classmethod
    def canonical(cls, line: Node, count: Expr) -> Any:
        if is_one(count):
            return line
        constant = isinstance(line, Ones | Zero)
        return type(line)(*cls.infer(line, count)) if constant else (line, count)

    @property
    def line(self) -> Node:
        """What is repeated."""
        node: Node = self.operands[0]
        return node

    def numpy(self, show: Show) -> str:
        line, count = (show(operand, 0) for operand in self.operands)
        return f"np.repeat({line}, {count}, axis={self.axis})"


class RepeatRows(Repeat):
    """1r, the row r repeated down. Entry: r[0, j]."""

    axis = 0

    @staticmethod
    def infer(line: Node, count: Expr) -> tuple[Expr, Expr]:
        if not is_one(line.rows):
            raise ShapeError(f"only a row is repeated down, got {described(line)}")
        return count, line.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[0][j]


class RepeatColumns(Repeat):
    """c1ᵀ, the column c repeated over. Entry: c[i, 0]."""

    axis = 1

    @staticmethod
    def infer(line: Node, count: Expr) -> tuple[Expr, Expr]:
        if not is_one(line.cols):
            raise ShapeError(f"only a column is repeated over, got {described(line)}")
        return line.rows, count

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i][0]


class Solve(Kernel):
    """A⁻¹B without the inverse."""

    @staticmethod
    def infer(a: Node, b: Node) -> tuple[Expr, Expr]:
        if not (same(a.rows, a.cols) and same(a.cols, b.rows)):
            raise ShapeError(f"cannot solve with {described(a)} for {described(b)}")
        return b.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        line = at.inverse(self.operands[0])[i]
        return sum(x * row[j] for x, row in zip(line, at.table(self.operands[1]), strict=True))

    def numpy(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        return f"np.linalg.solve({a}, {b})"


class KroneckerTimes(Kernel):
    """(A ⊗ B) M by two products, without the Kronecker product."""

    @staticmethod
    def infer(a: Node, b: Node, m: Node) -> tuple[Expr, Expr]:
        if not same(times(a.cols, b.cols), m.rows):
            raise ShapeError(f"cannot multiply {described(a)} ⊗ {described(b)} by {described(m)}")
        return times(a.rows, b.rows), m.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b, m = (at.table(operand) for operand in self.operands)
        row, line = divmod(i, len(b))
        n = len(b[0])
        return sum(
            a[row][k] * b[line][q] * m[k * n + q][j] for k in range(len(a[0])) for q in range(n)
        )

    def numpy(self, show: Show) -> str:
        a, b, m = self.operands
        inner = f"{show(m, ATOM)}.reshape({show(a.cols, 0)}, -1)"
        outer = f"({show(a, PRODUCT)} @ {inner}).reshape({show(a.rows, 0)}, {show(b.cols, 0)}, -1)"
        return f"({show(b, PRODUCT)} @ {outer}).reshape({show(self.rows, 0)}, -1)"


class CommuteRows(Kernel):
    """K_mn M by reordering rows: row i + j·m of M becomes row j + i·n."""

    @staticmethod
    def infer(a: Node, m: Expr, n: Expr) -> tuple[Expr, Expr]:
        if not same(a.rows, times(m, n)):
            raise ShapeError(f"K_{m},{n} cannot reorder the rows of {described(a)}")
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        n = at.size(self.operands[2])
        return at.table(self.operands[0])[i // n + i % n * at.size(self.operands[1])][j]

    def numpy(self, show: Show) -> str:
        a, m, n = self.operands
        blocks = f"{show(a, ATOM)}.reshape({show(n, 0)}, {show(m, 0)}, -1)"
        return f"{blocks}.swapaxes(0, 1).reshape({show(self.rows, 0)}, -1)"


class DiagonalRows(Kernel):
    """K_nᵀM for the diagonal selector K_n: rows 0, n + 1, 2(n + 1), … of M."""

    precedence = PREFIX

    @staticmethod
    def infer(a: Node, n: Expr) -> tuple[Expr, Expr]:
        if not same(a.rows, times(n, n)):
            raise ShapeError(f"{described(a)} has no {n}² rows")
        return n, a.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i * (at.size(self.operands[1]) + 1)][j]

    def numpy(self, show: Show) -> str:
        a, n = self.operands
        return f"{show(a, ATOM)}[:: {show(n, PRODUCT)} + 1]"


SUMS = (ColumnSums, RowSums)
DOTS = (ColumnDots, RowDots)
REPEATS = (RepeatRows, RepeatColumns)
"""The two directions of each: down the rows (axis 0) and over the columns (axis 1)."""


def repeated(line: Node, rows: Expr, cols: Expr) -> Node:
    """A line, or a single number, repeated to rows × cols."""
    if is_one(line.rows):
        line = RepeatRows(line, rows)
    return RepeatColumns(line, cols) if is_one(line.cols) else line
