"""``matcalc laws`` and ``matcalc operators``: what the engine knows, and what may be written."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from matcalc import LANGUAGE
from matcalc.command.output import OK, emit
from matcalc.errors import UnsupportedInput
from matcalc.laws.algebra import DIAGONAL_AS_SCALING
from matcalc.laws.generalised_inverses import NORMAL_EQUATIONS
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.lower.cheaper import ALTERNATIVES
from matcalc.lower.laws import LOWERING
from matcalc.lower.relus import STEPS
from matcalc.lower.solving import TOGETHER
from matcalc.parsing.words import call_of
from matcalc.rewrite import Law
from matcalc.show import text
from matcalc.symbols import variables

Row = dict[str, str]
FORMATS = ("text", "markdown", "json")
TABLES: dict[str, Iterable[Law]] = {
    "differentials": DIFFERENTIALS.laws,
    "transposition": TRANSPOSITION.laws,
    "vectorisation": VECTORISATION.laws,
    "simplest form": SIMPLEST.laws,
    "diagonals as scalings": DIAGONAL_AS_SCALING,
    "pseudo-inverses": NORMAL_EQUATIONS,
    "lowering": (*LOWERING.laws, *ALTERNATIVES, STEPS, TOGETHER),
}
"""Every law, by the table it stands in."""
SYNTAX = {
    "A @ B": "Matrix product.",
    "A + B, A - B, -A": "Sum, difference, negative.",
    "c * A, A / c": "Multiple by a scalar.",
    "A * B, A / B": "Product and quotient, entry by entry.",
    "A ** k, A ** B": "Power, entry by entry.",
    "A.T": "Transpose.",
    "X[i, j], X[i, :], X[a:b, c:d]": "Entry, row, block; counted from 0.",
    "sympy.gamma(c), …": "A real function that only sympy has, of scalars.",
}
"""What is written with Python's own signs."""


def run_laws(options: Any) -> int:
    """Print the laws."""
    return _print(law_rows(), options)


def run_operators(options: Any) -> int:
    """Print what may be written in an expression."""
    return _print(operator_rows(), options)


def law_rows() -> list[Row]:
    """A row for every law: table, name, both sides, and when it holds."""
    return [
        {
            "table": table,
            "law": law.name,
            "left": text(law.lhs),
            "right": text(law.rhs),
            "where": _condition(law),
        }
        for table, laws in TABLES.items()
        for law in laws
    ]


def _condition(law: Law) -> str:
    """Facts of the variables, the guard in words, and whether there may be more operands."""
    facts = [f"{v} is {', '.join(v.facts)}" for v in variables(law.lhs) if v.facts]
    guard = getattr(law.where, "func", law.where)
    guarded = [] if guard is None else [_summary(guard).removeprefix("Whether ").rstrip(".")]
    several = ["any number of operands"] if law.general is not None else []
    return "; ".join([*facts, *guarded, *several])


def operator_rows() -> list[Row]:
    """A row for every operator and function of the language: how it is written, what it is."""
    signs = [{"written": written, "means": means} for written, means in SYNTAX.items()]
    words = [_word(name, x) for name, x in LANGUAGE.words.items()]
    return [*signs, *words]


def _word(name: str, x: Any) -> Row:
    if not callable(x):
        return {"written": name, "means": "A constant of sympy."}
    if isinstance(x, type):
        return {"written": f"{name}(p, q)", "means": "A fraction, exact as p/q is."}
    return {"written": call_of(name, x), "means": _summary(x)}


def _summary(x: Any) -> str:
    return (x.__doc__ or "").strip().split("\n")[0]


def _print(rows: list[Row], options: Any) -> int:
    word = (options.word or "").lower()
    found = [row for row in rows if any(word in cell.lower() for cell in row.values())]
    if not found:
        raise UnsupportedInput(f"nothing with {options.word!r} is in the table")
    emit(SHOWN[options.format](found), options)
    return OK


def as_markdown(rows: list[Row]) -> str:
    """The rows as a table of Markdown."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *(list(map(_cell, row.items())) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(item: tuple[str, str]) -> str:
    column, value = item
    escaped = value.replace("|", "\\|")
    return f"`{escaped}`" if column in ("left", "right", "written") else escaped


def as_text(rows: list[Row]) -> str:
    """The rows for a terminal: what is written, and below it what it is."""
    return "\n".join(_laid_out(row) for row in rows)


def _laid_out(row: Row) -> str:
    if "law" not in row:
        return f"{row['written']}\n    {row['means']}"
    where = f"\n    where {row['where']}" if row["where"] else ""
    return f"{row['law']} ({row['table']})\n    {row['left']} = {row['right']}{where}"


def as_json(rows: list[Row]) -> str:
    """The rows as a list of objects."""
    return json.dumps(rows, indent=2, ensure_ascii=False)


SHOWN: dict[str, Callable[[list[Row]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
}
