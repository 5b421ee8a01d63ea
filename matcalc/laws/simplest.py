"""The laws that lead to the form a person would publish, in the order they are tried."""

from collections.abc import Iterable, Iterator
from typing import Any

from matcalc.laws.algebra import DIAGONAL_AS_SCALING, KRONECKER, PRODUCTS, TRANSPOSES
from matcalc.laws.broadcast import BROADCAST
from matcalc.laws.generalised_inverses import NORMAL_EQUATIONS
from matcalc.laws.inverses import INVERSES
from matcalc.laws.monomials import (
    COMMON_COEFFICIENT,
    COMMON_FACTOR,
    COMMON_MATRIX_FACTORS,
    COMMON_SIGN,
    OPPOSITES,
    definition_law,
)
from matcalc.laws.scalars import SCALARS
from matcalc.laws.tables import THEMES
from matcalc.lines import DIRECTIONS, repetition
from matcalc.monomials import monomial
from matcalc.node import Node
from matcalc.operators.algebra import Product, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, power_of
from matcalc.operators.leaves import Named
from matcalc.rewrite import Law, Table

COMMON = (COMMON_COEFFICIENT, COMMON_SIGN, OPPOSITES, *COMMON_MATRIX_FACTORS, COMMON_FACTOR)
SIMPLEST = Table(
    "simplest form",
    (
        *TRANSPOSES,
        *INVERSES,
        *PRODUCTS,
        *(law for theme in THEMES for law in theme.simplest),
        *BROADCAST,
        *KRONECKER,
        *SCALARS,
        *COMMON,
    ),
)
"""Every directed law; each lowers the cost in `matcalc.measure`."""

WITH_SCALINGS = SIMPLEST.extended("diagonal matrices as scalings", DIAGONAL_AS_SCALING)
"""The same, with every diagonal matrix turned into a scaling of rows or columns."""

WITH_PSEUDO_INVERSES = SIMPLEST.extended("inverses of XᵀX as pseudo-inverses", NORMAL_EQUATIONS)
"""The same, with (XᵀX)⁻¹Xᵀ as X⁺: for X of full column rank, as the inverse says."""

Table.PICKLED.update((t.name, t) for t in (SIMPLEST, WITH_SCALINGS, WITH_PSEUDO_INVERSES))


class Names(Table):
    """Names for whole definitions."""

    def __init__(self) -> None:
        super().__init__("names", ())
        self.exact: dict[Node, Law] = {}

    def under(self, x: Any) -> list[Law]:
        """The definition that ``x`` is."""
        return [self.exact[x]] if x in self.exact else []


class NamedTable(Table):
    """A table that first puts names in place of their definitions.

    Definitions are found by what they are made of, so that hundreds of names cost no more than
    one.
    """

    def __init__(self, table: Table, names: Iterable[Named] = ()) -> None:
        self.name, self.laws, self._table = table.name, table.laws, table
        self._names = Names()
        self._by_base: dict[Node, list[Law]] = {}
        for named in names:
            self.add(named)

    def add(self, named: Named) -> None:
        """Recognise one more name."""
        law = definition_law(named)
        self._names.exact.setdefault(named.definition, law)
        if Hadamard in law.heads:
            for base in list(bases(named.definition))[:1]:
                self._by_base.setdefault(base, []).append(law)

    @property
    def names(self) -> Table:
        """Names for whole definitions."""
        return self._names

    def under(self, x: Any) -> list[Law]:
        """Definitions that may apply at the top of ``x``, then the table's own laws."""
        inside = [law for base in bases(x) for law in self._by_base.get(base, ())]
        found = dict.fromkeys([*self._names.under(x), *inside])
        own = self._table.under(x)
        return [*found, *own] if found else own


def bases(x: Any) -> Iterator[Node]:
    """Bases of a ⊙-product, and of ⊙-products summed inside it."""
    inner = split_scale(x)[1] if isinstance(x, Node) else x
    if not isinstance(inner, Hadamard):
        return
    for factor in inner.operands:
        base = power_of(factor)[0]
        if not isinstance(base, Product | Ones):
            yield base
            continue
        for sums in DIRECTIONS:
            summed = sums.summed(base)
            if summed is not None:
                yield from monomial(summed).exponents
        if repetition(base) is None:
            yield base
