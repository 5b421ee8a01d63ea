"""The Matrix Cookbook, chapter 2: what its real-valued entries differentiate, and what they print.

K. B. Petersen, M. S. Pedersen, *The Matrix Cookbook*, version of 15 November 2012, (33)-(144).
Entries whose printed form is wrong as it stands are in `ERRATA`, beside what is right.
"""

from dataclasses import dataclass
from typing import Any

from matcalc import (
    WITH_PSEUDO_INVERSES,
    adj,
    column,
    cosm,
    d,
    derivative,
    det,
    differential,
    dims,
    duplication,
    eigenvalue,
    eigenvector,
    gradient,
    hessian,
    identity,
    index,
    inner,
    inv,
    jacobian,
    kron,
    logdet,
    matrix,
    matrix_power,
    ones,
    pinv,
    power_sum,
    scalar,
    sinm,
    sqrt,
    squared_norm,
    sum,
    toeplitz_basis,
    trace,
    unit,
    unvec,
    vec,
)

k, m, n, p, q = dims("k m n p q")
i, j, r, s = (index(name) for name in ("i", "j", "r", "s"))
A, B, C, D, X, Y = (matrix(name, n, n) for name in "ABCDXY")
Z, Y2 = matrix("Z", n, n, "invertible"), matrix("Y2", n, n)
S, W = (matrix(name, n, n, "symmetric") for name in "SW")
M, N = (matrix(name, m, m, "symmetric") for name in "MN")
P, R, T, U = matrix("P", m, n), matrix("R", m, m), matrix("T", n, p), matrix("U", p, m)
a, b, c, x, y = (column(name, n) for name in "abcxy")
e, w = column("e", p), column("w", p)
t, alpha = scalar("t"), scalar("alpha")
I = identity(n)  # noqa: E741
PD = matrix("S", n, n, "positive definite")
DIAGONAL, TOEPLITZ = matrix("L", n, n, "diagonal"), matrix("T", n, n, "Toeplitz")
F = matrix("F", m, n, "full column rank")


@dataclass(frozen=True)
class Entry:
    """A derivative and what the book prints for it; ``wrong`` is what it prints in error."""

    number: str
    derived: Any
    printed: Any
    wrong: Any = None


def grad(loss: Any, by: Any) -> Any:
    """The gradient, in the parameter's shape."""
    return gradient(loss, by)[by]


def change(f: Any, *by: Any) -> Any:
    """The differential."""
    return differential(f, by).value


def by_t(f: Any) -> Any:
    """The derivative by the scalar t."""
    return derivative(f, t).value


def entry(f: Any, row_: Any, col: Any) -> Any:
    """An entry of a matrix."""
    return f[row_, col]


Yt = A + t * B + t**2 * C
slope, second = by_t(Yt), by_t(by_t(Yt))
G54 = inv(P.T @ R @ P)
K = inv(P.T @ M @ P)
KA = inv(A + P.T @ M @ P)
KS = inv(S + P.T @ M @ P)
distance = sqrt(sum((x - a) ** 2))
ray_a, ray_b = trace(x.T @ A @ A.T @ x), trace(x.T @ B @ B.T @ x)

DIFFERENTIALS = [
    Entry("33", change(A + X, X), d(X)),
    Entry("34", change(alpha * X, X), alpha * d(X)),
    Entry("35", change(X + Y, X, Y), d(X) + d(Y)),
    Entry("36", change(trace(X), X), trace(d(X))),
    Entry("37", change(X @ Y, X, Y), d(X) @ Y + X @ d(Y)),
    Entry("38", change(X * Y, X, Y), d(X) * Y + X * d(Y)),
    Entry("39", change(kron(X, P), X, P), kron(d(X), P) + kron(X, d(P))),
    Entry("40", change(inv(X), X), -inv(X) @ d(X) @ inv(X)),
    Entry("41", change(det(Z), Z), trace(adj(Z) @ d(Z))),
    Entry("42", change(det(X), X), det(X) * trace(inv(X) @ d(X))),
    Entry("43", change(logdet(X), X), trace(inv(X) @ d(X))),
    Entry("44", change(X.T, X), d(X).T),
]

DETERMINANTS = [
    Entry("46", by_t(det(Yt)), det(Yt) * trace(inv(Yt) @ slope)),
    Entry("47", sum(grad(det(X), X)[i, :] * X[j, :]), det(X) * entry(I, i, j)),
    Entry(
        "48",
        by_t(by_t(det(Yt))),
        det(Yt)
        * (
            trace(inv(Yt) @ second)
            + trace(inv(Yt) @ slope) ** 2
            - trace(inv(Yt) @ slope @ inv(Yt) @ slope)
        ),
    ),
    Entry("49", grad(det(X), X), det(X) * inv(X).T),
    Entry("50", sum(grad(det(X), X)[i, :] * X[j, :]), det(X) * entry(I, i, j)),
    Entry("51", grad(det(A @ X @ B), X), det(A @ X @ B) * inv(X).T),
    Entry("52", grad(det(X.T @ A @ X), X), 2 * det(X.T @ A @ X) * inv(X).T),
    Entry("53", grad(det(P.T @ M @ P), P), 2 * det(P.T @ M @ P) * M @ P @ K),
    Entry("54", grad(det(P.T @ R @ P), P), det(P.T @ R @ P) * (R @ P @ G54 + R.T @ P @ G54.T)),
    Entry("55", gradient(logdet(F.T @ F), F, table=WITH_PSEUDO_INVERSES)[F], 2 * pinv(F).T),
    Entry("56", change(logdet(F.T @ F), F), 2 * trace(inv(F.T @ F) @ F.T @ d(F))),
    Entry("57", grad(logdet(X), X), inv(X).T),
    Entry("58", grad(det(matrix_power(X, k)), X), k * det(matrix_power(X, k)) * inv(X).T),
]

INVERSES = [
    Entry("59", by_t(inv(Yt)), -inv(Yt) @ slope @ inv(Yt)),
    Entry("60", grad(inv(X)[i, j], X)[r, s], -inv(X)[i, r] * inv(X)[s, j]),
    Entry("61", grad(a.T @ inv(X) @ b, X), -inv(X).T @ a @ b.T @ inv(X).T),
    Entry("62", grad(det(inv(X)), X), -det(inv(X)) * inv(X).T),
    Entry("63", grad(trace(A @ inv(X) @ B), X), -(inv(X) @ B @ A @ inv(X)).T),
    Entry("64", grad(trace(inv(X + A)), X), -(inv(X + A) @ inv(X + A)).T),
]

EIGENVALUES = [
    Entry("65", grad(trace(X), X), I),
    Entry("66", grad(det(X), X), det(X) * inv(X).T),
    Entry(
        "67",
        change(eigenvalue(S, 0), S),
        trace(eigenvector(S, 0).T @ d(S) @ eigenvector(S, 0)),
    ),
    Entry(
        "68",
        change(eigenvector(S, 0), S),
        pinv(eigenvalue(S, 0) * I - S) @ d(S) @ eigenvector(S, 0),
    ),
]
"""The sum of the eigenvalues is the trace, their product the determinant."""

FIRST_ORDER = [
    Entry("69", grad(x.T @ a, x), a),
    Entry("69 turned", grad(a.T @ x, x), a),
    Entry("70", grad(a.T @ X @ b, X), a @ b.T),
    Entry("71", grad(a.T @ X.T @ b, X), b @ a.T),
    Entry("72", grad(a.T @ X @ a, X), a @ a.T),
    Entry("73", grad(P[i, j], P), unit(m, i) @ unit(n, j).T),
    Entry("74", grad((P @ A)[i, j], P)[r, s], identity(m)[i, r] * A[s, j]),
    Entry("75", grad((P.T @ R)[i, j], P)[r, s], identity(n)[i, s] * R[r, j]),
]

SECOND_ORDER = [
    Entry("76", grad(sum(X) ** 2, X), 2 * sum(X) * ones(n, n)),
    Entry("77", grad(b.T @ X.T @ X @ c, X), X @ (b @ c.T + c @ b.T)),
    Entry(
        "78",
        grad((B @ x + b).T @ C @ (D @ x + y), x),
        B.T @ C @ (D @ x + y) + D.T @ C.T @ (B @ x + b),
    ),
    Entry(
        "79",
        grad((P.T @ R @ P)[i, j], P)[r, s],
        identity(n)[j, s] * (P.T @ R)[i, r] + identity(n)[i, s] * (R @ P)[r, j],
    ),
    Entry(
        "80",
        change(P.T @ R @ P, P),
        P.T @ R @ d(P) + d(P).T @ R @ P,
    ),
    Entry("81", grad(x.T @ B @ x, x), (B + B.T) @ x),
    Entry("82", grad(b.T @ X.T @ D @ X @ c, X), D.T @ X @ b @ c.T + D @ X @ c @ b.T),
    Entry("83", grad((X @ b + c).T @ D @ (X @ b + c), X), (D + D.T) @ (X @ b + c) @ b.T),
    Entry("84", grad((x - A @ y).T @ W @ (x - A @ y), y), -2 * A.T @ W @ (x - A @ y)),
    Entry("85", grad((x - y).T @ W @ (x - y), x), 2 * W @ (x - y)),
    Entry("86", grad((x - y).T @ W @ (x - y), y), -2 * W @ (x - y)),
    Entry("87", grad((x - A @ y).T @ W @ (x - A @ y), x), 2 * W @ (x - A @ y)),
    Entry("88", grad((x - A @ y).T @ W @ (x - A @ y), A), -2 * W @ (x - A @ y) @ y.T),
]
"""(89) is complex."""

POWERS = [
    Entry(
        "90",
        change(matrix_power(X, k), X)[i, j],
        entry(power_sum(k, X, d(X), X), i, j),
    ),
    Entry(
        "91",
        grad(a.T @ matrix_power(X, k) @ b, X),
        power_sum(k, X.T, a @ b.T, X.T),
    ),
    Entry(
        "92",
        grad(a.T @ matrix_power(X, k).T @ matrix_power(X, k) @ b, X),
        power_sum(k, X.T, matrix_power(X, k) @ (a @ b.T + b @ a.T), X.T),
        wrong=power_sum(k, X, a @ b.T @ matrix_power(X, k).T, X)
        + power_sum(k, X.T, matrix_power(X, k) @ a @ b.T, X.T),
    ),
    Entry(
        "93",
        change(x.T @ A @ y, x, y),
        d(x).T @ A @ y + x.T @ A @ d(y),
    ),
    Entry(
        "94",
        grad(trace(x.T @ A.T @ A @ x) / trace(x.T @ B.T @ B @ x), x),
        2 / trace(x.T @ B.T @ B @ x) * A.T @ A @ x
        - 2 * trace(x.T @ A.T @ A @ x) / trace(x.T @ B.T @ B @ x) ** 2 * B.T @ B @ x,
        wrong=2 / trace(x.T @ B @ B @ x) * A.T @ A @ x
        - 2 * trace(x.T @ A.T @ A @ x) / trace(x.T @ B.T @ B @ x) ** 2 * B.T @ B @ x,
    ),
    Entry("97", grad(trace(x.T @ A @ x) + trace(b.T @ x), x), (A + A.T) @ x + b),
    Entry("98", hessian(trace(x.T @ A @ x) + trace(b.T @ x), x)[x], A + A.T),
]
"""(95) is the numbered result of (94); (96) is what (97) and (98) differentiate."""

TRACES = [
    Entry("99", grad(trace(X), X), I),
    Entry("100", grad(trace(X @ A), X), A.T),
    Entry("101", grad(trace(U @ P @ T), P), U.T @ T.T),
    Entry("102", grad(trace(matrix("V", p, n) @ P.T @ U.T), P), U.T @ matrix("V", p, n)),
    Entry("103", grad(trace(P.T @ U.T @ T.T), P), U.T @ T.T),
    Entry("104", grad(trace(U.T @ T.T @ P.T), P), U.T @ T.T),
    Entry("105", grad(trace(kron(R, X)), X), trace(R) * I),
    Entry("106", grad(trace(X @ X), X), 2 * X.T),
    Entry("107", grad(trace(X @ X @ B), X), (X @ B + B @ X).T),
    Entry("108", grad(trace(P.T @ R @ P), P), R @ P + R.T @ P),
    Entry("109", grad(trace(R @ P @ P.T), P), R @ P + R.T @ P),
    Entry("110", grad(trace(P @ P.T @ R), P), R @ P + R.T @ P),
    Entry("111", grad(trace(P @ B @ P.T), P), P @ B.T + P @ B),
    Entry("112", grad(trace(B @ P.T @ P), P), P @ B.T + P @ B),
    Entry("113", grad(trace(P.T @ P @ B), P), P @ B.T + P @ B),
    Entry("114", grad(trace(A @ X @ B @ X), X), A.T @ X.T @ B.T + B.T @ X.T @ A.T),
    Entry("115", grad(trace(P.T @ P), P), 2 * P),
    Entry(
        "116",
        grad(trace(T.T @ P.T @ R @ P @ T), P),
        R.T @ P @ T @ T.T + R @ P @ T @ T.T,
    ),
    Entry("117", grad(trace(P.T @ R @ P @ C), P), R @ P @ C + R.T @ P @ C.T),
    Entry(
        "118",
        grad(trace(A @ X @ B @ X.T @ C), X),
        A.T @ C.T @ X @ B.T + C @ A @ X @ B,
    ),
    Entry(
        "119",
        grad(trace((A @ X @ B + C) @ (A @ X @ B + C).T), X),
        2 * A.T @ (A @ X @ B + C) @ B.T,
    ),
    Entry("120", grad(trace(kron(X, X)), X), 2 * trace(X) * I),
    Entry("121", grad(trace(matrix_power(X, k)), X), k * matrix_power(X, k - 1).T),
    Entry("122", grad(trace(A @ matrix_power(X, k)), X), power_sum(k, X, A, X).T),
    Entry(
        "123",
        grad(trace(T.T @ P.T @ R @ P @ P.T @ R @ P @ T), P),
        R @ P @ P.T @ R @ P @ T @ T.T
        + R.T @ P @ T @ T.T @ P.T @ R.T @ P
        + R @ P @ T @ T.T @ P.T @ R @ P
        + R.T @ P @ P.T @ R.T @ P @ T @ T.T,
    ),
    Entry("124", grad(trace(A @ inv(X) @ B), X), -(inv(X) @ B @ A @ inv(X)).T),
    Entry("125", grad(trace(K @ A), P), -M @ P @ K @ (A + A.T) @ K),
    Entry(
        "126",
        grad(trace(K @ P.T @ N @ P), P),
        -2 * M @ P @ K @ P.T @ N @ P @ K + 2 * N @ P @ K,
    ),
    Entry(
        "127",
        grad(trace(KS @ P.T @ N @ P), P),
        -2 * M @ P @ KS @ P.T @ N @ P @ KS + 2 * N @ P @ KS,
    ),
    Entry(
        "127 without symmetry of A",
        grad(trace(KA @ P.T @ N @ P), P),
        N @ P @ (KA + KA.T) - M @ P @ KA @ P.T @ N @ P @ KA - M @ P @ KA.T @ P.T @ N @ P @ KA.T,
        wrong=-2 * M @ P @ KA @ P.T @ N @ P @ KA + 2 * N @ P @ KA,
    ),
    Entry("128", grad(trace(sinm(X)), X), cosm(X).T),
]

NORMS = [
    Entry("129", grad(distance, x), (x - a) / distance),
    Entry(
        "130",
        jacobian((x - a) / distance, x)[x],
        1 / distance * I - distance**-3 * (x - a) @ (x - a).T,
    ),
    Entry("131", grad(squared_norm(x), x), 2 * x),
    Entry("132", grad(squared_norm(P), P), 2 * P),
]

STRUCTURED = [
    Entry(
        "135",
        derivative(inner(A, S + t * (unit(n, i) @ unit(n, j).T)), t).value,
        A[i, j],
    ),
    Entry(
        "137",
        grad(trace(R @ P @ A @ P.T), P),
        unvec(jacobian(P @ A @ P.T, P)[P].T @ vec(R.T), m, n),
    ),
    Entry(
        "138",
        gradient(trace(A @ S @ B @ S), S).by_free(S),
        duplication(n).T @ vec(A.T @ S @ B.T + B.T @ S @ A.T),
    ),
    Entry("139", gradient(trace(A @ S), S).by_free(S), duplication(n).T @ vec(A.T)),
    Entry("140", gradient(det(PD), PD).by_free(PD), det(PD) * duplication(n).T @ vec(inv(PD))),
    Entry("141", gradient(logdet(PD), PD).by_free(PD), duplication(n).T @ vec(inv(PD))),
    Entry("142", grad(trace(A @ DIAGONAL), DIAGONAL), A * I),
    Entry(
        "143",
        gradient(trace(A @ TOEPLITZ), TOEPLITZ).by_free(TOEPLITZ),
        toeplitz_basis(n).T @ vec(A.T),
    ),
]
"""(133), (134) and (136) state the chain rule that (135) and (137) use; (144) is (143) for a
symmetric Toeplitz matrix."""

ENTRIES = [
    *DIFFERENTIALS,
    *DETERMINANTS,
    *INVERSES,
    *EIGENVALUES,
    *FIRST_ORDER,
    *SECOND_ORDER,
    *POWERS,
    *TRACES,
    *NORMS,
    *STRUCTURED,
]
