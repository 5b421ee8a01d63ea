"""Sums and ⊙-products in which something cancels, and functions undone by their inverses."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from math import prod
from typing import Any

import sympy
from sympy import Expr, Integer

from matcalc.dimensions import dims
from matcalc.laws.theme import Theme
from matcalc.monomials import Monomial, monomial
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import Hadamard, Map, elementwise, power_of
from matcalc.operators.functions import ENTRY
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law

TERMS_LIMIT, PAIRED_LIMIT, LEAVES_LIMIT = 16, 6, 1000
"""Terms of products of sums that are multiplied out, products tried in pairs, and factors of a sum
that are counted for it."""

m, n = dims("m n")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", m, n)


def cancel_in_sum(x: Hadamard) -> Any:
    """A ⊙ (B + C ⊙ A⁻¹) = A ⊙ B + C, beside any other factors."""
    for total in x.operands:
        divided = list(_divided(total)) if isinstance(total, Add) else []
        if not divided:
            continue
        outer = monomial(Hadamard(*(factor for factor in x.operands if factor is not total)))
        for term, base, j in divided:
            if _shorter(outer.exponents.get(base, Integer(0)), j):
                factor = Monomial(Integer(1), {base: j}, x.shape)
                return _distributed(outer.over(factor), factor, total, term)
    return x


def _divided(total: Add) -> Iterator[tuple[Node, Node, Expr]]:
    """Terms of a sum, what they are divided by, and how often."""
    for term in total.operands:
        for base, k in monomial(term).exponents.items():
            if k.is_negative:
                yield term, base, -k


def _shorter(k: Expr, j: Expr) -> bool:
    """Whether A^k before C ⊙ A^−j cancels to something simpler."""
    return bool(k == j or ((k - j).is_positive and 1 in (j, k - j)))


def _distributed(rest: Monomial, factor: Monomial, total: Add, term: Node) -> Node:
    """The factor multiplied into one term, and into the sum of the others."""
    others = Add(total, Scale(Integer(-1), term))
    whole = Add(Hadamard(factor.node(), others), monomial(term).times(factor).node())
    return Hadamard(rest.node(), whole)


def multiply_out(x: Add) -> Any:
    """A ⊙ (B + C) − B ⊙ A = C ⊙ A, where multiplying out leaves fewer factors of every kind."""
    terms = x.operands
    open_ = [term for term in terms if any(isinstance(f, Add) for f in _factors(term))]
    own, few = _leaves(x) if open_ else None, open_[:PAIRED_LIMIT]
    if own is None:
        return x
    for chosen in dict.fromkeys([tuple(open_), *combinations(few, 2), *zip(few, strict=True)]):
        if sum(map(_count, chosen)) > TERMS_LIMIT:
            continue
        expanded = (part for term in chosen for part in _expanded(term))
        after = Add(*(term for term in terms if term not in chosen), *expanded)
        left = _leaves(after)
        if left is not None and left < own:
            return after
    return x


def _factors(term: Node) -> tuple[Node, ...]:
    inner = split_scale(term)[1]
    return inner.operands if isinstance(inner, Hadamard) else (inner,)


def _count(term: Node) -> int:
    return prod(len(f.operands) if isinstance(f, Add) else 1 for f in _factors(term))


def _expanded(term: Node) -> Iterator[Node]:
    """Terms of a ⊙-product of sums."""
    choices = [f.operands if isinstance(f, Add) else (f,) for f in _factors(term)]
    for factors in product(*choices):
        yield Scale(split_scale(term)[0], Hadamard(*factors))


def _leaves(x: Node) -> "Counter[Any] | None":
    """How often every factor occurs in a sum of ⊙-products of sums; multiples count as one."""
    found, pending = Counter[Any](), [x]
    while pending:
        c, inner = split_scale(pending.pop())
        opened = isinstance(inner, Add | Hadamard)
        found.update([Scale] * (c not in (1, -1)) + [inner] * (not opened))
        pending += inner.operands if opened else ()
        if len(pending) + found.total() > LEAVES_LIMIT:
            return None
    return found


def square_of_root(x: Map) -> Any:
    """(√A)² = A, and so for every even power."""
    root, k = power_of(x)
    base, half = power_of(root)
    return Map(ENTRY ** (k / 2), base) if k.is_even and 2 * half == 1 else x


def log_of_exp(x: Map) -> Any:
    """log(exp A) = A."""
    f, a = x.operands
    undone = isinstance(a, Map) and (f, a.operands[0]) == (sympy.log(ENTRY), sympy.exp(ENTRY))
    return a.operands[1] if undone else x


SQUARE = A**2
CANCELLATION = Theme(
    simplest=(
        Law(
            "a divisor cancels in a sum",
            A * (B + C / A),
            A * B + C,
            general=cancel_in_sum,
            among=(Add,),
        ),
        Law(
            "products multiplied out cancel",
            (A - ones(m, n)) * B + A * (ones(m, n) - B),
            A - B,
            general=multiply_out,
        ),
        Law(
            "even power of a square root",
            (SQUARE ** (Integer(1) / 2)) ** 2,
            SQUARE,
            general=square_of_root,
            among=(Map,),
        ),
        Law(
            "logarithm of an exponential",
            elementwise(sympy.log, elementwise(sympy.exp, A)),
            A,
            general=log_of_exp,
            among=(sympy.exp,),
        ),
    ),
)
