"""Verdicts in LaTeX: the statement, then what became of it, a sentence a row."""

from collections.abc import Container
from typing import Any, ClassVar

from matcalc.confusable import refuse_confusable
from matcalc.latex_document import aligned
from matcalc.line_breaks import GLYPHS
from matcalc.presentation import related, wrapped
from matcalc.show import latex
from matcalc.symbols import names_in
from matcalc.wording import words


class Shown:
    """A statement about two sides that shows itself in LaTeX, Markdown and notebooks."""

    left: Any
    right: Any
    sign: ClassVar[str] = "="

    def sentences(self) -> list[str]:
        """What became of the statement, sentence by sentence."""
        return [str(self)]

    def names_said(self) -> Container[str]:
        """Names of the statement's that the sentences have."""
        return names_in(self.left, *[self.right] * (self.right is not None))

    def to_latex(self) -> str:
        """Statement and verdict, one aligned environment without delimiters."""
        sides = [x for x in (self.left, self.right) if x is not None]
        refuse_confusable(*sides)
        first, *rest = related(self.left, self.sign, self.right) if sides[1:] else [latex(sides[0])]
        known = self.names_said()
        said = [part for x in self.sentences() for part in wrapped(x, GLYPHS, "", "  ")]
        rows = [f"& {first}", *(rf"&\qquad {part}" for part in rest)]
        return aligned([*rows, *(rf"&\quad {words(part, known)}" for part in said)])

    def to_markdown(self) -> str:
        """The same as a math block of GitHub's Markdown."""
        return f"```math\n{self.to_latex()}\n```"

    def _repr_latex_(self) -> str:
        return f"$$\n{self.to_latex()}\n$$"
