"""Duplication, elimination, Toeplitz bases, triangular masks and the Khatri-Rao product."""

import numpy as np
import pytest

import matcalc
from matcalc import (
    column,
    commutation,
    dims,
    duplication,
    elimination,
    gradient,
    hessian,
    identity,
    inner,
    inv,
    jacobian,
    khatri_rao,
    kron,
    logdet,
    lower_mask,
    matrix,
    names_in,
    ones,
    outer,
    row,
    skew_duplication,
    symmetrizer,
    tanh,
    toeplitz,
    toeplitz_basis,
    trace,
    tril,
    triu,
    unvec,
    unvech,
    vec,
    vech,
    zeros,
)
from matcalc.check import check
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.laws.simplest import SIMPLEST
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy
from matcalc.lower.expressions import over_one_line
from matcalc.rewrite import Recorder, simplify
from matcalc.show import latex, text
from tests.numeric import assert_gradient, assert_jacobian, entries, relative_error, sample_for

n, m, p, q, k = dims("n m p q k")
half, less = n * (n + 1) / 2, n * (n - 1) / 2
A, B, S = matrix("A", n, n), matrix("B", n, n), matrix("S", n, n, "symmetric")
v, w, t, x = column("v", half), column("w", less), column("t", 2 * n - 1), column("x", n)
V, W, T = matrix("V", half, k), matrix("W", less, k), matrix("T", 2 * n - 1, k)
Q, L, U = matrix("Q", k, n * n), matrix("L", k, half), column("u", n)
P, R, C, D = matrix("P", m, n), matrix("R", p, n), matrix("C", m, q), matrix("D", p, q)
G, c, M = matrix("G", m * p, n), column("c", m), matrix("M", m * p, q)
skew = unvec(skew_duplication(n) @ w, n, n)


def simplest(x):
    return simplify(x, SIMPLEST, Recorder(), "", {})


def numbers(expr, sizes, seed=0, **given):
    """Value by loops, and the data by name."""
    rng = np.random.default_rng(seed)
    data = {name: rng.normal(size=shape) for name, shape in given.items()}
    return np.array(evaluate(expr, data, sizes), dtype=float), data


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_conventions(size):
    """vech goes down the columns of the lower triangle; t runs from the top right corner on."""
    places = [(i, j) for j in range(size) for i in range(j, size)]
    found, data = numbers(vech(A), {"n": size}, A=(size, size))
    assert [z for (z,) in found] == [data["A"][i, j] for i, j in places]
    found, data = numbers(unvech(v, n), {"n": size}, v=(len(places), 1))
    for k, (i, j) in enumerate(places):
        assert found[i, j] == found[j, i] == data["v"][k, 0]
    found, data = numbers(toeplitz(t, n), {"n": size}, t=(2 * size - 1, 1))
    assert found[0, size - 1] == data["t"][0, 0] and found[size - 1, 0] == data["t"][-1, 0]
    assert all(found[i, j] == data["t"][size - 1 + i - j, 0] for i, j in np.ndindex(size, size))
    found, data = numbers(symmetrizer(n) @ vec(A), {"n": size}, A=(size, size))
    np.testing.assert_allclose(found.reshape(size, size), (data["A"] + data["A"].T) / 2, rtol=1e-14)
    if size > 1:
        found, data = numbers(skew, {"n": size}, w=(size * (size - 1) // 2, 1))
        assert [found[i, j] for i, j in places if i > j] == [z for (z,) in data["w"]]
        np.testing.assert_array_equal(found, -found.T)


SIMPLIFIED = (
    (vech(unvech(v, n)), v),
    (unvech(vech(S), n), S),
    (unvech(v, n).T, unvech(v, n)),
    (skew.T, -skew),
    (duplication(n).T @ vec(A.T), duplication(n).T @ vec(A)),
    (skew_duplication(n).T @ vec(A.T), -skew_duplication(n).T @ vec(A)),
    (symmetrizer(n) @ symmetrizer(n), symmetrizer(n)),
    (symmetrizer(n) @ duplication(n), duplication(n)),
    (commutation(n, n) @ symmetrizer(n), symmetrizer(n)),
    (2 * symmetrizer(n) @ vec(A), vec(A + A.T)),
    (unvech(ones(half), n), ones(n, n)),
    (toeplitz(ones(2 * n - 1), n), ones(n, n)),
    (tril(tril(A)), tril(A)),
    (tril(triu(A)), identity(n) * A),
    (tril(matcalc.diag(x)), matcalc.diag(x)),
    (tril(tril(A) + tril(B)), tril(A) + tril(B)),
    (matcalc.diagonal(tril(A)), matcalc.diagonal(A)),
    (khatri_rao(P, R).T @ khatri_rao(C, D), (P.T @ C) * (R.T @ D)),
    (kron(P.T, R.T) @ khatri_rao(C, D), khatri_rao(P.T @ C, R.T @ D)),
)


@pytest.mark.parametrize("given, expected", SIMPLIFIED, ids=[str(g)[:50] for g, _ in SIMPLIFIED])
def test_simplest_forms(given, expected):
    expected = simplest(expected)
    assert simplest(given) == expected
    sample = sample_for(given, expected, seed=3)
    values = [entries(sample.base.value(side)) for side in (given, expected)]
    assert relative_error(*values) < 1e-12


LOSSES = (
    (logdet(unvech(v, n) @ unvech(v, n) + A @ A.T), (v, A)),
    (inner(vech(A @ B), V @ column("z", k)) ** 2, (A, B, V)),
    (matcalc.sum((skew @ A) ** 3), (w, A)),
    (matcalc.sum(tanh(toeplitz(t, n) @ A)), (t, A)),
    (matcalc.sum(tril(A) @ triu(B) * tanh(A)), (A, B)),
    (trace(tril(A) @ tril(A).T @ inv(B)), (A, B)),
    (matcalc.sum((duplication(n) @ V) ** 3) + matcalc.sum((L @ duplication(n).T) ** 3), (V, L)),
    (matcalc.sum(matcalc.exp(skew_duplication(n) @ W) @ W.T) ** 2, (W,)),
    (matcalc.sum((toeplitz_basis(n) @ T) ** 3) + matcalc.sum((Q @ toeplitz_basis(n)) ** 3), (T, Q)),
    (matcalc.sum((Q @ elimination(n).T) ** 3) + matcalc.sum((L @ elimination(n)) ** 3), (Q, L)),
    (matcalc.sum((M - khatri_rao(P, R) @ matrix("E", n, q)) ** 2) / 2, (P, R)),
    (inner(khatri_rao(P, R) * G, khatri_rao(P, tanh(R))), (P, R, G)),
    (matcalc.sum(khatri_rao(P, row("r", n)) ** 2) * trace(outer(x, U)), (P, row("r", n), x)),
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
    check(derivation, seed=1, dtype="float32").require()
    source = compile_numpy(derivation).source
    assert "np.eye" not in source and "np.kron(np" not in source


@of_every_loss
def test_printed_forms_rebuild(loss, parameters):
    for x in (loss, *gradient(loss, parameters).gradients.values()):
        assert eval(text(x), vars(matcalc) | names_in(x)) == x


JACOBIANS = (
    (vech(B @ unvech(v, n) @ B.T), v),
    (vech(A @ A), A),
    (skew @ A, w),
    (toeplitz(t, n) @ A, t),
    (tril(A @ B), A),
    (khatri_rao(P, R), P),
    (khatri_rao(P, tanh(R)), R),
    (outer(x, x), x),
)


@pytest.mark.parametrize("f, parameter", JACOBIANS, ids=lambda x: str(x)[:40])
def test_jacobians(f, parameter):
    assert_jacobian(f, parameter, jacobian(f, parameter)[parameter])


def test_published_forms():
    """Magnus & Neudecker, ch. 9; Kolda & Bader 2009, sec. 3.4."""
    D_n, L_n = duplication(n), elimination(n)
    assert jacobian(vech(B @ unvech(v, n) @ B.T), v)[v] == L_n @ kron(B, B) @ D_n
    assert jacobian(vech(A), A)[A] == L_n
    assert gradient(logdet(unvech(v, n)), v)[v] == D_n.T @ vec(inv(unvech(v, n)))
    assert gradient(inner(B, toeplitz(t, n)), t)[t] == toeplitz_basis(n).T @ vec(B)
    assert gradient(matcalc.sum(tril(A) ** 2), A)[A] == 2 * tril(A)
    assert jacobian(khatri_rao(P, R), R)[R] == kron(khatri_rao(identity(n), P), identity(p))
    by_p = gradient(inner(G, khatri_rao(P, R)), P)[P]
    assert by_p == kron(identity(m), ones(1, p)) @ (G * kron(ones(m), R))


def test_hessians():
    for loss, parameter in ((logdet(unvech(v, n)), v), (matcalc.sum(khatri_rao(P, R) ** 3), P)):
        slope = gradient(loss, parameter)[parameter]
        found = hessian(loss, parameter)[parameter]
        assert_jacobian(slope, parameter, found, sizes=dict(zip((n, m, p), (3, 4, 2), strict=True)))


def test_printed():
    assert latex(vech(A)) == r"L_{n} \, \mathrm{vec}(A)"
    assert text(khatri_rao(P, R + R)) == "2 * khatri_rao(P, R)"
    assert latex(khatri_rao(P, R) @ x) == r"\left(P \ast R\right) x"
    assert text(outer(x, U)) == "x @ u.T"
    assert text(tril(A)) == "lower_mask(n) * A" and text(triu(A)) == "A * lower_mask(n).T"


def test_facts():
    assert "symmetric" in facts_of(unvech(v, n)) and "skew" in facts_of(skew)
    assert "Toeplitz" in facts_of(toeplitz(t, n))
    assert "lower triangular" in facts_of(tril(A)) and "upper triangular" in facts_of(triu(A))
    assert facts_of(unvec(duplication(n) @ v, 1, n * n)) == frozenset()
    assert "full column rank" in facts_of(duplication(n))


def test_sizes_stay_whole_in_generated_code():
    code = compile_numpy(gradient(matcalc.sum((half * v + ones(half)) ** 2), v))
    assert code.source.count("(n**2 + n) // 2") > 3 and "n**2 / 2" not in code.source
    size = 3 * np.ones((6, 1), dtype=np.float32)
    assert code(v=size, n=3)["v"].dtype == np.float32
    assert over_one_line(n / 2 + 1) == (n / 2 + 1, 1)
    assert over_one_line(n * m / 2 + n**2 / 2)[1] == 1
    assert over_one_line((n**3 - n) / 6 + m) == (n**3 - n + 6 * m, 6)


def test_structures_are_not_formed():
    derivation = gradient(inner(A, unvech(v, n)) ** 2 + matcalc.sum(toeplitz(t, n) @ A), [v, t, A])
    source = compile_numpy(derivation).source
    for helper in ("_duplicate", "_fold", "_spread_diagonals", "_sum_diagonals"):
        assert source.count(f"def {helper}(") == 1
    assert "_eliminate" not in source


@pytest.mark.parametrize(
    "attempt, message",
    [
        (lambda: skew_duplication(1), "at least 1, got 0"),
        (lambda: vech(P), "inner sizes"),
        (lambda: unvech(x, n), "inner sizes"),
        (lambda: toeplitz(x, n), "inner sizes"),
        (lambda: tril(P), "multiply elementwise"),
        (lambda: khatri_rao(P, C), "columns n and q differ"),
        (lambda: outer(P, x), "outer takes two columns"),
        (lambda: duplication(0), "at least 1"),
    ],
)
def test_shapes_refused(attempt, message):
    with pytest.raises(ShapeError, match=message):
        attempt()


@pytest.mark.parametrize("function", [vech, tril, triu, lambda a: khatri_rao(a, P)])
def test_kinds_refused(function):
    for wrong in (1, "A", None, np.eye(2)):
        with pytest.raises(UnsupportedInput):
            function(wrong)


def test_book_keeping():
    assert khatri_rao(column("a", m), c) is kron(column("a", m), c)
    r = row("r", n)
    assert khatri_rao(P, r) is P * (ones(m) @ r)
    assert khatri_rao(P, zeros(p, n)) is zeros(m * p, n)
    assert khatri_rao(2 * P, 3 * R) is 6 * khatri_rao(P, R)
    assert tril(ones(n, n)) is lower_mask(n)
    assert symmetrizer(n).shape == (n**2, n**2)
