"""Arithmetic of tables by loops, for entry formulas that need a whole matrix at once.

Numbers may be floats, complex numbers or fractions; sums and products keep fractions exact.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from matcalc.protocols import Table

TERMS = 18
"""Terms of a power series at an argument of norm at most 1/2: what is left out is below 1e-21."""

Numeric = Callable[[Table], Table]


def product(a: Table, b: Table) -> Table:
    """Matrix product.

    Examples
    --------
    >>> product([[1, 2]], [[3], [4]])
    [[11]]
    """
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, c, strict=True)) for c in columns] for row in a]


def combined(a: Table, b: Table, c: Any = 1) -> Table:
    """A + cB."""
    return [[x + c * y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def scaled(a: Table, c: Any) -> Table:
    """A multiple of a table."""
    return [[c * x for x in row] for row in a]


def unit(n: int) -> Table:
    """The identity."""
    return [[int(i == j) for j in range(n)] for i in range(n)]


def zeros(rows: int, cols: int) -> Table:
    """A table of zeros."""
    return [[0] * cols for _ in range(rows)]


def power_sum(k: int, blocks: list[Table]) -> Table:
    """Σ A_0^{i_0} M_1 A_1^{i_1} ⋯ M_n A_n^{i_n} over i_0 + ⋯ + i_n = k − n.

    ``blocks`` are A_0, M_1, A_1, …, M_n, A_n. One more factor on the right of a word of k factors
    either repeats its last matrix or goes on to the next.

    Examples
    --------
    >>> power_sum(3, [[[2]], [[1]], [[5]]])
    [[39]]
    """
    bases, switches = blocks[::2], blocks[1::2]
    size = len(bases[0])
    words = [unit(size), *(zeros(size, len(a)) for a in bases[1:])]
    for _ in range(k):
        longer = [product(words[0], bases[0])]
        for i, m in enumerate(switches):
            longer.append(combined(product(words[i], m), product(words[i + 1], bases[i + 1])))
        words = longer
    return words[-1]


def top_right(f: Numeric, blocks: list[Table]) -> Table:
    """The top right block of f of the block matrix with A_i on its diagonal and M_i above it."""
    starts = [0]
    for a in blocks[::2]:
        starts.append(starts[-1] + len(a))
    whole = zeros(starts[-1], starts[-1])
    for i, block in enumerate(blocks):
        top, left = starts[i // 2], starts[(i + 1) // 2]
        for k, row in enumerate(block):
            whole[top + k][left : left + len(row)] = row
    return [row[starts[-2] :] for row in f(whole)[: starts[1]]]


def exponential(a: Table) -> Table:
    """eᴬ by its series at A/2ˢ, squared s times.

    Examples
    --------
    >>> exponential([[0, 3], [0, 0]])
    [[1.0, 3.0], [0.0, 1.0]]
    """
    small, s = _halved(a)
    result = _series(small, [1 / (k + 1) for k in range(TERMS)], unit(len(a)))
    for _ in range(s):
        result = product(result, result)
    return result


def sine_and_cosine(a: Table) -> tuple[Table, Table]:
    """Both by their series at A/2ˢ, with the angle doubled s times: sin 2x, and 1 − 2 sin²x."""
    small, s = _halved(a)
    square = product(small, small)
    ratios = [-1 / ((k + 1) * (k + 2)) for k in range(TERMS)]
    sine = _series(square, ratios[1::2], small)
    cosine = _series(square, ratios[::2], unit(len(a)))
    for _ in range(s):
        doubled = scaled(product(sine, cosine), 2)
        cosine = combined(unit(len(a)), product(sine, sine), -2)
        sine = doubled
    return sine, cosine


def sine(a: Table) -> Table:
    """Compute sin A."""
    return sine_and_cosine(a)[0]


def cosine(a: Table) -> Table:
    """Compute cos A."""
    return sine_and_cosine(a)[1]


def _halved(a: Table) -> tuple[Table, int]:
    """A/2ˢ of norm at most 1/2, and s."""
    numbers = [[float(x) if isinstance(x, int | Fraction) else x for x in row] for row in a]
    norm = max(sum(abs(x) for x in row) for row in numbers)
    s = max(0, math.frexp(norm)[1] + 1)
    return scaled(numbers, 0.5**s), s


def _series(a: Table, ratios: list[float], first: Table) -> Table:
    """T_0 + T_1 + … with T_0 given and T_{k+1} = ratio_k A T_k."""
    term, result = scaled(first, 1.0), scaled(first, 1.0)
    for ratio in ratios:
        term = scaled(product(a, term), ratio)
        result = combined(result, term)
    return result
