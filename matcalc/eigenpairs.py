"""Eigenvalues and eigenvectors of tables, by rotations; by Newton's method for complex steps."""

import math
from typing import Any

from matcalc.errors import ShapeError
from matcalc.inversion import gauss_jordan
from matcalc.protocols import Table

SWEEPS = 60
"""Sweeps of rotations that a decomposition may take; ten are usual."""


def eigenpair(table: Table, i: int) -> tuple[Any, list[Any]]:
    """An eigenvalue and its eigenvector, by rotations and, for complex steps, Newton's method.

    Examples
    --------
    >>> value, vector = eigenpair([[2.0, 1.0], [1.0, 2.0]], 1)
    >>> round(value, 12), [round(x, 6) for x in vector]
    (3.0, [0.707107, 0.707107])
    """
    n = len(table)
    if not 0 <= i < n:
        raise ShapeError(f"a {n} × {n} matrix has no eigenvalue {i}, counted from 0")
    real = [[float(complex(x).real) for x in row] for row in table]
    value, vector = sorted(_jacobi(real), key=lambda pair: pair[0])[i]
    sign = math.copysign(1, max(vector, key=abs))
    vector = [sign * x for x in vector]
    if any(isinstance(x, complex) for row in table for x in row):
        for _ in range(3):
            value, vector = _newton(table, value, vector)
    return value, vector


def _jacobi(a: Table) -> list[tuple[float, list[float]]]:
    """Eigenvalues with their eigenvectors, by Jacobi's rotations."""
    n = len(a)
    turned = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(SWEEPS):
        for p in range(n):
            for q in range(p + 1, n):
                if a[p][q] != 0:
                    _rotate(a, turned, p, q)
    return [(a[k][k], [row[k] for row in turned]) for k in range(n)]


def _rotate(a: Table, turned: Table, p: int, q: int) -> None:
    """Turn the plane of p and q so that the entry (p, q) vanishes."""
    angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
    c, s = math.cos(angle), math.sin(angle)
    for row in (*a, *turned):
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    a[p], a[q] = (
        [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
        [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
    )
    a[p][q] = a[q][p] = 0.0


def _newton(a: Table, value: Any, v: list[Any]) -> tuple[Any, list[Any]]:
    """One step towards (A − λI)v = 0 and vᵀv = 1."""
    n = len(a)
    system = [[*(a[i][j] - value * (i == j) for j in range(n)), -v[i]] for i in range(n)] + [
        [*(2 * x for x in v), 0.0]
    ]
    left = [sum(x * y for x, y in zip(row, v, strict=True)) for row in a]
    wrong = [p - value * x for p, x in zip(left, v, strict=True)] + [sum(x * x for x in v) - 1]
    inverse = gauss_jordan(system)
    step = [sum(x * y for x, y in zip(row, wrong, strict=True)) for row in inverse]
    return value - step[n], [x - y for x, y in zip(v, step[:n], strict=True)]
