"""Equality: identities proved, neighbours disproved, certificates checked and tampered with."""

import ast
import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy

import matcalc.prove.checker
from derivations.batch_normed_net import PARAMETERS, Net, X
from matcalc import (
    centering,
    column,
    diagonal,
    dims,
    elementwise,
    exp,
    function,
    identity,
    inv,
    kron,
    matrix,
    ones,
    sqrt,
    trace,
)
from matcalc.mathml import mathml
from matcalc.prove.checker import CertificateRefused, verify
from matcalc.prove.disproof import Comparison, Witness
from matcalc.prove.prover import prove_equal
from matcalc.wording import words
from tests.identities import FAMILIES, IDENTITIES

NAMES = [row[0] for row in IDENTITIES]
each = pytest.mark.parametrize("row", IDENTITIES, ids=NAMES)
m, n = dims("m n")
A, B, P = matrix("A", n, n), matrix("B", n, n), matrix("P", m, n)


decided = cache(prove_equal)


def certificate(left, right):
    return json.loads(json.dumps(decided(left, right).to_dict()))


def test_corpus_is_large_and_names_are_unique():
    assert len(set(NAMES)) == len(NAMES) >= 150
    assert all(len(rows) >= 3 for rows in FAMILIES.values())


@each
def test_identities_are_proved_and_checked_apart(row):
    _, left, right, _ = row
    data = certificate(left, right)
    assert data["verdict"] == "proved"
    verify(left, right, data)


@pytest.mark.parametrize("seed", [0, 1, 2])
@each
def test_neighbours_are_disproved(row, seed):
    _, left, _, wrong = row
    found = prove_equal(left, wrong, seed=seed) if seed else decided(left, wrong)
    assert found.verdict == "disproved"


@each
def test_certificates_prove_nothing_else(row):
    _, left, right, wrong = row
    data = certificate(left, right)
    with pytest.raises(CertificateRefused):
        verify(left, wrong, data)


def _leaves(data, path=()):
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _changed(data, rng):
    copy = json.loads(json.dumps(data))
    path, value = rng.choice(list(_leaves(copy)))
    *above, last = path
    place = copy
    for key in above:
        place = place[key]
    if isinstance(value, bool):
        place[last] = not value
    elif isinstance(value, int):
        place[last] = value + rng.choice((-2, -1, 1, 2))
    else:
        place[last] = rng.choice(("1", "-1", "2", "1/2", "A⁻¹A = I", "x · x^(e−1) = x^e", "entry"))
    return copy


LONG = ("Woodbury", "trace push-through", "tanh doubles", "batch norm by diag", "Sylvester")


@pytest.mark.parametrize("name", LONG)
def test_tampered_certificates_never_prove_a_neighbour(name):
    _, left, right, wrong = next(row for row in IDENTITIES if row[0] == name)
    data, rng = certificate(left, right), random.Random(name)
    for _ in range(60):
        with pytest.raises(CertificateRefused):
            verify(left, wrong, _changed(data, rng))


def test_inverse_of_zero_proves_nothing():
    left, right = A @ B, B @ A
    singular = [
        "inv",
        ["list", ["symbol", sympy.srepr(n)]],
        [[]],
        [[["1", [[sympy.srepr(n), 1]]]]] * 2,
    ]
    use = ["subtract", "1", {}, [], "A⁻¹A = I", 0, None, {"0": [0], "1": [1]}]
    data = {"closed": [], "rewrites": [], "heads": [singular], "uses": [use]}
    with pytest.raises(CertificateRefused, match="occurs"):
        verify(left, right, data)


def test_checker_shares_no_code_with_the_prover():
    folder = Path(matcalc.prove.checker.__file__).parent
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("matcalc"):
                basis = ("matcalc.node", "matcalc.operators", "matcalc.spelling")
                allowed = (*basis, "matcalc.prove.checker")
                assert str(node.module).startswith(allowed), f"{file.name} imports {node.module}"


def test_shapes_that_differ_are_ill_typed():
    result = prove_equal(P, P.T)
    assert result.verdict == "ill-typed"
    assert "m × n" in str(result) and "n × m" in str(result)
    assert prove_equal(trace(A), A).verdict == "ill-typed"


@pytest.mark.parametrize(
    ("left", "right"),
    [(A @ B, B @ A), (sqrt(P + ones(m, n)), sqrt(P)), (function("f")(P), function("f", 1)(P)),
     (inv(A), A), (kron(P, P).T, 2 * kron(P.T, P.T)), (exp(P) / m, exp(P) / n)],
)  # fmt: skip
def test_counterexamples_run_with_numpy_alone(left, right):
    result = prove_equal(left, right)
    program = f"{result.script()}assert not np.allclose(left, right)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "import" not in program.replace("import numpy as np", "")
    assert len(result.script().splitlines()) <= 12


@each
def test_counterexamples_have_the_values_they_are_said_to_have(row):
    name, left, _, wrong = row
    found = decided(left, wrong)
    names = {"print": lambda *values, sep: None}
    exec(found.script(), names)
    i, j = found.witness.entry
    for side in ("left", "right"):
        value, expected = names[side], getattr(found.witness, side)
        entry = value[i, j] if np.ndim(value) == 2 else value
        assert float(entry) == pytest.approx(float(expected), rel=1e-9, abs=1e-9), name


def test_what_is_not_known_is_undecided_and_says_so():
    f, lambert = function("f"), sympy.LambertW
    result = prove_equal(f(elementwise(lambert, exp(P))), f(P))
    assert result.verdict == "undecided"
    assert "normal forms differ" in str(result)


def test_agreement_is_no_proof():
    cube = (A + B) @ (A + B) @ (A + B)
    expanded = A @ A @ A + 3 * (A @ A @ B) + 3 * (A @ B @ B) + B @ B @ B
    assert prove_equal(trace(cube), trace(expanded)).verdict == "proved"
    result = prove_equal(trace(cube), trace(expanded), budget=10)
    assert result.verdict == "undecided"
    assert "no proof" in str(result) and "more than 10" in str(result)
    assert 0 < result.evidence.bound < 1e-30


def test_shared_expressions_do_not_blow_up():
    M = A
    for _ in range(20):
        M = M @ M
    assert prove_equal((M + B) @ A, M @ A + B @ A).verdict == "proved"


def test_domain_is_kept():
    assert prove_equal(P / P, ones(m, n)).verdict == "proved"
    assert prove_equal(sqrt(P**2), P).verdict == "disproved"


def _mean(Y):
    return ones(X.rows) @ (ones(1, X.rows) @ Y) / X.rows


SPELLINGS = (
    lambda net: net.expected(),
    lambda net: _with(net, lambda W, Zt, w: (W - _mean(W) - Zt * _mean(W * Zt)) * w),
    lambda net: _with(net, lambda W, Zt, w: centering(X.rows) @ (W * w) - Zt * _mean(W * w * Zt)),
    lambda net: _with(
        net,
        lambda W, Zt, w: w * W - _mean(W * w) - Zt * w * (ones(X.rows) @ _dots(W, Zt)) / X.rows,
    ),
    lambda net: _with(
        net,
        lambda W, Zt, w: (X.rows * W - _sums(W) - Zt * _sums(W * Zt)) * w / X.rows,
    ),
)


def _dots(W, Zt):
    return diagonal(Zt.T @ W).T


def _sums(Y):
    return ones(X.rows, X.rows) @ Y


def _with(net, by_z):
    """The four gradients, opened up, with the gradient by Z = XΓ₁ spelled as given."""
    beta, gamma, Gamma_1, Gamma_2 = PARAMETERS
    N, y = X.rows, column("y", X.rows)
    Z = X @ Gamma_1
    sigma = sqrt(ones(1, N) @ (centering(N) @ Z) ** 2 / N)
    Z_tilde = centering(N) @ Z / (ones(N) @ sigma)
    V = net.f(Z_tilde * (ones(N) @ gamma) + ones(N) @ beta)
    residual = y - V @ Gamma_2
    W = net.slope(kron(gamma, ones(N)) * Z_tilde + kron(beta, ones(N))) * (residual @ Gamma_2.T)
    W = -2 * W / N
    return {
        beta: ones(1, N) @ W,
        gamma: diagonal(Z_tilde.T @ W).T,
        Gamma_1: X.T @ by_z(W, Z_tilde, ones(N) @ (gamma / sigma)),
        Gamma_2: 2 / N * (V.T @ V @ Gamma_2 - V.T @ y),
    }


@pytest.mark.parametrize("spelling", range(len(SPELLINGS)))
def test_founding_gradients_in_five_spellings(spelling):
    net = Net()
    found, hand_made = net.derivation(), SPELLINGS[spelling](net)
    for parameter in PARAMETERS:
        assert prove_equal(found[parameter], hand_made[parameter]).verdict == "proved"
        wrong = hand_made[parameter] * 2
        assert prove_equal(found[parameter], wrong).verdict == "disproved"


LEAVES = (A, B, matrix("S", n, n, "symmetric"), matrix("K", n, n, "skew"), identity(n), ones(n, n))
UNARY = (
    lambda X: X.T,
    lambda X: inv(identity(n) + X),
    lambda X: X**2,
    lambda X: sqrt(exp(X)),
    lambda X: function("f")(X),
    lambda X: X * trace(X),
    lambda X: diagonal(X) @ ones(1, n),
)
CLAIMS = (
    lambda X: X.T,
    lambda X: (X + X.T) / 2,
    lambda X: sqrt(X**2),
    lambda X: inv(X @ A) @ X @ A @ X,
    lambda X: exp(X) * exp(-X) * X,
    lambda X: X @ (A + B) @ inv(A + B),
)


def _drawn(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(LEAVES)
    X = _drawn(rng, depth - 1)
    if rng.random() < 0.5:
        return rng.choice(UNARY)(X)
    Y = _drawn(rng, depth - 1)
    return rng.choice((X + Y, X @ Y, X * Y))


@pytest.mark.parametrize("seed", range(40))
def test_random_claims_get_no_false_proof(seed):
    rng = random.Random(seed)
    left = _drawn(rng, 2)
    right = rng.choice(CLAIMS)(left)
    result = prove_equal(left, right, budget=5000)
    assert "refused" not in getattr(result, "reason", "")
    if result.verdict == "proved":
        assert not isinstance(Comparison(left, right, seed).decide(), Witness)


@pytest.mark.parametrize("name", [*LONG, "product transposed"])
def test_verdicts_in_latex(name):
    _, left, right, wrong = next(row for row in IDENTITIES if row[0] == name)
    proved, refuted = decided(left, right), decided(left, wrong)
    for found in (proved, refuted):
        shown = found.to_latex()
        assert mathml(shown) and shown in found.to_markdown()
        assert found._repr_latex_() == f"$$\n{shown}\n$$"
        assert "⁻" not in shown and "^(" not in shown
    assert r"\neq" in refuted.to_latex() and r"\neq" not in proved.to_latex()
    assert len(proved.to_latex().splitlines()) >= 3 + len(proved.steps())


def test_other_verdicts_in_latex():
    ill = prove_equal(P, B)
    assert r"\text{ill-typed: " in ill.to_latex()
    f, lambert = function("f"), sympy.LambertW
    unknown = prove_equal(f(elementwise(lambert, exp(P))), f(P))
    assert mathml(unknown.to_latex()) and r"\text{undecided: " in unknown.to_latex()


def test_signs_of_sentences_become_mathematics():
    assert words("by A⁻¹A = I, det(cA) = cⁿ det A", ()) == (
        r"\text{by A}^{-1}\text{A = I, det(cA) = c}^{n}\text{ det A}"
    )
    assert words("√x² = |x| < 2", ()) == r"\sqrt{x^{2}}\text{ = }|\text{x}|\text{ }<\text{ 2}"
