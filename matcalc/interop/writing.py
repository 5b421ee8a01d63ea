"""From expressions here to sympy's matrix expressions.

Every operator that sympy has a class for is written with it, unevaluated, so that the form stays
the one that was derived. What sympy cannot say is refused by its name.
"""

from collections.abc import Callable
from typing import Any

from sympy import (
    Abs,
    Basic,
    Derivative,
    Expr,
    Function,
    Integer,
    Lambda,
    Max,
    Min,
    Piecewise,
    Subs,
    Symbol,
    default_sort_key,
    exp,
    log,
    sign,
    sqrt,
)
from sympy.matrices import expressions as of
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.errors import UnsupportedInput
from matcalc.interop.symbols import sympy_names
from matcalc.node import Node, Operator, scalars_and_nodes, walk
from matcalc.operators import algebra, blocks, constants, determinant, diagonal, scalars
from matcalc.operators import functions as own
from matcalc.operators.analytic import exponent
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.segments import Segment, Span
from matcalc.operators.selection import Entry
from matcalc.scalars import number


def to_sympy(x: Any, like: Any = ()) -> Basic:
    """Write an expression as one of sympy.

    Parameters
    ----------
    x : Node or sympy.Expr
        A matrix expression or a scalar. Named intermediates are written out.
    like : sympy.Basic or several, optional
        Sympy expressions whose symbols are to be used under their names: sizes and scalars made
        by ``symbols("n c")`` are not the positive integers and real numbers of the same name here.

    Returns
    -------
    sympy.Basic
        Not evaluated: ``.doit()`` gives sympy's own form. Facts declared of variables are lost.

    Raises
    ------
    UnsupportedInput
        For an operator that sympy has no expression for, such as vec, commutation matrices or a
        differential; the message names it.

    Examples
    --------
    >>> from matcalc import kron, matrix, vec
    >>> A, B = matrix("A", "m", "n"), matrix("B", "p", "q")
    >>> to_sympy(kron(A, 2 * B).T)
    2*(KroneckerProduct(A, B)).T
    >>> to_sympy(vec(A))
    Traceback (most recent call last):
        ...
    matcalc.errors.UnsupportedInput: sympy has no expression for Vec, in vec(A)
    """
    x = x if isinstance(x, Node) else number(x)
    write = Writer(sympy_names(like))
    for part in walk(x):
        if isinstance(part, Operator):
            write.operator(part)
    return write(x)


class Writer:
    """Writes the parts of one expression, operands first."""

    def __init__(self, names: dict[str, Basic]) -> None:
        self.names = names
        self.done: dict[Any, Basic] = {}

    def operator(self, x: Operator) -> None:
        """Write a node whose operands are written."""
        write = WRITTEN.get(type(x))
        found = write(self, x) if write else None
        if found is None:
            shown = str(x) if x.key[0] < SHORT else "a long expression"
            raise UnsupportedInput(f"sympy has no expression for {type(x).__name__}, in {shown}")
        self.done[x] = found

    def __call__(self, x: Any) -> Any:
        """A node that is written, or a scalar or size made from such."""
        return self.done[x] if isinstance(x, Operator) else self.scalar(x)

    def all(self, xs: Any) -> list[Any]:
        """Several of them."""
        return [self(x) for x in xs]

    def scalar(self, x: Expr) -> Expr:
        """A scalar expression, a size or a function of an entry."""
        for f, formula in FUNCTIONS.items():
            x = x.replace(f, formula)
        symbols = {s: self._symbol(s) for s in x.free_symbols}
        return x.xreplace({**{node: self.done[node] for node in scalars_and_nodes(x)}, **symbols})

    def _symbol(self, s: Symbol) -> Basic:
        return s if s is ENTRY else self.names.get(s.name, s)

    def function(self, f: Expr) -> Lambda:
        """A function of an entry."""
        body = self.scalar(f)
        taken = {s.name for s in body.free_symbols}
        t = Symbol(next(name for name in ("t", "u", "_t") if name not in taken), real=True)
        return Lambda(t, body.xreplace({ENTRY: t}))


def _variable(write: Writer, x: Any) -> Basic:
    return of.MatrixSymbol(x.name, *write.all(x.shape))


def _multiple(write: Writer, x: Any) -> Basic:
    c, a = write.all(x.operands)
    return of.MatMul(c, *(a.args if isinstance(a, of.MatMul) else (a,)))


def _centering(write: Writer, x: Any) -> Basic:
    n = write(x.rows)
    return of.MatAdd(of.Identity(n), of.MatMul(-1 / n, of.OneMatrix(n, n)))


def _mapped(write: Writer, x: Any) -> Basic:
    f, a = x.operands
    base, k = power_of(x)
    if base is a:
        return of.HadamardPower(write(a), write(k))
    if a.shape == (1, 1):
        # sympy applies a function of a 1 × 1 matrix to the matrix itself
        return of.MatMul(write.scalar(f).xreplace({ENTRY: of.Trace(write(a))}), of.OneMatrix(1, 1))
    return ElementwiseApplyFunction(write.function(f), write(a))


def _product(write: Writer, x: Any) -> Basic:
    """A product; unit vectors beside a matrix are slices of it."""
    sides = [None, *x.operands, None]
    above = [_span(f.operands[0]) if isinstance(f, algebra.Transpose) else None for f in sides]
    beside = [_span(f) for f in sides]
    plain = [
        f is not None and not a and not b for f, a, b in zip(sides, above, beside, strict=True)
    ]
    factors = []
    for k, f in enumerate(x.operands, 1):
        if plain[k]:
            factors.append(_part(write, f, above[k - 1], beside[k + 1]))
        elif not (above[k] and plain[k + 1]) and not (beside[k] and plain[k - 1]):
            factors.append(write(f))
    return of.MatMul(*factors) if len(factors) > 1 else factors[0]


def _span(f: Any) -> Span | None:
    return f.span if isinstance(f, Segment) else None


def _part(write: Writer, a: Node, rows: Span | None, cols: Span | None) -> Basic:
    if rows is None and cols is None:
        return write(a)
    spans = [s or Span(Integer(0), n, n) for s, n in zip((rows, cols), a.shape, strict=True)]
    bounds = [(write(s.start), write(s.stop)) for s in spans]
    return of.MatrixSlice(write(a), *bounds)


def _mapped_two(write: Writer, x: Any) -> Basic | None:
    f, a, b = x.operands
    return of.HadamardPower(write(a), write(b)) if f == ENTRY**OTHER else None


def _segment(write: Writer, x: Any) -> Basic:
    n, start, count = write.all(x.operands)
    return of.MatrixSlice(of.Identity(n), (0, n), (start, start + count))


def _rows(write: Writer, x: Any) -> Basic:
    rows = [b.operands if isinstance(b, blocks.HStack) else (b,) for b in x.operands]
    alike = len({tuple(b.cols for b in row) for row in rows}) == 1
    return of.BlockMatrix([write.all(row) for row in (rows if alike else zip(x.operands))])


def _power(write: Writer, x: Any) -> Basic | None:
    k = exponent(x.f)
    whole = k is not None and len(x.blocks) == 1
    return of.MatPow(write(x.blocks[0]), write(k)) if whole else None


def _total(write: Writer, x: Any) -> Basic:
    a = write(x.operands[0])
    return of.Trace(of.MatMul(of.OneMatrix(a.cols, a.rows), a))


def _inner(write: Writer, x: Any) -> Basic:
    a, b = write.all(x.operands)
    return of.Trace(of.MatMul(of.Transpose(a), b))


def _function_value(label: Symbol, order: Expr, at: Expr) -> Expr:
    f = Function(label.name)
    if order == 0:
        return f(at)
    if isinstance(at, Symbol):
        return Derivative(f(at), (at, order))
    return Subs(Derivative(f(BOUND), (BOUND, order)), BOUND, at)


BOUND = Symbol("xi", real=True)
"""What a derivative is taken by before its place is put in."""
SHORT = 40
"""Nodes up to this size are spelled out in a message."""

Write = Callable[[Writer, Any], Basic | None]

FUNCTIONS: dict[Any, Callable[..., Expr]] = {
    own.relu: lambda t: Max(0, t),
    own.step: lambda t: Piecewise((1, t > 0), (0, True)),
    own.sigmoid: lambda t: 1 / (1 + exp(-t)),
    own.softplus: lambda t: log(1 + exp(t)),
    own.abs: Abs,
    own.sign: sign,
    own.clip: lambda t, low, high: Min(high, Max(low, t)),
    own.huber: lambda t, c: Piecewise((t**2 / 2, Abs(t) <= c), (c * (Abs(t) - c / 2), True)),
    own.maximum: Max,
    own.minimum: Min,
    own.hypot: lambda s, t: sqrt(s**2 + t**2),
    own.logaddexp: lambda s, t: log(exp(s) + exp(t)),
    own.Abstract: _function_value,
}
"""Functions that sympy has no name for."""

WRITTEN: dict[type, Write] = {
    Variable: _variable,
    Named: lambda write, x: write(x.definition),
    algebra.Scale: _multiple,
    algebra.Add: lambda write, x: of.MatAdd(*sorted(write.all(x.operands), key=default_sort_key)),
    algebra.Product: _product,
    algebra.Transpose: lambda write, x: of.Transpose(*write.all(x.operands)),
    algebra.Inverse: lambda write, x: of.Inverse(*write.all(x.operands)),
    constants.Ones: lambda write, x: of.OneMatrix(*write.all(x.shape)),
    constants.Zero: lambda write, x: of.ZeroMatrix(*write.all(x.shape)),
    constants.Identity: lambda write, x: of.Identity(write(x.rows)),
    constants.Centering: _centering,
    Hadamard: lambda write, x: of.HadamardProduct(*write.all(x.operands)),
    Map: _mapped,
    Map2: _mapped_two,
    Kronecker: lambda write, x: of.KroneckerProduct(*write.all(x.operands)),
    diagonal.Diag: lambda write, x: of.DiagMatrix(*write.all(x.operands)),
    diagonal.Diagonal: lambda write, x: of.DiagonalOf(*write.all(x.operands)),
    Segment: _segment,
    blocks.HStack: lambda write, x: of.BlockMatrix([write.all(x.operands)]),
    blocks.VStack: _rows,
    MatrixFunction: _power,
    Entry: lambda write, x: MatrixElement(*write.all(x.operands)),
    scalars.Trace: lambda write, x: of.Trace(*write.all(x.operands)),
    scalars.Total: _total,
    scalars.Inner: _inner,
    determinant.Det: lambda write, x: of.Determinant(*write.all(x.operands)),
    determinant.LogDet: lambda write, x: log(of.Determinant(*write.all(x.operands))),
}
"""How each operator is written that sympy has an expression for."""
