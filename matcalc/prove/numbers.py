"""Number systems for evaluations: fractions, residues modulo a prime, reals of many digits, duals.

Each gives numbers with + − · /, powers and functions; what it has no value for it refuses.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from matcalc.errors import MatcalcError
from matcalc.operators.functions import clip, huber, relu, sigmoid, step

PRIME = 2**61 - 1
"""p ≡ 3 mod 4: the root of a square that is a square itself is x^((p+1)/4), and it multiplies."""

LARGEST = 20_000
"""Bits of a power that is worked out."""
FAR = 10**6
"""Reals beyond this are given to no function: exp of exp of them has no end of digits."""


class NoValue(MatcalcError, ArithmeticError):
    """A number that does not exist, or that this number system does not have.

    Examples
    --------
    >>> Residue(3) / Residue(0)
    Traceback (most recent call last):
    matcalc.prove.numbers.NoValue: a division by zero
    """


class Residue:
    """A number modulo `PRIME`."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value % PRIME

    def __add__(self, other: Any) -> "Residue":
        return Residue(self.value + _residue(other).value)

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Residue":
        return Residue(self.value * _residue(other).value)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> "Residue":
        return Residue(self.value - _residue(other).value)

    def __rsub__(self, other: Any) -> "Residue":
        return Residue(_residue(other).value - self.value)

    def __neg__(self) -> "Residue":
        return Residue(-self.value)

    def __truediv__(self, other: Any) -> "Residue":
        below = _residue(other).value
        if below == 0:
            raise NoValue("a division by zero")
        return Residue(self.value * pow(below, -1, PRIME))

    def __rtruediv__(self, other: Any) -> "Residue":
        return _residue(other) / self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Residue | int | Fraction) and self.value == _residue(other).value

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return self.value != 0


def _residue(x: Any) -> Residue:
    if isinstance(x, Residue):
        return x
    x = Fraction(x)
    return Residue(x.numerator * pow(x.denominator, -1, PRIME))


class Fractions:
    """Exact rational numbers."""

    name = "fractions"
    least: Any = 0
    """A pivot up to this part of the largest entry may be rounding."""

    def number(self, x: Fraction) -> Any:
        """A rational number."""
        return x

    def power(self, x: Any, k: Fraction) -> Any:
        """x^k, where that is rational."""
        if k < 0:
            if x == 0:
                raise NoValue("a division by zero")
            return 1 / self.power(x, -k)
        if k * max(x.numerator.bit_length(), x.denominator.bit_length()) > LARGEST:
            raise NoValue("a power of too many digits")
        if k.denominator == 1:
            return x ** int(k)
        if x < 0:
            raise NoValue("a root of a negative number")
        return _root(x.numerator, k.denominator) ** k.numerator / Fraction(
            _root(x.denominator, k.denominator) ** k.numerator
        )

    def function(self, name: str, xs: tuple[Any, ...]) -> Any:
        """Functions with rational values."""
        if name not in PIECEWISE:
            raise NoValue(f"{name} has no rational value")
        return PIECEWISE[name](*xs)

    def slope(self, name: str, x: Any) -> Any:
        """Derivative of such a function."""
        if name not in SLOPES or x == 0:
            raise NoValue(f"{name} has no rational derivative")
        return SLOPES[name](x)

    def constant(self, x: Any) -> Any:
        """π and the like."""
        raise NoValue(f"{x} is not rational")


class Residues(Fractions):
    """Numbers modulo a prime; roots of squares, no comparisons."""

    name = "residues"

    def number(self, x: Fraction) -> Any:
        """A rational number."""
        return _residue(x)

    def power(self, x: Any, k: Fraction) -> Any:
        """x^k for halves k."""
        x = _residue(x)
        if 2 % k.denominator:
            raise NoValue("only square roots are known to residues")
        if k.denominator == 2:
            root = Residue(pow(x.value, (PRIME + 1) // 4, PRIME))
            if root * root != x:
                raise NoValue("no square")
            x, k = root, 2 * k
        if k < 0 and not x:
            raise NoValue("a division by zero")
        return Residue(pow(x.value, int(k), PRIME))

    def function(self, name: str, xs: tuple[Any, ...]) -> Any:
        """None."""
        raise NoValue(f"{name} is not known to residues")

    def slope(self, name: str, x: Any) -> Any:
        """None."""
        raise NoValue(f"{name} is not known to residues")


class Reals(Fractions):
    """Real numbers of many digits."""

    name = "reals"

    def __init__(self, digits: int) -> None:
        self.context = mpmath.mp.clone()
        self.context.dps = digits
        self.least = self.context.mpf(10) ** (-digits // 2)

    def number(self, x: Fraction) -> Any:
        """A rational number."""
        return self.context.mpf(x.numerator) / x.denominator

    def power(self, x: Any, k: Any) -> Any:
        """x^k for x > 0, or an integer k."""
        if x == 0 and k <= 0:
            raise NoValue("a division by zero")
        if isinstance(k, Fraction) and k.denominator == 1:
            return x ** int(k)
        if x < 0:
            raise NoValue("a root of a negative number")
        k = self.number(k) if isinstance(k, Fraction) else k
        if abs(k) > FAR:
            raise NoValue(f"a power beyond {FAR}")
        return self.context.power(x, k)

    def function(self, name: str, xs: tuple[Any, ...]) -> Any:
        """Any function of mpmath or sympy."""
        if name in PIECEWISE:
            return PIECEWISE[name](*xs)
        if name != "log" and any(abs(x) > FAR for x in xs):
            raise NoValue(f"{name} of a number beyond {FAR}")
        if name in SMOOTH:
            return SMOOTH[name](self.context, *xs)
        known = getattr(self.context, name, None)
        if known is None:
            raise NoValue(f"{name} is not known")
        if name == "log" and xs[0] <= 0:
            raise NoValue("a logarithm of no positive number")
        value = known(*xs)
        if not isinstance(value, self.context.mpf):
            raise NoValue(f"{name} has no real value")
        return value

    def slope(self, name: str, x: Any) -> Any:
        """Derivative of a function."""
        if name in SLOPES:
            return SLOPES[name](x)
        return self.context.diff(lambda t: self.function(name, (t,)), x)

    def constant(self, x: Any) -> Any:
        """π and the like."""
        return self.context.mpf(str(x.evalf(self.context.dps + 5)))


def _root(x: int, k: int) -> int:
    root = int(sympy.integer_nthroot(x, k)[0])
    if root**k != x:
        raise NoValue("a root that is not rational")
    return root


PIECEWISE: dict[str, Callable[..., Any]] = {
    relu.__name__: lambda x: x if x > 0 else 0 * x,
    step.__name__: lambda x: 1 + 0 * x if x > 0 else 0 * x,
    "abs": abs,
    "sign": lambda x: 0 * x + ((x > 0) - (x < 0)),
    "maximum": max,
    "minimum": min,
    clip.__name__: lambda x, low, high: min(max(x, low), high),
    huber.__name__: lambda x, delta: x**2 / 2 if abs(x) <= delta else delta * (abs(x) - delta / 2),
}
SLOPES: dict[str, Callable[[Any], Any]] = {
    relu.__name__: lambda x: 1 + 0 * x if x > 0 else 0 * x,
    step.__name__: lambda x: 0 * x,
    "abs": lambda x: 0 * x + ((x > 0) - (x < 0)),
    "sign": lambda x: 0 * x,
}
SMOOTH: dict[str, Callable[..., Any]] = {
    sigmoid.__name__: lambda at, x: 1 / (1 + at.exp(-x)),
    "softplus": lambda at, x: at.log(1 + at.exp(x)),
    "logaddexp": lambda at, x, y: at.log(at.exp(x) + at.exp(y)),
    "hypot": lambda at, x, y: at.sqrt(x**2 + y**2),
}
