"""Random data for checks: sizes all different, entries in general position.

Two equal sizes, a symmetric matrix or an argument at a kink would each hide a class of errors.
"""

import cmath
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count
from random import Random
from typing import Any

import numpy as np
from sympy import Symbol

from matcalc.drawing import along, direction, table
from matcalc.errors import ShapeError
from matcalc.indexing import fitted, index_values, is_index, spans_in
from matcalc.loops import Loops
from matcalc.node import Node
from matcalc.operators.leaves import Variable
from matcalc.pointwise import Function, Undefined
from matcalc.protocols import Table
from matcalc.symbols import abstract_names, free_symbols, variables

MARGIN = 1e-2
"""Data are drawn anew if an argument comes this close to a kink or a pole."""
CONDITION_LIMIT = 1e9
"""An inverted matrix that is worse conditioned is singular at the sizes drawn."""
ATTEMPTS = 20
MAX_ORDER = 4
"""Derivatives of abstract functions that generated code may ask for."""
DISTRIBUTIONS = ("normal", "positive", "in (0, 1)")
"""What entries are drawn from, each tried where the one before gives no value."""


@dataclass(frozen=True)
class Smooth:
    """A concrete function with all derivatives, in place of an abstract one.

    It takes floats, complex numbers and arrays, and keeps the type of an array.
    """

    phase: float

    def __call__(self, order: int, x: Any) -> Any:
        """Evaluate the derivative of some order at ``x``."""
        powers = (0.1 * x**2 + 0.5 * x, 0.2 * x + 0.5, 0 * x + 0.2)
        wave = 1.3**order * _sin(1.3 * x + (self.phase + order * math.pi / 2))
        return wave + (powers[order] if order < len(powers) else 0)

    def text(self, order: int) -> str:
        """The same in Python's words, of an array ``x``."""
        powers = (" + 0.1 * x**2 + 0.5 * x", " + 0.2 * x + 0.5", " + 0.2")
        wave = f"{1.3**order!r} * np.sin(1.3 * x + {self.phase + order * math.pi / 2!r})"
        return wave + (powers[order] if order < len(powers) else "")


def _sin(x: Any) -> Any:
    if isinstance(x, complex):
        return cmath.sin(x)
    return math.sin(x) if isinstance(x, int | float | Fraction) else np.sin(x)


@dataclass(frozen=True)
class Sample:
    """Sizes and data at which everything that is checked has a value."""

    sizes: Mapping[Symbol, int]
    data: Mapping[Any, Table]
    scalars: Mapping[Symbol, float]
    functions: Mapping[str, Function]
    base: Loops
    distribution: str

    def moved(self, parameter: Any, i: int, j: int, by: complex) -> Loops:
        """Evaluate anew after a step in one entry of one parameter, as far as its facts allow."""
        if not isinstance(parameter, Node):
            return self.along(parameter, [[1.0]], by)
        base = self.base.table(parameter)
        return self.along(parameter, direction(_facts(parameter), base, i, j), by)

    def along(self, parameter: Any, step: Table, by: complex) -> Loops:
        """Evaluate anew after a multiple of a step in all entries of one parameter."""
        if not isinstance(parameter, Node):
            scalars = {**self.scalars, parameter: self.scalars[parameter] + by * step[0][0]}
            return Loops(self.sizes, self.data, scalars, self.functions)
        table = [
            [x + by * float(y) for x, y in zip(p, q, strict=True)]
            for p, q in zip(self.base.table(parameter), step, strict=True)
        ]
        return Loops(self.sizes, {**self.data, parameter: table}, self.scalars, self.functions)

    def direction(self, parameter: Any, random: Random) -> Table:
        """A random step that keeps the parameter's facts, to first order."""
        if not isinstance(parameter, Node):
            return [[1.0]]
        base = self.base.table(parameter)
        step = [[random.gauss(0, 1) for _ in row] for row in base]
        return along(_facts(parameter), base, step)


def _facts(parameter: Node) -> tuple[str, ...]:
    return getattr(parameter, "facts", ())


class Sampler:
    """Draws samples for a list of expressions.

    Parameters
    ----------
    roots : iterable of Node or sympy.Expr
        Everything that is to have a value.
    seed : int
        Seed of the generator; equal seeds give equal samples.
    single : bool
        Whether entries are rounded to float32.
    """

    def __init__(self, roots: Iterable[Any], seed: int, single: bool = False) -> None:
        self.roots = list(roots)
        self.random, self.single = Random(seed), single
        self.variables = variables(*self.roots)
        symbols = free_symbols(*self.roots)
        self.sizes = [s for s in symbols if s.is_integer and s.is_positive]
        self.indices = [s for s in symbols if is_index(s)]
        self.spans = spans_in(self.roots)
        self.scalars = [s for s in symbols if s not in (*self.sizes, *self.indices)]
        self.functions = {
            name: Smooth(0.4 + 0.7 * k) for k, name in enumerate(abstract_names(self.roots))
        }

    def fitted(self, sizes: Mapping[Symbol, int], fixed: Mapping[Symbol, int]) -> dict[Symbol, int]:
        """The sizes in an order in which every entry, row and column that is picked is there."""
        return fitted(sizes, fixed, self.indices, self.spans)

    def draw(self, sizes: Mapping[Symbol, int]) -> Sample:
        """Draw data at given sizes.

        Raises
        ------
        Undefined
            If no data were found at which everything has a value.
        """
        reason = ""
        for distribution in DISTRIBUTIONS:
            found: list[Sample] = []
            for _ in range(ATTEMPTS):
                try:
                    found.append(self._attempt(sizes, distribution))
                except Undefined as error:
                    reason = str(error)
                    continue
                if found[-1].base.margin > MARGIN:
                    return found[-1]
            if found:
                return max(found, key=lambda sample: sample.base.margin)
        raise Undefined(reason)

    def _attempt(self, sizes: Mapping[Symbol, int], distribution: str) -> Sample:
        shapes = Loops(sizes, {})
        data = {
            v: self._table(v, shapes.size(v.rows), shapes.size(v.cols), distribution)
            for v in self.variables
        }
        scalars = {s: self._entry("positive") for s in self.scalars}
        scalars |= index_values(self.indices, self.spans, sizes, self.random)
        base = Loops(sizes, data, scalars, self.functions)
        for root in self.roots:
            _need_finite(base.value(root))
        if base.condition > CONDITION_LIMIT:
            raise Undefined("an inverted matrix is singular up to rounding")
        return Sample(sizes, data, scalars, self.functions, base, distribution)

    def _table(self, v: Variable, rows: int, cols: int, distribution: str) -> Table:
        drawn = table(rows, cols, v.facts, lambda: self._entry(distribution))
        return [[self._rounded(x) for x in row] for row in drawn]

    def _rounded(self, x: Any) -> float:
        return float(np.float32(x)) if self.single else float(x)

    def _entry(self, distribution: str) -> float:
        bounds = {"positive": (0.5, 1.5), "in (0, 1)": (0.05, 0.95)}
        if distribution == "normal":
            x = self.random.gauss(0, 1)
        else:
            x = self.random.uniform(*bounds[distribution])
        return self._rounded(x)


def _need_finite(value: Any) -> None:
    for x in chain.from_iterable(value) if isinstance(value, list) else [value]:
        if not math.isfinite(x):
            raise Undefined("a value overflows")


def distinct_sizes(
    symbols: Iterable[Symbol], fixed: Mapping[Symbol, int], swapped: bool = False
) -> dict[Symbol, int]:
    """Pairwise distinct sizes of at least 3, in the order of the symbols.

    ``swapped`` gives a second such choice: every size differs from the first choice, and what was
    the larger of two neighbours is the smaller.

    Examples
    --------
    >>> distinct_sizes("NpqD", {})
    {'N': 4, 'p': 3, 'q': 5, 'D': 6}
    >>> distinct_sizes("NpqD", {}, swapped=True)
    {'N': 3, 'p': 4, 'q': 6, 'D': 5}
    """
    pairs = chain([(4, 3)], ((n, n + 1) for n in count(5, 2)))
    numbers = chain.from_iterable(pair[::-1] if swapped else pair for pair in pairs)
    unused = (n for n in numbers if n not in fixed.values())
    return {symbol: fixed[symbol] if symbol in fixed else next(unused) for symbol in symbols}


def named_sizes(symbols: Iterable[Symbol], sizes: Mapping[Any, int]) -> dict[Symbol, int]:
    """Sizes under their symbols, as given by symbol or by name.

    Raises
    ------
    ShapeError
        For a size that does not occur or is no positive integer.
    """
    known = {symbol.name: symbol for symbol in symbols}
    found = {}
    for key, n in sizes.items():
        name = str(key)
        if name not in known or not isinstance(n, int) or n < 1:
            raise ShapeError(
                f"{name} = {n} is no size here; there are {', '.join(known) or 'none'}"
            )
        found[known[name]] = n
    return found
