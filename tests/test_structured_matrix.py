"""Structured matrices: what they do without being formed, against the formed ones and loops."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sympy import Integer

from derivations import hessians
from matcalc import (
    Derivation,
    column,
    commutation,
    diag,
    dims,
    gradient,
    hessian,
    identity,
    inv,
    jacobian,
    kron,
    logistic_regression,
    logsumexp,
    matrix,
    matrix_factorisation,
    ones,
    relu,
    scalar,
    sigmoid,
    softmax_regression,
    squared_norm,
    sum,
    tanh,
    vec,
)
from matcalc.errors import MissingData, ShapeError, UnsupportedInput
from matcalc.lower import FactoredMatrix, compile_numpy, numpy_source, structured_matrix
from matcalc.lower.application import APPLIED, ON_DIAGONAL
from matcalc.lower.inverses import OPENED, OWN
from matcalc.lower.signs import is_nonnegative
from matcalc.operators.algebra import Product, Scale
from matcalc.operators.leaves import Variable
from matcalc.rewrite import Law
from matcalc.symbols import variables
from tests import worked
from tests.judging import NothingThere, assert_same_lowered

CASES = [(label, d, key) for label, d, _ in worked.cases(hessians) for key in d.gradients]
SIZES = (
    {"n": 6, "m": 5, "N": 7, "p": 3, "k": 4},
    {"n": 3, "m": 2, "N": 4, "p": 2, "k": 1},
    {"n": 4, "m": 1, "N": 1, "p": 1, "k": 3},
)
GIVEN = {
    "lam": 0.7,
    "a": np.tanh,
    "a_prime": lambda x: 1 - np.tanh(x) ** 2,
    "a_prime_prime": lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
}
OWN_LAWS = (*APPLIED.laws, *ON_DIAGONAL.laws, *OWN, *OPENED.laws)


def drawn(arrays: Any, sizes: dict[str, int], seed: int = 3) -> dict[str, Any]:
    """Non-symmetric data unless declared otherwise."""
    rng = np.random.default_rng(seed)
    data = {}
    for a in arrays:
        at = [
            size.xreplace({s: Integer(sizes[s.name]) for s in size.free_symbols})
            for size in a.shape
        ]
        x = rng.normal(size=tuple(map(int, at)))
        if "positive definite" in a.facts:
            x = x @ x.T + np.eye(len(x))
        data[a.name] = np.abs(x) + 0.1 if "positive" in a.facts else x
    return data


def formed(d: Derivation, key: Any, data: dict[str, Any]) -> Any:
    run = compile_numpy(d)
    return run(**{k: x for k, x in {**data, **GIVEN}.items() if k in run.arguments})[key.name]


def at(d: Derivation, key: Any, sizes: dict[str, int]) -> tuple[FactoredMatrix, Any]:
    data = drawn(variables(d.loss, *d.gradients.values(), *d.gradients), sizes)
    return structured_matrix(d, key)(**data, **GIVEN), formed(d, key, data)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("label", "d", "key"), CASES, ids=[f"{x} {k}" for x, _, k in CASES])
def test_it_acts_as_the_formed_matrix(
    label: str, d: Derivation, key: Any, sizes: dict[str, int]
) -> None:
    H, dense = at(d, key, sizes)
    rng = np.random.default_rng(5)
    assert H.shape == dense.shape and (np.linalg.norm(dense) > 0 or 1 in sizes.values())
    assert np.allclose(H.todense(), dense, atol=1e-12) and np.allclose(H.T.todense(), dense.T)
    for width in (1, 3):
        right, left = rng.normal(size=(H.shape[1], width)), rng.normal(size=(H.shape[0], width))
        assert np.allclose(H @ right, dense @ right, atol=1e-12)
        assert np.allclose(H.T @ left, dense.T @ left, atol=1e-12)
        assert np.allclose(left.T @ H, left.T @ dense, atol=1e-12)
    flat = rng.normal(size=H.shape[1])
    assert (H @ flat).shape == (H.shape[0],) and np.allclose(H @ flat, dense @ flat, atol=1e-12)
    if dense.shape[0] == dense.shape[1]:
        assert np.allclose(H.diagonal(), np.diagonal(dense), atol=1e-12)


@pytest.mark.parametrize(("label", "d", "key"), CASES, ids=[f"{x} {k}" for x, _, k in CASES])
def test_the_formed_matrix_has_the_entries_of_differences(
    label: str, d: Derivation, key: Any
) -> None:
    """∂vec(value)/∂(vec X)ᵀ column by column from the exported value, X moved entry by entry."""
    data = drawn(variables(d.loss, *d.gradients.values(), *d.gradients), SIZES[0])
    if key.facts and key.facts[0] == "positive definite":
        pytest.skip("steps within the structure are those of the published form")
    run, x = compile_numpy(d), data[key.name]
    found = formed(d, key, data)
    for j in range(found.shape[1]):
        step = np.zeros(x.size)
        step[j] = 1e-6
        step = step.reshape(x.shape, order="F")
        sides = [
            run(
                **{
                    k: v
                    for k, v in {**data, **GIVEN, key.name: x + s}.items()
                    if k in run.arguments
                }
            )
            for s in (step, -step)
        ]
        slope = (sides[0]["value"] - sides[1]["value"]) / 2e-6
        assert np.allclose(found[:, j], slope.ravel(order="F"), rtol=1e-5, atol=1e-6)


n, m, k, N, p = dims("n m k N p")
A, B, C = matrix("A", n, n), matrix("B", k, k), matrix("C", n, n)
U, v, lam = matrix("U", n, 2), column("v", n, "positive"), scalar("lam", positive=True)
SOLVED: dict[str, tuple[Any, str]] = {
    "⊗": (kron(A, B), "inverse of ⊗"),
    "multiple of ⊗": (3 * kron(A, identity(k)), "inverse of ⊗"),
    "I ⊗ B": (kron(identity(n), B), "inverse of ⊗"),
    "⊗ and identity": (kron(A, identity(k)) + lam * identity(n * k), "joins"),
    "⊗ of inverses": (kron(inv(A), B), "inverse of ⊗"),
    "K": (kron(A, B) @ commutation(n, k), "inverse of a product"),
    "diagonal": (diag(v), "diagonal"),
    "low rank": (diag(v) + U @ U.T, "Woodbury"),
    "low rank, not symmetric": (diag(v) + U @ matrix("W", 2, n), "Woodbury"),
    "ridge": (lam * identity(n) + U @ diag(column("c", 2)) @ U.T, "Woodbury"),
    "both": (lam * identity(n) + diag(v) - 2 * U @ U.T, "Woodbury"),
    "several of low rank": (
        diag(v) + U @ U.T - 3 * v @ v.T + 0.5 * ones(n, n) @ diag(v / 9),
        "Woodbury",
    ),
    "ones": (2 * (diag(v) + ones(n, n)), "Woodbury"),
    "⊗ and low rank": (
        2
        * (
            kron(matrix("S", n, n, "positive definite"), identity(k))
            + vec(matrix("G", k, n)) @ ones(1, n * k)
        ),
        "Woodbury's formula, opened; inverse of ⊗",
    ),
    "diagonal matrices multiplied": (
        diag(v) @ diag(column("z", n, "positive")) + U @ U.T,
        "Woodbury",
    ),
    "a product that is not low": (diag(v) + A.T @ A + U @ U.T, "Cholesky"),
    "a matrix without parts and low rank": (A + U @ U.T, "LU"),
    "dense": (A, "LU"),
    "definite": (matrix("S", n, n, "positive definite"), "Cholesky"),
    "gram": (A.T @ diag(v) @ A, "Cholesky"),
    "tall gram": (
        matrix("X", N, n).T @ diag(column("c", N, "positive")) @ matrix("X", N, n),
        "Cholesky",
    ),
}


def as_jacobian(j: Any) -> Derivation:
    """The derivation of a linear map whose matrix is given."""
    X = column("x", j.cols)
    return Derivation(Product(j, X), {X: j}, kind="jacobian")


@pytest.mark.parametrize("name", SOLVED)
@pytest.mark.parametrize("sizes", [{"n": 5, "k": 3, "N": 9}, {"n": 4, "k": 1, "N": 4}], ids=str)
def test_it_solves_the_way_it_says(name: str, sizes: dict[str, int]) -> None:
    j, way = SOLVED[name]
    d = as_jacobian(j)
    H = structured_matrix(d)(**drawn(variables(j), sizes), **sizes, lam=0.7)
    dense, rng = H.todense(), np.random.default_rng(2)
    assert H.how_solved == ""
    for shape in ((len(dense),), (len(dense), 1), (len(dense), 4)):
        b = rng.normal(size=shape)
        x = H.solve(b)
        assert (
            x.shape == shape
            and np.allclose(dense @ x, b)
            and not np.allclose(dense @ (x * 1.01), b)
        )
        assert way in H.how_solved or sizes["k"] == 1, H.how_solved
    assert np.allclose(dense.T @ H.T.solve(b), b)


def test_a_rank_that_is_not_low_is_not_used() -> None:
    j = diag(v) + matrix("L", n, k) @ matrix("L", n, k).T
    data = {"L": np.random.default_rng(1).normal(size=(3, 5)), "v": np.ones((3, 1))}
    H = structured_matrix(as_jacobian(j))(**data)
    assert np.allclose(H.todense() @ H.solve(np.arange(3.0)), np.arange(3.0))
    assert H.how_solved == "formed, by Cholesky"


def test_a_sum_with_a_thin_product_acts_term_by_term() -> None:
    assert "product = A @ v + U @ (U.T @ v)" in structured_matrix(as_jacobian(A + U @ U.T)).source


@pytest.mark.parametrize("tiny", [1e-20, 1e-12])
def test_what_a_low_rank_loses_is_worked_out_again(tiny: float) -> None:
    """Of a diagonal that is nearly singular, Woodbury's formula has no inverse or a poor one."""
    data = {"U": np.array([[1.0, 2.0], [0.5, 1.0], [3.0, -1.0]]), "v": np.ones((3, 1))}
    data["v"][0] = tiny
    H = structured_matrix(as_jacobian(diag(v) + U @ U.T))(**data)
    assert np.allclose(H.todense() @ H.solve(np.arange(3.0)), np.arange(3.0))
    assert H.how_solved == "formed, by Cholesky"


def test_singular_matrices_are_errors() -> None:
    x = column("x", n)
    softmax = structured_matrix(hessian(logsumexp(x), x))(x=np.arange(4.0)[:, None])
    cases = [softmax, structured_matrix(as_jacobian(diag(column("c", n))))(c=np.zeros((3, 1)))]
    cases.append(structured_matrix(as_jacobian(kron(A, B)))(A=np.ones((2, 2)), B=np.eye(3)))
    nearly = np.array([[1.0, 2.0], [2.0, 4.0 + 1e-15]])
    cases.append(structured_matrix(as_jacobian(A))(A=nearly))
    for H in cases:
        with pytest.raises(np.linalg.LinAlgError):
            H.solve(np.cos(np.arange(H.shape[0])))


def test_substitution_in_blocks() -> None:
    S = matrix("S", n, n, "positive definite")
    x = np.random.default_rng(0).normal(size=(200, 200))
    H = structured_matrix(as_jacobian(S))(S=x @ x.T + np.eye(200))
    b = np.random.default_rng(1).normal(size=(200, 3))
    assert np.allclose(H @ H.solve(b), b) and H.how_solved == "formed, by Cholesky"


def big() -> Iterator[tuple[str, FactoredMatrix]]:
    rng = np.random.default_rng(0)
    T, F, G = matrix("T", m, n), matrix("F", m, k), matrix("G", n, k)
    loss = matrix_factorisation(T, F, G, lam)
    sizes = {"m": 300, "n": 200, "k": 4}
    data = {"T": rng.normal(size=(300, 200)), "F": rng.normal(size=(300, 4))}
    data |= {"G": rng.normal(size=(200, 4))}
    d = hessian(loss, F, (F, G))
    for key in (F, G):
        yield f"factorisation {key}", structured_matrix(d, key)(**data, **sizes, lam=0.5)
    X, W, Y = matrix("X", N, p), matrix("W", p, k), matrix("Y", N, k)
    d = hessian(softmax_regression(X, W, Y), W)
    x, w = rng.normal(size=(300, 100)), rng.normal(size=(100, 6))
    yield "softmax regression", structured_matrix(d)(X=x, W=w, Y=np.full((300, 6), 1 / 6))
    j = diag(v) + U @ U.T
    vs = {"v": np.ones((1000, 1)), "U": rng.normal(size=(1000, 2))}
    yield "low rank", structured_matrix(as_jacobian(j))(**vs)


BIG = ("factorisation F", "factorisation G", "softmax regression", "low rank")


@pytest.mark.parametrize("label", BIG)
def test_nothing_of_the_size_of_the_matrix_is_made(label: str) -> None:
    H = dict(big())[label]
    x = np.random.default_rng(1).normal(size=H.shape[1])
    whole = H.shape[0] * H.shape[1] * 8
    square = H.shape[0] == H.shape[1]
    tracemalloc.start()
    H @ x, H.T @ x[: H.shape[0]] if square else H.T @ np.ones(H.shape[0])
    if square:
        H.diagonal()
        if label != "softmax regression":
            H.solve(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < whole / 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_float_type_stays(dtype: Any) -> None:
    X, w, y = matrix("X", N, p), column("w", p), column("y", N)
    data = drawn((X, w, y), SIZES[0])
    H = structured_matrix(hessian(logistic_regression(X, w, y), w))(
        **{name: x.astype(dtype) for name, x in data.items()}
    )
    ones_ = np.ones(3)
    results = H @ ones_, H.todense(), H.diagonal(), H.solve(ones_), H.T @ np.ones((3, 2))
    assert {x.dtype for x in results} == {np.dtype(dtype)}


def test_what_is_refused() -> None:
    X = matrix("X", n, n)
    with pytest.raises(UnsupportedInput):
        structured_matrix(gradient(sum(X**2), X))
    code = structured_matrix(hessian(squared_norm(A @ X), X))
    with pytest.raises(MissingData, match="A"):
        code(X=np.eye(3))
    with pytest.raises(ValueError, match="n = 4"):
        code(X=np.eye(3), A=np.eye(4))
    H = code(A=np.eye(3))
    with pytest.raises(ShapeError, match="9 rows"):
        H @ np.ones(4)
    with pytest.raises(MissingData, match="size m"):
        T, F, G = matrix("T", m, n), matrix("F", m, k), matrix("G", n, k)
        structured_matrix(hessian(squared_norm(T - F @ G.T), F))(G=np.eye(3))
    with pytest.raises(ShapeError, match="square"):
        structured_matrix(jacobian(matrix("R", m, n) @ X, X))(R=np.ones((2, 3))).solve(np.ones(6))


def test_scipy_takes_it_as_a_linear_operator() -> None:
    linalg = pytest.importorskip("scipy.sparse.linalg")
    j = diag(v) + U @ U.T
    H = structured_matrix(as_jacobian(j))(**drawn((v, U), {"n": 6}))
    b = np.arange(6.0)
    x, info = linalg.cg(H.as_linear_operator(), b, rtol=1e-12)
    assert info == 0 and np.allclose(H.todense() @ x, b)


def test_the_source_runs_on_its_own() -> None:
    T, F, G = matrix("T", m, n), matrix("F", m, k), matrix("G", n, k)
    code = structured_matrix(hessian(squared_norm(T - F @ G.T), F))
    scope: dict[str, Any] = {"__name__": "alone"}
    exec(compile(code.source, "alone", "exec"), scope)
    g = np.random.default_rng(0).normal(size=(5, 2))
    parts = scope["parts"](g)
    x = np.arange(6.0)[:, None]
    product = scope["times"](*parts.values(), x, m=3)["product"]
    assert np.allclose(product, np.kron(2 * g.T @ g, np.eye(3)) @ x)
    assert "import numpy as np" in code.source and "matcalc import" not in code.source


@pytest.mark.parametrize("law", OWN_LAWS, ids=[law.name for law in OWN_LAWS])
@pytest.mark.parametrize("sizes", [(2, 3, 4, 5), (3, 1, 2, 4), (1,)], ids=str)
def test_both_sides_of_a_law_have_the_same_entries(law: Law, sizes: tuple[int, ...]) -> None:
    try:
        assert_same_lowered(law, sizes)
    except NothingThere:
        pytest.skip("at these sizes there is nothing of these shapes")


@pytest.mark.parametrize("law", OWN_LAWS, ids=[law.name for law in OWN_LAWS])
def test_a_law_does_what_its_row_says(law: Law) -> None:
    assert law.apply(law.lhs) == law.rhs


x = column("x", n)
s, t = sigmoid(x), tanh(x)
SIGNS = {
    "σ(1 − σ)": (s * (ones(n) - s), True),
    "1 − tanh²": (ones(n) - t**2, True),
    "σ − σ²": (s - s**2, False),
    "x²": (x**2, True),
    "x³": (x**3, False),
    "relu": (relu(x), True),
    "1 − 2σ": (ones(n) - 2 * s, False),
    "positive": (column("y", n, "positive") * s, True),
    "x": (x, False),
    "−σ": (-s, False),
    "repeated": (s @ ones(1, k), True),
    "1/3 − σ/3": (ones(n) / 3 - s / 3, False),
    "1/4 − σ/4": (ones(n) / 4 - s / 4, True),
    "σ − 1/1000": (s - ones(n) / 1000, False),
    "vec": (vec(matrix("M", n, k) ** 2), True),
}


@pytest.mark.parametrize("name", SIGNS)
def test_signs(name: str) -> None:
    a, never = SIGNS[name]
    assert is_nonnegative(a) is never


def test_a_symmetric_product_is_formed_once() -> None:
    X, w, y = matrix("X", N, p), column("w", p), column("y", N)
    d = hessian(logistic_regression(X, w, y), w)
    lines = [line for line in numpy_source(d).splitlines() if "jacobian_w =" in line]
    assert lines == ["    jacobian_w = t2.T @ t2  # p × p"]
    free = Derivation(d.loss, {w: X.T @ diag(column("c", N)) @ X}, kind="jacobian")
    data = drawn((X, w, y), SIZES[0]) | {"c": -np.ones((7, 1))}
    found = compile_numpy(free)(**data)["w"]
    assert np.allclose(found, -data["X"].T @ data["X"])


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_perturbed_matrix_is_another(sizes: dict[str, int]) -> None:
    for _, d, key in CASES[:5]:
        H, dense = at(d, key, sizes)
        wrong = structured_matrix(d.with_gradient(key, Scale(Integer(2), d[key])), key)
        data = drawn(variables(d.loss, *d.gradients.values(), *d.gradients), sizes)
        if np.linalg.norm(dense) > 1e-8:
            assert not np.allclose(wrong(**data, **GIVEN).todense(), H.todense())


def test_parts_are_variables_with_names_of_their_own() -> None:
    T = matrix("part_1", n, n)
    H = structured_matrix(as_jacobian(kron(T @ T, T)))(part_1=np.diag([1.0, 2.0]) + 1)
    given = np.diag([1.0, 2.0]) + 1
    assert np.allclose(H.todense(), np.kron(given @ given, given))
    assert isinstance(T, Variable)
