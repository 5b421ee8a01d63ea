"""From sympy's matrix expressions to expressions here.

Everything is read by its exact type: what is not in the tables is refused by its name, never
passed on unread. Shapes are checked, which sympy does not do for symbolic sizes.
"""

from collections.abc import Iterable
from typing import Any

from sympy import Add, Basic, Expr, Function, Max, Min, Mul, Number, NumberSymbol, Pow, Symbol
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from matcalc.errors import UnsupportedInput
from matcalc.interop.matrix_constructs import MATRICES
from matcalc.interop.scalar_constructs import SCALARS, recognised, unknown_function
from matcalc.interop.symbols import Symbols, given_names
from matcalc.node import Node
from matcalc.operators.scalars import as_scalar
from matcalc.operators.shapes import described, is_one
from matcalc.scalars import number
from matcalc.symbols import refuse_ambiguous_names


def from_sympy(expr: Basic, like: Any = ()) -> Any:
    """Read a sympy expression: a matrix expression, or a scalar made from some.

    Parameters
    ----------
    expr : sympy.MatrixExpr or sympy.Expr
        Made from matrix symbols, sums, products, powers, transposes, inverses, Hadamard and
        Kronecker products, elementwise functions, diagonals, entries, slices, blocks, traces,
        determinants, and sums over entries such as ``(x.T*A*x)[0, 0]``.
    like : Node, sympy.Expr or several, optional
        Expressions whose variables and symbols are to be used under their names, as to keep facts
        declared of a variable.

    Returns
    -------
    Node or sympy.Expr
        The same function of the same names. A ``MatrixSymbol`` gives the variable of its name and
        sizes, so that a variable to differentiate by is read in the same way.

    Raises
    ------
    UnsupportedInput
        For a construct without a counterpart; the message names it.
    NameRefused, ShapeError
        For a name that is no identifier or stands for two things, and for shapes that do not fit.

    Notes
    -----
    Symbols are known by name. A symbol in a size becomes a positive integer, an index an integer
    from 0 on, any other symbol real; what sympy assumes besides is kept. ``log(det(X))`` is
    ``logdet(X)``, which needs a positive determinant; ``Max(0, t)`` is relu, with 0 for its
    derivative at 0. `to_sympy` goes back to the symbols of the original.

    Examples
    --------
    >>> import sympy
    >>> from matcalc import from_sympy, gradient, to_sympy
    >>> n, p = sympy.symbols("n p")
    >>> X = sympy.MatrixSymbol("X", n, p)
    >>> loss = sympy.log(sympy.Determinant(X.T * X))
    >>> to_sympy(gradient(from_sympy(loss), from_sympy(X)).value, like=loss)
    2*X*(X.T*X)**(-1)
    """
    if not isinstance(expr, Basic):
        raise UnsupportedInput(f"expected an expression of sympy, got {type(expr).__name__}")
    result = Reading(Symbols(expr, given_names(like))).read(expr)
    refuse_ambiguous_names(result)
    return result


class Reading:
    """Reads the parts of one expression."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.done: dict[Basic, Any] = {}

    def read(self, x: Any) -> Any:
        """A matrix expression or a scalar."""
        return self.matrix(x) if getattr(x, "is_Matrix", False) else self.scalar(x)

    def matrix(self, x: Any) -> Node:
        """A matrix expression."""
        if x not in self.done:
            if type(x) not in MATRICES:
                raise UnsupportedInput(f"{_named(x)} has no counterpart here")
            self.done[x] = MATRICES[type(x)](self, x)
        node: Node = self.done[x]
        return node

    def scalar(self, x: Any) -> Expr:
        """A scalar expression; a 1 × 1 matrix stands for its entry."""
        if x not in self.done:
            self.done[x] = number(self._scalar(x)) if isinstance(x, Expr) else self._scalar(x)
        return self.done[x]

    def _scalar(self, x: Any) -> Any:
        if getattr(x, "is_Matrix", False):
            return self._only_entry(x)
        if isinstance(x, Symbol):
            return self.symbols(x)
        if isinstance(x, Number | NumberSymbol | BooleanAtom):
            return x
        if type(x) in SCALARS:
            return SCALARS[type(x)](self, x)
        if isinstance(x, AppliedUndef):
            return unknown_function(self, x, 0)
        if isinstance(x, COMPOSED):
            return recognised(x.func(*map(self.scalar, x.args)))
        raise UnsupportedInput(f"{_named(x)} has no counterpart here")

    def _only_entry(self, x: Any) -> Expr:
        node = self.matrix(x)
        if is_one(node.rows) and is_one(node.cols):
            return as_scalar(node)
        raise UnsupportedInput(
            f"{described(node)} stands where a number is needed: a function of a matrix is meant "
            "entry by entry as X.applyfunc(f), or is a matrix function, which sympy has no name for"
        )

    def all(self, xs: Iterable[Any]) -> list[Node]:
        """Several matrices."""
        return [self.matrix(x) for x in xs]


COMPOSED = (
    Add, Mul, Pow, Function, Max, Min, ExprCondPair, Relational, And, Or, Not,
)  # fmt: skip


def _named(x: Any) -> str:
    return f"sympy's {type(x).__name__}, in {str(x)[:60]},"
