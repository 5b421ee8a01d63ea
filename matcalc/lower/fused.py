"""Products added in one pass over memory, for libraries that have a function for it.

``B = A * C`` before ``B += D``, and ``A *= C`` before ``D -= A`` where nobody reads A again, are
one statement each.
"""

import ast
import re
from collections.abc import Collection, Mapping

from matcalc.lower.array_shapes import Shape, UnknownShape, is_large, shape_of, shown
from matcalc.lower.program import Statement

PLUS, TAKE_UP = "_plus_product", "_take_up_product"
"""Helpers: a new array, and one written over where the library can."""


def products_added(
    lines: list[Statement],
    shapes: Mapping[str, Shape | None],
    returned: Collection[str],
    wide: str,
) -> list[Statement]:
    """Lines in which a product and the sum that takes it up are one.

    Parameters
    ----------
    lines : list of Statement
        Assignments, plain and augmented.
    shapes : mapping from str to Shape or None
        Shapes of all names.
    returned : collection of str
        Names whose values leave the function.
    wide : str
        The helper that widens an array for a stack of problems.
    """
    last = {name: i for i, line in enumerate(lines) for name in _words(line.text)}
    last |= dict.fromkeys(returned, len(lines))
    found: list[Statement] = []
    i = 0
    while i < len(lines) - 1:
        first, second = lines[i : i + 2]
        dead = {name for name in _words(second.text) if last[name] == i + 1}
        one = _new(first, second, shapes, wide) or _over(first, second, shapes, dead)
        found.append(one or first)
        i += 2 if one else 1
    return [*found, *lines[i:]]


def _new(
    first: Statement, second: Statement, shapes: Mapping[str, Shape | None], wide: str
) -> Statement | None:
    """``B = D + A * C``."""
    if not (is_large(first.shape) and second.text.startswith(f"{first.name} += ")):
        return None
    text = first.text.removeprefix(f"{wide}(")
    widened = text != first.text
    product, added = _parsed(text[:-1] if widened else text), _parsed(second.text.split(" += ")[1])
    if not (isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult)):
        return None
    operands = [added, product.left, product.right]
    if first.name in _words(shown(added)) or not _are_matrices(operands, shapes):
        return None
    whole = f"{PLUS}({', '.join(map(shown, operands))})"
    return Statement(first.name, f"{wide}({whole})" if widened else whole, first.shape)


def _over(
    first: Statement, second: Statement, shapes: Mapping[str, Shape | None], dead: Collection[str]
) -> Statement | None:
    """``D -= A * C``, or ``+=``, where A is dead behind it, whose values may be lost or not.

    C must not be a view of D, over which the product is written.
    """
    scaled = re.fullmatch(r"(\w+) \*= (.+)", first.text)
    taken = re.fullmatch(r"(\w+) ([-+])= (\w+)", second.text)
    if not (scaled and taken and taken[3] == scaled[1] != taken[1] and taken[3] in dead):
        return None
    factor = _parsed(scaled[2])
    if taken[1] in _words(scaled[2]) or not _are_matrices(
        [ast.Name(taken[1]), ast.Name(taken[3]), factor], shapes
    ):
        return None
    signed = shown(negative(factor) if taken[2] == "-" else factor)
    return Statement(taken[1], f"{TAKE_UP}({taken[1]}, {taken[3]}, {signed})", None)


def negative(x: ast.expr) -> ast.expr:
    """The negative of an expression, the sign at the first factor."""
    if isinstance(x, ast.BinOp) and isinstance(x.op, ast.Mult | ast.Div):
        return ast.BinOp(negative(x.left), x.op, x.right)
    if isinstance(x, ast.UnaryOp) and isinstance(x.op, ast.USub):
        return x.operand
    return ast.UnaryOp(ast.USub(), x)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _are_matrices(operands: list[ast.expr], shapes: Mapping[str, Shape | None]) -> bool:
    """Whether all are arrays: rows and columns, but no numbers."""
    try:
        return all(shape_of(x, shapes) is not None for x in operands)
    except UnknownShape:
        return False
