import math
from typing import Any

import numpy as np
import pytest
import sympy

from matcalc.check import check
from matcalc.derivation import Derivation
from matcalc.dimensions import dims
from matcalc.operators.algebra import inv
from matcalc.operators.constants import centering, ones
from matcalc.operators.elementwise import elementwise, function
from matcalc.operators.functions import relu
from matcalc.operators.leaves import column, let, matrix, scalar
from matcalc.operators.scalars import inner, squared_norm, total, trace
from matcalc.pointwise import Undefined
from matcalc.sampling import MARGIN, Sampler, Smooth, distinct_sizes

N, p, q = dims("N p q")
X, W, y = matrix("X", N, p), matrix("W", p, q), column("y", N)
c = scalar("c")
SIZES = {N: 4, p: 3, q: 5}


@pytest.mark.parametrize("order", range(6))
def test_derivatives_of_the_example_function(order: int) -> None:
    f = Smooth(0.4)
    slope = f(order, 0.7 + 1e-30j).imag / 1e-30
    assert slope == pytest.approx(f(order + 1, 0.7), rel=1e-14)


def test_the_example_function_keeps_the_type_of_arrays() -> None:
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    np.testing.assert_allclose(Smooth(0.4)(1, x)[1, 2], Smooth(0.4)(1, 1.0), rtol=1e-15)
    for order in range(5):
        assert Smooth(0.4)(order, x.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("swapped", [False, True])
def test_sizes_are_distinct(swapped: bool) -> None:
    symbols = dims("a b c d e f g")
    sizes = distinct_sizes(symbols, {symbols[2]: 4}, swapped=swapped)
    assert sizes[symbols[2]] == 4 and min(sizes.values()) >= 3
    assert len(set(sizes.values())) == len(symbols)


def test_second_sizes_all_differ_from_the_first() -> None:
    symbols = dims("a b c d e f g")
    first, second = distinct_sizes(symbols, {}), distinct_sizes(symbols, {}, swapped=True)
    assert all(first[s] != second[s] for s in symbols)


def test_samples_are_reproducible_and_not_symmetric() -> None:
    square = matrix("S", N, N)
    roots = [trace(square @ X @ X.T) + c * squared_norm(y)]
    first, again = (Sampler(roots, 3).draw({N: 4, p: 3}) for _ in range(2))
    assert first.data == again.data and first.scalars == again.scalars
    assert 0.5 < first.scalars[c] < 1.5
    table = first.data[square]
    assert table[0][1] != table[1][0]


def test_single_precision_data_are_exact_in_single_precision() -> None:
    sample = Sampler([squared_norm(y)], 0, single=True).draw({N: 4})
    assert all(float(np.float32(x)) == x for (x,) in sample.data[y])


@pytest.mark.parametrize("seed", range(20))
def test_data_keep_away_from_kinks_and_poles(seed: int) -> None:
    loss = total(elementwise(relu, X @ W)) + total(1 / W) + trace(inv(X.T @ X))
    assert Sampler([loss], seed).draw(SIZES).base.margin > MARGIN


def test_a_kink_that_no_data_avoid() -> None:
    zero = centering(N) @ ones(N)
    sample = Sampler([total(elementwise(relu, zero)) + squared_norm(y)], 0).draw({N: 4})
    assert sample.base.margin < MARGIN


def test_overflow_counts_as_no_value() -> None:
    big = let("Z", 1e200 * y)
    with pytest.raises(Undefined, match="overflows"):
        Sampler([inner(big, big)], 0).draw({N: 3})


def test_moved_changes_one_entry() -> None:
    sample = Sampler([inner(X, X) + c], 0).draw({N: 2, p: 3})
    x = sample.data[X]
    before = sum(entry**2 for row in x for entry in row) + sample.scalars[c]
    after = sample.moved(X, 1, 2, 0.5).value(inner(X, X) + c)
    assert after - before == pytest.approx((x[1][2] + 0.5) ** 2 - x[1][2] ** 2)
    assert sample.moved(c, 0, 0, 2).value(inner(X, X) + c) - before == pytest.approx(2)


def test_abstract_functions_differ() -> None:
    loss = total(function("a")(y)) + total(function("b")(y))
    functions = Sampler([loss], 0).functions
    assert list(functions) == ["a", "b"]
    assert not math.isclose(functions["a"](0, 0.3), functions["b"](0, 0.3))


def test_data_in_the_domain_of_a_logarithm() -> None:
    loss = total(elementwise(sympy.log, X))
    derivation = Derivation(loss, {X: 1 / X})
    report = check(derivation, code=lambda X: {"loss": np.sum(np.log(X)), "X": 1 / X})
    assert report.ok and report.notes[0].startswith("data are positive")


def test_sizes_without_a_value_are_left_out() -> None:
    loss, by_y = squared_norm(y) / (N - 1), 2 * y / (N - 1)
    report = check(
        Derivation(loss, {y: by_y}),
        code=lambda y: {"loss": np.sum(y**2) / (len(y) - 1), "y": 2 * y / (len(y) - 1)},
    )
    assert report.ok and [row.sizes["N"] for row in report.rows] == [4, 3]
    assert report.notes[0].startswith("left out N=1: ")


def gram_code(X: Any) -> dict[str, Any]:
    inverse = np.linalg.inv(X.T @ X)
    return {"loss": np.trace(inverse), "X": -2 * X @ inverse @ inverse}


def test_singular_sizes_are_left_out() -> None:
    loss, by_x = trace(inv(X.T @ X)), -2 * X @ inv(X.T @ X) @ inv(X.T @ X)
    report = check(Derivation(loss, {X: by_x}), code=gram_code)
    assert report.ok, str(report)
    assert [note.split(":")[0] for note in report.notes] == ["left out N=3 p=4", "left out N=1 p=3"]
    with pytest.raises(Undefined, match=r"left out N=2 p=5: .*; give sizes"):
        check(Derivation(loss, {X: by_x}), sizes={N: 2, p: 5}, code=gram_code)
