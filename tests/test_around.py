"""No silent zero: every operator around the variable, alone and inside every other."""

import random

import pytest

from matcalc import gradient, hessian, jacobian, jvp, vec
from matcalc.errors import BudgetExceeded, MatcalcError
from matcalc.node import Node, Operator, substitute
from matcalc.numdiff import slopes
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import inner
from matcalc.pointwise import Undefined
from tests.around import AROUND, CASES, k, m, n, p, q
from tests.numeric import assert_gradient, assert_jacobian, entries, relative_error, sample_for

NOT_FUNCTIONS = {"Differential", "ScalarDifferential"}
SMALL = {m: 2, n: 3, p: 4, q: 5, k: 3}
LABELS = [f"{name}: {f}"[:60] for name, f, _ in CASES]
PAIRS = 400


def language():
    return [
        cls.__name__ for cls in Operator.OPERATORS if cls.__module__.startswith("matcalc.operators")
    ]


every_case = pytest.mark.parametrize(("name", "f", "x"), CASES, ids=LABELS)


@pytest.mark.parametrize("operator", language())
def test_every_operator_is_put_around_the_variable(operator):
    assert operator in AROUND or operator in NOT_FUNCTIONS


def as_loss(f):
    return inner(matrix("Weight", f.rows, f.cols), f) if isinstance(f, Node) else f


@every_case
def test_gradient_agrees_with_the_complex_step(name, f, x):
    derivation = gradient(as_loss(f), x)
    assert derivation[x].shape == x.shape
    assert_gradient(derivation.loss, x, derivation[x])
    assert derivation.replay() == len(derivation.steps)


@every_case
def test_jacobian_agrees_with_the_complex_step(name, f, x):
    derivation = jacobian(f, x)
    assert_jacobian(f, x, derivation[x], sizes=SMALL)
    assert derivation.replay() == len(derivation.steps)


@every_case
def test_hessian_agrees_with_the_complex_step_of_the_gradient(name, f, x):
    loss = as_loss(f) ** 2
    slope = gradient(loss, x)[x]
    found = hessian(loss, x)[x]
    assert_jacobian(slope, x, found, sizes=SMALL)


@every_case
def test_jvp_is_the_jacobian_times_the_direction(name, f, x):
    u = matrix("Direction", *x.shape)
    found, whole = jvp(f, {x: u}).value, jacobian(f, x)[x] @ vec(u)
    at = sample_for(f, found, whole, sizes=SMALL)
    value = at.base.value(vec(found) if isinstance(found, Node) else found)
    assert relative_error(entries(value), entries(at.base.value(whole))) < 1e-9


def around_one_another():
    """Random pairs, the inner function brought to the shape of the outer one's variable."""
    rng = random.Random(7)
    inside = [case for case in CASES if isinstance(case[1], Node)]
    for number in range(PAIRS):
        (outer, f, y), (inner_name, g, x) = rng.choice(CASES), rng.choice(inside)
        left, right = matrix("Left", y.rows, g.rows), matrix("Right", g.cols, y.cols)
        yield pytest.param(f, y, left @ g @ right, x, id=f"{number}: {outer}({inner_name})")


@pytest.mark.parametrize(("f", "y", "g", "x"), list(around_one_another()))
def test_operators_inside_one_another(f, y, g, x):
    loss = as_loss(substitute(f, {y: g}))
    try:
        derivation = gradient(loss, x)
    except MatcalcError as error:
        pytest.fail(f"no gradient: {error}")
    try:
        sample = sample_for(loss, derivation[x], sizes=SMALL)
        expected, method = slopes(loss, sample, x)
    except (Undefined, BudgetExceeded) as reason:
        pytest.skip(f"singular, or too large for loops: {reason}")
    found = entries(sample.base.value(derivation[x]))
    assert method == "complex step"
    if max(map(abs, entries(expected))) < 1e-12:
        assert max(map(abs, found)) < 1e-10
        pytest.skip("this pair is constant")
    assert relative_error(found, entries(expected)) < 1e-8
