"""Mistakes put into the law tables are caught, all but those listed; the whole is a command.

``python -m tests.mutation`` judges every mutant; here are one of every third law and the mutator.
"""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from tests.judging import TABLES
from tests.mutants import EDIT_KINDS, Mutant, all_mutants, mutants
from tests.mutation import JUDGES, outcome
from tests.survivors import SURVIVORS

PARTS = 8
MANY = 16
"""Kinds of edits that the sample has at least."""
LAWS = [(law, table) for table, laws in TABLES.items() for law in laws]
FEWEST = {"guard removed": 24, "guard negated": 24, "fact dropped": 26, "exponent changed": 40}


def of_law(k):
    """One mutant of the k-th law, its kind of edit in turn with the law."""
    found = [m for m in mutants(*LAWS[k]) if m.wrong is not None]
    kinds = list(dict.fromkeys(m.edit for m in found))
    same = [m for m in found if m.edit == kinds[k % len(kinds)]]
    return same[k % len(same)]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutant_survives_but_those_listed(part):
    sample = [of_law(k) for k in range(part, len(LAWS), 3 * PARTS)]
    surviving = [m.key for m in sample if outcome(m) == "survives"]
    assert [key for key in surviving if key not in SURVIVORS] == []


def test_the_sample_has_many_kinds_of_edits():
    sample = [of_law(k) for part in range(PARTS) for k in range(part, len(LAWS), 3 * PARTS)]
    assert len(sample) > len(LAWS) / 4 and len({m.edit for m in sample}) >= MANY


@pytest.mark.parametrize("part", range(PARTS))
def test_laws_as_they_are_are_not_caught(part):
    for law, table in LAWS[part :: 12 * PARTS]:
        same = Mutant(table, "none", law, replace(law))
        assert [name for name, caught in JUDGES if caught(same)] == []


def test_the_mutator_makes_mutants_of_every_kind():
    made = [m for m in all_mutants() if m.wrong is not None]
    counts = Counter(m.edit for m in made)
    assert set(counts) == set(EDIT_KINDS)
    assert all(counts[edit] >= FEWEST.get(edit, 50) for edit in EDIT_KINDS)
    assert {m.law.name for m in made} == {law.name for law, _ in LAWS}
    sides = [((m.wrong.lhs, m.wrong.rhs, m.wrong.where), m.law) for m in made]
    assert all(what != (law.lhs, law.rhs, law.where) for what, law in sides)


def test_mutants_of_a_law_differ_from_each_other():
    for law, table in islice(LAWS, 0, None, 10):
        made = [m.wrong for m in mutants(law, table) if m.wrong is not None]
        assert len({(wrong.lhs, wrong.rhs, wrong.where) for wrong in made}) == len(made)


def test_every_survivor_listed_survives():
    names = {law for law, _, _ in SURVIVORS}
    keyed = {m.key: m for law, table in LAWS if law.name in names for m in mutants(law, table)}
    assert {key: outcome(keyed[key]) for key in SURVIVORS} == dict.fromkeys(SURVIVORS, "survives")
