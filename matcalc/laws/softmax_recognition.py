"""Exponentials over their sums recognised as a softmax, logarithms of such sums as log-sum-exp.

What is written by hand becomes the operator, which is worked out without overflow. ``opened`` says
how to see an expression: as it is, or as what its name stands for.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sympy
from sympy import Expr, Integer

from matcalc.lines import ALONG, DOWN, Sums
from matcalc.monomials import Monomial, monomial
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.scalars import Total
from matcalc.operators.shapes import is_one
from matcalc.operators.softmax import (
    EXP,
    LOG,
    ColumnLogSumExp,
    ColumnSoftmax,
    RowLogSumExp,
    RowSoftmax,
    softmax,
)

Opening = Callable[[Any], Any]
SOFTMAX: dict[Sums, Any] = {ALONG: RowSoftmax, DOWN: ColumnSoftmax}
LSE: dict[Sums, Any] = {ALONG: RowLogSumExp, DOWN: ColumnLogSumExp}


def as_it_is(x: Any) -> Any:
    """Names stay closed."""
    return x


def exponential(a: Node) -> Node:
    """exp(A), elementwise."""
    return Map(EXP, a)


def logarithm(a: Node) -> Node:
    """log(A), elementwise."""
    return Map(LOG, a)


def exponent(x: Any, opened: Opening) -> Node | None:
    """A, where this is exp(A)."""
    x = opened(x)
    return x.operands[1] if isinstance(x, Map) and x.operands[0] == EXP else None


def is_log(x: Map) -> bool:
    """Whether an elementwise function is the logarithm."""
    return bool(x.operands[0] == LOG)


def log_of_softmax(sums: Sums, opened: Opening, x: Map) -> Any:
    """Log softmax(A) = A − lse(A)1ᵀ."""
    s = opened(x.operands[1])
    s = quotient(sums, opened, s) if isinstance(s, Hadamard) else s
    if not is_log(x) or not isinstance(s, SOFTMAX[sums]):
        return x
    a = s.operands[0]
    return a - sums.repeat(LSE[sums](a), sums.length(a))


def log_of_sums(sums: Sums, opened: Opening, x: Map) -> Any:
    """log(exp(A)1) = lse(A)."""
    powers = sums.summed(opened(x.operands[1])) if is_log(x) else None
    a = None if powers is None else exponent(powers, opened)
    return x if a is None else LSE[sums](a)


def exp_of_lse(sums: Sums, x: Map) -> Any:
    """exp(lse(A)) = exp(A)1."""
    line = exponent(x, as_it_is)
    return sums.of(exponential(line.operands[0])) if isinstance(line, LSE[sums]) else x


def exp_of_log_softmax(sums: Sums, opened: Opening, x: Map) -> Any:
    """exp(A − lse(A)1ᵀ) = softmax(A)."""
    a = opened(exponent(x, as_it_is))
    if not isinstance(a, Add):
        return x
    for term in a.operands:
        k, repeated = split_scale(term)
        line = opened(sums.repeated(repeated))
        rest = Add(a, Scale(Integer(-1), term))
        if k == -1 and isinstance(line, LSE[sums]) and line.operands[0] is rest:
            return SOFTMAX[sums](rest)
    return x


def quotient(sums: Sums, opened: Opening, x: Hadamard) -> Any:
    """exp(A) ⊙ (exp(A)1)⁻¹1ᵀ = softmax(A), beside any other factors."""
    if all(exponent(power_of(factor)[0], opened) is None for factor in x.operands):
        return x
    whole = monomial(x)
    for base, powers, a in _divisors(sums, opened, whole, sums.repeated):
        if whole.exponents.get(powers, Integer(0)).is_positive:
            divided = Monomial(Integer(1), {powers: Integer(1), base: Integer(-1)}, x.shape)
            return Hadamard(whole.over(divided).node(), SOFTMAX[sums](a))
    return x


def quotient_of_sums(sums: Sums, opened: Opening, x: Hadamard) -> Any:
    """(exp(A) ⊙ B)1 ⊙ (exp(A)1)⁻¹ = (softmax(A) ⊙ B)1."""
    if all(sums.summed(opened(power_of(factor)[0])) is None for factor in x.operands):
        return x
    whole = monomial(x)
    for base, powers, a in _divisors(sums, opened, whole, as_it_is):
        for line, k in whole.exponents.items():
            summed = sums.summed(line)
            inside = None if summed is None or k != 1 or line is base else monomial(summed)
            if inside is None or not inside.exponents.get(powers, Integer(0)).is_positive:
                continue
            one = Monomial(Integer(1), {powers: Integer(1)}, inside.shape)
            body = Hadamard(inside.over(one).node(), SOFTMAX[sums](a))
            divided = Monomial(Integer(1), {line: Integer(1), base: Integer(-1)}, x.shape)
            return Hadamard(whole.over(divided).node(), sums.of(body))
    return x


def _divisors(
    sums: Sums, opened: Opening, whole: Monomial, line_of: Callable[[Node], Any]
) -> Iterator[tuple[Node, Node, Node]]:
    """Bases that divide and are sums of an exponential; that exponential, and A."""
    for base, k in whole.exponents.items():
        line = line_of(base)
        powers = None if line is None or not k.is_negative else sums.summed(opened(line))
        a = None if powers is None else exponent(powers, opened)
        if powers is not None and a is not None:
            yield base, powers, a


def whole_quotient(opened: Opening, of: Callable[[Node], Node | None], x: Scale) -> Any:
    """exp(A)/Σexp(A) = softmax(A), over all entries, beside any other factors."""
    k, body = x.operands
    factors = body.operands if isinstance(body, Hadamard) else (body,)
    for part in sympy.Mul.make_args(k):
        powers = part.base.operands[0] if _divides_by_total(part) else None
        a = exponent(powers, opened)
        share = None if a is None or powers not in factors else of(a)
        if share is not None:
            rest = [factor for factor in factors if factor is not powers]
            return Scale(k * part.base, Hadamard(*rest, share))
    return x


def _divides_by_total(part: Expr) -> bool:
    return bool(part.is_Pow and isinstance(part.base, Total) and part.exp.is_negative)


def softmax_of_line(a: Node) -> Node | None:
    """Softmax of a row or a column."""
    return softmax(a) if is_one(a.rows) or is_one(a.cols) else None
