"""Counterexample scripts: any name, any function and any operator in them, run as they are."""

from contextlib import redirect_stdout
from fractions import Fraction
from io import StringIO

import mpmath
import numpy as np
import pytest

import matcalc
from matcalc import (
    adj,
    clip,
    column,
    det,
    diagonal,
    erf,
    function,
    gelu,
    huber,
    let,
    matrix,
    ones,
    power_sum,
    prove_equal,
    row_softmax,
    scalar,
    squared_norm,
    trace,
)
from matcalc.prove.disproof import Witness
from matcalc.prove.evaluation import Point
from matcalc.prove.proof import Disproof

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


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (Fraction(1, 3), 2, ("1/3", "2")),
        (10**15 + 1, 10**15, ("1000000000000001.0", "1000000000000000.0")),
        (Fraction(1234568, 891011), 0, ("1.3855811", "0")),
        (mpmath.mpf("1.2345678901234e-7"), mpmath.mpf(2), ("1.2345679e-7", "2.0")),
        (-(10**400), 0, ("-1.0e+400", "0")),
    ],
)
def test_values_are_shown_in_digits_that_tell_them_apart(x, y, said):
    witness = Witness(Point({}, {}, {}, {}, {}, {}), (0, 0), x, y, True)
    assert Disproof(X, X, witness).where == f"{said[0]} ≠ {said[1]} in entry (0, 0), exactly"


def test_what_exponentials_hide_is_found_at_small_numbers():
    S = matrix("S", "p", "p", "symmetric")
    weights = row_softmax((S @ S) ** 3)
    slope = weights * (ones("p", "p") - diagonal(weights) @ ones(1, "p"))
    found = prove_equal(slope, 2 * slope)
    assert found.verdict == "disproved"
    assert_replays(slope, 2 * slope)
