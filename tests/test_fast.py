"""The fast form of generated code: the same values, memory that is kept, arguments left alone."""

import ast
import re
import tracemalloc

import numpy as np
import pytest

import matcalc
from derivations.batch_normed_net import Net, epsilon
from matcalc import Derivation, column, gradient, identity, kron, let, matrix, row, unvec
from matcalc.lower import compile_numpy, export, fast_numpy_source
from matcalc.lower.array_shapes import UnknownShape, shape_of
from matcalc.pointwise import Undefined
from matcalc.sampling import Sampler, distinct_sizes
from tests import worked

CASES = [pytest.param(derivation, id=label) for label, derivation, _ in worked.CASES]
NET = Net("relu", 0, epsilon).derivation()


def drawn(sampler, scale):
    """A sample at distinct sizes; at others where a matrix would be singular at these."""
    for swapped in (False, True):
        sizes = sampler.fitted(distinct_sizes(sampler.sizes, {}, swapped), {})
        try:
            return sampler.draw({s: scale * k for s, k in sizes.items()})
        except Undefined:
            continue
    raise AssertionError("no data were found")


def arguments(derivation: Derivation, run, seed: int, scale: int = 1):
    """Random data for generated code, the functions of its abstract names included."""
    sampler = Sampler([derivation.loss, *derivation.gradients.values()], seed)
    sample = drawn(sampler, scale)
    given = {v.name: np.array(table) for v, table in sample.data.items()}
    given |= {s.name: x for s, x in sample.scalars.items()}
    given |= {s.name: k for s, k in sample.sizes.items()}
    for name, f in sample.functions.items():
        given |= {name + "_prime" * k: (lambda x, f=f, k=k: f(k, x)) for k in range(3)}
    return {name: given[name] for name in run.arguments}


def memory(work):
    """The arrays that one function has kept."""
    ((_, *kept),) = work.values()
    return kept


@pytest.mark.parametrize("derivation", CASES)
def test_values_are_those_of_the_readable_form(derivation):
    plain, fast = compile_numpy(derivation), compile_numpy(derivation, fast=True)
    work, norms = {}, 0.0
    for seed in range(3):
        given = arguments(derivation, plain, seed)
        kept = {k: x.copy() for k, x in given.items() if isinstance(x, np.ndarray)}
        expected, found = plain(**given), fast(**given, work=work)
        assert found.keys() == expected.keys()
        for key, x in expected.items():
            assert np.shape(found[key]) == np.shape(x)
            np.testing.assert_allclose(found[key], x, 1e-10, 1e-10 * max(np.abs(x).max(), 1e-3))
        assert all(np.array_equal(given[k], x) for k, x in kept.items())
        assert_own(found, work)
        norms += sum(np.linalg.norm(x) for key, x in expected.items() if key != "loss")
    assert norms > 1e-3


def assert_own(found, work):
    """No result lies in memory that the next call writes over."""
    for x in found.values():
        assert not any(np.shares_memory(x, kept) for kept in memory(work))


m, n, k = matcalc.dims("m n k")
A, B, S = matrix("A", m, m), matrix("B", m, k), matrix("S", n, n)
G, v = matrix("G", n * k, "p"), column("v", m * k)


@pytest.mark.parametrize(
    "value", [kron(S, identity(k)) @ G, unvec(kron(identity(k), A) @ v, m, k), (A @ B).T]
)
def test_views_of_kept_memory_are_copied(value):
    derivation = Derivation(value, {}, kind="jacobian")
    run, work = compile_numpy(derivation, fast=True), {}
    given = arguments(derivation, run, 0)
    found = run(**given, work=work)
    assert_own(found, work)
    np.testing.assert_allclose(found["value"], compile_numpy(derivation)(**given)["value"])


def test_results_outlive_the_next_call():
    run, work = compile_numpy(NET, fast=True), {}
    first_data, second_data = (arguments(NET, run, seed) for seed in (1, 2))
    first = run(**first_data, work=work)
    kept = {k: np.copy(x) for k, x in first.items()}
    run(**second_data, work=work)
    assert all(np.array_equal(first[k], x) for k, x in kept.items())
    assert_own(first, work)


def test_memory_is_kept_and_follows_sizes_and_types():
    run, work = compile_numpy(NET, fast=True), {}
    given = arguments(NET, run, 0)
    run(**given, work=work)
    before = [id(x) for x in memory(work)]
    run(**given, work=work)
    assert [id(x) for x in memory(work)] == before
    larger = arguments(NET, run, 0, scale=2)
    single = {k: x.astype(np.float32) if np.ndim(x) else x for k, x in larger.items()}
    found = run(**single, work=work)
    assert all(x.dtype == np.float32 for x in found.values() if np.ndim(x))
    assert {x.dtype for x in memory(work)} == {np.dtype(np.float32), np.dtype(bool)}


def test_functions_may_share_what_keeps_their_memory():
    A = matrix("A", "N", "p")
    several = [gradient(matcalc.sum(f(A) ** 3), A) for f in (matcalc.exp, matcalc.relu)]
    runs = [(compile_numpy(d), compile_numpy(d, fast=True)) for d in several]
    work, given = {}, {"A": np.random.default_rng(0).normal(size=(5, 3))}
    for plain, fast in runs * 2:
        np.testing.assert_allclose(fast(**given, work=work)["A"], plain(**given)["A"])
    assert len(work) == 2


def test_what_was_seen_before_is_checked_again_where_it_differs():
    run, work, given = compile_numpy(NET, fast=True), {}, arguments(NET, compile_numpy(NET), 0)
    run(**given, work=work)
    with pytest.raises(ValueError, match="y"):
        run(**{**given, "y": given["y"][:-1]}, work=work)
    with pytest.raises(TypeError, match="beta"):
        run(**{**given, "beta": given["beta"].astype(np.float32)}, work=work)
    with pytest.raises(TypeError, match="Gamma_2"):
        run(**{**given, "Gamma_2": given["Gamma_2"].tolist()}, work=work)
    with pytest.raises(TypeError, match="X"):
        run(**{**given, "X": given["X"].view(np.matrix)}, work=work)


def test_growing_memory_of_the_net_is_three_arrays():
    run = compile_numpy(NET, fast=True)
    rng = np.random.default_rng(0)
    N, p1, p2 = 20_000, 16, 8
    shapes = {
        "X": (N, p1),
        "y": (N, 1),
        "Gamma_1": (p1, p2),
        "Gamma_2": (p2, 1),
        "gamma": (1, p2),
        "beta": (1, p2),
    }
    given = {k: rng.normal(size=shape) for k, shape in shapes.items()}
    work = {}
    run(**given, epsilon=1e-5, work=work)
    tracemalloc.start()
    run(**given, epsilon=1e-5, work=work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = sum(x.nbytes for x in memory(work))
    assert kept <= 3.2 * 8 * N * p2
    assert peak < 0.6 * 8 * N * p2


def test_layout_follows_the_longer_side_and_that_of_the_arguments():
    run, work = compile_numpy(NET, fast=True), {}
    given = arguments(NET, run, 0)
    shapes = {np.shape(x) for x in given.values()}
    run(**given, work=work)
    new = [x for x in memory(work) if x.shape not in shapes]
    like_given = [x for x in memory(work) if x.shape in shapes]
    assert any(x.shape[0] > x.shape[1] > 1 for x in new) and like_given
    assert all(x.flags.f_contiguous for x in new if x.shape[0] > x.shape[1])
    assert all(x.flags.c_contiguous for x in new if x.shape[0] <= x.shape[1])
    assert all(x.flags.c_contiguous for x in like_given)


def test_code_reads_one_call_a_line_and_ufuncs_write_out():
    source = fast_numpy_source(NET)
    body = source[source.index("Z = ") : source.index("return {")]
    assert body.count("out=w") >= 11
    assert not re.search(r"= .*(sum\(axis|einsum)", body)
    for line in body.splitlines():
        code = line.split("  # ")[0].strip()
        assert len(re.findall(r"out=", code)) <= 1
    assert fast_numpy_source(NET) == source
    compile(source, "generated", "exec")


def test_names_that_are_taken():
    work, w1, found = matrix("work", "N", "p"), matrix("w1", "N", "p"), column("found", "N")
    own, kept = row("loss_and_gradients", "p"), row("kept", "p")
    rest = matcalc.sum(found) + matcalc.sum(own + kept)
    run = compile_numpy(gradient(matcalc.sum(matcalc.tanh(work * w1) ** 2) + rest, w1), fast=True)
    rng = np.random.default_rng(0)
    given = {"work": rng.normal(size=(4, 3)), "w1": rng.normal(size=(4, 3))}
    given |= {
        "found": np.ones((4, 1)),
        "loss_and_gradients": np.ones((1, 3)),
        "kept": np.ones((1, 3)),
    }
    t = np.tanh(given["work"] * given["w1"])
    found = run(**given)
    np.testing.assert_allclose(found["w1"], 2 * t * (1 - t**2) * given["work"])


def test_an_operand_read_again_is_not_overwritten():
    A, r = matrix("A", "N", "p"), row("r", "p")
    Z = let("Z", matcalc.exp(A) * (matcalc.ones("N") @ r))
    loss = matcalc.sum(Z**3) + matcalc.sum(Z) ** 2 + matcalc.trace(Z.T @ Z @ Z.T @ Z)
    plain, fast = (compile_numpy(gradient(loss, (A, r)), fast=f) for f in (False, True))
    given = {"A": np.random.default_rng(1).normal(size=(5, 3)) / 2, "r": np.array([[1.0, -2, 3]])}
    for key, x in plain(**given).items():
        np.testing.assert_allclose(fast(**given)[key], x, rtol=1e-12)


def test_export_writes_the_fast_form(tmp_path):
    path = export(NET, tmp_path / "net.py", target="fast numpy")
    assert path.read_text("utf-8").startswith(fast_numpy_source(NET))


def test_shapes_of_expressions():
    N, p = matcalc.dims("N p")
    known = {"A": (N, p), "B": (p, N), "r": (matcalc.dims("N")[0] * 0 + 1, p), "c": None}

    def shape(text):
        return shape_of(ast.parse(text, mode="eval").body, known)

    assert shape("A @ B * c - 1") == (N, N)
    assert shape("A * r / c") == (N, p)
    assert shape("-A.T") == (p, N)
    assert shape("np.maximum(A, 0) > c") == (N, p)
    assert shape("A.sum(axis=0, keepdims=True)") == (1, p)
    assert shape("np.einsum('ij,ij->i', A, A)[:, None]") == (N, 1)
    assert shape("c + 1") is None
    for unknown in ("A + B", "f(A)", "A[0]", "A.reshape(3)", "missing", "c @ A", "A.sum()"):
        with pytest.raises(UnknownShape):
            shape(unknown)


@pytest.mark.parametrize("turned", [False, True], ids=["columns", "rows"])
def test_lines_that_differ_between_their_ends_alone_have_a_variance(turned):
    Z, Y, r = matrix("Z", "n", "p"), matrix("Y", "n", "p"), row("r", "p")
    layer = matcalc.layer_norm if turned else matcalc.batch_norm
    found = gradient(matcalc.inner(Y, layer(Z, r, r, eps=0)), Z)
    fast, plain = compile_numpy(found, fast=True), compile_numpy(found)
    assert re.search(rf"_varying\(Z, {int(turned)}\)", fast.source)
    assert "_varying" not in plain.source
    data = arguments(found, plain, 1, scale=2)
    Z = data["Z"].T if turned else data["Z"]
    Z[-1, 0] = Z[0, 0]
    expected, values = plain(**data), fast(**data)
    assert np.isfinite(values["Z"]).all() and np.linalg.norm(values["Z"]) > 0.01
    assert np.allclose(values["Z"], expected["Z"]) and np.isclose(values["loss"], expected["loss"])
    Z[:, 0] = Z[0, 0]
    with np.errstate(all="ignore"):
        slopes = fast(**data)["Z"]
    assert not np.isfinite(slopes[0] if turned else slopes[:, 0]).any()


def test_a_product_with_itself_stays_one_that_is_half_worked_out():
    """``@`` sees that AᵀA is symmetric; ``dot`` does so more slowly, but costs less to call."""
    A = matrix("A", "N", "p")
    source = fast_numpy_source(Derivation(A.T @ A, {}, kind="jacobian"), typical={"N": 500})
    assert "value = A.T @ A  #" in source and ".dot(" not in source
    small = fast_numpy_source(Derivation(A.T @ A, {}, kind="jacobian"), typical={"N": 5, "p": 3})
    assert "A.T.dot(A)" in small
