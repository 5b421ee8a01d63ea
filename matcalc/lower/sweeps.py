"""Values ordered into sweeps over rows: each reads its matrices once, and sums what it can.

A sweep holds all values that have the same rows and that can be known at the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sympy import Expr

from matcalc.lower.array_shapes import ONE
from matcalc.lower.centring import centre
from matcalc.lower.entries import Reader
from matcalc.lower.hoisting import Hoisted
from matcalc.lower.sweep_order import Order
from matcalc.lower.values import Value

BLOCKWISE = ("product", "mean")
"""Values that are worked out for a whole block of rows at a time."""


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


class Schedule(Order):
    """What a reader has read, in sweeps.

    Attributes
    ----------
    sweeps : list of Sweep
        In the order of working them out.
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        centre(self)
        for value in list(self.values.values()):
            self._hoist(value)
        self.forget_times()
        self._forget_unread()
        self.order = list(self._sorted())
        self.sweeps = self._sweeps()

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

    def _hoist(self, value: Value) -> None:
        """Work out once for a row or a column what changes with neither the other index."""
        shape = value.shape if value.kind == "entry" else value.inner
        if value.kind in ("entry", "sum", "max", "mean") and ONE not in shape:
            entry = Hoisted(self.reader, self.values, shape)(value.entry)
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
