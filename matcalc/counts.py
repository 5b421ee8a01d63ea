"""What an expression costs as it is written: every operator by its own NumPy call.

Nothing is left out or reordered: products run from left to right, Kronecker products and constant
matrices are formed, repeated rows too. A shared expression is worked out once, and a transpose is
a view. Factorisations count by their leading terms (G. H. Golub, C. F. Van Loan, *Matrix
Computations*, 4th ed., sec. 3.2, 5.4, 8.3, 8.6): LU n³/3 multiply-adds, a singular value
decomposition 11 times what its longer side, its shorter side and that again multiply to.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sympy import Expr, Integer, Min, log

from matcalc.dimensions import times
from matcalc.errors import UncountedOperator
from matcalc.function_work import applied
from matcalc.node import Node, Operator, children
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose, split_scale
from matcalc.operators.analytic import EXP, exponent
from matcalc.operators.blocks import Stack
from matcalc.operators.constants import Centering, Commutation, Constant, Selector
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.diagonal import Diag, Diagonal
from matcalc.operators.eigen import Eigenvalue, Eigenvector
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.khatri_rao import KhatriRao
from matcalc.operators.kronecker import ContractLeft, ContractRight, Kronecker, Unvec, Vec
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.scalars import Inner, Total, Trace
from matcalc.operators.selection import Entry
from matcalc.operators.softmax import LineLogSumExp, LogSumExp, Softmax
from matcalc.symbols import below
from matcalc.work import (
    NUMBER,
    Count,
    Work,
    chained,
    contracted,
    copied,
    entrywise,
    formed,
    linear_algebra,
    multiplied,
    summed,
    total,
)

Rule = Callable[[Any], Iterable[Work]]
LU = Integer(1) / 3
SVD = 11
PADE_PRODUCTS = 9
"""Products in a matrix exponential of a matrix of norm up to 5.37; squarings come on top."""


def count(*roots: Any) -> Count:
    """What expressions cost together, as they are written.

    Parameters
    ----------
    *roots : Node or sympy.Expr
        Matrix or scalar expressions.

    Returns
    -------
    Count
        In the sizes of the expressions.

    Raises
    ------
    UncountedOperator
        For an operator without a count, such as a differential.

    Examples
    --------
    >>> from matcalc import column, matrix
    >>> A, v = matrix("A", "m", "n"), column("v", "n")
    >>> count(A @ v, 2 * (A @ v)).multiply_adds
    m*n
    """
    return total(one for x in below(roots, computed) for one in work_of(x, RULES))


def computed(x: Any) -> tuple[Any, ...]:
    """What is worked out before an expression: signs and reciprocals are its own."""
    if isinstance(x, Add):
        return tuple(a if c == -1 else term for term, (c, a) in _signed_terms(x))
    if isinstance(x, Hadamard):
        return tuple(base if k == -1 else factor for factor, (base, k) in _powers(x))
    return children(x)


def _signed_terms(x: Add) -> list[tuple[Any, tuple[Expr, Any]]]:
    return [(term, split_scale(term)) for term in x.operands]


def _powers(x: Hadamard) -> list[tuple[Any, tuple[Any, Expr]]]:
    return [(factor, power_of(factor)) for factor in x.operands]


def work_of(x: Any, rules: Mapping[type, Rule]) -> Iterable[Work]:
    """Work of one operator on operands that are there; none for arithmetic between numbers.

    An operator of one's own says itself what its NumPy call costs, by a method ``work``.
    """
    if not isinstance(x, Operator):
        return ()
    for cls in type(x).__mro__:
        if cls in rules:
            return rules[cls](x)
    own = getattr(x, "work", None)
    if own is not None:
        return own()
    name = type(x).__name__
    raise UncountedOperator(
        f"no count of operations is known for {name}; an operator of one's own has a method work"
    )


def nothing(x: Any) -> list[Work]:
    """A name, an entry or a view."""
    return []


def _sum(x: Add) -> list[Work]:
    negated = all(c == -1 for _, (c, _) in _signed_terms(x))
    return [*[entrywise(x.shape)] * negated, *chained([x.shape] * len(x.operands))]


def _entrywise_product(x: Hadamard) -> list[Work]:
    inverted = all(k == -1 for _, (_, k) in _powers(x))
    return [*[entrywise(x.shape)] * inverted, *chained([x.shape] * len(x.operands))]


def _product(x: Product) -> list[Work]:
    return [multiplied(x.rows, factor.rows, factor.cols) for factor in x.operands[1:]]


def _kronecker(x: Kronecker) -> list[Work]:
    (rows, cols), work = x.operands[0].shape, []
    for factor in x.operands[1:]:
        left, (rows, cols) = (rows, cols), (times(rows, factor.rows), times(cols, factor.cols))
        work.append(Work("operations", times(rows, cols), (left, factor.shape), (rows, cols)))
    return work


def _inverse(x: Inverse) -> list[Work]:
    return [linear_algebra(x.rows**3, x.shape, writes=x.shape)]


def _determinant(x: Any) -> list[Work]:
    a = x.operands[0]
    return [linear_algebra(LU * a.rows**3, a.shape)]


def _singular_values(a: Any) -> Expr:
    return SVD * a.rows * a.cols * Min(a.rows, a.cols)


def _pseudo_inverse(x: PseudoInverse) -> list[Work]:
    a = x.operands[0]
    short = Min(a.rows, a.cols)
    return [linear_algebra(_singular_values(a) + a.rows * a.cols * short, a.shape, writes=x.shape)]


def _adjugate(x: Adjugate) -> list[Work]:
    """A singular value decomposition, two determinants, n products of n − 1 values, a product."""
    n = x.rows
    decomposed = linear_algebra(_singular_values(x) + 2 * LU * n**3, x.shape, writes=x.shape)
    return [decomposed, summed(x.shape), entrywise(x.shape), multiplied(n, n, n)]


def _eigenvalue(x: Eigenvalue) -> list[Work]:
    s = x.operands[0]
    return [linear_algebra(2 * LU * s.rows**3, s.shape)]


def eigenvectors(x: Any) -> list[Work]:
    """All of them, of the first operand."""
    s = x.operands[0]
    return [linear_algebra(Integer(9) / 2 * s.rows**3, s.shape, writes=s.shape)]


def _diag(x: Diag) -> list[Work]:
    return [copied(x.operands[0].shape, to=x.shape)]


def _trace(x: Trace) -> list[Work]:
    return [summed((x.operands[0].rows, Integer(1)))]


def _total(x: Total) -> list[Work]:
    return [summed(x.operands[0].shape)]


def _inner(x: Inner) -> list[Work]:
    a, b = x.operands
    return [contracted(a.shape, b.shape)]


def _contraction(x: Any) -> list[Work]:
    g, a = x.operands
    return [contracted(g.shape, a.shape, writes=x.shape)]


def copies_of_operands(x: Any) -> list[Work]:
    """Operands written again, elsewhere or in another order."""
    parts = [a.shape for a in x.operands if isinstance(a, Node)]
    return [copied(*parts, to=x.shape)]


def _log_sums(x: Any) -> list[Work]:
    shape = x.shape if isinstance(x, LineLogSumExp) else NUMBER
    return [summed(x.operands[0].shape, writes=shape, kind="functions")]


def _softmax(x: Softmax) -> list[Work]:
    line = tuple(Integer(1) if axis == x.axis else size for axis, size in enumerate(x.shape))
    sums = summed(x.shape, writes=(line[0], line[1]), kind="functions")
    return [sums, entrywise(x.shape, sums.writes), entrywise(x.shape, kind="functions")]


def _khatri_rao(x: KhatriRao) -> list[Work]:
    a, b = (operand.shape for operand in x.operands)
    return [Work("operations", times(*x.shape), (a, b), x.shape)]


def _matrix_function(x: MatrixFunction) -> list[Work]:
    k = exponent(x.f)
    if k is None:
        size = sum(block.rows for block in x.blocks[::2]) * (1 if x.f == EXP else 2)
        products = (PADE_PRODUCTS + LU + 1) * size**3
        return [linear_algebra(products, (size, size), writes=x.shape)]
    if len(x.blocks) == 1:
        a = x.blocks[0]
        return [linear_algebra(_products_in_power(k) * a.rows**3, a.shape, writes=x.shape)]
    return [linear_algebra(k * _one_more_power(x), *(b.shape for b in x.blocks), writes=x.shape)]


def _products_in_power(k: Expr) -> Expr:
    """By repeated squaring: a product for every bit but the first, and for every bit that is 1."""
    if k.is_Integer:
        return Integer(int(k).bit_length() + int(k).bit_count() - 2)
    return 2 * log(k) / log(2)


def _one_more_power(x: MatrixFunction) -> Expr:
    """Products that lead from the sums for k to those for k + 1."""
    rows, bases, switches = x.rows, x.blocks[::2], x.blocks[1::2]
    powers = rows * rows * switches[0].cols
    grown = sum(rows * b.rows**2 for b in bases[1:])
    return powers + grown + sum(rows * m.rows * m.cols for m in switches[1:])


RULES: dict[type, Rule] = {
    Variable: nothing,
    Named: nothing,
    Constant: lambda x: [formed(x.shape)],
    Selector: lambda x: [formed((x.rows, x.rows))],
    Commutation: lambda x: [formed(x.shape), copied(x.shape)],
    Centering: lambda x: [formed(x.shape), entrywise(x.shape)],
    Scale: lambda x: [entrywise(x.shape)],
    Add: _sum,
    Product: _product,
    Transpose: nothing,
    Inverse: _inverse,
    Hadamard: _entrywise_product,
    Map: lambda x: applied(x.operands[0], x.operands[1].shape),
    Map2: lambda x: applied(x.operands[0], x.operands[1].shape, x.operands[2].shape),
    Diag: _diag,
    Diagonal: nothing,
    Trace: _trace,
    Total: _total,
    Inner: _inner,
    Entry: nothing,
    Det: _determinant,
    LogDet: _determinant,
    Adjugate: _adjugate,
    PseudoInverse: _pseudo_inverse,
    Eigenvalue: _eigenvalue,
    Eigenvector: eigenvectors,
    Kronecker: _kronecker,
    KhatriRao: _khatri_rao,
    Vec: copies_of_operands,
    Unvec: copies_of_operands,
    ContractRight: _contraction,
    ContractLeft: _contraction,
    Stack: copies_of_operands,
    Softmax: _softmax,
    LineLogSumExp: _log_sums,
    LogSumExp: _log_sums,
    MatrixFunction: _matrix_function,
}
"""What every operator of the language costs, by its class or the one it belongs to."""
