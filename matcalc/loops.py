"""The oracle: every expression evaluated by plain loops over the operators' entry formulas.

Slow on purpose, and independent on purpose: no array library, no linear algebra routine, nothing
shared with the lowering. It works for floats, for complex numbers (and so for derivatives by
complex step) and exactly for fractions.
"""

import cmath
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational, Symbol

from matcalc.eigenpairs import eigenpair
from matcalc.errors import BudgetExceeded, ShapeError, UnsupportedInput
from matcalc.inversion import SingularMatrix, gauss_jordan, pseudo_inverse
from matcalc.node import Node, Operator, ScalarNode, children, walk
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.scalars import Differential
from matcalc.pointwise import Function, MissingValue, Pointwise
from matcalc.protocols import Table
from matcalc.scalars import number
from matcalc.symbols import free_symbols, refuse_ambiguous_names

ENTRY_CAP = 10**6
"""Entries a matrix may have before it is refused: plain loops are for small sizes."""


class Loops:
    """Values of expressions at given data, by loops; the evaluator that `entry` formulas see.

    Parameters
    ----------
    sizes : mapping from sympy.Symbol to int
        The symbolic sizes.
    data : mapping from Node to list of lists
        Tables of the variables. A table for any other node, such as a named intermediate,
        is taken instead of evaluating the node.
    scalars : mapping from sympy.Symbol to number, optional
        The scalar parameters.
    functions : mapping from str to callable, optional
        For each abstract function a callable of (order, x): its derivative of that order at x.

    Attributes
    ----------
    condition : number
        Largest condition number of an inverted matrix, in the greatest entries of both.

    Examples
    --------
    >>> from matcalc.dimensions import dims
    >>> from matcalc.operators.leaves import matrix
    >>> N, p = dims("N p")
    >>> X = matrix("X", N, p)
    >>> Loops({N: 1, p: 2}, {X: [[3, 4]]}).value(X.T @ X)
    [[9, 12], [12, 16]]
    """

    def __init__(
        self,
        sizes: Mapping[Symbol, int],
        data: Mapping[Any, Table],
        scalars: Mapping[Symbol, Any] | None = None,
        functions: Mapping[str, Function] | None = None,
    ) -> None:
        self._leaves: dict[Expr, Any] = {**sizes, **(scalars or {})}
        self._tables: dict[Any, Table] = dict(data)
        given = [x for table in data.values() for row in table for x in row]
        exact = all(isinstance(x, int | Fraction) for x in (*given, *self._leaves.values()))
        self._pointwise = Pointwise(self._leaf, functions or {}, exact)
        self._numbers: dict[Expr, Any] = {}
        self._kept: dict[Any, Table] = {}
        self._eigenpairs: dict[tuple[Node, int], tuple[Any, list[Any]]] = {}
        self.condition: Any = 0
        for node, table in data.items():
            self._check_shape(node, table)

    @property
    def margin(self) -> float:
        """How close the evaluation came to a kink, a pole or a singular matrix; 0 is there."""
        nearest = self._pointwise.margin
        return min(nearest, float(1 / self.condition)) if self.condition else nearest

    def value(self, expr: Any) -> Any:
        """Table of a matrix expression, or number of a scalar one.

        Raises
        ------
        MissingValue
            For a variable, symbol or abstract function without a value.
        Undefined
            Where a value does not exist: a division by zero, a singular matrix.
        """
        for x in walk(expr, self._below):
            if isinstance(x, Node) and x not in self._tables:
                self._tables[x] = self._filled(x)
            elif isinstance(x, ScalarNode) and x not in self._leaves:
                self._leaves[x] = x.entry(self, 0, 0)
        return self._tables[expr] if isinstance(expr, Node) else self.number(expr)

    def table(self, node: Node) -> Table:
        """Entries of a matrix, row by row."""
        if node in self._tables:
            return self._tables[node]
        raise MissingValue(f"no value was given for {node} ({node.rows} × {node.cols})")

    def size(self, size: Expr) -> int:
        """Evaluate a symbolic size."""
        value = self.number(size)
        if value == int(value) and value >= 1:
            return int(value)
        raise ShapeError(f"the size {size} is {value}, no positive integer")

    def number(self, scalar: Expr) -> Any:
        """Value of a scalar expression."""
        if scalar not in self._numbers:
            self._numbers[scalar] = self._pointwise(scalar)
        return self._numbers[scalar]

    def apply(self, function: Expr, *xs: Any) -> Any:
        """Value of an elementwise function at a number, or at two."""
        return self._pointwise(function, *xs)

    def inverse(self, node: Node) -> Table:
        """Entries of the inverse of a matrix."""
        return self.kept(("inverse", node), lambda: self._inverted(node))

    def pseudo_inverse(self, node: Node) -> Table:
        """Entries of the pseudo-inverse of a matrix."""
        return self.kept(("pseudo-inverse", node), lambda: self._pseudo_inverted(node))

    def kept(self, key: Any, made: Callable[[], Table]) -> Table:
        """A table that is made on the first call and kept under its key."""
        if key not in self._kept:
            self._kept[key] = made()
        return self._kept[key]

    def _inverted(self, node: Node) -> Table:
        try:
            result = gauss_jordan(self.table(node))
        except SingularMatrix as error:
            what = node.name if isinstance(node, Variable | Named) else type(node).__name__
            raise SingularMatrix(f"the matrix {what} has no inverse: {error}") from error
        return self._conditioned(node, result)

    def _pseudo_inverted(self, node: Node) -> Table:
        return self._conditioned(node, pseudo_inverse(self.table(node)))

    def _conditioned(self, node: Node, inverse: Table) -> Table:
        """The inverse given, its condition number noted."""
        condition = _largest(self.table(node)) * _largest(inverse)
        self.condition = max(self.condition, condition)
        return inverse

    def eigenpair(self, node: Node, i: int) -> tuple[Any, list[Any]]:
        """The i-th eigenvalue of a symmetric matrix, from the least, and its eigenvector."""
        if (node, i) not in self._eigenpairs:
            self._eigenpairs[node, i] = eigenpair(self.table(node), i)
        return self._eigenpairs[node, i]

    def _below(self, x: Any) -> tuple[Any, ...]:
        return () if x in self._tables or x in self._leaves else children(x)

    def _leaf(self, atom: Expr) -> Any:
        if atom in self._leaves:
            return self._leaves[atom]
        raise MissingValue(f"no value was given for {atom}")

    def _filled(self, node: Node) -> Table:
        if isinstance(node, Variable | Differential):
            return self.table(node)
        rows, cols = map(self.size, node.shape)
        if rows * cols > ENTRY_CAP:
            what = f"a {type(node).__name__} of {rows} × {cols}"
            raise BudgetExceeded(f"{what} is above the loops' limit of {ENTRY_CAP} entries")
        return [[node.entry(self, i, j) for j in range(cols)] for i in range(rows)]

    def _check_shape(self, node: Node, table: Table) -> None:
        rows, cols = map(self.size, node.shape)
        if len(table) != rows or any(len(row) != cols for row in table):
            raise ShapeError(
                f"{node} is {node.rows} × {node.cols} = {rows} × {cols}, "
                f"its data is {len(table)} × {len(table[0]) if table else 0}"
            )


def _largest(table: Table) -> Any:
    return max(abs(x) for row in table for x in row)


def evaluate(
    expr: Any,
    values: Mapping[Any, Any],
    sizes: Mapping[Any, int] | None = None,
    functions: Mapping[str, Function] | None = None,
) -> Any:
    """Evaluate an expression at data, by plain loops over the definition of every operator.

    Parameters
    ----------
    expr : Node or sympy.Expr
        A matrix or scalar expression.
    values : mapping
        Data of the matrix variables (nested lists or arrays, two-dimensional) and numbers for the
        scalar symbols, under the objects themselves or their names.
    sizes : mapping, optional
        Sizes that no variable's shape shows, by symbol or name.
    functions : mapping from str to callable, optional
        For each abstract function a callable of (order, x).

    Returns
    -------
    list of lists or number
        Fractions if all data are integers or fractions and no transcendental function occurs.

    Raises
    ------
    ShapeError
        If the data do not have the variables' shapes, or give one size two values.
    MissingValue
        If a variable, symbol or function has no value.
    Undefined
        If there is no result: a division by zero, a singular matrix.

    Examples
    --------
    >>> from matcalc.operators.leaves import column, matrix
    >>> X, w = matrix("X", "N", "p"), column("w", "p")
    >>> evaluate(X @ w / 2, {"X": [[1, 2], [3, 4]], "w": [[1], [1]]})
    [[Fraction(3, 2)], [Fraction(7, 2)]]
    """
    expr = expr if isinstance(expr, Operator) else number(expr)
    refuse_ambiguous_names(expr)
    nodes = {x.name: x for x in walk(expr) if isinstance(x, Variable | Named)}
    symbols = {symbol.name: symbol for symbol in free_symbols(expr)}
    given = {nodes.get(key, symbols.get(key, key)): value for key, value in values.items()}
    data = {key: _table(key, x) for key, x in given.items() if isinstance(key, Node)}
    scalars = {key: _entry(x) for key, x in given.items() if isinstance(key, Symbol)}
    known = {symbols.get(key, key): int(size) for key, size in (sizes or {}).items()}
    return Loops(sizes_of(data, known), data, scalars, functions).value(expr)


def _table(key: Node, value: Any) -> Table:
    rows = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(key, Variable | Named | Differential):
        raise UnsupportedInput(f"values are given for variables, not for {key}")
    if not isinstance(rows, list | tuple) or not all(isinstance(r, list | tuple) for r in rows):
        raise ShapeError(f"{key} needs a table, a list of rows, even if it is a row or a column")
    return [[_entry(x) for x in row] for row in rows]


def _entry(x: Any) -> Any:
    x = x.item() if hasattr(x, "item") else x
    if isinstance(x, Rational):
        return Fraction(int(x.p), int(x.q))
    if isinstance(x, int | Fraction) or (isinstance(x, float | complex) and cmath.isfinite(x)):
        return x
    raise UnsupportedInput(f"expected a finite number, got {type(x).__name__} {str(x)[:40]!r}")


def sizes_of(data: Mapping[Any, Table], known: Mapping[Symbol, int]) -> dict[Symbol, int]:
    """Sizes as the shapes of the data show them; ``known`` ones must agree.

    Raises
    ------
    ShapeError
        If two shapes give one size two values.
    """
    found: dict[Expr, tuple[int, str]] = {s: (n, "sizes") for s, n in known.items()}
    for node, table in data.items():
        for size, n in zip(node.shape, (len(table), len(table[0]) if table else 0), strict=True):
            first, where = found.setdefault(size, (n, str(node)))
            if first != n:
                raise ShapeError(f"the size {size} is {first} in {where}, but {n} in {node}")
    return {size: n for size, (n, _) in found.items() if isinstance(size, Symbol)}
