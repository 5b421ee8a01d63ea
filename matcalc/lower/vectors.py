"""Lowering laws of ⊗, vec, commutation and selector matrices: applied to something, none is formed.

vec is column-major: vec(BXAᵀ) = (A ⊗ B) vec X (Magnus & Neudecker, ch. 2, thm. 2).
"""

from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.lower.broadcasting import UNFORMED
from matcalc.lower.kernels import (
    CommuteRows,
    DiagonalRows,
    KroneckerTimes,
    MatMul,
    RepeatColumns,
    RepeatRows,
)
from matcalc.node import Node, walk
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import (
    Commutation,
    Identity,
    Ones,
    commutation,
    identity,
    selector,
)
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import Map, function
from matcalc.operators.kronecker import (
    ContractLeft,
    ContractRight,
    Kronecker,
    Unvec,
    Vec,
    kron,
    unvec,
    vec,
)
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.scalars import inner
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
A, B, C, F = matrix("A", p, n), matrix("B", q, m), matrix("C", n, k), matrix("F", m, h)
D, E, f = matrix("D", p, n), matrix("E", q, m), function("f")
u, w = column("u", p * q), row("w", m * n)
M, L, S = matrix("M", m * n, k), matrix("L", k, m * n), matrix("S", n * n, k)
x, y, v, r = column("x", m * n), column("y", n * n), column("v", n), row("r", n)


def kronecker_vec(product: MatMul) -> Any:
    """(A ⊗ B) vec X = vec(BXAᵀ)."""
    left, b = product.operands
    if not isinstance(left, Kronecker) or not is_one(b.cols):
        return product
    first, rest = left.operands[0], Kronecker(*left.operands[1:])
    return Vec(Product(rest, Unvec(b, rest.cols, first.cols), Transpose(first)))


def kronecker_times(product: MatMul) -> Any:
    """(A ⊗ B)M, column by column as for a vec."""
    left, b = product.operands
    if not isinstance(left, Kronecker):
        return product
    return KroneckerTimes(left.operands[0], Kronecker(*left.operands[1:]), b)


def times_kronecker(product: MatMul) -> Any:
    """L(A ⊗ B) = ((Aᵀ ⊗ Bᵀ)Lᵀ)ᵀ."""
    b, right = product.operands
    if not isinstance(right, Kronecker):
        return product
    turned = Kronecker(*(Transpose(factor) for factor in right.operands))
    return Transpose(MatMul(turned, Transpose(b)))


def times_symmetrizing(product: MatMul) -> Any:
    """L(K + I) = LK + L, by reordering columns."""
    b, right = product.operands
    terms = [split_scale(term) for term in right.operands] if isinstance(right, Add) else []
    if not terms or not all(isinstance(t, Commutation | Identity) for _, t in terms):
        return product
    return Add(*(Scale(c, MatMul(b, t) if isinstance(t, Commutation) else b) for c, t in terms))


def is_unformed(a: Any) -> bool:
    """Whether a matrix is built from such as are never formed."""
    return any(isinstance(part, (*UNFORMED, Inverse)) for part in walk(a, _built_from))


def _built_from(a: Any) -> tuple[Any, ...]:
    built = isinstance(a, Scale | Product | Transpose | Add)
    return tuple(o for o in a.operands if isinstance(o, Node)) if built else ()


def distribute(x: Product) -> Any:
    """(P + Q)v = Pv + Qv, so that neither P nor Q is formed."""
    if not (is_one(x.rows) or is_one(x.cols)):
        return x
    for i, factor in enumerate(x.operands):
        if isinstance(factor, Add) and is_unformed(factor):
            before, after = x.operands[:i], x.operands[i + 1 :]
            return Add(*(Product(*before, term, *after) for term in factor.operands))
    return x


def vec_out(x: Any) -> Any:
    """vec(A) + vec(C) = vec(A + C), and the same for ⊙."""
    parts = [split_scale(operand) for operand in x.operands]
    matrices = [b.operands[0] for _, b in parts if isinstance(b, Vec)]
    if len(matrices) < len(parts) or len({a.shape for a in matrices}) > 1:
        return x
    return Vec(type(x)(*(Scale(c, b.operands[0]) for c, b in parts)))


def vec_out_of_function(x: Map) -> Any:
    """f(vec A) = vec f(A)."""
    g, b = x.operands
    return Vec(Map(g, b.operands[0])) if isinstance(b, Vec) else x


def outer_factors(g: Any) -> tuple[Node, Node] | None:
    """Column and row that a matrix is the product of."""
    if isinstance(g, RepeatRows):
        return Ones(g.rows, Integer(1)), g.line
    if isinstance(g, RepeatColumns):
        return g.line, Ones(Integer(1), g.cols)
    return g.operands if isinstance(g, MatMul) and is_one(g.operands[0].cols) else None


def sum_blocks_right(x: ContractRight) -> Any:
    """The contraction of x zᵀ with B is XᵀBZ, where x = vec X and z = vec Z."""
    b, found = x.operands[1], outer_factors(x.operands[0])
    if found is None:
        return x
    left, right = Unvec(found[0], b.rows, x.rows), Transpose(found[1])
    return Product(Transpose(left), b, Unvec(right, b.cols, x.cols))


def sum_blocks_left(x: ContractLeft) -> Any:
    """The contraction of x zᵀ with A is XAZᵀ, where x = vec X and z = vec Z."""
    a, found = x.operands[1], outer_factors(x.operands[0])
    if found is None:
        return x
    left, right = Unvec(found[0], x.rows, a.rows), Transpose(found[1])
    return Product(left, a, Transpose(Unvec(right, x.cols, a.cols)))


MIXED = (
    Law(
        "(P + Q) v = P v + Q v",
        (kron(A, B) + kron(D, B)) @ x,
        kron(A, B) @ x + kron(D, B) @ x,
        general=distribute,
        among=(Add,),
    ),
    Law("(A ⊗ B)(C ⊗ F) = AC ⊗ BF", kron(A, B) @ kron(C, F), kron(A @ C, B @ F)),
)
"""What is used before its operands are lowered."""

VECTORS_FIRST = (
    Law(
        "(A ⊗ B) vec X = vec(B X Aᵀ)",
        MatMul(kron(A, B), x),
        vec(B @ unvec(x, m, n) @ A.T),
        general=kronecker_vec,
        among=(Kronecker,),
    ),
    Law("K vec X = vec Xᵀ", MatMul(commutation(m, n), x), vec(unvec(x, m, n).T)),
    Law("K M reorders rows", MatMul(commutation(m, n), M), CommuteRows(M, m, n)),
    Law("L K reorders columns", MatMul(L, commutation(n, m)), CommuteRows(L.T, m, n).T),
    Law(
        "L (K + I) = L K + L",
        MatMul(L, commutation(n, m) + identity(m * n)),
        MatMul(L, commutation(n, m)) + L,
        general=times_symmetrizing,
        among=(Add,),
    ),
)
"""What is used before identities in ⊗ are looked at."""

VECTORS = (
    Law(
        "(A ⊗ B) M without A ⊗ B",
        MatMul(kron(A, B), M),
        KroneckerTimes(A, B, M),
        general=kronecker_times,
        among=(Kronecker,),
    ),
    Law(
        "L (A ⊗ B) = ((Aᵀ ⊗ Bᵀ) Lᵀ)ᵀ",
        MatMul(L, kron(C, F)),
        MatMul(kron(C.T, F.T), L.T).T,
        general=times_kronecker,
        among=(Kronecker,),
    ),
    Law("⟨P ⊗ B, Q ⊗ E⟩", inner(kron(A, B), kron(D, E)), inner(A, D) * inner(B, E)),
    Law("right block sum of ⊗", ContractRight(kron(A, B), E), inner(B, E) * A),
    Law("left block sum of ⊗", ContractLeft(kron(A, B), D), inner(A, D) * B),
    Law(
        "right block sum of an outer product",
        ContractRight(MatMul(u, w), B),
        unvec(u, q, p).T @ B @ unvec(w.T, m, n),
        general=sum_blocks_right,
    ),
    Law(
        "left block sum of an outer product",
        ContractLeft(MatMul(u, w), A),
        unvec(u, q, p) @ A @ unvec(w.T, m, n).T,
        general=sum_blocks_left,
    ),
    Law("(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ", kron(A, B).T, kron(A.T, B.T)),
    Law("Kᵀ vec S = diagonal S", MatMul(selector(n).T, y), diagonal(unvec(y, n, n))),
    Law("Kᵀ S picks rows", MatMul(selector(n).T, S), DiagonalRows(S, n)),
    Law("Sᵀ K picks columns", MatMul(S.T, selector(n)), DiagonalRows(S, n).T),
    Law(
        "L K picks columns",
        MatMul(matrix("L", k, n * n), selector(n)),
        DiagonalRows(matrix("L", k, n * n).T, n).T,
    ),
    Law(
        "vec A + vec C = vec(A + C)",
        vec(A) + vec(D),
        vec(A + D),
        general=vec_out,
        among=(Vec, Scale),
    ),
    Law("vec A ⊙ vec C = vec(A ⊙ C)", vec(A) * vec(D), vec(A * D), general=vec_out, among=(Vec,)),
    Law("f(vec A) = vec f(A)", f(vec(A)), vec(f(A)), general=vec_out_of_function, among=(Vec,)),
    Law("vec r = rᵀ", vec(r), r.T),
    Law("K v = vec diag(v)", MatMul(selector(n), v), vec(diag(v))),
)
"""Products with ⊗, commutation and selector matrices."""
