"""Values that are known by name, and sums that become values."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Symbol

from matcalc.lower.array_shapes import ONE, Shape
from matcalc.lower.values import NUMBER, Value, at, distributed, split


class Known:
    """Values by name, and sums of entries as values of their own.

    Parameters
    ----------
    free : callable
        A free name, from the one wanted.
    size : callable
        Text of a size.
    """

    def __init__(self, free: Callable[[str], str], size: Callable[[Expr], str]) -> None:
        self._free, self.size = free, size
        self.values: dict[str, Value] = {}
        self._known: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()

    def number(self, text: str) -> Symbol:
        """A number that is made of numbers, from its text."""
        if text not in self._known:
            name = self.local("number")
            self.values[name] = Value(name, "number", NUMBER, text=text)
            self._known[text] = name
        return at(self._known[text])

    def local(self, kind: str) -> str:
        """A free name that says what it is, with a number."""
        self._counts[kind] += 1
        return self._free(f"{kind}_{self._counts[kind]}")

    def shape(self, symbol: Symbol) -> Shape:
        """Shape in which a symbol is used."""
        name, transposed = split(symbol)
        shape = self.values[name].shape
        return shape[::-1] if transposed else shape

    def hangs_on(self, entry: Expr, axis: int) -> list[Symbol]:
        """Symbols of an entry that change along an axis, in order."""
        symbols = sorted(entry.free_symbols, key=str)
        return [s for s in symbols if self.shape(s)[axis] != ONE]

    def _rename(self, old: str, new: str) -> None:
        """Give a value that a statement is all of the name of the statement."""
        value = self.values.pop(old)
        self.values[new] = replace(value, name=new)
        self._known = {key: new if name == old else name for key, name in self._known.items()}

    def entry(self, entry: Expr, shape: Shape, kind: str) -> Symbol:
        """A value of its own for an entry."""
        key = ("entry", entry, shape)
        if key not in self._known:
            name = self.local(kind)
            self.values[name] = Value(name, "entry", shape, entry)
            self._known[key] = name
        return at(self._known[key])

    def _add(self, value: Value) -> Symbol:
        """A value of its own for a sum or a product."""
        key = replace(value, name="")
        if key not in self._known:
            name = self.local(value.kind)
            self.values[name] = replace(value, name=name)
            self._known[key] = name
        return at(self._known[key])

    def sum(self, entry: Expr, shape: Shape, axis: int) -> Expr:
        """Entry of the sums along an axis, with all that does not change along it taken out."""
        outside, inside = entry.as_independent(*self.hangs_on(entry, axis), as_Add=False)
        if not self.hangs_on(inside, axis):
            size = shape[axis]
            return outside * inside * (size if size.is_Integer else self.number(self.size(size)))
        other = ONE if not self.hangs_on(inside, 1 - axis) else shape[1 - axis]
        inner = (shape[0], other) if axis == 0 else (other, shape[1])
        result = (ONE, other) if axis == 0 else (other, ONE)
        symbol = self._add(Value("", "sum", result, inside, inner, axis))
        return outside * symbol

    def total(self, entry: Expr, shape: Shape) -> Expr:
        """The sum of all entries: of columns first where that takes a row out of every sum."""
        if shape[0] == ONE or shape[1] == ONE:
            return self.sum(entry, shape, 0 if shape[1] == ONE else 1)
        terms = distributed(entry)
        if all(self.hangs_on(self._outside(term), 1) for term in terms):
            rows = sympy.Add(*(self.sum(term, shape, 0) for term in terms))
            return self.sum(rows, (ONE, shape[1]), 1)
        return self.sum(self.sum(entry, shape, 1), (shape[0], ONE), 0)

    def _outside(self, term: Expr) -> Expr:
        return term.as_independent(*self.hangs_on(term, 0), as_Add=False)[0]
