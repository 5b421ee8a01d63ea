"""The names in generated code: arguments, sizes and locals, none of them shadowing another."""

import keyword
from collections.abc import Iterable
from typing import Any

from sympy import Expr, Symbol

from matcalc.dimensions import identifier
from matcalc.errors import NameRefused
from matcalc.indexing import is_index
from matcalc.node import Operator, children
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.operators.leaves import Named, Variable
from matcalc.symbols import below

RESERVED = frozenset(
    """np math dtype abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod
    compile complex delattr dict dir divmod enumerate eval exec exit filter float format frozenset
    getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list
    locals map max memoryview min next numpy object oct open ord pow print property quit range repr
    reversed round self set setattr slice sorted staticmethod str sum super tuple type vars zip
    match case""".split()
) | frozenset(keyword.kwlist)
"""Names that mean something else in Python or in the generated code."""


class Namespace:
    """Local names for everything a derivation mentions.

    A name that is taken gets trailing underscores. Data come before parameters, each in the order
    in which a reader of the definitions meets them.

    Raises
    ------
    NameRefused
        For a name that is no identifier, and for one name of two matrices or of two symbols.
    """

    def __init__(
        self, loss: Expr, gradients: dict[Any, Any], reserved: frozenset[str] = RESERVED
    ) -> None:
        roots = (loss, *gradients.values(), *gradients)
        order = list(below(_in_reading_order(roots), _closed))
        nodes = [x for x in order if isinstance(x, Variable | Named)]
        self._labels = _labels(order)
        symbols = _symbols(order)
        variables = [x for x in nodes if isinstance(x, Variable)]
        _refuse_ambiguity([*nodes, *gradients, *(s for s in symbols if not _is_size(s))])
        _refuse_ambiguity(filter(_is_size, symbols))
        self._taken = set(reserved)
        self.arrays = self._named(sorted(variables, key=lambda v: v in gradients))
        self.readable = _readable(self.arrays)
        self.scalars = self._named(s for s in symbols if not _is_size(s) and not is_index(s))
        self.indices = self._named(s for s in symbols if is_index(s))
        self.functions = self._called()
        unread = [s for s in symbols if _is_size(s) and s not in self.readable]
        _refuse_ambiguity([*variables, *unread])
        self.given_sizes = self._named(unread)
        self.sizes = {**self._named(self.readable), **self.given_sizes}
        self._leaves = {**self.arrays, **self.scalars, **self.indices, **self.sizes}

    def leaf(self, x: Any) -> str:
        """Name of a variable or symbol."""
        return self._leaves[x]

    def callee(self, label: Symbol, order: int) -> str:
        """Name of an abstract function's derivative."""
        return self.functions[label.name, order]

    def local(self, name: str) -> str:
        """A free name, as close to the one wanted as possible."""
        return free_name(name, self._taken)

    def is_free(self, name: str) -> bool:
        """Whether nothing has this name yet."""
        return name not in self._taken

    def _named(self, items: Iterable[Any]) -> dict[Any, str]:
        return {x: self.local(identifier(x.name)) for x in items}

    def _called(self) -> dict[tuple[str, int], str]:
        return {
            (name, order): self.local(identifier(name) + "_prime" * order)
            for name, order in self._labels
        }


def free_name(wanted: str, taken: set[str]) -> str:
    """The name with as few underscores after it as it takes to be free; from then on it is taken.

    Examples
    --------
    >>> free_name("np", set(RESERVED))
    'np_'
    """
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted


def _closed(x: Any) -> tuple[Any, ...]:
    return () if isinstance(x, Named) else children(x)


def _in_reading_order(roots: Iterable[Any]) -> list[Any]:
    """Definitions of all names, each before those that use it, then what they are used for."""
    definitions = [x.definition for x in below(roots) if isinstance(x, Named)]
    return [*definitions, *roots]


def _expressions(x: Any) -> list[Expr]:
    found = x.operands if isinstance(x, Operator) else (x,)
    return [e for e in found if isinstance(e, Expr) and not isinstance(e, Operator)]


def _labels(order: list[Any]) -> list[tuple[str, int]]:
    """Names and orders of the abstract functions."""
    found: dict[tuple[str, int], None] = {}
    for e in (e for x in order for e in _expressions(x) if not e.is_Atom):
        calls = sorted((f.args[0].name, int(f.args[1])) for f in e.atoms(Abstract))
        found.update(dict.fromkeys(calls))
    return sorted(found)


def _symbols(order: list[Any]) -> list[Symbol]:
    """Sizes and scalar parameters, in the order of first appearance."""
    found: dict[Symbol, None] = {}
    for e in dict.fromkeys(e for x in order for e in _expressions(x)):
        labels = {f.args[0] for f in e.atoms(Abstract)} | {ENTRY, OTHER}
        found.update(dict.fromkeys(sorted(e.free_symbols - labels, key=str)))
    return list(found)


def _is_size(symbol: Symbol) -> bool:
    return bool(symbol.is_integer and symbol.is_positive)


def _readable(arrays: Iterable[Any]) -> dict[Symbol, tuple[Any, int]]:
    """Where each size can be read off: an argument and its axis."""
    found: dict[Symbol, tuple[Any, int]] = {}
    for array in arrays:
        for axis, size in enumerate(array.shape):
            if isinstance(size, Symbol):
                found.setdefault(size, (array, axis))
    return found


def _refuse_ambiguity(owners: Iterable[Any]) -> None:
    known: dict[str, Any] = {}
    for owner in owners:
        name = identifier(owner.name)
        first = known.setdefault(name, owner)
        if first is not owner and first != owner:
            raise NameRefused(f"the name {name!r} stands for two things: rename one")
