"""The exports of matcalc, each as a function of data by name."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from matcalc import Derivation
from matcalc.lower import compile_array_api, compile_numba, compile_numpy, structured_matrix
from matcalc.symbols import variables
from tests.bench.workloads import Data, Workload

Run = Callable[[Data], dict[str, Any]]


def wanted(work: Workload, derivation: Derivation) -> Derivation:
    """The derivation, without its loss or gradient where only what comes after is wanted."""
    if not (work.backward or work.second):
        return derivation
    (_, first), *others = derivation.gradients.items()
    return Derivation(first, dict(others), kind="jacobian")


def named(work: Workload, found: dict[str, Any]) -> dict[str, Any]:
    """Results by parameter; what stands in place of the loss is by the first."""
    return {work.wrt[0]: found.pop("value"), **found} if "value" in found else found


def typical(derivation: Derivation, data: Data) -> dict[Any, int]:
    """The sizes at hand, by which products are bracketed and forms are chosen."""
    found = {}
    for v in variables(derivation.loss, *derivation.gradients):
        found.update(zip(v.shape, data[v.name].shape, strict=True))
    return {size: int(n) for size, n in found.items() if size.is_Symbol}


def _called(compiled: Any, derivation: Derivation, data: Data) -> Data:
    """The data that a function takes, under its names for them, and sizes that no array shows."""
    known = {size.name: n for size, n in typical(derivation, data).items()} | data
    return {own: known[name] for name, own in compiled.arguments.items()}


def readable(work: Workload, derivation: Derivation, data: Data) -> Run:
    """Plain NumPy."""
    compiled = compile_numpy(wanted(work, derivation), typical=typical(derivation, data))
    given = _called(compiled, derivation, data)
    return lambda _: named(work, compiled.function(**given))


def fast(work: Workload, derivation: Derivation, data: Data) -> Run:
    """NumPy with ``out=``, its memory kept from call to call."""
    sizes, kept = typical(derivation, data), dict[Any, Any]()
    compiled = compile_numpy(wanted(work, derivation), fast=True, typical=sizes)
    given = _called(compiled, derivation, data)
    return lambda _: named(work, compiled.function(**given, work=kept))


def numba(work: Workload, derivation: Derivation, data: Data) -> Run:
    """Loops around matrix products, compiled."""
    compiled = compile_numba(wanted(work, derivation), typical(derivation, data))
    given = _called(compiled, derivation, data)
    return lambda _: named(work, compiled.function(**given))


def through_jax(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Array API function under jax.jit."""
    jax = import_module("jax")
    compiled = compile_array_api(wanted(work, derivation))
    given, made = _called(compiled, derivation, data), jax.jit(compiled.function)
    return lambda _: named(work, jax.block_until_ready(made(**given)))


def through_torch(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Array API function on torch's arrays."""
    compiled = compile_array_api(wanted(work, derivation))
    given = _called(compiled, derivation, data)
    return lambda _: named(work, compiled.function(**given))


def factored(work: Workload, derivation: Derivation, data: Data) -> Run:
    """The Hessian by its parts, not formed."""
    matrix = structured_matrix(derivation)
    (name,) = (parameter.name for parameter in derivation.gradients)
    return lambda _: {name: matrix(**data)}


OURS: dict[str, Callable[[Workload, Derivation, Data], Run]] = {
    "readable": readable,
    "fast": fast,
    "numba": numba,
    "array api, jax.jit": through_jax,
    "array api, torch": through_torch,
    "factored": factored,
}
