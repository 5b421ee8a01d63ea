"""The peers: automatic differentiation by autograd, jax and torch, of the same losses."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.bench.workloads import EPS, Data, Workload

Run = Callable[[Data], dict[str, Any]]


def _library(np_: Any, **own: Any) -> SimpleNamespace:
    """The functions that the losses are written in."""

    def mean(x: Any, axis: int) -> Any:
        return x.mean(axis)[:, None] if axis else x.mean(axis)

    def batch_norm(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        centred = x - mean(x, 0)
        return gamma * centred / np_.sqrt(mean(centred**2, 0) + eps) + beta

    common = {"sqrt": np_.sqrt, "tanh": np_.tanh, "mean": mean, "batch_norm": batch_norm}
    return SimpleNamespace(**{**common, **own})


def autograd(work: Workload, names: tuple[str, ...]) -> Run:
    """Autograd, on NumPy arrays."""
    from autograd import hessian, value_and_grad
    from autograd import numpy as anp

    def logsumexp(z: Any) -> Any:
        m = anp.max(z, 1, keepdims=True)
        return m + anp.log(anp.sum(anp.exp(z - m), 1, keepdims=True))

    lib = _library(
        anp,
        relu=lambda x: anp.maximum(x, 0.0),
        softplus=lambda z: anp.logaddexp(z, 0.0),
        logsumexp=logsumexp,
        softmax=lambda z: anp.exp(z - logsumexp(z)),
    )

    def of(own: Any, data: Data) -> Any:
        return work.loss(lib, {**data, **dict(zip(names, own, strict=True))})

    if work.second:
        (name,) = names
        second = hessian(lambda x, data: of((x,), data))
        return lambda data: {name: second(data[name], data)}
    first = value_and_grad(of)

    def run(data: Data) -> dict[str, Any]:
        loss, own = first(tuple(data[name] for name in names), data)
        return {"loss": loss, **dict(zip(names, own, strict=True))}

    return run


def jax(work: Workload, names: tuple[str, ...]) -> Run:
    """jax, compiled."""
    jax = import_module("jax")
    jnp, nn = jax.numpy, jax.nn
    lib = _library(
        jnp,
        relu=nn.relu,
        softplus=nn.softplus,
        logsumexp=lambda z: nn.logsumexp(z, axis=1, keepdims=True),
        softmax=lambda z: nn.softmax(z, axis=1),
    )

    def of(own: Any, data: Data) -> Any:
        return work.loss(lib, {**data, **own})

    if work.second:
        made = jax.jit(jax.hessian(of))
        (name,) = names
        return lambda data: jax.block_until_ready(made({name: data[name]}, data)[name])
    made = jax.jit(jax.value_and_grad(of))

    def run(data: Data) -> dict[str, Any]:
        loss, own = jax.block_until_ready(made({name: data[name] for name in names}, data))
        return {"loss": loss, **own}

    return run


def _torch_library() -> SimpleNamespace:
    torch = import_module("torch")
    functional = torch.nn.functional

    def batch_norm(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        return functional.batch_norm(x, None, None, gamma[0], beta[0], True, 0.0, eps)

    return _library(
        torch,
        relu=torch.relu,
        softplus=functional.softplus,
        logsumexp=lambda z: torch.logsumexp(z, 1, keepdim=True),
        softmax=lambda z: torch.softmax(z, 1),
        batch_norm=batch_norm,
    )


def torch(work: Workload, names: tuple[str, ...], compiled: bool = False) -> Run:
    """torch, eager or through its compiler, with its own batch normalisation."""
    torch, lib = import_module("torch"), _torch_library()

    def of(own: dict[str, Any], data: Data) -> Any:
        return work.loss(lib, {**data, **own})

    if work.second:
        (name,) = names

        def second(data: Data) -> dict[str, Any]:
            return {name: torch.func.hessian(lambda x: of({name: x}, data))(data[name])}

        return second
    made = torch.compile(of, dynamic=False) if compiled else of

    def run(data: Data) -> dict[str, Any]:
        own = {name: data[name].detach().requires_grad_() for name in names}
        loss = made(own, data)
        found = torch.autograd.grad(loss, list(own.values()))
        return {"loss": loss.detach(), **dict(zip(names, found, strict=True))}

    return run


def torch_compiled(work: Workload, names: tuple[str, ...]) -> Run:
    """torch.compile."""
    return torch(work, names, compiled=True)


def torch_native(work: Workload, names: tuple[str, ...]) -> Run:
    """torch's kernel for the layer's backward pass, mean and deviation given beforehand."""
    torch = import_module("torch")
    kept: list[Any] = []

    def run(data: Data) -> dict[str, Any]:
        X, gamma, beta = data["X"], data["gamma"][0], data["beta"][0]
        ops = torch.ops.aten
        if not kept:
            kept[:] = ops.native_batch_norm(X, gamma, beta, None, None, True, 0.0, EPS)[1:]
        found = ops.native_batch_norm_backward(
            data["D"], X, gamma, None, None, *kept, True, EPS, [True] * 3
        )
        return dict(zip(names, found, strict=True))

    return torch.no_grad()(run)


PEERS: dict[str, Callable[[Workload, tuple[str, ...]], Run]] = {
    "autograd": autograd,
    "jax": jax,
    "torch": torch,
    "torch.compile": torch_compiled,
    "torch native": torch_native,
}


def converted(library: str, data: Data, threads: int) -> Data:
    """Data as arrays of a peer's library."""
    if library.startswith("torch"):
        torch = import_module("torch")
        torch.set_num_threads(threads)
        return {k: torch.tensor(x) if isinstance(x, np.ndarray) else x for k, x in data.items()}
    if library == "jax":
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        return {k: jax.numpy.asarray(x) for k, x in data.items()}
    return data
