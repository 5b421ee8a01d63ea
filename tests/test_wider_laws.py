"""Functions of laws where the row shows two operands: composites in the place of its variables."""

from dataclasses import replace

import pytest

from matcalc.node import substitute, walk
from matcalc.operators.algebra import inv
from matcalc.operators.constants import ones
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import Differential
from matcalc.symbols import variables
from tests.judging import (
    TABLES,
    assert_agrees_with_the_complex_step,
    assert_close,
    entries,
    has_value,
    loops,
    used_on,
)

SMALL = (2, 3, 2, 4, 3, 2)


def parts(v):
    """Two variables of the shape and the facts of one."""
    return (matrix(f"{v.name}{k}", *v.shape, *v.facts) for k in (1, 2))


def product_of(v):
    if v.rows != v.cols:
        return matrix(f"{v.name}1", v.rows, "x") @ matrix(f"{v.name}2", "x", v.cols)
    first, second = parts(v)
    return first @ second


def sum_of(v):
    first, second = parts(v)
    return first - 2 * second


def entrywise_product_of(v):
    first, second = parts(v)
    return first * second


def without_facts(v):
    return matrix(f"{v.name}1", *v.shape) if v.facts else v


def inverse_of(v):
    return inv(matrix(f"{v.name}1", *v.shape)) if v.rows == v.cols else v


def constant_of(v):
    return ones(*v.shape)


FORMS = (
    product_of,
    sum_of,
    entrywise_product_of,
    without_facts,
    inverse_of,
    constant_of,
)


def instances(law, kind):
    """Left sides with every variable, or with the first alone, made of others."""
    lhs = used_on(law, kind)[0]
    found = {}
    for form in FORMS[: -1 if kind == "differentials" else None]:
        new = {v: form(v) for v in variables(lhs)}
        for swap in (new, dict(list(new.items())[:1])):
            x = substitute(lhs, swap)
            if type(x) in law.heads and x is not lhs:
                found[x] = None
    return list(found)


def plain(*sides):
    """Variables in the place of differentials, for the loops."""
    inside = [y for side in sides for y in walk(side) if isinstance(y, Differential)]
    new = {y: matrix(f"d{k}", *y.shape) for k, y in enumerate(dict.fromkeys(inside))}
    return tuple(substitute(side, new) for side in sides)


def assert_equal(law, x, after, kind):
    """Equal entries by loops, those of a differential the slopes of what it is taken of."""
    if kind == "differentials":
        assert_agrees_with_the_complex_step(replace(law, lhs=x, rhs=after), SMALL)
        return
    sides = plain(x, after)
    drawn = (loops(sides, SMALL, seed) for seed in range(9))
    at = next((at for at in drawn if has_value(sides[0], at) and at.condition < 1e3), None)
    if at is not None:
        assert_close(*(entries(at.value(side)) for side in sides), -1.0)


CASES = [(law, kind) for kind, laws in TABLES.items() for law in laws if law.general is not None]


@pytest.mark.parametrize(("law", "kind"), CASES, ids=lambda x: getattr(x, "name", None))
def test_what_a_function_makes_of_wider_forms_is_equal(law, kind):
    for x in instances(law, kind):
        after = law.apply(x)
        if after is not None:
            assert getattr(after, "shape", None) == getattr(x, "shape", None)
            assert_equal(law, x, after, kind)
