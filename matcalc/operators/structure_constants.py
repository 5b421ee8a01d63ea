"""Constant matrices of linear structures: symmetric, triangular, skew, Toeplitz.

vech stacks the columns of the lower triangle, the diagonal included (J. R. Magnus, *Linear
Structures*, 1988; Magnus & Neudecker, ch. 3, sec. 8).
"""

from typing import Any, ClassVar

from sympy import Expr

from matcalc.dimensions import Size, dim, times
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Product, Transpose, need_node
from matcalc.operators.constants import Commutation, Constant, Identity
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Unvec, Vec
from matcalc.protocols import ATOM, Show, Values


def _half(n: Expr, more: int) -> Expr:
    """n(n + 1)/2 or n(n − 1)/2."""
    return dim(n * (n + more) / 2)


def _place(at: int, n: int, strict: int) -> tuple[int, int]:
    """Row and column of an entry of the lower triangle, counted down its columns."""
    for j in range(n):
        length = n - j - strict
        if at < length:
            return j + strict + at, j
        at -= length
    raise ShapeError(f"the lower triangle of a {n} × {n} matrix has no entry {at}")


class OfSize(Constant, abstract=True):
    """A constant matrix that one size fixes, printed as a letter with that size below."""

    called: ClassVar[str]
    letter: ClassVar[str]

    def latex(self, show: Show) -> str:
        return f"{self.letter}_{{{show(self.operands[0], 0)}}}"

    def text(self, show: Show) -> str:
        return f"{self.called}({show(self.operands[0], 0)})"


class Duplication(OfSize):
    """D_n, n² × n(n+1)/2: D_n vech(S) = vec(S) for symmetric S."""

    called, letter = "duplication", "D"

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return times(n, n), _half(n, 1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        n = at.size(self.operands[0])
        row, col = _place(j, n, 0)
        return 1 if i in (row + col * n, col + row * n) else 0

    def numpy(self, show: Show) -> str:
        n = show(self.operands[0], ATOM)
        places = f"np.tri({n}, dtype=bool).T.ravel()"
        eye = f"np.eye({n} * {n}, dtype=dtype).reshape({n}, {n}, -1)"
        return f"np.maximum({eye}, {eye}.swapaxes(0, 1)).reshape({n} * {n}, -1)[:, {places}]"


class Elimination(OfSize):
    """L_n, n(n+1)/2 × n²: L_n vec(A) = vech(A)."""

    called, letter = "elimination", "L"

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return _half(n, 1), times(n, n)

    def entry(self, at: Values, i: int, j: int) -> Any:
        n = at.size(self.operands[0])
        row, col = _place(i, n, 0)
        return 1 if j == row + col * n else 0

    def numpy(self, show: Show) -> str:
        n = show(self.operands[0], ATOM)
        return f"np.eye({n} * {n}, dtype=dtype)[np.tri({n}, dtype=bool).T.ravel()]"


class SkewDuplication(OfSize):
    """n² × n(n−1)/2: times the strict lower triangle's columns it is vec of the skew matrix."""

    called, letter = "skew_duplication", r"\tilde{D}"

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return times(n, n), _half(n, -1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        n = at.size(self.operands[0])
        row, col = _place(j, n, 1)
        return (i == row + col * n) - (i == col + row * n)

    def numpy(self, show: Show) -> str:
        n = show(self.operands[0], ATOM)
        places = f"np.tri({n}, k=-1, dtype=bool).T.ravel()"
        eye = f"np.eye({n} * {n}, dtype=dtype).reshape({n}, {n}, -1)"
        return f"({eye} - {eye}.swapaxes(0, 1)).reshape({n} * {n}, -1)[:, {places}]"


class ToeplitzBasis(OfSize):
    """T_n, n² × (2n−1): T_n t = vec of the matrix with entries t[n − 1 + i − j]."""

    called, letter = "toeplitz_basis", "T"

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return times(n, n), dim(2 * n - 1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        n = at.size(self.operands[0])
        return 1 if j == n - 1 + i % n - i // n else 0

    def numpy(self, show: Show) -> str:
        n = show(self.operands[0], ATOM)
        places = f"np.add.outer(-np.arange({n}), np.arange({n})).ravel() + {n} - 1"
        return f"np.eye(2 * {n} - 1, dtype=dtype)[{places}]"


class LowerMask(OfSize):
    """The n × n matrix of ones on and below the diagonal, zeros above."""

    called, letter = "lower_mask", r"\mathrm{tri}"

    @staticmethod
    def infer(n: Expr) -> tuple[Expr, Expr]:
        return n, n

    def entry(self, at: Values, i: int, j: int) -> Any:
        return 1 if i >= j else 0

    def numpy(self, show: Show) -> str:
        return f"np.tri({show(self.operands[0], 0)}, dtype=dtype)"


STRUCTURES = (Duplication, Elimination, SkewDuplication, ToeplitzBasis)
"""Matrices that say where the free entries of a structured matrix stand."""


def duplication(n: Size) -> Node:
    """The duplication matrix, n² × n(n+1)/2: D_n vech(S) = vec(S) for symmetric S.

    Examples
    --------
    >>> from matcalc import column, dims, jacobian, matrix
    >>> n, = dims("n")
    >>> B, v = matrix("B", n, n), column("v", n * (n + 1) / 2)
    >>> jacobian(vech(B @ unvech(v, n) @ B.T), v)[v]
    elimination(n) @ kron(B, B) @ duplication(n)
    """
    return Duplication(dim(n))


def elimination(n: Size) -> Node:
    """The elimination matrix, n(n+1)/2 × n²: L_n vec(A) = vech(A)."""
    return Elimination(dim(n))


def skew_duplication(n: Size) -> Node:
    """The basis of skew matrices, n² × n(n−1)/2.

    Times the strict lower triangle, stacked column by column, it is vec of the skew matrix.

    Raises
    ------
    ShapeError
        For n = 1: a 1 × 1 skew matrix has no free entry.
    """
    return SkewDuplication(dim(n))


def toeplitz_basis(n: Size) -> Node:
    """The basis of Toeplitz matrices, n² × (2n−1).

    Times t it is vec of the matrix with entries t[n − 1 + i − j], counted from 0: t begins with
    the top right corner and ends with the bottom left one.
    """
    return ToeplitzBasis(dim(n))


def lower_mask(n: Size) -> Node:
    """Ones on and below the diagonal."""
    return LowerMask(dim(n))


def vech(a: Node) -> Node:
    """The columns of the lower triangle, the diagonal included, stacked.

    Raises
    ------
    ShapeError
        If the matrix is not square.

    Examples
    --------
    >>> from matcalc import matrix
    >>> from matcalc.loops import evaluate
    >>> evaluate(vech(matrix("A", 2, 2)), {"A": [[1, 2], [3, 4]]})
    [[1], [3], [4]]
    """
    return Product(Elimination(need_node("vech", a).rows), Vec(a))


def unvech(v: Node, n: Size) -> Node:
    """The symmetric n × n matrix with that vech, a column of n(n+1)/2."""
    return Unvec(Product(Duplication(dim(n)), need_node("unvech", v)), dim(n), dim(n))


def tril(a: Node) -> Node:
    """The lower triangle of a square matrix, zeros above it."""
    return Hadamard(LowerMask(need_node("tril", a).rows), a)


def triu(a: Node) -> Node:
    """The upper triangle of a square matrix, zeros below it."""
    return Hadamard(Transpose(LowerMask(need_node("triu", a).rows)), a)


def toeplitz(t: Node, n: Size) -> Node:
    """The n × n matrix with entries t[n − 1 + i − j], counted from 0, for a column t of 2n − 1.

    Examples
    --------
    >>> from matcalc import column
    >>> from matcalc.loops import evaluate
    >>> evaluate(toeplitz(column("t", 3), 2), {"t": [[1], [2], [3]]})
    [[2, 1], [3, 2]]
    """
    return Unvec(Product(ToeplitzBasis(dim(n)), need_node("toeplitz", t)), dim(n), dim(n))


def symmetrizer(n: Size) -> Node:
    """N_n = (I + K_nn)/2: N_n vec(A) = vec((A + Aᵀ)/2)."""
    size = dim(n)
    return (Identity(times(size, size)) + Commutation(size, size)) / 2
