"""The vec/Kronecker route to ∂R/∂β and ∂R/∂γ, which ends in the matrix form.

b(Z) = (Z − 1μ) diag(γ) Σ^(−1/2) + 1β has ∂vec b/∂γᵀ = (Σ^(−1/2) ⊗ (Z − 1μ)) K with the diagonal
selector K, and ∂vec b/∂βᵀ = I ⊗ 1. Their transposes on vec W are the gradients.
"""

from collections.abc import Iterator
from typing import Any

from derivations.batch_normed_net import N, Net, beta, gamma, p2
from matcalc import (
    WITH_SCALINGS,
    Derivation,
    definitions,
    diag,
    gradient_from_jacobian,
    identity,
    jacobian,
    kron,
    ones,
    selector,
)

net = Net()
named = {x.name: x for x in definitions(net.loss)}
centred = net.Z - ones(N) @ named["mu_Z"]
root = diag(named["sigma_Z"] ** -1)
layer = centred @ diag(gamma) @ root + ones(N) @ beta
W = definitions(*net.expected().values())[-1]

JACOBIANS = {
    gamma: kron(root, centred) @ selector(p2),
    beta: kron(identity(p2), ones(N)),
}


def jacobians() -> Derivation:
    """∂vec b/∂γᵀ and ∂vec b/∂βᵀ."""
    return jacobian(layer, (gamma, beta))


def cases() -> Iterator[tuple[str, Derivation, dict[Any, Any]]]:
    """The route's gradients: label, derivation, expected gradients."""
    matrix_form = net.expected()
    expected = {gamma: matrix_form[gamma], beta: matrix_form[beta]}
    yield "vec route", gradient_from_jacobian(jacobians(), W, WITH_SCALINGS), expected
