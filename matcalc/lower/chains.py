"""Where to put the brackets in a matrix product, by counting multiplications.

Sizes are symbols, so they are compared under one declared reading: 1 is 1, a number is itself,
every symbol is equally large. Where that decides nothing, products run from left to right, as
NumPy would run them.
"""

from functools import lru_cache
from typing import Any

from sympy import Expr, Integer

from matcalc.lower.kernels import MatMul, Repeat
from matcalc.node import Node
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.constants import Centering, Commutation, Ones, Selector
from matcalc.operators.diagonal import Diag
from matcalc.operators.segments import Segment
from matcalc.operators.structure_constants import STRUCTURES

TYPICAL_SIZE = 1000
"""What a symbolic size counts for when costs are compared."""
CHEAP = (Diag, Centering, Commutation, Selector, Segment, *STRUCTURES)
"""Matrices whose product with A takes one pass over A."""

Spans = dict[tuple[int, int], tuple[int, int]]


@lru_cache(maxsize=4096)
def weight(size: Expr) -> int:
    """A size as a number, for comparisons only."""
    typical = size.xreplace({symbol: Integer(TYPICAL_SIZE) for symbol in size.free_symbols})
    return max(1, int(typical))


def entries(a: Node) -> int:
    """How many entries a matrix has, for comparisons only."""
    return weight(a.rows) * weight(a.cols)


def factors_of(product: Any) -> list[Node]:
    """Factors of a product, each repeated line as a product with ones."""
    flat: list[Node] = []
    for factor in product.operands if isinstance(product, Product) else (product,):
        flat += _as_outer(factor) if isinstance(factor, Repeat) else [factor]
    return flat


def _as_outer(factor: Repeat) -> list[Node]:
    line, count = factor.operands
    if factor.axis == 0:
        return [Ones(count, Integer(1)), *factors_of(line)]
    return [*factors_of(line), Ones(Integer(1), count)]


def cheapest(factors: list[Node]) -> Spans:
    """Cost and place of the last product, for every stretch of the factors."""
    best: Spans = {(i, i + 1): (0, i) for i in range(len(factors))}
    for length in range(2, len(factors) + 1):
        for i in range(len(factors) - length + 1):
            j = i + length
            costs = (
                (best[i, k][0] + best[k, j][0] + _step(factors, i, k, j), -k)
                for k in range(i + 1, j)
            )
            cost, place = min(costs)
            best[i, j] = cost, -place
    return best


def _step(factors: list[Node], i: int, k: int, j: int) -> int:
    rows, cols = weight(factors[i].rows), weight(factors[j - 1].cols)
    if k - i == 1 and _is_cheap(factors[i]):
        return rows * cols
    if j - k == 1 and _is_cheap(factors[k]):
        return rows * cols + 1
    return rows * weight(factors[k].rows) * cols


def _is_cheap(factor: Node) -> bool:
    return isinstance(factor.operands[0] if isinstance(factor, Transpose) else factor, CHEAP)


def associated(factors: list[Node]) -> Node:
    """The product of the factors with the cheapest bracketing."""
    best = cheapest(factors)

    def bracketed(i: int, j: int) -> Node:
        if j - i == 1:
            return factors[i]
        k = best[i, j][1]
        return MatMul(bracketed(i, k), bracketed(k, j))

    node: Node = bracketed(0, len(factors))
    return node


def halves(product: Any) -> tuple[Node, Node]:
    """Left and right part of a product of which only some entries are wanted."""
    factors = factors_of(product)
    best, n = cheapest(factors), len(factors)
    costs = {k: best[0, k][0] + best[k, n][0] for k in range(1, n)}
    k = min(costs, key=lambda k: (costs[k], k))
    return Product(*factors[:k]), Product(*factors[k:])
