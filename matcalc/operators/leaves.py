"""Leaves: variables, named intermediates, and the constant matrices."""

from typing import Any

from sympy import Expr, Symbol
from sympy.core.symbol import Str

from matcalc.dimensions import Size, dim, identifier, times
from matcalc.errors import UnsupportedInput
from matcalc.names import latex_name
from matcalc.node import Node
from matcalc.protocols import ATOM, PRODUCT, Show, Values


class Variable(Node):
    """A matrix of free entries, rows × cols."""

    @staticmethod
    def infer(name: Str, rows: Expr, cols: Expr) -> tuple[Expr, Expr]:
        return rows, cols

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


class Constant(Node, abstract=True):
    """A matrix fixed by its sizes alone."""

    def numpy_sizes(self, show: Show) -> str:
        return ", ".join(show(size, 0) for size in self.shape)


class Ones(Constant):
    """The m × n matrix of ones; as a column, 1_m."""

    @staticmethod
    def infer(rows: Expr, cols: Expr) -> tuple[Expr, Expr]:
        return rows, cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 1

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return ATOM if 1 in self.shape else PRODUCT

    def latex(self, show: Show) -> str:
        rows, cols = (rf"\mathbf{{1}}_{{{show(size, 0)}}}" for size in self.shape)
        row = f"{cols}^{{\\top}}"
        return rows if self.cols == 1 else row if self.rows == 1 else f"{rows} {row}"

    def text(self, show: Show) -> str:
        return f"ones({show(self.rows, 0)}, {show(self.cols, 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.ones(({self.numpy_sizes(show)}), dtype=dtype)"


class Zero(Constant):
    """The m × n matrix of zeros."""

    @staticmethod
    def infer(rows: Expr, cols: Expr) -> tuple[Expr, Expr]:
        return rows, cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 0

    def latex(self, show: Show) -> str:
        return rf"\mathbf{{0}}_{{{show(self.rows, 0)} \times {show(self.cols, 0)}}}"

    def text(self, show: Show) -> str:
        return f"zeros({show(self.rows, 0)}, {show(self.cols, 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.zeros(({self.numpy_sizes(show)}), dtype=dtype)"


class Identity(Constant):
    """The n × n identity I_n."""

    @classmethod
    def canonical(cls, n: Expr) -> Any:
        return Ones(n, n) if n == 1 else (n,)

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return n, n

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 1 if i == j else 0

    def latex(self, show: Show) -> str:
        return f"I_{{{show(self.rows, 0)}}}"

    def text(self, show: Show) -> str:
        return f"identity({show(self.rows, 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.eye({show(self.rows, 0)}, dtype=dtype)"


class Centering(Constant):
    """H_n = I_n − 11ᵀ/n, which takes the column means out of what it multiplies."""

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return n, n

    def entry(self, at: Values, i: int, j: int) -> Any:
        return (1 if i == j else 0) - at.number(1 / self.rows)

    def latex(self, show: Show) -> str:
        return f"H_{{{show(self.rows, 0)}}}"

    def text(self, show: Show) -> str:
        return f"centering({show(self.rows, 0)})"

    def numpy(self, show: Show) -> str:
        return f"(np.eye({show(self.rows, 0)}, dtype=dtype) - 1 / {show(self.rows, ATOM)})"


class Commutation(Constant):
    """K_mn, mn × mn: K_mn vec(A) = vec(Aᵀ) for A m × n (Magnus & Neudecker, ch. 3, sec. 7)."""

    @classmethod
    def canonical(cls, m: Expr, n: Expr) -> Any:
        return Identity(times(m, n)) if 1 in (m, n) else (m, n)

    @staticmethod
    def infer(m: Expr, n: Expr) -> tuple[Expr, Expr]:
        return times(m, n), times(m, n)

    def entry(self, at: Values, i: int, j: int) -> Any:
        m, n = (at.size(size) for size in self.operands)
        row, col = i // n, i % n
        return 1 if j == col * m + row else 0

    def latex(self, show: Show) -> str:
        m, n = (show(size, 0) for size in self.operands)
        return f"K_{{{m},{n}}}"

    def text(self, show: Show) -> str:
        m, n = (show(size, 0) for size in self.operands)
        return f"commutation({m}, {n})"

    def numpy(self, show: Show) -> str:
        m, n = (show(size, ATOM) for size in self.operands)
        order = f"np.arange({m} * {n}).reshape({n}, {m}).T.ravel()"
        return f"np.eye({m} * {n}, dtype=dtype)[{order}]"


class Selector(Constant):
    """The diagonal selector K_n, n² × n: K_n v = vec diag(v) and K_nᵀ vec M = diagonal(M)."""

    @classmethod
    def canonical(cls, n: Expr) -> Any:
        return Ones(n, n) if n == 1 else (n,)

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return times(n, n), n

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 1 if i == j * (at.size(self.cols) + 1) else 0

    def latex(self, show: Show) -> str:
        return f"K_{{{show(self.cols, 0)}}}"

    def text(self, show: Show) -> str:
        return f"selector({show(self.cols, 0)})"

    def numpy(self, show: Show) -> str:
        n = show(self.cols, ATOM)
        return f"np.eye({n} * {n}, dtype=dtype)[:, :: {n} + 1]"


def matrix(name: str, rows: Size, cols: Size) -> Variable:
    """A matrix variable.

    Parameters
    ----------
    name : str
        A plain identifier; ``Gamma_1`` prints as Γ₁, ``Z_tilde`` as Z̃.
    rows, cols : int, str or sympy.Expr
        Sizes: numbers, names of symbolic sizes, or polynomials in them.

    Raises
    ------
    NameRefused, ShapeError
        For a name that is no identifier or a size that is none.

    Examples
    --------
    >>> matrix("X", "N", "p").shape
    (N, p)
    """
    return Variable(Str(identifier(name)), dim(rows), dim(cols))


def column(name: str, rows: Size) -> Variable:
    """A column vector variable, rows × 1."""
    return matrix(name, rows, 1)


def row(name: str, cols: Size) -> Variable:
    """A row vector variable, 1 × cols."""
    return matrix(name, 1, cols)


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


def ones(rows: Size, cols: Size = 1) -> Ones:
    """Matrix of ones; a column by default."""
    return Ones(dim(rows), dim(cols))


def zeros(rows: Size, cols: Size = 1) -> Zero:
    """Matrix of zeros; a column by default."""
    return Zero(dim(rows), dim(cols))


def identity(n: Size) -> Node:
    """The identity I_n."""
    return Identity(dim(n))


def centering(n: Size) -> Centering:
    """The centering matrix H_n = I_n − 11ᵀ/n."""
    return Centering(dim(n))


def commutation(m: Size, n: Size) -> Node:
    """The commutation matrix: ``commutation(m, n) @ vec(A)`` is ``vec(A.T)`` for A m × n."""
    return Commutation(dim(m), dim(n))


def selector(n: Size) -> Node:
    """The diagonal selector, n² × n."""
    return Selector(dim(n))
