"""Generated statements as loops over blocks of rows, so small that they stay in cache.

Sums over the rows are added up block by block. What a later loop needs of the rows is kept, and
everything else lives in memory of a block's size.
"""

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from sympy import Expr, Symbol

from matcalc.lower.array_shapes import ONE, Shape, shape_of, shown, untransposed
from matcalc.lower.by_rows import ByRows, NotByRows, Step, has_rows
from matcalc.lower.chains import Typical
from matcalc.lower.inplace import Buffer, InPlace, written
from matcalc.lower.passes import Planner
from matcalc.lower.program import Statement

CACHED = 6 * 2**20
"""Bytes of a matrix that needs no blocks."""
BLOCK = 2**21
"""Bytes of a block."""
LEAST = 256
"""Rows in a block from which to add up products costs little beside making them."""
MOST = BLOCK // 2
"""Bytes of a product that is cheaply added to with every block."""
NUMBER = 8
"""Bytes of an entry, where sizes are weighed."""

STARTS = {"sum": "0.0", "max": "-np.inf", "min": "np.inf"}
"""What is taken over no rows."""

ROW_BLOCKS = f'''
def _row_blocks(rows, cols, dtype):
    """Return slices of so many rows that a matrix of them stays in cache."""
    step = max(64, {BLOCK} // (cols * np.dtype(dtype).itemsize))
    return [slice(k, min(k + step, rows)) for k in range(0, rows, step)]
'''


@dataclass(frozen=True)
class Loop:
    """Statements for every block of rows; shapes of what is taken over all, and where it starts."""

    totals: dict[str, tuple[Shape | None, str]]
    lines: list[Statement]


class RowBlocks(InPlace):
    """Rewrites a list of statements.

    Parameters
    ----------
    shapes, returned, local
        As for `InPlace`.
    rows : sympy.Symbol
        The number of rows.
    typical : Typical
        How large sizes typically are.
    functions : collection of str
        Names of functions that are arguments, to be applied to every entry.

    Attributes
    ----------
    items : list of Statement and Loop
        The statements.
    kept : dict from str to Buffer
        What has all its rows: for a later loop, a matrix for each block, or to be returned.
    block, count, index, blocks : str
        Names of the slice of a block, the number of rows in it, its place, and all slices.
    widest : Expr
        The greatest number of columns.
    zeros : dict from Shape to str
        Names of the zeros that matrices are compared with.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape | None],
        returned: Iterable[str],
        local: Callable[[str], str],
        rows: Symbol,
        typical: Typical,
        functions: Collection[str] = (),
    ) -> None:
        super().__init__(shapes, returned, local, typical.is_small)
        self.rows, self.typical, self.functions = rows, typical, functions
        names = map(local, ("blocks", "rows", "n", "k"))
        self.blocks, self.block, self.count, self.index = names
        self.items: list[Statement | Loop] = []
        self.kept: dict[str, Buffer] = {}
        self._targets: dict[str, str] = {}
        self.widest: Expr = ONE
        self.zeros: dict[Shape, str] = {}

    def run(self, statements: Iterable[Statement]) -> None:
        """Rewrite every statement.

        Raises
        ------
        NotByRows
            Where one of them mixes rows, or where blocks would cost more than they save.
        """
        parsed = self._parsed(statements)
        steps = ByRows(self.rows, self.shapes, self.local, self.functions).steps(parsed)
        self._weigh(steps)
        planner = Planner(steps, self.shapes, self.rows, self.returned, self.typical)
        made = {step.name: step for step in steps}
        for name in planner.plan.kept:
            truth = isinstance(made[name].tree, ast.Compare)
            self.kept[name] = Buffer(name, made[name].shape, truth)  # type: ignore[arg-type]
        self._given = {name for name in self.shapes.keys() - made.keys() if self._has_rows(name)}
        passes = planner.passes()
        for step in (s for found in passes for s in (*found.before, *found.steps)):
            self._reads.update(step.reads)
        for found in passes:
            for step in found.before:
                self._statement(Statement(step.name, shown(step.tree), step.shape), step.tree)
            self.items += self._taken()
            if found.steps:
                self.items.append(self._loop(found.steps))

    def _weigh(self, steps: list[Step]) -> None:
        """Find the widest matrix that is worked out by rows, and whether blocks of it pay."""
        widths = [step.shape[1] for step in steps if step.kind == "rows" and step.shape]
        self.widest = max(widths, key=self.typical.number, default=ONE)
        entries = self.typical.number(self.widest) * self.typical.number(self.rows)
        if not widths or entries * NUMBER <= CACHED:
            raise NotByRows
        products = [s.shape for s in steps if s.is_total and s.shape and ONE not in s.shape]
        told = {size for size, _ in self.typical.sizes}
        for m, n in products:
            known = (m * n).free_symbols <= told
            added = self.typical.number(m) * self.typical.number(n) * NUMBER if known else 0
            if added > MOST or self.typical.number(self.widest) * NUMBER * LEAST > BLOCK:
                raise NotByRows

    def _has_rows(self, name: str) -> bool:
        return has_rows(self.shapes.get(name), self.rows)

    def is_by_rows(self, shape: Shape) -> bool:
        """Whether blocks of a matrix lie row by row: like an argument's, or as they are wide."""
        if shape in [self.shapes[name] for name in self._given]:
            return True
        rows = BLOCK / (NUMBER * self.typical.number(self.widest))
        return shape[0] == self.rows and rows <= self.typical.number(shape[1])

    def _lies_by_columns(self, x: ast.expr) -> bool:
        """Whether this is a matrix made here whose blocks lie column by column."""
        shape = self.shapes.get(x.id) if isinstance(x, ast.Name) else None
        return shape is not None and shape[0] == self.rows and not self.is_by_rows(shape)

    def _product(self, node: ast.BinOp) -> ast.expr:
        """AᵀB for an argument A as (BᵀA)ᵀ, for which BLAS need turn neither where they lie."""
        right, (a, turned) = node.right, untransposed(node.left)
        given = turned and isinstance(a, ast.Name) and a.id in self._given
        if not (given and self._lies_by_columns(right)):
            return super()._product(node)
        turned_round = ast.BinOp(ast.Attribute(right, "T"), ast.MatMult(), a)
        return ast.Attribute(super()._product(turned_round), "T")

    def _taken(self) -> list[Statement]:
        """The lines written since the last call."""
        found, self.lines = self.lines, []
        return found

    def _loop(self, steps: list[Step]) -> Loop:
        reads = Counter(name for step in steps for name in step.reads)
        for name in filter(self._has_rows, reads):
            self._reads[name] = reads[name]
        self._targets = self._early(steps)
        for step in steps:
            self._row_step(step, deepcopy(step.tree))
        totals = {s.name: (s.shape, STARTS[s.kind]) for s in steps if s.is_total}
        return Loop(totals, [self._sliced(line) for line in self._taken()])

    def _row_step(self, step: Step, tree: ast.expr) -> None:
        if step.kind == "sum":
            value = self._operands_done(tree)
            self._emit("", value, None, text=f"{step.name} += {shown(value)}")
        elif step.is_total:
            value = self._operands_done(tree)
            text = f"np.{step.kind}imum({step.name}, {shown(value)})"
            self._emit(step.name, value, step.shape, text=text)
        elif step.name in self.kept:
            self._keep(step.name, tree)
        elif step.name in self._targets:
            self._keep(self._targets[step.name], tree, step)
        else:
            self._statement(Statement(step.name, shown(tree), step.shape), tree)

    def _early(self, steps: list[Step]) -> dict[str, str]:
        """Steps that one kept alone reads, entry by entry: their rows may lie where its will."""
        found = {}
        numbers = (s for s in steps if s.kind == "rows" and not isinstance(s.tree, ast.Compare))
        own = {step.name for step in numbers if self._call(step.tree)}
        for step in steps:
            call = self._call(step.tree) if step.name in self.kept else None
            for x in call[1] if call and call[0] != "_matmul" else ():
                name = x.id if isinstance(x, ast.Name) else ""
                alone = self._reads[name] == 1 and self.shapes.get(name) == step.shape
                if alone and name in own and name not in self.kept:
                    found[name] = step.name
                    break
        return found

    def _keep(self, target: str, tree: ast.expr, step: Step | None = None) -> None:
        """Write rows where all rows are, those of the target or of a step that it alone reads."""
        call = self._call(tree)
        if call is None:
            value = self._operands_done(tree)
            own = target in self.returned
            self._emit(f"{target}[{self.block if own else f'{self.index}][:'}]", value, None)
            return
        function, operands = call
        arguments = self._arguments(function, operands)
        value = ast.parse(written(function, arguments, target), mode="eval").body
        made = (step.name, value, step.shape) if step else ("", value, None)
        self._emit(*made, out=self.kept[target])

    def _arguments(self, function: str, operands: list[ast.expr]) -> list[ast.expr]:
        """Operands of a call; NumPy compares with zeros several times as fast as with 0."""
        found = super()._arguments(function, operands)
        if function != "maximum" or shown(found[1]) != "0.0":
            return found
        shape = shape_of(found[0], self.shapes)
        assert shape is not None
        if shape not in self.zeros:
            self.zeros[shape] = self.local("zeros")
            self.shapes[self.zeros[shape]] = shape
        return [found[0], ast.Name(self.zeros[shape])]

    def _sliced(self, line: Statement) -> Statement:
        """A line that reads and writes the rows of a block."""
        slices = dict.fromkeys(self._given, self.block)
        slices |= {x: self.block if x in self.returned else self.index for x in self.kept}
        slices |= {x.name: f":{self.count}" for x in self.buffers if x.shape[0] == self.rows}
        slices |= {x: f":{self.count}" for s, x in self.zeros.items() if s[0] == self.rows}
        slices |= {x: f":, :{self.count}" for s, x in self.ones.items() if s[1] == self.rows}
        tree = Sliced(slices).visit(ast.parse(line.text))
        return Statement(line.name, shown(tree), line.shape)


class Sliced(ast.NodeTransformer):
    """Puts slices behind names."""

    def __init__(self, slices: Mapping[str, str]) -> None:
        self.slices = slices

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name with its slice."""
        if node.id not in self.slices:
            return node
        return ast.parse(f"{node.id}[{self.slices[node.id]}]", mode="eval").body


def in_row_blocks(
    statements: list[Statement],
    shapes: Mapping[str, Shape | None],
    returned: Iterable[str],
    local: Callable[[str], str],
    typical: Typical,
    functions: Collection[str] = (),
) -> RowBlocks | None:
    """The statements in blocks of rows, where someone said that a matrix has so many that it pays.

    Parameters
    ----------
    statements : list of Statement
        Each after those that it uses.
    shapes, returned, local, typical, functions
        As for `RowBlocks`; rows are the largest size given.
    """
    if not typical.sizes:
        return None
    rows, _ = max(typical.sizes, key=lambda given: given[1])
    found = RowBlocks(shapes, returned, local, rows, typical, functions)
    try:
        found.run(statements)
    except NotByRows:
        return None
    return found
