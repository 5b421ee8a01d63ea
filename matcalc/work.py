"""What calls on whole arrays cost: multiply-adds, other operations, entries read and written.

A multiply-add is one multiplication with its addition in a product of matrices or a dot product
(two floating-point operations). Every other operation counts once an entry: sums, differences,
products, quotients, squares, comparisons, and additions along an axis. Functions that take many
instructions, such as exp, √ and powers other than squares, are counted apart. Arithmetic between
single numbers is not counted; accumulators start at 0, so that a sum of n terms has n additions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Literal, NamedTuple

from sympy import Add as ScalarSum
from sympy import Expr, Symbol, expand

from matcalc.dimensions import times
from matcalc.operators.shapes import ZERO, is_one

Shape = tuple[Expr, Expr] | tuple[()]
"""Rows and columns; nothing for a single number."""
Kind = Literal["multiply_adds", "operations", "functions", "moves"]
NUMBER: Shape = ()


class Work(NamedTuple):
    """What one call on whole arrays does.

    Attributes
    ----------
    kind : {"multiply_adds", "operations", "functions", "moves"}
        What is counted; a move only reads and writes.
    amount : sympy.Expr
        How many of them.
    reads : tuple of shapes
        Arrays that are read.
    writes : shape
        The array that is written.
    """

    kind: Kind
    amount: Expr
    reads: tuple[Shape, ...]
    writes: Shape


def entries(shape: Shape) -> Expr:
    """How many entries an array has; none for a number."""
    return times(*shape) if shape else ZERO


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an elementwise operation of lines, matrices and numbers."""
    return reduce(_wider, shapes, NUMBER)


def _wider(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        return a or b
    return b[0] if is_one(a[0]) else a[0], b[1] if is_one(a[1]) else a[1]


def entrywise(*shapes: Shape, kind: Kind = "operations") -> Work:
    """One operation or function of every entry."""
    result = broadcast(*shapes)
    return Work(kind, entries(result), shapes, result)


def chained(shapes: Iterable[Shape]) -> list[Work]:
    """Arrays joined from the first to the last, two by two."""
    first, *others = shapes
    work = []
    for shape in others:
        work.append(entrywise(first, shape))
        first = work[-1].writes
    return work


def multiplied(m: Expr, k: Expr, n: Expr) -> Work:
    """A product of an m × k and a k × n matrix."""
    return Work("multiply_adds", times(times(m, k), n), ((m, k), (k, n)), (m, n))


def contracted(shape: Shape, *others: Shape, writes: Shape = NUMBER) -> Work:
    """A multiply-add for every entry of an array, the products summed."""
    return Work("multiply_adds", entries(shape), (shape, *others), writes)


def summed(shape: Shape, writes: Shape = NUMBER, kind: Kind = "operations") -> Work:
    """Entries joined along an axis, or all of them."""
    return Work(kind, entries(shape), (shape,), writes)


def copied(*parts: Shape, to: Shape = NUMBER) -> Work:
    """Arrays written again, one behind the other or in another order."""
    return Work("moves", ZERO, parts, to or parts[0])


def formed(shape: Shape) -> Work:
    """A constant matrix written out."""
    return Work("moves", ZERO, (), shape)


def linear_algebra(amount: Expr, *reads: Shape, writes: Shape = NUMBER) -> Work:
    """A factorisation or what is made of one, in multiply-adds to leading order."""
    return Work("multiply_adds", expand(amount), reads, writes)


@dataclass(frozen=True)
class Count:
    """What a computation costs, in polynomials in the sizes.

    Attributes
    ----------
    multiply_adds : sympy.Expr
        Multiplications with their additions in products of matrices and dot products.
    operations : sympy.Expr
        Other operations on single entries.
    functions : sympy.Expr
        Evaluations of exp, log, √, tanh, powers, abstract functions.
    written, read : sympy.Expr
        Entries that all calls together write to new arrays, and read.
    arrays : tuple of sympy.Expr
        The different numbers of entries of the arrays written.
    """

    multiply_adds: Expr
    operations: Expr
    functions: Expr
    written: Expr
    read: Expr
    arrays: tuple[Expr, ...]

    @property
    def largest(self) -> tuple[Expr, ...]:
        """Entries of the largest array written; several where that depends on the sizes."""
        return tuple(a for a in self.arrays if not any(_covers(b, a) for b in self.arrays))

    @property
    def flops(self) -> Expr:
        """Floating-point operations, a multiply-add as two, a function as one."""
        return expand(2 * self.multiply_adds + self.operations + self.functions)

    def bytes(self, itemsize: int = 8) -> Expr:
        """Bytes read and written by all calls together, 8 for each float64."""
        return expand(itemsize * (self.read + self.written))

    def at(self, sizes: Mapping[Symbol, Expr]) -> "Count":
        """The same at given sizes."""

        def put(x: Expr) -> Expr:
            return expand(x.xreplace(sizes))

        return Count(
            put(self.multiply_adds),
            put(self.operations),
            put(self.functions),
            put(self.written),
            put(self.read),
            tuple(dict.fromkeys(map(put, self.arrays))),
        )


@lru_cache(maxsize=4096)
def _covers(b: Expr, a: Expr) -> bool:
    """Whether b > a for all sizes but at most some of 1: its excess in sizes − 1 shows that."""
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    if a == b or not (b - a).is_polynomial(*symbols):
        return False
    excess = expand((b - a).xreplace({s: s + 1 for s in symbols}))
    return all(c >= 0 for c in excess.as_coefficients_dict().values())


def total(work: Iterable[Work]) -> Count:
    """What all the work costs together."""
    amounts: defaultdict[str, Counter[Expr]] = defaultdict(Counter)
    read: Counter[Expr] = Counter()
    written: Counter[Expr] = Counter()
    for one in work:
        amounts[one.kind][one.amount] += 1
        read.update(map(entries, one.reads))
        written[entries(one.writes)] += 1
    return Count(
        _polynomial(amounts["multiply_adds"]),
        _polynomial(amounts["operations"]),
        _polynomial(amounts["functions"]),
        _polynomial(written),
        _polynomial(read),
        tuple(size for size in written if size != 0),
    )


def _polynomial(terms: Counter[Expr]) -> Expr:
    found = ScalarSum(*(term if n == 1 else n * term for term, n in terms.items()))
    return found if all(map(_is_monomial, terms)) else expand(found)


def _is_monomial(term: Expr) -> bool:
    return all(factor.as_base_exp()[0].is_Atom for factor in term.as_ordered_factors())
