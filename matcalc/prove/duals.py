"""Dual numbers: values that carry a derivative along."""

from fractions import Fraction
from typing import Any

from matcalc.prove.numbers import NoValue


class Dual:
    """x + ε y with ε² = 0."""

    __slots__ = ("x", "y")

    def __init__(self, x: Any, y: Any = 0) -> None:
        self.x, self.y = x, y

    def __add__(self, other: Any) -> "Dual":
        o = _dual(other)
        return Dual(self.x + o.x, self.y + o.y)

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.x, -self.y)

    def __sub__(self, other: Any) -> "Dual":
        return self + (-_dual(other))

    def __rsub__(self, other: Any) -> "Dual":
        return _dual(other) + (-self)

    def __mul__(self, other: Any) -> "Dual":
        o = _dual(other)
        return Dual(self.x * o.x, self.x * o.y + self.y * o.x)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        o = _dual(other)
        if o.x == 0:
            raise NoValue("a division by zero")
        quotient = self.x / o.x if not isinstance(self.x, int) else Fraction(self.x) / o.x
        return Dual(quotient, (self.y - quotient * o.y) / o.x)

    def __rtruediv__(self, other: Any) -> "Dual":
        return _dual(other) / self

    def __eq__(self, other: object) -> bool:
        o = _dual(other)
        return bool(self.x == o.x and self.y == o.y)

    def __hash__(self) -> int:
        return hash((self.x, self.y))


def _dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(x)


class Duals:
    """Dual numbers over another system."""

    def __init__(self, base: Any) -> None:
        self.base, self.name, self.least = base, f"dual {base.name}", base.least

    def number(self, x: Fraction) -> Any:
        """A rational number."""
        return Dual(self.base.number(x), self.base.number(Fraction(0)))

    def power(self, x: Any, k: Any) -> Any:
        """x^k and k x^(k−1)."""
        x = _dual(x)
        if isinstance(k, Dual):
            raise NoValue("an exponent that varies")
        if k == 0:
            return self.number(Fraction(1))
        factor = self.base.number(k) if isinstance(k, Fraction) else k
        slope = self.base.power(x.x, k - 1) if k != 1 else self.base.number(Fraction(1))
        return Dual(self.base.power(x.x, k), factor * slope * x.y)

    def function(self, name: str, xs: tuple[Any, ...]) -> Any:
        """f(x) and f′(x)."""
        if len(xs) != 1:
            raise NoValue(f"the derivative of {name} is not known")
        x = _dual(xs[0])
        return Dual(self.base.function(name, (x.x,)), self.base.slope(name, x.x) * x.y)

    def constant(self, x: Any) -> Any:
        """π and the like."""
        return Dual(self.base.constant(x), self.base.number(Fraction(0)))
