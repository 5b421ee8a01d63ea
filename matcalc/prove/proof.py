"""Verdicts: proofs, counterexamples, and what could not be decided."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]

from matcalc.node import Node
from matcalc.operators.leaves import Named
from matcalc.prove.disproof import Evidence, Witness
from matcalc.prove.numbers import Reals
from matcalc.prove.script import script
from matcalc.prove.shown import Shown
from matcalc.prove.uses import Multiply, MultiplyMatrix, Subtract, Unify, Use

SHORT = 12
"""Characters of a value that is shown as it is."""
DIGITS = (8, 20, 40)
"""Digits of others, the fewest that tell two of them apart."""


@dataclass(frozen=True)
class Proof(Shown):
    """Equality for all sizes and values at which both sides are defined."""

    left: Any
    right: Any
    closed: frozenset[Node]
    monomials: int
    identities: tuple[str, ...]
    uses: tuple[Use, ...]
    certificate: dict[str, Any] = field(repr=False, compare=False)
    verdict: str = field(default="proved", init=False)

    def __str__(self) -> str:
        """The statement and the proof in named steps."""
        first, *rest = self.sentences()
        return "\n".join([f"{first}: {self.statement}", *rest])

    def sentences(self) -> list[str]:
        """The verdict, and what is done, step by step."""
        numbered = (f"{k}. {step}" for k, step in enumerate(self.steps(), 1))
        return ["proved, for all sizes and wherever both sides are defined", *numbered]

    @property
    def statement(self) -> str:
        """Left side = right side."""
        return f"{self.left} = {self.right}"

    def names_said(self) -> list[str]:
        """Names that are not opened; the letters of identities are their own."""
        return sorted(x.name for x in self.closed if isinstance(x, Named))

    def steps(self) -> list[str]:
        """What is done, in words."""
        if self.left is self.right or self.left == self.right:
            return ["both sides are one expression"]
        names = self.names_said()
        closed = f"; {', '.join(names)} stand for any matrices" * bool(names)
        steps = [f"both sides are sums of products of entries, {self.monomials} in all{closed}"]
        steps += [f"everywhere: {identity}" for identity in self.identities]
        counts = Counter(map(described_use, self.uses))
        steps += [f"{what}{f', {n} times' * (n > 1)}" for what, n in counts.items()]
        return [*steps, "all terms cancel, their summation indices renamed"]

    def to_dict(self) -> dict[str, Any]:
        """Statement and certificate as plain data, which `json` can write."""
        return {"statement": self.statement, "verdict": self.verdict, **self.certificate}


def described_use(use: Use) -> str:
    """One step of the certificate in words."""
    if isinstance(use, Subtract):
        return f"by {use.relation.name}"
    if isinstance(use, Multiply):
        return "both sides times what they are divided by"
    if isinstance(use, MultiplyMatrix):
        return "both sides times a matrix whose inverse stands at their edge"
    if isinstance(use, Unify):
        return "equal operands, by a proof of their own"
    return "by log x + log y = log xy"


@dataclass(frozen=True)
class Disproof(Shown):
    """Sizes and numbers at which the sides differ."""

    sign = r"\neq"
    left: Any
    right: Any
    witness: Witness
    verdict: str = field(default="disproved", init=False)

    @property
    def where(self) -> str:
        """Sizes and an entry at which the sides differ, with both values."""
        w = self.witness
        sizes = ", ".join(f"{s} = {n}" for s, n in w.point.sizes.items())
        exact = "exactly" if w.exact else "to many digits"
        values = f"{' ≠ '.join(_told_apart(w.left, w.right))} in entry {w.entry}, {exact}"
        return f"at {sizes}: {values}" if sizes else values

    def sentences(self) -> list[str]:
        """The verdict with the counterexample."""
        return [f"disproved {self.where}"]

    def __str__(self) -> str:
        return f"disproved: {self.left} ≠ {self.right}\n{self.where}\n{self.script()}"

    def to_dict(self) -> dict[str, Any]:
        """Statement, sizes and script as plain data."""
        return {
            "statement": f"{self.left} = {self.right}",
            "verdict": self.verdict,
            "sizes": {s.name: n for s, n in self.witness.point.sizes.items()},
            "entry": list(self.witness.entry),
            "left": str(self.witness.left),
            "right": str(self.witness.right),
            "script": self.script(),
        }

    def script(self) -> str:
        """A program that needs NumPy alone and prints both sides."""
        return script(self.left, self.right, self.witness)


@dataclass(frozen=True)
class IllTyped(Shown):
    """Sides of different shapes."""

    left: Any
    right: Any
    reason: str
    verdict: str = field(default="ill-typed", init=False)

    def __str__(self) -> str:
        return f"ill-typed: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Reason as plain data."""
        return {"verdict": self.verdict, "reason": self.reason}


@dataclass(frozen=True)
class Undecided(Shown):
    """Neither a proof nor a counterexample was found."""

    left: Any
    right: Any
    reason: str
    evidence: Evidence
    verdict: str = field(default="undecided", init=False)

    def __str__(self) -> str:
        return f"undecided: {self.reason}; {self.evidence}"

    def to_dict(self) -> dict[str, Any]:
        """Statement, reason and evidence as plain data."""
        return {
            "statement": f"{self.left} = {self.right}",
            "verdict": self.verdict,
            "reason": self.reason,
            "evidence": str(self.evidence),
        }


Verdict = Proof | Disproof | IllTyped | Undecided


def _told_apart(x: Any, y: Any) -> tuple[str, str]:
    """Two different values in as few digits as show that they differ."""
    for digits in DIGITS:
        shown = _shown(x, digits), _shown(y, digits)
        if shown[0] != shown[1]:
            break
    return shown


def _shown(x: Any, digits: int) -> str:
    if len(str(x)) <= SHORT:
        return str(x)
    value = Reals(digits + 5).number(Fraction(x)) if isinstance(x, int | Fraction) else x
    return str(mpmath.nstr(value, digits))
