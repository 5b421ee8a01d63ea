"""Loops for numba: run as the Python that they are, without numba, and compiled where it is."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from derivations import batch_norm_layer, deep_net
from derivations.batch_normed_net import Net, epsilon
from matcalc import column, cross_entropy, gradient, inner, inv, matrix, row_softmax, sum, tanh
from matcalc.errors import ExportError, MatcalcError, MissingExtra, UnsupportedInput
from matcalc.lower import compile_numba, compile_numpy, export, numba_source
from tests import worked
from tests.test_fast import arguments

PYTHON = SimpleNamespace(
    njit=lambda **options: lambda function: function,
    prange=range,
    get_thread_id=lambda: 0,
    get_num_threads=lambda: 1,
)
"""What stands for numba where the loops run uncompiled."""
NET = Net("relu", 0, epsilon).derivation()


def has_loops(derivation):
    try:
        return bool(numba_source(derivation))
    except UnsupportedInput:
        return False


SEEN = {label.split(" ddof")[0]: d for label, d, _ in worked.CASES}
CASES = [pytest.param(d, id=label) for label, d in SEEN.items() if has_loops(d)]


def in_python(derivation, **constants):
    """The generated function, uncompiled."""
    scope = {"__name__": "generated"}
    source = numba_source(derivation)
    for name, value in constants.items():
        assert f"\n{name} = " in source
    known, sys.modules["numba"] = sys.modules.get("numba"), PYTHON
    try:
        exec(compile(source, "generated", "exec"), scope)
    finally:
        del sys.modules["numba"]
        if known is not None:
            sys.modules["numba"] = known
    scope.update(constants)
    return scope["loss_and_gradients"]


def compare(derivation, run, seed, scale=1, tolerance=1e-10, dtype=np.float64):
    """Values beside those of the readable form; the arguments are left alone."""
    plain = compile_numpy(derivation)
    given = {k: x for k, x in arguments(derivation, plain, seed, scale).items()}
    given = {k: x.astype(dtype) if isinstance(x, np.ndarray) else x for k, x in given.items()}
    kept = {k: x.copy() for k, x in given.items() if isinstance(x, np.ndarray)}
    exact = {k: x.astype(float) if k in kept else x for k, x in given.items()}
    expected = plain(**exact)
    found = run(**{plain.arguments[k]: x for k, x in given.items()})
    assert found.keys() == expected.keys()
    for key, x in expected.items():
        assert np.shape(found[key]) == np.shape(x)
        assert isinstance(found[key], float) or found[key].dtype == dtype
        size = max(float(np.abs(x).max()), 1e-3)
        np.testing.assert_allclose(found[key], x, tolerance, tolerance * size)
    assert all(np.array_equal(given[k], x) for k, x in kept.items())
    return found


@pytest.mark.parametrize("derivation", CASES)
def test_loops_agree_with_the_readable_form(derivation):
    """Blocks of one row and several chunks as well, so that everything is put together again."""
    for seed, rows in enumerate((64, 2)):
        run = in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=rows, CHUNKS=3)
        compare(derivation, run, seed, 1 + seed)
