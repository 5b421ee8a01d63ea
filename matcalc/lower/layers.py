"""Hessians of deeper layers, (I ⊗ P) M (I ⊗ Q) where M mixes no samples: one product over these.

With M_i for sample i, that is Σ M_i ⊗ p_i q_iᵀ: a product of the M_i as rows by the rows p ⊗ q,
and nothing of the size of all samples squared.
"""

from collections.abc import Iterator
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import dims, quotient, same, times
from matcalc.lower.blocks import identity_first, identity_last
from matcalc.lower.per_row import (
    EachDiagonal,
    EachSpread,
    EachTimes,
    EachTimesTransposed,
    EachWeighted,
    SumOfKroneckers,
)
from matcalc.lower.sandwiches import RowKronecker, ends
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones, identity, ones
from matcalc.operators.diagonal import Diag, diag
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Unvec, kron, unvec
from matcalc.operators.leaves import column, matrix
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

Part = tuple[bool, Node]
"""Whether a factor is diag(vec U) or G ⊗ I, and U or G."""
MOST_TERMS = 64
"""Terms of M, its sums multiplied out."""


def per_row(x: Product) -> Any:
    """(I ⊗ P) M (I ⊗ Q) by the matrices of M for single rows of Pᵀ and Q."""
    if identity_first(x.operands[0]) is None:
        return x
    first, *middle, last = _flat(x)
    found = ends((first, *middle, last))
    if found is None or not same(found[0].cols, found[1].rows):
        return x
    left, right, k = found
    terms = _terms(tuple(middle))
    if len(terms) > MOST_TERMS or all(_kinds(factors) in SIMPLE for _, factors in terms):
        return x
    read = [_parts(factors, left.cols) for _, factors in terms]
    if any(parts is None for parts in read):
        return x
    batches = [_batch(parts, left.cols) for parts in read if parts]
    (c, _), batch = terms[0], batches[0]
    if len(terms) == 1 and isinstance(batch, RowKronecker):
        u, v = batch.operands
        lines = Transpose(RowKronecker(u, Transpose(left))), RowKronecker(v, right)
        return Scale(c, Product(*lines))
    batch = Add(*(Scale(c, t) for (c, _), t in zip(terms, batches, strict=True)))
    rows = RowKronecker(Transpose(left), right)
    return SumOfKroneckers(batch, rows, k, left.rows, right.cols)


def _flat(x: Product) -> Iterator[Any]:
    """Factors of a long product, which is one of products."""
    pending = list(reversed(x.operands))
    while pending:
        factor = pending.pop()
        if isinstance(factor, Product):
            pending.extend(reversed(factor.operands))
        else:
            yield factor


def _terms(factors: tuple[Any, ...]) -> list[tuple[Expr, tuple[Any, ...]]]:
    """Coefficients and factors of the terms of a product, its sums multiplied out."""
    for i, factor in enumerate(factors):
        if isinstance(factor, Add):
            found: list[tuple[Expr, tuple[Any, ...]]] = []
            for c, term in map(split_scale, factor.operands):
                inner = _flat(term) if isinstance(term, Product) else (term,)
                deeper = _terms((*factors[:i], *inner, *factors[i + 1 :]))
                found += [(c * d, product) for d, product in deeper]
                if len(found) > MOST_TERMS:
                    break
            return found
    return [(Integer(1), factors)]


SIMPLE = ("d", "s", "ds", "sd", "dsd")
"""Terms that are one product of rows, or blocks, as they stand."""


def _kinds(factors: tuple[Any, ...]) -> str:
    return "".join(
        "d" if isinstance(f, Diag) else "s" if identity_last(f) else "-" for f in factors
    )


def _parts(factors: tuple[Any, ...], rows: Expr) -> list[Part] | None:
    """The factors for every one of so many rows, no two of a kind in a row.

    None where a factor mixes the rows.
    """
    parts: list[Part] = []
    for factor in factors:
        part = _part(factor, rows)
        if part is None:
            return None
        if parts and parts[-1][0] == part[0]:
            joined = Hadamard if part[0] else Product
            part = part[0], joined(parts.pop()[1], part[1])
        parts.append(part)
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
    same_rows = _from_left(first, rows)
    return EachTimesTransposed(_times(same_rows, middle), same_rows, first[-1][1].cols)


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
    z: Node = Product(Ones(rows, Integer(1)), line)
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


N, k, p, q = dims("N k p q")
P, Q = matrix("P", p, N), matrix("Q", N, q)
G, H = matrix("G", k, k), matrix("H", k, k)
u, v, w = (column(name, k * N) for name in "uvw")
U, V, W = (unvec(x, N, k) for x in (u, v, w))
along, across = kron(G, identity(N)), kron(H, identity(N))
mixed = diag(u) @ along @ diag(v) @ across @ diag(w)
symmetric = diag(u) @ along @ diag(v) @ kron(G.T, identity(N)) @ diag(u)
thin = diag(u) @ along @ kron(ones(k, k), identity(N)) @ diag(w)
half = EachSpread(U, G)
batches = (
    EachWeighted(EachTimes(half, V, H), W)
    + 2 * EachTimesTransposed(EachWeighted(half, V), half, k)
    + RowKronecker((ones(N, k) @ G.T) * U, W)
    + EachDiagonal(V)
)
LAYERS = (
    Law(
        "(I ⊗ P) M (I ⊗ Q) by the samples of M",
        kron(identity(k), P) @ (mixed + 2 * symmetric + thin + diag(v)) @ kron(identity(k), Q),
        SumOfKroneckers(batches, RowKronecker(P.T, Q), k, p, q),
        general=per_row,
    ),
)
"""What is used before its factors are lowered, and before its sums are taken apart."""
