"""A slice of the random expressions, the same in every run; the whole is `tests.random_run`."""

import pytest

import matcalc
from matcalc import dims, identity, inv, let, matrix, tanh
from matcalc.node import walk
from matcalc.operators.algebra import Inverse
from matcalc.show import text
from matcalc.symbols import definitions
from tests.random_cases import case, outcome
from tests.random_checks import CHECKS
from tests.random_expressions import Draw
from tests.random_run import digest
from tests.random_shrinking import smallest, written
from tests.random_values import Case
from tests.test_around import NOT_FUNCTIONS, language

SEEDS = range(5)
n = dims("n")[0]
A, B = matrix("A", n, n), matrix("B", n, n)


def assert_holds(check: str, tried: Case) -> None:
    what, why = outcome(tried, check)
    assert what in ("holds", "no value"), why


@pytest.mark.parametrize("check", [c for c, (_, weight) in CHECKS.items() if weight > 1])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_of_every_expression(check: str, seed: int) -> None:
    assert_holds(check, case(10**6 + seed)[0])


def test_the_expressions_contain_every_operator() -> None:
    found: set[str] = set()
    for seed in range(400):
        draw = Draw(seed)
        roots = [draw.matrix(draw.size(), draw.size(), 2), draw.number(1)]
        for root in (*roots, *(x.definition for x in definitions(*roots))):
            found |= {type(x).__name__ for x in walk(root)}
    assert set(language()) - found == NOT_FUNCTIONS


def test_a_wrong_law_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(tried: Case) -> None:
        assert not any(isinstance(x, Inverse) for x in walk(tried.f)), "there is an inverse"

    monkeypatch.setitem(CHECKS, "wrong", (wrong, 1))
    f = tanh(let("Z", inv(A @ A.T + identity(n)) @ B)) @ B + A
    small = smallest(Case(f, A, {"n": 3}, 5), "wrong")
    assert text(small.f) == "A + inv(Free)"
    assert small.sizes == {"n": 1}
    scope = {**vars(matcalc), "Case": Case, "assert_holds": assert_holds}
    exec(written(small, "wrong"), scope)
    with pytest.raises(AssertionError, match="there is an inverse"):
        scope["test_seed_5"]()


def test_equal_seeds_give_equal_cases() -> None:
    for seed in range(20):
        (once, check), (again, same) = case(seed), case(seed)
        assert once.f is again.f and once.sizes == again.sizes and check == same
    assert digest(3) == digest(3) != digest(4)
