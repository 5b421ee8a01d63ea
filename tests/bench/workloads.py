"""The workloads: what is derived, at which sizes, on which data, and the same loss for the peers.

A loss is written once for every peer, in functions of its library that `peers.Library` names alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from derivations import batch_norm_layer, batch_normed_net, hessians, layer_norm, transformers
from derivations.deep_net import deep_net
from matcalc import (
    Derivation,
    dims,
    gradient,
    hessian,
    matrix,
    matrix_factorisation,
    relu,
    softmax_regression,
    squared_norm,
    tanh,
)

EPS = 1e-5
"""Added to variances."""
WIDTH, ROWS = 64, 256
"""Of the deep net."""
LAYERS = 10
"""Of the net of which the Hessian by its first weights is taken."""
Size = tuple[int, ...]
Data = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """One thing to compute.

    Attributes
    ----------
    sizes : tuple of tuple of int
        The sizes at which it is timed.
    derive : callable
        From a size to the derivation.
    data : callable
        From a size and a random generator to the arguments by name.
    wrt : tuple of str
        What it is differentiated by, in order; empty for all parameters of the derivation.
    loss : callable
        ``loss(library, data)``, for the peers.
    second : bool
        Whether the Hessian by the one parameter is wanted, and not loss and gradients.
    backward : bool
        Whether the gradients alone are wanted, the gradient upstream being given.
    """

    sizes: tuple[Size, ...]
    derive: Callable[[Size], Derivation]
    data: Callable[[Size, np.random.Generator], Data]
    wrt: tuple[str, ...]
    loss: Callable[[Any, Data], Any]
    second: bool = False
    backward: bool = False


def arguments(work: Workload, size: Size, dtype: str) -> Data:
    """Seeded data, the same in every process."""
    rng = np.random.default_rng(5)  # no activation so near 0 that rounding decides its relu
    found = work.data(size, rng)
    return {name: x if isinstance(x, float) else x.astype(dtype) for name, x in found.items()}


# The founding net and its layer.


def _net(lib: Any, d: Data) -> Any:
    B = lib.batch_norm(d["X"] @ d["Gamma_1"], d["gamma"], d["beta"], d["epsilon"])
    return ((d["y"] - lib.relu(B) @ d["Gamma_2"]) ** 2).mean()


def _net_data(size: Size, rng: np.random.Generator) -> Data:
    N, p1, p2 = size
    return {
        "X": rng.normal(size=(N, p1)) + rng.normal(size=p1),
        "y": rng.normal(size=(N, 1)),
        "Gamma_1": rng.normal(size=(p1, p2)) / p1**0.5,
        "Gamma_2": rng.normal(size=(p2, 1)),
        "gamma": 1 + rng.normal(size=(1, p2)) / 10,
        "beta": rng.normal(size=(1, p2)) / 10,
        "epsilon": EPS,
    }


def _derive_net(size: Size) -> Derivation:
    net = batch_normed_net
    return net.Net("relu", 0, net.epsilon).derivation()


def _layer(lib: Any, d: Data) -> Any:
    return (d["D"] * lib.batch_norm(d["X"], d["gamma"], d["beta"], d["epsilon"])).sum()


def _layer_data(size: Size, rng: np.random.Generator) -> Data:
    p = size[1]
    return {
        "X": rng.normal(size=size) + rng.normal(size=p),
        "D": rng.normal(size=size),
        "gamma": 1 + rng.normal(size=(1, p)) / 10,
        "beta": rng.normal(size=(1, p)) / 10,
        "epsilon": EPS,
    }


def _derive_layer(module: Any, size: Size) -> Derivation:
    found = (d for label, d, _ in module.cases() if label.endswith("eps epsilon"))
    return next(found)


def _layer_norm(lib: Any, d: Data) -> Any:
    centred = d["X"] - lib.mean(d["X"], 1)
    scaled = centred / lib.sqrt(lib.mean(centred**2, 1) + d["epsilon"])
    return (d["D"] * (d["gamma"] * scaled + d["beta"])).sum()


# Softmax.


def _cross_entropy(lib: Any, d: Data) -> Any:
    Z = d["X"] @ d["W"]
    return (lib.logsumexp(Z)[:, 0] * d["Y"].sum(1)).sum() - (d["Y"] * Z).sum()


def _classes(size: Size, rng: np.random.Generator) -> Data:
    N, p, k = size
    labels = rng.integers(0, k, N)
    weights = rng.normal(size=(p, k)) / p**0.5
    return {"X": rng.normal(size=(N, p)), "W": weights, "Y": np.eye(k)[labels]}


def _derive_cross_entropy(size: Size) -> Derivation:
    N, p, k = dims("N p k")
    X, W, Y = matrix("X", N, p), matrix("W", p, k), matrix("Y", N, k)
    return gradient(softmax_regression(X, W, Y), W)


def _attention(lib: Any, d: Data) -> Any:
    scores = d["Q"] @ d["K"].T / d["Q"].shape[1] ** 0.5
    return (d["D"] * (lib.softmax(scores) @ d["V"])).sum()


def _attention_data(size: Size, rng: np.random.Generator) -> Data:
    n, m, p = size
    shapes = {"Q": (n, p), "K": (m, p), "V": (m, p), "D": (n, p)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _derive_attention(size: Size) -> Derivation:
    return next(d for label, d, _ in transformers.cases() if label == "attention")


# Depth.


def _deep(lib: Any, d: Data) -> Any:
    V, layers = d["X"], (len(d) - 4) // 3
    for k in range(1, layers + 1):
        B = lib.batch_norm(V @ d[f"Gamma_{k}"], d[f"gamma_{k}"], d[f"beta_{k}"], d["epsilon"])
        V = lib.relu(B)
    return ((d["y"] - V @ d["Gamma_out"]) ** 2).mean()


def _deep_data(size: Size, rng: np.random.Generator) -> Data:
    found: Data = {"X": rng.normal(size=(ROWS, WIDTH)), "y": rng.normal(size=(ROWS, 1))}
    for k in range(1, size[0] + 1):
        found[f"Gamma_{k}"] = rng.normal(size=(WIDTH, WIDTH)) / WIDTH**0.5
        found[f"gamma_{k}"] = 1 + rng.normal(size=(1, WIDTH)) / 10
        found[f"beta_{k}"] = rng.normal(size=(1, WIDTH)) / 10
    return {**found, "Gamma_out": rng.normal(size=(WIDTH, 1)), "epsilon": EPS}


# Hessians.


def _logistic(lib: Any, d: Data) -> Any:
    z = d["X"] @ d["w"]
    return (lib.softplus(z) - d["y"] * z).sum()


def _logistic_data(size: Size, rng: np.random.Generator) -> Data:
    (p,) = size
    X, y = rng.normal(size=(2 * p, p)), rng.integers(0, 2, (2 * p, 1))
    return {"X": X, "y": y, "w": rng.normal(size=(p, 1)) / p**0.5}


def _factors(lib: Any, d: Data) -> Any:
    return ((d["T"] - d["U"] @ d["V"].T) ** 2).sum() / 2


def _factors_data(size: Size, rng: np.random.Generator) -> Data:
    m, n, k = size
    shapes = {"T": (m, n), "U": (m, k), "V": (n, k)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _derive_factors(size: Size) -> Derivation:
    return hessian(matrix_factorisation(hessians.T, hessians.U, hessians.V), hessians.U)


def _small_net(lib: Any, d: Data) -> Any:
    return ((lib.tanh(d["X"] @ d["Gamma_1"]) @ d["Gamma_2"] - d["y"]) ** 2).sum()


def _small_net_data(size: Size, rng: np.random.Generator) -> Data:
    N, p, k = size
    shapes = {"X": (N, p), "Gamma_1": (p, k), "Gamma_2": (k, 1), "y": (N, 1)}
    return {name: rng.normal(size=shape) / shape[1] ** 0.5 for name, shape in shapes.items()}


def _derive_small_net(size: Size) -> Derivation:
    h = hessians
    residual = tanh(h.X @ h.Gamma_1) @ h.Gamma_2 - h.y
    return hessian(squared_norm(residual), h.Gamma_1)


def _relu_net(lib: Any, d: Data) -> Any:
    V = d["X"]
    for k in range(1, LAYERS):
        V = lib.relu(V @ d[f"W_{k}"])
    return _cross_entropy(lib, {"X": V, "W": d[f"W_{LAYERS}"], "Y": d["Y"]})


def _relu_net_data(size: Size, rng: np.random.Generator) -> Data:
    N, n = size
    weights = {f"W_{k}": rng.normal(size=(n, n)) * (2 / n) ** 0.5 for k in range(1, LAYERS + 1)}
    return {"X": rng.normal(size=(N, n)), "Y": np.eye(n)[rng.integers(0, n, N)], **weights}


def _derive_relu_net(size: Size) -> Derivation:
    N, n = dims("N n")
    V: Any = matrix("X", N, n)
    weights = [matrix(f"W_{k}", n, n) for k in range(1, LAYERS + 1)]
    for W in weights[:-1]:
        V = relu(V @ W)
    return hessian(softmax_regression(V, weights[-1], matrix("Y", N, n)), weights[0])


WORKLOADS = {
    "net": Workload(
        ((10, 7, 4), (256, 784, 256), (4096, 256, 256), (100_000, 64, 32)),
        _derive_net, _net_data, ("beta", "gamma", "Gamma_1", "Gamma_2"), _net,
    ),
    "layer backward": Workload(
        ((256, 256), (4096, 512), (100_000, 128)),
        partial(_derive_layer, batch_norm_layer), _layer_data, ("X", "gamma", "beta"), _layer,
        backward=True,
    ),
    "layer norm backward": Workload(
        ((4096, 512),), partial(_derive_layer, layer_norm), _layer_data,
        ("X", "gamma", "beta"), _layer_norm, backward=True,
    ),
    "softmax cross-entropy": Workload(
        ((4096, 256, 64),), _derive_cross_entropy, _classes, ("W",), _cross_entropy,
    ),
    "attention backward": Workload(
        ((512, 512, 64),), _derive_attention, _attention_data, ("Q", "K", "V"), _attention,
        backward=True,
    ),
    "deep net": Workload(
        ((1,), (2,), (4,), (8,), (16,), (32,)),
        lambda size: deep_net(size[0], eps=batch_normed_net.epsilon).derivation(),
        _deep_data, (), _deep,
    ),
    "Hessian, logistic": Workload(
        ((50,), (200,), (800,)),
        lambda size: next(d for label, d, _ in hessians.cases() if label == "logistic"),
        _logistic_data, ("w",), _logistic, second=True,
    ),
    "Hessian, factorisation": Workload(
        ((50, 50, 5), (200, 200, 5)), _derive_factors, _factors_data, ("U",), _factors,
        second=True,
    ),
    "Hessian, softmax": Workload(
        ((500, 20, 5),),
        lambda size: hessian(_derive_cross_entropy(size).loss, matrix("W", "p", "k")),
        _classes, ("W",), _cross_entropy, second=True,
    ),
    "Hessian, relu net's layer": Workload(
        ((32, 20),), _derive_relu_net, _relu_net_data, ("W_1",), _relu_net, second=True,
    ),
    "Hessian, net's layer": Workload(
        ((32, 20, 20),), _derive_small_net, _small_net_data, ("Gamma_1",), _small_net, second=True,
    ),
}  # fmt: skip
