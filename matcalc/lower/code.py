"""NumPy text of one lowered node whose operands have theirs.

Elementwise operations print repeated lines as the line and leave the repeating to NumPy. A step
prints as a comparison where it multiplies something, as a float matrix elsewhere.
"""

from collections.abc import Callable
from typing import Any

from sympy import Expr, Rational

from matcalc.lower.expressions import Expressions, Text, signed
from matcalc.lower.graph import divides, is_constant, is_reciprocal, thin
from matcalc.lower.kernels import REPEATS, MatMul
from matcalc.lower.softmax import Beyond
from matcalc.lower.sums import is_mask
from matcalc.node import Node, Operator, ScalarNode
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY
from matcalc.protocols import ATOM, PREFIX, SCALED, SUM
from matcalc.symbols import resolved

MINUS_HALF = Rational(-1, 2)
Arranged = tuple[list[tuple[int, Any]], list[tuple[Any, Expr]]]


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

    def apply(self, function: Expr, *operands: Node) -> str:
        """Text of an elementwise function of an operand, or of two."""
        return self.scalars.at(function, 0, *map(self._found, operands))

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
            return self._entrywise(x.operands), SCALED
        if isinstance(x, Scale):
            return self._multiple(x)
        if is_mask(x):
            return self._mask(x)
        if isinstance(x, Map):
            return self.scalars.text(x.operands[0], self._found(x.operands[1]))
        if isinstance(x, Map2):
            return self.scalars.text(x.operands[0], *(self._found(thin(a)) for a in x.operands[1:]))
        if isinstance(x, Operator):
            level = x.precedence if isinstance(x, MatMul | Beyond) else ATOM
            return x.numpy(self), level  # type: ignore[attr-defined]
        return self.scalars.text(x)

    def _mask(self, x: Map) -> Text:
        condition, binding = self.scalars.condition(x.operands[0], self._found(x.operands[1]))
        if x in self.float_masks:
            return f"({condition}).astype(dtype)", ATOM
        return condition, binding

    def _sum(self, x: Add) -> str:
        return signed([text for text, _ in self.terms(x)])

    def terms(self, x: Add) -> list[tuple[str, Node]]:
        """Texts and terms: whole matrices, then what is broadcast; what is subtracted last."""
        terms = []
        for term in x.operands:
            text = self._term(term)
            inner = split_scale(term)[1]
            rank = 2 if is_constant(term) else 1 if isinstance(inner, REPEATS) else 0
            terms.append((text.startswith("-"), rank, text, term))
        terms.sort(key=lambda t: t[:2])
        return [(text, term) for _, _, text, term in terms]

    def _term(self, term: Node) -> str:
        x = thin(term)
        if isinstance(x, Scale) and x.operands[0] == -1 and not is_constant(x):
            return f"-{self.thinly(x.operands[1], SCALED)}"
        return self.thinly(x, SCALED)

    def _entrywise(self, factors: Any, start: str = "", signed: bool = False) -> str:
        above, below = self.arranged(factors, behind=bool(start) or signed)
        under = [self.scalars.at(ENTRY**-k, PREFIX, self._found(base)) for base, k in below]
        return _quotient(start, [self._factor(i, *f) for i, f in enumerate(above)], under)

    def arranged(self, factors: Any, behind: bool) -> Arranged:
        """Ranked factors above the line, and bases and negative exponents of those below it.

        Lines first, then comparisons, then the rest; comparisons last behind a number.
        """
        above: list[tuple[int, Any]] = []
        below: list[tuple[Any, Expr]] = []
        for factor in factors:
            t = thin(factor)
            if is_reciprocal(t) or (divides(t) and self.is_inline(t)):
                below.append(power_of(t))
            elif is_mask(t):
                above.append((3 if behind else 1, t))
            else:
                above.append((2 if t is resolved(factor) else 0, t))
        return sorted(above, key=lambda ranked: ranked[0]), below

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
        sign, start, end = self.coefficient(c)
        text = self._entrywise(self.factors(a), start, signed=bool(sign))
        return sign + text + (f" / {end}" if end else ""), SCALED

    def coefficient(self, c: Expr) -> tuple[str, str, str]:
        """Sign, and what stands before and behind what a number multiplies."""
        if c == MINUS_HALF:
            return "-", "0.5", ""  # one pass over a matrix, where a sign and a quotient are two
        sign, over, under = self.scalars.quotient(c)
        return (sign, f"{over} / {under}", "") if over and under else (sign, over, under)

    def factors(self, a: Node) -> tuple[Any, ...]:
        """Factors that a number multiplies one by one: those of a product without a name."""
        a = resolved(a)
        return a.operands if isinstance(a, Hadamard) and self.is_inline(a) else (a,)


def _quotient(start: str, above: list[str], below: list[str]) -> str:
    text = " * ".join([start, *above] if start else above) or "1"
    if not below:
        return text
    return f"{text} / {below[0]}" if len(below) == 1 else f"{text} / ({' * '.join(below)})"
