"""Tables of the README: ``python -m tests.generated`` writes those of operators and laws anew."""

import sys
from collections import Counter
from pathlib import Path

from matcalc.command.tables import TABLES, as_markdown, operator_rows
from matcalc.rewrite import Law
from matcalc.show import text

README = Path(__file__).parent.parent / "README.md"
COLUMNS = {
    "differentials": "d",
    "transposition": "⟨·,·⟩",
    "vectorisation": "vec",
    "simplest form": "simpler",
    "diagonals as scalings": "simpler",
    "pseudo-inverses": "simpler",
    "lowering": "code",
}
"""Tables of laws, and the columns they are counted in."""
OPERAND = {"differentials": 0, "transposition": 1, "vectorisation": 0}
"""Where in a left side the operator stands that a law is about."""
LOWERED = "What NumPy does in one call: in generated code alone."


def family(table: str, law: Law) -> str:
    """What a law is about: the first line of the module of its outermost operator."""
    head = law.lhs.operands[OPERAND[table]] if table in OPERAND else law.lhs
    module = type(head).__module__
    if module.startswith("matcalc.lower"):
        return LOWERED
    name = module if module.startswith("matcalc") else "matcalc.operators.scalars"
    return str(sys.modules[name].__doc__).split("\n")[0]


def laws() -> str:
    """Families of laws: how many there are for what, and one of them."""
    found: dict[str, list[tuple[str, Law]]] = {}
    for table, rows in TABLES.items():
        for law in rows:
            found.setdefault(family(table, law), []).append((table, law))
    return as_markdown([_family_row(name, found[name]) for name in sorted(found)])


def _family_row(name: str, rows: list[tuple[str, Law]]) -> dict[str, str]:
    counts = Counter(COLUMNS[table] for table, _ in rows)
    simpler = [law for table, law in rows if COLUMNS[table] == "simpler"]
    shown = min(simpler or [rows[0][1]], key=lambda law: len(text(law.lhs) + text(law.rhs)))
    columns = {column: str(counts[column] or "") for column in dict.fromkeys(COLUMNS.values())}
    return {
        "laws about": name.rstrip("."),
        **columns,
        "such as": shown.name,
        "left": text(shown.lhs),
        "right": text(shown.rhs),
    }


GENERATED = {
    "operators": lambda: as_markdown(operator_rows()),
    "laws": laws,
}
"""What stands between the marks ``<!-- name -->`` and ``<!-- end of name -->``."""


def refreshed(readme: str) -> str:
    """The text of a README with its tables as they should be."""
    for name, table in GENERATED.items():
        before, rest = readme.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"<!-- end of {name} -->")
        readme = f"{before}<!-- {name} -->\n{table()}\n<!-- end of {name} -->{after}"
    return readme


def main() -> None:
    """Write the tables into the README."""
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
