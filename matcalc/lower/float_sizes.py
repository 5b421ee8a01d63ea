"""Sizes beside arrays as floats: array libraries make an array of every int, which takes longer."""

import ast
from collections.abc import Collection, Mapping
from dataclasses import replace

from matcalc.lower.program import Statement

OPERATIONS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def with_float_sizes(
    statement: Statement, floats: Mapping[str, str], numbers: Collection[str]
) -> Statement:
    """A statement whose sizes are floats where they are added to or multiplied by arrays.

    Parameters
    ----------
    statement : Statement
        Generated code.
    floats : mapping from str to str
        From sizes to their names as floats.
    numbers : collection of str
        Names of all that is no array, the sizes too.

    Examples
    --------
    >>> before = Statement("y", "ones(N, p) / N - 2 / N * x * (N - 1)", None)
    >>> with_float_sizes(before, {"N": "float_N"}, ["N", "p"]).text
    'ones(N, p) / float_N - 2 / N * x * (float_N - 1)'
    """
    tree = ast.parse(statement.text, mode="eval").body
    renamed = False
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATIONS):
            sides = [(x, _is_number(x, numbers)) for x in (node.left, node.right)]
            for side, number in sides:
                if number and not all(is_number for _, is_number in sides):
                    renamed |= _rename(side, floats)
    return replace(statement, text=ast.unparse(tree)) if renamed else statement


def _is_number(node: ast.expr, numbers: Collection[str]) -> bool:
    """Whether an expression is made of numbers alone, by operations."""
    made = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.operator, ast.unaryop, ast.Load)
    parts = list(ast.walk(node))
    return all(isinstance(x, made) for x in parts) and all(
        x.id in numbers for x in parts if isinstance(x, ast.Name)
    )


def _rename(node: ast.expr, floats: Mapping[str, str]) -> bool:
    """Rename the sizes in a number, unless it is a quotient and so a float."""
    if any(isinstance(x, ast.Div) for x in ast.walk(node)):
        return False
    names = [x for x in ast.walk(node) if isinstance(x, ast.Name) and x.id in floats]
    for x in names:
        x.id = floats[x.id]
    return bool(names)
