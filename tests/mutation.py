"""Mutation of the law tables: what becomes of every law with one mistake in it.

Run with ``python -m tests.mutation``; the names of tables behind it choose among them.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from matcalc.errors import MatcalcError
from matcalc.node import substitute
from matcalc.prove.disproof import Comparison, Witness
from matcalc.prove.prover import prove_equal
from tests.guards import guarded
from tests.judging import (
    SEEDS_OF_COST,
    SIZES,
    SIZES_OF_DIFFERENTIALS,
    SIZES_OF_LOWERING,
    TABLES,
    NothingThere,
    assert_agrees_with_the_complex_step,
    assert_does_what_the_row_says,
    assert_lowers_the_cost,
    assert_refuses_what_is_forbidden,
    assert_same_at_rank_one,
    assert_same_entries,
    assert_same_lowered,
)
from tests.mutants import EDIT_KINDS, Mutant, all_mutants
from tests.survivors import SURVIVORS

CAUGHT = ("refused", "disproved", "by numbers", "by use", "by cost")
OUTCOMES = (*CAUGHT, "still true", "survives")
FAILURES = (AssertionError, MatcalcError, ArithmeticError, LookupError, ValueError, StopIteration)
"""What a test of a table fails with."""


def outcome(mutant: Mutant) -> str:
    """What catches a mutant first, in the order of `CAUGHT`, or what it is that nothing does."""
    if mutant.wrong is None:
        return "refused"
    for name, caught in JUDGES:
        if caught(mutant):
            return name
    return "still true" if is_still_true(mutant) else "survives"


def is_disproved(mutant: Mutant) -> bool:
    """Whether the sides differ at a point in exact numbers, or in reals of many digits."""
    law = mutant.wrong
    swap = guarded(law)
    lhs, rhs = (substitute(side, swap) for side in (law.lhs, law.rhs))
    return isinstance(Comparison(lhs, rhs).decide(), Witness)


def fails(check: Callable[..., None], *arguments: Any) -> bool:
    """Whether a check fails; where there is nothing to check it does not."""
    try:
        check(*arguments)
    except NothingThere:
        return False
    except FAILURES:
        return True
    return False


def is_caught_by_numbers(mutant: Mutant) -> bool:
    """Whether the loops see that the sides differ."""
    law = mutant.wrong
    if mutant.table != "differentials" and fails(assert_same_at_rank_one, law):
        return True
    if mutant.table == "lowering":
        return any(fails(assert_same_lowered, law, sizes) for sizes in SIZES_OF_LOWERING)
    if mutant.table != "differentials":
        return any(fails(assert_same_entries, law, sizes) for sizes in SIZES)
    check = partial(fails, assert_agrees_with_the_complex_step, law)
    return any(check(sizes) for sizes in SIZES_OF_DIFFERENTIALS)


def is_caught_by_use(mutant: Mutant) -> bool:
    """Whether the law does not what its row says, or applies where its guard is to refuse."""
    law = mutant.wrong
    if fails(assert_does_what_the_row_says, law, mutant.table):
        return True
    asked = replace(law, where=mutant.law.where)
    return asked.where is not None and fails(assert_refuses_what_is_forbidden, law, asked)


def is_caught_by_cost(mutant: Mutant) -> bool:
    """Whether a law of the simplest form no longer lowers the cost."""
    check = partial(fails, assert_lowers_the_cost, mutant.wrong)
    return mutant.table == "simplest form" and any(check(seed) for seed in SEEDS_OF_COST)


JUDGES: tuple[tuple[str, Callable[[Mutant], bool]], ...] = (
    ("disproved", is_disproved),
    ("by numbers", is_caught_by_numbers),
    ("by use", is_caught_by_use),
    ("by cost", is_caught_by_cost),
)


def is_still_true(mutant: Mutant) -> bool:
    """Whether the mutant states what the law states, so that it is no mistake."""
    law = mutant.wrong
    if mutant.edit.startswith("guard"):
        return False
    other = law.lhs if mutant.edit == "fact dropped" else mutant.law.rhs
    return prove_equal(other, law.rhs).verdict == "proved"


def judged(tables: tuple[str, ...]) -> Iterator[tuple[Mutant, str]]:
    """Every mutant of some tables with what becomes of it."""
    for mutant in all_mutants():
        if mutant.table in tables:
            yield mutant, outcome(mutant)


def main(tables: tuple[str, ...]) -> None:
    """Print the mutants by kind and outcome, and survivors with reasons; progress on stderr."""
    start, counts, surviving = perf_counter(), Counter(), []
    for done, (mutant, found) in enumerate(judged(tables), start=1):
        counts[mutant.edit, found] += 1
        if found == "survives":
            surviving.append(mutant)
        if done % 100 == 0:
            print(f"{done} mutants, {perf_counter() - start:.0f} s", file=sys.stderr)
    _print_counts(counts)
    print(f"\n{len(surviving)} survive:")
    for mutant in surviving:
        print(f"  {mutant.law.name}: {mutant.edit}: {mutant.said}")
        print(f"    {SURVIVORS.get(mutant.key, 'NO REASON IS LISTED')}")
    print(f"\n{perf_counter() - start:.0f} s")


def _print_counts(counts: Counter) -> None:
    titles = ("mutants", *OUTCOMES)
    print(f"{'':18}" + "".join(f"{title:>12}" for title in titles))
    for edit in EDIT_KINDS:
        _print_line(edit, [counts[edit, found] for found in OUTCOMES])
    _print_line("all", [sum(counts[edit, f] for edit in EDIT_KINDS) for f in OUTCOMES])


def _print_line(title: str, figures: list[int]) -> None:
    print(f"{title:18}" + "".join(f"{n:12d}" for n in (sum(figures), *figures)))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or tuple(TABLES))
