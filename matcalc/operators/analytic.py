"""The functions of square matrices: xᵏ, exp, sin and cos, as expressions in `ENTRY`."""

from collections.abc import Callable
from functools import lru_cache

import sympy
from sympy import Expr, Integer, Pow

from matcalc.dimensions import never_negative
from matcalc.errors import UnknownFunction, UnsupportedInput
from matcalc.operators.functions import ENTRY
from matcalc.operators.tables import cosine, exponential, sine
from matcalc.protocols import Table

EXP, SIN, COS = sympy.exp(ENTRY), sympy.sin(ENTRY), sympy.cos(ENTRY)
NAMES = {EXP: "expm", SIN: "sinm", COS: "cosm"}
LOOPS: dict[Expr, Callable[[Table], Table]] = {EXP: exponential, SIN: sine, COS: cosine}
SLOPES = {EXP: (1, EXP), SIN: (1, COS), COS: (-1, SIN)}


def exponent(f: Expr) -> Expr | None:
    """k, where f is xᵏ."""
    if f == ENTRY:
        return Integer(1)
    if isinstance(f, Pow) and f.base == ENTRY:
        return f.exp
    return Integer(0) if f == 1 else None


def name_of(f: Expr) -> str:
    """What the function of one matrix is called."""
    return NAMES.get(f, "matrix_power")


def slope(f: Expr) -> tuple[Expr, Expr]:
    """Coefficient c and function g with f′ = c g."""
    k = exponent(f)
    if k is not None:
        return k, ENTRY ** (k - 1)
    c, g = SLOPES[f]
    return Integer(c), g


def refuse_unknown(f: Expr) -> None:
    """Raise an error unless a function is one of these, its exponent an integer from 0 on."""
    if f in NAMES:
        return
    k = exponent(f)
    if k is None:
        raise UnknownFunction(f"{f} of a matrix is not known; there are xᵏ, exp, sin and cos")
    if not is_at_least(0, k):
        raise UnsupportedInput(
            f"the exponent of a matrix is an integer of at least 0 for all values of its symbols, "
            f"which are positive integers as from dims(…); got {k}"
        )


@lru_cache(maxsize=4096)
def is_at_least(least: int, k: Expr) -> bool:
    """Whether an exponent is surely an integer from some number on, its symbols being from 1 on.

    Examples
    --------
    >>> from matcalc.dimensions import dims
    >>> (k,) = dims("k")
    >>> is_at_least(0, 2 * k - 2), is_at_least(0, k - 2)
    (True, False)
    """
    return bool(k.is_integer) and never_negative(k - least)
