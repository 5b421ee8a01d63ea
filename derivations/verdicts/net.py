"""Claims about the net, with batch normalisation and without: C1-C5 and C10-C14."""

from typing import Any

from derivations import question
from derivations.batch_normed_net import (
    Gamma_1,
    Gamma_2,
    N,
    Net,
    X,
    a_prime,
    beta,
    gamma,
    y,
)
from derivations.plain_net import a
from derivations.verdicts.decision import Decision, Figures, decide
from matcalc import claim, claim_identity, diag, diagonal, index, inner, kron, let, ones, sum

net = Net(per_row=False)
named = net.intermediates()
Z, B, residual = net.Z, net.B, net.residual
mu, sigma, Z_tilde = named["mu_Z"], named["sigma_Z"], named["Z_tilde"]
down, across = ones(N), ones(1, N)
W = let("W", a_prime(B) * (-2 * residual @ Gamma_2.T))
w = let("w", kron(gamma / sigma, down))
repeated = let("gamma_tilde", kron(gamma, down))

V_plain = let("V", a(Z))
plain_residual = let("epsilon_hat", y - V_plain @ Gamma_2)
plain_loss = sum(plain_residual**2) / N

i, j = index("i"), index("j")


def c1() -> Decision:
    """The gradient by Γ₁ of the plain net."""
    return decide(
        "C1",
        "S1",
        "no batch norm, R with N⁻¹: ∂R/∂Γ₁ = −2Vᵀε̂, V = a(XΓ₁)",
        "It is p₂ × 1, as Γ₂ is and Γ₁ is not: the two gradients are swapped, and the factor N⁻¹ "
        "of this loss is missing.",
        ("as it stands", claim(plain_loss, Gamma_1, -2 * V_plain.T @ plain_residual)),
        ("times N⁻¹, by Γ₂", claim(plain_loss, Gamma_2, -2 / N * V_plain.T @ plain_residual)),
    )


def c2() -> Decision:
    """The gradient by Γ₂ of the plain net."""
    swapped = X.T @ (a_prime(Z) * (-2 * plain_residual @ Gamma_2.T))
    return decide(
        "C2",
        "S1",
        "the same: ∂R/∂Γ₂ = Xᵀ(a′(XΓ₁) ⊙ −2ε̂Γ₂ᵀ)",
        "It is p₁ × p₂, as Γ₁ is and Γ₂ is not: the other half of the swap, N⁻¹ missing again.",
        ("as it stands", claim(plain_loss, Gamma_2, swapped)),
        ("times N⁻¹, by Γ₁", claim(plain_loss, Gamma_1, swapped / N)),
    )


def c3() -> Decision:
    """∂R/∂β with a′ at the wrong place."""
    formula = across @ (a_prime(Z) * (-2 * residual @ Gamma_2.T))
    return decide(
        "C3",
        "S2",
        "∂R/∂β = 1ᵀ(a′(XΓ₁) ⊙ −2ε̂Γ₂ᵀ)",
        "The activation is applied to b(XΓ₁), so its slope belongs there; only where a′ is "
        "constant does the place not matter.",
        ("as it stands", claim(net.loss, beta, formula)),
    )


def c4() -> Decision:
    """∂R/∂β with a′ at b(XΓ₁)."""
    formula = across @ (a_prime(B) * (-2 * residual @ Gamma_2.T))
    return decide(
        "C4",
        "S2",
        "∂R/∂β = 1ᵀ(a′(b(XΓ₁)) ⊙ −2ε̂Γ₂ᵀ)",
        "β is added to every row, so its gradient is the column sums of W.",
        ("as it stands", claim(net.loss, beta, formula)),
    )


def figures() -> dict[str, tuple[Any, Any]]:
    """For every table that the question prints: the gradient, and what its code computes."""
    asked = Net("relu", ddof=1, per_row=False)
    derived, own = asked.derivation(), asked.intermediates()
    stub = -2 * asked.residual @ Gamma_2.T
    multiplied = kron(gamma * own["sigma_Z"], down)
    by_unit = own["Z_tilde"].T @ (stub * kron(gamma, down))
    return {
        "dR_dbeta": (derived[beta], across @ stub),
        "dR_dGamma_1": (derived[Gamma_1], X.T @ (stub * multiplied)),
        "dR_dgamma_matrix": (None, by_unit),
        "dR_dgamma_loop": (derived[gamma], diagonal(by_unit).T),
    }


def tables() -> dict[str, tuple[Figures | None, Figures]]:
    """The printed tables, held against the gradient and against what the code computes."""
    q, printed = question.load()
    data = {v: getattr(q, v.name) for v in (X, y, Gamma_1, Gamma_2, gamma, beta)}
    found = {}
    for name, (true, code) in figures().items():
        shown = printed[name].reshape(1, -1) if printed[name].ndim == 1 else printed[name]
        against = None if true is None else Figures(true, data, shown)
        found[name] = against, Figures(code, data, shown)
    return found


def c5() -> Decision:
    """The printed ∂R/∂β."""
    against, code = tables()["dR_dbeta"]
    assert against is not None
    return decide(
        "C5",
        "S2",
        "the printed numbers for ∂R/∂β are that gradient on the data given",
        "The code sets negative entries of B to 0 and then entries ≥ 0 to 1: its a′ is 1 "
        "everywhere. With a′ ≡ 1 every printed digit comes out.",
        ("as it stands", against),
        ("with a′ ≡ 1", code),
    )


def c10() -> Decision:
    """∂R/∂Γ₁ without the statistics."""
    return decide(
        "C10",
        "S2",
        "∂R/∂Γ₁ = Xᵀ(W ⊙ w), as the whole gradient, and with μ and σ held fixed",
        "Mean and standard deviation of XΓ₁ depend on Γ₁; what goes through them is missing.",
        ("as it stands", claim(net.loss, Gamma_1, X.T @ (W * w))),
    )


def c11() -> Decision:
    """The loop for ∂R/∂Γ₁."""
    entry = (X[:, i].T @ diag(w[:, j]) @ W[:, j])[0, 0]
    matrix_form = (X.T @ (W * w))[i, j]
    return decide(
        "C11",
        "S3",
        "the loop ∂R/∂Γ_ij = X_iᵀ diag(w_j) W_j gives the same matrix as Xᵀ(W ⊙ w)",
        "Entry by entry they are one sum; both are wrong as gradients in the same way (C10).",
        ("for every i and j", claim_identity(matrix_form, entry, "(Xᵀ(W ⊙ w))_ij")),
    )


def c12() -> Decision:
    """The two w."""
    code = kron(gamma * sigma, down)
    return decide(
        "C12",
        "S2",
        "the code's w, γ times the standard deviation, is the text's w",
        "The text divides by σ, the code multiplies.",
        ("as it stands", claim_identity(kron(gamma / sigma, down), code, "w")),
    )


def c13() -> Decision:
    """∂R/∂γ̃ as a p₂ × p₂ matrix."""
    layer = let("B", Z_tilde * repeated + kron(beta, down))
    loss = sum((y - net.f(layer) @ Gamma_2) ** 2)
    own = let("W", a_prime(layer) * (-2 * (y - net.f(layer) @ Gamma_2) @ Gamma_2.T))
    return decide(
        "C13",
        "S2",
        "∂R/∂γ̃ = Z̃ᵀ(W ⊙ γ̃), γ̃ = γ ⊗ 1_N",
        "It is p₂ × p₂ and γ̃ is N × p₂: rows were summed that γ̃ keeps apart, and the factor γ̃ "
        "does not belong there, since B is linear in γ̃.",
        ("as it stands", claim(loss, repeated, Z_tilde.T @ (own * repeated))),
        ("Z̃ ⊙ W", claim(loss, repeated, Z_tilde * own)),
    )


def c14() -> Decision:
    """The diagonal as ∂R/∂γ."""
    square = Z_tilde.T @ (W * kron(gamma, down))
    entry = inner(Z_tilde[:, i], W[:, i] * gamma[0, i])
    loop = claim_identity(diagonal(square)[i, 0], entry, "diagonal of Z̃ᵀ(W ⊙ γ̃)")
    return decide(
        "C14",
        "S2, S3",
        "its diagonal equals the loop Z̃_iᵀ(W_iγ_i); that diagonal is ∂R/∂γ",
        "The loop is the diagonal, but ∂B_ni/∂γ_i is Z̃_ni and not Z̃_niγ_i: a factor γ too many.",
        ("the diagonal is ∂R/∂γ", claim(net.loss, gamma, diagonal(square).T)),
        ("the loop is the diagonal", loop),
    )


CLAIMS = (c1, c2, c3, c4, c5, c10, c11, c12, c13, c14)
