"""What Hessians of layers are made of: (B ⊗ P) M (C ⊗ Q), where M mixes no two of N samples.

The samples are rows where M is made of diag(u) and G ⊗ I_N, and columns where it is made of diag(u)
and I_N ⊗ G; the ends are then (P ⊗ B) and (Q ⊗ C).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sympy import Expr, Integer

from matcalc.dimensions import quotient, same, times
from matcalc.lower.blocks import identity_first, identity_last
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Transpose, split_scale
from matcalc.operators.constants import Identity
from matcalc.operators.diagonal import Diag
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, Unvec

Part = tuple[bool, Node]
"""Whether a factor is diagonal for every sample, and the rows of the diagonals or G."""
Factors = tuple[Any, ...]
MOST_TERMS = 64
"""Terms that a sum may have when it is multiplied out."""
SIMPLE = ("d", "s", "ds", "sd", "dsd")
"""Terms that are one product of rows, or blocks, as they stand."""


class Layers(NamedTuple):
    """P, Q, and M as coefficients and parts, B and C among them."""

    left: Node
    right: Node
    terms: list[tuple[Expr, list[Part]]]
    by_columns: bool


def read(x: Product, simple: bool = False) -> Layers | None:
    """The parts of a product that is made of matrices for single samples, if it is.

    One that is a product of rows, or blocks, as it stands is read where ``simple`` ones are wanted.
    """
    terms = _terms(_flat(x))
    ends = (end for _, factors in terms for end in (factors[:1] + factors[-1:]))
    if not terms or not all(isinstance(end, Kronecker) for end in ends):
        return None
    return _read(terms, False, simple) or _read(terms, True, simple)


def _read(terms: list[tuple[Expr, Factors]], by_columns: bool, simple: bool) -> Layers | None:
    """The parts of terms that all begin with P and end with Q, beside a factor of their own."""
    halves = [_halves(factors[0], factors[-1], by_columns) for _, factors in terms]
    (_, left), (_, right) = halves[0]
    fits = same(left.cols, right.rows) and not isinstance(left, Identity)
    if not fits or any((p, q) != (left, right) for (_, p), (_, q) in halves):
        return None
    inside = [factors[1:-1] for _, factors in terms]
    outside = [(b, c) for (b, _), (c, _) in halves]
    plain = all(isinstance(a, Identity) for pair in outside for a in pair) and not by_columns
    if plain and not simple and all(_kinds(factors) in SIMPLE for factors in inside):
        return None
    parts = [_parts(f, left.cols, by_columns, o) for f, o in zip(inside, outside, strict=True)]
    if not all(parts) or not any(diagonal for several in parts for diagonal, _ in several):
        return None
    return Layers(left, right, [(c, p) for (c, _), p in zip(terms, parts, strict=True)], by_columns)


def turned(parts: Iterable[Part]) -> list[Part]:
    """Parts of the transposed product."""
    return [(diagonal, a if diagonal else Transpose(a)) for diagonal, a in reversed([*parts])]


def _halves(first: Kronecker, last: Kronecker, by_columns: bool) -> list[tuple[Node, Node]]:
    """B and P of B ⊗ P, or of P ⊗ B, and the same of C and Q."""
    pairs = ((x.operands[0], Kronecker(*x.operands[1:])) for x in (first, last))
    return [pair[::-1] if by_columns else pair for pair in pairs]


def _flat(x: Any) -> Iterator[Any]:
    """Factors of a long product, which is one of products and their transposes."""
    pending = [x]
    while pending:
        factor = pending.pop()
        turned_over = factor.operands[0] if isinstance(factor, Transpose) else None
        if isinstance(factor, Product):
            pending.extend(reversed(factor.operands))
        elif isinstance(turned_over, Product):
            pending.extend(map(_transposed, turned_over.operands))
        elif isinstance(turned_over, Add):
            yield Add(*map(_transposed, turned_over.operands))
        elif not isinstance(factor, Identity):
            yield factor if turned_over is None else _transposed(turned_over)


def _transposed(a: Node) -> Node:
    """The transpose of a factor, made of what it is made of."""
    if isinstance(a, Diag | Identity):
        return a
    if isinstance(a, Kronecker):
        return Kronecker(*map(_transposed, a.operands))
    return Transpose(a)


def _terms(factors: Iterable[Any]) -> list[tuple[Expr, Factors]]:
    """Coefficients and factors of the terms of a product, its sums multiplied out.

    Empty where they would be very many.
    """
    found: list[tuple[Expr, Factors]] = []
    pending = [(Integer(1), tuple(factors))]
    while pending:
        c, product = pending.pop()
        i = next((i for i, factor in enumerate(product) if isinstance(factor, Add)), None)
        if i is None:
            found.append((c, product))
            continue
        for d, term in map(split_scale, product[i].operands):
            pending.append((c * d, (*product[:i], *_flat(term), *product[i + 1 :])))
        if len(found) + len(pending) > MOST_TERMS:
            return []
    return found


def _kinds(factors: Iterable[Any]) -> str:
    kinds = ("d" if isinstance(f, Diag) else "s" if identity_last(f) else "-" for f in factors)
    return "".join(kinds)


def _parts(
    factors: Factors, samples: Expr, by_columns: bool, outside: tuple[Node, Node]
) -> list[Part]:
    """The factors and those outside for every sample, no two of a kind in a row.

    Empty where a factor mixes the samples.
    """
    known = [_part(factor, samples, by_columns) for factor in factors]
    if not all(known):
        return []
    before, after = ([] if isinstance(a, Identity) else [(False, a)] for a in outside)
    parts: list[Part] = []
    for diagonal, a in (*before, *filter(None, known), *after):
        if parts and parts[-1][0] == diagonal:
            joined = Hadamard if diagonal else Product
            parts[-1] = diagonal, joined(parts[-1][1], a)
        else:
            parts.append((diagonal, a))
    return parts


def _part(factor: Any, samples: Expr, by_columns: bool) -> Part | None:
    spread = _spread(factor, by_columns)
    if spread and same(spread[1], samples):
        return False, spread[0]
    if not isinstance(factor, Diag):
        return None
    u = factor.operands[0]
    size = quotient(u.rows, samples)
    if not (size.is_polynomial() and same(times(size, samples), u.rows)):
        return None
    return True, Transpose(Unvec(u, size, samples)) if by_columns else Unvec(u, samples, size)


def _spread(factor: Any, by_columns: bool) -> tuple[Node, Expr] | None:
    """G and the size of I where a factor is G ⊗ I, or I ⊗ G."""
    if by_columns:
        found = identity_first(factor)
        return found and found[::-1]
    return identity_last(factor)
