"""Derivations proved: every step, and the whole apart from the laws that led to it.

The differential of a variable is a matrix of its own; every other differential is worked out from
the entries by the product and the chain rule, apart from the laws that the step used.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from matcalc.derivation import VERIFIERS, Derivation
from matcalc.laws.simplest import WITH_PSEUDO_INVERSES, WITH_SCALINGS
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.node import Node
from matcalc.operators.constants import Zero
from matcalc.prove.proof import Disproof, IllTyped, Proof, Verdict
from matcalc.prove.prover import BUDGET, prove_equal
from matcalc.prove.whole import prove_whole
from matcalc.rewrite import Law, Step

ASSUMED = "held fixed"
"""The law by which what is no parameter has differential 0: an assumption, not an identity."""
WORDS = {
    "normal form": "by normal form",
    "law": "by their law, which numbers test",
    "evaluation": "by exact evaluation only",
    "assumed": "held fixed by assumption",
    "disproved": "disproved",
    "undecided": "undecided",
}
TABLES = (DIFFERENTIALS, TRANSPOSITION, VECTORISATION, WITH_SCALINGS, WITH_PSEUDO_INVERSES)
WHOLE = BUDGET // 2
"""Monomials that the proof of a whole derivation may form."""


@dataclass(frozen=True)
class CheckedStep:
    """A step and what became of it.

    Attributes
    ----------
    step : Step
        Law, place, before and after.
    verdict : Verdict or None
        On before = after; None for an assumption.
    """

    step: Step
    verdict: Verdict | None

    @property
    def how(self) -> str:
        """In a word: normal form, law, evaluation, assumed, disproved or undecided.

        A step is by law where no normal form decides it and its law takes before to after; by
        evaluation where only values at random points speak for it.
        """
        if self.verdict is None:
            return "assumed"
        if isinstance(self.verdict, Proof):
            return "normal form"
        if isinstance(self.verdict, Disproof | IllTyped):
            return "disproved"
        laws = _laws_named(self.step.law)
        if any(law.apply(self.step.before) == self.step.after for law in laws):
            return "law"
        return "evaluation" if self.verdict.evidence.points else "undecided"


@dataclass(frozen=True)
class Verification:
    """A derivation with the verdicts on it.

    Attributes
    ----------
    steps : tuple of CheckedStep
        Every step.
    whole : Verdict or None
        On dR = Σ ⟨∂R/∂θ, dθ⟩; None for a kind of derivation without such an equation.
    """

    steps: tuple[CheckedStep, ...]
    whole: Verdict | None

    @property
    def counts(self) -> dict[str, int]:
        """How many steps there are of each kind."""
        found = Counter(s.how for s in self.steps)
        return {how: found[how] for how in WORDS if found[how]}

    @property
    def ok(self) -> bool:
        """Whether every step is proved, by its law or assumed, and the whole not disproved."""
        good = all(s.how in ("normal form", "law", "assumed") for s in self.steps)
        return good and not isinstance(self.whole, Disproof | IllTyped)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.whole is not None:
            how = "from the entries alone, for all sizes" * isinstance(self.whole, Proof)
            yield f"dR = Σ ⟨∂R/∂θ, dθ⟩: {self.whole.verdict} {how}".strip()
        counts = ", ".join(f"{n} {WORDS[how]}" for how, n in self.counts.items())
        yield f"steps: {counts or 'none'}"
        for s in self.steps:
            if s.how not in ("normal form", "assumed"):
                yield f"  {s.how}: {s.step.law}: {s.step.before} = {s.step.after}"


def verify_steps(derivation: Derivation, budget: int = BUDGET) -> Verification:
    """Prove every step of a derivation, and the whole from the entries of its loss.

    Examples
    --------
    >>> from matcalc import gradient, matrix, squared_norm
    >>> X, A = matrix("X", "n", "p"), matrix("A", "m", "n")
    >>> print(verify_steps(gradient(squared_norm(A @ X), X)))
    dR = Σ ⟨∂R/∂θ, dθ⟩: proved from the entries alone, for all sizes
    steps: 5 by normal form, 1 held fixed by assumption
    """
    whole = prove_whole(derivation, min(budget, WHOLE))
    return Verification(tuple(_checked(derivation.steps, budget)), whole)


VERIFIERS["steps"] = verify_steps


def _laws_named(name: str) -> Iterator[Law]:
    return (law for table in TABLES for law in table.laws if law.name == name)


def _checked(steps: Iterable[Step], budget: int) -> Iterator[CheckedStep]:
    known: dict[Any, Verdict] = {}
    for step in steps:
        if _is_assumption(step):
            yield CheckedStep(step, None)
            continue
        key = step.before, step.after
        if key not in known:
            known[key] = prove_equal(*key, budget=budget)
        yield CheckedStep(step, known[key])


def _is_assumption(step: Step) -> bool:
    zero = isinstance(step.after, Zero) if isinstance(step.after, Node) else step.after == 0
    return step.law == ASSUMED and zero
