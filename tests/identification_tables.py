"""Jacobians as Magnus & Neudecker tabulate them, and the list of the UCLA course that follows them.

J. R. Magnus, H. Neudecker, *Matrix Differential Calculus*, 3rd ed. 2019, ch. 9, tables 4-7 (scalar
and matrix functions of a matrix) and ch. 10 (Hessians); H. Zhou, *Matrix calculus*, Biostatistics
216, UCLA 2019. X is n × q, or m × m where it is square; D F = ∂vec F/∂(vec X)ᵀ.
"""

from typing import Any

from matcalc import (
    adj,
    column,
    commutation,
    det,
    diag,
    diagonal,
    dims,
    duplication,
    elimination,
    exp,
    function,
    hessian,
    identity,
    inv,
    jacobian,
    kron,
    logdet,
    matrix,
    matrix_power,
    pinv,
    power_sum,
    selector,
    squared_norm,
    symmetrizer,
    trace,
    vec,
    vech,
)
from tests.cookbook import Entry

k, m, n, p, q, r = dims("k m n p q r")
X, S, T = matrix("X", n, q), matrix("S", m, m), matrix("T", m, m, "symmetric")
A, B, C = matrix("A", p, n), matrix("B", q, r), matrix("C", n, n)
E, F, G, H = matrix("E", q, q), matrix("F", q, n), matrix("G", m, m), matrix("H", n, q)
P, Q, Y = matrix("P", r, m), matrix("Q", m, p), matrix("Y", p, r)
x, a = column("x", n), column("a", n)
M, V, W = matrix("M", n, n), matrix("V", q, r), matrix("W", n, r)
FULL = matrix("X", n, q, "full column rank")


def jac(f: Any, by: Any) -> Any:
    """D f = ∂vec f/∂(vec by)ᵀ."""
    return jacobian(f, by)[by]


def hess(f: Any, by: Any, other: Any = None) -> Any:
    """The Hessian, or a block of it."""
    return hessian(f, by, other)[other or by]


I = identity  # noqa: E741
K = commutation
Z = inv(S)
GRAM = inv(FULL.T @ FULL)

MATRICES = [
    Entry("X", jac(X + H, X), I(n * q)),
    Entry("transpose", jac(X.T, X), K(n, q)),
    Entry("X Xᵀ", jac(X @ X.T, X), 2 * symmetrizer(n) @ kron(X, I(n))),
    Entry("Xᵀ X", jac(X.T @ X, X), 2 * symmetrizer(q) @ kron(I(q), X.T)),
    Entry("X⁻¹", jac(Z, S), -kron(Z.T, Z)),
    Entry(
        "X^k",
        jac(matrix_power(S, k), S),
        power_sum(k, kron(S.T, I(m)), I(m * m), kron(I(m), S)),
    ),
    Entry("X²", jac(S @ S, S), kron(S.T, I(m)) + kron(I(m), S)),
    Entry("A X B", jac(A @ X @ B, X), kron(B.T, A)),
    Entry("A X⁻¹ B", jac(P @ Z @ Q, S), -kron((Z @ Q).T, P @ Z)),
    Entry("X A Xᵀ", jac(X @ E @ X.T, X), kron(X @ E.T, I(n)) + kron(I(n), X @ E) @ K(n, q)),
    Entry("Xᵀ A X", jac(X.T @ C @ X, X), kron(X.T @ C.T, I(q)) @ K(n, q) + kron(I(q), X.T @ C)),
    Entry("X A X", jac(X @ F @ X, X), kron((F @ X).T, I(n)) + kron(I(q), X @ F)),
    Entry(
        "Xᵀ A Xᵀ",
        jac(X.T @ F.T @ X.T, X),
        (kron(X @ F, I(q)) + kron(I(n), (F @ X).T)) @ K(n, q),
    ),
    Entry("a Xᵀ a", jac(a.T @ X @ X.T @ a, X), 2 * vec(a @ a.T @ X).T),
    Entry("A ∘ X", jac(H * X, X), diag(vec(H))),
    Entry("X ∘ X", jac(X * X, X), 2 * diag(vec(X))),
    Entry("f(X)", jac(exp(X), X), diag(vec(exp(X)))),
    Entry(
        "a(X) abstract",
        jac(function("a")(X), X),
        diag(vec(function("a", 1)(X))),
    ),
    Entry("diagonal X", jac(diagonal(S), S), selector(m).T),
    Entry("diag x", jac(diag(x), x), selector(n)),
    Entry("vech X", jac(vech(S), S), elimination(m)),
    Entry(
        "X ⊗ Y by X",
        jac(kron(X, Y), X),
        kron(I(q), K(r, n), I(p)) @ kron(I(n * q), vec(Y)),
    ),
    Entry(
        "Y ⊗ X by X",
        jac(kron(Y, X), X),
        kron(I(r), K(q, p), I(n)) @ kron(vec(Y), I(n * q)),
    ),
    Entry("adj X", jac(adj(S), S), vec(adj(S)) @ vec(Z.T).T - kron(Z.T, adj(S))),
    Entry(
        "X⁺",
        jac(pinv(X), X),
        -kron(pinv(X).T, pinv(X))
        + kron(I(n) - X @ pinv(X), pinv(X) @ pinv(X).T) @ K(n, q)
        + kron(pinv(X).T @ pinv(X), I(q) - pinv(X) @ X) @ K(n, q),
        wrong=kron(I(n) - X @ pinv(X), pinv(X) @ pinv(X).T) @ K(n, q)
        + kron(pinv(X).T @ pinv(X), I(q) - pinv(X) @ X) @ K(n, q),
    ),
    Entry("g(x) x", jac(trace(x.T @ x) * (M @ x), x), 2 * M @ x @ x.T + trace(x.T @ x) * M),
    Entry(
        "(xᵀx) g(x)",
        jac(trace(x.T @ x) * exp(x), x),
        2 * exp(x) @ x.T + trace(x.T @ x) * diag(exp(x)),
        wrong=2 * exp(x) @ x.T @ diag(exp(x)),
    ),
    Entry("by vech X", jacobian(T, T).by_free(T), duplication(m)),
    Entry("X⁻¹ by vech X", jacobian(inv(T), T).by_free(T), -kron(inv(T), inv(T)) @ duplication(m)),
]

SCALARS = [
    Entry("tr AX", jac(trace(F @ X), X), vec(F.T).T),
    Entry("tr XᵀX", jac(trace(X.T @ X), X), 2 * vec(X).T),
    Entry("tr X^k", jac(trace(matrix_power(S, k)), S), k * vec(matrix_power(S, k - 1).T).T),
    Entry("tr X A Xᵀ B", jac(trace(X @ E @ X.T @ C), X), vec(C @ X @ E + C.T @ X @ E.T).T),
    Entry("tr X A X B", jac(trace(X @ F @ X @ F), X), 2 * vec((F @ X @ F).T).T),
    Entry("|X|", jac(det(S), S), det(S) * vec(Z.T).T),
    Entry("|X Xᵀ|", jac(det(X @ X.T), X), 2 * det(X @ X.T) * vec(inv(X @ X.T) @ X).T),
    Entry("|Xᵀ X|", jac(det(X.T @ X), X), 2 * det(X.T @ X) * vec(X @ inv(X.T @ X)).T),
    Entry("|X|^k", jac(det(S) ** k, S), k * det(S) ** k * vec(Z.T).T),
    Entry("log |X|", jac(logdet(S), S), vec(Z.T).T),
    Entry("log |XᵀX|", jac(logdet(FULL.T @ FULL), FULL), 2 * vec(FULL @ GRAM).T),
    Entry(
        "|A X B Xᵀ C| by X",
        jac(det(P @ S @ G @ S.T @ P.T), S),
        det(P @ S @ G @ S.T @ P.T)
        * vec(
            P.T @ inv(P @ S @ G @ S.T @ P.T).T @ P @ S @ G.T
            + P.T @ inv(P @ S @ G @ S.T @ P.T) @ P @ S @ G
        ).T,
    ),
]

HESSIANS = [
    Entry("aᵀ X Xᵀ a", hess(a.T @ X @ X.T @ a, X), 2 * kron(I(q), a @ a.T)),
    Entry("tr XᵀX", hess(trace(X.T @ X), X), 2 * I(n * q)),
    Entry("tr X²", hess(trace(S @ S), S), 2 * K(m, m)),
    Entry("tr X A Xᵀ B", hess(trace(X @ E @ X.T @ C), X), kron(E.T, C) + kron(E, C.T)),
    Entry("tr X⁻¹", hess(trace(Z), S), kron(Z @ Z, Z.T) @ K(m, m) + K(m, m) @ kron(Z.T @ Z.T, Z)),
    Entry("log |X|", hess(logdet(S), S), -K(m, m) @ kron(Z.T, Z)),
    Entry(
        "|X|",
        hess(det(S), S),
        det(S) * (vec(Z.T) @ vec(Z.T).T - K(m, m) @ kron(Z.T, Z)),
    ),
    Entry("xᵀ A x", hess(x.T @ M @ x, x), M + M.T),
    Entry("‖T − U Vᵀ‖²", hess(squared_norm(X - W @ V.T), W), 2 * kron(V.T @ V, I(n))),
    Entry(
        "exp(xᵀ A x)",
        hess(exp(trace(x.T @ M @ x)), x),
        exp(trace(x.T @ M @ x)) * (M + M.T + (M + M.T) @ x @ x.T @ (M + M.T)),
    ),
]

ENTRIES = [*MATRICES, *SCALARS, *HESSIANS]
