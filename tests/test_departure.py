"""Where a false formula departs from the true one, and which of several lines it is."""

import pytest

from matcalc import (
    claim,
    claim_identity,
    column,
    identity,
    inv,
    let,
    matrix,
    relu,
    step,
    trace,
)
from matcalc import sum as total
from matcalc.claims.departure import departure
from matcalc.errors import UnsupportedInput

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


X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
G = matrix("G", "p", "q")
Z = let("Z", X @ G)
V = let("V", relu(Z))
sweep = [2 * V, 2 * V * step(Z), X.T @ (2 * V * step(Z))]


def test_the_first_line_that_departs_is_named():
    M = matrix("M", "p", "p")
    lines = [M @ w + (w.T @ M).T, M @ w + M.T @ w, 2 * M @ w, w]
    found = claim(w.T @ M @ w, w, lines)
    assert (found.verdict, str(found.line)) == ("true only if", "line 3 of 4")
    assert str(found).startswith(f"line 2, proved: ∂R/∂w = {lines[1]}\nclaimed in line 3 of 4: ")
    assert found.to_dict()["before"] == f"∂R/∂w = {lines[1]}"
    assert r"\text{line 2, proved:}\quad " in found.to_latex()
    assert "all lines proved" in str(claim(w.T @ M @ w, w, lines[:2]))
    assert claim(w.T @ M @ w, w, lines[:1]).line is None


def test_a_line_departs_from_the_line_before():
    found = claim_identity(inv(A @ B) @ C, [inv(B) @ inv(A) @ C, inv(B) @ inv(A.T) @ C])
    assert str(found.departure) == "departs at A.T for A"
    assert r"\text{departs at }{A}^{\top}\text{ for }A" in found.to_latex()


@pytest.mark.parametrize("wrong", range(3))
def test_a_backward_sweep_line_by_line(wrong):
    loss = total(V**2)
    assert claim(loss, [V, Z, G], sweep).verdict == "proved"
    lines = [3 * line if k == wrong else line for k, line in enumerate(sweep)]
    found = claim(loss, [V, Z, G], lines)
    assert (found.verdict, found.line.number) == ("disproved", wrong + 1)


def test_lines_that_do_not_fit():
    ill = claim(trace(A), A, [A * 0 + identity("n"), lambda: A @ X])
    assert (ill.verdict, ill.line.number) == ("ill-typed", 2)
    with pytest.raises(UnsupportedInput, match="at least one line"):
        claim(trace(A), A, [])
    with pytest.raises(UnsupportedInput, match="2 parameters for 3 formulas"):
        claim(total(V**2), [V, G], sweep)
