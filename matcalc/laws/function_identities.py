"""Identities between elementwise functions, and ⊙-products in which something cancels."""

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import sympy

from matcalc.dimensions import dims
from matcalc.laws.theme import Theme
from matcalc.measure import weight
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones, ones
from matcalc.operators.elementwise import Hadamard, Map, elementwise, power, power_of
from matcalc.operators.functions import ENTRY, sigmoid
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law

m, n = dims("m n")
A, B, C, D = (matrix(name, m, n) for name in "ABCD")
EXPANDED = 32
"""Terms that are multiplied out at most to see whether they cancel."""


def exponent_of(x: Any) -> Node | None:
    """A, where this is exp(A)."""
    return x.operands[1] if isinstance(x, Map) and x.operands[0] == sympy.exp(ENTRY) else None


def exponent_beside_one(x: Any) -> Node | None:
    """A, where this is 1 + exp(A)."""
    if not isinstance(x, Add) or len(x.operands) != 2:
        return None
    first, second = sorted(x.operands, key=lambda term: not isinstance(term, Ones))
    return exponent_of(second) if isinstance(first, Ones) else None


def reciprocal(x: Map) -> Any:
    """(1 + exp(−A))⁻¹ is the logistic function of A, and so for every negative power."""
    base, k = power_of(x)
    a = exponent_beside_one(base) if k.is_Integer and k.is_negative else None
    return x if a is None else power(Map(sigmoid(ENTRY), -a), -k)


def quotient(x: Hadamard, exponent: Callable[[Any], Node | None] = exponent_of) -> Any:
    """exp(−A) ⊙ σ(A) = σ(−A), with σ(A) to any power; ``exponent`` reads A off exp(A)."""
    for factor in x.operands:
        a = exponent(factor)
        if a is None:
            continue
        decay = Map(sigmoid(ENTRY), -a)
        if any(base is decay and k.is_positive for base, k in map(power_of, x.operands)):
            rest = [other for other in x.operands if other is not factor]
            return Hadamard(*rest, power(decay, sympy.Integer(-1)), Map(sigmoid(ENTRY), a))
    return x


def multiplied_out(x: Add) -> Any:
    """The sum with its ⊙-products multiplied out, where so much cancels that it weighs less."""
    sums = [[_terms(factor) for factor in _factors(term)] for term in x.operands]
    counts = [prod(map(len, several)) for several in sums]
    if max(counts) == 1 or sum(counts) > EXPANDED:
        return x
    expanded = [
        Scale(split_scale(term)[0], Hadamard(*chosen))
        for term, several in zip(x.operands, sums, strict=True)
        for chosen in product(*several)
    ]
    result = Add(*expanded)
    left = result.operands if isinstance(result, Add) else (result,)
    return result if len(left) <= len(x.operands) and weight(result) < weight(x) else x


def _factors(term: Node) -> tuple[Node, ...]:
    inner = split_scale(term)[1]
    return inner.operands if isinstance(inner, Hadamard) else (inner,)


def _terms(factor: Node) -> tuple[Node, ...]:
    return factor.operands if isinstance(factor, Add) else (factor,)


SIMPLEST = (
    Law(
        "the logistic function",
        (ones(m, n) + elementwise(sympy.exp, -A)) ** -1,
        elementwise(sigmoid, A),
        general=reciprocal,
        among=(Add,),
    ),
    Law(
        "the logistic function of the opposite",
        elementwise(sympy.exp, -A) * elementwise(sigmoid, A),
        elementwise(sigmoid, -A),
        general=quotient,
        among=(sympy.exp,),
    ),
    Law(
        "the hyperbolic tangent",
        elementwise(sympy.sinh, A) * elementwise(sympy.cosh, A) ** -1,
        elementwise(sympy.tanh, A),
    ),
    Law(
        "⊙-products multiplied out cancel",
        A * (B - C) + C * (A - B),
        A * B - B * C,
        general=multiplied_out,
        heads=(Add,),
    ),
)

FUNCTION_IDENTITIES = Theme(simplest=SIMPLEST)
"""Functions of functions, and what cancels entry by entry."""
