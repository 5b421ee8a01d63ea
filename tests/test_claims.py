"""Hand-made formulas: verdicts, conditions and slips that are found, counterexamples that run."""

import subprocess
import sys
from functools import cache

import pytest
import sympy

import matcalc
from derivations.batch_normed_net import Gamma_1, Gamma_2, Net, ddof, epsilon, gamma
from matcalc import (
    centering,
    claim,
    claim_identity,
    column,
    commutation,
    diag,
    diagonal,
    dims,
    exp,
    function,
    gradient,
    identity,
    inner,
    inv,
    kron,
    let,
    log,
    logdet,
    matrix,
    ones,
    prove_equal,
    relu,
    row,
    scalar,
    sigmoid,
    squared_norm,
    step,
    trace,
    vec,
)
from matcalc.claims.conditions import held_fixed, special_cases, together
from matcalc.claims.edits import edits
from matcalc.claims.screen import Screen
from matcalc.errors import NameRefused, NotDifferentiable, ShapeError, UnsupportedInput
from matcalc.operators.functions import ENTRY
from matcalc.specialise import specialise

N, p, q = dims("N p q")
X, y, w, v = matrix("X", N, p), column("y", N), column("w", p), column("v", p)
A, B, C = (matrix(name, p, p) for name in "ABC")
P, Q = matrix("P", N, p), matrix("Q", N, p)
g = row("g", p)
lam, mu = scalar("lam", positive=True), scalar("mu")
f, f1 = function("f"), function("f", order=1)
residual = X @ w - y
ridge = squared_norm(residual) / 2 + lam * squared_norm(w) / 2
likelihood = matcalc.sum(log(sigmoid(X @ w)))

TRUE = [
    (squared_norm(residual), w, 2 * X.T @ (X @ w - y)),
    (ridge, w, (X.T @ X + lam * identity(p)) @ w - X.T @ y),
    (ridge, lam, inner(w, w) / 2),
    (logdet(A), A, inv(A).T),
    (trace(A @ B @ A), A, (A @ B + B @ A).T),
    (matcalc.sum(f(P * Q)), P, Q * f1(P * Q)),
    (likelihood, w, X.T @ (ones(N) - sigmoid(X @ w))),
    (matcalc.sum(relu(X @ w)), w, X.T @ step(X @ w)),
    (P @ A, A, kron(identity(p), P)),
    (P.T, P, commutation(N, p)),
    (exp(w), w, diag(exp(w))),
]
SLIPS = [
    (squared_norm(residual), w, 2 * X.T @ (y - X @ w), "times -1"),
    (squared_norm(residual) / N, w, 2 * X.T @ residual, "times 1/N"),
    (squared_norm(residual) / (N - 1), w, 2 / N * X.T @ residual, "times N/(N - 1)"),
    (ridge, w, X.T @ residual - lam * w, "lam * w with the other sign"),
    (ridge, w, X.T @ residual + 2 * lam * w, "1/2 times 2*lam * w"),
    (ridge, w, X.T @ residual + lam * w + v, "without the term v"),
    (trace(A @ B), A, B, "transposed"),
    (trace(A @ B @ C), B, A.T @ C, "C transposed"),
    (matcalc.sum(P**2 * Q), P, 2 * Q, "P"),
    (matcalc.sum(P * Q), P, P * Q, "without the factor P"),
    (matcalc.sum(P / Q), Q, -P / Q, "Q"),
    (matcalc.sum(f(P)), P, f(P), "f_prime(P) in place of f(P)"),
    (matcalc.sum(relu(P)), P, relu(P), "step(P) in place of relu(P)"),
    (w.T @ A @ v, w, A @ w, "v in place of w"),
    (P.T, P, commutation(p, N), "transposed"),
    (inner(w, v) * lam, w, v, "times lam"),
    (inner(P, ones(N) @ g), P, (ones(N) @ g) * P, "without the factor P"),
    (inner(P**2, ones(N) @ g), P, 2 * P, "g in every row"),
]  # fmt: skip
CONDITIONS = [
    (w.T @ A @ w, w, 2 * A @ w, "A is symmetric"),
    (ridge, w, X.T @ residual, "lam = 0"),
    (ridge, w, X.T @ residual + w, "lam = 1"),
    (matcalc.sum(f(P * Q)), P, Q, "f is the identity function"),
    (trace(A @ A @ A.T), A, 3 * A @ A, "A is symmetric"),
    (trace(inv(A) @ B), B, A, "A is orthogonal"),
    (squared_norm(A @ w) + lam * inner(w, w), w, 2 * A @ A @ w, "lam = 0 and A is symmetric"),
]


@pytest.mark.parametrize(("loss", "wrt", "formula"), TRUE)
def test_true_formulas_are_proved(loss, wrt, formula):
    found = claim(loss, wrt, formula)
    assert found.verdict == "proved", str(found)
    assert found.grounds is not None and found.grounds.verdict == "proved"
    assert not found.repairs and not found.conditions
    assert str(found).splitlines()[-1].strip() in (
        "proved",
        "the true formula is proved from the entries of the loss alone",
    )


@pytest.mark.parametrize(("loss", "wrt", "formula"), TRUE)
def test_the_same_with_a_factor_is_disproved(loss, wrt, formula):
    found = claim(loss, wrt, 3 * formula)
    assert found.outcome.verdict == "disproved"
    assert any(str(repair) == "times 1/3" for repair in found.repairs)


judged = cache(claim)


@pytest.mark.parametrize(("loss", "wrt", "formula", "slip"), SLIPS)
def test_slips_are_found_and_the_repair_is_proved(loss, wrt, formula, slip):
    found = judged(loss, wrt, formula)
    assert found.outcome.verdict == "disproved"
    assert any(slip in str(repair) for repair in found.repairs), str(found)
    truth = gradient(loss, wrt)[wrt] if not hasattr(loss, "rows") or loss.rows == 1 else found.truth
    for repair in found.repairs:
        assert repair.proof.verdict == "proved"
        assert prove_equal(repair.formula, truth).verdict == "proved"


@pytest.mark.parametrize(("loss", "wrt", "formula", "condition"), CONDITIONS)
def test_conditions_are_found_and_proved(loss, wrt, formula, condition):
    found = claim(loss, wrt, formula)
    assert found.verdict == "true only if", str(found)
    assert condition in [under.condition.text for under in found.conditions]
    assert found.reason == f"true only if {found.conditions[0].condition.text}"
    assert found.outcome.verdict == "disproved"
    for under in found.conditions:
        special = under.condition.put_into(formula)
        assert under.proof.verdict == "proved"
        assert special in (under.proof.left, under.proof.right)


def test_by_a_symmetric_parameter_the_gradient_is_the_one_within():
    assert claim(trace(A @ B), A, (B + B.T) / 2).conditions[0].condition.text == "A is symmetric"


NET = Net(ddof=ddof, eps=epsilon, per_row=False)
SIGMA = NET.intermediates()["sigma_Z"]
INPUTS = matrix("X", "N", "p1")
STUB = let("W", NET.slope(NET.B) * (-2 * NET.residual @ Gamma_2.T))
MEAN = ones("N", "N") @ STUB / NET.Z.rows


@pytest.mark.parametrize(
    ("by_z", "reason"),
    [
        (STUB * kron(gamma / SIGMA, ones("N")), "mu_Z and sigma_Z are held fixed"),
        ((STUB - MEAN) * kron(gamma / SIGMA, ones("N")), "sigma_Z is held fixed"),
    ],
)
def test_names_held_fixed(by_z, reason):
    found = claim(NET.loss, Gamma_1, INPUTS.T @ by_z)
    assert found.reason == f"true only if {reason}"


def test_two_slips_at_once_are_found_with_a_condition():
    found = claim(NET.loss, Gamma_1, INPUTS.T @ (STUB * kron(gamma * SIGMA, ones("N"))))
    assert found.verdict == "disproved"
    assert [str(r) for r in found.repairs] == [
        "sigma_Z**-1 in place of sigma_Z, if mu_Z and sigma_Z are held fixed"
    ]


def test_a_wrong_divisor_is_found():
    net = Net(ddof=1, per_row=False)
    named = net.intermediates()
    W = let("W", net.slope(net.B) * (-2 * net.residual @ Gamma_2.T))
    Z_tilde, scale = named["Z_tilde"], kron(gamma / named["sigma_Z"], ones("N"))
    along = Z_tilde * (ones("N", "N") @ (W * Z_tilde)) / net.Z.rows
    found = claim(net.loss, Gamma_1, INPUTS.T @ (scale * (centering("N") @ W - along)))
    assert found.verdict == "disproved" and len(found.repairs) == 1
    assert str(found.repairs[0]).startswith("N/(N - 1) times -1/N * Z_tilde")


def test_parameters_swapped():
    loss = squared_norm(P @ A)
    found = claim(loss, A, 2 * P @ A @ A.T)
    assert found.verdict == "ill-typed"
    assert str(found.repairs[0].of) == "∂R/∂P"
    assert "p × p" in found.reason and "N × p" in found.reason


def test_shapes_that_cannot_agree():
    square = claim(inner(g, g * diagonal(A).T), g, A.T @ diag(g))
    assert square.verdict == "ill-typed" and square.difference is None
    found = claim(squared_norm(residual), w, lambda: X @ (X @ w - y))
    assert found.verdict == "ill-typed" and found.formula is None
    assert "cannot multiply X (N × p) by" in found.reason
    assert "true: ∂R/∂w = 2 * X.T @ (X @ w - y)" in str(found)
    assert claim(trace(A), A, sympy.Integer(1)).verdict == "ill-typed"


def test_identities():
    found = claim_identity(vec(A @ B @ C), kron(C, A) @ vec(B))
    assert [str(r) for r in found.repairs] == ["C transposed"]
    assert claim_identity(trace(A @ B), trace(B @ A)).verdict == "proved"
    assert claim_identity((A + B) @ (A - B), A @ A + B @ B).verdict == "disproved"
    commuting = claim_identity((A + B) @ (A - B), A @ A - B @ B)
    assert commuting.reason == "true only if A is diagonal and B is diagonal"
    assert claim_identity(A @ inv(B), inv(B) @ A).verdict == "true only if"
    named = claim_identity(A.T, A, "the transpose")
    assert str(named).startswith("claimed: the transpose = A")
    assert named.reason == "true only if A is symmetric"


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_do_not_depend_on_the_seed(seed):
    loss, wrt, formula, slip = SLIPS[1]
    found = claim(loss, wrt, formula, seed=seed)
    assert found.verdict == "disproved" and slip in str(found.repairs[0])
    loss, wrt, formula, condition = CONDITIONS[0]
    assert condition in claim(loss, wrt, formula, seed=seed).reason


@pytest.mark.parametrize(("loss", "wrt", "formula", "_"), [SLIPS[0], SLIPS[9], CONDITIONS[3]])
def test_counterexamples_run_with_numpy_alone(loss, wrt, formula, _):
    program = judged(loss, wrt, formula).script()
    checked = f"{program}assert not np.allclose(left, right)"
    done = subprocess.run([sys.executable, "-c", checked], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert len(program.splitlines()) <= 12


def test_what_is_undecided_is_not_explained_away():
    cube = (A + B) @ (A + B) @ (A + B)
    expanded = A @ A @ A + 3 * (A @ A @ B) + 3 * (A @ B @ B) + B @ B @ B
    found = claim_identity(trace(cube), trace(expanded), budget=10)
    assert found.verdict == "undecided"
    assert not found.conditions and not found.repairs
    assert "no proof" in str(found)


def test_what_is_no_claim_is_refused():
    with pytest.raises(UnsupportedInput, match="one parameter"):
        claim(ridge, [w, lam], X.T @ residual)
    with pytest.raises(UnsupportedInput, match="no counterexample"):
        claim(ridge, lam, inner(w, w) / 2).script()
    with pytest.raises(NameRefused):
        claim(ridge, w, matrix("X", p, N) @ residual)
    with pytest.raises(UnsupportedInput):
        claim(ridge, w, "X.T @ r")
    with pytest.raises(NotDifferentiable):
        claim(trace(A) * inner(w, w), w, unknown)


def unknown():
    raise NotDifferentiable("no derivative is known")


def test_claims_print_and_serialise():
    found = claim(w.T @ A @ w, w, 2 * A @ w)
    lines = str(found).splitlines()
    assert lines[0] == "claimed: ∂R/∂w = 2 * A @ w"
    assert lines[1] == "true only if A is symmetric"
    assert lines[2].startswith("  counterexample at p = ")
    assert "  true: ∂R/∂w = A @ w + A.T @ w" in lines or "  true: ∂R/∂w = (A + A.T) @ w" in lines
    data = found.to_dict()
    assert (
        data["verdict"] == "true only if" and data["conditions"][0]["condition"] == "A is symmetric"
    )
    assert found._repr_latex_().startswith("$$\n\\begin{aligned}")
    assert r"\text{true only if }A\text{ is symmetric}" in found.to_latex()
    assert r"\frac{\partial R}{\partial w}" in found.to_latex()


def test_the_difference_is_shown_in_its_simplest_form():
    found = claim(ridge, w, X.T @ residual)
    assert found.difference == -lam * w
    assert claim(ridge, lam, matcalc.sum(w**2)).difference == matcalc.sum(w**2) / 2


def test_specialise():
    a = specialise(lam * f(P) + mu * P, {lam: 2, mu: 0}, {"f": ENTRY**2})
    assert a == 2 * P**2
    assert specialise(f1(P), {}, {"f": ENTRY**2}) == 2 * P
    assert specialise(let("Z", f(P)), {}, {"f": ENTRY}).definition is P
    small = specialise(P @ A, {p: 2})
    assert small.shape == (N, 2)
    assert specialise(trace(A) / p, {A: identity(p)}) == trace(identity(p)) / p
    with pytest.raises(UnsupportedInput):
        specialise(P / lam, {lam: 0})
    with pytest.raises(ShapeError):
        specialise(P @ A, {A: matrix("D", q, q)})


def test_conditions_are_listed_in_one_order():
    Z = let("Z", X @ w)
    listed = [c.text for c in special_cases((lam * f(Z), A, g), kept=(lam,))]
    assert listed == [
        "f is the identity function",
        "A is symmetric",
        "A is diagonal",
        "A is orthogonal",
    ]
    V = let("V", f(Z))
    fixed = [c.text for c in held_fixed(matcalc.sum(V * Z), w)]
    assert fixed == ["Z is held fixed", "V is held fixed"]
    pairs = [c.text for c in together([*held_fixed(matcalc.sum(V * Z), w), *special_cases((V,))])]
    assert pairs == [
        "Z and V are held fixed",
        "Z is held fixed and f is the identity function",
        "V is held fixed and f is the identity function",
    ]


def test_repairs_are_distinct_and_as_few_slips_away_as_there_are():
    double = claim(trace(A @ B), A, 2 * B.T)
    assert [str(r) for r in double.repairs] == ["times 1/2"]
    surplus = claim(trace(A), A, identity(p) * A)
    assert [str(r) for r in surplus.repairs] == ["without the factor A"]
    for loss, wrt, formula, _ in SLIPS:
        repaired = [r.formula for r in judged(loss, wrt, formula).repairs]
        assert len(set(repaired)) == len(repaired)


def test_a_matrix_is_no_factor_missing_in_its_own_powers():
    found = [edit.what for edit in edits(P**-1, [P, Q])]
    assert "P in place of P**-1" in found and "P**-1 times Q" in found
    assert "P**-1 times P" not in found


def test_another_derivative_is_named_as_what_it_is():
    found = claim(lam * mu, lam, lam)
    assert [str(r) for r in found.repairs] == ["as ∂R/∂mu"]
    assert found.reason == "disproved: right as ∂R/∂mu"
    assert r"\text{right as }\partial" in found.to_latex()


def test_what_is_false_is_refuted_before_a_proof_is_tried(monkeypatch):
    monkeypatch.setattr(sys.modules["matcalc.claims.claim"], "prove_equal", None)
    assert claim(trace(A @ B), A, B).outcome.verdict == "disproved"


def test_a_search_is_as_short_as_its_formulas_are_large():
    few, many = Screen((kron(A, kron(A, A)),)).most, Screen((A,)).most
    assert 100 < few < many


def test_every_edit_is_another_formula_of_the_same_shape():
    formula = 2 * P * (Q @ A) - f(P) @ inv(A) + (ones(N) @ g) * commutation(N, 1)[0, 0]
    found = list(edits(formula, [P, Q, A, g]))
    assert len(found) > 60
    assert all(edit.formula.shape == formula.shape for edit in found)
    assert len({edit.formula for edit in found}) == len(found)
    assert formula not in {edit.formula for edit in found}


def test_factors_are_named():
    screen = Screen((lam * P / N,))
    assert screen.factor(P, 3 * N * P) == 1 / (3 * N)
    assert screen.factor(lam * P / (N - 1), P) == lam / (N - 1)
    assert screen.factor(P, P.T.T) == 1
    assert screen.factor(P, P**2) is None
    assert screen.agree(P, P) and not screen.agree(P, 2 * P)
    assert not screen.agree(0 * P, 0 * P)
