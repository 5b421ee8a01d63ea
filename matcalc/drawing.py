"""Random tables that have the facts declared of a variable, and the directions that keep them.

Judges use this module: it knows what the facts mean, entry by entry, and nothing of the laws.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from matcalc.errors import ShapeError
from matcalc.inversion import gauss_jordan
from matcalc.operators.tables import product
from matcalc.protocols import Table

Draw = Callable[[], Any]


def table(rows: int, cols: int, facts: Iterable[str], draw: Draw) -> Table:
    """A table of the shape given, made of drawn numbers, of which the facts are true.

    Raises
    ------
    ShapeError
        Where no matrix of this shape has them.

    Examples
    --------
    >>> table(2, 2, ["symmetric"], iter([1, 2, 4, 3]).__next__)
    [[Fraction(1, 1), Fraction(3, 1)], [Fraction(3, 1), Fraction(3, 1)]]
    """
    given = set(facts)
    if (rows < cols and "full column rank" in given) or (cols < rows and "full row rank" in given):
        raise ShapeError(
            f"no {rows} × {cols} matrix has full {'column' if rows < cols else 'row'} rank"
        )
    entries = [[draw() for _ in range(cols)] for _ in range(rows)]
    if given & {"positive", "probability"}:
        entries = [[abs(x) + Fraction(1, 8) for x in row] for row in entries]
    if "positive definite" in given:
        entries = _definite(entries, diagonal="diagonal" in given)
    if "orthogonal" in given:
        return _orthogonal(entries)
    if "probability" in given:
        whole = sum(row[0] for row in entries)
        return [[row[0] / whole] for row in entries]
    return project(given, entries)


def project(facts: Iterable[str], entries: Table) -> Table:
    """The nearest table, in the sum of squares, that has the linear facts among these."""
    for fact in facts:
        if fact in PROJECTIONS:
            entries = PROJECTIONS[fact](entries)
    return entries


def direction(facts: Iterable[str], base: Table, i: int, j: int) -> Table:
    """The part of a step in entry (i, j) that keeps the facts, to first order."""
    step = [[Fraction(p == i and q == j) for q in range(len(base[0]))] for p in range(len(base))]
    return along(facts, base, step)


def along(facts: Iterable[str], base: Table, step: Table) -> Table:
    """The part of a step from a table that keeps the facts, to first order."""
    given = set(facts)
    if "orthogonal" in given:
        return _tangent(base, step)
    if "probability" in given:
        mean = sum(row[0] for row in step) * Fraction(1, len(base))
        return [[row[0] - mean] for row in step]
    return project(given, step)


def _symmetric(a: Table) -> Table:
    return _mean(a, _transposed(a))


def _skew(a: Table) -> Table:
    return _mean(a, [[-x for x in row] for row in _transposed(a)])


def _kept(test: Callable[[int, int], bool]) -> Callable[[Table], Table]:
    """Entries where the test holds, zero elsewhere."""
    return lambda a: [
        [x if test(i, j) else 0 * x for j, x in enumerate(row)] for i, row in enumerate(a)
    ]


def _toeplitz(a: Table) -> Table:
    n = len(a)
    lines = {k: [a[i][i - k] for i in range(n) if 0 <= i - k < n] for k in range(1 - n, n)}
    means = {k: sum(line) * Fraction(1, len(line)) for k, line in lines.items()}
    return [[means[i - j] for j in range(n)] for i in range(n)]


PROJECTIONS: dict[str, Callable[[Table], Table]] = {
    "symmetric": _symmetric,
    "positive definite": _symmetric,
    "skew": _skew,
    "diagonal": _kept(lambda i, j: i == j),
    "lower triangular": _kept(lambda i, j: i >= j),
    "upper triangular": _kept(lambda i, j: i <= j),
    "Toeplitz": _toeplitz,
}


def _mean(a: Table, b: Table) -> Table:
    half = Fraction(1, 2)
    return [[(x + y) * half for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def _transposed(a: Table) -> Table:
    return [list(column) for column in zip(*a, strict=True)]


def _shifted(a: Table, by: Any, sign: int) -> Table:
    """``by`` I + ``sign`` A."""
    return [[sign * x + by * (i == j) for j, x in enumerate(row)] for i, row in enumerate(a)]


def _definite(a: Table, diagonal: bool) -> Table:
    if diagonal:
        return [[abs(x) + Fraction(1, 2) for x in row] for row in a]
    return _shifted(product(a, _transposed(a)), Fraction(1, 2), 1)


def _orthogonal(a: Table) -> Table:
    """Cayley's (I − K)(I + K)⁻¹ for a skew K."""
    k = _skew(a)
    return product(_shifted(k, 1, -1), gauss_jordan(_shifted(k, 1, 1)))


def _tangent(q: Table, e: Table) -> Table:
    """E − Q(QᵀE + EᵀQ)/2, the part of E along the orthogonal matrices at Q."""
    normal = product(q, _symmetric(product(_transposed(q), e)))
    return [[x - y for x, y in zip(p, r, strict=True)] for p, r in zip(e, normal, strict=True)]
