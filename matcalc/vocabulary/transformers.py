"""What transformers are made of beside layer normalisation: RMS normalisation and attention."""

from typing import Any

import sympy

from matcalc.dimensions import same
from matcalc.elementary import sqrt
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import ones
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import Named, Variable, let
from matcalc.operators.shapes import described, is_one
from matcalc.operators.softmax import row_softmax
from matcalc.scalars import number


def rms_norm(z: Node, gamma: Node, eps: Any = 0) -> Node:
    """Root-mean-square normalisation of every row, Z ⊙ (ρ1ᵀ)⁻¹ ⊙ (γ ⊗ 1) with ρ = √(mean Z² + ε).

    Parameters
    ----------
    z : Node
        N × p; if it has a name, the root mean square and the normalised matrix are named after
        it: rms_Z, Z̃.
    gamma : Node
        Scale, a row 1 × p.
    eps : number or sympy.Expr
        Added to the mean of squares under the root.

    Raises
    ------
    ShapeError
        If gamma is no row of p entries.
    UnsupportedInput
        For a negative eps.

    Notes
    -----
    B. Zhang, R. Sennrich, *Root Mean Square Layer Normalization*, NeurIPS 2019, (4).

    Examples
    --------
    >>> from matcalc import matrix, row
    >>> rms_norm(matrix("Z", "N", "p"), row("gamma", "p"))
    Z_tilde * kron(gamma, ones(N, 1))
    """
    need_node("rms_norm", gamma)
    if not is_one(gamma.rows) or not same(gamma.cols, need_node("rms_norm", z).cols):
        raise ShapeError(f"rms_norm: gamma must be a row of {z.cols} entries, {described(gamma)}")
    shift = number(eps)
    if shift.is_negative:
        raise UnsupportedInput(f"eps must not be negative, got {shift}")
    rms = sqrt(z**2 @ ones(z.cols) / z.cols + shift * ones(z.rows))
    if not isinstance(z, Named | Variable):
        return z / (rms @ ones(1, z.cols)) * kron(gamma, ones(z.rows))
    normalised = let(f"{z.name}_tilde", z / (let(f"rms_{z.name}", rms) @ ones(1, z.cols)))
    return normalised * kron(gamma, ones(z.rows))


def attention(q: Node, k: Node, v: Node) -> Node:
    """Scaled dot-product attention, softmax(QKᵀ/√d)V with the softmax of rows.

    Parameters
    ----------
    q, k, v : Node
        Queries N × d, keys M × d and values M × p.

    Notes
    -----
    A. Vaswani et al., *Attention Is All You Need*, NeurIPS 2017, (1).

    Examples
    --------
    >>> from matcalc import matrix
    >>> Q, K, V = matrix("Q", "N", "d"), matrix("K", "M", "d"), matrix("V", "M", "p")
    >>> attention(Q, K, V)
    row_softmax(1/sqrt(d) * Q @ K.T) @ V
    """
    return attention_weights(q, k) @ v


def attention_weights(q: Node, k: Node) -> Node:
    """The weights of scaled dot-product attention, softmax(QKᵀ/√d), N × M.

    Parameters
    ----------
    q, k : Node
        Queries N × d and keys M × d.
    """
    scores = need_node("attention", q) @ k.T
    return row_softmax(scores / sympy.sqrt(q.cols))
