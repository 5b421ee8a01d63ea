"""Operators and laws of one's own: what is refused, and that all passes use what is taken."""

from dataclasses import fields

import numpy as np
import pytest
from sympy import Rational

import matcalc as mc
from matcalc.check import check
from matcalc.errors import LawRefused, NotDifferentiable, ShapeError, UncountedOperator
from matcalc.extend import (
    ATOM,
    TABLES,
    Law,
    Node,
    ScalarNode,
    Theme,
    check_law,
    copied,
    d,
    differential_law,
    inner,
    register,
    split_scale,
    transposition_law,
    vectorisation_law,
    withdraw,
)
from matcalc.lower import compile_numpy, numpy_source

m, n, p, N = mc.dims("m n p N")
A, B, C = mc.matrix("A", m, n), mc.matrix("B", m, n), mc.matrix("C", n, p)
X, G = mc.matrix("X", m, n), mc.matrix("G", m, n)


class Flip(Node):
    """A with its rows in reverse order. Entry: A[m − 1 − i, j]."""

    @classmethod
    def canonical(cls, a):
        c, inside = split_scale(a)
        return (a,) if c == 1 else c * Flip(inside)

    @staticmethod
    def infer(a):
        return a.shape

    def entry(self, at, i, j):
        return at.table(self.operands[0])[-1 - i][j]

    def latex(self, show):
        return rf"\mathrm{{flip}}({show(self.operands[0], 0)})"

    def text(self, show):
        return f"flip({show(self.operands[0], 0)})"

    def numpy(self, show):
        return f"{show(self.operands[0], ATOM)}[::-1]"

    def work(self):
        return [copied(self.shape)]


class Fourth(ScalarNode):
    """Σ A[i, j]⁴."""

    @staticmethod
    def infer(a):
        return None

    def entry(self, at, i, j):
        return sum(x**4 for row in at.table(self.operands[0]) for x in row)

    def latex(self, show):
        return rf"\mathrm{{fourth}}({show(self.operands[0], 0)})"

    def text(self, show):
        return f"fourth({show(self.operands[0], 0)})"

    numpy = text


DIFFERENTIAL = differential_law("differential of flip", Flip, d(Flip(A)), Flip(d(A)))
ADJOINT = transposition_law("flip", inner(G, Flip(X)), inner(Flip(G), X))
MATRIX = vectorisation_law(
    "flip", mc.vec(Flip(X)), mc.kron(mc.identity(n), Flip(mc.identity(m))) @ mc.vec(X)
)
TWICE = Law("flip of a flip", Flip(Flip(A)), A)
IN_SUM = Law("flip of a sum with a flip", Flip(Flip(A) + B), A + Flip(B))
IN_PRODUCT = Law("product with a flip", Flip(A) @ C, Flip(A @ C))
FLIPS = Theme((DIFFERENTIAL,), (ADJOINT,), (MATRIX,), (TWICE, IN_SUM, IN_PRODUCT))
FOURTH = Theme(
    differentials=(differential_law("fourth", Fourth, d(Fourth(A)), inner(4 * A**3, d(A))),)
)


@pytest.fixture
def flips():
    register(FLIPS)
    yield
    withdraw(FLIPS)


def ridge():
    """A filter that is to be nearly symmetric in time."""
    D, w, y = mc.matrix("D", N, p), mc.column("w", p), mc.column("y", N)
    lam = mc.scalar("lam", positive=True)
    loss = mc.sum((D @ w - y) ** 2) + lam * mc.sum((w - Flip(w)) ** 2)
    return loss, D, w, y, lam


def test_the_gradient_uses_all_laws(flips):
    loss, D, w, y, lam = ridge()
    found = mc.gradient(loss, w)
    expected = 2 * D.T @ (D @ w - y) + 4 * lam * w - 4 * lam * Flip(w)
    assert found[w] is expected
    assert check(found).ok
    assert found.replay() == len(found.steps)
    used = {step.law for step in found.steps}
    assert {"differential of flip", "transposition of flip", "flip of a sum with a flip"} <= used
    assert "undecided" not in found.verify().counts


def test_the_code_calls_its_numpy():
    register(FLIPS)
    try:
        loss, _, w, *_ = ridge()
        found = mc.gradient(loss, w)
        assert "w[::-1]" in numpy_source(found)
        rng = np.random.default_rng(1)
        D, v, y = rng.normal(size=(5, 3)), rng.normal(size=(3, 1)), rng.normal(size=(5, 1))
        by_hand = 2 * D.T @ (D @ v - y) + 4 * 0.7 * (v - v[::-1])
        for fast in (False, True):
            code = compile_numpy(found, fast=fast)
            assert np.allclose(code(D=D, w=v, y=y, lam=0.7)["w"], by_hand, rtol=1e-12)
    finally:
        withdraw(FLIPS)


def test_jacobians_and_hessians_use_the_matrix(flips):
    loss, D, w, _, lam = ridge()
    unit = mc.identity(p)
    assert mc.jacobian(Flip(w), w)[w] is Flip(unit)
    expected = 2 * D.T @ D + 4 * lam * unit - 4 * lam * Flip(unit)
    assert mc.hessian(loss, w)[w] is expected


def test_nothing_is_left_behind():
    before = {kind: [t.laws for t in tables] for kind, tables in TABLES.items()}
    register(FLIPS)
    assert all(t.laws[-1].name in (*_names(FLIPS),) for ts in TABLES.values() for t in ts)
    register(FLIPS)
    counts = [len(t.laws) for t in TABLES["simplest"]]
    assert counts == [len(laws) + 3 for laws in before["simplest"]]
    withdraw(FLIPS)
    assert before == {kind: [t.laws for t in tables] for kind, tables in TABLES.items()}
    with pytest.raises(NotDifferentiable, match="Flip"):
        mc.gradient(mc.trace(Flip(mc.matrix("S", n, n))), mc.matrix("S", n, n))


def test_laws_of_the_package_stay():
    before = {kind: [t.laws for t in tables] for kind, tables in TABLES.items()}
    withdraw(Theme(simplest=(TABLES["simplest"][0].laws[0],)))
    assert before == {kind: [t.laws for t in tables] for kind, tables in TABLES.items()}


def _names(theme):
    return {law.name for field in fields(theme) for law in getattr(theme, field.name)}


def test_a_scalar_operator():
    register(FOURTH)
    try:
        found = mc.gradient(Fourth(A @ C), A)
        assert found[A] is 4 * (A @ C) ** 3 @ C.T
        with pytest.raises(UncountedOperator, match="method work"):
            found.cost()
    finally:
        withdraw(FOURTH)


def test_an_operator_must_be_complete():
    with pytest.raises(TypeError, match="lacks entry, latex, text, numpy"):
        type("Half", (Node,), {"infer": staticmethod(lambda a: a.shape)})


def test_shapes_are_checked_when_a_law_is_written():
    with pytest.raises(ShapeError, match="differ in shape"):
        Law("transposed", Flip(A), A.T)
    with pytest.raises(ShapeError, match="only on the right"):
        Law("out of nowhere", Flip(A), A + B)


WRONG = {
    "differential": Theme(
        differentials=(differential_law("d flip", Flip, d(Flip(A)), 2 * Flip(d(A))),)
    ),
    "sign of a differential": Theme(
        differentials=(differential_law("d flip", Flip, d(Flip(A)), Flip(-d(A))),)
    ),
    "no flip left": Theme(differentials=(differential_law("d flip", Flip, d(Flip(A)), d(A)),)),
    "transposition": Theme(
        transposition=(transposition_law("a wrong flip", inner(G, Flip(X)), inner(G, X)),)
    ),
    "matrix": Theme(vectorisation=(vectorisation_law("a wrong flip", mc.vec(Flip(X)), mc.vec(X)),)),
    "identity": Theme(simplest=(Law("flip is nothing", Flip(A), A),)),
    "of a fourth power": Theme(
        differentials=(differential_law("fourth", Fourth, d(Fourth(A)), inner(3 * A**3, d(A))),)
    ),
}


@pytest.mark.parametrize("theme", WRONG.values(), ids=WRONG)
def test_false_laws_are_refused(theme):
    before = [t.laws for ts in TABLES.values() for t in ts]
    with pytest.raises(LawRefused, match="is false at"):
        register(theme)
    assert before == [t.laws for ts in TABLES.values() for t in ts]


REFUSED = {
    "no operator of your own": Theme(simplest=(Law("square", A * A * B, A**2 * B),)),
    "give yours another name": Theme(simplest=(Law("held fixed", Flip(Flip(A)), A),)),
    "2 laws have the name": Theme(simplest=(TWICE, Law(TWICE.name, Flip(A) @ C, Flip(A @ C)))),
    "does not simplify": Theme(simplest=(Law("flip undone", Flip(A @ C), Flip(A) @ C),)),
    "is none for the simplest": Theme(simplest=(DIFFERENTIAL,)),
    "is none for the differentials": Theme(differentials=(TWICE,)),
    "makes None of": Theme(
        simplest=(Law("idle", Flip(Flip(A)), A, general=lambda x: x),),
    ),
    "leaves differentials": Theme(
        differentials=(Law("stuck", d(Flip(Flip(A))), d(Flip(Flip(A)))),)
    ),
}


@pytest.mark.parametrize(("reason", "theme"), REFUSED.items(), ids=REFUSED)
def test_laws_that_may_not_stand_in_a_table(reason, theme):
    with pytest.raises(LawRefused, match=reason):
        register(theme)


def test_differentials_with_scalars_and_kinks():
    c = mc.scalar("c")
    check_law(Law("product rule", d(c * A), c * d(A) + d(c) * A))
    with pytest.raises(LawRefused):
        check_law(Law("half a product rule", d(c * A), c * d(A)))
    check_law(Law("relu", d(mc.relu(A)), mc.step(A) * d(A)))
    with pytest.raises(LawRefused):
        check_law(Law("a power", d(A ** Rational(3)), 3 * A * d(A)))
