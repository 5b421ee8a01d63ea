"""A structured matrix as a file of functions, which compares them with loops where it is run."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from matcalc.files import write_whole
from matcalc.loops import Loops
from matcalc.lower.example import (
    EXACT,
    ORDERS,
    array_text,
    as_printed,
    drawn,
    entry_lines,
    given_lines,
)
from matcalc.lower.export import require_module
from matcalc.lower.factored import Array, FactoredMatrix
from matcalc.lower.structured_matrix import MatrixCode
from matcalc.lower.wrapping import called
from matcalc.pointwise import Undefined
from matcalc.sampling import Sample, Sampler

EXPECTED = {
    "times": "product",
    "times_columns": "product",
    "transposed_times": "matrix.T @ product",
    "transposed_times_columns": "matrix.T @ product",
    "diagonal_entries": "np.diagonal(matrix)[:, None]",
    "solution": "v",
    "solution_columns": "v",
}
"""From functions to what they should give, those that solve and turn being given the product."""
EXACTLY = 1e-9
"""The greatest part by which a solution that is shown may be off."""
OPERANDS = {"times": "v", "times_columns": "v"}

CHECK = '''

def check_matrix():
    """Return errors of functions at an example, where loops worked out a product."""
    given, v, product = _example()
{parts}{dense}    errors = {{"dense": _error(matrix @ v, product)}}
{errors}    return errors


def _error(found, expected):
    """Return the difference as a part of what is expected."""
    return float(np.linalg.norm(found - expected) / (np.linalg.norm(expected) or 1))


def _two(column):
    """Return a column beside a multiple."""
    return np.hstack([column, -2 * column])


def _example():
    """Return arguments, a column, and the product of the matrix with it."""
    given = {{
{given}
    }}
    columns = {{
{columns}
    }}
    return given, columns["v"], columns["product"]


if __name__ == "__main__":
    errors = check_matrix()
    for key, error in errors.items():
        print(f"{{key}}: differs by {{error:.1e}}")
    if not all(error < 1e-8 for error in errors.values()):
        raise SystemExit("a function is wrong")
'''


def export_matrix(code: MatrixCode, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write the functions of a structured matrix to a file, whole or not at all.

    ``parts`` forms what is formed once; the others take its results, what else they ask for, and a
    column, those named ``…_columns`` several; ``dense`` gives all entries. A ``solution`` is there
    where laws know one. By Woodbury's formula it solves a system as large as the rank, and is
    wrong where the rest, such as a small ridge, is nearly singular: `FactoredMatrix.solve` tests
    that and forms the matrix then, who calls the file's function does it himself.

    Run as a program, the file compares ``times`` and ``dense`` with the product of the matrix with
    a column that loops over the entries gave at an example, and the others with these. A
    ``solution`` that does not serve at the example is left out.

    Parameters
    ----------
    code : MatrixCode
        From `structured_matrix`.
    path : path
        A file in an existing folder; its name is an identifier and ends in ``.py``.
    overwrite : bool
        Whether an existing file may be replaced; a link or a folder never is.

    Raises
    ------
    ExportError
        If the file cannot be written, or would replace something.

    Examples
    --------
    >>> import runpy
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from matcalc import column, exp, hessian, inner, sum
    >>> from matcalc.lower import structured_matrix
    >>> x, a = column("x", "n"), column("a", "n")
    >>> code = structured_matrix(hessian(sum(exp(x)) + inner(a, x) ** 2, x))
    >>> with TemporaryDirectory() as folder:
    ...     made = runpy.run_path(str(export_matrix(code, Path(folder) / "by_x.py")))
    >>> parts = made["parts"](x=np.zeros((3, 1)))
    >>> made["times"](**parts, a=np.ones((3, 1)), v=np.ones((3, 1)))["product"].T
    array([[7., 7., 7.]])
    """
    file = Path(path)
    require_module(file, overwrite)
    write_whole(file, code.source + check_of(code))
    return file


def check_of(code: MatrixCode) -> str:
    """Lines that let a module check itself when it is run; none where no example was found."""
    sampler = Sampler([code.matrix], 0)
    sample = drawn(sampler)
    found = None if sample is None else _at(code, sample)
    if sample is None or found is None:
        return ""
    matrix, factored = found
    random = Random(1)
    v = np.array([random.randint(-9, 9) / 8 for _ in range(matrix.shape[1])])
    arguments = {name: name for function in code.runs.functions for name in _asked(code, function)}
    solved = "solution" in code.runs and _is_solved(factored, matrix @ v, v)
    errors = [line for name in EXPECTED for line in _compared(code, name, solved)]
    columns = {"v": v, "product": matrix @ v}.items()
    return CHECK.format(
        parts=_lines("given |= parts", code, "parts", {}) if "parts" in code.runs else "",
        dense=_lines("matrix = dense", code, "dense", {}, '["matrix"]'),
        errors="".join(errors),
        given="\n".join(given_lines(sample, sampler.functions, arguments)),
        columns="\n".join(line for name, x in columns for line in _column(name, x)),
    )


def _at(code: MatrixCode, sample: Sample) -> tuple[Array, FactoredMatrix] | None:
    """The matrix by loops and by its parts, at the data as they are printed, rounded."""
    data = {v: as_printed(table, v.facts) for v, table in sample.data.items()}
    scalars = {k: x if type(x) is int else round(x, 3) for k, x in sample.scalars.items()}
    given: dict[str, Any] = {k.name: x for k, x in {**sample.sizes, **scalars}.items()}
    given |= {v.name: np.array(table, dtype=float) for v, table in data.items()}
    for label, function in sample.functions.items():
        given |= {label + "_prime" * k: partial(function, k) for k in range(ORDERS + 1)}
    try:
        table = Loops(sample.sizes, data, scalars, sample.functions).value(code.matrix)
    except Undefined:
        return None
    return np.array(table, dtype=float), code(**given)


def _is_solved(factored: FactoredMatrix, b: Array, x: Array) -> bool:
    """Whether the parts give this solution, also where forming the matrix would cost less."""
    tried = replace(factored, rank=None if factored.rank is None else 0)
    try:
        found = tried.solve(b)
    except np.linalg.LinAlgError:
        return False
    close = np.linalg.norm(found - x) < EXACTLY * np.linalg.norm(x)
    return bool(close and tried.how_solved.startswith(tried.way))


def _column(name: str, x: Array) -> list[str]:
    """Lines of a column, without the last digits, which are not those of every machine."""
    x = np.array([float(f"{entry:.12g}") for entry in x])
    return entry_lines(name, "", array_text([x.tolist()], EXACT), ".T")


def _asked(code: MatrixCode, function: str) -> Mapping[str, str]:
    return code.runs.arguments[function]


def _compared(code: MatrixCode, name: str, solved: bool) -> Iterator[str]:
    """Lines that note the error of one function."""
    if name not in code.runs or (name.startswith("solution") and not solved):
        return
    operand, expected = OPERANDS.get(name, "product"), EXPECTED[name]
    if name.endswith("columns"):
        operand, expected = f"_two({operand})", f"_two({expected})"
    operands = dict.fromkeys(code.operands, operand)
    result = '["diagonal"]' if name == "diagonal_entries" else '["product"]'
    yield _lines(f"found = {name}", code, name, operands, result)
    yield f'    errors["{name}"] = _error(found, {expected})\n'


def _lines(
    head: str, code: MatrixCode, function: str, operands: Mapping[str, str], result: str = ""
) -> str:
    """A call of a function of the module, on what is given by name and on operands."""
    asked = _asked(code, function).items()
    values = [f'{local}={operands.get(name, f"""given["{name}"]""")}' for name, local in asked]
    return "".join(f"{line}\n" for line in called(head, values, 4, result))
