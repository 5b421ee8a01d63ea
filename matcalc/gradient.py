"""From a loss to its gradients: differentials pushed inwards, linear maps transposed.

The pass walks the shared graph once, from the loss to the parameters. At each node it takes the
node's differential by one law, moves the linear maps to the cotangent by the transposition laws,
and hands the cotangents on; what a node receives from several users is summed first. So all
gradients together cost a constant number of steps a node.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sympy import Add as ScalarSum
from sympy import Expr, Integer, Symbol

from matcalc.derivation import Derivation
from matcalc.differential import Graph, freed, parameters_of, split_term, terms
from matcalc.dimensions import identifier
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.laws.tables import TRANSPOSITION
from matcalc.monomials import monomial
from matcalc.nesting import followed
from matcalc.node import Node, scalars_and_nodes, substitute, walk
from matcalc.operators.algebra import Add, split_scale
from matcalc.operators.constants import Zero
from matcalc.operators.elementwise import Map, power_of
from matcalc.operators.leaves import Named, Variable, let
from matcalc.operators.scalars import Differential, ScalarDifferential, as_scalar, inner
from matcalc.operators.shapes import ONE
from matcalc.rewrite import Recorder, Rewriter, Table, simplify
from matcalc.scalars import scaled
from matcalc.structured import constrained, free_parameters, structure_notes
from matcalc.symbols import free_symbols, refuse_ambiguous_names, symbols_in

ABSENT = "{what} does not depend on {parameter}: that derivative is zero"
HIDDEN = "{parameter} occurs only inside a parameter that is taken as free: that derivative is zero"

LONG = 60
"""Operators above which the cotangent of a named intermediate is named too."""


def gradient(
    loss: Any, wrt: Any, cotangents: Mapping[Any, str] | None = None, table: Table = SIMPLEST
) -> Derivation:
    """Gradients of a scalar loss, all parameters in one sweep, with every step.

    Parameters
    ----------
    loss : sympy.Expr or Node
        A scalar: ``sum(…)``, ``trace(…)``, ``inner(…)`` and sympy expressions of them; a 1 × 1
        matrix stands for its entry.
    wrt : Variable, Named or sympy.Symbol, or several
        What to differentiate by. Everything else is held fixed. A named intermediate among them
        is taken as free: a variable that occurs only in its definition has gradient zero.
    cotangents : mapping from Named to str, optional
        Names for the cotangent ∂loss/∂(intermediate). The cotangent of a named argument of an
        elementwise function is named by the engine otherwise, B̄ for B.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation[theta]`` has the shape of ``theta``: entry [i, j] is ∂loss/∂θ[i, j]. For a
        parameter with a declared structure it is the gradient within that structure, as
        (G + Gᵀ)/2 for a symmetric one, and ``derivation.by_free(theta)`` the gradient by the
        vector of its free parameters, as Dᵀ vec G.

    Raises
    ------
    NotDifferentiable
        For an operator or function without a law; never a silent zero.
    UnsupportedInput, NameRefused, ShapeError
        For parameters that are none, ambiguous names, and losses that are no scalars.

    Examples
    --------
    >>> from matcalc import column, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> gradient(sum((X @ w - y) ** 2), w)[w]
    2 * X.T @ (X @ w - y)
    """
    loss, parameters = as_scalar(loss), parameters_of(wrt)
    derive = partial(_derive, loss, parameters, _checked_names(cotangents), table)
    recorder = Recorder()
    found = derive(recorder)
    refuse_ambiguous_names(loss, parameters, *found.values())
    return Derivation(
        loss,
        {p: found[p] for p in parameters},
        tuple(recorder.steps),
        (*absences(loss, parameters), *structure_notes(parameters)),
        derive,
        {x: g for x, g in found.items() if isinstance(x, Named) and x not in parameters},
        free={x: found[x] for x in free_parameters(parameters)},
    )


def _checked_names(cotangents: Mapping[Any, str] | None) -> dict[Any, str]:
    if cotangents is None:
        return {}
    if not isinstance(cotangents, Mapping) or not all(isinstance(x, Named) for x in cotangents):
        raise UnsupportedInput("cotangents maps let(…) intermediates to names, as {B: 'W'}")
    return {x: identifier(name) for x, name in cotangents.items()}


def absences(f: Any, parameters: tuple[Any, ...]) -> Iterator[str]:
    """Parameters that do not occur, or only where another parameter hides them."""
    free = freed(parameters)
    inside = list(walk(substitute(f, free)))
    present = {*inside, *symbols_in(inside)}
    what = "the function" if isinstance(f, Node) else "the loss"
    for p in (p for p in parameters if free.get(p, p) not in present):
        hidden = p in {*walk(f), *free_symbols(f)}
        yield (HIDDEN if hidden else ABSENT).format(what=what, parameter=p)


@followed("a gradient")
def _derive(
    loss: Expr, parameters: tuple[Any, ...], names: dict[Any, str], table: Table, rewriter: Rewriter
) -> dict[Any, Any]:
    graph = Graph(loss, parameters, rewriter)
    opened = {graph.opened(x): name for x, name in names.items()}
    sweep = Sweep(graph, opened, table)
    found = constrained(sweep.run(), graph.parameters, rewriter, sweep.simplest)
    return graph.closed(found)


class Sweep:
    """One reverse sweep over the graph of a loss, from the cotangent of the loss itself."""

    def __init__(self, graph: Graph, names: dict[Any, str], table: Table, seed: Any = ONE) -> None:
        self.graph, self.rewriter = graph, graph.rewriter
        self.names, self.arguments = names, _preactivations(graph.order)
        self.taken = {x.name for x in graph.order if isinstance(x, Variable | Named | Symbol)}
        self.table = NamedTable(table, [x for x in graph.order if isinstance(x, Named)])
        self.done: dict[Any, Any] = {}
        self.received: dict[Any, list[Any]] = {graph.root: [seed]}

    def run(self) -> dict[Any, Any]:
        """Cotangents of named intermediates and gradients of the parameters."""
        found: dict[Any, Any] = {}
        for x in reversed(self.graph.inner_nodes()):
            if x in self.received:
                g = self._cotangent(x)
                if isinstance(x, Named):
                    found[x] = g
                self._pull_back(x, g)
        return found | {p: self._cotangent(p) for p in self.graph.parameters}

    def _cotangent(self, x: Any) -> Any:
        """Sum of what the users of ``x`` sent, simplified, and named where it is to have a name."""
        received = self.received.pop(x, [])
        if not isinstance(x, Node):
            return self.simplest(ScalarSum(*received), x)
        if not received:
            return Zero(*x.shape)
        g = self.simplest(Add(*received), x)
        name = self._name(x, g)
        if name is None:
            return g
        self.table.add(let(name, g))
        named = self.rewriter.rewrite(self.table, g, self._own_place(x))
        return g if named is None else named

    def _name(self, x: Any, g: Node) -> str | None:
        """Name for a cotangent: the one asked for, or x̄ where a reader wants one."""
        if x in self.names:
            return None if _is_short(g) else self.names[x]
        wanted = x in self.arguments or (isinstance(x, Named) and g.key[0] > LONG)
        if not wanted or _is_short(g) or _is_divided_by(x, g):
            return None
        name = f"{x.name}_bar"
        while name in self.taken:
            name += "_bar"
        self.taken.add(name)
        return name

    def simplest(self, g: Any, x: Any) -> Any:
        """The simplest form of what belongs to ``x``."""
        return simplify(g, self.table, self.rewriter, self._own_place(x), self.done)

    def _own_place(self, x: Any) -> str:
        named = isinstance(x, Variable | Named | Symbol)
        return str(x.name) if named else self.graph.place(x)

    def _pull_back(self, x: Any, g: Any) -> None:
        """Send the cotangent of ``x`` on to its operands."""
        pending = [_applied(g, self.graph.differential(x))]
        while pending:
            c, expr = pending.pop()
            for d, varying in map(split_term, terms(expr)):
                coefficient = scaled(c, d)
                target, cotangent = _received(varying)
                if target is not None:
                    self.received.setdefault(target, []).append(scaled(coefficient, cotangent))
                    continue
                moved = self.rewriter.rewrite(TRANSPOSITION, varying, self.graph.place(x))
                if moved is None:
                    raise NotDifferentiable(f"no law transposes the linear map in {varying}")
                pending.append((coefficient, moved))


def _applied(g: Any, local: Any) -> tuple[Expr, Any]:
    """The cotangent applied to a differential, what does not vary of its coefficient apart."""
    if not isinstance(local, Node):
        return g, local
    (c, outer), (d, inside) = split_scale(g), split_scale(local)
    if any(part.varies for part in scalars_and_nodes(d)):
        return c, inner(outer, local)
    return scaled(c, d), inner(outer, inside)


def _received(varying: Any) -> tuple[Any, Any]:
    """What ⟨G, dX⟩ or ds sends where; nothing while the map is not yet transposed."""
    if isinstance(varying, ScalarDifferential):
        return varying.operands[0], ONE
    g, x = varying.operands
    return (x.operands[0], g) if isinstance(x, Differential) else (None, None)


def _preactivations(order: list[Any]) -> set[Any]:
    """Named arguments of elementwise functions, powers excepted."""
    arguments = [x.operands[1] for x in order if isinstance(x, Map) and power_of(x)[1] == 1]
    return {a for a in arguments if isinstance(a, Named)}


def _is_divided_by(x: Node, g: Node) -> bool:
    """Whether a cotangent has a divisor that the derivative of ``x`` may well cancel."""
    return bool(monomial(g).exponents.get(x, Integer(0)).is_negative)


def _is_short(g: Node) -> bool:
    return isinstance(split_scale(g)[1], Variable | Named | Zero)
