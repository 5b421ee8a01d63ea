"""Scalars from matrices: equal traces, totals and inner products brought to one form."""

from typing import Any

from matcalc.dimensions import dims
from matcalc.measure import least_turn
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.constants import Identity, Ones, identity, ones
from matcalc.operators.kronecker import Kronecker, kron, vec
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import Inner, Total, Trace, inner, total, trace
from matcalc.rewrite import Law

m, n, p = dims("m n p")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, m)
S, R = matrix("S", n, n), matrix("R", p, p)


def inner_with_constant(kind: type, scalar: type) -> Any:
    """⟨A, 1⟩ or ⟨S, I⟩, the constant on either side."""

    def reduced(x: Any) -> Any:
        for a, b in (x.operands, reversed(x.operands)):
            if isinstance(b, kind):
                return scalar(a)
        return x

    return reduced


def inner_in_order(x: Any) -> Any:
    """⟨B, A⟩ = ⟨A, B⟩, the operands in their order."""
    a, b = x.operands
    return x if a.key <= b.key or a.varies or b.varies else Inner(b, a)


def inner_as_trace(x: Any) -> Any:
    """⟨A, Cᵀ⟩ = tr(C A), the transpose on either side."""
    for a, b in (x.operands, reversed(x.operands)):
        if isinstance(b, Transpose):
            return Trace(Product(b.operands[0], a))
    return x


def turned_trace(x: Any) -> Any:
    """tr(B A) = tr(A B) = tr(Bᵀ Aᵀ): the least of them."""
    a = x.operands[0]
    return Trace(least_turn(a)) if isinstance(a, Product) and not a.varies else x


def trace_of_kronecker(x: Any) -> Any:
    """tr(S ⊗ R) = tr(S) tr(R), for square factors."""
    a = x.operands[0]
    if not isinstance(a, Kronecker) or any(f.rows != f.cols for f in a.operands):
        return x
    result: Any = 1
    for factor in a.operands:
        result = result * Trace(factor)
    return result


SCALARS = (
    Law(
        "inner product with ones",
        inner(A, ones(m, n)),
        total(A),
        general=inner_with_constant(Ones, Total),
    ),
    Law(
        "inner product with an identity",
        inner(S, identity(n)),
        trace(S),
        general=inner_with_constant(Identity, Trace),
    ),
    Law("inner product of transposes", inner(A.T, B.T), inner(A, B)),
    Law("inner product with a transpose", inner(A, C.T), trace(C @ A), general=inner_as_trace),
    Law("inner product of vecs", inner(vec(A), vec(B)), inner(A, B)),
    Law("an inner product is symmetric", inner(B, A), inner(A, B), general=inner_in_order),
    Law("trace of a transpose", trace(S.T), trace(S)),
    Law("trace of an identity", trace(identity(n)), n),
    Law("trace of ones", trace(ones(n, n)), n),
    Law("trace of ⊗", trace(kron(S, R)), trace(S) * trace(R), general=trace_of_kronecker),
    Law("a trace is cyclic", trace(C @ A), trace(A @ C), general=turned_trace),
    Law("total of a transpose", total(A.T), total(A)),
    Law("total of a vec", total(vec(A)), total(A)),
    Law("total of ones", total(ones(m, n)), m * n),
)
"""Traces, totals and inner products."""
