"""Every real entry of the Cookbook, chapter 2, and of the tables of Magnus & Neudecker, derived."""

import pytest

from matcalc import prove_equal
from tests import cookbook, identification_tables
from tests.printed import assert_same_values, assert_wrong, is_literal, is_zero, number

ENTRIES = [*cookbook.ENTRIES, *identification_tables.ENTRIES]
ERRATA = [entry for entry in ENTRIES if entry.wrong is not None]
SAME_VALUE = {
    "X Xᵀ": "2N(X ⊗ I) is written as a sum",
    "Xᵀ X": "2N(I ⊗ Xᵀ) is written as a sum",
    "tr X⁻¹": "a commutation matrix stands elsewhere",
    "56": "the differential of XᵀX is not taken apart",
    "47": "Σ_k is a sum of products of entries",
    "48": "the traces are not taken apart",
    "50": "as (47)",
    "60": "an entry of an outer product",
    "67": "an inner product with v vᵀ",
    "74": "an entry of a product with a unit vector",
    "75": "an entry of a product with a unit vector",
    "79": "an entry of a product with a unit vector",
    "123": "another common factor taken out",
    "127 without symmetry of A": "another common factor taken out",
    "137": "the chain rule through vec",
    "142": "A ∘ I is written as a diagonal matrix",
}
"""Entries whose derived form is not literally the printed one, and what differs."""

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=number)


@every_entry
@pytest.mark.parametrize("seed", range(3))
def test_values_agree(entry, seed):
    assert_same_values(entry, seed)


@every_entry
def test_the_derivative_is_not_zero(entry):
    assert not is_zero(entry, 30)


@every_entry
def test_the_simplest_form_is_the_printed_one(entry):
    assert is_literal(entry) is (entry.number not in SAME_VALUE)


NOT_LITERAL = [e for e in ENTRIES if e.number in SAME_VALUE]


@pytest.mark.parametrize("entry", NOT_LITERAL, ids=number)
def test_what_is_not_literally_printed_is_proved(entry):
    assert prove_equal(entry.derived, entry.printed).verdict == "proved"


@pytest.mark.parametrize("entry", ERRATA, ids=number)
def test_errata_are_found(entry):
    assert_wrong(entry)


def test_every_entry_has_its_number():
    """(45) and (89) are complex; the rest of these state what their neighbours use."""
    listed = {int(entry.number.split()[0]) for entry in cookbook.ENTRIES}
    elsewhere = {45, 89, 95, 96, 133, 134, 136, 144}
    assert listed | elsewhere == set(range(33, 145))
