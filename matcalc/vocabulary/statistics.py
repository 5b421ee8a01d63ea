"""Sums, means, variances and deviations of rows, of columns and of all entries."""

from typing import Any

from sympy import Expr

from matcalc.elementary import sqrt
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import ones
from matcalc.operators.leaves import Named, Variable, let
from matcalc.operators.scalars import total
from matcalc.operators.shapes import described
from matcalc.scalars import number


def column_sums(a: Node) -> Node:
    """Sums of the columns, 1ᵀA, 1 × n."""
    return DOWN.of(need_node("column_sums", a))


def row_sums(a: Node) -> Node:
    """Sums of the rows, A1, m × 1."""
    return ALONG.of(need_node("row_sums", a))


def mean(a: Node) -> Expr:
    """Mean of all entries, a scalar.

    Examples
    --------
    >>> from matcalc import matrix
    >>> mean(matrix("A", "m", "n"))
    sum(A)/(m*n)
    """
    need_node("mean", a)
    return total(a) / (a.rows * a.cols)


def column_mean(a: Node) -> Node:
    """Means of the columns, 1 × n."""
    return _mean(DOWN, need_node("column_mean", a))


def column_var(a: Node, ddof: Any = 0) -> Node:
    """Variances of the columns, 1 × n, with divisor rows − ddof.

    Raises
    ------
    ShapeError
        If the divisor is zero for all sizes.
    """
    return _variance(DOWN, need_node("column_var", a), ddof)


def column_std(a: Node, ddof: Any = 0, eps: Any = 0) -> Node:
    """Standard deviations of the columns, 1 × n: √(variance + eps)."""
    return _deviation(DOWN, need_node("column_std", a), ddof, eps)


def row_mean(a: Node) -> Node:
    """Means of the rows, m × 1."""
    return _mean(ALONG, need_node("row_mean", a))


def row_var(a: Node, ddof: Any = 0) -> Node:
    """Variances of the rows, m × 1, with divisor columns − ddof.

    Raises
    ------
    ShapeError
        If the divisor is zero for all sizes.
    """
    return _variance(ALONG, need_node("row_var", a), ddof)


def row_std(a: Node, ddof: Any = 0, eps: Any = 0) -> Node:
    """Standard deviations of the rows, m × 1: √(variance + eps)."""
    return _deviation(ALONG, need_node("row_std", a), ddof, eps)


def _mean(sums: Sums, a: Node) -> Node:
    return sums.of(a) / sums.length(a)


def _centred(sums: Sums, a: Node) -> Node:
    return a - sums.repeat(_named("mu", a, _mean(sums, a)), sums.length(a))


def _variance(sums: Sums, a: Node, ddof: Any) -> Node:
    divisor = sums.length(a) - number(ddof)
    if divisor == 0:
        raise ShapeError(f"the variance of {described(a)} with ddof {ddof} divides by zero")
    return sums.of(_centred(sums, a) ** 2) / divisor


def _deviation(sums: Sums, a: Node, ddof: Any, eps: Any) -> Node:
    variance = _variance(sums, a, ddof)
    return sqrt(variance + _non_negative(eps) * ones(*variance.shape))


def normalised(sums: Sums, a: Node, ddof: Any, eps: Any) -> Node:
    """Lines less their means, over their standard deviations; both named after A's name."""
    sigma = _named("sigma", a, _deviation(sums, a, ddof, eps))
    return _centred(sums, a) / sums.repeat(sigma, sums.length(a))


def _named(prefix: str, a: Node, definition: Node) -> Node:
    return let(f"{prefix}_{a.name}", definition) if isinstance(a, Named | Variable) else definition


def _non_negative(eps: Any) -> Expr:
    shift = number(eps)
    if shift.is_negative:
        raise UnsupportedInput(f"eps must not be negative, got {shift}")
    return shift
