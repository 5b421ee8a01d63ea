"""Values ordered into sweeps over rows: each reads its matrices once, and sums what it can.

A sweep holds all values that have the same rows and that can be known at the same time. A sum of
squares about a mean is taken about the means of blocks of rows in the sweep that finds the mean,
and corrected (Chan, Golub and LeVeque 1983).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy
from sympy import Dummy, Expr, Integer

from matcalc.lower.array_shapes import ONE, Shape
from matcalc.lower.entries import Reader
from matcalc.lower.values import Value, at, split

BLOCKWISE = ("product", "mean")
"""Values that are worked out for a whole block of rows at a time."""


@dataclass(frozen=True)
class Centred:
    """A sum about the mean of its block: of squares, or of products with what weight sums."""

    mean: str
    sum: str
    weight: str | None


@dataclass
class Sweep:
    """Values of one time and of the same rows, in order; those of no rows come one by one."""

    time: int
    rows: Expr
    values: list[Value] = field(default_factory=list)

    def told(self, room: int) -> str:
        """What it works out, in short."""
        names = [v.name for v in self.values if v.kind != "mean"]
        while len(", ".join(names)) > room and len(names) > 1:
            names = [*names[: -1 - (names[-1] == "…")], "…"]
        return ", ".join(names)


class Schedule:
    """What a reader has read, in sweeps.

    Attributes
    ----------
    values : dict from str to Value
        All values.
    centred : dict from str to Centred
        Sums that are taken about the means of blocks.
    sweeps : list of Sweep
        In the order of working them out.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader, self.values = reader, reader.values
        self.centred: dict[str, Centred] = {}
        self._times: dict[str, int] = {}
        for value in list(self.values.values()):
            self._centre(value)
        for value in list(self.values.values()):
            self._hoist(value)
        self._times.clear()
        self._forget_unread()
        self.order = list(self._sorted())
        self.sweeps = self._sweeps()

    def reads(self, value: Value) -> list[tuple[str, bool]]:
        """Names of the values that a value is made of, and whether they are transposed."""
        if value.factors:
            return list(value.factors)
        found = [split(s) for s in sorted(value.entry.free_symbols, key=str)]
        extra = self.centred.get(value.name)
        return found if extra is None or extra.weight is None else [*found, (extra.weight, False)]

    def users(self, name: str) -> list[tuple[Value, bool]]:
        """Values that are made of a value, and whether of its rows in the same sweep."""
        return self._users.get(name, [])

    @cached_property
    def _users(self) -> dict[str, list[tuple[Value, bool]]]:
        found: dict[str, list[tuple[Value, bool]]] = {}
        for user in self.order:
            for name, turned in self.reads(user):
                found.setdefault(name, []).append((user, self.is_aligned(user, name, turned)))
        return found

    def home(self, value: Value) -> Expr | None:
        """Rows of the sweep that works a value out: 1 for none, None for what is given."""
        if value.kind in ("given", "number", "eye"):
            return None
        if value.kind == "call":
            return ONE
        if value.kind == "product":
            (left, left_turned), (_, right_turned) = value.factors
            if left_turned:
                return ONE if right_turned else self.values[left].shape[0]
            return value.shape[0]
        if value.kind == "mean":
            return self.values[value.factors[0][0]].inner[0]
        return value.shape[0] if value.kind == "entry" else value.inner[0]

    def is_contraction(self, value: Value) -> bool:
        """Whether a product that a sweep works out sums over the rows."""
        return value.kind == "product" and value.factors[0][1]

    def is_aligned(self, user: Value, name: str, turned: bool) -> bool:
        """Whether a value is read row by row in the sweep that works it out."""
        value, rows = self.values[name], self.home(user)
        if rows in (None, ONE) or self.home(value) != rows:
            return False
        if value.kind == "mean" or user.kind == "mean" or self._weighs(user, name):
            return True
        if self.is_contraction(value) or value.shape[0] != rows:
            return False
        if user.kind != "product":
            return not turned
        left, right = user.factors
        if self.is_contraction(user):
            return (name, turned) in user.factors
        return (name, turned) == left and name != right[0]

    def _weighs(self, user: Value, name: str) -> bool:
        """Whether a sum only corrects another one, block by block."""
        return user.name in self.centred and self.centred[user.name].weight == name

    def time(self, value: Value) -> int:
        """Number of sweeps that come before."""
        if value.name not in self._times:
            self._times[value.name] = max(
                (self._after(value, name, turned) for name, turned in self.reads(value)), default=0
            )
        return self._times[value.name]

    def _after(self, user: Value, name: str, turned: bool) -> int:
        value = self.values[name]
        rows = self.home(value)
        if rows is None:
            return 0
        waits = rows != ONE and not self.is_aligned(user, name, turned)
        return self.time(value) + waits

    def _centre(self, value: Value) -> None:
        """Take a sum about the mean of a block where it is one about the mean of all rows."""
        if value.kind != "sum" or value.axis != 0:
            return
        for difference in sorted(value.entry.atoms(sympy.Add), key=str):
            for name in (split(s)[0] for s in sorted(difference.free_symbols, key=str)):
                summed = self._summed(name, difference + at(name), value.inner)
                if summed is not None and self._is_centred(value, difference, name, summed):
                    return

    def _summed(self, name: str, whole: Expr, inner: Shape) -> Value | None:
        """The column sums that a value is the mean of, if it is the mean of ``whole``."""
        mean = self.values[name]
        found = [split(s)[0] for s in sorted(mean.entry.free_symbols, key=str)]
        for summed in (self.values[x] for x in found if self.values[x].kind == "sum"):
            counts = [x for x in found if self.values[x].text == self.reader.size(inner[0])]
            same_sum = (summed.axis, summed.inner, summed.entry) == (0, inner, whole)
            if same_sum and any(mean.entry == at(summed.name) / at(n) for n in counts):
                return summed
        return None

    def _is_centred(self, value: Value, difference: Expr, mean: str, summed: Value) -> bool:
        u = Dummy("u")
        entry = value.entry.xreplace({difference: u})
        weight = entry / u
        if at(mean) in entry.free_symbols or (entry != u**2 and u in weight.free_symbols):
            return False
        if entry != u**2 and not self._is_early(weight, summed):
            return False
        of_block = self._mean_of_block(summed)
        about = self.reader.sum(weight, value.inner, 0).name if entry != u**2 else None
        centred = value.entry.xreplace({difference: summed.entry - at(of_block)})
        self.values[value.name] = replace(value, entry=centred)
        self.centred[value.name] = Centred(of_block, summed.name, about)
        self._times.clear()
        return True

    def _is_early(self, weight: Expr, summed: Value) -> bool:
        """Whether a factor is known in the sweep that finds the mean, and is no constant."""
        if not self.reader.hangs_on(weight, 0):
            return False
        trial = replace(summed, name="", entry=weight)
        return max(self._after(trial, *split(s)) for s in weight.free_symbols) <= self.time(summed)

    def _mean_of_block(self, summed: Value) -> str:
        for value in self.values.values():
            if value.kind == "mean" and value.factors[0][0] == summed.name:
                return value.name
        name = self.reader.local("mean")
        self.values[name] = Value(name, "mean", summed.shape, factors=((summed.name, False),))
        return name

    def _hoist(self, value: Value) -> None:
        """Work out once for a row or a column what changes with neither the other index."""
        shape = value.shape if value.kind == "entry" else value.inner
        if value.kind in ("entry", "sum", "max") and ONE not in shape:
            entry = Hoisted(self, shape)(value.entry)
            self.values[value.name] = replace(value, entry=entry)

    def _forget_unread(self) -> None:
        """Drop what no result is made of, as what a zero has multiplied."""
        needed: set[str] = set()
        pending = [name for name in self.values if name in self.reader.returned]
        while pending:
            name = pending.pop()
            if name not in needed:
                needed.add(name)
                pending += [read for read, _ in self.reads(self.values[name])]
        for name, value in list(self.values.items()):
            if name not in needed and value.kind != "given":
                del self.values[name]

    def _sorted(self) -> Iterator[Value]:
        """All values, each behind what it is made of."""
        done: set[str] = set()

        def visit(name: str) -> Iterator[Value]:
            if name in done:
                return
            done.add(name)
            for read, _ in self.reads(self.values[name]):
                yield from visit(read)
            yield self.values[name]

        for name in list(self.values):
            yield from visit(name)

    def _sweeps(self) -> list[Sweep]:
        found: dict[Any, Sweep] = {}
        for value in self.order:
            rows = self.home(value)
            if rows is not None:
                sweep = found.setdefault((self.time(value), rows), Sweep(self.time(value), rows))
                sweep.values.append(value)
        return sorted(found.values(), key=lambda s: (s.time, s.rows != ONE))


class Hoisted:
    """Entries of matrices of one shape with what changes with one index alone as a value."""

    def __init__(self, schedule: Schedule, shape: Shape) -> None:
        self.schedule, self.reader, self.shape = schedule, schedule.reader, shape

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
        blocks = (self.schedule.values[split(s)[0]].kind == "mean" for s in entry.free_symbols)
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


def is_down(value: Value) -> bool:
    """Whether a value is summed up, or the largest, over the rows of a sweep."""
    return value.kind in ("sum", "max") and value.axis == 0


def width_of(value: Value) -> Expr:
    """How long the loop along a row is that works a value out."""
    return value.inner[1] if value.kind in ("sum", "max") else value.shape[1]


def is_called(sweep: Sweep) -> bool:
    """Whether a sweep goes over blocks of rows, and works out more than entries of columns."""
    column = all(v.kind == "entry" and v.shape[1] == ONE for v in sweep.values)
    return sweep.rows != ONE and not column
