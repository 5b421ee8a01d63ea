"""Hessians of deeper layers, (B ⊗ P) M (C ⊗ Q) where M mixes no samples: one product over these.

With M_i for sample i, that is Σ M_i ⊗ p_i q_iᵀ: a product of the M_i as rows by the rows p ⊗ q,
and nothing of the size of all samples squared.
"""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import dims, quotient, same, times
from matcalc.lower.layer_parts import Part, read, turned
from matcalc.lower.per_row import (
    DiagonalOfEach,
    EachDiagonal,
    EachSpread,
    EachTimes,
    EachTimesTransposed,
    EachWeighted,
    SumOfKroneckers,
)
from matcalc.lower.sandwiches import RowKronecker
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones, identity, ones
from matcalc.operators.diagonal import Diagonal, diag, diagonal
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, Vec, kron, unvec, vec
from matcalc.operators.leaves import column, matrix
from matcalc.operators.scalars import Total, Trace, total, trace
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law


def per_row(x: Product, simple: bool = False) -> Any:
    """(B ⊗ P) M (C ⊗ Q), or (P ⊗ B) M (Q ⊗ C), by the matrices of M for single samples."""
    first = x.operands[0]
    while isinstance(first, Product):
        first = first.operands[0]
    found = read(x, simple) if isinstance(first, Kronecker) else None
    if found is None:
        return x
    left, right, terms, by_columns = found
    batches = [_batch(parts, left.cols) for _, parts in terms]
    (c, ((diagonal, a), *_)), batch = terms[0], batches[0]
    if len(terms) == 1 and isinstance(batch, RowKronecker):
        pairs = zip(batch.operands, (Transpose(left), right), strict=True)
        rows = [RowKronecker(*(pair[::-1] if by_columns else pair)) for pair in pairs]
        return Scale(c, Product(Transpose(rows[0]), rows[1]))
    batch = Add(*(Scale(c, t) for (c, _), t in zip(terms, batches, strict=True)))
    outside, p, q = RowKronecker(Transpose(left), right), left.rows, right.cols
    k = a.cols if diagonal else a.rows
    if by_columns:
        return SumOfKroneckers(outside, batch, p, k, quotient(batch.cols, k))
    return SumOfKroneckers(batch, outside, k, p, q)


def _batch(parts: list[Part], rows: Expr) -> Node:
    """The product of the parts, a matrix to a row."""
    for i, (weighs, g) in enumerate(parts):
        if not weighs and (thin := _outer(g)):
            before, after = turned(parts[:i]), parts[i + 1 :]
            return RowKronecker(
                _lines(Transpose(thin[0]), before, rows), _lines(thin[1], after, rows)
            )
    if is_one(parts[-1][1].cols) and not parts[-1][0]:
        return _lines(Transpose(parts[-1][1]), turned(parts[:-1]), rows)
    half = len(parts) // 2
    first, middle, last = parts[:half], parts[half:-half], parts[-half:]
    if half < 2 or first != turned(last):
        return _from_left(parts, rows)
    left, right = _from_left([*first, *middle], rows), _from_left(first, rows)
    return EachTimesTransposed(left, right, first[-1][1].cols)


def _outer(g: Node) -> tuple[Node, Node] | None:
    """A column and a row whose product a matrix is."""
    c, inner = split_scale(g)
    if isinstance(inner, Ones):
        one = Integer(1)
        return Ones(g.rows, one), Scale(c, Ones(one, g.cols))
    factors = inner.operands if isinstance(inner, Product) else ()
    for i in range(1, len(factors)):
        if is_one(factors[i].rows):
            return Product(*factors[:i]), Scale(c, Product(*factors[i:]))
    return None


def _lines(line: Node, parts: list[Part], rows: Expr) -> Node:
    """The row for every sample that a row, times the parts, is."""
    if isinstance(line, Ones) and parts and parts[0][0]:
        (_, z), *parts = parts
    else:
        z = Product(Ones(rows, Integer(1)), line)
    for weighs, a in parts:
        z = Hadamard(z, a) if weighs else Product(z, a)
    return z


def _from_left(parts: list[Part], rows: Expr) -> Node:
    (diagonal, a), *rest = parts
    if not diagonal:
        return _times(EachSpread(Ones(rows, a.rows), a), rest)
    if rest:
        return _times(EachSpread(a, rest[0][1]), rest[1:])
    return EachDiagonal(a)


def _times(batch: Node, parts: list[Part]) -> Node:
    """A batch times parts, of which every other one is diagonal, the first one too."""
    while parts:
        (_, u), *parts = parts
        if not parts:
            return EachWeighted(batch, u)
        (_, g), *parts = parts
        batch = EachTimes(batch, u, g)
    return batch


def diagonal_per_row(x: Diagonal) -> Any:
    """Σ M_i ⊗ p_i q_iᵀ has on its diagonal that of M_i ⊗ p_i ⊙ q_i, summed by one product."""
    a = x.operands[0]
    c, found = split_scale(per_row(a, simple=True) if isinstance(a, Product) else a)
    if isinstance(found, SumOfKroneckers):
        t, r, k, p, _ = found.operands
        outer, inner = _on_diagonal(t, k), _on_diagonal(r, p)
    elif isinstance(found, Product) and found is not a:
        left, right = found.operands
        outer, inner = map(_together, left.operands[0].operands, right.operands)
    else:
        return x
    if outer is None or inner is None:
        return x
    return Scale(c, Vec(Product(Transpose(inner), outer)))


def _on_diagonal(t: Node, k: Expr) -> Node | None:
    """The diagonals of the matrices T_i of k rows, if they have as many columns."""
    if isinstance(t, RowKronecker):
        return _together(*t.operands)
    return DiagonalOfEach(t, k) if same(t.cols, times(k, k)) else None


def _together(a: Node, b: Node) -> Node | None:
    return Hadamard(a, b) if same(a.cols, b.cols) else None


def trace_per_row(x: Trace) -> Any:
    """The sum of that diagonal."""
    diagonal = Diagonal(x.operands[0])
    entries = diagonal_per_row(diagonal)
    return x if entries is diagonal else Total(entries)


def multiple_of_rows(x: Scale) -> Any:
    """c Σ T_i ⊗ a_i b_iᵀ = Σ T_i ⊗ (c a_i) b_iᵀ, over a matrix of few entries; either way round."""
    c, inner = x.operands
    for i in (1, 0):
        rows = inner.operands[i] if isinstance(inner, SumOfKroneckers) else None
        if isinstance(rows, RowKronecker):
            a, b = rows.operands
            operands = list(inner.operands)
            operands[i] = RowKronecker(Scale(c, a), b)
            return SumOfKroneckers(*operands)
    return x


N, k, p, q = dims("N k p q")
P, Q, R = matrix("P", p, N), matrix("Q", N, q), matrix("R", N, p)
G, H = matrix("G", k, k), matrix("H", k, k)
u, v, w = (column(name, k * N) for name in "uvw")
U, V, W = (unvec(x, N, k) for x in (u, v, w))
along, across = kron(G, identity(N)), kron(H, identity(N))
mixed = diag(u) @ along @ diag(v) @ across @ diag(w)
symmetric = diag(u) @ along @ diag(v) @ kron(G.T, identity(N)) @ diag(u)
thin = diag(u) @ along @ diag(v) @ kron(ones(k, k), identity(N)) @ diag(w)
half = EachSpread(U, G)
deep = EachWeighted(EachTimes(half, V, H), W)
deep += 2 * EachTimesTransposed(EachWeighted(half, V), half, k)
batches = deep + RowKronecker(U * (V @ G.T), W) + EachDiagonal(V)
LAYERS = (
    Law(
        "(B ⊗ P) M (C ⊗ Q) by the samples of M",
        kron(identity(k), P) @ (mixed + 2 * symmetric + thin + diag(v)) @ kron(identity(k), Q),
        SumOfKroneckers(batches, RowKronecker(P.T, Q), k, p, q),
        general=per_row,
    ),
    Law(
        "diagonal((B ⊗ P) M (C ⊗ Q)) by the samples of M",
        diagonal(kron(identity(k), P) @ (mixed + 2 * symmetric) @ kron(identity(k), R)),
        vec((P.T * R).T @ DiagonalOfEach(deep, k)),
        general=diagonal_per_row,
        among=(Product,),
    ),
    Law(
        "tr((B ⊗ P) M (C ⊗ Q)) by the samples of M",
        trace(kron(identity(k), P) @ (mixed + 2 * symmetric) @ kron(identity(k), R)),
        total(vec((P.T * R).T @ DiagonalOfEach(deep, k))),
        general=trace_per_row,
        among=(Product,),
    ),
    Law(
        "c Σ T ⊗ abᵀ = Σ T ⊗ (ca)bᵀ",
        2 * SumOfKroneckers(EachSpread(U, G), RowKronecker(P.T, Q), k, p, q),
        SumOfKroneckers(EachSpread(U, G), RowKronecker(2 * P.T, Q), k, p, q),
        general=multiple_of_rows,
        among=(SumOfKroneckers,),
    ),
)
"""What is used before its factors are lowered, and before its sums are taken apart."""
