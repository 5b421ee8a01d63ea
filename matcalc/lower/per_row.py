"""Kernels for one small matrix to a row: row i of T holds the entries of a matrix T_i in order.

Such a batch stands for a matrix between vecs of N-rowed matrices that mixes no two of the rows:
diag(u) and G ⊗ I_N are of that kind, and so are their products and sums.
"""

from typing import Any

from sympy import Expr

from matcalc.dimensions import quotient, same, times
from matcalc.errors import ShapeError
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.shapes import described
from matcalc.protocols import ATOM, Show, Values

Table = list[list[Any]]


class EachDiagonal(Kernel):
    """diag of every row of U."""

    @staticmethod
    def infer(u: Node) -> tuple[Expr, Expr]:
        return u.rows, times(u.cols, u.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        row = at.table(self.operands[0])[i]
        return row[j // len(row)] if j % (len(row) + 1) == 0 else 0

    def numpy(self, show: Show) -> str:
        return f"_each_diagonal({show(self.operands[0], 0)})"


class EachSpread(Kernel):
    """diag(u) G for every row u of U. Operands U and G."""

    @staticmethod
    def infer(u: Node, g: Node) -> tuple[Expr, Expr]:
        if not same(u.cols, g.rows):
            raise ShapeError(f"the rows of {described(u)} and {described(g)} differ in length")
        return u.rows, times(u.cols, g.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        u, g = (at.table(operand) for operand in self.operands)
        row, col = divmod(j, len(g[0]))
        return u[i][row] * g[row][col]

    def numpy(self, show: Show) -> str:
        u, g = (show(operand, ATOM) for operand in self.operands)
        rows, cols = (show(size, 0) for size in self.shape)
        return f"({u}[:, :, None] * {g}).reshape({rows}, {cols})"


class EachTimes(Kernel):
    """T_i diag(u) G for every matrix T_i and row u of U. Operands T, U and G."""

    @staticmethod
    def infer(t: Node, u: Node, g: Node) -> tuple[Expr, Expr]:
        if not (same(t.rows, u.rows) and same(u.cols, g.rows)):
            raise ShapeError(f"{described(t)}, {described(u)} and {described(g)} do not fit")
        return t.rows, times(_other_side(t, g.rows), g.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        t, u, g = (at.table(operand) for operand in self.operands)
        row, col = divmod(j, len(g[0]))
        return sum(t[i][row * len(g) + k] * u[i][k] * g[k][col] for k in range(len(g)))

    def numpy(self, show: Show) -> str:
        t, u, g = self.operands
        rows, cols = (show(size, 0) for size in u.shape)
        weighted = f"({_weighted(t, u, show)}).reshape(-1, {cols})"
        return f"({weighted} @ {show(g, ATOM)}).reshape({rows}, -1)"


class EachWeighted(Kernel):
    """T_i diag(u) for every matrix T_i and row u of U. Operands T and U."""

    @staticmethod
    def infer(t: Node, u: Node) -> tuple[Expr, Expr]:
        if not same(t.rows, u.rows):
            raise ShapeError(f"{described(t)} and {described(u)} have not as many rows")
        _other_side(t, u.cols)
        return t.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        t, u = (at.table(operand)[i] for operand in self.operands)
        return t[j] * u[j % len(u)]

    def numpy(self, show: Show) -> str:
        t, u = self.operands
        return f"({_weighted(t, u, show)}).reshape({show(self.rows, 0)}, -1)"


class EachTimesTransposed(Kernel):
    """A_i B_iᵀ for all matrices A_i and B_i of k columns. Operands A, B and k."""

    @staticmethod
    def infer(a: Node, b: Node, k: Expr) -> tuple[Expr, Expr]:
        if not same(a.rows, b.rows):
            raise ShapeError(f"{described(a)} and {described(b)} have not as many rows")
        return a.rows, times(_other_side(a, k), _other_side(b, k))

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b, size = self.operands
        k, left, right = at.size(size), at.table(a)[i], at.table(b)[i]
        row, col = divmod(j, len(right) // k)
        return sum(left[row * k + x] * right[col * k + x] for x in range(k))

    def numpy(self, show: Show) -> str:
        *batches, size = self.operands
        rows, k = show(self.rows, 0), show(size, 0)
        a, b = (f"{show(x, ATOM)}.reshape({rows}, -1, {k})" for x in batches)
        return f"({a} @ {b}.swapaxes(1, 2)).reshape({rows}, -1)"


class DiagonalOfEach(Kernel):
    """The diagonal of every matrix T_i of k rows and columns, as a row. Operands T and k."""

    @staticmethod
    def infer(t: Node, k: Expr) -> tuple[Expr, Expr]:
        if not same(_other_side(t, k), k):
            raise ShapeError(f"{described(t)} holds no matrices of {k} × {k}")
        return t.rows, k

    def entry(self, at: Values, i: int, j: int) -> Any:
        t, k = self.operands
        return at.table(t)[i][j * (at.size(k) + 1)]

    def numpy(self, show: Show) -> str:
        t, k = self.operands
        return f"_diagonal_of_each({show(t, 0)}, {show(k, 0)})"


class SumOfKroneckers(Kernel):
    """Σ T_i ⊗ R_i, where T_i has k rows and R_i is p × q. Operands T, R, k, p and q.

    As rows, they make it one product TᵀR, its entries in another order (Van Loan and Pitsianis,
    Approximation with Kronecker products, 1993).
    """

    @staticmethod
    def infer(t: Node, r: Node, k: Expr, p: Expr, q: Expr) -> tuple[Expr, Expr]:
        if not (same(t.rows, r.rows) and same(r.cols, times(p, q))):
            raise ShapeError(f"{described(r)} does not hold {t.rows} matrices of {p} × {q}")
        return times(k, p), times(_other_side(t, k), q)

    def entry(self, at: Values, i: int, j: int) -> Any:
        t, r, *sizes = self.operands
        k, p, q = map(at.size, sizes)
        (row, line), (col, place) = divmod(i, p), divmod(j, q)
        pairs = zip(at.table(t), at.table(r), strict=True)
        return sum(a[row * (len(a) // k) + col] * b[line * q + place] for a, b in pairs)

    def numpy(self, show: Show) -> str:
        return f"_sum_of_kroneckers({', '.join(show(operand, 0) for operand in self.operands)})"


def _weighted(t: Node, u: Node, show: Show) -> str:
    """Text of the matrices T_i diag(u), along three axes."""
    rows, cols = (show(size, 0) for size in u.shape)
    return f"{show(t, ATOM)}.reshape({rows}, -1, {cols}) * {show(u, ATOM)}[:, None, :]"


def _other_side(t: Node, side: Expr) -> Expr:
    """Columns of the matrices of T if they have so many rows, and the other way round."""
    found = quotient(t.cols, side)
    if not same(times(found, side), t.cols) or not found.is_polynomial():
        raise ShapeError(f"{described(t)} holds no matrices with a side of {side}")
    return found


HELPERS = {
    "_each_diagonal": '''
def _each_diagonal(u):
    """Return the diagonal matrices of the rows, a matrix to a row."""
    rows, size = u.shape
    found = np.zeros((rows, size * size), u.dtype)
    found[:, :: size + 1] = u
    return found
''',
    "_diagonal_of_each": '''
def _diagonal_of_each(t, k):
    """Return the diagonals of the matrices t[i] of k rows and columns."""
    return t[:, :: k + 1]
''',
    "_sum_of_kroneckers": '''
def _sum_of_kroneckers(t, r, k, p, q):
    """Return the sum of Kronecker products of the k-rowed matrices t[i] and the p × q ones r[i]."""
    cols = t.shape[1] // k
    found = np.empty((k, p, cols, q), t.dtype)
    for i in range(k):
        blocks = t[:, i * cols : (i + 1) * cols].T @ r
        found[i] = blocks.reshape(cols, p, q).swapaxes(0, 1)
    return found.reshape(k * p, cols * q)
''',
}
"""Source of the functions that kernels call; what is not yet in its place stays in the cache."""
