"""What the factors of a monomial are entries of: variables, functions of polynomials, inverses.

A head is known by a number; two heads are one number exactly when kind, name and operands agree
after their arguments are put in some order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations, product
from typing import Any

from sympy import Expr

from matcalc.dimensions import never_zero
from matcalc.errors import BudgetExceeded
from matcalc.prove.labelling import Monomial

Poly = dict[Monomial, Fraction]
"""Σ coefficient · monomial; the free indices are 0, 1, 2, …"""
Perm = tuple[int, ...]

DELTA = 0
CONSTANT = 10**6
"""Free indices from here on have a value of their own."""
ARGUMENTS = 8
"""Free indices that the operand of a function may depend on."""


@dataclass(frozen=True)
class Head:
    """One kind of entry.

    Attributes
    ----------
    kind : str
        ``delta``; ``entry`` of a matrix variable and ``dentry`` of its differential; ``symbol``
        and ``dsymbol``; ``pow``, an operand that is raised to powers; ``fn``, a function of
        operands; ``inv``, ``det``; ``opaque``, an operator without a formula here.
    name : object
        Which variable, symbol, function or operator.
    operands : tuple of Poly
        Polynomials in the arguments 0, 1, …; those of a determinant or an opaque operator have
        indices of their own.
    sizes : tuple of int
        Size of each argument.
    autos : tuple of permutations
        Orders of the arguments that give the same entry, the given one left out.
    """

    kind: str
    name: Any
    operands: tuple[Poly, ...]
    sizes: tuple[int, ...]
    autos: tuple[Perm, ...] = ()
    split: int = 0


@dataclass
class Heads:
    """The heads and sizes of one proof, by number."""

    known: list[Head] = field(default_factory=lambda: [Head("delta", None, (), (0, 0), ((1, 0),))])
    sizes: list[Expr] = field(default_factory=list)
    _heads: dict[Any, tuple[int, Perm]] = field(default_factory=dict)
    _sizes: dict[Expr, int] = field(default_factory=dict)
    _constants: dict[tuple[Expr, int], int] = field(default_factory=dict)
    _exponents: dict[Any, int] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Head:
        return self.known[number]

    def autos(self, number: int) -> tuple[Perm, ...]:
        """Orders of the arguments that give the same entry."""
        return self.known[number].autos

    def size(self, size: Expr) -> int:
        """Number of a size."""
        if size not in self._sizes:
            self._sizes[size] = len(self.sizes)
            self.sizes.append(size)
        return self._sizes[size]

    def constant(self, value: Expr, size: int) -> int:
        """A free index with a value of its own, such as 0 or i, in a range of the given size."""
        return self._constants.setdefault((value, size), CONSTANT + len(self._constants))

    def constant_at(self, index: int) -> tuple[Expr, int]:
        """Value of such an index, and size of its range."""
        return list(self._constants)[index - CONSTANT]

    def size_of_constant(self, index: int) -> int:
        """Size of the range of such an index."""
        return self.constant_at(index)[1]

    def apart(self, a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        """Whether two words are constants that surely differ."""
        if len(a) != 1 or len(b) != 1 or min(a[0], b[0]) < CONSTANT:
            return False
        values = [self.constant_at(i)[0] for i in (a[0], b[0])]
        return never_zero(values[0] - values[1])

    def exponent_key(self, exponent: Any) -> int:
        """Number of an exponent."""
        return self._exponents.setdefault(exponent, len(self._exponents))

    def leaf(self, kind: str, name: Any, sizes: tuple[int, ...], autos: tuple[Perm, ...]) -> int:
        """Head of a variable, a symbol or an opaque operator."""
        key = kind, name, sizes
        if key not in self._heads:
            self._heads[key] = len(self.known), tuple(range(len(sizes)))
            self.known.append(Head(kind, name, (), sizes, autos))
        return self._heads[key][0]

    def of(
        self,
        kind: str,
        name: Any,
        operands: tuple[Poly, ...],
        sizes: tuple[int, ...],
        orders: list[Perm],
        reorder: Any,
        split: int = 0,
    ) -> tuple[int, Perm]:
        """Head of a function of operands, and the order its arguments are to be given in.

        ``orders`` are the orders of the arguments to be told apart, ``reorder`` renames the free
        indices of a polynomial.
        """
        forms = {}
        for order in orders:
            forms[order] = _key(kind, name, operands, sizes, order, reorder, split)
            if forms[order] in self._heads:
                return self._heads[forms[order]][0], order
        first = orders[0]
        number = len(self.known)
        self._heads[forms[first]] = number, first
        same = [order for order in orders[1:] if forms[order] == forms[first]]
        autos = tuple(_relative(first, order) for order in same) if sizes else ()
        renamed = tuple(reorder(p, first) for p in operands)
        own = tuple(sizes[k] for k in first) if sizes else ()
        self.known.append(Head(kind, name, renamed, own, autos, split))
        return number, first


def _key(
    kind: str,
    name: Any,
    operands: tuple[Poly, ...],
    sizes: tuple[int, ...],
    order: Perm,
    reorder: Any,
    split: int,
) -> Any:
    own = tuple(sizes[k] for k in order) if sizes else ()
    forms = tuple(frozenset(reorder(p, order).items()) for p in operands)
    return kind, name, own, forms, split


def _relative(first: Perm, other: Perm) -> Perm:
    """The order of the first form's arguments that the other order amounts to."""
    return tuple(first.index(k) for k in other)


def orders_of(sizes: tuple[int, ...], operands: tuple[Poly, ...]) -> list[Perm]:
    """Orders of free indices that differ only among indices that look alike."""
    if len(sizes) > ARGUMENTS:
        raise BudgetExceeded(f"a function of more than {ARGUMENTS} indices")
    if len(sizes) < 2:
        return [tuple(range(len(sizes)))]
    looks = [_look(k, size, operands) for k, size in enumerate(sizes)]
    classes = [[k for k, x in enumerate(looks) if x == look] for look in sorted(set(looks))]
    return [tuple(k for part in parts for k in part) for parts in _products(classes)]


def _products(classes: list[list[int]]) -> Iterator[tuple[Perm, ...]]:
    return product(*(permutations(c) for c in classes))


def _look(index: int, size: int, operands: tuple[Poly, ...]) -> Any:
    """What an index looks like without the names of the others."""
    found = []
    for number, p in enumerate(operands):
        for (_, factors), c in p.items():
            uses = sorted(
                (head, sum(index in word for word in words))
                for head, words, _ in factors
                if any(index in word for word in words)
            )
            found.append((number, c, len(factors), tuple(uses)))
    return size, tuple(sorted(found))
