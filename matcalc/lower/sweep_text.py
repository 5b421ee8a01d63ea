"""Sweeps as text: a function for a block of rows of each, and the lines that call them in turn."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import sympy
from sympy import Expr, Symbol

from matcalc.lower.array_shapes import ONE
from matcalc.lower.centred_text import CentredText
from matcalc.lower.entry_text import entry_text
from matcalc.lower.repeats import Once
from matcalc.lower.storage import Storage
from matcalc.lower.sweeps import BLOCKWISE, Schedule, Sweep, is_called, is_down, width_of
from matcalc.lower.values import Value
from matcalc.lower.wrapping import Lines, called, fitted, indented

TAKEN = frozenset(
    """numba found many compute real lo hi first i j b c d BLOCK_BYTES LEAST_ROWS CHUNKS
    PARALLEL_ROWS OPTIONS INNER types""".split()
)
"""Names with a meaning in the loops."""


class SweepText:
    """Text of a schedule.

    Parameters
    ----------
    schedule : Schedule
        The sweeps.
    storage : Storage
        Where values lie.
    size : callable
        Text of a size.
    """

    def __init__(self, schedule: Schedule, storage: Storage, size: Callable[[Any], str]) -> None:
        self.schedule, self.storage, self.size = schedule, storage, size
        self._centred = CentredText(schedule, storage, size)
        self._once = Once("_sweep_")
        self._made: dict[str, tuple[Sweep, Lines, Lines]] = {}
        self.parts = self._parted()

    def _parted(self) -> list[Lines]:
        """Lines of every sweep over blocks, and those between two of them."""
        parts: list[Lines] = []
        between = False
        for sweep in self.schedule.sweeps:
            if is_called(sweep) or not between:
                parts.append([])
            parts[-1] += self._sweep(sweep)
            between = not is_called(sweep)
        return parts

    @property
    def functions(self) -> list[Lines]:
        """The functions that are called for blocks of rows."""
        return [self._function(name, *made) for name, made in self._made.items()]

    @cached_property
    def rows(self) -> list[tuple[Expr, Lines]]:
        """Rows of the sweeps, and the sizes of what lies beside each other in them."""
        found: dict[Any, dict[str, None]] = {}
        for sweep in self.schedule.sweeps:
            if is_called(sweep):
                widths = (
                    v.inner[1] if v.kind in ("sum", "max") else v.shape[1] for v in sweep.values
                )
                found.setdefault(sweep.rows, {}).update({self.size(w): None for w in widths})
        return [(rows, [w for w in widths if w != "1"] or ["1"]) for rows, widths in found.items()]

    def number_of(self, rows: Expr) -> int:
        """Number of a size among the rows of all sweeps."""
        return [r for r, _ in self.rows].index(rows) + 1

    def _sweep(self, sweep: Sweep) -> Lines:
        if is_called(sweep):
            return self._called(sweep)
        if sweep.rows == ONE:
            return [line for value in sweep.values for line in self._alone(value)]
        return [
            f"for i in range({self.size(sweep.rows)}):",
            *indented(self._row(sweep.values)),
        ]

    def _text(self, value: Value, entry: Expr | None = None) -> str:
        entry = value.entry if entry is None else entry
        return entry_text(entry, lambda symbol: self.storage.text(symbol, value))

    def _alone(self, value: Value) -> Lines:
        """Lines of a number, of a row, or of a product that no sweep works out."""
        text, target = self._text(value), self.storage.indexed(value, "i", "j")
        if value.kind == "product":
            left, right = (name + ".T" * turned for name, turned in value.factors)
            return [f"np.dot({left}, {right}, {value.name})"]
        if value.kind == "call":
            return [self.storage.call(value)]
        if value.kind in ("sum", "max"):
            start = "real(0)" if value.kind == "sum" else "real(-np.inf)"
            loop = f"for j in range({self.size(value.inner[1])}):"
            step = self._accumulated(value, value.name, text)
            return [f"{value.name} = {start}", loop, f"    {step}"]
        if value.shape[1] == ONE:
            return [f"{target} = {text}"]
        return [f"for j in range({self.size(value.shape[1])}):", f"    {target} = {text}"]

    def _called(self, sweep: Sweep) -> Lines:
        """Lines that call a sweep for all blocks, and add up what its blocks have summed."""
        number = self.number_of(sweep.rows)
        sums = [v for v in sweep.values if is_down(v)]
        products = [v for v in sweep.values if self.schedule.is_contraction(v)]
        body = [line for phase in self._phases(sweep) for line in phase]
        body += self._centred.settled(sweep)
        known = self._arguments(body)
        inside = self._inside(sweep, known, body)
        function, arguments = self._once.call(inside, known)
        self._made.setdefault(function, (sweep, known, inside))
        size = self.size(sweep.rows)
        return [
            *(line for v in sums for line in self._parts(v, f"blocks_{number}")),
            *(f"{v.name}_parts = np.empty((chunks_{number} - 1, *{v.name}.shape), dtype)"
              for v in products),
            *(f"{v.name} = np.zeros({self._sizes(v, f'blocks_{number}')}, dtype)"
              for v in sweep.values if v.kind == "mean"),
            f"for c in numba.prange(chunks_{number}):",
            *(f"    {v.name} = np.empty((rows_{number}, {self.size(v.shape[1])}), dtype)"
              for v in sweep.values if self.storage.places[v.name] == "block"),
            f"    first = blocks_{number} * c // chunks_{number}",
            f"    for b in range(first, blocks_{number} * (c + 1) // chunks_{number}):",
            f"        lo, hi = b * rows_{number}, min((b + 1) * rows_{number}, {size})",
            *(line[4:] for line in called(function, arguments, 12)),
            *(line for v in sums for line in self._added(v)),
            *(f"_add_parts({v.name}_parts, {v.name})" for v in products),
            *(line for v in sums if v.name in self.schedule.centred
              for line in self._centred.recentred(v, number)),
        ]  # fmt: skip

    def _sizes(self, value: Value, blocks: str) -> str:
        return blocks if value.shape[1] == ONE else f"({blocks}, {self.size(value.shape[1])})"

    def _parts(self, value: Value, blocks: str) -> Lines:
        made = f"np.zeros({self._sizes(value, blocks)}, dtype)"
        return [f"{value.name}_parts = {made}{' - real(np.inf)' * (value.kind == 'max')}"]

    def _accumulated(self, value: Value, target: str, text: str) -> str:
        if value.kind == "sum":
            return f"{target} += {text}"
        return f"{target} = _maximum({text}, {target})"

    def _added(self, value: Value) -> Lines:
        if value.shape[1] == ONE:
            function = "_total" if value.kind == "sum" else "_largest"
            return [f"{value.name} = {function}({value.name}_parts)"]
        target = f"{value.name}[0]" if self.storage.places[value.name] == "result" else value.name
        function = "_add_rows" if value.kind == "sum" else "_largest_rows"
        return [f"{function}({value.name}_parts, {target})"]

    def _inside(self, sweep: Sweep, arguments: Lines, body: Lines) -> Lines:
        """Lines of a function, what it needs besides its arguments first."""
        reals = any("real(" in line for line in body)
        typed = next(x for x in arguments if x not in self._numbers)
        made = sorted({x for line in body for x in re.findall(r"\b\w+_line\b", line)})
        widths = {f"{v.name}_line": self.size(width_of(v)) for v in sweep.values}
        return [
            *[f"real = {typed}.dtype.type"] * reals,
            *(f"{x} = np.empty({widths[x]}, {typed}.dtype)" for x in made if x in widths),
            *body,
        ]

    def _function(self, name: str, sweep: Sweep, arguments: Lines, inside: Lines) -> Lines:
        also = ", and of others like it" * (self._once.uses[name] > 1)
        shown = sweep.told(45 - len(also))
        return [
            "@numba.njit(**INNER)",
            *called(f"def {name}", arguments, 0, ":"),
            f'    """Rows lo to hi of the sweep that works out {shown}{also}."""',
            *(piece for line in indented(inside) for piece in fitted(line)),
        ]

    @cached_property
    def _numbers(self) -> set[str]:
        """Names that stand for numbers in a sweep."""
        found = {"lo", "hi", "first", "b", "c", *self._named_widths}
        for v in self.schedule.values.values():
            own = v.shape == (ONE, ONE) and self.storage.places.get(v.name) != "argument"
            found |= {v.name} if own or v.kind == "number" else set()
        return found

    @cached_property
    def _named_widths(self) -> Lines:
        """Names of sizes that tell how wide something is."""
        texts = [w for _, widths in self.rows for w in widths]
        return list(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", " ".join(texts))))

    def _arguments(self, body: Lines) -> Lines:
        """What the lines of a sweep read, in the order in which it is known."""
        used = dict.fromkeys(x for line in body for x in re.findall(r"[A-Za-z_]\w*", line))
        known = ["b", "c", "first", "lo", "hi", *self._named_widths]
        for name, value in self.schedule.values.items():
            parts = value.kind == "product" or is_down(value)
            known += [name, *[f"{name}_parts"] * parts]
        known += self.schedule.reader.functions
        return [name for name in known if name in used or name in ("lo", "hi")]

    def _phases(self, sweep: Sweep) -> Iterable[Lines]:
        phases = sorted({self.storage.steps[v.name][0] for v in sweep.values})
        for phase in phases:
            here = [v for v in sweep.values if self.storage.steps[v.name][0] == phase]
            yield [line for v in here if v.kind in BLOCKWISE for line in self._block(v)]
            rows = [v for v in here if v.kind not in BLOCKWISE]
            if rows:
                yield ["for i in range(lo, hi):", *indented(self._row(rows))]

    def _block(self, value: Value) -> Lines:
        """Lines of what is worked out for a block of rows at a time."""
        if value.kind == "mean":
            return self._centred.near(value, self._text(value))
        (left, _), (right, turned) = value.factors
        a = self._of_block(left)
        if self.schedule.is_contraction(value):
            part = f"_part(c, {value.name}, {value.name}_parts)"
            return [f"_add_product(b == first, {a}.T, {self._of_block(right)}, {part})"]
        return [f"np.dot({a}, {right}{'.T' * turned}, {self._of_block(value.name)})"]

    def _of_block(self, name: str) -> str:
        return f"{name}[: hi - lo]" if self.storage.places[name] == "block" else f"{name}[lo:hi]"

    def _row(self, values: list[Value]) -> Lines:
        """Lines of a row: numbers, then loops along it, step by step."""
        lines: Lines = []
        for step in sorted({self.storage.steps[v.name] for v in values}):
            here = [v for v in values if self.storage.steps[v.name] == step]
            widths: dict[Any, list[Value]] = {}
            for value in here:
                widths.setdefault(width_of(value), []).append(value)
            for value in widths.pop(ONE, []):
                lines += self._of_row(value)
            for width, inside in widths.items():
                loop = [line for value in inside for line in self._line_summed(value)]
                lines += [
                    f"for j in range({self.size(width)}):",
                    *indented(self._loop(inside)),
                    *loop,
                ]
        return lines

    def _loop(self, values: list[Value]) -> Lines:
        """Lines of a loop along a row, what several entries share worked out once."""
        shared, entries = sympy.cse([v.entry for v in values], self._symbols(), order="canonical")
        pending, lines = dict(shared), list[str]()

        def needed(entry: Expr, value: Value) -> None:
            for symbol in sorted(entry.free_symbols & pending.keys(), key=str):
                part = pending.pop(symbol)
                needed(part, value)
                lines.append(f"{symbol.name} = {self._text(value, part)}")

        for value, entry in zip(values, entries, strict=True):
            needed(entry, value)
            lines.extend(self._of_entry(value, self._text(value, entry)))
        return lines

    def _symbols(self) -> Iterator[Symbol]:
        while True:
            yield Symbol(self.schedule.reader.local("part"))

    def _of_row(self, value: Value) -> Lines:
        """A number of a row."""
        text = self._text(value)
        if value.kind in ("sum", "max"):
            return [self._accumulated(value, f"{value.name}_parts[b]", text)]
        return [f"{self.storage.local(value)} = {text}", *self._kept(value)]

    def _kept(self, value: Value) -> Lines:
        if self.storage.places[value.name] in ("local", "line"):
            return []
        return [f"{self.storage.indexed(value, 'i', 'j')} = {self.storage.local(value)}"]

    def _of_entry(self, value: Value, text: str) -> Lines:
        """An entry of a row."""
        if is_down(value):
            return [self._accumulated(value, f"{value.name}_parts[b, j]", text)]
        if value.kind in ("sum", "max"):
            return [f"{value.name}_line[j] = {text}"]
        users = {self.storage.steps[u.name] for u, _ in self.schedule.users(value.name)}
        place = self.storage.places[value.name]
        if self.storage.steps[value.name] not in users and place != "line":
            return [f"{self.storage.indexed(value, 'i', 'j')} = {text}"]
        kept = [f"{value.name}_line[j] = {self.storage.local(value)}"] * (place == "line")
        return [f"{self.storage.local(value)} = {text}", *self._kept(value), *kept]

    def _line_summed(self, value: Value) -> Lines:
        if value.kind not in ("sum", "max") or is_down(value):
            return []
        function = "_total" if value.kind == "sum" else "_largest"
        made = f"{self.storage.local(value)} = {function}({value.name}_line)"
        return [made, *self._kept(value)]
