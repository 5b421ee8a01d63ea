"""Lowering laws of elementwise functions: no overflow, no multiples inside powers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import sympy
from sympy import Integer

from matcalc.dimensions import dims
from matcalc.laws.function_identities import quotient
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones, Zero, ones
from matcalc.operators.elementwise import Hadamard, Map, elementwise, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import (
    ENTRY,
    OTHER,
    clip,
    huber,
    logaddexp,
    sigmoid,
    softplus,
)
from matcalc.operators.leaves import Named, matrix, scalar
from matcalc.rewrite import Law
from matcalc.symbols import resolved

m, n = dims("m n")
A, B = matrix("A", m, n), matrix("B", m, n)
a, delta = scalar("a"), scalar("delta", positive=True)


def exp(x: Node) -> Node:
    """Entrywise exponential."""
    return Map(sympy.exp(ENTRY), x)


def log(x: Node) -> Node:
    """Entrywise logarithm."""
    return Map(sympy.log(ENTRY), x)


def logistic(x: Node) -> Node:
    """1/(1 + exp(−A))."""
    return Map(sigmoid(ENTRY), x)


def is_logistic(x: Any) -> bool:
    """Whether this is 1/(1 + exp(−A))."""
    return isinstance(x, Map) and bool(x.operands[0] == sigmoid(ENTRY))


def added(a: Node, b: Node) -> Node:
    """log(exp(A) + exp(B)), without overflow."""
    return Map2(logaddexp(ENTRY, OTHER), a, b)


def two_exponents(x: Any) -> tuple[Node, Node] | None:
    """A and B, where this is exp(A) + exp(B); 1 is exp(0)."""
    total = resolved(x)
    if not isinstance(total, Add) or len(total.operands) != 2:
        return None
    first, second = map(exponent, total.operands)
    return None if first is None or second is None else (first, second)


def exponent(x: Any) -> Node | None:
    """A, where this is exp(A)."""
    x = resolved(x)
    if isinstance(x, Ones):
        return Zero(*x.shape)
    return x.operands[1] if isinstance(x, Map) and x.operands[0] == sympy.exp(ENTRY) else None


def log_of_two(x: Map) -> Any:
    """log(exp A + exp B) in one function; log(1 + exp A) in one of one argument."""
    found = two_exponents(x.operands[1]) if x.operands[0] == sympy.log(ENTRY) else None
    return x if found is None else added(*found)


def reciprocal(x: Map) -> Any:
    """(1 + exp(A))⁻¹ as a logistic function."""
    base, k = power_of(x)
    found = two_exponents(base) if k.is_Integer and k.is_negative else None
    beside_one = [b for b in found if not isinstance(b, Zero)] if found else []
    return Map(ENTRY**-k, logistic(-beside_one[0])) if len(beside_one) == 1 else x


def share_of_two(x: Hadamard) -> Any:
    """exp(A) ⊙ (exp(A) + exp(B))⁻¹ = logistic(A − B)."""
    for base, k in map(power_of, x.operands):
        found = two_exponents(base)
        if found is None or not k.is_negative:
            continue
        for factor in x.operands:
            b = exponent(factor)
            if b is not None and b in found:
                other = found[0] if b is found[1] else found[1]
                rest = [y for y in x.operands if y is not factor]
                return Hadamard(*rest, base, logistic(b - other))
    return x


def log_of_logistic(x: Map) -> Any:
    """log(logistic(A)) = −softplus(−A), and log(1 − logistic(A)) = −softplus(A)."""
    if x.operands[0] != sympy.log(ENTRY):
        return x
    value = resolved(x.operands[1])
    chance = without_from_one(value)
    inner = resolved(value if chance is None else chance)
    if not is_logistic(inner):
        return x
    b = inner.operands[1]
    return -Map(softplus(ENTRY), -b if chance is None else b)


def without_from_one(x: Any) -> Node | None:
    """P, where this is 1 − P."""
    if not isinstance(x, Add) or len(x.operands) != 2:
        return None
    one, rest = sorted(x.operands, key=lambda term: not isinstance(term, Ones))
    c, inner = split_scale(rest)
    return inner if isinstance(one, Ones) and c == -1 else None


def huber_by_clip(x: Map) -> Any:
    """huber(A) = C ⊙ (A − C/2), where C is A clipped: its derivative."""
    f, b = x.operands
    if not isinstance(f, huber):
        return x
    bound = f.args[1]
    c = Map(clip(ENTRY, -bound, bound), b)
    return Hadamard(c, Add(b, Scale(Integer(-1) / 2, c)))


def scale_out_of_power(x: Map) -> Any:
    """(aA)² = a²A², for any integer power."""
    base, k = power_of(x)
    c, b = split_scale(base)
    return Scale(c**k, Map(ENTRY**k, b)) if c != 1 and k.is_Integer else x


def law(name: str, lhs: Node, rhs: Node, general: Callable[[Any], Any], *among: type) -> Law:
    """A row, the function that does what it shows, and one of what it needs."""
    return Law(name, lhs, rhs, general=general, among=among)


FUNCTIONS = (
    law("log(exp A + exp B)", log(exp(A) + exp(B)), added(A, B), log_of_two, sympy.log),
    law("1/(1 + exp A)", (ones(m, n) + exp(A)) ** -1, logistic(-A), reciprocal, Add, Named),
    law(
        "exp A/(1 + exp A)",
        exp(A) * logistic(-A),
        logistic(A),
        partial(quotient, exponent=exponent),
        sympy.exp,
        Named,
    ),
    law(
        "exp A/(exp A + exp B)",
        exp(A) / (exp(A) + exp(B)),
        logistic(A - B),
        share_of_two,
        sympy.exp,
        Named,
    ),
    law(
        "log of a logistic function",
        log(logistic(A)),
        -elementwise(softplus, -A),
        log_of_logistic,
        sympy.log,
    ),
    law(
        "log of 1 less a logistic function",
        log(ones(m, n) - logistic(A)),
        -elementwise(softplus, A),
        log_of_logistic,
        sympy.log,
    ),
    law(
        "Huber's function by its derivative",
        elementwise(lambda x: huber(x, delta), A),
        elementwise(lambda x: clip(x, -delta, delta), A)
        * (A - elementwise(lambda x: clip(x, -delta, delta), A) / 2),
        huber_by_clip,
        huber,
    ),
    law("(aA)² = a²A²", (a * A) ** 2, a**2 * A**2, scale_out_of_power, Scale),
)
"""Elementwise functions."""
