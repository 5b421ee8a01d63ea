"""The exports of matcalc, each as a function of data by name."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from matcalc import Derivation
from matcalc.lower import compile_array_api, compile_numpy, structured_matrix
from tests.bench.workloads import Data, Workload

Run = Callable[[Data], dict[str, Any]]


def _called(compiled: Any, data: Data) -> Data:
    """The data that a function takes, under its names for them."""
    return {own: data[name] for name, own in compiled.arguments.items()}


def readable(work: Workload, derivation: Derivation, data: Data) -> Run:
    """Plain NumPy."""
    compiled = compile_numpy(derivation)
    given = _called(compiled, data)
    return lambda _: compiled.function(**given)


def fast(work: Workload, derivation: Derivation, data: Data) -> Run:
    """NumPy with ``out=``, its memory kept from call to call."""
    compiled, kept = compile_numpy(derivation, fast=True), dict[Any, Any]()
    given = _called(compiled, data)
    return lambda _: compiled.function(**given, work=kept)


def through_jax(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Array API function under jax.jit."""
    jax = import_module("jax")
    compiled = compile_array_api(derivation)
    given, made = _called(compiled, data), jax.jit(compiled.function)
    return lambda _: jax.block_until_ready(made(**given))


def through_torch(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Array API function on torch's arrays."""
    compiled = compile_array_api(derivation)
    given = _called(compiled, data)
    return lambda _: compiled.function(**given)


def factored(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Hessian by its parts, not formed."""
    matrix = structured_matrix(derivation)
    (name,) = (parameter.name for parameter in derivation.gradients)
    return lambda _: {name: matrix(**data)}


OURS: dict[str, Callable[[Workload, Derivation, Data], Run]] = {
    "readable": readable,
    "fast": fast,
    "array api, jax.jit": through_jax,
    "array api, torch": through_torch,
    "factored": factored,
}
