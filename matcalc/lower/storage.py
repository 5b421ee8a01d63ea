"""Where the values of sweeps lie: in arguments, in memory of their own, in local variables."""

from collections.abc import Iterable

from sympy import Symbol

from matcalc.lower.array_shapes import ONE
from matcalc.lower.sweeps import BLOCKWISE, Schedule, Sweep
from matcalc.lower.values import Value, split

Step = tuple[int, int]
"""Phase of a block of rows, and step of a row within it."""


class Storage:
    """Places of the values of a schedule.

    Attributes
    ----------
    places : dict from str to str
        "argument", "result", "full", "block" (of rows), "line" (of a row) or "local".
    steps : dict from str to Step
        When a value is worked out within its sweep.
    """

    def __init__(self, schedule: Schedule, returned: Iterable[str]) -> None:
        self.schedule, self.returned = schedule, frozenset(returned)
        self.steps: dict[str, Step] = {}
        self._sweep: dict[str, Sweep] = {}
        for sweep in schedule.sweeps:
            for value in sweep.values:
                self._sweep[value.name] = sweep
                self.steps[value.name] = self._step(value)
        self.places = {value.name: self._place(value) for value in schedule.order}

    def text(self, symbol: Symbol, value: Value | None) -> str:
        """Text of an entry where a value is worked out, or outside of sweeps."""
        name, turned = split(symbol)
        if name not in self.schedule.values:
            return name
        read = self.schedule.values[name]
        if read.kind == "eye":
            return "real(i == j)"
        if value is not None and self.schedule.is_aligned(value, name, turned):
            return self._inside(read, value)
        return self.indexed(read, *("ji" if turned else "ij"))

    def indexed(self, value: Value, i: str, j: str) -> str:
        """Text of an entry in memory."""
        place, (rows, cols) = self.places[value.name], value.shape
        row, col = "0" if rows == ONE else i, "0" if cols == ONE else j
        if place == "argument" or (place == "result" and value.shape != (ONE, ONE)):
            return f"{value.name}[{row}, {col}]"
        if place == "block":
            return f"{value.name}[{row} - lo, {col}]"
        if value.shape == (ONE, ONE):
            return value.name
        return f"{value.name}[{', '.join(x for x in (row, col) if x != '0')}]"

    def call(self, value: Value) -> str:
        """The line that works out a function of whole matrices."""
        factors = [
            self._whole(name) + ".T" * (turned and ONE not in self.schedule.values[name].shape)
            for name, turned in value.factors
        ]
        place = "" if value.shape == (ONE, ONE) else "[:]"
        return f"{self._whole(value.name)}{place} = {value.text.format(*factors)}"

    def _whole(self, name: str) -> str:
        """Text of all of a value in memory; a line has one axis."""
        shape, place = self.schedule.values[name].shape, self.places[name]
        is_line = ONE in shape and shape != (ONE, ONE)
        return f"{name}.ravel()" if is_line and place in ("argument", "result") else name

    def local(self, value: Value) -> str:
        """Name of an entry in a local variable."""
        return f"{value.name}_{'i' if value.shape[1] == ONE else 'ij'}"

    def _inside(self, read: Value, value: Value) -> str:
        """Text of an entry of the row that is worked out."""
        if read.kind == "mean":
            return of_a_block(read.name, read)
        same = self._sweep.get(read.name) is self._sweep[value.name]
        if same and read.kind != "product":
            here, there = self.steps[value.name], self.steps[read.name]
            if read.shape[1] == ONE and here[0] == there[0]:
                return self.local(read)
            if read.shape[1] != ONE and here == there:
                return self.local(read)
            if self.places[read.name] == "line":
                return f"{read.name}_line[j]"
        return self.indexed(read, "i", "j")

    def _step(self, value: Value) -> Step:
        sweep = self._sweep[value.name]
        inside = [
            self._after(value, self.schedule.values[name])
            for name, turned in self.schedule.reads(value)
            if self.schedule.is_aligned(value, name, turned) and self._sweep.get(name) is sweep
        ]
        return max(inside, default=(0, 0))

    def _after(self, value: Value, read: Value) -> Step:
        """The step that a value can be worked out in, after one that it is made of."""
        phase, step = self.steps[read.name]
        if value.kind in BLOCKWISE:
            return phase + (read.kind not in BLOCKWISE), 0
        whole_line = read.kind in ("sum", "max") and read.axis == 1
        return phase, step + whole_line

    def _place(self, value: Value) -> str:
        if value.kind in ("given", "number", "eye", "mean"):
            return "argument" if value.kind == "given" else "local"
        if value.name in self.returned:
            return "result"
        if self.schedule.home(value) == ONE or value.shape[0] == ONE:
            return "full"
        if self.schedule.is_contraction(value):
            return "full"
        return self._in_sweep(value)

    def _in_sweep(self, value: Value) -> str:
        users = self.schedule.users(value.name)
        sweep = self._sweep[value.name]
        if any(not aligned or self._sweep[user.name] is not sweep for user, aligned in users):
            return "full"
        here = self.steps[value.name]
        others = {self.steps[user.name] for user, _ in users}
        column = value.shape[1] == ONE
        if value.kind == "product" or any(user.kind == "product" for user, _ in users):
            return "block"
        if any(step[0] != here[0] for step in others):
            return "full" if column else "block"
        return "line" if not column and others - {here} else "local"


def of_a_block(name: str, value: Value) -> str:
    """Text of an entry of what is kept for every block of rows."""
    return f"{name}[b, j]" if value.shape[1] != ONE else f"{name}[b]"
