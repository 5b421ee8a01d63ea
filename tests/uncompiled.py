"""Loops for numba run as the Python that they are, without numba."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from matcalc import Derivation
from matcalc.lower import numba_source

PYTHON = SimpleNamespace(
    njit=lambda function=None, **options: function or (lambda function: function),
    prange=range,
    get_num_threads=lambda: 1,
)
"""What stands for numba."""


class Unwritten:
    """NumPy, with memory that nobody has written to full of what is no number."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def empty(shape: Any, dtype: Any) -> np.ndarray:
        """An array that is not to be read before it is written."""
        return np.full(shape, np.nan, dtype)


def in_python(derivation: Derivation, **constants: int) -> Callable[..., dict[str, Any]]:
    """The generated function, uncompiled; constants of the module may be given other values."""
    scope: dict[str, Any] = {"__name__": "generated"}
    source = numba_source(derivation)
    for name in constants:
        assert f"\n{name} = " in source
    known, sys.modules["numba"] = sys.modules.get("numba"), PYTHON
    try:
        exec(compile(source, "generated", "exec"), scope)
    finally:
        del sys.modules["numba"]
        if known is not None:
            sys.modules["numba"] = known
    scope.update(constants, np=Unwritten())
    return scope["loss_and_gradients"]
