"""The slope of a logistic function from one exponential, where nothing else needs its values.

1 − σ(A) rounds to 0 where A is large; exp(−|A|/2) has all digits there, and cannot overflow.
"""

from typing import Any

import sympy
from sympy import Rational

from matcalc.dimensions import dims
from matcalc.lower.functions import exp, is_logistic, logistic, without_from_one
from matcalc.lower.signs import is_nonnegative
from matcalc.node import Node
from matcalc.operators.algebra import Scale
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.functions import ENTRY
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law
from matcalc.symbols import resolved

m, n = dims("m n")
A, P = matrix("A", m, n), matrix("P", m, n, "positive")
HALF = Rational(1, 2)


def root_of_slope(a: Node) -> Node:
    """H/(1 + H²) with H = exp(−|A|/2)."""
    h = exp(Scale(-HALF, Map(sympy.Abs(ENTRY), a)))
    return Hadamard(h, Map(1 / ENTRY, ones(*a.shape) + Map(ENTRY**2, h)))


def slope(x: Hadamard) -> Any:
    """σ(A) ⊙ (1 − σ(A)), beside any other factors."""
    for chance in x.operands:
        s = resolved(chance)
        if is_logistic(s):
            for y in x.operands:
                if resolved(without_from_one(resolved(y))) is s:
                    rest = [z for z in x.operands if z is not y and z is not chance]
                    return Hadamard(*rest, Map(ENTRY**2, root_of_slope(s.operands[1])))
    return x


def root_of_square(x: Map) -> Any:
    """√(P²) = P, where no entry is negative."""
    base, k = power_of(x)
    inside, two = power_of(base)
    return inside if k == HALF and two == 2 and is_nonnegative(inside) else x


SLOPES = (
    Law(
        "σ(A) ⊙ (1 − σ(A)) by one exponential",
        logistic(A) * (ones(m, n) - logistic(A)),
        root_of_slope(A) ** 2,
        general=slope,
    ),
    Law("√(P²) = P", (P**2) ** HALF, P, general=root_of_square, among=(Map,)),
)
