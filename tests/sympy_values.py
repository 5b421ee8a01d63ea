"""Numbers for sympy's matrix and array expressions, by their definitions, to judge what it says.

Everything is evaluated at explicit arrays, complex ones included, so that the complex step of an
expression gives its derivative without using any rule of differentiation.
"""

import math
import operator
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy import Basic, Expr
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanTrue
from sympy.matrices import expressions as of
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array import expressions as arrays
from sympy.tensor.array.expressions.array_expressions import ArrayElementwiseApplyFunc

STEP = 1e-30
ENTRY = sympy.Dummy("entry", real=True)
COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
Values = Mapping[Basic, Any]


class Unevaluated(Exception):
    """A derivative that sympy left as it was, or an expression of a kind not listed here."""


def value(x: Any, at: Values) -> Any:
    """Array or number of a sympy expression, ``at`` values of its symbols and matrix symbols."""
    if x in at:
        return at[x]
    if not isinstance(x, Basic):
        return x
    if type(x) in TABLE:
        return TABLE[type(x)](x, at)
    if isinstance(x, sympy.Number | sympy.NumberSymbol):
        return complex(x)
    if isinstance(x, Relational):
        return COMPARE[x.rel_op](*np.real(_all(x.args, at)))
    if isinstance(x, sympy.Abs):
        inside = np.asarray(value(x.args[0], at), complex)
        return np.where(inside.real < 0, -inside, inside)
    if isinstance(x, sympy.Function) and hasattr(np, x.func.__name__):
        return getattr(np, x.func.__name__)(*(np.asarray(value(a, at), complex) for a in x.args))
    raise Unevaluated(f"{type(x).__name__}: {str(x)[:80]}")


def _power(base: Any, k: Any) -> Any:
    """A power of every entry, an integer one by products: angles would lose tiny parts."""
    base = np.asarray(base, complex)
    if np.imag(k) or k != int(np.real(k)):
        return base**k
    whole = math.prod([base] * abs(int(np.real(k))), start=np.ones_like(base))
    return whole if np.real(k) >= 0 else 1 / whole


def _all(xs: Any, at: Values) -> list[Any]:
    return [value(x, at) for x in xs]


def _size(x: Expr, at: Values) -> int:
    return int(np.real(value(x, at)))


def _sizes(x: Any, at: Values) -> tuple[int, ...]:
    return tuple(_size(size, at) for size in x.shape)


def _product(x: Any, at: Values) -> Any:
    scalars = math.prod(value(a, at) for a in x.args if not a.is_Matrix)
    matrices = [value(a, at) for a in x.args if a.is_Matrix]
    return scalars * (np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0])


def _matrix_power(x: Any, at: Values) -> Any:
    base, k = value(x.base, at), np.real(value(x.exp, at))
    if base.shape == (1, 1):
        return _power(base, k)
    if k != int(k):
        raise Unevaluated(f"a matrix to the power {x.exp}")
    return np.linalg.matrix_power(base, int(k))


def _mapped(x: Any, at: Values) -> Any:
    """An elementwise function, of a matrix or of an array."""
    body = x.function(ENTRY)
    each = np.vectorize(lambda entry: value(body, {**at, ENTRY: entry}), otypes=[complex])
    return each(np.asarray(value(x.expr, at)))


def _kronecker(x: Any, at: Values) -> Any:
    result = np.ones((1, 1))
    for factor in _all(x.args, at):
        result = np.kron(result, factor)
    return result


def _summed(x: Any, at: Values) -> Any:
    (i, low, high), *outer = x.limits
    inner = x.function if not outer else x.func(x.function, *outer)
    span = range(_size(low, at), _size(high, at) + 1)
    return sum(value(inner, {**at, i: n}) for n in span)


def _chosen(x: Any, at: Values) -> Any:
    return next(value(branch, at) for branch, test in x.args if value(test, at))


def _element(x: Any, at: Values) -> Any:
    table = value(x.args[0], at)
    return table[tuple(_size(place, at) for place in x.args[1:])]


def _tensor_product(x: Any, at: Values) -> Any:
    result = np.array(1.0)
    for factor in _all(x.args, at):
        result = np.multiply.outer(result, factor)
    return result


def _letters(x: Any, at: Values) -> tuple[Any, list[int], list[int]]:
    inner = np.asarray(value(x.expr, at))
    axes = list(range(inner.ndim))
    groups = (
        x.contraction_indices if isinstance(x, arrays.ArrayContraction) else (x.diagonal_indices)
    )
    joined = [min(group) for group in groups]
    for group in groups:
        for axis in group:
            axes[int(axis)] = int(min(group))
    kept = [axis for k, axis in enumerate(axes) if axis not in joined]
    return inner, axes, kept + ([] if isinstance(x, arrays.ArrayContraction) else joined)


def _einsum(x: Any, at: Values) -> Any:
    inner, axes, kept = _letters(x, at)
    return np.einsum(inner, axes, kept)


def _permuted(x: Any, at: Values) -> Any:
    return np.transpose(value(x.expr, at), x.permutation.array_form)


def _blocks(x: Any, at: Values) -> Any:
    return np.block([_all(row, at) for row in x.blocks.tolist()])


TABLE: dict[type, Callable[[Any, Values], Any]] = {
    of.MatAdd: lambda x, at: sum(_all(x.args, at)),
    of.MatMul: _product,
    of.MatPow: _matrix_power,
    of.Inverse: lambda x, at: np.linalg.inv(value(x.arg, at)),
    of.Transpose: lambda x, at: value(x.arg, at).T,
    of.HadamardProduct: lambda x, at: math.prod(_all(x.args, at)),
    of.HadamardPower: lambda x, at: _power(*_all(x.args, at)),
    of.KroneckerProduct: _kronecker,
    of.Identity: lambda x, at: np.eye(_size(x.rows, at)),
    of.ZeroMatrix: lambda x, at: np.zeros(_sizes(x, at)),
    of.OneMatrix: lambda x, at: np.ones(_sizes(x, at)),
    of.DiagMatrix: lambda x, at: np.diagflat(value(x.args[0], at)),
    of.DiagonalOf: lambda x, at: np.diagonal(value(x.arg, at))[:, None],
    of.DiagonalMatrix: lambda x, at: value(x.arg, at) * np.eye(*_sizes(x, at)),
    of.BlockMatrix: _blocks,
    ElementwiseApplyFunction: _mapped,
    of.Trace: lambda x, at: np.trace(value(x.arg, at)),
    of.Determinant: lambda x, at: np.linalg.det(value(x.arg, at)),
    of.DotProduct: lambda x, at: np.dot(*map(np.ravel, _all(x.args, at))),
    MatrixElement: _element,
    sympy.Sum: _summed,
    sympy.KroneckerDelta: lambda x, at: float(value(x.args[0], at) == value(x.args[1], at)),
    sympy.Max: lambda x, at: max(_all(x.args, at), key=np.real),
    sympy.Min: lambda x, at: min(_all(x.args, at), key=np.real),
    sympy.Piecewise: _chosen,
    BooleanTrue: lambda x, at: True,
    sympy.Add: lambda x, at: sum(_all(x.args, at)),
    sympy.Mul: lambda x, at: math.prod(_all(x.args, at)),
    sympy.Pow: lambda x, at: _power(*_all(x.args, at)),
    arrays.ArrayTensorProduct: _tensor_product,
    arrays.ArrayContraction: _einsum,
    arrays.ArrayDiagonal: _einsum,
    arrays.PermuteDims: _permuted,
    arrays.ArrayAdd: lambda x, at: sum(_all(x.args, at)),
    arrays.ZeroArray: lambda x, at: np.zeros(_sizes(x, at)),
    arrays.OneArray: lambda x, at: np.ones(_sizes(x, at)),
    arrays.ArrayElement: _element,
    ArrayElementwiseApplyFunc: _mapped,
    arrays.Reshape: lambda x, at: np.reshape(value(x.expr, at), _sizes(x, at)),
}


def derivative(f: Any, x: Any, at: dict[Basic, Any]) -> np.ndarray:
    """∂f/∂x by the complex step: the axes of x, then those of f."""
    base = np.asarray(at[x], complex)
    slices = []
    for place in product(*map(range, base.shape)):
        moved = base.copy()
        moved[place] += 1j * STEP
        slices.append(np.imag(value(f, {**at, x: moved})) / STEP)
    whole = np.array(slices)
    return whole.reshape(base.shape + whole.shape[1:])
