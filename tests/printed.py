"""Derived forms beside printed ones: their values, and their simplest forms."""

from matcalc.errors import MatcalcError
from matcalc.laws.simplest import SIMPLEST
from matcalc.node import substitute, walk
from matcalc.operators.leaves import Variable
from matcalc.operators.scalars import Differential
from matcalc.rewrite import Recorder, simplify
from matcalc.sampling import Sampler, distinct_sizes
from tests.numeric import entries, relative_error


def number(entry):
    return entry.number


def simplest(x):
    return simplify(x, SIMPLEST, Recorder(), "", {})


def without_differentials(x):
    """Free variables in place of differentials."""
    found = [y for y in walk(x) if isinstance(y, Differential)]
    names = {y: Variable(*y.operands[0].operands[:3]) for y in found}
    moved = {y: type(v)(type(v.operands[0])(f"d{v.name}"), *v.shape) for y, v in names.items()}
    return substitute(x, moved)


def values(*sides, seed=0):
    sides = [without_differentials(side) for side in sides]
    sampler = Sampler(sides, seed)
    for swapped in (False, True):
        try:
            at = sampler.draw(distinct_sizes(sampler.sizes, {}, swapped))
        except MatcalcError:
            continue
        return [entries(at.base.value(side)) for side in sides]
    raise AssertionError("no sizes fit")


def assert_same_values(entry, seed):
    derived, printed = values(entry.derived, entry.printed, seed=seed)
    assert relative_error(derived, printed) < 1e-9 or max(map(abs, derived + printed)) < 1e-12


def is_zero(entry, seeds):
    """Whether the derivative is zero at all of several data: those with δ_ij often vanish."""
    drawn = (values(entry.derived, entry.printed, seed=seed)[0] for seed in range(seeds))
    return all(max(map(abs, derived)) <= 1e-6 for derived in drawn)


def assert_wrong(entry):
    derived, wrong = values(entry.derived, entry.wrong)
    assert relative_error(wrong, derived) > 1e-3


def is_literal(entry):
    return simplest(entry.derived) == simplest(entry.printed)
