"""Where a false formula departs from the true one."""

import pytest

from matcalc import claim, inv, matrix, relu, trace
from matcalc.claims.departure import departure

A, B, C = (matrix(name, "n", "n") for name in "ABC")

PAIRS = {
    "departs at A.T for A": (B @ (C + inv(A.T)), B @ (C + inv(A))),
    "departs at B for C": (A * relu(B) + C, A * relu(C) + C),
    "departs at A @ B for B @ A": (C @ A @ B @ C, C @ B @ A @ C),
    "lacks a term: B @ C": (relu(A @ B), relu(A @ B + B @ C)),
    "has a term too many: C": (A.T @ (B + C), A.T @ B),
}


@pytest.mark.parametrize("said", PAIRS)
def test_the_smallest_part_is_named(said):
    assert str(departure(*PAIRS[said])) == said


def test_nothing_is_named_where_nothing_is_alike():
    assert departure(A @ B, B.T @ A.T) is None
    assert departure(A, A) is None


def test_claims_show_it():
    found = claim(trace(A.T @ relu(B)), A, relu(B.T))
    assert "departs at B.T for B" in str(found)
    assert found.to_dict()["departure"] == "departs at B.T for B"
