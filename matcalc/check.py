"""The numeric check of a derivation: three independent computations of every gradient.

The generated code and the formula are compared entry by entry, and the formula with a derivative
that only knows the loss: a complex step, or differences where the loss has no complex values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Symbol

from matcalc import lower
from matcalc.compare import Code, Comparison, Row
from matcalc.derivation import Derivation
from matcalc.differential import freed
from matcalc.errors import MatcalcError, ShapeError, UnsupportedInput
from matcalc.node import substitute
from matcalc.pointwise import Undefined
from matcalc.sampling import Sampler, distinct_sizes, named_sizes

HEADINGS = ("gradient by", "norm", "code", "formula", "against", "verdict")
DTYPES = ("float64", "float32")


class CheckFailed(MatcalcError, AssertionError):
    """A gradient whose code, formula and loss disagree, or a check that shows nothing.

    Examples
    --------
    >>> from matcalc import column, gradient, squared_norm
    >>> x = column("x", "n")
    >>> check(gradient(squared_norm(x), x).with_gradient(x, 3 * x)).require()
    Traceback (most recent call last):
    matcalc.check.CheckFailed: gradient by x at n=4: formula differs (norm 5.6e+00, code off by \
0.0e+00, formula off by 2.5e-01 from the complex step; seed 0, float64)
    """


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes
    ----------
    rows : tuple of Row
        One row for each parameter and set of sizes.
    losses : tuple of Row
        The loss at each set of sizes, generated code against loops.
    notes : tuple of str
        Sizes that were left out, and why.
    seed : int
        Seed of the data.
    dtype : str
        Type of the numbers that the generated code was run on.
    """

    rows: tuple[Row, ...]
    losses: tuple[Row, ...]
    notes: tuple[str, ...]
    seed: int
    dtype: str

    @property
    def failures(self) -> tuple[Row, ...]:
        """Rows that are not in order."""
        return tuple(row for row in (*self.losses, *self.rows) if not row.ok)

    @property
    def ok(self) -> bool:
        """Whether there are gradients, all of them agree, and none is vacuous."""
        return bool(self.rows) and not self.failures

    def require(self) -> "CheckReport":
        """Return the report if it is in order.

        Raises
        ------
        CheckFailed
            With the parameter, the sizes and the figures of the first failure.
        """
        if not self.rows:
            raise CheckFailed("there is no gradient to check")
        for row in self.failures:
            what = f"gradient by {row.parameter}" if row.method else "loss"
            step = f", formula off by {row.step:.1e} from the {row.method}" * bool(row.method)
            raise CheckFailed(
                f"{what} at {row.place}: {row.verdict} (norm {row.norm:.1e}, "
                f"code off by {row.code:.1e}{step}; seed {self.seed}, {self.dtype})"
            )
        return self

    def __str__(self) -> str:
        """Lay the rows out as an aligned table."""
        grouped: dict[tuple[str, bool], list[Row]] = {}
        for row in (*self.losses, *self.rows):
            grouped.setdefault((row.parameter, bool(row.method)), []).append(row)
        lines = [HEADINGS, *(_summary(rows) for rows in grouped.values())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        verdict = "ok" if self.ok else f"{len(self.failures)} wrong" if self.rows else "empty"
        places = "at " + "; ".join(row.place for row in self.losses)
        return "\n".join(
            [*table, places, *self.notes, f"seed {self.seed}, {self.dtype}: {verdict}"]
        )


def _summary(rows: list[Row]) -> tuple[str, ...]:
    """Cells for a parameter: the first failure, or the greatest errors."""
    first = next((row for row in rows if not row.ok), rows[0])
    shown = rows if first.ok else [first]
    verdict = first.verdict if first.ok else f"{first.verdict} at {first.place}"
    figures = (first.norm, max(row.code for row in shown), max(row.step for row in shown))
    texts = [f"{x:.1e}" for x in figures]
    if not first.method:
        return "loss", texts[0], texts[1], "-", "-", verdict
    return first.parameter, *texts, first.method, verdict


def check(
    derivation: Derivation,
    sizes: Mapping[Any, int] | None = None,
    seed: int = 0,
    *,
    tolerance: float = 1e-12,
    dtype: str = "float64",
    code: Code | None = None,
) -> CheckReport:
    """Compare generated code, formula and loss at random data of different shapes.

    Each gradient is computed by the generated NumPy function, by loops over the formula, and as
    a derivative of the loss alone, entry by entry. Two sets of pairwise distinct sizes are used,
    and sizes of 1 where everything still has a value.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    sizes : mapping, optional
        Sizes to hold fixed, by symbol or name; the others are chosen.
    seed : int
        Seed of the data.
    tolerance : float
        Greatest error relative to the gradient's norm, for each √(number of data). Only losses
        that are badly conditioned, such as inverses of nearly singular matrices, need more than
        the default. Differences, used where a complex step is impossible, are held to 1e-8.
    dtype : {"float64", "float32"}
        Numbers that the generated code runs on. In float32 it has to agree with the loops, which
        remain in float64, to 1e-5, and to return float32.
    code : callable, optional
        Function to check in place of the generated one; it takes the derivation's symbols by name
        and returns a mapping from ``loss`` and the parameters' names to values.

    Returns
    -------
    CheckReport
        Print it for a table, or call its ``require`` to raise where something is wrong.

    Raises
    ------
    Undefined
        If the loss or a gradient has no value at any data tried.
    """
    refuse_other_kinds(derivation)
    if dtype not in DTYPES:
        raise UnsupportedInput(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    derivation = opened(derivation)
    roots = [derivation.loss, *derivation.gradients.values(), *derivation.gradients]
    sampler = Sampler(roots, seed, single=dtype == "float32")
    function = code or lower.compile_numpy(derivation)
    trial = _Trial(sampler, Comparison(derivation, function, tolerance, dtype))
    fixed = named_sizes(sampler.sizes, sizes or {})
    for plan in _distinct_plans(sampler, fixed):
        trial.at(plan, edge=False)
    if not trial.losses:
        raise Undefined(f"{'; '.join(trial.notes)}; give sizes=… that fit")
    for plan in _edge_plans(sampler, fixed):
        trial.at(plan, edge=True)
    return CheckReport(tuple(trial.rows), tuple(trial.losses), tuple(trial.notes), seed, dtype)


def refuse_other_kinds(derivation: Derivation) -> None:
    """Raise `UnsupportedInput` for what are no gradients of a scalar loss."""
    if derivation.kind != "gradient":
        raise UnsupportedInput(
            f"check takes the gradients of a scalar loss; this derivation is a {derivation.kind}"
        )


def opened(derivation: Derivation) -> Derivation:
    """The derivation with named parameters as the free variables they are taken for."""
    free = freed(derivation.gradients)
    gradients = {free.get(p, p): substitute(g, free) for p, g in derivation.gradients.items()}
    return replace(derivation, loss=substitute(derivation.loss, free), gradients=gradients)


class _Trial:
    def __init__(self, sampler: Sampler, comparison: Comparison) -> None:
        self.sampler, self.comparison = sampler, comparison
        self.rows: list[Row] = []
        self.losses: list[Row] = []
        self.notes: list[str] = []

    def at(self, sizes: Mapping[Symbol, int], edge: bool) -> None:
        try:
            sample = self.sampler.draw(sizes)
        except (Undefined, ShapeError) as error:
            named = " ".join(f"{symbol}={n}" for symbol, n in sizes.items())
            self.notes.append(f"left out {named or 'the check'}: {error}")
            return
        if sample.distribution != "normal":
            self.notes.append(f"data are {sample.distribution}, for others there is no value")
        loss, gradients = self.comparison.rows(sample, edge)
        self.losses.append(loss)
        self.rows += gradients


def _distinct_plans(sampler: Sampler, fixed: Mapping[Symbol, int]) -> list[dict[Symbol, int]]:
    """Two sets of sizes at which everything that is picked is there, one if all are fixed."""
    first = sampler.fitted(distinct_sizes(sampler.sizes, fixed), fixed)
    second = sampler.fitted(distinct_sizes(sampler.sizes, fixed, swapped=True), fixed)
    if first == second:
        second = {s: fixed.get(s, n + 1) for s, n in first.items()}
    return [first] if first == second else [first, second]


def _edge_plans(sampler: Sampler, fixed: Mapping[Symbol, int]) -> list[dict[Symbol, int]]:
    free = [symbol for symbol in sampler.sizes if symbol not in fixed]
    first = sampler.fitted(distinct_sizes(sampler.sizes, fixed), fixed)
    single = [{**first, symbol: 1} for symbol in free]
    return [*single, {**first, **dict.fromkeys(free, 1)}] if len(free) > 1 else single
