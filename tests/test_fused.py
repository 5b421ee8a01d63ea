"""Products that are added in one pass: which lines become one, and what they compute."""

import re

import numpy as np
import pytest

import matcalc
from matcalc import dims, gradient, matrix
from matcalc.errors import UnknownFunction
from matcalc.lower import array_api_source, compile_array_api, compile_numpy
from matcalc.lower.array_helpers import HELPERS
from matcalc.lower.fused import products_added
from matcalc.lower.program import Statement
from tests.array_libraries import Through, doubles
from tests.test_array_api import gap
from tests.worked import CASES

N, p = dims("N p")
SHAPES = {"A": (N, p), "B": (N, p), "D": (N, p), "r": (1, p), "s": (1, p), "N": None, "f": None}
NEW = Statement("B", "r * A", (N, p))


def texts(*lines, returned=()):
    return [s.text for s in products_added(list(lines), SHAPES, returned, "_stacked")]


def line(text):
    return Statement("", text, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((NEW, line("B += s")), ["_plus_product(s, r, A)"]),
        ((NEW, line("B += D / N")), ["_plus_product(D / N, r, A)"]),
        (
            (Statement("B", "_stacked(r * A)", (N, p)), line("B += s")),
            ["_stacked(_plus_product(s, r, A))"],
        ),
        ((line("A *= r / s / N"), line("D -= A")), ["_take_up_product(D, A, -r / s / N)"]),
        ((line("A *= B"), line("D += A"), line("D -= s")), ["_take_up_product(D, A, B)", "D -= s"]),
    ],
)
def test_two_lines_become_one(lines, expected):
    assert texts(*lines) == expected


@pytest.mark.parametrize(
    "lines",
    [
        (NEW, line("B -= s")),
        (NEW, line("B += f")),
        (NEW, line("B += B / s")),
        (NEW, line("D += s")),
        (Statement("B", "f * A", (N, p)), line("B += s")),
        (Statement("B", "A / r", (N, p)), line("B += s")),
        (Statement("B", "r * A + D", (N, p)), line("B += s")),
        (Statement("r2", "r * s", (1, p)), line("r2 += s")),
        (Statement("B", "r * _kron(A, s)", (N, p)), line("B += s")),
        (line("A *= f"), line("D -= A")),
        (line("A *= r"), line("D -= B")),
        (line("A *= r"), line("A -= A")),
        (line("A *= r"), line("D -= A"), Statement("x", "A @ s.T", (N, p))),
        (line("A *= r"), line("D -= s"), line("D -= A")),
        (line("A *= D"), line("D += A")),
        (line("A *= D.T"), line("D += A")),
    ],
)
def test_other_lines_stay(lines):
    assert texts(*lines) == [s.text for s in lines]


def test_what_is_returned_is_worked_out():
    lines = line("A *= r"), line("D -= A")
    assert texts(*lines, returned=["A"]) == ["A *= r", "D -= A"]
    assert texts(*lines, returned=["D"]) == ["_take_up_product(D, A, -r)"]


def test_signs_do_not_pile_up():
    assert texts(line("A *= -r"), line("D -= A")) == ["_take_up_product(D, A, r)"]


def test_the_helpers_compute_the_same_with_and_without_a_function_for_it():
    rng = np.random.default_rng(3)
    a, b, c = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(1, 3))

    class Library:
        addcmul = staticmethod(lambda a, b, c: a + b * c)

    class Own(np.ndarray):
        def addcmul_(self, b, c):
            self += b * c
            return self

    made = {}
    exec(HELPERS["_plus_product"] + HELPERS["_take_up_product"], made)
    whole = a + b * c
    for library in (np, Library):
        assert np.array_equal(made["_plus_product"](library, a, b, c), whole)
    for array, left in ((a.copy(), b * c), (a.copy().view(Own), b)):
        taken = b.copy()
        assert made["_take_up_product"](array, taken, c) is array
        assert np.array_equal(array, whole) and np.array_equal(taken, left)


@pytest.mark.parametrize("derivation", [d for _, d, _ in CASES], ids=[name for name, _, _ in CASES])
def test_what_may_be_lost_is_not_read_again(derivation):
    try:
        source = array_api_source(derivation)
    except UnknownFunction:
        return
    body = source[: source.index("\n\n\ndef _")]
    for found in re.finditer(r"_take_up_product\(\w+, (\w+), ", body):
        assert not re.search(rf"\b{found[1]}\b", body[found.end() :].replace("del ", ""))


def test_results_that_others_are_made_of_stay_whole():
    n = dims("n")[0]
    V, X, W = (matrix(name, n, n) for name in "VXW")
    H = V @ X
    derivation = gradient(matcalc.sum(matcalc.tanh(H) ** 2) + matcalc.sum(H * (W + H) ** 4), (W, X))
    rng = np.random.default_rng(2)
    given = {name: rng.normal(size=(3, 3)) for name in "VXW"}
    with doubles("torch") as library:
        found = Through(compile_array_api(derivation), library)(**given)
    assert gap(found, compile_numpy(derivation)(**given)) < 1e-10


def test_only_helpers_that_are_called_are_written():
    X = matrix("X", N, p)
    assert "addcmul" not in array_api_source(gradient(matcalc.sum(X**2), X))
