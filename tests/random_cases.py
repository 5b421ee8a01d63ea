"""Random cases with a check each, and what becomes of them."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matcalc import matrix
from matcalc.errors import BudgetExceeded
from matcalc.pointwise import Undefined
from matcalc.symbols import definitions, free_symbols, variables
from tests.random_checks import CHECKS
from tests.random_expressions import Draw
from tests.random_values import Case

LIMIT = 20.0
"""Seconds of its own time after which a check counts as one that does not end."""
OUTCOMES = ("holds", "no value", "past a budget", "fails")


class Endless(AssertionError):
    """A check that took longer than the limit."""


def case(seed: int) -> tuple[Case, str]:
    """A case and the name of the check it is put to."""
    rng = random.Random(f"case {seed}")
    draw = Draw(seed)
    depth = rng.choice((1, 1, 1, 1, 2, 2, 2, 3))
    scalar = rng.random() < 0.3
    f = draw.number(depth) if scalar else draw.matrix(draw.size(), draw.size(), depth)
    x = parameter(f, rng)
    sizes = {name: rng.choice((1, 2, 2, 3, 3, 4)) for name in "mnpk"}
    check = rng.choices(list(CHECKS), [weight for _, weight in CHECKS.values()])[0]
    return Case(f, x, sizes, seed), check


def parameter(f: Any, rng: random.Random) -> Any:
    """Mostly a variable; now and then a scalar or a named intermediate."""
    scalars = [s for s in free_symbols(f) if not s.is_integer]
    named, found = definitions(f), variables(f)
    chance = rng.random()
    if scalars and chance < 0.1:
        return rng.choice(scalars)
    if named and chance < 0.3:
        return rng.choice(named)
    return rng.choice(found or [matrix("Absent", 2, 3)])


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `Endless` in what takes longer, other processes not counted."""

    def stop(*_: Any) -> None:
        raise Endless(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def outcome(tried: Case, check: str, limit: float = LIMIT) -> tuple[str, str]:
    """One of `OUTCOMES`, and the reason."""
    try:
        with limited(limit):
            CHECKS[check][0](tried)
    except Undefined as reason:
        return "no value", str(reason)
    except BudgetExceeded as reason:
        return "past a budget", str(reason)
    except Exception as error:
        return "fails", f"{type(error).__name__}: {error}"
    return "holds", ""
