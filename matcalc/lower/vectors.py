"""Lowering laws of ⊗, vec, commutation and selector matrices: applied to something, none is formed.

vec is column-major: vec(BXAᵀ) = (A ⊗ B) vec X (Magnus & Neudecker, ch. 2, thm. 2).
"""

from typing import Any

from matcalc.dimensions import dims
from matcalc.lower.kernels import CommuteRows, DiagonalRows, KroneckerTimes, MatMul
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.kronecker import Kronecker, Unvec, Vec, kron, unvec, vec
from matcalc.operators.leaves import column, commutation, matrix, selector
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
A, B, C, F = matrix("A", p, n), matrix("B", q, m), matrix("C", n, k), matrix("F", m, h)
M, L, S = matrix("M", m * n, k), matrix("L", k, m * n), matrix("S", n * n, k)
x, y, v = column("x", m * n), column("y", n * n), column("v", n)


def kronecker_times(product: MatMul) -> Any:
    """(A ⊗ B) vec X = vec(BXAᵀ), and column by column for a matrix."""
    left, b = product.operands
    if not isinstance(left, Kronecker):
        return product
    first, rest = left.operands[0], Kronecker(*left.operands[1:])
    if not is_one(b.cols):
        return KroneckerTimes(first, rest, b)
    return Vec(Product(rest, Unvec(b, rest.cols, first.cols), Transpose(first)))


def times_kronecker(product: MatMul) -> Any:
    """L(A ⊗ B) = ((Aᵀ ⊗ Bᵀ)Lᵀ)ᵀ."""
    b, right = product.operands
    if not isinstance(right, Kronecker):
        return product
    turned = Kronecker(*(Transpose(factor) for factor in right.operands))
    return Transpose(MatMul(turned, Transpose(b)))


MIXED = (Law("(A ⊗ B)(C ⊗ F) = AC ⊗ BF", kron(A, B) @ kron(C, F), kron(A @ C, B @ F)),)
"""What is used before its operands are lowered."""

VECTORS = (
    Law(
        "(A ⊗ B) vec X = vec(B X Aᵀ)",
        MatMul(kron(A, B), x),
        vec(B @ unvec(x, m, n) @ A.T),
        general=kronecker_times,
    ),
    Law(
        "L (A ⊗ B) = ((Aᵀ ⊗ Bᵀ) Lᵀ)ᵀ",
        MatMul(L, kron(C, F)),
        MatMul(kron(C.T, F.T), L.T).T,
        general=times_kronecker,
    ),
    Law("(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ", kron(A, B).T, kron(A.T, B.T)),
    Law("K vec X = vec Xᵀ", MatMul(commutation(m, n), x), vec(unvec(x, m, n).T)),
    Law("K M reorders rows", MatMul(commutation(m, n), M), CommuteRows(M, m, n)),
    Law("L K reorders columns", MatMul(L, commutation(n, m)), CommuteRows(L.T, m, n).T),
    Law("Kᵀ vec S = diagonal S", MatMul(selector(n).T, y), diagonal(unvec(y, n, n))),
    Law("Kᵀ S picks rows", MatMul(selector(n).T, S), DiagonalRows(S, n)),
    Law("Sᵀ K picks columns", MatMul(S.T, selector(n)), DiagonalRows(S, n).T),
    Law("L K picks columns", MatMul(matrix("L", k, n * n), selector(n)),
        DiagonalRows(matrix("L", k, n * n).T, n).T),
    Law("K v = vec diag(v)", MatMul(selector(n), v), vec(diag(v))),
)
"""Products with ⊗, commutation and selector matrices."""
