"""The vocabulary: operators counted, nearly published forms refused, values by SciPy."""

from fractions import Fraction
from math import prod
from random import Random

import numpy as np
import pytest
from sympy import Expr

import matcalc as mc
from derivations import (
    batch_norm_layer,
    estimation,
    gaussian_models,
    hessians,
    layer_norm,
    regression,
    transformers,
)
from matcalc.check import check
from matcalc.drawing import table
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.loops import Loops
from matcalc.lower import compile_numpy
from matcalc.node import Operator, substitute, walk
from matcalc.operators.algebra import Add, Product, Scale
from matcalc.operators.constants import Commutation, Constant, Selector
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Named, Variable
from tests import worked
from tests.densities import Normal, softmax, wishart_logpdf
from tests.numeric import assert_gradient, assert_jacobian, sample_for

THEMES = (regression, gaussian_models, estimation, transformers, batch_norm_layer, layer_norm)


def parameters(modules):
    return [
        pytest.param(derivation, expected, id=f"{module.__name__}: {label}")
        for module in modules
        for label, derivation, expected in worked.cases(module)
    ]


of_every_gradient = pytest.mark.parametrize(("derivation", "expected"), parameters(THEMES))
of_every_hessian = pytest.mark.parametrize(("derivation", "expected"), parameters([hessians]))
of_every_case = pytest.mark.parametrize(("derivation", "expected"), parameters((*THEMES, hessians)))


SIZES = (hessians.n, hessians.m, hessians.N, hessians.p, hessians.k)
PLANS = [
    dict(zip(SIZES, plan, strict=True))
    for plan in ((6, 4, 5, 3, 2), (5, 3, 1, 2, 3), (4, 1, 3, 1, 2))
]
"""Sizes for Hessians; a design needs at least as many points as parameters, n ≥ m."""


def operators(*roots):
    """Operators on the shared graph, names opened; n − 1 for a sum or product of n operands."""
    seen = {x for root in roots for x in walk(root)}
    return sum(map(_own_operators, sorted(seen, key=lambda x: getattr(x, "key", (0, "", b"")))))


def _own_operators(x):
    if isinstance(x, Variable | Named | Constant):
        return 0
    if isinstance(x, Add | Product | Hadamard | Kronecker):
        return len(x.operands) - 1
    if isinstance(x, Scale):
        return 1 + x.operands[0].count_ops()
    return 1 if isinstance(x, Operator) else x.count_ops()


def test_operators_are_counted_on_the_shared_graph():
    A, B = mc.matrix("A", "n", "n"), mc.matrix("B", "n", "n")
    assert operators(A @ B) == 1
    assert operators((A + B).T @ (A + B)) == 3
    assert operators(mc.let("C", A @ B).T @ mc.let("C", A @ B)) == 3
    assert operators(A @ B, B.T @ A, A @ B) == 3


@of_every_case
def test_the_result_is_no_longer_than_the_published_form(derivation, expected):
    for parameter, published in expected.items():
        found, printed = operators(derivation[parameter]), operators(published)
        print(f"{parameter}: {found} operators, published {printed}: {derivation[parameter]}")
        assert found <= printed


@of_every_gradient
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_code_loops_and_complex_step_agree(derivation, expected, dtype):
    report = check(derivation, dtype=dtype).require()
    full = [row for row in report.rows if 1 not in row.sizes.values()]
    assert full and all(row.norm > 1e-3 for row in full)


@of_every_hessian
def test_hessians_agree_with_the_complex_step_of_the_gradient(derivation, expected):
    for seed, sizes in enumerate(PLANS):
        for parameter in expected:
            assert_jacobian(derivation.loss, parameter, derivation[parameter], seed, sizes)


@of_every_hessian
def test_hessians_hold_no_table(derivation, expected):
    """At most one selector or commutation a term, so that nothing but ⊗, ⊙ and diag is left."""
    for parameter in expected:
        kinds = [type(x) for x in walk(derivation[parameter])]
        assert Selector not in kinds
        assert kinds.count(Commutation) <= 1


def variants(x):
    """What is nearly the expression: twice it, or with a term of one of its sums left out."""
    yield "twice", 2 * x
    sums = [y for y in walk(x, _open) if isinstance(y, Add)] if isinstance(x, Operator) else []
    for total in sums:
        yield f"without a term of {total}", substitute(x, {total: Add(*total.operands[:-1])})


def _open(x):
    return () if isinstance(x, Named | Expr) else x.children


@of_every_gradient
def test_what_is_nearly_the_published_form_fails(derivation, expected):
    for parameter, published in expected.items():
        for what, wrong in variants(published):
            assert wrong != derivation[parameter], what
            assert not check(mc.Derivation(derivation.loss, {parameter: wrong})).ok, what


@of_every_hessian
def test_what_is_nearly_a_hessian_fails(derivation, expected):
    for parameter, published in expected.items():
        for what, wrong in variants(published):
            assert wrong != derivation[parameter], what
            with pytest.raises(AssertionError):
                assert_jacobian(derivation.loss, parameter, wrong, sizes=PLANS[0])


def test_weights_of_a_design():
    """diag(Aᵀ(A diag(x) Aᵀ)⁻¹A), the variances of an optimal design."""
    x, A = hessians.x, hessians.A
    derivation = mc.gradient(mc.logdet(A @ mc.diag(x) @ A.T), x)
    published = mc.diagonal(A.T @ mc.inv(A @ mc.diag(x) @ A.T) @ A)
    assert derivation[x] is published
    assert_gradient(derivation.loss, x, published, sizes=PLANS[0])


def test_the_vocabulary_is_made_of_operators_alone():
    assert not [cls for cls in Operator.OPERATORS if "vocabulary" in cls.__module__]


def data(*roots, seed=0):
    """A sample for all of them, and the tables of variables as arrays."""
    at = sample_for(*roots, seed=seed).base
    return at, lambda x: np.array(at.value(x), dtype=float)


def test_values_of_gaussian_likelihoods():
    m = gaussian_models
    loss = mc.gaussian_loglikelihood(m.X, m.mu, m.Sigma)
    at, array = data(loss, mc.inv(m.Sigma))
    density = Normal(array(m.mu)[0], array(m.Sigma))
    assert at.value(loss) == pytest.approx(density.logpdf(array(m.X)).sum(), rel=1e-12)
    by_precision = mc.gaussian_loglikelihood_of_precision(m.X, m.mu, mc.inv(m.Sigma))
    assert at.value(by_precision) == pytest.approx(at.value(loss), rel=1e-12)


def test_values_of_a_marginal_likelihood():
    m = gaussian_models
    loss = mc.gp_marginal_likelihood(m.K, m.y)
    at, array = data(loss)
    density = Normal(np.zeros(len(array(m.y))), array(m.K))
    assert at.value(loss) == pytest.approx(density.logpdf(array(m.y)[:, 0]), rel=1e-12)


def test_values_of_a_divergence():
    """By its definition as an expectation, on a grid of two variables."""
    m = gaussian_models
    loss = mc.kl_gaussians(m.mu_1, m.Sigma_1, m.mu_2, m.Sigma_2)
    at = sample_for(loss, sizes={m.p: 2}).base
    first, second = (
        Normal(np.ravel(at.value(mu)).astype(float), np.array(at.value(S), float))
        for mu, S in ((m.mu_1, m.Sigma_1), (m.mu_2, m.Sigma_2))
    )
    axes = [np.linspace(c - 12 * s, c + 12 * s, 601)
            for c, s in zip(first.mean, np.sqrt(np.diag(first.cov)), strict=True)]  # fmt: skip
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    cell = prod(axis[1] - axis[0] for axis in axes)
    expectation = first.pdf(grid) * (first.logpdf(grid) - second.logpdf(grid))
    assert at.value(loss) == pytest.approx(expectation.sum() * cell, rel=1e-8)


def test_values_of_a_wishart_density():
    m = gaussian_models
    losses = [mc.wishart_loglikelihood(S, m.V, 9) for S in (m.S, m.Sigma)]
    at, array = data(*losses)
    one, other = (wishart_logpdf(array(S), 9, array(m.V)) for S in (m.S, m.Sigma))
    assert at.value(losses[0]) - at.value(losses[1]) == pytest.approx(one - other, rel=1e-11)
    scales = [mc.wishart_loglikelihood(m.S, V, 9) for V in (m.V, m.Lambda)]
    at, array = data(*scales)
    first, second = (wishart_logpdf(array(m.S), 9, array(V)) for V in (m.V, m.Lambda))
    assert at.value(scales[0]) - at.value(scales[1]) == pytest.approx(first - second, rel=1e-11)
    with pytest.raises(ShapeError):
        mc.wishart_loglikelihood(m.S, m.V, mc.Rational(5, 2))


def test_values_of_factor_analysis():
    m = gaussian_models
    model = mc.factor_covariance(m.L, m.psi)
    loss = mc.likelihood_discrepancy(model, m.S)
    at, array = data(loss)
    covariance, sample = array(model), array(m.S)
    assert covariance == pytest.approx(array(m.L) @ array(m.L).T + np.diag(array(m.psi)[:, 0]))
    roots = np.linalg.eigvals(np.linalg.solve(covariance, sample)).real
    assert at.value(loss) == pytest.approx(np.sum(roots - np.log(roots) - 1), rel=1e-10)
    assert mc.likelihood_discrepancy(m.S, m.S).subs(mc.trace(mc.inv(m.S) @ m.S), m.p) == 0


def test_values_of_regression_losses():
    m = regression
    z, y = m.X @ m.w, mc.column("y", m.N, "positive")
    losses = {
        mc.linear_regression(m.X, m.W, m.Y): lambda a: np.sum((a(m.X) @ a(m.W) - a(m.Y)) ** 2) / 2,
        mc.ridge_regression(m.X, m.w, m.y, 3): lambda a: (
            np.sum((a(z) - a(m.y)) ** 2) / 2 + 1.5 * np.sum(a(m.w) ** 2)
        ),
        mc.logistic_regression(m.X, m.w, y): lambda a: (
            -np.sum(
                a(y) * np.log(1 / (1 + np.exp(-a(z)))) + (1 - a(y)) * np.log(1 / (1 + np.exp(a(z))))
            )
        ),
        mc.pseudo_huber(z, 2): lambda a: np.sum(4 * (np.sqrt(1 + (a(z) / 2) ** 2) - 1)),
        mc.log_cosh(z): lambda a: np.sum(np.log(np.cosh(a(z)))),
    }
    for loss, expected in losses.items():
        at, array = data(loss, z)
        assert at.value(loss) == pytest.approx(expected(array), rel=1e-12)


def test_values_of_a_cross_entropy():
    """Against −Σ Y ⊙ log softmax(Z) for one-hot and for other probabilities."""
    m = regression
    Z, sizes = m.X @ m.W, {m.N: 5, m.p: 3, m.k: 4}
    at = sample_for(Z, sizes=sizes).base
    scores = np.array(at.value(Z), dtype=float)
    targets = softmax(np.sin(scores))
    targets[0] = np.eye(len(scores[0]))[0]
    tables = {x: at.table(x) for x in (m.X, m.W)} | {m.Y: targets.tolist()}
    found = Loops(sizes, tables).value(mc.softmax_regression(m.X, m.W, m.Y))
    assert found == pytest.approx(-np.sum(targets * np.log(softmax(scores))), rel=1e-12)


def test_values_of_a_factorisation():
    m = estimation
    loss = mc.matrix_factorisation(m.T, m.U, m.V, 3, weights=m.M)
    at, a = data(loss)
    error = a(m.M) * (a(m.U) @ a(m.V).T - a(m.T))
    penalty = np.sum(a(m.U) ** 2) + np.sum(a(m.V) ** 2)
    assert at.value(loss) == pytest.approx((np.sum(error**2) + 3 * penalty) / 2, rel=1e-12)


def test_values_of_transformers():
    m = transformers
    output = mc.attention(m.Q, m.K, m.V)
    _, a = data(output)
    weights = softmax(a(m.Q) @ a(m.K).T / np.sqrt(a(m.Q).shape[1]))
    assert a(output) == pytest.approx(weights @ a(m.V), rel=1e-12)
    output = mc.rms_norm(m.X, m.gamma, 2)
    _, a = data(output)
    rms = np.sqrt(np.mean(a(m.X) ** 2, axis=1, keepdims=True) + 2)
    assert a(output) == pytest.approx(a(m.X) / rms * a(m.gamma), rel=1e-12)
    unnamed = mc.rms_norm(m.X + m.D, m.gamma)
    loss = mc.inner(m.D, unnamed)
    assert_gradient(loss, m.X, mc.gradient(loss, m.X)[m.X])
    with pytest.raises(ShapeError, match="gamma must be a row"):
        mc.rms_norm(m.X, m.gamma.T)
    with pytest.raises(UnsupportedInput, match="negative"):
        mc.rms_norm(m.X, m.gamma, -1)


def exact(variables, sizes):
    """Loops at tables of fractions for some variables."""
    draw = Random(0)
    tables = {
        x: table(sizes[x.rows], sizes[x.cols], x.facts, lambda: Fraction(draw.randint(-9, 9), 3))
        for x in variables
    }
    return Loops(sizes, tables)


def test_kalmans_gain_is_where_the_gradient_is_zero():
    """Exactly, in fractions; and it leaves (P⁻¹ + HᵀR⁻¹H)⁻¹ of the covariance."""
    m = estimation
    spread = mc.trace(mc.posterior_covariance(m.P, m.K, m.H, m.R_v))
    gain = mc.kalman_gain(m.P, m.H, m.R_v)
    at = exact((m.P, m.R_v, m.H), {m.n: 4, m.m: 3})
    slope = substitute(mc.gradient(spread, m.K)[m.K], {m.K: gain})
    assert at.value(slope) == [[0] * 3] * 4
    posterior = mc.posterior_covariance(m.P, gain, m.H, m.R_v)
    information = mc.inv(mc.inv(m.P) + m.H.T @ mc.inv(m.R_v) @ m.H)
    assert at.value(posterior) == at.value(information)


def test_likelihoods_are_greatest_where_the_books_say():
    """The mean and the scatter over N; the mode (ν − p − 1)V of a Wishart density."""
    m = gaussian_models
    mean = mc.column_mean(m.X)
    centred = m.X - mc.ones(m.N) @ mean
    scatter = centred.T @ centred / m.N
    found = mc.gradient(mc.gaussian_loglikelihood(m.X, m.mu, m.Sigma), (m.mu, m.Sigma))
    at = exact((m.X,), {m.N: 5, m.p: 3})
    for slope in found.gradients.values():
        assert not np.any(at.value(substitute(slope, {m.mu: mean, m.Sigma: scatter})))
    slope = mc.gradient(mc.wishart_loglikelihood(m.S, m.V, m.nu), m.S)[m.S]
    at = exact((m.V,), {m.p: 3, m.nu: 7})
    mode, beside = (substitute(slope, {m.S: (m.nu - m.p - k) * m.V}) for k in (1, 2))
    assert not np.any(at.value(mode))
    assert np.any(at.value(beside))


def test_large_arguments_do_not_overflow():
    r = mc.column("r", "n")
    values = np.array([[1e4], [-1e4], [0.5]])
    found = compile_numpy(mc.gradient(mc.log_cosh(r), r))(r=values)
    assert found["loss"] == pytest.approx(2e4 - 2 * np.log(2) + np.log(np.cosh(0.5)))
    assert found["r"] == pytest.approx(np.tanh(values))
    X, w, y = regression.X, regression.w, regression.y
    code = compile_numpy(mc.gradient(mc.logistic_regression(X, w, y), w))
    found = code(X=values, w=np.ones((1, 1)), y=np.array([[1.0], [0.0], [1.0]]))
    assert found["loss"] == pytest.approx(np.log1p(np.exp(-0.5)))
