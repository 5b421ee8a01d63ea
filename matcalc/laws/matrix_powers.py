"""Laws of f(A) for square matrices A: powers, exponentials, sines and cosines.

A row shows a power, or an exponential; the function beside it knows the others.
"""

from itertools import pairwise
from typing import Any

from sympy import Expr, Integer, exp

from matcalc.dimensions import dims, same
from matcalc.facts import holds, mirror
from matcalc.node import Node
from matcalc.operators.algebra import Inverse, Product, Scale, Transpose, inv, split_scale
from matcalc.operators.analytic import EXP, exponent, is_at_least
from matcalc.operators.constants import Identity
from matcalc.operators.determinant import Det, LogDet, det, logdet
from matcalc.operators.diagonal import Diag, diag
from matcalc.operators.elementwise import Map
from matcalc.operators.functions import ENTRY
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import column, matrix
from matcalc.operators.matrix_functions import MatrixFunction, expm, matrix_power
from matcalc.operators.scalars import Trace
from matcalc.rewrite import Law

j, k, m, n = dims("j k m n")
S, R = matrix("S", n, n), matrix("R", m, m)
C, v = matrix("C", n, n, "positive definite"), column("v", n)


def is_function(x: Any) -> bool:
    """Whether this is f(A)."""
    return isinstance(x, MatrixFunction) and len(x.blocks) == 1


def as_power(x: Node) -> tuple[Node, Expr]:
    """Base and exponent of a matrix power; those of A⁻¹ count down, a transpose is the base's."""
    base, k = (x.operands[0], Integer(1)) if isinstance(x, Transpose) else (x, Integer(1))
    known = exponent(base.f) if isinstance(base, MatrixFunction) else None
    if known is not None and len(base.blocks) == 1:
        base, k = base.blocks[0], known
    if isinstance(base, Inverse):
        base, k = base.operands[0], -k
    return (mirror(base) if isinstance(x, Transpose) else base), k


def power_of(base: Node, k: Expr) -> Node | None:
    """The power, if it is sure whether its exponent is negative."""
    if isinstance(base, Transpose):
        power = power_of(base.operands[0], k)
        return None if power is None else Transpose(power)
    if is_at_least(0, k):
        return MatrixFunction(ENTRY**k, base)
    return MatrixFunction(ENTRY**-k, inv(base)) if is_at_least(0, -k) else None


def powers_multiply(x: Product) -> Any:
    """AʲAᵏ = Aʲ⁺ᵏ for neighbouring powers, of which two first powers are none."""
    square = [same(a.rows, a.cols) for a in x.operands]
    if sum(square) < 2:
        return x
    factors = zip(x.operands, square, strict=True)
    parts = [as_power(a) if powers else (a, Integer(1)) for a, powers in factors]
    for start in range(len(parts) - 1):
        stop = start + 1
        while stop < len(parts) and parts[stop][0] is parts[start][0]:
            stop += 1
        for end in range(stop, start + 1, -1):
            exponents = [k for _, k in parts[start:end]]
            if end - start == 2 and all(k in (1, -1) for k in exponents):
                continue
            power = power_of(parts[start][0], sum(exponents)) if end - start > 1 else None
            if power is not None:
                return Product(*x.operands[:start], power, *x.operands[end:])
    return x


def exponentials_multiply(x: Product) -> Any:
    """e^{aA} e^{bA} = e^{(a+b)A} for neighbours."""
    for i, (left, right) in enumerate(pairwise(x.operands)):
        first, second = _exponent_of(left), _exponent_of(right)
        if first is not None and second is not None:
            (a, base), (b, other) = split_scale(first), split_scale(second)
            if base is other:
                whole = MatrixFunction(EXP, Scale(a + b, base))
                return Product(*x.operands[:i], whole, *x.operands[i + 2 :])
    return x


def _exponent_of(x: Node) -> Node | None:
    """A where this is e^A, Aᵀ where it is the transpose of that."""
    if isinstance(x, Transpose):
        inside = _exponent_of(x.operands[0])
        return None if inside is None else mirror(inside)
    return x.blocks[0] if is_function(x) and x.f == EXP else None


def of_function(x: MatrixFunction) -> Any:
    """(Aʲ)ᵏ = Aʲᵏ and (e^A)ᵏ = e^{kA}."""
    k, a = exponent(x.f), x.blocks[0]
    if k is None or not (is_function(x) and is_function(a)):
        return x
    inner = exponent(a.f)
    if inner is not None:
        return MatrixFunction(ENTRY ** (inner * k), a.blocks[0])
    return MatrixFunction(EXP, Scale(k, a.blocks[0])) if a.f == EXP else x


def of_diagonal(x: MatrixFunction) -> Any:
    """f(diag v) = diag(f(v)), f on the right taken entry by entry."""
    a = x.blocks[0]
    return Diag(Map(x.f, a.operands[0])) if is_function(x) and isinstance(a, Diag) else x


def of_kronecker(x: MatrixFunction) -> Any:
    """(A ⊗ B)ᵏ = Aᵏ ⊗ Bᵏ, and f(I ⊗ A) = I ⊗ f(A), for square factors."""
    a = x.blocks[0]
    if not (is_function(x) and isinstance(a, Kronecker)):
        return x
    moved = [not isinstance(factor, Identity) for factor in a.operands]
    if any(f.rows != f.cols for f in a.operands) or (exponent(x.f) is None and sum(moved) > 1):
        return x
    pairs = zip(a.operands, moved, strict=True)
    return Kronecker(*(MatrixFunction(x.f, b) if moves else b for b, moves in pairs))


def inverse_of(x: Inverse) -> Any:
    """(Aᵏ)⁻¹ = (A⁻¹)ᵏ and (e^A)⁻¹ = e^{−A}."""
    a = x.operands[0]
    if is_function(a) and a.f == EXP:
        return MatrixFunction(EXP, Scale(Integer(-1), a.blocks[0]))
    power = is_function(a) and exponent(a.f) is not None
    return MatrixFunction(a.f, inv(a.blocks[0])) if power else x


def determinant_of(x: Det) -> Any:
    """det(Aᵏ) = det(A)ᵏ and det(e^A) = e^{tr A}."""
    a = x.operands[0]
    if is_function(a) and a.f == EXP:
        return exp(Trace(a.blocks[0]))
    k = exponent(a.f) if is_function(a) else None
    return x if k is None else Det(a.blocks[0]) ** k


def logdet_of(x: LogDet) -> Any:
    """log det e^A = tr A, and log det Aᵏ = k log det A for a positive definite A."""
    a = x.operands[0]
    if is_function(a) and a.f == EXP:
        return Trace(a.blocks[0])
    k = exponent(a.f) if is_function(a) else None
    positive = k is not None and holds("positive definite", a.blocks[0])
    return k * LogDet(a.blocks[0]) if positive else x


def law(name: str, lhs: Any, rhs: Any, general: Any, *heads: type) -> Law:
    """A row of which the function beside it knows the other members."""
    return Law(name, lhs, rhs, general=general, heads=heads)


VALUES = (
    law(
        "powers of one matrix multiply",
        matrix_power(S, j) @ matrix_power(S, k),
        matrix_power(S, j + k),
        powers_multiply,
    ),
    law(
        "exponentials of one matrix multiply",
        expm(S) @ expm(S * 2),
        expm(S * 3),
        exponentials_multiply,
    ),
    law(
        "power of a matrix function",
        matrix_power(matrix_power(S, j), k),
        matrix_power(S, j * k),
        of_function,
    ),
    law(
        "matrix function of a diagonal matrix",
        matrix_power(diag(v), k),
        diag(v**k),
        of_diagonal,
    ),
    law(
        "matrix function of ⊗",
        matrix_power(kron(R, S), k),
        kron(matrix_power(R, k), matrix_power(S, k)),
        of_kronecker,
    ),
    law(
        "inverse of a matrix function", inv(matrix_power(S, k)), matrix_power(inv(S), k), inverse_of
    ),
    law("determinant of a matrix function", det(matrix_power(S, k)), det(S) ** k, determinant_of),
    law("log det of a matrix function", logdet(matrix_power(C, k)), k * logdet(C), logdet_of),
)
"""Laws of functions of one matrix."""
