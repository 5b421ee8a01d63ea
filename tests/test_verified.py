"""Every worked derivation proved: each step, and the whole from the entries of its loss."""

from dataclasses import replace
from functools import cache

import pytest

from derivations.deep_net import deep_net
from matcalc import (
    eigenvalue,
    gradient,
    identity,
    inv,
    jvp,
    let,
    logdet,
    matrix,
    squared_norm,
    trace,
)
from matcalc.prove import steps
from matcalc.prove.prover import prove_equal
from matcalc.prove.steps import verify_steps
from matcalc.prove.whole import prove_whole
from tests import worked
from tests.prove_growth import kronecker, layers, products, sums

DEEP = tuple(f"{k} layers" for k in range(2, 7))
CASES = [pytest.param(label, derivation, id=label) for label, derivation, _ in worked.CASES]
A, W = matrix("A", "n", "n"), matrix("W", "n", "n")
P = matrix("P", "m", "n")


@pytest.fixture(scope="module", autouse=True)
def shared_proofs():
    """Steps that several derivations have in common are proved once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "prove_equal", cache(prove_equal))
        yield


@pytest.mark.parametrize(("label", "derivation"), CASES)
def test_worked_derivations_are_verified(label, derivation):
    checked = derivation.verify()
    assert checked.ok, str(checked)
    assert set(checked.counts) <= {"normal form", "law", "assumed"}
    assert checked.counts["normal form"] >= 5
    if derivation.kind == "chain rule":
        assert checked.whole is None
    elif not label.endswith(DEEP):
        assert checked.whole.verdict == "proved", str(checked)


@pytest.mark.parametrize(
    "loss", [logdet(W.T @ W + identity("n")), trace(inv(W) @ A), squared_norm(P @ W)]
)
def test_matrix_gradients_are_verified(loss):
    checked = gradient(loss, W).verify()
    assert checked.ok and checked.whole.verdict == "proved"
    assert str(checked).startswith("dR = Σ ⟨∂R/∂θ, dθ⟩: proved from the entries alone")


def test_a_wrong_step_is_disproved():
    derivation = gradient(squared_norm(P @ W), W)
    first, *rest = derivation.steps
    forged = first._replace(after=first.after * 2)
    checked = verify_steps(replace(derivation, steps=(forged, *rest)))
    assert not checked.ok
    assert checked.counts["disproved"] == 1
    assert f"disproved: {first.law}" in str(checked)


def test_a_wrong_gradient_is_disproved_as_a_whole():
    derivation = gradient(squared_norm(P @ W), (W, P))
    assert prove_whole(derivation, 10_000).verdict == "proved"
    for factor in (2, -1):
        wrong = derivation.with_gradient(W, factor * derivation[W])
        checked = wrong.verify()
        assert checked.whole.verdict == "disproved" and not checked.ok
    transposed = gradient(trace(A @ W), W).with_gradient(W, A)
    assert prove_whole(transposed, 10_000).verdict == "disproved"


def test_a_step_without_a_normal_form_is_by_its_law():
    S = matrix("S", "n", "n", "symmetric")
    checked = gradient(eigenvalue(S, 0), S).verify()
    assert checked.ok and checked.counts["law"] >= 1
    assert "by their law, which numbers test" in str(checked)


def test_what_has_no_such_equation():
    assert jvp(P @ W, {W: A}).verify().whole is None
    Z = let("Z", P @ W)
    assert gradient(squared_norm(Z), Z).verify().whole is None


@pytest.mark.parametrize("depth", [3, 4, 6])
def test_steps_of_deep_nets_are_proved(depth):
    checked = deep_net(depth).derivation().verify()
    assert checked.ok, str(checked)
    assert len(checked.steps) > 60 * depth


def test_proofs_grow_as_what_they_are_about():
    counts = [layers(k)[1] for k in (1, 2, 3)]
    assert counts[2] - counts[1] == counts[1] - counts[0] > 0
    assert [sums(k)[1] for k in (3, 6)] == [3 * 4, 6 * 7]
    assert [f(k)[1] for f in (products, kronecker) for k in (4, 12)] == [2, 2, 2, 2]
