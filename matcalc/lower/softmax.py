"""Lowering laws of softmax and log-sum-exp: from the greatest entry on, so that nothing overflows.

One exponential serves the softmax and the log-sum-exp of the same matrix. Exponentials over their
sums that were written by hand are recognised first, under whatever names they have.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import sympy
from sympy import Expr, Integer

from matcalc.dimensions import dims
from matcalc.laws.softmax import WORDS
from matcalc.laws.softmax_recognition import (
    LSE,
    SOFTMAX,
    exp_of_log_softmax,
    exponent,
    exponential,
    log_of_softmax,
    log_of_sums,
    logarithm,
    quotient,
    quotient_of_sums,
    whole_quotient,
)
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.lower.broadcasting import line_along
from matcalc.lower.kernels import REPEATS, SUMS, Kernel, RepeatColumns, RepeatRows
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Transpose
from matcalc.operators.constants import Zero
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY
from matcalc.operators.kronecker import Vec, vec
from matcalc.operators.leaves import Named, column, matrix, row
from matcalc.operators.scalars import Inner, Total, Trace, inner, total, trace
from matcalc.operators.shapes import is_one
from matcalc.operators.softmax import (
    ColumnLogSumExp,
    LogSumExp,
    RowLogSumExp,
    column_logsumexp,
    logsumexp,
    softmax,
)
from matcalc.protocols import ATOM, SUM, Show, Values
from matcalc.rewrite import Law
from matcalc.symbols import resolved

m, n = dims("m n")
A, B = matrix("A", m, n), matrix("B", m, n)
r, c = row("r", n), column("c", m)


class Greatest(Kernel, abstract=True):
    """The greatest entry of every line along one axis; 0 goes down the columns."""

    axis: ClassVar[int]

    @classmethod
    def canonical(cls, a: Node) -> Any:
        return a if is_one(a.shape[cls.axis]) else (a,)

    @classmethod
    def infer(cls, a: Node) -> tuple[Expr, Expr]:
        return (a.rows, Integer(1)) if cls.axis else (Integer(1), a.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        return max(table[i] if self.axis else [line[j] for line in table], key=_real_part)

    def numpy(self, show: Show) -> str:
        return f"{show(self.operands[0], ATOM)}.max(axis={self.axis}, keepdims=True)"


def _real_part(x: Any) -> Any:
    return x.real


class ColumnGreatest(Greatest):
    """A row. Entry: max_i A[i, j]."""

    axis = 0


class RowGreatest(Greatest):
    """A column. Entry: max_j A[i, j]."""

    axis = 1


class Beyond(Kernel):
    """A less a line, which is repeated; A is one operand, so that it is worked out once."""

    precedence = SUM

    @staticmethod
    def infer(a: Node, line: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, line = (at.table(operand) for operand in self.operands)
        return a[i][j] - line[min(i, len(line) - 1)][min(j, len(line[0]) - 1)]

    def numpy(self, show: Show) -> str:
        a, line = self.operands
        return f"{show(a, SUM)} - {show(line, SUM + 1)}"


GREATEST = (ColumnGreatest, RowGreatest)


def powers(a: Node, axis: int) -> Node:
    """exp(A − c1ᵀ), where c has the greatest entries of the rows; or its mirror image."""
    return exponential(Beyond(a, GREATEST[axis](a)))


def softmax_shifted(a: Node, axis: int) -> Node:
    """Softmax by powers that do not overflow."""
    top = powers(a, axis)
    return Hadamard(top, REPEATS[axis](Map(1 / ENTRY, SUMS[axis](top)), a.shape[axis]))


def lse_shifted(a: Node, axis: int) -> Node:
    """Log-sum-exp by powers that do not overflow."""
    return Add(GREATEST[axis](a), logarithm(SUMS[axis](powers(a, axis))))


def of_repeated(axis: int, x: Any) -> Any:
    """Softmax or log-sum-exp of lines that are all one line: that of the line, repeated."""
    a, kind = x.operands[0], REPEATS[1 - axis]
    line = line_along(a, kind)
    return x if line is None else kind(type(x)(line), a.shape[kind.axis])


def of_constant(axis: int, x: Any) -> Any:
    """Softmax or log-sum-exp along lines that are constant."""
    a = x.operands[0]
    if not isinstance(a, REPEATS[axis]):
        return x
    flat = type(x)(Zero(*a.shape))
    return flat if x.shape == a.shape else Add(flat, a.line)


def turned(axis: int, kinds: dict[Sums, Any], x: Any) -> Any:
    """Softmax or log-sum-exp of the rows of Aᵀ is that of the columns of A, transposed."""
    a = x.operands[0]
    other = kinds[DOWN if axis else ALONG]
    return Transpose(other(a.operands[0])) if isinstance(a, Transpose) else x


def all_entries(x: LogSumExp) -> Any:
    """Log-sum-exp of all entries as that of one line."""
    a = x.operands[0]
    return Trace(RowLogSumExp(a) if is_one(a.rows) else ColumnLogSumExp(Vec(a)))


def scalars_recognised(x: Expr) -> Any:
    """log Σexp(A) and ⟨exp(A), B⟩/Σexp(A), anywhere in a scalar expression."""
    logs = x.replace(lambda part: isinstance(part, sympy.log), _log_of_total)
    return logs.replace(lambda part: part.is_Mul, _inner_over_total)


def _log_of_total(part: Expr) -> Expr:
    inside = part.args[0]
    a = exponent(inside.operands[0], resolved) if isinstance(inside, Total) else None
    return part if a is None else LogSumExp(a)


def _inner_over_total(x: Expr) -> Expr:
    for share in x.args:
        if not (share.is_Pow and share.exp.is_negative and isinstance(share.base, Total)):
            continue
        top = share.base.operands[0]
        a = exponent(top, resolved)
        for product in x.args if a is not None else ():
            rest = _without(top, product)
            if a is not None and rest is not None:
                return x / product * share.base * Inner(softmax(a), rest)
    return x


def _without(factor: Node, product: Expr) -> Node | None:
    """B, where the product is ⟨A, B⟩ or Σ(A ⊙ B) for the factor A."""
    if isinstance(product, Inner) and factor in product.operands:
        return product.operands[1 - product.operands.index(factor)]
    body = product.operands[0] if isinstance(product, Total) else None
    if not isinstance(body, Hadamard) or factor not in body.operands:
        return None
    return Hadamard(*(other for other in body.operands if other is not factor))


def _recognised(sums: Sums) -> tuple[Law, ...]:
    words, soft, lse = WORDS[sums], SOFTMAX[sums], LSE[sums]
    e, repeat = exponential(A), partial(sums.repeat, length=sums.length(A))

    def law(name: str, lhs: Node, rhs: Node, general: Callable[..., Any], *among: type) -> Law:
        by = partial(general, sums, resolved)
        return Law(name.format(words), lhs, rhs, general=by, among=among)

    return (
        law("log softmax of {}", logarithm(soft(A)), A - repeat(lse(A)), log_of_softmax,
            sympy.log),
        law("log Σexp of {}", logarithm(sums.of(e)), lse(A), log_of_sums, sympy.log),
        law("exp of log softmax of {}", exponential(A - repeat(lse(A))), soft(A),
            exp_of_log_softmax, sympy.exp),
        law("exp/Σexp of {}", e * repeat(sums.of(e) ** -1), soft(A), quotient,
            sympy.exp, sympy.Pow, Named),
        law("Σ(exp ⊙ B)/Σexp of {}", sums.of(e * B) / sums.of(e), sums.of(soft(A) * B),
            quotient_of_sums, Product, sympy.Pow, Named),
    )  # fmt: skip


TOTAL = total(exponential(A))
RECOGNISED = (
    *_recognised(ALONG),
    *_recognised(DOWN),
    Law(
        "exp A/Σexp A",
        1 / TOTAL * exponential(A),
        softmax(A),
        general=partial(whole_quotient, resolved, softmax),
        among=(sympy.Mul, sympy.Pow),
    ),
    Law(
        "log Σexp A",
        sympy.log(TOTAL),
        logsumexp(A),
        general=scalars_recognised,
        heads=(sympy.log, sympy.Add, sympy.Mul, sympy.Pow),
    ),
    Law(
        "⟨exp A, B⟩/Σexp A",
        inner(exponential(A), B) / TOTAL,
        inner(softmax(A), B),
        general=scalars_recognised,
    ),
)
"""What is used before its operands are lowered."""


def _shifted(sums: Sums) -> tuple[Law, ...]:
    axis, words = int(sums is ALONG), WORDS[sums]
    soft, lse, kinds = SOFTMAX[sums], LSE[sums], (SOFTMAX, LSE)
    across, along = (RepeatRows(r, m), RepeatColumns(c, n))[:: 1 if axis else -1]
    others = [kind[DOWN if axis else ALONG] for kind in kinds]
    line, count = across.operands

    def repeat(x: Node) -> Node:
        return type(across)(x, count)

    def law(name: str, lhs: Node, rhs: Node, general: Any) -> Law:
        return Law(name.format(words), lhs, rhs, general=general)

    return (
        law("softmax of {} of Aᵀ", soft(A.T), others[0](A).T, partial(turned, axis, SOFTMAX)),
        law("lse of {} of Aᵀ", lse(A.T), others[1](A).T, partial(turned, axis, LSE)),
        law("softmax of {} of one line", soft(across), repeat(soft(line)),
            partial(of_repeated, axis)),
        law("lse of {} of one line", lse(across), repeat(lse(line)), partial(of_repeated, axis)),
        law("softmax along constant {}", soft(along), soft(Zero(m, n)), partial(of_constant, axis)),
        law("lse along constant {}", lse(along), lse(Zero(m, n)) + along.line,
            partial(of_constant, axis)),
        law("softmax of {} from the greatest", soft(A), softmax_shifted(A, axis),
            lambda x: softmax_shifted(x.operands[0], axis)),
        law("lse of {} from the greatest", lse(A), lse_shifted(A, axis),
            lambda x: lse_shifted(x.operands[0], axis)),
    )  # fmt: skip


SHIFTED = (
    *_shifted(ALONG),
    *_shifted(DOWN),
    Law("lse of all entries", logsumexp(A), trace(column_logsumexp(vec(A))), general=all_entries),
)
"""Softmax and log-sum-exp from the greatest entry of each line on."""
