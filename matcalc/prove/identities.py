"""Normal forms modulo the named identities of functions, powers, inverses and determinants.

Every identity rewrites one power of one entry, from left to right, innermost first. Its right side
is defined wherever its left side is, so equal normal forms mean equality wherever both sides are
defined. Every identity used is kept as a `Rewrite` that a checker can repeat.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matcalc.errors import BudgetExceeded
from matcalc.prove.algebra import placed
from matcalc.prove.expand import Expander
from matcalc.prove.functions import FunctionRules
from matcalc.prove.heads import Poly
from matcalc.prove.powers import PowerRules
from matcalc.prove.square import SquareRules

Step = tuple[str, tuple[Poly, ...], Poly]
"""Name of an identity, what it was used with, and the value it gives."""
REWRITES = 5000
OPERANDS = "equal operands"


@dataclass(frozen=True)
class Rewrite:
    """One identity used for one power of one entry, wherever that occurs.

    Attributes
    ----------
    head : int
        The entry.
    exponent : object
        Its exponent.
    identity : str
        Name of the identity.
    parameters : tuple of Poly
        What it was used with, in the entry's arguments.
    value : Poly
        What takes its place.
    """

    head: int
    exponent: Any
    identity: str
    parameters: tuple[Poly, ...]
    value: Poly


class Identities(PowerRules, FunctionRules, SquareRules):
    """Rewrites polynomials by named identities."""

    def __init__(self, expander: Expander) -> None:
        self.e, self.algebra, self.heads = expander, expander.algebra, expander.heads
        self.rewrites: list[Rewrite] = []
        self.chosen: set[int] = set()
        self._values: dict[tuple[int, Any], Poly | None] = {}

    def normal(self, p: Poly) -> Poly:
        """The polynomial with every identity applied to every entry in it."""
        parts = []
        for (sizes, factors), c in p.items():
            values = [(self._value(h, e), words) for h, words, e in factors]
            if all(value is None for value, _ in values):
                parts.append({(sizes, factors): c})
                continue
            kept = [f for f, (value, _) in zip(factors, values, strict=True) if value is None]
            summands = [(c, {-1 - k: size for k, size in enumerate(sizes)}, kept)]
            for value, words in values:
                if value is not None:
                    summands = self._multiplied(summands, value, words)
            parts.append(self.normal(self.algebra.normal(summands)))
        return self.algebra.total(parts)

    def _multiplied(self, summands: Any, value: Poly, words: Any) -> Any:
        return [
            (k * b, own | more, rest + moved)
            for k, own, rest in summands
            for monomial, b in value.items()
            for more, moved in [placed(monomial, dict(enumerate(words)), min(own, default=0))]
        ]

    def _value(self, number: int, exponent: Any) -> Poly | None:
        """Normal form of a power of one entry in its own arguments; None where it is normal."""
        key = number, exponent
        if key not in self._values:
            step = self._step(number, exponent)
            if step is None:
                self._values[key] = None
            else:
                if len(self.rewrites) > REWRITES:
                    raise BudgetExceeded(f"more than {REWRITES} identities were used")
                self.rewrites.append(Rewrite(number, exponent, *step))
                self._values[key] = step[2]
                self._values[key] = self.normal(step[2])
        return self._values[key]

    def _step(self, number: int, exponent: Any) -> Step | None:
        """The first identity that applies to a power of an entry."""
        head = self.heads[number]
        rules = {
            "pow": self.power_rule,
            "fn": self.function_rule,
            "inv": self.inverse_rule,
            "det": self.determinant_rule,
        }
        if head.kind not in rules:
            return None
        operands = tuple(self.normal(p) for p in head.operands)
        if operands != head.operands:
            return OPERANDS, (), self._with_operands(number, operands, exponent)
        return rules[head.kind](number, exponent)

    def _with_operands(self, number: int, operands: tuple[Poly, ...], exponent: Any) -> Poly:
        head = self.heads[number]
        if head.kind in ("fn", "pow"):
            free = dict(enumerate(head.sizes))
            return self.e.applied(head.kind, head.name, operands, free, exponent)
        value = self.square(head.kind, head.name, operands[0])
        return self.e.power(value, exponent, dict(enumerate(head.sizes)))

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the identities used, in the order of first use."""
        names = dict.fromkeys(r.identity for r in self.rewrites if r.identity != OPERANDS)
        return tuple(names)


__all__ = ["Fraction", "Identities", "Rewrite"]
