"""Entries, rows and columns of a matrix: derivatives, printed forms, generated code, refusals."""

import pickle
import random

import numpy as np
import pytest
import sympy

import matcalc
from matcalc import (
    column,
    dims,
    elementwise,
    exp,
    function,
    gradient,
    hessian,
    hstack,
    identity,
    index,
    inner,
    inv,
    jacobian,
    kron,
    let,
    matrix,
    names_in,
    ones,
    relu,
    row,
    segment,
    tanh,
    trace,
    unit,
    vec,
    vstack,
    zeros,
)
from matcalc.check import check
from matcalc.errors import NameRefused, NotDifferentiable, ShapeError, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.indexing import fitted, index_values, spans_in
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy, numpy_source
from matcalc.operators.selection import Entry
from matcalc.pointwise import Undefined
from matcalc.sampling import Sampler
from matcalc.show import latex, text
from tests.numeric import assert_gradient, assert_jacobian

m, n, p, k = dims("m n p k")
i, j, r, s = (index(name) for name in "ijrs")
X, A, B, S = matrix("X", m, n), matrix("A", n, p), matrix("B", m, m), matrix("S", n, n)
v, a, f = column("v", n), matcalc.scalar("a"), function("f")
P, T = matrix("P", m, n - 2), matrix("T", 3, n)

LOSSES = (
    ((X @ A)[i, j] ** 2, (X, A)),
    (X[0, 0] * X[-1, -1] + X[m - 1, 0] ** 3, (X,)),
    ((X.T @ B @ X)[i, j] * a, (X, B, a)),
    (sympy.exp(inv(S)[i, j]) * S[j, i], (S,)),
    (matcalc.sum(tanh(X[:, :k])) + matcalc.sum(X[:, k:] ** 3), (X,)),
    (matcalc.sum(X[1:, :] ** 3 * X[:-1, :]), (X,)),
    (matcalc.sum(exp(X[i : i + 2, :]) @ A[:, j]) ** 2, (X, A)),
    (trace(X[:, : n - 2].T @ P) * S[i, i] + matcalc.sum(S[:, i] * S[j, :].T), (X, P, S)),
    (inner(T[1, :].T, v) ** 2 + inner(T[:2, :], T[1:, :]), (T, v)),
    (kron(X[:, j], v)[i, 0] ** 2 + vec(S)[i, 0] ** 3, (X, v, S)),
    (matcalc.sum(hstack(X[:, 1:3], X[:, :k]) ** 3), (X,)),
    (f(X @ A)[i, j] + (relu(X) * X)[i, j] + tanh(X @ A)[r, j], (X, A)),
    (inner(let("Z", X @ A)[:, j], B[:, i]) + let("Z", X @ A)[i, j] ** 2, (X, A, B)),
    ((X[:, i] @ v[:, 0].T @ A)[r, s] ** 2 + (unit(m, i) @ unit(n, j).T * X)[i, j] ** 2, (X, v, A)),
)
of_every_loss = pytest.mark.parametrize("loss, parameters", LOSSES, ids=lambda x: str(x)[:40])


@pytest.mark.parametrize(
    ("picked", "shown"),
    [
        (X[:, 0], "X[:, 0]"),
        (X[1, :], "X[1, :]"),
        (X[:, 1:3] @ T[:, 1:3].T, "X[:, 1:3] @ T[:, 1:3].T"),
        (B @ X[:, j], "B @ X[:, j]"),
        (X[0:2, :] @ A, "X[:2, :] @ A"),
    ],
)
def test_rows_and_columns_are_shown_in_brackets(picked, shown):
    assert text(picked) == shown


@of_every_loss
def test_gradients(loss, parameters):
    derivation = gradient(loss, parameters)
    for parameter in (x for x in parameters if x is not a):
        for seed in range(3):
            assert_gradient(loss, parameter, derivation[parameter], seed=seed)
    assert derivation.replay() > 0


@of_every_loss
def test_generated_code(loss, parameters):
    derivation = gradient(loss, parameters)
    check(derivation).require()
    check(derivation, seed=1, dtype="float32").require()


@of_every_loss
def test_printed_forms_rebuild(loss, parameters):
    for x in (loss, *gradient(loss, parameters).gradients.values()):
        assert eval(text(x), vars(matcalc) | names_in(x)) == x
        assert pickle.loads(pickle.dumps(x)) == x


JACOBIANS = (
    (X[:, j] @ X[i, :], X),
    (X[1:3, :k], X),
    (X @ A[:, j] @ v.T @ S[:, :k], A),
    (tanh(S[i, :]) * S[:, j].T, S),
    (inv(S)[:, j], S),
    ((X @ A)[i, j], X),
    (A[: n - 1, :] - A[1:, :], A),
)


@pytest.mark.parametrize("f, parameter", JACOBIANS, ids=lambda x: str(x)[:40])
def test_jacobians(f, parameter):
    assert_jacobian(f, parameter, jacobian(f, parameter)[parameter])


@pytest.mark.parametrize(
    "loss, parameter",
    [
        ((X.T @ B @ X)[i, j], X),
        (S[i, j] ** 3 * S[0, 1], S),
        (matcalc.sum(X[:, j] ** 3) * X[i, 0], X),
        (inv(S)[i, j], S),
    ],
    ids=str,
)
def test_hessians(loss, parameter):
    slope = gradient(loss, parameter)[parameter]
    assert_jacobian(slope, parameter, hessian(loss, parameter)[parameter])


def test_entries_of_the_cookbook():
    """Petersen & Pedersen, chapter 2, in the form with unit vectors."""
    w, y, Y = column("w", m), column("y", n), matrix("Y", m, p)
    expected = {
        inner(w, X @ y): w @ y.T,  # (70)
        X[i, j]: unit(m, i) @ unit(n, j).T,  # (73)
        (X @ A)[i, j]: unit(m, i) @ A.T[j, :],  # (74)
        (X.T @ Y)[i, j]: Y[:, j] @ unit(n, i).T,  # (75)
        (X.T @ B @ X)[i, j]: B @ X[:, j] @ unit(n, i).T + B.T @ X[:, i] @ unit(n, j).T,  # (79)
    }
    for loss, formula in expected.items():
        assert gradient(loss, X)[X] == formula
    # (80): ∂(XᵀBX)/∂X_ij = XᵀB J^ij + J^ji B X, a column of the Jacobian
    J = jacobian(X.T @ B @ X, X)[X]
    unit_matrix = unit(m, i) @ unit(n, j).T
    moved = X.T @ B @ unit_matrix + unit_matrix.T @ B @ X
    sizes, data = {"m": 3, "n": 4}, np.random.default_rng(2).normal
    values = {"X": data(size=(3, 4)), "B": data(size=(3, 3)), "i": 2, "j": 1}
    column_of = evaluate(J @ vec(unit_matrix), values, sizes)
    np.testing.assert_allclose(column_of, evaluate(vec(moved), values, sizes), rtol=1e-12)
    assert np.abs(column_of).max() > 0.1


PRINTED = (
    (X[i, j], "X[i, j]", "{X}_{i,j}"),
    (X.T[i, j], "X[j, i]", "{X}_{j,i}"),
    ((X @ A)[i, j] ** 2, "(X @ A)[i, j]**2", r"{\left(X A\right)}_{i,j}^{2}"),
    (X[i, :], "X[i, :]", r"{e_{i}}^{\top} X"),
    (X[:, j], "X[:, j]", "X e_{j}"),
    (X[i : i + 1, j], "X[i:i + 1, j]", r"{e_{i}}^{\top} X e_{j}"),
    (X[1:3, :k], "X[1:3, :k]", r"{I_{m}[:,1{:}3]}^{\top} X I_{n}[:,{:}k]"),
    (X[-1, :], "X[m - 1, :]", r"{e_{m - 1}}^{\top} X"),
    (X[:, j].T @ X[:, 2:], "X[:, j].T @ X[:, 2:]", None),
    (X[:, :2] ** 2 @ A[:2, :], "X[:, :2]**2 @ A[:2, :]", None),
    ((X + 2 * X * X)[0, :], "(X + 2 * X**2)[0, :]", None),
    (unit(m, i) @ unit(n, j).T, "unit(m, i) @ unit(n, j).T", r"e_{i} {e_{j}}^{\top}"),
    (segment(n, i, k), "segment(n, i, k)", "I_{n}[:,i{:}i + k]"),
)


@pytest.mark.parametrize("x, plain, typeset", PRINTED, ids=[plain for _, plain, _ in PRINTED])
def test_printed(x, plain, typeset):
    assert text(x) == plain
    assert typeset is None or latex(x) == typeset


def test_book_keeping():
    assert X[:, :] is X
    assert segment(n, 0, n) is identity(n)
    assert (3 * X)[i, j] == 3 * X[i, j]
    assert (ones(m, n)[i, j], zeros(m, n)[i, j]) == (1, 0)
    assert [identity(n)[i, j] for j in (i, i + 1)] == [1, 0]
    assert isinstance(identity(n)[i, j], Entry)
    assert X[np.int64(2), 0] == X[2, 0]
    assert facts_of(segment(n, i, k)) == {"full column rank"}


def test_rows_meet_columns():
    """Products of segments are worked out where their bounds can be compared, and only there."""
    C = matrix("C", 1, 1)

    def product(left, right):
        return gradient(trace(left.T @ right @ C), C)[C].T

    assert product(unit(n, i), unit(n, i)) == ones(1, 1)
    assert product(unit(n, i), unit(n, i + k)) == zeros(1, 1)
    assert product(unit(n, i), unit(n, j)) == unit(n, i).T @ unit(n, j)
    assert gradient(matcalc.sum(vstack(S[:k, :], S[k:, :]) ** 2), S)[S] == 2 * S


REFUSED = (
    (lambda: X[0], UnsupportedInput, "two indices"),
    (lambda: X[0, 0, 0], UnsupportedInput, "two indices"),
    (lambda: list(X), UnsupportedInput, "no rows to run through"),
    (lambda: X[::2, :], UnsupportedInput, "steps"),
    (lambda: X[1.5, 0], UnsupportedInput, "an index is an int"),
    (lambda: X["i", 0], UnsupportedInput, "an index is an int"),
    (lambda: X[True, 0], UnsupportedInput, "an index is an int"),
    (lambda: X[[1, 2], 0], UnsupportedInput, "an index is an int"),
    (lambda: X[..., 0], UnsupportedInput, "an index is an int"),
    (lambda: X[a, 0], UnsupportedInput, "a is no index"),
    (lambda: X[sympy.Rational(1, 2), 0], UnsupportedInput, "no index"),
    (lambda: X[1 / n, 0], UnsupportedInput, "no index"),
    (lambda: X[-i - 1, 0], ShapeError, "indices count from 0"),
    (lambda: X[m, 0], ShapeError, r"X \(m × n\): m is not within 0:m"),
    (lambda: T[3, 0], ShapeError, "3 is not within 0:3"),
    (lambda: T[-4, 0], ShapeError, "is not within 0:3"),
    (lambda: T[1:9, :], ShapeError, "1:9 is not within 0:3"),
    (lambda: T[2:2, :], ShapeError, "2:2"),
    (lambda: T[2:1, :], ShapeError, "2:1"),
    (lambda: X[i:j, :], ShapeError, "must be a size"),
    (lambda: X[i:, :], ShapeError, "must be a size"),
    (lambda: unit(3, 3), ShapeError, "3 is not within 0:3"),
    (lambda: segment(n, 1, n), ShapeError, "is not within 0:n"),
    (lambda: segment(n, 0, i), ShapeError, "positive integer symbol"),
    (lambda: index("a b"), NameRefused, "no usable name"),
    (lambda: index("__i"), NameRefused, "no usable name"),
    (lambda: gradient(X[i, j], i), UnsupportedInput, "cannot differentiate by i"),
    (lambda: gradient(X[index("m"), 0], X), NameRefused, "'m' stands for two things"),
    (lambda: gradient(elementwise(sympy.zeta, X)[i, j], X), NotDifferentiable, "zeta"),
)


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refusals(case):
    attempt, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        attempt()


@pytest.mark.parametrize(
    "expr, values",
    [
        (X[i, j], {"i": 2, "j": 0}),
        (X[i, j], {"i": 0, "j": 3}),
        (unit(m, i), {"i": 2}),
        (X[:, i + 1], {"i": 2}),
        (X[:k, :], {}),
        (X[:, j] - X[:, j - 1], {"j": 0}),
    ],
    ids=str,
)
def test_loops_refuse_what_is_out_of_range(expr, values):
    data = {"X": [[1.0, 2, 3], [4, 5, 6]]}
    with pytest.raises(ShapeError, match="is not within 0:"):
        evaluate(expr, data | values, {"k": 3, "m": 2})


def test_generated_code_refuses_what_is_out_of_range():
    run = compile_numpy(gradient(X[i, j] ** 2 + matcalc.sum(X[:k, :] ** 2), X))
    x = np.arange(6.0).reshape(2, 3)
    assert run(X=x, i=1, j=2, k=1)["loss"] == 30
    for wrong in ({"i": 2}, {"j": 3}, {"i": -1}, {"k": 3}, {"i": True}, {"i": 1.0}, {"i": "0"}):
        with pytest.raises(ValueError, match="expected"):
            run(**({"X": x, "i": 0, "j": 0, "k": 1} | wrong))


def test_generated_code_picks_and_forms_nothing():
    """No unit vector, no product with one, no entry of a product that is computed whole."""
    derivation = gradient(
        (X @ A)[i, j] ** 2 + matcalc.sum(X[1:, :k] ** 2) + inner(X[:, j], B[:, i]), (X, A, B)
    )
    source = compile_numpy(derivation).source
    code = source[source.index('"""', source.index("def ") + 200) :]
    assert "np.eye" not in code and "X @ A" not in code
    assert "np.pad" in code and "i : i + 1" in code


def test_results_are_no_views():
    C = matrix("C", m - 1, 2)
    run = compile_numpy(gradient(inner(X[1:, :2], C), (X, C)))
    x, c = np.arange(12.0).reshape(4, 3), np.ones((3, 2))
    result = run(X=x, C=c)["C"]
    result[:] = 7
    assert x[1, 0] == 3


def test_indices_are_drawn_in_range():
    spans = spans_in([X[i, j], X[i + 1, j], X[:, r : r + 2]])
    draw = random.Random(0)
    seen = [index_values([i, j, r], spans, {m: 3, n: 4}, draw) for _ in range(60)]
    assert {x[i] for x in seen} == {0, 1} and {x[j] for x in seen} == {0, 1, 2, 3}
    assert {x[r] for x in seen} == {0, 1, 2}
    assert sum(len(set(x.values())) == 3 for x in seen) > 30
    with pytest.raises(Undefined, match="no indices are in range"):
        index_values([i, j, r], spans, {m: 1, n: 4}, draw)


def test_sizes_are_ordered_so_that_all_is_in_range():
    assert fitted({k: 5, n: 3}, (), [], spans_in([S[:k, :]])) == {k: 3, n: 5}
    assert fitted({k: 5, n: 3}, (k,), [], spans_in([S[:k, :]])) == {k: 5, n: 3}
    report = check(gradient(matcalc.sum(S[:k, :] ** 2) + matcalc.sum(A[:, :n] ** 2), [S, A]))
    assert len({tuple(row.sizes.values()) for row in report.rows}) > 2
    assert all(row.sizes["k"] <= row.sizes["n"] <= row.sizes["p"] for row in report.rows)


def test_sampler_keeps_indices_apart_from_scalars():
    sampler = Sampler([a * X[i, j]], 0)
    assert (sampler.indices, sampler.scalars) == ([i, j], [a])
    sample = sampler.draw({m: 1, n: 1})
    assert (sample.scalars[i], sample.scalars[j]) == (0, 0)


def test_rows_of_a_row():
    y = row("y", n)
    assert gradient(y[:, j], y)[y] == unit(n, j).T
    assert (y[0, :], y[0, j]) == (y, Entry(y, sympy.Integer(0), j))


def test_a_part_that_is_there_at_all_sizes_is_not_checked():
    n = sympy.Symbol("n", integer=True, positive=True)
    for rows, checked in ((5, False), (n, True)):
        M = matrix("M", rows, 4)
        source = numpy_source(gradient(matcalc.sum(exp(M[1:3, :])), M))
        assert ("_check_range(" in source) is checked
