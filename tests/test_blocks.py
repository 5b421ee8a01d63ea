"""Matrices made of blocks: derivatives, simplest forms, printed forms, generated code, refusals."""

import numpy as np
import pytest

import matcalc
from matcalc import (
    block,
    block_diag,
    column,
    det,
    dims,
    function,
    gradient,
    hessian,
    hstack,
    identity,
    inner,
    inv,
    jacobian,
    let,
    logdet,
    matrix,
    names_in,
    ones,
    relu,
    row,
    segment,
    tanh,
    trace,
    vstack,
    zeros,
)
from matcalc.check import check
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.laws.simplest import SIMPLEST
from matcalc.lower import compile_numpy
from matcalc.operators.blocks import HStack, VStack, grid
from matcalc.rewrite import Recorder, simplify
from matcalc.show import latex, text
from tests.numeric import assert_gradient, assert_jacobian, entries, relative_error, sample_for

m, n, p, q, N = dims("m n p q N")
A, B, C, D = matrix("A", m, n), matrix("B", m, p), matrix("C", q, n), matrix("D", q, p)
E, F, G, H = matrix("E", n, m), matrix("F", p, m), matrix("G", n, q), matrix("H", p, q)
S, R, W = matrix("S", n, n), matrix("R", p, p), matrix("W", n + p, n + p)
x, X, w, y = column("x", n), matrix("X", N, p), column("w", p + 1), column("y", N)
f = function("f")
whole = block([[A, B], [C, D]])


def simplest(x):
    return simplify(x, SIMPLEST, Recorder(), "", {})


SIMPLIFIED = (
    (whole.T, block([[A.T, C.T], [B.T, D.T]])),
    (hstack(A, B) @ vstack(E, F), A @ E + B @ F),
    (
        whole @ block([[E, G], [F, H]]),
        block([[A @ E + B @ F, A @ G + B @ H], [C @ E + D @ F, C @ G + D @ H]]),
    ),
    (whole @ block_diag(S, R), block([[A @ S, B @ R], [C @ S, D @ R]])),
    (whole @ vstack(x, zeros(p)), vstack(A @ x, C @ x)),
    (E @ hstack(A, B), hstack(E @ A, E @ B)),
    ((E @ A) @ hstack(S, G), E @ A @ hstack(S, G)),
    (whole[:m, :n], A),
    (whole[m:, n:], D),
    (whole[:, :n] @ E @ A, vstack(A, C) @ E @ A),
    (hstack(A, B, A)[:, n : n + p + n], hstack(B, A)),
    (hstack(A, B)[:, 1:n], A[:, 1:]),
    (vstack(A, C)[m + 1 :, :], C[1:, :]),
    ((2 * hstack(A, B) * hstack(A, B) + ones(m, n + p))[:, :n], 2 * A**2 + ones(m, n)),
    (hstack(A, B) - 2 * hstack(A, B), -hstack(A, B)),
    (hstack(A, B) * hstack(2 * A, tanh(B)), hstack(2 * A**2, B * tanh(B))),
    (f(whole), block([[f(A), f(B)], [f(C), f(D)]])),
    (hstack(A, B) @ ones(n + p), A @ ones(n) + B @ ones(p)),
    (ones(1, m + q) @ vstack(A, C), ones(1, m) @ A + ones(1, q) @ C),
    (inv(block_diag(S, R)), block_diag(inv(S), inv(R))),
    (vstack(W[:n, :], W[n:, :]), W),
    (hstack(hstack(A, B)[:, :n], B), hstack(A, B)),
    (segment(n + p, 0, n) @ E + segment(n + p, n, p) @ F, vstack(E, F)),
    (segment(n + p, 0, n) @ segment(n + p, 0, n).T @ W, segment(n + p, 0, n) @ W[:n, :]),
)


@pytest.mark.parametrize("given, expected", SIMPLIFIED, ids=[str(g)[:40] for g, _ in SIMPLIFIED])
def test_simplest_forms(given, expected):
    assert simplest(given) == expected
    sample = sample_for(given, expected, seed=3)
    values = [entries(sample.base.value(side)) for side in (given, expected)]
    assert relative_error(*values) < 1e-12


LOSSES = (
    (matcalc.sum((hstack(ones(N), X) @ w - y) ** 2), (w, X)),
    (trace(whole @ W @ whole.T), (A, D, W)),
    (matcalc.sum(tanh(whole) * relu(2 * whole)), (A, B, C)),
    (logdet(block_diag(S @ S.T, R @ R.T) + W @ W.T), (S, R, W)),
    (det(block_diag(S, R)) * trace(inv(block_diag(S, R))), (S, R)),
    (inner(vstack(A, C) @ E, vstack(hstack(A, B) @ W[:, :m], C @ E)), (A, C, E, W)),
    (matcalc.sum(vstack(row("r", n), A, row("r", n)) ** 3), (row("r", n), A)),
    (matcalc.sum(let("Z", hstack(A, B) @ W)[:, n:] ** 2 * B), (A, B, W)),
    (matcalc.sum(hstack(A, ones(m, 1), 2 * B) @ matrix("V", n + p + 1, 2)), (A, B)),
    (matcalc.sum(f(hstack(A @ S, B)) ** 2), (A, S)),
)
of_every_loss = pytest.mark.parametrize("loss, parameters", LOSSES, ids=lambda x: str(x)[:40])


@of_every_loss
def test_gradients(loss, parameters):
    derivation = gradient(loss, parameters)
    for parameter in parameters:
        assert_gradient(loss, parameter, derivation[parameter], seed=len(str(loss)))
    assert derivation.replay() > 0


@of_every_loss
def test_generated_code(loss, parameters):
    derivation = gradient(loss, parameters)
    check(derivation, tolerance=1e-10).require()
    assert "np.eye" not in compile_numpy(derivation).source


def test_single_precision_stays():
    derivation = gradient(LOSSES[0][0], (w, X))
    check(derivation, dtype="float32").require()


@of_every_loss
def test_printed_forms_rebuild(loss, parameters):
    for x in (loss, *gradient(loss, parameters).gradients.values()):
        assert eval(text(x), vars(matcalc) | names_in(x)) == x


def test_published_forms():
    ridge = gradient(matcalc.sum((hstack(ones(N), X) @ w - y) ** 2) / 2, [w, X])
    residual = hstack(ones(N), X) @ w - y
    assert ridge[w] == vstack(ones(1, N), X.T) @ residual
    assert ridge[X] == residual @ w.T[:, 1:]
    assert gradient(matcalc.sum(f(whole)), D)[D] == gradient(matcalc.sum(f(D)), D)[D]
    assert gradient(logdet(block_diag(S, R)), [S, R])[R] == inv(R).T


def test_jacobians():
    assert jacobian(vstack(A @ x, tanh(C @ x)), x)[x].operands[0] is A
    for f_of, parameter in (
        (hstack(A @ S, B), S),
        (vstack(A @ S, C), A),
        (whole @ W[:, :1], C),
        (block([[A, B], [C, D]]).T, D),
        (block_diag(S, R @ R), R),
    ):
        assert_jacobian(f_of, parameter, jacobian(f_of, parameter)[parameter])


def test_hessians():
    loss = matcalc.sum((hstack(ones(N), X) @ w) ** 3)
    for first, second in ((w, w), (w, X), (X, X)):
        slope = gradient(loss, first)[first]
        assert_jacobian(slope, second, hessian(loss, first, second)[second])


def test_printed():
    assert text(whole) == "block([[A, B], [C, D]])"
    assert latex(whole) == r"\begin{bmatrix} A & B \\ C & D \end{bmatrix}"
    assert latex(hstack(A, B).T) == r"{\begin{bmatrix} A & B \end{bmatrix}}^{\top}"
    assert latex(vstack(A, C)) == r"\begin{bmatrix} A \\ C \end{bmatrix}"
    uneven = vstack(hstack(A, B), W[:1, :])
    assert text(uneven) == "vstack(hstack(A, B), W[0, :])"
    assert latex(uneven).count("bmatrix") == 4
    assert text(whole, {hstack(A, B): "top"}) == "vstack(top, hstack(C, D))"


def test_book_keeping():
    assert hstack(A) is A
    assert hstack(hstack(A, B), A) is hstack(A, B, A)
    assert hstack(vstack(A, C), vstack(B, D)) is whole
    assert isinstance(hstack(vstack(A, C), vstack(matrix("K", q, p), matrix("L", m, p))), HStack)
    assert hstack(zeros(m, n), zeros(m, p)) is zeros(m, n + p)
    assert vstack(ones(m, n), ones(2, n)) is ones(m + 2, n)
    assert grid(block_diag(S, R, S))[1] == [zeros(p, n), R, zeros(p, n)]
    assert grid(vstack(hstack(A, B), zeros(q, n + p))) == [[A, B], [zeros(q, n), zeros(q, p)]]
    assert block([[A], [C]]) is vstack(A, C) and isinstance(vstack(A, C), VStack)
    assert whole.shape == (m + q, n + p)


def test_generated_code_puts_blocks_together_at_once():
    source = compile_numpy(gradient(matcalc.sum((whole @ W) ** 2), A)).source
    assert "np.block([[A, B], [C, D]])" in source and "np.vstack" not in source


def test_definite_blocks_only():
    """The determinant of the whole may be positive where those of the blocks are not."""
    P, Q = (matrix(name, n, n, "positive definite") for name in "PQ")
    assert simplest(logdet(block_diag(P, Q))) == logdet(P) + logdet(Q)
    assert simplest(logdet(block_diag(S, R))) == logdet(block_diag(S, R))


@pytest.mark.parametrize(
    "attempt, error, message",
    [
        (lambda: hstack(A, C), ShapeError, r"cannot put A .* beside C .* rows m and q differ"),
        (lambda: vstack(A, B), ShapeError, r"cannot put A .* above B .* columns n and p differ"),
        (lambda: block([[A, B], [C]]), ShapeError, "columns n \\+ p and n differ"),
        (lambda: hstack(), UnsupportedInput, "at least one"),
        (lambda: block([]), UnsupportedInput, "at least one"),
        (lambda: block(A), UnsupportedInput, "rows of blocks"),
        (lambda: block([A, B]), UnsupportedInput, "rows of blocks"),
        (lambda: hstack(A, 1), UnsupportedInput, "matrix expression"),
        (lambda: vstack(A, np.ones((2, 2))), UnsupportedInput, "matrix expression"),
        (lambda: block_diag(A, "B"), UnsupportedInput, "matrix expression"),
    ],
)
def test_refusals(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


def test_inverse_of_what_is_not_block_diagonal_stays():
    other = block([[S, zeros(n, p)], [zeros(p, n) + matrix("L", p, n), R]])
    assert simplest(inv(other)) == inv(other)
    assert simplest(inv(block([[S, S], [identity(n), zeros(n, n)]]))).operands
