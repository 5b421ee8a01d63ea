"""Jacobians ∂vec F/∂(vec X)ᵀ in closed ⊗ form, and gradients in their vec form.

Forward over the shared graph: the matrix of each node's local differential, by the vectorisation
laws, times the Jacobians of its operands.
"""

from functools import partial
from typing import Any

from sympy import Integer, Mul

from matcalc.derivation import Derivation
from matcalc.differential import Graph, parameters_of
from matcalc.dimensions import times
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.gradient import Sweep, gradient, terms
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.laws.vectorisation import VECTORISATION
from matcalc.node import Node, Operator, substitute
from matcalc.operators.algebra import Add, Product, Scale, Transpose
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.operators.leaves import Identity, Named, Ones, Variable, Zero
from matcalc.operators.scalars import Differential, Inner, ScalarDifferential, d
from matcalc.rewrite import Recorder, Rewriter, Table, simplify
from matcalc.scalars import number
from matcalc.symbols import definitions, refuse_ambiguous_names

Parts = dict[Any, Node]
ONE = Integer(1)


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
    f = f if isinstance(f, Node) else number(f)
    parameters = parameters_of(wrt)
    refuse_ambiguous_names(f, parameters)
    derive = partial(_derive, f, parameters, table)
    recorder = Recorder()
    results = derive(recorder)
    return Derivation(f, results, tuple(recorder.steps), (), derive)


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
    return jacobian(gradient(loss, x, table=table)[x], x if wrt is None else wrt, table)


def _derive(f: Any, parameters: tuple[Any, ...], table: Table, rewriter: Rewriter) -> Parts:
    if not isinstance(f, Node):
        sweep = Sweep(Graph(f, parameters, rewriter), f, {}, table)
        found = sweep.run()
        return {p: as_row(found[p]) for p in parameters}
    return Push(Graph(f, parameters, rewriter), table).run(f)


def as_row(g: Any) -> Any:
    """(vec G)ᵀ, the Jacobian of a scalar with gradient G."""
    return Transpose(Vec(g)) if isinstance(g, Node) else g


class Push:
    """Jacobians of every node by every parameter, operands first."""

    def __init__(self, graph: Graph, table: Table) -> None:
        self.graph, self.rewriter = graph, graph.rewriter
        self.table = NamedTable(table, [x for x in graph.order if isinstance(x, Named)])
        self.done: dict[Any, Any] = {}

    def run(self, f: Any) -> Parts:
        """Jacobians of ``f``."""
        known: dict[Any, Parts] = {p: {p: _unit(p)} for p in self.graph.parameters}
        for x in self.graph.inner_nodes():
            known[x] = self._node(x, known)
        found = known.get(f, {})
        return {p: found.get(p, Zero(_length(f), _length(p))) for p in self.graph.parameters}

    def _node(self, x: Any, known: dict[Any, Parts]) -> Parts:
        total: Parts = {}
        for child, m in self._local(x).items():
            for parameter, j in known[child].items():
                _accumulate(total, parameter, Product(m, j))
        where = self.graph.place(x)
        return {
            p: simplify(j, self.table, self.rewriter, where, self.done) for p, j in total.items()
        }

    def _local(self, x: Any) -> Parts:
        local = self.graph.differential(x)
        if isinstance(x, Node):
            return linear_parts(Vec(local), self.rewriter, self.graph.place(x))
        result: Parts = {}
        for term in terms(local):
            varying = next(f for f in Mul.make_args(term) if isinstance(f, Operator) and f.varies)
            coefficient = term / varying
            if isinstance(varying, ScalarDifferential):
                _accumulate(result, varying.operands[0], Scale(coefficient, Ones(ONE, ONE)))
                continue
            g, y = varying.operands
            for child, m in linear_parts(Vec(y), self.rewriter, self.graph.place(x)).items():
                _accumulate(result, child, Scale(coefficient, Product(Transpose(Vec(g)), m)))
        return result


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
    """A multiple of what varies, or a constant column times the differential of a scalar."""
    c, inside = v.operands
    for ds in (f for f in Mul.make_args(c) if isinstance(f, ScalarDifferential)):
        return {ds.operands[0]: Scale(c / ds, inside)}
    return {x: Scale(c, m) for x, m in linear_parts(inside, rewriter, where).items()}


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


def gradient_from_jacobian(
    jacobians: Derivation, cotangent: Node, table: Table = SIMPLEST
) -> Derivation:
    """Gradients by the chain rule in vec form: vec ∇θ = (∂vec F/∂(vec θ)ᵀ)ᵀ vec(∂loss/∂F).

    Parameters
    ----------
    jacobians : Derivation
        Jacobians of F, from `jacobian`.
    cotangent : Node
        ∂loss/∂F, of the shape of F.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        Gradients in the parameters' shapes; the steps are those of the Jacobians and of the
        simplification, the loss is ⟨cotangent, F⟩.
    """
    derive = partial(_pulled_back, jacobians, cotangent, table)
    recorder = Recorder()
    results = derive(recorder)
    loss = Inner(cotangent, jacobians.loss)
    return Derivation(loss, results, tuple(recorder.steps), (), derive)


def _pulled_back(
    jacobians: Derivation, cotangent: Node, table: Table, rewriter: Rewriter
) -> dict[Any, Any]:
    if jacobians.derive is None:
        raise UnsupportedInput("the Jacobians carry no steps")
    names = NamedTable(table, definitions(jacobians.loss, cotangent))
    results = {}
    for p, j in jacobians.derive(rewriter).items():
        stacked = Product(Transpose(j), Vec(cotangent))
        shaped = Unvec(stacked, *p.shape)
        results[p] = simplify(shaped, names, rewriter, str(p), {})
    return results


def kronecker_form(result: Node, about: Variable | Named, table: Table = SIMPLEST) -> Node:
    """vec of a gradient as one matrix times vec(W), for a W the gradient is linear in.

    Parameters
    ----------
    result : Node
        A gradient in matrix form.
    about : Variable or Named
        The W that stays under vec, such as a named cotangent.
    table : Table, optional
        Laws the matrix is simplified by.

    Returns
    -------
    Node
        ``M @ vec(W)``, equal to ``vec(result)``.

    Raises
    ------
    UnsupportedInput
        If the result does not contain ``about``, or is not linear in it.

    Examples
    --------
    >>> from matcalc import matrix, ones
    >>> W = matrix("W", "N", "p")
    >>> kronecker_form(ones(1, "N") @ W, W)
    kron(identity(p), ones(1, N)) @ vec(W)
    """
    recorder = Recorder()
    marked = substitute(result, {about: d(about)}, inside=lambda x: not isinstance(x, Named))
    parts = linear_parts(Vec(marked), recorder, "vec form") if marked.varies else {}
    if about not in parts:
        raise UnsupportedInput(f"the gradient is not linear in {about}")
    m = simplify(parts[about], table, recorder, "vec form", {})
    return Product(m, Vec(about))
