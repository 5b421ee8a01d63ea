"""The places in a side of a law where one thing stands, and the side with another put there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Expr

from matcalc.indexing import is_index
from matcalc.lower.matrix_functions import KroneckerPowerSum
from matcalc.lower.picking import BlockSums, Grid, Pad, Slice
from matcalc.node import Node, Operator
from matcalc.operators.algebra import Scale
from matcalc.operators.eigen import Eigenvalue, Eigenvector
from matcalc.operators.elementwise import Map
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import Abstract
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.scalars import Differential, ScalarDifferential
from matcalc.operators.segments import Segment
from matcalc.operators.selection import Entry
from matcalc.symbols import free_symbols, variables

LEAVES = (Variable, Named, Differential, ScalarDifferential, Abstract)
FUNCTIONS = (Map, Map2, MatrixFunction)
"""Operators whose first operand is a function, edited as a whole."""
ROLES = {
    **{(Segment, 1): "index", (Entry, 1): "index", (Entry, 2): "index"},
    **{(Slice, 1): "index", (Slice, 3): "index", (Pad, 2): "index", (Pad, 4): "index"},
    **{(Eigenvalue, 1): "index", (Eigenvector, 1): "index"},
    **{(Scale, 0): "scalar", (KroneckerPowerSum, 0): "exponent", (BlockSums, 3): "axis"},
    (Grid, 0): "count",
}
"""What a number is at a place among the operands, where it is no size."""


@dataclass(frozen=True)
class Place:
    """What stands somewhere, what it is there, and how the whole is made with another there."""

    x: Any
    role: str
    put: Callable[[Any], Any]


@dataclass(frozen=True)
class Vocabulary:
    """What the left side of a law knows, and so may stand on the right."""

    variables: list[Variable]
    sizes: list[Any]
    indices: list[Any]
    scalars: list[Any]


def vocabulary(lhs: Any) -> Vocabulary:
    symbols = free_symbols(lhs)
    sizes = [s for s in symbols if s.is_positive and s.is_integer]
    indices = [s for s in symbols if is_index(s)]
    scalars = [s for s in symbols if s not in (*sizes, *indices)]
    return Vocabulary(variables(lhs), sizes, indices, scalars)


def places(x: Any, role: str = "", put: Callable[[Any], Any] = lambda new: new) -> Iterator[Place]:
    """Every place in an expression, what is shared at each of its places by itself."""
    role = role or ("matrix" if isinstance(x, Node) else "scalar")
    yield Place(x, role, put)
    for k, part, its_role in _parts(x, role):
        yield from places(part, its_role, partial(_rebuilt, x, k, put))


def _rebuilt(x: Any, k: int, put: Callable[[Any], Any], new: Any) -> Any:
    before = x.operands if isinstance(x, Operator) else x.args
    made = type(x) if isinstance(x, Operator) else x.func
    return put(made(*before[:k], new, *before[k + 1 :]))


def _parts(x: Any, role: str) -> Iterator[tuple[int, Any, str]]:
    if isinstance(x, LEAVES):
        return
    if isinstance(x, Operator):
        for k, operand in enumerate(x.operands):
            if isinstance(operand, Expr | Node) and role_of(x, k) != "function":
                yield k, operand, role_of(x, k)
    elif role == "scalar":
        for k, part in enumerate(x.args):
            yield k, part, "scalar"


def role_of(x: Any, k: int) -> str:
    """What an operand is: a matrix, a scalar, a function, a size, an index."""
    if k == 0 and isinstance(x, FUNCTIONS):
        return "function"
    if isinstance(x.operands[k], Node):
        return "matrix"
    return "scalar" if isinstance(x.operands[k], Operator) else ROLES.get((type(x), k), "size")
