"""What attempts at a proof take as closed, cheap attempts before dear ones.

What both sides share may stand for any matrix: names and large parts at first, then all names but
one and those near it, then names and large parts from some depth on, at last nothing. A claim about
one layer of a deep net so costs what the layer costs, whatever lies below.
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
"""How many closed expressions deep one is opened."""
SINGLY = 12
"""So many names are opened one by one."""
SHARE = 10
"""An attempt that opens some of them may form this fraction of the monomials."""

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
    large = frozenset(x for x in both if _is_large(x)) | names
    huge = max(x.key[0] for x in (*nodes[0], *nodes[1])) > HUGE if both else False
    for closed in (large, names or large) if huge else (names, large):
        yield closed, budget
    for closed in (names, large):
        seen = _visible((a, b), closed)
        singly = seen[:SINGLY] if closed is names else ()
        for opened in _openings(seen, singly, closed):
            yield closed - opened, budget // SHARE
    yield frozenset(), budget


def _is_large(x: Node) -> bool:
    """Transposes stay open, so that a matrix and its transpose are one variable."""
    return x.key[0] > LARGE and type(x).__name__ != "Transpose"


def _openings(
    seen: tuple[Node, ...], singly: tuple[Node, ...], closed: frozenset[Node]
) -> Iterator[frozenset[Node]]:
    """What to open: each with those near it, then all to some depth."""
    for depth in NEAR:
        for x in singly:
            yield _near((x,), closed, depth)
    for depth in NEAR:
        yield _near(seen, closed, depth)


def _visible(roots: Iterable[Any], closed: frozenset[Node]) -> tuple[Node, ...]:
    """What is closed and in nothing else that is."""
    below = (x for root in roots for x in walk(root, lambda y: () if y in closed else children(y)))
    return tuple(dict.fromkeys(x for x in below if x in closed))


def _near(start: Iterable[Node], closed: frozenset[Node], depth: int) -> frozenset[Node]:
    """What is at most so many closed expressions away."""
    found = edge = frozenset(start)
    for _ in range(depth):
        edge = frozenset(y for x in edge for y in _visible(children(x), closed)) - found
        found |= edge
    return found
