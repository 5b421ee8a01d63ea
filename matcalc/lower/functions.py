"""Lowering laws of elementwise functions: no overflow, no multiples inside powers."""

from typing import Any

import sympy

from matcalc.dimensions import dims
from matcalc.lower.kernels import Softplus
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones, ones
from matcalc.operators.elementwise import Hadamard, Map, elementwise, power_of
from matcalc.operators.functions import ENTRY, sigmoid
from matcalc.operators.leaves import matrix, scalar
from matcalc.rewrite import Law

m, n = dims("m n")
A, a = matrix("A", m, n), scalar("a")


def exp(x: Node) -> Node:
    """Entrywise exponential."""
    return Map(sympy.exp(ENTRY), x)


def logistic(x: Node) -> Node:
    """1/(1 + exp(−A))."""
    return Map(sigmoid(ENTRY), x)


def exponent_beside_one(x: Any) -> Node | None:
    """A, where this is 1 + exp(A)."""
    if not isinstance(x, Add) or len(x.operands) != 2:
        return None
    first, second = sorted(x.operands, key=lambda term: not isinstance(term, Ones))
    return _exponent(second) if isinstance(first, Ones) else None


def _exponent(x: Any) -> Node | None:
    return x.operands[1] if isinstance(x, Map) and x.operands[0] == sympy.exp(ENTRY) else None


def softplus(x: Map) -> Any:
    """log(1 + exp(A)) in one function."""
    b = exponent_beside_one(x.operands[1]) if x.operands[0] == sympy.log(ENTRY) else None
    return x if b is None else Softplus(b)


def reciprocal(x: Map) -> Any:
    """(1 + exp(A))⁻¹ as a logistic function."""
    base, k = power_of(x)
    b = exponent_beside_one(base) if k.is_Integer and k < 0 else None
    return x if b is None else Map(ENTRY**-k, logistic(-b))


def quotient(x: Hadamard) -> Any:
    """exp(A) ⊙ logistic(−A) = logistic(A)."""
    for factor in x.operands:
        b = _exponent(factor)
        if b is None:
            continue
        decay = logistic(-b)
        if any(base is decay and k.is_positive for base, k in map(power_of, x.operands)):
            rest = [other for other in x.operands if other is not factor]
            return Hadamard(*rest, Map(1 / ENTRY, decay), logistic(b))
    return x


def scale_out_of_power(x: Map) -> Any:
    """(aA)² = a²A², for any integer power."""
    base, k = power_of(x)
    c, b = split_scale(base)
    return Scale(c**k, Map(ENTRY**k, b)) if c != 1 and k.is_Integer else x


FUNCTIONS = (
    Law(
        "log(1 + exp A)",
        elementwise(sympy.log, ones(m, n) + exp(A)),
        Softplus(A),
        general=softplus,
    ),
    Law(
        "1/(1 + exp A)",
        (ones(m, n) + exp(A)) ** -1,
        logistic(-A),
        general=reciprocal,
    ),
    Law("exp A/(1 + exp A)", exp(A) * logistic(-A), logistic(A), general=quotient),
    Law("(aA)² = a²A²", (a * A) ** 2, a**2 * A**2, general=scale_out_of_power),
)
"""Elementwise functions."""
