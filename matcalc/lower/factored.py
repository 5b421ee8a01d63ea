"""A matrix at given data, kept as its parts: it acts, solves and shows its entries on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from matcalc.errors import MissingExtra, ShapeError

Array = np.ndarray[Any, Any]
BLOCK = 64
"""Rows that forward and backward substitution take at a time."""


class Runs(Protocol):
    """The compiled functions of a structured matrix."""

    @property
    def source(self) -> str: ...

    def __contains__(self, name: str) -> bool: ...

    def __call__(self, function: str, given: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass
class FactoredMatrix:
    """A matrix that is never formed unless asked to.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    dtype : numpy.dtype
        The float type of its data; what it is applied to is converted to it.
    symmetric : bool
        Whether it is symmetric for all data.
    how_solved : str
        How the last `solve` went about it; empty before the first.

    Notes
    -----
    ``H @ V`` takes vectors and matrices of NumPy and returns the like. Rows and columns are those
    of vec, columns stacked.
    """

    shape: tuple[int, int]
    dtype: Any
    symmetric: bool
    rank: int | None = field(repr=False)
    way: str = field(repr=False)
    runs: Runs = field(repr=False)
    given: Mapping[str, Any] = field(repr=False)
    operands: tuple[str, str] = field(repr=False)
    turned: bool = field(default=False, repr=False)
    how_solved: str = field(default="", repr=False)

    __array_ufunc__ = None

    def __matmul__(self, other: Array) -> Array:
        return self._acting("transposed_times" if self.turned else "times", other, self.shape[1])

    def __rmatmul__(self, other: Array) -> Array:
        return (self.T @ np.asarray(other).T).T

    @property
    def T(self) -> "FactoredMatrix":
        """The transpose; itself where it is symmetric."""
        if self.symmetric:
            return self
        return replace(self, shape=self.shape[::-1], turned=not self.turned, how_solved="")

    def todense(self) -> Array:
        """All entries."""
        dense: Array = self.runs("dense", self.given)["matrix"]
        return dense.T if self.turned else dense

    def diagonal(self) -> Array:
        """The diagonal as a vector, of a square matrix."""
        self._need_square("has a diagonal")
        if "diagonal_entries" not in self.runs:
            return np.diagonal(self.todense()).copy()
        entries: Array = self.runs("diagonal_entries", self.given)["diagonal"]
        return entries[:, 0]

    def solve(self, b: Array) -> Array:
        """The solution x of H x = b, by its structure where the laws know one.

        Inverses of ⊗, of diagonal matrices, of multiples and of products are inverses of their
        parts; such a matrix plus some of lower rank goes by Woodbury's formula, unless that
        fails the test H x = b. Anything else is formed: where it is symmetric by Cholesky's
        factor, kept for the next b, as far as it is positive definite; else by LU.

        Raises
        ------
        numpy.linalg.LinAlgError
            For a matrix that is singular, or so nearly that no digit of x would be right.
        ShapeError
            For one that is not square, or a b that does not fit.
        """
        self._need_square("is inverted")
        if "solution" in self.runs and not self.turned and self._is_worth_it():
            x = self._by_structure(b)
            if x is not None:
                return x
        return self._columns(self._densely, b, self.shape[0])

    def as_linear_operator(self) -> Any:
        """The matrix as a scipy.sparse.linalg.LinearOperator.

        Raises
        ------
        MissingExtra
            Without scipy.
        """
        try:
            from scipy.sparse.linalg import LinearOperator
        except ImportError as error:
            needed = "LinearOperator needs scipy: pip install 'matcalc[scipy]'"
            raise MissingExtra(needed) from error
        turned = self.T
        return LinearOperator(
            self.shape,
            matvec=self.__matmul__,
            rmatvec=turned.__matmul__,
            matmat=self.__matmul__,
            rmatmat=turned.__matmul__,
            dtype=self.dtype,
        )

    @property
    def source(self) -> str:
        """The generated module, which needs NumPy alone."""
        return self.runs.source

    def _need_square(self, what: str) -> None:
        if self.shape[0] != self.shape[1]:
            raise ShapeError(f"only a square matrix {what}, this is {self.shape}")

    def _acting(self, function: str, other: Array, rows: int) -> Array:
        def act(columns: Array) -> Array:
            name = function if columns.shape[1] == 1 else f"{function}_columns"
            given = {**self.given, **dict.fromkeys(self.operands, columns)}
            result: Array = self.runs(name, given)["product"]
            return result

        return self._columns(act, other, rows)

    def _columns(self, act: Callable[[Array], Array], other: Array, rows: int) -> Array:
        """What a map of columns makes of a vector or a matrix."""
        array = np.asarray(other, self.dtype)
        if array.ndim not in (1, 2) or array.shape[0] != rows:
            raise ShapeError(f"expected {rows} rows, got an array of shape {array.shape}")
        result = act(array.reshape(rows, -1))
        return result[:, 0] if array.ndim == 1 else result

    def _is_worth_it(self) -> bool:
        return self.rank is None or self.rank < self.shape[0]

    def _by_structure(self, b: Array) -> Array | None:
        with np.errstate(all="ignore"):
            try:
                x = self._acting("solution", b, self.shape[0])
            except np.linalg.LinAlgError:
                if self.rank is None:
                    raise
                return None
            if self.rank is not None and not self._is_solution(x, b):
                return None
        if not np.isfinite(x).all():
            raise np.linalg.LinAlgError("singular matrix")
        self.how_solved = self.way + ("" if self.rank is None else f", rank {self.rank}")
        return x

    def _is_solution(self, x: Array, b: Array) -> bool:
        """Whether H x = b to half the digits: Woodbury's formula may lose more than LU does."""
        if not np.isfinite(x).all():
            return False
        tolerance = np.sqrt(np.finfo(self.dtype).eps)
        return bool(np.linalg.norm(self @ x - b) <= tolerance * np.linalg.norm(b))

    def _densely(self, b: Array) -> Array:
        dense, factor = self.todense(), self._cholesky
        self.how_solved = f"formed, by {'LU' if factor is None else 'Cholesky'}"
        x = np.linalg.solve(dense, b) if factor is None else _twice_substituted(factor, b)
        lost = np.finfo(self.dtype).eps * np.linalg.norm(dense) * np.linalg.norm(x)
        if not 10 * lost <= np.linalg.norm(b):  # less than one digit is left
            raise np.linalg.LinAlgError("singular matrix, to working precision")
        return x

    @cached_property
    def _cholesky(self) -> Array | None:
        if not self.symmetric:
            return None
        try:
            return np.linalg.cholesky(self.todense())
        except np.linalg.LinAlgError:
            return None


def _twice_substituted(factor: Array, b: Array) -> Array:
    """The solution of L Lᵀ x = b: forward substitution, and the same from the last row on."""
    y = _substituted(factor, b)
    return _substituted(factor.T[::-1, ::-1], y[::-1])[::-1]


def _substituted(factor: Array, b: Array) -> Array:
    """The solution of L x = b for a lower triangular L."""
    x = np.array(b)
    for i in range(0, len(x), BLOCK):
        rows = slice(i, i + BLOCK)
        x[rows] = np.linalg.solve(factor[rows, rows], x[rows] - factor[rows, :i] @ x[:i])
    return x
