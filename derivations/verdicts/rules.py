"""Claims about ⊗, ⊙ and vec: C6-C9 and C15-C19."""

from typing import Any

from derivations.batch_normed_net import Gamma_1, Gamma_2, N, X, a_prime, beta, gamma, p2
from derivations.verdicts.decision import Decision, decide
from derivations.verdicts.net import W, Z, across, down, mu, net, residual, sigma, w
from matcalc import (
    claim,
    claim_identity,
    commutation,
    d,
    diag,
    diagonal,
    dims,
    identity,
    inner,
    jacobian,
    kron,
    matrix,
    selector,
    vec,
)

m, n, p, q = dims("m n p q")
A, B, C = matrix("A", m, n), matrix("B", p, q), matrix("C", m, n)
E = matrix("E", n, p)
centred = Z - down @ mu
square = centred.T @ W @ diag(sigma**-1)


def c6() -> Decision:
    """The derivative of a Kronecker product."""

    def rule(swap: Any) -> Any:
        return kron(identity(n * q), swap) @ kron(identity(n), vec(B), identity(m))

    return decide(
        "C6",
        "S8",
        "∂vec(A ⊗ B)/∂vec(A)ᵀ = (I_nq ⊗ T_mp)(I_n ⊗ vec B ⊗ I_m), T the commutation matrix",
        "It holds with T_mp vec M = vec Mᵀ for M m × p; a source in which T_mp acts on p × m "
        "matrices must write T_pm.",
        ("T_mp = K_mp", claim(kron(A, B), A, rule(commutation(m, p)))),
        ("T_mp = K_pm", claim(kron(A, B), A, rule(commutation(p, m)))),
    )


def c7() -> Decision:
    """Whether the rule for ⊗ goes with the chain rule."""
    rule = kron(identity(p2), commutation(1, N)) @ kron(identity(p2), vec(down), identity(1))
    upstream = matrix("G", N, p2)
    loss = inner(upstream, kron(beta, down))
    return decide(
        "C7",
        "S2",
        "for β ⊗ 1_N that rule “isn't conformable” with the chain rule",
        "The rule is Np₂ × p₂ here, and vec(G)ᵀ times it is the row 1ᵀG, which is the gradient: "
        "what does not fit is only a gradient left as a matrix.",
        ("vec(G)ᵀ ∂vec(β ⊗ 1)/∂βᵀ", claim(loss, beta, lambda: vec(upstream).T @ rule)),
        denies=True,
    )


def c8() -> Decision:
    """The differential of ⊙."""
    return decide(
        "C8",
        "S2",
        "d(A ⊙ B) = dA ⊙ B + A ⊙ dB",
        "The product rule, entry by entry.",
        ("as it stands", claim_identity(d(A * C), d(A) * C + A * d(C), "d(A ⊙ C)")),
    )


def c9() -> Decision:
    """The Jacobian of ⊙ with a vec where a diagonal matrix belongs."""
    by_w, by_z = (jacobian(f, Gamma_1)[Gamma_1] for f in (w, Z))
    unit = identity(N * p2)

    def printed() -> Any:
        return vec(Z) @ unit @ by_w + vec(w) @ unit @ by_z

    return decide(
        "C9",
        "S2",
        "∂vec(w ⊙ XΓ₁)/∂vec(Γ₁)ᵀ = vec(XΓ₁) I ∂vec(w)/∂vec(Γ₁)ᵀ + vec(w) I ∂vec(XΓ₁)/∂vec(Γ₁)ᵀ",
        "A column Np₂ × 1 cannot be multiplied by I; with diag(vec ·), which is meant, it holds.",
        ("as it stands", claim(w * Z, Gamma_1, printed)),
        (
            "with diag(vec ·)",
            claim(w * Z, Gamma_1, diag(vec(Z)) @ by_w + diag(vec(w)) @ by_z),
        ),
    )


def c15() -> Decision:
    """∇γ as a diagonal."""
    return decide(
        "C15",
        "S4",
        "∇γ = diag((Z − 1μᵀ)ᵀ W Σ^(−1/2)), with no factor γ",
        "The diagonal holds the column sums of Z̃ ⊙ W.",
        ("the diagonal as a row, as γ is one", claim(net.loss, gamma, diagonal(square).T)),
    )


def c16() -> Decision:
    """The size of the selector."""
    small = matrix("K", N * p2, p2)
    return decide(
        "C16",
        "S4",
        "K in ∇γ = Kᵀ vec(…) is an Np × p binary matrix",
        "What stands under vec is p × p, so K has p² rows: it is p² × p and selects the diagonal.",
        ("K Np × p", claim(net.loss, gamma, lambda: (small.T @ vec(square)).T)),
        ("K p² × p", claim(net.loss, gamma, (selector(p2).T @ vec(square)).T)),
    )


def c17() -> Decision:
    """vec(AXB) and the Jacobian of an elementwise function."""
    product = claim_identity(vec(A @ E @ B), kron(B.T, A) @ vec(E), "vec(AXB)")
    return decide(
        "C17",
        "S4",
        "vec(AXB) = (Bᵀ ⊗ A) vec X; J_X(a) = diag(vec(a′(X)))",
        "Both are textbook rules.",
        ("vec(AXB)", product),
        ("J_X(a)", claim(net.f(X), X, diag(vec(a_prime(X))))),
    )


def c18() -> Decision:
    """A row times a Kronecker product."""
    right = kron(Gamma_2.T, identity(N))
    row = vec(-2 * residual @ Gamma_2.T).T
    return decide(
        "C18",
        "S4",
        "−2ε̂(Γ₂ᵀ ⊗ I) = vec(−2ε̂Γ₂ᵀ)ᵀ",
        "ε̂ is N × 1 and Γ₂ᵀ ⊗ I is N × Np₂; with ε̂ᵀ it holds.",
        ("as it stands", claim_identity(row, lambda: -2 * residual @ right)),
        ("with ε̂ᵀ", claim_identity(row, -2 * residual.T @ right)),
    )


def c19() -> Decision:
    """∇β by the vec route and as column sums."""
    stacked = kron(identity(p2), across) @ vec(W)
    return decide(
        "C19",
        "S4",
        "∇β = (I ⊗ 1ᵀ) vec(W) = 1ᵀW",
        "Both are the gradient; the first as a column, p₂ × 1, the second as the row that β is, so "
        "that a transposition stands between them.",
        ("1ᵀW", claim(net.loss, beta, across @ W)),
        ("(I ⊗ 1ᵀ) vec(W), as a row", claim(net.loss, beta, stacked.T)),
        ("(I ⊗ 1ᵀ) vec(W), as it stands", claim(net.loss, beta, stacked)),
    )


CLAIMS = (c6, c7, c8, c9, c15, c16, c17, c18, c19)
