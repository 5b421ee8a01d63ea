"""Roots lowered together, scalar multiples worked out on the smallest factor nobody else uses."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sympy import Expr, Integer

from matcalc.lower.chains import Typical
from matcalc.lower.cheaper import cheapest_form
from matcalc.lower.formed import FORMED, NOTHING
from matcalc.lower.kernels import REPEATS, MatMul
from matcalc.lower.laws import EVENLY, Tables, first_rewrite, lower, tables
from matcalc.lower.picking import Pad
from matcalc.lower.solving import solve_together
from matcalc.nesting import followed
from matcalc.node import Node, children, replace_children, scalars_and_nodes
from matcalc.operators.algebra import Add, Scale, Transpose, negative, split_scale
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import Variable
from matcalc.operators.shapes import ONE
from matcalc.scalars import scaled
from matcalc.symbols import below


@followed("what is lowered")
def lowered(roots: list[Any], typical: Typical) -> list[Any]:
    """Roots in lowered form; lowered again where a sum and its negative became one."""
    done: dict[Any, Any] = {}
    laws = tables(typical) if typical.sizes else EVENLY
    forms = [lower(root, done, laws) for root in roots]
    if shared := share_negatives(forms):
        forms = [lower(shared[root], done, laws) for root in forms]
    if any(first_rewrite(FORMED, x) is not None for x in below(forms)):
        formed: dict[Any, Any] = {}
        forms = [lower(root, formed, Tables(NOTHING, FORMED)) for root in forms]
    forms = solve_together(cheapest_form(forms, typical))
    placed = place_scalars(forms, typical)
    return [placed[root] for root in forms]


def share_negatives(roots: Iterable[Any]) -> dict[Any, Any]:
    """Every expression below the roots, with A − C and C − A both made from the one met first.

    Nothing where no sum is the negative of another.
    """
    order = list(below(roots))
    sums: dict[frozenset[Any], Add] = {}
    first: dict[Any, Add] = {}
    for x in order:
        if isinstance(x, Add):
            terms = [split_scale(term) for term in x.operands]
            negated = sums.get(frozenset([(-c, a) for c, a in terms]))
            if negated is not None:
                first[x] = negated
            sums[frozenset(terms)] = x
    done: dict[Any, Any] = {}
    for x in order if first else ():
        done[x] = Scale(Integer(-1), done[first[x]]) if x in first else replace_children(x, done)
    return done


def place_scalars(roots: Iterable[Any], typical: Typical) -> dict[Any, Any]:
    """Every expression below the roots with its scalar multiples moved where they cost least."""
    return Placing(roots, typical).done


class Placing:
    """One pass over the shared graph, operands first."""

    def __init__(self, roots: Iterable[Any], typical: Typical) -> None:
        self.entries = typical.entries
        order = list(below(roots))
        self.users = Counter(child for x in order for child in children(x))
        self.slots: dict[Any, int | None] = {}
        self.costs: dict[Any, int] = {}
        self.done: dict[Any, Any] = {}
        for x in order:
            if isinstance(x, Node):
                self._weigh(x)
            self.done[x] = self._placed(x)

    def _weigh(self, x: Node) -> None:
        """Settle which operand a multiple of ``x`` is best worked out on, if not ``x`` itself."""
        ways = [(self._cost_inside(x.operands[i]), i) for i in _linear_in(x)]
        own = self.entries(x)
        cheapest = min((cost for cost, _ in ways), default=own)
        found = [i for cost, i in ways if cost == cheapest]
        keep = cheapest >= own and not isinstance(x, REPEATS)
        leaves = [i for i in found if _is_leaf(x.operands[i])]
        self.slots[x] = None if keep else (leaves or found)[0]
        self.costs[x] = min(cheapest, own)

    def _cost_inside(self, a: Node) -> int:
        return self.entries(a) if self._is_shared(a) else self.costs[a]

    def _is_shared(self, a: Any) -> bool:
        return self.users[a] > 1 and not isinstance(a, REPEATS)

    def _placed(self, x: Any) -> Any:
        if isinstance(x, Scale):
            return self._multiple(*x.operands)
        if isinstance(x, Add):
            terms = tuple(map(self._term, x.operands))
            return x if terms == x.operands else Add(*terms)
        return replace_children(x, self.done)

    def _term(self, term: Node) -> Node:
        """A term of a sum keeps its sign: subtracting costs nothing."""
        c, a = split_scale(term)
        if c is ONE or (self.users[term] > 1 and c != -1):
            node: Node = self.done[term]
            return node
        sign = Integer(-1 if negative(c) else 1)
        return Scale(sign, self._multiple(scaled(sign, c), a))

    def _multiple(self, c: Expr, a: Node) -> Node:
        if scalars := scalars_and_nodes(c):
            c = c.xreplace({s: self.done[s] for s in scalars})
        if c is ONE or self._is_shared(a):
            return Scale(c, self.done[a])
        path: list[tuple[Node, int]] = []
        while not self._is_shared(a) and (slot := self.slots[a]) is not None:
            path.append((a, slot))
            a = a.operands[slot]
        result = Scale(c, self.done[a])
        for outer, slot in reversed(path):
            operands = [self.done.get(operand, operand) for operand in outer.operands]
            result = type(outer)(*operands[:slot], result, *operands[slot + 1 :])
        return result


def _linear_in(x: Node) -> list[int]:
    """Operands that a multiple of a node may be worked out on without being taken out again."""
    if isinstance(x, MatMul):
        return [0, 1]
    if isinstance(x, Hadamard):
        lines = [i for i, factor in enumerate(x.operands) if isinstance(factor, REPEATS)]
        return lines or [i for i, factor in enumerate(x.operands) if isinstance(factor, MatMul)]
    inner = x.operands[0] if isinstance(x, Transpose) else None
    return [0] if isinstance(x, (Pad, *REPEATS)) or isinstance(inner, MatMul | Hadamard) else []


def _is_leaf(a: Node) -> bool:
    return isinstance(a.operands[0] if isinstance(a, Transpose) else a, Variable)
