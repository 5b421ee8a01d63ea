"""A derivation in plain text, in Unicode or in ASCII."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from matcalc.nesting import followed
from matcalc.node import Node, Operator
from matcalc.presentation import Document, Row, reasons, shown_of, wrapped
from matcalc.show import text

WIDTH = 100
"""Characters of a row."""
APART = 4
"""Characters between two columns."""


@followed("text")
def as_text(document: Document, ascii_only: bool = False) -> str:
    """Plain text of a document; in ASCII no sign is left that a terminal may not have."""
    spelled = in_ascii if ascii_only else str
    shown = [Wrapped(document.convention)]
    if document.given:
        shown.append(Wrapped(f"Given {', '.join(x.text for x in document.given)}."))
    column = _column(document)
    for row in document.body:
        shown += _with_other(document, row, column)
        shown += [Wrapped(reason, " " * 6, " " * 9) for reason in reasons(row)]
    for step in document.every:
        shown.append(Wrapped(f"[{step.law}] {text(step.before)} = {text(step.after)}"))
    lines = [part for line in shown for part in line.lines(spelled)]
    return "\n".join([*lines, *(spelled(f"Note: {note}.") for note in document.notes)])


def _equation(document: Document, row: Row) -> str:
    return f"{left_text(document, row)} = {text(shown_of(row))}"


def _column(document: Document) -> int:
    """Where the second forms start that fit beside the first ones; 0 if that suits not all."""
    pairs = [
        (len(_equation(document, row) + _size(row)), len(_equation(document, row.other)))
        for row in document.body
        if row.other is not None
    ]
    beside = [(a, b) for a, b in pairs if a + APART + b <= WIDTH]
    column = max((a for a, _ in beside), default=0) + APART
    return column if all(column + b <= WIDTH for _, b in beside) else 0


def _with_other(document: Document, row: Row, column: int) -> list["Wrapped"]:
    """A row with its other form beside it, or below it."""
    first = _equation(document, row) + _size(row)
    if row.other is None:
        return [Wrapped(first)]
    both = first.ljust(column - APART) + " " * APART + _equation(document, row.other)
    if len(both) <= WIDTH:
        return [Wrapped(both)]
    return [Wrapped(first), Wrapped(_equation(document, row.other) + _size(row.other))]


@dataclass(frozen=True)
class Wrapped:
    """A line of text that is wrapped, with what stands before its first and its other lines."""

    text: str
    first: str = ""
    rest: str = " " * 8

    def lines(self, spelled: Callable[[str], str]) -> list[str]:
        """What it takes to show it."""
        return wrapped(spelled(self.text), WIDTH, self.first, self.rest)


def in_ascii(shown: str) -> str:
    """A text with its signs spelled out, so that any terminal shows it.

    Examples
    --------
    >>> print(in_ascii("∂R/∂w = 2 (p × 1) by transposition of ⊗"))
    dR/dw = 2 (p x 1) by transposition of (x)
    """
    plain = "".join(ASCII.get(c, c) for c in re.sub(r"ᵀ(?=\w)", "ᵀ ", shown))
    parts = unicodedata.normalize("NFKD", plain)
    return (
        "".join(c for c in parts if not unicodedata.combining(c))
        .encode("ascii", "backslashreplace")
        .decode("ascii")
    )


ASCII = {
    **{"∂": "d", "ᵀ": "^T", "Σ": "sum", "⟨": "<", "⟩": ">", "θ": "theta", "×": "x", "−": "-"},
    **{"⊙": "(.)", "⊗": "(x)", "′": "'", "≠": "!=", "≤": "<=", "≥": ">=", "…": "...", "·": "*"},
    **{"√": "sqrt", "¹": "^1", "²": "^2", "⁻": "^-", "→": "->", "∈": "in", "‖": "||"},
}
"""What stands in ASCII for the signs of titles, conventions and laws."""


def left_text(document: Document, row: Row) -> str:
    """What a row is about, in text."""
    kind, called = document.kind, document.whole
    if row.kind == "loss":
        return called
    if row.kind == "definition":
        return f"  {row.quantity}"
    if kind == "directional":
        return str(row.quantity)
    if kind == "jacobian":
        vec = "vec " * isinstance(row.quantity, Operator)
        return f"∂vec {called}/∂({vec}{row.quantity})ᵀ"
    if row.kind == "result":
        return f"∂{called}/∂{row.quantity}"
    if row.kind == "vec form":
        return f"vec(∂{called}/∂{row.quantity})"
    named = f"{row.formula} := " if row.kind == "named cotangent" else ""
    return f"  {named}∂{called}/∂{row.quantity}"


def _size(row: Row) -> str:
    x = row.formula
    return f"    ({x.rows} × {x.cols})" if isinstance(x, Node) else ""
