"""Every law of every table: row against function, shapes, and numbers at distinct sizes."""

import pytest

from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS
from tests.guards import forbidden
from tests.judging import (
    ENGINE,
    SEEDS_OF_COST,
    SIZES,
    SIZES_OF_DIFFERENTIALS,
    NothingThere,
    assert_agrees_with_the_complex_step,
    assert_does_what_the_row_says,
    assert_lowers_the_cost,
    assert_refuses_what_is_forbidden,
    assert_same_at_rank_one,
    assert_same_entries,
)

KINDS = [(law, kind) for kind, laws in ENGINE.items() for law in laws]
LAWS = [law for law, _ in KINDS]
IDENTITIES = [(law, kind) for law, kind in KINDS if kind != "differentials"]
GUARDED = [law for law in LAWS if law.where is not None]


def name_of(x):
    return getattr(x, "name", None)


@pytest.mark.parametrize("law", LAWS, ids=name_of)
def test_names_are_unique(law):
    assert [other.name for other in LAWS].count(law.name) == 1


@pytest.mark.parametrize("law", [law for law, _ in IDENTITIES], ids=name_of)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_both_sides_have_the_same_entries(law, sizes):
    try:
        assert_same_entries(law, sizes)
    except NothingThere:
        pytest.skip("at these sizes there is nothing of these shapes")


@pytest.mark.parametrize("law", [law for law, _ in IDENTITIES], ids=name_of)
def test_the_right_side_has_a_value_where_the_left_has(law):
    assert_same_at_rank_one(law)


@pytest.mark.parametrize("law", SIMPLEST.laws, ids=name_of)
@pytest.mark.parametrize("seed", SEEDS_OF_COST)
def test_simplifying_laws_lower_the_declared_cost(law, seed):
    assert_lowers_the_cost(law, seed)


@pytest.mark.parametrize(("law", "kind"), KINDS, ids=name_of)
def test_the_law_does_what_its_row_says(law, kind):
    assert_does_what_the_row_says(law, kind)


@pytest.mark.parametrize("law", GUARDED, ids=name_of)
def test_the_guard_refuses_what_it_should(law):
    assert forbidden(law)
    assert_refuses_what_is_forbidden(law)


@pytest.mark.parametrize("law", DIFFERENTIALS.laws, ids=name_of)
@pytest.mark.parametrize("sizes", SIZES_OF_DIFFERENTIALS, ids=str)
def test_differentials_agree_with_the_complex_step(law, sizes):
    assert_agrees_with_the_complex_step(law, sizes)
