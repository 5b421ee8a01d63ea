"""What constants stand for, said once where they occur: H_n, D_n and L_n."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from matcalc.names import latex_name
from matcalc.node import Node, walk
from matcalc.operators.constants import Centering, identity, ones
from matcalc.operators.kronecker import Vec
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.operators.structure_constants import Duplication, Elimination
from matcalc.show import latex, text
from matcalc.symbols import below, free_symbols, variables

LETTERS = "STMQ"
"""Names for a symmetric matrix, where no other one is at hand."""


@dataclass(frozen=True)
class Sides:
    """A left side that is no node."""

    text: str
    latex: str

    def __str__(self) -> str:
        return self.text


def constants_in(*roots: Any) -> Iterator[tuple[Any, Node]]:
    """Left and right sides that say what the constants in expressions are."""
    for x in dict.fromkeys(x for root in roots for x in walk(root)):
        if isinstance(x, Centering):
            yield x, identity(x.rows) - ones(x.rows, x.rows) / x.rows
        elif isinstance(x, Duplication):
            s = _symmetric(x, roots)
            vech = rf"\mathrm{{vech}}({latex_name(s.name)})"
            yield Sides(f"{text(x)} @ vech({s})", rf"{latex(x)} \, {vech}"), Vec(s)
        elif isinstance(x, Elimination):
            s = _symmetric(x, roots)
            yield Sides(f"vech({s})", rf"\mathrm{{vech}}({latex_name(s.name)})"), x @ Vec(s)


def _symmetric(of: Node, roots: tuple[Any, ...]) -> Variable:
    """A symmetric matrix of the size of a constant: one that is there, or one of a free name."""
    size = of.operands[0]
    for v in variables(*roots):
        if v.rows == size and {"symmetric", "positive definite"} & set(v.facts):
            return v
    named = (x.name for x in below(roots) if isinstance(x, Variable | Named))
    taken = {*named, *(s.name for s in free_symbols(*roots))}
    free = (name for k in count() for name in (f"{x}{k or ''}" for x in LETTERS))
    return matrix(next(x for x in free if x not in taken), size, size, "symmetric")
