"""The declared cost that every law of a simplifying table lowers, so that simplification ends.

Lexicographic: a polynomial weight of the whole expression, in which products multiply and sums
add; then products under a transpose; then transposes; then transposes and products that a function
or an inverse is taken of; then traces and inner products that are not the least of equal ones. A
law that
lowers it for all weights of its variables lowers it wherever it is used, since every operator is
increasing in the weight of its operands.
"""

from math import prod
from typing import Any

from matcalc.node import Node, Operator, walk
from matcalc.node import children as operands_of
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose
from matcalc.operators.constants import Constant, Selector
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.kronecker import ContractLeft, ContractRight, Kronecker
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.scalars import Inner, Trace
from matcalc.operators.shapes import is_one

LEAF, SELECTOR, DIAGONAL = 2, 20, 8

Cost = tuple[int, int, int, int, int]


def cost(root: Any, weights: dict[Any, int] | None = None) -> Cost:
    """Cost of an expression; ``weights`` gives variables a weight of at least 2 each."""
    given = weights or {}
    total: dict[Any, int] = {}
    products: dict[Any, int] = {}
    for x in walk(root, _below):
        total[x] = (
            given.get(x, SELECTOR if isinstance(x, Selector) else LEAF)
            if _is_leaf(x)
            else _weight(x, total)
        )
        products[x] = isinstance(x, Product | Kronecker) + sum(products[c] for c in _below(x))
    occurrences = list(_tree(root))
    transposes = [x for x in occurrences if isinstance(x, Transpose)]
    inside = [x for x in occurrences if isinstance(x, Map | Inverse)]
    return (
        total[root],
        sum(products[x] for x in transposes),
        len(transposes),
        sum(isinstance(x.operands[-1], Transpose | Product) for x in inside),
        sum(map(is_turned, occurrences)),
    )


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


def is_turned(x: Any) -> bool:
    """Whether a trace or an inner product is not the least of those it equals."""
    if isinstance(x, Trace) and isinstance(x.operands[0], Product):
        return least_turn(x.operands[0]) is not x.operands[0]
    return isinstance(x, Inner) and x.operands[0].key > x.operands[1].key


def _below(x: Any) -> tuple[Any, ...]:
    return () if isinstance(x, Named) else operands_of(x)


def _is_leaf(x: Any) -> bool:
    return isinstance(x, Variable | Named | Constant)


def _weight(x: Any, total: dict[Any, int]) -> int:
    if not isinstance(x, Operator):
        return sum(total[part] for part in operands_of(x)) + 1
    parts = [total[operand] for operand in x.operands if isinstance(operand, Operator)]
    if isinstance(x, Product):
        return prod(parts)
    if isinstance(x, Add | Hadamard):
        return sum(parts) - len(parts) + 1
    if isinstance(x, Map | Inverse | Det | LogDet):
        return parts[0] ** 2
    if isinstance(x, Kronecker | ContractLeft | ContractRight):
        return prod(parts) + 1
    if isinstance(x, Diagonal):
        return DIAGONAL * parts[0]
    negative = isinstance(x, Scale) and x.operands[0] == -1
    return sum(parts) + (not isinstance(x, Transpose) and not negative)


def _tree(root: Node) -> list[Any]:
    """Every occurrence, shared nodes as often as they are used: for the sides of a law."""
    found, stack = [], [root]
    while stack:
        x = stack.pop()
        found.append(x)
        stack += _below(x)
    return found
