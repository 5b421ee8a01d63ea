"""The 28 claims of the founding problem's sources: the verdicts, their evidence, and the tables."""

import subprocess
import sys
from functools import cache

import pytest

from derivations.verdicts import net
from derivations.verdicts.answer import CLAIMS, decisions, details, source_table, table
from derivations.verdicts.decision import Figures
from derivations.verdicts.graph import backward_walk
from derivations.verdicts.sources import sources
from matcalc import Claim, claim, gradient, prove_equal

VERDICTS = {
    "ill-typed": "C1 C2 C9 C13 C16 C18",
    "disproved": "C5 C7 C12 C14",
    "true only if": "C3 C10 C23",
    "proved": "C4 C6 C8 C11 C15 C17 C19 C20 C21 C22 C24 C25 C26 C27 C28",
}
EXPECTED = {number: verdict for verdict, names in VERDICTS.items() for number in names.split()}
CONDITIONS = {
    "C3": "a is the identity function",
    "C10": "mu_Z and sigma_Z are held fixed",
    "C23": "epsilon = 0",
}
REPAIRS = {
    "C1": ("times 1/N", "∂R/∂Gamma_2"),
    "C2": ("times 1/N", "∂R/∂Gamma_1"),
    "C3": ("B in place of Z", ""),
    "C12": ("sigma_Z**-1 in place of sigma_Z", ""),
    "C14": ("without the factor kron(gamma, ones(N, 1))", ""),
}
made = cache(decisions)
NUMBERS = [f"C{k}" for k in range(1, 29)]


def decision(number):
    return next(d for d in made() if d.number == number)


def test_every_claim_is_decided_once():
    assert [d.number for d in made()] == NUMBERS
    assert len(CLAIMS) == 28


@pytest.mark.parametrize("number", NUMBERS)
def test_verdicts(number):
    found = decision(number)
    assert found.verdict == EXPECTED[number], str(found.parts[0].judged)
    assert len(found.because) > 20
    if number in CONDITIONS:
        assert found.parts[0].judged.conditions[0].condition.text == CONDITIONS[number]
    if number in REPAIRS:
        what, of = REPAIRS[number]
        repair = found.parts[0].judged.repairs[0]
        assert (repair.what, str(repair.of or "")) == (what, of)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_reading_has_its_evidence(number):
    for part in decision(number).parts:
        judged = part.judged
        assert judged.verdict in ("proved", "reproduced", "ill-typed", "disproved", "true only if")
        if isinstance(judged, Claim) and judged.outcome.verdict == "disproved":
            program = f"{judged.script()}assert not np.allclose(left, right)"
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("number", [n for n in NUMBERS if EXPECTED[n] != "proved"])
def test_what_is_false_has_a_right_reading_or_a_repair(number):
    parts = decision(number).parts
    right = any(part.judged.verdict in ("proved", "reproduced") for part in parts)
    first = parts[0].judged
    assert right or first.repairs or first.conditions


def test_printed_tables_are_what_the_code_computes():
    tables = net.tables()
    assert [code.verdict for _, code in tables.values()] == ["reproduced"] * 4
    assert {against.verdict for against, _ in tables.values() if against} == {"disproved"}
    figures = sum(code.printed.size for _, code in tables.values())
    assert figures == 4 + 28 + 16 + 4


def test_a_changed_digit_is_not_reproduced():
    _, code = net.tables()["dR_dGamma_1"]
    changed = code.printed.copy()
    changed[2, 1] += 1e-5
    found = Figures(code.formula, code.data, changed)
    assert found.off == [(2, 1)] and "27 of 28" in found.reason


def test_a_changed_walk_is_disproved():
    root, walked = backward_walk()
    for x, g in walked.items():
        assert claim(root, x, g).verdict == "proved"
        assert prove_equal(gradient(root, x)[x], 2 * g).verdict == "disproved"


def test_every_source_is_rebuilt():
    rebuilt = list(sources({d.number: d for d in made()}))
    assert [s.number for s in rebuilt] == [f"S{k}" for k in range(1, 9)]
    assert all(s.ok for s in rebuilt), [p.judged.reason for s in rebuilt for p in s.parts]
    text = str(source_table(rebuilt))
    assert text.count("\n") == 9 and "S6" in text


def test_tables_are_markdown():
    lines = str(table(made())).splitlines()
    assert len(lines) == 30
    assert all(line.count("|") == 6 for line in lines)
    assert r"**true only if $\mu_{Z}$ and $\sigma_{Z}$ are held fixed**" in lines[11]
    text = str(details(made()))
    assert text.count("### C") == sum(v != "proved" for v in EXPECTED.values())
    assert text.count("```python") == 5
    assert text.count("$$") % 2 == 0
