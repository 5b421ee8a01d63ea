"""Hadamard products and elementwise functions.

An elementwise function is a sympy expression in the one symbol `ENTRY`, so its derivative is
sympy's. Powers of one base merge: the ⊙-product keeps each base once, with its exponent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol

from matcalc.dimensions import identifier, same
from matcalc.errors import ShapeError, UnknownFunction, UnsupportedInput
from matcalc.node import SYNTAX, Node, interned
from matcalc.operators.algebra import FLAT_LIMIT, Scale, need_node, split_scale
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.functions import (
    ENTRY,
    OTHER,
    Abstract,
    derivative,
    exponent_of,
    is_integer_power,
    taken_apart,
    through_value,
    with_own_kinks,
)
from matcalc.operators.shapes import (
    ONE,
    ZERO,
    broadcast_hint,
    described,
    difference,
    need_same_shape,
)
from matcalc.protocols import ATOM, ELEMENTWISE, PREFIX, Show, Values
from matcalc.scalars import number, scaled


class Map(Node):
    """f applied to every entry: a function of one variable, or a power. Entry: f(A[i, j]).

    What is made of several functions is taken apart, so that 1 − tanh² is one expression however
    it was written.
    """

    @classmethod
    def canonical(cls, f: Expr, a: Node) -> Any:
        if is_integer_power(f) and _is_integer_power_of_entries(a):
            return power(a.operands[1], f.exp * a.operands[0].exp)
        how, parts = taken_apart(f)
        if how == "one":
            return f, a
        if how == "sum":
            return SYNTAX["sum"](*(Map(term, a) for term in parts))
        if how == "constant":
            return Scale(f, Ones(*a.shape))
        if how == "entry":
            return a
        if how == "product":
            return Scale(parts[0], Hadamard(*(Map(factor, a) for factor in parts[1:])))
        outer, inner = parts
        return Map(outer, Map(inner, a))

    @staticmethod
    def infer(f: Expr, a: Node) -> tuple[Expr, Expr]:
        return a.shape

    @property
    def precedence(self) -> int:  # type: ignore[override]
        f = self.operands[0]
        return PREFIX if f.is_Pow and 2 * f.exp != 1 else ATOM

    @property
    def latex_precedence(self) -> int:  # type: ignore[override]
        return PREFIX if self.operands[0].is_Pow else ATOM

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.apply(self.operands[0], at.table(self.operands[1])[i][j])

    def latex(self, show: Show) -> str:
        return show.apply(*self.operands)

    text = latex
    numpy = latex


def _is_integer_power_of_entries(a: Node) -> bool:
    return isinstance(a, Map) and is_integer_power(a.operands[0])


def power_of(node: Node) -> tuple[Node, Expr]:
    """Base and exponent of an elementwise power."""
    exponent = exponent_of(node.operands[0]) if isinstance(node, Map) else None
    return (node, ONE) if exponent is None else (node.operands[1], exponent)


def power(base: Node, exponent: Expr) -> Node:
    """Elementwise power, an integer power of a power merged."""
    if exponent is ONE:
        return base
    if exponent is ZERO:
        return Ones(*base.shape)
    if isinstance(base, Zero) and not exponent.is_positive:
        raise UnsupportedInput("cannot divide elementwise by a matrix of zeros")
    return Map(ENTRY**exponent, base)


def _collected(factors: Iterable[Node]) -> tuple[Expr, dict[Node, Expr], dict[Node, Node]]:
    """The coefficient, the exponents by their bases, and the factors of bases met once."""
    c, exponents, factor_of = ONE, dict[Node, Expr](), dict[Node, Node]()
    for factor in factors:
        scale, inner = split_scale(factor)
        c = scaled(c, scale)
        nested = isinstance(inner, Hadamard)
        room = nested and len(exponents) + len(inner.operands) <= FLAT_LIMIT
        for part in inner.operands if room else (inner,):
            base, k = power_of(part)
            if base in exponents:
                exponents[base] += k
                factor_of.pop(base, None)
            else:
                exponents[base], factor_of[base] = k, part
    return c, exponents, factor_of


class Hadamard(Node):
    """A ⊙ B ⊙ …, the entrywise product. Equal bases merge; the order does not matter."""

    precedence = ELEMENTWISE

    @classmethod
    def canonical(cls, *factors: Node) -> Any:
        if len(factors) == 1 and not isinstance(_base(factors[0]), Ones | Zero):
            return factors[0]
        for factor in factors[1:]:
            need_same_shape("multiply elementwise", factors[0], factor)
        c, kept = _reduced(factors)
        if kept is None:
            return Zero(*factors[0].shape)
        if len(kept) < 2:
            return Scale(c, kept[0] if kept else Ones(*factors[0].shape))
        ordered = tuple(sorted(kept, key=_factor_order))
        return ordered if c is ONE else Scale(c, interned(cls, ordered))

    @staticmethod
    def infer(*factors: Node) -> tuple[Expr, Expr]:
        return factors[0].shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        result = at.table(self.operands[0])[i][j]
        for factor in self.operands[1:]:
            result = result * at.table(factor)[i][j]
        return result

    def latex(self, show: Show) -> str:
        return r" \odot ".join(show(factor, ELEMENTWISE + 1) for factor in self.operands)

    def text(self, show: Show) -> str:
        """Factors, then what they are divided by."""
        above = [f for f in self.operands if power_of(f)[1] != -1]
        below = [f for f in self.operands if power_of(f)[1] == -1]
        first = [show(f, PREFIX) for f in above or below[:1]]
        rest = below if above else below[1:]
        return " / ".join([" * ".join(first), *(show(power_of(f)[0], PREFIX) for f in rest)])

    numpy = text


def _reduced(factors: Iterable[Node]) -> tuple[Expr, list[Node] | None]:
    """The coefficient and powers of bases, or None for 0: a power that became 1 is opened again."""
    c, kept, again = ONE, list(factors), True
    while again:
        scale, exponents, factor_of = _collected(kept)
        c = scaled(c, scale)
        zeros = [k for base, k in exponents.items() if isinstance(base, Zero)]
        if not all(k.is_positive for k in zeros):
            raise UnsupportedInput("cannot divide elementwise by a matrix of zeros")
        if zeros:
            return c, None
        kept = [
            factor_of[b] if b in factor_of else power(b, k)
            for b, k in exponents.items()
            if not (k is ZERO or isinstance(b, Ones))
        ]
        again = scale is not ONE and any(isinstance(f, Hadamard) for f in kept)
        again |= len(factor_of) < len(exponents)
    return c, kept


def _base(factor: Node) -> Node:
    return power_of(split_scale(factor)[1])[0]


def _factor_order(factor: Node) -> tuple[bool, Any]:
    base, k = power_of(factor)
    return bool(k.is_negative), base.key


FunctionLike = Callable[..., Expr]


@dataclass(frozen=True, repr=False)
class AbstractFunction:
    """An unspecified function of one variable, or one of its derivatives."""

    name: str
    order: int = 0

    def __call__(self, a: Any) -> Any:
        """Apply it to every entry of a matrix, or to a scalar."""
        f = Abstract(Symbol(self.name), Integer(self.order), ENTRY)
        return Map(f, a) if isinstance(a, Node) else f.xreplace({ENTRY: number(a)})

    def __repr__(self) -> str:
        return self.name + "_prime" * self.order


def function(name: str, order: int = 0) -> Callable[[Any], Any]:
    """An abstract differentiable function of one variable, applied elementwise.

    With an ``order`` it is that derivative of the function: a′, a″, …; exported code takes each
    as a callable.

    Examples
    --------
    >>> from matcalc.operators.leaves import matrix
    >>> a = function("a")
    >>> a(matrix("Z", "N", "p"))
    a(Z)
    """
    if not isinstance(order, int) or order < 0:
        raise UnsupportedInput(f"the order of a derivative is a number from 0 on, got {order!r}")
    return AbstractFunction(identifier(name), order)


def elementwise(f: FunctionLike, a: Node, b: Node | None = None) -> Node:
    """Apply a sympy function of one or two real variables to every entry.

    Parameters
    ----------
    f : sympy function class or callable
        ``sympy.atan``, or a callable such as ``lambda t: t / (1 + t**2)`` that maps a sympy
        symbol to a sympy expression; for two matrices a function of two symbols.
    a, b : Node
        The matrix, or two of one shape.

    Raises
    ------
    UnknownFunction
        If ``f`` does not give a sympy expression in its one or two arguments.
    ShapeError
        If the shapes differ.

    Notes
    -----
    At kinks sympy's |x|, sign, Max, Min and Heaviside have the derivatives of `absolute`, `sign`,
    `maximum`, `minimum` and `step`, as in `matcalc.operators.functions`.

    Examples
    --------
    >>> import sympy
    >>> from matcalc.operators.leaves import matrix
    >>> elementwise(sympy.atan, matrix("X", "m", "n"))
    atan(X)
    """
    arguments = (ENTRY,) if b is None else (ENTRY, OTHER)
    kind = "one variable" if b is None else "two variables"
    if not callable(f):
        raise UnknownFunction(f"{f!r} is no function of {kind}; pass a sympy function")
    try:
        body = f(*arguments)
    except (TypeError, AttributeError, ValueError) as error:
        raise UnknownFunction(f"{f!r} is no sympy function of {kind}: {error}") from error
    if not isinstance(body, Expr) or body.has(sympy.zoo, sympy.nan, sympy.I):
        raise UnknownFunction(f"{f!r} gives {body!r}, no real sympy expression")
    matrices = [need_node("an elementwise function", x) for x in (a, b)[: len(arguments)]]
    return SYNTAX["map2" if b is not None else "map"](with_own_kinks(body), *matrices)


def slope(f: Expr, a: Node) -> Node:
    """f′(A), through f(A) itself where f′ is a function of f (tanh′ = 1 − tanh²)."""
    through = through_value(f)
    return Map(derivative(f), a) if through is None else Map(through, Map(f, a))


def _times(a: Any, b: Any) -> Node:
    if not isinstance(a, Node):
        return Scale(number(a), b)
    if not isinstance(b, Node):
        return Scale(number(b), a)
    if same(a.rows, b.rows) and same(a.cols, b.cols):
        return Hadamard(a, b)
    hint = broadcast_hint(a, b) or ("; did you mean @?" if same(a.cols, b.rows) else "")
    raise ShapeError(
        f"cannot multiply elementwise {described(a)} and {described(b)}: {difference(a, b)}{hint}"
    )


def _divide(a: Any, b: Any) -> Node:
    if isinstance(b, Node):
        return _times(a, power(b, Integer(-1)))
    divisor = number(b)
    if divisor.is_zero:
        raise UnsupportedInput(f"cannot divide {described(a)} by zero")
    return Scale(1 / divisor, a)


def _power(a: Node, exponent: Any) -> Node:
    """A^k for a number, A^B entry by entry for a matrix of exponents."""
    if isinstance(exponent, Node):
        return SYNTAX["map2"](ENTRY**OTHER, a, exponent)
    return power(a, number(exponent))


SYNTAX["*"], SYNTAX["/"], SYNTAX["**"], SYNTAX["map"] = _times, _divide, _power, Map
