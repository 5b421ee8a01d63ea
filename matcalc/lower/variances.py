"""Variances that are divided by: exactly 0 where all entries of a line are the same.

The mean of equal entries rounds, so that their deviations may be no zeros, and what is divided by
the root of their squares would be noise. A comparison of the greatest entry with the least tells.
"""

from functools import partial
from typing import Any, ClassVar

import sympy
from sympy import Expr, Integer

from matcalc.dimensions import dims
from matcalc.elementary import step
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, split_scale
from matcalc.operators.constants import Centering, Ones, centering
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.leaves import Named, matrix
from matcalc.protocols import Show, Values
from matcalc.rewrite import Law
from matcalc.symbols import resolved

m, n = dims("m n")
A = matrix("A", m, n)
HALF = sympy.Rational(1, 2)


class Range(Kernel, abstract=True):
    """The greatest entry less the least of every line along one axis; 0 goes down the columns."""

    axis: ClassVar[int]

    @classmethod
    def infer(cls, a: Node) -> tuple[Expr, Expr]:
        return (a.rows, Integer(1)) if cls.axis else (Integer(1), a.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        line = [x.real for x in (table[i] if self.axis else [row[j] for row in table])]
        return max(line) - min(line)

    def numpy(self, show: Show) -> str:
        return f"np.ptp({show(self.operands[0], 0)}, axis={self.axis}, keepdims=True)"


class ColumnRange(Range):
    """A row. Entry: max_i A[i, j] − min_i A[i, j]."""

    axis = 0


class RowRange(Range):
    """A column. Entry: max_j A[i, j] − min_j A[i, j]."""

    axis = 1


def exact_where_constant(sums: Sums, x: Map) -> Any:
    """A root, a logarithm or a reciprocal of c·1ᵀ(HA)²: 0 is put for it where A is constant."""
    f, inside = x.operands
    if not _is_singular_at_zero(x):
        return x
    c, squares = split_scale(resolved(inside))
    found = _deviations(sums, squares)
    if found is None:
        return x
    outer, deviations = found
    kind = ColumnRange if sums.down else RowRange
    line = Hadamard(sums.of(deviations**2), step(kind(_uncentred(sums, deviations))))
    return Map(f, Scale(c, line if outer is None else sums.product(outer, line)))


def _is_singular_at_zero(x: Map) -> bool:
    _, k = power_of(x)
    return isinstance(x.operands[0], sympy.log) or not (k.is_integer and k.is_nonnegative)


def _deviations(sums: Sums, squares: Any) -> tuple[Node | None, Node] | None:
    """What is squared and summed, if it is centred, and the ones by which the sums are repeated."""
    if not isinstance(squares, Product):
        return None
    factors = squares.operands if sums.down else squares.operands[::-1]
    *ones, last = factors
    base, k = power_of(resolved(last))
    plain = len(ones) in (1, 2) and all(isinstance(x, Ones) for x in ones)
    if k != 2 or not plain or ones[-1] is not sums.ones(base) or not sums.centred(resolved(base)):
        return None
    return (ones[0] if len(ones) == 2 else None), base


def _uncentred(sums: Sums, deviations: Node) -> Node:
    """A, for A less its means: their ranges are the same, and A is there earlier."""
    a = resolved(deviations)
    if isinstance(a, Add):
        rest = [x for x in a.operands if sums.repeated(split_scale(x)[1]) is None]
        return Add(*rest) if rest else a
    outer = a.operands[0 if sums.down else -1] if isinstance(a, Product) else None
    if isinstance(outer, Centering):
        return Product(*(a.operands[1:] if sums.down else a.operands[:-1]))
    return deviations


COLUMNS, ROWS = (centering(m) @ A) ** 2, (A @ centering(n)) ** 2
SQUARES = (Product, Scale, Named)
VARIANCES = (
    Law(
        "root of the variance of columns that may be constant",
        DOWN.of(COLUMNS) ** HALF,
        (DOWN.of(COLUMNS) * step(ColumnRange(A))) ** HALF,
        general=partial(exact_where_constant, DOWN),
        among=SQUARES,
    ),
    Law(
        "root of the variance of rows that may be constant",
        ALONG.of(ROWS) ** HALF,
        (ALONG.of(ROWS) * step(RowRange(A))) ** HALF,
        general=partial(exact_where_constant, ALONG),
        among=SQUARES,
    ),
)
