"""What attempts at a proof take as closed, cheap attempts before dear ones.

What both sides share may stand for any matrix: names at first, then the names but one and what is
near it, then the names beyond a depth, at last nothing. A claim about one layer of a deep net so
costs what the layer costs, whatever lies below.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from matcalc.node import Node, children, walk
from matcalc.operators.leaves import Named

LARGE = 40
"""Expressions with more operators than this that both sides share may be taken as closed."""
HUGE = 1000
"""Expressions larger than this are tried with their shared parts closed before anything else."""
NEAR = (0, 1, 2)
"""How many names deep a name is opened."""
SINGLY = 12
"""So many names are opened one by one."""
SHARE = 10
"""An attempt that opens some of the names may form this fraction of the monomials."""

Stage = tuple[frozenset[Node], int]
"""What is closed, and the monomials that may be formed."""


def stages(a: Any, b: Any, budget: int) -> Iterator[Stage]:
    """Attempts worth making, in order."""
    seen: set[frozenset[Node]] = set()
    for closed, own in _all(a, b, budget):
        if closed not in seen:
            seen.add(closed)
            yield closed, own


def _all(a: Any, b: Any, budget: int) -> Iterator[Stage]:
    nodes = [{x for x in walk(side) if isinstance(x, Node)} for side in (a, b)]
    both = nodes[0] & nodes[1]
    names = frozenset(x for x in both if isinstance(x, Named))
    large = frozenset(x for x in both if x.key[0] > LARGE) | names
    huge = max(x.key[0] for x in (*nodes[0], *nodes[1])) > HUGE if both else False
    for closed in (large, names) if huge else (names, large):
        yield closed, budget
    for opened in _openings((a, b), names):
        yield names - opened, budget // SHARE
    yield frozenset(), budget


def _openings(sides: Iterable[Any], names: frozenset[Node]) -> Iterator[frozenset[Node]]:
    """Names to open: each that is seen with those near it, then all to some depth."""
    seen = tuple(dict.fromkeys(x for side in sides for x in _visible(side, names)))
    for depth in NEAR:
        for name in seen[:SINGLY]:
            yield _near((name,), names, depth)
    for depth in NEAR:
        yield _near(seen, names, depth)


def _visible(x: Any, names: frozenset[Node]) -> tuple[Node, ...]:
    """Names in an expression that are in no other."""
    below = walk(x, lambda y: () if y in names else children(y))
    return tuple(y for y in below if y in names)


def _near(start: Iterable[Any], names: frozenset[Node], depth: int) -> frozenset[Node]:
    """Names that are at most so many definitions away."""
    found = edge = frozenset(start)
    for _ in range(depth):
        edge = frozenset(y for x in edge for y in _visible(x.definition, names)) - found
        found |= edge
    return found
