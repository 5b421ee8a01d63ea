"""The benchmark times what is right: hand-written code agrees; the README shows the last run."""

import pytest

from tests.bench import hand, report
from tests.bench.__main__ import contenders
from tests.bench.ours import OURS
from tests.bench.report import KEPT, MARKS, README
from tests.bench.running import Case, Row, contender, error_of, ratio
from tests.bench.workloads import WORKLOADS, arguments

SMALL = {
    "net": [(10, 7, 4), (300, 20, 30)],
    "layer backward": [(9, 4), (700, 200)],
    "Hessian, logistic": [(5,)],
    "Hessian, factorisation": [(6, 5, 3)],
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "size"), [(n, s) for n, sizes in SMALL.items() for s in sizes])
def test_hand_written_code_agrees(name, size, dtype):
    case = Case(name, size, dtype)
    assert error_of(case, contender(case, "hand")()) < (1e-12 if dtype == "float64" else 1e-4)


def test_blocks_agree_with_the_whole(monkeypatch):
    monkeypatch.setattr(hand, "CACHED", 0)
    monkeypatch.setattr(hand, "BLOCK", 2**14)
    case = Case("net", (301, 20, 30))
    assert error_of(case, contender(case, "hand")()) < 1e-12


@pytest.mark.parametrize("name", WORKLOADS)
def test_wrong_results_are_seen(name):
    work, size = WORKLOADS[name], WORKLOADS[name].sizes[0]
    case, data = Case(name, size), arguments(WORKLOADS[name], size, "float64")
    found = OURS["readable"](work, work.derive(size), data)(data)
    assert error_of(case, found) == 0
    key = list(found)[-1]
    assert error_of(case, {**found, key: 1.01 * found[key]}) > 1e-3


def test_who_is_timed():
    assert {"readable", "fast", "hand", "floor"} <= {*contenders(Case("net", (10, 7, 4)))}
    assert "hand" not in contenders(Case("deep net", (2,)))


def test_ratios_are_taken_within_rounds():
    slow, quick = Row("slow", [2.0, 20.0, 6.0]), Row("quick", [1.0, 10.0, 1.0])
    assert ratio(slow, quick) == 2


@pytest.mark.skipif(not KEPT.exists(), reason="no results are kept")
def test_readme_shows_the_last_results():
    text = README.read_text(encoding="utf-8")
    assert text.split(MARKS[0])[1].split(MARKS[1])[0] == f"\n{report.summary()}"
