"""What a lowered program costs, call by call as it is printed.

Repeated lines and constants broadcast and are not formed; the order in which elementwise products
and sums run is that of the code, so that lines are joined before they meet a matrix.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sympy import expand

from matcalc.counts import LU, RULES, Rule, copies_of_operands, eigenvectors, nothing, work_of
from matcalc.dimensions import times
from matcalc.function_work import applied
from matcalc.lower.blocks import BlocksSolve, BlocksTimes, OnDiagonal, Refold, Spread
from matcalc.lower.code import Code
from matcalc.lower.eigen import ReducedResolvent
from matcalc.lower.graph import divides, is_constant, is_reciprocal, thin
from matcalc.lower.kernels import (
    CommuteRows,
    DiagonalRows,
    Dots,
    KroneckerTimes,
    MatMul,
    Repeat,
    Solve,
    Sums,
)
from matcalc.lower.matrix_functions import KroneckerPowerSum
from matcalc.lower.per_row import (
    DiagonalOfEach,
    EachDiagonal,
    EachSpread,
    EachTimes,
    EachTimesTransposed,
    EachWeighted,
    SumOfKroneckers,
)
from matcalc.lower.picking import (
    BlockSums,
    Grid,
    LowerTriangle,
    Pad,
    Slice,
    SumOverLeft,
    SumOverRight,
    UpperTriangle,
)
from matcalc.lower.program import Program
from matcalc.lower.sandwiches import BlocksAdded, RowKronecker, WeightedBlocks
from matcalc.lower.softmax import Beyond, Greatest
from matcalc.lower.structures import Applied, Fold, SkewFold, SumDiagonals
from matcalc.lower.sums import is_mask
from matcalc.lower.variances import Range
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, Map, power_of
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import ENTRY
from matcalc.symbols import resolved
from matcalc.work import (
    NUMBER,
    Shape,
    Work,
    broadcast,
    chained,
    contracted,
    copied,
    entries,
    entrywise,
    formed,
    linear_algebra,
    multiplied,
    summed,
)


def program_work(program: Program) -> Iterator[Work]:
    """Work of everything in a program, the copies of results that would be views included.

    Raises
    ------
    UncountedOperator
        For an operator without a count.
    """
    printed = Printed(program)
    for x in program.order:
        yield from printed.work(x)
    for statement in program.statements:
        if statement.text.endswith(".copy()") and statement.shape is not None:
            yield copied(statement.shape)


class Printed:
    """Work of the elementwise operations of a program, in the order in which they print."""

    def __init__(self, program: Program) -> None:
        self.code = program.code
        self.inside = set(_inside(program.code, program.order))

    def work(self, x: Any) -> Iterable[Work]:
        """Work of one expression, what prints as part of another one left to that."""
        if x in self.inside and not isinstance(x, Scale):
            return self._divisor(x) if isinstance(x, Map) else ()
        if isinstance(x, Add):
            return self._sum(x)
        if isinstance(x, Hadamard):
            return self._factors(x.operands)[0]
        if isinstance(x, Scale):
            return self._multiple(x)
        if is_mask(x):
            return self._mask(x)
        if isinstance(x, Map2):
            f, a, b = x.operands
            return applied(f, thin(a).shape, thin(b).shape)
        return work_of(x, KERNELS)

    def _divisor(self, x: Map) -> list[Work]:
        """A positive power, the division by which is that of the product it stands in."""
        base, k = power_of(x)
        return applied(ENTRY**-k, base.shape)

    def _mask(self, x: Map) -> list[Work]:
        moved = [copied(x.shape)] * (x in self.code.float_masks)
        return [*applied(x.operands[0], x.operands[1].shape), *moved]

    def _sum(self, x: Add) -> list[Work]:
        terms = [term for _, term in self.code.terms(x)]
        first, shapes = thin(terms[0]), [_term_shape(term) for term in terms]
        opened = bool(shapes[0]) and isinstance(first, Scale) and first.operands[0] == -1
        negated = self._leftmost(thin(first.operands[1])) if opened else NUMBER
        return [*[entrywise(negated)] * bool(negated), *chained(shapes)]

    def _leftmost(self, x: Any) -> Shape:
        """Shape of what a minus sign before a product stands at: its first factor."""
        while isinstance(x, MatMul | Hadamard) and self.code.is_inline(x):
            if isinstance(x, MatMul):
                x = resolved(x.operands[0])
            elif above := self.code.arranged(x.operands, behind=False)[0]:
                x = above[0][1]
            else:
                return NUMBER
        shape: Shape = x.shape
        return shape

    def _multiple(self, x: Scale) -> list[Work]:
        c, a = x.operands
        if isinstance(a, Ones):
            return [formed(x.shape)]
        sign, start, end = self.code.coefficient(c)
        minus = bool(sign) and not start and x not in self.inside
        factors = self.code.factors(a)
        work, shape = self._factors(factors, bool(start), bool(start or sign), minus)
        return [*work, *[entrywise(shape)] * bool(end)]

    def _factors(
        self, factors: Any, number: bool = False, behind: bool = False, minus: bool = False
    ) -> tuple[list[Work], Shape]:
        """A number and factors from left to right, then the division; a minus sign comes first."""
        above, below = self.code.arranged(factors, behind)
        shapes: list[Shape] = [NUMBER] * number + [t.shape for _, t in above] or [NUMBER]
        divisors = [base.shape for base, _ in below]
        work = [*[entrywise(shapes[0])] * (minus and bool(above)), *chained(shapes)]
        if divisors:
            work += [*chained(divisors), entrywise(broadcast(*shapes), broadcast(*divisors))]
        return work, broadcast(*shapes, *divisors)


def _term_shape(x: Node) -> Shape:
    """Shape of what stands for a term of a sum: a constant is a number."""
    t = thin(x)
    return NUMBER if is_constant(t) else t.shape


def _inside(code: Code, order: Iterable[Any]) -> Iterator[Any]:
    """What prints as part of another operation: minus signs, factors and divisors."""
    for x in order:
        if isinstance(x, Add):
            minus = [thin(term) for text, term in code.terms(x)[1:] if text.startswith("-")]
            yield from (term for term in minus if isinstance(term, Scale))
        elif isinstance(x, Hadamard | Scale):
            factors = x.operands if isinstance(x, Hadamard) else code.factors(x.operands[1])
            powers = [t for t in map(thin, factors) if divides(t) and not is_reciprocal(t)]
            yield from filter(code.is_inline, powers)
            yield from [resolved(x.operands[1])] * (len(factors) > 1 and isinstance(x, Scale))


def _solve(x: Solve) -> list[Work]:
    a, b = x.operands
    amount = LU * a.rows**3 + a.rows * a.rows * b.cols
    return [linear_algebra(amount, a.shape, b.shape, writes=x.shape)]


def _kronecker_times(x: KroneckerTimes) -> list[Work]:
    a, b, m = x.operands
    first = multiplied(a.rows, a.cols, times(b.cols, m.cols))
    return [first, multiplied(b.rows, b.cols, times(a.rows, m.cols))]


def _reduced_resolvent(x: ReducedResolvent) -> list[Work]:
    """All eigenvectors, scaled, and their product."""
    n = x.rows
    return [*eigenvectors(x), entrywise(x.shape), multiplied(n, n, n)]


def _kronecker_power_sum(x: KroneckerPowerSum) -> list[Work]:
    k, b, a = x.operands
    powers = linear_algebra((k - 1) * a.rows**3 + k * b.rows**3, a.shape, b.shape)
    return [powers, Work("operations", expand(2 * k * entries(x.shape)), (x.shape,), x.shape)]


def _blocks_times(x: BlocksTimes) -> list[Work]:
    size, b, m = x.operands
    return [multiplied(b.rows, b.cols, times(size, m.cols))]


def _blocks_solve(x: BlocksSolve) -> list[Work]:
    """NumPy factors the matrix anew for every block."""
    size, b, m = x.operands
    amount = size * (LU * b.rows**3 + b.rows * b.rows * m.cols)
    return [linear_algebra(amount, b.shape, m.shape, writes=x.shape)]


def _placed(x: Spread | OnDiagonal) -> list[Work]:
    """Zeros, and a matrix written into them as often as the identity is long."""
    (a,) = (operand for operand in x.operands if isinstance(operand, Node))
    (size,) = (operand for operand in x.operands if not isinstance(operand, Node))
    return [formed(x.shape), copied(a.shape, to=(times(size, a.rows), a.cols))]


def _weighted_blocks(x: WeightedBlocks | BlocksAdded) -> list[Work]:
    *m, s, p, q = x.operands
    rows = times(s.cols, p.rows)
    weighted = Work("operations", times(rows, p.cols), (s.shape, p.shape), (rows, p.cols))
    amount = times(times(rows, p.cols), q.cols)
    blocks = rows, q.cols
    product = Work("multiply_adds", amount, (weighted.writes, q.shape), blocks)
    put = [entrywise(blocks, blocks)] if m else [formed(x.shape), copied(blocks)]
    return [weighted, product, *put]


def _row_kronecker(x: RowKronecker | EachSpread | EachWeighted) -> list[Work]:
    return [Work("operations", entries(x.shape), tuple(a.shape for a in x.operands), x.shape)]


def _each_times(x: EachTimes) -> list[Work]:
    t, u, g = x.operands
    weighted = Work("operations", entries(t.shape), (t.shape, u.shape), t.shape)
    amount = times(entries(x.shape), g.rows)
    return [weighted, Work("multiply_adds", amount, (t.shape, g.shape), x.shape)]


def _each_times_transposed(x: EachTimesTransposed) -> list[Work]:
    a, b, k = x.operands
    return [Work("multiply_adds", times(entries(x.shape), k), (a.shape, b.shape), x.shape)]


def _sum_of_kroneckers(x: SumOfKroneckers) -> list[Work]:
    t, r, *_ = x.operands
    return [multiplied(t.cols, t.rows, r.cols), copied(x.shape)]


def _fold(x: Fold) -> list[Work]:
    return [*[copied(x.shape)] * 2, *[entrywise(x.shape)] * 2]


def _summed(x: Any) -> list[Work]:
    return [summed(x.operands[0].shape, writes=x.shape)]


def _contracted(x: Any) -> list[Work]:
    g, a = x.operands[:2]
    return [contracted(g.shape, a.shape, writes=x.shape)]


KERNELS: dict[type, Rule] = {
    **RULES,
    MatMul: lambda x: [multiplied(x.rows, x.operands[0].cols, x.cols)],
    Sums: _summed,
    Dots: _contracted,
    Repeat: copies_of_operands,
    Solve: _solve,
    KroneckerTimes: _kronecker_times,
    KroneckerPowerSum: _kronecker_power_sum,
    BlocksTimes: _blocks_times,
    BlocksSolve: _blocks_solve,
    Refold: nothing,
    Spread: _placed,
    OnDiagonal: _placed,
    RowKronecker: _row_kronecker,
    WeightedBlocks: _weighted_blocks,
    BlocksAdded: _weighted_blocks,
    DiagonalOfEach: nothing,
    EachDiagonal: lambda x: [formed(x.shape), copied(x.operands[0].shape)],
    EachSpread: _row_kronecker,
    EachWeighted: _row_kronecker,
    EachTimes: _each_times,
    EachTimesTransposed: _each_times_transposed,
    SumOfKroneckers: _sum_of_kroneckers,
    CommuteRows: copies_of_operands,
    DiagonalRows: nothing,
    Slice: nothing,
    Pad: copies_of_operands,
    Grid: copies_of_operands,
    LowerTriangle: copies_of_operands,
    UpperTriangle: copies_of_operands,
    BlockSums: _summed,
    SumOverRight: _contracted,
    SumOverLeft: _contracted,
    Applied: copies_of_operands,
    Fold: _fold,
    SkewFold: lambda x: [*[copied(x.shape)] * 2, entrywise(x.shape, x.shape)],
    SumDiagonals: _summed,
    Greatest: _summed,
    Range: lambda x: [*_summed(x), *_summed(x), entrywise(x.shape, x.shape)],
    ReducedResolvent: _reduced_resolvent,
    Beyond: lambda x: [entrywise(*(a.shape for a in x.operands))],
}
"""What every operator of lowered expressions costs."""
