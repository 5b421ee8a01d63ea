"""The tables of Magnus & Neudecker and the course list that follows them."""

import pytest

from matcalc import prove_equal
from tests.identification_tables import ENTRIES
from tests.printed import assert_same_values, assert_wrong, greatest, is_literal, number

SAME_VALUE = {
    "X Xᵀ": "2N(X ⊗ I) is written as a sum",
    "Xᵀ X": "2N(I ⊗ Xᵀ) is written as a sum",
    "tr X⁻¹": "a commutation matrix stands elsewhere",
}
"""Entries whose derived form is not literally the printed one, and what differs."""
ERRATA = [entry for entry in ENTRIES if entry.wrong is not None]

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=number)


@every_entry
@pytest.mark.parametrize("seed", range(3))
def test_values_agree(entry, seed):
    assert_same_values(entry, seed)


@every_entry
def test_the_derivative_is_not_zero(entry):
    assert greatest(entry, 1) > 1e-6


@every_entry
def test_the_simplest_form_is_the_printed_one(entry):
    assert is_literal(entry) is (entry.number not in SAME_VALUE)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.number in SAME_VALUE], ids=number)
def test_what_is_not_literally_printed_is_proved(entry):
    assert prove_equal(entry.derived, entry.printed).verdict == "proved"


@pytest.mark.parametrize("entry", ERRATA, ids=number)
def test_errata_are_found(entry):
    assert_wrong(entry)
