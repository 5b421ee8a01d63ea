"""What a decided claim is, and figures compared with a formula at data."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from derivations.question import Array, decimals
from matcalc.loops import sizes_of
from matcalc.prove.evaluation import Evaluation, Point
from matcalc.prove.numbers import Reals

DIGITS = 40
"""Digits of the arithmetic that judges printed figures."""


class Judged(Protocol):
    """What has a verdict: a claim of the engine's, or figures."""

    @property
    def verdict(self) -> str:
        """In a word."""

    @property
    def reason(self) -> str:
        """The verdict with what belongs to it."""


@dataclass(frozen=True)
class Figures:
    """Printed figures, claimed to be a formula at data.

    Attributes
    ----------
    formula : Node
        What they are claimed to be.
    data : mapping
        From each variable to its table.
    printed : numpy.ndarray
        The figures, as R prints them.
    """

    formula: Any
    data: Mapping[Any, Array]
    printed: Array

    @cached_property
    def values(self) -> list[list[Any]]:
        """The formula at the data, to many digits."""
        tables = {v: [list(map(exact, row)) for row in table] for v, table in self.data.items()}
        at = Point(sizes_of(tables, {}), tables, {}, {}, {}, {})
        value: list[list[Any]] = Evaluation(at, Reals(DIGITS)).value(self.formula)
        return value

    @cached_property
    def off(self) -> list[tuple[int, int]]:
        """Entries that differ by more than half a unit in the last printed place."""
        places = decimals(self.printed)
        return [
            (i, j)
            for (i, j), shown in np.ndenumerate(self.printed)
            if 2 * 10 ** int(places[j]) * abs(self.values[i][j] - exact(shown)) > 1
        ]

    @property
    def verdict(self) -> str:
        """Whether all figures are the formula, rounded."""
        return "disproved" if self.off else "reproduced"

    @property
    def reason(self) -> str:
        """How many figures agree, and the first that does not."""
        count = f"{self.printed.size - len(self.off)} of {self.printed.size} figures"
        if not self.off:
            return f"reproduced: {count} to the last digit"
        i, j = self.off[0]
        true = f"{float(self.values[i][j]):.7g}"
        return f"disproved: {count}; [{i + 1}, {j + 1}] is {true}, printed {self.printed[i, j]}"


def exact(x: float) -> Fraction:
    """A figure as the decimal number that is printed."""
    return Fraction(repr(float(x)))


@dataclass(frozen=True)
class Part:
    """One reading of a claim, and what became of it."""

    reading: str
    judged: Judged


@dataclass(frozen=True)
class Decision:
    """A claim of a source, decided.

    Attributes
    ----------
    number : str
        C1 to C28.
    source : str
        S1 to S8.
    says : str
        The claim.
    because : str
        Why, in a sentence; the evidence is in the parts.
    parts : tuple of Part
        The claim as it stands first, then other readings and what it needs.
    denies : bool
        Whether the source says that the first part does not hold.
    """

    number: str
    source: str
    says: str
    because: str
    parts: tuple[Part, ...]
    denies: bool = False

    @property
    def verdict(self) -> str:
        """Of the claim as it stands."""
        first = self.parts[0].judged.verdict
        return {"proved": "disproved"}.get(first, "undecided") if self.denies else first


def decide(
    number: str,
    source: str,
    says: str,
    because: str,
    *parts: tuple[str, Judged],
    denies: bool = False,
) -> Decision:
    """A decision from readings and what became of them."""
    return Decision(number, source, says, because, tuple(Part(*part) for part in parts), denies)
