"""Text of a sympy expression that is the same for equal expressions.

To sympy ``Symbol("n", integer=True, positive=True)`` and the same symbol with its assumptions in
another order, or with a superfluous one, are equal; it writes them differently, and its caches may
hand out either for the other.
"""

from typing import Any

from sympy import Basic, Dummy, Symbol
from sympy.printing.repr import ReprPrinter

KINDS: tuple[dict[str, bool], ...] = (
    {"integer": True, "positive": True},
    {"integer": True, "nonnegative": True},
    {"positive": True},
    {"real": True},
    {},
)
"""Assumptions of sizes, indices and scalars; other symbols are written with all of theirs."""


class _Printer(ReprPrinter):
    def _print_Symbol(self, symbol: Any) -> str:
        if isinstance(symbol, Dummy):
            return str(super()._print_Symbol(symbol))
        alike = (kind for kind in KINDS if Symbol(symbol.name, **kind) == symbol)
        own = next(alike, dict(sorted(symbol.assumptions0.items())))
        return f"Symbol({', '.join([repr(symbol.name), *(f'{k}={v}' for k, v in own.items())])})"


def spelled(x: Basic) -> str:
    """The expression as Python would build it, one text for all that are equal.

    Examples
    --------
    >>> spelled(Symbol("n", positive=True, integer=True, real=True) + 1)
    "Add(Symbol('n', integer=True, positive=True), Integer(1))"
    """
    return str(_Printer().doprint(x))
