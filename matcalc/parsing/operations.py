"""Operators of the language, what they take, and how large numbers may become."""

import ast
import operator
from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

from sympy import Expr, Float, Integer, Rational
from sympy.logic.boolalg import Boolean

from matcalc.errors import BudgetExceeded, ParseError
from matcalc.node import Node

EXPONENT = 1000
"""Greatest exponent that is a number."""
BITS = 8192
"""Binary digits of a number."""

EXPRESSION = (Node, Expr)


class Sign(NamedTuple):
    """An operator: how it is written, what it does, and of what."""

    written: str
    act: Callable[..., Any]
    takes: Any


SIGNS: dict[type, Sign] = {
    ast.Add: Sign("+", operator.add, EXPRESSION),
    ast.Sub: Sign("-", operator.sub, EXPRESSION),
    ast.Mult: Sign("*", operator.mul, EXPRESSION),
    ast.Div: Sign("/", operator.truediv, EXPRESSION),
    ast.MatMult: Sign("@", operator.matmul, EXPRESSION),
    ast.Pow: Sign("**", operator.pow, EXPRESSION),
    ast.UAdd: Sign("+", operator.pos, EXPRESSION),
    ast.USub: Sign("-", operator.neg, EXPRESSION),
    ast.BitAnd: Sign("&", operator.and_, Boolean),
    ast.BitOr: Sign("|", operator.or_, Boolean),
    ast.Invert: Sign("~", operator.invert, Boolean),
    ast.Lt: Sign("<", operator.lt, Expr),
    ast.LtE: Sign("<=", operator.le, Expr),
    ast.Gt: Sign(">", operator.gt, Expr),
    ast.GtE: Sign(">=", operator.ge, Expr),
}
KINDS = {
    "BoolOp": "and, or",
    "NamedExpr": "an assignment by :=",
    "IfExp": "if … else",
    "ListComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "SetComp": "a comprehension",
    "DictComp": "a comprehension",
    "JoinedStr": "text with braces",
    "Starred": "an operand with *",
    "Eq": "the comparison ==",
    "NotEq": "the comparison !=",
    "Import": "an import",
    "ImportFrom": "an import",
}
"""What is refused, in words; anything else under the name that Python's parser gives it."""


def kind_of(x: ast.AST) -> str:
    """What a piece of syntax is called in a message."""
    name = type(x).__name__
    return KINDS.get(name, f"Python's {name}")


def operate(op: ast.AST, *sides: Any) -> Any:
    """An operator applied to what was read.

    Raises
    ------
    ParseError
        For an operator that the language has not, or operands that it does not take.
    BudgetExceeded
        For a power that is too large.

    Examples
    --------
    >>> operate(ast.Div(), Integer(1), Integer(3))
    1/3
    """
    if type(op) not in SIGNS:
        raise ParseError(f"{kind_of(op)} is no operator of the language")
    sign = SIGNS[type(op)]
    for side in sides:
        require(side, sign.takes, f"{sign.written} takes")
    if isinstance(op, ast.Pow):
        _refuse_large_power(*sides)
    if isinstance(op, ast.Div) and isinstance(sides[1], Expr) and sides[1].is_zero:
        raise ParseError("division by zero")
    return bounded(sign.act(*sides))


def require(value: Any, kind: Any, taker: str) -> None:
    """Refuse a value of another kind."""
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = {EXPRESSION: "a matrix or a scalar", Node: "a matrix", Boolean: "a condition"}
        raise ParseError(f"{taker} {wanted.get(kind, 'a scalar')}, not {described_value(value)}")


def described_value(value: Any) -> str:
    """What was read, in a message."""
    if isinstance(value, Node | Expr):
        return f"the {'matrix' if isinstance(value, Node) else 'scalar'} {str(value)[:40]}"
    if isinstance(value, list | tuple | slice | ast.Lambda):
        return {list: "a list", tuple: "a tuple", slice: "a:b"}.get(type(value), "a lambda")
    return "a function: call it" if callable(value) else repr(value)[:40]


def bounded(value: Any) -> Any:
    """The value itself, unless it is a number of too many digits."""
    if isinstance(value, Rational) and max(value.p.bit_length(), value.q.bit_length()) > BITS:
        raise BudgetExceeded(f"a number of more than {BITS} binary digits")
    if isinstance(value, Float) and not isfinite(float(value)):
        raise BudgetExceeded("a number that is no finite number of Python")
    return value


def _refuse_large_power(base: Any, exponent: Any) -> None:
    if not isinstance(exponent, Rational | Float):
        return
    if abs(exponent) > EXPONENT:
        raise BudgetExceeded(f"the exponent {str(exponent)[:20]} passes the limit of {EXPONENT}")
    if isinstance(base, Rational) and isinstance(exponent, Integer):
        digits = max(base.p.bit_length(), base.q.bit_length()) * abs(int(exponent))
        if digits > BITS:
            raise BudgetExceeded(f"a power of more than {BITS} binary digits")
