"""Matrix functions as linear maps of their M_i: differentials, transposes, matrices.

F(A_0, M_1, A_1, …) is linear in every M_i. ⟨G, F(A, X, B)⟩ = ⟨F(Aᵀ, G, Bᵀ), X⟩, and
vec F(A, X, B) = F(Bᵀ ⊗ I, I, I ⊗ A) vec X, since Bᵀ ⊗ I and I ⊗ A commute; for more blocks the
same, in a cycle. A row shows three blocks and a power; the function beside it does the rest.
"""

from itertools import pairwise
from typing import Any

from sympy import Expr

from matcalc.dimensions import dims, times
from matcalc.laws.differentials import rule
from matcalc.laws.matrix_powers import law
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Constant, Identity, Zero, identity
from matcalc.operators.kronecker import Kronecker, Vec, kron, vec
from matcalc.operators.leaves import matrix
from matcalc.operators.matrix_functions import MatrixFunction, power_sum
from matcalc.operators.scalars import Inner, d, inner

k, m, n = dims("k m n")
A, M, B = matrix("A", m, m), matrix("M", m, n), matrix("B", n, n)
X, G = matrix("X", m, n), matrix("G", m, n)

Blocks = tuple[Node, ...]


def differential(x: Any) -> Any:
    """A_i, dA_i, A_i in the place of A_i, and dM_i in that of M_i, summed over the places."""
    f, *blocks = x.operands[0].operands
    terms: list[Node] = [Zero(*x.operands[0].shape)]
    for i, block in enumerate(blocks):
        if not isinstance(block, Constant):
            inserted = (d(block),) if i % 2 else (block, d(block), block)
            terms.append(MatrixFunction(f, *blocks[:i], *inserted, *blocks[i + 1 :]))
    return Add(*terms)


def varying_place(blocks: tuple[Node, ...]) -> int | None:
    """The place of the one block that carries the differential, if that is an M_i."""
    found = [i for i, block in enumerate(blocks) if block.varies]
    return found[0] if len(found) == 1 and found[0] % 2 else None


def transposed(x: Inner) -> Any:
    """Transpose F(A_0, M_1, …, X, …, A_n): from A_{i−1}ᵀ down to A_0ᵀ, G, A_nᵀ down to A_iᵀ."""
    g, a = x.operands
    place = varying_place(a.blocks) if isinstance(a, MatrixFunction) else None
    if place is None:
        return x
    before, after = a.blocks[:place], a.blocks[place + 1 :]
    left, right = ([Transpose(b) for b in reversed(part)] for part in (before, after))
    return Inner(MatrixFunction(a.f, *left, g, *right), a.blocks[place])


def vectorised(x: Any) -> Any:
    """vec F(A_0, …, X, …, A_n) = F(A_nᵀ ⊗ I, …, A_iᵀ ⊗ I, I, I ⊗ A_0, …, I ⊗ A_{i−1}) vec X."""
    a = x.operands[0] if isinstance(x, Vec) else x
    place = varying_place(a.blocks) if isinstance(a, MatrixFunction) else None
    if place is None:
        return x
    m = as_matrix(a.f, a.blocks[:place], a.blocks[place + 1 :])
    return Product(m, Vec(a.blocks[place]))


def as_matrix(f: Expr, before: Blocks, after: Blocks) -> Node:
    """The matrix of X ↦ F(A_0, …, A_{i−1}, X, A_i, …, A_n) between vecs."""
    rows, cols = before[0].rows, after[0].rows
    outer = [Kronecker(Transpose(b), Identity(rows)) for b in reversed(after)]
    inside = [Kronecker(Identity(cols), b) for b in before]
    node: Node = MatrixFunction(f, *outer, Identity(times(cols, rows)), *inside)
    return node


def applied_to_vec(x: Product) -> Any:
    """F(B ⊗ I, I, I ⊗ A) vec M = vec F(A, M, Bᵀ), and so for the matrices of longer maps."""
    for i, (left, right) in enumerate(pairwise(x.operands)):
        found = _map_of(left) if isinstance(right, Vec) else None
        if found is not None and isinstance(left, MatrixFunction):
            before, after = found
            moved = Vec(MatrixFunction(left.f, *before, right.operands[0], *after))
            return Product(*x.operands[:i], moved, *x.operands[i + 2 :])
    return x


def _map_of(x: Node) -> tuple[Blocks, Blocks] | None:
    """A_0, …, A_{i−1} and A_i, …, A_n where this is the matrix of X ↦ F(…, A_{i−1}, X, A_i, …)."""
    for i in range(1, len(x.blocks) if isinstance(x, MatrixFunction) else 0, 2):
        after = [_beside_identity(b, 1) for b in reversed(x.blocks[:i])]
        before = [_beside_identity(b, 0) for b in x.blocks[i + 1 :]]
        found = [b for b in (*before, *after) if b is not None]
        if len(found) == len(x.blocks) - 1:
            parts = tuple(found[: len(before)]), tuple(map(Transpose, found[len(before) :]))
            if as_matrix(x.f, *parts) is x:
                return parts
    return None


def _beside_identity(x: Node, place: int) -> Node | None:
    """A where this is A ⊗ I, or I ⊗ A, with the identity at that place."""
    c, a = split_scale(x)
    if not (isinstance(a, Kronecker) and len(a.operands) == 2):
        return None
    return Scale(c, a.operands[1 - place]) if isinstance(a.operands[place], Identity) else None


DIFFERENTIAL = rule(
    "differential of a matrix function",
    MatrixFunction,
    d(power_sum(k, A, M, B)),
    power_sum(k, A, d(A), A, M, B) + power_sum(k, A, d(M), B) + power_sum(k, A, M, B, d(B), B),
    differential,
)
TRANSPOSITION = law(
    "transposition of a matrix function",
    inner(G, power_sum(k, A, X, B)),
    inner(power_sum(k, A.T, G, B.T), X),
    transposed,
    Inner,
)
VECTORISATION = law(
    "vec of a matrix function",
    vec(power_sum(k, A, X, B)),
    power_sum(k, kron(B.T, identity(m)), identity(m * n), kron(identity(n), A)) @ vec(X),
    vectorised,
    Vec,
    MatrixFunction,
)
APPLIED = law(
    "derivative of a matrix function applied to a vec",
    power_sum(k, kron(B, identity(m)), identity(m * n), kron(identity(n), A)) @ vec(M),
    vec(power_sum(k, A, M, B.T)),
    applied_to_vec,
)
