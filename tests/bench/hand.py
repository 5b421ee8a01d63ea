"""NumPy optimised by hand for the sizes at hand, and the work that no method can avoid.

What these exploit: scales of columns multiply the small results instead of the large arrays; relu
is homogeneous, so ∂Γ₂ is γ ⊙ ∂γ + β ⊙ ∂β over Γ₂; the mean comes from the column sums of X; tall
arrays lie feature by feature and are worked on by blocks that stay in cache; memory is kept.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.bench.workloads import Data, Size

Array = np.ndarray[Any, Any]
Run = Callable[[Data], dict[str, Any]]

TINY, CACHED, BLOCK = 4096, 6 * 2**20, 2 * 2**20
"""Entries of a tiny array, bytes of one that is not cut, bytes of a block."""


def net(size: Size, dtype: str) -> Run:
    """The founding net, by size."""
    N, _, p = size
    if N * p < TINY:
        return _tiny_net
    kept: dict[Any, Any] = {}
    block = N if N * p * np.dtype(dtype).itemsize <= CACHED else _rows(p, dtype)
    return lambda d: _net(d, block, kept)


def _rows(p: int, dtype: str) -> int:
    return max(64, BLOCK // (p * np.dtype(dtype).itemsize))


def _tiny_net(d: Data) -> dict[str, Any]:
    """Few calls: at this size they are what costs."""
    X, gamma, g = d["X"], d["gamma"], d["Gamma_2"].T
    n = 1 / len(X)
    add = np.add.reduce
    Z = X.dot(d["Gamma_1"])
    Z -= add(Z, 0) * n
    scale = (add(Z * Z, 0) * n + d["epsilon"]) ** -0.5
    Z *= scale
    B = Z * gamma
    B += d["beta"]
    on = B > 0
    B *= on
    e = B.dot(d["Gamma_2"])
    e -= d["y"]
    row = e.T
    loss = row.dot(e)[0, 0] * n
    e = e * (2 * n)
    T = on * e
    along, level = add(T * Z, 0), add(T, 0)
    Z *= along * n
    T -= Z
    T -= level * n
    return {
        "loss": loss,
        "beta": level * g,
        "gamma": along * g,
        "Gamma_1": X.T.dot(T) * (scale * gamma * g),
        "Gamma_2": B.T.dot(e),
    }


def _blocks(N: int, rows: int) -> Iterator[slice]:
    yield from (slice(k, min(k + rows, N)) for k in range(0, N, rows))


def _net(d: Data, rows: int, kept: dict[Any, Any]) -> dict[str, Any]:
    """Features along rows, samples along columns, one block of samples after the other."""
    X, G, y = d["X"], np.ascontiguousarray(d["Gamma_1"].T), d["y"][:, 0]
    gamma, beta, g = d["gamma"][0], d["beta"][0], d["Gamma_2"][:, 0]
    (N, p), dtype = (len(X), len(G)), X.dtype
    n, zero, ones = dtype.type(1 / N), np.zeros(N, dtype), np.ones(N, dtype)
    blocks = list(_blocks(N, rows))
    if not kept:
        kept |= {k: np.empty((2, p, s.stop - s.start), dtype) for k, s in enumerate(blocks)}
    totals = ones @ X
    mean = (G @ (totals * n))[:, None]
    squares = np.zeros(p, dtype)
    for k, s in enumerate(blocks):
        Z = np.matmul(G, X[s].T, out=kept[k][0])
        Z -= mean
        squares += np.vecdot(Z, Z)
    scale = 1 / np.sqrt(squares * n + dtype.type(d["epsilon"]))
    slope = (gamma * scale)[:, None]
    loss, level, along = 0.0, np.zeros(p, dtype), np.zeros(p, dtype)
    for k, s in enumerate(blocks):
        Z, T = kept[k]
        count = Z.shape[1]
        np.multiply(Z, slope, out=T)
        T += beta[:, None]
        on = zero[:count] < T
        np.maximum(T, zero[:count], out=T)
        e = g @ T
        e -= y[s]
        loss += float(e @ e)
        e *= 2 * n
        np.multiply(on, e, out=T)
        level += T @ ones[:count]
        along += np.vecdot(T, Z)
    along *= scale
    share = (scale * along * n)[:, None]
    product = np.zeros((p, X.shape[1]), dtype)
    for k, s in enumerate(blocks):
        Z, T = kept[k]
        Z *= share
        T -= Z
        product += T @ X[s]
    product -= np.outer(level * n, totals)
    product *= slope * g[:, None]
    return {
        "loss": loss * n,
        "beta": (level * g)[None],
        "gamma": (along * g)[None],
        "Gamma_1": product.T,
        "Gamma_2": (gamma * along + beta * level)[:, None],
    }


def layer(size: Size, dtype: str) -> Run:
    """The layer's backward pass: four sums per column, then three numbers per column."""
    N, p = size
    rows = N if N * p <= 2**17 else max(1, 2**20 // (p * np.dtype(dtype).itemsize))
    kept = np.empty((2, rows, p), dtype)
    return lambda d: _layer(d, rows, kept)


def _layer(d: Data, rows: int, kept: Array) -> dict[str, Any]:
    X, D, gamma = d["X"], d["D"], d["gamma"][0]
    (N, p), dtype = X.shape, X.dtype
    n, ones, blocks = dtype.type(1 / N), np.ones(len(X), dtype), list(_blocks(N, rows))
    shift = X[: blocks[0].stop].mean(axis=0)
    first, square, level, along = np.zeros((4, p), dtype)
    for s in blocks:
        count = s.stop - s.start
        u, v, one = kept[0, :count], kept[1, :count], ones[:count]
        np.subtract(X[s], shift, out=u)
        first += one @ u
        level += one @ D[s]
        along += one @ np.multiply(D[s], u, out=v)
        square += one @ np.multiply(u, u, out=v)
    mean = first * n
    scale = 1 / np.sqrt(square * n - mean * mean + dtype.type(d["epsilon"]))
    along = scale * (along - mean * level)
    by_D = gamma * scale
    by_X = -by_D * scale * along * n
    constant = -by_D * level * n - by_X * (mean + shift)
    dX = np.empty_like(X)
    for s in blocks:
        u, out = kept[0, : s.stop - s.start], dX[s]
        np.multiply(D[s], by_D, out=out)
        np.multiply(X[s], by_X, out=u)
        u += constant
        out += u
    return {"X": dX, "gamma": along[None], "beta": level[None]}


def logistic(size: Size, dtype: str) -> Run:
    """SᵀS with S = √(s(1−s)) X: NumPy sees that it is symmetric and does half the work."""

    def run(d: Data) -> dict[str, Any]:
        X = d["X"]
        t = X.dot(d["w"])
        t *= 0.5
        np.cosh(t, out=t)
        S = X * np.divide(t.dtype.type(0.5), t, out=t)
        return {"w": S.T.dot(S)}

    return run


def factorisation(size: Size, dtype: str) -> Run:
    """(VᵀV) ⊗ I: pages of zeros that are never touched, and one strided write."""
    m, _, k = size

    def run(d: Data) -> dict[str, Any]:
        H = np.zeros((k, m, k, m), dtype)
        a, b, c, e = H.strides
        np.ndarray((m, k, k), dtype, H, 0, (b + e, a, c))[:] = d["V"].T @ d["V"]
        return {"U": H.reshape(k * m, k * m)}

    return run


HAND: dict[str, Callable[[Size, str], Run]] = {
    "net": net,
    "layer backward": layer,
    "Hessian, logistic": logistic,
    "Hessian, factorisation": factorisation,
}


def net_floor(size: Size, dtype: str) -> Run:
    """Both products with X, and one copy of an array of activations."""
    N, p1, p2 = size
    Z, D, C = np.empty((N, p2), dtype), np.ones((N, p2), dtype), np.ones((N, p2), dtype)
    M = np.empty((p1, p2), dtype)

    def run(d: Data) -> dict[str, Any]:
        np.matmul(d["X"], d["Gamma_1"], out=Z)
        np.copyto(C, D)
        np.matmul(d["X"].T, D, out=M)
        return {}

    return run


def deep_floor(size: Size, dtype: str) -> Run:
    """The 3L − 1 products."""
    (L,) = size

    def run(d: Data) -> dict[str, Any]:
        X = d["X"]
        for k in range(1, L + 1):
            Z = X @ d[f"Gamma_{k}"]
            _ = X.T @ Z
            _ = Z @ d[f"Gamma_{k}"].T if k > 1 else None
        return {}

    return run


FLOORS: dict[str, Callable[[Size, str], Run]] = {"net": net_floor, "deep net": deep_floor}
