"""Hessians by the weights of deeper nets: sample by sample, and nothing as large as all squared."""

from typing import Any

import numpy as np
import pytest

from matcalc import (
    Derivation,
    diag,
    dims,
    hessian,
    identity,
    kron,
    matrix,
    relu,
    sigmoid,
    softmax_regression,
    squared_norm,
    tanh,
    trace,
    vec,
)
from matcalc.lower import compile_array_api, compile_numpy
from matcalc.lower.per_row import HELPERS
from matcalc.lower.structured_matrix import structured_matrix
from matcalc.symbols import variables
from tests.array_libraries import LIBRARIES, Through, doubles
from tests.numeric import sample_for

N, p, c = dims("N p c")
k1, k2, k3 = dims("k1 k2 k3")
X, Y, y = matrix("X", N, p), matrix("Y", N, c), matrix("y", N, 1)
A, B, C = matrix("A", p, k1), matrix("B", k1, k2), matrix("C", k2, k3)
D, w = matrix("D", k3, c), matrix("w", k2, 1)
V = relu(relu(X @ A) @ B)
CASES = {
    "relu, softmax": (softmax_regression(relu(V @ C), D, Y), A),
    "relu, softmax, by the second weights": (softmax_regression(relu(V @ C), D, Y), B),
    "tanh, squares": (squared_norm(tanh(tanh(tanh(X @ A) @ B) @ C) @ D - Y), A),
    "tanh, one output": (squared_norm(tanh(tanh(X @ A) @ B) @ w - y), A),
    "relu, one output": (squared_norm(relu(V @ C) @ matrix("w", k3, 1) - y), A),
    "logistic, one layer": (squared_norm(sigmoid(X @ A) @ matrix("w", k1, 1)), A),
    "no function at first": (squared_norm(tanh(X @ A @ B) @ C - matrix("Z", N, k3)), A),
    "other layers": (squared_norm((tanh((X @ A) ** 3 @ B) @ C) ** 2), A),
}
X_, Y_, y_ = matrix("X", p, N), matrix("Y", c, N), matrix("y", 1, N)
A_, B_, C_ = matrix("A", k1, p), matrix("B", k2, k1), matrix("C", k3, k2)
D_, w_ = matrix("D", c, k3), matrix("w", 1, k2)
V_ = relu(B_ @ relu(A_ @ X_))
CASES |= {
    "columns, one layer": (squared_norm(matrix("w", 1, k1) @ tanh(A_ @ X_) - y_), A_),
    "columns, relu, squares": (squared_norm(D_ @ relu(C_ @ V_) - Y_), A_),
    "columns, relu, squares, by the second weights": (squared_norm(D_ @ relu(C_ @ V_) - Y_), B_),
    "columns, tanh": (squared_norm(tanh(C_ @ tanh(B_ @ tanh(A_ @ X_)))), A_),
    "columns, one output": (squared_norm(w_ @ V_ - y_), A_),
    "columns, no function at first": (squared_norm(tanh(B_ @ A_ @ X_)), A_),
}
S, U = matrix("S", k1, k1), matrix("U", p, k1)
deep: Any = X @ U
for number in range(9):
    deep = tanh(deep @ matrix(f"S_{number}", k1, k1))
skipped = X @ U + tanh(X @ U @ S)
CASES |= {
    "more factors than one product has": (squared_norm(deep @ S - matrix("Z", N, k1)), U),
    "around a layer": (squared_norm(tanh(skipped @ B) - matrix("Z", N, k2)), U),
    "around a layer, linear behind": (squared_norm(skipped @ B - matrix("Z", N, k2)), U),
    "in a layer that one goes around": (squared_norm(tanh(skipped @ B) - matrix("Z", N, k2)), S),
}
SIZES = (
    {"N": 5, "p": 3, "k1": 4, "k2": 6, "k3": 2, "c": 7},
    {"N": 4, "p": 2, "k1": 3, "k2": 1, "k3": 5, "c": 2},
    {"N": 1, "p": 3, "k1": 2, "k2": 4, "k3": 3, "c": 5},
    {"N": 6, "p": 1, "k1": 3, "k2": 2, "k3": 4, "c": 3},
)


def drawn(derivation: Derivation, sizes: dict[str, int]) -> tuple[dict[str, Any], Any]:
    """Arguments by name, and the Hessian by loops over its definition."""
    (formula,) = derivation.gradients.values()
    known = {s: sizes[s.name] for v in variables(derivation.loss) for s in v.shape if s.is_Symbol}
    for seed in range(9):  # a relu may be 0 at all of a few samples
        sample = sample_for(derivation.loss, formula, seed=seed, sizes=known)
        data = {v.name: np.array(table) for v, table in sample.data.items()}
        expected = np.array(sample.base.value(formula))
        if np.abs(expected).max() > 1e-6:
            return data, expected
    raise AssertionError("the Hessian is 0")


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("loss", "weights"), CASES.values(), ids=CASES)
def test_it_is_the_hessian_that_is_formed(loss: Any, weights: Any, sizes: dict[str, int]) -> None:
    derivation = hessian(loss, weights)
    data, expected = drawn(derivation, sizes)
    for fast in (False, True):
        run = compile_numpy(derivation, fast=fast)
        found = run(**{name: data[name] for name in run.arguments})[weights.name]
        assert np.allclose(found, expected, rtol=1e-10, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("library", [x for x in LIBRARIES if x != "dask"])
@pytest.mark.parametrize(("loss", "weights"), CASES.values(), ids=CASES)
def test_it_is_so_in_every_library(loss: Any, weights: Any, library: str) -> None:
    derivation = hessian(loss, weights)
    data, expected = drawn(derivation, SIZES[0])
    with doubles(library) as arrays:
        run = Through(compile_array_api(derivation), arrays)
        found = run(**{name: data[name] for name in run.arguments})[weights.name]
    assert np.allclose(found, expected, rtol=1e-10, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_as_large_as_the_samples_squared(case: str) -> None:
    source = compile_numpy(hessian(*CASES[case])).source
    assert "N**2" not in source.split("Notes")[1].split("Products")[0]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("loss", "weights"), CASES.values(), ids=CASES)
def test_its_diagonal_and_its_trace_alone(loss: Any, weights: Any, sizes: dict[str, int]) -> None:
    derivation = hessian(loss, weights)
    data, expected = drawn(derivation, sizes)
    code = structured_matrix(derivation)
    found = code(**{v.name: data[v.name] for v in variables(code.matrix)}).diagonal()
    size = 1e-11 * np.abs(expected).max()
    assert np.allclose(found, np.diagonal(expected), rtol=1e-10, atol=size)
    run = compile_numpy(Derivation(trace(derivation[weights]), {}))
    total = run(**{name: data[name] for name in run.arguments})["loss"]
    assert np.isclose(total, np.trace(expected), rtol=1e-10, atol=len(expected) * size)
    entries = code.source.split("def diagonal_entries")[1].split("\ndef ")[0]
    assert not any(word in x for word in ("N**2", "diagflat") for x in (entries, run.source))


def test_rows_of_rank_one_are_one_symmetric_product() -> None:
    loss, weights = CASES["relu, one output"]
    lines = compile_numpy(hessian(loss, weights)).source.splitlines()
    (product,) = [line for line in lines if "jacobian_A = " in line]
    left, right = product.split(" = ")[1].split("  #")[0].split(" @ ")
    assert left == f"{right}.T"


def test_what_mixes_samples_is_left_to_other_laws() -> None:
    R, u = matrix("R", N, N), vec(matrix("U", N, k1))
    inside = diag(u) @ kron(identity(k1), R) @ diag(u) @ kron(B @ B.T, identity(N)) @ diag(u)
    whole = kron(identity(k1), X.T) @ inside @ kron(identity(k1), X)
    source = compile_numpy(Derivation(whole, {}, kind="jacobian")).source
    assert not any(name in source for name in HELPERS)
