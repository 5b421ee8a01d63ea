"""Expressions at special values: of sizes, scalars, variables and abstract functions."""

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Integer

from matcalc.node import Operator, children, walk
from matcalc.operators.functions import ENTRY, Abstract
from matcalc.scalars import number


def specialise(
    root: Any, values: Mapping[Any, Any], functions: Mapping[str, Expr] | None = None
) -> Any:
    """Put values in place of symbols, variables and abstract functions, everywhere.

    Named intermediates keep their names, their definitions change.

    Parameters
    ----------
    root : Node or sympy.Expr
        What is specialised.
    values : mapping
        From a size or scalar symbol to a number or an expression, from a variable or a named
        intermediate to a matrix of its shape.
    functions : mapping from str to sympy.Expr, optional
        For an abstract function by name its value at the symbol `ENTRY`; its derivatives follow.

    Raises
    ------
    MatcalcError
        Where the result is no expression, as a division by zero.

    Examples
    --------
    >>> from matcalc import function, matrix, scalar
    >>> A, t = matrix("A", "m", "n"), scalar("t")
    >>> specialise(t * function("a")(A) + A, {t: 2}, {"a": ENTRY**2})
    A + 2 * A**2
    """
    done: dict[Any, Any] = {x: v for x, v in values.items() if isinstance(x, Operator)}
    scalars = {s: number(v) for s, v in values.items() if not isinstance(s, Operator)}
    for x in walk(root, lambda x: () if x in done else children(x)):
        if x not in done:
            done[x] = _rebuilt(x, done, scalars, functions or {})
    return done[root]


def _rebuilt(x: Any, done: Mapping[Any, Any], scalars: Any, functions: Any) -> Any:
    """An operator, or a scalar expression, on operands that are special already."""

    def special(operand: Any) -> Any:
        if isinstance(operand, Operator):
            return done[operand]
        expr = isinstance(operand, Expr)
        return _scalar(operand, done, scalars, functions) if expr else operand

    if not isinstance(x, Operator):
        return special(x)
    operands = tuple(map(special, x.operands))
    return x if operands == x.operands else type(x)(*operands)


def _scalar(expr: Expr, done: Mapping[Any, Any], scalars: Any, functions: Any) -> Expr:
    inner = {c: done[c] for c in children(expr)}
    result = number(expr.xreplace({**inner, **scalars}))
    known = {f for f in result.atoms(Abstract) if f.args[0].name in functions}
    return result.replace(known.__contains__, lambda f: _value(f, functions)) if known else result


def _value(f: Any, functions: Mapping[str, Expr]) -> Expr:
    """An abstract function, or one of its derivatives, at its argument."""
    own = functions[f.args[0].name]
    order = Integer(f.args[1])
    return (own.diff(ENTRY, order) if order else own).xreplace({ENTRY: f.args[2]})
