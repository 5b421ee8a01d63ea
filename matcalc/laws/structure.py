"""Gradients within matrices of a declared structure.

A step of a symmetric S is symmetric, so ⟨G, dS⟩ sees the symmetric part of G alone: the gradient
within the symmetric matrices is (G + Gᵀ)/2 (S. Srinivasan, N. Panda, *What is the gradient of a
scalar function of a symmetric matrix?*, arXiv:1911.06491). The vector of free parameters has
another gradient: with vec S = D vech S it is Dᵀ vec G. Each has its own name, so that neither is
taken for the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr

from matcalc.dimensions import dims
from matcalc.node import Node
from matcalc.operators.algebra import inv
from matcalc.operators.constants import centering, commutation, selector
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.kronecker import unvec, vec
from matcalc.operators.leaves import column, matrix
from matcalc.operators.scalars import d, inner
from matcalc.operators.structure_constants import (
    duplication,
    elimination,
    skew_duplication,
    toeplitz_basis,
    tril,
    triu,
)
from matcalc.rewrite import Law

(n,) = dims("n")
G, g, X = matrix("G", n, n), column("G", n), matrix("X", n, n)


@dataclass(frozen=True)
class Structure:
    """Matrices X with vec X = B t for a vector t of free parameters.

    Attributes
    ----------
    fact : str
        What is declared of such a matrix.
    law : Law
        ⟨G, dX⟩ = ⟨P(G), dX⟩ with P(G) of the structure itself, or tangent to it.
    basis : callable, optional
        B, from the number of rows of X; none where the parameters are not free in a linear space.
    free : str
        What the free parameters are called, from the name of X.
    """

    fact: str
    law: Law
    basis: Callable[[Expr], Node] | None = None
    free: str = ""


def _law(fact: str, within: str, projection: Callable[[Node, Node], Node]) -> Law:
    x = column("X", n, fact) if fact == "probability" else matrix("X", n, n, fact)
    cotangent = g if fact == "probability" else G
    name = f"gradient within the {within}"
    return Law(name, inner(cotangent, d(x)), inner(projection(cotangent, x), d(x)))


def _symmetric(g: Node, x: Node) -> Node:
    return (g + g.T) / 2


def _toeplitz(g: Node, x: Node) -> Node:
    basis = toeplitz_basis(g.rows)
    return unvec(basis @ inv(basis.T @ basis) @ (basis.T @ vec(g)), *g.shape)


def _tangent(g: Node, q: Node) -> Node:
    return g - q @ (q.T @ g + g.T @ q) / 2


def _upper(size: Expr) -> Node:
    return commutation(size, size) @ elimination(size).T


STRUCTURES = (
    Structure("orthogonal", _law("orthogonal", "orthogonal matrices", _tangent)),
    Structure("probability", _law("probability", "probabilities", lambda g, p: centering(n) @ g)),
    Structure(
        "diagonal",
        _law("diagonal", "diagonal matrices", lambda g, x: diag(diagonal(g))),
        selector,
        "diagonal({})",
    ),
    Structure(
        "Toeplitz",
        _law("Toeplitz", "Toeplitz matrices", _toeplitz),
        toeplitz_basis,
        "diagonals({})",
    ),
    Structure(
        "lower triangular",
        _law("lower triangular", "lower triangular matrices", lambda g, x: tril(g)),
        lambda size: elimination(size).T,
        "vech({})",
    ),
    Structure(
        "upper triangular",
        _law("upper triangular", "upper triangular matrices", lambda g, x: triu(g)),
        _upper,
        "vech({}.T)",
    ),
    Structure(
        "skew",
        _law("skew", "skew matrices", lambda g, x: (g - g.T) / 2),
        skew_duplication,
        "strict_vech({})",
    ),
    Structure(
        "symmetric",
        _law("symmetric", "symmetric matrices", _symmetric),
        duplication,
        "vech({})",
    ),
)
"""Every structure a parameter may have; where a matrix has several, the first counts."""
