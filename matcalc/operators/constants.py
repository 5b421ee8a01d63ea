"""Constant matrices, fixed by their sizes alone."""

from typing import Any

from sympy import Expr

from matcalc.dimensions import Size, dim, times
from matcalc.node import Node
from matcalc.protocols import ATOM, PRODUCT, Show, Values


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
