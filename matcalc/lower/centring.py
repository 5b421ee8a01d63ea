"""Sums about means, taken in the sweep that finds the mean.

A block of rows is summed once, about numbers near its means: the means of its first rows, one in
64. The sums are moved to the means of the block when these are known, and to the mean of all rows
at the end (Chan, Golub and LeVeque 1983). A mean of n numbers is no further than 8 standard
deviations from that of n/64 of them, so that no more than two digits can be lost.
"""

from collections.abc import Iterator
from dataclasses import replace

import sympy
from sympy import Dummy, Expr, Symbol

from matcalc.lower.array_shapes import Shape
from matcalc.lower.sweep_order import Centred, Order
from matcalc.lower.values import Value, at, split


class Centring:
    """Finds the sums about means in what a reader has read, and changes them."""

    def __init__(self, order: Order) -> None:
        self.order, self.reader, self.values = order, order.reader, order.values
        for name in list(self.values):
            value = self.values[name]
            if value.kind == "sum" and value.axis == 0 and name not in order.centred:
                self._centre(value)

    def _centre(self, value: Value) -> None:
        for difference in sorted(value.entry.atoms(sympy.Add), key=str):
            for name in (split(s)[0] for s in sorted(difference.free_symbols, key=str)):
                summed = self._summed(name, difference + at(name), value.inner)
                if summed is not None and self._is_centred(value, difference, name, summed):
                    return

    def _summed(self, name: str, whole: Expr, inner: Shape) -> Value | None:
        """The column sums that a value is the mean of, if it is the mean of ``whole``."""
        mean = self.values[name]
        found = [split(s)[0] for s in sorted(mean.entry.free_symbols, key=str)]
        counts = [x for x in found if self.values[x].text == self.reader.size(inner[0])]
        for summed in (self.values[x] for x in found if self.values[x].kind == "sum"):
            if any(mean.entry == at(summed.name) / at(n) for n in counts):
                if (summed.axis, summed.inner, self._entry(summed)) == (0, inner, whole):
                    return summed
                if summed.entry in self._sums_of_product(whole):
                    return self.values[self.reader.sum(whole, inner, 0).name]
        return None

    def _entry(self, summed: Value) -> Expr:
        """What is summed, without the number that it is taken about."""
        centred = self.order.centred.get(summed.name)
        own = centred is not None and centred.sum == summed.name
        return self.values[centred.mean].entry if centred and own else summed.entry

    def _sums_of_product(self, whole: Expr) -> Iterator[Expr]:
        """Entries whose sums are (1ᵀA)B, if AB is the product given."""
        product = self.values.get(whole.name) if isinstance(whole, Symbol) else None
        if product is None or product.kind != "product":
            return
        (name, left_turned), (right, right_turned) = product.factors
        left = self.values[name]
        if not (left_turned or right_turned):
            for sums in list(self.values.values()):
                same = (sums.kind, sums.axis, sums.inner) == ("sum", 0, left.shape)
                if same and self._entry(sums) in (at(name), left.entry):
                    yield at(right) * at(sums.name, True)

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
        centred = value.entry.xreplace({difference: self._entry(summed) - at(of_block)})
        self._replace(value, centred, Centred(of_block, summed.name, about))
        of_all = at(summed.name) / self.reader.number(self.reader.size(value.inner[0]))
        self.values[mean] = replace(self.values[mean], entry=of_all)
        return True

    def _replace(self, value: Value, entry: Expr, centred: Centred) -> None:
        self.values[value.name] = replace(value, entry=entry)
        self.order.centred[value.name] = centred
        self.order.forget_times()

    def _is_early(self, weight: Expr, summed: Value) -> bool:
        """Whether a factor is known in the sweep that finds the mean, and is no constant."""
        if not self.reader.hangs_on(weight, 0):
            return False
        trial = replace(summed, name="", entry=weight)
        after = (self.order.after(trial, *split(s)) for s in weight.free_symbols)
        return max(after) <= self.order.time(summed)

    def _mean_of_block(self, summed: Value) -> str:
        """Name of what is near the means of the blocks; the sum itself is taken about it too."""
        if summed.name in self.order.centred:
            return self.order.centred[summed.name].mean
        name = self.reader.local("mean")
        self.values[name] = replace(summed, name=name, kind="mean")
        self._replace(summed, summed.entry - at(name), Centred(name, summed.name))
        return name
