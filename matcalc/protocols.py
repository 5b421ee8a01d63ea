"""What an operator's definition may ask of a printer and of an evaluator."""

from collections.abc import Callable
from typing import Any, Protocol

from sympy import Expr

SUM, SCALED, ELEMENTWISE, PRODUCT, PREFIX, ATOM = 10, 20, 30, 40, 50, 100
"""How tightly a printed form binds, loosest first."""

Table = list[list[Any]]


class Show(Protocol):
    """What an operator's printed form may ask of a printer."""

    def __call__(self, operand: Any, level: int) -> str:
        """Text of an operand, in parentheses if it binds looser than ``level``."""

    def apply(self, function: Expr, *operands: Any) -> str:
        """Text of an elementwise function of an operand, or of two."""


class Values(Protocol):
    """What an entry formula may ask of an evaluator."""

    def table(self, node: Any) -> Table:
        """Entries of a matrix, row by row."""

    def size(self, size: Expr) -> int:
        """Number of a symbolic size."""

    def number(self, scalar: Expr) -> Any:
        """Value of a scalar expression."""

    def apply(self, function: Expr, *xs: Any) -> Any:
        """Value of an elementwise function at a number, or at two."""

    def inverse(self, node: Any) -> Table:
        """Entries of the inverse of a matrix."""

    def eigenpair(self, node: Any, i: int) -> tuple[Any, list[Any]]:
        """The i-th eigenvalue of a symmetric matrix, from the least, and its eigenvector."""

    def pseudo_inverse(self, node: Any) -> Table:
        """Entries of the pseudo-inverse of a matrix."""

    def kept(self, key: Any, made: Callable[[], Table]) -> Table:
        """A table that is made on the first call and kept under its key."""
