"""Sums about means, taken in the sweep that finds the mean.

A block of rows is summed once, about numbers near its means: the means of its first rows, one in
64. The sums are moved to the means of the block when these are known, and to the mean of all rows
at the end (Chan, Golub and LeVeque 1983). A mean of n numbers is no further than 8 standard
deviations from that of n/64 of them, so that no sum of squares can lose more than two digits.
"""

from collections.abc import Iterator
from dataclasses import replace

import sympy
from sympy import Dummy, Expr, Symbol

from matcalc.lower.array_shapes import Shape
from matcalc.lower.sweep_order import Centred, Order
from matcalc.lower.values import Value, at, split


def centre(order: Order) -> None:
    """Find the sums about means in what a reader has read, and change them."""
    centring = Centring(order)
    for name in list(order.values):
        value = order.values[name]
        if value.kind == "sum" and value.axis == 0 and name not in order.centred:
            centring.visit(value)
    centring.share_weights()


class Centring:
    """What is changed: sums about means, and the means."""

    def __init__(self, order: Order) -> None:
        self.order, self.reader, self.values = order, order.reader, order.values
        self._about: dict[str, str] = {}  # from sums to those like them that are about means
        self._like: dict[str, str] = {}  # from sums made here to those that they are like

    def visit(self, value: Value) -> None:
        """Take a sum about the means of blocks where it is one about the mean of all rows."""
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
        for total in (x for x in found if self.values[x].kind == "sum"):
            if any(mean.entry == at(total) / at(n) for n in counts):
                summed = self.values[self._like.get(total, total)]
                if (summed.axis, summed.inner, summed.entry) == (0, inner, whole):
                    return summed
                if summed.entry in self._sums_of_product(whole):
                    return self.values[self.reader.sum(whole, inner, 0).name]
        return None

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
                early = same and self.order.time(product) <= self.order.time(sums)
                if early and sums.entry in (at(name), left.entry):
                    yield at(right) * at(sums.name, True)

    def _is_centred(self, value: Value, difference: Expr, mean: str, summed: Value) -> bool:
        u = Dummy("u")
        entry = value.entry.xreplace({difference: u})
        weight = entry / u
        if at(mean) in entry.free_symbols or (entry != u**2 and u in weight.free_symbols):
            return False
        if entry != u**2 and not self._is_early(weight, summed):
            return False
        about = self._near(summed)
        mean_of_block = self.order.centred[about].mean
        weights = self._weights_of(weight, value) if entry != u**2 else None
        centred = value.entry.xreplace({difference: summed.entry - at(mean_of_block)})
        self._replace(value, centred, Centred(mean_of_block, about, weights))
        of_all = at(about) / self.reader.number(self.reader.size(value.inner[0]))
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

    def _near(self, summed: Value) -> str:
        """Name of a sum like another one, but taken about numbers near its mean.

        The other one stays where something reads it, and exact where its terms are whole numbers.
        """
        if summed.name not in self._about:
            mean, name = self.reader.local("mean"), self.reader.local("sum")
            self.values[mean] = replace(summed, name=mean, kind="mean")
            self.values[name] = replace(summed, name=name)
            self._replace(self.values[name], summed.entry - at(mean), Centred(mean, name))
            self._about[summed.name], self._like[name] = name, summed.name
        return self._about[summed.name]

    def _weights_of(self, weight: Expr, value: Value) -> str:
        """Name of a sum of weights that is never taken about anything."""
        like = self.reader.sum(weight, value.inner, 0).name
        name = self.reader.local("sum")
        self.values[name] = replace(self.values[like], name=name, entry=weight)
        self._like[name] = like
        return name

    def share_weights(self) -> None:
        """Use sums of weights that others read too, if known by then and about nothing."""
        for name, centred in list(self.order.centred.items()):
            if centred.weight is None:
                continue
            like = self._like[centred.weight]
            own_time, time = (self.order.time(self.values[x]) for x in (centred.weight, like))
            if like not in self.order.centred and own_time == time:
                self.order.centred[name] = replace(centred, weight=like)
