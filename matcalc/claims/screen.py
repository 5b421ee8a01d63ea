"""Numbers that tell at once which of many formulas may be right; what they let through is proved.

Values come from the loops over the operators' entry formulas, at a few random points with sizes
that are all distinct; what several formulas share is evaluated once.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations, product
from math import isfinite, prod
from typing import Any

from sympy import Expr, Integer, Rational, Symbol

from matcalc.errors import MatcalcError
from matcalc.node import Node
from matcalc.sampling import Sample, Sampler
from matcalc.symbols import below

CLOSE = 1e-9
"""Two numbers this close, as a part of the larger, are taken as equal."""
SMALL = 32
"""Numerators and denominators that a constant factor may have."""
POWERS = (1, -1, 2, -2)
ENTRIES = 400_000
"""Entries that the formulas of a search may have together at the first point."""


class Screen:
    """Compares formulas at a few points.

    Parameters
    ----------
    roots : iterable of Node or sympy.Expr
        Expressions with every variable, symbol and function that the formulas have.
    seed : int
        Seed of the points.
    """

    def __init__(self, roots: Iterable[Any], seed: int = 0) -> None:
        self.roots = list(roots)
        self.sampler = Sampler(self.roots, seed)
        self.sizes = list(_sizes(self.sampler.sizes))
        self.samples: list[Sample] = []
        self.bases = [
            *((s, s) for s in (*self.sampler.sizes, *self.sampler.scalars)),
            *((s - 1, s) for s in self.sampler.sizes),
        ]

    @cached_property
    def most(self) -> int:
        """How many formulas may be compared: the fewer, the more entries there are in the roots."""
        at = next(self.points()).base
        nodes = (x for x in below(self.roots) if isinstance(x, Node))
        return ENTRIES // sum((at.size(x.rows) * at.size(x.cols) for x in nodes), 1)

    def points(self) -> Iterator[Sample]:
        """The points, each drawn when it is first asked for."""
        for k, sizes in enumerate(self.sizes):
            if k == len(self.samples):
                self.samples.append(self.sampler.draw(self.sampler.fitted(sizes, {})))
            yield self.samples[k]

    def factor(self, truth: Any, formula: Any) -> Expr | None:
        """The scalar c with truth = c · formula at every point; None if there is none.

        c is a small number times powers of sizes, of sizes less 1, and of scalars.
        """
        ratios = []
        for at in self.points():
            ratio = _ratio(at, truth, formula)
            if ratio is None:
                return None
            ratios.append(ratio)
        return self._named(ratios)

    def agree(self, truth: Any, formula: Any) -> bool:
        """Whether two formulas are equal at every point, and not zero."""
        found = (_ratio(at, truth, formula) for at in self.points())
        return all(c is not None and _close(c, 1) for c in found)

    def _named(self, ratios: list[float]) -> Expr | None:
        """What the ratios are: the simplest product of powers that fits."""
        for powers in self._products():
            values = [
                prod(_value(at, base, s) ** k for (base, s), k in powers) for at in self.samples
            ]
            rest = [c / v for c, v in zip(ratios, values, strict=True)]
            number = _small(rest)
            if number is not None:
                return number * prod((base**k for (base, _), k in powers), start=Integer(1))
        return None

    def _products(self) -> Iterator[tuple[tuple[tuple[Expr, Symbol], int], ...]]:
        for count in range(3):
            for bases in combinations(self.bases, count):
                for powers in product(POWERS, repeat=count):
                    yield tuple(zip(bases, powers, strict=True))


def _sizes(symbols: list[Symbol]) -> Iterator[dict[Symbol, int]]:
    """Three choices of small distinct sizes; no column of the first symbol's length is short."""
    numbers = [3, 4, 5, 2, *range(6, len(symbols) + 2)][: max(len(symbols), 3)]
    for k in range(3):
        yield dict(zip(symbols, numbers[k:] + numbers[:k], strict=False))


def _value(at: Sample, base: Expr, symbol: Symbol) -> float:
    known = {**at.sizes, **at.scalars}
    return float(known[symbol]) - (base != symbol)


def _ratio(at: Sample, truth: Any, formula: Any) -> float | None:
    """The c with truth = c · formula at a point, neither of them zero."""
    try:
        left, right = (_entries(at.base.value(x), x) for x in (truth, formula))
    except MatcalcError:
        return None
    norm = sum(y * y for y in right)
    if len(left) != len(right) or not isfinite(norm) or norm == 0:
        return None
    c = sum(x * y for x, y in zip(left, right, strict=True)) / norm
    largest = max(map(abs, left))
    off = max(abs(x - c * y) for x, y in zip(left, right, strict=True))
    return c if largest > 0 and off <= CLOSE * largest else None


def _entries(value: Any, x: Any) -> list[float]:
    return list(chain.from_iterable(value)) if isinstance(x, Node) else [value]


def _close(x: float, y: float) -> bool:
    return abs(x - y) <= CLOSE * max(abs(x), abs(y))


def _small(values: list[float]) -> Expr | None:
    """The one small fraction that all values are."""
    guess = Fraction(values[0]).limit_denominator(SMALL)
    if abs(guess.numerator) > SMALL or not all(_close(v, float(guess)) for v in values):
        return None
    return Rational(guess.numerator, guess.denominator)
