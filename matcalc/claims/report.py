"""What became of a claim, as an object that prints, shows itself in a notebook and serialises."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matcalc.claims.conditions import Condition
from matcalc.errors import UnsupportedInput
from matcalc.operators.leaves import Named
from matcalc.prove.proof import Disproof, IllTyped, Proof, Verdict
from matcalc.show import text

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
    of: str = ""

    def __str__(self) -> str:
        return self.what + f", which is {self.of}" * bool(self.of)


@dataclass(frozen=True)
class Claim:
    """A formula somebody worked out by hand, decided.

    Attributes
    ----------
    name : str
        What the formula was claimed to be, such as ∂R/∂w.
    formula : Node, sympy.Expr or None
        The claimed formula; None where no expression could be made of it.
    truth : Node or sympy.Expr
        The true formula.
    outcome : Proof, Disproof, IllTyped or Undecided
        What became of the claim as it stands.
    conditions : tuple of Under
        Conditions under which the formula is right, each with its proof.
    repairs : tuple of Repair
        Formulas one slip away that are right, each with its proof.
    difference : Node, sympy.Expr or None
        Claimed less true formula, simplified, where shapes allow.
    notation : tuple of Named
        Names in the true formula that neither the statement nor the claimed formula has.
    """

    name: str
    formula: Any
    truth: Any
    outcome: Verdict
    conditions: tuple[Under, ...] = ()
    repairs: tuple[Repair, ...] = ()
    difference: Any = None
    notation: tuple[Named, ...] = ()

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
        claimed = "a formula" if self.formula is None else text(self.formula)
        yield f"claimed: {self.name} = {claimed}"
        yield (
            self.reason if self.outcome.verdict == "ill-typed" or self.conditions else self.verdict
        )
        if isinstance(self.outcome, Disproof):
            yield from _indented(f"counterexample {self.outcome.where}")
        if self.outcome.verdict == "undecided":
            yield from _indented(str(self.outcome))
        yield from _indented(*(f"proved if {u.condition.text}" for u in self.conditions))
        yield from _indented(*(f"right {r}: {text(r.formula)}" for r in self.repairs))
        if self.outcome.verdict != "proved":
            yield from _indented(f"true: {self.name} = {text(self.truth)}")
            yield from _indented(*(f"  with {x} = {text(x.definition)}" for x in self.notation))
        if self.difference is not None:
            yield from _indented(f"claimed − true = {text(self.difference)}")

    def to_dict(self) -> dict[str, Any]:
        """Plain data, which `json` can write."""
        return {
            "claim": f"{self.name} = {self.formula}",
            "verdict": self.verdict,
            "reason": self.reason,
            "truth": str(self.truth),
            "outcome": self.outcome.to_dict(),
            "conditions": [
                {"condition": u.condition.text, "proof": u.proof.to_dict()} for u in self.conditions
            ],
            "repairs": [{"repair": str(r), "proof": r.proof.to_dict()} for r in self.repairs],
            "difference": None if self.difference is None else str(self.difference),
        }


def _indented(*lines: str) -> Iterator[str]:
    return (f"  {line}" for line in lines)
