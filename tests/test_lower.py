"""Generated code: right numbers, float32 kept, nothing computed twice, nothing big formed."""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Rational

import matcalc
from derivations.batch_normed_net import ddof, epsilon
from derivations.deep_net import deep_net
from matcalc import (
    Derivation,
    column,
    dims,
    elementwise,
    function,
    gradient,
    hessian,
    inner,
    inv,
    jacobian,
    kron,
    let,
    matrix,
    row,
    scalar,
    trace,
    unvec,
    vec,
)
from matcalc.check import check
from matcalc.elementary import relu, sigmoid, step, tanh
from matcalc.errors import NameRefused, UnknownFunction
from matcalc.lower import compile_numpy, numpy_source
from matcalc.lower.expressions import over_one_line
from matcalc.node import Node, walk
from matcalc.operators.leaves import Named
from matcalc.vec_form import kronecker_form
from matcalc.vocabulary import batch_norm
from tests.exported import assert_ruff_accepts

N, p, q, n = dims("N p q n")
X, y, w = matrix("X", N, p), column("y", N), column("w", p)
A, B, v = matrix("A", n, n), matrix("B", n, n), column("v", n)
ACTIVATIONS = {"relu": relu, "tanh": tanh, "abstract": function("a"), "sigmoid": sigmoid}
REFERENCES = {
    "relu": (lambda b: np.maximum(b, 0), lambda b: (b > 0).astype(b.dtype)),
    "tanh": (np.tanh, lambda b: 1 - np.tanh(b) ** 2),
    "abstract": (np.sin, np.cos),
    "sigmoid": (lambda b: 1 / (1 + np.exp(-b)), lambda b: np.exp(-b) / (1 + np.exp(-b)) ** 2),
}


def net(activation: str = "relu", ddof: Any = ddof, eps: Any = epsilon) -> Derivation:
    """The founding example."""
    G1, G2 = matrix("Gamma_1", p, q), column("Gamma_2", q)
    gamma, beta = row("gamma", q), row("beta", q)
    Z = let("Z", X @ G1)
    b = let("B", batch_norm(Z, gamma, beta, ddof=ddof, eps=eps))
    e = let("e", y - let("V", ACTIVATIONS[activation](b)) @ G2)
    return gradient(matcalc.sum(e**2) / N, [beta, gamma, G1, G2], cotangents={b: "W"})


def data(dtype: Any = np.float64) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    shapes = {"X": (9, 4), "y": (9, 1), "Gamma_1": (4, 3), "Gamma_2": (3, 1)}
    shapes |= {"gamma": (1, 3), "beta": (1, 3)}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def by_hand(activation: str, ddof: float, eps: float, d: dict[str, Any]) -> dict[str, Any]:
    """The net written for this test, its layer differentiated entry by entry."""
    a, slope = REFERENCES[activation]
    rows = len(d["X"])
    Z = d["X"] @ d["Gamma_1"]
    sigma = np.sqrt(((Z - Z.mean(0)) ** 2).sum(0) / (rows - ddof) + eps)
    T = (Z - Z.mean(0)) / sigma
    b = T * d["gamma"] + d["beta"]
    e = d["y"] - a(b) @ d["Gamma_2"]
    D = slope(b) * (-2 / rows * e @ d["Gamma_2"].T)
    dZ = np.zeros_like(Z)
    for k in range(Z.shape[1]):
        J = np.eye(rows) - 1 / rows - np.outer(T[:, k], T[:, k]) / (rows - ddof)
        dZ[:, k] = d["gamma"][0, k] / sigma[k] * (J.T @ D[:, k])
    return {
        "loss": float((e**2).sum() / rows),
        "beta": D.sum(0)[None],
        "gamma": (D * T).sum(0)[None],
        "Gamma_1": d["X"].T @ dZ,
        "Gamma_2": -2 / rows * a(b).T @ e,
    }


def body(source: str) -> str:
    """The statements of the generated function, without docstring and helpers."""
    return source.split('"""\n')[2].split("\n\n\n")[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("less", [0, 1])
@pytest.mark.parametrize("shift", [0, Rational(1, 10)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_founding_net(activation: str, less: int, shift: Any, dtype: Any) -> None:
    run = compile_numpy(net(activation, less, shift))
    callables = {"a": np.sin, "a_prime": np.cos} if activation == "abstract" else {}
    assert set(run.arguments) == set(data()) | set(callables)
    found = run(**data(dtype), **callables)
    exact = {name: x.astype(np.float64) for name, x in data(dtype).items()}
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    for name, expected in by_hand(activation, less, float(shift), exact).items():
        assert np.allclose(found[name], expected, rtol=tolerance, atol=tolerance)
        assert np.asarray(found[name]).dtype == dtype
        assert np.shape(found[name]) == (() if name == "loss" else data()[name].shape)


def test_symbolic_divisor_and_shift_are_arguments() -> None:
    run = compile_numpy(net())
    assert list(run.arguments)[-2:] == ["epsilon", "ddof"]
    found = run(**data(np.float32), ddof=np.float64(1), epsilon=np.float64(0.25))
    expected = by_hand("relu", 1, 0.25, data())
    assert found["Gamma_1"].dtype == np.float32
    assert np.allclose(found["Gamma_1"], expected["Gamma_1"], atol=1e-4)


def test_source_of_the_founding_net() -> None:
    assert body(numpy_source(net())).split("float(ddof)\n")[1].splitlines() == [
        "    ones_N = np.ones((1, N), dtype=dtype)  # 1 × N",
        "    Z = X @ Gamma_1  # N × q",
        "    mu_Z = ones_N @ Z / N  # 1 × q",
        "    t1 = np.subtract(Z, mu_Z, out=Z)  # N × q",
        '    sigma_Z = np.sqrt(np.einsum("ij,ij->j", t1, t1)[None, :] / (N - ddof) + epsilon)'
        "  # 1 × q",
        "    B = gamma / sigma_Z * t1 + beta  # N × q",
        "    positive_B = B > 0  # N × q",
        "    V = np.maximum(B, 0, out=B)  # N × q",
        "    e = y - V @ Gamma_2  # N × 1",
        "    loss = np.vdot(e, e) / N",
        "    t2 = np.multiply(e, positive_B, out=V)  # N × q",
        "    sum_t2 = ones_N @ t2  # 1 × q",
        "    grad_beta = -2 / N * Gamma_2.T * sum_t2  # 1 × q",
        '    dot_t1_t2 = np.einsum("ij,ij->j", t1, t2)[None, :]  # 1 × q',
        "    grad_gamma = -2 / N * Gamma_2.T * dot_t1_t2 / sigma_Z  # 1 × q",
        "    t1 *= dot_t1_t2 / sigma_Z**2 / (N - ddof)",
        "    t2 -= t1",
        "    t2 -= sum_t2 / N",
        "    t3 = X.T @ t2  # p × q",
        "    grad_Gamma_1 = np.multiply(-2 / N * gamma * Gamma_2.T / sigma_Z, t3, out=t3)  # p × q",
        "    grad_Gamma_2 = -2 / N * (beta * sum_t2 + gamma * dot_t1_t2 / sigma_Z).T  # q × 1",
        "    return {",
        '        "loss": loss,',
        '        "beta": grad_beta,',
        '        "gamma": grad_gamma,',
        '        "Gamma_1": grad_Gamma_1,',
        '        "Gamma_2": grad_Gamma_2,',
        "    }",
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_product_and_sum_once(activation: str) -> None:
    lines = body(numpy_source(net(activation)))
    relu_saves = activation == "relu"
    assert lines.count(" @ ") == (5 if relu_saves else 6)
    assert lines.count("ones_N @") == (2 if relu_saves else 1) and lines.count("einsum") == 2
    texts = [
        line.split("  # ")[0].split(" = ", 1)[1] for line in lines.splitlines() if " = " in line
    ]
    assert len(set(texts)) == len(texts)


def test_vec_form_of_the_net_forms_no_big_matrix() -> None:
    found = net("relu", 1, 0)
    (about,) = {x for x in walk(found["Gamma_1"]) if isinstance(x, Named) and x.name == "W"}
    parameters = [x for x in found.gradients if x.name != "Gamma_2"]
    forms = {x: unvec(kronecker_form(found[x], about), *x.shape) for x in parameters}
    assert any("kron" in str(form) for form in forms.values())
    vectorised = Derivation(found.loss, forms)
    lines = body(numpy_source(vectorised))
    assert not re.search("kron|eye|diag|reshape", lines)
    assert check(vectorised).ok


NEVER_FORMED = {
    "trace of ⊗": trace(kron(A, B) @ kron(B, A)),
    "norm of ⊗": matcalc.sum(kron(A, v) ** 2),
    "⊗ times a vec": inner(vec(A), kron(B, A) @ vec(B)),
    "diagonal matrices": matcalc.sum(matcalc.diag(v) @ A @ matcalc.diag(v)),
    "diagonal of a product": matcalc.sum(matcalc.diagonal(A @ B) * v),
    "commutation": inner(vec(A), matcalc.commutation(n, n) @ vec(B)),
    "selector": matcalc.sum((matcalc.selector(n).T @ vec(A @ B)) * v),
    "centering": matcalc.squared_norm(matcalc.centering(n) @ A @ matcalc.centering(n)),
    "inverse": (v.T @ inv(A) @ v),
}


@pytest.mark.parametrize("loss", NEVER_FORMED.values(), ids=NEVER_FORMED)
def test_what_is_never_formed(loss: Any) -> None:
    found = gradient(loss, [x for x in (A, B, v) if x in set(walk(loss))])
    lines = body(numpy_source(found))
    assert not re.search(
        r"kron|eye|diagflat|linalg\.inv|einsum\(.ikjl", lines.replace("diagonal", "")
    )
    assert check(found).ok


def test_trace_of_a_product_is_one_dot_product() -> None:
    lines = body(numpy_source(Derivation(trace(A @ B), {})))
    assert "loss = np.vdot(B, A.T)" in lines and " @ " not in lines


def test_chains_run_where_they_are_short() -> None:
    lines = body(numpy_source(Derivation(matcalc.sum(A @ B @ A @ v), {v: A @ B @ A @ v})))
    assert "A @ (B @ (A @ v))" in lines


def test_difference_and_its_negative_are_computed_once() -> None:
    U, V, M = matrix("U", N, n), matrix("V", p, n), matrix("M", N, p)
    lines = body(numpy_source(gradient(matcalc.squared_norm(M - U @ V.T), [U, V])))
    assert lines.count(" @ ") == 3 and "t1 = M - U @ V.T" in lines


def test_jacobians() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 3))
    found = compile_numpy(jacobian(A @ B @ A, [A, B]))(A=a, B=b)
    eye = np.eye(3)
    assert np.allclose(found["value"], a @ b @ a)
    assert np.allclose(found["A"], np.kron((b @ a).T, eye) + np.kron(eye, a @ b))
    assert np.allclose(found["B"], np.kron(a.T, a))


FUNCTIONS = {
    "softplus": lambda t: sympy.log(1 + sympy.exp(t)),
    "logistic": lambda t: 1 / (1 + sympy.exp(-t)),
    "arctan": sympy.atan,
    "absolute": sympy.Abs,
    "greater": lambda t: sympy.Max(t, sympy.Rational(1, 3)),
    "smooth": lambda t: sympy.sqrt(t**2 + epsilon) + sympy.sqrt(2),
    "shares": lambda t: t * sympy.tanh(t),
    "pieces": lambda t: sympy.Piecewise((t**2, t > 0), (t / 10, True)),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_elementwise_functions(f: Any, dtype: str) -> None:
    found = gradient(matcalc.sum(elementwise(f, X @ w)), [X, w])
    assert check(found, dtype=dtype).ok


def test_no_overflow() -> None:
    run = compile_numpy(gradient(matcalc.sum(elementwise(FUNCTIONS["softplus"], X @ w)), w))
    found = run(X=np.array([[1e4], [-1e4]]), w=np.array([[1.0]]))
    assert found["loss"] == 1e4 and found["w"][0, 0] == 1e4


MASKS = {
    "alone": matcalc.sum(matcalc.step(X)),
    "with a number": matcalc.sum(3 * matcalc.step(X)),
    "sums": matcalc.sum((matcalc.ones(1, N) @ matcalc.step(X)) ** 2),
    "product": matcalc.sum(matcalc.step(X) * matcalc.step(-X)),
    "with a number in a sum": matcalc.sum(elementwise(lambda t: sympy.tanh(2 * step(t) + t), X)),
    "negated": matcalc.sum(X * elementwise(sympy.tanh, -matcalc.step(X) * X)),
    "quotient": matcalc.sum(2 * matcalc.step(X) / (X**2 + matcalc.ones(N, p))),
}


@pytest.mark.parametrize("loss", MASKS.values(), ids=MASKS)
def test_comparisons_never_change_the_float_type(loss: Any) -> None:
    found = Derivation(loss, {X: matcalc.step(X), w: X.T @ matcalc.step(y)})
    rng = np.random.default_rng(1)
    values = {"X": rng.normal(size=(4, 3)), "y": rng.normal(size=(4, 1))}
    values["w"] = np.ones((3, 1))
    run = compile_numpy(found)
    single = run(**{name: x.astype(np.float32) for name, x in values.items()})
    double = run(**values)
    assert single["loss"].dtype == single["X"].dtype == single["w"].dtype == np.float32
    assert np.allclose(single["loss"], double["loss"], rtol=1e-5)


def test_a_comparison_beside_numbers_alone_becomes_floats() -> None:
    f = elementwise(lambda t: sympy.tanh(2 * step(t) + t), X)
    assert "2 * (X > 0).astype(dtype)" in numpy_source(Derivation(matcalc.sum(f), {}))
    g = elementwise(lambda t: sympy.Piecewise((3 * step(t), t > 2), (t * step(t - 1), True)), X)
    text = "3 * (X > 0).astype(dtype), X * (X - 1 > 0))"
    assert text in numpy_source(Derivation(matcalc.sum(g), {}))


def test_roots_of_sums_of_two_matrices() -> None:
    f = elementwise(lambda s, t: sympy.sqrt(1 + s**2 + t**2), X, tanh(X))
    assert "np.sqrt(X**2 + " in numpy_source(Derivation(matcalc.sum(f), {}))


def test_what_is_singular_at_variance_0_looks_for_constant_columns() -> None:
    squares = matcalc.column_sums((matcalc.centering(X.rows) @ X) ** 2)
    for f in (matcalc.log(squares), 1 / squares, matcalc.sqrt(squares)):
        assert "np.ptp(X, axis=0" in numpy_source(Derivation(matcalc.sum(f), {}))
    for f in (squares, squares**2, matcalc.tanh(squares)):
        assert "ptp" not in numpy_source(Derivation(matcalc.sum(f), {}))


def test_results_are_arrays_of_their_own() -> None:
    values = {"A": np.eye(2), "B": np.ones((2, 2))}
    for found in (
        gradient(inner(A, B), [A, B]),
        gradient(inner(A, B.T), [A, B]),
        Derivation(trace(A), {A: B, B: B}),
        Derivation(trace(A), {A: let("C", A @ B), B: let("C", A @ B)}),
        gradient(matcalc.sum(A), A),
    ):
        run = compile_numpy(found)
        results = run(**{name: values[name] for name in run.arguments})
        arrays = [results[x.name] for x in found.gradients]
        for i, array in enumerate(arrays):
            assert array.flags.writeable
            others = [*values.values(), *arrays[:i]]
            assert not any(np.shares_memory(array, other) for other in others)


def test_slopes_of_logistic_functions_keep_their_digits() -> None:
    loss = matcalc.sum(matcalc.softplus(X @ w))
    (curvature,) = hessian(loss, w).gradients.values()
    alone = compile_numpy(Derivation(curvature, {}, kind="jacobian"))
    assert "_sigmoid" not in alone.source
    assert "_sigmoid" in numpy_source(hessian(loss, w))
    for z in (-800.0, -40.0, -1.5, 0.0, 1.5, 40.0, 700.0):
        found = alone(X=np.array([[1.0]]), w=np.array([[z]]))["value"]
        e = np.exp(-abs(z))
        assert np.isclose(found[0, 0], e / (1 + e) ** 2, rtol=1e-14, atol=0)


def test_long_ways_to_a_slope() -> None:
    s = sigmoid(A)
    chain, shared = let("n0", s + B), [s + B, 2 * s + 3 * B]
    for k in range(1, 300):
        chain = let(f"n{k}", chain + B)
        shared.append(shared[-1] + shared[-2] + matrix(f"D{k}", n, n))
    for end in (chain, shared[60]):
        loss = matcalc.sum(end * s * (matcalc.ones(n, n) - s))
        assert "_sigmoid" in numpy_source(Derivation(loss, {}))


def test_zero_gradient_and_scalar_parameters() -> None:
    a = scalar("a", positive=True)
    found = gradient(sympy.sqrt(a) * matcalc.sum(A), [A, B, a])
    results = compile_numpy(found)(
        A=np.ones((2, 2), np.float32), B=np.ones((2, 2), np.float32), a=4
    )
    assert type(results["a"]) is float and results["a"] == 1.0
    assert results["B"].dtype == np.float32 and not results["B"].any()
    assert results["A"].dtype == np.float32 and (results["A"] == 2).all()


def test_scalars_alone() -> None:
    a, b = scalar("a"), scalar("b", positive=True)
    assert check(gradient(sympy.sqrt(b) * sympy.log(a**2 + 2) + sympy.pi / b - a / 3, [a, b])).ok


def test_coefficients_of_sizes() -> None:
    run = compile_numpy(gradient(matcalc.sum(X**2) * sympy.sqrt(p) / (N * (N + p)), X))
    assert "p**0.5" in run.source
    x = np.arange(6.0).reshape(2, 3)
    assert np.allclose(run(X=x)["X"], 2 * x * 3**0.5 / 10)


def test_sums_of_sizes_that_are_whole_are_divided_whole() -> None:
    assert over_one_line(n**2 / 2 + n / 2) == (n**2 + n, 2)
    assert over_one_line(n**2 / 2 + p) == (n**2 / 2 + p, 1)


def test_sizes_that_no_shape_shows_are_arguments() -> None:
    stacked = column("x", N * p)
    found = gradient(matcalc.squared_norm(unvec(stacked, N, p) @ w), stacked)
    run = compile_numpy(found)
    assert list(run.arguments) == ["w", "x", "N"]
    values = {"w": np.ones((2, 1)), "x": np.arange(6.0)[:, None]}
    assert run(**values, N=3)["loss"] == 9 + 25 + 49
    with pytest.raises(ValueError, match=re.escape("x: expected (N * p, 1) = (8, 1), got (6, 1)")):
        run(**values, N=4)
    with pytest.raises(ValueError, match=r"N: expected an int of at least 1, got 3\.0"):
        run(**values, N=3.0)


REFUSED = {
    "Gamma_1": (lambda x: x[:3], ValueError, "Gamma_1: expected (p, q) = (4, 3), got (3, 3)"),
    "beta": (lambda x: x.T, ValueError, "beta: expected (1, q) = (1, 3), got (3, 1)"),
    "gamma": (lambda x: x[0], ValueError, "gamma: expected a matrix, got an array of shape (3,)"),
    "X": (lambda x: x[:, :0], ValueError, "X: expected a matrix, got an array of shape (9, 0)"),
    "y": (lambda x: x.astype(int), TypeError, "y: expected float32 or float64, got int64"),
    "Gamma_2": (lambda x: x.astype(np.float32), TypeError, "one float type, got X float64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_arguments_are_refused(name: str) -> None:
    change, error, message = REFUSED[name]
    values = data()
    values[name] = change(values[name])
    with pytest.raises(error, match=re.escape(message)):
        compile_numpy(net("relu", 0, 0))(**values)


@pytest.mark.parametrize("kind", [bool, complex, object, list, np.ma.masked_array])
def test_other_kinds_of_arrays_are_refused(kind: Any) -> None:
    x = data()["X"]
    given: Any = (
        x.tolist() if kind is list else np.asmatrix(x) if kind is np.matrix else x.astype(kind)
    )
    with pytest.raises(TypeError, match="X: expected"):
        compile_numpy(net("relu", 0, 0))(**{**data(), "X": given})


NAMES = ("np", "sum", "dtype", "loss", "lambda_", "t1", "float", "grad_w", "match", "self", "exec")


@pytest.mark.parametrize("name", NAMES)
def test_names_that_mean_something_else(name: str) -> None:
    x = matrix(name, N, p)
    found = gradient(matcalc.sum(let("t2", x @ w) ** 2 * y) / N * scalar("print"), [w, y])
    run = compile_numpy(found)
    assert set(run.arguments) == {name, "y", "w", "print"}
    assert check(found).ok
    assert "def loss_and_gradients(" in run.source and " np," not in run.source.split('"""')[2]


def test_the_same_name_for_two_things() -> None:
    other = matrix("A", N, p)
    a = sympy.Symbol("a", real=True)
    for found in (
        Derivation(trace(A) + matcalc.sum(other), {A: A}),
        Derivation(trace(A) + matcalc.sum(let("A", B)), {A: A}),
        Derivation(trace(A) * a * sympy.Symbol("a", positive=True), {A: A}),
        Derivation(trace(A) * a * sympy.Dummy("a", real=True), {A: A}),
        Derivation(trace(A), {matrix("loss", n, n): A}),
    ):
        with pytest.raises(NameRefused):
            numpy_source(found)


def test_a_size_gives_way_to_a_matrix_of_its_name() -> None:
    x = matrix("N", N, p)
    source = numpy_source(Derivation(matcalc.sum(x) / N, {x: x / N}))
    assert "N_ = N.shape[0]" in source and "loss = np.sum(N) / N_" in source


PAYLOADS = ("x;import os", "a\nb", "__class__", "a b", "1a", "lambda", "", "ﬁ", "f'{x}'", "x" * 200)


@pytest.mark.parametrize("name", PAYLOADS)
def test_code_in_names_is_refused(name: str) -> None:
    symbol, size = sympy.Symbol(name), sympy.Symbol(name, integer=True, positive=True)
    for found in (
        Derivation(trace(A) * symbol, {A: A}),
        Derivation(trace(A) * size, {A: A}),
    ):
        with pytest.raises(NameRefused):
            numpy_source(found)
    with pytest.raises(NameRefused):
        numpy_source(Derivation(trace(A), {}), function_name=name)


def test_function_that_numpy_lacks() -> None:
    with pytest.raises(UnknownFunction, match="NumPy has no function erfc"):
        numpy_source(Derivation(matcalc.sum(elementwise(sympy.erfc, A)), {}))
    with pytest.raises(UnknownFunction, match="NumPy has no function tanh"):
        numpy_source(Derivation(matcalc.sum(elementwise(sympy.Function("tanh"), A)), {}))


def test_cost_is_linear_in_the_layers() -> None:
    sources = {depth: numpy_source(deep_net(depth).derivation()) for depth in (8, 16, 32)}
    lines = {depth: body(source).count("\n") for depth, source in sources.items()}
    grown = (lines[32] - lines[16]) / (lines[16] - lines[8])
    assert 1.95 < grown < 2.05  # longer names break a few more lines
    assert len(sources[32]) < 4.2 * len(sources[8])


def test_a_net_without_names_stays_small() -> None:
    h: Node = X
    weights = [matrix(f"W{i}", p, p) for i in range(40)]
    for weight in weights:
        h = tanh(h @ weight)
    found = gradient(matcalc.sum(h**2), weights)
    started = time.process_time()
    source = numpy_source(found)
    assert time.process_time() - started < 5
    assert body(source).count(" @ ") == 119 and len(source) < 40_000
    assert all(len(line) <= 100 for line in source.splitlines())


def test_depth_is_no_recursion() -> None:
    x: Node = A
    for _ in range(1500):
        x = tanh(x) @ B
    source = numpy_source(Derivation(matcalc.sum(x), {A: x}))
    assert body(source).count("np.tanh") == 1500


def test_ruff_accepts_the_source(tmp_path: Path) -> None:
    long = [matrix(f"a_rather_long_name_of_a_matrix_{i}", n, n) for i in range(12)]
    derivations = [
        net(),
        net("abstract"),
        gradient(matcalc.sum(tanh(sum(long[1:], long[0]))), long),
    ]
    for i, found in enumerate(derivations):
        (tmp_path / f"net_{i}.py").write_text(numpy_source(found), encoding="utf-8")
    assert_ruff_accepts(tmp_path)


def test_blocks_are_added_to_a_copy_of_an_argument() -> None:
    p, k, size = matcalc.dims("p k N")
    M, X, U = matrix("M", k * p, k * p), matrix("X", size, p), matrix("U", size, k)
    unit = matcalc.identity(k)
    blocks = kron(unit, X.T) @ matcalc.diag(vec(U)) @ kron(unit, X)
    rng = np.random.default_rng(4)
    shapes = {"M": (6, 6), "X": (4, 3), "U": (4, 2)}
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    kept = given["M"].copy()
    derivation = Derivation(M + blocks, {}, kind="jacobian")
    assert "_blocks_added(M.copy()" in numpy_source(derivation)
    found = compile_numpy(derivation)(**given)["value"]
    np.testing.assert_array_equal(given["M"], kept)
    for j in (0, 1):
        for i in (0, 1):
            block = (given["X"].T * given["U"][:, i]) @ given["X"] * (i == j)
            place = slice(3 * i, 3 * i + 3), slice(3 * j, 3 * j + 3)
            np.testing.assert_allclose(found[place], kept[place] + block, 1e-12)


def test_the_docstring_names_derivatives_where_there_are_some() -> None:
    x = column("x", "n")
    for derivation, told, absent in (
        (Derivation(matcalc.sum(x), {}), 'The loss under ``"loss"``.', "gradients un"),
        (gradient(matcalc.sum(x), x), 'its gradients under ``"x"``', "Jacobians"),
        (Derivation(x, {}, kind="jacobian"), 'The value under ``"value"``.', "Jacobians"),
        (jacobian(x, x), 'its Jacobians under ``"x"``', "gradients un"),
    ):
        source = numpy_source(derivation)
        assert told in source and absent not in source


@pytest.mark.parametrize("k", [*range(3, 10), -3, -7])
@pytest.mark.parametrize("fast", [False, True])
def test_whole_powers_are_products_of_squares(k: int, fast: bool) -> None:
    """NumPy's own powers beyond the square take as long as exponentials."""
    X, W = matrix("X", "n", "p"), matrix("W", "p", "q")
    run = compile_numpy(Derivation((X @ W) ** k, {}, kind="jacobian"), fast=fast)
    told = re.findall(r"\*\*\(?(-?\d+)|np\.power\(\w+, (-?[\d.]+)", run.source.split("Notes")[1])
    assert ({int(float(a or b)) for a, b in told} <= {2}) is (abs(k) <= 8)
    rng = np.random.default_rng(3)
    given = {"X": rng.normal(size=(5, 3)), "W": rng.normal(size=(3, 4))}
    exact = (given["X"] @ given["W"]).astype(np.longdouble) ** k
    assert np.max(np.abs(run(**given)["value"] / exact - 1)) < 8 * np.finfo(float).eps
    few = run(**{name: np.float32(x) for name, x in given.items()})["value"]
    assert few.dtype == np.float32


def test_a_power_inside_a_function_names_what_it_is_of() -> None:
    X, W = matrix("X", "n", "p"), matrix("W", "p", "q")
    cubic = Derivation(function("f")(X @ W) + tanh(X @ W + (X @ W) ** 3 / 9), {}, kind="jacobian")
    source = numpy_source(cubic)
    assert "t1 = X @ W" in source and "np.tanh(t1 + (t1**2 * t1) / 9)" in source
