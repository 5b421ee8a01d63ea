"""What the readers of single constructs may ask of the reader of the whole."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sympy import Expr

from matcalc.interop.symbols import Symbols
from matcalc.node import Node


class Reader(Protocol):
    """Reads the parts of one sympy expression."""

    symbols: Symbols

    def matrix(self, x: Any) -> Node:
        """Read a matrix expression."""

    def scalar(self, x: Any) -> Expr:
        """Read a scalar expression or a size; a 1 × 1 matrix stands for its entry."""

    def all(self, xs: Iterable[Any]) -> list[Node]:
        """Read several matrix expressions."""


Read = Callable[[Reader, Any], Any]
"""Reads one construct."""
