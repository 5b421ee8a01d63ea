"""Sums about means as text: what they are taken about, and how they are moved to the mean."""

from collections.abc import Callable
from typing import Any

from matcalc.lower.array_shapes import ONE
from matcalc.lower.storage import Storage, of_a_block
from matcalc.lower.sweeps import Schedule, Sweep
from matcalc.lower.values import Value
from matcalc.lower.wrapping import Lines, indented


class CentredText:
    """Text of the sums about means of a schedule; the parameters are those of `SweepText`."""

    def __init__(self, schedule: Schedule, storage: Storage, size: Callable[[Any], str]) -> None:
        self.schedule, self.storage, self.size = schedule, storage, size

    def near(self, mean: Value, entry: str) -> Lines:
        """Lines that put the mean of a block's first rows, one in 64, into what starts as 0."""
        near = of_a_block(mean.name, mean)
        step = f"{near} += _finite({entry} - {near}) / real(i - lo + 1)"
        return [
            "for i in range(lo, lo + (hi - lo + 63) // 64):",
            *indented(self._along(mean, [step])),
        ]

    def settled(self, sweep: Sweep) -> Lines:
        """Lines that move the sums of a block to its means."""
        means = [v for v in sweep.values if v.kind == "mean"]
        return [line for mean in means for line in (*self._products(mean), *self._mean(mean))]

    def recentred(self, value: Value, number: int) -> Lines:
        """Lines that move sums from the means of the blocks to the mean of all rows."""
        centred = self.schedule.centred[value.name]
        if centred.sum == value.name:
            return []
        total = self.schedule.values[centred.sum]
        rows = self.size(self.schedule.home(value))
        of_all = f"{self.storage.indexed(total, 'i', 'j')} / real({rows})"
        times = f"real(min(rows_{number}, {rows} - b * rows_{number})) * d"
        if centred.weight:
            times = self._part(centred.weight)
        target = self.storage.indexed(value, "i", "j")
        lines = [
            f"d = {of_a_block(centred.mean, value)} - {of_all}",
            f"{target} += {times} * d",
        ]
        return [f"for b in range(blocks_{number}):", *indented(self._along(value, lines))]

    def _products(self, mean: Value) -> Lines:
        """Lines for sums of products, while the sums are about the same numbers."""
        lines = []
        for name, centred in self.schedule.centred.items():
            if centred.mean == mean.name and centred.weight:
                moved = f"{self._part(centred.sum)} / real(hi - lo)"
                lines.append(f"{self._part(name)} -= {moved} * {self._part(centred.weight)}")
        return self._along(mean, lines) if lines else []

    def _mean(self, mean: Value) -> Lines:
        """Lines for sums of squares, the mean, and the sum it is the mean of."""
        near, squares, summed = of_a_block(mean.name, mean), list[str](), ""
        for name, centred in self.schedule.centred.items():
            if centred.mean == mean.name:
                summed = self._part(centred.sum)
                if name != centred.sum and not centred.weight:
                    squares.append(f"{self._part(name)} -= d * {summed}")
        return self._along(
            mean,
            [
                f"d = {summed} / real(hi - lo)",
                *squares,
                f"{near} += d",
                f"{summed} = {near} * real(hi - lo)",
            ],
        )

    def _part(self, name: str) -> str:
        return of_a_block(f"{name}_parts", self.schedule.values[name])

    def _along(self, value: Value, lines: Lines) -> Lines:
        """Lines for every entry of a row."""
        if value.shape[1] == ONE:
            return lines
        return [f"for j in range({self.size(value.shape[1])}):", *indented(lines)]
