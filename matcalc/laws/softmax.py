"""Softmax and log-sum-exp: their differentials, and exponentials over their sums recognised.

Each law holds for rows and for columns; it is said once, for the sums along which the softmax is
taken.
"""

from functools import partial
from itertools import pairwise
from typing import Any

import sympy
from sympy import Integer

from matcalc.dimensions import dims
from matcalc.laws.differentials import rule
from matcalc.laws.softmax_recognition import (
    LSE,
    SOFTMAX,
    as_it_is,
    exp_of_log_softmax,
    exp_of_lse,
    exponential,
    log_of_softmax,
    log_of_sums,
    logarithm,
    quotient,
    quotient_of_sums,
    softmax_of_line,
    whole_quotient,
)
from matcalc.laws.theme import Theme
from matcalc.lines import ALONG, DIRECTIONS, DOWN, Sums
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones, Zero, ones
from matcalc.operators.leaves import Named, column, matrix, row
from matcalc.operators.scalars import Total, d, inner, total
from matcalc.operators.softmax import (
    ColumnLogSumExp,
    ColumnSoftmax,
    LogSumExp,
    RowLogSumExp,
    RowSoftmax,
    column_logsumexp,
    column_softmax,
    logsumexp,
    row_logsumexp,
    row_softmax,
    softmax,
)
from matcalc.rewrite import Law
from matcalc.symbols import resolved

m, n = dims("m n")
A, B = matrix("A", m, n), matrix("B", m, n)
r, c, v = row("r", n), column("c", m), column("v", n)
WORDS = {ALONG: "rows", DOWN: "columns"}


def sums_of_softmax(sums: Sums, x: Product) -> Any:
    """S1 = 1 for the softmax of rows, or its mirror image, anywhere in a product."""
    for i, pair in enumerate(pairwise(x.operands)):
        one, s = pair if sums.down else reversed(pair)
        if isinstance(resolved(s), SOFTMAX[sums]) and one is sums.ones(s):
            unit = Ones(Integer(1), s.cols) if sums.down else Ones(s.rows, Integer(1))
            return Product(*x.operands[:i], unit, *x.operands[i + 2 :])
    return x


def total_of_softmax(sums: Sums, x: Total) -> Any:
    """ΣS = m for the softmax of m rows, or its mirror image."""
    s = resolved(x.operands[0])
    return s.shape[0 if sums is ALONG else 1] if isinstance(s, SOFTMAX[sums]) else x


def without_shift(sums: Sums, a: Node) -> tuple[Node, Node] | None:
    """What is left of A, and the line c, where A is the rest and c1ᵀ."""
    terms = a.operands if isinstance(a, Add) else (a,)
    lines = [_line(sums, term) for term in terms]
    rest = [term for term, line in zip(terms, lines, strict=True) if line is None]
    found = [line for line in lines if line is not None]
    return (Add(Zero(*a.shape), *rest), Add(*found)) if found else None


def _line(sums: Sums, term: Node) -> Node | None:
    """c of c1ᵀ, with its coefficient."""
    k, inner_ = split_scale(term)
    if isinstance(inner_, Ones):
        return Scale(k / sums.length(term), sums.of(inner_))
    line = sums.repeated(inner_)
    return None if line is None else Scale(k, line)


def softmax_of_shifted(sums: Sums, x: Any) -> Any:
    """Softmax of A + c1ᵀ is that of A."""
    found = without_shift(sums, x.operands[0])
    return x if found is None else type(x)(found[0])


def lse_of_shifted(sums: Sums, x: Any) -> Any:
    """Log-sum-exp of A + c1ᵀ is that of A, and c."""
    found = without_shift(sums, x.operands[0])
    return x if found is None else Add(type(x)(found[0]), found[1])


def turned(sums: Sums, x: Any) -> Any:
    """Softmax or log-sum-exp of the rows of Aᵀ is that of the columns of A, transposed."""
    a = x.operands[0]
    if not isinstance(a, Transpose):
        return x
    kinds = SOFTMAX if isinstance(x, SOFTMAX[sums]) else LSE
    return Transpose(kinds[_other(sums)](a.operands[0]))


def of_lines(sums: Sums, x: Any) -> Any:
    """Softmax or log-sum-exp of rows that are all one row: that of the row, repeated."""
    across = _other(sums)
    line = across.repeated(x.operands[0])
    return x if line is None else across.repeat(type(x)(line), across.length(x))


def _other(sums: Sums) -> Sums:
    return DIRECTIONS[1 - DIRECTIONS.index(sums)]


def _laws(sums: Sums) -> tuple[Law, ...]:
    """Towards the published form, for rows or for columns."""
    words, soft, lse = WORDS[sums], SOFTMAX[sums], LSE[sums]
    line, across = (c, r) if sums is ALONG else (r, c)
    powers = exponential(A)
    shifted = A + sums.repeat(line, sums.length(A))
    alike = _other(sums).repeat(across, _other(sums).length(A))
    repeat = partial(sums.repeat, length=sums.length(A))

    def law(name: str, lhs: Any, rhs: Any, general: Any, among: tuple[type, ...] = ()) -> Law:
        return Law(name.format(words), lhs, rhs, general=general, among=among)

    return (
        law("{} of a softmax sum to 1", sums.of(soft(A)), ones(*line.shape),
            partial(sums_of_softmax, sums), (soft, Named)),
        law("total of a softmax of {}", total(soft(A)), line.rows * line.cols,
            partial(total_of_softmax, sums)),
        law("a softmax of {} forgets shifts", soft(shifted), soft(A),
            partial(softmax_of_shifted, sums)),
        law("a log-sum-exp of {} shifts along", lse(shifted), lse(A) + line,
            partial(lse_of_shifted, sums)),
        law("logarithm of a softmax of {}", logarithm(soft(A)), A - repeat(lse(A)),
            partial(log_of_softmax, sums, as_it_is), (sympy.log,)),
        law("logarithm of sums of exponentials of {}", logarithm(sums.of(powers)), lse(A),
            partial(log_of_sums, sums, as_it_is), (sympy.log,)),
        law("exponential of a log-softmax of {}", exponential(A - repeat(lse(A))), soft(A),
            partial(exp_of_log_softmax, sums, as_it_is), (sympy.exp,)),
        law("exponential of a log-sum-exp of {}", exponential(lse(A)), sums.of(powers),
            partial(exp_of_lse, sums), (sympy.exp,)),
        law("exponentials over the sums of {}", powers * repeat(sums.of(powers) ** -1), soft(A),
            partial(quotient, sums, as_it_is), (sympy.exp, sympy.Pow)),
        law("sums with exponentials over the sums of {}",
            sums.of(powers * B) / sums.of(powers), sums.of(soft(A) * B),
            partial(quotient_of_sums, sums, as_it_is), (Product, sympy.Pow)),
        law("softmax of {} of a transpose", soft(A.T), SOFTMAX[_other(sums)](A).T,
            partial(turned, sums)),
        law("log-sum-exp of {} of a transpose", lse(A.T), LSE[_other(sums)](A).T,
            partial(turned, sums)),
        law("softmax of {} that are all alike", soft(alike),
            _other(sums).repeat(soft(across), _other(sums).length(A)), partial(of_lines, sums)),
        law("log-sum-exp of {} that are all alike", lse(alike),
            _other(sums).repeat(lse(across), _other(sums).length(A)), partial(of_lines, sums)),
    )  # fmt: skip


S, C = row_softmax(A), column_softmax(A)
SOFTMAXES = Theme(
    differentials=(
        rule(
            "differential of a softmax of rows",
            RowSoftmax,
            d(S),
            S * d(A) - S * (((S * d(A)) @ ones(n)) @ ones(1, n)),
        ),
        rule(
            "differential of a softmax of columns",
            ColumnSoftmax,
            d(C),
            C * d(A) - C * (ones(m) @ (ones(1, m) @ (C * d(A)))),
        ),
        rule(
            "differential of a log-sum-exp of rows",
            RowLogSumExp,
            d(row_logsumexp(A)),
            (S * d(A)) @ ones(n),
        ),
        rule(
            "differential of a log-sum-exp of columns",
            ColumnLogSumExp,
            d(column_logsumexp(A)),
            ones(1, m) @ (C * d(A)),
        ),
        rule(
            "differential of a log-sum-exp",
            LogSumExp,
            d(logsumexp(A)),
            inner(softmax(A), d(A)),
        ),
    ),
    simplest=(
        *(law for sums in (ALONG, DOWN) for law in _laws(sums)),
        Law(
            "exponentials over their total",
            1 / total(exponential(v)) * exponential(v),
            softmax(v),
            general=partial(whole_quotient, as_it_is, softmax_of_line),
            among=(sympy.Mul, sympy.Pow),
        ),
    ),
)
