"""Symbols of sympy expressions: which count, and what they are called on either side.

A symbol is known by its name. In sympy it may be complex, here every symbol is real, sizes and
exponents of matrix powers are positive integers, and indices integers from 0 on.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sympy import Basic, Identity, MatPow, MatrixSymbol, OneMatrix, Symbol, ZeroMatrix
from sympy.core.facts import InconsistentAssumptions
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from matcalc.dimensions import identifier
from matcalc.errors import NameRefused, UnsupportedInput
from matcalc.operators.functions import ENTRY
from matcalc.scalars import number
from matcalc.symbols import names_in

Assumptions = dict[str, bool]
REAL: Assumptions = {"real": True}
INDEX: Assumptions = {"integer": True, "nonnegative": True}
SIZE: Assumptions = {"integer": True, "positive": True}

SIZED = (MatrixSymbol, Identity, ZeroMatrix, OneMatrix)


def parts(*roots: Any) -> Iterator[Basic]:
    """Every distinct part of sympy expressions once."""
    pending, seen = [x for x in roots if isinstance(x, Basic)], set[Basic]()
    while pending:
        x = pending.pop()
        if x not in seen:
            seen.add(x)
            yield x
            pending += reversed(x.args)


def counting(*roots: Any) -> dict[Symbol, Assumptions]:
    """Symbols that are sizes or indices, and what that says of them."""
    found: dict[Symbol, Assumptions] = {}
    for x in parts(*roots):
        for kind, places in _counts(x):
            for symbol in (s for place in places for s in place.free_symbols):
                if found.get(symbol) != SIZE:
                    found[symbol] = kind
    return found


def _counts(x: Basic) -> Iterator[tuple[Assumptions, Iterable[Basic]]]:
    if isinstance(x, SIZED):
        yield SIZE, x.shape
    elif isinstance(x, MatPow):
        yield SIZE, [x.exp]
    elif isinstance(x, MatrixElement):
        yield INDEX, x.args[1:]
    elif isinstance(x, MatrixSlice):
        yield INDEX, [*x.rowslice, *x.colslice]


class Symbols:
    """From the symbols of sympy expressions to those that stand for them here."""

    def __init__(self, expr: Basic, given: dict[str, Any]) -> None:
        self.counting = counting(expr)
        self.given = given
        self.owners: dict[str, Basic] = {}

    def own(self, name: str, owner: Basic) -> str:
        """A name, refused if it is that of another thing too."""
        if self.owners.setdefault(identifier(name), owner) != owner:
            raise NameRefused(f"the name {name!r} stands for two things: rename one")
        return name

    def __call__(self, symbol: Symbol) -> Symbol:
        """Read a symbol.

        Raises
        ------
        NameRefused
            If its name is no plain identifier, or stands for two things.
        UnsupportedInput
            If what sympy assumes of it contradicts what it is used for.
        """
        if symbol is ENTRY:
            return symbol
        if type(symbol) is not Symbol:
            raise UnsupportedInput(f"{symbol} is a {type(symbol).__name__}, a nameless symbol")
        name = self.own(symbol.name, symbol)
        if name in self.given:
            if isinstance(self.given[name], Symbol):
                return self.given[name]
            raise NameRefused(f"{name} is a symbol here, and {self.given[name]!r} in like")
        wanted = self.counting.get(symbol, REAL)
        try:
            known = number(Symbol(name, **{**symbol.assumptions0, **wanted}))
        except InconsistentAssumptions as error:
            kind = " and ".join(wanted)
            raise UnsupportedInput(f"{symbol} has to be {kind}, but sympy denies it") from error
        return symbol if known == symbol else known


def given_names(like: Any) -> dict[str, Any]:
    """Variables and symbols of expressions, by name."""
    return names_in(*_several(like))


def sympy_names(like: Any) -> dict[str, Basic]:
    """Matrix symbols and symbols of sympy expressions, by name."""
    found: dict[str, Basic] = {}
    for x in parts(*_several(like)):
        named = isinstance(x, MatrixSymbol) or type(x) is Symbol
        if named and found.setdefault(x.name, x) != x:
            raise NameRefused(f"the name {x.name!r} stands for two things in like: rename one")
    return found


def _several(like: Any) -> tuple[Any, ...]:
    return tuple(like) if isinstance(like, tuple | list) else (like,)
