"""Conditions under which a statement may be true although it is not in general.

A condition is a special case that is put into both sides, or a set of named intermediates that
are held fixed while the true side is derived.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import Any

from sympy import Expr, Integer, Symbol

from matcalc.dimensions import same
from matcalc.node import walk
from matcalc.operators.functions import ENTRY
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.specialise import specialise
from matcalc.symbols import abstract_names, definitions, free_symbols, variables

FACTS = ("symmetric", "diagonal", "orthogonal")
"""What a square variable without a declared fact may be."""
VALUES = (0, 1)
"""What a scalar may be."""
PAIRS = 400
"""Pairs of conditions that are tried."""


@dataclass(frozen=True)
class Condition:
    """A special case, or what is held fixed.

    Attributes
    ----------
    text : str
        In words, as in "true only if ε = 0".
    values : mapping
        What is put in place of symbols and variables.
    functions : mapping from str to sympy.Expr
        What is put in place of abstract functions.
    fixed : tuple of Named
        Intermediates that are held fixed.
    """

    text: str
    values: Mapping[Any, Any] = field(default_factory=dict)
    functions: Mapping[str, Expr] = field(default_factory=dict)
    fixed: tuple[Named, ...] = ()

    def put_into(self, x: Any) -> Any:
        """The special case of an expression."""
        return specialise(x, self.values, self.functions)

    def __and__(self, other: "Condition") -> "Condition":
        if self.fixed and other.fixed:
            return fixing(*self.fixed, *other.fixed)
        return Condition(
            f"{self.text} and {other.text}",
            {**self.values, **other.values},
            {**self.functions, **other.functions},
            (*self.fixed, *other.fixed),
        )

    @property
    def subject(self) -> tuple[Any, ...]:
        """What it says something of."""
        return (*self.values, *self.functions, *self.fixed)


def special_cases(roots: Iterable[Any], kept: Iterable[Any] = ()) -> Iterator[Condition]:
    """Special cases of scalars, functions and square variables; none of what is to be ``kept``."""
    roots, kept = tuple(roots), frozenset(kept)
    for name in abstract_names(roots):
        yield Condition(f"{name} is the identity function", functions={name: ENTRY})
    for s in free_symbols(*roots):
        if isinstance(s, Symbol) and not s.is_integer and s not in kept:
            for value in VALUES:
                yield Condition(f"{s} = {value}", {s: Integer(value)})
    for v in variables(*roots):
        if same(v.rows, v.cols) and v.rows != 1 and not v.facts:
            for fact in FACTS:
                yield Condition(f"{v} is {fact}", {v: matrix(v.name, v.rows, v.cols, fact)})


def fixing(*names: Named) -> Condition:
    """The condition that named intermediates are held fixed."""
    listed = " and ".join(map(str, names))
    return Condition(f"{listed} {'is' if len(names) == 1 else 'are'} held fixed", fixed=names)


def held_fixed(loss: Any, parameter: Any) -> Iterator[Condition]:
    """Each named intermediate that depends on the parameter held fixed."""
    for x in definitions(loss):
        if x is not parameter and parameter in {*walk(x), *free_symbols(x)}:
            yield fixing(x)


def together(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Pairs of conditions that speak of different things, at most `PAIRS`."""
    pairs = combinations(tuple(conditions), 2)
    apart = ((a, b) for a, b in pairs if not {*a.subject} & {*b.subject})
    return (a & b for a, b in islice(apart, PAIRS))


def with_free_names(x: Any, fixed: Iterable[Named]) -> tuple[Any, dict[Any, Any]]:
    """An expression in which names are variables of their own, and the way back."""
    free: dict[Any, Any] = {name: Variable(name.operands[0], *name.shape) for name in fixed}
    return specialise(x, free), {variable: name for name, variable in free.items()}
