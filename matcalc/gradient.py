"""From a loss to its gradients: differentials pushed inwards, linear maps transposed.

The pass walks the shared graph once, from the loss to the parameters. At each node it takes the
node's differential by one law, moves the linear maps to the cotangent by the transposition laws,
and hands the cotangents on; what a node receives from several users is summed first. So all
gradients together cost a constant number of steps a node.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sympy import Add as ScalarSum
from sympy import Expr, Integer, Mul, Symbol

from matcalc.derivation import Derivation
from matcalc.dimensions import dims
from matcalc.errors import NotDifferentiable, UnsupportedInput
from matcalc.laws.differentials import DIFFERENTIALS, is_scalar_parameter, scalar_parts
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.laws.transposition import TRANSPOSITION
from matcalc.node import Node, Operator, children, scalars_and_nodes, substitute, walk
from matcalc.operators.algebra import Add, split_scale
from matcalc.operators.elementwise import Map, power_of
from matcalc.operators.leaves import Named, Variable, Zero, let, matrix, zeros
from matcalc.operators.scalars import Differential, ScalarDifferential, as_scalar, d, inner
from matcalc.rewrite import Law, Recorder, Rewriter, Table, simplify
from matcalc.symbols import refuse_ambiguous_names

Cotangents = Mapping[Any, str]


def gradient(
    loss: Any, wrt: Any, cotangents: Cotangents | None = None, table: Table = SIMPLEST
) -> Derivation:
    """Gradients of a scalar loss, all parameters in one sweep, with every step.

    Parameters
    ----------
    loss : sympy.Expr or Node
        A scalar: ``sum(…)``, ``trace(…)``, ``inner(…)`` and sympy expressions of them; a 1 × 1
        matrix stands for its entry.
    wrt : Variable, Named or sympy.Symbol, or several
        What to differentiate by. Everything else is held fixed; a named intermediate among them
        is taken as free.
    cotangents : mapping from Named to str, optional
        Names for the cotangent ∂loss/∂(intermediate). The cotangent of a named argument of an
        elementwise function is named by the engine otherwise, B̄ for B.
    table : Table, optional
        Laws of the simplest form.

    Returns
    -------
    Derivation
        ``derivation[theta]`` has the shape of ``theta``: entry [i, j] is ∂loss/∂θ[i, j].

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
    2 * (X.T @ (X @ w - y))
    """
    loss, parameters = as_scalar(loss), _parameters(wrt)
    refuse_ambiguous_names(loss, parameters)
    derive = partial(_derive, loss, parameters, dict(cotangents or {}), table)
    recorder = Recorder()
    results = derive(recorder)
    occurring = set(walk(loss)) | {s for x in walk(loss) for s in _symbols(x)}
    notes = tuple(
        f"the loss does not depend on {p}: its gradient is zero"
        for p in parameters
        if p not in occurring
    )
    return Derivation(loss, results, tuple(recorder.steps), notes, derive)


def _parameters(wrt: Any) -> tuple[Any, ...]:
    several = tuple(wrt) if isinstance(wrt, Iterable) else (wrt,)
    for parameter in several:
        if not isinstance(parameter, Variable | Named) and not is_scalar_parameter(parameter):
            raise UnsupportedInput(
                f"cannot differentiate by {parameter}: "
                "give a matrix, a column, a row, a scalar or a let(…) name"
            )
    return several


def _symbols(x: Any) -> set[Any]:
    parts = x.operands if isinstance(x, Operator) else (x,)
    exprs = [p for p in parts if isinstance(p, Expr) and not isinstance(p, Operator)]
    return {s for p in exprs for s in p.free_symbols}


def _derive(
    loss: Expr, parameters: tuple[Any, ...], names: dict[Any, str], table: Table, rewriter: Rewriter
) -> dict[Any, Any]:
    return Sweep(loss, parameters, names, table, rewriter).run()


class Sweep:
    """One reverse sweep over the graph of a loss."""

    def __init__(
        self,
        loss: Expr,
        parameters: tuple[Any, ...],
        names: dict[Any, str],
        table: Table,
        rewriter: Rewriter,
    ) -> None:
        self.loss, self.parameters, self.rewriter = loss, parameters, rewriter
        self.order = list(walk(loss, self._below))
        self.active = self._active()
        self.names = {**_preactivations(self.order), **names}
        self.table = NamedTable(table, [x for x in self.order if isinstance(x, Named)])
        self.fixed = Table("held fixed", [_held_fixed(self.active)])
        self.done: dict[Any, Any] = {}
        self.received: dict[Any, list[Any]] = {loss: [Integer(1)]}

    def run(self) -> dict[Any, Any]:
        """Gradients of all parameters."""
        for x in reversed(self.order):
            if x in self.active and x not in self.parameters and x in self.received:
                self._pull_back(x, self._cotangent(x))
        return {p: self._cotangent(p) for p in self.parameters}

    def _below(self, x: Any) -> tuple[Any, ...]:
        if x in self.parameters:
            return ()
        if isinstance(x, Operator):
            symbols = [s for o in x.operands if isinstance(o, Expr) for s in _parts(o)]
            return (*children(x), *symbols)
        return _parts(x)

    def _active(self) -> set[Any]:
        active: set[Any] = set(self.parameters)
        for x in self.order:
            if any(child in active for child in self._below(x)):
                active.add(x)
        return active

    def _cotangent(self, x: Any) -> Any:
        """Sum of what the users of ``x`` sent, simplified, and named where it is to have a name."""
        received = self.received.pop(x, [])
        if not isinstance(x, Node):
            return ScalarSum(*received)
        if not received:
            return Zero(*x.shape)
        g = simplify(Add(*received), self.table, self.rewriter, _place(x), self.done)
        if x in self.names and not _is_short(g):
            self.table.add(let(self.names[x], g))
            named = self.rewriter.rewrite(self.table, g, _place(x))
            return g if named is None else named
        return g

    def _pull_back(self, x: Any, g: Any) -> None:
        """Send the cotangent of ``x`` on to its operands."""
        local = self._differential(x)
        pending = [inner(g, local) if isinstance(x, Node) else g * local]
        while pending:
            for coefficient, varying in map(_split, _terms(pending.pop())):
                target, cotangent = _received(varying)
                if target is not None:
                    self.received.setdefault(target, []).append(coefficient * cotangent)
                    continue
                moved = self.rewriter.rewrite(TRANSPOSITION, varying, _place(x))
                if moved is None:
                    raise NotDifferentiable(f"no law transposes the linear map in {varying}")
                pending.append(coefficient * moved)

    def _differential(self, x: Any) -> Any:
        """Differential of ``x`` in those of its operands that depend on a parameter."""
        local = self.rewriter.rewrite(DIFFERENTIALS, d(x), _place(x))
        if local is None:
            raise NotDifferentiable(f"no law gives the differential of {type(x).__name__}")
        zero = {}
        for part in walk(local, _varying_children):
            if isinstance(part, Differential | ScalarDifferential):
                fixed = self.rewriter.rewrite(self.fixed, part, _place(x))
                if fixed is not None:
                    zero[part] = fixed
        return substitute(local, zero, inside=_varies) if zero else local


def _parts(expr: Expr) -> tuple[Any, ...]:
    return tuple(scalar_parts(expr)) if not isinstance(expr, Symbol | Operator) else ()


def _varies(x: Any) -> bool:
    return bool(x.varies)


def _varying_children(x: Any) -> tuple[Any, ...]:
    if isinstance(x, Differential | ScalarDifferential):
        return ()
    return tuple(child for child in children(x) if child.varies)


def _terms(expr: Expr) -> list[Expr]:
    """Terms of a sum, coefficients multiplied into the sums they stand before."""
    terms: list[Expr] = []
    pending = [expr]
    while pending:
        for term in ScalarSum.make_args(pending.pop()):
            factors = Mul.make_args(term)
            sums = [f for f in factors if f.is_Add and any(x.varies for x in scalars_and_nodes(f))]
            if sums:
                rest = Mul(*(f for f in factors if f is not sums[0]))
                pending += [rest * part for part in reversed(sums[0].args)]
            elif term != 0:
                terms.append(term)
    return terms


def _split(term: Expr) -> tuple[Expr, Any]:
    """Coefficient and the one factor that carries the differential."""
    factors = Mul.make_args(term)
    varying = [f for f in factors if isinstance(f, Operator) and f.varies]
    if len(varying) != 1:
        raise NotDifferentiable(f"{term} is not linear in one differential")
    return Mul(*(f for f in factors if f is not varying[0])), varying[0]


def _received(varying: Any) -> tuple[Any, Any]:
    """What ⟨G, dX⟩ or ds sends where; nothing while the map is not yet transposed."""
    if isinstance(varying, ScalarDifferential):
        return varying.operands[0], Integer(1)
    g, x = varying.operands
    return (x.operands[0], g) if isinstance(x, Differential) else (None, None)


def _held_fixed(active: set[Any]) -> Law:
    """dA = 0 for whatever does not depend on a parameter."""

    def zero(x: Any) -> Any:
        operand = x.operands[0]
        if operand in active:
            return x
        return Zero(*operand.shape) if isinstance(operand, Node) else Integer(0)

    m, n = dims("m n")
    heads = (Differential, ScalarDifferential)
    return Law("held fixed", d(matrix("A", m, n)), zeros(m, n), general=zero, heads=heads)


def _preactivations(order: list[Any]) -> dict[Any, str]:
    """Names for the cotangents of named arguments of elementwise functions."""
    arguments = [x.operands[1] for x in order if isinstance(x, Map) and power_of(x)[1] == 1]
    return {a: f"{a.name}_bar" for a in arguments if isinstance(a, Named)}


def _is_short(g: Node) -> bool:
    return isinstance(split_scale(g)[1], Variable | Named | Zero)


def _place(x: Any) -> str:
    """Where a step happened, for the reader: the name of the node or of its operator."""
    if isinstance(x, Variable | Named):
        return f"∂/∂{x.name}"
    return f"∂/∂({type(x).__name__})" if isinstance(x, Operator) else "the loss"
