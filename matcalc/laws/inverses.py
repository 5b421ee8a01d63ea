"""Inverses cancelled, and a sum with inverses written as one."""

from matcalc.dimensions import dims
from matcalc.operators.algebra import inv
from matcalc.operators.constants import identity
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law

m, n = dims("m n")
S, A = matrix("S", n, n), matrix("A", n, n)
R, U, V = matrix("R", m, m), matrix("U", n, m), matrix("V", m, n)

INVERSES = (
    Law("a matrix cancels its inverse", S @ inv(S), identity(n)),
    Law("an inverse cancels its matrix", inv(S) @ S, identity(n)),
    Law("a transpose cancels its inverse", S.T @ inv(S).T, identity(n)),
    Law("an inverse cancels its transpose", inv(S).T @ S.T, identity(n)),
    Law(
        "Woodbury",
        inv(A) - inv(A) @ U @ inv(R + V @ inv(A) @ U) @ V @ inv(A),
        inv(A + U @ inv(R) @ V),
    ),
)
"""Laws of inverses (H. V. Henderson, S. R. Searle, *On deriving the inverse of a sum of matrices*,
SIAM Review 23, 1981)."""
