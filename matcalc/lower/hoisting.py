"""Parts of entries that change with one index alone, worked out once for a row or a column."""

from collections.abc import Mapping

import sympy
from sympy import Expr, Integer

from matcalc.lower.array_shapes import ONE, Shape
from matcalc.lower.entries import Reader
from matcalc.lower.values import Value, split


class Hoisted:
    """Entries of matrices of one shape with what changes with one index alone as a value."""

    def __init__(self, reader: Reader, values: Mapping[str, Value], shape: Shape) -> None:
        self.reader, self.values, self.shape = reader, values, shape

    def __call__(self, entry: Expr) -> Expr:
        """The entry again."""
        shape = self._shape(entry)
        if ONE in shape:
            return self._alone(entry, shape)
        if isinstance(entry, sympy.Add | sympy.Mul):
            return self._by_shape(entry)
        return entry if entry.is_Atom else entry.func(*map(self, entry.args))

    def _shape(self, entry: Expr) -> Shape:
        rows, cols = (
            self.shape[axis] if self.reader.hangs_on(entry, axis) else ONE for axis in (0, 1)
        )
        return rows, cols

    def _alone(self, entry: Expr, shape: Shape) -> Expr:
        plain = entry.is_Atom or -entry in entry.free_symbols
        blocks = (self.values[split(s)[0]].kind == "mean" for s in entry.free_symbols)
        if plain or any(blocks):
            return entry
        return self.reader.entry(entry, shape, "scale" if shape[0] == ONE else "weight")

    def _by_shape(self, entry: Expr) -> Expr:
        """Parts of a sum or product that change with the same index, joined."""
        parts: dict[Shape, list[Expr]] = {}
        for part in entry.args:
            parts.setdefault(self._shape(part), []).append(part)
        constant = parts.pop((ONE, ONE), [])
        for shape in ((ONE, self.shape[1]), (self.shape[0], ONE)):
            if constant and shape in parts and constant != [Integer(-1)]:
                parts[shape], constant = [*parts[shape], *constant], []
        joined = [entry.func(*found) for s, found in sorted(parts.items(), key=str) if ONE in s]
        whole = [part for s, found in parts.items() if ONE not in s for part in found]
        return entry.func(*map(self, (entry.func(*constant), *joined, *whole)))
