"""Derivatives by structured parameters: within the structure, and by the free parameters."""

import builtins
import random

import pytest

from matcalc import (
    column,
    dims,
    gradient,
    hessian,
    inv,
    jacobian,
    logdet,
    matrix,
    row,
    sum,
    tanh,
    trace,
    vec,
)
from matcalc.check import check
from matcalc.drawing import direction, project
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.laws.structure import STRUCTURES
from matcalc.loops import Loops
from matcalc.operators.determinant import expansion
from matcalc.operators.leaves import FACTS
from matcalc.operators.scalars import Inner, d
from matcalc.structured import free_parameters, structure_of
from tests.numeric import entries, relative_error, sample_for

n, m = dims("n m")
LINEAR = [s for s in STRUCTURES if s.basis is not None]
A, B, y = matrix("A", n, n), matrix("B", n, m), column("y", n)


def by_fact(structure):
    return structure.fact


def parameter(structure):
    if structure.fact == "probability":
        return column("X", n, structure.fact)
    return matrix("X", n, n, structure.fact)


def loss_of(x):
    """Sees every entry of X on its own, and X twice."""
    other = B if x.cols == n else y
    return sum(tanh(A @ x) * (A.T @ x @ x.T @ A @ x)) + sum((A @ x @ x.T @ other) ** 2)


def directional(loss, at, x, step):
    """Derivative of the loss along a table, by the complex step."""
    base = at.base.table(x)
    moved = [
        [a + 1e-30j * float(b) for a, b in zip(p, q, strict=True)]
        for p, q in zip(base, step, strict=True)
    ]
    value = Loops(at.sizes, {**at.data, x: moved}, at.scalars, at.functions).value(loss)
    return complex(value).imag / 1e-30


@pytest.mark.parametrize("structure", STRUCTURES, ids=by_fact)
@pytest.mark.parametrize("size", [3, 4, 5])
def test_the_projection_keeps_every_inner_product_with_a_step(structure, size):
    x, rng = parameter(structure), random.Random(size)
    at = sample_for(x, sizes={n: size})
    g = structure.law.lhs.operands[0]
    base = at.base.table(x)
    cotangent = [[rng.gauss(0, 1) for _ in line] for line in base]
    bound = {g: cotangent, structure.law.lhs.operands[1].operands[0]: base}
    after = structure.law.apply(structure.law.lhs)
    for i in range(len(base)):
        for j in range(len(base[0])):
            step = [[float(e) for e in line] for line in direction(x.facts, base, i, j)]
            values = Loops(
                {n: size}, {**bound, after.operands[1] if isinstance(after, Inner) else d(x): step}
            )
            assert values.value(structure.law.lhs) == pytest.approx(values.value(after), abs=1e-12)


@pytest.mark.parametrize("structure", STRUCTURES, ids=by_fact)
def test_gradient_within_the_structure(structure):
    x = parameter(structure)
    loss = loss_of(x)
    derivation = gradient(loss, x)
    at = sample_for(loss, derivation[x])
    base, found = at.base.table(x), at.base.value(derivation[x])
    steps = [direction(x.facts, base, i, j) for i in range(len(base)) for j in range(len(base[0]))]
    expected = [directional(loss, at, x, step) for step in steps]
    assert max(map(abs, expected)) > 1e-3
    assert relative_error(entries(found), expected) < 1e-10
    if structure.basis is not None:
        assert relative_error(entries(project(x.facts, found)), entries(found)) < 1e-12
    assert derivation.replay()
    assert any("within" in note for note in derivation.notes)


@pytest.mark.parametrize("structure", LINEAR, ids=by_fact)
def test_gradient_by_the_free_parameters(structure):
    x = parameter(structure)
    loss = loss_of(x)
    derivation = gradient(loss, x)
    (free,) = free_parameters([x])
    at = sample_for(loss, derivation[x])
    basis = at.base.value(free.basis)
    size = len(at.base.table(x))
    expected = [
        directional(
            loss, at, x, [[basis[i + j * size][k] for j in range(size)] for i in range(size)]
        )
        for k in range(len(basis[0]))
    ]
    found = entries(at.base.value(derivation.by_free(x)))
    assert max(map(abs, expected)) > 1e-3
    assert relative_error(found, expected) < 1e-10
    wrong = entries(at.base.value(derivation[x]))[: len(found)]
    assert relative_error(wrong, expected) > 1e-6 or structure.fact == "diagonal"


@pytest.mark.parametrize("structure", LINEAR, ids=by_fact)
def test_jacobian_within_the_structure_and_by_its_free_parameters(structure):
    x = parameter(structure)
    f = A @ x @ B
    derivation = jacobian(f, x)
    (free,) = free_parameters([x])
    at = sample_for(f, derivation[x], free.basis)
    basis, found = at.base.value(free.basis), at.base.value(derivation.by_free(x))
    size = len(at.base.table(x))
    for k in range(len(basis[0])):
        step = [[basis[i + j * size][k] for j in range(size)] for i in range(size)]
        moved = Loops(at.sizes, {**at.data, x: step}).value(vec(f))
        assert [line[k] for line in found] == pytest.approx(entries(moved), abs=1e-12)
    whole, base = at.base.value(derivation[x]), at.base.table(x)
    for q in range(size):
        for p in range(size):
            step = [[float(e) for e in line] for line in direction(x.facts, base, p, q)]
            moved = Loops(at.sizes, {**at.data, x: step}).value(vec(f))
            assert [line[p + q * size] for line in whole] == pytest.approx(
                entries(moved), abs=1e-12
            )


@pytest.mark.parametrize("structure", STRUCTURES, ids=by_fact)
def test_generated_code_gives_the_gradient_within(structure):
    check(gradient(loss_of(parameter(structure)), parameter(structure))).require()


def test_published_forms():
    S, L, D = (matrix("S", n, n, fact) for fact in ("symmetric", "lower triangular", "diagonal"))
    assert str(gradient(trace(A @ S), S)[S]) == "(A + A.T) / 2"
    assert str(gradient(trace(A @ S), S).by_free(S)) == "duplication(n).T @ vec(A)"
    assert str(gradient(trace(A @ D), D)[D]) == "diag(diagonal(A))"
    assert str(gradient(trace(A @ D), D).by_free(D)) == "diagonal(A)"
    assert str(gradient(trace(A @ L), L)[L]) == "lower_mask(n) * A.T"
    P = matrix("P", n, n, "positive definite")
    assert gradient(logdet(P), P)[P] is inv(P)


def test_symmetric_gradient_is_not_twice_less_the_diagonal():
    """The Cookbook's (138)-(141) is the gradient by vech, written as a matrix."""
    S = matrix("S", n, n, "positive definite")
    derivation = gradient(logdet(S), S)
    at = sample_for(derivation[S])
    inverse, size = at.base.value(inv(S)), len(at.base.table(S))
    cookbook = [
        2 * inverse[i][j] - (i == j) * inverse[i][i] for j in range(size) for i in range(j, size)
    ]
    assert entries(at.base.value(derivation.by_free(S))) == pytest.approx(cookbook, rel=1e-12)
    assert entries(at.base.value(derivation[S])) == pytest.approx(entries(inverse), rel=1e-12)


def test_hessian_by_a_symmetric_parameter():
    S = matrix("S", n, n, "positive definite")
    found = hessian(logdet(S), S)
    at = sample_for(found[S])
    base, table = at.base.table(S), at.base.value(found[S])
    slope = gradient(logdet(S), S)[S]
    size = len(base)
    for q in range(size):
        for p in range(size):
            step = direction(S.facts, base, p, q)
            moved = [
                [a + 1e-30j * float(b) for a, b in zip(u, v, strict=True)]
                for u, v in zip(base, step, strict=True)
            ]
            value = entries(Loops(at.sizes, {**at.data, S: moved}).value(vec(slope)))
            expected = [x.imag / 1e-30 for x in value]
            assert [line[p + q * size] for line in table] == pytest.approx(expected, abs=1e-10)


def test_text_and_latex_name_both():
    S = matrix("S", n, n, "symmetric")
    derivation = gradient(trace(A @ S @ S), S)
    assert "∂R/∂vech(S) = " in derivation.to_text()
    assert "within the symmetric matrices" in derivation.to_text()
    assert r"\partial \mathrm{vech}(S)" in derivation.to_latex()
    U = matrix("U", n, n, "upper triangular")
    assert r"\mathrm{vech}(U^{\top})" in gradient(trace(A @ U), U).to_latex()


def test_facts_are_refused_where_they_make_no_sense():
    with pytest.raises(UnsupportedInput, match="no known fact"):
        matrix("S", n, n, "symetric")
    with pytest.raises(UnsupportedInput, match="declared symmetric, Toeplitz: one structure"):
        matrix("S", n, n, "symmetric", "Toeplitz")
    assert matrix("S", n, n, "diagonal", "positive definite").facts
    with pytest.raises(ShapeError, match="square"):
        matrix("S", n, m, "symmetric")
    with pytest.raises(ShapeError, match="column"):
        row("p", n, "probability")
    with pytest.raises(KeyError, match="no declared structure"):
        gradient(trace(A), A).by_free(A)
    assert structure_of(matrix("P", n, m, "positive")) is None


@pytest.mark.parametrize("fact", FACTS)
def test_sampled_data_have_the_declared_facts(fact):
    shape = {"probability": (n, 1), "full row rank": (m, n)}.get(
        fact, (n, m) if "rank" in fact else (n, n)
    )
    x = matrix("X", *shape, fact)
    at = sample_for(x, sizes={n: 4, m: 3})
    a = at.base.table(x)
    t = [list(line) for line in zip(*a, strict=True)]

    def gram(p, q):
        return [
            [builtins.sum(u * v for u, v in zip(r, c, strict=True)) for c in zip(*q, strict=True)]
            for r in p
        ]

    size = len(a)
    unit = [[float(i == j) for j in range(size)] for i in range(size)]
    checks = {
        "symmetric": lambda: a == t,
        "skew": lambda: a == [[-e for e in line] for line in t],
        "diagonal": lambda: all(
            e == 0 or i == j for i, line in enumerate(a) for j, e in enumerate(line)
        ),
        "lower triangular": lambda: all(
            e == 0 or i >= j for i, line in enumerate(a) for j, e in enumerate(line)
        ),
        "upper triangular": lambda: all(
            e == 0 or i <= j for i, line in enumerate(a) for j, e in enumerate(line)
        ),
        "Toeplitz": lambda: all(
            a[i][j] == pytest.approx(a[i - 1][j - 1])
            for i in range(1, size)
            for j in range(1, size)
        ),
        "orthogonal": lambda: entries(gram(t, a)) == pytest.approx(entries(unit), abs=1e-12),
        "positive": lambda: min(entries(a)) > 0,
        "probability": lambda: min(entries(a)) > 0 and builtins.sum(entries(a)) == pytest.approx(1),
        "positive definite": lambda: a == t and min(leading(a)) > 0,
        "invertible": lambda: abs(leading(a)[-1]) > 1e-6,
        "full column rank": lambda: leading(gram(t, a))[-1] > 1e-6,
        "full row rank": lambda: size <= 4,
    }
    assert checks[fact]()
    assert any(abs(e) > 0.01 for e in entries(a))


def leading(a):
    """Leading principal minors."""
    return [expansion([line[:k] for line in a[:k]]) for k in range(1, len(a) + 1)]


def test_facts_of_expressions():
    X, S = matrix("X", m, n), matrix("S", n, n, "positive definite")
    P, Q = matrix("P", n, n, "positive"), matrix("Q", n, n, "orthogonal")
    assert "symmetric" in facts_of(X @ S @ X.T)
    assert "symmetric" not in facts_of(X @ A @ X.T)
    assert "positive semidefinite" in facts_of(X.T @ X)
    assert "positive definite" not in facts_of(X.T @ X)
    assert "positive definite" in facts_of(X.T @ X + S)
    assert "positive definite" in facts_of(inv(S))
    assert "symmetric" in facts_of(A + A.T)
    assert "symmetric" in facts_of(A @ A.T + (A @ S @ A.T) * 2)
    assert "orthogonal" in facts_of(Q @ Q.T)
    assert "invertible" in facts_of(Q @ S)
    assert "positive" in facts_of(P + P @ P)
    assert "positive" not in facts_of(P - P @ P)
    assert "symmetric" not in facts_of(A @ S)
