"""Kernels that pick rows and columns, put blocks in their places, and sum Khatri-Rao columns."""

from typing import Any

from sympy import Expr, expand

from matcalc.dimensions import same, times
from matcalc.errors import ShapeError
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.segments import Span
from matcalc.operators.shapes import described
from matcalc.protocols import ATOM, Show, Values


class Slice(Kernel):
    """A[i : i + m, j : j + n], a block of A. Operands A, i, m, j, n."""

    @classmethod
    def canonical(cls, a: Node, i: Expr, m: Expr, j: Expr, n: Expr) -> Any:
        if a.shape == (m, n):
            return a
        if isinstance(a, Ones | Zero):
            return type(a)(m, n)
        if isinstance(a, Slice):
            b, k, _, h, _ = a.operands
            return cls(b, expand(i + k), m, expand(j + h), n)
        return a, i, m, j, n

    @staticmethod
    def infer(a: Node, i: Expr, m: Expr, j: Expr, n: Expr) -> tuple[Expr, Expr]:
        return m, n

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must lie in range."""
        a, i, m, j, n = self.operands
        return Span(i, m, a.rows), Span(j, n, a.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        row, col = (span.first(at) for span in self.spans)
        return at.table(self.operands[0])[row + i][col + j]

    def numpy(self, show: Show) -> str:
        a, i, m, j, n = self.operands
        rows = _range(show, i, expand(i + m), a.rows)
        cols = _range(show, j, expand(j + n), a.cols)
        return f"{show(a, ATOM)}[{rows}]" if cols == ":" else f"{show(a, ATOM)}[{rows}, {cols}]"


def _range(show: Show, start: Expr, stop: Expr, size: Expr) -> str:
    first = "" if start == 0 else show(start, 0)
    last = "" if expand(stop - size) == 0 else show(stop, 0)
    plain = all(text.isalnum() or text == "" for text in (first, last))
    return f"{first}:{last}" if plain else f"{first} : {last}".strip()


class Pad(Kernel):
    """A among zeros: rows above and below it, columns before and after. Operands A, m, i, n, j.

    The result is m × n, with A from row i and column j on.
    """

    @classmethod
    def canonical(cls, a: Node, m: Expr, i: Expr, n: Expr, j: Expr) -> Any:
        if a.shape == (m, n):
            return a
        if isinstance(a, Zero):
            return Zero(m, n)
        if isinstance(a, Pad):
            b, _, k, _, h = a.operands
            return cls(b, m, expand(i + k), n, expand(j + h))
        return a, m, i, n, j

    @staticmethod
    def infer(a: Node, m: Expr, i: Expr, n: Expr, j: Expr) -> tuple[Expr, Expr]:
        return m, n

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must lie in range."""
        a, m, i, n, j = self.operands
        return Span(i, a.rows, m), Span(j, a.cols, n)

    def entry(self, at: Values, i: int, j: int) -> Any:
        row, col = (span.first(at) for span in self.spans)
        table, i, j = at.table(self.operands[0]), i - row, j - col
        return table[i][j] if 0 <= i < len(table) and 0 <= j < len(table[0]) else 0

    def numpy(self, show: Show) -> str:
        a, m, i, n, j = self.operands
        rows = f"({show(i, 0)}, {show(expand(m - i - a.rows), 0)})"
        cols = f"({show(j, 0)}, {show(expand(n - j - a.cols), 0)})"
        return f"np.pad({show(a, 0)}, ({rows}, {cols}))"


class Grid(Kernel):
    """Blocks in rows of equally many, put together at once. Operands: how many, then the blocks."""

    @staticmethod
    def infer(count: Expr, *blocks: Node) -> tuple[Expr, Expr]:
        n = int(count)
        rows = expand(sum(b.rows for b in blocks[::n]))
        return rows, expand(sum(b.cols for b in blocks[:n]))

    def entry(self, at: Values, i: int, j: int) -> Any:
        n, blocks = int(self.operands[0]), self.operands[1:]
        for k in range(0, len(blocks), n):
            height = len(at.table(blocks[k]))
            if i < height:
                break
            i -= height
        for b in blocks[k : k + n]:
            row = at.table(b)[i]
            if j < len(row):
                return row[j]
            j -= len(row)
        raise ShapeError(f"{described(self)} has no column {j}")

    def numpy(self, show: Show) -> str:
        n, blocks = int(self.operands[0]), [show(b, 0) for b in self.operands[1:]]
        rows = [", ".join(blocks[k : k + n]) for k in range(0, len(blocks), n)]
        return f"np.block([{', '.join(f'[{row}]' for row in rows)}])"


class LowerTriangle(Kernel):
    """The lower triangle of A, zeros above it."""

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i][j] if i >= j else 0

    def numpy(self, show: Show) -> str:
        return f"np.tril({show(self.operands[0], 0)})"


class UpperTriangle(Kernel):
    """The upper triangle of A, zeros below it."""

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i][j] if i <= j else 0

    def numpy(self, show: Show) -> str:
        return f"np.triu({show(self.operands[0], 0)})"


class BlockSums(Kernel):
    """Σ_k M[i·p + k, j] or Σ_i M[i·p + k, j]. Operands M, m, p and the axis summed, k for 1."""

    @staticmethod
    def infer(a: Node, m: Expr, p: Expr, axis: Expr) -> tuple[Expr, Expr]:
        if not same(a.rows, times(m, p)):
            raise ShapeError(f"{described(a)} has not {m} blocks of {p} rows")
        return (p, m)[int(axis)], a.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, *sizes, axis = self.operands
        m, p = map(at.size, sizes)
        rows = [i * p + k for k in range(p)] if axis == 1 else [k * p + i for k in range(m)]
        return sum(at.table(a)[row][j] for row in rows)

    def numpy(self, show: Show) -> str:
        a, m, p, axis = self.operands
        blocks = f"{show(a, ATOM)}.reshape({show(m, 0)}, {show(p, 0)}, {show(a.cols, 0)})"
        return f"{blocks}.sum(axis={axis})"


class _KhatriRaoSum(Kernel, abstract=True):
    """A matrix times a Khatri-Rao factor, summed over that factor's rows, column by column."""

    spec: str

    @staticmethod
    def _columns(g: Node, a: Node, rows: Expr) -> Expr:
        if not same(g.rows, times(a.rows, rows)) or not same(g.cols, a.cols):
            raise ShapeError(f"{described(g)} has no columns that {described(a)} is a factor of")
        return g.cols

    def _einsum(self, show: Show, m: Expr, p: Expr) -> str:
        g, a = self.operands[:2]
        blocks = f"{show(g, ATOM)}.reshape({show(m, 0)}, {show(p, 0)}, {show(g.cols, 0)})"
        return f'np.einsum("{self.spec}", {blocks}, {show(a, 0)})'


class SumOverRight(_KhatriRaoSum):
    """Σ_k G[i·p + k, j]·B[k, j] for B p × n. Operands G, B and the number of rows."""

    spec = "ikj,kj->ij"

    @classmethod
    def infer(cls, g: Node, b: Node, m: Expr) -> tuple[Expr, Expr]:
        return m, cls._columns(g, b, m)

    def entry(self, at: Values, i: int, j: int) -> Any:
        g, b = (at.table(x) for x in self.operands[:2])
        return sum(g[i * len(b) + k][j] * b[k][j] for k in range(len(b)))

    def numpy(self, show: Show) -> str:
        return self._einsum(show, self.rows, self.operands[1].rows)


class SumOverLeft(_KhatriRaoSum):
    """Σ_i G[i·p + k, j]·A[i, j] for A m × n. Operands G, A and the number of rows."""

    spec = "ikj,ij->kj"

    @classmethod
    def infer(cls, g: Node, a: Node, p: Expr) -> tuple[Expr, Expr]:
        return p, cls._columns(g, a, p)

    def entry(self, at: Values, i: int, j: int) -> Any:
        g, a = (at.table(x) for x in self.operands[:2])
        p = at.size(self.rows)
        return sum(g[k * p + i][j] * a[k][j] for k in range(len(a)))

    def numpy(self, show: Show) -> str:
        return self._einsum(show, self.operands[1].rows, self.rows)
