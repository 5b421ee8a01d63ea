"""Results by parameters of a declared structure: within it, and by their free parameters."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from matcalc.differential import split_term
from matcalc.facts import facts_of
from matcalc.laws.structure import STRUCTURES, Structure
from matcalc.node import Node
from matcalc.operators.algebra import Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Zero
from matcalc.operators.kronecker import Vec
from matcalc.operators.leaves import Variable
from matcalc.operators.scalars import Inner, d
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Rewriter, Table
from matcalc.show import latex, text

Simplest = Callable[[Any, Any], Any]
"""Simplest form of an expression that belongs to a parameter."""


@dataclass(frozen=True)
class FreeParameters:
    """The vector of free parameters of a structured matrix, as a name for what one derives by."""

    parameter: Variable
    structure: Structure

    def __str__(self) -> str:
        return self.structure.free.format(text(self.parameter))

    @property
    def latex(self) -> str:
        r"""LaTeX of the name, as in \mathrm{vech}(S)."""
        word, _, rest = self.structure.free.format(latex(self.parameter)).partition("(")
        transposed, shown = rest.replace(".T", r"^{\top}"), word.replace("_", r"\ ")
        return rf"\mathrm{{{shown}}}({transposed}"

    @property
    def basis(self) -> Node:
        """B, with vec X = B t for the free parameters t."""
        if self.structure.basis is None:
            raise TypeError("a structure without free parameters has no basis")
        return self.structure.basis(self.parameter.rows)


def structure_of(parameter: Any) -> Structure | None:
    """The structure declared of a parameter, if one is."""
    if not isinstance(parameter, Variable) or not parameter.facts:
        return None
    facts = facts_of(parameter)
    return next((s for s in STRUCTURES if s.fact in facts), None)


def free_parameters(parameters: Iterable[Any]) -> Iterator[FreeParameters]:
    """Names for the free parameters of those that have a linear structure."""
    for p in parameters:
        structure = structure_of(p)
        if structure is not None and _has_free_parameters(p, structure):
            yield FreeParameters(p, structure)


def _has_free_parameters(parameter: Variable, structure: Structure) -> bool:
    """Whether there are any: a skew 1 × 1 matrix is zero."""
    zero = structure.fact == "skew" and is_one(parameter.rows)
    return structure.basis is not None and not zero


def projected(g: Node, parameter: Variable, rewriter: Rewriter) -> Node:
    """P(G) with ⟨G, dX⟩ = ⟨P(G), dX⟩ for all steps of the structured parameter X."""
    structure = structure_of(parameter)
    if structure is None:
        return g
    c, a = split_scale(g)
    table = Table("structure", [structure.law])
    after = rewriter.rewrite(table, Inner(a, d(parameter)), str(parameter))
    if after is None:
        return g
    if after == 0:
        return Zero(*g.shape)
    k, paired = split_term(after)
    return Scale(c * k, paired.operands[0])


def constrained(
    found: dict[Any, Any], parameters: Iterable[Any], rewriter: Rewriter, simplest: Simplest
) -> dict[Any, Any]:
    """Gradients within the structures, and beside them those by the free parameters."""
    several = tuple(parameters)
    free = {
        x: simplest(Product(Transpose(x.basis), Vec(found[x.parameter])), x.parameter)
        for x in free_parameters(several)
    }
    within = {
        p: simplest(projected(found[p], p, rewriter), p)
        for p in several
        if structure_of(p) is not None
    }
    return {**found, **within, **free}


def structure_notes(parameters: Iterable[Any]) -> Iterator[str]:
    """What a reader must know of derivatives by structured parameters."""
    for p in parameters:
        structure = structure_of(p)
        if structure is None:
            continue
        what = structure.law.name.removeprefix("gradient ")
        note = f"the derivative by {p} is the one {what}"
        if _has_free_parameters(p, structure):
            free = FreeParameters(p, structure)
            note += f"; with vec({p}) = {text(free.basis)} {free} it is ∂/∂{free} by these"
        yield note
