r"""A derivation in LaTeX: one aligned environment, two forms of a gradient beside each other.

Both forms stand in two columns where these fit beside everything else, in one row where they fit
there, and in two rows where they do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

from matcalc.confusable import refuse_confusable
from matcalc.errors import BudgetExceeded, UnknownCommand
from matcalc.line_breaks import GLYPHS, glyphs
from matcalc.names import latex_name
from matcalc.nesting import followed
from matcalc.presentation import (
    Document,
    Given,
    Row,
    Shown,
    broken,
    law_latex,
    left_latex,
    reasons,
    rewritten,
    shown_of,
    wrapped,
)
from matcalc.show import latex, sized

CONVENTION = {
    "gradient": r"\text{gradients have their parameter's shape: } d%s = \sum \langle "
    r"\partial %s/\partial\theta, d\theta \rangle,\; \langle A, B \rangle = "
    r"\mathrm{tr}({A}^{\top} B)",
    "chain rule": r"\text{gradients by the chain rule, the cotangent of the part as it is given}",
    "jacobian": r"\text{Jacobians are } \partial \mathrm{vec}(%s)/\partial {\mathrm{vec}(X)}^{\top}"
    r"\text{, columns stacked on both sides}",
    "directional": r"\text{derivatives along directions, of the shape of what is differentiated}",
}
"""What the results are, as `matcalc.presentation` has it in words."""
APART = 4
"""Glyphs between two columns."""


@dataclass(frozen=True)
class Line:
    """One row of the environment, and the equation that is to stand beside it, by its sides."""

    latex: str
    beside: tuple[str, Any] | None = None

    @property
    def width(self) -> float:
        """How wide what is right of the sign of alignment is, in glyphs."""
        return _width(self.latex.split("&", 1)[-1])


@followed("LaTeX")
def as_latex(document: Document, sizes: bool = False) -> str:
    """LaTeX of a document: one aligned environment, without delimiters."""
    refuse_confusable(*document.roots)
    shown = sized if sizes else latex
    lines = [Line(given) for given in given_latex(document.given)]
    for row in document.body:
        lines += _row(document, row, shown)
    for step in document.every:
        first, *rest = rewritten(step, shown)
        lines += [Line(rf"&\quad {first}"), *(Line(rf"&\qquad {part}") for part in rest)]
        lines += _laws([f"by {step.law}"])
    return aligned([*convention_latex(document), *_side_by_side(lines, shown)])


def aligned(lines: Iterable[str]) -> str:
    """Rows in LaTeX in one environment."""
    inner = " \\\\[2pt]\n".join(lines)
    return f"\\begin{{aligned}}\n{inner}\n\\end{{aligned}}"


def convention_latex(document: Document) -> list[str]:
    """A small row that says what the results are; none for an expression."""
    whole = latex_name(document.whole) if document.kind in ("gradient", "jacobian") else ""
    found = CONVENTION.get(document.kind, "").replace("%s", whole)
    return [rf"&\scriptstyle {found}"] * bool(found)


def given_latex(found: list[Given]) -> list[str]:
    """Rows of what is given, as many in each as fit."""
    lines: list[str] = []
    for x in found:
        if lines and glyphs(lines[-1].replace("&", "") + x.latex) < GLYPHS:
            lines[-1] += rf",\quad {x.latex}"
        else:
            lines.append(("" if lines else r"\text{given}\quad ") + f"& {x.latex}")
    return lines


def _row(document: Document, row: Row, shown: Shown) -> list[Line]:
    lines = _equation(left_latex(document, row), shown_of(row), shown)
    last = Line(lines[-1])
    if row.other is not None:
        last = Line(lines[-1], (left_latex(document, row.other), shown_of(row.other)))
    return [*map(Line, lines[:-1]), last, *_laws(reasons(row))]


def _equation(left: str, formula: Any, shown: Shown) -> list[str]:
    first, *rest = broken(formula, shown)
    return [f"{left} &= {first}", *(rf"&\qquad {part}" for part in rest)]


def _laws(why: list[str]) -> list[Line]:
    laws = [part for reason in why for part in wrapped(reason, GLYPHS)]
    return [Line(rf"&\qquad\scriptstyle {law_latex(part)}") for part in laws]


def _side_by_side(lines: list[Line], shown: Shown) -> list[str]:
    second = [_width(f"{left} = {shown(x)}") for left, x in (y.beside for y in lines if y.beside)]
    wide = max(x.width for x in lines) + APART + max(second, default=0) > GLYPHS
    rows: list[str] = []
    for line in lines:
        rows += _joined(line, wide, shown)
    return rows


def _joined(line: Line, wide: bool, shown: Shown) -> list[str]:
    """A line with the equation beside it: in a column of its own, in the same row, or below."""
    if line.beside is None:
        return [line.latex]
    left, formula = line.beside
    if not wide:
        return [rf"{line.latex} &\qquad {left} &= {shown(formula)}"]
    beside = rf"{left} = {shown(formula)}"
    if line.width + APART + _width(beside) <= GLYPHS:
        return [rf"{line.latex} \qquad\quad {beside}"]
    return [line.latex, *_equation(left, formula, shown)]


def _width(shown: str) -> float:
    """Glyphs of a formula; no room is wide enough for what cannot be measured."""
    try:
        return glyphs(shown)
    except (UnknownCommand, BudgetExceeded):
        return inf
