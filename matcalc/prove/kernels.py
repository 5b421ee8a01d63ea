"""Operators of lowered expressions, each written with the operators that it stands for."""

from collections.abc import Callable
from typing import Any

from sympy import Integer, expand

from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose
from matcalc.operators.constants import Commutation, Ones, Selector
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.segments import Segment


def _beyond(a: Node, line: Node) -> Node:
    """A − c1ᵀ, or A − 1r."""
    if line.cols == 1:
        return Add(a, Scale(Integer(-1), Product(line, Ones(Integer(1), a.cols))))
    return Add(a, Scale(Integer(-1), Product(Ones(a.rows, Integer(1)), line)))


def _slice(a: Node, i: Any, m: Any, j: Any, n: Any) -> Node:
    rows, cols = Segment(a.rows, expand(i), m), Segment(a.cols, expand(j), n)
    return Product(Transpose(rows), a, cols)


def _pad(a: Node, m: Any, i: Any, n: Any, j: Any) -> Node:
    rows, cols = Segment(m, expand(i), a.rows), Segment(n, expand(j), a.cols)
    return Product(rows, a, Transpose(cols))


KERNELS: dict[str, Callable[..., Any]] = {
    "MatMul": Product,
    "ColumnSums": lambda a: Product(Ones(Integer(1), a.rows), a),
    "RowSums": lambda a: Product(a, Ones(a.cols, Integer(1))),
    "ColumnDots": lambda a, b: Product(Ones(Integer(1), a.rows), Hadamard(a, b)),
    "RowDots": lambda a, b: Product(Hadamard(a, b), Ones(a.cols, Integer(1))),
    "RepeatRows": lambda line, count: Product(Ones(count, Integer(1)), line),
    "RepeatColumns": lambda line, count: Product(line, Ones(Integer(1), count)),
    "Solve": lambda a, b: Product(Inverse(a), b),
    "KroneckerTimes": lambda a, b, m: Product(Kronecker(a, b), m),
    "CommuteRows": lambda a, m, n: Product(Commutation(m, n), a),
    "DiagonalRows": lambda a, n: Product(Transpose(Selector(n)), a),
    "Beyond": _beyond,
    "Slice": _slice,
    "Pad": _pad,
}
"""What each is, from its operands."""
