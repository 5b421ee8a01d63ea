"""The differential of every operator (Magnus & Neudecker, ch. 8), one row each.

d is pushed inwards until it stands on the operands. Where an operator takes any number of
operands the row shows two and the function beside it does the rest.
"""

from functools import lru_cache
from operator import attrgetter
from typing import Any

from sympy import Derivative, DiracDelta, Expr, Integer, Subs, Symbol

from matcalc.dimensions import dims
from matcalc.errors import NotDifferentiable
from matcalc.node import Operator, scalars_and_nodes
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, inv
from matcalc.operators.constants import Constant, Zero, identity, ones, zeros
from matcalc.operators.determinant import Det, LogDet, det, logdet
from matcalc.operators.diagonal import Diag, Diagonal, diag, diagonal
from matcalc.operators.elementwise import Hadamard, Map, function, slope
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.operators.kronecker import (
    ContractLeft,
    ContractRight,
    Kronecker,
    Unvec,
    Vec,
    kron,
    unvec,
    vec,
)
from matcalc.operators.leaves import Named, column, let, matrix, scalar
from matcalc.operators.scalars import (
    Differential,
    Inner,
    ScalarDifferential,
    Total,
    Trace,
    d,
    inner,
    total,
    trace,
)
from matcalc.rewrite import Law

m, n, p, q = dims("m n p q")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, p)
E, S, v, w = matrix("E", p, q), matrix("S", n, n), column("v", n), column("w", m * n)
G, Q = matrix("G", m * p, n * q), matrix("Q", m, n)
b, c, f = scalar("b"), scalar("c"), function("f")


def leibniz(x: Any) -> Any:
    """Sum over the factors of the product with that factor's differential in its place."""
    node = x.operands[0]
    factors = node.operands
    terms = [
        type(node)(*factors[:i], d(factor), *factors[i + 1 :])
        for i, factor in enumerate(factors)
        if not isinstance(factor, Constant)
    ]
    return Add(*terms) if terms else Zero(*node.shape)


def termwise(x: Any) -> Any:
    """Differential of every term."""
    return Add(*(d(term) for term in x.operands[0].operands))


def multiple(x: Any) -> Any:
    """d(cA) = c dA + Σ_t (∂c/∂t) dt A over the scalars t that c is made of."""
    c, a = x.operands[0].operands
    return Add(Scale(c, d(a)), *(Scale(partial(c, t) * d(t), a) for t in scalar_parts(c)))


def elementwise_with_parameters(x: Any) -> Any:
    """d f(A) = f′(A) ⊙ dA, and (∂f/∂s)(A) ds for every scalar s in f."""
    f, a = x.operands[0].operands
    terms = [Scale(d(s), Map(partial(f, s), a)) for s in scalar_parts(f)]
    return Add(Hadamard(slope(f, a), d(a)), *terms)


@lru_cache(maxsize=16384)
def scalar_parts(expr: Expr) -> tuple[Any, ...]:
    """Scalar nodes and real symbols a coefficient depends on; sizes are constants."""
    symbols = sorted(expr.free_symbols, key=attrgetter("name"))
    return (*scalars_and_nodes(expr), *filter(is_scalar_parameter, symbols))


def is_scalar_parameter(s: Any) -> bool:
    """Whether a symbol is a scalar of the problem and not a size or the entry."""
    return isinstance(s, Symbol) and not s.is_integer and s not in (ENTRY, OTHER, Symbol(s.name))


def constant(x: Any) -> Any:
    """A matrix fixed by its sizes has differential 0."""
    node = x.operands[0]
    return Zero(*node.shape) if isinstance(node, Constant) else x


def chain(x: Any) -> Any:
    """ds = Σ_t (∂s/∂t) dt over the scalars t that s is made of; ∂s/∂t is sympy's."""
    s = x.operands[0]
    if isinstance(s, Operator | Symbol):
        return x
    return sum((partial(s, t) * d(t) for t in scalar_parts(s)), start=Integer(0))


def partial(s: Expr, t: Any) -> Expr:
    """∂s/∂t by sympy, all other scalars held fixed.

    Raises
    ------
    NotDifferentiable
        If sympy leaves the derivative unevaluated.
    """
    free = t if isinstance(t, Symbol) else PART
    result = s.xreplace({t: free}).diff(free)
    if result.has(Derivative, Subs, DiracDelta):
        raise NotDifferentiable(f"no derivative by {t} is known for {s}")
    return result.xreplace({free: t})


PART = Symbol("_part", real=True)
"""Stands for the scalar that a partial derivative is taken by."""


def definition(x: Any) -> Any:
    """A named intermediate has the differential of its definition."""
    return d(x.operands[0].definition) if isinstance(x.operands[0], Named) else x


def rule(name: str, operator: type, lhs: Any, rhs: Any, general: Any = None) -> Law:
    """The differential of one operator; ``general`` does what the row shows, for any operands."""

    def guarded(x: Any) -> Any:
        return general(x) if isinstance(x.operands[0], operator) else x

    heads = (Differential, ScalarDifferential)
    if general is None:
        return Law(name, lhs, rhs, heads=heads)
    return Law(name, lhs, rhs, general=guarded, heads=heads, among=(operator,))


CORE = (
    Law(
        "definition",
        d(let("Z", A)),
        d(A),
        general=definition,
        heads=(Differential,),
        among=(Named,),
    ),
    Law(
        "differential of a constant",
        d(zeros(m, n)),
        zeros(m, n),
        general=constant,
        among=(Constant,),
    ),
    rule("differential of a sum", Add, d(A + B), d(A) + d(B), termwise),
    rule("differential of a multiple", Scale, d(Scale(c, A)), d(c) * A + c * d(A), multiple),
    rule("differential of a product", Product, d(A @ C), d(A) @ C + A @ d(C), leibniz),
    rule("differential of ⊙", Hadamard, d(A * B), d(A) * B + A * d(B), leibniz),
    rule("differential of ⊗", Kronecker, d(kron(A, E)), kron(d(A), E) + kron(A, d(E)), leibniz),
    rule("differential of a transpose", Transpose, d(A.T), d(A).T),
    rule("differential of an inverse", Inverse, d(inv(S)), -inv(S) @ d(S) @ inv(S)),
    rule(
        "differential of an elementwise function",
        Map,
        d(f(A)),
        slope(f(A).operands[0], A) * d(A),
        elementwise_with_parameters,
    ),
    rule("differential of vec", Vec, d(vec(A)), vec(d(A))),
    rule("differential of unvec", Unvec, d(unvec(w, m, n)), unvec(d(w), m, n)),
    rule("differential of diag", Diag, d(diag(v)), diag(d(v))),
    rule("differential of a diagonal", Diagonal, d(diagonal(S)), diagonal(d(S))),
    rule(
        "differential of a left contraction",
        ContractLeft,
        d(ContractLeft(G, Q)),
        ContractLeft(d(G), Q) + ContractLeft(G, d(Q)),
        leibniz,
    ),
    rule(
        "differential of a right contraction",
        ContractRight,
        d(ContractRight(G, E)),
        ContractRight(d(G), E) + ContractRight(G, d(E)),
        leibniz,
    ),
    rule("differential of a trace", Trace, d(trace(S)), inner(identity(n), d(S))),
    rule("differential of a total", Total, d(total(A)), inner(ones(m, n), d(A))),
    rule(
        "differential of an inner product",
        Inner,
        d(inner(A, B)),
        inner(B, d(A)) + inner(A, d(B)),
    ),
    rule("differential of a determinant", Det, d(det(S)), det(S) * inner(inv(S).T, d(S))),
    rule("differential of log det", LogDet, d(logdet(S)), inner(inv(S).T, d(S))),
    Law("scalar chain rule", d(b * c**2), c**2 * d(b) + 2 * b * c * d(c), general=chain),
)
"""Laws that push d inwards, for the operators of matrix algebra."""
