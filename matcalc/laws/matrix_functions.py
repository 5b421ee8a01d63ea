"""Laws of the derivatives F(A, M, B) of functions of square matrices, and the theme.

A row shows a power; the function beside it knows the others, and any number of blocks.
"""

from typing import Any

from matcalc.dimensions import dims
from matcalc.facts import mirror, transposes_in
from matcalc.laws.matrix_function_maps import APPLIED, DIFFERENTIAL, TRANSPOSITION, VECTORISATION
from matcalc.laws.matrix_powers import VALUES, is_function, law
from matcalc.laws.theme import Theme
from matcalc.node import Node, walk
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, split_scale
from matcalc.operators.analytic import exponent, is_at_least, slope
from matcalc.operators.constants import Constant, Identity, identity
from matcalc.operators.elementwise import Map
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.operators.matrix_functions import MatrixFunction, matrix_power, power_sum
from matcalc.operators.scalars import Inner, Trace, inner, trace

k, m, n = dims("k m n")
A, M, B = matrix("A", m, m), matrix("M", m, n), matrix("B", n, n)
LEAVES = (Variable, Named, Constant)
FUNCTIONS = (Map, Inverse, Adjugate, PseudoInverse, MatrixFunction)
S, N = matrix("S", n, n), matrix("N", n, n)


def of_transposes(x: MatrixFunction) -> Any:
    """f(Aᵀ) = f(A)ᵀ, and F(Aᵀ, Mᵀ, Bᵀ) = F(B, M, A)ᵀ where all are transposes or symmetric."""
    turned = [isinstance(split_scale(b)[1], Transpose) for b in x.blocks]
    rest = [b for b, is_turned in zip(x.blocks, turned, strict=True) if not is_turned]
    if not all(isinstance(b, LEAVES) and mirror(b) is b for b in rest):
        return x
    if sum(turned) < min(2, len(x.blocks)):
        return x
    pairs = zip(reversed(x.blocks), reversed(turned), strict=True)
    return Transpose(MatrixFunction(x.f, *(b.T if is_turned else b for b, is_turned in pairs)))


def transpose_of(x: Transpose) -> Any:
    """F(Aᵀ, M, Bᵀ)ᵀ = F(B, Mᵀ, A) and f(S T)ᵀ = f(T S), where that leaves fewer transposes."""
    a = x.operands[0]
    if not isinstance(a, FUNCTIONS) or transposes_in(mirror(a)) > transposes_in(a):
        return x
    return mirror(a)


def is_made_of(base: Node, x: Node) -> bool:
    """Whether a matrix is plainly a function of another: its powers, inverses, sums, products."""
    base = split_scale(base)[1]

    def below(y: Any) -> tuple[Any, ...]:
        if y is base or not (isinstance(y, Product | Add | Scale | Inverse) or is_function(y)):
            return ()
        return tuple(operand for operand in y.operands if isinstance(operand, Node))

    leaves = (y for y in walk(x, below) if not below(y))
    return all(y is base or isinstance(y, Identity) or _turned(base, y) for y in leaves)


def _turned(base: Node, y: Node) -> bool:
    """Whether this is the transpose of what is made of the transposed matrix."""
    return isinstance(y, Transpose) and is_made_of(mirror(base), y.operands[0])


def derivative_along_itself(x: Any) -> Node | None:
    """f′(A), where this is F(A, M, A) and f′ is known to be a function of the same kind."""
    if len(x.blocks) != 3 or x.blocks[0] is not x.blocks[2]:
        return None
    k = exponent(x.f)
    if k is not None and not is_at_least(1, k):
        return None
    c, g = slope(x.f)
    return Scale(c, MatrixFunction(g, x.blocks[0]))


def commuting(x: MatrixFunction) -> Any:
    """F(A, M, A) = f′(A) M, where A and M plainly commute."""
    prime = derivative_along_itself(x)
    if prime is None or not is_made_of(x.blocks[0], x.blocks[1]):
        return x
    return Product(prime, x.blocks[1])


def trace_of_derivative(x: Trace) -> Any:
    """tr(G F(A, M, A)) = tr(f′(A) G M), where A and G plainly commute, as for G = I."""
    a = x.operands[0]
    factors = a.operands if isinstance(a, Product) else (a,)
    for i, factor in enumerate(factors):
        result = _traced((*factors[i + 1 :], *factors[:i]), factor)
        if result is not None:
            return result
    return x


def inner_with_derivative(x: Inner) -> Any:
    """⟨G, F(A, M, A)⟩ = tr(f′(A) Gᵀ M), where A and Gᵀ plainly commute."""
    for g, a in (x.operands, reversed(x.operands)):
        result = _traced((mirror(g),), a)
        if result is not None:
            return result
    return x


def _traced(g: tuple[Node, ...], a: Node) -> Any:
    """tr(G F(A, M, A)) by the derivative f′(A), or None; G is a product."""
    prime = derivative_along_itself(a) if isinstance(a, MatrixFunction) else None
    if prime is None or not all(is_made_of(a.blocks[0], factor) for factor in g):
        return None
    return Trace(Product(prime, *g, a.blocks[1]))


def first_degree(x: MatrixFunction) -> Any:
    """The sum where one A_i comes in, once: A M + M B."""
    bases, switches = x.blocks[::2], x.blocks[1::2]
    if exponent(x.f) != len(bases):
        return x
    return Add(*(Product(*switches[:i], a, *switches[i:]) for i, a in enumerate(bases)))


DERIVATIVES = (
    law(
        "derivative along a matrix that commutes",
        power_sum(k, S, identity(n), S),
        k * matrix_power(S, k - 1),
        commuting,
    ),
    law(
        "trace of the derivative of a matrix function",
        trace(power_sum(k, S, N, S)),
        k * trace(matrix_power(S, k - 1) @ N),
        trace_of_derivative,
    ),
    law(
        "inner product with the derivative of a matrix function",
        inner(S.T, power_sum(k, S, N, S)),
        k * trace(matrix_power(S, k - 1) @ S @ N),
        inner_with_derivative,
    ),
    law("derivative of a square", power_sum(2, A, M, B), A @ M + M @ B, first_degree),
    law(
        "matrix function of transposes",
        power_sum(k, B.T, M.T, A.T),
        power_sum(k, A, M, B).T,
        of_transposes,
    ),
    law(
        "transpose of a function",
        power_sum(k, A.T, M, B.T).T,
        power_sum(k, B, M.T, A),
        transpose_of,
    ),
)
"""Laws of F(A, M, B), the derivative of f, and of those of higher order."""

MATRIX_FUNCTIONS = Theme(
    differentials=(DIFFERENTIAL,),
    transposition=(TRANSPOSITION,),
    vectorisation=(VECTORISATION,),
    simplest=(*VALUES, *DERIVATIVES, APPLIED),
)
"""Laws of functions of square matrices."""
