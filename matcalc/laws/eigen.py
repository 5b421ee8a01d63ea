"""Laws of simple eigenvalues of symmetric matrices (Magnus & Neudecker, ch. 8, sec. 9, thm. 7)."""

from matcalc.dimensions import dims
from matcalc.laws.differentials import rule
from matcalc.laws.theme import Theme
from matcalc.operators.constants import identity, ones
from matcalc.operators.eigen import Eigenvalue, Eigenvector, eigenvalue, eigenvector
from matcalc.operators.generalised_inverses import pinv
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import d, inner
from matcalc.operators.selection import index
from matcalc.rewrite import Law

(n,) = dims("n")
i = index("i")
S = matrix("S", n, n, "symmetric")
VALUE, VECTOR = eigenvalue(S, i), eigenvector(S, i)

EIGEN = Theme(
    differentials=(
        rule(
            "differential of a simple eigenvalue",
            Eigenvalue,
            d(VALUE),
            inner(VECTOR @ VECTOR.T, d(S)),
        ),
        rule(
            "differential of an eigenvector",
            Eigenvector,
            d(VECTOR),
            pinv(VALUE * identity(n) - S) @ d(S) @ VECTOR,
        ),
    ),
    simplest=(
        Law("a matrix times its eigenvector", S @ VECTOR, VALUE * VECTOR),
        Law("an eigenvector has length 1", VECTOR.T @ VECTOR, ones(1, 1)),
    ),
)
