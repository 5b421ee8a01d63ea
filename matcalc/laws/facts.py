"""Identities that hold by declared facts, and those of square factors.

A pattern variable with a fact stands only for what is known to have it, so a row is its own guard.
"""

from functools import partial
from itertools import pairwise
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims, same
from matcalc.facts import holds
from matcalc.laws.theme import Theme
from matcalc.node import Node
from matcalc.operators.algebra import Product, Transpose, inv
from matcalc.operators.constants import Identity, identity, ones
from matcalc.operators.determinant import Det, LogDet, det, logdet
from matcalc.operators.diagonal import diag
from matcalc.operators.elementwise import elementwise
from matcalc.operators.functions import relu, step
from matcalc.operators.leaves import column, matrix
from matcalc.operators.scalars import total
from matcalc.rewrite import Law

m, n = dims("m n")
A, B = matrix("A", n, n), matrix("B", n, n)
S, T = matrix("S", n, n, "symmetric"), matrix("T", n, n, "skew")
Q = matrix("Q", n, n, "orthogonal")
C, D = matrix("C", n, n, "positive definite"), matrix("D", n, n, "positive definite")
P, v, p = matrix("P", m, n, "positive"), column("v", n), column("p", n, "probability")


def square_factors(a: Any) -> tuple[Node, Node] | None:
    """The first square factor of a product and the product of the others, all square."""
    if not isinstance(a, Product) or not all(same(f.rows, a.rows) for f in a.operands):
        return None
    return a.operands[0], Product(*a.operands[1:])


def beside_its_transpose(place: int, x: Product) -> Any:
    """QᵀQ = I, and QQᵀ = I, for neighbours; ``place`` is that of Q."""
    for i, pair in enumerate(pairwise(x.operands)):
        q, turned = pair[place], pair[1 - place]
        if isinstance(turned, Transpose) and turned.operands[0] is q and holds("orthogonal", q):
            return Product(*x.operands[:i], Identity(q.rows), *x.operands[i + 2 :])
    return x


def inverse_of_product(x: Any) -> Any:
    """(A B ⋯)⁻¹ = ⋯ B⁻¹ A⁻¹ for square factors, which are invertible if the product is."""
    a = x.operands[0]
    if square_factors(a) is None:
        return x
    return Product(*(inv(factor) for factor in reversed(a.operands)))


def determinant_of_product(x: Any) -> Any:
    """det(A B ⋯) = det(A) det(B ⋯) for square factors."""
    found = square_factors(x.operands[0])
    return x if found is None else Det(found[0]) * Det(found[1])


def logdet_of_product(x: Any) -> Any:
    """Log det(A B ⋯) = log det A + log det(B ⋯) for positive definite factors."""
    a = x.operands[0]
    found = square_factors(a)
    if found is None or not all(holds("positive definite", factor) for factor in a.operands):
        return x
    return LogDet(found[0]) + LogDet(found[1])


SIMPLEST = (
    Law("a symmetric matrix is its transpose", S.T, S),
    Law("a skew matrix is minus its transpose", T.T, -T),
    Law(
        "an orthogonal matrix inverts its transpose",
        Q.T @ Q,
        identity(n),
        general=partial(beside_its_transpose, 1),
        among=(Transpose,),
    ),
    Law(
        "an orthogonal matrix is inverted by its transpose",
        Q @ Q.T,
        identity(n),
        general=partial(beside_its_transpose, 0),
        among=(Transpose,),
    ),
    Law("inverse of an orthogonal matrix", inv(Q), Q.T),
    Law(
        "inverse of a product of square matrices",
        inv(A @ B),
        inv(B) @ inv(A),
        general=inverse_of_product,
    ),
    Law("inverse of a diagonal matrix", inv(diag(v)), diag(v**-1)),
    Law("determinant of a product", det(A @ B), det(A) * det(B), general=determinant_of_product),
    Law("log det of a product", logdet(C @ D), logdet(C) + logdet(D), general=logdet_of_product),
    Law("probabilities sum to one", ones(1, n) @ p, ones(1, 1)),
    Law("the sum of probabilities", total(p), Integer(1)),
    Law("relu of positive entries", elementwise(relu, P), P),
    Law("step of positive entries", elementwise(step, P), ones(m, n)),
)
"""Laws that a declared fact, or the shape of the factors, allows."""

FACTS = Theme(simplest=SIMPLEST)
