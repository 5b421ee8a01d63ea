"""What must hold of the code generated for a random expression, by values that the loops give."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import array_api_strict
import numpy as np
import sympy

from matcalc import gradient, hessian, jacobian, matrix
from matcalc.derivation import Derivation
from matcalc.errors import UnknownFunction, UnsupportedInput
from matcalc.lower import compile_array_api, compile_numpy, row_blocks, structured_matrix
from matcalc.lower.fast import FastModule
from matcalc.lower.numba_source import NumbaModule
from matcalc.node import Node
from matcalc.pointwise import Undefined
from matcalc.sampling import MAX_ORDER, Sample
from tests.random_values import EXACT, Case, assert_close, largest
from tests.uncompiled import in_python

DOUBLE, SINGLE = 1e-10, 1e-4
"""Parts of the greatest value on the way that results may be off."""
WORST = 1e6
"""How much greater a value on the way may be than the matrix whose equations are solved."""

Run = Callable[[Derivation, dict[str, Any]], Any]


def by_numpy(derivation: Derivation, given: dict[str, Any], fast: bool = False) -> Any:
    """Results of the NumPy code."""
    code = compile_numpy(derivation, fast)
    chosen = {name: given[name] for name in code.arguments}
    return with_memory(code, chosen) if fast else code(**chosen)


def with_memory(code: Any, chosen: dict[str, Any]) -> Any:
    """Results of the fast form, none of them in memory that the next call writes over."""
    work: dict[Any, Any] = {}
    found = code(**chosen, work=work)
    lists = [x if isinstance(x, list) else [x] for (_, *several) in work.values() for x in several]
    kept = [x for several in lists for x in several if isinstance(x, np.ndarray)]
    assert not any(np.shares_memory(x, y) for x in found.values() for y in kept)
    return found


def by_blocks(derivation: Derivation, given: dict[str, Any]) -> Any:
    """Results of the fast form in blocks of two rows, by the first size that it is cut by."""
    code = compile_numpy(derivation, fast=True)
    with in_blocks_of_two():
        for size in sorted(name for name, x in given.items() if isinstance(x, int)):
            try:
                cut = compile_numpy(derivation, True, {size: 1_000_000})
            except UnsupportedInput:
                continue
            code = cut if "_row_blocks(" in cut.source else code
    return with_memory(code, {name: given[name] for name in code.arguments})


@contextmanager
def in_blocks_of_two() -> Iterator[None]:
    """Blocks of two rows, whatever they cost."""
    text = re.sub(r"max\(64, .*\)", "2", row_blocks.ROW_BLOCKS)
    assert "step = 2\n" in text
    with (
        patch.multiple(row_blocks, CACHED=-1, LEAST=0, MOST=float("inf")),
        patch.dict(FastModule.helpers, _row_blocks=text),
    ):
        yield


def by_array_api(derivation: Derivation, given: dict[str, Any]) -> Any:
    """Results of the code for any array library, by the strictest."""
    code = compile_array_api(derivation)
    chosen = {name: strict(given[name]) for name in code.arguments}
    return {name: np.asarray(x) for name, x in code(**chosen).items()}


def strict(x: Any) -> Any:
    """An array, or a function of arrays, of the strictest library."""
    if callable(x):
        return lambda a: array_api_strict.asarray(x(np.asarray(a)))
    return array_api_strict.asarray(x) if isinstance(x, np.ndarray) else x


def by_loops_for_numba(derivation: Derivation, given: dict[str, Any]) -> Any:
    """Results of the loops for numba, uncompiled, in blocks of two rows."""
    run = in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=2)
    names = NumbaModule(derivation, "loss_and_gradients").arguments
    return run(**{argument: given[name] for name, argument in names.items()})


def check_code(case: Case, by: Run = by_numpy, single: bool = False) -> None:
    """Generated code gives what the loops give, keeps the float type, leaves its inputs alone."""
    slope = gradient(case.loss, case.x)
    parts = {"slope": slope.value, "function": case.f}
    results = {name: x for name, x in parts.items() if isinstance(x, Node)}
    named = {matrix(name, *x.shape): x for name, x in results.items()}
    derivation = Derivation(slope.loss, named)
    at = case.sample(slope.loss, *named.values(), *named, single=single)
    dtype = "float32" if single else "float64"
    found = run(by, derivation, at, dtype)
    for name, x in {"loss": slope.loss, **results}.items():
        scale = largest(at, x) * float(max(1, at.base.condition))
        table, tolerance = found[name], SINGLE if single else DOUBLE
        assert_close(np.asarray(table).ravel().tolist(), at.base.value(x), scale, tolerance)
        if isinstance(x, Node):
            assert table.dtype == dtype, f"{name} is {table.dtype}"


def run(by: Run, derivation: Derivation, at: Sample, dtype: str) -> Any:
    """Results of generated code at a sample."""
    given = data(derivation, at, dtype)
    kept = {k: x.copy() for k, x in given.items() if isinstance(x, np.ndarray)}
    with np.errstate(all="ignore"):
        try:
            found = by(derivation, given)
        except (UnknownFunction, UnsupportedInput) as reason:
            raise Undefined(str(reason)) from reason
    assert all(np.array_equal(given[k], x) for k, x in kept.items()), "an input was changed"
    return found


def data(derivation: Derivation, at: Sample, dtype: str) -> dict[str, Any]:
    """Everything that generated code may ask for, by name."""
    given: dict[str, Any] = {s.name: v for s, v in {**at.sizes, **at.scalars}.items()}
    for name, function in at.functions.items():
        given |= {name + "_prime" * o: partial(function, o) for o in range(MAX_ORDER + 1)}
    parameters = {v: at.base.value(v) for v in derivation.gradients}
    tables = {**parameters, **at.data}
    return given | {v.name: np.array(table, dtype=dtype) for v, table in tables.items()}


def check_parts(case: Case) -> None:
    """A Hessian or a Jacobian by its parts multiplies, solves and is formed as by loops."""
    found = hessian(case.loss, case.x) if case.seed % 2 else jacobian(case.f, case.x)
    if not isinstance(found.value, Node) or not isinstance(case.x, Node):
        raise Undefined("no matrix")
    at = case.sample(case.loss, found.value)
    expected = np.array(at.base.value(found.value), dtype=float)
    with np.errstate(all="ignore"):
        parts = structured_matrix(found)(**data(Derivation(sympy.S.Zero, {}), at, "float64"))
        scale = largest(at, found.value) * float(max(1, at.base.condition))
        assert_as_formed(parts, expected, scale, np.random.default_rng(case.seed))


def assert_as_formed(parts: Any, a: np.ndarray, scale: float, rng: Any) -> None:
    """Fail where what acts by its parts differs from the matrix that was formed."""
    wide, tall = rng.normal(size=(a.shape[1], 2)), rng.normal(size=a.shape[0])
    pairs = [(parts.todense(), a), (parts @ wide, a @ wide), (parts.T @ tall, a.T @ tall)]
    if a.shape[0] == a.shape[1]:
        pairs.append((parts.diagonal(), a.diagonal()))
    for found, expected in pairs:
        assert found.shape == expected.shape
        size = scale * max(a.shape)
        assert_close(found.ravel().tolist(), expected.ravel().tolist(), size, DOUBLE)
    if a.shape[0] == a.shape[1] and WORST * np.linalg.svd(a, compute_uv=False)[-1] > scale:
        x = parts.solve(tall)
        assert_close((a @ x).tolist(), tall.tolist(), scale * float(np.abs(x).max()), EXACT)
