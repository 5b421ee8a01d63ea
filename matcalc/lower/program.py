"""Straight-line statements for several results: what is shared is computed once, and named.

A node becomes a statement if it has a name, is a result, or is used twice; anything else stands
inside the one statement that uses it, as long as that stays short.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from matcalc.lower.code import Code, needs_floats, parts, resolved
from matcalc.lower.expressions import Text
from matcalc.lower.kernels import Dots, Sums
from matcalc.lower.namespace import Namespace
from matcalc.node import ATOM, Node, walk
from matcalc.operators.algebra import Transpose
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.elementwise import Map
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.operators.leaves import Named, Variable

LINE = 88
"""Longest line, its shape comment not counted."""
NESTING = 4
"""Deepest parentheses inside one statement."""
VIEWS = (Transpose, Vec, Unvec, Diagonal)
SHORT = re.compile(r"[A-Za-z]\w*(\.T)?|-?[0-9.]+")


@dataclass(frozen=True)
class Statement:
    """One line of code: a name, its text, and the shape of what it names."""

    name: str
    text: str
    shape: tuple[Expr, Expr] | None


class Program:
    """Statements that compute the roots, in the order given.

    Parameters
    ----------
    roots : iterable of pairs
        Expressions in lowered form, and the names their values are to have.
    namespace : Namespace
        Names of the arguments; the locals' names are added to it.
    """

    def __init__(self, roots: Iterable[tuple[Any, str]], namespace: Namespace) -> None:
        self.roots = [(resolved(x), name) for x, name in roots]
        self.namespace = namespace
        self.code = Code(namespace.leaf, namespace.callee)
        self.statements: list[Statement] = []
        order = list(dict.fromkeys(x for x, _ in self._walked(x for x, _ in self.roots)))
        self.users = Counter(part for x in order for part in parts(x))
        self.code.float_masks = {mask for x in order for mask in needs_floats(x)}
        self.code.float_masks |= {x for x, _ in self.roots}
        self.names = self._chosen_names()

    def _walked(self, roots: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for root in roots:
            for x in walk(root, lambda x: tuple(parts(x))):
                yield x, root
