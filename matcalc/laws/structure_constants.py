"""Duplication, elimination and triangular masks (Magnus & Neudecker, ch. 3, secs. 7 and 8).

N_n = (I + K_nn)/2 makes vec(A) the vec of A's symmetric part: D_n has symmetric columns, so
N_n D_n = D_n. The rows are written for 2N_n = I + K_nn.
"""

from typing import Any

from matcalc.dimensions import dims
from matcalc.laws.theme import Theme
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.constants import commutation, identity, ones
from matcalc.operators.diagonal import diagonal
from matcalc.operators.elementwise import Map, power_of
from matcalc.operators.kronecker import vec
from matcalc.operators.leaves import matrix
from matcalc.operators.structure_constants import (
    LowerMask,
    duplication,
    elimination,
    lower_mask,
    skew_duplication,
    toeplitz_basis,
)
from matcalc.rewrite import Law

(n,) = dims("n")
half = n * (n + 1) / 2
A, S = matrix("A", n, n), matrix("S", n, n, "symmetric")
L, U = matrix("L", n, n, "lower triangular"), matrix("U", n, n, "upper triangular")
D, E, K, W = duplication(n), elimination(n), commutation(n, n), skew_duplication(n)
twice = identity(n * n) + K
mask = lower_mask(n)


def power_of_mask(x: Map) -> Any:
    """A mask of ones and zeros is each of its powers."""
    base, k = power_of(x)
    inside: Node = base.operands[0] if isinstance(base, Transpose) else base
    return base if isinstance(inside, LowerMask) and k.is_positive else x


SIMPLEST = (
    Law("elimination undoes duplication", E @ D, identity(half)),
    Law("elimination undoes duplication, transposed", D.T @ E.T, identity(half)),
    Law("duplicated elimination of a symmetric matrix", D @ E @ vec(S), vec(S)),
    Law("ones duplicated", D @ ones(half), ones(n * n)),
    Law("ones eliminated", E @ ones(n * n), ones(half)),
    Law("ones along all diagonals", toeplitz_basis(n) @ ones(2 * n - 1), ones(n * n)),
    Law("columns of a duplication are symmetric", K @ D, D),
    Law("rows of a transposed duplication are symmetric", D.T @ K, D.T),
    Law("columns of a skew duplication are skew", K @ W, -W),
    Law("rows of a transposed skew duplication are skew", W.T @ K, -W.T),
    Law("a duplication sees no transposes", D.T @ vec(A.T), D.T @ vec(A)),
    Law("a skew duplication sees transposes as signs", W.T @ vec(A.T), -W.T @ vec(A)),
    Law("symmetrised vec", twice @ vec(A), vec(A + A.T)),
    Law("symmetrising twice", twice @ twice, 2 * twice),
    Law("symmetrised commutation", twice @ K, twice),
    Law("commuted symmetrisation", K @ twice, twice),
    Law("symmetrised duplication", twice @ D, 2 * D),
    Law("transposed duplication symmetrised", D.T @ twice, 2 * D.T),
    Law(
        "a mask is each of its powers",
        mask**2,
        mask,
        general=power_of_mask,
        among=(LowerMask, Transpose),
    ),
    Law("masks share the diagonal", mask * mask.T, identity(n)),
    Law("a lower triangular matrix is its lower triangle", mask * L, L),
    Law("an upper triangular matrix is its upper triangle", mask.T * U, U),
    Law("diagonal of a lower triangle", diagonal(mask * A), diagonal(A)),
    Law("diagonal of an upper triangle", diagonal(mask.T * A), diagonal(A)),
)

STRUCTURE_CONSTANTS = Theme(simplest=SIMPLEST)
"""Laws of the constant matrices of linear structures."""
