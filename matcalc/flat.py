"""Expressions of any depth written flat: as rows where they are pickled, abridged in keys."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from matcalc.errors import UnsupportedInput

OPERATORS: list[type[Any]] = []
"""Every operator, in the order of their definitions; the kernel fills it in."""
LONG = 200
"""Operators above which a part of a scalar is not written out where it is only put in order."""


@dataclass(frozen=True)
class Place:
    """The place of an operand among the rows before."""

    row: int


Row = tuple[Any, tuple[Any, ...]]
"""An operator, and its operands: places of other operators, and scalars as they are."""


def as_rows(order: Iterable[Any]) -> list[Row]:
    """Rows of expressions, of which each comes after its operands."""
    places: dict[Any, Place] = {}
    rows: list[Row] = []
    for x in order:
        rows.append((type(x), tuple(places.get(o, o) for o in x.operands)))
        places[x] = Place(len(places))
    return rows


def from_rows(rows: list[Row]) -> Any:
    """The last of the expressions that the rows were made from.

    Raises
    ------
    UnsupportedInput
        For a row that names anything but an operator; nothing else that a pickle names is called.
    """
    made: list[Any] = []
    known = frozenset(OPERATORS)
    for operator, operands in rows:
        if not isinstance(operator, type) or operator not in known:
            raise UnsupportedInput(f"a pickled expression names {operator!r}, no operator")
        made.append(operator(*(made[o.row] if isinstance(o, Place) else o for o in operands)))
    return made[-1]


def abridged(scalar: Any, parts: Iterable[Any]) -> Any:
    """A scalar expression with a word for each of its parts that is long."""
    long = {part: Symbol(type(part).__name__) for part in parts if part.whole > LONG}
    return scalar.xreplace(long) if long else scalar


def postorder(roots: Iterable[Any], descend: Callable[[Any], Iterable[Any]]) -> Iterator[Any]:
    """Everything below the roots once, each after what ``descend`` gives for it."""
    seen: set[Any] = set()
    path: list[Any] = []
    levels = [iter(roots)]
    while levels:
        for x in levels[-1]:
            if x not in seen:
                seen.add(x)
                below = descend(x)
                if not below:
                    yield x
                    continue
                path.append(x)
                levels.append(iter(below))
                break
        else:
            levels.pop()
            if path:
                yield path.pop()
