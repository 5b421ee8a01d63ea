"""How each of sympy's scalars made from matrices reads, by its exact type."""

from typing import Any

from sympy import Add, Derivative, Expr, Piecewise, Pow, Subs, Sum, exp, log
from sympy.core.function import AppliedUndef
from sympy.core.relational import StrictGreaterThan, StrictLessThan
from sympy.matrices import expressions as of
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.errors import UnsupportedInput
from matcalc.interop.index_sums import Sums
from matcalc.interop.reader import Read, Reader
from matcalc.operators.algebra import Transpose, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.elementwise import function
from matcalc.operators.functions import OWN, sigmoid, softplus, step, with_own_kinks
from matcalc.operators.scalars import as_scalar, inner, total, trace
from matcalc.operators.shapes import is_one


def _trace(read: Reader, x: Any) -> Expr:
    """A trace; with a matrix of ones it is the sum of the entries of the rest."""
    parts = x.arg.args
    if isinstance(x.arg, of.MatMul) and isinstance(parts[0], of.OneMatrix) and len(parts) == 2:
        return total(read.matrix(parts[1]))
    return trace(read.matrix(x.arg))


def _log(read: Reader, x: Any) -> Expr:
    (arg,) = x.args
    if isinstance(arg, of.Determinant):
        return LogDet(read.matrix(arg.arg))
    return recognised(log(read.scalar(arg)))


def _entry(read: Reader, x: Any) -> Expr:
    node = read.matrix(x.parent)
    if is_one(node.rows) and is_one(node.cols):
        return as_scalar(node)
    i, j = map(read.scalar, x.args[1:])
    return node[i, j]


def _sum(read: Reader, x: Any) -> Expr:
    c, node = split_scale(Sums(read, {}).total(x).node)
    return c if isinstance(node, Ones) else c * as_scalar(node)


def _dot(read: Reader, x: Any) -> Expr:
    a, b = (Transpose(a) if is_one(a.rows) else a for a in read.all(x.args))
    return inner(a, b)


def _derivative(read: Reader, x: Any) -> Expr:
    """A derivative of an unknown function at a symbol."""
    f = x.expr
    if isinstance(f, AppliedUndef) and set(x.variables) == set(f.args):
        return unknown_function(read, f, len(x.variables))
    raise UnsupportedInput(f"the derivative {x} is not worked out")


def _substituted(read: Reader, x: Any) -> Expr:
    """A derivative of an unknown function at an expression."""
    if isinstance(x.expr, Derivative) and isinstance(x.expr.expr, AppliedUndef):
        f, variables = x.expr.expr, set(x.expr.variables)
        if f.args == x.variables and variables == set(f.args):
            return unknown_function(read, f.func(*x.point), len(x.expr.variables))
    raise UnsupportedInput(f"{x} is not worked out")


def unknown_function(read: Reader, f: Any, order: int) -> Expr:
    """An undefined function of sympy, or one of its derivatives, as an abstract function."""
    if len(f.args) != 1:
        raise UnsupportedInput(f"{f} is an unknown function of several variables")
    name = read.symbols.own(f.func.__name__, f.func)
    return function(name, order)(read.scalar(f.args[0]))


def recognised(x: Any) -> Any:
    """A function by the name it has here, with the conventions at kinks that hold here."""
    if type(x) in OWN:
        return with_own_kinks(x)
    u = _exponential_after_one(x.args[0]) if isinstance(x, Pow | log) else None
    if u is not None and (isinstance(x, log) or x.exp == -1):
        return softplus(u) if isinstance(x, log) else sigmoid(-u)
    if isinstance(x, Piecewise) and [value for value, _ in x.args] == [1, 0]:
        test = x.args[0][1]
        positive = isinstance(test, StrictGreaterThan | StrictLessThan) and test.lts == 0
        return step(test.gts) if positive else x
    return x


def _exponential_after_one(x: Expr) -> Any:
    """The u of 1 + exp(u), or None."""
    rest = x - 1 if isinstance(x, Add) and len(x.args) == 2 else x
    return rest.args[0] if isinstance(rest, exp) else None


SCALARS: dict[type, Read] = {
    of.Trace: _trace,
    of.Determinant: lambda read, x: Det(read.matrix(x.arg)),
    of.DotProduct: _dot,
    MatrixElement: _entry,
    Sum: _sum,
    Derivative: _derivative,
    Subs: _substituted,
    log: _log,
}
