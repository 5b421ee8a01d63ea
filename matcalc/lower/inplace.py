"""Generated statements rewritten to work in memory that is kept: one NumPy call a line, `out=`.

The pass sees Python expressions and the shapes of names alone. What it does not know stays as it
is and gets an array of its own.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import is_
from typing import ClassVar

from sympy import Expr

from matcalc.lower.array_shapes import (
    CALLS,
    COMPARISONS,
    ONE,
    OPERATIONS,
    Shape,
    UnknownShape,
    is_gram,
    is_large,
    is_square,
    names_in,
    numpy_function,
    reduced,
    reduction,
    shape_of,
    shown,
    viewed,
)
from matcalc.lower.comparisons import VARYING, Parsed, compared_early, varying
from matcalc.lower.program import Statement

DOTS = "_column_dots", "_row_dots"
"""Dot products of the lines of two large matrices, along axis 0 and along axis 1."""


@dataclass(frozen=True)
class Buffer:
    """Memory of one shape, of floats or of truth values."""

    name: str
    shape: Shape
    truth: bool = False


class InPlace:
    """Rewrites a list of statements.

    Parameters
    ----------
    shapes : mapping from str to Shape or None
        Shapes of the arguments and of all statements, None for numbers.
    returned : iterable of str
        Names whose values leave the function: each is an array of its own.
    local : callable
        A free name, from the one wanted.
    is_small : callable
        Whether calls cost more than passes over a matrix of a shape.
    """

    helped: ClassVar[bool] = True
    """Whether a helper tells where lines vary."""

    def __init__(
        self,
        shapes: Mapping[str, Shape | None],
        returned: Iterable[str],
        local: Callable[[str], str],
        is_small: Callable[[Shape], bool],
    ) -> None:
        self.shapes: dict[str, Shape | None] = dict(shapes)
        self.returned, self.local, self.is_small = frozenset(returned), local, is_small
        self.ones: dict[Shape, str] = {}
        self.lines: list[Statement] = []
        self.buffers: list[Buffer] = []
        self._free: list[Buffer] = []
        self._home: dict[str, Buffer] = {}
        self._reads: Counter[str] = Counter()
        self._pinned: set[str] = set()
        self._is_as_it_was = True

    def run(self, statements: Iterable[Statement]) -> None:
        """Rewrite every statement."""
        parsed = self._parsed(statements)
        for _, tree in parsed:
            self._reads.update(names_in(tree))
        for statement, tree in parsed:
            self._statement(statement, tree)

    def _parsed(self, statements: Iterable[Statement], entries: bool = True) -> list[Parsed]:
        """Statements with their expressions, comparisons early: of entries, or of ranges alone."""
        parsed = [(s, ast.parse(s.text, mode="eval").body) for s in statements]
        return compared_early(parsed, self.shapes, self.local, entries)

    def _statement(self, statement: Statement, tree: ast.expr) -> None:
        name = statement.name
        if name in self.returned:
            self._emit(name, self._owned(self._operands_done(tree)), statement.shape)
            return
        value = self._value(tree, name)
        if not (isinstance(value, ast.Name) and value.id == name):
            self._emit(name, value, statement.shape)

    def _owned(self, value: ast.expr) -> ast.expr:
        """A value that does not lie in memory that is kept."""
        if viewed(value) not in {*self._home, *(buffer.name for buffer in self.buffers)}:
            return value
        return ast.Call(ast.Attribute(value, "copy"), [], [])

    def _value(self, node: ast.expr, name: str = "") -> ast.expr:
        """An expression that is ready to be used; large values are worked out in buffers first."""
        call = self._call(node)
        if call is None:
            return self._operands_done(node)
        function, operands = call
        shape = shape_of(node, self.shapes)
        assert shape is not None
        arguments = self._arguments(function, operands)
        truth = function in COMPARISONS.values()
        out = self._out(Buffer("", shape, truth), arguments, alone=function == "_matmul")
        text = written(function, arguments, out.name)
        target = name or out.name
        self._emit(name, ast.parse(text, mode="eval").body, shape if name else None, out)
        self._home[target], self.shapes[target] = out, shape
        if not name:
            self._reads[target] = 1
        return ast.Name(target)

    def _arguments(self, function: str, operands: list[ast.expr]) -> list[ast.expr]:
        """Operands of a call that are ready."""
        return [as_float(self._value(x)) for x in operands]

    def _operands_done(self, node: ast.expr) -> ast.expr:
        """An expression as it is, on operands that are ready."""
        found = reduction(node)
        if found and self._is_large(found[2][0]):
            return self._reduced(node, *found)
        return self._rebuilt(varying(node) if self.helped else node)

    def _reduced(self, node: ast.expr, kind: str, axis: int, operands: list[ast.expr]) -> ast.expr:
        """Sums or dot products of a large matrix, by a product with ones where passes are cheap."""
        shape = shape_of(operands[0], self.shapes)
        assert shape is not None
        if kind == "dot" and not self.is_small(shape):
            inside = ", ".join(shown(self._value(x)) for x in operands)
            return ast.parse(f"{DOTS[axis]}({inside})", mode="eval").body
        return self._by_ones(operands, shape, axis)

    def _by_ones(self, operands: list[ast.expr], shape: Shape, axis: int) -> ast.expr:
        """Sums along an axis as a product, which BLAS does at the speed of memory."""
        whole = reduce(lambda a, b: ast.BinOp(a, ast.Mult(), b), operands)
        ones, value = ast.Name(self._ones(shape, axis)), self._value(whole)
        factors = (ones, value) if axis == 0 else (value, ones)
        return self._product(ast.BinOp(factors[0], ast.MatMult(), factors[1]))

    def _ones(self, shape: Shape, axis: int) -> str:
        """Name of the ones that sum a matrix along an axis."""
        size = shape[axis]
        own = (ONE, size) if axis == 0 else (size, ONE)
        if own not in self.ones:
            self.ones[own] = self.local(f"ones_{size}" if size.is_Symbol else "ones_1")
            self.shapes[self.ones[own]] = own
        return self.ones[own]

    def _rebuilt(self, node: ast.expr) -> ast.expr:
        """The same expression of operands that are ready; what replaces a part of it says so."""
        if isinstance(node, ast.Call) and ast.unparse(node.func) in OVERWRITING:
            new = [self._operands_done(node.args[0]), *map(self._value, node.args[1:])]
            self._is_as_it_was &= all(map(is_, new, node.args))
            node.args = new
            return node
        for field in node._fields:
            child = getattr(node, field, None)
            if isinstance(child, list):
                new = [self._value(x) if isinstance(x, ast.expr) else x for x in child]
                self._is_as_it_was &= all(map(is_, new, child))
                setattr(node, field, new)
            elif isinstance(child, ast.expr) and field != "func":
                value = self._value(child)
                self._is_as_it_was &= value is child
                setattr(node, field, value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self._multiplied(node)
        return node

    def _multiplied(self, node: ast.BinOp) -> ast.expr:
        """A matrix product."""
        try:
            left, right = (shape_of(x, self.shapes) for x in (node.left, node.right))
        except UnknownShape:
            return node
        if left is None or right is None or (is_gram(node) and not self.is_small(right)):
            return node
        if left[1] == ONE and ONE not in (left[0], right[1]):
            return self._outer(node, left[0], right[1])
        return self._product(node)

    def _outer(self, node: ast.BinOp, rows: Expr, cols: Expr) -> ast.expr:
        """A column times a row, which NumPy repeats faster than it multiplies matrices."""
        return ast.BinOp(node.left, ast.Mult(), node.right)

    def _product(self, node: ast.BinOp) -> ast.expr:
        """A product of two matrices, in the call that costs least."""
        return ast.Call(ast.Attribute(node.left, "dot"), [node.right], [])

    def _call(self, node: ast.expr) -> tuple[str, list[ast.expr]] | None:
        """The call that writes a large value into a buffer, and its operands."""
        if isinstance(node, ast.Name) or not self._is_large(node):
            return None
        if is_square(node):
            return "square", [node.left]  # type: ignore[attr-defined]
        if isinstance(node, ast.BinOp):
            function = "_matmul" if self._has_inner_size(node) else OPERATIONS[type(node.op)]
            return function, [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return "negative", [node.operand]
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
            return COMPARISONS[type(node.ops[0])], [node.left, *node.comparators]
        function = numpy_function(node)
        return (function, node.args) if function in CALLS else None  # type: ignore[attr-defined]

    def _has_inner_size(self, node: ast.BinOp) -> bool:
        """Whether this is a matrix product, and not that of a column and a row."""
        if not isinstance(node.op, ast.MatMult):
            return False
        left = shape_of(node.left, self.shapes)
        return left is None or left[1] != ONE

    def _is_large(self, node: ast.expr) -> bool:
        try:
            return is_large(shape_of(node, self.shapes))
        except UnknownShape:
            return False

    def _out(self, wanted: Buffer, arguments: list[ast.expr], alone: bool) -> Buffer:
        """A buffer for a result: an operand's that nobody reads again, a free or a new one."""
        operand = None if alone else self._operand(wanted, arguments)
        if operand is not None:
            return self._home[operand]
        for buffer in self._free:
            if alike(buffer, wanted):
                return buffer
        new = Buffer(self.local(f"w{len(self.buffers) + 1}"), wanted.shape, wanted.truth)
        self.buffers.append(new)
        return new

    def _operand(self, wanted: Buffer, arguments: list[ast.expr]) -> str | None:
        """The name of an operand whose memory nobody needs after this call."""
        reads = Counter(name for x in arguments for name in names_in(x))
        for x in arguments:
            if isinstance(x, ast.Name) and self._reads[x.id] == reads[x.id]:
                home = None if x.id in self._pinned else self._home.get(x.id)
                others = [y for y in arguments if not isinstance(y, ast.Name) and may_share(y)]
                inside = any(x.id in names_in(y) for y in others)
                if home and not inside and alike(home, wanted):
                    return x.id
        return None

    def _emit(
        self,
        name: str,
        value: ast.expr,
        shape: Shape | None,
        out: Buffer | None = None,
        text: str = "",
    ) -> None:
        """Write a line, and free the memory of what it was the last to read."""
        if out is None and may_share(value):
            self._pinned.update(names_in(value))
        if out is not None and out in self._free:
            self._free.remove(out)
        for x in names_in(value):
            self._reads[x] -= 1
            home = self._home.get(x)
            unread = self._reads[x] == 0 and x not in self._pinned
            if unread and home is not None and home is not out:
                self._free.append(home)
        self.lines.append(Statement(name, text or shown(value), shape))


def written(function: str, arguments: Iterable[ast.expr], out: str) -> str:
    """Text of a call of NumPy, or of a helper, that writes into an array."""
    prefix = "" if function.startswith("_") else "np."
    return f"{prefix}{function}({', '.join(map(shown, arguments))}, out={out})"


def as_float(node: ast.expr) -> ast.expr:
    """A number as a float, which NumPy need not convert."""
    is_int = isinstance(node, ast.Constant) and isinstance(node.value, int)
    return ast.Constant(float(node.value)) if is_int else node  # type: ignore[attr-defined]


def alike(a: Buffer, b: Buffer) -> bool:
    """Whether one of two buffers can stand for the other."""
    return a.shape == b.shape and a.truth == b.truth


def may_share(value: ast.expr) -> bool:
    """Whether a value may lie in the memory of what it is made of, as a view does."""
    if isinstance(value, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Constant):
        return False
    if reduced(value) is not None or numpy_function(value) in CALLS:
        return False
    if not isinstance(value, ast.Call):
        return True
    f = value.func
    if isinstance(f, ast.Attribute) and f.attr == "dot":
        return False
    return ast.unparse(f) not in FRESH


OVERWRITING = ("_blocks_added",)
"""Functions that write over their first argument, which so is an array of its own."""
FRESH = (*DOTS, VARYING, "float", "np.linalg.solve", "np.linalg.slogdet")
"""Functions whose value is an array of its own."""
