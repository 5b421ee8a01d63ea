"""Rounding errors of generated code at hard values, beside formulas written by hand.

``python -m tests.rounding`` prints the table. Truth is the formula by hand in 50 digits, where
overflow and rounding play no part. An error is the largest of a result, in units of the float
type's ε times the largest entry of the true result.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import mpmath
import numpy as np

import matcalc as mc
from matcalc import Derivation, gradient
from matcalc.lower import compile_array_api, compile_numpy

DIGITS = 50
FORMS = {
    "readable": compile_numpy,
    "fast": partial(compile_numpy, fast=True),
    "array api": compile_array_api,
}
N, p, n, q = mc.dims("N p n q")
X, Y, Z, A = mc.matrix("X", N, p), mc.matrix("Y", N, q), mc.matrix("Z", N, p), mc.matrix("A", n, n)
w, y, v, Gamma = mc.column("w", p), mc.column("y", N), mc.column("v", n), mc.matrix("Gamma", p, q)
S = mc.matrix("S", n, n, "positive definite")
gamma, beta, epsilon = mc.row("gamma", p), mc.row("beta", p), mc.scalar("epsilon", positive=True)

Data = dict[str, Any]


class Floats:
    """What formulas by hand are written in: NumPy."""

    exp, log, log1p, sqrt, abs, tanh, where = (
        np.exp, np.log, np.log1p, np.sqrt, np.abs, np.tanh, np.where
    )  # fmt: skip
    inv = staticmethod(np.linalg.inv)

    @staticmethod
    def logdet(a: Any) -> Any:
        return np.linalg.slogdet(a)[1]


class Digits:
    """The same in 50 digits, entry by entry."""

    exp, log, log1p, sqrt, abs, tanh = (
        np.frompyfunc(getattr(mpmath, name), 1, 1)
        for name in ("exp", "log", "log1p", "sqrt", "fabs", "tanh")
    )
    where = staticmethod(np.where)

    @staticmethod
    def inv(a: Any) -> Any:
        return np.array((mpmath.matrix(a.tolist()) ** -1).tolist(), dtype=object).reshape(a.shape)

    @staticmethod
    def logdet(a: Any) -> Any:
        return mpmath.log(mpmath.det(mpmath.matrix(a.tolist())))


class Case(NamedTuple):
    """A loss, hard data, and the loss and gradient by hand."""

    name: str
    derivation: Derivation
    data: Data
    by_hand: Callable[..., tuple[Any, ...]]


def normal(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def softmax(xp: Any, a: Any) -> tuple[Any, Any]:
    """Log-sum-exp of the columns, and their softmax."""
    top = a.max(axis=0, keepdims=True)
    powers = xp.exp(a - top)
    return top + xp.log(powers.sum(axis=0, keepdims=True)), powers / powers.sum(axis=0)


def logsumexp_by_hand(xp: Any, Z: Any) -> tuple[Any, ...]:
    total, share = softmax(xp, Z)
    return total.sum(), share


def cross_entropy_by_hand(xp: Any, X: Any, Y: Any, Gamma: Any) -> tuple[Any, ...]:
    total, share = softmax(xp, (X @ Gamma).T)
    return total.sum() - (Y * (X @ Gamma)).sum(), X.T @ (share.T - Y)


def logistic(xp: Any, a: Any) -> Any:
    small = xp.exp(-xp.abs(a))
    return xp.where(a > 0, 1, small) / (1 + small)


def sigmoid_by_hand(xp: Any, v: Any) -> tuple[Any, ...]:
    s = logistic(xp, v)
    return s.sum(), s * (1 - s)


def softplus(xp: Any, v: Any) -> Any:
    return (v + xp.abs(v)) / 2 + xp.log1p(xp.exp(-xp.abs(v)))


def softplus_by_hand(xp: Any, v: Any) -> tuple[Any, ...]:
    return softplus(xp, v).sum(), logistic(xp, v)


def logistic_by_hand(xp: Any, X: Any, y: Any, w: Any) -> tuple[Any, ...]:
    z = X @ w
    return (softplus(xp, z) - y * z).sum(), X.T @ (logistic(xp, z) - y)


def tanh_by_hand(xp: Any, v: Any) -> tuple[Any, ...]:
    t = xp.tanh(v)
    return t.sum(), 1 - t**2


def log_det_by_hand(xp: Any, S: Any) -> tuple[Any, ...]:
    return xp.logdet(S), xp.inv(S)


def log_of_det_by_hand(xp: Any, A: Any) -> tuple[Any, ...]:
    return xp.logdet(A), xp.inv(A).T


def variance_by_hand(xp: Any, Z: Any) -> tuple[Any, ...]:
    centred = Z - Z.sum(axis=0) / len(Z)
    return (centred**2).sum() / len(Z), 2 * centred / len(Z)


def layer_by_hand(xp: Any, Z: Any, gamma: Any, beta: Any, epsilon: Any) -> tuple[Any, ...]:
    rows = len(Z)
    centred = Z - Z.sum(axis=0) / rows
    sigma = xp.sqrt((centred**2).sum(axis=0) / rows + epsilon)
    normed = centred / sigma
    out = normed * gamma + beta
    g = 3 * out**2 * gamma / sigma
    means = g.sum(axis=0) / rows, (g * normed).sum(axis=0) / rows
    return (out**3).sum(), g - means[0] - normed * means[1]


def squares_by_hand(xp: Any, X: Any, y: Any, w: Any) -> tuple[Any, ...]:
    r = X @ w - y
    return (r**2).sum(), 2 * (X.T @ r)


def norm_by_hand(xp: Any, v: Any) -> tuple[Any, ...]:
    length = xp.sqrt((v**2).sum())
    return length, v / length


def hilbert(size: int) -> Any:
    i = np.arange(size)
    return 1.0 / (1 + i[:, None] + i)


LEAST = gradient(mc.sum((X @ w - y) ** 2), w)
LOGISTIC = gradient(mc.sum(mc.softplus(X @ w) - y * (X @ w)), w)
ENTROPY = gradient(
    mc.sum(mc.row_logsumexp(X @ Gamma)) - mc.sum(Y * (X @ Gamma)), Gamma
)  # fmt: skip
LSE = gradient(mc.sum(mc.column_logsumexp(Z)), Z)
VARIANCE = gradient(mc.sum(mc.column_var(Z)), Z)
LAYER = gradient(mc.sum(mc.batch_norm(Z, gamma, beta, eps=epsilon) ** 3), Z)
SIGMOID, SOFTPLUS = (gradient(mc.sum(f(v)), v) for f in (mc.sigmoid, mc.softplus))
TANH = gradient(mc.sum(mc.tanh(v)), v)
NORM = gradient(mc.norm(v), v)
LOGDET, LOG_OF_DET = gradient(mc.logdet(S), S), gradient(mc.log(mc.det(A)), A)


def layer_data(seed: int, mean: float, spread: float) -> Data:
    z = mean + spread * normal(seed, 40, 5)
    return {"Z": z, "gamma": normal(seed + 1, 1, 5), "beta": normal(seed + 2, 1, 5)}


def cases() -> Iterator[Case]:
    """Every case."""
    for family in (softmaxes, activations, regressions, determinants, batches, products):
        yield from family()


def softmaxes() -> Iterator[Case]:
    for scale in (1.0, 300.0, 1e4, 1e-6):
        data = {"Z": scale * normal(1, 30, 4)}
        yield Case(f"log-sum-exp, entries ~ {scale:g}", LSE, data, logsumexp_by_hand)
    for scale in (1.0, 1e3, 1e-6):
        truth = np.eye(3)[np.random.default_rng(2).integers(3, size=30)]
        data = {"X": scale * normal(3, 30, 4), "Y": truth, "Gamma": normal(4, 4, 3)}
        yield Case(f"softmax regression, ~ {scale:g}", ENTROPY, data, cross_entropy_by_hand)


def activations() -> Iterator[Case]:
    for center in (0.0, -40.0, -600.0, 5.0):
        data = {"v": center + normal(5, 50, 1)}
        yield Case(f"sigmoid about {center:g}", SIGMOID, data, sigmoid_by_hand)
        yield Case(f"softplus about {center:g}", SOFTPLUS, data, softplus_by_hand)
    for scale in (1.0, 1e-8):
        yield Case(f"tanh, ~ {scale:g}", TANH, {"v": scale * normal(9, 50, 1)}, tanh_by_hand)


def regressions() -> Iterator[Case]:
    for scale in (1.0, 1e3):
        labels = (normal(7, 40, 1) > 0).astype(float)
        data = {"X": scale * normal(6, 40, 3), "y": labels, "w": normal(8, 3, 1)}
        yield Case(f"logistic regression, ~ {scale:g}", LOGISTIC, data, logistic_by_hand)
    for scale in (1.0, 1e70, 1e-70):
        data = {"X": scale * normal(15, 30, 4), "y": normal(16, 30, 1), "w": normal(17, 4, 1)}
        yield Case(f"least squares, ~ {scale:g}", LEAST, data, squares_by_hand)


def determinants() -> Iterator[Case]:
    for scale in (1.0, 1e60, 1e-60):
        spread = normal(10, 8, 8)
        data = {"S": scale * (spread @ spread.T + np.eye(8))}
        yield Case(f"log det, ~ {scale:g}", LOGDET, data, log_det_by_hand)
    turned = normal(11, 8, 8) + 5 * np.eye(8)
    yield Case("log(det)", LOG_OF_DET, {"A": turned}, log_of_det_by_hand)
    yield Case("log det, nearly singular", LOGDET, {"S": hilbert(7)}, log_det_by_hand)


def batches() -> Iterator[Case]:
    for mean, spread in ((0, 1), (1e8, 1), (1e-8, 1e-8), (-1e150, 1e140)):
        data = {"Z": mean + spread * normal(12, 100, 3)}
        yield Case(f"variance, {mean:g} ± {spread:g}", VARIANCE, data, variance_by_hand)
    for mean, spread, shift in ((0, 1, 1e-5), (1e6, 1, 1e-5), (0, 1e-9, 1e-5), (0, 1e-3, 1e-12)):
        data = layer_data(14, mean, spread) | {"epsilon": shift}
        yield Case(f"batch norm, {mean:g} ± {spread:g}, ε = {shift:g}", LAYER, data, layer_by_hand)


def products() -> Iterator[Case]:
    for scale in (1.0, 1e150, 1e-140):
        yield Case(f"norm, ~ {scale:g}", NORM, {"v": scale * normal(18, 20, 1)}, norm_by_hand)


def exact(data: Data) -> Data:
    """The same numbers, which are binary fractions, in 50 digits."""
    return {name: np.vectorize(mpmath.mpf, otypes=[object])(x) if np.ndim(x) else mpmath.mpf(x)
            for name, x in data.items()}  # fmt: skip


def error(found: Any, true: Any, epsilon_: float) -> float:
    """The largest error of an entry, in ε of the largest true entry."""
    wanted = np.atleast_1d(np.asarray(true, dtype=object))
    given = np.atleast_1d(np.asarray(found))
    assert given.shape == wanted.shape
    size = max(abs(x) for x in wanted.flat)
    off = max(abs(mpmath.mpf(float(x)) - t) for x, t in zip(given.flat, wanted.flat, strict=True))
    return float(off / size / epsilon_) if size else float(off)


def errors(case: Case, forms: Any = FORMS, dtype: Any = np.float64) -> dict[str, float]:
    """The larger error of loss and gradient: by hand, and of every form of generated code."""
    data = {k: x.astype(dtype) if np.ndim(x) else x for k, x in case.data.items()}
    one = float(np.finfo(dtype).eps)
    (parameter,) = case.derivation.gradients
    with mpmath.workdps(DIGITS), np.errstate(all="ignore"):
        true = case.by_hand(Digits, **exact(data))
        found = {"hand": case.by_hand(Floats, **data)}
        for name, compiled in forms.items():
            results = compiled(case.derivation)(**data)
            found[name] = results["loss"], results[parameter.name]
        return {
            name: max(error(x, t, one) for x, t in zip(values, true, strict=True))
            for name, values in found.items()
        }


def main() -> None:
    """Print the errors of every case in float64, and the worst factor over those by hand."""
    print(f"{'errors in ε of the largest entry':42}" + "".join(f"{x:>11}" for x in HEADS))
    worst = 0.0
    for case in cases():
        found = errors(case)
        ours = max(found[name] for name in FORMS)
        worst = max(worst, factor(ours, found["hand"]))
        print(f"{case.name:42}" + "".join(f"{found[x]:11.2g}" for x in HEADS))
    print(f"\nworst factor over the formula by hand (errors below 1 ε count as 1): {worst:.2g}")


HEADS = ("hand", *FORMS)


def factor(ours: float, hand: float) -> float:
    """How much larger an error is than by hand, none counted below ε."""
    return max(ours, 1.0) / max(hand, 1.0)


if __name__ == "__main__":
    main()
