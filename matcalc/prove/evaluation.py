"""Values of expressions in any number system, by the operators' entry formulas alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Integer, Piecewise, Symbol

from matcalc.errors import ShapeError
from matcalc.node import Node, ScalarNode, children, walk
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.operators.leaves import Variable
from matcalc.protocols import Table
from matcalc.prove.duals import Dual, Duals
from matcalc.prove.numbers import NoValue

ABSTRACT_DEGREE = 3
"""Degree of the polynomials that stand for abstract functions."""
CELLS = 4000
"""Entries a matrix may have."""
BITS = 3000
"""Bits of a fraction; in a deep product they double at every level."""
ENTRY_COST = 10
"""What an entry costs, in multiplications."""


@dataclass(frozen=True)
class Polynomial:
    """A polynomial with all its derivatives, in place of an abstract function."""

    coefficients: tuple[Fraction, ...]

    def __call__(self, order: int, x: Any) -> Any:
        """Evaluate the derivative of some order."""
        own = self.coefficients
        for _ in range(order):
            own = tuple(k * c for k, c in enumerate(own))[1:]
        result: Any = 0 * x
        for c in reversed(own):
            result = result * x + c
        return result


@dataclass(frozen=True)
class Point:
    """Sizes and rational data."""

    sizes: Mapping[Symbol, int]
    tables: Mapping[Any, Table]
    directions: Mapping[Any, Table]
    scalars: Mapping[Symbol, Fraction]
    scalar_directions: Mapping[Symbol, Fraction]
    functions: Mapping[str, Polynomial]


class Evaluation:
    """Evaluates at a point; the evaluator that entry formulas see.

    Where a differential of something composite occurs, dual numbers carry it.
    """

    def __init__(self, point: Point, numbers: Any) -> None:
        self.point, self.numbers = point, numbers
        self.dual = isinstance(numbers, Duals)
        self._tables: dict[Any, Table] = {}
        self._scalars: dict[Any, Any] = {}
        self._kept: dict[Any, Table] = {}
        self._numbers = {s: Integer(n) for s, n in point.sizes.items()}
        self._sizes: dict[Expr, int] = {}
        self.spent = 0

    def value(self, expr: Any) -> Any:
        """Table of a matrix, or a number.

        Raises
        ------
        NoValue
            Where there is none in this number system.
        """
        try:
            for x in walk(expr, children):
                if isinstance(x, Node) and x not in self._tables:
                    self._tables[x] = self._filled(x)
                elif isinstance(x, ScalarNode) and x not in self._scalars:
                    self._scalars[x] = self._scalar_node(x)
            return self._tables[expr] if isinstance(expr, Node) else self.number(expr)
        except NoValue:
            raise
        except (ArithmeticError, ValueError, TypeError, AttributeError) as error:
            raise NoValue(str(error)) from error

    def table(self, node: Any) -> Table:
        """Entries of a matrix, row by row."""
        return self._tables[node]

    def size(self, size: Expr) -> int:
        """Evaluate a symbolic size."""
        if size not in self._sizes:
            value = size.xreplace(self._numbers)
            if not value.is_Integer or value < 1:
                raise ShapeError(f"the size {size} is {value}")
            self._sizes[size] = int(value)
        return self._sizes[size]

    def number(self, scalar: Expr) -> Any:
        """Value of a scalar expression."""
        return self.apply(scalar, None)

    def apply(self, function: Expr, x: Any, y: Any = None) -> Any:
        """Value of an elementwise function at one number, or at two."""
        f = function
        if f == ENTRY:
            return x
        if f == OTHER:
            return y
        if isinstance(f, ScalarNode):
            return self._scalars[f]
        if f.is_Rational:
            value = Fraction(int(f.p), int(f.q))
            return int(value) if value.denominator == 1 else self.numbers.number(value)
        if f.is_Float:
            return self.numbers.number(Fraction(float(f)))
        if f.is_Symbol:
            return self._symbol(f)
        return self._compound(f, x, y)

    def _compound(self, f: Expr, x: Any, y: Any) -> Any:
        if f.is_Add or f.is_Mul:
            parts = [self.apply(part, x, y) for part in f.args]
            result = parts[0]
            for part in parts[1:]:
                result = result + part if f.is_Add else result * part
            return result
        if f.is_Pow:
            return self._power(f, x, y)
        if isinstance(f, Abstract):
            own = self.point.functions[str(f.args[0])]
            return self._abstract(own, int(f.args[1]), self.apply(f.args[2], x, y))
        if isinstance(f, Piecewise) or not all(isinstance(arg, Expr) for arg in f.args):
            raise NoValue(f"{f} is not known here")
        if not f.args:
            return self.numbers.constant(f)
        xs = tuple(self._lifted(self.apply(arg, x, y)) for arg in f.args)
        return self.numbers.function(f.func.__name__, xs)

    def _lifted(self, x: Any) -> Any:
        return self.numbers.number(Fraction(x)) if isinstance(x, int | Fraction) else x

    def _power(self, f: Expr, x: Any, y: Any) -> Any:
        base, exponent = self.apply(f.base, x, y), self.apply(f.exp, x, y)
        if isinstance(exponent, Dual) and exponent.y == 0:
            exponent = exponent.x
        if isinstance(exponent, int | Fraction):
            exponent = Fraction(exponent)
        return self.numbers.power(self._lifted(base), exponent)

    def _abstract(self, own: Polynomial, order: int, x: Any) -> Any:
        return own(order, self._lifted(x))

    def _symbol(self, symbol: Symbol) -> Any:
        if symbol in self.point.sizes:
            return self.point.sizes[symbol]
        value = self.numbers.number(self.point.scalars[symbol])
        if self.dual:
            slope = self.numbers.base.number(self.point.scalar_directions[symbol])
            return Dual(value.x, slope)
        return value

    def inverse(self, node: Any) -> Table:
        """Entries of the inverse of a matrix."""
        return self.kept(("inverse", node), lambda: self._inverted(self.table(node)))

    def pseudo_inverse(self, node: Any) -> Table:
        """Not known here."""
        raise NoValue("pseudo-inverses are not evaluated here")

    def kept(self, key: Any, made: Callable[[], Table]) -> Table:
        """A table that is made on the first call and kept under its key."""
        if key not in self._kept:
            self._kept[key] = made()
        return self._kept[key]

    def _inverted(self, table: Table) -> Table:
        n = len(table)
        zero, one = self.numbers.number(Fraction(0)), self.numbers.number(Fraction(1))
        rows = [
            [self._lifted(x) for x in row] + [one if i == j else zero for j in range(n)]
            for i, row in enumerate(table)
        ]
        least = self.numbers.least * max(_weight(x) for row in rows for x in row)
        for k in range(n):
            best = max(range(k, n), key=lambda i: _weight(rows[i][k]))
            if _weight(rows[best][k]) <= least:
                raise NoValue("a singular matrix, or one that is close to it")
            rows[k], rows[best] = rows[best], rows[k]
            pivot = rows[k][k]
            rows[k] = [x / pivot for x in rows[k]]
            for i in range(n):
                if i != k:
                    factor = rows[i][k]
                    rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
        return [row[n:] for row in rows]

    def _filled(self, node: Node) -> Table:
        rows, cols = map(self.size, node.shape)
        if rows * cols > CELLS:
            raise NoValue(f"a matrix of {rows} × {cols}")
        self.spent += rows * cols * (ENTRY_COST + self._inner(node))
        if isinstance(node, Variable):
            return self._variable(node)
        if type(node).__name__ == "Differential":
            return self._differential(node)
        _need_exact(node)
        table = [[node.entry(self, i, j) for j in range(cols)] for i in range(rows)]
        if any(_bits(x) > BITS for row in table for x in row):
            raise NoValue(f"a fraction of more than {BITS} bits")
        return table

    def _inner(self, node: Node) -> int:
        """Multiplications for an entry of a product or an inverse."""
        if type(node).__name__ not in ("Product", "Inverse"):
            return 0
        return sum(self.size(factor.cols) for factor in node.operands)

    def _variable(self, node: Node) -> Table:
        table = [[self.numbers.number(Fraction(x)) for x in row] for row in self.point.tables[node]]
        if not self.dual:
            return table
        slopes = self.point.directions[node]
        number = self.numbers.base.number
        return [
            [Dual(x.x, number(Fraction(y))) for x, y in zip(row, line, strict=True)]
            for row, line in zip(table, slopes, strict=True)
        ]

    def _differential(self, node: Any) -> Table:
        return [[self._slope(x) for x in row] for row in self.table(node.operands[0])]

    def _slope(self, x: Any) -> Any:
        zero = self.numbers.base.number(Fraction(0))
        return Dual(x.y if isinstance(x, Dual) else zero, zero)

    def _scalar_node(self, x: Any) -> Any:
        if type(x).__name__ == "ScalarDifferential":
            return self._slope(self.number(x.operands[0]))
        _need_exact(x)
        return x.entry(self, 0, 0)


def _need_exact(x: Any) -> None:
    """Refuse an operator whose entry formula is a truncated series, or its iteration."""
    kind = type(x).__name__
    power = kind == "MatrixFunction" and x.operands[0].is_Pow
    if kind not in EXACT and not power:
        raise NoValue(f"{kind} has no exact entries")


def _bits(x: Any) -> int:
    x = x.x if isinstance(x, Dual) else x
    exact = isinstance(x, int | Fraction)
    return x.numerator.bit_length() + x.denominator.bit_length() if exact else 0


def _weight(x: Any) -> Any:
    if isinstance(x, Dual):
        x = x.x
    return abs(x) if not hasattr(x, "value") else int(bool(x.value))


EXACT = frozenset(
    """Ones Zero Identity Centering Commutation Selector Segment Duplication Elimination
    SkewDuplication ToeplitzBasis LowerMask Scale Add Hadamard Product Transpose Inverse Map Map2
    Kronecker KhatriRao Vec Unvec ContractRight ContractLeft HStack VStack Diag Diagonal Named
    Adjugate Entry Trace Total Inner Det LogDet RowSoftmax ColumnSoftmax RowLogSumExp
    ColumnLogSumExp LogSumExp""".split()
)
"""Operators whose entry formulas are exact in every number system."""
