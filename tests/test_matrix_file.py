"""Structured matrices as files, which check themselves, and replace nothing unasked."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcalc import centering, column, diag, hessian, inner, ones, squared_norm, sum
from matcalc.elementary import exp, relu
from matcalc.errors import ExportError
from matcalc.lower import export_matrix, structured_matrix
from matcalc.lower.matrix_file import check_of
from tests.exported import assert_ruff_accepts
from tests.test_structured_matrix import CASES, SOLVED, as_jacobian

x, a = column("x", "n"), column("a", "n")
CODE = structured_matrix(hessian(sum(exp(x)) + inner(a, x) ** 2, x))
CODES = {f"{label} by {key}": (d, key) for label, d, key in CASES}
CODES |= {name: (as_jacobian(j), None) for name, (j, _) in SOLVED.items()}


def run(source: str, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "checked.py"
    path.write_text(source, encoding="utf-8")
    return runpy.run_path(str(path))


@pytest.mark.parametrize("name", CODES)
def test_every_function_agrees_with_loops(name: str, tmp_path: Path) -> None:
    code = structured_matrix(*CODES[name])
    source = code.source + check_of(code)
    assert max(map(len, source.splitlines())) <= 99
    errors = run(source, tmp_path)["check_matrix"]()
    unseen = {"parts", "solution", "solution_columns"} if "log-sum-exp" in name else {"parts"}
    assert set(errors) == set(code.runs.functions) - unseen
    assert all(error < 1e-8 for error in errors.values())


NOT_SYMMETRIC = structured_matrix(as_jacobian(diag(exp(x)) + a @ (a * x).T))


@pytest.mark.parametrize("function", sorted(NOT_SYMMETRIC.runs.functions))
def test_a_mistake_is_seen(function: str, tmp_path: Path) -> None:
    source = NOT_SYMMETRIC.source + check_of(NOT_SYMMETRIC)
    start = source.index(f"def {function}(")
    wrong = re.sub(r'(return \{"\w+": )', r"\1(1 + 1e-7) * ", source[start:], count=1)
    errors = run(source[:start] + wrong, tmp_path)["check_matrix"]()
    assert wrong != source[start:] and max(errors.values()) > 1e-8
    assert function == "parts" or errors[function] > 1e-8


def test_a_singular_matrix_has_no_solution_to_check() -> None:
    code = structured_matrix(as_jacobian(diag(a) - a @ a.T / inner(a, column("a", "n") ** 0)))
    text = check_of(code)
    assert "solution" in code.runs and "times" in text and "solution" not in text


@pytest.mark.parametrize(
    "loss",
    [
        sum(relu(x) ** 2) + inner(a, x) ** 2 + inner(column("b", "n"), x) ** 2,
        squared_norm(x) / 3,
        squared_norm(centering("n") @ x) + sum(x) ** 2 / 7,
    ],
    ids=["a rest that is singular", "fractions", "a matrix that is singular but for ones"],
)
def test_what_does_not_serve_is_not_compared(loss: Any, tmp_path: Path) -> None:
    code = structured_matrix(hessian(loss, x))
    errors = run(code.source + check_of(code), tmp_path)["check_matrix"]()
    assert {"dense", "times", "diagonal_entries"} <= errors.keys()
    assert all(error < 1e-8 for error in errors.values())


def test_no_example_where_there_is_no_value() -> None:
    nowhere = diag((-(a**2) - ones("n")) ** 0.5)
    assert check_of(structured_matrix(as_jacobian(nowhere))) == ""


def test_a_file_is_a_program(tmp_path: Path) -> None:
    path = export_matrix(CODE, tmp_path / "by_x.py")
    found = subprocess.run([sys.executable, "-I", path], capture_output=True, text=True)
    assert found.returncode == 0 and found.stdout.startswith("dense: differs by ")
    path.write_text(
        path.read_text("utf-8").replace("\n    product = ", "\n    product = 3 * "), "utf-8"
    )
    broken = subprocess.run([sys.executable, "-I", path], capture_output=True, text=True)
    assert broken.returncode == 1 and broken.stderr == "a function is wrong\n"


def test_what_a_reader_does_with_it(tmp_path: Path) -> None:
    made = runpy.run_path(str(export_matrix(CODE, tmp_path / "by_x.py")))
    given = {"x": np.array([[0.0], [1.0], [2.0]]), "a": np.array([[1.0], [-1.0], [0.5]])}
    parts = made["parts"](x=given["x"])
    dense = np.diag(np.exp(given["x"][:, 0])) + 2 * given["a"] @ given["a"].T
    v = np.array([[1.0], [2.0], [4.0]])
    assert np.allclose(made["times"](**parts, a=given["a"], v=v)["product"], dense @ v)
    solved = made["solution"](**parts, a=given["a"], v=v)["product"]
    assert np.allclose(solved, np.linalg.solve(dense, v))


def test_the_file_reads_well(tmp_path: Path) -> None:
    for i, name in enumerate(CODES):
        code = structured_matrix(*CODES[name])
        (tmp_path / f"matrix_{i}.py").write_text(code.source + check_of(code), "utf-8")
    assert_ruff_accepts(tmp_path)


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "by_x.py"
    path.write_text("mine")
    with pytest.raises(ExportError, match="overwrite=True"):
        export_matrix(CODE, path)
    with pytest.raises(ExportError, match="hide NumPy"):
        export_matrix(CODE, tmp_path / "numpy.py")
    assert path.read_text() == "mine"
    assert export_matrix(CODE, str(path), overwrite=True).read_text("utf-8").startswith(CODE.source)
