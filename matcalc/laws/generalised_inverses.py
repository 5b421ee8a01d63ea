"""Laws of the adjugate and of the pseudo-inverse."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from matcalc.dimensions import dims
from matcalc.facts import holds
from matcalc.laws.differentials import rule
from matcalc.laws.facts import square_factors
from matcalc.laws.theme import Theme
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Transpose, inv, split_scale
from matcalc.operators.constants import Identity, Zero, identity, zeros
from matcalc.operators.determinant import det
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse, adj, pinv
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import d, inner
from matcalc.rewrite import Law

m, n, p, q = dims("m n p q")
A, E, S, B = matrix("A", m, n), matrix("E", p, q), matrix("S", n, n), matrix("B", n, n)
V = matrix("V", n, n, "invertible")
TALL = matrix("A", m + n, n, "full column rank")
WIDE = matrix("A", m, m + n, "full row rank")
X, P = matrix("X", m, n), pinv(A)


def adjugate_of_product(x: Adjugate) -> Any:
    """adj(A B ⋯) = ⋯ adj(B) adj(A) for square factors."""
    a = x.operands[0]
    if square_factors(a) is None:
        return x
    return Product(*(Adjugate(factor) for factor in reversed(a.operands)))


def pseudo_inverse_of_kronecker(x: PseudoInverse) -> Any:
    """(A ⊗ B)⁺ = A⁺ ⊗ B⁺."""
    a = x.operands[0]
    return Kronecker(*map(PseudoInverse, a.operands)) if isinstance(a, Kronecker) else x


def cancelling(fact: str, first: bool) -> Callable[[Product], Any]:
    """A⁺A = I (the pseudo-inverse first) or AA⁺ = I where A has the rank that the fact names."""

    def cancelled(x: Product) -> Any:
        for i, pair in enumerate(pairwise(x.operands)):
            inverse, a = pair if first else reversed(pair)
            if isinstance(inverse, PseudoInverse) and inverse.operands[0] is a and holds(fact, a):
                return Product(*x.operands[:i], Identity(pair[0].rows), *x.operands[i + 2 :])
        return x

    return cancelled


def complement(x: Any) -> Node | None:
    """A where this is I − AA⁺, the projection on what no column of A reaches."""
    terms = dict(split_scale(term)[::-1] for term in x.operands) if isinstance(x, Add) else {}
    unit = Identity(x.rows)
    pair = next((a for a in terms if isinstance(a, Product)), None)
    if pair is None or len(pair.operands) > 2 or terms != {unit: 1, pair: -1}:
        return None
    a, b = pair.operands
    return a if PseudoInverse(a) is b else None


def annihilated(x: Product) -> Any:
    """(I − AA⁺)A = (I − AA⁺)(A⁺)ᵀ = 0 and Aᵀ(I − AA⁺) = A⁺(I − AA⁺) = 0."""
    for left, right in pairwise(x.operands):
        a, b = complement(left), complement(right)
        after = () if a is None else (a, Transpose(PseudoInverse(a)))
        before = () if b is None else (Transpose(b), PseudoInverse(b))
        if right in after or left in before:
            return Zero(*x.shape)
    return x


def _differential() -> Node:
    """−A⁺ dA A⁺ + A⁺A⁺ᵀ dAᵀ (I − AA⁺) + (I − A⁺A) dAᵀ A⁺ᵀA⁺."""
    left, right = identity(m) - A @ P, identity(n) - P @ A
    return -P @ d(A) @ P + P @ P.T @ d(A).T @ left + right @ d(A).T @ P.T @ P


DIFFERENTIALS = (
    rule(
        "differential of an adjugate",
        Adjugate,
        d(adj(S)),
        inner(inv(S).T, d(S)) * adj(S) - adj(S) @ d(S) @ inv(S),
    ),
    rule("differential of a pseudo-inverse", PseudoInverse, d(P), _differential()),
)
"""For invertible S, and where the rank of A is constant."""

ADJUGATES = (
    Law("a matrix times its adjugate", S @ adj(S), det(S) * identity(n)),
    Law("an adjugate times its matrix", adj(S) @ S, det(S) * identity(n)),
    Law("adjugate of an invertible matrix", adj(V), det(V) * inv(V)),
    Law("adjugate of a transpose", adj(S.T), adj(S).T),
    Law("adjugate of an inverse", adj(inv(S)), S / det(S)),
    Law("inverse of an adjugate", inv(adj(S)), S / det(S)),
    Law("adjugate of a product", adj(S @ B), adj(B) @ adj(S), general=adjugate_of_product),
    Law("determinant of an adjugate", det(adj(S)), det(S) ** (n - 1)),
)

PENROSE = (
    Law("a pseudo-inverse between its matrices", A @ pinv(A) @ A, A),
    Law("a matrix between its pseudo-inverses", pinv(A) @ A @ pinv(A), pinv(A)),
    Law("the projection on the rows is symmetric", A.T @ pinv(A).T, pinv(A) @ A),
    Law("the projection on the columns is symmetric", pinv(A).T @ A.T, A @ pinv(A)),
    Law("the projection on the columns keeps them", A.T @ A @ pinv(A), A.T),
    Law("the projection on the rows keeps them", pinv(A) @ A @ A.T, A.T),
    Law(
        "what no column reaches",
        (identity(m) - A @ pinv(A)) @ A,
        zeros(m, n),
        general=annihilated,
        among=(Add,),
    ),
    Law("pseudo-inverse of a transpose", pinv(A.T), pinv(A).T),
    Law("pseudo-inverse of an invertible matrix", pinv(V), inv(V)),
    Law(
        "pseudo-inverse of ⊗",
        pinv(kron(A, E)),
        kron(pinv(A), pinv(E)),
        general=pseudo_inverse_of_kronecker,
    ),
    Law(
        "a pseudo-inverse cancels full column rank",
        pinv(TALL) @ TALL,
        identity(n),
        general=cancelling("full column rank", first=True),
        among=(PseudoInverse,),
    ),
    Law(
        "a pseudo-inverse cancels full row rank",
        WIDE @ pinv(WIDE),
        identity(m),
        general=cancelling("full row rank", first=False),
        among=(PseudoInverse,),
    ),
)

NORMAL_EQUATIONS = (
    Law("X(XᵀX)⁻¹ is a pseudo-inverse", X @ inv(X.T @ X), pinv(X).T),
    Law("(XᵀX)⁻¹Xᵀ is a pseudo-inverse", inv(X.T @ X) @ X.T, pinv(X)),
)
"""Not among the laws of the simplest form: least squares keeps its (XᵀX)⁻¹Xᵀ."""

GENERALISED_INVERSES = Theme(differentials=DIFFERENTIALS, simplest=(*ADJUGATES, *PENROSE))
"""Laws of the adjugate and of the pseudo-inverse."""
