"""Elementwise functions with kinks, functions of two matrices, and activations.

They take matrices entry by entry, and scalars as scalars; a number beside a matrix stands for a
matrix of that number. Where a derivative does not exist it is taken as follows.

====================  =====================================================================
``abs(a)``            sign a, with sign 0 = 0
``sign(a)``           0, the jump included
``step(a)``           0, the jump included; step 0 = 0
``relu(a)``           [a > 0], so 0 at 0
``maximum(a, b)``     [a > b] by a and 1 − [a > b] by b: equal entries give all of it to b
``minimum(a, b)``     [a < b] by a and 1 − [a < b] by b: equal entries give all of it to b
``where(c, a, b)``    [c > 0] by a, 1 − [c > 0] by b, 0 by c
``clip(a, l, h)``     [l < a < h], so 0 at either bound; [a ≤ l] by l, [a ≥ h] by h
``leaky_relu(a, s)``  s at 0
``elu(a, s)``         s at 0
====================  =====================================================================

Of a matrix and a number the number counts as b. `huber`, `softplus`, `silu` and `gelu` have a
derivative everywhere.
"""

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, Rational

from matcalc.elementary import relu, step
from matcalc.errors import UnsupportedInput
from matcalc.node import Node
from matcalc.operators import functions
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import elementwise
from matcalc.scalars import number

DEFAULT_SLOPE = Rational(1, 100)


def abs(a: Any) -> Any:
    """|a|, elementwise; the derivative at 0 is taken as 0.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(sum(abs(X @ w - y)), w)[w]
    X.T @ sign(X @ w - y)
    """
    return _applied(functions.abs, a)


def sign(a: Any) -> Any:
    """1, 0 or −1, elementwise."""
    return _applied(functions.sign, a)


def softplus(a: Any) -> Any:
    """log(1 + exp(a)), elementwise and without overflow."""
    return _applied(functions.softplus, a)


def maximum(a: Any, b: Any) -> Any:
    """The greater of a and b, elementwise; where they are equal b takes the whole derivative.

    Parameters
    ----------
    a, b : Node or scalar
        Matrices of one shape, or a matrix and a number, which then counts as b.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, ones, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(sum(maximum(ones("N") - y * (X @ w), 0)), w)[w]
    -X.T @ (y * step(ones(N, 1) - y * (X @ w)))
    """
    return _of_two(functions.maximum, *_number_last(a, b))


def minimum(a: Any, b: Any) -> Any:
    """The smaller of a and b, elementwise; where they are equal b takes the whole derivative.

    Parameters and errors are those of `maximum`.
    """
    return _of_two(functions.minimum, *_number_last(a, b))


def hypot(a: Any, b: Any) -> Any:
    """√(a² + b²), elementwise; no derivative where both are 0."""
    return _of_two(functions.hypot, *_number_last(a, b))


def logaddexp(a: Any, b: Any) -> Any:
    """log(exp(a) + exp(b)), elementwise and without overflow."""
    return _of_two(functions.logaddexp, *_number_last(a, b))


def atan2(y: Any, x: Any) -> Any:
    """The angle of the point (x, y), elementwise; no derivative where both are 0."""
    return _of_two(sympy.atan2, y, x)


def where(c: Any, a: Any, b: Any) -> Any:
    """a where c > 0, else b, elementwise; constant in c.

    It is [c > 0] ⊙ a + (1 − [c > 0]) ⊙ b, so that both a and b need values everywhere.

    Examples
    --------
    >>> from matcalc import matrix
    >>> where(matrix("C", "m", "n"), matrix("A", "m", "n"), 0)
    A * step(C)
    """
    matrices = [x for x in (c, a, b) if isinstance(x, Node)]
    if not matrices:
        return step(c) * number(a) + (1 - step(c)) * number(b)
    unit = ones(*matrices[0].shape)
    c, a, b = (x if isinstance(x, Node) else number(x) * unit for x in (c, a, b))
    return step(c) * a + (unit - step(c)) * b


def clip(a: Any, low: Any, high: Any) -> Any:
    """a, but at least low and at most high, which are scalars; 0 is the derivative at a bound.

    Raises
    ------
    UnsupportedInput
        If low is above high.
    """
    low, high = number(low), number(high)
    if (high - low).is_negative:
        raise UnsupportedInput(f"clip: the lower bound {low} is above the upper bound {high}")
    return _applied(lambda x: functions.clip(x, low, high), a)


def huber(a: Any, delta: Any = 1) -> Any:
    """a²/2 where |a| ≤ δ and δ(|a| − δ/2) beyond, elementwise.

    Raises
    ------
    UnsupportedInput
        Unless δ is positive.

    Notes
    -----
    P. J. Huber, *Robust Estimation of a Location Parameter*, Ann. Math. Stat. 35 (1964), p. 74.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(sum(huber(X @ w - y, 2)), w)[w]
    X.T @ clip(X @ w - y, -2, 2)
    """
    bound = number(delta)
    if not bound.is_positive:
        raise UnsupportedInput(f"huber: δ must be positive, got {bound}: scalar(…, positive=True)")
    return _applied(lambda x: functions.huber(x, bound), a)


def leaky_relu(a: Any, slope: Any = DEFAULT_SLOPE) -> Any:
    """a where a > 0, else slope·a, elementwise; the derivative at 0 is the slope."""
    below = number(slope)
    return _applied(lambda x: below * x + (1 - below) * functions.relu(x), a)


def elu(a: Any, alpha: Any = 1) -> Any:
    """a where a > 0, else α(exp(a) − 1), elementwise; the derivative at 0 is α.

    Notes
    -----
    D.-A. Clevert, T. Unterthiner, S. Hochreiter, arXiv 1511.07289, equation (15).
    """
    scale = number(alpha)
    return relu(a) + scale * _applied(lambda x: sympy.exp(x - functions.relu(x)) - 1, a)


def silu(a: Any) -> Any:
    """a·σ(a), elementwise."""
    return swish(a)


def swish(a: Any, beta: Any = 1) -> Any:
    """a·σ(βa), elementwise; `silu` for β = 1.

    Notes
    -----
    P. Ramachandran, B. Zoph, Q. V. Le, arXiv 1710.05941, section 4.
    """
    steepness = number(beta)
    return _applied(lambda x: x * functions.sigmoid(steepness * x), a)


def gelu(a: Any) -> Any:
    """a·Φ(a) for the normal distribution function Φ, elementwise.

    Notes
    -----
    D. Hendrycks, K. Gimpel, arXiv 1606.08415, section 2; exactly, with erf.
    """
    return _applied(lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2, a)


def _applied(f: Callable[[Expr], Expr], a: Any) -> Any:
    """The function of every entry of a matrix, or of a scalar."""
    return elementwise(f, a) if isinstance(a, Node) else f(number(a))


def _of_two(f: Callable[[Expr, Expr], Expr], a: Any, b: Any) -> Any:
    """The function of every two entries; a number stands for a matrix of it."""
    if isinstance(a, Node) and isinstance(b, Node):
        return elementwise(f, a, b)
    if isinstance(a, Node):
        second = number(b)
        return elementwise(lambda x: f(x, second), a)
    first = number(a)
    return _applied(lambda y: f(first, y), b)


def _number_last(a: Any, b: Any) -> tuple[Any, Any]:
    return (b, a) if isinstance(b, Node) and not isinstance(a, Node) else (a, b)
