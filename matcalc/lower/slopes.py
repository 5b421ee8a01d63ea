"""The slope of a logistic function from one exponential, where nothing else needs its values.

1 − σ(A) rounds to 0 where A is large; exp(−|A|/2) has all digits there, and cannot overflow.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sympy
from sympy import Rational

from matcalc.dimensions import dims
from matcalc.lower.functions import logistic, without_from_one
from matcalc.node import Node, children, replace_children, substitute
from matcalc.operators.algebra import Add, Scale
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.functions import ENTRY, sigmoid
from matcalc.operators.leaves import Named, matrix
from matcalc.rewrite import Law
from matcalc.symbols import below, resolved

m, n = dims("m n")
A = matrix("A", m, n)
HALF = Rational(1, 2)
Pair = tuple[Node, list[Node]]


def root_of_slope(a: Node) -> Node:
    """H/(1 + H²) with H = exp(−|A|/2)."""
    h = Map(sympy.exp(ENTRY), Scale(-HALF, Map(sympy.Abs(ENTRY), a)))
    return Hadamard(h, Map(1 / ENTRY, ones(*a.shape) + Map(ENTRY**2, h)))


def is_logistic(x: Any) -> bool:
    """Whether this is σ(A)."""
    return isinstance(x, Map) and x.operands[0] == sigmoid(ENTRY)


def pair(x: Any) -> Pair | None:
    """A and what else is multiplied, where this is σ(A) ⊙ (1 − σ(A)) ⊙ …."""
    if not isinstance(x, Hadamard):
        return None
    for chance in x.operands:
        s = resolved(chance)
        if is_logistic(s):
            others = [y for y in x.operands if y is not chance]
            for y in others:
                if resolved(without_from_one(resolved(y))) is s:
                    return s.operands[1], [z for z in others if z is not y]
    return None


def slope(x: Any) -> Any:
    """σ(A) ⊙ (1 − σ(A))."""
    found = pair(x)
    if found is None:
        return x
    a, rest = found
    return Hadamard(*rest, Map(ENTRY**2, root_of_slope(a)))


def root(x: Map) -> Any:
    """√(σ(A) ⊙ (1 − σ(A)))."""
    base, k = power_of(x)
    found = pair(resolved(base)) if k == HALF else None
    return x if found is None or found[1] else root_of_slope(found[0])


SLOPES = (
    Law(
        "√(σ(A) ⊙ (1 − σ(A))) by one exponential",
        (logistic(A) * (ones(m, n) - logistic(A))) ** HALF,
        root_of_slope(A),
        general=root,
    ),
    Law(
        "σ(A) ⊙ (1 − σ(A)) by one exponential",
        logistic(A) * (ones(m, n) - logistic(A)),
        root_of_slope(A) ** 2,
        general=slope,
    ),
)


def slopes_by_one_exponential(roots: Iterable[Any]) -> list[Any]:
    """Expressions in which logistic functions that are needed for their slopes alone are gone."""
    roots = list(roots)
    order = list(below(roots))
    slopes = {x: found[0] for x in order if (found := pair(x))}
    if not slopes:
        return roots
    alone = _needed_for(slopes, order, roots)
    done: dict[Any, Any] = {}
    for x in order:
        own, inside = slopes.get(x), slopes.get(resolved(power_of(x)[0]))
        after = slope(x) if own in alone else root(x) if inside in alone else x
        done[x] = replace_children(x, done) if after is x else substitute(after, done)
    return [done[x] for x in roots]


def _needed_for(slopes: dict[Any, Node], order: list[Any], roots: list[Any]) -> set[Node]:
    """Arguments of logistic functions that nothing but their slopes reads."""
    readers: dict[Any, list[Any]] = defaultdict(list)
    for x in order:
        for child in children(x):
            readers[child].append(x)
    returned, alone = set(roots), dict[Any, Node | None]()
    for x in reversed(order):  # who reads comes before what is read
        owners = [slopes[r] if r in slopes else _passed_on(r, alone) for r in readers[x]]
        own = owners[0] if owners and x not in returned else None
        alone[x] = own if all(other is own for other in owners) else None
    return {a for x in order if is_logistic(x) and (a := alone[x]) is x.operands[1]}


def _passed_on(x: Any, alone: dict[Any, Node | None]) -> Node | None:
    """What alone reads the values of a name, a multiple or a sum."""
    return alone[x] if isinstance(x, Named | Scale | Add) else None
