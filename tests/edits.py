"""Kinds of mistakes, each as what may wrongly stand in a place: thunks, for some cannot be made."""

import operator
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import sympy
from sympy import Integer, Rational

from matcalc.lower.kernels import (
    ColumnDots,
    ColumnSums,
    MatMul,
    RepeatColumns,
    RepeatRows,
    RowDots,
    RowSums,
)
from matcalc.lower.picking import LowerTriangle, SumOverLeft, SumOverRight, UpperTriangle
from matcalc.lower.softmax import ColumnGreatest, RowGreatest
from matcalc.lower.structures import (
    Duplicate,
    Eliminate,
    Fold,
    PlaceLower,
    SkewDuplicate,
    SkewFold,
)
from matcalc.node import Node, Operator
from matcalc.operators import functions as own
from matcalc.operators.algebra import Add, Inverse, Product, Transpose
from matcalc.operators.analytic import COS, EXP, SIN, exponent
from matcalc.operators.blocks import HStack, VStack
from matcalc.operators.constants import Centering, Identity, Ones, Zero
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.khatri_rao import KhatriRao
from matcalc.operators.kronecker import ContractLeft, ContractRight, Kronecker
from matcalc.operators.leaves import Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.scalars import Differential, Total, Trace
from matcalc.operators.softmax import ColumnLogSumExp, ColumnSoftmax, RowLogSumExp, RowSoftmax
from tests.places import LEAVES, Place, Vocabulary, role_of

Thunks = Iterator[Callable[[], Any]]
TERMS, COMMUTING = (Add, sympy.Add), (Add, Hadamard, sympy.Add, sympy.Mul)
FACTORS = (Product, Hadamard, Kronecker, sympy.Mul)
ENTRYWISE = {
    **{sympy.exp: sympy.tanh, sympy.tanh: sympy.exp, sympy.log: sympy.exp},
    **{sympy.sinh: sympy.cosh, sympy.cosh: sympy.sinh, own.step: own.relu, own.relu: own.step},
    **{own.abs: own.relu, own.sign: own.step, own.sigmoid: own.softplus},
    **{own.softplus: own.sigmoid, own.logaddexp: own.maximum, own.clip: own.minimum},
}
OF_MATRICES = {EXP: SIN, SIN: COS, COS: EXP}
MIRRORED = (
    *((RowSoftmax, ColumnSoftmax), (RowLogSumExp, ColumnLogSumExp), (RowSums, ColumnSums)),
    *((RowDots, ColumnDots), (RepeatRows, RepeatColumns), (RowGreatest, ColumnGreatest)),
    *((HStack, VStack), (LowerTriangle, UpperTriangle), (SumOverLeft, SumOverRight)),
    (ContractLeft, ContractRight),
)
NEIGHBOURS = {
    **{Trace: Total, Total: Trace, Det: LogDet, LogDet: Det, Inverse: Adjugate},
    **{Adjugate: Inverse, PseudoInverse: Transpose, Identity: Centering, Centering: Identity},
    **{Zero: Ones, Ones: Zero, Product: Hadamard, Hadamard: Product, Add: Hadamard},
    **{Kronecker: KhatriRao, KhatriRao: Kronecker, Duplicate: PlaceLower, PlaceLower: Duplicate},
    **{Fold: Eliminate, Eliminate: Fold, SkewDuplicate: Duplicate, SkewFold: Fold},
    MatMul: Hadamard,
}


def itself(x: Any) -> Any:
    return x


def sign(p: Place, _: Vocabulary) -> Thunks:
    if p.role in ("matrix", "scalar"):
        yield partial(operator.neg, p.x)


def factor(p: Place, _: Vocabulary) -> Thunks:
    if p.role in ("matrix", "scalar"):
        for c in (Integer(2), Rational(1, 2)):
            yield partial(operator.mul, c, p.x)


def parts_of(x: Any) -> tuple[Any, ...]:
    return x.operands if isinstance(x, Operator) else x.args


def without_one(x: Any) -> Thunks:
    head, parts = (type(x) if isinstance(x, Operator) else x.func), parts_of(x)
    for k in range(len(parts)):
        yield partial(head, *parts[:k], *parts[k + 1 :])


def term_dropped(p: Place, _: Vocabulary) -> Thunks:
    if isinstance(p.x, TERMS) and p.role != "size":
        yield from without_one(p.x)


def factor_dropped(p: Place, _: Vocabulary) -> Thunks:
    if isinstance(p.x, FACTORS) and p.role != "size":
        yield from without_one(p.x)


def operands_swapped(p: Place, _: Vocabulary) -> Thunks:
    if not isinstance(p.x, Operator) or isinstance(p.x, (*COMMUTING, *LEAVES)):
        return
    parts = p.x.operands
    for k, (a, b) in enumerate(pairwise(parts)):
        if isinstance(a, Node) and isinstance(b, Node):
            yield partial(type(p.x), *parts[:k], b, a, *parts[k + 2 :])


def transposed(p: Place, _: Vocabulary) -> Thunks:
    if p.role == "matrix":
        yield partial(Transpose, p.x)


def operand_replaced(p: Place, names: Vocabulary) -> Thunks:
    if isinstance(p.x, Variable):
        yield from (partial(itself, v) for v in _alike(p.x, names))
    elif isinstance(p.x, Differential) and isinstance(p.x.operands[0], Variable):
        yield from (partial(Differential, v) for v in _alike(p.x.operands[0], names))
    elif p.role == "scalar" and p.x in names.scalars:
        yield from (partial(itself, s) for s in (Integer(1), *names.scalars))


def _alike(x: Variable, names: Vocabulary) -> list[Variable]:
    return [v for v in names.variables if v is not x and v.shape == x.shape]


def operator_dropped(p: Place, _: Vocabulary) -> Thunks:
    """An operator of one matrix left out: an inverse, a function, a differential."""
    if isinstance(p.x, Node) and not isinstance(p.x, Transpose | Variable):
        inside = [operand for operand in p.x.operands if isinstance(operand, Node)]
        if len(inside) == 1:
            yield partial(itself, inside[0])


def exponent_changed(p: Place, _: Vocabulary) -> Thunks:
    if p.role == "exponent":
        yield partial(operator.add, p.x, 1)
    elif isinstance(p.x, Map | MatrixFunction) and exponent(p.x.operands[0]) is not None:
        yield from _powers(p.x, exponent(p.x.operands[0]))
    elif isinstance(p.x, sympy.Pow):
        yield partial(sympy.Pow, p.x.base, p.x.exp + 1)
        yield partial(sympy.Pow, p.x.base, -p.x.exp)


def _powers(x: Any, k: Any) -> Thunks:
    for other in (k + 1, k - 1, -k):
        yield partial(type(x), ENTRY**other, *x.operands[1:])


def size_replaced(p: Place, names: Vocabulary) -> Thunks:
    if p.role == "size":
        yield from (partial(itself, s) for s in names.sizes if s != p.x)
    elif p.role == "scalar" and p.x in names.sizes:
        others = (p.x - 1, p.x + 1, *(s for s in names.sizes if s != p.x))
        yield from (partial(itself, s) for s in others)
    yield from _sizes_swapped(p.x)


def _sizes_swapped(x: Any) -> Thunks:
    if isinstance(x, LEAVES) or not isinstance(x, Operator):
        return
    numbers = [k for k in range(len(x.operands)) if role_of(x, k) in ("size", "index")]
    if len(numbers) > 1:
        for i, j in pairwise(numbers):
            swapped = list(x.operands)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield partial(type(x), *swapped)


def index_changed(p: Place, names: Vocabulary) -> Thunks:
    if p.role == "index":
        others = (p.x + 1, p.x - 1, *(i for i in names.indices if i != p.x))
        yield from (partial(itself, i) for i in others)
    elif p.role == "axis":
        yield partial(operator.sub, 1, p.x)


def function_replaced(p: Place, _: Vocabulary) -> Thunks:
    if isinstance(p.x, Map | Map2 | MatrixFunction):
        f, *rest = p.x.operands
        for other in _functions_near(f, isinstance(p.x, MatrixFunction)):
            yield partial(type(p.x), other, *rest)
    elif not isinstance(p.x, Operator) and p.role == "scalar" and type(p.x) in ENTRYWISE:
        yield partial(ENTRYWISE[type(p.x)], *p.x.args[:1])


def _functions_near(f: Any, of_matrices: bool) -> Iterator[Any]:
    if of_matrices:
        yield OF_MATRICES.get(f, EXP)
    elif isinstance(f, Abstract):
        name, order, x = f.args
        yield Abstract(name, order + 1, x)
        if order > 0:
            yield Abstract(name, order - 1, x)
    else:
        yield ENTRYWISE[type(f)](*f.args[:2]) if type(f) in ENTRYWISE else sympy.tanh(ENTRY)
        if f.has(ENTRY) and f.has(OTHER):
            yield f.xreplace({ENTRY: OTHER, OTHER: ENTRY})
        yield f.xreplace({ENTRY: -ENTRY})


def rows_and_columns(p: Place, _: Vocabulary) -> Thunks:
    for one, other in MIRRORED:
        if type(p.x) is one:
            yield partial(other, *p.x.operands)
        elif type(p.x) is other:
            yield partial(one, *p.x.operands)


def operator_replaced(p: Place, _: Vocabulary) -> Thunks:
    other = NEIGHBOURS.get(type(p.x))
    if other is not None and (other is not KhatriRao or len(p.x.operands) == 2):
        yield partial(other, *p.x.operands)


EDITS: dict[str, Callable[[Place, Vocabulary], Thunks]] = {
    "sign flipped": sign,
    "factor put in": factor,
    "term dropped": term_dropped,
    "factor dropped": factor_dropped,
    "operands swapped": operands_swapped,
    "transposed": transposed,
    "operand replaced": operand_replaced,
    "operator dropped": operator_dropped,
    "exponent changed": exponent_changed,
    "size replaced": size_replaced,
    "index changed": index_changed,
    "function replaced": function_replaced,
    "rows and columns": rows_and_columns,
    "operator replaced": operator_replaced,
}
"""Every kind of edit of a right side."""
