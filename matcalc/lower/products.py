"""Lowering laws of products: bracketing, scalings, centring, solving, transposes moved out."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.lower.chains import Typical, associated, factors_of
from matcalc.lower.kernels import REPEATS, SUMS, MatMul, RepeatColumns, RepeatRows, Solve
from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, inv, split_scale
from matcalc.operators.constants import Centering, Ones, centering, identity, ones, zeros
from matcalc.operators.diagonal import Diag, diag, diagonal
from matcalc.operators.elementwise import Hadamard, Map, function
from matcalc.operators.leaves import column, matrix, scalar
from matcalc.operators.segments import Segment
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Law

m, n, k = dims("m n k")
A, B, C, S = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("S", n, n)
u, v, w, a = column("u", m), column("v", n), column("w", n), scalar("a")
f = function("f")


def bracket(typical: Typical, x: Product) -> Any:
    """The cheapest bracketing of any number of factors."""
    return associated(factors_of(x), typical)


def scalar_out(x: MatMul) -> Any:
    """(aA)(bB) = ab(AB)."""
    (c, left), (d, right) = (split_scale(operand) for operand in x.operands)
    if (left, right) == x.operands:
        return x
    return Scale(c * d, MatMul(left, right))


def scale_rows(x: MatMul) -> Any:
    """diag(u)A = u1ᵀ ⊙ A."""
    d, b = x.operands
    if not isinstance(d, Diag):
        return x
    return Hadamard(RepeatColumns(d.operands[0], b.cols), b)


def scale_columns(x: MatMul) -> Any:
    """A diag(v) = A ⊙ 1vᵀ."""
    b, d = x.operands
    if not isinstance(d, Diag):
        return x
    return Hadamard(b, RepeatRows(Transpose(d.operands[0]), b.rows))


def without_mean(a: Node, axis: int) -> Node:
    """A less the mean of its lines along an axis."""
    count = a.shape[axis]
    return Add(a, Scale(Integer(-1), REPEATS[axis](Scale(1 / count, SUMS[axis](a)), count)))


def centre_columns(x: MatMul) -> Any:
    """HA = A − 1(1ᵀA)/m."""
    h, b = x.operands
    return without_mean(b, 0) if isinstance(h, Centering) else x


def centre_rows(x: MatMul) -> Any:
    """AH = A − (A1)1ᵀ/n."""
    b, h = x.operands
    return without_mean(b, 1) if isinstance(h, Centering) else x


def inverted(s: Node) -> Any:
    """The matrix that this is the inverse of, if it is an inverse or a transposed one."""
    if isinstance(s, Transpose) and isinstance(s.operands[0], Inverse):
        return Transpose(s.operands[0].operands[0])
    return s.operands[0] if isinstance(s, Inverse) else None


def picks_several(b: Node) -> bool:
    """Whether a factor picks rows or columns, more than one."""
    picked = b.operands[0] if isinstance(b, Transpose) else b
    return isinstance(picked, Segment) and not is_one(picked.cols)


def solve_left(x: MatMul) -> Any:
    """S⁻¹B as the solution of a linear system."""
    s, b = x.operands
    a = inverted(s)
    return x if a is None or picks_several(b) else Solve(a, b)


def solve_right(x: MatMul) -> Any:
    """AS⁻¹ as the transposed solution of a linear system."""
    b, s = x.operands
    a = inverted(s)
    return x if a is None or picks_several(b) else Transpose(Solve(Transpose(a), Transpose(b)))


def transpose_out(x: MatMul) -> Any:
    """BᵀAᵀ = (AB)ᵀ, which may be at hand already."""
    if not all(isinstance(operand, Transpose) for operand in x.operands):
        return x
    left, right = (operand.operands[0] for operand in x.operands)
    return Transpose(MatMul(right, left))


def transpose_out_of(head: type) -> Callable[[Any], Any]:
    """Aᵀ + Bᵀ = (A + B)ᵀ, and the same for ⊙; repeated lines go along."""

    def moved(x: Any) -> Any:
        parts = [split_scale(operand) for operand in x.operands]
        allowed = (Transpose, Ones, *REPEATS)
        turned = [type(b) for _, b in parts if isinstance(b, allowed)]
        if len(turned) < len(parts) or Transpose not in turned:
            return x
        return Transpose(head(*(Scale(c, line_turned(b)) for c, b in parts)))

    return moved


def line_turned(b: Node) -> Node:
    """The transpose, which for a repeated line is a repeated line."""
    if not isinstance(b, REPEATS):
        return Transpose(b)
    line, count = b.operands
    other: Node = REPEATS[1 - REPEATS.index(type(b))](Transpose(line), count)
    return other


def transpose_out_of_function(x: Map) -> Any:
    """f(Aᵀ) = f(A)ᵀ."""
    g, b = x.operands
    return Transpose(Map(g, b.operands[0])) if isinstance(b, Transpose) else x


def bracketing(typical: Typical) -> Law:
    """The law that puts brackets where they are cheapest at typical sizes."""
    cheapest = partial(bracket, typical)
    return Law("a product is bracketed", A @ B, MatMul(A, B), general=cheapest)


PRODUCTS = (
    Law(
        "scalars leave products",
        MatMul(a * A, B),
        a * MatMul(A, B),
        general=scalar_out,
        among=(Scale,),
    ),
    Law("diagonal matrices multiply entrywise", MatMul(diag(v), diag(w)), diag(v * w)),
    Law(
        "diag(u) A scales rows",
        MatMul(diag(u), A),
        RepeatColumns(u, n) * A,
        general=scale_rows,
        among=(Diag,),
    ),
    Law(
        "A diag(v) scales columns",
        MatMul(A, diag(v)),
        A * RepeatRows(v.T, m),
        general=scale_columns,
        among=(Diag,),
    ),
    Law("H 1 = 0", MatMul(centering(m), ones(m)), zeros(m)),
    Law("H H = H", MatMul(centering(m), centering(m)), centering(m)),
    Law(
        "H A takes out column means",
        MatMul(centering(m), A),
        without_mean(A, 0),
        general=centre_columns,
        among=(Centering,),
    ),
    Law(
        "A H takes out row means",
        MatMul(A, centering(n)),
        without_mean(A, 1),
        general=centre_rows,
        among=(Centering,),
    ),
    Law(
        "S⁻¹ B solves",
        MatMul(inv(S), B),
        Solve(S, B),
        general=solve_left,
        among=(Inverse, Transpose),
    ),
    Law(
        "A S⁻¹ solves",
        MatMul(A, inv(S)),
        Solve(S.T, A.T).T,
        general=solve_right,
        among=(Inverse, Transpose),
    ),
    Law(
        "Bᵀ Aᵀ = (A B)ᵀ",
        MatMul(B.T, A.T),
        MatMul(A, B).T,
        general=transpose_out,
        among=(Transpose,),
    ),
)
"""Products of two matrices."""

TRANSPOSES = (
    Law(
        "Aᵀ + Cᵀ = (A + C)ᵀ",
        A.T + C.T,
        (A + C).T,
        general=transpose_out_of(Add),
        among=(Transpose, Scale),
    ),
    Law(
        "Aᵀ ⊙ Cᵀ = (A ⊙ C)ᵀ",
        A.T * C.T,
        (A * C).T,
        general=transpose_out_of(Hadamard),
        among=(Transpose,),
    ),
    Law("f(Aᵀ) = f(A)ᵀ", f(A.T), f(A).T, general=transpose_out_of_function, among=(Transpose,)),
    Law("(Sᵀ)⁻¹ = (S⁻¹)ᵀ", inv(S.T), inv(S).T),
    Law("diag(v)ᵀ = diag(v)", diag(v).T, diag(v)),
    Law("diag(v) ⊙ S = diag(v ⊙ diagonal S)", diag(v) * S, diag(v * diagonal(S))),
    Law("I ⊙ S = diag(diagonal S)", identity(n) * S, diag(diagonal(S))),
)
"""Transposes moved outwards, where they cost nothing and meet what is computed already."""
