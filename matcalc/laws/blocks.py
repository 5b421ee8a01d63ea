"""Matrices made of blocks: differentials, adjoints and elementwise operations block by block."""

from collections.abc import Callable
from functools import partial
from typing import Any

from matcalc.dimensions import dims, times
from matcalc.facts import holds
from matcalc.laws.block_products import BLOCK_PRODUCTS
from matcalc.laws.differentials import rule
from matcalc.laws.theme import Theme
from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, inv, split_scale
from matcalc.operators.blocks import HStack, Stack, VStack, block_diag, grid, hstack, vstack
from matcalc.operators.constants import Identity, Zero, identity
from matcalc.operators.determinant import Det, LogDet, det, logdet
from matcalc.operators.elementwise import Map, function
from matcalc.operators.kronecker import Kronecker, Vec, kron, vec
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import Inner, d, inner
from matcalc.operators.segments import Segment
from matcalc.operators.selection import segment
from matcalc.rewrite import Law

m, n, p, q = dims("m n p q")
A, B, C = matrix("A", m, n), matrix("B", m, p), matrix("C", q, n)
V, W = matrix("V", m, n), matrix("W", m, p)
X, Y, Z = matrix("X", m, n), matrix("Y", m, p), matrix("Y", q, n)
S, R, G, H = matrix("S", n, n), matrix("R", p, p), matrix("G", m, n + p), matrix("G", m + q, n)
T, U = matrix("T", n, n, "positive definite"), matrix("U", p, p, "positive definite")
f = function("f")

Rewritten = Callable[[Any], Any]


def blockwise(x: Any) -> Any:
    """Differential of every block."""
    stack = x.operands[0]
    return type(stack)(*map(d, stack.operands))


def inner_by_block(kind: type[Stack], x: Any) -> Any:
    """⟨G, [A B]⟩ = ⟨G E_1, A⟩ + ⟨G E_2, B⟩, or with E_1ᵀG for blocks one below the other."""
    g, a = x.operands
    if not isinstance(a, kind):
        return x
    pairs = zip(a.segments, a.operands, strict=True)
    return sum(inner(g @ e if kind is HStack else e.T @ g, b) for e, b in pairs)


def vec_by_block(kind: type[Stack], x: Any) -> Any:
    """vec [A B] = E_1 vec A + E_2 vec B, and vec [A; C] = (I ⊗ E_1) vec A + (I ⊗ E_2) vec C."""
    a = x.operands[0] if isinstance(x, Vec) else x
    if not isinstance(a, kind):
        return x
    if kind is HStack:
        whole = times(a.rows, a.cols)
        places = [Segment(whole, *(times(a.rows, x) for x in e.operands[1:])) for e in a.segments]
    else:
        places = [Kronecker(Identity(a.cols), e) for e in a.segments]
    return Add(*(Product(e, vec(b)) for e, b in zip(places, a.operands, strict=True)))


def transposed_blocks(kind: type[Stack], x: Any) -> Any:
    """[A B]ᵀ = [Aᵀ; Bᵀ], or the other way round."""
    a = x.operands[0]
    turned = VStack if kind is HStack else HStack
    return turned(*map(Transpose, a.operands)) if isinstance(a, kind) else x


def operands_by_block(x: Any) -> Any:
    """[A B] + [V W] = [A + V  B + W], and so for ⊙, for any number of operands cut alike."""
    found: dict[Any, list[Node]] = {}
    for operand in x.operands:
        stack = split_scale(operand)[1]
        if isinstance(stack, Stack):
            cuts = (type(stack), *(b.shape[stack.axis] for b in stack.operands))
            found.setdefault(cuts, []).append(operand)
    for (kind, *_), stacks in found.items():
        if len(stacks) > 1:
            blocks = [[c * b for b in s.operands] for c, s in map(split_scale, stacks)]
            whole = kind(*(type(x)(*column) for column in zip(*blocks, strict=True)))
            return type(x)(whole, *(o for o in x.operands if o not in stacks))
    return x


def function_by_block(kind: type[Stack], x: Map) -> Any:
    """f([A B]) = [f(A) f(B)]."""
    g, a = x.operands
    return kind(*(Map(g, b) for b in a.operands)) if isinstance(a, kind) else x


def diagonal_blocks(x: Node) -> list[Node]:
    """Square blocks down the diagonal of a matrix that has zeros elsewhere, or nothing."""
    rows = grid(x)
    if len(rows) < 2 or len(rows) != len(rows[0]):
        return []
    blocks = [row[i] for i, row in enumerate(rows)]
    others = [b for i, row in enumerate(rows) for j, b in enumerate(row) if i != j]
    square = all(b.rows == b.cols for b in blocks)
    return blocks if square and all(isinstance(b, Zero) for b in others) else []


def inverse_by_block(x: Any) -> Any:
    """The inverse of every block of a block diagonal matrix."""
    blocks = diagonal_blocks(x.operands[0])
    return block_diag(*map(Inverse, blocks)) if blocks else x


def determinant_by_block(x: Any) -> Any:
    """Product of the determinants of the blocks of a block diagonal matrix."""
    result: Any = 1
    for b in diagonal_blocks(x.operands[0]):
        result = result * Det(b)
    return x if result == 1 else result


def logdet_by_block(x: Any) -> Any:
    """Sum of the log dets of definite blocks: of others the determinant may be negative."""
    blocks = diagonal_blocks(x.operands[0])
    definite = blocks and all(holds("positive definite", b) for b in blocks)
    return sum(map(LogDet, blocks)) if definite else x


DIFFERENTIALS = (
    rule(
        "differential of blocks side by side",
        HStack,
        d(hstack(A, B)),
        hstack(d(A), d(B)),
        blockwise,
    ),
    rule(
        "differential of stacked blocks",
        VStack,
        d(vstack(A, C)),
        vstack(d(A), d(C)),
        blockwise,
    ),
)

TRANSPOSITION = (
    Law(
        "transposition of blocks side by side",
        inner(G, hstack(X, Y)),
        inner(G @ segment(n + p, 0, n), X) + inner(G @ segment(n + p, n, p), Y),
        general=partial(inner_by_block, HStack),
        heads=(Inner,),
    ),
    Law(
        "transposition of stacked blocks",
        inner(H, vstack(X, Z)),
        inner(segment(m + q, 0, m).T @ H, X) + inner(segment(m + q, m, q).T @ H, Z),
        general=partial(inner_by_block, VStack),
        heads=(Inner,),
    ),
)

VECTORISATION = (
    Law(
        "vec of blocks side by side",
        vec(hstack(X, Y)),
        segment(m * n + m * p, 0, m * n) @ vec(X) + segment(m * n + m * p, m * n, m * p) @ vec(Y),
        general=partial(vec_by_block, HStack),
        heads=(Vec, HStack),
    ),
    Law(
        "vec of stacked blocks",
        vec(vstack(X, Z)),
        kron(identity(n), segment(m + q, 0, m)) @ vec(X)
        + kron(identity(n), segment(m + q, m, q)) @ vec(Z),
        general=partial(vec_by_block, VStack),
        heads=(Vec, VStack),
    ),
)

SIMPLEST = (
    Law(
        "transpose of blocks side by side",
        hstack(A, B).T,
        vstack(A.T, B.T),
        general=partial(transposed_blocks, HStack),
    ),
    Law(
        "transpose of stacked blocks",
        vstack(A, C).T,
        hstack(A.T, C.T),
        general=partial(transposed_blocks, VStack),
    ),
    Law(
        "blocks are added block by block",
        hstack(A, B) + hstack(V, W),
        hstack(A + V, B + W),
        general=operands_by_block,
        among=(HStack, VStack, Scale),
    ),
    Law(
        "blocks are multiplied ⊙ block by block",
        hstack(A, B) * hstack(V, W),
        hstack(A * V, B * W),
        general=operands_by_block,
        among=(HStack, VStack),
    ),
    Law(
        "function of blocks side by side",
        f(hstack(A, B)),
        hstack(f(A), f(B)),
        general=partial(function_by_block, HStack),
        among=(HStack,),
    ),
    Law(
        "function of stacked blocks",
        f(vstack(A, C)),
        vstack(f(A), f(C)),
        general=partial(function_by_block, VStack),
        among=(VStack,),
    ),
    Law(
        "inverse of a block diagonal matrix",
        inv(block_diag(S, R)),
        block_diag(inv(S), inv(R)),
        general=inverse_by_block,
    ),
    Law(
        "determinant of a block diagonal matrix",
        det(block_diag(S, R)),
        det(S) * det(R),
        general=determinant_by_block,
    ),
    Law(
        "log det of a block diagonal matrix",
        logdet(block_diag(T, U)),
        logdet(T) + logdet(U),
        general=logdet_by_block,
    ),
    *BLOCK_PRODUCTS,
)

BLOCKS = Theme(DIFFERENTIALS, TRANSPOSITION, VECTORISATION, SIMPLEST)
"""Laws of matrices made of blocks."""
