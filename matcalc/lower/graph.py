"""The lowered graph as the code sees it: names opened, repeated lines thin, signs in the sums."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr

from matcalc.function_work import is_multiplied, times_read
from matcalc.lower.kernels import REPEATS
from matcalc.lower.sums import is_mask
from matcalc.node import Node, Operator, ScalarNode
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.symbols import resolved


def thin(x: Any) -> Any:
    """The line of a repeated line; anything else as it is."""
    while isinstance(x, REPEATS):
        x = x.line
    return resolved(x)


def is_reciprocal(x: Any) -> bool:
    """Whether a factor always prints as a division."""
    return isinstance(x, Node) and power_of(x)[1] == -1


@lru_cache(maxsize=16384)
def scalar_nodes(f: Expr) -> tuple[Any, ...]:
    """Scalars made from matrices in an expression, each as often as it occurs."""
    if isinstance(f, ScalarNode):
        return (f,)
    return tuple(x for x in sympy.preorder_traversal(f) if isinstance(x, ScalarNode))


@lru_cache(maxsize=4096)
def occurrences(f: Expr, slot: Expr = ENTRY) -> int:
    """How often an elementwise function prints its argument, or its other one."""
    inside = list(sympy.preorder_traversal(f))
    powers = [x for x in inside if is_multiplied(x) and x.base == slot]
    return sum(x == slot for x in inside) + sum(times_read(abs(int(x.exp))) - 1 for x in powers)


def parts(x: Any) -> list[Any]:
    """Nodes whose texts a node's text is made of, each as often as it occurs."""
    if isinstance(x, Map):
        f, argument = x.operands
        return [*scalar_nodes(f), *[resolved(argument)] * occurrences(f)]
    if isinstance(x, Map2):
        f, a, b = x.operands
        return [*scalar_nodes(f), *[thin(a)] * occurrences(f), *[thin(b)] * occurrences(f, OTHER)]
    if isinstance(x, Add):
        return [part for term in x.operands for part in _term_parts(thin(term))]
    if isinstance(x, Hadamard):
        return [_base(thin(factor)) for factor in x.operands]
    if isinstance(x, Scale) and is_reciprocal(x.operands[1]):
        return [*scalar_nodes(x.operands[0]), _base(x.operands[1])]
    if not isinstance(x, Operator) or is_constant(x):
        return list(scalar_nodes(split_scale(x)[0] if isinstance(x, Node) else x))
    return [part for operand in x.operands for part in _operand_parts(operand)]


def _operand_parts(operand: Any) -> tuple[Any, ...]:
    if isinstance(operand, Operator):
        return (resolved(operand),)
    return scalar_nodes(operand) if isinstance(operand, Expr) else ()


def is_constant(x: Any) -> bool:
    """Whether all entries are one number that broadcasts."""
    return isinstance(x, Node) and isinstance(split_scale(x)[1], Ones)


def _term_parts(term: Any) -> list[Any]:
    """What a term of a sum prints: what is subtracted stands open, and constants do."""
    if isinstance(term, Scale) and term.operands[0] == -1 and not is_constant(term):
        return [thin(term.operands[1])]
    return parts(term) if is_constant(term) else [term]


def _base(factor: Any) -> Any:
    return resolved(power_of(factor)[0]) if is_reciprocal(factor) else factor


def divides(factor: Any) -> bool:
    """Whether a factor is a negative power."""
    k = power_of(factor)[1]
    return bool(k.is_number and k.is_negative)


def needs_floats(x: Any, below: Iterable[Any]) -> list[Any]:
    """Steps below a node, its parts, that it cannot use as a comparison."""
    masks = [part for part in below if is_mask(part)]
    if masks and isinstance(x, Hadamard):
        factors = [thin(factor) for factor in x.operands]
        if any(not is_mask(f) and not divides(f) for f in factors):
            return []
    return masks
