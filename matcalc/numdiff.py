"""Derivatives of a loss that use nothing but values of the loss."""

from collections.abc import Callable
from typing import Any

from sympy import Expr

from matcalc.node import Node
from matcalc.pointwise import NotAnalytic
from matcalc.protocols import Table
from matcalc.sampling import Sample

COMPLEX_STEP = 1e-30
STEP = 5e-4
"""Largest of the three steps of a difference quotient: small beside the distance to a kink."""


def slopes(loss: Expr, sample: Sample, parameter: object) -> tuple[Table, str]:
    """Differentiate a loss by every entry of a parameter; the table and the method used.

    The complex step has no rounding error to speak of. Where the loss is not defined for complex
    numbers, three central differences are extrapolated.
    """
    try:
        return _by_entry(_complex_step, loss, sample, parameter), "complex step"
    except NotAnalytic:
        return _by_entry(_differences, loss, sample, parameter), "differences"


def _by_entry(
    method: Callable[[Callable[[complex], Any]], float],
    loss: Expr,
    sample: Sample,
    parameter: object,
) -> Table:
    base = sample.base.table(parameter) if isinstance(parameter, Node) else [[None]]

    def entry(i: int, j: int) -> float:
        return method(lambda by: sample.moved(parameter, i, j, by).value(loss))

    return [[entry(i, j) for j in range(len(row))] for i, row in enumerate(base)]


def _complex_step(f: Callable[[complex], Any]) -> float:
    return complex_quotient(f, COMPLEX_STEP)


def _differences(f: Callable[[complex], Any]) -> float:
    coarse, middle, fine = (central_quotient(f, STEP / k) for k in (1, 2, 4))
    return (16 * (4 * fine - middle) / 3 - (4 * middle - coarse) / 3) / 15


def central_quotient(f: Callable[[complex], Any], h: float) -> float:
    """(f(h) − f(−h))/2h."""
    return float(f(h) - f(-h)) / (2 * h)


def complex_quotient(f: Callable[[complex], Any], h: float) -> float:
    """Im f(ih)/h, which has no rounding error to speak of."""
    return complex(f(1j * h)).imag / h


QUOTIENTS = {"differences": central_quotient, "complex step": complex_quotient}
"""Difference quotients of a function at 0 by the name of the method."""
