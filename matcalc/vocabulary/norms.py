"""Norms of matrices, of their rows and of their columns, by their entries."""

from typing import Any

from sympy import Expr, Integer

from matcalc.errors import UnsupportedInput
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.elementwise import power
from matcalc.operators.scalars import squared_norm, total
from matcalc.scalars import number
from matcalc.vocabulary.elementwise import abs


def norm(a: Node, p: Any = 2) -> Expr:
    """(Σ |A[i, j]|^p)^(1/p), a scalar: for p = 2 the Euclidean, of a matrix the Frobenius norm.

    Parameters
    ----------
    a : Node
        The matrix.
    p : number or sympy.Expr
        At least 1, or a positive scalar that is taken to be.

    Raises
    ------
    UnsupportedInput
        For a p below 1, where this is no norm, and for p = ∞.

    Notes
    -----
    There is no derivative at A = 0. For p = 1 that of a single |a| at a = 0 is taken as 0, and for
    p between 1 and 2 the norm has no second derivative where an entry is 0. The Euclidean norm is
    √ΣA², so that ‖A‖² and ΣA² are one.

    Examples
    --------
    >>> from matcalc import column, gradient
    >>> x, a = column("x", "n"), column("a", "n")
    >>> gradient(norm(x - a), x)[x]
    1/norm(x - a) * (x - a)
    """
    exponent = _exponent(p)
    if exponent == 2:
        return squared_norm(need_node("norm", a)) ** (Integer(1) / 2)
    return total(_powers(need_node("norm", a), exponent)) ** (1 / exponent)


def row_norms(a: Node, p: Any = 2) -> Node:
    """Norms of the rows, m × 1; p as for `norm`."""
    return _line_norms(ALONG, need_node("row_norms", a), _exponent(p))


def column_norms(a: Node, p: Any = 2) -> Node:
    """Norms of the columns, 1 × n; p as for `norm`."""
    return _line_norms(DOWN, need_node("column_norms", a), _exponent(p))


def _line_norms(sums: Sums, a: Node, exponent: Expr) -> Node:
    return power(sums.of(_powers(a, exponent)), 1 / exponent)


def _powers(a: Node, exponent: Expr) -> Node:
    """|A|^p entry by entry; |a| is a for an even p."""
    return power(a if exponent.is_even else abs(a), exponent)


def _exponent(p: Any) -> Expr:
    try:
        exponent = number(p)
    except UnsupportedInput as error:
        raise UnsupportedInput(f"a norm needs a finite real p of at least 1, got {p}") from error
    if (exponent - 1).is_negative or not exponent.is_positive:
        raise UnsupportedInput(f"a norm needs a p of at least 1, got {p}")
    return exponent
