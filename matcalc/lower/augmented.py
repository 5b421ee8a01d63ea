"""Generated statements rewritten as augmented assignments, for libraries without ``out=``.

``A -= B`` writes over A where a library's arrays can change, and makes a new array where they
cannot. An array that nobody reads again is written over, or its name deleted before more memory
like it is asked for.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from matcalc.lower.array_shapes import (
    CALLS,
    Shape,
    UnknownShape,
    broadcast,
    names_in,
    numpy_function,
    reduced,
    shape_of,
    shown,
)
from matcalc.lower.array_spelling import FUNCTIONS
from matcalc.lower.comparisons import Parsed
from matcalc.lower.fused import PLUS, negative, products_added
from matcalc.lower.inplace import Buffer, InPlace, may_share
from matcalc.lower.program import Statement

SYMBOLS: dict[type[ast.AST], str] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}
COMMUTING = (ast.Add, ast.Mult)
WIDE = "_stacked"
"""What gives an array the axes of the stack of problems."""
NOTHING = ast.Constant(None)
OVER = "_over"
"""What writes a function of an array over it, in libraries that can."""
BOUNDS = {"maximum": "{}, None", "minimum": "None, {}"}
"""The two bounds of ``clip`` that a function of an array and a number stands for."""


class Augmented(InPlace):
    """Rewrites a list of statements.

    Parameters
    ----------
    shapes, returned, local
        As for `InPlace`.
    depends : dict from str to set of str
        The arguments that every name depends on; names made here are added. What depends on others
        than an array does may be of another stack of problems and have more entries: then the array
        is widened first.
    """

    helped = False

    def __init__(
        self,
        shapes: Mapping[str, Shape | None],
        returned: Iterable[str],
        local: Callable[[str], str],
        depends: dict[str, set[str]],
    ) -> None:
        super().__init__(shapes, returned, local, lambda _: False)
        self.depends = depends
        self._pinned |= self.returned
        self._widened: set[str] = set()

    def run(self, statements: Iterable[Statement]) -> None:
        """Rewrite every statement."""
        super().run(statements)
        lines = products_added(self.lines, self.shapes, self.returned, WIDE)
        self.lines = list(self._freed(lines))

    def _parsed(self, statements: Iterable[Statement], entries: bool = False) -> list[Parsed]:
        found = super()._parsed(statements, entries)
        for statement, _ in found:
            self.depends[statement.name] = behind(statement.text, self.depends)
        return found

    def _statement(self, statement: Statement, tree: ast.expr) -> None:
        name, shape, self._is_as_it_was = statement.name, statement.shape, True
        value = self._value(tree, name)
        if isinstance(value, ast.Name) and value.id == name:
            return
        first, further = self._opened(value)
        same = self._is_as_it_was and first is tree
        text = statement.text if same else shown(first)
        if any(self._needs_more(shown(first), other) for _, other in further):
            text = self._wide(name, text)
        self._emit(name, first, shape, text=text)
        if shape is not None and self._is_fresh(first):
            self._home[name] = Buffer(name, shape)
        for operation, other in further:
            self._take_up(name, operation, other)

    def _value(self, node: ast.expr, name: str = "") -> ast.expr:
        """An expression that is ready to be used; written over an operand where one is free."""
        done = self._operands_done(node)
        found = next((pair for pair in self._sides(done) if self._is_free(*pair)), None)
        operation = type(done.op) if found else ast.Add  # type: ignore[attr-defined]
        found = found or self._negated(done)
        if found is None:
            return self._mapped(done, name)
        operand, other = ast.unparse(found[0]), found[1]
        self._take_over(name or operand, operand, other)
        self._take_up(name or operand, SYMBOLS[operation], other)
        self._reads[name or operand] += not name
        return ast.Name(name or operand)

    def _negated(self, node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
        """B and A of A − B, the multiple that B was made by before turned into its negative."""
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)):
            return None
        a, b = node.left, node.right
        last, start = self.lines[-1:], f"{ast.unparse(b)} *= "
        made = last and last[0].text.startswith(start) and self._is_free(b)
        if not made or not self._is_large(a):
            return None
        factor = ast.parse(last[0].text.removeprefix(start), mode="eval").body
        text = start + shown(negative(factor))
        self.lines[-1] = replace(last[0], text=text)
        return b, a

    def _mapped(self, node: ast.expr, name: str) -> ast.expr:
        """A function of an array that nobody reads again, written over it."""
        called = _called(node)
        if not called or not (self._is_large(node) and self._is_free(called[1])):
            return node
        function, operand, bounds = called
        target = name or operand.id
        arguments = ", ".join([f'"{function}"', operand.id, *bounds])
        home = self._home[operand.id]
        home = Buffer(name, home.shape) if name else home  # where the library does not write there
        self._go_on(target, operand.id, home, f"{OVER}({arguments})")
        self._reads[target] += not name
        return ast.Name(target)

    def _take_over(self, name: str, operand: str, other: ast.expr) -> None:
        """Go on with an array under another name, or widened, where one of them is needed."""
        home, text = self._home[operand], operand
        if self._needs_more(operand, other):
            text = self._wide(name, operand)
        self._go_on(name, operand, home, text)
        if text == name:
            self.lines.pop()

    def _go_on(self, name: str, operand: str, home: Buffer, text: str) -> None:
        """Write what an array becomes under a name, as wide as it is."""
        self._widened |= {name} if operand in self._widened else set()
        self._emit(name, ast.Name(operand), home.shape, home, text)
        self._home[name], self.shapes[name] = home, home.shape

    def _take_up(self, name: str, operation: str, other: ast.expr) -> None:
        text = f"{name} {operation} {shown(other)}"
        self._emit("", other, None, self._home.get(name), text)

    def _needs_more(self, text: str, other: ast.expr) -> bool:
        return text not in self._widened and not (
            behind(shown(other), self.depends) <= behind(text, self.depends)
        )

    def _wide(self, name: str, text: str) -> str:
        """An array for every problem of the stack."""
        self._widened.add(name)
        return f"{WIDE}({text})"

    def _reduced(self, node: ast.expr, kind: str, axis: int, operands: list[ast.expr]) -> ast.expr:
        return self._rebuilt(node)

    def _multiplied(self, node: ast.BinOp) -> ast.expr:
        return node

    def _sides(self, node: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
        """An operand that the other could be taken up by, both ways round where that is allowed."""
        if not (isinstance(node, ast.BinOp) and type(node.op) in SYMBOLS and self._is_large(node)):
            return []
        both = [(node.left, node.right), (node.right, node.left)]
        shape = shape_of(node, self.shapes)
        return [
            (one, other)
            for one, other in (both if isinstance(node.op, COMMUTING) else both[:1])
            if shape_of(one, self.shapes) == shape
        ]

    def _is_free(self, operand: ast.expr, other: ast.expr = NOTHING) -> bool:
        """Whether an operand is an array of its own that is read here for the last time."""
        if not isinstance(operand, ast.Name):
            return False
        name, within = operand.id, names_in(other).count(ast.unparse(operand))
        read_last = self._reads[name] == 1 + within and not (within and may_share(other))
        return name in self._home and name not in self._pinned and read_last

    def _opened(self, value: ast.expr) -> tuple[ast.expr, list[tuple[str, ast.expr]]]:
        """A + B + C as the first operand, and what it takes up one after the other."""
        further: list[tuple[str, ast.expr]] = []
        while found := next((x for x in self._sides(value) if self._is_fresh(x[0])), None):
            further.insert(0, (SYMBOLS[type(value.op)], found[1]))  # type: ignore[attr-defined]
            value = found[0]
        return value, further

    def _is_fresh(self, value: ast.expr) -> bool:
        """Whether a large value lies in memory of its own."""
        made = isinstance(value, ast.BinOp | ast.UnaryOp) or numpy_function(value) in CALLS
        return made and self._is_large(value)

    def _freed(self, lines: list[Statement]) -> Iterator[Statement]:
        """Lines with the names of arrays deleted once more memory of their shape is asked for."""
        last, names = dict[Buffer, int](), dict[Buffer, list[str]]()
        for i, line in enumerate(lines):
            for name in dict.fromkeys((line.name, *re.findall(r"[A-Za-z_]\w*", line.text))):
                if home := self._home.get(name):
                    last[home] = i
                    names[home] = list(dict.fromkeys((*names.get(home, []), name)))
        wanted = self._shapes_wanted(lines)
        for i, line in enumerate(lines):
            yield line
            dead = [home for home, at in last.items() if at == i and home.shape in wanted[i]]
            found = [
                x for home in dead if self.returned.isdisjoint(names[home]) for x in names[home]
            ]
            if found:
                yield Statement("", f"del {', '.join(found)}", None)

    def _shapes_wanted(self, lines: list[Statement]) -> list[set[Shape | None]]:
        """Shapes of the arrays that are made behind every line."""
        found: list[set[Shape | None]] = [set()]
        for line in reversed(lines[1:]):
            made = set(self._made(ast.parse(line.text.split("= ")[-1], mode="eval").body))
            found.append(found[-1] | made)
        return found[::-1]

    def _made(self, tree: ast.expr) -> Iterator[Shape | None]:
        if isinstance(tree, ast.Call) and ast.unparse(tree.func) == OVER:
            yield self.shapes[ast.unparse(tree.args[1])]
        for node in ast.walk(tree):
            found = reduced(node)
            made = found[2][0] if found else node
            if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call):
                with suppress(UnknownShape):
                    yield self._sum_of(node) or shape_of(made, self.shapes)

    def _sum_of(self, node: ast.expr) -> Shape | None:
        """The shape of a product added to a matrix."""
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != PLUS:
            return None
        return broadcast(*(shape_of(x, self.shapes) for x in node.args))


def behind(text: str, depends: Mapping[str, set[str]]) -> set[str]:
    """The arguments that a text depends on."""
    names = re.findall(r"[A-Za-z_]\w*", text)
    return set().union(*(depends.get(name, set()) for name in names))


def _called(node: ast.expr) -> tuple[str, ast.Name, list[str]] | None:
    """Name in the standard, operand and bounds of a function of one array."""
    function = numpy_function(node)
    if function not in FUNCTIONS:
        return None
    first, *others = node.args  # type: ignore[attr-defined]
    if not isinstance(first, ast.Name):
        return None
    if not others:
        return FUNCTIONS[function], first, []
    if function in BOUNDS and isinstance(others[0], ast.Constant):
        return "clip", first, [BOUNDS[function].format(others[0].value)]
    return None
