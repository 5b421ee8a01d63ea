"""Linear maps transposed: ⟨G, L(X)⟩ = ⟨L*(G), X⟩, one row for each place X can stand in.

Reverse mode is these rows and the differentials, nothing else. X marks the operand that carries
the differential; G is the cotangent.
"""

from typing import Any

from sympy import Add as ScalarSum

from matcalc.dimensions import dims
from matcalc.match import Binding
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Transpose
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import ContractLeft, ContractRight, Kronecker, kron, unvec, vec
from matcalc.operators.leaves import Variable, matrix
from matcalc.operators.scalars import Inner, inner
from matcalc.rewrite import Law

m, n, p, q = dims("m n p q")


def carries_differential(bound: Binding) -> bool:
    """Whether X is the one operand with the differential in it."""
    operands = [(var.name, node) for var, node in bound.items() if isinstance(var, Variable)]
    return all(node.varies == (name == "X") for name, node in operands if name != "G")


def termwise(x: Any) -> Any:
    """Inner product with every term of a sum."""
    g, a = x.operands
    return ScalarSum(*(inner(g, term) for term in a.operands)) if isinstance(a, Add) else x


def varying_factor(a: Any, head: type[Node] = Product) -> int | None:
    """The place of the one factor with the differential in it."""
    factors = a.operands if isinstance(a, head) else ()
    places = [i for i, factor in enumerate(factors) if factor.varies]
    return places[0] if len(places) == 1 else None


def left_factors(x: Any) -> Any:
    """All factors before the one that varies, at once."""
    g, a = x.operands
    i = varying_factor(a)
    if not i:
        return x
    return inner(Product(Transpose(Product(*a.operands[:i])), g), Product(*a.operands[i:]))


def right_factors(x: Any) -> Any:
    """All factors after the one that varies, at once."""
    g, a = x.operands
    i = varying_factor(a)
    if i is None or i == len(a.operands) - 1:
        return x
    after = Product(*a.operands[i + 1 :])
    return inner(Product(g, Transpose(after)), Product(*a.operands[: i + 1]))


def entrywise_factors(x: Any) -> Any:
    """All ⊙-factors beside the one that varies, at once."""
    g, a = x.operands
    i = varying_factor(a, Hadamard)
    if i is None:
        return x
    return inner(Hadamard(*a.operands[:i], *a.operands[i + 1 :], g), a.operands[i])


def right_of_kronecker(x: Any) -> Any:
    """The last ⊗-factor, where others vary."""
    g, a = x.operands
    if not isinstance(a, Kronecker) or not a.varies or a.operands[-1].varies:
        return x
    return inner(ContractRight(g, a.operands[-1]), Kronecker(*a.operands[:-1]))


def law(name: str, lhs: Any, rhs: Any, general: Any = None, among: tuple[type, ...] = ()) -> Law:
    """A transposition of the map named, guarded by where the differential is."""
    whole = f"transposition of {name}"
    return Law(whole, lhs, rhs, where=carries_differential, general=general, among=among)


X, Y = matrix("X", m, n), matrix("Y", m, n)
x, stacked, square = matrix("X", n, 1), matrix("X", m * n, 1), matrix("X", n, n)
big = matrix("X", m * p, n * q)
A, B, P, D = matrix("A", p, m), matrix("B", n, q), matrix("P", p, q), matrix("A", m * p, n * q)
G, Gt, Gs, g = matrix("G", m, n), matrix("G", n, m), matrix("G", n, n), matrix("G", n, 1)
Gp, Gq, Gv = matrix("G", p, n), matrix("G", m, q), matrix("G", m * n, 1)
Gx, Gy, Gk = matrix("G", m * p, n * q), matrix("G", p * m, q * n), matrix("G", p, q)

CORE = (
    Law(
        "linearity",
        inner(G, X + Y),
        inner(G, X) + inner(G, Y),
        general=termwise,
        heads=(Inner,),
        among=(Add,),
    ),
    Law(
        "transposition of a left factor",
        inner(Gp, A @ X),
        inner(A.T @ Gp, X),
        general=left_factors,
        among=(Product,),
    ),
    Law(
        "transposition of a right factor",
        inner(Gq, X @ B),
        inner(Gq @ B.T, X),
        general=right_factors,
        among=(Product,),
    ),
    law(
        "⊙",
        inner(G, matrix("A", m, n) * X),
        inner(matrix("A", m, n) * G, X),
        entrywise_factors,
        (Hadamard,),
    ),
    law("a transpose", inner(Gt, X.T), inner(Gt.T, X)),
    law(
        "⊗ at its left",
        inner(Gx, kron(X, P)),
        inner(ContractRight(Gx, P), X),
        right_of_kronecker,
        (Kronecker,),
    ),
    law("⊗ at its right", inner(Gy, kron(P, X)), inner(ContractLeft(Gy, P), X)),
    law("vec", inner(Gv, vec(X)), inner(unvec(Gv, m, n), X)),
    law("unvec", inner(G, unvec(stacked, m, n)), inner(vec(G), stacked)),
    law("diag", inner(Gs, diag(x)), inner(diagonal(Gs), x)),
    law("a diagonal", inner(g, diagonal(square)), inner(diag(g), square)),
    law("a right contraction", inner(G, ContractRight(big, P)), inner(kron(G, P), big)),
    law(
        "a right contraction by its factor",
        inner(G, ContractRight(D, matrix("X", p, q))),
        inner(ContractLeft(D, G), matrix("X", p, q)),
    ),
    law(
        "a left contraction",
        inner(Gk, ContractLeft(big, matrix("A", m, n))),
        inner(kron(matrix("A", m, n), Gk), big),
    ),
    law(
        "a left contraction by its factor",
        inner(Gk, ContractLeft(D, X)),
        inner(ContractRight(D, Gk), X),
    ),
)
"""Every law that moves a linear map from the differential to the cotangent."""
