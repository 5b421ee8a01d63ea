"""The derivative of a relu from its values, for libraries that are slow at comparing."""

from collections.abc import Iterable
from typing import Any

from sympy import sign

from matcalc.dimensions import dims
from matcalc.node import replace_children
from matcalc.operators.elementwise import Map
from matcalc.operators.functions import ENTRY, relu, step
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law
from matcalc.symbols import below

m, n = dims("m n")
A = matrix("A", m, n)
POSITIVE = sign(ENTRY)
"""1 of a positive number, 0 of 0."""


def step_of_relu(x: Map) -> Any:
    """relu′(A) = sign(relu(A))."""
    f, a = x.operands
    return Map(POSITIVE, Map(relu(ENTRY), a)) if f == step(ENTRY) else x


STEPS = Law(
    "relu′(A) = sign(relu(A))",
    Map(step(ENTRY), A),
    Map(POSITIVE, Map(relu(ENTRY), A)),
    general=step_of_relu,
)


def steps_of_relus(roots: Iterable[Any]) -> list[Any]:
    """Expressions in which every relu′ of what a relu is taken of comes from that relu."""
    roots, done = list(roots), dict[Any, Any]()
    every = list(below(roots))
    taken = {x.operands[1] for x in every if isinstance(x, Map) and x.operands[0] == relu(ENTRY)}
    for x in every:
        at_hand = isinstance(x, Map) and x.operands[1] in taken
        after = STEPS.apply(x) if at_hand else None
        done[x] = replace_children(x if after is None else after, done)
    return [done[root] for root in roots]
