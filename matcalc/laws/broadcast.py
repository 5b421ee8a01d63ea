"""Rows repeated down and columns repeated over: the laws of 1r and c1ᵀ, and of sums.

They bring an expression to the form where sums run over as little as possible: what is constant
along a sum stands outside it, rows are multiplied as rows, and what is centred sums to nothing.
"""

from functools import partial
from itertools import pairwise
from typing import Any

from matcalc.dimensions import dims
from matcalc.lines import ALONG, DOWN, Sums
from matcalc.match import Binding
from matcalc.monomials import merged
from matcalc.operators.algebra import Add, Product, Scale, split_scale
from matcalc.operators.constants import Centering, Zero, centering, ones, zeros
from matcalc.operators.elementwise import function
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import column, matrix, row
from matcalc.rewrite import Law

m, n, p = dims("m n p")
A, B = matrix("A", m, n), matrix("B", m, n)
r, s = row("r", n), row("s", n)
c, e = column("c", m), column("e", m)
f = function("f")


def centred(sums: Sums, bound: Binding) -> bool:
    """Whether A is centred."""
    return sums.centred(bound[A])


def drop_centred_terms(sums: Sums, x: Product) -> Any:
    """1ᵀ(A + B) = 1ᵀA where the columns of B sum to zero; H(A + B) = HA + B."""
    for i, pair in enumerate(pairwise(x.operands)):
        outer, total = pair if sums.down else reversed(pair)
        summing = outer is sums.ones(total)
        if isinstance(total, Add) and (summing or isinstance(outer, Centering)):
            gone = [term for term in total.operands if sums.centred(term)]
            kept = [term for term in total.operands if not sums.centred(term)]
            if gone:
                rest = sums.product(outer, Add(Zero(*total.shape), *kept))
                whole = rest if summing else Add(rest, *gone)
                return Product(*x.operands[:i], whole, *x.operands[i + 2 :])
    return x


def take_out_mean(sums: Sums, x: Add) -> Any:
    """cA − (c/m) 11ᵀA = cHA, or its mirror image."""
    found = {a: c for c, a in map(split_scale, x.operands)}
    for a, coefficient in found.items():
        line = sums.repeated(a)
        inner = sums.summed(line) if line is not None else None
        if inner is None or inner.shape != x.shape:
            continue
        c = -coefficient * sums.length(x)
        if found.get(inner) == c:
            rest = [Scale(k, t) for t, k in found.items() if t not in (a, inner)]
            centring = Centering(sums.length(x))
            return Add(*rest, Scale(c, sums.product(centring, inner)))
    return x


def add_lines(sums: Sums, x: Add) -> Any:
    """1r + 1s = 1(r + s), for any number of lines and with coefficients, or its mirror image."""
    return merged(x, sums.repeated, lambda line: sums.repeat(line, sums.length(x)))


COLUMNS_CENTRED, ROWS_CENTRED = partial(centred, DOWN), partial(centred, ALONG)

BROADCAST = (
    Law("⊗ of a row and a column", kron(r, c), c @ r),
    Law("⊗ of a column and a row", kron(c, r), c @ r),
    Law("sum of ones", ones(1, m) @ ones(m), m * ones(1, 1)),
    Law("function of a repeated row", f(ones(m) @ r), ones(m) @ f(r)),
    Law("function of a repeated column", f(c @ ones(1, n)), f(c) @ ones(1, n)),
    Law("repeated rows multiply as rows", (ones(m) @ r) * (ones(m) @ s), ones(m) @ (r * s)),
    Law(
        "repeated columns multiply as columns",
        (c @ ones(1, n)) * (e @ ones(1, n)),
        (c * e) @ ones(1, n),
    ),
    Law(
        "a row passes out of column sums",
        ones(1, m) @ (A * (ones(m) @ r)),
        (ones(1, m) @ A) * r,
    ),
    Law(
        "a column passes out of row sums",
        (A * (c @ ones(1, n))) @ ones(n),
        (A @ ones(n)) * c,
    ),
    Law("column sums of a centred matrix", ones(1, m) @ A, zeros(1, n), where=COLUMNS_CENTRED),
    Law("row sums of a matrix with centred rows", A @ ones(n), zeros(m, 1), where=ROWS_CENTRED),
    Law("a centred matrix stays", centering(m) @ A, A, where=COLUMNS_CENTRED),
    Law("a matrix with centred rows stays", A @ centering(n), A, where=ROWS_CENTRED),
    Law("centring takes out a constant", centering(m) @ ones(m), zeros(m, 1)),
    Law("centring rows takes out a constant", ones(1, n) @ centering(n), zeros(1, n)),
    Law(
        "centring passes a row",
        centering(m) @ (A * (ones(m) @ r)),
        (centering(m) @ A) * (ones(m) @ r),
    ),
    Law(
        "centring rows passes a column",
        (A * (c @ ones(1, n))) @ centering(n),
        (A @ centering(n)) * (c @ ones(1, n)),
    ),
    Law(
        "centred terms drop out",
        ones(1, m) @ (A + centering(m) @ B),
        ones(1, m) @ A,
        general=partial(drop_centred_terms, DOWN),
        among=(Add,),
    ),
    Law(
        "terms with centred rows drop out",
        (A + B @ centering(n)) @ ones(n),
        A @ ones(n),
        general=partial(drop_centred_terms, ALONG),
        among=(Add,),
    ),
    Law(
        "the mean taken out",
        A - 1 / m * ones(m) @ (ones(1, m) @ A),
        centering(m) @ A,
        general=partial(take_out_mean, DOWN),
    ),
    Law(
        "the mean of rows taken out",
        A - 1 / n * (A @ ones(n)) @ ones(1, n),
        A @ centering(n),
        general=partial(take_out_mean, ALONG),
    ),
    Law(
        "repeated rows add as rows",
        ones(m) @ r + ones(m) @ s,
        ones(m) @ (r + s),
        general=partial(add_lines, DOWN),
    ),
    Law(
        "repeated columns add as columns",
        c @ ones(1, n) + e @ ones(1, n),
        (c + e) @ ones(1, n),
        general=partial(add_lines, ALONG),
    ),
)
"""Laws for what is constant down the rows or over the columns."""
