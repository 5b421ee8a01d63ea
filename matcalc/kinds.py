"""What tells laws apart before one is tried: the operators at the top of an expression and below.

Matching takes long beside looking at types, and of the laws for an operator few fit its operands.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from matcalc.node import Operator
from matcalc.operators.algebra import Add, Product
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import Abstract
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Variable

COMMUTATIVE = (Add, Hadamard)
ASSOCIATIVE = (Product, Kronecker)
Kinds = tuple[type, ...]


def kinds_of(x: Any) -> Kinds:
    """The types of an expression and of its operands in order, then of functions in these."""
    if not isinstance(x, Operator):
        return (type(x),)
    if x.kinds is None:
        kinds = (type(x), *map(type, x.operands))
        functions = map(_function, x.operands) if Map in kinds[1:] else ()
        x.kinds = (*kinds, *functions)
    return x.kinds


def _function(x: Any) -> type:
    return type(x.operands[0]) if isinstance(x, Map) else type(x)


def may_match(pattern: Any, kinds: Kinds) -> bool:
    """Whether a pattern may match an expression of these kinds, and not only because of sizes."""
    if type(pattern) is not kinds[0]:
        return False
    below = kinds[1:]
    if isinstance(pattern, ASSOCIATIVE):
        return _has_run(pattern.operands, below)
    if isinstance(pattern, COMMUTATIVE):
        return Counter(filter(None, map(_kind, pattern.operands))) <= Counter(below)
    parts = pattern.operands if isinstance(pattern, Operator) else ()
    if isinstance(pattern, Map) and not isinstance(parts[0], Abstract | below[0]):
        return False
    return all(_kind(p) in (None, kind) for p, kind in zip(parts, below, strict=False))


def _kind(pattern: Any) -> type | None:
    """The type of what the pattern matches, where it is one."""
    if isinstance(pattern, Operator) and not isinstance(pattern, Variable):
        return type(pattern)
    return None


def _has_run(patterns: Iterable[Any], kinds: Kinds) -> bool:
    """Whether neighbours may match patterns, of which a variable takes one or several."""
    ends = set(range(len(kinds)))
    for pattern in patterns:
        if not ends:
            return False
        kind = _kind(pattern)
        if kind is None:  # from the earliest place on a variable may end anywhere
            ends = set(range(min(ends) + 1, len(kinds) + 1))
        else:
            ends = {i + 1 for i in ends if i < len(kinds) and kinds[i] is kind}
    return bool(ends)
