"""The cheapest of several equal lowered forms: laws that may cost or save, kept where they save."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from sympy import Integer

from matcalc.lower.chains import EVEN, Typical
from matcalc.lower.column_factors import LINES_OUT, scalings
from matcalc.lower.correcting import COLUMNS_OF_RELU, ROWS_OF_RELU, corrections
from matcalc.lower.estimate import estimate
from matcalc.lower.formed import NOTHING
from matcalc.lower.kernels import ColumnDots, RowDots
from matcalc.lower.laws import EVENLY, Tables, first_rewrite, lower, tables
from matcalc.lower.slopes import SLOPES
from matcalc.node import Node, children, replace_children
from matcalc.operators.algebra import Scale
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import Named
from matcalc.rewrite import Law, Table
from matcalc.symbols import below

ROUNDING = 1e-9
"""What times must differ by, of which the parts are added up in any order."""
Names = dict[Any, Any]
"""From expressions to the names that stand for them."""


class Group(NamedTuple):
    """Laws that are used together or not at all, where the expressions contain an operator."""

    laws: tuple[Law, ...]
    given: type[Node] = Node


@lru_cache(maxsize=64)
def groups(typical: Typical) -> tuple[Group, ...]:
    """Each group is tried on top of those before it."""
    return (
        Group(SLOPES, given=Hadamard),
        Group((*LINES_OUT, *scalings(typical))),
        Group(COLUMNS_OF_RELU, given=ColumnDots),
        Group(ROWS_OF_RELU, given=RowDots),
        Group(corrections(typical)),
    )


ALTERNATIVES = tuple(law for group in groups(EVEN) for law in group.laws)
"""All of them, for sizes of which nothing is known."""


@lru_cache(maxsize=64)
def _table(laws: tuple[Law, ...], typical: Typical) -> Tables:
    usual = tables(typical).every if typical.sizes else EVENLY.every
    return Tables(NOTHING, usual.extended("cheaper forms", laws))


@lru_cache(maxsize=64)
def _alone(laws: tuple[Law, ...]) -> Table:
    return Table("a group", laws)


def cheapest_form(forms: list[Any], typical: Typical) -> list[Any]:
    """The forms, or equal ones that cost less at typical sizes."""
    laws, times, named = tuple[Law, ...](), dict[Any, float](), list(below(forms))
    least, settled = estimate(named, typical, times), set(named)
    plain, names = _opened(named, forms)
    order = list(below(plain))
    for group in groups(typical):
        changed = _changed_by(group, order)
        if not changed:
            continue
        table = _table((*laws, *group.laws), typical)
        done = _untouched(order, changed, settled)
        found = [lower(x, done, table) for x in plain]
        after = list(below(found))
        time = estimate(after, typical, times)
        if time < least * (1 - ROUNDING):
            names = {lower(x, done, table): name for x, name in names.items()}
            plain, order, settled = found, after, set(after)
            laws, least = (*laws, *group.laws), time
    return _closed(plain, names) if laws else forms


def _changed_by(group: Group, order: Iterable[Any]) -> set[Any]:
    """Expressions to which a law of the group applies."""
    if not any(isinstance(x, group.given) for x in order):
        return set()
    table = _alone(group.laws)
    return {x for x in order if first_rewrite(table, x) is not None}


def _untouched(order: Iterable[Any], changed: set[Any], settled: set[Any]) -> dict[Any, Any]:
    """Expressions in their final form already, in which nothing is to be changed."""
    done = dict[Any, Any]()
    for x in order:
        if x in settled and x not in changed and all([child in done for child in children(x)]):
            done[x] = x
    return done


def _opened(order: Iterable[Any], roots: Iterable[Any]) -> tuple[list[Any], Names]:
    """Expressions with every name replaced by what it stands for, and the names."""
    done: dict[Any, Any] = {}
    names: Names = {}
    for x in order:
        if isinstance(x, Named):
            done[x] = done[x.definition]
            names.setdefault(done[x], x.operands[0])
        else:
            done[x] = replace_children(x, done)
    return [done[x] for x in roots], names


def _closed(roots: list[Any], names: Names) -> list[Any]:
    """Expressions with the names put back where what they stand for, or its negative, occurs."""
    negatives = {Scale(Integer(-1), x): x for x in names if isinstance(x, Scale)}
    done: dict[Any, Any] = {}
    for x in below(roots):
        new = replace_children(x, done)
        if x in names:
            done[x] = Named(names[x], new)
        elif x in negatives:
            named = Named(names[negatives[x]], Scale(Integer(-1), new))
            done[x] = Scale(Integer(-1), named)
        else:
            done[x] = new
    return [done[x] for x in roots]
