"""Every operator around a variable: functions of X, by the operator at their heart."""

import sympy

import matcalc as mc
from matcalc import *  # noqa: F403
from matcalc.operators.kronecker import ContractLeft, ContractRight

m, n, p, q, k = dims("m n p q k")
i, j = index("i"), index("j")
X, S, v, r = matrix("X", m, n), matrix("S", n, n), column("v", n), row("r", n)
A, B, P, W = matrix("A", p, m), matrix("B", n, q), matrix("P", p, q), matrix("W", m, n)
t = column("t", 2 * n - 1)
a = function("a")

AROUND = {
    "Variable": [(X, X)],
    "Named": [(let("Z", A @ X) @ B, X)],
    "Ones": [(ones(p, m) @ X, X)],
    "Zero": [(X + zeros(m, n), X)],
    "Identity": [(identity(n) + S @ S, S)],
    "Centering": [(centering(m) @ X, X)],
    "Commutation": [(commutation(m, n) @ vec(X), X)],
    "Selector": [(selector(n) @ v, v), (selector(n).T @ vec(S), S)],
    "Scale": [(tanh(X / sum(X * X)), X), (3 * X, X), (trace(S) * S, S), (X / sum(X * X), X)],
    "Add": [(X + W - 2 * X, X)],
    "Product": [(A @ X @ B, X), (X.T @ X, X), (X @ B @ B.T @ X.T @ A.T, X)],
    "Transpose": [(X.T, X), ((X * W).T, X)],
    "Inverse": [(inv(S), S), (inv(identity(n) + X.T @ X), X)],
    "Map": [
        (tanh(X), X),
        (sigmoid(X) * exp(X), X),
        (relu(X), X),
        (sqrt(exp(X)), X),
        (a(X), X),
        (X**3, X),
        (1 / exp(X), X),
        (elementwise(sympy.atan, X), X),
        (elementwise(lambda t: t / (1 + t**2), X), X),
    ],
    "Hadamard": [(X * W * X, X), (X * (ones(m) @ r), r)],
    "Kronecker": [(kron(X, P), X), (kron(P, X), X), (kron(X, X), X), (kron(P, X, r), X)],
    "Vec": [(vec(A @ X), X)],
    "Unvec": [(unvec(vec(X), n, m), X)],
    "ContractRight": [(ContractRight(kron(X, P), P), X), (ContractRight(kron(W, X), X), X)],
    "ContractLeft": [(ContractLeft(kron(P, X), P), X), (ContractLeft(kron(X, W), X), X)],
    "Diag": [(diag(v), v), (diag(v) @ B @ B.T @ diag(v), v)],
    "Diagonal": [(diagonal(S @ S), S)],
    "Trace": [(trace(S @ S @ S), S)],
    "Det": [(det(S), S), (det(S @ S) ** 2 * trace(S), S), (tanh(det(inv(S)) * S), S)],
    "LogDet": [(logdet(identity(n) + X.T @ X), X), (log(det(identity(n) + X.T @ X)), X)],
    "Total": [(sum(X**2) ** 2, X)],
    "Inner": [(inner(X, W * X) * sum(X), X)],
    "Adjugate": [(adj(S), S), (inner(adj(S @ S), S), S)],
    "PseudoInverse": [(pinv(X), X), (pinv(X) @ W @ pinv(X), X)],
    "MatrixFunction": [
        (matrix_power(S, 5), S),
        (matrix_power(S, k), S),
        (power_sum(k, S, X.T @ W, S), S),
        (expm(S / 5), S),
        (sinm(S) @ cosm(S), S),
    ],
    "Entry": [(X[i, j] ** 2, X), (tanh(X)[0, 1] * X, X)],
    "Segment": [(segment(m, 1, 1).T @ X, X), (X[0:2, :], X), (unit(m, i) @ r, r)],
    "HStack": [(hstack(X, W * X), X), (hstack(A @ X, A @ W) @ hstack(W, X).T, X)],
    "VStack": [(vstack(X, W * X), X), (vstack(X, X @ S).T @ vstack(W, W), X)],
    "KhatriRao": [(khatri_rao(X, A @ W), X), (khatri_rao(A @ W, X), X), (khatri_rao(X, X), X)],
    "Duplication": [(duplication(n).T @ vec(S), S)],
    "Elimination": [(vech(S @ S), S)],
    "SkewDuplication": [(skew_duplication(n).T @ vec(S), S)],
    "ToeplitzBasis": [(toeplitz_basis(n).T @ vec(S), S), (toeplitz(t, n) @ S, t)],
    "LowerMask": [(tril(S) @ triu(S), S)],
    "RowSoftmax": [(row_softmax(X), X), (row_softmax(S @ S.T) @ S, S)],
    "ColumnSoftmax": [(column_softmax(X), X), (X.T @ column_softmax(X), X)],
    "RowLogSumExp": [(row_logsumexp(X), X), (logsumexp(X) * X, X)],
    "ColumnLogSumExp": [(column_logsumexp(X), X)],
    "Eigenvalue": [(eigenvalue(S + S.T, 0) * S, S), (eigenvalue(X @ S @ S.T @ X.T, m - 1), X)],
    "Eigenvector": [(eigenvector(S.T @ S, n - 1), S), (eigenvector(S + S.T, 0) @ r, S)],
    "LogSumExp": [(logsumexp(X) * X, X)],
    "Map2": [
        (maximum(X, W) * X, X),
        (where(X, X**2, W), X),
        (elementwise(sympy.atan2, X, exp(W * X)), X),
        (exp(X) ** W, X),
    ],
    "Norm": [(norm(X), X), (X / norm(X - W), X)],
}


CASES = [(name, f, x) for name, cases in AROUND.items() for f, x in cases]
