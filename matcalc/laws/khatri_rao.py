"""The Khatri-Rao product: Kronecker products column by column (Kolda & Bader 2009, sec. 2.6)."""

from matcalc.dimensions import dims
from matcalc.laws.differentials import leibniz, rule
from matcalc.laws.theme import Theme
from matcalc.laws.transposition import law as transposition
from matcalc.laws.vectorisation import law as vectorisation
from matcalc.operators.constants import commutation, identity, ones
from matcalc.operators.khatri_rao import KhatriRao, khatri_rao
from matcalc.operators.kronecker import kron, vec
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import d, inner
from matcalc.rewrite import Law

m, n, p, q, k, h = dims("m n p q k h")
A, B, C, D = matrix("A", m, n), matrix("B", p, n), matrix("C", m, q), matrix("D", p, q)
E, F = matrix("E", k, m), matrix("F", h, p)
X, Y, G = matrix("X", m, n), matrix("X", p, n), matrix("G", m * p, n)

DIFFERENTIALS = (
    rule(
        "differential of a Khatri-Rao product",
        KhatriRao,
        d(khatri_rao(A, B)),
        khatri_rao(d(A), B) + khatri_rao(A, d(B)),
        leibniz,
    ),
)

TRANSPOSITION = (
    transposition(
        "a Khatri-Rao product at its left",
        inner(G, khatri_rao(X, B)),
        inner(kron(identity(m), ones(1, p)) @ (kron(ones(m), B) * G), X),
    ),
    transposition(
        "a Khatri-Rao product at its right",
        inner(G, khatri_rao(A, Y)),
        inner(kron(ones(1, m), identity(p)) @ (kron(A, ones(p)) * G), Y),
    ),
)

VECTORISATION = (
    vectorisation(
        "a Khatri-Rao product at its left",
        vec(khatri_rao(X, B)),
        kron(identity(n), commutation(m, p))
        @ kron(khatri_rao(identity(n), B), identity(m))
        @ vec(X),
    ),
    vectorisation(
        "a Khatri-Rao product at its right",
        vec(khatri_rao(A, Y)),
        kron(khatri_rao(identity(n), A), identity(p)) @ vec(Y),
    ),
)

SIMPLEST = (
    Law(
        "product of Khatri-Rao products",
        khatri_rao(A, B).T @ khatri_rao(C, D),
        (A.T @ C) * (B.T @ D),
    ),
    Law(
        "⊗ times a Khatri-Rao product",
        kron(E, F) @ khatri_rao(A, B),
        khatri_rao(E @ A, F @ B),
    ),
)

KHATRI_RAO = Theme(DIFFERENTIALS, TRANSPOSITION, VECTORISATION, SIMPLEST)
"""Laws of the Khatri-Rao product."""
