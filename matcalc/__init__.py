"""Symbolic matrix calculus: derive, check, export and print gradients in matrix notation."""

from matcalc import show as _show
from matcalc.dimensions import dims
from matcalc.gradient import gradient
from matcalc.operators.algebra import inv
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import elementwise, function
from matcalc.operators.kronecker import kron, unvec, vec
from matcalc.operators.leaves import (
    centering,
    column,
    commutation,
    identity,
    let,
    matrix,
    ones,
    row,
    scalar,
    selector,
    zeros,
)
from matcalc.operators.scalars import inner, squared_norm, trace
from matcalc.operators.scalars import total as sum
