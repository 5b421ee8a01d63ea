"""Transposes moved to the leaves, inverses cancelled, ⊗ and vec multiplied out, diagonals."""

from typing import Any

from matcalc.dimensions import dims
from matcalc.facts import mirror, transposes_in
from matcalc.monomials import merged
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, inv, split_scale
from matcalc.operators.constants import commutation, identity, ones, selector
from matcalc.operators.diagonal import Diag, diag, diagonal
from matcalc.operators.elementwise import Hadamard, function
from matcalc.operators.kronecker import ContractLeft, ContractRight, kron, unvec, vec
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.scalars import trace
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, k)
D, E, F = matrix("D", n, m), matrix("E", p, q), matrix("F", q, h)
G, H = matrix("G", q, n), matrix("H", p, m)
S, R = matrix("S", n, n), matrix("R", q, q)
v, w, r, c = column("v", n), column("w", n), row("r", n), column("c", m)
f = function("f")


def transpose_product(x: Transpose) -> Any:
    """(A B ⋯)ᵀ = ⋯ Bᵀ Aᵀ."""
    a = x.operands[0]
    if not isinstance(a, Product):
        return x
    return Product(*(Transpose(factor) for factor in reversed(a.operands)))


def transpose_terms(x: Transpose) -> Any:
    """Transpose every operand of a sum or a ⊙-product where that leaves fewer transposes."""
    a = x.operands[0]
    if not isinstance(a, Add | Hadamard) or transposes_in(mirror(a)) > transposes_in(a):
        return x
    return mirror(a)


def collect_transposes(x: Add | Hadamard) -> Any:
    """Aᵀ + Bᵀ = (A + B)ᵀ, and so for ⊙, where transposes get fewer and multiples no more."""
    count = transposes_in(x)
    if count < 2 or transposes_in(mirror(x)) + 1 >= count:
        return x
    turned = mirror(x)
    return Transpose(turned) if _multiples(turned) <= _multiples(x) else x


def _multiples(x: Node) -> int:
    return sum(split_scale(term)[0] not in (1, -1) for term in x.operands)


def add_diagonals(x: Add) -> Any:
    """diag(u) + diag(v) = diag(u + v), for any number of terms and with coefficients."""
    return merged(x, lambda a: a.operands[0] if isinstance(a, Diag) else None, Diag)


TRANSPOSES = (
    Law("transpose of a product", (A @ C).T, C.T @ A.T, general=transpose_product),
    Law("transpose of a sum", (A + D.T).T, A.T + D, general=transpose_terms),
    Law("sum of transposes", A.T + B.T, (A + B).T, general=collect_transposes),
    Law("⊙ of transposes", A.T * B.T, (A * B).T, general=collect_transposes),
    Law("function of a transpose", f(A.T), f(A).T),
    Law("inverse of a transpose", inv(S.T), inv(S).T),
    Law("transpose of ⊗", kron(A, E).T, kron(A.T, E.T)),
    Law("transpose of a diagonal matrix", diag(v).T, diag(v)),
)
"""Transposes moved through products to the factors, and out of functions, sums and ⊙: a matrix and
its transpose share all their work."""

PRODUCTS = (
    Law(
        "diagonal matrices add",
        diag(v) + diag(w),
        diag(v + w),
        general=add_diagonals,
        among=(Diag, Scale),
    ),
    Law("diagonal matrices multiply", diag(v) @ diag(w), diag(v * w)),
    Law("diagonal of a transpose", diagonal(S.T), diagonal(S)),
    Law("diagonal of an outer product", diagonal(v @ r), v * r.T),
    Law("a repeated row passes out of a diagonal", diagonal(S * (ones(n) @ r)), diagonal(S) * r.T),
)
"""Diagonal matrices in products."""

KRONECKER = (
    Law("mixed product", kron(A, E) @ kron(C, F), kron(A @ C, E @ F)),
    Law("inverse of ⊗", inv(kron(S, R)), kron(inv(S), inv(R))),
    Law("commutation twice", commutation(m, n) @ commutation(n, m), identity(m * n)),
    Law("commutation of a vec", commutation(m, n) @ vec(A), vec(A.T)),
    Law("vec of a row", vec(r), r.T),
    Law("vec of a triple product", kron(G, H) @ vec(A), vec(H @ A @ G.T)),
    Law("selector of a vec", selector(n).T @ vec(S), diagonal(S)),
    Law("selector of a vector", selector(n) @ v, vec(diag(v))),
    Law("left block sum with a row", ContractLeft(A, r), A @ r.T),
    Law("left block sum with a column", ContractLeft(A, c), c.T @ A),
    Law("right block sum with a row", ContractRight(A, r), A @ r.T),
    Law("right block sum with a column", ContractRight(A, c), c.T @ A),
    Law(
        "right block sum of an identity",
        ContractRight(identity(q * n), S),
        trace(S) * identity(q),
    ),
    Law(
        "left block sum of an identity",
        ContractLeft(identity(n * q), S),
        trace(S) * identity(q),
    ),
    Law("unvec of a sum of vecs", unvec(vec(A) + vec(B), m, n), A + B),
)
"""⊗, vec, commutation and selector matrices multiplied out."""

DIAGONAL_AS_SCALING = (
    Law("a diagonal matrix scales rows", diag(c) @ A, (c @ ones(1, n)) * A),
    Law("a diagonal matrix scales columns", A @ diag(v), A * (ones(m) @ v.T)),
    Law("diagonal of a product", diagonal(A @ D), (A * D.T) @ ones(n)),
)
"""diag(·) and diagonal(·) as ⊙; not in the simplest form, where both may stay."""
