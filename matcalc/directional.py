"""Derivatives along directions: Jacobian- and Hessian-vector products without the matrix.

Forward over the shared graph: the tangent of a node is its local differential with the tangents of
its operands in place of their differentials. With dX itself as the direction the result is the
differential.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sympy import Integer, Symbol

from matcalc.derivation import Derivation, Result
from matcalc.differential import Graph, parameters_of
from matcalc.errors import UnsupportedInput
from matcalc.gradient import Sweep, absences, gradient
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.names import latex_name
from matcalc.nesting import followed
from matcalc.node import Node, substitute
from matcalc.operators.constants import Zero
from matcalc.operators.leaves import Named
from matcalc.operators.scalars import Inner, d
from matcalc.operators.shapes import need_same_shape
from matcalc.presentation import whole
from matcalc.rewrite import Recorder, Rewriter, Table, simplify
from matcalc.scalars import number
from matcalc.show import latex, text
from matcalc.symbols import refuse_ambiguous_names


def jvp(f: Any, along: Mapping[Any, Any], table: Table = SIMPLEST) -> Derivation:
    """Jacobian-vector product: the derivative of F along directions, without the Jacobian.

    Parameters
    ----------
    f : Node or sympy.Expr
        A matrix, or a scalar, of which this is the directional derivative.
    along : mapping
        From each variable, named intermediate or scalar symbol that moves to its direction: a
        matrix of the same shape, or a scalar.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation.value`` is lim (F(X + tU) − F(X))/t, of the shape of F.

    Raises
    ------
    ShapeError
        For a direction that has not the shape of what it moves.
    NotDifferentiable
        For an operator without a law.

    Examples
    --------
    >>> from matcalc import inv, matrix
    >>> X, U = matrix("X", "n", "n"), matrix("U", "n", "n")
    >>> jvp(inv(X), {X: U}).value
    -inv(X) @ U @ inv(X)
    """
    if not isinstance(along, Mapping) or not along:
        raise UnsupportedInput("directions are a mapping, as {X: U}")
    pairs = zip(parameters_of(along), along.values(), strict=True)
    directions = {p: _direction(p, u) for p, u in pairs}
    moved = [(text(p), text(u), latex(p), latex(u)) for p, u in directions.items()]
    where = ", ".join(f"d{p} = {u}" for p, u, _, _ in moved)
    where_latex = r",\ ".join(rf"\mathrm{{d}}{p} = {u}" for _, _, p, u in moved)
    what = whole("directional", f, *directions, *directions.values())
    shown = Result("tangent", f"d{what} for {where}", rf"\mathrm{{d}}{what}\big|_{{{where_latex}}}")
    return _along(f, directions, shown, table)


def _direction(parameter: Any, u: Any) -> Any:
    if not isinstance(parameter, Node):
        return number(u)
    if not isinstance(u, Node):
        raise UnsupportedInput(f"the direction of {parameter} is a matrix, got {type(u).__name__}")
    need_same_shape("move", parameter, u)
    return u


def differential(f: Any, wrt: Any, table: Table = SIMPLEST) -> Derivation:
    """The differential of F in the differentials of its variables.

    Parameters
    ----------
    f : Node or sympy.Expr
        A matrix or a scalar.
    wrt : Variable, Named or sympy.Symbol, or several
        What varies; everything else is held fixed.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation.value``, an expression in ``d(X)`` (Magnus & Neudecker, ch. 8).

    Examples
    --------
    >>> from matcalc import matrix
    >>> X = matrix("X", "m", "n")
    >>> differential(X.T @ X, X).value
    d(X).T @ X + X.T @ d(X)
    """
    what = whole("directional", f)
    shown = Result("differential", f"d{what}", rf"\mathrm{{d}}{what}")
    return _along(f, {p: d(p) for p in parameters_of(wrt)}, shown, table)


def derivative(f: Any, t: Symbol, table: Table = SIMPLEST) -> Derivation:
    """The derivative of a matrix, or a scalar, by a scalar: ∂F/∂t, of the shape of F.

    Examples
    --------
    >>> from matcalc import identity, inv, matrix, scalar
    >>> A, t = matrix("A", "n", "n"), scalar("t")
    >>> derivative(inv(A + t * identity("n")), t).value
    -inv(t * identity(n) + A) @ inv(t * identity(n) + A)
    """
    (parameter,) = parameters_of(t)
    if isinstance(parameter, Node):
        raise UnsupportedInput(f"derivative is by a scalar; for {parameter} take jacobian or jvp")
    what, name = whole("directional", f), parameter.name
    shown = Result(
        "derivative",
        f"∂{what}/∂{name}",
        rf"\frac{{\partial {what}}}{{\partial {latex_name(name)}}}",
    )
    return _along(f, {parameter: Integer(1)}, shown, table)


def vjp(f: Node, wrt: Any, cotangent: Node, table: Table = SIMPLEST) -> Derivation:
    """Vector-Jacobian products: unvec(Jᵀ vec G) for a cotangent G, without the Jacobian J.

    Parameters
    ----------
    f : Node
        A matrix.
    wrt : Variable, Named or sympy.Symbol, or several
        What to differentiate by.
    cotangent : Node
        G, of the shape of F, held fixed even where it contains a parameter.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        The gradients of ⟨G, F⟩.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, X, G = matrix("A", "m", "n"), matrix("X", "n", "p"), matrix("G", "m", "p")
    >>> vjp(A @ X, X, G)[X]
    A.T @ G
    """
    if not isinstance(f, Node):
        raise UnsupportedInput("a scalar needs no cotangent: take its gradient")
    need_same_shape("pull back", f, cotangent)
    parameters = parameters_of(wrt)
    refuse_ambiguous_names(f, parameters, cotangent)

    def derive(rewriter: Rewriter) -> dict[Any, Any]:
        graph = Graph(f, parameters, rewriter)
        found = graph.closed(Sweep(graph, {}, table, cotangent).run())
        return {p: found[p] for p in parameters}

    recorder = Recorder()
    results = derive(recorder)
    notes = tuple(absences(f, parameters))
    loss = Inner(cotangent, f)
    return Derivation(loss, results, tuple(recorder.steps), notes, derive, kind="chain rule")


def hvp(loss: Any, x: Any, direction: Node, table: Table = SIMPLEST) -> Derivation:
    """Hessian-vector product: the gradient's derivative along a direction, without the Hessian.

    Examples
    --------
    >>> from matcalc import column, matrix
    >>> A, x, u = matrix("A", "n", "n"), column("x", "n"), column("u", "n")
    >>> hvp(x.T @ A @ x, x, u).value
    (A + A.T) @ u
    """
    (parameter,) = parameters_of(x)
    slope = gradient(loss, parameter, table=table)[parameter]
    return jvp(slope, {parameter: direction}, table)


def _along(f: Any, directions: dict[Any, Any], shown: Result, table: Table) -> Derivation:
    f = f if isinstance(f, Node) else number(f)
    parameters = tuple(directions)
    refuse_ambiguous_names(f, parameters, *directions.values())
    derive = partial(_derive, f, directions, shown, table)
    recorder = Recorder()
    results = derive(recorder)
    notes = tuple(absences(f, parameters))
    return Derivation(f, results, tuple(recorder.steps), notes, derive, kind="directional")


@followed("a derivative")
def _derive(
    f: Any, directions: dict[Any, Any], shown: Result, table: Table, rewriter: Rewriter
) -> dict[Any, Any]:
    graph = Graph(f, tuple(directions), rewriter)
    tangents = dict(zip(graph.parameters, map(graph.opened, directions.values()), strict=True))
    named = NamedTable(table, [x for x in graph.order if isinstance(x, Named)])
    done: dict[Any, Any] = {}
    for x in graph.inner_nodes():
        moved = {d(child): tangents[child] for child in graph.below(x) if child in tangents}
        local = substitute(graph.differential(x), moved)
        tangents[x] = simplify(local, named, rewriter, graph.place(x), done)
    rest = Zero(*f.shape) if isinstance(f, Node) else Integer(0)
    return graph.closed({shown: tangents.get(graph.root, rest)})
