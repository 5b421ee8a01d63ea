"""Where sympy's matrix derivatives fail: matcalc's answers are right, and the README says so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from matcalc.loops import Loops
from matcalc.node import Node
from matcalc.symbols import free_symbols, variables
from tests.numeric import assert_gradient
from tests.sympy_failures import (
    FURTHER,
    MATRICES,
    SHOWN,
    SIZES,
    TELLING,
    Case,
    built,
    data,
    matcalc_expressions,
    matcalc_result,
    row,
    sympy_says,
    truth,
)

CASES = TELLING + FURTHER
README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.written} by {case.by}")


def at_data(expr: Any) -> np.ndarray:
    """Value by the loops, at the data that sympy's answer is judged at."""
    tables = {v: data()[MATRICES[v.name]].tolist() for v in variables(expr)}
    numbers = {**{s.name: n for s, n in SIZES.items()}, "c": 0.7}
    known = {s: numbers[s.name] for s in free_symbols(expr)}
    sizes = {s: n for s, n in known.items() if s.is_integer}
    scalars = {s: x for s, x in known.items() if not s.is_integer}
    return np.array(Loops(sizes, tables, scalars).value(expr))


def as_jacobian(expected: np.ndarray, x: Any) -> np.ndarray:
    """∂vec F/∂(vec X)ᵀ from the axes of X followed by those of F."""
    rows, cols = (int(size) for size in np.shape(data()[x]))
    whole = expected.reshape(rows, cols, *expected.shape[2:])
    return np.array([whole[i, j].ravel(order="F") for j in range(cols) for i in range(rows)]).T


@by_case
def test_the_answer_of_matcalc_is_right(case: Case) -> None:
    result = matcalc_result(case)
    if case.instead:
        assert_gradient(*matcalc_expressions(case), result)
        return
    f, x = built(case)
    expected = truth(case, f, x)
    found = at_data(result)
    if case.order == 2 or (isinstance(result, Node) and found.shape != expected.shape[:2]):
        expected = as_jacobian(expected, x)
    expected = expected.reshape(found.shape) if expected.size == found.size else expected
    assert np.max(np.abs(found)) > 1e-6
    np.testing.assert_allclose(found, expected, rtol=1e-6 if case.order == 2 else 1e-9, atol=1e-9)


def readme_table() -> list[str]:
    section = README.split("## Where sympy goes wrong\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def test_the_readme_shows_these_answers() -> None:
    head, _, *rows = readme_table()
    assert head.split(" | ")[2].startswith("sympy ")
    assert len(rows) == len(TELLING)
    for case, shown in zip(TELLING, rows, strict=True):
        says = sympy_says(case) if f" sympy {sympy.__version__} " in head else _cells(shown)[2]
        assert shown == row(case, says)


def _cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


@by_case
def test_sympy_is_judged(case: Case) -> None:
    """Whatever the installed version answers, the verdict on it is one of those known."""
    says = sympy_says(case)
    verdicts = (
        "right",
        "**wrong**",
        "**ill-shaped**",
        "unevaluated",
        "raises",
        "cannot be written",
    )
    assert says.startswith(verdicts)
    assert len(says) <= SHOWN + 60


def test_a_wrong_answer_is_called_wrong() -> None:
    case = Case("Trace(S*S)", "S")
    assert sympy_says(case) == "right: `2*S.T`"
    f, x = built(case)
    assert not np.allclose(truth(case, f, x), data()[x])
