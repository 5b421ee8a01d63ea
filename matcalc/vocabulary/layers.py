"""Layers of networks that are more than one operator: batch and layer normalisation."""

from typing import Any

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.lines import ALONG, DOWN
from matcalc.node import Node
from matcalc.operators.algebra import need_node
from matcalc.operators.constants import ones
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import Named, Variable, let
from matcalc.operators.shapes import described, is_one
from matcalc.vocabulary.statistics import normalised


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
    return _scaled_and_shifted("batch_norm", z, normalised(DOWN, z, ddof, eps), gamma, beta)


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
    return _scaled_and_shifted("layer_norm", z, normalised(ALONG, z, 0, eps), gamma, beta)


def _scaled_and_shifted(what: str, z: Node, z_tilde: Node, gamma: Node, beta: Node) -> Node:
    for name, parameter in (("gamma", gamma), ("beta", beta)):
        need_node(what, parameter)
        if not is_one(parameter.rows) or not same(parameter.cols, z.cols):
            raise ShapeError(
                f"{what}: {name} must be a row of {z.cols} entries, got {described(parameter)}"
            )
    if isinstance(z, Named | Variable):
        z_tilde = let(f"{z.name}_tilde", z_tilde)
    down = ones(z.rows)
    return kron(gamma, down) * z_tilde + kron(beta, down)
