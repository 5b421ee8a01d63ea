"""Lowering laws of hyperbolic functions: no overflow."""

import sympy

from matcalc.dimensions import dims
from matcalc.elementary import cosh, log
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import elementwise
from matcalc.operators.functions import logaddexp
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law

m, n = dims("m n")
A = matrix("A", m, n)

HYPERBOLIC = (
    Law(
        "log cosh A = log(exp A + exp −A) − log 2",
        log(cosh(A)),
        elementwise(logaddexp, A, -A) - sympy.log(2) * ones(m, n),
    ),
)
"""Hyperbolic functions of large arguments."""
