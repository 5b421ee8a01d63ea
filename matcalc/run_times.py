"""How long the generated code takes as one size grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
from sympy import Symbol

from matcalc.check import opened
from matcalc.derivation import Derivation
from matcalc.drawing import table
from matcalc.errors import UnsupportedInput
from matcalc.indexing import index_values
from matcalc.loops import Loops
from matcalc.lower import compile_numpy
from matcalc.lower.export import Compiled
from matcalc.operators.leaves import Variable
from matcalc.plots import Line, figure, svg
from matcalc.sampling import MAX_ORDER, Sampler, named_sizes

OTHER_SIZES = 16
"""What sizes are that are not given."""
FORMS = ("readable", "fast")
REPEATS = 5


@dataclass(frozen=True)
class RunTimes:
    """Seconds of the generated code over one size.

    Attributes
    ----------
    over : str
        The size that grows.
    values : tuple of int
        What it was.
    seconds : mapping from str to tuple of float
        By form of the code, "readable" and "fast", the least of several runs at every value.
    sizes : mapping from str to int
        The sizes that stay.
    """

    over: str
    values: tuple[int, ...]
    seconds: Mapping[str, tuple[float, ...]]
    sizes: Mapping[str, int]

    def __str__(self) -> str:
        """A row for every size, a column for every form of the code."""
        heads = [self.over, *(f"{form}, ms" for form in self.seconds)]
        lines = [heads]
        for k, value in enumerate(self.values):
            lines.append([str(value), *(f"{1e3 * ys[k]:.3g}" for ys in self.seconds.values())])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(map(str.rjust, line, widths)) for line in lines]
        return "\n".join([*table, " ".join(f"{name}={n}" for name, n in self.sizes.items())])

    def plot(self) -> Any:
        """Seconds over the size as a matplotlib figure, both axes logarithmic.

        Raises
        ------
        MissingExtra
            Without matplotlib: ``pip install 'matcalc[plot]'``.
        """
        lines = (Line(form, self.values, ys, form) for form, ys in self.seconds.items())
        return figure(lines, self.over, "seconds")

    def to_svg(self) -> str:
        """The same drawn as SVG, without a display; raises as `plot` does."""
        return svg(self.plot())


def run_times(
    derivation: Derivation,
    over: Any,
    values: Sequence[int],
    sizes: Mapping[Any, int] | None = None,
    seed: int = 0,
) -> RunTimes:
    """Time the generated NumPy code, readable and fast, as one size grows.

    Parameters
    ----------
    derivation : Derivation
        What code is generated for.
    over : str or sympy.Symbol
        The size that grows.
    values : sequence of int
        What it is to be.
    sizes : mapping, optional
        The other sizes, by symbol or name; 16 where nothing is said.
    seed : int
        Seed of the data.

    Raises
    ------
    ShapeError
        For a size that does not occur or is no positive integer.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> found = run_times(gradient(sum((X @ w - y) ** 2), w), "N", [10, 100], {"p": 3})
    >>> sorted(found.seconds), found.values
    (['fast', 'readable'], (10, 100))
    """
    if not values:
        raise UnsupportedInput(f"give at least one value for {over}")
    derivation = opened(derivation)
    roots = [derivation.loss, *derivation.gradients.values(), *derivation.gradients]
    sampler = Sampler(roots, seed)
    given = {str(key): n for key, n in (sizes or {}).items() if str(key) != str(over)}
    rest = {s.name: OTHER_SIZES for s in sampler.sizes if s.name != str(over)} | given
    codes = {form: compile_numpy(derivation, fast=form == "fast") for form in FORMS}
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    for value in values:
        data = _data(sampler, named_sizes(sampler.sizes, {**rest, str(over): value}))
        for form, code in codes.items():
            seconds[form].append(_least(code, data))
    return RunTimes(str(over), tuple(values), {f: tuple(ys) for f, ys in seconds.items()}, rest)


def _data(sampler: Sampler, sizes: Mapping[Symbol, int]) -> dict[str, Any]:
    """Everything that code may ask for, by name."""
    rng, shapes = np.random.default_rng(0), Loops(sizes, {})
    found: dict[str, Any] = {s.name: n for s, n in sizes.items()}
    found |= {s.name: rng.uniform(0.5, 1.5) for s in sampler.scalars}
    indices = index_values(sampler.indices, sampler.spans, sizes, Random(0))
    found |= {s.name: n for s, n in indices.items()}
    for name, f in sampler.functions.items():
        found |= {name + "_prime" * n: partial(f, n) for n in range(MAX_ORDER + 1)}
    found |= {v.name: _array(v, shapes, rng) for v in sampler.variables}
    return found


def _array(v: Variable, shapes: Loops, rng: np.random.Generator) -> Any:
    """Entries of a variable that has the facts declared of it."""
    shape = shapes.size(v.rows), shapes.size(v.cols)
    return np.array(table(*shape, v.facts, rng.normal)) if v.facts else rng.normal(size=shape)


def _least(code: Compiled, data: Mapping[str, Any]) -> float:
    """Seconds of the fastest of several runs, after one that is not counted."""
    own = set(signature(code.function).parameters).difference(code.arguments.values())
    memory: dict[str, Any] = {name: {} for name in own}
    given = {name: data[name] for name in code.arguments}
    times = []
    with np.errstate(all="ignore"):
        for _ in range(REPEATS + 1):
            start = perf_counter()
            code(**given, **memory)
            times.append(perf_counter() - start)
    return min(times[1:])
