"""Generated statements rewritten to write where an operand lies that nobody reads again.

Memory that is asked for anew costs as much as a pass over it. Only large arrays of statements are
written over, never arguments or results; all else stays as it is.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from sympy import Expr

from matcalc.lower.array_shapes import COMPARISONS, ONE, Shape, shape_of, shown
from matcalc.lower.inplace import Buffer, InPlace, alike, may_share, written
from matcalc.lower.program import Statement
from matcalc.work import Work, contracted, entrywise, formed, multiplied, summed

AUGMENTED = {"add": "+=", "subtract": "-=", "multiply": "*=", "divide": "/="}
COMMUTING = ("add", "multiply")


class Reuse(InPlace):
    """Rewrites a list of statements.

    Parameters
    ----------
    shapes, returned, local, is_small
        As for `InPlace`.
    text_of : callable
        Text of a size.
    is_tall : callable
        Whether a matrix of a shape had better lie column by column.
    """

    helped = False

    def __init__(
        self,
        shapes: Mapping[str, Shape | None],
        returned: Iterable[str],
        local: Callable[[str], str],
        is_small: Callable[[Shape], bool],
        text_of: Callable[[Expr], str],
        is_tall: Callable[[Shape], bool],
    ) -> None:
        super().__init__(shapes, returned, local, is_small)
        self.text_of, self.is_tall = text_of, is_tall
        self._counts: Counter[Work] = Counter()
        self._instead: dict[Work, list[Work]] = {}
        self._pinned |= self.returned

    def _statement(self, statement: Statement, tree: ast.expr) -> None:
        name, shape, self._is_as_it_was = statement.name, statement.shape, True
        value = self._value(tree, name)
        if isinstance(value, ast.Name) and value.id == name:
            return
        same = statement.text if self._is_as_it_was and value is tree else ""
        self._emit(name, value, shape, text=same)
        fresh = not may_share(value) or is_turned_product(value)
        if shape and fresh and name not in self.returned:
            truth = isinstance(value, ast.Compare)
            self._home[name] = Buffer(name, shape, truth)

    def _value(self, node: ast.expr, name: str = "") -> ast.expr:
        """An expression that is ready to be used; written over an operand where one is free."""
        done = self._operands_done(node)
        call = self._call(done)
        if call is None:
            return done
        function, arguments = call
        shape = shape_of(done, self.shapes)
        assert shape is not None
        if function == "_matmul":
            kept = name and name not in self.returned and self.is_tall(shape)
            return turned_product(*arguments) if kept else done
        wanted = Buffer("", shape, function in COMPARISONS.values())
        operand = self._operand(wanted, arguments)
        if operand is None and name and all(self._is_at_hand(x) for x in arguments):
            operand = self._idle(wanted)
        if operand is None:
            return done
        target = name or operand
        text = self._augmented(function, arguments, operand) if not name else ""
        if not text:
            text = written(function, arguments, operand)
        home = self._home[operand]
        self._emit(name, done, shape if name else None, home, text)
        self._home[target], self.shapes[target] = home, shape
        if not name:
            self._reads[target] = 1
        return ast.Name(target)

    def _is_at_hand(self, x: ast.expr) -> bool:
        return isinstance(x, ast.Name) or not self._is_large(x)

    def _idle(self, wanted: Buffer) -> str | None:
        """The last name of an array like this that nobody reads again."""
        last = {id(home): name for name, home in self._home.items()}
        needed = {id(self._home[x]) for x in self._home if self._reads[x] or x in self._pinned}
        found = [x for key, x in last.items() if key not in needed]
        return next((x for x in found if alike(self._home[x], wanted)), None)

    def _augmented(self, function: str, arguments: list[ast.expr], operand: str) -> str:
        """An assignment such as ``A -= B``, where the operand comes first or may."""
        if function not in AUGMENTED:
            return ""
        first, second = map(shown, arguments)
        if function in COMMUTING and second == operand:
            first, second = second, first
        return f"{first} {AUGMENTED[function]} {second}" if first == operand else ""

    def _reduced(self, node: ast.expr, kind: str, axis: int, operands: list[ast.expr]) -> ast.expr:
        """Sums down the columns as a product; dot products so where that takes fewer calls."""
        shape = shape_of(operands[0], self.shapes)
        assert shape is not None
        if axis == 1 or (kind == "dot" and not self.is_small(shape)):
            return self._rebuilt(node)
        result, product = (ONE, shape[1]), multiplied(ONE, *shape)
        if kind == "sum":
            self._count(summed(shape, result), product)
        else:
            self._count(contracted(shape, shape, writes=result), entrywise(shape, shape), product)
        return self._by_ones(operands, shape, axis)

    def _outer(self, node: ast.BinOp, rows: Expr, cols: Expr) -> ast.expr:
        self._count(multiplied(rows, ONE, cols), entrywise((rows, ONE), (ONE, cols)))
        return super()._outer(node, rows, cols)

    def _product(self, node: ast.BinOp) -> ast.expr:
        return node

    def _count(self, one: Work, *instead: Work) -> None:
        """Note that the work of a call is done by others."""
        self._counts[one] += 1
        self._instead[one] = list(instead)

    def counted(self, work: Iterable[Work]) -> Iterator[Work]:
        """The work of the statements, what is done by other calls counted as such."""
        left = self._counts.copy()
        for one in work:
            if left.get(one):
                left[one] -= 1
                yield from self._instead[one]
            else:
                yield one
        yield from map(formed, self.ones)

    @property
    def whole(self) -> list[Statement]:
        """All statements, those first that make the rows of ones."""
        made = (
            Statement(name, f"np.ones((1, {self.text_of(shape[1])}), dtype=dtype)", shape)
            for shape, name in self.ones.items()
        )
        return [*made, *self.lines]


def turned_product(a: ast.expr, b: ast.expr) -> ast.expr:
    """A B as (Bᵀ Aᵀ)ᵀ, which lies column by column."""
    return ast.Attribute(ast.BinOp(_turned(b), ast.MatMult(), _turned(a)), "T")


def is_turned_product(value: ast.expr) -> bool:
    """Whether an expression is the transpose of a product."""
    inner = value.value if isinstance(value, ast.Attribute) and value.attr == "T" else None
    return isinstance(inner, ast.BinOp)


def _turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T")
