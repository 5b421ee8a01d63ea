"""Laws for a structured matrix that is applied, inverted, or of which the diagonal is wanted.

A sum or product that acts on M is never formed: its terms and factors act one after another.
"""

from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.lower.blocks import identity_first, identity_last
from matcalc.lower.kernels import MatMul
from matcalc.lower.reductions import DIAGONAL_OF_KRONECKER, DIAGONAL_OF_SUM
from matcalc.lower.vectors import is_unformed
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose
from matcalc.operators.constants import Identity, Ones, identity, ones
from matcalc.operators.diagonal import Diag, Diagonal, diag, diagonal
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import column, matrix, scalar
from matcalc.rewrite import Law, Table

m, n, k, h = dims("m n k h")
A, B, C, D = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("D", n, m)
M, L, S, R = matrix("M", k, h), matrix("L", n, h), matrix("S", n, n), matrix("R", k, k)
U, W = matrix("U", n, k), matrix("W", k, n)
a, u, v = scalar("a"), column("u", n), column("v", n)
x, y = column("x", n), column("y", n * k)


def sum_applied(product: MatMul) -> Any:
    """(A + C)L = AL + CL."""
    left, right = product.operands
    if not isinstance(left, Add):
        return product
    return Add(*(MatMul(term, right) for term in left.operands))


def factors_applied(product: MatMul) -> Any:
    """(AB)M = A(BM)."""
    left, right = product.operands
    if not isinstance(left, Product):
        return product
    for factor in reversed(left.operands):
        right = MatMul(factor, right)
    return right


def scale_applied(product: MatMul) -> Any:
    """(aA)L = a(AL)."""
    left, right = product.operands
    if not isinstance(left, Scale):
        return product
    return Scale(left.operands[0], MatMul(left.operands[1], right))


def sum_turned(t: Transpose) -> Any:
    """(A + C)ᵀ = Aᵀ + Cᵀ."""
    inner = t.operands[0]
    return Add(*map(Transpose, inner.operands)) if isinstance(inner, Add) else t


def product_turned(t: Transpose) -> Any:
    """(AB)ᵀ = BᵀAᵀ."""
    inner = t.operands[0]
    if not isinstance(inner, Product):
        return t
    return Product(*map(Transpose, reversed(inner.operands)))


APPLIED = Table(
    "application",
    (
        Law(
            "a sum acts term by term",
            MatMul(A + C, L),
            MatMul(A, L) + MatMul(C, L),
            general=sum_applied,
        ),
        Law(
            "a product acts factor by factor",
            MatMul(A @ B, M),
            MatMul(A, MatMul(B, M)),
            general=factors_applied,
        ),
        Law("a multiple acts", MatMul(a * A, L), a * MatMul(A, L), general=scale_applied),
        Law("a transposed sum acts", (A + C).T, A.T + C.T, general=sum_turned),
        Law("a transposed product acts", (A @ B).T, B.T @ A.T, general=product_turned),
    ),
)
"""What acts on a matrix, from the right to the left."""


def open_sums(product: Product) -> Any:
    """A(P + Q)B = APB + AQB, where P and Q are never formed."""
    for i, factor in enumerate(product.operands):
        if isinstance(factor, Add) and is_unformed(factor):
            before, after = product.operands[:i], product.operands[i + 1 :]
            return Add(*(Product(*before, term, *after) for term in factor.operands))
    return product


def diagonal_of_scaled(d: Diagonal) -> Any:
    """diagonal(P diag(v) Q) = (P ⊙ Qᵀ)v."""
    inner = d.operands[0]
    factors = inner.operands if isinstance(inner, Product) else ()
    if len(factors) != 3 or not isinstance(factors[1], Diag):
        return d
    left, middle, right = factors
    return Product(_entrywise(left, right), middle.operands[0])


def _entrywise(left: Node, right: Node) -> Node:
    """P ⊙ Qᵀ, within I ⊗ P and I ⊗ Q, or P ⊗ I and Q ⊗ I, where they are of that form."""
    p, q = identity_first(left), identity_first(right)
    if p and q and p[0] == q[0]:
        return Kronecker(Identity(p[0]), Hadamard(p[1], Transpose(q[1])))
    r, s = identity_last(left), identity_last(right)
    if r and s and r[1] == s[1]:
        return Kronecker(Hadamard(r[0], Transpose(s[0])), Identity(r[1]))
    return Hadamard(left, Transpose(right))


def diagonal_of_sandwich(d: Diagonal) -> Any:
    """The blocks of (I ⊗ P) M (I ⊗ Q) on the diagonal need only those of M there."""
    inner = d.operands[0]
    factors = inner.operands if isinstance(inner, Product) else ()
    if len(factors) < 3 or identity_first(factors[0]) is None:
        return d
    middle = factors[1:-1]
    spread = [f for f in middle if identity_last(f) is not None]
    others = [f for f in middle if identity_last(f) is None]
    if len(spread) != 1 or not all(isinstance(f, Diag) for f in others):
        return d
    found = identity_last(spread[0])
    if found is None or identity_first(factors[-1]) is None or found[0].rows != found[0].cols:
        return d
    weights = Kronecker(Diagonal(found[0]), Ones(found[1], Integer(1)))
    inside = Hadamard(weights, *(f.operands[0] for f in others))
    return Diagonal(Product(factors[0], Diag(inside), factors[-1]))


ON_DIAGONAL = Table(
    "diagonal",
    (
        Law(
            "a sum between factors is opened",
            A @ (diag(x) + S @ diag(v)) @ B,
            A @ diag(x) @ B + A @ S @ diag(v) @ B,
            general=open_sums,
        ),
        DIAGONAL_OF_SUM,
        DIAGONAL_OF_KRONECKER,
        Law(
            "diagonal(P diag(v) Q) = (P ⊙ Qᵀ) v",
            diagonal(W @ diag(v) @ U),
            (W * U.T) @ v,
            general=diagonal_of_scaled,
        ),
        Law(
            "diagonal blocks between I ⊗ P and I ⊗ Q",
            diagonal(kron(identity(k), W) @ diag(y) @ kron(R, identity(n)) @ kron(identity(k), U)),
            diagonal(
                kron(identity(k), W) @ diag(y * kron(diagonal(R), ones(n))) @ kron(identity(k), U)
            ),
            general=diagonal_of_sandwich,
        ),
    ),
)
"""Diagonals of what is not formed."""
