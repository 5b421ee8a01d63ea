"""How each of sympy's matrix constructs reads, by its exact type."""

from functools import reduce
from operator import add, matmul, mul
from typing import Any

from sympy import Integer
from sympy.matrices import expressions as of
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from matcalc.errors import NameRefused, ShapeError, UnsupportedInput
from matcalc.interop.reader import Read, Reader
from matcalc.node import Node
from matcalc.operators.algebra import inv
from matcalc.operators.blocks import block, block_diag
from matcalc.operators.constants import identity, ones, zeros
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.elementwise import elementwise
from matcalc.operators.functions import ENTRY
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import matrix
from matcalc.operators.matrix_functions import matrix_power
from matcalc.operators.shapes import is_one


def _symbol(read: Reader, x: Any) -> Node:
    name = read.symbols.own(x.name, x)
    rows, cols = map(read.scalar, x.shape)
    known = read.symbols.given.get(name)
    if known is None:
        return matrix(name, rows, cols)
    if not isinstance(known, Node):
        raise NameRefused(f"{name} is a matrix here, and {known!r} in like")
    if known.shape == (rows, cols):
        return known
    raise ShapeError(f"{name} is {rows} × {cols} here, and {known.rows} × {known.cols} in like")


def _product(read: Reader, x: Any) -> Node:
    nodes = read.all(a for a in x.args if a.is_Matrix)
    scalars = [read.scalar(a) for a in x.args if not a.is_Matrix]
    return reduce(mul, scalars, Integer(1)) * reduce(matmul, nodes)


def _power(read: Reader, x: Any) -> Node:
    base, k = read.matrix(x.base), read.scalar(x.exp)
    if is_one(base.rows) and is_one(base.cols):
        return base**k
    return matrix_power(base, k)


def _elementwise_power(read: Reader, x: Any) -> Node:
    base, k = x.args
    if not base.is_Matrix:
        c = read.scalar(base)
        return elementwise(lambda t: c**t, read.matrix(k))
    return read.matrix(base) ** (read.matrix(k) if k.is_Matrix else read.scalar(k))


def _mapped(read: Reader, x: Any) -> Node:
    body = read.scalar(x.function(ENTRY))
    return elementwise(lambda _: body, read.matrix(x.expr))


def _slice(read: Reader, x: Any) -> Node:
    spans = []
    for start, stop, step_ in (x.rowslice, x.colslice):
        if step_ != 1:
            raise UnsupportedInput(f"a slice with steps, {x}")
        spans.append(slice(read.scalar(start), read.scalar(stop)))
    return read.matrix(x.parent)[tuple(spans)]


def _blocks(read: Reader, x: Any) -> Node:
    return block([read.all(row) for row in x.blocks.tolist()])


MATRICES: dict[type, Read] = {
    of.MatrixSymbol: _symbol,
    of.MatAdd: lambda read, x: reduce(add, read.all(x.args)),
    of.MatMul: _product,
    of.MatPow: _power,
    of.Inverse: lambda read, x: inv(read.matrix(x.arg)),
    of.Transpose: lambda read, x: read.matrix(x.arg).T,
    of.Adjoint: lambda read, x: read.matrix(x.arg).T,
    of.HadamardProduct: lambda read, x: reduce(mul, read.all(x.args)),
    of.HadamardPower: _elementwise_power,
    of.KroneckerProduct: lambda read, x: kron(*read.all(x.args)),
    of.Identity: lambda read, x: identity(read.scalar(x.rows)),
    of.ZeroMatrix: lambda read, x: zeros(*map(read.scalar, x.shape)),
    of.OneMatrix: lambda read, x: ones(*map(read.scalar, x.shape)),
    of.DiagMatrix: lambda read, x: diag(read.matrix(x.args[0])),
    of.DiagonalOf: lambda read, x: diagonal(read.matrix(x.arg)),
    of.DiagonalMatrix: lambda read, x: diag(diagonal(read.matrix(x.arg))),
    of.MatrixSlice: _slice,
    of.BlockMatrix: _blocks,
    of.BlockDiagMatrix: lambda read, x: block_diag(*read.all(x.diag)),
    ElementwiseApplyFunction: _mapped,
}
