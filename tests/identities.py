"""Identities that hold for all sizes and values, each with a neighbour that does not.

Sources: K. B. Petersen, M. S. Pedersen, *The Matrix Cookbook* (2012); J. R. Magnus, H. Neudecker,
*Matrix Differential Calculus*; the vec, ⊗ and K_mn rules of both; batch normalisation as published.
"""

import sympy

from matcalc import (
    batch_norm,
    centering,
    column,
    column_mean,
    column_std,
    column_var,
    commutation,
    det,
    diag,
    diagonal,
    dims,
    elementwise,
    exp,
    function,
    identity,
    inner,
    inv,
    kron,
    let,
    log,
    logdet,
    matrix,
    ones,
    relu,
    row,
    row_mean,
    row_std,
    scalar,
    selector,
    sigmoid,
    sqrt,
    squared_norm,
    step,
    sum,
    tanh,
    trace,
    unvec,
    vec,
    zeros,
)

m, n, p, q, r = dims("m n p q r")
A, B, C, D = (matrix(name, n, n) for name in "ABCD")
P, Q, R = matrix("P", m, n), matrix("Q", m, n), matrix("R", n, m)
E, F, G = matrix("E", m, p), matrix("F", p, q), matrix("G", n, p)
S, T = matrix("S", n, n, "symmetric"), matrix("T", n, n, "symmetric")
K, Omega = matrix("K", n, n, "skew"), matrix("O", n, n, "orthogonal")
L, M = matrix("L", n, n, "diagonal"), matrix("M", m, m)
V = matrix("V", m, n, "positive")
pi = column("pi", n, "probability")
u, v, w, x = column("u", n), column("v", n), column("w", m), column("x", n)
g, h = row("g", n), row("h", n)
a, b = scalar("a"), scalar("b")
lam, mu = scalar("lam", positive=True), scalar("mu", positive=True)
f, f1 = function("f"), function("f", order=1)
one, I_n, I_m = ones(n), identity(n), identity(m)
H, J, U = centering(n), ones(n, n), ones(m, n)


def by_entry(f):
    """A function of sympy, applied to every entry."""
    return lambda X: elementwise(f, X)


absolute, sign = by_entry(sympy.Abs), by_entry(sympy.sign)
sin, cos, tan = by_entry(sympy.sin), by_entry(sympy.cos), by_entry(sympy.tan)
sinh, cosh = by_entry(sympy.sinh), by_entry(sympy.cosh)


def softmax(X):
    """Of every row."""
    return exp(X) / (exp(X) @ ones(X.cols, X.cols))


PRODUCTS = (
    ("product transposed", (P @ G).T, G.T @ P.T, 2 * G.T @ P.T),
    ("triple product transposed", (A @ B @ C).T, C.T @ B.T @ A.T, A.T @ B.T @ C.T),
    ("distributive", A @ (B + C), A @ B + A @ C, A @ B + C @ A),
    (
        "square of a sum",
        (A + B) @ (A + B),
        A @ A + A @ B + B @ A + B @ B,
        A @ A + 2 * A @ B + B @ B,
    ),
    ("difference of squares", (A + B) @ (A - B), A @ A - A @ B + B @ A - B @ B, A @ A - B @ B),
    ("cyclic trace", trace(A @ B @ C), trace(C @ A @ B), trace(A @ C @ B)),
    ("trace of a transpose", trace(A.T @ B.T), trace(B @ A), trace(A @ B.T)),
    ("trace as inner product", trace(P.T @ Q), inner(P, Q), trace(P.T @ P)),
    ("trace of P Pᵀ", trace(P @ P.T), squared_norm(P), squared_norm(P) / m),
    ("sum as bilinear form", sum(A), (one.T @ A @ one)[0, 0], trace(A) + sum(A) - trace(A.T @ A)),
    (
        "norm of a sum",
        squared_norm(P + Q),
        squared_norm(P) + 2 * inner(P, Q) + squared_norm(Q),
        squared_norm(P) + inner(P, Q) + squared_norm(Q),
    ),
    ("commutator has no trace", trace(A @ B - B @ A), sympy.Integer(0), trace(A @ B)),
    (
        "Jacobi identity",
        A @ (B @ C - C @ B) - (B @ C - C @ B) @ A + B @ (C @ A - A @ C) - (C @ A - A @ C) @ B,
        C @ (B @ A - A @ B) - (B @ A - A @ B) @ C,
        C @ (A @ B - B @ A) - (A @ B - B @ A) @ C,
    ),
    (
        "polarisation",
        inner(u, v),
        (squared_norm(u + v) - squared_norm(u - v)) / 4,
        (squared_norm(u + v) - squared_norm(u - v)) / 2,
    ),
    ("identity is neutral", I_m @ P @ I_n, P, P @ P.T @ P),
    ("quadratic form is symmetrised", v.T @ A @ v, v.T @ (A + A.T) @ v / 2, v.T @ (A + A.T) @ v),
    ("symmetric product reversed", (S @ T).T, T @ S, S @ T),
    ("skew quadratic form vanishes", v.T @ K @ v, zeros(1, 1), v.T @ K @ K @ v),
    ("skew transposed", K.T, -K, K),
    ("square of skew is symmetric", (K @ K).T, K @ K, -K @ K),
    ("trace of symmetric times skew", trace(S @ K), sympy.Integer(0), trace(K @ K)),
    (
        "diagonal matrices commute",
        L @ diag(v),
        diag(v) @ L,
        diag(v) @ A + L @ diag(v) - A @ diag(v),
    ),
    ("diagonal is diag of its diagonal", L, diag(diagonal(L)), diag(diagonal(L)) / 2),
    (
        "outer products contract",
        (u @ v.T) @ (x @ u.T),
        inner(v, x) * u @ u.T,
        inner(u, x) * u @ v.T,
    ),
)
HADAMARD = (
    ("⊙ commutes", P * Q, Q * P, P * P),
    ("⊙ distributes", P * (Q + R.T), P * Q + P * R.T, P * Q + R.T),
    ("trace with ⊙", trace(P.T @ (Q * R.T)), trace((P * Q).T @ R.T), trace((P * Q) @ R) * 2),
    ("⊙ of outer products", (w @ u.T) * (w @ v.T), (w * w) @ (u * v).T, (w @ w.T @ w) @ (u * v).T),
    ("diag A diag", diag(w) @ P @ diag(v), (w @ v.T) * P, (w @ v.T) * (P * P)),
    ("scaled rows", diag(w) @ P, (w @ ones(1, n)) * P, (ones(m) @ v.T) * P),
    ("diagonal of a product", diagonal(P @ R), (P * R.T) @ one, (P * P) @ one),
    ("diagonal of A diag Bᵀ", diagonal(P @ diag(v) @ Q.T), (P * Q) @ v, (P * Q) @ (v * v)),
    (
        "quadratic form of ⊙",
        v.T @ (A * B) @ u,
        trace(diag(v) @ A @ diag(u) @ B.T) * ones(1, 1),
        trace(diag(v) @ A @ diag(u) @ B) * ones(1, 1),
    ),
    ("⊙ with ones", P * U, P, U),
    ("⊙ with the identity", A * I_n, diag(diagonal(A)), A),
    ("⊙ inverse of entries", P / P, U, P),
    ("squares", (P + Q) ** 2, P**2 + 2 * P * Q + Q**2, P**2 + Q**2),
    ("sum of a ⊙", sum(P * Q), trace(P @ Q.T), sum(P) * sum(Q)),
    ("power rules", P**3 * P ** (-2), P, P**2),
    ("power of a product", (P * Q) ** 2, P**2 * Q**2, P**2 * Q),
    ("geometric entries", (U - P) * (U + P + P**2), U - P**3, U + P**3),
    ("partial fractions", U / (P * (P + U)), U / P - U / (P + U), U / P + U / (P + U)),
    ("fraction cancels", (P**2 - U) / (P - U), P + U, P - U),
    (
        "sum of partial fractions",
        sum(U / (P * (P + U))),
        sum(U / P) - sum(U / (P + U)),
        sum(U / P) + sum(U / (P + U)),
    ),
    ("compound fraction", U / (U + U / P), P / (P + U), U / (P + U)),
)
KRONECKER = (
    ("mixed product", kron(P, F) @ kron(G, F.T), kron(P @ G, F @ F.T), 2 * kron(P @ G, F @ F.T)),
    ("⊗ transposed", kron(P, F).T, kron(P.T, F.T), 2 * kron(P.T, F.T)),
    ("⊗ is bilinear", kron(P + Q, F), kron(P, F) + kron(Q, F), kron(P, F) + kron(P, F)),
    ("⊗ is associative", kron(kron(P, F), A), kron(P, kron(F, A)), kron(P, kron(F, A.T))),
    ("⊗ commuted", commutation(p, m) @ kron(P, F) @ commutation(n, q), kron(F, P), 2 * kron(F, P)),
    ("trace of ⊗", trace(kron(A, M)), trace(A) * trace(M), trace(A) + trace(M)),
    (
        "norm of ⊗",
        squared_norm(kron(P, F)),
        squared_norm(P) * squared_norm(F),
        squared_norm(P) + squared_norm(F),
    ),
    (
        "vec of a triple product",
        vec(E @ F @ matrix("X", q, r)),
        kron(matrix("X", q, r).T, E) @ vec(F),
        kron(matrix("X", q, r).T, 2 * E) @ vec(F),
    ),
    (
        "vec of a square triple product",
        vec(A @ B @ C),
        kron(C.T, A) @ vec(B),
        kron(A, C.T) @ vec(B),
    ),
    ("vec of a product", vec(A @ B), kron(I_n, A) @ vec(B), kron(A, I_n) @ vec(B)),
    ("vec of a product, the other", vec(A @ B), kron(B.T, I_n) @ vec(A), kron(B, I_n) @ vec(A)),
    ("vec of an outer product", vec(w @ v.T), kron(v, w), kron(w, v)),
    (
        "vec inner product",
        vec(P).T @ vec(Q),
        trace(P.T @ Q) * ones(1, 1),
        trace(P.T @ Q) * 2 * ones(1, 1),
    ),
    (
        "trace by vecs",
        trace(A @ B @ C @ D) * ones(1, 1),
        vec(D.T).T @ kron(C.T, A) @ vec(B),
        vec(D).T @ kron(C.T, A) @ vec(B),
    ),
    ("commutation of vec", commutation(m, n) @ vec(P), vec(P.T), vec(P)),
    (
        "commutation inverts",
        commutation(m, n) @ commutation(n, m),
        identity(m * n),
        commutation(m, n),
    ),
    ("commutation transposed", commutation(m, n).T, commutation(n, m), commutation(m, n)),
    ("trace of a commutation", trace(commutation(n, n)), n, n**2),
    (
        "commuted square ⊗",
        commutation(n, n) @ kron(A, B),
        kron(B, A) @ commutation(n, n),
        kron(A, B) @ commutation(n, n),
    ),
    (
        "vec of ⊗",
        vec(kron(P, F)),
        kron(I_n, commutation(q, m), identity(p)) @ kron(vec(P), vec(F)),
        2 * kron(vec(P), vec(F)),
    ),
    ("selector of a diagonal", selector(n).T @ vec(A), diagonal(A), A @ one),
    ("selector makes diag", selector(n) @ v, vec(diag(v)), vec(v @ one.T)),
    ("selector is orthonormal", selector(n).T @ selector(n), I_n, n * I_n),
    ("selector picks ⊙", selector(n).T @ kron(A, B) @ selector(n), A * B, A @ B),
    ("unvec undoes vec", unvec(vec(P) + vec(Q), m, n), P + Q, P - Q),
    ("row repeated", kron(g, ones(m)), ones(m) @ g, 2 * ones(m) @ g),
    ("⊗ of vectors", kron(u, w.T), u @ w.T, 2 * u @ w.T),
    ("⊗ of identities", kron(I_m, I_n), identity(m * n), 2 * identity(m * n)),
    ("block trace", trace(kron(I_m, A)), m * trace(A), n * trace(A)),
    ("⊗ square", kron(A, B) @ kron(A, B), kron(A @ A, B @ B), kron(A @ B, A @ B)),
)
INVERSES = (
    ("inverse of a product", inv(A @ B), inv(B) @ inv(A), inv(A) @ inv(B)),
    ("inverse of a transpose", inv(A.T), inv(A).T, inv(A)),
    ("inverse of a multiple", inv(lam * A), inv(A) / lam, lam * inv(A)),
    ("inverse of ⊗", inv(kron(A, M)), kron(inv(A), inv(M)), kron(inv(A), M)),
    ("inverse of a symmetric matrix", inv(S).T, inv(S), S),
    ("inverse of an orthogonal matrix", inv(Omega), Omega.T, Omega),
    ("orthogonal columns", Omega.T @ Omega, I_n, Omega),
    ("inverse of diag", inv(diag(v)), diag(one / v), diag(v)),
    ("push-through", inv(I_m + P @ R) @ P, P @ inv(I_n + R @ P), P @ inv(I_n - R @ P)),
    (
        "push-through, symmetric",
        inv(I_m + P @ P.T) @ P,
        P @ inv(I_n + P.T @ P),
        P @ inv(I_n + 2 * P.T @ P),
    ),
    (
        "Woodbury",
        inv(M + P @ B @ R),
        inv(M) - inv(M) @ P @ inv(inv(B) + R @ inv(M) @ P) @ R @ inv(M),
        inv(M) + inv(M) @ P @ inv(inv(B) + R @ inv(M) @ P) @ R @ inv(M),
    ),
    (
        "Woodbury for ridge",
        inv(lam * I_m + P @ P.T),
        (I_m - P @ inv(lam * I_n + P.T @ P) @ P.T) / lam,
        (I_m - P @ inv(lam * I_n + P.T @ P) @ P.T) / mu,
    ),
    (
        "Sherman-Morrison",
        inv(A + u @ v.T),
        inv(A) - (inv(A) @ u @ v.T @ inv(A)) / (1 + (v.T @ inv(A) @ u)[0, 0]),
        inv(A) + (inv(A) @ u @ v.T @ inv(A)) / (1 + (v.T @ inv(A) @ u)[0, 0]),
    ),
    ("Hua", inv(A) - inv(A + A @ inv(B) @ A), inv(A + B), inv(A - B)),
    ("resolvent", inv(A) - inv(B), inv(A) @ (B - A) @ inv(B), inv(A) @ (A - B) @ inv(B)),
    ("sum of inverses", inv(A) + inv(B), inv(A) @ (A + B) @ inv(B), inv(A + B)),
    ("parallel sum", inv(inv(A) + inv(B)), A @ inv(A + B) @ B, A @ inv(A - B) @ B),
    ("parallel sum commutes", A @ inv(A + B) @ B, B @ inv(A + B) @ A, B @ inv(A + B) @ B),
    ("Searle", inv(I_n + A), I_n - A @ inv(I_n + A), I_n + A @ inv(I_n + A)),
    ("Searle for inverses", inv(I_n + inv(A)), A @ inv(A + I_n), inv(A + I_n)),
    (
        "Searle, two",
        inv(A + B @ B.T) @ B,
        inv(A) @ B @ inv(I_n + B.T @ inv(A) @ B),
        inv(A) @ B @ inv(I_n - B.T @ inv(A) @ B),
    ),
    ("resolvent commutes", inv(I_n + A) @ A, A @ inv(I_n + A), A @ inv(I_n - A)),
    (
        "Cayley transform",
        inv(I_n + A) @ (I_n - A),
        (I_n - A) @ inv(I_n + A),
        (I_n + A) @ inv(I_n - A),
    ),
    ("similarity", inv(Omega @ A @ Omega.T), Omega @ inv(A) @ Omega.T, Omega.T @ inv(A) @ Omega),
    ("trace of a similar matrix", trace(inv(A) @ B @ A), trace(B), trace(A)),
    ("projection", P @ inv(P.T @ P) @ P.T @ P, P, P @ P.T @ P),
    (
        "projection is idempotent",
        P @ inv(P.T @ P) @ P.T @ P @ inv(P.T @ P) @ P.T,
        P @ inv(P.T @ P) @ P.T,
        2 * P @ inv(P.T @ P) @ P.T,
    ),
    ("trace of a projection", trace(P @ inv(P.T @ P) @ P.T), n, m),
    (
        "trace push-through",
        trace(inv(I_m + P @ P.T)),
        m - n + trace(inv(I_n + P.T @ P)),
        n - m + trace(inv(I_n + P.T @ P)),
    ),
    (
        "nested trace push-through",
        trace(inv(I_m + P @ P.T) @ P @ Q.T),
        trace(inv(I_n + P.T @ P) @ Q.T @ P),
        trace(inv(I_n + P.T @ P) @ Q.T @ Q),
    ),
    ("solution solves", A @ inv(A) @ v, v, A @ v),
    ("inverse inside a function", f(A @ inv(A) @ P.T), f(P.T), f(A @ P.T)),
)
DETERMINANTS = (
    ("determinant of a product", det(A @ B), det(A) * det(B), det(A) + det(B)),
    ("determinant of a commuted product", det(A @ B), det(B @ A), det(A @ B.T @ B)),
    ("determinant of a multiple", det(lam * A), lam**n * det(A), lam * det(A)),
    ("determinant of an inverse", det(inv(A)), 1 / det(A), det(A)),
    ("determinant of a similar matrix", det(inv(B) @ A @ B), det(A), det(B)),
    ("determinant of ⊗", det(kron(A, M)), det(A) ** m * det(M) ** n, det(A) ** n * det(M) ** m),
    ("Sylvester", det(I_m + P @ R), det(I_n + R @ P), det(I_n - R @ P)),
    (
        "Sylvester with a multiple",
        det(lam * I_m + P @ R),
        lam ** (m - n) * det(lam * I_n + R @ P),
        lam ** (n - m) * det(lam * I_n + R @ P),
    ),
    ("log det of a product", logdet(A @ B), logdet(A) + logdet(B), logdet(A) - logdet(B)),
    ("log det of an inverse", logdet(inv(A)), -logdet(A), logdet(A)),
    ("log det, Sylvester", logdet(I_m + P @ P.T), logdet(I_n + P.T @ P), -logdet(I_n + P.T @ P)),
    ("determinant of a transpose", det(A.T @ A), det(A) ** 2, det(A)),
)
FUNCTIONS = (
    ("exp doubles", exp(2 * P), exp(P) ** 2, exp(P) * 2),
    ("exp of a sum", exp(P + Q), exp(P) * exp(Q), exp(P) + exp(Q)),
    ("exp of a negative", exp(-P), U / exp(P), -exp(P)),
    ("exp of a repeated row", exp(P + ones(m) @ g), exp(P) @ diag(exp(g).T), exp(P) @ diag(g.T)),
    ("log undoes exp", log(exp(P)), P, exp(P)),
    ("exp undoes log", exp(log(P)), P, log(P)),
    ("log of a product", log(V * exp(P)), log(V) + P, log(V) * P),
    ("log of a power", log(V**3), 3 * log(V), log(V) ** 3),
    ("log of a multiple", log(lam * V), log(V) + sympy.log(lam) * U, lam * log(V)),
    ("sigmoid reflected", sigmoid(-P), U - sigmoid(P), -sigmoid(P)),
    ("tanh by sigmoid", tanh(P), 2 * sigmoid(2 * P) - U, 2 * sigmoid(P) - U),
    (
        "tanh doubles",
        tanh(2 * P),
        2 * tanh(P) / (U + tanh(P) ** 2),
        2 * tanh(P) / (U - tanh(P) ** 2),
    ),
    ("tanh is odd", tanh(-P), -tanh(P), tanh(P)),
    ("hyperbolic Pythagoras", cosh(P) ** 2 - sinh(P) ** 2, U, cosh(P) ** 2 + sinh(P) ** 2),
    ("slope of tanh", U - tanh(P) ** 2, U / cosh(P) ** 2, U / cosh(P)),
    (
        "slope of the sigmoid",
        sigmoid(P) * (U - sigmoid(P)),
        exp(-P) / (U + exp(-P)) ** 2,
        exp(-P) / (U + exp(P)) ** 2,
    ),
    ("sigmoid as a quotient", exp(P) / (U + exp(P)), sigmoid(P), sigmoid(-P)),
    ("sigmoid as softmax of two", exp(P) / (exp(P) + exp(Q)), sigmoid(P - Q), sigmoid(Q - P)),
    ("Pythagoras", sin(P) ** 2 + cos(P) ** 2, U, sin(P) ** 2 - cos(P) ** 2),
    ("tangent", tan(P) * cos(P), sin(P), cos(P)),
    ("sine is odd", sin(P - Q), -sin(Q - P), sin(Q - P)),
    ("cosine is even", cos(P - Q), cos(Q - P), -cos(Q - P)),
    ("relu by a step", relu(P), P * step(P), P * step(-P)),
    ("relu of both signs", relu(P) - relu(-P), P, relu(P) + relu(-P)),
    ("absolute value by relu", absolute(P), relu(P) + relu(-P), relu(P) - relu(-P)),
    ("relu of a multiple", relu(lam * P), lam * relu(P), relu(P)),
    ("relu squared", relu(P) ** 2, P * relu(P), P**2),
    ("step squared", step(P) ** 2, step(P), step(-P)),
    ("absolute squares", absolute(P) ** 2, P**2, P),
    ("root of a square", sqrt(P**2), absolute(P), P),
    ("sign times absolute", sign(P) * absolute(P), P, absolute(P)),
    ("square of a root", sqrt(P) ** 2, P, P**2),
    ("root of a product", sqrt(V * exp(P)), sqrt(V) * exp(P / 2), sqrt(V) * exp(P)),
    ("root of a multiple", sqrt(4 * P), 2 * sqrt(P), 4 * sqrt(P)),
    ("root over root", sqrt(P) / P, U / sqrt(P), sqrt(P)),
    ("cube of a root", sqrt(P + U) ** 3, (P + U) * sqrt(P + U), P * sqrt(P + U)),
    ("function of a transpose", f(P.T), f(P).T, f1(P).T),
    ("function of a symmetric matrix", f(S).T, f(S), f(S) @ f(S)),
    ("function of a repeated row", f(ones(m) @ g), ones(m) @ f(g), ones(m) @ f(2 * g)),
    ("function of a commuted sum", f(P + Q), f(Q + P), f(P) + f(Q)),
    ("function of a diagonal matrix", f(diag(v)) * I_n, diag(f(v)), f(diag(v))),
    ("exp of a diagonal matrix", exp(diag(v)), diag(exp(v)) + J - I_n, diag(exp(v))),
    ("power of a power", (V**a) ** b, V ** (a * b), V ** (a + b)),
    ("powers add", V**a * V**b, V ** (a + b), V ** (a * b)),
)
SOFTMAX = (
    ("rows sum to 1", softmax(P) @ one, ones(m), n * ones(m)),
    ("softmax is invariant to shifts", softmax(P + w @ ones(1, n)), softmax(P), softmax(P + P)),
    ("sum of a softmax", sum(softmax(P)), m, n),
    ("log of a softmax", log(softmax(P)), P - log(exp(P) @ J), P - exp(P) @ J),
    ("softmax by its logarithm", exp(P - log(exp(P) @ J)), softmax(P), softmax(-P)),
    (
        "gradient of softmax sums to zero",
        (softmax(P) * (Q - (softmax(P) * Q) @ J)) @ one,
        zeros(m, 1),
        (softmax(P) * Q) @ one,
    ),
    (
        "cross entropy",
        sum(Q * log(softmax(P))),
        inner(Q, P) - inner(Q, log(exp(P) @ J)),
        inner(Q, P) + inner(Q, log(exp(P) @ J)),
    ),
    ("probabilities sum to 1", pi.T @ one, ones(1, 1), pi.T @ pi),
    ("mean under probabilities", (v - (pi.T @ v)[0, 0] * one).T @ pi, zeros(1, 1), v.T @ pi),
)
Z, sigma = centering(m) @ P, ones(m) @ column_std(P)
Z_tilde = Z / sigma
STATISTICS = (
    ("centring is idempotent", H @ H, H, I_n),
    ("centring kills ones", H @ one, zeros(n, 1), one),
    ("trace of centring", trace(H), n - 1, n),
    (
        "centred columns",
        centering(m) @ P,
        P - ones(m) @ column_mean(P),
        P + ones(m) @ column_mean(P),
    ),
    (
        "variance by squares",
        column_var(P),
        column_mean(P**2) - column_mean(P) ** 2,
        column_mean(P**2) + column_mean(P) ** 2,
    ),
    (
        "variance by pairs",
        sum(v**2) / n - sum(v) ** 2 / n**2,
        sum((v @ one.T - one @ v.T) ** 2) / (2 * n**2),
        sum((v @ one.T - one @ v.T) ** 2) / n**2,
    ),
    ("covariance", (centering(m) @ P).T @ Q, P.T @ centering(m) @ Q, P.T @ Q),
    ("mean of the centred", column_mean(centering(m) @ P), zeros(1, n), column_mean(P)),
    (
        "unbiased variance",
        column_var(P, ddof=1) * (m - 1),
        m * column_var(P),
        m * column_var(P, ddof=1),
    ),
    ("deviation squared", column_std(P) ** 2, column_var(P), column_std(P)),
    (
        "standardised squares",
        column_mean(((P - ones(m) @ column_mean(P)) / (ones(m) @ column_std(P))) ** 2),
        ones(1, n),
        column_std(P),
    ),
    (
        "standardised mean",
        column_mean(centering(m) @ P / (ones(m) @ column_std(P))),
        zeros(1, n),
        column_mean(P),
    ),
    ("deviation of a multiple", column_std(lam * P), lam * column_std(P), lam**2 * column_std(P)),
    ("deviation of a shift", column_std(P + ones(m) @ g), column_std(P), column_std(P) + g),
    ("rows as columns", row_std(P).T, column_std(P.T), column_std(P.T) ** 2),
    (
        "grand mean",
        row_mean(column_mean(P)),
        sum(P) / (m * n) * ones(1, 1),
        sum(P) / m * ones(1, 1),
    ),
    (
        "batch norm is invariant to scale",
        batch_norm(lam * P, g, h),
        batch_norm(P, g, h),
        batch_norm(P * P, g, h),
    ),
    (
        "batch norm is invariant to shift",
        batch_norm(P + ones(m) @ u.T, g, h),
        batch_norm(P, g, h),
        batch_norm(P, g, h + u.T),
    ),
    (
        "batch norm by diag",
        batch_norm(P, g, h),
        centering(m) @ P @ diag(g) @ diag(U[0, :] / column_std(P)) + ones(m) @ h,
        P @ diag(g) @ diag(U[0, :] / column_std(P)) + ones(m) @ h,
    ),
    ("batch norm mean", column_mean(batch_norm(P, g, h)), h, g),
    ("batch norm variance", column_var(batch_norm(P, g, h)), g**2, g),
    (
        "batch norm gradient through μ and σ",
        (Q - ones(m) @ column_mean(Q) - Z_tilde * (ones(m) @ column_mean(Q * Z_tilde))) / sigma,
        centering(m) @ (Q / sigma - Z * (ones(m) @ column_mean(Q * Z)) / sigma**3),
        Q / sigma,
    ),
)
NAMED = (
    ("a name is its definition", let("Y", P @ G) @ F, P @ G @ F, P @ G @ F * 2),
    ("two names of one thing", let("Y", P @ G) + let("Z", P @ G), 2 * (P @ G), let("Y", P @ G)),
    ("a name in a function", f(let("Y", P + Q)), f(P + Q), f(P - Q)),
)
FAMILIES = {
    "products": PRODUCTS,
    "⊙": HADAMARD,
    "⊗ and vec": KRONECKER,
    "inverses": INVERSES,
    "determinants": DETERMINANTS,
    "functions": FUNCTIONS,
    "softmax": SOFTMAX,
    "statistics": STATISTICS,
    "names": NAMED,
}
IDENTITIES = [row for rows in FAMILIES.values() for row in rows]
