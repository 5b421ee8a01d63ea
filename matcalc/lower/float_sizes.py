"""Sizes beside arrays as floats: array libraries make an array of every int, which takes longer."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from matcalc.lower.program import Statement

OPERATIONS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def with_float_sizes(
    statement: Statement, floats: Mapping[str, str], is_number: Callable[[ast.expr], bool]
) -> Statement:
    """A statement whose sizes are floats where they are added to or multiplied by arrays.

    Parameters
    ----------
    statement : Statement
        Generated code.
    floats : mapping from str to str
        From sizes to their names as floats.
    is_number : callable
        Whether an expression is no array.

    Examples
    --------
    >>> before = Statement("y", "ones(N, p) / N - 2 / N * x * (N - 1)", None)
    >>> def is_number(x):
    ...     return not {"ones", "x"} & {y.id for y in ast.walk(x) if isinstance(y, ast.Name)}
    >>> with_float_sizes(before, {"N": "float_N"}, is_number).text
    'ones(N, p) / float_N - 2 / N * x * (float_N - 1)'
    """
    tree = ast.parse(statement.text, mode="eval").body
    renamed = False
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATIONS):
            sides = [(x, is_number(x)) for x in (node.left, node.right)]
            for side, number in sides:
                if number and not all(known for _, known in sides):
                    renamed |= _rename(side, floats)
    return replace(statement, text=ast.unparse(tree)) if renamed else statement


def _rename(node: ast.expr, floats: Mapping[str, str]) -> bool:
    """Rename the sizes in a number, unless it is a quotient and so a float."""
    if any(isinstance(x, ast.Div) for x in ast.walk(node)):
        return False
    names = [x for x in ast.walk(node) if isinstance(x, ast.Name) and x.id in floats]
    for x in names:
        x.id = floats[x.id]
    return bool(names)
