"""Large expressions end in a result or a named budget, an interruption leaves all whole."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from derivations.batch_normed_net import Net, epsilon
from matcalc import rewrite, tanh
from matcalc.errors import BudgetExceeded
from matcalc.lower import export, numpy_source
from matcalc.page import to_html
from tests import budgets
from tests.budgets import X

SMALL = {
    "nested": 300,
    "layers": 200,
    "residuals": 12,
    "factors": 80,
    "entrywise_factors": 80,
    "terms": 80,
    "powers": 20,
    "thrice": 4,
    "net": 3,
}


@pytest.mark.parametrize("name", budgets.CASES)
def test_a_smaller_one_is_derived_replayed_and_written(name: str) -> None:
    assert "lines of code" in budgets.CASES[name](SMALL[name])  # type: ignore[call-arg]


def test_a_budget_names_its_limit_and_the_size_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrite, "WORK_LIMIT", 20_000)
    found = budgets.outcome(lambda: budgets.thrice(8))
    assert found.startswith("BudgetExceeded: the derivation looks at more than 20,000 operands")
    assert "steps at a " in found
    monkeypatch.setattr(rewrite, "STEP_LIMIT", 20)
    assert "passes 20 steps, at " in budgets.outcome(lambda: budgets.nested(100))


def test_a_sum_too_long_for_a_line_of_code_is_refused() -> None:
    assert "300 operations, for a Add of 400" in budgets.outcome(lambda: budgets.terms(400))


def test_what_nests_deeper_than_the_stack_has_no_page() -> None:
    with pytest.raises(BudgetExceeded, match="nested deeper"):
        to_html(reduce(lambda z, _: tanh(z), range(400), X))


@contextmanager
def interrupted(after: float) -> Iterator[None]:
    """Press Ctrl-C once so much processor time has gone.

    Python passes over it while it collects garbage. To say so pytest parses code, which fails
    inside a call of Python's parser (python/cpython#106905); so nothing is said.
    """

    def press(*_: Any) -> None:
        raise KeyboardInterrupt

    told, sys.unraisablehook = sys.unraisablehook, lambda _: None
    before = signal.signal(signal.SIGPROF, press)
    signal.setitimer(signal.ITIMER_PROF, after)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        sys.unraisablehook = told


def test_an_interruption_leaves_caches_and_files_whole(tmp_path: Path) -> None:
    def derived() -> Any:
        return Net("relu", 0, epsilon).derivation()

    expected, file = numpy_source(derived()), tmp_path / "net.py"
    whole = export(derived(), tmp_path / "whole.py").read_bytes()
    for k in range(12):
        with interrupted(0.004 * 1.5**k):
            export(derived(), file)
        assert not file.exists() or file.read_bytes() == whole
        assert {p.name for p in tmp_path.iterdir()} <= {"net.py", "whole.py"}
        file.unlink(missing_ok=True)
        assert numpy_source(derived()) == expected
