"""What values of loops are made of, over which rows, and after how many sweeps they are known."""

from dataclasses import dataclass

from sympy import Expr

from matcalc.lower.array_shapes import ONE
from matcalc.lower.entries import Reader
from matcalc.lower.values import Value, split


@dataclass(frozen=True)
class Centred:
    """How a sum is taken about a number near the mean of its block.

    Attributes
    ----------
    mean : str
        Name of these numbers, in the end the means of the blocks.
    sum : str
        Name of the sum that they are the mean of; the one described, or another.
    weight : str, optional
        Of a sum of products: the sum of the other factors. Without, it is one of squares.
    """

    mean: str
    sum: str
    weight: str | None = None


class Order:
    """The order of what a reader has read.

    Attributes
    ----------
    values : dict from str to Value
        All values.
    centred : dict from str to Centred
        Sums that are taken about the means of blocks.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader, self.values = reader, reader.values
        self.centred: dict[str, Centred] = {}
        self._times: dict[str, int] = {}

    def reads(self, value: Value) -> list[tuple[str, bool]]:
        """Names of the values that a value is made of, and whether they are transposed."""
        if value.factors:
            return list(value.factors)
        found = [split(s) for s in sorted(value.entry.free_symbols, key=str)]
        return [*found, *((name, False) for name in self._correcting(value))]

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
        return value.shape[0] if value.kind == "entry" else value.inner[0]

    def is_contraction(self, value: Value) -> bool:
        """Whether a product that a sweep works out sums over the rows."""
        return value.kind == "product" and value.factors[0][1]

    def is_aligned(self, user: Value, name: str, turned: bool) -> bool:
        """Whether a value is read row by row in the sweep that works it out."""
        value, rows = self.values[name], self.home(user)
        if rows in (None, ONE) or self.home(value) != rows:
            return False
        if value.kind == "mean" or name in self._correcting(user):
            return True
        if self.is_contraction(value) or value.shape[0] != rows:
            return False
        if user.kind != "product":
            return not turned
        left, right = user.factors
        if self.is_contraction(user):
            return (name, turned) in user.factors
        return (name, turned) == left and name != right[0]

    def _correcting(self, value: Value) -> list[str]:
        """Sums that only correct another one, block by block."""
        centred = self.centred.get(value.name)
        also = (centred.sum, centred.weight) if centred else ()
        return [name for name in also if name and name != value.name]

    def time(self, value: Value) -> int:
        """Number of sweeps that come before."""
        if value.name not in self._times:
            self._times[value.name] = max(
                (self.after(value, name, turned) for name, turned in self.reads(value)), default=0
            )
        return self._times[value.name]

    def after(self, user: Value, name: str, turned: bool) -> int:
        """Number of sweeps after which a value can be made of another."""
        value = self.values[name]
        rows = self.home(value)
        if rows is None:
            return 0
        waits = rows != ONE and not self.is_aligned(user, name, turned)
        return self.time(value) + waits

    def forget_times(self) -> None:
        """Work times out anew, since values have changed."""
        self._times.clear()
