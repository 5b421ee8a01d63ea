"""Gradients: every operator around the variable, errors, sharing, replay."""

import dataclasses

import pytest
import sympy

from matcalc import (
    column,
    commutation,
    definitions,
    det,
    diag,
    dims,
    elementwise,
    exp,
    function,
    gradient,
    hessian,
    identity,
    inner,
    inv,
    jacobian,
    kron,
    let,
    log,
    logdet,
    matrix,
    ones,
    row,
    scalar,
    sigmoid,
    squared_norm,
    sum,
    tanh,
    trace,
    vec,
)
from matcalc.errors import (
    MatcalcError,
    NameRefused,
    NotDifferentiable,
    ReplayError,
    ShapeError,
    UnknownFunction,
    UnsupportedInput,
)
from matcalc.node import Node, Operator, walk
from matcalc.operators.constants import Zero
from matcalc.rewrite import Step
from tests.numeric import assert_gradient, assert_jacobian

m, n, p, q = dims("m n p q")
X, S, v, r = matrix("X", m, n), matrix("S", n, n), column("v", n), row("r", n)
A, B, P, W = matrix("A", p, m), matrix("B", n, q), matrix("P", p, q), matrix("W", m, n)
a = function("a")


def test_published_forms():
    x, y = column("x", n), column("y", m)
    assert gradient(squared_norm(X @ x - y), x)[x] is 2 * X.T @ (X @ x - y)
    assert gradient(x.T @ S @ x, x)[x] is (S + S.T) @ x
    assert gradient(logdet(S), S)[S] is inv(S).T
    assert gradient(det(S), S)[S] is det(S) * inv(S).T
    assert gradient(log(det(S)), S)[S] is inv(S).T
    assert gradient(logdet(X.T @ W @ W.T @ X), X)[X].shape == X.shape
    assert gradient(trace(A @ X @ B @ P.T), X)[X] is A.T @ P @ B.T
    assert gradient(trace(inv(S) @ S.T), S)[S].shape == (n, n)
    assert gradient(trace(kron(S, P @ P.T)), S)[S] is trace(P @ P.T) * identity(n)
    assert jacobian(A @ X @ B, X)[X] is kron(B.T, A)
    assert jacobian(inv(S), S)[S] is -kron(inv(S).T, inv(S))


def test_hessians_are_jacobians_of_gradients():
    U, V, T = matrix("U", m, p), matrix("V", n, p), matrix("T", m, n)
    loss = squared_norm(T - U @ V.T)
    both = hessian(loss, U, (U, V))
    assert both[U] is 2 * kron(V.T @ V, identity(m))
    mixed = kron(V.T, U) @ commutation(n, p) + kron(identity(p), U @ V.T - T)
    assert both[V] is 2 * mixed
    z = let("z", X @ v)
    logistic = hessian(sum(log(ones(m) + exp(-z))), v)[v]
    assert_jacobian(gradient(sum(log(ones(m) + exp(-z))), v)[v], v, logistic)
    assert logistic is X.T @ diag(sigmoid(-z) * (ones(m) - sigmoid(-z))) @ X
    assert hessian(v.T @ S @ v, v)[v] is S + S.T
    assert hessian(gradient(sum(v**3), v)[v].T @ v, v)[v] is 18 * diag(v)


def test_the_order_of_terms_and_factors_does_not_matter():
    one = gradient(sum((X * W + W - X) ** 2) + trace(S), X)[X]
    other = gradient(trace(S) + sum((W - X + W * X) ** 2), X)[X]
    assert one is other


def test_scalar_parameters():
    lam, eps = scalar("lam"), scalar("eps", positive=True)
    loss = lam * sum(X**2) + lam**2 + sum(elementwise(lambda t: sympy.sqrt(t**2 + eps), X))
    derivation = gradient(loss, (lam, eps))
    assert derivation[lam] == 2 * lam + sum(X**2)
    assert_gradient(loss, eps, derivation[eps])
    assert_gradient(sum(tanh(lam * X)), lam, gradient(sum(tanh(lam * X)), lam)[lam])
    assert jacobian(lam * X, lam)[lam] is vec(X)


def test_a_named_intermediate_may_be_the_parameter():
    Z = let("Z", A @ X)
    assert gradient(sum(tanh(Z) ** 2), Z)[Z].shape == (p, n)
    assert gradient(inner(Z, matrix("D", p, n)), Z)[Z] is matrix("D", p, n)


def test_a_variable_that_does_not_occur_has_a_true_zero_and_a_note():
    derivation = gradient(sum(X), (X, W))
    assert isinstance(derivation[W], Zero)
    assert derivation[W].shape == (m, n)
    assert "does not depend on W" in derivation.to_text()
    assert derivation[X] is ones(m, n)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: gradient(X, X), ShapeError, ["X (m × n)", "scalar", "sum"]),
        (lambda: gradient(sum(X), X + X), UnsupportedInput, ["cannot differentiate by"]),
        (lambda: gradient(sum(X), m), UnsupportedInput, ["m"]),
        (lambda: gradient("sum(X)", X), UnsupportedInput, ["str"]),
        (lambda: gradient(sum(X) + sum(matrix("X", n, m)), X), NameRefused, ["'X'", "m × n"]),
        (lambda: gradient(sum(X) * scalar("m"), X), NameRefused, ["'m'", "size", "scalar"]),
        (lambda: X @ W, ShapeError, ["X (m × n)", "W (m × n)", "n and m differ", "X.T @ W"]),
        (lambda: X + r, ShapeError, ["kron(r, ones(m))", "r ⊗ 1_m"]),
        (lambda: X + A, ShapeError, ["rows m and p differ"]),
        (lambda: X + 1, ShapeError, ["ones(m, n)"]),
        (lambda: elementwise("tanh", X), UnknownFunction, ["tanh"]),
        (lambda: elementwise(lambda t: "t", X), UnknownFunction, ["'t'"]),
        (lambda: matrix("X; import os", m, n), NameRefused, ["identifier", "name"]),
        (lambda: matrix("Γ", m, n), NameRefused, ["Gamma_1"]),
        (lambda: matrix("X", 0, n), ShapeError, ["0"]),
        (lambda: matrix("X", sympy.sqrt(m), n), ShapeError, ["sqrt(m)"]),
        (lambda: inv(X), ShapeError, ["X (m × n)", "not square"]),
        (lambda: diag(X), ShapeError, ["diagonal"]),
        (lambda: X * "a", UnsupportedInput, ["str"]),
        (lambda: X / 0, UnsupportedInput, ["zero"]),
        (lambda: bool(X == X) and bool(X), UnsupportedInput, ["neither"]),
    ],
)
def test_bad_input_gets_one_clear_named_error(wrong, error, words):
    with pytest.raises(error) as caught:
        wrong()
    assert isinstance(caught.value, MatcalcError)
    if "name" in words:
        words = ["name"]
    for word in words:
        assert word in str(caught.value)


def test_an_operator_without_a_law_is_an_error_and_no_zero():
    class Mystery(Node):
        @staticmethod
        def infer(x):
            return x.shape

        def entry(self, at, i, j):
            return at.table(self.operands[0])[i][j]

        def latex(self, show):
            return "?"

        text = numpy = latex

    Operator.OPERATORS.remove(Mystery)
    with pytest.raises(NotDifferentiable, match="Mystery"):
        gradient(sum(Mystery(X)), X)


def test_an_unknown_derivative_is_an_error():
    with pytest.raises(NotDifferentiable):
        gradient(sum(elementwise(sympy.floor, X)), X)


def test_an_operator_must_be_complete():
    with pytest.raises(TypeError, match="lacks entry, latex, text, numpy"):
        type("Half", (Node,), {"infer": staticmethod(lambda x: x.shape)})


def distinct(x):
    return len(list(walk(x)))


def test_work_is_linear_in_the_shared_graph():
    sizes = []
    for depth in (10, 20, 40):
        Y = X
        for _ in range(depth):
            Y = tanh(Y * Y + Y)
        derivation = gradient(sum(Y), X)
        sizes.append((len(derivation.steps), distinct(derivation[X])))
    (s1, d1), (s2, d2), (s4, d4) = sizes
    assert s4 - s2 <= 2 * (s2 - s1) + 2
    assert d4 - d2 <= 2 * (d2 - d1) + 2


def test_repeated_squaring_stays_small():
    Y = S
    for _ in range(20):
        Y = Y @ Y
    assert distinct(gradient(trace(Y), S)[S]) < 400


def test_long_sums_and_deep_chains():
    terms = [matrix(f"A{k}", m, n) * X for k in range(200)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    assert gradient(sum(total), X)[X].shape == (m, n)
    Y = X
    for _ in range(1000):
        Y = tanh(Y)
    assert gradient(sum(Y), X)[X].shape == (m, n)


def test_a_tampered_step_does_not_replay():
    derivation = gradient(squared_norm(X @ v), v)
    index = next(i for i, s in enumerate(derivation.steps) if s.law.startswith("transposition"))
    step = derivation.steps[index]
    wrong = Step(step.law, step.place, step.before, 2 * step.after)
    steps = (*derivation.steps[:index], wrong, *derivation.steps[index + 1 :])
    with pytest.raises(ReplayError, match="transposition"):
        dataclasses.replace(derivation, steps=steps).replay()
    missing = (*derivation.steps[:index], *derivation.steps[index + 1 :])
    with pytest.raises(MatcalcError):
        dataclasses.replace(derivation, steps=missing).replay()


def test_cotangents_are_named_on_request_and_by_default():
    Z = let("Z", A @ X)
    loss = sum(tanh(Z) ** 2)
    assert [d.name for d in definitions(gradient(loss, X, {Z: "W"})[X])] == ["Z", "W"]
    assert [d.name for d in definitions(gradient(loss, X)[X])] == ["Z", "Z_bar"]
