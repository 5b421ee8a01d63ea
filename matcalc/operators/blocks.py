"""Matrices put together from blocks: side by side, one below the other, in a grid."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from sympy import Expr, Integer, expand

from matcalc.dimensions import same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.segments import Segment
from matcalc.operators.shapes import described
from matcalc.protocols import Show, Values

ROW, ROWS = r" & ", r" \\ "
BEGIN, END = r"\begin{bmatrix} ", r" \end{bmatrix}"


class Stack(Node, abstract=True):
    """Blocks in a line: 0 stacks them one below the other, 1 side by side."""

    axis: int
    where: str

    @classmethod
    def canonical(cls, *blocks: Node) -> Any:
        flat = [b for x in blocks for b in (x.operands if isinstance(x, cls) else (x,))]
        shape = cls.infer(*flat)
        for constant in (Zero, Ones):
            if all(isinstance(b, constant) for b in flat):
                return constant(*shape)
        if len(flat) == 1:
            return flat[0]
        return cls._by_rows(flat)

    @classmethod
    def _by_rows(cls, blocks: list[Node]) -> Any:
        """Columns of blocks that are cut at the same heights, as rows of blocks."""
        return tuple(blocks)

    @classmethod
    def infer(cls, *blocks: Node) -> tuple[Expr, Expr]:
        first, across = blocks[0], 1 - cls.axis
        for b in blocks[1:]:
            if not same(b.shape[across], first.shape[across]):
                line = ("rows", "columns")[across]
                raise ShapeError(
                    f"cannot put {described(first)} {cls.where} {described(b)}: "
                    f"{line} {first.shape[across]} and {b.shape[across]} differ"
                )
        along = expand(sum(b.shape[cls.axis] for b in blocks))
        return (along, first.cols) if cls.axis == 0 else (first.rows, along)

    @property
    def segments(self) -> list[Node]:
        """For each block the columns of the identity that place it: E with A E or EᵀA the block."""
        lengths = [b.shape[self.axis] for b in self.operands]
        starts = accumulate(lengths[:-1], initial=Integer(0))
        whole = self.shape[self.axis]
        return [Segment(whole, expand(at), n) for at, n in zip(starts, lengths, strict=True)]

    def _texts(self, show: Show) -> str:
        return ", ".join(show(b, 0) for b in self.operands)


class HStack(Stack):
    """[A B ⋯], blocks side by side. Entry: that of the block which column j falls in."""

    axis, where = 1, "beside"

    @classmethod
    def _by_rows(cls, blocks: list[Node]) -> Any:
        heights = [[b.rows for b in x.operands] for x in blocks if isinstance(x, VStack)]
        if len(heights) < len(blocks) or any(h != heights[0] for h in heights):
            return tuple(blocks)
        return VStack(*(cls(*row) for row in zip(*(x.operands for x in blocks), strict=True)))

    def entry(self, at: Values, i: int, j: int) -> Any:
        for b in self.operands:
            row = at.table(b)[i]
            if j < len(row):
                return row[j]
            j -= len(row)
        raise ShapeError(f"{described(self)} has no column {j}")

    def latex(self, show: Show) -> str:
        return BEGIN + ROW.join(show(b, 0) for b in self.operands) + END

    def text(self, show: Show) -> str:
        return f"hstack({self._texts(show)})"

    def numpy(self, show: Show) -> str:
        return f"np.hstack(({self._texts(show)}))"


class VStack(Stack):
    """[A; B; ⋯], blocks one below the other. Entry: that of the block which row i falls in."""

    axis, where = 0, "above"

    def entry(self, at: Values, i: int, j: int) -> Any:
        for b in self.operands:
            table = at.table(b)
            if i < len(table):
                return table[i][j]
            i -= len(table)
        raise ShapeError(f"{described(self)} has no row {i}")

    def latex(self, show: Show) -> str:
        shown = [show(b, 0) for b in self.operands]
        rows = self._rows(shown, BEGIN, END)
        return BEGIN + ROWS.join(rows or shown) + END

    def text(self, show: Show) -> str:
        shown = [show(b, 0) for b in self.operands]
        rows = self._rows(shown, "hstack(", ")")
        if rows:
            return f"block([{', '.join(f'[{row}]' for row in rows)}])"
        return f"vstack({', '.join(shown)})"

    def numpy(self, show: Show) -> str:
        return f"np.vstack(({self._texts(show)}))"

    def _rows(self, shown: list[str], begin: str, end: str) -> list[str]:
        """What stands between the brackets of every row, if all rows are cut into as many blocks.

        A row that prints as a name, and not as its blocks, counts as one that is not cut.
        """
        cut = {len(b.operands) for b in self.operands if isinstance(b, HStack)}
        whole = all(isinstance(b, HStack) for b in self.operands)
        inside = [s[len(begin) : len(s) - len(end)] for s in shown if s.startswith(begin)]
        return inside if whole and len(cut) == 1 and len(inside) == len(shown) else []


Grid = list[list[Node]]


def grid(x: Node) -> Grid:
    """The blocks of a matrix row by row, all rows cut at the same columns; [[x]] of no stack."""
    if isinstance(x, HStack):
        return [list(x.operands)]
    if not isinstance(x, VStack):
        return [[x]]
    widths = next(([c.cols for c in b.operands] for b in x.operands if isinstance(b, HStack)), [])
    rows = [cut(b, widths) for b in x.operands] if widths else []
    return [[b] for b in x.operands] if None in rows or not rows else [r for r in rows if r]


def cut(row: Node, widths: list[Expr]) -> list[Node] | None:
    """A row of blocks of the given widths, if that is how it is cut; zeros are cut anywhere."""
    if isinstance(row, Zero):
        return [Zero(row.rows, width) for width in widths]
    blocks = list(row.operands) if isinstance(row, HStack) else [row]
    return blocks if [b.cols for b in blocks] == widths else None


def from_grid(rows: Grid) -> Node:
    """The matrix with these blocks."""
    return VStack(*(HStack(*row) for row in rows))


def hstack(*blocks: Node) -> Node:
    """Matrices side by side, [A B ⋯]; all have as many rows.

    Raises
    ------
    ShapeError
        If numbers of rows differ.

    Examples
    --------
    >>> from matcalc import dims, matrix, ones
    >>> X, w = matrix("X", "N", "p"), matrix("w", dims("p")[0] + 1, 1)
    >>> hstack(ones("N"), X) @ w
    hstack(ones(N, 1), X) @ w
    """
    return HStack(*_blocks("hstack", blocks))


def vstack(*blocks: Node) -> Node:
    """Matrices one below the other; all have as many columns.

    Raises
    ------
    ShapeError
        If numbers of columns differ.

    Examples
    --------
    >>> from matcalc import column, jacobian, matrix
    >>> A, B, x = matrix("A", "m", "n"), matrix("B", "p", "n"), column("x", "n")
    >>> jacobian(vstack(A @ x, B @ x), x)[x]
    vstack(A, B)
    """
    return VStack(*_blocks("vstack", blocks))


def block(rows: Sequence[Sequence[Node]]) -> Node:
    """A matrix from its blocks, row by row, as ``block([[A, B], [C, D]])``.

    Raises
    ------
    ShapeError
        If blocks beside each other differ in rows, or rows of blocks in columns.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, B = matrix("A", "n", "n"), matrix("B", "n", "n")
    >>> block([[A, B], [B, A]]).shape
    (2*n, 2*n)
    """
    if not isinstance(rows, list | tuple) or not all(isinstance(r, list | tuple) for r in rows):
        raise UnsupportedInput("block takes rows of blocks, as block([[A, B], [C, D]])")
    return vstack(*(hstack(*row) for row in rows))


def block_diag(*blocks: Node) -> Node:
    """A matrix with the given blocks down its diagonal and zeros elsewhere."""
    several = _blocks("block_diag", blocks)
    return block(
        [
            [b if i == j else Zero(a.rows, b.cols) for j, b in enumerate(several)]
            for i, a in enumerate(several)
        ]
    )


def _blocks(what: str, blocks: Iterable[Any]) -> list[Node]:
    found = [need_node(what, b) for b in blocks]
    if not found:
        raise UnsupportedInput(f"{what} needs at least one matrix")
    return found
