"""Kernels that apply duplication, elimination and Toeplitz matrices without forming them.

Each is a function of the generated module, which reads the positions off the number of rows n.
"""

from typing import Any, ClassVar

from sympy import Expr

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.shapes import described
from matcalc.operators.structure_constants import (
    Duplication,
    Elimination,
    SkewDuplication,
    ToeplitzBasis,
)
from matcalc.protocols import Show, Values


class Applied(Kernel, abstract=True):
    """A structure constant, or its transpose, times M. Operands M and n."""

    constant: ClassVar[Any]
    transposed: ClassVar[bool] = False
    helper: ClassVar[str]

    @classmethod
    def infer(cls, m: Node, n: Expr) -> tuple[Expr, Expr]:
        shape = cls.constant(n).shape
        rows, cols = reversed(shape) if cls.transposed else shape
        if not same(m.rows, cols):
            raise ShapeError(f"{described(m)} has not {cols} rows")
        return rows, m.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        m, n = self.operands
        constant, table = self.constant(n), at.table(m)
        return sum(
            (constant.entry(at, k, i) if self.transposed else constant.entry(at, i, k)) * row[j]
            for k, row in enumerate(table)
        )

    def numpy(self, show: Show) -> str:
        m, n = (show(operand, 0) for operand in self.operands)
        return f"{self.helper}({m}, {n})"


class Duplicate(Applied):
    """D_n M."""

    constant, helper = Duplication, "_duplicate"


class Fold(Applied):
    """D_nᵀM."""

    constant, transposed, helper = Duplication, True, "_fold"


class Eliminate(Applied):
    """L_n M."""

    constant, helper = Elimination, "_eliminate"


class PlaceLower(Applied):
    """L_nᵀM."""

    constant, transposed, helper = Elimination, True, "_place_lower"


class SkewDuplicate(Applied):
    """D̃_n M."""

    constant, helper = SkewDuplication, "_skew_duplicate"


class SkewFold(Applied):
    """D̃_nᵀM."""

    constant, transposed, helper = SkewDuplication, True, "_skew_fold"


class SpreadDiagonals(Applied):
    """T_n M."""

    constant, helper = ToeplitzBasis, "_spread_diagonals"


class SumDiagonals(Applied):
    """T_nᵀM."""

    constant, transposed, helper = ToeplitzBasis, True, "_sum_diagonals"


PAIRS = (
    (Duplicate, Fold),
    (Eliminate, PlaceLower),
    (SkewDuplicate, SkewFold),
    (SpreadDiagonals, SumDiagonals),
)
"""For each constant the kernels that apply it and its transpose."""

HELPERS = {
    "_duplicate": '''
def _duplicate(m, n):
    """Stack the columns of symmetric n × n matrices, from those of their lower triangles."""
    cols, rows = np.triu_indices(n)
    both = np.empty((n, n, m.shape[1]), dtype=m.dtype)
    both[cols, rows] = both[rows, cols] = m
    return both.reshape(n * n, -1)
''',
    "_fold": '''
def _fold(m, n):
    """Add the rows of m for [i, j] and [j, i] of an n × n matrix, each [i, i] alone."""
    cols, rows = np.triu_indices(n)
    return m[rows + cols * n] + (rows != cols)[:, None] * m[cols + rows * n]
''',
    "_eliminate": '''
def _eliminate(m, n):
    """Keep the rows of m for the lower triangle of an n × n matrix, column by column."""
    cols, rows = np.triu_indices(n)
    return m[rows + cols * n]
''',
    "_place_lower": '''
def _place_lower(m, n):
    """Put the rows of m where the lower triangle of an n × n matrix is, zeros elsewhere."""
    cols, rows = np.triu_indices(n)
    placed = np.zeros((n * n, m.shape[1]), dtype=m.dtype)
    placed[rows + cols * n] = m
    return placed
''',
    "_skew_duplicate": '''
def _skew_duplicate(m, n):
    """Stack the columns of skew n × n matrices, from those of their strict lower triangles."""
    cols, rows = np.triu_indices(n, 1)
    both = np.zeros((n, n, m.shape[1]), dtype=m.dtype)
    both[cols, rows] = m
    both[rows, cols] = -m
    return both.reshape(n * n, -1)
''',
    "_skew_fold": '''
def _skew_fold(m, n):
    """Take the rows of m for [j, i] of an n × n matrix from those for [i, j], where i > j."""
    cols, rows = np.triu_indices(n, 1)
    return m[rows + cols * n] - m[cols + rows * n]
''',
    "_spread_diagonals": '''
def _spread_diagonals(m, n):
    """Stack the columns of n × n Toeplitz matrices with entries m[n - 1 + i - j]."""
    places = np.arange(n)
    return m[(n - 1 + places - places[:, None]).ravel()]
''',
    "_sum_diagonals": '''
def _sum_diagonals(m, n):
    """Sum m along the diagonals of n × n matrices, from the top right corner on."""
    blocks = m.reshape(n, n, -1)
    return np.stack([np.trace(blocks, k) for k in range(1 - n, n)])
''',
}
"""Source of the functions that the kernels call."""
