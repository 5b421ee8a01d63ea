"""Jacobians ∂vec F/∂(vec X)ᵀ in closed ⊗ form, and gradients in their vec form.

Forward over the shared graph: the matrix of each node's local differential, by the vectorisation
laws, times the Jacobians of its operands.
"""

from functools import partial
from typing import Any

from matcalc.derivation import Derivation
from matcalc.differential import Graph, parameters_of, split_term, terms
from matcalc.dimensions import times
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.gradient import Sweep, absences, gradient
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.laws.tables import VECTORISATION
from matcalc.nesting import followed
from matcalc.node import Node, scalars_and_nodes
from matcalc.operators.algebra import Add, Product, Scale, Transpose
from matcalc.operators.constants import Identity, Ones, Zero
from matcalc.operators.kronecker import Vec
from matcalc.operators.leaves import Named
from matcalc.operators.scalars import (
    Differential,
    Inner,
    ScalarDifferential,
    Total,
    Trace,
    as_scalar,
    d,
)
from matcalc.operators.shapes import ONE
from matcalc.rewrite import Recorder, Rewriter, Table, simplify
from matcalc.structured import (
    Simplest,
    free_parameters,
    projected,
    structure_notes,
    structure_of,
)
from matcalc.symbols import refuse_ambiguous_names

Parts = dict[Any, Node]


def jacobian(f: Any, wrt: Any, table: Table = SIMPLEST) -> Derivation:
    """Jacobians ∂vec F/∂(vec X)ᵀ, one a parameter, with every step.

    Parameters
    ----------
    f : Node or sympy.Expr
        The function, m × n; a scalar has the Jacobian (vec of its gradient)ᵀ.
    wrt : Variable, Named or sympy.Symbol, or several
        What to differentiate by.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation[X]`` is mn × pq for X p × q, columns stacked on both sides (Magnus &
        Neudecker, ch. 5): row i + j·m belongs to F[i, j].

    Raises
    ------
    NotDifferentiable
        For an operator without a law.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, X, B = matrix("A", "m", "n"), matrix("X", "n", "p"), matrix("B", "p", "q")
    >>> jacobian(A @ X @ B, X)[X]
    kron(B.T, A)
    """
    f = f if isinstance(f, Node) and f.shape != (ONE, ONE) else as_scalar(f)
    parameters = parameters_of(wrt)
    refuse_ambiguous_names(f, parameters)
    derive = partial(_derive, f, parameters, table)
    recorder = Recorder()
    results = derive(recorder)
    return Derivation(
        f,
        {p: results[p] for p in parameters},
        tuple(recorder.steps),
        (*absences(f, parameters), *structure_notes(parameters)),
        derive,
        kind="jacobian",
        free={x: results[x] for x in free_parameters(parameters)},
    )


def hessian(loss: Any, x: Any, wrt: Any = None, table: Table = SIMPLEST) -> Derivation:
    """Hessians ∂vec(∂loss/∂X)/∂(vec Y)ᵀ, the Jacobians of a gradient.

    Parameters
    ----------
    loss : sympy.Expr or Node
        A scalar.
    x : Variable or Named
        What the gradient is taken by.
    wrt : Variable, Named or sympy.Symbol, or several, optional
        What the gradient is differentiated by; ``x`` itself by default.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation[Y]``, and the steps from the gradient on.

    Examples
    --------
    >>> from matcalc import matrix, squared_norm
    >>> T, U, V = matrix("T", "m", "n"), matrix("U", "m", "k"), matrix("V", "n", "k")
    >>> hessian(squared_norm(T - U @ V.T), U)[U]
    2 * kron(V.T @ V, identity(m))
    """
    several = parameters_of(x)
    if len(several) != 1:
        raise UnsupportedInput("a Hessian starts from the gradient by one parameter")
    slope = gradient(loss, several, table=table)[several[0]]
    return jacobian(slope, several if wrt is None else wrt, table)


@followed("a Jacobian")
def _derive(f: Any, parameters: tuple[Any, ...], table: Table, rewriter: Rewriter) -> Parts:
    graph = Graph(f, parameters, rewriter)
    if isinstance(f, Node):
        push = Push(graph, table)
        return graph.closed(_constrained(push.run(), rewriter, push.simplest))
    sweep = Sweep(graph, {}, table)
    found = sweep.run()
    rows = {p: as_row(found[p]) for p in graph.parameters}
    return graph.closed(_constrained(rows, rewriter, sweep.simplest))


def _constrained(found: Parts, rewriter: Rewriter, simplest: Simplest) -> Parts:
    """Jacobians within the structures of the parameters, J P, and by free parameters, J B."""
    free = {
        x: simplest(Product(found[x.parameter], x.basis), x.parameter)
        for x in free_parameters(found)
    }
    within = {}
    for p in (p for p in found if structure_of(p) is not None):
        step = projected(d(p), p, rewriter)
        if isinstance(step, Zero):
            within[p] = Zero(*found[p].shape)
        for m in linear_parts(Vec(step), rewriter, str(p)).values():
            within[p] = simplest(Product(found[p], m), p)
    return {**found, **within, **free}


def as_row(g: Any) -> Any:
    """(vec G)ᵀ, the Jacobian of a scalar with gradient G."""
    return Transpose(Vec(g)) if isinstance(g, Node) else g


class Push:
    """Jacobians of every node by every parameter, operands first."""

    def __init__(self, graph: Graph, table: Table) -> None:
        self.graph, self.rewriter = graph, graph.rewriter
        self.table = NamedTable(table, [x for x in graph.order if isinstance(x, Named)])
        self.done: dict[Any, Any] = {}

    def run(self) -> Parts:
        """Jacobians of the root."""
        known: dict[Any, Parts] = {p: {p: _unit(p)} for p in self.graph.parameters}
        for x in self.graph.inner_nodes():
            known[x] = self._node(x, known)
        root, parameters = self.graph.root, self.graph.parameters
        found = known.get(root, {})
        return {p: found.get(p, Zero(_length(root), _length(p))) for p in parameters}

    def _node(self, x: Any, known: dict[Any, Parts]) -> Parts:
        total: Parts = {}
        for child, m in self._local(x).items():
            for parameter, j in known[child].items():
                _accumulate(total, parameter, Product(m, j))
        return {p: self.simplest(j, x) for p, j in total.items()}

    def simplest(self, j: Any, x: Any) -> Any:
        """The simplest form of what belongs to ``x``."""
        return simplify(j, self.table, self.rewriter, self.graph.place(x), self.done)

    def _local(self, x: Any) -> Parts:
        local = self.graph.differential(x)
        if isinstance(x, Node):
            return linear_parts(Vec(local), self.rewriter, self.graph.place(x))
        return scalar_rows(local, self.rewriter, self.graph.place(x))


def _accumulate(total: Parts, key: Any, value: Node) -> None:
    total[key] = Add(total[key], value) if key in total else value


def _length(x: Any) -> Any:
    return times(x.rows, x.cols) if isinstance(x, Node) else ONE


def _unit(x: Any) -> Node:
    return Identity(_length(x))


def linear_parts(v: Node, rewriter: Rewriter, where: str) -> Parts:
    """Matrices M with v = Σ M vec(dX), by X, for a column v that is linear in the dX."""
    if isinstance(v, Zero):
        return {}
    if not v.varies:
        raise NotDifferentiable(f"{v} is constant, not linear in a differential")
    if isinstance(v, Add):
        total: Parts = {}
        for term in v.operands:
            for x, m in linear_parts(term, rewriter, where).items():
                _accumulate(total, x, m)
        return total
    if isinstance(v, Scale):
        return _scaled(v, rewriter, where)
    inner = v.operands[0] if isinstance(v, Vec) else v
    if isinstance(inner, Differential):
        return {inner.operands[0]: _unit(inner)}
    return _stripped(v, rewriter, where)


def _scaled(v: Scale, rewriter: Rewriter, where: str) -> Parts:
    """A multiple of what varies, or a constant column times scalars that vary."""
    c, inside = v.operands
    if not any(s.varies for s in scalars_and_nodes(c)):
        return {x: Scale(c, m) for x, m in linear_parts(inside, rewriter, where).items()}
    if inside.varies:
        raise NotDifferentiable(f"{v} is not linear in one differential")
    rows = scalar_rows(c, rewriter, where)
    return {x: Product(inside, row) for x, row in rows.items()}


def scalar_rows(s: Any, rewriter: Rewriter, where: str) -> Parts:
    """Rows r with s = Σ r vec(dX), by X, for a scalar s that is linear in the dX."""
    total: Parts = {}
    for coefficient, varying in map(split_term, terms(s)):
        if isinstance(varying, ScalarDifferential):
            _accumulate(total, varying.operands[0], Scale(coefficient, Ones(ONE, ONE)))
            continue
        g, y = _as_inner(varying)
        for x, m in linear_parts(Vec(y), rewriter, where).items():
            _accumulate(total, x, Scale(coefficient, Product(Transpose(Vec(g)), m)))
    return total


def _as_inner(s: Any) -> tuple[Node, Node]:
    """G and Y of ⟨G, Y⟩, with Y the side that varies."""
    a = s.operands[0]
    if isinstance(s, Inner):
        g, y = reversed(s.operands) if a.varies else s.operands
        if not g.varies:
            return g, y
    if isinstance(s, Trace):
        return Identity(a.rows), a
    if isinstance(s, Total):
        return Ones(*a.shape), a
    raise NotDifferentiable(f"{s} is not linear in one differential")


def _stripped(v: Node, rewriter: Rewriter, where: str) -> Parts:
    """Take the constant factors in front off, or rewrite by a vectorisation law."""
    if isinstance(v, Product) and not v.operands[0].varies:
        first = next(i for i, factor in enumerate(v.operands) if factor.varies)
        front, rest = Product(*v.operands[:first]), Product(*v.operands[first:])
        return {x: Product(front, m) for x, m in linear_parts(rest, rewriter, where).items()}
    after = rewriter.rewrite(VECTORISATION, v, where)
    if after is None:
        raise NotDifferentiable(f"no law gives the matrix of the linear map in {v}")
    return linear_parts(after, rewriter, where)
