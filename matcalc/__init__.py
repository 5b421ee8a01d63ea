"""Symbolic matrix calculus: derive, check, export and print gradients in matrix notation."""

from matcalc.derivation import Derivation
from matcalc.dimensions import dims
from matcalc.directional import derivative, differential, hvp, jvp, vjp
from matcalc.errors import MatcalcError
from matcalc.gradient import gradient
from matcalc.jacobian import hessian, jacobian
from matcalc.laws.simplest import SIMPLEST, WITH_SCALINGS
from matcalc.operators.algebra import inv
from matcalc.operators.constants import centering, commutation, identity, ones, selector, zeros
from matcalc.operators.determinant import det, logdet
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import elementwise, function
from matcalc.operators.kronecker import kron, unvec, vec
from matcalc.operators.leaves import column, let, matrix, row, scalar
from matcalc.operators.scalars import d, inner, squared_norm, trace
from matcalc.operators.scalars import total as sum
from matcalc.symbols import definitions
from matcalc.vec_form import gradient_from_jacobian, kronecker_form
from matcalc.version import __version__
from matcalc.vocabulary import (
    batch_norm,
    column_mean,
    column_std,
    column_var,
    exp,
    layer_norm,
    log,
    relu,
    row_mean,
    row_std,
    row_var,
    sigmoid,
    sqrt,
    step,
    tanh,
)

__all__ = [
    "SIMPLEST",
    "WITH_SCALINGS",
    "Derivation",
    "MatcalcError",
    "__version__",
    "batch_norm",
    "centering",
    "column",
    "column_mean",
    "column_std",
    "column_var",
    "commutation",
    "d",
    "definitions",
    "derivative",
    "det",
    "diag",
    "diagonal",
    "differential",
    "dims",
    "elementwise",
    "exp",
    "function",
    "gradient",
    "gradient_from_jacobian",
    "hessian",
    "hvp",
    "identity",
    "inner",
    "inv",
    "jacobian",
    "jvp",
    "kron",
    "kronecker_form",
    "layer_norm",
    "let",
    "log",
    "logdet",
    "matrix",
    "ones",
    "relu",
    "row",
    "row_mean",
    "row_std",
    "row_var",
    "scalar",
    "selector",
    "sigmoid",
    "sqrt",
    "squared_norm",
    "step",
    "sum",
    "tanh",
    "trace",
    "unvec",
    "vec",
    "vjp",
    "zeros",
]
