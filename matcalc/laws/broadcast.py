"""Rows repeated down and columns repeated over: the laws of 1r and c1ᵀ, and of column sums.

They bring an expression to the form where sums run over as little as possible: what is constant
along a sum stands outside it, rows are multiplied as rows, and centred columns sum to nothing.
"""

from typing import Any

from sympy import Integer

from matcalc.dimensions import dims, same
from matcalc.match import Binding
from matcalc.monomials import repeated_row
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, split_scale
from matcalc.operators.elementwise import Hadamard, function, power_of
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import (
    Centering,
    Named,
    Ones,
    Zero,
    centering,
    column,
    matrix,
    ones,
    row,
    zeros,
)
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, p = dims("m n p")
A, B = matrix("A", m, n), matrix("B", m, n)
r, s = row("r", n), row("s", n)
c, e = column("c", m), column("e", m)
f = function("f")


def is_centred(node: Node) -> bool:
    """Whether every column certainly sums to zero."""
    if isinstance(node, Named):
        return is_centred(node.definition)
    if isinstance(node, Scale):
        return is_centred(node.operands[1])
    if isinstance(node, Product):
        return is_centred(node.operands[0]) or isinstance(node.operands[0], Centering)
    if isinstance(node, Hadamard):
        rest = [factor for factor in node.operands if not _is_row_power(factor)]
        return len(rest) == 1 and is_centred(rest[0])
    if isinstance(node, Add):
        return all(is_centred(term) for term in node.operands) or _takes_out_its_mean(node)
    return isinstance(node, Centering | Zero)


def _is_row_power(factor: Node) -> bool:
    return repeated_row(power_of(factor)[0]) is not None


def _takes_out_its_mean(node: Add) -> bool:
    """Z − 1μ with μ = 1ᵀZ/m."""
    for term in node.operands:
        sign, mean = split_scale(term)
        line = repeated_row(mean)
        rest = Scale(-1 / sign, Add(node, Scale(Integer(-1), term)))
        if line is not None and _unnamed(line) is Scale(1 / node.rows, _column_sums(rest)):
            return True
    return False


def _unnamed(node: Node) -> Node:
    while isinstance(node, Named):
        node = node.definition
    return node


def _column_sums(a: Node) -> Node:
    return Product(Ones(Integer(1), a.rows), a)


def centred(bound: Binding) -> bool:
    """Whether A is centred."""
    return is_centred(bound[A])


def drop_centred_terms(x: Product) -> Any:
    """1ᵀ(A + B) = 1ᵀA where the columns of B sum to zero; H(A + B) = HA + B."""
    for i, (left, total) in enumerate(zip(x.operands, x.operands[1:], strict=False)):
        summing = isinstance(left, Ones) and is_one(left.rows)
        if isinstance(total, Add) and (summing or isinstance(left, Centering)):
            kept = [term for term in total.operands if not is_centred(term)]
            gone = [term for term in total.operands if is_centred(term)]
            if gone:
                terms = [Product(left, Add(*kept))] if kept else [Zero(left.rows, total.cols)]
                terms += [] if summing else gone
                return Product(*x.operands[:i], Add(*terms), *x.operands[i + 2 :])
    return x


def take_out_mean(x: Add) -> Any:
    """cA − (c/m) 11ᵀA = cHA."""
    found = {a: c for c, a in map(split_scale, x.operands)}
    for a, coefficient in found.items():
        line = repeated_row(a)
        if line is None or not isinstance(line, Product) or not _is_row_of_ones(line.operands[0]):
            continue
        inner, scale = Product(*line.operands[1:]), -coefficient * x.rows
        if same(inner.rows, x.rows) and found.get(inner) == scale:
            rest = [Scale(k, t) for t, k in found.items() if t not in (a, inner)]
            return Add(*rest, Scale(scale, Product(Centering(x.rows), inner)))
    return x


def _is_row_of_ones(node: Node) -> bool:
    return isinstance(node, Ones) and is_one(node.rows)


def add_rows(x: Add) -> Any:
    """1r + 1s = 1(r + s), for any number of rows and with coefficients."""
    rows = [(k, repeated_row(a), term) for term in x.operands for k, a in [split_scale(term)]]
    lines = [(k, line, term) for k, line, term in rows if line is not None]
    if len(lines) < 2:
        return x
    repeated = Product(Ones(x.rows, Integer(1)), Add(*(Scale(k, line) for k, line, _ in lines)))
    return Add(repeated, *(term for _, line, term in rows if line is None))


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
    Law("column sums of a centred matrix", ones(1, m) @ A, zeros(1, n), where=centred),
    Law("a centred matrix stays", centering(m) @ A, A, where=centred),
    Law("centring takes out a constant", centering(m) @ ones(m), zeros(m, 1)),
    Law(
        "centring passes a row",
        centering(m) @ (A * (ones(m) @ r)),
        (centering(m) @ A) * (ones(m) @ r),
    ),
    Law(
        "centred terms drop out",
        ones(1, m) @ (A + centering(m) @ B),
        ones(1, m) @ A,
        general=drop_centred_terms,
    ),
    Law(
        "the mean taken out",
        A - 1 / m * ones(m) @ (ones(1, m) @ A),
        centering(m) @ A,
        general=take_out_mean,
    ),
    Law(
        "repeated rows add as rows",
        ones(m) @ r + ones(m) @ s,
        ones(m) @ (r + s),
        general=add_rows,
    ),
)
"""Laws for what is constant down the rows or over the columns."""
