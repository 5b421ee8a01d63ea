"""What is known of an expression from the facts declared of its variables.

Facts are read off bottom-up, each node once. Laws use them through their patterns: a pattern
variable with facts stands only for expressions of which they hold.
"""

from typing import Any

from sympy import Integer

from matcalc.dimensions import same
from matcalc.fact_rules import (
    BY_OPERAND,
    MANY,
    MIRROR_THROUGH,
    RULES,
    Facts,
    closed,
    is_mirrored,
    known_facts,
    mirror_of,
    nothing,
    upright_of,
)
from matcalc.node import Node, children, walk
from matcalc.operators.algebra import Product, Scale, Transpose
from matcalc.operators.blocks import HStack, Stack, VStack
from matcalc.operators.diagonal import Diag
from matcalc.operators.generalised_inverses import PseudoInverse
from matcalc.operators.kronecker import Kronecker, Unvec
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.shapes import is_one
from matcalc.threads import one_at_a_time

TURNED = {HStack: VStack, VStack: HStack}
"""What the mirror images of blocks are joined by."""


def facts_of(node: Node) -> Facts:
    """Every fact that is known to hold, for all values that have the declared facts.

    Examples
    --------
    >>> from matcalc import identity, inv, matrix
    >>> X, S = matrix("X", "n", "p"), matrix("S", "n", "n", "positive definite")
    >>> "symmetric" in facts_of(X.T @ inv(S) @ X)
    True
    >>> "positive definite" in facts_of(X.T @ inv(S) @ X + identity("p"))
    True
    """
    _settle_below(node)
    return known_facts(node)


def holds(fact: str, node: Node) -> bool:
    """Whether a fact is known to hold."""
    return fact in facts_of(node)


def mirror(node: Node) -> Node:
    """The transpose with transposes at the leaves, none at what is known to be symmetric.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, S = matrix("A", "m", "n"), matrix("S", "n", "n", "symmetric")
    >>> mirror(A @ S)
    S @ A.T
    """
    _settle_below(node)
    _turn_below(node)
    return mirror_of(node)


def transposes_in(node: Node) -> int:
    """Occurrences of transposes among the terms and factors, where the mirror has others."""
    if node.transposes is not None:
        return node.transposes
    for x in walk(node, lambda x: tuple(c for c in _mirrored(x) if c.transposes is None)):
        if x.transposes is None:
            inside = sum(part.transposes for part in _mirrored(x))
            x.transposes = min(inside + isinstance(x, Transpose), MANY)
    return int(node.transposes or 0)


def _mirrored(x: Any) -> tuple[Any, ...]:
    """Operands that a mirror image turns."""
    return (
        tuple(o for o in x.operands if isinstance(o, Node)) if isinstance(x, MIRROR_THROUGH) else ()
    )


@one_at_a_time  # what is half settled already counts as known
def _settle_below(node: Node) -> None:
    for x in walk(node, lambda x: tuple(c for c in children(x) if c.known is None)):
        if isinstance(x, Node) and x.known is None:
            _settle(x)


def _settle(x: Node) -> None:
    """Find out about a node whose operands are settled, and keep it with the node."""
    x.known = frozenset(), None, None
    if same(x.rows, x.cols):
        _turn_below(x)
    found = {*RULES.get(type(x), nothing)(x)}
    facts = closed(found | ({"symmetric"} if is_mirrored(x) else set()))
    _, mirror_image, upright = x.known
    x.known = facts, (upright if "symmetric" in facts else mirror_image), upright


@one_at_a_time
def _turn_below(node: Node) -> None:
    """Mirror images where there are none yet: a matrix has use for one if it is square."""
    for x in walk(node, lambda x: tuple(c for c in children(x) if _is_unturned(c))):
        if _is_unturned(x):
            x.known = x.known[0], _mirror(x), _upright(x)


def _is_unturned(x: Any) -> bool:
    return isinstance(x, Node) and x.known is not None and x.known[1] is None


def _mirror(x: Node) -> Node:
    """The transpose, with symmetric parts as they are; ``x`` itself where it is symmetric."""
    if is_one(x.rows) and is_one(x.cols):
        return x
    if isinstance(x, Product):
        return Product(*_turned_factors(x.operands))
    if isinstance(x, Kronecker):
        return Kronecker(*map(mirror_of, x.operands))
    if isinstance(x, MatrixFunction):
        return MatrixFunction(x.f, *(mirror_of(block) for block in reversed(x.blocks)))
    if isinstance(x, (*BY_OPERAND, Stack)):
        made = TURNED.get(type(x), type(x))
        return made(*(mirror_of(o) if isinstance(o, Node) else o for o in x.operands))
    if isinstance(x, Named):
        return x if is_mirrored(x.definition) else Transpose(x)
    return upright_of(x.operands[0]) if isinstance(x, Transpose) else _mirrored_leaf(x)


def _mirrored_leaf(x: Node) -> Node:
    """The transpose of what has no mirror image inside."""
    told = closed(set(RULES[type(x)](x) if isinstance(x, Variable | Unvec) else ()))
    if "skew" in told:
        return Scale(Integer(-1), x)
    return x if "symmetric" in told or isinstance(x, Diag) else Transpose(x)


def _upright(x: Node) -> Node:
    """The expression itself with transposes at the leaves."""
    if is_one(x.rows) and is_one(x.cols):
        return x
    if isinstance(x, Transpose):
        return mirror_of(x.operands[0])
    if isinstance(x, MIRROR_THROUGH):
        return type(x)(*(upright_of(o) if isinstance(o, Node) else o for o in x.operands))
    return x


def _turned_factors(factors: tuple[Any, ...]) -> list[Node]:
    """Transposed factors from the last to the first; AA⁺ and A⁺A stay, being symmetric."""
    turned: list[Node] = []
    i = len(factors)
    while i:
        pair = factors[max(i - 2, 0) : i]
        kept = len(pair) == 2 and (_inverts(*pair) or _inverts(*reversed(pair)))
        turned += pair if kept else [mirror_of(pair[-1])]
        i -= 2 if kept else 1
    return turned


def _inverts(a: Any, b: Any) -> bool:
    return isinstance(b, PseudoInverse) and b.operands[0] is a
