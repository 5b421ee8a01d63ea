"""Claims about the layer Y = b(X), with an upstream gradient D, divisor N and ε: C20-C28."""

from typing import Any

from derivations.batch_norm_layer import D, N, X, beta, epsilon, gamma, p
from derivations.verdicts.decision import Decision, decide
from derivations.verdicts.graph import backward_walk
from matcalc import (
    batch_norm,
    claim,
    claim_identity,
    column_var,
    definitions,
    gradient,
    identity,
    index,
    inner,
    jacobian,
    let,
    ones,
    row,
    sqrt,
    vec,
    zeros,
)

Y = batch_norm(X, gamma, beta, 0, epsilon)
loss = inner(D, Y)
named = {x.name: x for x in definitions(Y)}
mu, sigma, X_hat = named["mu_X"], named["sigma_X"], named["X_tilde"]
variance = column_var(X)
down, across = ones(N), ones(1, N)
i, j, k, row_l = (index(name) for name in "ijkl")
under_root = variance[0, k] + epsilon


def mean(A: Any) -> Any:
    """Column means, 1 × p."""
    return across @ A / N


def repeated(r: Any) -> Any:
    """A row, down N rows."""
    return down @ r


def centred(a: Any) -> Any:
    """Entry (a, k) of X less its column's mean."""
    return X[a, k] - mu[0, k]


def per_entry() -> Any:
    """C22 for entry (l, k)."""
    along = mean(D * (X - repeated(mu)))[0, k] * centred(row_l) / under_root
    return gamma[0, k] / sqrt(under_root) * (D[row_l, k] - mean(D)[0, k] - along)


def slope_of_normalised(a: Any, b: Any) -> Any:
    """∂x̂_ak/∂x_bk as the engine derives it."""
    return gradient(X_hat[a, k], X)[X][b, k]


def c20() -> Decision:
    """The derivative of a variance."""
    true = gradient(variance[0, k], X)[X][row_l, k]
    return decide(
        "C20",
        "S5",
        "∂σ²_k/∂x_lk = 2(x_lk − x̄_k)/N",
        "What goes through the mean cancels: deviations sum to 0.",
        ("as it stands", claim_identity(true, 2 * centred(row_l) / N, "∂σ²_k/∂x_lk")),
    )


def c21() -> Decision:
    """The derivative of an output entry."""
    straight = (identity(N)[i, row_l] - 1 / N) / sqrt(under_root)
    through = centred(i) * centred(row_l) / (N * sqrt(under_root) ** 3)
    true = gradient(Y[i, k], X)[X][row_l, k]
    return decide(
        "C21",
        "S5",
        "∂y_ik/∂x_lk = γ_k [(δ_il − 1/N)/√(σ²+ε) − (x_ik−x̄_k)(x_lk−x̄_k)/(N √(σ²+ε)³)]",
        "The quotient rule with C20, divisor N.",
        ("as it stands", claim_identity(true, gamma[0, k] * (straight - through), "∂y_ik/∂x_lk")),
    )


def c22() -> Decision:
    """The gradient by an input entry."""
    true = gradient(loss, X)[X][row_l, k]
    return decide(
        "C22",
        "S5",
        "∂f/∂x_lk = γ_k/√(σ²+ε) · (D_lk − mean_j D_jk − mean_j(D_jk (x_jk−x̄_k)) (x_lk−x̄_k)/(σ²+ε))",
        "The sum of D_ik times C21 over i.",
        ("as it stands", claim_identity(true, per_entry(), "∂f/∂x_lk")),
    )


def c23() -> Decision:
    """The vectorised code, ε forgotten once."""
    inside = D - repeated(mean(D)) - repeated(mean(D * X_hat)) * X_hat

    def code(root: Any) -> Any:
        return repeated(gamma / root) * inside

    return decide(
        "C23",
        "S5",
        "the code dX = γ/√var · (D − mean D − mean(D ⊙ Z̃) ⊙ Z̃), without ε under that root",
        "The forward function has ε under the root, so the backward function needs it too.",
        ("as it stands", claim(loss, X, code(sqrt(variance)))),
        ("with √(var + ε)", claim(loss, X, code(sigma))),
    )


def c24() -> Decision:
    """The variance does not depend on the mean."""
    spread = let("v", mean((X - repeated(mu)) ** 2))
    weights = row("g", p)
    part = inner(weights, spread)
    direct = 2 / N * (X - repeated(mu)) * repeated(weights)
    return decide(
        "C24",
        "S6",
        "∂v/∂μ = 0, so the term through it may be left out",
        "At μ = the mean, Σ(x − μ) = 0; for any other μ it is not 0.",
        ("∂⟨g, v⟩/∂μ = 0 for every g", claim(part, mu, zeros(1, p))),
        ("∂⟨g, v⟩/∂X with that term left out", claim(part, X, direct)),
    )


def c25() -> Decision:
    """The walk through the computational graph."""
    root, walked = backward_walk()
    parts = [
        (f"∂f/∂{x} is what the walk hands to {x}", claim(root, x, g)) for x, g in walked.items()
    ]
    return decide(
        "C25",
        "S6",
        "the node-by-node walk of S6 equals C22",
        "Every one of its nodes has the cotangent that the walk gives it, and X has C22.",
        (
            "entry (l, k) of the walk's ∂f/∂X",
            claim_identity(per_entry(), walked[X][row_l, k], "C22"),
        ),
        *parts,
    )


def c26() -> Decision:
    """The analytic sum of the write-up."""
    upstream, root = D * repeated(gamma), repeated(sigma)
    within = mean(upstream * X_hat) / sigma
    second = repeated(mean(repeated(within) * X_hat))
    formula = -repeated(mean(upstream / root)) + second - repeated(within) * X_hat + upstream / root
    return decide(
        "C26",
        "S6",
        "−mean(Dγ/σ) + mean(mean(Dγŷ)/σ · ŷ) − mean(Dγŷ)/σ · ŷ + Dγ/σ equals C22",
        "Its second term is 0, since ŷ has column means 0; the others are C22.",
        ("as it stands", claim(loss, X, formula)),
        ("its second term is 0", claim_identity(zeros(N, p), second, "0")),
    )


def c27() -> Decision:
    """The forward form of the normalised entry."""
    first = identity(N)[i, j] - 1 / N
    rest = centred(i) * centred(j) / (N * under_root)
    same = (1 - 1 / N) * (1 + centred(i) ** 2 / under_root) / sqrt(under_root)
    name = "∂x̂_i/∂x_j"
    return decide(
        "C27",
        "S7",
        "∂x̂_i/∂x_j = −(1/N)(v+ε)^(−1/2)(1 + (x_i−μ)(x_j−μ)/(v+ε)) for i ≠ j, with 1 − 1/N in place "
        "of the first −1/N for i = j",
        "With −1/N multiplied in, the first of the two −1/N gets the δ_ij. Put in place of the "
        "factor before the bracket, 1 − 1/N would be wrong.",
        (
            "δ_ij − 1/N for the first −1/N",
            claim_identity(slope_of_normalised(i, j), (first - rest) / sqrt(under_root), name),
        ),
        (
            "1 − 1/N for the factor, i = j",
            claim_identity(slope_of_normalised(i, i), same, "∂x̂_i/∂x_i"),
        ),
    )


def c28() -> Decision:
    """The gradient by the input, by both modes."""
    root = repeated((variance + epsilon * ones(1, p)) ** -1)
    deviations = X - repeated(mu)
    sums = repeated(across @ D) / N
    along = deviations * root * repeated(across @ (deviations * D)) / N
    formula = repeated(gamma / sigma) * (-sums - along + D)
    forward = jacobian(Y, X)[X].T @ vec(D)
    return decide(
        "C28",
        "S7",
        "∂f/∂X = γ(v+ε)^(−1/2) (−(1/N)Σ_i D_i − (X−μ)(v+ε)^(−1) (1/N) Σ_i (x_i−μ)D_i + D), "
        "by both modes",
        "Backward it is the gradient; forward it is the Jacobian's transpose on vec D.",
        ("backward mode", claim(loss, X, formula)),
        ("forward mode", claim_identity(forward, vec(formula), "(∂vec Y/∂(vec X)ᵀ)ᵀ vec D")),
    )


CLAIMS = (c20, c21, c22, c23, c24, c25, c26, c27, c28)
