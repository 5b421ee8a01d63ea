"""Every error class with its example, as the README shows them.

``python -m tests.errors`` writes the table into the README.
"""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from typing import NamedTuple

import matcalc
from matcalc.errors import MatcalcError
from tests.test_readme import README

MARKS = "<!-- errors -->", "<!-- end of errors -->"


class Row(NamedTuple):
    """An error class, and the example that raises it."""

    error: type[MatcalcError]
    meaning: str
    example: doctest.Example


def classes() -> list[type[MatcalcError]]:
    """Every error class of the package, subclasses of subclasses too, by name."""
    for module in pkgutil.walk_packages(matcalc.__path__, "matcalc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, pending = set(), [MatcalcError]
    while pending:
        new = {c for c in pending.pop().__subclasses__() if c.__module__.startswith("matcalc.")}
        found |= new
        pending += new
    return sorted(found, key=lambda c: c.__name__)


def rows() -> Iterator[Row]:
    """Each class with the one statement of its docstring that raises it."""
    for error in classes():
        examples = doctest.DocTestParser().get_examples(error.__doc__)
        raising = [x for x in examples if (x.exc_msg or "").startswith(_full(error))]
        assert len(raising) == 1, f"{error.__name__} has {len(raising)} examples"
        yield Row(error, error.__doc__.partition("\n")[0], raising[0])


def _full(error: type[MatcalcError]) -> str:
    return f"{error.__module__}.{error.__name__}:"


def table() -> str:
    """The rows as Markdown."""
    head = "| error | what it means | for example | says |\n|---|---|---|---|\n"
    return head + "".join(map(_line, rows()))


def _line(row: Row) -> str:
    says = " ".join(row.example.exc_msg.removeprefix(_full(row.error)).split("\n    ")[0].split())
    code = row.example.source.strip()
    cells = (row.error.__name__, row.meaning, f"`{code}`", says.partition(" at column ")[0])
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def with_table(text: str) -> str:
    """The README with the table as it is now."""
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{table()}{MARKS[1]}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
