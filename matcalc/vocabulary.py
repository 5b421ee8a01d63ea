"""Functions built from the operators alone: elementwise functions, statistics, layers.

An elementwise function takes a matrix entry by entry, and a scalar as a scalar.
"""

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr

from matcalc.dimensions import same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.node import Node
from matcalc.operators import functions as entrywise
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import elementwise
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import Named, Variable, let
from matcalc.operators.shapes import described, is_one
from matcalc.scalars import number


def relu(a: Any) -> Any:
    """max(a, 0), elementwise; the derivative at 0 is taken as 0."""
    return _of_entries(entrywise.relu, a)


def step(a: Any) -> Any:
    """1 where a > 0, else 0, elementwise."""
    return _of_entries(entrywise.step, a)


def sigmoid(a: Any) -> Any:
    """1 / (1 + exp(−a)), elementwise."""
    return _of_entries(entrywise.sigmoid, a)


def tanh(a: Any) -> Any:
    """Hyperbolic tangent, elementwise."""
    return _of_entries(sympy.tanh, a)


def exp(a: Any) -> Any:
    """Exponential, elementwise (no matrix exponential)."""
    return _of_entries(sympy.exp, a)


def log(a: Any) -> Any:
    """Natural logarithm, elementwise (no matrix logarithm)."""
    return _of_entries(sympy.log, a)


def sqrt(a: Any) -> Any:
    """Square root, elementwise (no matrix square root)."""
    return _of_entries(sympy.sqrt, a)


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


def batch_norm(z: Node, gamma: Node, beta: Node, ddof: Any = 0, eps: Any = 0) -> Node:
    """Batch normalisation over the rows: (γ ⊗ 1) ⊙ (Z − 1μ) ⊙ (1σ)⁻¹ + β ⊗ 1.

    Parameters
    ----------
    z : Node
        N × p; if it has a name, mean, standard deviation and normalised matrix are named after
        it: μ_Z, σ_Z, Z̃.
    gamma, beta : Node
        Scale and shift, rows 1 × p.
    ddof : int or sympy.Expr
        The variance is divided by N − ddof.
    eps : number or sympy.Expr
        Added to the variance under the root.

    Raises
    ------
    ShapeError
        If gamma or beta is no row of p entries.

    Notes
    -----
    S. Ioffe, C. Szegedy, *Batch Normalization*, ICML 2015, algorithm 1.

    Examples
    --------
    >>> from matcalc import matrix, row
    >>> batch_norm(matrix("Z", "N", "p"), row("gamma", "p"), row("beta", "p"))
    kron(beta, ones(N, 1)) + Z_tilde * kron(gamma, ones(N, 1))
    """
    return _scaled_and_shifted("batch_norm", z, _normalised(DOWN, z, ddof, eps), gamma, beta)


def layer_norm(z: Node, gamma: Node, beta: Node, eps: Any = 0) -> Node:
    """Layer normalisation of every row: (Z − μ1ᵀ) ⊙ (σ1ᵀ)⁻¹ ⊙ (γ ⊗ 1) + β ⊗ 1.

    Parameters
    ----------
    z : Node
        N × p; if it has a name, mean, standard deviation and normalised matrix are named after
        it: μ_Z, σ_Z, Z̃.
    gamma, beta : Node
        Scale and shift, rows 1 × p.
    eps : number or sympy.Expr
        Added to the variance under the root.

    Raises
    ------
    ShapeError
        If gamma or beta is no row of p entries.

    Notes
    -----
    J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer Normalization*, arXiv 1607.06450, section 3.

    Examples
    --------
    >>> from matcalc import matrix, row
    >>> layer_norm(matrix("Z", "N", "p"), row("gamma", "p"), row("beta", "p"))
    kron(beta, ones(N, 1)) + Z_tilde * kron(gamma, ones(N, 1))
    """
    return _scaled_and_shifted("layer_norm", z, _normalised(ALONG, z, 0, eps), gamma, beta)


def _scaled_and_shifted(what: str, z: Node, normalised: Node, gamma: Node, beta: Node) -> Node:
    for name, parameter in (("gamma", gamma), ("beta", beta)):
        need_node(what, parameter)
        if not is_one(parameter.rows) or not same(parameter.cols, z.cols):
            raise ShapeError(
                f"{what}: {name} must be a row of {z.cols} entries, got {described(parameter)}"
            )
    if isinstance(z, Named | Variable):
        normalised = let(f"{z.name}_tilde", normalised)
    down = ones(z.rows)
    return kron(gamma, down) * normalised + kron(beta, down)


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


def _normalised(sums: Sums, a: Node, ddof: Any, eps: Any) -> Node:
    sigma = _named("sigma", a, _deviation(sums, a, ddof, eps))
    return _centred(sums, a) / sums.repeat(sigma, sums.length(a))


def _of_entries(f: Callable[[Expr], Expr], a: Any) -> Any:
    """The function of every entry of a matrix, or of a scalar."""
    return f(a) if isinstance(a, Expr) else elementwise(f, a)


def _named(prefix: str, a: Node, definition: Node) -> Node:
    return let(f"{prefix}_{a.name}", definition) if isinstance(a, Named | Variable) else definition


def _non_negative(eps: Any) -> Expr:
    shift = number(eps)
    if shift.is_negative:
        raise UnsupportedInput(f"eps must not be negative, got {shift}")
    return shift
