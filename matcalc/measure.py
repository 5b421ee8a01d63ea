"""The declared cost that every law of a simplifying table lowers, so that simplification ends.

Lexicographic: a polynomial weight of the whole expression, in which products multiply and sums
add; then products and blocks that a transpose is taken of; then transposes; then coefficients and
the scalars in them; then transposes, products and matrix functions that a function or an inverse is
taken of; then traces and inner products that are not the least of equal ones; then multiples; then
leaves other than ones. A law that lowers it for all weights of its variables lowers it wherever it
is used, since every operator is increasing in the weight of its operands.
"""

from math import prod
from typing import Any

from sympy import Integer

from matcalc.node import Node, Operator, scalars_and_nodes, walk
from matcalc.node import children as operands_of
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, split_scale
from matcalc.operators.blocks import Stack
from matcalc.operators.constants import Centering, Constant, Identity, Ones, Selector
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.kronecker import ContractLeft, ContractRight, Kronecker
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.scalars import Inner, Trace
from matcalc.operators.selection import Entry
from matcalc.operators.shapes import is_one
from matcalc.operators.softmax import LineLogSumExp, Softmax

LEAF, LINE, CENTERING, SELECTOR, DIAGONAL, DELTA = 5, 2, 4, 20, 8, 0
"""Weights; less for a line of ones than for what may be a common factor."""
FUNCTIONS = (
    *(Map, Map2, Inverse, Det, LogDet, MatrixFunction, Adjugate, PseudoInverse),
    *(Softmax, LineLogSumExp),
)
MULTIPLIED = (Product, Kronecker, Stack)

Cost = tuple[int, int, int, int, int, int, int, int]


def cost(root: Any, weights: dict[Any, int] | None = None) -> Cost:
    """Cost of an expression; ``weights`` gives variables a weight of at least `LEAF` each."""
    total = _weights(root, weights or {})
    products: dict[Any, int] = {}
    for x in total:
        products[x] = _products(x, products)
    occurrences = list(_tree(root))
    transposes = [x for x in occurrences if isinstance(x, Transpose)]
    return (
        total[root],
        sum(products[x.operands[0]] for x in transposes),
        len(transposes),
        sum(_coefficient(x, total) for x in occurrences if isinstance(x, Scale)),
        sum(map(_depth_inside, occurrences)),
        sum(map(is_turned, occurrences)),
        sum(isinstance(x, Scale) for x in occurrences),
        sum(_is_leaf(x) and not isinstance(x, Ones) for x in occurrences),
    )


def weight(root: Any) -> int:
    """The first part of the cost, in time that grows with the distinct parts alone."""
    return _weights(root, {})[root]


def _weights(root: Any, given: dict[Any, int]) -> dict[Any, int]:
    """Weights of all that is below, operands first."""
    total: dict[Any, int] = {}
    for x in walk(root, _below):
        total[x] = given.get(x, _leaf_weight(x)) if _is_leaf(x) else _weight(x, total)
    return total


def _products(x: Any, known: dict[Any, int]) -> int:
    """Products of two and blocks at the top of an expression, those in their multiples too."""
    if isinstance(x, Scale):
        return known[x.operands[1]]
    if not isinstance(x, MULTIPLIED):
        return 0
    parts = _occurring(x)
    return len(parts) - 1 + sum(map(known.__getitem__, parts))


def _coefficient(x: Scale, total: dict[Any, int]) -> int:
    c = x.operands[0]
    return sum(total[s] for s in scalars_and_nodes(c)) + (c != -1)


def least_turn(product: Product) -> Node:
    """The product with the least trace among its rotations and their transposes.

    Least is what has the fewest rows, then the fewest transposes, then the first in order.
    """
    factors = product.operands
    turned = tuple(Transpose(factor) for factor in reversed(factors))
    turns = [(*row[k:], *row[:k]) for row in (factors, turned) for k in range(len(factors))]
    return Product(*min(turns, key=_turn_order))


def _turn_order(factors: tuple[Node, ...]) -> Any:
    transposes = sum(isinstance(factor, Transpose) for factor in factors)
    column = is_one(factors[0].rows)
    return not column, transposes, [factor.key for factor in factors]


def opposites(x: Product) -> tuple[int, Node] | None:
    """The place of a factor beside its opposite, and what the other one is: a − x by x − a.

    Of two opposite differences the one stays that takes away its first term.
    """
    plain = [f.operands[0] if isinstance(f, Transpose) else f for f in x.operands]
    for i, (factor, inside) in enumerate(zip(x.operands, plain, strict=True)):
        if isinstance(inside, Add) and not _takes_away_its_first(inside):
            turned = Add(*(Scale(Integer(-1), term) for term in inside.operands))
            if turned in plain:
                return i, Transpose(turned) if isinstance(factor, Transpose) else turned
    return None


def _takes_away_its_first(x: Add) -> bool:
    c, _ = min(map(split_scale, x.operands), key=lambda part: part[1].key)
    return bool(c.could_extract_minus_sign())


def is_turned(x: Any) -> bool:
    """Whether a product, a trace or an inner product is not the least of those it equals."""
    if isinstance(x, Product) and opposites(x) is not None:
        return True
    if isinstance(x, Trace) and isinstance(x.operands[0], Product):
        return least_turn(x.operands[0]) is not x.operands[0]
    return isinstance(x, Inner) and x.operands[0].key > x.operands[1].key


def _depth_inside(x: Any) -> int:
    """Transposes, products and matrix functions in a function or an inverse."""
    if not isinstance(x, FUNCTIONS) or isinstance(x, Map2 | Det | LogDet):
        return 0
    inner = split_scale(x.operands[-1])[1]
    return _turns_and_products(inner) + isinstance(x, PseudoInverse)


def _turns_and_products(x: Any) -> int:
    """Transposes, products and matrix functions at the top of an expression and of its factors."""
    if isinstance(x, Transpose | Product):
        return 1 + sum(map(_turns_and_products, x.operands))
    return int(isinstance(x, MatrixFunction))


def _below(x: Any) -> tuple[Any, ...]:
    return () if isinstance(x, Named) else operands_of(x)


def _is_leaf(x: Any) -> bool:
    return isinstance(x, Variable | Named | Constant) or _is_delta(x)


def _is_delta(x: Any) -> bool:
    """Whether a scalar is δ_ij, an entry of an identity."""
    return isinstance(x, Entry) and isinstance(x.operands[0], Identity)


def _leaf_weight(x: Any) -> int:
    if isinstance(x, Ones):
        return LINE if is_one(x.rows) or is_one(x.cols) else LINE**2
    if isinstance(x, Centering):
        return CENTERING
    return DELTA if _is_delta(x) else SELECTOR if isinstance(x, Selector) else LEAF


def _weight(x: Any, total: dict[Any, int]) -> int:
    if not isinstance(x, Operator):
        return sum(total[part] for part in operands_of(x)) + 1
    parts = [total[o] for o in _weighed(x)]
    if isinstance(x, Product | Scale):
        return prod(parts)
    if isinstance(x, Add | Hadamard):
        return sum(parts) - len(parts) + 1
    if isinstance(x, Map):
        return _power_weight(x, parts[0])
    if isinstance(x, FUNCTIONS):
        return prod(parts) ** (4 if isinstance(x, Adjugate) else 2)
    if isinstance(x, Kronecker | ContractLeft | ContractRight | Inner):
        return prod(part + 1 for part in parts) - 1
    if isinstance(x, Diagonal):
        return DIAGONAL * parts[0]
    return sum(parts) + (not isinstance(x, Transpose))


def _weighed(x: Operator) -> list[Any]:
    """Operands that count for the weight, which a coefficient does not."""
    return [o for o in x.operands[isinstance(x, Scale) :] if isinstance(o, Operator)]


def _power_weight(x: Map, inside: int) -> int:
    """Aᵏ weighs like A ⊙ ⋯ ⊙ A, A⁻ᵏ like A⁻¹ ⊙ ⋯ ⊙ A⁻¹, and any other function like A⁻¹."""
    base, k = power_of(x)
    factor = inside if base is not x and k.is_integer and k.is_positive else inside**2
    return (factor - 1) * (int(abs(k)) if k.is_Integer else 1) + 1


def _occurring(x: Any) -> list[Any]:
    """Operands as often as they occur."""
    if isinstance(x, Named) or not isinstance(x, Operator):
        return list(_below(x))
    return [c for operand in x.operands for c in scalars_and_nodes(operand)]


def _tree(root: Node) -> list[Any]:
    """Every occurrence, shared nodes as often as they are used: for the sides of a law."""
    found, stack = [], [root]
    while stack:
        x = stack.pop()
        found.append(x)
        stack += _occurring(x)
    return found
