"""Inverses of structured matrices by their parts: what a solution needs instead of all entries."""

from typing import Any

from sympy import Integer

from matcalc.dimensions import dims, same
from matcalc.laws.simplest import SIMPLEST
from matcalc.lower.blocks import identity_joins
from matcalc.lower.chains import EVEN
from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Product, Scale, inv, split_scale
from matcalc.operators.blocks import hstack, vstack
from matcalc.operators.constants import Identity, Ones, identity, ones
from matcalc.operators.diagonal import Diag, diag
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import column, matrix, scalar
from matcalc.rewrite import Law, Table

n, k = dims("n k")
S, U, W = matrix("S", n, n), matrix("U", n, k), matrix("W", k, n)
a, v = scalar("a"), column("v", n)

WOODBURY = "Woodbury's formula, opened"


def as_column(term: Node) -> Node | None:
    """The diagonal of a term that is a diagonal matrix."""
    c, inner = split_scale(term)
    if isinstance(inner, Identity):
        return Scale(c, Ones(inner.rows, Integer(1)))
    return Scale(c, inner.operands[0]) if isinstance(inner, Diag) else None


def diagonals_join(x: Add) -> Any:
    """aI + diag(v) = diag(a1 + v), and the same for several."""
    lines = {term: line for term in x.operands if (line := as_column(term)) is not None}
    if len(lines) < 2:
        return x
    rest = [term for term in x.operands if term not in lines]
    return Add(Diag(Add(*lines.values())), *rest)


def narrow(term: Node) -> tuple[Node, Node] | None:
    """U and W of a term UW that is cut where it is narrowest; ones are a column times a row."""
    c, inner = split_scale(term)
    if isinstance(inner, Ones):
        return Scale(c, Ones(inner.rows, Integer(1))), Ones(Integer(1), inner.cols)
    if not isinstance(inner, Product):
        return None
    factors = inner.operands
    cut = min(range(1, len(factors)), key=lambda i: (EVEN.weight(factors[i].rows), i))
    if same(factors[cut].rows, term.rows):
        return None
    return Scale(c, Product(*factors[:cut])), Product(*factors[cut:])


def of_low_rank(x: Any) -> tuple[Node, Node, Node] | None:
    """D, U and W where ``x`` is D + UW; of several products, their factors side by side."""
    terms = x.operands if isinstance(x, Add) else ()
    found = [narrow(term) for term in terms]
    products = [pair for pair in found if pair is not None]
    rest = [term for term, pair in zip(terms, found, strict=True) if pair is None]
    if not products or len(rest) != 1:
        return None
    left, right = zip(*products, strict=True)
    return rest[0], hstack(*left), vstack(*right)


def spread(x: Node) -> Node:
    """c(A + B) as cA + cB; the laws of inverses would take c out, and leave no sum."""
    c, inner = split_scale(x)
    return Add(*(Scale(c, term) for term in inner.operands)) if isinstance(inner, Add) else x


def woodbury(x: Inverse) -> Any:
    """(D + UW)⁻¹ = D⁻¹ − D⁻¹U(I + WD⁻¹U)⁻¹WD⁻¹."""
    found = of_low_rank(x.operands[0])
    if found is None:
        return x
    d, u, w = found
    easy = Inverse(d)
    small = Add(Identity(u.cols), Product(w, easy, u))
    return Add(easy, Scale(Integer(-1), Product(easy, u, Inverse(small), w, easy)))


OWN = (
    Law(
        "a I + diag(v) = diag(a 1 + v)",
        a * identity(n) + diag(v),
        diag(a * ones(n) + v),
        general=diagonals_join,
    ),
    Law(
        "a I ⊗ I joins S ⊗ I",
        a * identity(n * k) + kron(S, identity(k)),
        kron(a * identity(n) + S, identity(k)),
        general=identity_joins,
    ),
)
INVERTED = Table(
    "inversion", (*(law for law in SIMPLEST.laws if isinstance(law.lhs, Inverse)), *OWN)
)
"""Every simplification of an inverse, and those that only pay where one solves."""
OPENED = Table(
    "low rank",
    (
        Law(
            WOODBURY,
            inv(S + U @ W),
            inv(S) - inv(S) @ U @ inv(identity(k) + W @ inv(S) @ U) @ W @ inv(S),
            general=woodbury,
        ),
    ),
)
"""Used once, on the whole: the small inverse in it is of the same form."""
