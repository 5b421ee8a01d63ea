"""Generated statements read entry by entry: what stands at (i, j), and what is summed over i or j.

The reader sees Python expressions and shapes alone. Repeated lines and outer products stay
factors of an entry, products of matrices become values of their own; what does not depend on the
index of a sum is taken out of it.
"""

import ast
from collections.abc import Callable, Iterable, Mapping

import sympy
from sympy import Expr, Integer, Symbol

from matcalc.errors import UnsupportedInput
from matcalc.lower.array_shapes import ONE, Shape, reduced, untransposed
from matcalc.lower.comparisons import VARYING
from matcalc.lower.entry_calls import Calls, Read
from matcalc.lower.program import Statement
from matcalc.lower.values import (
    NUMBER,
    Value,
    at,
    flipped,
    is_cheap,
    split,
    wider,
)

COMPARISONS: dict[type[ast.AST], str] = {
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
}


class Reader(Calls):
    """Reads a list of statements.

    Parameters
    ----------
    shapes : mapping from str to Shape or None
        Shapes of the arguments, None for numbers.
    returned : iterable of str
        Names whose values leave the function.
    local : callable
        A free name, from the one wanted.
    size : callable
        Text of a size.
    functions : iterable of str
        Names of functions that are arguments, to be applied to every entry.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape | None],
        returned: Iterable[str],
        local: Callable[[str], str],
        size: Callable[[Expr], str],
        functions: Iterable[str] = (),
    ) -> None:
        super().__init__(local, size)
        self.returned, self.functions = frozenset(returned), tuple(functions)
        self._known_before: set[str] = set()
        self._sizes: dict[str, Expr] = {}
        self._numbers = {name for name, shape in shapes.items() if shape is None}
        self._macros: dict[str, Read] = {}
        for name, shape in shapes.items():
            if shape is not None:
                self.values[name] = Value(name, "given", shape)

    def run(self, statements: Iterable[Statement]) -> None:
        """Read every statement."""
        several = list(statements)
        shapes = [s.shape for s in several if s.shape] + [v.shape for v in self.values.values()]
        self._sizes = {
            ast.unparse(ast.parse(self.size(size))): size for shape in shapes for size in shape
        }
        self._sizes["1"] = ONE
        for statement in several:
            self._known_before = set(self.values)
            try:
                entry, shape = self._read(ast.parse(statement.text, mode="eval").body)
            except UnsupportedInput as error:
                raise UnsupportedInput(
                    f"{statement.name} = {statement.text}: {error}; use the target 'numpy'"
                ) from None
            self._define(statement.name, entry, statement.shape or shape)

    def _define(self, name: str, entry: Expr, shape: Shape) -> None:
        new = isinstance(entry, Symbol) and entry.name in self.values.keys() - self._known_before
        if new and self.values[entry.name].shape == shape and self._is_in_memory(entry):
            self._rename(entry.name, name)
            return
        matrix = ONE not in shape
        if matrix and is_cheap(entry):
            self._macros[name] = entry, shape
        if not matrix or not is_cheap(entry) or name in self.returned:
            self.values[name] = Value(name, "entry", shape, entry)

    def _read(self, node: ast.expr) -> Read:
        if self._is_number(node):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            entry, shape = self._read(node.value)
            return flipped(entry), shape[::-1]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            entry, shape = self._read(node.operand)
            return -entry, shape
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
            return self._apply(COMPARISONS[type(node.ops[0])], [node.left, *node.comparators])
        return self._sums(node)

    def _is_number(self, node: ast.expr) -> bool:
        found = [x.id for x in ast.walk(node) if isinstance(x, ast.Name)]
        return all(x in self._numbers or x in ("np", "math", "float") for x in found)

    def _number(self, node: ast.expr) -> Read:
        """A number that is made of numbers: its text as it is."""
        text = ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return Integer(node.value), NUMBER
        if isinstance(node, ast.UnaryOp):
            return -self._read(node.operand)[0], NUMBER
        return self.number(text), NUMBER

    def _name(self, name: str) -> Read:
        if name in self._macros:
            return self._macros[name]
        if name not in self.values:
            raise UnsupportedInput(f"{name} is unknown")
        return at(name), self.values[name].shape

    def _operation(self, node: ast.BinOp) -> Read:
        if isinstance(node.op, ast.MatMult):
            return self._product(node.left, node.right)
        (left, a), (right, b) = self._read(node.left), self._read(node.right)
        shape = wider(a, b)
        if isinstance(node.op, ast.Add):
            return left + right, shape
        if isinstance(node.op, ast.Sub):
            return left - right, shape
        if isinstance(node.op, ast.Mult):
            return left * right, shape
        if isinstance(node.op, ast.Div):
            return left / right, shape
        if isinstance(node.op, ast.Pow) and right.is_Integer:
            return left**right, shape
        if isinstance(node.op, ast.Pow):
            return self._call("power", [left, right], shape)
        raise UnsupportedInput("an operation that no loop is known for")

    def _sums(self, node: ast.expr) -> Read:
        found = reduced(node)
        if found is None:
            return self._function(node)
        kind, axis, operands = found
        read = [self._read(x) for x in operands]
        shape = wider(*(s for _, s in read))
        entry = sympy.Mul(*(e for e, _ in read))
        if kind == "max":
            return self._largest(entry, shape, axis)
        if kind == "range":
            return self._range(entry, shape, axis)
        if axis == 2:
            return self.total(entry, shape), NUMBER
        return self.sum(entry, shape, axis), (ONE, shape[1]) if axis == 0 else (shape[0], ONE)

    def _range(self, entry: Expr, shape: Shape, axis: int) -> Read:
        """What is positive where entries differ: most columns tell by the entries at their ends."""
        if axis == 0 and ONE not in shape and self._is_in_memory(entry):
            factors, result = (split(entry),), (ONE, shape[1])
            value = Value("", "call", result, factors=factors, text=f"{VARYING}({{}})")
            return self._add(value), result
        greatest, result = self._largest(entry, shape, axis)
        return greatest + self._largest(-entry, shape, axis)[0], result

    def _largest(self, entry: Expr, shape: Shape, axis: int) -> Read:
        if shape[axis] == ONE:
            return entry, shape
        result = (ONE, shape[1]) if axis == 0 else (shape[0], ONE)
        return self._add(Value("", "max", result, entry, shape, axis)), result

    def _product(self, left: ast.expr, right: ast.expr) -> Read:
        (a, turned_a), (b, turned_b) = untransposed(left), untransposed(right)
        (x, s), (y, t) = self._read(a), self._read(b)
        rows, inner = s[::-1] if turned_a else s
        cols = t[0] if turned_b else t[1]
        if inner == ONE:
            return (flipped(x) if turned_a else x) * (flipped(y) if turned_b else y), (rows, cols)
        if rows == ONE and cols == ONE:
            return self._dot(x, s, y, t), NUMBER
        if cols == ONE:
            return self._times_vector(x, s, turned_a, y, t), (rows, ONE)
        if rows == ONE:
            return flipped(self._times_vector(y, t, not turned_b, x, s)), (ONE, cols)
        factors = self._factor(x, s, turned_a), self._factor(y, t, turned_b)
        value = Value("", "product", (rows, cols), inner=(inner, ONE), factors=factors)
        return self._add(value), (rows, cols)

    def _dot(self, x: Expr, s: Shape, y: Expr, t: Shape) -> Expr:
        """The sum over the products of two lines."""
        columns = [flipped(e) if shape[0] == ONE else e for e, shape in ((x, s), (y, t))]
        return self.sum(sympy.Mul(*columns), (s[1] if s[0] == ONE else s[0], ONE), 0)

    def _times_vector(self, x: Expr, s: Shape, turned: bool, y: Expr, t: Shape) -> Expr:
        """Entry of A v as a column, or of Aᵀv if turned; v as a row or a column."""
        if turned:
            column = flipped(y) if t[0] == ONE else y
            return flipped(self.sum(x * column, s, 0))
        row = y if t[0] == ONE else flipped(y)
        return self.sum(x * row, s, 1)
