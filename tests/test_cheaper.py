"""Forms chosen by cost: what they save, that they stay accurate, and that nobody's data is lost."""

from typing import Any

import numpy as np
import pytest

import matcalc
from derivations.batch_normed_net import Net, epsilon
from derivations.deep_net import deep_net
from matcalc import column, gradient, let, matrix, ones, relu, row, step
from matcalc.lower import compile_numpy, numpy_source
from matcalc.lower.chains import EVEN, Typical, typical_sizes
from matcalc.lower.cheaper import cheapest_form
from matcalc.lower.estimate import estimate
from matcalc.lower.laws import lower
from matcalc.symbols import below

NET = Net("relu", 0, epsilon).derivation()
SIZES = [(10, 7, 4), (256, 784, 256), (4096, 256, 256), (100_000, 64, 32)]


def given(N: int, p1: int, p2: int, seed: int = 0, mean: float = 1.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {"X": (N, p1), "y": (N, 1), "Gamma_1": (p1, p2), "Gamma_2": (p2, 1)}
    shapes |= {"beta": (1, p2), "gamma": (1, p2)}
    data = {k: rng.normal(size=shape) for k, shape in shapes.items()}
    data["X"] += mean
    return data | {"epsilon": 1e-5}


def typical(size: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("N", "p1", "p2"), size, strict=True))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_form_has_the_same_values(size: tuple[int, int, int]) -> None:
    data = given(23, 5, 3)
    kept = {k: np.copy(x) for k, x in data.items()}
    expected = compile_numpy(NET)(**data)
    for fast in (False, True):
        found = compile_numpy(NET, fast=fast, typical=typical(size))(**data)
        for key, x in expected.items():
            np.testing.assert_allclose(found[key], x, 1e-9, 1e-12)
    assert all(np.array_equal(data[k], x) for k, x in kept.items())


def test_the_mean_is_taken_off_behind_the_product_where_rows_are_many() -> None:
    sources = [numpy_source(NET, typical=typical(size)) for size in SIZES]
    assert ["ones_N @ X" in source for source in sources] == [False, False, True, True]
    assert ["(Gamma_1.T @ X.T).T" in source for source in sources] == [False, False, False, True]


def test_a_relu_saves_the_product_with_its_values() -> None:
    assert "(V.T @ epsilon_hat)" not in numpy_source(NET)
    assert "(V.T @ epsilon_hat)" in numpy_source(Net("abstract a").derivation())


def test_a_large_mean_does_not_cancel() -> None:
    """Variances are sums of centred squares in every form, never differences of large sums."""
    shifted, data = given(40, 3, 4, mean=1e6), given(40, 3, 4, mean=0.0)
    shifted["X"] = data["X"] + 1e6
    for size in SIZES:
        run = compile_numpy(NET, typical=typical(size))
        assert run(**shifted)["loss"] == pytest.approx(run(**data)["loss"], rel=1e-6)


def test_a_product_with_the_relu_of_what_is_centred_stays() -> None:
    A, c = matrix("A", "N", "p"), column("c", "N")
    centred = A - ones("N") @ row("m", "p")
    loss = matcalc.inner(relu(centred).T @ c, column("w", "p")) + matcalc.sum(step(A) * A)
    assert ".T @ c" in numpy_source(gradient(loss, column("w", "p")))


def time(roots: list[Any], typical: Typical) -> float:
    return estimate(list(below(roots)), typical, {})


def test_a_choice_never_costs_more() -> None:
    done: dict[Any, Any] = {}
    forms = [lower(x, done) for x in (NET.loss, *NET.gradients.values())]
    for size in SIZES:
        sizes = typical_sizes(typical(size), matcalc.dims("N p1 p2"))
        assert time(cheapest_form(forms, EVEN), EVEN) < time(forms, EVEN)
        assert time(cheapest_form(forms, sizes), sizes) <= time(forms, sizes)


def test_a_function_of_two_matrices_costs_more_than_their_product() -> None:
    A, B = matrix("A", "N", "p"), matrix("B", "N", "p")
    assert time([matcalc.logaddexp(A, B)], EVEN) > time([A * B], EVEN)


def test_names_are_kept_where_what_they_stand_for_is() -> None:
    source = numpy_source(deep_net(3).derivation())
    for name in ("Z_2", "mu_Z_2", "sigma_Z_3", "B_3", "V_2", "epsilon_hat"):
        assert f"    {name} = " in source


def test_nothing_is_written_over_that_is_read_later() -> None:
    A, r = matrix("A", "N", "p"), row("r", "p")
    Z = let("Z", matcalc.exp(A / 9) * (ones("N") @ r))
    loss = matcalc.sum(Z**3) + matcalc.sum(relu(Z) * Z) + matcalc.trace(Z.T @ Z @ Z.T @ A)
    d = gradient(loss, (A, r))
    data = {"A": np.random.default_rng(1).normal(size=(6, 3)), "r": np.array([[1.0, -2, 3]])}
    found = compile_numpy(d)(**data)
    for name, x in data.items():
        step_ = np.random.default_rng(2).normal(size=x.shape)
        moved = [compile_numpy(d)(**data | {name: x + h * step_})["loss"] for h in (1e-6, -1e-6)]
        assert np.vdot(found[name], step_) == pytest.approx((moved[0] - moved[1]) / 2e-6, rel=1e-6)
