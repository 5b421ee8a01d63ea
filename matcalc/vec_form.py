"""Gradients in vec/⊗ form: by the chain rule from Jacobians, and from their matrix form."""

from dataclasses import replace
from functools import partial
from typing import Any

from matcalc.derivation import Derivation
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.jacobian import linear_parts
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.node import Node, children, replace_children, substitute, walk
from matcalc.operators.algebra import Product, Transpose, need_node
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.scalars import Inner, Trace, d
from matcalc.rewrite import Recorder, Rewriter, Table, simplify
from matcalc.symbols import definitions


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
        simplification. Where the cotangent depends on the parameters itself, ⟨cotangent, F⟩ is
        not the loss: the kind is "chain rule", and `check` has nothing to compare it with.
    """
    derive = partial(_pulled_back, jacobians, cotangent, table)
    recorder = Recorder()
    results = derive(recorder)
    loss = Inner(cotangent, jacobians.loss)
    return Derivation(loss, results, tuple(recorder.steps), (), derive, kind="chain rule")


def _pulled_back(
    jacobians: Derivation, cotangent: Node, table: Table, rewriter: Rewriter
) -> dict[Any, Any]:
    if jacobians.derive is None:
        raise UnsupportedInput("the Jacobians carry no steps")
    if not isinstance(jacobians.loss, Node):
        raise UnsupportedInput("a scalar needs no chain rule: take its gradient")
    names = NamedTable(table, definitions(jacobians.loss, cotangent))
    results = {}
    for p, j in jacobians.derive(rewriter).items():
        stacked = Product(Transpose(j), Vec(cotangent))
        shaped = Unvec(stacked, *p.shape) if isinstance(p, Node) else Trace(stacked)
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
    opened = _opened(need_node("kronecker_form", result), about)
    marked = substitute(opened, {about: d(about)}, inside=is_open)
    try:
        parts = linear_parts(Vec(marked), recorder, "vec form")
    except NotDifferentiable as error:
        raise UnsupportedInput(f"the gradient is not linear in {about}: {error}") from error
    if about not in parts or parts[about].varies:
        raise UnsupportedInput(f"the gradient is not linear in {about}")
    m = simplify(parts[about], table, recorder, "vec form", {})
    return Product(m, Vec(about))


def both_forms(derivation: Derivation, about: Variable | Named) -> Derivation:
    """The same derivation, showing each gradient as a matrix times vec(W) beside its matrix form.

    Parameters
    ----------
    derivation : Derivation
        Gradients in matrix form.
    about : Variable or Named
        The W that stays under vec, such as a named cotangent.

    Returns
    -------
    Derivation
        With ``forms`` of the gradients that are linear in ``about``; where they are too long to
        stand beside the matrix form, they stand below it.

    Raises
    ------
    UnsupportedInput
        If none of them is, and for Jacobians and derivatives along directions.

    Examples
    --------
    >>> from matcalc import gradient, matrix, sum
    >>> X, W = matrix("X", "N", "p"), matrix("W", "N", "q")
    >>> G = matrix("G", "p", "q")
    >>> print(both_forms(gradient(sum(W * (X @ G)), G), W).to_text("brief"))
    Gradients have their parameter's shape: dR = Σ ⟨∂R/∂θ, dθ⟩, ⟨A, B⟩ = tr(AᵀB).
    R = sum(W * (X @ G))
    ∂R/∂G = X.T @ W    (p × q)    vec(∂R/∂G) = kron(identity(q), X.T) @ vec(W)
    """
    if derivation.kind not in ("gradient", "chain rule"):
        raise UnsupportedInput(f"a {derivation.kind} has one form; both_forms takes gradients")
    forms, reasons = {}, []
    for parameter, result in derivation.gradients.items():
        try:
            forms[parameter] = kronecker_form(result, about)
        except UnsupportedInput as error:
            reasons.append(f"{parameter}: {error}")
    if not forms:
        raise UnsupportedInput("; ".join(reasons))
    return replace(derivation, forms=forms)


def is_open(x: Any) -> bool:
    """Whether an expression is no named intermediate."""
    return not isinstance(x, Named)


def _opened(result: Node, about: Node) -> Node:
    """The result with the definition in place of every name that has ``about`` below it."""
    done: dict[Any, Any] = {}
    below_it: set[Any] = {about}
    for x in walk(result, lambda x: () if x is about else children(x)):
        if any(child in below_it for child in children(x)):
            below_it.add(x)
        opens = isinstance(x, Named) and x is not about and x in below_it
        done[x] = done[x.definition] if opens else replace_children(x, done)
    opened: Node = done[result]
    return opened
