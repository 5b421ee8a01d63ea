"""Comparisons of large matrices, or of their ranges, made early, so that the matrix may go."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace

from matcalc.lower.array_shapes import Shape, is_large, reduced, shape_of, shown
from matcalc.lower.program import Statement

Parsed = tuple[Statement, ast.expr]
VARYING = "_varying"
"""The helper that tells whether the entries of every line along an axis differ."""


def compared_early(
    parsed: Iterable[Parsed],
    shapes: dict[str, Shape | None],
    local: Callable[[str], str],
    entries: bool = True,
) -> list[Parsed]:
    """Statements with every comparison directly behind the statement of what it compares.

    Parameters
    ----------
    parsed : iterable of Statement and its expression
        Each after those that it uses.
    shapes : dict from str to Shape or None
        Shapes of all names; those of the comparisons are added.
    local : callable
        A free name, from the one wanted.
    entries : bool
        Whether entries are, or only the ranges of lines.
    """
    found: list[Parsed] = []
    for statement, tree in parsed:
        if ">" not in statement.text:
            found.append((statement, tree))
            continue
        early = _Comparisons(shapes, local, [s.name for s, _ in found], entries)
        if place := early.place(tree):
            _put_behind(place, (statement, tree), found)
            continue
        rest = early.visit(tree)
        for place, comparison in early.taken:
            _put_behind(place, comparison, found)
        text = shown(rest) if early.taken else statement.text
        found.append((replace(statement, text=text), rest))
    return found


def _put_behind(place: str, one: Parsed, found: list[Parsed]) -> None:
    found.insert(1 + max(i for i, (s, _) in enumerate(found) if s.name == place), one)


class _Comparisons(ast.NodeTransformer):
    """Takes comparisons out of an expression, each with the name behind which it can stand."""

    def __init__(
        self,
        shapes: dict[str, Shape | None],
        local: Callable[[str], str],
        known: list[str],
        entries: bool,
    ) -> None:
        self.shapes, self.local, self.known, self.entries = shapes, local, known, entries
        self.taken: list[tuple[str, Parsed]] = []

    def place(self, node: ast.AST) -> str:
        """The large matrix of which a comparison asks whether it is positive; else empty."""
        if not isinstance(node, ast.Compare):
            return ""
        ranges = _ranges(node.left)
        x = ranges[0] if ranges else node.left
        if not (is_positive(node) and isinstance(x, ast.Name) and (ranges or self.entries)):
            return ""
        return x.id if x.id in self.known and is_large(self.shapes[x.id]) else ""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call as it is where it asks for truth values and a name might hold floats."""
        told = ast.unparse(node.func)
        if not self.entries and (told == "np.where" or told.endswith(".astype")):
            return node
        self.generic_visit(node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """A name for a comparison that can stand elsewhere."""
        place = self.place(node)
        if not place or place == self.known[-1]:
            return node
        name = self.local(f"{'varying' if _ranges(node.left) else 'positive'}_{place}")
        self.shapes[name] = shape = shape_of(node, self.shapes)
        self.taken.append((place, (Statement(name, shown(node), shape), node)))
        return ast.Name(name)


def is_positive(node: ast.Compare) -> bool:
    """Whether this asks if something is greater than zero."""
    return isinstance(node.ops[0], ast.Gt) and ast.unparse(node.comparators[0]) == "0"


def _ranges(node: ast.expr) -> list[ast.expr]:
    """What ranges of lines are of; nothing where it is none."""
    found = reduced(node)
    return found[2] if found and found[0] == "range" else []


def varying(node: ast.expr) -> ast.expr:
    """A test of ranges as a call of the helper; anything else as it is."""
    if not isinstance(node, ast.Compare) or not is_positive(node):
        return node
    kind, axis, operands = reduced(node.left) or ("", 0, [])
    if kind != "range":
        return node
    return ast.Call(ast.Name(VARYING), [*operands, ast.Constant(axis)], [])
