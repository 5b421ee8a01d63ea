"""Loops that come again are written once: the same values, no more functions for more layers."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from derivations.deep_net import deep_net
from matcalc import Derivation
from matcalc.lower import compile_numpy, numba_source
from matcalc.lower.repeats import Once, numbered, written_once
from matcalc.symbols import variables
from tests import uncompiled
from tests.uncompiled import in_python


def values(derivation: Derivation, rows: int) -> dict[str, Any]:
    """Data of many sizes."""
    rng, sizes, found = np.random.default_rng(1), dict[Any, int](), {}
    for v in variables(derivation.loss):
        shape = tuple(
            1 if n == 1 else sizes.setdefault(n, rows if n.name == "N" else 3 + len(sizes) % 4)
            for n in v.shape
        )
        found[v.name] = rng.normal(size=shape)
    return found


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("layers", [2, 5])
def test_values_are_those_of_numpy(
    layers: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_numba = SimpleNamespace(**vars(uncompiled.PYTHON))
    of_numba.get_num_threads = lambda: threads
    monkeypatch.setattr(uncompiled, "PYTHON", of_numba)
    derivation = deep_net(layers).derivation()
    given = values(derivation, 23)
    run = in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=4, CHUNKS=3, PARALLEL_ROWS=9)
    found, expected = run(**given), compile_numpy(derivation)(**given)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        scale = max(1, float(np.abs(value).max()))
        assert float(np.abs(found[key] - value).max()) < 1e-10 * scale, key


def functions(source: str, prefix: str) -> list[str]:
    """Names of the functions that begin so."""
    return re.findall(rf"^def ({prefix}\d+)", source, re.MULTILINE)


def test_more_layers_have_no_more_functions() -> None:
    sources = {layers: numba_source(deep_net(layers).derivation()) for layers in (1, 8, 10)}
    for prefix in ("_sweep_", "_stage_", "_lines_"):
        few, more = (functions(sources[layers], prefix) for layers in (8, 10))
        assert few == more and len(set(few)) == len(few) > 0
    assert not functions(sources[1], "_(?:stage|lines)_")
    lines = {layers: len(text.splitlines()) for layers, text in sources.items()}
    assert (lines[10] - lines[8]) / 2 < 0.8 * (lines[8] - lines[1]) / 7
    for text in sources.values():
        assert max(map(len, text.splitlines())) < 100


def test_every_stage_is_compiled_twice_and_lines_once() -> None:
    source = numba_source(deep_net(5).derivation())
    made = source[source.index("_serial, _parallel =") :]
    for name in functions(source, "_stage_"):
        assert f"{name}_in_parallel, {name} = _in_parallel({name})" in made
        assert f"@numba.njit(**INNER)\ndef {name}(" not in source
    for name in functions(source, "_lines_"):
        assert f"@numba.njit(**INNER)\ndef {name}(" in source and name not in made


def test_names_are_told_apart_and_nothing_else() -> None:
    names = {"a", "b", "c", "x", "y"}
    text, order = numbered(["a[i] = b.T + c"], names)
    assert order == ["a", "b", "c"] and "i" in text
    assert numbered(["x[i] = y.T + b"], names) == (text, ["x", "y", "b"])
    assert numbered(["a = a + b"], names)[0] != numbered(["a = b + a"], names)[0]
    assert numbered(["a = b + b"], names)[0] != numbered(["a = b + c"], names)[0]
    assert numbered(["a = b.T"], names)[0] != numbered(["a = b"], names)[0]
    inside, behind = (
        ["for i in a:", "    x = b", "    y = c"],
        ["for i in a:", "    x = b", "y = c"],
    )
    assert numbered(inside, names)[0] != numbered(behind, names)[0]
    assert numbered(["f(a,", "  b)"], names) == numbered(["f(a, b)"], names)


def test_arguments_go_to_the_places_of_the_first() -> None:
    once = Once("_f_")
    assert once.call(["t = p - q", "r[0] = t"], ["q", "r", "p"]) == ("_f_1", ["q", "r", "p"])
    assert once.call(["s = q - r", "p[0] = s"], ["p", "q", "r"]) == ("_f_1", ["r", "p", "q"])
    assert once.call(["s = q - q", "p[0] = s"], ["p", "q"]) == ("_f_2", ["p", "q"])
    assert once.uses == {"_f_1": 2, "_f_2": 1}


BLOCKS = ["for c in numba.prange(n):", "    {0}[c] = {1}[c]", "    {0}[c] += 1"]


def part(*names: str) -> list[str]:
    return [line.format(*names) for line in BLOCKS]


def test_what_a_later_part_reads_stays() -> None:
    given = {"n", "x", "y", "z", "w"}
    short = ["s_{0} = {0}[0]", "{0}[1] = s_{0}", "{0}[2] = s_{0}"]
    parts = [[line.format(v) for line in short] for v in "xyz"]
    lines, made = written_once(parts, given, given, ())
    assert list(made) == ["_lines_1"] and lines == ["_lines_1(x)", "_lines_1(y)", "_lines_1(z)"]
    lines, made = written_once([*parts, ["w[0] = s_y"]], given, given, ())
    assert lines == ["_lines_1(x)", *parts[1], "_lines_1(z)", "w[0] = s_y"]
    assert written_once(parts, given, given, {"s_x", "s_z"})[0][3:4] == ["_lines_1(y)"]
    assert written_once([p[:2] for p in parts], given, given, ())[1] == {}


def test_some_loops_over_blocks_stay_in_the_function_that_runs_them() -> None:
    given = {"n", "x", "y", "z"}
    lines, made = written_once([part("x", "y"), part("y", "z"), part("z", "x")], given, given, ())
    assert lines == ["_stage_1(n, x, y)", "_stage_1(n, y, z)", *part("z", "x")]
    assert list(made) == ["_stage_1"] and made["_stage_1"][0] == "def _stage_1(n, x, y):"
