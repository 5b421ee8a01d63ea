"""Counterexample scripts: any name, any function and any operator in them, run as they are."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest

import matcalc
from matcalc import (
    adj,
    clip,
    column,
    det,
    erf,
    function,
    gelu,
    huber,
    let,
    matrix,
    power_sum,
    prove_equal,
    scalar,
    squared_norm,
    trace,
)

NAMES = "np numpy left right print float int bool dtype math sep lambda_ a_0 x y".split()
X, M = matrix("X", "m", "n"), matrix("M", "p", "p")
v = column("v", "p")


def shown(disproof):
    """What the script has in the entry that differs."""
    program, data = disproof.script(), {}
    with redirect_stdout(StringIO()):
        exec(program, data)
    sides = [line.split(" = ")[0] for line in program.splitlines()[-3:-1]]
    assert sides == ["left", "right"]
    tables = [np.atleast_2d(data[side]) for side in sides]
    return [float(table[disproof.witness.entry]) for table in tables]


def assert_replays(a, b):
    found = prove_equal(a, b)
    assert found.verdict == "disproved"
    said = [float(found.witness.left), float(found.witness.right)]
    assert shown(found) == pytest.approx(said, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_usable(name):
    A = matrix(name, "p", "p")
    assert_replays(A @ v + A.T @ v, 2 * A @ v)
    c = scalar(name)
    assert_replays(c * X, c**2 * X)
    Y = matrix("Y", name, "n")
    assert_replays(Y / Y.rows, Y)
    Z = let(name, X * X)
    assert_replays(Z * X, Z + X)


def test_functions_and_variables_keep_apart():
    a, a1 = function("a"), function("a", order=1)
    a_0, a_1 = matrix("a_0", "m", "n"), matrix("a_1", "m", "n")
    assert_replays(a(a_0) * a_1, a1(a_1) * a_0)


@pytest.mark.parametrize("name", ["np", "left", "float", "x"])
def test_any_function_is_usable(name):
    assert_replays(function(name)(X), X)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (erf(X), X),
        (gelu(X), X),
        (erf(scalar("c")) * X, X),
        (adj(M), M),
        (det(M) * adj(M), M),
        (trace(power_sum(3, M, M, M)), trace(M)),
        (huber(X), X),
        (clip(X, -1, 1), X),
    ],
)
def test_what_they_call_is_there(a, b):
    assert_replays(a, b)


def test_ordinary_names_stay():
    lines = prove_equal(squared_norm(X), matcalc.sum(X)).script().splitlines()
    assert lines[0] == "import numpy as np"
    assert lines[1].startswith("m, n = ") and lines[2].startswith("X = np.array([[")
    assert lines[3:5] == ["left = np.sum(X**2)", "right = np.sum(X)"]
