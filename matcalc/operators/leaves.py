"""Leaves: variables with their facts, and named intermediates."""

from typing import Any

from sympy import Expr, Symbol
from sympy.core.symbol import Str

from matcalc.dimensions import Size, dim, identifier, same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.names import latex_name
from matcalc.node import Node
from matcalc.protocols import Show, Values

FACTS = (
    "symmetric",
    "skew",
    "positive definite",
    "diagonal",
    "lower triangular",
    "upper triangular",
    "Toeplitz",
    "orthogonal",
    "invertible",
    "full column rank",
    "full row rank",
    "positive",
    "probability",
)
"""What may be declared of a variable; the last two mean its entries, or a column that sums to 1."""
STRUCTURES = (*FACTS[:8], "probability")
"""Facts of which a matrix has one: what it may be differentiated within."""
TOGETHER = ({"symmetric", "positive definite"}, {"diagonal", "positive definite"})
OF_ANY_SHAPE = ("full column rank", "full row rank", "positive")
OF_COLUMNS = ("probability",)


class Variable(Node):
    """A matrix of free entries, rows × cols, free but for the facts declared."""

    @staticmethod
    def infer(name: Str, rows: Expr, cols: Expr, *facts: Str) -> tuple[Expr, Expr]:
        return rows, cols

    @property
    def facts(self) -> tuple[str, ...]:
        """What was declared, in the order of `FACTS`."""
        return tuple(str(fact.name) for fact in self.operands[3:])

    @property
    def name(self) -> str:
        return str(self.operands[0].name)

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self)[i][j]

    def latex(self, show: Show) -> str:
        return latex_name(self.name)

    def text(self, show: Show) -> str:
        return self.name

    def numpy(self, show: Show) -> str:
        return self.name


class Named(Node):
    """An intermediate that keeps its name in every result: ``name = definition``.

    It is equal to its definition; laws look inside only where they say so.
    """

    leaf = True

    @staticmethod
    def infer(name: Str, definition: Node) -> tuple[Expr, Expr]:
        return definition.shape

    @property
    def name(self) -> str:
        return str(self.operands[0].name)

    @property
    def definition(self) -> Node:
        node: Node = self.operands[1]
        return node

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.definition)[i][j]

    def latex(self, show: Show) -> str:
        return latex_name(self.name)

    def text(self, show: Show) -> str:
        return self.name

    def numpy(self, show: Show) -> str:
        return self.name


def matrix(name: str, rows: Size, cols: Size, *facts: str) -> Variable:
    """A matrix variable.

    Parameters
    ----------
    name : str
        A plain identifier; ``Gamma_1`` prints as Γ₁, ``Z_tilde`` as Z̃.
    rows, cols : int, str or sympy.Expr
        Sizes: numbers, names of symbolic sizes, or polynomials in them.
    *facts : str
        What is known of it, from `FACTS`: ``"symmetric"``, ``"positive definite"``, …. Laws may
        use a fact; differentiating by the variable keeps to matrices that have it.

    Raises
    ------
    NameRefused, ShapeError
        For a name that is no identifier, a size that is none, or a fact of square matrices
        declared of another.
    UnsupportedInput
        For an unknown fact.

    Examples
    --------
    >>> matrix("X", "N", "p").shape
    (N, p)
    """
    m, n = dim(rows), dim(cols)
    for fact in facts:
        _refuse_fact(fact, name, m, n)
    _refuse_together(name, {fact for fact in facts if fact in STRUCTURES})
    return Variable(Str(identifier(name)), m, n, *(Str(fact) for fact in FACTS if fact in facts))


def _refuse_fact(fact: str, name: str, rows: Expr, cols: Expr) -> None:
    if fact not in FACTS:
        raise UnsupportedInput(f"{fact!r} is no known fact; there are {', '.join(FACTS)}")
    if fact in OF_COLUMNS and cols != 1:
        raise ShapeError(f"only a column can be {fact}, {name} is {rows} × {cols}")
    if fact not in (*OF_ANY_SHAPE, *OF_COLUMNS) and not same(rows, cols):
        raise ShapeError(f"only a square matrix can be {fact}, {name} is {rows} × {cols}")


def _refuse_together(name: str, structures: set[str]) -> None:
    if len(structures) > 1 and structures not in TOGETHER:
        listed = ", ".join(fact for fact in FACTS if fact in structures)
        raise UnsupportedInput(
            f"{name} is declared {listed}: one structure at a time, made of free parameters "
            "where it is special, as toeplitz(t, n)"
        )


def column(name: str, rows: Size, *facts: str) -> Variable:
    """A column vector variable, rows × 1; facts as for `matrix`."""
    return matrix(name, rows, 1, *facts)


def row(name: str, cols: Size, *facts: str) -> Variable:
    """A row vector variable, 1 × cols; facts as for `matrix`."""
    return matrix(name, 1, cols, *facts)


def scalar(name: str, positive: bool = False) -> Symbol:
    """A real scalar parameter, a sympy symbol."""
    if positive:
        return Symbol(identifier(name), positive=True)
    return Symbol(identifier(name), real=True)


def let(name: str, definition: Node) -> Named:
    """Name an intermediate; derivations keep the name and print its definition.

    Examples
    --------
    >>> X, G = matrix("X", "N", "p"), matrix("G", "p", "q")
    >>> let("Z", X @ G)
    Z
    """
    if not isinstance(definition, Node):
        raise UnsupportedInput(
            f"let names a matrix, got {type(definition).__name__}; "
            "a scalar is an expression of sympy and needs no name"
        )
    return Named(Str(identifier(name)), definition)
