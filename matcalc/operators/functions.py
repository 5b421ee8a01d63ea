"""Functions of one real variable, as sympy expressions in the one symbol `ENTRY`."""

from functools import lru_cache

import sympy
from sympy import Expr, Function, Integer, Symbol

from matcalc.errors import NotDifferentiable

ENTRY = Symbol("_entry", real=True)
"""Stands for the entry in an elementwise function."""


class step(Function):  # noqa: N801
    """1 where x > 0, else 0; its derivative is taken as 0 everywhere, the kink included."""

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class relu(Function):  # noqa: N801
    """max(x, 0); the derivative at 0 is taken as 0."""

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return step(self.args[0])


class sigmoid(Function):  # noqa: N801
    """1 / (1 + exp(−x))."""

    nargs = 1
    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * (1 - self)


class Abstract(Function):
    """The ``order``-th derivative of an unspecified function: a, a′, a″ and so on."""

    nargs = 3
    is_real = True

    def fdiff(self, argindex: int = 3) -> Expr:
        name, order, x = self.args
        return Abstract(name, order + 1, x)


@lru_cache(maxsize=4096)
def derivative(f: Expr) -> Expr:
    """f′, by sympy.

    Raises
    ------
    NotDifferentiable
        If sympy leaves the derivative unevaluated.
    """
    result = sympy.diff(f, ENTRY)
    if result.has(sympy.Derivative, sympy.Subs, sympy.DiracDelta):
        raise NotDifferentiable(f"no derivative is known for the elementwise function {f}")
    return result
