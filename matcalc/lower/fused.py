"""Products added in one pass over memory, for libraries that have a function for it.

``B = A * C`` before ``B += D``, and ``A *= C`` before ``D -= A`` where nobody reads A again, are
one statement each.
"""

import ast
import re
from collections.abc import Mapping

from matcalc.lower.array_shapes import Shape, UnknownShape, is_large, shape_of, shown
from matcalc.lower.program import Statement

PLUS, TAKE_UP = "_plus_product", "_take_up_product"
"""Helpers: a new array, and one written over where the library can."""
FEWEST = 2
"""Lines that become one."""


def products_added(
    lines: list[Statement], shapes: Mapping[str, Shape | None], wide: str
) -> list[Statement]:
    """Lines in which a product and the sum that takes it up are one.

    Parameters
    ----------
    lines : list of Statement
        Assignments, plain and augmented.
    shapes : mapping from str to Shape or None
        Shapes of all names.
    wide : str
        The helper that widens an array for a stack of problems.
    """
    found: list[Statement] = []
    behind = list(lines)
    while len(behind) >= FEWEST:
        first, second, *rest = behind
        one = _new(first, second, shapes, wide) or _over(first, second, rest, shapes)
        found.append(one or first)
        behind = rest if one else behind[1:]
    return [*found, *behind]


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
    if first.name in re.findall(r"\w+", second.text)[1:] or not _are_matrices(operands, shapes):
        return None
    whole = f"{PLUS}({', '.join(map(shown, operands))})"
    return Statement(first.name, f"{wide}({whole})" if widened else whole, first.shape)


def _over(
    first: Statement, second: Statement, rest: list[Statement], shapes: Mapping[str, Shape | None]
) -> Statement | None:
    """``D -= A * C``, or ``+=``."""
    scaled = re.fullmatch(r"(\w+) \*= (.+)", first.text)
    taken = re.fullmatch(r"(\w+) ([-+])= (\w+)", second.text)
    if not (scaled and taken and taken[3] == scaled[1] != taken[1]):
        return None
    if any(re.search(rf"\b{taken[3]}\b", line.text) for line in rest):
        return None
    factor = _parsed(scaled[2])
    if not _are_matrices([ast.Name(taken[1]), ast.Name(taken[3]), factor], shapes):
        return None
    signed = shown(negative(factor) if taken[2] == "-" else factor)
    return Statement(taken[1], f"{TAKE_UP}({taken[1]}, {taken[3]}, {signed})", None)


def negative(x: ast.expr) -> ast.expr:
    """The negative of an expression, the sign at the first factor."""
    if isinstance(x, ast.BinOp) and isinstance(x.op, ast.Mult | ast.Div):
        return ast.BinOp(negative(x.left), x.op, x.right)
    return ast.UnaryOp(ast.USub(), x)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _are_matrices(operands: list[ast.expr], shapes: Mapping[str, Shape | None]) -> bool:
    """Whether all are arrays: rows and columns, but no numbers."""
    try:
        return all(shape_of(x, shapes) is not None for x in operands)
    except UnknownShape:
        return False
