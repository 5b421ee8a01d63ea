"""Libraries of the Array API standard: arrays from NumPy, a function called, results in NumPy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from matcalc.lower import Compiled


@dataclass(frozen=True)
class Library:
    """One library's arrays."""

    to: Callable[[Any], Any]
    back: Callable[[Any], Any] = np.asarray
    wrap: Callable[[Any, list[str]], Any] = lambda function, static: function


def _numpy() -> Library:
    return Library(np.asarray)


def _strict() -> Library:
    return Library(pytest.importorskip("array_api_strict").asarray)


def _torch() -> Library:
    return Library(pytest.importorskip("torch").tensor)


def _jax() -> Library:
    jax = pytest.importorskip("jax")
    return Library(jax.numpy.asarray)


def _jax_jit() -> Library:
    jax = pytest.importorskip("jax")
    return Library(jax.numpy.asarray, wrap=lambda f, static: jax.jit(f, static_argnames=static))


def _dask() -> Library:
    array = pytest.importorskip("dask.array")
    return Library(
        lambda a: array.from_array(a, chunks=tuple((n + 1) // 2 for n in a.shape)),
        lambda a: a.compute(),
    )


LIBRARIES = {
    "numpy": _numpy,
    "strict": _strict,
    "torch": _torch,
    "jax": _jax,
    "jax.jit": _jax_jit,
    "dask": _dask,
}


@contextmanager
def doubles(name: str) -> Iterator[Library]:
    """A library that has 64-bit floats while this is open."""
    pytest.importorskip("array_api_compat")
    library = LIBRARIES[name]()
    if not name.startswith("jax"):
        yield library
        return
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield library
    finally:
        jax.config.update("jax_enable_x64", before)


class Through:
    """A function of a library's arrays as one of NumPy's, as `matcalc.check` wants it."""

    def __init__(self, run: Compiled, library: Library) -> None:
        self.run, self.library, self.arguments = run, library, run.arguments

    def __call__(self, **given: Any) -> dict[str, Any]:
        """Results of NumPy arrays, in NumPy."""
        static = [k for k, x in given.items() if callable(x) or isinstance(x, int)]
        function = self.library.wrap(self.run.function, static)
        to = self.library.to
        moved = {k: to(x) if isinstance(x, np.ndarray) else x for k, x in given.items()}
        found = function(**{self.arguments.get(k, k): x for k, x in moved.items()})
        return {k: np.asarray(self.library.back(x)) for k, x in found.items()}
