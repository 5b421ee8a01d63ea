"""Every worked derivation: expected form, replay, and numbers by loops."""

import pytest

from derivations import batch_norm_layer, batch_normed_net, kronecker_route
from matcalc import definitions, gradient, kronecker_form
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.operators.kronecker import Vec
from matcalc.vocabulary import (
    batch_norm,
    column_mean,
    column_std,
    column_var,
    row_mean,
    row_std,
    row_var,
)
from tests import worked
from tests.numeric import assert_gradient, assert_jacobian, entries, relative_error, sample_for

CASES = [
    pytest.param(derivation, expected, id=label) for label, derivation, expected in worked.CASES
]


@pytest.mark.parametrize(("derivation", "expected"), CASES)
def test_the_result_is_the_published_form(derivation, expected):
    assert dict(derivation.gradients) == expected


@pytest.mark.parametrize(("derivation", "expected"), CASES)
def test_the_steps_replay(derivation, expected):
    assert derivation.replay() == len(derivation.steps) > 5


def test_jacobians_of_the_vec_route():
    derivation = kronecker_route.jacobians()
    assert dict(derivation.gradients) == kronecker_route.JACOBIANS
    sizes = {batch_normed_net.N: 4, batch_normed_net.p1: 3, batch_normed_net.p2: 2}
    for parameter, jacobian in derivation.gradients.items():
        assert_jacobian(kronecker_route.layer, parameter, jacobian, sizes=sizes)


def test_vec_forms_are_the_same_gradients():
    derivation = batch_normed_net.Net(ddof=1).derivation()
    W = next(d for d in definitions(*derivation.gradients.values()) if d.name == "W")
    for parameter in (batch_normed_net.beta, batch_normed_net.gamma, batch_normed_net.Gamma_1):
        form = kronecker_form(derivation[parameter], W)
        assert form.operands[-1] is Vec(W)
        at = sample_for(form, derivation[parameter]).base
        found, expected = (entries(at.value(x)) for x in (form, Vec(derivation[parameter])))
        assert relative_error(found, expected) < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_the_net_by_the_complex_step(seed):
    derivation = batch_normed_net.Net(
        ddof=batch_normed_net.ddof, eps=batch_normed_net.epsilon
    ).derivation()
    for parameter, formula in derivation.gradients.items():
        assert_gradient(derivation.loss, parameter, formula, seed=seed)


def test_without_a_name_the_layer_is_the_same():
    X, Gamma_1, gamma, beta = (
        getattr(batch_normed_net, name) for name in ("X", "Gamma_1", "gamma", "beta")
    )
    loss = batch_normed_net.sum(batch_norm(X @ Gamma_1, gamma, beta) ** 3)
    assert_gradient(loss, Gamma_1, gradient(loss, Gamma_1)[Gamma_1])


def test_statistics_of_columns():
    X = batch_norm_layer.X
    N = X.rows
    at = sample_for(column_std(X, ddof=1, eps=2)).base
    table = at.table(X)
    columns = list(zip(*table, strict=True))
    means = [sum(c) / len(c) for c in columns]
    variances = [
        sum((x - mu) ** 2 for x in c) / (len(c) - 1) for c, mu in zip(columns, means, strict=True)
    ]
    assert at.value(column_mean(X))[0] == pytest.approx(means)
    assert at.value(column_var(X, ddof=1))[0] == pytest.approx(variances)
    assert at.value(column_std(X, 1, 2))[0] == pytest.approx([(v + 2) ** 0.5 for v in variances])
    rows = [sum(line) / len(line) for line in table]
    spread = [sum((x - mu) ** 2 for x in line) for line, mu in zip(table, rows, strict=True)]
    p = len(columns)
    assert [x for (x,) in at.value(row_mean(X))] == pytest.approx(rows)
    assert [x for (x,) in at.value(row_var(X, 1))] == pytest.approx([s / (p - 1) for s in spread])
    assert [x for (x,) in at.value(row_std(X))] == pytest.approx([(s / p) ** 0.5 for s in spread])
    with pytest.raises(ShapeError, match="divides by zero"):
        column_var(X, ddof=N)
    with pytest.raises(ShapeError, match="gamma must be a row"):
        batch_norm(X, batch_norm_layer.gamma.T, batch_norm_layer.beta)
    with pytest.raises(UnsupportedInput, match="negative"):
        column_std(X, eps=-1)
