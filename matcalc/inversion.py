"""Inverses and pseudo-inverses of tables, by elimination.

Nothing but sums, products and quotients of entries, so that fractions stay exact, and the complex
step gives derivatives: transposes stand where complex matrices would have conjugates. Only the
choice of pivots looks at absolute values.
"""

import sys
from fractions import Fraction
from typing import Any

from matcalc.operators.tables import product, zeros
from matcalc.pointwise import Undefined
from matcalc.protocols import Table

PIVOT = 100 * sys.float_info.epsilon
"""A pivot below this part of its column, or of its matrix, is rounding and counts as zero."""


class SingularMatrix(Undefined):
    """A matrix without an inverse.

    Examples
    --------
    >>> from matcalc import dims, inv, matrix
    >>> from matcalc.loops import Loops
    >>> (n,) = dims("n")
    >>> A = matrix("A", n, n)
    >>> Loops({n: 2}, {A: [[1, 2], [2, 4]]}).value(inv(A))
    Traceback (most recent call last):
    matcalc.inversion.SingularMatrix: the matrix A has no inverse: no pivot is left in column 1
    """


def gauss_jordan(table: Table) -> Table:
    """Inverse by elimination with row pivoting.

    Raises
    ------
    SingularMatrix
        If a pivot vanishes, or does up to rounding.

    Examples
    --------
    >>> [[str(x) for x in row] for row in gauss_jordan([[2, 1], [1, 1]])]
    [['1', '-1'], ['-1', '2']]
    """
    n = len(table)
    rows = [
        [*map(_divisible, row), *(int(i == j) for j in range(n))] for i, row in enumerate(table)
    ]
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if abs(rows[best][k]) <= _rounding([row[k] for row in table]):
            raise SingularMatrix(f"no pivot is left in column {k}")
        rows[k], rows[best] = rows[best], rows[k]
        _eliminate(rows, k, k)
    return [row[n:] for row in rows]


def pseudo_inverse(table: Table) -> Table:
    """A⁺ = Gᵀ(GGᵀ)⁻¹(FᵀF)⁻¹Fᵀ for A = FG with F of full column and G of full row rank.

    Examples
    --------
    >>> [[str(x) for x in row] for row in pseudo_inverse([[1, 2], [2, 4]])]
    [['1/25', '2/25'], ['2/25', '4/25']]
    """
    f, g = full_rank_factors(table)
    if not g:
        return zeros(len(table[0]), len(table))
    ft, gt = transposed(f), transposed(g)
    right = product(gt, gauss_jordan(product(g, gt)))
    return product(right, product(gauss_jordan(product(ft, f)), ft))


def full_rank_factors(table: Table) -> tuple[Table, Table]:
    """F and G with A = FG: the columns of the pivots, and the rows that elimination leaves."""
    rows = [[_divisible(x) for x in row] for row in table]
    least = _rounding([x for row in table for x in row])
    columns: list[int] = []
    for rank in range(min(len(rows), len(rows[0]))):
        places = ((i, j) for i in range(rank, len(rows)) for j in range(len(rows[0])))
        i, j = max(places, key=lambda place: abs(rows[place[0]][place[1]]))
        if abs(rows[i][j]) <= least:
            break
        rows[rank], rows[i] = rows[i], rows[rank]
        _eliminate(rows, rank, j)
        columns.append(j)
    return [[row[j] for j in columns] for row in table], rows[: len(columns)]


def transposed(table: Table) -> Table:
    """Rows as columns."""
    return [list(column) for column in zip(*table, strict=True)]


def _eliminate(rows: Table, k: int, column: int) -> None:
    """Make row k the only one with an entry in a column, and that entry 1."""
    pivot = rows[k][column]
    rows[k] = [x / pivot for x in rows[k]]
    for i, row in enumerate(rows):
        if i != k and row[column] != 0:
            factor = row[column]
            rows[i] = [x - factor * y for x, y in zip(row, rows[k], strict=True)]


def _divisible(x: Any) -> Any:
    return Fraction(x) if isinstance(x, int) else x


def _rounding(numbers: list[Any]) -> float:
    if all(isinstance(x, int | Fraction) for x in numbers):
        return 0.0
    return PIVOT * len(numbers) * max(float(abs(x)) for x in numbers)
