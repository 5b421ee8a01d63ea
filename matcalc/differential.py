"""The local step that every kind of derivative shares: one node's differential.

Which nodes depend on the parameters is found once; the differential of a node in terms of its
operands is one law, and what does not depend on a parameter is held fixed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Add as ScalarSum
from sympy import Expr, Integer, Mul, Symbol

from matcalc.dimensions import dims
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.laws.differentials import is_scalar_parameter, scalar_parts
from matcalc.laws.tables import DIFFERENTIALS
from matcalc.names import WHOLE
from matcalc.node import Node, Operator, children, scalars_and_nodes, substitute, walk
from matcalc.operators.constants import Zero, zeros
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.operators.scalars import Differential, ScalarDifferential, d
from matcalc.operators.shapes import ONE
from matcalc.rewrite import Law, Rewriter, Table


def parameters_of(wrt: Any) -> tuple[Any, ...]:
    """What to differentiate by, as a tuple.

    Raises
    ------
    UnsupportedInput
        For anything that is no variable, named intermediate or scalar symbol.
    """
    alone = isinstance(wrt, Node) or not isinstance(wrt, Iterable)
    several = (wrt,) if alone else tuple(dict.fromkeys(wrt))
    for parameter in several:
        if not isinstance(parameter, Variable | Named) and not is_scalar_parameter(parameter):
            raise UnsupportedInput(
                f"cannot differentiate by {parameter}: "
                "give a matrix, a column, a row, a scalar or a let(…) name"
            )
    return several


def freed(parameters: Iterable[Any]) -> dict[Any, Any]:
    """A free variable in place of every named parameter: its definition no longer counts."""
    return {p: Variable(p.operands[0], *p.shape) for p in parameters if isinstance(p, Named)}


class Graph:
    """The nodes between a root and its parameters, and their local differentials.

    Named parameters are free variables in here: `opened` puts them in, `closed` takes them out.
    """

    def __init__(self, root: Any, parameters: tuple[Any, ...], rewriter: Rewriter) -> None:
        self.free, self.rewriter = freed(parameters), rewriter
        self.root = self.opened(root)
        self.parameters = tuple(self.free.get(p, p) for p in parameters)
        self._ends = frozenset(self.parameters)
        self.order = list(walk(self.root, self.below))
        self.active: set[Any] = set(self.parameters)
        for x in self.order:
            if any(child in self.active for child in self.below(x)):
                self.active.add(x)
        self.fixed = Table("held fixed", [_held_fixed(set(self.order) - self.active)])
        self.places = _places(self.order)

    def opened(self, x: Any) -> Any:
        """An expression with its named parameters as free variables."""
        return substitute(x, self.free)

    def closed(self, results: Mapping[Any, Any]) -> dict[Any, Any]:
        """Results with the named parameters back under their names."""
        back = {variable: named for named, variable in self.free.items()}
        return {substitute(x, back): substitute(g, back) for x, g in results.items()}

    def below(self, x: Any) -> tuple[Any, ...]:
        """Operands of a node, scalar symbols included; nothing below a parameter."""
        if x in self._ends:
            return ()
        if isinstance(x, Operator):
            scalars = [s for o in x.operands if isinstance(o, Expr) for s in scalar_parts(o)]
            return tuple(dict.fromkeys((*children(x), *scalars)))
        return () if isinstance(x, Symbol) else scalar_parts(x)

    def place(self, x: Any) -> str:
        """Where a step happens, for the reader: the name whose definition it goes through."""
        return f"through {self.places.get(x, WHOLE)}"

    def inner_nodes(self) -> list[Any]:
        """Nodes that depend on a parameter and are none, operands first."""
        return [x for x in self.order if x in self.active and x not in self._ends]

    def differential(self, x: Any) -> Any:
        """Differential of ``x`` in those of its operands that depend on a parameter."""
        where = self.place(x)
        local = self.rewriter.rewrite(DIFFERENTIALS, d(x), where)
        if local is None:
            raise NotDifferentiable(f"no law gives the differential of {type(x).__name__}")
        zero = {}
        for part in walk(local, _varying_children):
            held = isinstance(part, Differential | ScalarDifferential)
            if held and part.operands[0] not in self.active:
                fixed = self.rewriter.rewrite(self.fixed, part, where)
                if fixed is not None:
                    zero[part] = fixed
                else:  # no operand of x: it would get lost
                    raise NotDifferentiable(f"{part} is left over in {local}")
        return substitute(local, zero, inside=_varies) if zero else local


def terms(expr: Expr) -> list[Expr]:
    """Terms of a sum of differentials, coefficients multiplied into sums they stand before."""
    result: list[Expr] = []
    pending = [expr]
    while pending:
        for term in ScalarSum.make_args(pending.pop()):
            if isinstance(term, Operator):
                result.append(term)
                continue
            factors = Mul.make_args(term)
            sums = [f for f in factors if f.is_Add and any(x.varies for x in scalars_and_nodes(f))]
            if sums:
                rest = Mul(*(f for f in factors if f is not sums[0]))
                pending += [rest * part for part in reversed(sums[0].args)]
            elif term != 0:
                result.append(term)
    return result


def split_term(term: Expr) -> tuple[Expr, Any]:
    """Coefficient and the one factor that carries the differential."""
    if isinstance(term, Operator) and term.varies:
        return ONE, term
    factors = Mul.make_args(term)
    varying = [f for f in factors if isinstance(f, Operator) and f.varies]
    if len(varying) != 1:
        raise NotDifferentiable(f"{term} is not linear in one differential")
    return Mul(*(f for f in factors if f is not varying[0])), varying[0]


def _varies(x: Any) -> bool:
    return bool(x.varies)


def _varying_children(x: Any) -> tuple[Any, ...]:
    if isinstance(x, Differential | ScalarDifferential):
        return ()
    return tuple(child for child in children(x) if child.varies)


def _held_fixed(constants: set[Any]) -> Law:
    """dA = 0 for the nodes that do not depend on a parameter, and for no others."""

    def zero(x: Any) -> Any:
        operand = x.operands[0]
        if operand not in constants:
            return x
        return Zero(*operand.shape) if isinstance(operand, Node) else Integer(0)

    m, n = dims("m n")
    heads = (Differential, ScalarDifferential)
    return Law("held fixed", d(matrix("A", m, n)), zeros(m, n), general=zero, heads=heads)


def _places(order: list[Any]) -> dict[Any, str]:
    """The name that each node belongs to: its own, or that of the definition it is part of."""
    named = [x for x in order if isinstance(x, Variable | Named)]
    places = {x: x.name for x in named}
    for owner in (x for x in named if isinstance(x, Named)):
        for x in walk(owner.definition, lambda x: () if x in places else children(x)):
            places.setdefault(x, owner.name)
    return places
