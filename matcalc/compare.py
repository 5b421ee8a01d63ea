"""Generated code, formula and loss compared at one sample of data."""

import inspect
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from matcalc.derivation import Derivation
from matcalc.node import Node
from matcalc.numdiff import slopes
from matcalc.operators.constants import Zero
from matcalc.pointwise import MissingValue
from matcalc.protocols import Table
from matcalc.sampling import MAX_ORDER, Sample

DIFFERENCES_TOLERANCE = 1e-8
DIFFERENCES_FLOOR = 0.1
"""Differences of a loss show a gradient only down to some part of the loss."""
SINGLE_TOLERANCE = 1e-5
SINGLE_FLOOR = 0.1
"""A float32 gradient below this part of the scale has cancelled digits that it cannot have back."""
FLOOR = 0.1
"""The data are of size 1: a loss below this has cancelled, and is judged as if it were this."""
ROUNDING = 16 * sys.float_info.epsilon
"""A smaller part of the scale is no difference that floats could show."""
VACUOUS = 1e-10
"""A gradient that is a smaller part of the loss and of the other gradients shows nothing."""

Code = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """One gradient, or the loss, at one set of sizes.

    Attributes
    ----------
    parameter : str
        Name of the parameter, or ``loss``.
    sizes : mapping from str to int
        The sizes.
    norm : float
        Frobenius norm of the gradient, by the formula.
    code, step : float
        Greatest difference to the formula, relative to the norm: of the generated code, and of
        the derivative of the loss by ``method``.
    method : str
        ``complex step`` or ``differences``; for the loss itself empty.
    verdict : str
        ``ok``, ``zero`` for a gradient that is written as zero and is, or what is wrong.
    """

    parameter: str
    sizes: Mapping[str, int]
    norm: float
    code: float
    step: float
    method: str
    verdict: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict in ("ok", "zero")

    @property
    def place(self) -> str:
        """The sizes as text."""
        return " ".join(f"{name}={n}" for name, n in self.sizes.items()) or "fixed sizes"


class Comparison:
    """Compares one derivation with its code, sample by sample.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    code : callable
        The function to check.
    tolerance : float
        Greatest relative error, for each √(number of data).
    dtype : str
        Numbers that the code runs on.
    """

    def __init__(self, derivation: Derivation, code: Code, tolerance: float, dtype: str) -> None:
        self.derivation, self.code = derivation, code
        self.tolerance, self.dtype = tolerance, dtype

    def rows(self, sample: Sample, edge: bool) -> tuple[Row, list[Row]]:
        """Rows of the loss and of every gradient; at the edge a gradient may well vanish."""
        results = self.code(**self._arguments(sample))
        loss = sample.base.value(self.derivation.loss)
        norms = [_norm(_as_table(sample.base.value(g))) for g in self.derivation.gradients.values()]
        scale = max(abs(loss), *norms, 1.0 if edge else FLOOR)
        rows = [self._row(sample, p, results, scale, edge) for p in self.derivation.gradients]
        return self._loss_row(sample, results, float(loss)), rows

    def _arguments(self, sample: Sample) -> dict[str, Any]:
        offered: dict[str, Any] = {symbol.name: n for symbol, n in sample.sizes.items()}
        offered |= {symbol.name: x for symbol, x in sample.scalars.items()}
        for name, f in sample.functions.items():
            offered |= {name + "_prime" * n: partial(f, n) for n in range(MAX_ORDER + 1)}
        matrices = [p for p in self.derivation.gradients if isinstance(p, Node)]
        for node in (*sample.data, *matrices):
            offered[node.name] = np.array(sample.base.table(node), dtype=self.dtype)
        names = getattr(self.code, "arguments", None) or inspect.signature(self.code).parameters
        unknown = [name for name in names if name not in offered]
        if unknown:
            raise MissingValue(f"the code asks for {', '.join(unknown)}, which do not occur")
        return {name: offered[name] for name in names}

    def _loss_row(self, sample: Sample, results: Mapping[str, Any], loss: float) -> Row:
        table, problem = self._result(results, "loss", ())
        error = _difference(table, [[loss]]) / max(abs(loss), FLOOR)
        if not problem and not error <= self._code_tolerance(sample):
            problem = "code differs"
        return Row("loss", _named(sample), abs(loss), error, 0.0, "", problem or "ok")

    def _row(
        self, sample: Sample, parameter: Any, results: Mapping[str, Any], scale: float, edge: bool
    ) -> Row:
        gradient = self.derivation.gradients[parameter]
        formula = _as_table(sample.base.value(gradient))
        measured, method = slopes(self.derivation.loss, sample, parameter)
        reference = max(_norm(formula), _norm(measured))
        vacuous = reference <= VACUOUS * scale
        floor = self._floor(method)
        unit = (scale if vacuous else max(reference, floor * scale)) or 1.0
        shape = (len(formula), len(formula[0])) if isinstance(parameter, Node) else ()
        table, problem = self._result(results, parameter.name, shape)
        code, step = _difference(table, formula) / unit, _difference(measured, formula) / unit
        verdict = problem or "ok"
        seen = step * unit > ROUNDING * scale
        if seen and not step <= self._step_tolerance(sample, method):
            verdict = "formula differs"
        elif not problem and not code <= self._code_tolerance(sample):
            verdict = "code differs"
        elif not problem and vacuous and not edge:
            verdict = "zero" if isinstance(gradient, Zero) or gradient == 0 else "vacuous"
        return Row(parameter.name, _named(sample), _norm(formula), code, step, method, verdict)

    def _result(
        self, results: Mapping[str, Any], name: str, shape: tuple[int, ...]
    ) -> tuple[Table, str]:
        if name not in results:
            return [], "code gives none"
        array = np.asarray(results[name])
        if array.shape != shape:
            return [], f"code has shape {array.shape}, not {shape}"
        table: Table = array.reshape(shape or (1, 1)).tolist()
        wrong = shape and array.dtype != self.dtype
        return table, f"code gives {array.dtype}, not {self.dtype}" if wrong else ""

    def _floor(self, method: str) -> float:
        """Part of the scale below which a gradient is measured against the scale instead."""
        if self.dtype == "float32":
            return SINGLE_FLOOR
        return VACUOUS if method == "complex step" else DIFFERENCES_FLOOR

    def _code_tolerance(self, sample: Sample) -> float:
        return SINGLE_TOLERANCE if self.dtype == "float32" else self.tolerance * _terms(sample)

    def _step_tolerance(self, sample: Sample, method: str) -> float:
        exact = method == "complex step"
        return (self.tolerance if exact else DIFFERENCES_TOLERANCE) * _terms(sample)


def _terms(sample: Sample) -> float:
    entries = sum(len(table) * len(table[0]) for table in sample.data.values())
    return math.sqrt(max(entries, 1))


def _as_table(value: Any) -> Table:
    return value if isinstance(value, list) else [[value]]


def _norm(table: Table) -> float:
    return math.sqrt(sum(float(x) ** 2 for row in table for x in row))


def _difference(a: Table, b: Table) -> float:
    if not a:
        return math.inf
    pairs = ((p, q) for x, y in zip(a, b, strict=True) for p, q in zip(x, y, strict=True))
    gaps = [abs(float(p) - float(q)) for p, q in pairs]
    return math.nan if any(map(math.isnan, gaps)) else max(gaps)


def _named(sample: Sample) -> dict[str, int]:
    return {symbol.name: n for symbol, n in sample.sizes.items()}
