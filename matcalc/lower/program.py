"""Straight-line statements for several results: what is shared is computed once, and named.

A node becomes a statement if it has a name, is a result, or is used twice; anything else stands
inside the one statement that uses it, as long as that stays short.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import Expr

from matcalc.errors import BudgetExceeded
from matcalc.lower.code import Code
from matcalc.lower.expressions import SIMPLE, Text
from matcalc.lower.graph import needs_floats, parts
from matcalc.lower.kernels import Dots, Sums
from matcalc.lower.matrix_functions import is_power
from matcalc.lower.namespace import Namespace
from matcalc.lower.ordering import results_early
from matcalc.lower.picking import Slice
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.operators.leaves import Named, Variable
from matcalc.protocols import ATOM
from matcalc.symbols import below, resolved

LINE = 88
"""Longest line, its shape comment not counted."""
OPERATIONS = 300
"""Most operations in one statement; Python's parser goes down one level for each."""
NESTING = 4
"""Deepest parentheses inside one statement."""
VIEWS = (Transpose, Vec, Unvec, Diagonal, Slice)


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
    stands_alone : callable
        Whether a node is a statement of its own even if it is used once.

    Attributes
    ----------
    order : list
        Every expression that is worked out, once, operands first.
    statements : list of Statement
        What is worked out, line by line.
    """

    def __init__(
        self,
        roots: Iterable[tuple[Any, str]],
        namespace: Namespace,
        stands_alone: Callable[[Any], bool],
    ) -> None:
        roots, self.stands_alone = list(roots), stands_alone
        self.results = dict.fromkeys(resolved(x) for x, _ in roots)
        self.namespace = namespace
        self.code = Code(namespace.leaf, namespace.callee)
        self.statements: list[Statement] = []
        self.count = 1
        inside = self.parts = cache(parts)
        self.order = results_early(list(below(self.results, inside)), self.results, inside)
        self.users = Counter(part for x in self.order for part in inside(x))
        self.code.float_masks |= {mask for x in self.order for mask in needs_floats(x, inside(x))}
        self.code.float_masks |= self.results.keys()
        self.names = self._chosen_names(roots)
        for x in self.order:
            self._add(x)

    def value(self, root: Any) -> str:
        """Name of a root's value."""
        return self.code.texts[resolved(root)][0]

    def is_owned(self, root: Any) -> bool:
        """Whether a root's value is an array of its own."""
        return not isinstance(resolved(root), Variable)

    def _chosen_names(self, roots: list[tuple[Any, str]]) -> dict[Any, str]:
        wanted: dict[Any, str] = {}
        for x in below(x for x, _ in roots):
            if isinstance(x, Named):
                wanted.setdefault(resolved(x), x.name)
        for x, name in roots:
            wanted.setdefault(resolved(x), name)
        return {
            x: self.namespace.local(name)
            for x, name in wanted.items()
            if not isinstance(x, Variable)
        }

    def _add(self, x: Any) -> None:
        if isinstance(x, Variable):
            self.code.texts[x] = self.namespace.leaf(x), ATOM
            return
        text, binding = self._short_enough(x)
        self.code.texts[x] = text, binding
        if SIMPLE.fullmatch(text) and x not in self.names:
            return
        if x in self.names or self.users[x] > 1 or self.stands_alone(x):
            self._name(x)

    def _short_enough(self, x: Any) -> Text:
        """Text of a node, its longest parts named first if it is too long otherwise."""
        form = self.code.form(x)
        room = LINE - len("    grad =") - len(self.names.get(x, ""))
        if len(form[0]) <= room and _nesting(form[0]) <= NESTING:
            return form
        texts = {part: self.code.texts[part][0] for part in self.parts(x)}
        left, deep = len(form[0]), _nesting(form[0]) > NESTING
        for part, text in sorted(texts.items(), key=lambda item: -len(item[1])):
            too_deep = deep and _nesting(text) >= NESTING - 1
            if (left > room or too_deep) and not SIMPLE.fullmatch(text):
                self._name(part)
                left -= len(text) - 4
        return self.code.form(x)

    def _name(self, x: Any) -> None:
        """Make a node a statement of its own."""
        text, _ = self.code.texts[x]
        name = self.names.get(x) or self._temporary(x)
        if text.count(" ") > 2 * OPERATIONS:
            raise BudgetExceeded(
                f"a line of code would have more than {OPERATIONS} operations, "
                f"for a {type(x).__name__} of {len(self.parts(x)):,}; name parts of it with let"
            )
        if x in self.results and self._is_view(x):
            text += ".copy()"
        self.statements.append(Statement(name, text, x.shape if isinstance(x, Node) else None))
        self.code.texts[x] = name, ATOM

    def _is_view(self, x: Any) -> bool:
        """Whether a value may share memory with an argument or another value."""
        base = x
        while isinstance(base, VIEWS):
            base = resolved(base.operands[0])
        named = SIMPLE.fullmatch(self.code.texts[base][0]) is not None
        return isinstance(x, Diagonal) or is_power(base) or (base is not x and named)

    def _temporary(self, x: Any) -> str:
        """A telling name for a sum, a numbered one for anything else."""
        if isinstance(x, Sums | Dots):
            parts_shown = [self.code.texts[resolved(a)][0] for a in x.operands]
            kind = "sum" if isinstance(x, Sums) else "dot"
            name = "_".join([kind, *parts_shown])
            if name.isidentifier() and len(name) <= 24 and self.namespace.is_free(name):
                return self.namespace.local(name)
        while not self.namespace.is_free(f"t{self.count}"):
            self.count += 1
        return self.namespace.local(f"t{self.count}")


def _nesting(text: str) -> int:
    """Depth of parentheses."""
    depth = deepest = 0
    for bracket in re.findall(r"[][()]", text):
        depth += 1 if bracket in "([" else -1
        deepest = max(deepest, depth)
    return deepest
