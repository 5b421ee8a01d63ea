"""NumPy text of one lowered node whose operands have theirs.

Elementwise operations print repeated lines as the line and leave the repeating to NumPy. A step
prints as a comparison where it multiplies something, as a float matrix elsewhere.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr

from matcalc.lower.expressions import Expressions, Text, signed, stable
from matcalc.lower.kernels import REPEATS, MatMul
from matcalc.lower.reductions import is_mask
from matcalc.node import Node, Operator, ScalarNode
from matcalc.protocols import ATOM, PREFIX, PRODUCT, SCALED, SUM
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.elementwise import ENTRY, Hadamard, Map, power_of
from matcalc.operators.leaves import Named, Ones


def resolved(x: Any) -> Any:
    """What a name stands for."""
    while isinstance(x, Named):
        x = x.definition
    return x


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
def occurrences(f: Expr) -> int:
    """How often an elementwise function prints its argument."""
    return sum(x == ENTRY for x in sympy.preorder_traversal(stable(f)))


def parts(x: Any) -> list[Any]:
    """Nodes whose texts a node's text is made of, each as often as it occurs."""
    if not isinstance(x, Operator):
        return list(scalar_nodes(x))
    if isinstance(x, Map):
        return [resolved(x.operands[1])] * occurrences(x.operands[0])
    if isinstance(x, Add):
        return [part for term in x.operands for part in _term_parts(thin(term))]
    if isinstance(x, Hadamard):
        return [_base(thin(factor)) for factor in x.operands]
    if is_constant(x):
        return list(scalar_nodes(split_scale(x)[0]))
    found: list[Any] = []
    for operand in x.operands:
        if isinstance(operand, Operator):
            found.append(resolved(operand))
        elif isinstance(operand, Expr):
            found += scalar_nodes(operand)
    return found


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


def _divides(factor: Any) -> bool:
    k = power_of(factor)[1]
    return bool(k.is_number and k < 0)


def needs_floats(x: Any) -> list[Any]:
    """Steps below a node that it cannot use as a comparison."""
    masks = [part for part in parts(x) if is_mask(part)]
    if masks and isinstance(x, Hadamard):
        factors = [thin(factor) for factor in x.operands]
        if any(not is_mask(f) and not _divides(f) for f in factors):
            return []
    return masks


class Code:
    """Texts of nodes, built from the texts of their operands.

    Parameters
    ----------
    leaf : callable
        Name of a variable or a symbol.
    callee : callable
        Name of an abstract function, from its label and the order of its derivative.
    """

    def __init__(self, leaf: Callable[[Any], str], callee: Callable[[Any, int], str]) -> None:
        self.leaf = leaf
        self.texts: dict[Any, Text] = {}
        self.float_masks: set[Any] = set()
        self.scalars = Expressions(self._scalar_leaf, callee)

    def _scalar_leaf(self, x: Any) -> Text:
        return self.texts[x] if isinstance(x, ScalarNode) else (self.leaf(x), ATOM)

    def __call__(self, operand: Any, level: int) -> str:
        """Text of an operand, in parentheses if it binds looser than ``level``."""
        text, binding = self._found(operand)
        return text if binding >= level else f"({text})"

    def apply(self, function: Expr, operand: Node) -> str:
        """Text of an elementwise function of an operand."""
        return self.scalars.at(stable(function), 0, self._found(operand))

    def _found(self, operand: Any) -> Text:
        if isinstance(operand, Operator):
            return self.texts[resolved(operand)]
        return self.scalars.text(operand)

    def thinly(self, operand: Any, level: int) -> str:
        """Text of an operand of an elementwise operation, which broadcasts lines and constants."""
        x = thin(operand)
        return self(split_scale(x)[0] if is_constant(x) else x, level)

    def form(self, x: Any) -> Text:
        """Text of a node whose parts have theirs, and how tightly it binds."""
        if isinstance(x, Add):
            return self._sum(x), SUM
        if isinstance(x, Hadamard):
            return self._entrywise(x), SCALED
        if isinstance(x, Scale):
            return self._multiple(x)
        if is_mask(x):
            return self._mask(x)
        if isinstance(x, Map):
            return self.scalars.text(stable(x.operands[0]), self._found(x.operands[1]))
        if isinstance(x, Operator):
            return x.numpy(self), PRODUCT if isinstance(x, MatMul) else ATOM  # type: ignore[attr-defined]
        return self.scalars.text(x)

    def _mask(self, x: Map) -> Text:
        condition, binding = self.scalars.condition(x.operands[0], self._found(x.operands[1]))
        if x in self.float_masks:
            return f"({condition}).astype(dtype)", ATOM
        return condition, binding

    def _sum(self, x: Add) -> str:
        """Whole matrices first, then what is broadcast; what is subtracted last."""
        terms = []
        for term in x.operands:
            text = self._term(term)
            inner = split_scale(term)[1]
            rank = 2 if is_constant(term) else 1 if isinstance(inner, REPEATS) else 0
            terms.append((text.startswith("-"), rank, text))
        terms.sort(key=lambda t: t[:2])
        return signed([text for _, _, text in terms])

    def _term(self, term: Node) -> str:
        x = thin(term)
        if isinstance(x, Scale) and x.operands[0] == -1 and not is_constant(x):
            return f"-{self.thinly(x.operands[1], SCALED)}"
        return self.thinly(x, SCALED)

    def _entrywise(self, x: Hadamard, start: str = "", signed: bool = False) -> str:
        """Lines first, then comparisons, then the rest; comparisons last behind a number."""
        above: list[tuple[int, Any]] = []
        below: list[str] = []
        for factor in x.operands:
            t = thin(factor)
            base, k = power_of(t)
            if is_reciprocal(t) or _divides(t) and self.is_inline(t):
                below.append(self.scalars.at(ENTRY**-k, PREFIX, self._found(base)))
            elif is_mask(t):
                above.append((3 if start or signed else 1, t))
            else:
                above.append((2 if t is resolved(factor) else 0, t))
        above.sort(key=lambda ranked: ranked[0])
        return _quotient(start, [self._factor(i, *f) for i, f in enumerate(above)], below)

    def _factor(self, place: int, rank: int, t: Any) -> str:
        """A line at the start needs no parentheses: it is worked out before it is broadcast."""
        return self(t, SCALED if place == rank == 0 else PREFIX)

    def is_inline(self, x: Any) -> bool:
        """Whether a node prints as an expression and not as a name."""
        return not self.texts[x][0].isidentifier()

    def _multiple(self, x: Scale) -> Text:
        c, a = x.operands
        if isinstance(a, Ones):
            rows, cols = (self(size, 0) for size in a.shape)
            return f"np.full(({rows}, {cols}), {self(c, 0)}, dtype=dtype)", ATOM
        sign, over, under = self.scalars.quotient(c)
        start, end = (f"{over} / {under}", "") if over and under else (over, under)
        a = resolved(a)
        if isinstance(a, Hadamard) and self.is_inline(a):
            text = self._entrywise(a, start, signed=bool(sign))
        else:
            text = _quotient(start, [self(a, PREFIX)], [])
        return sign + text + (f" / {end}" if end else ""), SCALED


def _quotient(start: str, above: list[str], below: list[str]) -> str:
    text = " * ".join([start, *above] if start else above) or "1"
    if not below:
        return text
    return f"{text} / {below[0]}" if len(below) == 1 else f"{text} / ({' * '.join(below)})"
