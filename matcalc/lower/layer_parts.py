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
SIMPLE = ("d", "s", "ds", "sd", "dsd")
"""Terms that are one product of rows, or blocks, as they stand."""


class Layers(NamedTuple):
    """P, Q, and M as coefficients and parts, B and C among them."""

    left: Node
    right: Node
    terms: list[tuple[Expr, list[Part]]]
    by_columns: bool


def read(x: Product) -> Layers | None:
    """The parts of a product that is made of matrices for single samples, if it is."""
    first, *middle, last = _flat(x)
    if not middle or not (isinstance(first, Kronecker) and isinstance(last, Kronecker)):
        return None
    if not any(isinstance(factor, Diag | Add) for factor in middle):
        return None
    terms = _terms(middle)
    for by_columns in (False, True):
        (b, left), (c, right) = _ends(first, by_columns), _ends(last, by_columns)
        plain = isinstance(b, Identity) and isinstance(c, Identity) and not by_columns
        fits = same(left.cols, right.rows) and not isinstance(left, Identity)
        if fits and not (plain and all(_kinds(factors) in SIMPLE for _, factors in terms)):
            parts = [_parts(factors, left.cols, by_columns, (b, c)) for _, factors in terms]
            if parts and all(parts):
                several = zip(terms, parts, strict=True)
                return Layers(left, right, [(k, found) for (k, _), found in several], by_columns)
    return None


def turned(parts: Iterable[Part]) -> list[Part]:
    """Parts of the transposed product."""
    return [(diagonal, a if diagonal else Transpose(a)) for diagonal, a in reversed([*parts])]


def _ends(x: Kronecker, by_columns: bool) -> tuple[Node, Node]:
    """B and P of B ⊗ P, or of P ⊗ B."""
    first, *rest = x.operands
    halves = first, Kronecker(*rest)
    return halves[::-1] if by_columns else halves


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


def _kinds(factors: Iterable[Any]) -> str:
    kinds = ("d" if isinstance(f, Diag) else "s" if identity_last(f) else "-" for f in factors)
    return "".join(kinds)


def _parts(
    factors: Factors, samples: Expr, by_columns: bool, outside: tuple[Node, Node]
) -> list[Part]:
    """The factors and those outside for every sample, no two of a kind in a row.

    None where a factor mixes the samples, or nothing is diagonal.
    """
    read = [_part(factor, samples, by_columns) for factor in factors]
    if not all(read) or not any(part[0] for part in read if part):
        return []
    before, after = ([] if isinstance(a, Identity) else [(False, a)] for a in outside)
    parts: list[Part] = []
    for diagonal, a in (*before, *filter(None, read), *after):
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
