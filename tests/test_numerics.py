"""Generated code at hard values: rounding, infinities, NaN, odd arrays, threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from derivations.batch_normed_net import Net, epsilon
from matcalc import Derivation, gradient
from matcalc.lower import compile_array_api, compile_numpy
from tests import rounding
from tests.rounding import cases, errors, factor

N, n, p = mc.dims("N n p")
Z, S, v = mc.matrix("Z", N, n), mc.matrix("S", n, n), mc.column("v", n)
Z_OTHER, r, y = mc.matrix("Y", N, n), mc.row("r", n), mc.column("y", N)
X, w = mc.matrix("X", N, p), mc.column("w", p)
FACTOR = 4
"""How much larger than by hand an error may be; the largest measured is 1.6."""


def once(compiled: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, for each derivation once."""
    done: dict[int, tuple[Any, Any]] = {}

    def run(derivation: Any) -> Any:
        if id(derivation) not in done:
            done[id(derivation)] = derivation, compiled(derivation)
        return done[id(derivation)][1]

    return run


FORMS = {name: once(compiled) for name, compiled in rounding.FORMS.items()}
CASES = list(cases())
forms = pytest.mark.parametrize("compiled", FORMS.values(), ids=FORMS)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_rounding_is_that_of_formulas_by_hand(case: Any) -> None:
    found = errors(case, FORMS)
    assert all(factor(found[name], found["hand"]) <= FACTOR for name in FORMS), found


def test_no_error_hides_in_small_entries() -> None:
    """Sigmoids of all magnitudes, entry by entry."""
    x = np.array([[-700.0], [-100.0], [-37.0], [-1.0], [0.0], [1.0], [50.0], [800.0]])
    true = [np.exp(-np.logaddexp(np.longdouble(0), -np.longdouble(t))) for t in x.flat]
    for compiled in FORMS.values():
        found = compiled(Derivation(mc.sigmoid(v), {}, kind="jacobian"))(v=x)["value"]
        assert np.allclose(found.ravel(), np.array(true, float), rtol=1e-15, atol=0)


def net(rows: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {"X": (rows, 4), "y": (rows, 1), "Gamma_1": (4, 3), "Gamma_2": (3, 1)}
    shapes |= {"gamma": (1, 3), "beta": (1, 3)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


SMOOTHED, PLAIN = Net("relu", 0, epsilon).derivation(), Net("relu", 0, 0).derivation()


@forms
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_columns_without_variance(compiled: Callable[[Any], Any]) -> None:
    """With ε = 0 they give NaN wherever they count, with ε > 0 the limit."""
    data = net(8) | {"Gamma_1": np.array([[0.5], [0.0], [0.0], [0.0]]) * np.ones((1, 3))}
    data["X"][:, 0] = 0.25
    found = compiled(PLAIN)(**data)
    assert all(np.isnan(x).all() for x in found.values())
    found = compiled(SMOOTHED)(**data, epsilon=1e-3)
    out = np.maximum(data["beta"], 0) @ data["Gamma_2"]
    assert np.allclose(found["loss"], ((data["y"] - out) ** 2).mean())
    slope = -2 * (data["y"] - out).mean() * data["Gamma_2"].T * (data["beta"] > 0)
    assert np.allclose(found["beta"], slope) and not found["gamma"].any()


CONSTANT = {
    "a batch norm": mc.inner(Z_OTHER, mc.batch_norm(Z, r, r, eps=0)),
    "a layer norm": mc.inner(Z_OTHER.T, mc.layer_norm(Z.T, y.T, y.T, eps=0)),
    "quotients": mc.inner(Z_OTHER, Z / (mc.ones(N) @ mc.column_std(Z, ddof=1))),
    "centred by hand": mc.sum(
        mc.log(mc.column_sums((mc.centering(N) @ Z) ** 2)) * r
    ),
}  # fmt: skip


@forms
@pytest.mark.parametrize("loss", CONSTANT.values(), ids=CONSTANT)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_constant_whose_mean_rounds_has_no_variance(
    loss: Any, compiled: Callable[[Any], Any]
) -> None:
    rng = np.random.default_rng(5)
    shapes = {"Z": (7, 3), "Y": (7, 3), "r": (1, 3), "y": (7, 1)}
    data = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    derivation = gradient(loss, Z)
    run = compiled(derivation)
    data = {name: data[name] for name in compile_numpy(derivation).arguments}
    assert all(np.isfinite(x).all() for x in run(**data).values())
    data["Z"][:, 1] = 0.1
    assert (data["Z"].mean(axis=0) != 0.1)[1], "the mean does not round"
    found = run(**data)
    assert not np.isfinite(found["loss"])
    assert not np.isfinite(found["Z"][:, 1]).any()
    assert np.isfinite(found["Z"][:, [0, 2]]).all()


@forms
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_row(compiled: Callable[[Any], Any]) -> None:
    """A batch of one row has no variance; without batches one row is as good as any."""
    assert all(np.isnan(x).all() for x in compiled(PLAIN)(**net(1)).values())
    assert all(np.isfinite(x).all() for x in compiled(SMOOTHED)(**net(1), epsilon=1e-3).values())
    squares = compiled(gradient(mc.sum((X @ w - y) ** 2), w))
    found = squares(X=np.array([[1.0, 2.0]]), y=np.ones((1, 1)), w=np.ones((2, 1)))
    assert found["loss"] == 4 and np.array_equal(found["w"], [[4.0], [8.0]])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_singular_matrices() -> None:
    """An error or an infinity, and no number that looks like one."""
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    for loss in (mc.logdet(S), mc.trace(mc.inv(S)), mc.sum(mc.inv(S) @ v)):
        for compiled in (FORMS["readable"], FORMS["fast"]):
            code = compiled(gradient(loss, S))
            data = {"S": singular, "v": np.ones((2, 1))}
            with pytest.raises(np.linalg.LinAlgError):
                code(**{name: data[name] for name in code.arguments})
    value = compile_numpy(Derivation(mc.logdet(S), {}))
    assert value(S=singular)["loss"] == -np.inf


LOSSES: dict[str, Any] = {
    "relu": mc.relu, "abs": mc.abs, "sign": mc.sign, "sigmoid": mc.sigmoid, "softplus": mc.softplus,
    "tanh": mc.tanh, "silu": mc.silu, "gelu": mc.gelu, "elu": mc.elu, "leaky relu": mc.leaky_relu,
    "maximum": lambda x: mc.maximum(x, 2), "minimum": lambda x: mc.minimum(x, 2),
    "clip": lambda x: mc.clip(x, -1, 1), "huber": lambda x: mc.huber(x, 1), "exp": mc.exp,
    "softmax": lambda x: mc.column_softmax(x) * x, "log-sum-exp": mc.column_logsumexp,
    "log softmax": mc.column_log_softmax, "standard deviation": mc.column_std,
    "mean": mc.column_mean, "step of itself": lambda x: mc.step(x) * x,
}  # fmt: skip
CONSTANT_SLOPES = {
    *("relu", "sign", "elu", "leaky relu", "maximum", "minimum", "clip", "step of itself", "mean"),
}
"""Functions with pieces whose slope is a number: NaN lies on no side, so on that of the else."""


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_in_gives_nan_out(name: str) -> None:
    derivation = gradient(mc.sum(LOSSES[name](v)), v)
    x = np.array([[0.5], [np.nan], [-0.25]])
    for compiled in list(FORMS.values())[: 2 if name == "gelu" else 3]:
        found = compiled(derivation)(v=x)
        assert np.isnan(found["loss"]).all()
        assert name in CONSTANT_SLOPES or np.isnan(found["v"][1, 0])


@forms
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_reaches_every_gradient_that_it_touches(compiled: Callable[[Any], Any]) -> None:
    for name in ("X", "y", "Gamma_1", "Gamma_2", "gamma", "beta"):
        data = net(6)
        data[name][0, 0] = np.nan
        found = compiled(SMOOTHED)(**data, epsilon=1e-5)
        assert all(np.isnan(x).any() for x in found.values()), name


@forms
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinite_activation(compiled: Callable[[Any], Any]) -> None:
    """relu(−∞) = 0, and the gradient by the weights behind it is what it is with 0 there."""
    hidden, out = mc.matrix("H", N, n), mc.column("c", n)
    derivation = gradient(mc.sum((mc.relu(hidden) @ out - y) ** 2), out)
    h = np.array([[-np.inf, 1.0], [2.0, -3.0], [1.0, 4.0]])
    data = {"y": np.array([[1.0], [0.0], [2.0]]), "c": np.array([[0.5], [-1.0]])}
    found, zero = (compiled(derivation)(H=x, **data) for x in (h, np.where(h < 0, 0, h)))
    assert np.isfinite(found["c"]).all() and np.array_equal(found["c"], zero["c"])


def odd(x: Any, kind: str) -> Any:
    """The same matrix lying otherwise in memory."""
    if kind == "every other row":
        return np.repeat(x, 2, axis=0)[::2]
    if kind == "backwards":
        return x[::-1].copy()[::-1]
    if kind == "Fortran order":
        return np.asfortranarray(x)
    if kind == "read-only":
        x = x.copy()
        x.flags.writeable = False
        return x
    return np.broadcast_to(x, x.shape) if kind == "broadcast" else x.astype(x.dtype.newbyteorder())


KINDS = ("every other row", "backwards", "Fortran order", "read-only", "broadcast", "byte order")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
def test_arrays_that_lie_otherwise(kind: str, fast: bool) -> None:
    data = net(7)
    run = FORMS["fast" if fast else "readable"](SMOOTHED)
    expected = run(**data, epsilon=1e-3)
    given = {name: odd(x, kind) for name, x in data.items()}
    found = run(**given, epsilon=1e-3)
    for name, x in expected.items():
        assert np.allclose(found[name], x, rtol=1e-12, atol=1e-14), name
    assert all(np.array_equal(given[name], data[name]) for name in data)


@forms
def test_arguments_stay_as_they_are(compiled: Callable[[Any], Any]) -> None:
    for case in CASES:
        data = {name: np.copy(x) if np.ndim(x) else x for name, x in case.data.items()}
        with np.errstate(all="ignore"):
            compiled(case.derivation)(**data)
        assert all(np.array_equal(x, case.data[name]) for name, x in data.items()), case.name


class Own(np.ndarray):
    """A subclass that nobody knows."""


REFUSED: dict[str, Callable[[Any], Any]] = {
    "masked": np.ma.masked_array,
    "subclass": lambda x: x.view(Own),
    "matrix": lambda x: x.view(np.matrix),
    "ints": lambda x: x.astype(int),
    "half": lambda x: x.astype(np.float16),
    "long": lambda x: x.astype(np.longdouble),
    "complex": lambda x: x.astype(complex),
    "objects": lambda x: x.astype(object),
    "a list": lambda x: x.tolist(),
    "no rows": lambda x: x[:0],
    "no columns": lambda x: x[:, :0],
    "one axis": lambda x: x[0],
    "three axes": lambda x: x[None],
}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
def test_arrays_that_are_refused(kind: str, fast: bool) -> None:
    data = net(5)
    with pytest.raises((TypeError, ValueError), match="Gamma_1: expected"):
        run = FORMS["fast" if fast else "readable"](SMOOTHED)
        run(**data | {"Gamma_1": REFUSED[kind](data["Gamma_1"])}, epsilon=1e-3)


@pytest.mark.parametrize("kept", [None, "one for each", "one for all"])
def test_eight_threads_call_one_function(kept: str | None) -> None:
    run, rows = compile_numpy(SMOOTHED, fast=kept is not None), 400
    data = [net(rows, seed) for seed in range(8)]
    expected = [run(**given, epsilon=1e-3) for given in data]
    shared: dict[str, Any] = {}
    start = threading.Barrier(8)

    def calls(i: int) -> bool:
        own: dict[str, Any] = shared if kept == "one for all" else {}
        start.wait()
        for _ in range(60):
            found = run(**data[i], epsilon=1e-3, **({} if kept is None else {"work": own}))
            if not all(np.array_equal(found[name], x) for name, x in expected[i].items()):
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(calls, range(8)))


def test_array_api_functions_in_threads() -> None:
    run, data = compile_array_api(SMOOTHED), [net(50, seed) for seed in range(8)]
    expected = [run(**given, epsilon=1e-3)["Gamma_1"] for given in data]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda given: run(**given, epsilon=1e-3)["Gamma_1"], data))
    assert all(np.array_equal(x, y) for x, y in zip(found, expected, strict=True))
