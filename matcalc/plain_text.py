"""A derivation in plain text, in Unicode or in ASCII."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from matcalc.names import LOSS
from matcalc.node import Node, Operator
from matcalc.presentation import Document, Row, reasons, shown_of, whole, wrapped
from matcalc.show import text

WIDTH = 100
"""Characters of a row."""


def as_text(document: Document, ascii_only: bool = False) -> str:
    """Plain text of a document; in ASCII no sign is left that a terminal may not have."""
    spelled = in_ascii if ascii_only else str
    shown = [Wrapped(document.convention)]
    if document.given:
        shown.append(Wrapped(f"Given {', '.join(x.text for x in document.given)}."))
    for row in document.body:
        left = left_text(document.kind, row)
        shown.append(Wrapped(f"{left} = {text(shown_of(row))}{_size(row)}"))
        shown += [Wrapped(reason, " " * 6, " " * 9) for reason in reasons(row)]
    for step in document.every:
        shown.append(Wrapped(f"[{step.law}] {text(step.before)} = {text(step.after)}"))
    lines = [part for line in shown for part in line.lines(spelled)]
    return "\n".join([*lines, *(spelled(f"Note: {note}.") for note in document.notes)])


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


def left_text(kind: str, row: Row) -> str:
    """What a row is about, in text."""
    if row.kind == "loss":
        return whole(kind, row.formula)
    if row.kind == "definition":
        return f"  {row.quantity}"
    if kind == "directional":
        return str(row.quantity)
    if kind == "jacobian":
        vec = "vec " * isinstance(row.quantity, Operator)
        return f"∂vec F/∂({vec}{row.quantity})ᵀ"
    if row.kind == "result":
        return f"∂{LOSS}/∂{row.quantity}"
    if row.kind == "vec form":
        return f"vec(∂{LOSS}/∂{row.quantity})"
    named = f"{row.formula} := " if row.kind == "named cotangent" else ""
    return f"  {named}∂{LOSS}/∂{row.quantity}"


def _size(row: Row) -> str:
    x = row.formula
    return f"    ({x.rows} × {x.cols})" if isinstance(x, Node) else ""
