"""Systems with one matrix, solved together: one factorisation, the values of separate ones."""

from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import Derivation, column, gradient, inv, let, logdet, matrix, solve
from matcalc.lower import compile_array_api, compile_numpy, numpy_source
from tests.array_libraries import Through, doubles

A, B = matrix("A", "n", "n"), matrix("B", "n", "k")
b, c = column("b", "n"), column("c", "n")


def derived(*outputs: Any) -> Derivation:
    """Several matrices as the outputs of one function."""
    names = [matrix("ABbc"[i], "n", ("n", "k", 1, 1)[i]) for i in range(1, len(outputs))]
    return Derivation(outputs[0], dict(zip(names, outputs[1:], strict=True)), kind="jacobian")


def data(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {"A": (4, 4), "B": (4, 3), "b": (4, 1), "c": (4, 1)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def test_right_sides_are_stacked() -> None:
    d = derived(solve(A, b), solve(A, B), B.T @ solve(A, c))
    given = data()
    assert numpy_source(d).count("np.linalg.solve(") == 1
    found = list(compile_numpy(d)(**given).values())
    x, X, y = (np.linalg.solve(given["A"], given[name]) for name in ("b", "B", "c"))
    for value, expected in zip(found, (x, X, given["B"].T @ y), strict=True):
        np.testing.assert_allclose(value, expected, 1e-10)


def test_results_are_arrays_of_their_own() -> None:
    given = {name: x for name, x in data().items() if name != "c"}
    x, X = compile_numpy(derived(solve(A, b), solve(A, B)))(**given).values()
    assert not np.shares_memory(x, X)
    np.testing.assert_allclose(given["A"] @ np.hstack((x, X)), np.hstack((given["b"], given["B"])))


def test_what_waits_for_a_solution_is_solved_after_it() -> None:
    first = solve(A, b)
    d = derived(first, solve(A, B), solve(A, first * c), solve(A, B @ B.T @ first))
    given = data(1)
    assert numpy_source(d).count("np.linalg.solve(") == 2
    M, (x, X, y, z) = given["A"], compile_numpy(d)(**given).values()
    np.testing.assert_allclose(M @ x, given["b"], 1e-9)
    np.testing.assert_allclose(M @ X, given["B"], 1e-9)
    np.testing.assert_allclose(M @ y, x * given["c"], 1e-9)
    np.testing.assert_allclose(M @ z, given["B"] @ given["B"].T @ x, 1e-9)


def test_of_other_matrices_nothing_is_shared() -> None:
    d = derived(solve(A, b), solve(A.T, b), solve(matcalc.matrix("C", "n", "n"), b))
    assert numpy_source(d).count("np.linalg.solve(") == 3


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_gradient_through_solutions_and_a_determinant(library: str) -> None:
    S = matrix("S", "n", "n", "positive definite")
    K = let("K", S + matcalc.identity("n"))
    loss = matcalc.sum(solve(K, b) ** 2) / 2 + matcalc.trace(b.T @ inv(K) @ c) + logdet(K)
    d = gradient(loss, [b, c])
    given = data(2)
    given = {"S": given["A"] @ given["A"].T, "b": given["b"], "c": given["c"]}
    assert numpy_source(d).count("np.linalg.solve(") == 2
    found = compile_numpy(d)(**given)
    M = np.linalg.inv(given["S"] + np.eye(4))
    np.testing.assert_allclose(found["b"], M @ M @ given["b"] + M @ given["c"], 1e-10)
    np.testing.assert_allclose(found["c"], M @ given["b"], 1e-10)
    with doubles(library) as lib:
        other = Through(compile_array_api(d), lib)(**given)
    for name, x in found.items():
        np.testing.assert_allclose(other[name], x, 1e-10)
