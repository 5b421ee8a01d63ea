"""Transposes moved to the leaves, inverses cancelled, ⊗ and vec multiplied out, diagonals."""

from typing import Any

from matcalc.dimensions import dims
from matcalc.operators.algebra import Add, Product, Transpose, inv
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import Hadamard, function
from matcalc.operators.kronecker import ContractLeft, ContractRight, kron, unvec, vec
from matcalc.operators.leaves import (
    column,
    commutation,
    identity,
    matrix,
    ones,
    row,
    selector,
)
from matcalc.rewrite import Law

m, n, p, q, k = dims("m n p q k")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, p)
E, F, S = matrix("E", p, q), matrix("F", q, k), matrix("S", n, n)
v, w, r, c = column("v", n), column("w", n), row("r", n), column("c", m)
f = function("f")


def transpose_product(x: Transpose) -> Any:
    """(A B ⋯)ᵀ = ⋯ Bᵀ Aᵀ."""
    a = x.operands[0]
    if not isinstance(a, Product):
        return x
    return Product(*(Transpose(factor) for factor in reversed(a.operands)))


def transpose_terms(x: Transpose) -> Any:
    """Transpose of every operand of a sum or a ⊙-product."""
    a = x.operands[0]
    if not isinstance(a, Add | Hadamard):
        return x
    return type(a)(*(Transpose(operand) for operand in a.operands))


TRANSPOSES = (
    Law("transpose of a product", (A @ C).T, C.T @ A.T, general=transpose_product),
    Law("transpose of a sum", (A + B).T, A.T + B.T, general=transpose_terms),
    Law("transpose of ⊙", (A * B).T, A.T * B.T),
    Law("transpose of an elementwise function", f(A).T, f(A.T)),
    Law("transpose of ⊗", kron(A, E).T, kron(A.T, E.T)),
    Law("transpose of an inverse", inv(S).T, inv(S.T)),
    Law("transpose of a diagonal matrix", diag(v).T, diag(v)),
)
"""Transposes pushed inwards."""

PRODUCTS = (
    Law("a matrix cancels its inverse", S @ inv(S), identity(n)),
    Law("an inverse cancels its matrix", inv(S) @ S, identity(n)),
    Law("diagonal matrices multiply", diag(v) @ diag(w), diag(v * w)),
    Law("diagonal of a product", diagonal(A @ matrix("D", n, m)), (A * matrix("D", n, m).T) @ ones(n)),
)
"""Inverses and diagonal matrices in products."""

KRONECKER = (
    Law(
        "mixed product",
        kron(A, E) @ kron(C, F),
        kron(A @ C, E @ F),
    ),
    Law("inverse of ⊗", inv(kron(S, matrix("R", q, q))), kron(inv(S), inv(matrix("R", q, q)))),
    Law("commutation twice", commutation(m, n) @ commutation(n, m), identity(m * n)),
    Law("commutation of a vec", commutation(m, n) @ vec(A), vec(A.T)),
    Law("vec of a row", vec(r), r.T),
    Law("vec of a triple product", kron(matrix("D", q, n), matrix("H", p, m)) @ vec(A),
        vec(matrix("H", p, m) @ A @ matrix("D", q, n).T)),
    Law("selector of a vec", selector(n).T @ vec(S), diagonal(S)),
    Law("selector of a vector", selector(n) @ v, vec(diag(v))),
    Law("left block sum with a row", ContractLeft(A, r), A @ r.T),
    Law("left block sum with a column", ContractLeft(A, c), c.T @ A),
    Law("right block sum with a row", ContractRight(A, r), A @ r.T),
    Law("right block sum with a column", ContractRight(A, c), c.T @ A),
    Law("unvec of a sum of vecs", unvec(vec(A) + vec(B), m, n), A + B),
)
"""⊗, vec, commutation and selector matrices multiplied out."""

DIAGONAL_AS_SCALING = (
    Law("a diagonal matrix on the left scales rows", diag(matrix("v", m, 1)) @ A,
        (matrix("v", m, 1) @ ones(1, n)) * A),
    Law("a diagonal matrix on the right scales columns", A @ diag(v), A * (ones(m) @ v.T)),
)
"""diag(·) as ⊙ with a repeated vector; not in the simplest form, where diag may stay."""
