"""Laws with one mistake put in: in the right side, the guard, or the facts that are asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from matcalc.errors import MatcalcError
from matcalc.match import Binding
from matcalc.node import substitute
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law
from matcalc.symbols import variables
from tests.edits import EDITS
from tests.judging import TABLES
from tests.places import places, vocabulary

ABOUT_THE_WHOLE = ("guard removed", "guard negated", "fact dropped")
EDIT_KINDS = (*EDITS, *ABOUT_THE_WHOLE)


@dataclass(frozen=True)
class Mutant:
    """A law with a mistake; no law where it cannot be made.

    Attributes
    ----------
    table, edit : str
        The table of the law, and the kind of mistake.
    law : Law
        The right one.
    wrong : Law or None
        The wrong one.
    """

    table: str
    edit: str
    law: Law
    wrong: Law | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Law, edit and what became of the law."""
        return self.law.name, self.edit, self.said

    @property
    def said(self) -> str:
        if self.wrong is None or self.edit.startswith("guard"):
            return ""
        if self.edit == "fact dropped":
            before, after = variables(self.law.lhs), variables(self.wrong.lhs)
            return ", ".join(v.name for v in before if v not in after)
        return str(self.wrong.rhs)


def mutants(law: Law, table: str) -> Iterator[Mutant]:
    """Every mutant of a law, equal ones once; those that cannot be made without a law."""
    seen = {(law.lhs, law.rhs, law.where)}
    for edit, make in (*_of_right_sides(law), *_of_guards(law), *_of_facts(law)):
        try:
            wrong = make()
        except (MatcalcError, ZeroDivisionError):
            yield Mutant(table, edit, law, None)
            continue
        what = (wrong.lhs, wrong.rhs, wrong.where)
        if what not in seen:
            seen.add(what)
            yield Mutant(table, edit, law, wrong)


def all_mutants() -> Iterator[Mutant]:
    """Those of every table."""
    for table, laws in TABLES.items():
        for law in laws:
            yield from mutants(law, table)


Made = Iterator[tuple[str, Callable[[], Law]]]


def _of_right_sides(law: Law) -> Made:
    names = vocabulary(law.lhs)
    for edit, propose in EDITS.items():
        for place in places(law.rhs):
            for thunk in propose(place, names):
                yield edit, partial(_with_right_side, law, place.put, thunk)


def _with_right_side(law: Law, put: Callable[[Any], Any], thunk: Callable[[], Any]) -> Law:
    return replace(law, rhs=put(thunk()))


def _of_guards(law: Law) -> Made:
    if law.where is not None:
        yield "guard removed", partial(replace, law, where=None)
        yield "guard negated", partial(replace, law, where=partial(_not, law.where))


def _not(guard: Callable[[Binding], bool], bound: Binding) -> bool:
    return not guard(bound)


def _of_facts(law: Law) -> Made:
    for v in variables(law.lhs):
        for fact in v.facts:
            kept = (other for other in v.facts if other != fact)
            plain = matrix(v.name, *v.shape, *kept)
            yield "fact dropped", partial(_substituted, law, {v: plain})


def _substituted(law: Law, swap: dict[Any, Any]) -> Law:
    return replace(law, lhs=substitute(law.lhs, swap), rhs=substitute(law.rhs, swap))
