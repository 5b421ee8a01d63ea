"""The check passes what is right in every variant, and nothing that has one thing wrong."""

import pytest

from derivations import batch_normed_net, plain_net
from derivations.batch_normed_net import Gamma_1, N, Net, X, beta, epsilon, gamma
from matcalc import (
    centering,
    column,
    commutation,
    definitions,
    dims,
    gradient,
    inner,
    matrix,
    ones,
    unvec,
    vec,
)
from matcalc.check import CheckFailed, check
from tests import worked

VARIANTS = [
    pytest.param(derivation, id=f"{module.__name__}: {label}")
    for module in (batch_normed_net, plain_net)
    for label, derivation, _ in worked.cases(module)
]


@pytest.mark.parametrize("derivation", VARIANTS)
def test_every_variant_passes_the_check(derivation):
    report = check(derivation).require()
    full = [row for row in report.rows if 1 not in row.sizes.values()]
    assert full and all(row.norm > 1e-3 for row in full)


@pytest.mark.parametrize("derivation", VARIANTS)
def test_every_variant_in_float32(derivation):
    check(derivation, dtype="float32").require()


net = Net(ddof=1, eps=epsilon)
right = net.derivation()
named = {x.name: x for x in definitions(*right.gradients.values())}
W, Z_tilde, sigma = named["W"], named["Z_tilde"], named["sigma_Z"]
w, down, across = ones(N) @ (gamma / sigma), ones(N), ones(1, N)
HW, through = centering(N) @ W, Z_tilde * (down @ (across @ (W * Z_tilde)))

WRONG = {
    "N for N - 1": (Gamma_1, X.T @ (w * (HW - through / N))),
    "the mean held fixed": (Gamma_1, X.T @ (w * (W - through / (N - 1)))),
    "the standard deviation held fixed": (Gamma_1, X.T @ (w * HW)),
    "both held fixed": (Gamma_1, X.T @ (w * W)),
    "times sigma": (Gamma_1, X.T @ ((down @ (gamma * sigma)) * (HW - through / (N - 1)))),
    "a sign": (Gamma_1, X.T @ (w * (HW + through / (N - 1)))),
    "a factor": (Gamma_1, 7 * right[Gamma_1]),
    "a factor gamma too many": (gamma, gamma * right[gamma]),
    "divided by N": (beta, right[beta] / N),
    "nothing": (beta, 0 * right[beta]),
    "nearly right": (beta, right[beta] * (1 + 1e-9)),
}


def test_what_is_perturbed_is_right_before():
    assert right[Gamma_1] is X.T @ (w * (HW - through / (N - 1)))


@pytest.mark.parametrize(("parameter", "formula"), WRONG.values(), ids=WRONG)
def test_a_perturbed_gradient_fails(parameter, formula):
    report = check(right.with_gradient(parameter, formula))
    assert not report.ok
    with pytest.raises(CheckFailed, match=str(parameter)):
        report.require()


def test_a_transposed_commutation_matrix_fails():
    m, n = dims("m n")
    A, u = matrix("A", m, n), column("u", m * n)
    derivation = gradient(inner(u, commutation(m, n) @ vec(A)) ** 2, A)
    check(derivation).require()
    loss = inner(u, commutation(m, n) @ vec(A))
    formulas = {
        True: 2 * loss * unvec(commutation(m, n).T @ u, m, n),
        False: 2 * loss * unvec(commutation(m, n) @ u, m, n),
    }
    for right_way, formula in formulas.items():
        assert check(derivation.with_gradient(A, formula)).ok is right_way
