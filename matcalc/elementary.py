"""Elementwise functions of one variable: of a matrix entry by entry, of a scalar as a scalar."""

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr

from matcalc.node import Node
from matcalc.operators import functions as entrywise
from matcalc.operators.elementwise import elementwise
from matcalc.scalars import number

FUNCTIONS = frozenset(
    """relu step sigmoid exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh
    erf abs sign softplus clip huber maximum minimum hypot logaddexp atan2""".split()
)
"""Functions that print under their own name, since the package has each under that name."""


def relu(a: Any) -> Any:
    """max(a, 0), elementwise; the derivative at 0 is taken as 0."""
    return _of_entries(entrywise.relu, a)


def step(a: Any) -> Any:
    """1 where a > 0, else 0, elementwise."""
    return _of_entries(entrywise.step, a)


def sigmoid(a: Any) -> Any:
    """1 / (1 + exp(−a)), elementwise."""
    return _of_entries(entrywise.sigmoid, a)


def exp(a: Any) -> Any:
    """Exponential, elementwise (no matrix exponential)."""
    return _of_entries(sympy.exp, a)


def log(a: Any) -> Any:
    """Natural logarithm, elementwise (no matrix logarithm)."""
    return _of_entries(sympy.log, a)


def sqrt(a: Any) -> Any:
    """Square root, elementwise (no matrix square root)."""
    return _of_entries(sympy.sqrt, a)


def sin(a: Any) -> Any:
    """Sine, elementwise."""
    return _of_entries(sympy.sin, a)


def cos(a: Any) -> Any:
    """Cosine, elementwise."""
    return _of_entries(sympy.cos, a)


def tan(a: Any) -> Any:
    """Tangent, elementwise."""
    return _of_entries(sympy.tan, a)


def sinh(a: Any) -> Any:
    """Hyperbolic sine, elementwise."""
    return _of_entries(sympy.sinh, a)


def cosh(a: Any) -> Any:
    """Hyperbolic cosine, elementwise."""
    return _of_entries(sympy.cosh, a)


def tanh(a: Any) -> Any:
    """Hyperbolic tangent, elementwise."""
    return _of_entries(sympy.tanh, a)


def asin(a: Any) -> Any:
    """Inverse sine, elementwise."""
    return _of_entries(sympy.asin, a)


def acos(a: Any) -> Any:
    """Inverse cosine, elementwise."""
    return _of_entries(sympy.acos, a)


def atan(a: Any) -> Any:
    """Inverse tangent, elementwise."""
    return _of_entries(sympy.atan, a)


def asinh(a: Any) -> Any:
    """Inverse hyperbolic sine, elementwise."""
    return _of_entries(sympy.asinh, a)


def acosh(a: Any) -> Any:
    """Inverse hyperbolic cosine, elementwise."""
    return _of_entries(sympy.acosh, a)


def atanh(a: Any) -> Any:
    """Inverse hyperbolic tangent, elementwise."""
    return _of_entries(sympy.atanh, a)


def erf(a: Any) -> Any:
    """Error function, elementwise."""
    return _of_entries(sympy.erf, a)


def _of_entries(f: Callable[[Expr], Expr], a: Any) -> Any:
    """The function of every entry of a matrix, or of a scalar."""
    return elementwise(f, a) if isinstance(a, Node) else f(number(a))
