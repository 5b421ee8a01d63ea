"""Comparisons of large matrices made as soon as they can be, so that the matrix may go."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace

from matcalc.lower.array_shapes import Shape, is_large, shown
from matcalc.lower.program import Statement

Parsed = tuple[Statement, ast.expr]


def compared_early(
    parsed: Iterable[Parsed], shapes: dict[str, Shape | None], local: Callable[[str], str]
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
    """
    found: list[Parsed] = []
    for statement, tree in parsed:
        early = _Comparisons(shapes, local, [s.name for s, _ in found])
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
        self, shapes: dict[str, Shape | None], local: Callable[[str], str], known: list[str]
    ) -> None:
        self.shapes, self.local, self.known = shapes, local, known
        self.taken: list[tuple[str, Parsed]] = []

    def place(self, node: ast.AST) -> str:
        """The large matrix of which a comparison asks whether it is positive; else empty."""
        if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Name):
            return ""
        name, (other,) = node.left.id, node.comparators
        positive = isinstance(node.ops[0], ast.Gt) and ast.unparse(other) == "0"
        return name if positive and name in self.known and is_large(self.shapes[name]) else ""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """A name for a comparison that can stand elsewhere."""
        place = self.place(node)
        if not place or place == self.known[-1]:
            return node
        name = self.local(f"positive_{place}")
        self.shapes[name] = shape = self.shapes[place]
        self.taken.append((place, (Statement(name, shown(node), shape), node)))
        return ast.Name(name)
