"""Counterexamples in small numbers, and evidence where none is found."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

from sympy import Expr, Float, Symbol

from matcalc.drawing import along, table
from matcalc.errors import MatcalcError
from matcalc.nesting import followed
from matcalc.node import Node, Operator, walk
from matcalc.operators.leaves import Variable
from matcalc.prove.degree import bound
from matcalc.prove.duals import Duals
from matcalc.prove.evaluation import ABSTRACT_DEGREE, Evaluation, Point, Polynomial
from matcalc.prove.numbers import PRIME, Fractions, NoValue, Reals, Residues
from matcalc.symbols import abstract_names, free_symbols, variables

SIZES = ((3, 2, 4, 5, 6, 7), (2, 3, 5, 4, 7, 6), (1, 2, 3, 4, 5, 6), (2, 1, 3, 4, 5, 6))
ROUNDS = 6
QUARTERS = 4
DIGITS = (40, 70)
CLEARLY, ROUNDED = Fraction(1, 10**20), Fraction(1, 10**9)
"""Parts of their values by which two must differ, with rounded coefficients by more."""
WORK = 1_000_000
"""Multiplications after which no further point is tried; a single point is always finished."""


@dataclass(frozen=True)
class Witness:
    """Where two expressions differ.

    Attributes
    ----------
    point : Point
        Sizes and data.
    entry : tuple of int
        Row and column of an entry that differs; (0, 0) for scalars.
    left, right : object
        The two values there: fractions, or reals of many digits.
    exact : bool
        Whether the values are exact.
    """

    point: Point
    entry: tuple[int, int]
    left: Any
    right: Any
    exact: bool


@dataclass(frozen=True)
class Evidence:
    """How often two expressions agreed.

    Attributes
    ----------
    points : int
        Random points at which they agreed.
    bound : float or None
        Upper bound on the probability that different rational functions agree there.
    where : str
        In which numbers.
    differ : bool
        Whether they differ modulo a prime, where values may be too long for fractions.
    """

    points: int
    bound: float | None
    where: str
    differ: bool = False

    def __str__(self) -> str:
        if self.differ:
            return f"they differ in {self.where}, but no counterexample in small numbers was found"
        if not self.points:
            return "no point was found at which both have a value"
        chance = f", by chance with probability at most {self.bound:.0e}" if self.bound else ""
        return f"both agree at {self.points} random points in {self.where}{chance}: no proof"


ENTRIES = 2500
"""A matrix of fixed sizes with more entries than this is not worked out."""


class Comparison:
    """Compares two expressions at random points.

    Parameters
    ----------
    a, b : Node or sympy.Expr
        Of one shape.
    seed : int
        Seed of the points.
    """

    def __init__(self, a: Any, b: Any, seed: int = 0) -> None:
        self.a, self.b, self.spent = a, b, 0
        self.random = Random(seed)
        self.variables = variables(a, b)
        symbols = free_symbols(a, b)
        self.sizes = [s for s in symbols if s.is_integer and s.is_positive]
        self.indices = [s for s in symbols if s.is_integer and not s.is_positive]
        self.scalars = [s for s in symbols if not s.is_integer]
        self.functions = abstract_names((a, b))
        self.varies = any(getattr(x, "varies", False) for x in (a, b)) or _varying(a, b)
        self.rounded = any(_is_rounded(x) for root in (a, b) for x in walk(root))

    @followed("a counterexample")
    def decide(self) -> Witness | Evidence:
        """A point where the two differ, or how often they agreed."""
        agreed = {"": 0, "fractions": 0, "residues": 0, "reals": 0}
        for case in self._tries():
            if self.spent > WORK:
                break
            found = self._at(*case)
            if isinstance(found, Witness):
                return found
            agreed[found] += 1
        residues = self._residues()
        if residues is not None:
            return residues
        points = agreed["fractions"] + agreed["reals"]
        where = "fractions" if agreed["fractions"] else "reals of many digits"
        return Evidence(points, None, where)

    @followed("a counterexample")
    def first(self, points: int) -> Witness | None:
        """The witness that `decide` finds, if it is among the first points."""
        found = (self._at(*case) for case in islice(self._tries(), points))
        return next((x for x in found if isinstance(x, Witness)), None)

    def _at(self, sizes: tuple[int, ...], spread: int, below: int) -> Witness | str:
        """A witness, or in which numbers the two agree at a point; in none where it has none."""
        for numbers in (Fractions(), Reals(DIGITS[0])):
            try:
                point = self._point(sizes, spread, below)
                return self._differ(point, numbers) or numbers.name
            except (NoValue, MatcalcError):
                continue
        return ""

    def _tries(self) -> Iterator[tuple[tuple[int, ...], int, int]]:
        """Sizes, and the numerators and the denominator of data: whole numbers, then quarters.

        Exponentials of whole numbers may hide what differs; quarters are small enough.
        """
        for k in range(ROUNDS):
            for sizes in SIZES[: 4 if k < 2 else 2]:
                yield sizes, 2 + k, 1 if k < 2 else QUARTERS

    def _residues(self) -> Evidence | None:
        """Points modulo a prime at which they agreed, and how likely that is by chance."""
        where = "residues modulo a prime"
        found, chance = 0, 1.0
        for _ in range(20 if self.spent <= 2 * WORK and not self.rounded else 0):
            try:
                point = self._point(SIZES[found % 2], PRIME)
                if self._differ(point, Residues()) is not None:
                    return Evidence(0, None, where, differ=True)
            except (NoValue, MatcalcError):
                continue
            found += 1
            own = bound(self.a, self.b, Evaluation(point, Residues()).size, PRIME)
            chance = -1.0 if own is None else chance * own
            if found == 3:
                break
        return Evidence(found, chance if chance >= 0 else None, where) if found else None

    def _differ(self, point: Point, numbers: Any) -> Witness | None:
        left, right = self._values(point, numbers)
        for i, (row, line) in enumerate(zip(left, right, strict=True)):
            for j, (x, y) in enumerate(zip(row, line, strict=True)):
                if self._apart(x, y, numbers) and self._confirmed(point, numbers, i, j):
                    exact = not isinstance(numbers, Reals)
                    return Witness(point, (i, j), x, y, exact)
        return None

    def _values(self, point: Point, numbers: Any) -> tuple[Any, Any]:
        system = Duals(numbers) if self.varies else numbers
        evaluation = Evaluation(point, system)
        try:
            tables = [_table(evaluation.value(x), isinstance(x, Node)) for x in (self.a, self.b)]
        finally:
            self.spent += evaluation.spent
        if self.varies:
            tables = [[[getattr(x, "x", x) for x in row] for row in t] for t in tables]
        return tables[0], tables[1]

    def _apart(self, x: Any, y: Any, numbers: Any) -> bool:
        if not isinstance(numbers, Reals) and not self.rounded:
            return bool(x != y)
        least = numbers.number(ROUNDED if self.rounded else CLEARLY)
        return bool(abs(x - y) > least * max(1, abs(x), abs(y)))

    def _confirmed(self, point: Point, numbers: Any, i: int, j: int) -> bool:
        """Real values again with more digits: the difference must stay what it is."""
        if not isinstance(numbers, Reals):
            return True
        left, right = self._values(point, numbers)
        more_left, more_right = self._values(point, Reals(DIGITS[1]))
        first, second = left[i][j] - right[i][j], more_left[i][j] - more_right[i][j]
        return bool(abs(first - second) < numbers.number(CLEARLY) * abs(second))

    def _point(self, sizes: tuple[int, ...], spread: int, below: int = 1) -> Point:
        values = {s: sizes[k % len(sizes)] for k, s in enumerate(self.sizes)}
        empty = Evaluation(Point(values, {}, {}, {}, {}, {}), Fractions())
        shapes = {v: tuple(map(empty.size, v.shape)) for v in self.variables}
        if any(rows * cols > ENTRIES for rows, cols in shapes.values()):
            raise NoValue(f"a matrix has more than {ENTRIES} entries")
        tables = {v: self._drawn(v, shapes[v], spread, below) for v in self.variables}
        free = {v: self._step(v, tables[v], spread) for v in self.variables}
        scalars = {s: self._scalar(s, spread) for s in self.scalars}
        scalars |= {s: Fraction(self.random.randint(0, 1)) for s in self.indices}
        slopes = {s: self._draw(spread) for s in scalars}
        functions = {
            f: Polynomial(tuple(self._draw(3) or Fraction(1) for _ in range(ABSTRACT_DEGREE + 1)))
            for f in self.functions
        }
        return Point(values, tables, free, scalars, slopes, functions)

    def _draw(self, spread: int) -> Fraction:
        return Fraction(self.random.randint(-spread, spread))

    def _drawn(self, v: Variable, shape: tuple[int, ...], spread: int, below: int) -> Any:
        draws = (
            lambda: self._draw(spread) / below,
            lambda: (abs(self._draw(spread)) + 1) / below,
        )
        rows, cols = shape
        return table(rows, cols, v.facts, draws[self.random.random() < 0.4])

    def _step(self, v: Variable, base: Any, spread: int) -> Any:
        """A direction that keeps the facts."""
        return along(v.facts, base, [[self._draw(spread) for _ in row] for row in base])

    def _scalar(self, s: Symbol, spread: int) -> Fraction:
        x = self._draw(spread) or Fraction(1)
        return abs(x) / 2 if s.is_positive else x


def _table(value: Any, matrix: bool) -> Any:
    return value if matrix else [[value]]


def _is_rounded(x: Any) -> bool:
    """Whether coefficients of a node, or a scalar, are no exact numbers."""
    parts = x.operands if isinstance(x, Operator) else (x,)
    return any(isinstance(p, Expr) and not isinstance(p, Operator) and p.has(Float) for p in parts)


def _varying(*roots: Any) -> bool:
    return any(getattr(x, "varies", False) for root in roots for x in walk(root))
