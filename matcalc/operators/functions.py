"""Functions of real variables, as sympy expressions in the symbols `ENTRY` and `OTHER`.

Functions with kinks are functions of their own here, so that one convention holds at the kink
and no δ appears: the derivative of |x| is sign x with sign 0 = 0, that of relu is [x > 0], and
where two arguments of a maximum or minimum are equal the second takes the whole derivative.
"""

from functools import lru_cache, reduce
from typing import Any

import sympy
from sympy import Expr, Function, Heaviside, Integer, Max, Min, Symbol, default_sort_key

from matcalc.errors import NotDifferentiable

ENTRY = Symbol("_entry", real=True)
"""Stands for the entry in an elementwise function."""
OTHER = Symbol("_other", real=True)
"""Stands for the entry of the second matrix in an elementwise function of two."""


class Real(Function):
    """A real function that is known here and not to sympy."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return self.slopes()[argindex - 1]

    def slopes(self) -> tuple[Expr, ...]:
        """Derivatives by the arguments."""
        raise NotDifferentiable(f"no derivative is known for {self}")


class step(Real):  # noqa: N801
    """1 where x > 0, else 0; its derivative is taken as 0 everywhere, the kink included."""

    nargs = 1

    def slopes(self) -> tuple[Expr, ...]:
        return (Integer(0),)


class sign(Real):  # noqa: N801
    """1, 0 or −1; its derivative is taken as 0 everywhere, the jump included."""

    nargs = 1

    def slopes(self) -> tuple[Expr, ...]:
        return (Integer(0),)


class abs(Real):  # noqa: N801
    """|x|; the derivative at 0 is taken as 0."""

    nargs = 1
    is_nonnegative = True

    def slopes(self) -> tuple[Expr, ...]:
        return (sign(self.args[0]),)


class relu(Real):  # noqa: N801
    """max(x, 0); the derivative at 0 is taken as 0."""

    nargs = 1
    is_nonnegative = True

    def slopes(self) -> tuple[Expr, ...]:
        return (step(self.args[0]),)


class sigmoid(Real):  # noqa: N801
    """1 / (1 + exp(−x))."""

    nargs = 1
    is_positive = True

    def slopes(self) -> tuple[Expr, ...]:
        return (self * (1 - self),)


class softplus(Real):  # noqa: N801
    """log(1 + exp(x))."""

    nargs = 1
    is_positive = True

    def slopes(self) -> tuple[Expr, ...]:
        return (sigmoid(self.args[0]),)


class clip(Real):  # noqa: N801
    """x, but at least low and at most high; the derivative by x at either bound is taken as 0."""

    nargs = 3

    def slopes(self) -> tuple[Expr, ...]:
        x, low, high = self.args
        above, below = step(x - low), step(high - x)
        return above * below, 1 - above, 1 - below


class huber(Real):  # noqa: N801
    """x²/2 where |x| ≤ δ, δ(|x| − δ/2) beyond."""

    nargs = 2

    def slopes(self) -> tuple[Expr, ...]:
        x, delta = self.args
        return clip(x, -delta, delta), relu(abs(x) - delta)


class maximum(Real):  # noqa: N801
    """The greater of x and y; where they are equal y takes the whole derivative."""

    nargs = 2

    @classmethod
    def eval(cls, x: Expr, y: Expr) -> Expr | None:
        return relu(x) if y.is_zero else x if x == y else None

    def slopes(self) -> tuple[Expr, ...]:
        x, y = self.args
        return step(x - y), 1 - step(x - y)


class minimum(Real):  # noqa: N801
    """The smaller of x and y; where they are equal y takes the whole derivative."""

    nargs = 2

    @classmethod
    def eval(cls, x: Expr, y: Expr) -> Expr | None:
        return x if x == y else None

    def slopes(self) -> tuple[Expr, ...]:
        x, y = self.args
        return step(y - x), 1 - step(y - x)


class hypot(Real):  # noqa: N801
    """√(x² + y²)."""

    nargs = 2
    is_nonnegative = True

    @classmethod
    def eval(cls, x: Expr, y: Expr) -> Expr | None:
        return abs(x) if y.is_zero else abs(y) if x.is_zero else None

    def slopes(self) -> tuple[Expr, ...]:
        x, y = self.args
        return x / self, y / self


class logaddexp(Real):  # noqa: N801
    """log(exp(x) + exp(y))."""

    nargs = 2

    @classmethod
    def eval(cls, x: Expr, y: Expr) -> Expr | None:
        return softplus(x) if y.is_zero else softplus(y) if x.is_zero else None

    def slopes(self) -> tuple[Expr, ...]:
        x, y = self.args
        return sigmoid(x - y), sigmoid(y - x)


class Abstract(Real):
    """The ``order``-th derivative of an unspecified function: a, a′, a″ and so on."""

    nargs = 3

    @property
    def label(self) -> str:
        """Its name in text: a, a_prime, a_prime_prime and so on."""
        return str(self.args[0].name) + "_prime" * int(self.args[1])

    def _sympystr(self, printer: Any) -> str:
        return f"{self.label}({printer._print(self.args[2])})"

    def fdiff(self, argindex: int = 3) -> Expr:
        name, order, x = self.args
        return Abstract(name, order + 1, x)


def with_own_kinks(f: Expr) -> Expr:
    """The same values by the functions above in place of sympy's |x|, sign, max, min and Θ."""
    return f.replace(lambda part: type(part) in OWN, lambda part: OWN[type(part)](part.args))


def _extreme(function: Any) -> Any:
    """Arguments joined two by two, the constants last."""

    def joined(arguments: tuple[Expr, ...]) -> Expr:
        ordered = sorted(arguments, key=lambda x: (not x.has(ENTRY, OTHER), default_sort_key(x)))
        return reduce(function, ordered)

    return joined


def _heaviside(arguments: tuple[Expr, ...]) -> Expr:
    """Θ(x) with any value at 0, which is 1/2 unless it says otherwise."""
    x, at_zero = arguments
    return step(x) + at_zero * (1 - step(x) - step(-x))


OWN: dict[Any, Any] = {
    sympy.Abs: lambda arguments: abs(*arguments),
    sympy.sign: lambda arguments: sign(*arguments),
    Max: _extreme(maximum),
    Min: _extreme(minimum),
    Heaviside: _heaviside,
}


@lru_cache(maxsize=4096)
def derivative(f: Expr, by: Symbol = ENTRY) -> Expr:
    """f′, or the partial derivative by one of two entries; sympy's.

    Raises
    ------
    NotDifferentiable
        If sympy leaves the derivative unevaluated.
    """
    result = with_own_kinks(sympy.diff(f, by))
    if result.has(sympy.Derivative, sympy.Subs, sympy.DiracDelta):
        shown = f.xreplace({ENTRY: Symbol("t"), OTHER: Symbol("u")})
        raise NotDifferentiable(
            f"no derivative is known for the elementwise function {shown}; "
            "that of a function('name') stays a name"
        )
    return result


@lru_cache(maxsize=4096)
def through_value(f: Expr) -> Expr | None:
    """The function of f that f′ is, but for powers, which are their own."""
    if isinstance(f, sympy.Pow) and f.exp.is_Integer:
        return None
    value = Symbol("_value", real=True)
    through = derivative(f).subs(f, value)
    return None if through.has(ENTRY) else through.xreplace({value: ENTRY})


def inner_function(f: Expr) -> Expr:
    """What f is a function of, where that is one expression in the entry; else the entry."""
    inner = [part for part in f.args if part.has(ENTRY)]
    alone = len(inner) == 1 and isinstance(inner[0], Expr)
    return inner[0] if alone else ENTRY


@lru_cache(maxsize=4096)
def taken_apart(f: Expr) -> tuple[str, tuple[Expr, ...]]:
    """What f is of the entry, and what it is made of.

    A "constant", the "entry", "one" function of it; a "sum" of terms; a "product" of a number and
    factors; or "nested", an outer function of an inner one.
    """
    if isinstance(f, sympy.Add):
        return "sum", f.args
    if not f.has(ENTRY):
        return "constant", ()
    if f == ENTRY:
        return "entry", ()
    if isinstance(f, sympy.Mul):
        number, factors = f.as_independent(ENTRY, as_Add=False)
        return "product", (number, *sympy.Mul.make_args(factors))
    inner = inner_function(f)
    return ("one", ()) if inner == ENTRY else ("nested", (f.xreplace({inner: ENTRY}), inner))


def is_integer_power(f: Expr) -> bool:
    """Whether f is a power of the entry with a whole exponent."""
    k = exponent_of(f)
    return k is not None and bool(k.is_Integer)


@lru_cache(maxsize=4096)
def exponent_of(f: Expr) -> Expr | None:
    """The exponent of a power of the entry."""
    is_power = isinstance(f, sympy.Pow) and f.base == ENTRY and not f.exp.has(ENTRY)
    return f.exp if is_power else None
