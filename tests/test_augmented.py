"""Array API code that writes over arrays: nobody's data, and no other problem's of a stack."""

import re
from typing import Any

import numpy as np
import pytest
import sympy

import matcalc
from derivations import transformers
from derivations.batch_normed_net import Net, epsilon
from matcalc import Derivation, gradient, let, matrix, ones, relu, row
from matcalc.lower import array_api_source, compile_array_api, compile_numpy
from matcalc.lower.array_helpers import HELPERS
from tests.array_libraries import Through, doubles
from tests.test_array_api import gap, values

A, r = matrix("A", "N", "p"), row("r", "p")
Z = let("Z", matcalc.exp(A / 9) * (ones("N") @ r))
READ_LATER = gradient(
    matcalc.sum(Z**3) + matcalc.sum(relu(Z) * Z) + matcalc.trace(Z.T @ Z @ Z.T @ A), (A, r)
)
NET = Net("relu", 1, epsilon).derivation()
ATTENTION = next(d for label, d, _ in transformers.cases() if label == "attention")
DERIVATIONS = {"net": NET, "attention": ATTENTION, "read later": READ_LATER}
of_each = pytest.mark.parametrize("derivation", DERIVATIONS.values(), ids=DERIVATIONS)


def test_what_nobody_reads_again_is_written_over_or_goes() -> None:
    source = array_api_source(NET)
    wide = "B = _stacked(xp, _plus_product(xp, beta, gamma / sigma_Z, t1), stack)"
    for line in ("t1 -= mu_Z", wide, "del B", 'V = _over(xp, "clip", B, 0, None)'):
        assert re.search(rf"^    {re.escape(line)}(  #.*)?$", source, re.MULTILINE)


def test_an_array_is_written_over_again_and_again() -> None:
    X, Y, B = matrix("X", "N", "q"), matrix("Y", "q", "p"), matrix("B", "N", "p")
    T = let("T", X @ Y)
    source = array_api_source(gradient(matcalc.sum(matcalc.exp((T * A + B) * A)), Y))
    assert "    T *= A\n    T += B\n    T *= A\n" in source


def test_what_is_not_written_over_goes_at_once() -> None:
    P, Q = matrix("P", "n", "n"), matrix("Q", "n", "n")
    T = let("T", P @ Q)
    V = let("V", matcalc.exp(T))
    source = array_api_source(Derivation(matcalc.sum(V * matcalc.tanh(V @ Q)), {}))
    assert '    V = _over(xp, "exp", T)  # n × n\n    del T\n' in source


def test_the_greater_of_sizes_is_a_number() -> None:
    n, X = matcalc.dims("N")[0], matrix("X", "N", "p")
    for factor in (sympy.Max(n - 3, 0), matcalc.maximum(n - 3, 0), matcalc.minimum(n - 3, 7)):
        run = compile_array_api(gradient(factor * matcalc.sum(X * X), [X]))
        with doubles("numpy") as library:
            found = Through(run, library)(X=np.ones((4, 3)))
        assert np.array_equal(found["X"], np.full((4, 3), 2.0))


class WithMethods(np.ndarray):
    """An array with a method that writes over it, as torch's have."""

    def ceil_(self) -> "WithMethods":
        """Round up."""
        return np.ceil(self, out=self)


def test_functions_write_over_arrays_that_have_such_methods() -> None:
    source = array_api_source(NET)
    helper = source[source.index("def _over") :].split("\n\n\n")[0]
    made: dict[str, Any] = {}
    exec(helper, made)
    entries = np.array([[0.5, -1.5], [2.0, 3.25]])
    plain, own = entries.copy(), entries.copy().view(WithMethods)
    for a, shared in ((plain, False), (own, True)):
        found = made["_over"](np, "ceil", a)
        assert np.array_equal(found, np.ceil(entries)) and np.shares_memory(found, a) is shared
    assert np.array_equal(made["_over"](np, "clip", own, 0, None), [[1, 0], [2, 4]])


def test_a_difference_is_written_over_what_is_taken_away() -> None:
    T, C = let("T", A @ matrix("Q", "p", "p")), row("c", "p")
    for scale, text in ((2 * C, "-2 * c"), (C / 3, "-c / 3"), (C, "-c")):
        found = gradient(matcalc.sum(matcalc.exp(A - T * (ones("N") @ scale))), T)
        source = array_api_source(found)
        assert f"    T *= {text}\n    T += A\n" in source
        given = values(found)
        with doubles("numpy") as library:
            written = Through(compile_array_api(found), library)(**given)
        assert gap(written, compile_numpy(found)(**given)) < 1e-12


@pytest.mark.parametrize("axis", [-2, -1, (-2, -1)])
@pytest.mark.parametrize("name", ["numpy", "torch", "strict", "jax", "dask"])
def test_sums_of_products_by_parts(name: str, axis: Any) -> None:
    """The last part has fewer rows; a stack of problems may be that of one factor alone."""
    compat = pytest.importorskip("array_api_compat")
    made: dict[str, Any] = {"array_api_compat": compat}
    exec(HELPERS["_dots"] + HELPERS["_is_at_once"], made)
    rng = np.random.default_rng(2)
    for shape, other in (((5, 2**16), (2, 5, 2**16)), ((2, 4, 3), (4, 3)), ((2**17 + 3, 1),) * 2):
        a, b = rng.normal(size=shape), rng.normal(size=other)
        with doubles(name) as library:
            x, y = library.to(a), library.to(b)
            found = library.back(made["_dots"](compat.array_namespace(x), x, y, axis))
        expected = (a * b).sum(axis=axis, keepdims=True)
        assert found.shape == expected.shape and np.allclose(found, expected, atol=1e-9)


def test_ranges_are_read_before_the_matrix_goes() -> None:
    source = array_api_source(Net("relu", 0, 0).derivation())
    ranges, centred = source.index("xp.min(Z, axis=-2"), source.index("t1 -= mu_Z")
    assert ranges < centred


@of_each
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_every_argument_alone_may_be_a_stack(derivation: Derivation, library: str) -> None:
    run, plain = compile_array_api(derivation), compile_numpy(derivation)
    given, others = values(derivation, seed=1), [values(derivation, seed=k) for k in (2, 5)]
    for name in given:
        problems = [given, *({**given, name: other[name]} for other in others)]
        stacked = given | {name: np.stack([problem[name] for problem in problems])}
        with doubles(library) as lib:
            found = Through(run, lib)(**stacked)
        for k, problem in enumerate(problems):
            alone = plain(**problem)
            assert gap({key: x[k] for key, x in found.items()}, alone) < 1e-11


@of_each
def test_arguments_stay_as_they_are(derivation: Derivation) -> None:
    given = values(derivation)
    kept: dict[str, Any] = {name: np.copy(x) for name, x in given.items()}
    with doubles("numpy") as library:
        found = Through(compile_array_api(derivation), library)(**given)
    assert gap(found, compile_numpy(derivation)(**given)) < 1e-12
    assert all(np.array_equal(given[name], x) for name, x in kept.items())


def test_derivatives_of_relu_from_its_values() -> None:
    B = matrix("B", "N", "p")
    weighted = gradient(matcalc.inner(relu(B), A), [B])
    both = gradient(matcalc.sum(relu(B)) + matcalc.sum(relu(A) * relu(B)), [B])
    entries = np.array([[0.0, -0.0, 1e-310], [-3.0, 2.5, 1e300]])
    with doubles("numpy") as library:
        for derivation in (weighted, both):
            given = {"A": np.full((2, 3), 3.0), "B": entries}
            found = Through(compile_array_api(derivation), library)(**given)
            factor = 3.0 if derivation is weighted else 4.0
            assert np.array_equal(found["B"], factor * (entries > 0))
