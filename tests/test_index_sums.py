"""Random sums over entries in sympy, and the matrix expressions they are read as."""

import random
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Identity, Matrix, Sum, exp, sin

from matcalc import from_sympy
from matcalc.errors import UnsupportedInput
from tests.sympy_values import value
from tests.test_sympy_interop import NUMBERS, M, S, a, by_loops, c, i, j, k, n, q, tables, w, x


def random_entry(rng: random.Random, depth: int = 1) -> Any:
    """An expression in entries of square matrices and columns, over the indices i, j, k, q."""
    row, col = rng.choice(INDICES), rng.choice((*INDICES, 1))
    entry = rng.choice((S[row, col], M[col, row], x[row, 0], w[row, 0], S.I[row, col]))
    if depth and rng.random() < 0.4:
        f = rng.choice((sin, a, lambda t: t**2, lambda t: 1 / (1 + exp(-t)), lambda t: t + c))
        return f(random_entry(rng, 0) + rng.choice((0, c * entry, entry, Identity(n)[row, col])))
    return entry


INDICES = (i, j, k, q)


@pytest.mark.parametrize("seed", range(150))
def test_random_sums_over_indices(seed: int) -> None:
    rng = random.Random(seed)
    body = sympy.prod(random_entry(rng) for _ in range(rng.randint(1, 5)))
    bound = sorted(body.free_symbols & set(INDICES), key=str)
    expr = c * Sum(body, *((index, 0, n - 1) for index in bound))
    try:
        read = from_sympy(expr)
    except UnsupportedInput as error:
        assert "no matrix" in str(error)
        return
    data = tables(expr)
    arrays = {s: sympy.matrix2numpy(Matrix(table), dtype=float) for s, table in data.items()}
    at = {**arrays, **{s: number for s, number in NUMBERS.items() if s not in bound}}
    expected = np.real(value(expr.replace(a, lambda u: u**3 - u), at))
    assert abs(float(by_loops(read, data)) - expected) <= 1e-9 * (1 + abs(expected))
