"""Losses of one flat vector: packing, gradients, Hessians and their products, and training."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from derivations import training
from derivations.batch_normed_net import Net
from matcalc import (
    column,
    function,
    gradient,
    jacobian,
    let,
    logistic_regression,
    matrix,
    ridge_regression,
    scalar,
    sum,
    trace,
)
from matcalc.errors import MissingData, ShapeError, UnsupportedInput
from matcalc.lower import Objective, numpy_source

X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
W, B, c = matrix("W", "p", "k"), matrix("B", "k", "q"), scalar("c")
T = matrix("T", "N", "q")
SIZES = (
    {"N": 7, "p": 4, "k": 3, "q": 2},
    {"N": 4, "p": 1, "k": 2, "q": 1},
    {"N": 1, "p": 3, "k": 1, "q": 2},
)
SIN = {"f": np.sin, "f_prime": np.cos, "f_prime_prime": lambda x: -np.sin(x)}
rng = np.random.default_rng(11)


def two_layers(sizes: dict[str, int]) -> Objective:
    """‖f(XW)B − T‖²/2 + c²‖W‖² by W, B and the scalar c, which is a parameter too."""
    f = function("f")
    Z = let("Z", X @ W)
    loss = sum((f(Z) @ B - T) ** 2) / 2 + c**2 * sum(W**2) + 3 * c**4
    data = {"X": rng.normal(size=(sizes["N"], sizes["p"]))}
    data["T"] = rng.normal(size=(sizes["N"], sizes["q"]))
    return Objective(gradient(loss, [W, B, c]), {**data, **SIN}, {"k": sizes["k"]})


def by_loops(objective: Objective, theta: Any) -> float:
    """The same loss, written with loops."""
    at, x, t = objective.unpack(theta), objective.data["X"], objective.data["T"]
    total = 3 * at["c"] ** 4
    for row, target in zip(x, t, strict=True):
        hidden = [np.sin(sum_of(row, col)) for col in at["W"].T]
        for j, wanted in enumerate(target):
            total += (sum_of(hidden, at["B"][:, j]) - wanted) ** 2 / 2
    return total + at["c"] ** 2 * sum_of(at["W"].ravel(), at["W"].ravel())


def sum_of(a: Any, b: Any) -> Any:
    return np.add.reduce([u * v for u, v in zip(a, b, strict=True)])


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_everything_agrees_with_the_loops(sizes: dict[str, int]) -> None:
    objective = two_layers(sizes)
    theta, v = rng.normal(size=objective.size), rng.normal(size=objective.size)
    loss, slope = objective.fun_and_grad(theta)
    assert isinstance(loss, float) and loss == pytest.approx(by_loops(objective, theta), rel=1e-12)
    assert objective.fun(theta) == loss and np.array_equal(objective.grad(theta), slope)
    e, steps = 1e-6, np.eye(objective.size)
    slow = [
        (by_loops(objective, theta + e * s) - by_loops(objective, theta - e * s)) / (2 * e)
        for s in steps
    ]
    assert np.linalg.norm(slope) > 0 and np.allclose(slope, slow, rtol=1e-6, atol=1e-6)
    H = objective.hess(theta)
    columns = [
        (objective.grad(theta + e * s) - objective.grad(theta - e * s)) / (2 * e) for s in steps
    ]
    assert np.allclose(H, np.array(columns).T, rtol=1e-6, atol=1e-6)
    assert np.allclose(H, H.T) and np.allclose(objective.hessp(theta, v), H @ v)
    assert not np.allclose(objective.hessp(theta, v), 1.01 * H @ v)


def test_packing_stacks_columns() -> None:
    objective = two_layers(SIZES[0])
    given = {"W": rng.normal(size=(4, 3)), "B": rng.normal(size=(3, 2)), "c": 0.5}
    theta = objective.pack(given)
    assert objective.size == 19 and theta.shape == (19,)
    assert np.array_equal(theta[:4], given["W"][:, 0]) and theta[-1] == 0.5
    again = objective.unpack(theta)
    assert list(again) == ["W", "B", "c"] and again["c"] == 0.5
    assert all(np.array_equal(again[name], given[name]) for name in "WB")
    assert np.array_equal(objective.pack(again), theta)


def test_what_is_refused() -> None:
    objective = two_layers(SIZES[0])
    theta = np.ones(objective.size)
    good = objective.unpack(theta)
    with pytest.raises(MissingData, match="parameter B"):
        objective.pack({"W": good["W"], "c": 1.0})
    with pytest.raises(ShapeError, match="W: expected the shape"):
        objective.pack({**good, "W": good["W"].T})
    with pytest.raises(ShapeError, match="19 entries"):
        objective.fun(theta[:-1])
    d = gradient(ridge_regression(X, w, y, c), w)
    with pytest.raises(MissingData, match="the loss needs c"):
        Objective(d, {"X": np.ones((3, 2)), "y": np.ones((3, 1))}).fun(np.ones(2))
    with pytest.raises(MissingData, match="size p"):
        Objective(d, {"y": np.ones((3, 1)), "c": 1.0})
    with pytest.raises(ValueError, match="N = 3"):
        Objective(d, {"X": np.ones((3, 2)), "y": np.ones((4, 1)), "c": 1.0})
    with pytest.raises(UnsupportedInput, match="jacobian"):
        Objective(jacobian(X @ w, w), {})
    S = matrix("S", "n", "n", "symmetric")
    with pytest.raises(UnsupportedInput, match="structure"):
        Objective(gradient(trace(S @ S), S), {}, {"n": 2})
    Z = let("Z", X @ w)
    with pytest.raises(UnsupportedInput, match="Z"):
        Objective(gradient(sum(Z**2), Z), {"X": np.ones((3, 2))}, {"p": 2})
    half = {k: x for k, x in objective.data.items() if k != "f_prime_prime"}
    with pytest.raises(MissingData, match="f_prime_prime"):
        Objective(objective.derivation, half, {"k": 3}).hess(theta)


def test_the_float_type_is_that_of_the_data() -> None:
    d = gradient(logistic_regression(X, w, y), w)
    data = {"X": rng.normal(size=(5, 3)), "y": np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])}
    small = Objective(d, {k: x.astype(np.float32) for k, x in data.items()})
    theta, v = np.ones(3), np.arange(3.0)
    for found in (small.grad(theta), small.hess(theta), small.hessp(theta, v)):
        assert found.dtype == np.float32
    assert np.allclose(small.hess(theta), Objective(d, data).hess(theta), atol=1e-5)


def test_ridge_regression_reaches_its_closed_form() -> None:
    data = {"X": rng.normal(size=(9, 4)), "y": rng.normal(size=(9, 1)), "c": 0.3}
    objective = Objective(gradient(ridge_regression(X, w, y, c), w), data)
    start = np.zeros(4)
    theta = start - np.linalg.solve(objective.hess(start), objective.grad(start))
    x = data["X"]
    closed = np.linalg.solve(x.T @ x + 0.3 * np.eye(4), x.T @ data["y"])
    assert np.allclose(objective.unpack(theta)["w"], closed)
    assert np.linalg.norm(objective.grad(theta)) < 1e-12 < np.linalg.norm(objective.grad(start))


def test_sources_name_what_they_compute() -> None:
    d = gradient(ridge_regression(X, w, y, c), w)
    data = {"X": np.ones((3, 2)), "y": np.ones((3, 1)), "c": 1.0}
    objective = Objective(d, data)
    assert objective.source == numpy_source(d)
    assert "X.T @ (X @ along_w)" in objective.product_source


def test_directions_take_no_name_that_is_taken() -> None:
    along = column("along_w", "N")
    d = gradient(sum((X @ w - along) ** 2), w)
    x = rng.normal(size=(4, 2))
    objective = Objective(d, {"X": x, "along_w": np.ones((4, 1))})
    assert np.allclose(objective.hessp(np.ones(2), np.array([1.0, 2.0])), 2 * x.T @ x @ [1, 2])


def test_the_net_is_trained_by_plain_newton() -> None:
    objective, start = training.problem()
    path = list(training.newton(objective, start, 12))
    losses = [loss for loss, _ in path]
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0] / 50
    again = [loss for loss, _ in training.newton(*training.problem(), 3)]
    assert again == losses[:3]
    theta, v, e = path[2][1], rng.normal(size=objective.size), 1e-6
    slope = (objective.grad(theta + e * v) - objective.grad(theta - e * v)) / (2 * e)
    assert np.allclose(objective.hessp(theta, v), slope, atol=1e-6)


def test_the_founding_gradients_are_its_blocks() -> None:
    objective, theta = training.problem()
    net = Net(ddof=1)
    assert [p.name for p in net.derivation().gradients] == list(objective.shapes)
    slope = objective.unpack(objective.grad(theta))
    assert {name: x.shape for name, x in slope.items()} == objective.shapes


def test_the_example_prints_its_losses(capsys: pytest.CaptureFixture[str]) -> None:
    training.main()
    lines = capsys.readouterr().out.splitlines()
    first, last = (float(line.split()[-1]) for line in (lines[1], lines[-1]))
    assert last < first / 20


def test_scipy_trains_the_net() -> None:
    pytest.importorskip("scipy.optimize")
    path = list(training.by_scipy(*training.problem()))
    assert path[-1][0] < path[0][0] / 20


def test_scipy_reaches_the_closed_form_by_every_method() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    data = {"X": rng.normal(size=(9, 4)), "y": rng.normal(size=(9, 1)), "c": 0.3}
    objective = Objective(gradient(ridge_regression(X, w, y, c), w), data)
    x, start = data["X"], np.zeros(4)
    closed = np.linalg.solve(x.T @ x + 0.3 * np.eye(4), x.T @ data["y"])[:, 0]
    for more in (
        {"method": "L-BFGS-B"},
        {"method": "Newton-CG", "hessp": objective.hessp},
        {"method": "trust-exact", "hess": objective.hess},
        {"method": "trust-krylov", "hessp": objective.hessp},
    ):
        found = optimize.minimize(objective.fun_and_grad, start, jac=True, **more)
        assert np.allclose(found.x, closed, atol=1e-4)


@pytest.mark.skipif(importlib.util.find_spec("scipy") is not None, reason="scipy is installed")
def test_without_scipy_the_extra_is_named() -> None:
    with pytest.raises(ImportError, match=r"matcalc\[scipy\]"):
        training.by_scipy(*training.problem())
