"""The steps of a derivation, each proved: before = after.

The differential of a variable is a matrix of its own; every other differential is worked out from
the entries by the product and the chain rule, apart from the laws that the step used.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matcalc.derivation import Derivation
from matcalc.node import Node
from matcalc.operators.constants import Zero
from matcalc.prove.proof import Verdict
from matcalc.prove.prover import BUDGET, prove_equal
from matcalc.rewrite import Step

ASSUMED = "held fixed"
"""The law by which what is no parameter has differential 0: an assumption, not an identity."""


@dataclass(frozen=True)
class CheckedStep:
    """A step and what became of it.

    Attributes
    ----------
    step : Step
        Law, place, before and after.
    verdict : Verdict or None
        None for an assumption.
    """

    step: Step
    verdict: Verdict | None

    @property
    def how(self) -> str:
        """In a word: proved, assumed, disproved, undecided or ill-typed."""
        return "assumed" if self.verdict is None else self.verdict.verdict


@dataclass(frozen=True)
class CheckedSteps:
    """Every step of a derivation with its verdict."""

    steps: tuple[CheckedStep, ...]

    @property
    def ok(self) -> bool:
        """Whether every step is proved or an assumption."""
        return all(s.how in ("proved", "assumed") for s in self.steps)

    def __str__(self) -> str:
        counts = Counter(s.how for s in self.steps)
        lines = [", ".join(f"{n} {how}" for how, n in counts.items())]
        lines += [
            f"{s.how}: {s.step.law}: {s.step.before} = {s.step.after}"
            for s in self.steps
            if s.how not in ("proved", "assumed")
        ]
        return "\n".join(lines)


def verify_steps(derivation: Derivation, budget: int = BUDGET) -> CheckedSteps:
    """Prove every step of a derivation.

    Examples
    --------
    >>> from matcalc import gradient, matrix, squared_norm
    >>> X, A = matrix("X", "n", "p"), matrix("A", "m", "n")
    >>> print(verify_steps(gradient(squared_norm(A @ X), X)))
    5 proved, 1 assumed
    """
    return CheckedSteps(tuple(_checked(derivation.steps, budget)))


def _checked(steps: Iterable[Step], budget: int) -> Iterable[CheckedStep]:
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
