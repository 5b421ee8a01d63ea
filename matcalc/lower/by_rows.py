"""Statements taken apart by rows: what is worked out row by row, what sums over the rows.

Everything else knows no rows. A sum inside a longer expression becomes a statement of its own, so
that it can be added up block by block.
"""

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from matcalc.lower.array_shapes import (
    CALLS,
    Shape,
    UnknownShape,
    names_in,
    numpy_function,
    reduced,
    shape_of,
    untransposed,
)
from matcalc.lower.comparisons import Parsed

TOTALS = ("sum", "max", "min")
"""What is taken over rows block by block."""


class NotByRows(Exception):
    """A statement that needs all rows at once."""


@dataclass(frozen=True)
class Step:
    """One statement: a name, its value and the shape of that, None for a number.

    The kind is "rows" for what has rows, "sum", "max" or "min" for what is taken over them, "small"
    for anything else.
    """

    name: str
    tree: ast.expr
    shape: Shape | None
    kind: str

    @property
    def reads(self) -> list[str]:
        """Names in the value."""
        return names_in(self.tree)

    @property
    def is_total(self) -> bool:
        """Whether all rows have to be seen before the value is known."""
        return self.kind in TOTALS


class ByRows:
    """Takes statements apart.

    Parameters
    ----------
    rows : Expr
        The number of rows.
    shapes : dict from str to Shape or None
        Shapes of all names; those of new sums are added.
    local : callable
        A free name, from the one wanted.
    functions : collection of str
        Names of functions that are arguments, to be applied to every entry.
    """

    def __init__(
        self,
        rows: Expr,
        shapes: dict[str, Shape | None],
        local: Callable[[str], str],
        functions: Collection[str] = (),
    ) -> None:
        self.rows, self.shapes, self.local, self.functions = rows, shapes, local, functions
        self._steps: list[Step] = []
        self._lines = 0

    def steps(self, parsed: Iterable[Parsed]) -> list[Step]:
        """The statements as steps, sums taken out of them in front.

        Raises
        ------
        NotByRows
            Where one of them mixes rows, or has a size made of their number.
        """
        for statement, tree in parsed:
            kind = self._total(tree)
            if kind:
                self._add(statement.name, self._inside(tree), kind)
            else:
                rest = self._without_sums(tree)
                self._add(statement.name, rest, "rows" if self._has_rows(rest) else "small")
        return self._steps

    def _add(self, name: str, tree: ast.expr, kind: str) -> None:
        shape = self.shapes[name]
        if kind != "small":
            tree = self._without_lines(tree)
        if kind == "rows" and not (self._is_tall(shape) and self._is_by_rows(tree)):
            raise NotByRows
        if kind != "rows" and shape is not None and any(n.has(self.rows) for n in shape):
            raise NotByRows
        self._steps.append(Step(name, tree, shape, kind))

    def _without_sums(self, node: ast.expr) -> ast.expr:
        """An expression with a name in the place of what is taken over the rows."""
        if not self._has_rows(node):
            return node
        inner = self._inside(node)
        ends = _ends_of_range(inner)
        if ends is None:
            return self._named(inner)
        greatest, least = map(self._named, ends)
        return ast.BinOp(greatest, ast.Sub(), least)

    def _named(self, node: ast.expr) -> ast.expr:
        """A name in the place of what is taken over the rows; anything else as it is."""
        kind = self._total(node)
        if not kind:
            return node
        name = self.local(_called(node))
        self.shapes[name] = shape_of(node, self.shapes)
        self._add(name, node, kind)
        return ast.Name(name)

    def _inside(self, node: ast.expr) -> ast.expr:
        """The same of operands without sums."""
        inner: ast.expr = Replaced(self._without_sums).generic_visit(node)  # type: ignore[assignment]
        return inner

    def _without_lines(self, node: ast.expr) -> ast.expr:
        """An expression with a name in the place of what is worked out once for all rows."""
        if self._has_rows(node):
            return Replaced(self._without_lines).generic_visit(node)  # type: ignore[return-value]
        shape = self._shape(node)
        if shape is None or isinstance(untransposed(node)[0], ast.Name):
            return node
        self._lines += 1
        name = self.local(f"scale_{self._lines}")
        self.shapes[name] = shape
        self._steps.append(Step(name, node, shape, "small"))
        return ast.Name(name)

    def _has_rows(self, node: ast.AST) -> bool:
        """Whether something with rows is read."""
        shapes = (self.shapes.get(name) for name in names_in(node))
        return any(shape and any(size.has(self.rows) for size in shape) for shape in shapes)

    def _is_tall(self, shape: Shape | None) -> bool:
        return has_rows(shape, self.rows) and not shape[1].has(self.rows)  # type: ignore[index]

    def _shape(self, node: ast.AST) -> Shape | None:
        try:
            return shape_of(node, self.shapes)
        except UnknownShape:
            return None

    def _total(self, node: ast.expr) -> str:
        """The kind of what is taken over rows that are worked out one by one; empty for others."""
        if not self._has_rows(node):
            return ""
        kind, operands = "sum", list[ast.expr]()
        found = reduced(node)
        if found and found[1] != 1:
            kind, _, operands = found
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            left, turned = untransposed(node.left)
            operands = [left, node.right] if turned else []
        fits = all(self._is_tall(self._shape(x)) and self._is_by_rows(x) for x in operands)
        return kind if operands and fits and kind in TOTALS else ""

    def _is_by_rows(self, node: ast.expr) -> bool:
        """Whether every row hangs on the same row of what has rows, or on none."""
        if not self._has_rows(node):
            return True
        if isinstance(node, ast.Name):
            return self._is_tall(self.shapes[node.id])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self._is_by_rows(node.left) and not self._has_rows(node.right)
        own = isinstance(node, ast.Call) and ast.unparse(node.func) in self.functions
        operands = node.args if own else _operands(node)  # type: ignore[attr-defined]
        return bool(operands) and all(map(self._is_by_rows, operands))


def _ends_of_range(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The greatest and the least entry of every column, where this is how far they are apart."""
    found = reduced(node)
    if found is None or found[:2] != ("range", 0):
        return None
    inner = ast.unparse(found[2][0])
    greatest, least = (
        ast.parse(f"({inner}).{kind}(axis=0, keepdims=True)", mode="eval").body
        for kind in ("max", "min")
    )
    return greatest, least


def _called(summed: ast.expr) -> str:
    """A telling name for a sum of what has names."""
    found = reduced(summed)
    names = [x.id for x in found[2] if isinstance(x, ast.Name)] if found else []
    if found is None or len(names) < len(found[2]):
        return "total"
    kind = found[0] if len(names) == 1 else "dot"
    return "_".join(["squares", names[0]] if names[1:] == names[:1] else [kind, *names])


def has_rows(shape: Shape | None, rows: Expr) -> bool:
    """Whether this is the shape of a matrix of so many rows."""
    return shape is not None and shape[0] == rows


def _operands(node: ast.expr) -> list[ast.expr]:
    """Operands of what works entry by entry or along a row; none for anything else."""
    found = reduced(node)
    if found:
        return found[2] if found[1] == 1 else []
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    return node.args if numpy_function(node) in CALLS else []  # type: ignore[attr-defined]


class Replaced(ast.NodeTransformer):
    """Replaces the operands of an expression by what a function makes of them."""

    def __init__(self, made: Callable[[ast.expr], ast.expr]) -> None:
        self.made = made

    def visit(self, node: ast.AST) -> Any:
        """An operand replaced; anything else as it is."""
        return self.made(node) if isinstance(node, ast.expr) else node
