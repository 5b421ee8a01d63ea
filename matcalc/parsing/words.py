"""What may be called in an expression, and the names nearest to one that is not known."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import sympy
from sympy import Expr, Float, Rational

from matcalc.errors import BudgetExceeded, ParseError
from matcalc.node import Node
from matcalc.operators.elementwise import elementwise, function

HOMES = ("matcalc.operators.", "matcalc.elementary", "matcalc.vocabulary.", "matcalc.dimensions")
"""Modules whose public functions make expressions."""
REAL = """Abs Max Min Piecewise Heaviside sign Eq Ne Equality Unequality sec csc cot asec acsc
    acot sech csch coth asech acsch acoth sinc erf erfc erfi erfinv gamma loggamma digamma exp log
    sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh atan2 sqrt cbrt floor ceiling
    LambertW besselj E EulerGamma Catalan GoldenRatio"""
SYMPY: dict[str, Any] = {name: getattr(sympy, name) for name in REAL.split()}
"""What may be written after ``sympy.``: real functions, and constants."""
ARGUMENT = 1000
"""Numbers that a function of sympy is applied to; of larger ones it might write out digits."""
ORDER = 20
"""Order of the derivative of an abstract function."""
DIGITS = 400
"""Decimal digits of a number of more digits than Python's."""
DECIMAL = re.compile(rf"-?\d{{1,{DIGITS}}}(\.\d{{1,{DIGITS}}})?(e[-+]?\d{{1,3}})?")


_signature = lru_cache(maxsize=1024)(signature)


def words_of(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Functions and constants of the language among the names of a namespace.

    Examples
    --------
    >>> import matcalc
    >>> words = words_of(vars(matcalc))
    >>> "kron" in words, "gradient" in words
    (True, False)
    """
    return {name: x for name, x in sorted(namespace.items()) if _is_word(name, x)}


def _is_word(name: str, x: Any) -> bool:
    if x is Rational or x is sympy.pi:
        return True
    home = getattr(x, "__module__", None) or ""
    makes = callable(x) and not isinstance(x, type) and home.startswith(HOMES)
    return makes and not name.startswith("_")


def call_of(name: str, f: Any) -> str:
    """How a function is called, as in ``batch_norm(z, gamma, beta, ddof=0, eps=0)``."""
    return f"{name}({', '.join(map(_parameter, _signature(f).parameters.values()))})"


def _parameter(p: Parameter) -> str:
    star = "*" if p.kind is p.VAR_POSITIONAL else ""
    return f"{star}{p.name}" + ("" if p.default is p.empty else f"={p.default}")


def call(name: str, f: Callable[..., Any], operands: list[Any], keywords: dict[str, Any]) -> Any:
    """A function of the language applied to what was read.

    Raises
    ------
    ParseError
        For operands that it does not take.
    """
    if f is Rational:
        return _fraction([*operands, *keywords.values()])
    known = _signature(f)
    for x in (*operands[f is elementwise :], *keywords.values()):
        if not _is_operand(x):
            raise ParseError(f"{call_of(name, f)} takes matrices, scalars, sizes and names")
    try:
        bound = known.bind(*operands, **keywords)
    except TypeError as error:
        unknown = [k for k in keywords if k not in known.parameters]
        hint = nearest(unknown[0], known.parameters) if unknown else ""
        raise ParseError(f"{call_of(name, f)}: {error}{hint}") from error
    if f is function and bound.arguments.get("order", 0) > ORDER:
        raise BudgetExceeded(f"the order of a derivative passes the limit of {ORDER}")
    return f(*operands, **keywords)


def _fraction(operands: list[Any]) -> Expr:
    if len(operands) != 2 or not all(type(x) is int for x in operands) or not operands[1]:
        raise ParseError("Rational takes two integers, the second not 0")
    return Rational(*operands)


def call_sympy(name: str, operands: list[Any], keywords: dict[str, Any]) -> Any:
    """A function of sympy applied to what was read."""
    if name == "Float":
        return _float(*operands, **keywords)
    f = SYMPY.get(name)
    if not callable(f) or keywords:
        raise ParseError(f"sympy.{name[:40]} is no function of the language")
    for x in operands:
        if isinstance(x, int | Rational) and abs(x) > ARGUMENT:
            raise BudgetExceeded(f"sympy.{name} of {str(x)[:20]}: the limit is {ARGUMENT}")
    try:
        return f(*operands)
    except (TypeError, ValueError) as error:
        raise ParseError(f"sympy.{name}: {error}") from error


def _float(digits: Any, *further: Any, precision: int = 53) -> Expr:
    """A number of more digits than Python's; no text is handed to sympy."""
    if not isinstance(digits, str) or not DECIMAL.fullmatch(digits) or further:
        raise ParseError("sympy.Float takes a decimal number as text, and precision=")
    if type(precision) is not int or not 0 < precision <= 4 * DIGITS:
        raise BudgetExceeded(f"precision is at most {4 * DIGITS} binary digits")
    exact = Fraction(digits)
    return Float(Rational(exact.numerator, exact.denominator), precision=precision)


def _is_operand(value: Any) -> bool:
    """Whether there are functions that take the value: a list is one of blocks, or of rows."""
    rows = value if isinstance(value, list) else [value]
    parts = [x for row in rows for x in (row if isinstance(row, list) else [row])]
    return all(isinstance(x, Node | Expr | int | str) for x in parts)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at names that look like an unknown one."""
    found = get_close_matches(name, sorted(known), 3, 0.7)
    return f"; did you mean {' or '.join(found)}?" if found else ""
