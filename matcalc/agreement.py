"""How far gradients and differences of the loss agree, over the size of the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from matcalc.check import opened, refuse_other_kinds
from matcalc.derivation import Derivation
from matcalc.errors import UnsupportedInput
from matcalc.numdiff import QUOTIENTS
from matcalc.plots import Line, figure, svg
from matcalc.pointwise import NotAnalytic
from matcalc.protocols import Table
from matcalc.sampling import Sample, Sampler, distinct_sizes, named_sizes

STEPS = tuple(10.0**-k for k in range(1, 16))


@dataclass(frozen=True)
class Agreement:
    """Errors of differences of the loss against its gradients, along one direction each.

    Attributes
    ----------
    steps : tuple of float
        Sizes of the step.
    errors : mapping from (str, str) to tuple of float
        By parameter and method, "differences" or "complex step", for every step
        |difference − ⟨gradient, direction⟩|, as a part of the greater of the two.
    sizes : mapping from str to int
        Sizes of the data.
    """

    steps: tuple[float, ...]
    errors: Mapping[tuple[str, str], tuple[float, ...]]
    sizes: Mapping[str, int]

    def __str__(self) -> str:
        """A row for every step, a column for every parameter and method."""
        heads = ["   step", *(f"{name}: {method}" for name, method in self.errors)]
        rows = zip(self.steps, *self.errors.values(), strict=True)
        lines = [heads, *([f"{x:.1e}" for x in row] for row in rows)]
        return "\n".join(
            "  ".join(x.rjust(len(head)) for x, head in zip(line, heads, strict=True))
            for line in lines
        )

    def plot(self) -> Any:
        """Errors over the step as a matplotlib figure, both axes logarithmic.

        Central differences fall with the square of the step and rise again by rounding; the
        complex step has no rounding to rise by. A wrong gradient stays level, far above.

        Raises
        ------
        MissingExtra
            Without matplotlib: ``pip install 'matcalc[plot]'``.
        """
        lines = (
            Line(f"{name}, {method}", self.steps, ys, name, method == "complex step")
            for (name, method), ys in self.errors.items()
        )
        return figure(lines, "step", "relative error of the difference")

    def to_svg(self) -> str:
        """The same drawn as SVG, without a display; raises as `plot` does."""
        return svg(self.plot())


def agreement(
    derivation: Derivation,
    sizes: Mapping[Any, int] | None = None,
    seed: int = 0,
    steps: Sequence[float] = STEPS,
) -> Agreement:
    """Compare gradients with differences of the loss for many sizes of the step.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    sizes : mapping, optional
        Sizes to hold fixed, by symbol or name; the others are chosen, all distinct.
    seed : int
        Seed of the data and the directions.
    steps : sequence of float
        Sizes of the step, positive.

    Returns
    -------
    Agreement
        Print it for a table, or ``plot()`` it. Where the loss has no complex values, there are
        central differences alone.

    Raises
    ------
    UnsupportedInput
        For what are no gradients of a scalar loss, and for steps that are not positive.
    Undefined
        If the loss or a gradient has no value at any data tried.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> found = agreement(gradient(sum((X @ w - y) ** 4), w), steps=[1e-1, 1e-3])
    >>> coarse, fine = found.errors["w", "differences"]
    >>> 5e3 < coarse / fine < 2e4
    True
    """
    refuse_other_kinds(derivation)
    if not steps or min(steps) <= 0:
        raise UnsupportedInput("steps are positive numbers, at least one")
    derivation = opened(derivation)
    sampler = Sampler(
        [derivation.loss, *derivation.gradients.values(), *derivation.gradients], seed
    )
    fixed = named_sizes(sampler.sizes, sizes or {})
    sample = sampler.draw(sampler.fitted(distinct_sizes(sampler.sizes, fixed), fixed))
    errors = {}
    for parameter in derivation.gradients:
        step = sample.direction(parameter, Random(seed))
        for method in QUOTIENTS:
            found = _errors(derivation, sample, parameter, step, method, steps)
            if found:
                errors[str(parameter), method] = found
    named = {symbol.name: n for symbol, n in sample.sizes.items()}
    return Agreement(tuple(steps), errors, named)


def _errors(
    derivation: Derivation,
    sample: Sample,
    parameter: Any,
    step: Table,
    method: str,
    steps: Sequence[float],
) -> tuple[float, ...]:
    """Errors of one method, step by step; none where it cannot be used."""
    gradient = sample.base.value(derivation.gradients[parameter])
    slope = _inner(gradient if isinstance(gradient, list) else [[gradient]], step)

    def loss(by: complex) -> Any:
        return sample.along(parameter, step, by).value(derivation.loss)

    try:
        measured = [QUOTIENTS[method](loss, h) for h in steps]
    except NotAnalytic:
        return ()
    return tuple(abs(x - slope) / (max(abs(x), abs(slope)) or 1.0) for x in measured)


def _inner(a: Table, b: Table) -> float:
    return sum(
        float(x) * float(y) for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True)
    )
