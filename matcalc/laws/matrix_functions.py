"""Laws of powers, exponentials, sines and cosines of square matrices.

Every row shows a power, of which the functions beside the rows know the other members: any number
of blocks, and the other functions. Where they stand: ⟨G, F(A, X, B)⟩ = ⟨F(Aᵀ, G, Bᵀ), X⟩, and
vec F(A, X, B) = F(Bᵀ ⊗ I, I, I ⊗ A) vec X, since Bᵀ ⊗ I and I ⊗ A commute.
"""

from itertools import pairwise
from typing import Any

from matcalc.dimensions import dims, times
from matcalc.facts import mirror
from matcalc.laws.algebra import transposes_in
from matcalc.laws.differentials import rule
from matcalc.laws.matrix_powers import VALUES, is_function, law
from matcalc.laws.theme import Theme
from matcalc.node import Node, walk
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, split_scale
from matcalc.operators.analytic import exponent, is_at_least, slope
from matcalc.operators.constants import Constant, Identity, Zero, identity
from matcalc.operators.elementwise import Map
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.kronecker import Kronecker, Vec, kron, vec
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.operators.matrix_functions import MatrixFunction, matrix_power, power_sum
from matcalc.operators.scalars import Inner, Trace, d, inner, trace

k, m, n = dims("k m n")
A, M, B = matrix("A", m, m), matrix("M", m, n), matrix("B", n, n)
X, G = matrix("X", m, n), matrix("G", m, n)
LEAVES = (Variable, Named, Constant)
LARGEST = 200
"""Operators up to which a function's transposes are counted, so that cost stays linear."""
FUNCTIONS = (Map, Inverse, Adjugate, PseudoInverse, MatrixFunction)
S, N = matrix("S", n, n), matrix("N", n, n)


def differential(x: Any) -> Any:
    """A_i, dA_i, A_i in the place of A_i, and dM_i in that of M_i, summed over the places."""
    f, *blocks = x.operands[0].operands
    terms: list[Node] = [Zero(*x.operands[0].shape)]
    for i, block in enumerate(blocks):
        if not isinstance(block, Constant):
            inserted = (d(block),) if i % 2 else (block, d(block), block)
            terms.append(MatrixFunction(f, *blocks[:i], *inserted, *blocks[i + 1 :]))
    return Add(*terms)


def varying_place(blocks: tuple[Node, ...]) -> int | None:
    """The place of the one block that carries the differential, if that is an M_i."""
    found = [i for i, block in enumerate(blocks) if block.varies]
    return found[0] if len(found) == 1 and found[0] % 2 else None


def transposed(x: Inner) -> Any:
    """Transpose F(A_0, M_1, …, X, …, A_n): from A_{i−1}ᵀ down to A_0ᵀ, G, A_nᵀ down to A_iᵀ."""
    g, a = x.operands
    place = varying_place(a.blocks) if isinstance(a, MatrixFunction) else None
    if place is None:
        return x
    before, after = a.blocks[:place], a.blocks[place + 1 :]
    left, right = ([Transpose(b) for b in reversed(part)] for part in (before, after))
    return Inner(MatrixFunction(a.f, *left, g, *right), a.blocks[place])


def vectorised(x: Any) -> Any:
    """vec F(A_0, …, X, …, A_n) = F(A_nᵀ ⊗ I, …, A_iᵀ ⊗ I, I, I ⊗ A_0, …, I ⊗ A_{i−1}) vec X."""
    a = x.operands[0] if isinstance(x, Vec) else x
    place = varying_place(a.blocks) if isinstance(a, MatrixFunction) else None
    if place is None:
        return x
    inner_rows, rows = a.blocks[place].cols, a.rows
    outer = [Kronecker(Transpose(b), Identity(rows)) for b in reversed(a.blocks[place + 1 :])]
    inside = [Kronecker(Identity(inner_rows), b) for b in a.blocks[:place]]
    switch = Identity(times(inner_rows, rows))
    return Product(MatrixFunction(a.f, *outer, switch, *inside), Vec(a.blocks[place]))


def of_transposes(x: MatrixFunction) -> Any:
    """f(Aᵀ) = f(A)ᵀ, and F(Aᵀ, Mᵀ, Bᵀ) = F(B, M, A)ᵀ where all are transposes or symmetric."""
    turned = [isinstance(b, Transpose) for b in x.blocks]
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
    if not isinstance(a, FUNCTIONS) or a.key[0] > LARGEST:
        return x
    return x if transposes_in(mirror(a)) > transposes_in(a) else mirror(a)


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
    """tr F(A, M, A) = tr(f′(A) M)."""
    a = x.operands[0]
    prime = derivative_along_itself(a) if isinstance(a, MatrixFunction) else None
    return x if prime is None else Trace(Product(prime, a.blocks[1]))


def first_degree(x: MatrixFunction) -> Any:
    """The sum where one A_i comes in, once: A M + M B."""
    bases, switches = x.blocks[::2], x.blocks[1::2]
    if exponent(x.f) != len(bases):
        return x
    return Add(*(Product(*switches[:i], a, *switches[i:]) for i, a in enumerate(bases)))


def applied_to_vec(x: Product) -> Any:
    """F(B ⊗ I, I, I ⊗ A) vec M = vec F(A, M, Bᵀ)."""
    for i, (left, right) in enumerate(pairwise(x.operands)):
        parts = _kronecker_parts(left) if isinstance(right, Vec) else None
        if parts is None:
            continue
        (b, a), m = parts, right.operands[0]
        if (m.rows, m.cols) == (a.rows, b.rows):
            moved = Vec(MatrixFunction(left.f, a, m, Transpose(b)))
            return Product(*x.operands[:i], moved, *x.operands[i + 2 :])
    return x


def _kronecker_parts(x: Node) -> tuple[Node, Node] | None:
    """B and A where this is F(B ⊗ I, I, I ⊗ A)."""
    if not (isinstance(x, MatrixFunction) and len(x.blocks) == 3):
        return None
    outer, switch, inside = x.blocks
    pair = [a for a in (outer, inside) if isinstance(a, Kronecker) and len(a.operands) == 2]
    if len(pair) < 2 or not isinstance(switch, Identity):
        return None
    (b, i), (h, a) = outer.operands, inside.operands
    return (b, a) if isinstance(i, Identity) and isinstance(h, Identity) else None


DIFFERENTIAL = rule(
    "differential of a matrix function",
    MatrixFunction,
    d(power_sum(k, A, M, B)),
    power_sum(k, A, d(A), A, M, B) + power_sum(k, A, d(M), B) + power_sum(k, A, M, B, d(B), B),
    differential,
)
TRANSPOSITION = law(
    "transposition of a matrix function",
    inner(G, power_sum(k, A, X, B)),
    inner(power_sum(k, A.T, G, B.T), X),
    transposed,
    Inner,
)
VECTORISATION = law(
    "vec of a matrix function",
    vec(power_sum(k, A, X, B)),
    power_sum(k, kron(B.T, identity(m)), identity(m * n), kron(identity(n), A)) @ vec(X),
    vectorised,
    Vec,
    MatrixFunction,
)
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
    law(
        "derivative of a matrix function applied to a vec",
        power_sum(k, kron(B, identity(m)), identity(m * n), kron(identity(n), A)) @ vec(M),
        vec(power_sum(k, A, M, B.T)),
        applied_to_vec,
    ),
)
"""Laws of F(A, M, B), the derivative of f, and of those of higher order."""

MATRIX_FUNCTIONS = Theme(
    differentials=(DIFFERENTIAL,),
    transposition=(TRANSPOSITION,),
    vectorisation=(VECTORISATION,),
    simplest=(*VALUES, *DERIVATIVES),
)
"""Laws of functions of square matrices."""
