"""Functions of matrices: values, derivatives, laws, generated code."""

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

import matcalc as mc
from matcalc import (
    column,
    cosm,
    cosm_derivative,
    det,
    diag,
    dims,
    expm,
    expm_derivative,
    gradient,
    hessian,
    identity,
    inv,
    jacobian,
    jvp,
    kron,
    let,
    logdet,
    matrix,
    matrix_power,
    power_sum,
    scalar,
    sinm,
    sinm_derivative,
    trace,
    vec,
    zeros,
)
from matcalc.check import CheckFailed, check
from matcalc.errors import ShapeError, UnknownFunction, UnsupportedInput
from matcalc.facts import facts_of
from matcalc.laws.matrix_function_maps import transposed, vectorised
from matcalc.laws.simplest import SIMPLEST
from matcalc.loops import evaluate
from matcalc.lower import compile_numpy, numpy_source
from matcalc.lower.helpers import HELPERS, needed
from matcalc.operators.functions import ENTRY
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.scalars import d, inner
from matcalc.rewrite import Recorder, simplify
from matcalc.show import latex
from tests.numeric import (
    assert_gradient,
    assert_jacobian,
    entries,
    relative_error,
    sample_for,
    weighted,
)

j, k, m, n, p, q = dims("j k m n p q")
X, A, C = (matrix(name, n, n) for name in "XAC")
S, P = matrix("S", n, n, "symmetric"), matrix("P", n, n, "positive definite")
a, b, v = column("a", n), column("b", n), column("v", n)
BASES = (matrix("B0", m, m), matrix("B1", n, n), matrix("B2", p, p), matrix("B3", q, q))
SWITCHES = (matrix("M1", m, n), matrix("M2", n, p), matrix("M3", p, q))
FUNCTIONS = {
    "power": ENTRY**k,
    "fifth power": ENTRY**5,
    "exp": sympy.exp(ENTRY),
    "sin": sympy.sin(ENTRY),
    "cos": sympy.cos(ENTRY),
}
of_every_function = pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)


def simplest(x: Any) -> Any:
    return simplify(x, SIMPLEST, Recorder(), "test", {})


def chain(f: Any, order: int) -> MatrixFunction:
    """F(B0, M1, B1, …) with that many M_i, all sizes different."""
    blocks = [BASES[0]]
    for switch, base in zip(SWITCHES[:order], BASES[1 : order + 1], strict=True):
        blocks += [switch, base]
    node: MatrixFunction = MatrixFunction(f, *blocks)
    return node


def words(k: int, tables: list[Any]) -> Any:
    """The sum over all exponents, as it is defined."""
    bases, switches = tables[::2], tables[1::2]
    total = np.zeros((len(bases[0]), len(bases[-1])))
    for powers in product(range(k + 1), repeat=len(bases)):
        if sum(powers) == k - len(switches):
            word = np.linalg.matrix_power(bases[0], powers[0])
            for switch, base, power in zip(switches, bases[1:], powers[1:], strict=True):
                word = word @ switch @ np.linalg.matrix_power(base, power)
            total += word
    return total


def by_eigenvalues(f: Any, x: Any) -> Any:
    values, vectors = np.linalg.eig(np.array(x, dtype=complex))
    return (vectors @ np.diag(f(values)) @ np.linalg.inv(vectors)).real


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("power", [1, 2, 3, 5])
def test_powers_are_sums_of_words(order: int, power: int) -> None:
    x = chain(ENTRY**k, order)
    sample = sample_for(x, sizes={k: power, m: 4, n: 3, p: 5, q: 2})
    found = np.array(sample.base.value(x), dtype=float)
    tables = [np.array(sample.base.table(block)) for block in x.blocks]
    expected = words(power, tables)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    assert (np.abs(expected).max() > 0) == (power >= order)


@pytest.mark.parametrize(
    ("build", "f"), [(expm, np.exp), (sinm, np.sin), (cosm, np.cos)], ids=["exp", "sin", "cos"]
)
@pytest.mark.parametrize("size", [0.01, 1.0, 4.0])
def test_values_agree_with_eigenvalues(build: Any, f: Any, size: float) -> None:
    x = size * np.random.default_rng(3).normal(size=(5, 5))
    found = np.array(evaluate(build(X), {"X": x}))
    expected = by_eigenvalues(f, x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_fractions_stay_exact_in_powers() -> None:
    value = evaluate(matrix_power(X, 5), {"X": [[1, 1], [0, 1]]})
    assert value == [[1, 5], [0, 1]]
    assert evaluate(matrix_power(X, -3), {"X": [[2, 0], [0, 1]]})[0][0] == sympy.Rational(1, 8)


@of_every_function
@pytest.mark.parametrize("order", [0, 1, 2])
def test_differential_at_every_place(f: Any, order: int) -> None:
    x = chain(f, order)
    weight = matrix("W", *x.shape)
    loss = weighted(x, weight)
    for parameter in x.blocks:
        assert_gradient(loss, parameter, gradient(loss, parameter)[parameter])


@of_every_function
@pytest.mark.parametrize(("order", "place"), [(n, i) for n in (1, 2, 3) for i in range(n)])
def test_transposition_and_vec_at_every_place(f: Any, order: int, place: int) -> None:
    x = chain(f, order)
    varying = SWITCHES[place]
    blocks = [d(block) if block is varying else block for block in x.blocks]
    weight = matrix("W", *x.shape)
    moved = transposed(inner(weight, MatrixFunction(f, *blocks)))
    assert moved.operands[1] is d(varying)
    plain = inner(moved.operands[0], varying)
    stacked = vectorised(vec(MatrixFunction(f, *blocks)))
    big = mc.operators.algebra.Product(*stacked.operands[:-1], vec(varying))
    sizes = {m: 2, n: 3, p: 4, q: 1} | ({k: 4} if f == ENTRY**k else {})
    sample = sample_for(inner(weight, x), plain, big, sizes=sizes)
    value = sample.base.value
    assert value(plain) == pytest.approx(value(inner(weight, x)), rel=1e-10)
    assert relative_error(entries(value(big)), entries(value(vec(x)))) < 1e-10
    assert abs(value(plain)) > 1e-6


GRADIENTS = [
    (trace(matrix_power(X, k)), k * matrix_power(X, k - 1).T),
    (trace(matrix_power(X, 3)), 3 * (X @ X).T),
    (trace(matrix_power(X, 5)), 5 * matrix_power(X, 4).T),
    (trace(A @ matrix_power(X, k)), power_sum(k, X, A, X).T),
    (a.T @ matrix_power(X, k) @ b, power_sum(k, X.T, a @ b.T, X.T)),
    (trace(expm(X)), expm(X).T),
    (trace(sinm(X)), cosm(X).T),
    (trace(cosm(X)), -sinm(X).T),
    (trace(A @ expm(X)), expm_derivative(X, A, X).T),
    (trace(A @ sinm(X)), sinm_derivative(X, A, X).T),
    (trace(X @ expm(X)), expm(X).T @ (identity(n) + X).T),
    (det(expm(X)), sympy.exp(trace(X)) * identity(n)),
    (logdet(expm(A @ X / 10)), A.T / 10),
    (det(matrix_power(X, k)), k * det(X) ** k * inv(X).T),
    (trace(matrix_power(X, -3)), -3 * matrix_power(inv(X), 4).T),
    (trace(A @ power_sum(k, X, C, X)), None),
    (logdet(matrix_power(X, 2) + A.T @ A), None),
    (trace(matrix_power(let("Y", A @ X), k) @ C), None),
    ((matrix_power(X, k) @ a).T @ matrix_power(X, k) @ b, None),
    (trace(expm(A @ X - X.T) @ C) + trace(matrix_power(X + C, 4) @ A), None),
]


@pytest.mark.parametrize(("loss", "expected"), GRADIENTS, ids=lambda x: str(x)[:40])
def test_gradients(loss: Any, expected: Any) -> None:
    derivation = gradient(loss, X)
    found = derivation[X]
    assert_gradient(derivation.loss, X, found)
    if expected is not None:
        assert simplest(found - expected) == zeros(n, n) or found == expected
    derivation.replay()


@pytest.mark.parametrize("loss", [loss for loss, _ in GRADIENTS], ids=lambda x: str(x)[:40])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_generated_code_agrees(loss: Any, dtype: str) -> None:
    derivation = gradient(loss, X)
    sizes = {"k": 3} if dtype == "float32" and k in mc.symbols.free_symbols(loss) else {}
    check(derivation, sizes, tolerance=1e-10, dtype=dtype).require()


def test_printed_gradients() -> None:
    assert str(gradient(trace(matrix_power(X, k)), X)[X]) == "k * matrix_power(X, k - 1).T"
    found = gradient(trace(A @ matrix_power(X, k)), X)[X]
    assert str(found) == "power_sum(k, X, A, X).T"
    assert latex(found.T) == r"\sum_{r=0}^{k - 1} {X}^{r} A {X}^{k - 1 - r}"
    assert str(gradient(trace(sinm(X)), X)[X]) == "cosm(X).T"
    assert str(gradient(logdet(matrix_power(X, k)), X)[X]) == "k * inv(X).T"
    assert str(gradient(trace(matrix_power(S, k)), S)[S]) == "k * matrix_power(S, k - 1)"


MAPS = [
    (matrix_power(X, k), X),
    (matrix_power(X, k) @ a, X),
    (expm(X), X),
    (sinm(X @ A), X),
    (cosm(X), X),
    (power_sum(k, X, A, C), X),
    (power_sum(k, BASES[0], SWITCHES[0], BASES[1]), BASES[1]),
    (expm_derivative(BASES[0], SWITCHES[0], BASES[1]), BASES[0]),
    (sinm_derivative(X, A, X), X),
    (cosm_derivative(X, A, X), A),
]


@pytest.mark.parametrize(("f", "parameter"), MAPS, ids=lambda x: str(x)[:40])
def test_jacobians_by_loops_and_in_generated_code(f: Any, parameter: Any) -> None:
    derivation = jacobian(f, parameter)
    sizes = {s: i for s, i in ((m, 2), (n, 3), (k, 4)) if s in mc.symbols.free_symbols(f)}
    assert_jacobian(f, parameter, derivation[parameter], sizes=sizes)
    assert_code(derivation, sizes)


def assert_code(derivation: Any, sizes: Any) -> None:
    """The generated function gives what the loops give."""
    run = compile_numpy(derivation)
    roots = [derivation.loss, *derivation.gradients.values()]
    sample = sample_for(*roots, sizes=sizes)
    arrays = {x.name: np.array(table) for x, table in sample.data.items()}
    numbers = {s.name: size for s, size in sample.sizes.items()}
    given = {**numbers, **arrays}
    found = run(**{name: given[name] for name in run.arguments})
    for parameter, formula in derivation.gradients.items():
        expected = entries(sample.base.value(formula))
        assert relative_error(list(found[parameter.name].ravel()), expected) < 1e-11


HESSIANS = [
    trace(matrix_power(X, k)),
    trace(A @ matrix_power(X, k)),
    trace(expm(X)),
    trace(A @ expm(X)),
    trace(cosm(X)),
    logdet(matrix_power(X, 3) + A),
]


@pytest.mark.parametrize("loss", HESSIANS, ids=lambda x: str(x)[:40])
def test_hessians(loss: Any) -> None:
    derivation = hessian(loss, X)
    sizes = {s: i for s, i in ((n, 3), (k, 4)) if s in mc.symbols.free_symbols(loss)}
    assert_jacobian(gradient(loss, X)[X], X, derivation[X], sizes=sizes)
    assert_code(derivation, sizes)


STRUCTURED = [
    (trace(A @ expm(S)), S),
    (trace(A @ matrix_power(S, k)), S),
    (logdet(matrix_power(P, k)), P),
    (trace(A @ expm(matrix("K", n, n, "skew"))), matrix("K", n, n, "skew")),
    (trace(A @ cosm(matrix("L", n, n, "lower triangular"))), matrix("L", n, n, "lower triangular")),
]


@pytest.mark.parametrize(("loss", "parameter"), STRUCTURED, ids=lambda x: str(x)[:40])
def test_structured_parameters(loss: Any, parameter: Any) -> None:
    check(gradient(loss, parameter), tolerance=1e-10).require()


def test_a_jacobian_of_a_power_forms_no_power_of_a_kronecker_product() -> None:
    derivation = jacobian(matrix_power(X, k), X)
    assert r"{\left({X}^{\top}\right)}^{r} \otimes {X}^{k - 1 - r}" in derivation.to_latex()
    assert "_kronecker_power_sum(k, X.T, X)" in numpy_source(derivation)
    along = jvp(matrix_power(X, k), {X: C}).value
    assert along == power_sum(k, X, C, X)
    assert simplest(derivation[X] @ vec(C)) == vec(along)


def test_the_matrix_of_a_second_derivative_applied_to_a_vec() -> None:
    second = jacobian(expm_derivative(X, A, X), X)[X]
    along = jvp(expm_derivative(X, A, X), {X: C}).value
    terms = [simplest(term @ vec(C)) for term in second.operands]
    assert mc.operators.algebra.Add(*terms) == vec(along.operands[0]) + vec(along.operands[1])


def test_derivatives_by_a_scalar() -> None:
    t = scalar("t")
    assert mc.derivative(expm(t * X), t).value == expm(t * X) @ X
    found = gradient(trace(A @ expm(t * X)), t)
    assert found[t] == trace(A @ X @ expm(t * X)) or found[t] == trace(A @ expm(t * X) @ X)
    check(found).require()
    assert mc.derivative(matrix_power(A + t * C, k), t).value == power_sum(
        k, A + t * C, C, A + t * C
    )


@pytest.mark.parametrize("power", [1, 2])
def test_short_sums_and_exponents_of_one(power: int) -> None:
    """A derivative of higher order than the exponent is zero, an exponent k − 1 may be 0."""
    loss = trace(A @ matrix_power(X, k))
    assert_gradient(loss, X, gradient(loss, X)[X], sizes={k: power, n: 3})
    check(gradient(trace(matrix_power(X, k) @ A), X), {"k": power}).require()
    second = hessian(loss, X)[X]
    sample = sample_for(loss, second, sizes={k: power, n: 3})
    largest = max(map(abs, entries(sample.base.value(second))))
    assert (largest == 0) == (power == 1)
    assert_code(hessian(loss, X), {k: power, n: 3})


def test_a_mutated_formula_fails() -> None:
    loss = trace(A @ matrix_power(X, k))
    found = gradient(loss, X)[X]
    for wrong in (found.T, 2 * found, power_sum(k, X.T, A, X.T), power_sum(k + 1, X, A, X).T):
        with pytest.raises(AssertionError):
            assert_gradient(loss, X, wrong)
    run = compile_numpy(gradient(trace(A @ expm(X)), X))

    def broken(X: Any, A: Any) -> Any:
        results = run(X=X, A=A)
        return {**results, "X": results["X"].T}

    with pytest.raises(CheckFailed, match="code differs"):
        check(gradient(trace(A @ expm(X)), X), code=broken).require()


LAWS = [
    (X @ X @ X, matrix_power(X, 3)),
    (X.T @ X.T @ X.T, matrix_power(X, 3).T),
    (A @ X @ X @ X @ X @ A, A @ matrix_power(X, 4) @ A),
    (X @ X, X @ X),
    (matrix_power(X, k) @ X, matrix_power(X, k + 1)),
    (X.T @ matrix_power(X, k).T, matrix_power(X, k + 1).T),
    (matrix_power(X, j) @ matrix_power(X, k), matrix_power(X, j + k)),
    (matrix_power(X, k) @ inv(X), matrix_power(X, k - 1)),
    (inv(X) @ inv(X) @ inv(X), matrix_power(inv(X), 3)),
    (matrix_power(X, k) @ matrix_power(inv(X), k), identity(n)),
    (matrix_power(X, j) @ matrix_power(inv(X), k), matrix_power(X, j) @ matrix_power(inv(X), k)),
    (inv(matrix_power(X, k)), matrix_power(inv(X), k)),
    (matrix_power(matrix_power(X, j), k), matrix_power(X, j * k)),
    (matrix_power(X.T, k), matrix_power(X, k).T),
    (matrix_power(S, k).T, matrix_power(S, k)),
    (matrix_power(diag(v), k), diag(v**k)),
    (expm(diag(v)), diag(mc.exp(v))),
    (matrix_power(kron(X, BASES[0]), k), kron(matrix_power(X, k), matrix_power(BASES[0], k))),
    (expm(kron(identity(m), X)), kron(identity(m), expm(X))),
    (sinm(kron(X, identity(m))), kron(sinm(X), identity(m))),
    (expm(kron(X, A)), expm(kron(X, A))),
    (expm(X) @ expm(-X), identity(n)),
    (expm(X) @ expm(2 * X), expm(3 * X)),
    (expm(X) @ expm(A), expm(X) @ expm(A)),
    (inv(expm(X)), expm(-X)),
    (matrix_power(expm(X), k), expm(k * X)),
    (power_sum(k, X, X, X), k * matrix_power(X, k)),
    (power_sum(k, X, inv(X) + 2 * X, X), None),
    (power_sum(k, X, X.T, X), power_sum(k, X, X.T, X)),
    (power_sum(k - 1, X, identity(n), X), power_sum(k - 1, X, identity(n), X)),
    (power_sum(2, X, A, C), X @ A + A @ C),
    (expm_derivative(X, identity(n), X), expm(X)),
    (cosm_derivative(X, identity(n), X), -sinm(X)),
    (trace(power_sum(k, X, A, X)), None),
    (trace(expm_derivative(X, A, X)), trace(A @ expm(X))),
    (trace(X @ expm_derivative(X, A, X)), trace(A @ expm(X) @ X)),
    (trace(C @ expm_derivative(X, A, X)), trace(C @ expm_derivative(X, A, X))),
    (inner(X.T, expm_derivative(2 * X, A, 2 * X)), None),
    (expm(2 * X.T), expm(2 * X).T),
    (expm_derivative(2 * X.T, A.T, C.T), expm_derivative(C, A, 2 * X).T),
    (power_sum(k, X.T, A, C.T).T, power_sum(k, C, A.T, X)),
    (power_sum(k, X.T, A.T, S, C.T, X.T), power_sum(k, X, C, S, A, X).T),
    (expm(P @ S).T, expm(S @ P)),
    ((expm(P @ S) + mc.tanh(P @ S)).T, expm(S @ P) + mc.tanh(S @ P)),
    (det(matrix_power(X, k)), det(X) ** k),
    (det(expm(X)), sympy.exp(trace(X))),
    (logdet(matrix_power(P, k)), k * logdet(P)),
    (logdet(matrix_power(X, k)), logdet(matrix_power(X, k))),
]


@pytest.mark.parametrize(("before", "after"), LAWS, ids=lambda x: str(x)[:50])
def test_simplest_forms(before: Any, after: Any) -> None:
    found = simplest(before)
    if after is None:
        assert found != before
    else:
        assert found == after
    sample = sample_for(before, found)
    left, right = (entries(sample.base.value(x)) for x in (before, found))
    assert relative_error(right, left) < 1e-9


def test_book_keeping() -> None:
    c = scalar("c")
    assert matrix_power(X, 0) == identity(n)
    assert matrix_power(X, 1) is X
    assert matrix_power(X, 2) == X @ X
    assert matrix_power(X, -1) == inv(X)
    assert matrix_power(X, -k) == matrix_power(inv(X), k)
    assert matrix_power(c * X, k) == c**k * matrix_power(X, k)
    assert power_sum(k, 2 * X, 3 * A, 2 * X) == 3 * 2 ** (k - 1) * power_sum(k, X, A, X)
    assert power_sum(k, X, zeros(n, n), X) == zeros(n, n)
    assert power_sum(1, X, A, X) is A
    assert power_sum(1, X, A, X, C, X) == zeros(n, n)
    assert power_sum(2, X, A, X, C, X) == A @ C
    assert matrix_power(identity(n), k) == identity(n)
    assert matrix_power(zeros(n, n), k) == zeros(n, n)
    assert matrix_power(mc.centering(n), k) == mc.centering(n)
    assert expm(zeros(n, n)) == cosm(zeros(n, n)) == identity(n)
    assert sinm(zeros(n, n)) == zeros(n, n)
    assert expm(2 * identity(n)) == sympy.exp(2) * identity(n)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: matrix_power(SWITCHES[0], 3), ShapeError, "square"),
        (lambda: expm(SWITCHES[0]), ShapeError, "expm needs a square matrix, got M1"),
        (lambda: power_sum(k, X, SWITCHES[0], X), ShapeError, "fit between"),
        (lambda: matrix_power(X, 2.5), UnsupportedInput, "integer"),
        (lambda: matrix_power(X, sympy.Rational(1, 2)), UnsupportedInput, "integer"),
        (lambda: matrix_power(X, "3"), UnsupportedInput, "str"),
        (lambda: matrix_power(X, True), UnsupportedInput, "bool"),
        (lambda: matrix_power(X, scalar("c")), UnsupportedInput, "integer"),
        (lambda: matrix_power(X, k - 2), UnsupportedInput, "at least 0"),
        (lambda: matrix_power(X, sympy.Symbol("i", integer=True)), UnsupportedInput, "dims"),
        (lambda: matrix_power(3, 2), UnsupportedInput, "matrix_power needs a matrix"),
        (lambda: power_sum(-1, X, A, X), UnsupportedInput, "at least 0"),
        (lambda: power_sum(k, X), UnsupportedInput, "A, M, B"),
        (lambda: power_sum(k, X, A, X, C), UnsupportedInput, "A, M, B"),
        (lambda: expm("X"), UnsupportedInput, "expm"),
        (lambda: MatrixFunction(sympy.tan(ENTRY), X), UnknownFunction, "tan"),
    ],
)
def test_refusals(build: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=re.escape(says)):
        build()


def test_facts() -> None:
    K = matrix("K", n, n, "skew")
    L = matrix("L", n, n, "lower triangular")
    assert "symmetric" in facts_of(matrix_power(S, k))
    assert "symmetric" in facts_of(power_sum(k, S, P, S))
    assert "symmetric" not in facts_of(power_sum(k, S, X, S))
    assert "positive definite" in facts_of(matrix_power(P, k))
    assert "positive definite" in facts_of(expm(S))
    assert "orthogonal" in facts_of(expm(K))
    assert "lower triangular" in facts_of(sinm(L))
    assert "invertible" in facts_of(expm(X))
    assert "invertible" not in facts_of(matrix_power(X, k))


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (matrix_power(X, k), "{X}^{k}"),
        (matrix_power(X, k).T, r"{\left({X}^{k}\right)}^{\top}"),
        (X**3, r"{X}^{\odot 3}"),
        (expm(X), "e^{X}"),
        (sinm(X), r"\mathrm{sinm}\left(X\right)"),
        (mc.sin(X), r"\sin\left(X\right)"),
        (power_sum(3, X, A + C, X), r"\sum_{r=0}^{2} {X}^{r} \left(A + C\right) {X}^{2 - r}"),
        (
            A @ power_sum(k, X, A, C),
            r"A \left(\sum_{r=0}^{k - 1} {X}^{r} A {C}^{k - 1 - r}\right)",
        ),
        (
            power_sum(k, matrix("r", n, n), A, X),
            r"\sum_{s=0}^{k - 1} {r}^{s} A {X}^{k - 1 - s}",
        ),
        (
            power_sum(k, X, A, X, C, X),
            r"\sum_{r_{0} + r_{1} + r_{2} = k - 2} {X}^{r_{0}} A {X}^{r_{1}} C {X}^{r_{2}}",
        ),
        (
            expm_derivative(X, A, C),
            r"\int_0^1 e^{s X} A e^{\left(1 - s\right) C}\,\mathrm{d}s",
        ),
        (
            expm_derivative(X, A, C, A, X),
            r"\int_{s_{0} + s_{1} + s_{2} = 1} e^{s_{0} X} A e^{s_{1} C} A e^{s_{2} X}"
            r"\,\mathrm{d}s",
        ),
        (sinm_derivative(X, A, C), r"\mathrm{sinm}\left[X, C\right]\left(A\right)"),
        (
            power_sum(k, kron(X, identity(n)), identity(n**2), kron(identity(n), A)),
            r"\sum_{r=0}^{k - 1} {X}^{r} \otimes {A}^{k - 1 - r}",
        ),
        (
            power_sum(k, kron(X, identity(n)), matrix("W", n**2, n**2), kron(identity(n), A)),
            r"\sum_{r=0}^{k - 1} {\left(X \otimes I_{n}\right)}^{r} W "
            r"{\left(I_{n} \otimes A\right)}^{k - 1 - r}",
        ),
    ],
    ids=str,
)
def test_latex(x: Any, shown: str) -> None:
    assert latex(x) == shown


def helper(name: str) -> Any:
    """A helper of generated modules, as a function."""
    scope: dict[str, Any] = {"np": np}
    for text in needed([name], HELPERS):
        exec(text, scope)
    return scope[name]


@pytest.mark.parametrize("size", [1e-9, 0.3, 3.0, 30.0, 300.0])
def test_the_exponential_of_generated_code(size: float) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(7)
    for order in (1, 2, 7, 20):
        x = rng.normal(size=(order, order))
        x *= size / np.abs(x).sum(axis=0).max()
        found, expected = helper("_expm")(x), linalg.expm(x)
        assert np.abs(found - expected).max() <= 4e-14 * max(1, size) * np.abs(expected).max()
        if size <= 30:
            single = helper("_expm")(x.astype(np.float32))
            assert single.dtype == np.float32
            assert np.abs(single - expected).max() <= 1e-5 * max(1, size) * np.abs(expected).max()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_the_exponential_of_generated_code_hides_no_overflow(wrong: float) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(helper("_expm")(np.full((2, 2), wrong))).any()


def test_the_exponential_of_generated_code_is_exact_where_it_is_known() -> None:
    expected = np.array([[1.0, 5.0], [0.0, 1.0]])
    np.testing.assert_allclose(helper("_expm")(np.array([[0.0, 5.0], [0.0, 0.0]])), expected)
    angle = 2.5
    turn = helper("_expm")(np.array([[0.0, -angle], [angle, 0.0]]))
    np.testing.assert_allclose(
        turn, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], atol=1e-15
    )


@pytest.mark.parametrize("name", ["_sinm", "_cosm"])
def test_sine_and_cosine_of_generated_code(name: str) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    x = np.random.default_rng(8).normal(size=(6, 6))
    expected = getattr(linalg, name[1:])(x)
    np.testing.assert_allclose(helper(name)(x), expected, atol=1e-12, rtol=1e-12)


def test_helpers_come_with_the_module_only_where_they_are_called() -> None:
    assert "def _" not in numpy_source(gradient(trace(A @ X), X)).split("def _check_arrays")[0]
    source = numpy_source(gradient(trace(A @ sinm(X)), X))
    names = re.findall(r"^def (\w+)", source, re.MULTILINE)
    assert names[0] == "loss_and_gradients"
    assert {"_top_right", "_sinm", "_expm"} < set(names)
    assert "_power_sum" not in source
    assert all(names.count(name) == 1 for name in names)


def test_a_symbolic_exponent_is_an_argument() -> None:
    run = compile_numpy(gradient(trace(A @ matrix_power(X, k)), X))
    x, weight = np.random.default_rng(2).normal(size=(2, 3, 3))
    found = run(A=weight, X=x, k=3)["X"]
    expected = x @ x @ weight + x @ weight @ x + weight @ x @ x
    np.testing.assert_allclose(found, expected.T)
    with pytest.raises(ValueError, match="k: expected an int of at least 1, got 0"):
        run(A=weight, X=x, k=0)
    assert np.all(run(A=weight, X=x, k=1)["X"] == weight.T)


def test_a_first_power_is_no_alias_of_an_argument() -> None:
    run = compile_numpy(gradient(trace(A.T @ matrix_power(X, k)), A))
    x = np.eye(3)
    found = run(A=np.ones((3, 3)), X=x, k=1)["A"]
    found[0, 0] = 7
    assert np.all(x == np.eye(3))


def test_the_exponent_may_be_a_size() -> None:
    loss = trace(A @ matrix_power(X, n))
    check(gradient(loss, X)).require()


def test_a_power_times_a_vector_takes_one_factor_at_a_time() -> None:
    source = numpy_source(gradient(a.T @ matrix_power(X, 3) @ b, a))
    assert "matrix_power" not in source.split('"""')[-1]
    assert source.count("X @ ") >= 3
