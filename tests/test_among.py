"""Laws that are tried only where certain operands are do nothing to anything else."""

from collections import defaultdict
from functools import cache

import pytest

from matcalc import matrix, rewrite
from matcalc.kinds import kinds_of
from matcalc.laws.simplest import SIMPLEST
from matcalc.lower.chains import EVEN
from matcalc.lower.cheaper import ALTERNATIVES
from matcalc.lower.placing import lowered
from matcalc.operators.algebra import Add
from matcalc.rewrite import Table
from matcalc.symbols import below
from tests.law_tables import GROUPS
from tests.worked import CASES

EVERY = (*(law for laws in GROUPS.values() for law in laws), *ALTERNATIVES)
LAWS = {law.name: law for law in EVERY if law.among}
PATTERNS = {law.name: law for law in EVERY if law.general is None}
FEW = 5


@cache
def expressions():
    """What occurs in laws and in worked derivations, also lowered, by the operator at the top."""
    roots = [side for law in EVERY for side in (law.lhs, law.rhs)]
    for _, derivation, _ in CASES:
        results = [derivation.loss, *derivation.gradients.values()]
        roots += [*results, *lowered(results, EVEN)]
        roots += [side for step in derivation.steps for side in (step.before, step.after)]
    found = defaultdict(list)
    for x in below(roots):
        found[type(x)].append(x)
    return found


@pytest.mark.parametrize("name", LAWS)
def test_a_law_does_nothing_where_its_operands_are_missing(name):
    law = LAWS[name]
    tried = [x for head in law.heads for x in expressions()[head]]
    left_out = [x for x in tried if not law.may_apply(kinds_of(x))]
    assert [x for x in left_out if law.general(x) not in (None, x)] == []
    assert law.may_apply(kinds_of(law.lhs)) and len(tried) > FEW


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_matches_nothing_of_other_kinds(name):
    law = PATTERNS[name]
    tried = expressions()[type(law.lhs)]
    left_out = [x for x in tried if not law.may_apply(kinds_of(x))]
    assert [x for x in left_out if law.apply(x) is not None] == []
    assert law.may_apply(kinds_of(law.lhs)) and tried


def test_a_table_remembers_no_more_kinds_than_it_may(monkeypatch):
    monkeypatch.setattr(rewrite, "KINDS_LIMIT", 3)
    table = Table("one more", SIMPLEST.laws)
    for count in range(2, 12):
        x = Add(*(matrix(f"A_{i}", "m", "n") for i in range(count)))
        assert table.under(x) == SIMPLEST.under(x)
        assert len(table._by_kinds) <= 3


def test_many_laws_say_what_they_need():
    assert len(LAWS) > 60
