"""What became of a claim, as an object that prints, shows itself in a notebook and serialises."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from matcalc.claims.conditions import Condition
from matcalc.claims.departure import Departure
from matcalc.confusable import refuse_confusable
from matcalc.errors import UnsupportedInput
from matcalc.line_breaks import GLYPHS
from matcalc.operators.leaves import Named
from matcalc.page import equation, page
from matcalc.presentation import broken, wrapped
from matcalc.prove.proof import Disproof, IllTyped, Proof, Verdict
from matcalc.show import latex, text
from matcalc.symbols import definitions, names_in
from matcalc.wording import Title, equations, words

TRUE_ONLY_IF = "true only if"


@dataclass(frozen=True)
class Under:
    """A condition, and the proof that the formula is right under it."""

    condition: Condition
    proof: Proof


@dataclass(frozen=True)
class Repair:
    """A formula that is right, what makes it of the claimed one, and the proof.

    ``of`` names what it is equal to where that is not what was claimed.
    """

    what: str
    formula: Any
    proof: Proof
    of: Title | None = None

    def __str__(self) -> str:
        return ", ".join([self.what] * bool(self.what) + [f"as {self.of}"] * bool(self.of))


@dataclass(frozen=True)
class Line:
    """Where a formula stands among the lines of a derivation made by hand.

    ``name`` and ``before`` are the sides of the line before, which is proved; None for the first.
    """

    number: int
    count: int
    name: Title | None = None
    before: Any = None

    def __str__(self) -> str:
        return f"line {self.number} of {self.count}"


@dataclass(frozen=True)
class Claim:
    """A formula somebody worked out by hand, decided.

    Attributes
    ----------
    name : Title
        What the formula was claimed to be, such as ∂R/∂w.
    formula : Node, sympy.Expr or None
        The claimed formula; None where no expression could be made of it.
    truth : Node or sympy.Expr
        The true formula.
    outcome : Proof, Disproof, IllTyped or Undecided
        What became of the claim as it stands.
    grounds : Proof, Undecided or None
        The true formula proved from the entries of the loss, apart from the laws of derivation;
        None where it is no derivative, or by a named intermediate.
    conditions : tuple of Under
        Conditions under which the formula is right, each with its proof.
    repairs : tuple of Repair
        Formulas one slip away that are right, each with its proof.
    difference : Node, sympy.Expr or None
        Claimed less true formula, simplified, where shapes allow.
    notation : tuple of Named
        Names in both formulas that the statement does not have.
    departure : Departure or None
        The smallest part in which a false formula differs from the true one, or from the line
        before; None where they have nothing around it in common.
    line : Line or None
        Which of several lines the formula is: the first that is not proved, else the last.
    given : tuple
        What the statement is about, such as the loss.
    """

    name: Title
    formula: Any
    truth: Any
    outcome: Verdict
    grounds: Verdict | None = None
    conditions: tuple[Under, ...] = ()
    repairs: tuple[Repair, ...] = ()
    difference: Any = None
    notation: tuple[Named, ...] = ()
    departure: Departure | None = None
    line: Line | None = None
    given: tuple[Any, ...] = ()

    @property
    def verdict(self) -> str:
        """In a word: proved, ill-typed, disproved, true only if, or undecided."""
        return TRUE_ONLY_IF if self.conditions else self.outcome.verdict

    @property
    def reason(self) -> str:
        """The verdict with the condition or the mistake that belongs to it."""
        if self.conditions:
            return f"{self.verdict} {self.conditions[0].condition.text}"
        if isinstance(self.outcome, IllTyped):
            return f"{self.verdict}: {self.outcome.reason}"
        return self.verdict + (f": right {self.repairs[0]}" if self.repairs else "")

    @property
    def _headline(self) -> str:
        """The reason, without the repairs of a formula that is disproved."""
        plain = isinstance(self.outcome, Disproof) and not self.conditions
        return self.verdict if plain else self.reason

    @property
    def _placed(self) -> str:
        """What a verdict is about, where there are several lines."""
        if self.line is None:
            return ""
        return "all lines " if self.verdict == "proved" else "the first that is not proved: "

    @property
    def _before(self) -> tuple[str, Title, Any] | None:
        """The line before, which is proved, and how it is announced."""
        if self.line is None or self.line.name is None:
            return None
        return f"line {self.line.number - 1}, proved", self.line.name, self.line.before

    @property
    def _claimed(self) -> str:
        return "claimed" if self.line is None else f"claimed in {self.line}"

    def script(self) -> str:
        """A program that needs NumPy alone and shows that both formulas differ.

        Raises
        ------
        UnsupportedInput
            Where there is no counterexample.
        """
        if not isinstance(self.outcome, Disproof):
            raise UnsupportedInput(f"no counterexample: the claim is {self.verdict}")
        return self.outcome.script()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self._before is not None:
            label, name, formula = self._before
            yield f"{label}: {name} = {text(formula)}"
        claimed = "a formula" if self.formula is None else text(self.formula)
        yield f"{self._claimed}: {self.name} = {claimed}"
        yield from (f"  with {x} = {text(x.definition)}" for x in self._named_in(self.formula))
        explained = self.outcome.verdict == "ill-typed" or self.conditions
        yield self._placed + (self.reason if explained else self.verdict)
        if isinstance(self.outcome, Disproof):
            yield from _indented(f"counterexample {self.outcome.where}")
        if self.outcome.verdict == "undecided":
            yield from _indented(str(self.outcome))
        yield from _indented(*(f"proved if {u.condition.text}" for u in self.conditions))
        yield from _indented(*(f"right {r}: {text(r.formula)}" for r in self.repairs))
        if self._shows_truth:
            yield from _indented(f"true: {self.name} = {text(self.truth)}")
            new = (x for x in self.notation if x not in self._named_in(self.formula))
            yield from _indented(*(f"  with {x} = {text(x.definition)}" for x in new))
        if self.departure is not None:
            yield from _indented(str(self.departure))
        if isinstance(self.grounds, Proof):
            yield from _indented("the true formula is proved from the entries of the loss alone")
        if self.difference is not None:
            yield from _indented(f"claimed − true = {text(self.difference)}")

    @property
    def _shows_truth(self) -> bool:
        """Whether the true formula says more than its name and the claimed one."""
        return self.outcome.verdict != "proved" and self.name.text != text(self.truth)

    def _named_in(self, formula: Any) -> list[Named]:
        """Names of the claim's own that a formula has."""
        below = () if formula is None else definitions(formula)
        return [x for x in self.notation if x in below]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, which `json` can write."""
        return {
            "claim": f"{self.name} = {self.formula}",
            "line": None if self.line is None else str(self.line),
            "before": self._before and f"{self._before[1]} = {self._before[2]}",
            "verdict": self.verdict,
            "reason": self.reason,
            "truth": str(self.truth),
            "outcome": self.outcome.to_dict(),
            "conditions": [
                {"condition": u.condition.text, "proof": u.proof.to_dict()} for u in self.conditions
            ],
            "repairs": [{"repair": str(r), "proof": r.proof.to_dict()} for r in self.repairs],
            "departure": None if self.departure is None else str(self.departure),
            "difference": None if self.difference is None else str(self.difference),
        }

    def to_latex(self) -> str:
        """The claim and what became of it, one aligned environment without delimiters."""
        return equations(self._rows())

    def to_markdown(self) -> str:
        """The same as a math block of GitHub's Markdown."""
        return f"```math\n{self.to_latex()}\n```"

    def to_html(self) -> str:
        """The same as one HTML file that shows the mathematics by itself, without a script."""
        rows = (
            equation(left, [f"= {right}" if left else right], kind="claimed")
            for left, right in self._rows()
        )
        where = "" if self.line is None else f", {self.line}"
        return page(f"Claim{where}: {self._headline}", rows)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.to_latex()}\n$$"

    def _rows(self) -> Iterator[tuple[str, str]]:
        """Left and right sides in LaTeX."""
        shown = [x for x in (self.formula, self.truth) if x is not None]
        refuse_confusable(*self.given, *shown)
        known = names_in(*shown)
        claimed, right, true = map(_label, (self._claimed, "right", "true"))
        if self._before is not None:
            label, name, formula = self._before
            yield from _broken(_label(label) + name.latex, formula)
        if self.formula is not None:
            yield from _broken(claimed + self.name.latex, self.formula)
            yield from _definitions(self._named_in(self.formula))
        yield from (
            ("", words(line, known)) for line in wrapped(self._placed + self._headline, GLYPHS)
        )
        for repair in () if self.conditions else self.repairs[:1]:
            yield "", words(f"right {repair}", known)
            yield from _broken(right + (repair.of or self.name).latex, repair.formula)
        if self._shows_truth:
            yield from _broken(true + self.name.latex, self.truth)
            new = (x for x in self.notation if x not in self._named_in(self.formula))
            yield from _definitions(new)
        if self.departure is not None:
            yield "", self.departure.latex
        if self.difference is not None:
            yield from _broken(r"\mathrm{claimed} - \mathrm{true}", self.difference)


def _label(word: str) -> str:
    return rf"\text{{{word}:}}\quad "


def _broken(left: str, formula: Any) -> Iterator[tuple[str, str]]:
    """A formula in LaTeX, a long sum one term a row."""
    first, *rest = broken(formula)
    yield left, first
    yield from (("", part) for part in rest)


def _definitions(names: Iterable[Named]) -> Iterator[tuple[str, str]]:
    return ((latex(x), latex(x.definition)) for x in names)


def _indented(*lines: str) -> Iterator[str]:
    return (f"  {line}" for line in lines)
