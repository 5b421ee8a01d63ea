"""A derivation as a reader wants it: statement, definitions, cotangents with their laws, results.

One row a quantity, the laws that lead to it beside it. The same rows give the plain text and the
LaTeX; formulas keep the names of the author, and long sums are broken between terms.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

from matcalc.names import LOSS, latex_name
from matcalc.node import Node, Operator, walk
from matcalc.operators.algebra import Add, negative, split_scale
from matcalc.operators.constants import Centering, identity, ones
from matcalc.operators.leaves import Named
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Step
from matcalc.show import latex, text
from matcalc.symbols import definitions

WIDTH = 100
"""Characters of a text row."""
GLYPHS = 80
"""Characters of plain text above which a LaTeX row is broken between terms."""

SYMBOLS = {"⊙": r"\odot", "⊗": r"\otimes"}
DEFINITION = "definition of "
MATHEMATICS = re.compile(rf"(.*?)(?:([⊙⊗])|{DEFINITION}(\w+)|$)")
"""Words, then a sign, or a name that is defined, or the end."""
NO_BREAK = "\N{NO-BREAK SPACE}"
UNBROKEN = re.compile(rf"\([^()]*\)|{DEFINITION}\w+")


@dataclass(frozen=True)
class Row:
    """One line of a derivation: quantity = formula.

    ``laws`` brought the formula to this form, ``through`` carried it on to the operands.
    """

    kind: str
    quantity: Any
    formula: Any
    laws: tuple[str, ...] = ()
    through: tuple[str, ...] = ()


def rows(loss: Any, results: Mapping[Any, Any], cotangents: Any, steps: Any) -> Iterator[Row]:
    """Rows in reading order: the loss, its definitions, the backward sweep, the results."""
    laws = _laws_by_place(steps)
    yield Row("loss", None, loss, (), laws.get(f"through {LOSS}", ()))
    for named in definitions(loss):
        yield Row("definition", named, named.definition)
    known = set(definitions(loss))
    for x, g in cotangents.items():
        kind = "named cotangent" if isinstance(g, Named) and g not in known else "cotangent"
        yield Row(kind, x, g, laws.get(x.name, ()), laws.get(f"through {x.name}", ()))
        known.add(g)
    for named in definitions(*results.values()):
        if named not in known:
            yield Row("definition", named, named.definition)
    for h in centering_matrices(*results.values()):
        yield Row("definition", h, identity(h.rows) - ones(h.rows, h.rows) / h.rows)
    for parameter, result in results.items():
        yield Row("result", parameter, result, laws.get(str(parameter), ()))


def centering_matrices(*roots: Any) -> list[Centering]:
    """The H in the results: what they stand for is said once."""
    return list(dict.fromkeys(x for r in roots for x in walk(r) if isinstance(x, Centering)))


def brief(body: list[Row]) -> list[Row]:
    """Statement, definitions and results alone, without the laws."""
    kept = [row for row in body if row.kind != "cotangent"]
    return [replace(row, laws=(), through=()) for row in kept]


def _laws_by_place(steps: tuple[Step, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for step in steps:
        if step.law not in ("definition", "held fixed", "linearity"):
            found.setdefault(step.place, {})[step.law] = None
    return {place: tuple(laws) for place, laws in found.items()}


def as_text(kind: str, body: list[Row], every: tuple[Step, ...], notes: tuple[str, ...]) -> str:
    """Plain text of the rows, and of every step where steps are given."""
    lines = [f"{_left_text(kind, row)} = {text(_shown(row))}{_size(row)}" for row in body]
    out = [CONVENTION[kind]]
    for row, line in zip(body, lines, strict=True):
        out += wrapped(line, WIDTH, rest=" " * 8)
        for reason in reasons(row):
            out += wrapped(reason, WIDTH, " " * 6, " " * 9)
    for step in every:
        line = f"[{step.law}] {text(step.before)} = {text(step.after)}"
        out += wrapped(line, WIDTH, rest=" " * 8)
    return "\n".join([*out, *(f"Note: {note}." for note in notes)])


CONVENTION = {
    "gradient": "Gradients have their parameter's shape: dR = Σ ⟨∂R/∂θ, dθ⟩, ⟨A, B⟩ = tr(AᵀB).",
    "chain rule": "Gradients by the chain rule, the cotangent of the part given as it is.",
    "jacobian": "Jacobians are ∂vec F/∂(vec X)ᵀ, columns stacked on both sides.",
    "directional": "Derivatives along directions have the shape of what is differentiated.",
}


def _shown(row: Row) -> Any:
    g = row.formula
    return g.definition if row.kind == "named cotangent" else g


def _left_text(kind: str, row: Row) -> str:
    if row.kind == "loss":
        return _whole(kind, row.formula)
    if row.kind == "definition":
        return f"  {row.quantity}"
    if kind == "directional":
        return str(row.quantity)
    if kind == "jacobian":
        vec = "vec " * isinstance(row.quantity, Operator)
        return f"∂vec F/∂({vec}{row.quantity})ᵀ"
    if row.kind == "result":
        return f"∂{LOSS}/∂{row.quantity}"
    named = f"{row.formula} := " if row.kind == "named cotangent" else ""
    return f"  {named}∂{LOSS}/∂{row.quantity}"


def _whole(kind: str, x: Any) -> str:
    """What is differentiated: F for a matrix, and for what has a Jacobian."""
    matrix = kind == "directional" and isinstance(x, Node)
    return "F" if matrix or kind == "jacobian" else LOSS


def _size(row: Row) -> str:
    x = row.formula
    return f"    ({x.rows} × {x.cols})" if isinstance(x, Node) else ""


def as_latex(kind: str, body: list[Row]) -> str:
    """LaTeX of the rows: one aligned environment, without delimiters."""
    lines = [line for row in body for line in _latex_lines(kind, row)]
    inner = " \\\\[2pt]\n".join(lines)
    return f"\\begin{{aligned}}\n{inner}\n\\end{{aligned}}"


def _latex_lines(kind: str, row: Row) -> list[str]:
    parts = broken(_shown(row))
    lines = [f"{_left_latex(kind, row)} &= {parts[0]}"]
    lines += [rf"&\qquad {part}" for part in parts[1:]]
    parts_of_reasons = [part for reason in reasons(row) for part in wrapped(reason, GLYPHS)]
    return lines + [rf"&\qquad\scriptstyle {law_latex(part)}" for part in parts_of_reasons]


def reasons(row: Row) -> list[str]:
    """The laws behind a row, in words."""
    found = [f"by {'; '.join(row.laws)}"] if row.laws else []
    return found + ([f"passed on by {'; '.join(row.through)}"] if row.through else [])


def _left_latex(kind: str, row: Row) -> str:
    if row.kind == "loss":
        return _whole(kind, row.formula)
    if kind == "directional" and row.kind == "result":
        return str(row.quantity.latex)
    name = _name_latex(row.quantity)
    if row.kind == "definition":
        return name
    if kind == "jacobian":
        vec = rf"\mathrm{{vec}}\,{name}"
        column = not isinstance(row.quantity, Node) or is_one(row.quantity.cols)
        below = name if column else vec
        return rf"\frac{{\partial\, \mathrm{{vec}}\, F}}{{\partial ({below})^{{\top}}}}"
    quotient = rf"\frac{{\partial {LOSS}}}{{\partial {name}}}"
    named = row.kind == "named cotangent"
    return f"{latex(row.formula)} := {quotient}" if named else quotient


def _name_latex(x: Any) -> str:
    """LaTeX of a parameter, of a scalar symbol, or of what has a LaTeX name of its own."""
    own = getattr(x, "latex", None)
    return own if isinstance(own, str) else latex(x) if isinstance(x, Node) else latex_name(str(x))


def broken(x: Any) -> list[str]:
    """LaTeX of a formula, a long sum one term a row."""
    if not isinstance(x, Add) or len(text(x)) <= GLYPHS:
        return [latex(x)]
    first, *rest = x.operands
    return [latex(first), *(_signed(term) for term in rest)]


def _signed(term: Node) -> str:
    shown = latex(term)
    return f"- {shown[1:]}" if negative(split_scale(term)[0]) else f"+ {shown}"


def law_latex(name: str) -> str:
    r"""Names of laws in LaTeX: words in \text, signs and names as mathematics.

    Examples
    --------
    >>> print(law_latex("differential of ⊙; definition of Z_tilde"))
    \text{differential of }\odot\text{; definition of }\tilde{Z}
    """
    out = ""
    for words, sign, named in MATHEMATICS.findall(name):
        plain = words + (DEFINITION if named else "")
        out += rf"\text{{{plain}}}" if plain else ""
        out += latex_name(named) if named else SYMBOLS.get(sign, "")
    return out


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of a text, unbroken inside the smallest parentheses and before a defined name."""
    kept = UNBROKEN.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    lines = wrap(kept, width, initial_indent=first, subsequent_indent=rest, break_long_words=False)
    return [line.replace(NO_BREAK, " ") for line in lines]
