"""Inputs that once gave a wrong result, a silent zero or a bare error, each kept small."""

import numpy as np
import pytest
import sympy

import matcalc as mc
from matcalc import (
    batch_norm,
    centering,
    column,
    dims,
    function,
    gradient,
    gradient_from_jacobian,
    identity,
    inner,
    jacobian,
    kron,
    kronecker_form,
    let,
    matrix,
    ones,
    row,
    scalar,
    sin,
    tanh,
    trace,
    vec,
)
from matcalc.check import check
from matcalc.errors import NameRefused, NotDifferentiable, UnsupportedInput
from matcalc.lower import compile_numpy
from matcalc.match import match
from matcalc.measure import cost
from tests.numeric import assert_jacobian
from tests.printed import simplest

(n,) = dims("n")
X, A = matrix("X", n, n), matrix("A", n, n)
v = column("v", n)
Z = let("Z", X @ A)
lam, tau = scalar("lam", positive=True), scalar("tau")


def test_a_parameter_named_twice_is_one():
    assert gradient(mc.sum(X**2), [X, X])[X] is 2 * X
    assert gradient(tau**2 * mc.sum(X), [tau, tau])[tau] == 2 * tau * mc.sum(X)


def test_vec_forms_of_what_is_linear_through_a_scalar():
    form = kronecker_form(inner(X, A) * ones(n, n), X)
    assert form is ones(n**2) @ vec(A).T @ vec(X)
    assert kronecker_form(trace(X) * A, X) is vec(A) @ vec(identity(n)).T @ vec(X)


@pytest.mark.parametrize(
    "result",
    [trace(X) * X, X / trace(X), mc.sum(X) ** 2 * A @ X, X * X, A, X + A, X @ A @ X],
    ids=str,
)
def test_vec_forms_of_what_is_not_linear(result):
    with pytest.raises(UnsupportedInput, match="not linear in X"):
        kronecker_form(result, X)


def test_a_named_parameter_is_free_and_forgets_its_definition():
    derivation = gradient(mc.sum(Z * (X @ A)), Z)
    assert derivation[Z] is X @ A
    assert jacobian(derivation[Z], Z)[Z] is mc.zeros(n**2, n**2)
    assert check(derivation).ok
    centred = let("C", centering(n) @ X)
    by_centred = gradient(mc.sum(mc.column_mean(centred) ** 2), centred)
    assert by_centred[centred] is not mc.zeros(n, n)
    assert check(by_centred).ok
    assert derivation.replay() == len(derivation.steps)


def test_a_variable_hidden_by_a_named_parameter():
    derivation = gradient(mc.sum(Z**2), [Z, X])
    assert derivation[Z] is 2 * Z
    assert derivation[X] is mc.zeros(n, n)
    assert "occurs only inside a parameter" in derivation.to_text()
    assert check(derivation).ok


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: sympy.exp(X) * mc.sum(X),
        lambda: gradient(sympy.Function("g")(X), X),
        lambda: gradient(sympy.nan * trace(X), X),
        lambda: gradient(mc.sum(X**sympy.nan), X),
        lambda: gradient(sympy.MatrixSymbol("M", 2, 2), X),
        lambda: X / 0.0,
        lambda: gradient(sympy.I * trace(X), X),
        lambda: X**sympy.oo,
        lambda: sympy.zoo * X,
        lambda: sympy.Symbol("q", commutative=False) * X,
        lambda: let("Q", trace(X)),
        lambda: let("Q", None),
        lambda: dims(3),
        lambda: kronecker_form(trace(X), X),
        lambda: batch_norm(Z, "g", row("b", n)),
        lambda: function("a", "x"),
        lambda: function("a", 1.5),
        lambda: function("a", -1),
        lambda: gradient(mc.sum(tanh(Z)), X, cotangents=["W"]),
        lambda: gradient(mc.sum(tanh(Z)), X, cotangents={X: "W"}),
        lambda: gradient_from_jacobian(jacobian(trace(X), X), ones(1, 1)),
        lambda: check(jacobian(X @ A, X)),
    ],
)
def test_what_has_no_meaning_is_a_named_error(wrong):
    with pytest.raises(UnsupportedInput):
        wrong()


def test_numpy_scalars_are_numbers():
    assert np.int64(2) * X is 2 * X
    assert (np.float32(0.5) * X).shape == X.shape


def test_jacobians_by_several_scalars_at_once():
    for f in (lam * tau * X, lam * tau * (A @ v), trace(X) * mc.sum(X) * X):
        for parameter in (lam, tau, X):
            derivation = jacobian(f, [lam, tau, X])
            assert derivation[parameter].rows == f.rows * f.cols
    both = jacobian(trace(X) * mc.sum(X) * X, X)
    assert_jacobian(both.loss, X, both[X], sizes={n: 3})
    assert jacobian(lam * tau * X, [lam, tau])[lam] is tau * vec(X)


@pytest.mark.parametrize("f", [sympy.sign, sympy.floor, sympy.Function("g"), sympy.Heaviside])
def test_scalar_functions_without_a_known_derivative(f):
    with pytest.raises(NotDifferentiable):
        gradient(f(trace(X)), X)


def test_the_absolute_value_of_a_scalar():
    assert gradient(abs(trace(X)), X)[X] is sympy.sign(trace(X)) * identity(n)


def test_code_without_a_matrix_argument():
    derivation = gradient(mc.sum(tanh(lam * ones(3, 2))), lam)
    assert compile_numpy(derivation)(lam=2.0)["lam"] == pytest.approx(6 / np.cosh(2.0) ** 2)
    for loss in (lam * mc.sum(centering(4) ** 2), lam * trace(let("C", 2 * identity(3)))):
        assert np.isfinite(compile_numpy(gradient(loss, lam))(lam=2.0)["lam"])


def test_code_with_a_scalar_of_matrices_in_an_exponent():
    derivation = gradient(mc.sum(mc.exp(X) ** trace(A)), [X, A])
    check(derivation).require()


def test_cotangent_names_do_not_clash():
    with pytest.raises(NameRefused):
        gradient(mc.sum(tanh(Z)), [X, A], cotangents={Z: "A"})
    with pytest.raises(NameRefused):
        gradient(mc.sum(tanh(Z)), X, cotangents={Z: "1a"})
    taken = gradient(mc.sum(tanh(Z)) * mc.sum(matrix("Z_bar", n, n)), X)
    assert [x.name for x in mc.definitions(taken[X])] == ["Z", "Z_bar_bar"]


def test_a_loss_that_is_zero_without_showing_it_is_no_failure_of_the_code():
    report = check(gradient(mc.sum(centering(n) @ X) * mc.sum(A**2), [X, A]))
    assert all(r.verdict in ("ok", "vacuous", "zero") for r in (*report.rows, *report.losses))


def test_canonical_forms_are_fixed_points():
    m = dims("m")[0]
    assert kron(identity(n), ones(1, 1), identity(m)) is kron(identity(n), identity(m))
    assert mc.elementwise(lambda t: t**2, X**4) is X**8


def test_named_layers_keep_every_printed_form_short():
    V = X
    for layer in range(40):
        V = let(f"V{layer}", tanh(V @ A + V))
    derivation = gradient(mc.sum(V), [X, A])
    assert len(derivation.to_text("brief")) < 40_000
    assert compile_numpy(derivation).source


def test_the_jacobian_of_a_scalar_says_what_it_is():
    derivation = jacobian(trace(A @ X), X)
    assert derivation.kind == "jacobian"
    assert derivation[X].shape == (1, n**2)
    assert "∂vec F/∂(vec X)ᵀ" in derivation.to_text()
    assert compile_numpy(derivation)(A=np.eye(3), X=np.eye(3))["value"] == 3
    with pytest.raises(UnsupportedInput, match="jacobian"):
        check(derivation)


def test_a_cotangent_that_depends_on_the_parameters_is_no_loss():
    F = let("F", X @ A)
    by_chain = gradient_from_jacobian(jacobian(F, X), 2 * F)
    assert by_chain[X] is gradient(mc.squared_norm(F), X)[X]
    assert by_chain.kind == "chain rule"
    with pytest.raises(UnsupportedInput, match="chain rule"):
        check(by_chain)


def test_jacobians_say_what_does_not_occur():
    assert "does not depend on X" in jacobian(A @ A, X).to_text()
    assert "taken as free" in jacobian(Z @ A, [Z, X]).to_text()
    with pytest.raises(UnsupportedInput, match="one parameter"):
        mc.hessian(mc.sum(X * A), [X, A])
    assert mc.hessian(mc.sum(X**2), [X])[X] is 2 * identity(n**2)


def test_vec_forms_look_into_names():
    named = let("L", A @ X)
    assert kronecker_form(named, X) is kron(identity(n), A) @ vec(X)
    assert kronecker_form(named + X, X).operands[-1] is vec(X)


def test_a_saturated_loss_passes_the_check():
    short = matrix("A", "m", "n")
    report = check(gradient(sympy.tanh(mc.squared_norm(short)), short))
    assert all(r.verdict in ("ok", "vacuous") for r in report.rows)


def test_determinants_of_multiples():
    assert mc.det(2 * X) == 2**n * mc.det(X)
    assert mc.det(2 * ones(1, 1)) == 2 * trace(ones(1, 1))
    assert mc.det(centering(n)) == 0
    assert mc.det(2 * identity(n)) == 2**n


def test_batch_norm_of_a_single_column():
    gamma, beta = row("gamma", 1), row("beta", 1)
    for x, layer in ((v, batch_norm), (v.T, mc.layer_norm)):
        scale, shift = (gamma, beta) if layer is batch_norm else (row("g", n), row("b", n))
        named = let("Z", 2 * x)
        loss = inner(matrix("D", *x.shape), layer(named, scale, shift, eps=1) ** 2)
        derivation = gradient(loss, [v, scale, shift])
        assert derivation.replay() == len(derivation.steps)
        check(derivation).require()


def test_a_common_coefficient_that_sympy_does_not_cancel():
    k = dims("k")[0]
    loss = inner(A, mc.power_sum(k, 2 * X, 2 * X.T, 2 * X))
    check(gradient(loss, X)).require()
    mixed = lam * lam ** (k - 1) * A + lam * lam ** (k - 1) * X
    assert simplest(mixed) is lam * lam ** (k - 1) * (A + X)


def test_a_skew_matrix_of_one_entry_is_zero():
    K = matrix("K", 1, 1, "skew")
    derivation = gradient(trace(K) ** 2 + mc.sum(tanh(K) @ row("r", n)), K)
    assert derivation[K] is mc.zeros(1, 1)
    assert not derivation.free
    assert jacobian(K @ row("r", n), K)[K] is mc.zeros(n, 1)


def test_eigenvalues_of_what_is_symmetric_by_its_facts():
    one, D = matrix("E", 1, 1), matrix("D", n, n, "diagonal")
    u = row("u", n)
    for S in (one + u @ X @ X.T @ u.T + u @ X @ u.T, A + A.T + X * D):
        slope = gradient(mc.eigenvalue(S, 0), X)[X]
        assert slope.shape == X.shape


def test_a_number_times_a_sum_below_the_line_reads_back():
    halves = trace(X) / 2 + trace(A) / 2
    for x in (-2 * (halves / lam), sympy.Rational(3, 4) * (halves / (trace(A) ** 2 + 1))):
        assert eval(mc.show.text(x), vars(mc) | mc.names_in(x)) == x
    for c in (1, lam, trace(X), -3 * lam):
        shown = c / (sympy.Integer(4) * (trace(A) ** 2 + 1))
        held = sympy.Rational(1, 4) * (c * (trace(A) ** 2 + 1) ** -1)
        for x in (shown, held, held * X):
            assert eval(mc.show.text(x), vars(mc) | mc.names_in(x)) == x


def test_abstract_functions_of_scalars_print_by_their_name():
    assert str(function("a", 1)(trace(X)) + 1) == "a_prime(trace(X)) + 1"


@pytest.mark.parametrize("fact", ["Toeplitz", "orthogonal", "skew", "upper triangular", "diagonal"])
def test_steps_within_a_structure_refute_no_derivation(fact):
    S = matrix("S", 2, 2, fact)
    B = matrix("A", 2, 2)
    for parameter in (S, B):
        found = gradient(trace(B @ S @ S @ B), parameter).verify()
        assert found.whole.verdict != "disproved"


def test_facts_of_a_single_entry():
    Q, p = matrix("Q", 1, 1, "orthogonal"), column("p", 1, "probability")
    for x in (trace(Q) ** 2, trace(p), trace(Q) ** 4 * trace(p)):
        proof = mc.prove_equal(x, sympy.Integer(1))
        assert proof.verdict == "proved"
        mc.verify(proof)
    assert mc.prove_equal(trace(Q), sympy.Integer(1)).verdict != "proved"
    loss = lam + sympy.sqrt(mc.sum(mc.minimum(matrix("X", 1, 1), Q)))
    assert gradient(loss, lam).verify().whole.verdict != "disproved"


def test_the_eigenvalue_of_a_single_entry_is_that_entry():
    E, F = matrix("E", 1, 1), matrix("F", 1, 1)
    assert mc.eigenvector(E + F, 0) is ones(1, 1)
    assert mc.eigenvalue(E + F, 0) == trace(E + F)


def test_the_declared_cost_of_many_factors():
    B, C, r, c = matrix("B", n, n), matrix("C", n, n), row("r", n), column("c", n)
    apart = mc.inv(C.T) @ mc.inv(B.T) @ mc.inv(A.T) @ mc.inv(X)
    assert cost(apart) < cost(mc.inv(X @ A.T @ B.T @ C.T))
    assert cost(kron(X, c @ r)) < cost(kron(X, r, c))
    assert cost(kron(c, v) @ r) < cost(kron(r, c, v))
    power = mc.power_sum(n, A, A.T, A)
    assert cost(mc.inv(A.T) @ mc.inv(power)) < cost(mc.inv(power @ A.T))
    step = mc.Rational(-1, 3) * A @ ones(n) @ ones(1, n) @ B
    assert cost((A - A @ ones(n) @ ones(1, n) / 3) @ B) < cost(A @ B + step)


def test_long_lines_of_fast_code_that_name_nothing():
    T, B, r = matrix("T", 2, 2), matrix("B", 2, 2), matrix("r", 1, 2)
    whole = mc.log(mc.det(B + kron(r @ T, ones(2, 1)))) ** 2 + 1
    root = sympy.sqrt(mc.sum(T))
    slope = gradient(inner(T, tanh(root / 3 * T)) * root / whole / 3, T)
    fast = compile_numpy(mc.Derivation(slope.loss, {B: slope[T]}), fast=True)
    assert max(map(len, fast.source.splitlines())) < 100
    data = {"T": np.array([[1.0, 2], [3, 4]]), "B": np.eye(2), "r": np.ones((1, 2))}
    plain = compile_numpy(mc.Derivation(slope.loss, {B: slope[T]}))
    assert fast(**data, work={})["B"] == pytest.approx(plain(**data)["B"], rel=1e-12)


def test_the_slope_of_an_eigenvector_whose_matrix_is_far_greater_than_its_gaps():
    S, r = matrix("S", n, n, "symmetric"), row("r", n)
    run = compile_numpy(gradient(trace(r @ mc.eigenvector(S, 0)), S))
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    weights, gaps = np.arange(1.0, 5), np.array([1.0, 2.5, 4.0, 8.0])
    for size in (0.0, 1e6):
        s = (turned * (size + gaps)) @ turned.T
        v = turned[:, 0] * np.sign(turned[np.abs(turned[:, 0]).argmax(), 0])
        resolvent = (turned[:, 1:] / (gaps[0] - gaps[1:])) @ turned[:, 1:].T
        expected = np.outer(resolvent @ weights, v)
        found = run(r=weights[None], S=(s + s.T) / 2)["S"]
        assert np.allclose(found, (expected + expected.T) / 2, rtol=0, atol=1e-7)


def test_a_transpose_of_blocks_with_a_multiple_falls_in_cost():
    L, F = matrix("L", 2, n), column("F", n)
    before = mc.hstack(L @ F / 3, L @ F**2).T
    after = mc.vstack((L @ F).T / 3, (L @ F**2).T)
    assert cost(after) < cost(before)


def test_a_transpose_of_three_kronecker_factors_falls_in_cost():
    F, L = column("F", n), row("L", n)
    assert cost(kron(kron(F, F @ L).T, L.T)) < cost(kron(F, F @ L, L).T)
    assert cost(kron(kron(F, A).T, L.T)) < cost(kron(F, A, L).T)


def test_rounded_coefficients_refute_nothing_by_their_rounding():
    third = 0.125 * 1.7 / 36 * trace(X)
    assert mc.prove_equal(third, 1.7 * trace(X) / 288).verdict != "disproved"
    assert mc.prove_equal(third, 1.7001 * trace(X) / 288).verdict == "disproved"
    assert mc.prove_equal(0.1 * trace(X @ A), 0.1 * trace(X) * trace(A)).verdict == "disproved"


def test_transposes_are_collected_only_where_the_terms_stay_as_many():
    c, F = trace(A), (X @ A + tanh(X) * A.T).T
    x = c * X.T @ A.T + 2 * c * F + A.T
    found = mc.rewrite.Recorder()
    mc.rewrite.simplify(x, mc.laws.simplest.SIMPLEST, found, "", {})
    assert all(cost(step.after) < cost(step.before) for step in found.steps)


def test_a_multiple_of_a_transposed_sum_is_taken_into_its_terms():
    total = A + A @ X
    times = trace(total @ total.T)
    before = (times * total.T - total.T @ total.T).T
    after = times * A + times * A @ X - total @ total
    assert cost(after) < cost(before)


def test_a_number_times_a_product_that_begins_with_a_sum_reads_back():
    total, root = trace(X) + 1, sympy.sqrt(mc.sum(A**2))
    for x in (total * root, 1 / (total * root), trace(A) / (total * root), total / root):
        for c in (2, -1, sympy.Rational(1, 2), sympy.Rational(-3, 4)):
            assert eval(mc.show.text(c * x), vars(mc) | mc.names_in(x)) == c * x
    held = sympy.Mul(-1, 1 / n, total, evaluate=False)
    for x in (-1 / n * total, -(lam + 2) / lam * trace(X), held):
        assert eval(mc.show.text(x), vars(mc) | mc.names_in(x)) == x


def test_the_fast_form_of_what_has_no_matrix():
    c = scalar("c")
    run = compile_numpy(gradient(sympy.exp(c) + c**2, c), fast=True)
    assert np.isclose(run(c=2.0, work={})["c"], np.exp(2) + 4)


def test_powers_that_sympy_does_not_divide_are_taken_out_once():
    (k,) = dims("k")
    scaled = sympy.Integer(3) ** (1 - k) * X
    found = compile_numpy(gradient(mc.sum(X / (ones(n, n) + scaled**2) ** 2), X))
    assert "3**" in found.source


def test_a_name_whose_coefficient_is_made_of_its_own_product():
    waves = X * sin(A)
    Y = let("Y", waves / mc.sum(waves))
    found = gradient(mc.sum(Y**2), X)
    assert check(found).ok and found.replay() == len(found.steps)


def test_a_root_does_not_leave_a_whole_power():
    f = X * (mc.sqrt(X @ ones(n)) @ ones(1, n)) ** 2
    recorder = mc.rewrite.Recorder()
    rough = gradient(inner(A, f), X, table=mc.rewrite.Table("none", ())).value
    mc.rewrite.simplify(rough, mc.laws.simplest.SIMPLEST, recorder, "", {})
    assert all(cost(step.after) < cost(step.before) for step in recorder.steps)


def test_a_mirror_image_of_a_skew_factor_is_its_negative():
    D, K = matrix("D", n, n, "diagonal"), matrix("K", n, n, "skew")
    assert mc.facts.holds("symmetric", D @ X @ K - K @ X.T @ D)
    assert not mc.facts.holds("symmetric", D @ X @ K + K @ X.T @ D)
    S = D @ X @ K + A
    top = mc.eigenvalue(S + S.T, 0)
    slope = gradient(top**2, X).value
    assert check(gradient(inner(matrix("W", n, n), slope), X)).ok
    assert mc.hessian(top**2, X).value.shape == (n**2, n**2)


def test_common_powers_whose_exponents_are_symbols():
    alpha = scalar("alpha")
    shared = mc.exp(A) ** alpha
    whole = shared * X + 2 * shared * tanh(X)
    assert mc.prove_equal(simplest(whole), (X + 2 * tanh(X)) * shared).verdict == "proved"


def test_no_roots_of_polynomials_tell_the_sign_of_a_sum():
    """sympy sought them now and then, as its queries come in a random order: for half a minute."""
    several = trace(X) ** 2 / n**2 + trace(A) / n
    assert not several.is_polynomial(n) and not trace(X).is_polynomial(n)
    assert (n**2 + n).is_polynomial(n)


def test_what_is_multiplied_out_weighs_less():
    s, c = mc.sigmoid(X), trace(A)
    masked = c * s * (ones(n, n) - s)
    before = identity(n) * masked - identity(n) - identity(n) * (masked - ones(n, n))
    recorder = mc.rewrite.Recorder()
    mc.rewrite.simplify(before, mc.laws.simplest.SIMPLEST, recorder, "", {})
    assert recorder.steps
    assert all(cost(step.after) < cost(step.before) for step in recorder.steps)


def test_a_number_and_its_float_match_alike():
    two, symbol = sympy.Integer(2), sympy.Symbol("c")
    assert list(match(symbol, two, {symbol: sympy.Float(2.0)}))
    assert list(match(two, sympy.Float(2.0), {}))
    assert not list(match(symbol, two, {symbol: sympy.Float(2.5)}))
    assert not list(match(symbol, tau, {symbol: lam}))
