"""Hessians of deeper layers, (B ⊗ P) M (C ⊗ Q) where M mixes no samples: one product over these.

With M_i for sample i, that is Σ M_i ⊗ p_i q_iᵀ: a product of the M_i as rows by the rows p ⊗ q,
and nothing of the size of all samples squared.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import dims, quotient, same, times
from matcalc.lower.blocks import identity_last
from matcalc.lower.per_row import (
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
from matcalc.operators.constants import Identity, Ones, identity, ones
from matcalc.operators.diagonal import Diag, diag
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, Unvec, kron, unvec
from matcalc.operators.leaves import column, matrix
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

Part = tuple[bool, Node]
"""Whether a factor is diag(vec U) or G ⊗ I, and U or G."""
Ends = tuple[Node | None, Node]
"""B and P of B ⊗ P; no B where that is an identity."""


def per_row(x: Product) -> Any:
    """(B ⊗ P) M (C ⊗ Q) by the matrices of M for single rows of Pᵀ and Q."""
    if not isinstance(x.operands[0], Kronecker):
        return x
    first, *middle, last = _flat(x)
    if not middle or not isinstance(last, Kronecker):
        return x
    (b, left), (c, right) = _halves(first), _halves(last)
    terms = _terms(middle)
    kinds = [_kinds(factors) for _, factors in terms]
    plain = b is None and c is None and all(k in SIMPLE for k in kinds)
    if plain or not any("d" in k for k in kinds) or not same(left.cols, right.rows):
        return x
    outside = [[] if a is None else [(False, a)] for a in (b, c)]
    read = [_parts(factors, left.cols, *outside) for _, factors in terms]
    if not all(read):
        return x
    return _summed([(k, parts) for (k, _), parts in zip(terms, read, strict=True)], left, right)


def _summed(terms: list[tuple[Expr, list[Part]]], left: Node, right: Node) -> Node:
    """Sum of the terms (I ⊗ P) M (I ⊗ Q), their factors read."""
    batches = [_batch(parts, left.cols) for _, parts in terms]
    (c, parts), batch = terms[0], batches[0]
    if len(terms) == 1 and isinstance(batch, RowKronecker):
        u, v = batch.operands
        lines = Transpose(RowKronecker(u, Transpose(left))), RowKronecker(v, right)
        return Scale(c, Product(*lines))
    batch = Add(*(Scale(c, t) for (c, _), t in zip(terms, batches, strict=True)))
    rows, (diagonal, a) = RowKronecker(Transpose(left), right), parts[0]
    size = a.cols if diagonal else a.rows
    return SumOfKroneckers(batch, rows, size, left.rows, right.cols)


def _halves(x: Kronecker) -> Ends:
    b, *rest = x.operands
    return None if isinstance(b, Identity) else b, Kronecker(*rest)


def _flat(x: Product) -> Iterator[Any]:
    """Factors of a long product, which is one of products."""
    pending = list(reversed(x.operands))
    while pending:
        factor = pending.pop()
        if isinstance(factor, Product):
            pending.extend(reversed(factor.operands))
        else:
            yield factor


def _terms(factors: Iterable[Any]) -> list[tuple[Expr, tuple[Any, ...]]]:
    """Coefficients and factors of the terms of a product, a sum in a sum multiplied out.

    None where several factors are sums.
    """
    found: list[tuple[Expr, tuple[Any, ...]]] = []
    pending = [(Integer(1), tuple(factors))]
    while pending:
        c, product = pending.pop()
        sums = [i for i, factor in enumerate(product) if isinstance(factor, Add)]
        if len(sums) > 1:
            return []
        if not sums:
            found.append((c, product))
            continue
        (i,) = sums
        for d, term in map(split_scale, product[i].operands):
            inner = _flat(term) if isinstance(term, Product) else (term,)
            pending.append((c * d, (*product[:i], *inner, *product[i + 1 :])))
    return found


SIMPLE = ("d", "s", "ds", "sd", "dsd")
"""Terms that are one product of rows, or blocks, as they stand."""


def _kinds(factors: Iterable[Any]) -> str:
    kinds = ("d" if isinstance(f, Diag) else "s" if identity_last(f) else "-" for f in factors)
    return "".join(kinds)


def _parts(factors: Iterable[Any], rows: Expr, before: list[Part], after: list[Part]) -> list[Part]:
    """The factors for every one of so many rows, no two of a kind in a row.

    None where a factor mixes the rows.
    """
    read = [_part(factor, rows) for factor in factors]
    if not all(read):
        return []
    parts: list[Part] = []
    for diagonal, a in (*before, *filter(None, read), *after):
        if parts and parts[-1][0] == diagonal:
            joined = Hadamard if diagonal else Product
            parts[-1] = diagonal, joined(parts[-1][1], a)
        else:
            parts.append((diagonal, a))
    return parts


def _part(factor: Any, rows: Expr) -> Part | None:
    spread = identity_last(factor)
    if spread and same(spread[1], rows):
        return False, spread[0]
    if not isinstance(factor, Diag):
        return None
    u = factor.operands[0]
    size = quotient(u.rows, rows)
    whole = size.is_polynomial() and same(times(size, rows), u.rows)
    return (True, Unvec(u, rows, size)) if whole else None


def _batch(parts: list[Part], rows: Expr) -> Node:
    """The product of the parts, a matrix to a row."""
    for i, (diagonal, g) in enumerate(parts):
        if not diagonal and (thin := _outer(g)):
            before, after = _turned(parts[:i]), parts[i + 1 :]
            return RowKronecker(
                _lines(Transpose(thin[0]), before, rows), _lines(thin[1], after, rows)
            )
    half = len(parts) // 2
    first, middle, last = parts[:half], parts[half:-half], parts[-half:]
    if half < 2 or first != _turned(last):
        return _from_left(parts, rows)
    left, right = _from_left([*first, *middle], rows), _from_left(first, rows)
    return EachTimesTransposed(left, right, first[-1][1].cols)


def _turned(parts: list[Part]) -> list[Part]:
    """Parts of the transposed product."""
    return [(diagonal, a if diagonal else Transpose(a)) for diagonal, a in reversed(parts)]


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
    for diagonal, a in parts:
        z = Hadamard(z, a) if diagonal else Product(z, a)
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


def multiple_of_rows(x: Scale) -> Any:
    """c Σ T_i ⊗ a_i b_iᵀ = Σ T_i ⊗ (c a_i) b_iᵀ, over a matrix of few entries."""
    c, inner = x.operands
    rows = inner.operands[1] if isinstance(inner, SumOfKroneckers) else None
    if not isinstance(rows, RowKronecker):
        return x
    a, b = rows.operands
    t, _, *sizes = inner.operands
    return SumOfKroneckers(t, RowKronecker(Scale(c, a), b), *sizes)


N, k, p, q = dims("N k p q")
P, Q = matrix("P", p, N), matrix("Q", N, q)
G, H = matrix("G", k, k), matrix("H", k, k)
u, v, w = (column(name, k * N) for name in "uvw")
U, V, W = (unvec(x, N, k) for x in (u, v, w))
along, across = kron(G, identity(N)), kron(H, identity(N))
mixed = diag(u) @ along @ diag(v) @ across @ diag(w)
symmetric = diag(u) @ along @ diag(v) @ kron(G.T, identity(N)) @ diag(u)
thin = diag(u) @ along @ diag(v) @ kron(ones(k, k), identity(N)) @ diag(w)
half = EachSpread(U, G)
batches = (
    EachWeighted(EachTimes(half, V, H), W)
    + 2 * EachTimesTransposed(EachWeighted(half, V), half, k)
    + RowKronecker(U * (V @ G.T), W)
    + EachDiagonal(V)
)
LAYERS = (
    Law(
        "(B ⊗ P) M (C ⊗ Q) by the samples of M",
        kron(identity(k), P) @ (mixed + 2 * symmetric + thin + diag(v)) @ kron(identity(k), Q),
        SumOfKroneckers(batches, RowKronecker(P.T, Q), k, p, q),
        general=per_row,
    ),
    Law(
        "c Σ T ⊗ abᵀ = Σ T ⊗ (ca)bᵀ",
        2 * SumOfKroneckers(EachSpread(U, G), RowKronecker(P.T, Q), k, p, q),
        SumOfKroneckers(EachSpread(U, G), RowKronecker(2 * P.T, Q), k, p, q),
        general=multiple_of_rows,
    ),
)
"""What is used before its factors are lowered, and before its sums are taken apart."""
