"""Where scalar multiples are worked out: on the smallest factor that nobody else uses."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sympy import Expr, Integer

from matcalc.lower.chains import entries
from matcalc.lower.graph import below
from matcalc.lower.kernels import REPEATS, MatMul
from matcalc.node import Node, children, replace_children, scalars_and_nodes
from matcalc.operators.algebra import Add, Scale, Transpose, negative, split_scale
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import Variable


def place_scalars(roots: Iterable[Any]) -> dict[Any, Any]:
    """Every expression below the roots with its scalar multiples moved where they cost least."""
    placing = Placing(roots)
    return placing.done


class Placing:
    """One pass over the shared graph, operands first."""

    def __init__(self, roots: Iterable[Any]) -> None:
        order = list(below(roots))
        self.users = Counter(child for x in order for child in children(x))
        self.done: dict[Any, Any] = {}
        for x in order:
            self.done[x] = self._placed(x)

    def _placed(self, x: Any) -> Any:
        if isinstance(x, Scale):
            return self._multiple(*x.operands)
        if isinstance(x, Add):
            return Add(*map(self._term, x.operands))
        return replace_children(x, self.done)

    def _term(self, term: Node) -> Node:
        """A term of a sum keeps its sign: subtracting costs nothing."""
        c, a = split_scale(term)
        if c == 1 or (self.users[term] > 1 and c != -1):
            node: Node = self.done[term]
            return node
        sign = Integer(-1 if negative(c) else 1)
        return Scale(sign, self._multiple(sign * c, a))

    def _multiple(self, c: Expr, a: Node) -> Node:
        c = c.xreplace({s: self.done[s] for s in scalars_and_nodes(c)})
        if c == 1 or self.users[a] > 1:
            return Scale(c, self.done[a])
        return self._inside(c, a)

    def _inside(self, c: Expr, a: Node) -> Node:
        path: list[tuple[Node, int]] = []
        while (slot := self._slot(a)) is not None:
            path.append((a, slot))
            a = a.operands[slot]
            if self.users[a] > 1 and not isinstance(a, REPEATS):
                break
        result = Scale(c, self.done[a])
        for outer, slot in reversed(path):
            operands = [self.done.get(operand, operand) for operand in outer.operands]
            result = type(outer)(*operands[:slot], result, *operands[slot + 1 :])
        return result

    def _slot(self, a: Node) -> int | None:
        """The operand that a multiple of ``a`` is best worked out on, if it is not ``a``."""
        if isinstance(a, MatMul):
            return _smaller_factor(a)
        if isinstance(a, REPEATS):
            return 0
        if isinstance(a, Transpose):
            return None if self._slot(a.operands[0]) is None else 0
        return self._factor(a) if isinstance(a, Hadamard) else None

    def _factor(self, a: Hadamard) -> int | None:
        for i, factor in enumerate(a.operands):
            if isinstance(factor, REPEATS):
                return i
        for i, factor in enumerate(a.operands):
            if isinstance(factor, MatMul) and self.users[factor] == 1 and _smaller_factor(factor):
                return i
        return None


def _smaller_factor(product: MatMul) -> int | None:
    left, right = product.operands
    sizes = entries(left), entries(right)
    if min(sizes) >= entries(product):
        return None
    return 1 if sizes[1] < sizes[0] or (sizes[0] == sizes[1] and _is_leaf(right)) else 0


def _is_leaf(a: Node) -> bool:
    return isinstance(a.operands[0] if isinstance(a, Transpose) else a, Variable)
