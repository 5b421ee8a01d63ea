"""What a structured matrix is made of: the parts worth forming, and how they are put together.

The parts are formed once for given data; what is put together from them never is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Symbol
from sympy.core.symbol import Str

from matcalc.facts import facts_of
from matcalc.lower.routine import fresh
from matcalc.lower.signs import NONNEGATIVE, is_nonnegative
from matcalc.lower.vectors import is_unformed
from matcalc.node import Node, scalars_and_nodes
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose
from matcalc.operators.constants import Constant
from matcalc.operators.diagonal import Diag
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Named, Variable
from matcalc.symbols import resolved

KEPT = ("positive definite", "symmetric", "diagonal", "orthogonal")
"""Facts of a part that a later step can use, the first that holds."""


@dataclass
class Skeleton:
    """A matrix as structure over named parts.

    Attributes
    ----------
    matrix : Node
        The matrix.
    others : tuple
        Expressions whose names the parts may not take.
    root : Node
        The matrix again, with a variable for every part.
    parts : dict
        From the names of the parts to what they are, matrices and scalars.
    """

    matrix: Node
    others: tuple[Any, ...] = ()
    parts: dict[str, Any] = field(default_factory=dict)
    _names: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self._opened(resolved(self.matrix))

    def _opened(self, x: Node) -> Node:
        """Structure down to its parts."""
        if isinstance(x, Named) and is_unformed(resolved(x)):
            return self._opened(resolved(x))
        if isinstance(x, Constant):
            return x
        if isinstance(x, Scale):
            return Scale(self._scalar(x.operands[0]), self._opened(x.operands[1]))
        if isinstance(x, Kronecker):
            return Kronecker(*map(self._factor, x.operands))
        if isinstance(x, Transpose | Product) or (isinstance(x, Add) and acts(x)):
            return type(x)(*map(self._opened, x.operands))
        return self._factor(x)

    def _factor(self, x: Node) -> Node:
        """A factor of ⊗, and what is left where nothing more acts part by part: formed."""
        if isinstance(x, Constant):
            return x
        if isinstance(x, Transpose | Inverse | Diag):
            return type(x)(self._factor(x.operands[0]))
        return self._part(x)

    def _part(self, x: Node) -> Node:
        if x not in self._names:
            name = self._fresh(x.name if isinstance(x, Variable | Named) else "part")
            self._names[x] = Variable(Str(name), *x.shape, *map(Str, told(x)))
            self.parts[name] = x
        node: Node = self._names[x]
        return node

    def _scalar(self, c: Expr) -> Expr:
        """A coefficient, itself where it is made of numbers, sizes and symbols alone."""
        if not scalars_and_nodes(c):
            return c
        if c not in self._names:
            name = self._fresh("factor")
            self._names[c] = (
                Symbol(name, positive=True) if c.is_positive else Symbol(name, real=True)
            )
            self.parts[name] = c
        return self._names[c]

    def _fresh(self, name: str) -> str:
        if name not in ("part", "factor") and name not in self.parts:
            return name
        number = 1 + sum(known.startswith(name) for known in self.parts)
        return fresh(f"{name}_{number}", self.matrix, *self.others)


def told(x: Node) -> list[str]:
    """Facts of a part that later steps can use."""
    found = facts_of(x)
    kept = [fact for fact in KEPT if fact in found]
    return [*kept[:1], *([NONNEGATIVE] if is_nonnegative(x) else [])]


def acts(x: Node) -> bool:
    """Whether a matrix acts by parts: something in it is never formed, or it has a thin product."""
    return any(is_unformed(part) or isinstance(part, Product) for part in _terms(x))


def _terms(x: Any) -> Iterator[Node]:
    if isinstance(x, Add | Scale):
        for operand in x.operands:
            if isinstance(operand, Node):
                yield from _terms(operand)
    else:
        yield x
