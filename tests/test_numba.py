"""Loops for numba: run as the Python that they are, without numba, and compiled where it is."""

import importlib
import subprocess
import sys
import warnings
from functools import reduce
from operator import mul
from pathlib import Path

import numpy as np
import pytest
import sympy

from derivations.batch_normed_net import Net, epsilon
from matcalc import (
    Derivation,
    batch_norm,
    centering,
    column,
    column_mean,
    column_std,
    column_sums,
    column_var,
    det,
    dims,
    elementwise,
    exp,
    expm,
    function,
    gradient,
    hypot,
    identity,
    inner,
    kron,
    let,
    log,
    logdet,
    matrix,
    ones,
    row,
    scalar,
    sigmoid,
    sin,
    solve,
    sum,
    tanh,
    trace,
)
from matcalc.errors import ExportError, NameRefused, UnsupportedInput
from matcalc.lower import compile_numba, compile_numpy, export, numba_source
from matcalc.lower.entry_text import entry_text
from tests import worked
from tests.test_fast import arguments
from tests.test_lower_random import SCALARS, SIZES, Expressions, tables
from tests.uncompiled import in_python

NET = Net("relu", 0, epsilon).derivation()
lam = scalar("lam")


SEEN = {label.split(" ddof")[0]: d for label, d, _ in worked.CASES}
CASES = [pytest.param(d, id=label) for label, d in SEEN.items()]


def assert_agrees(derivation, run, seed, scale=1, tolerance=1e-10, dtype=np.float64):
    """Values beside those of the readable form; the arguments are left alone."""
    plain = compile_numpy(derivation)
    given = {k: x for k, x in arguments(derivation, plain, seed, scale).items()}
    given = {k: x.astype(dtype) if isinstance(x, np.ndarray) else x for k, x in given.items()}
    kept = {k: x.copy() for k, x in given.items() if isinstance(x, np.ndarray)}
    exact = {k: x.astype(float) if k in kept else x for k, x in given.items()}
    expected = plain(**exact)
    found = run(**{plain.arguments[k]: x for k, x in given.items()})
    assert found.keys() == expected.keys()
    for key, x in expected.items():
        assert np.shape(found[key]) == np.shape(x)
        assert isinstance(found[key], float) or found[key].dtype == dtype
        size = max(float(np.abs(x).max()), 1e-3)
        np.testing.assert_allclose(found[key], x, tolerance, tolerance * size)
    assert all(np.array_equal(given[k], x) for k, x in kept.items())
    return found


@pytest.mark.parametrize("derivation", CASES)
def test_loops_agree_with_the_readable_form(derivation):
    """Blocks of one row and several chunks as well, so that everything is put together again."""
    try:
        numba_source(derivation)
    except UnsupportedInput as reason:
        pytest.skip(f"no loops: {reason}")
    for seed, rows in enumerate((64, 2)):
        run = in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=rows, CHUNKS=3)
        assert_agrees(derivation, run, seed, 1 + seed)


@pytest.mark.parametrize("seed", (0, 3, 4, 7, 9, 12, 14, 16, 20, 24, 31, 37))
def test_random_expressions(seed):
    make = Expressions(seed)
    results = {}
    for i in range(3):
        shape = make.size(), make.size()
        results[matrix(f"P{i}", *shape)] = make.matrix(*shape, 2)
    found = Derivation(sympy.sympify(make.number(2)), results)
    plain, run = compile_numpy(found), in_python(found, BLOCK_BYTES=1, LEAST_ROWS=2)
    given = {v.name: x for v, x in tables(found, seed).items()}
    given |= {s.name: x for s, x in (SCALARS | SIZES).items()}
    given = {plain.arguments[name]: given[name] for name in plain.arguments}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected, found_values = plain.function(**given), run(**given)
    for key, x in expected.items():
        assert np.shape(found_values[key]) == np.shape(x)
        np.testing.assert_allclose(found_values[key], x, 1e-9, 1e-9 * max(1, np.abs(x).max()))


n, p = dims("n p")
S, B, r = matrix("S", n, n), matrix("B", n, n), row("r", n)
W, Y = matrix("W", n, p**2), matrix("Y", n, 2)
Z = let("Z", hypot(S, B) + (B + r.T @ r) @ B)
CLIPPED = elementwise(lambda t: sympy.Piecewise((t, t > lam), (t**2, True)), S @ S)
v, q, D = column("v", n), row("q", p), matrix("D", n, p)
FLAT = v @ centering(1) @ q**2
ACTIVE = log(ones(n, p) + exp(FLAT))
NOTHING = 2 * q * (centering(1) @ v.T @ (D * sigmoid(FLAT)))
TOLD_APART = {
    "a power of a quotient": gradient(det(B) * (inner(S, tanh(S)) / 2) ** n, S),
    "a condition shared by two entries": gradient(sum(B * CLIPPED), S),
    "a function of rows beside their product": gradient(det(kron(r, ones(n))) + trace(Z), Z),
    "a line repeated in a function of a whole matrix": gradient(det(ones(n) @ r) + sum(S**2), S),
    "rows as long as a power of a size": gradient(inner(Y, W @ ones(p**2, 2)), W),
    "what zeros have multiplied": Derivation(inner(D, ACTIVE), {q: NOTHING, D: ACTIVE}),
}


@pytest.mark.parametrize("derivation", TOLD_APART.values(), ids=TOLD_APART)
def test_what_loops_once_mistook(derivation):
    assert_agrees(derivation, in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=2), 0)


T, w, mu = let("T", tanh(S)), column("w", n), let("mu", column_mean(column("w", n)))
X = matrix("X", n, p)
centred = X - ones(n) @ let("nu", column_mean(X))
ABOUT_MEANS = Derivation(
    inner(matrix("V", n, p), centred) + inner(q, q**2 * (s := row("s", p))),
    {q: w.T @ centred, s: (w**2).T @ centred},
)
TOGETHER = {
    "weights of rows, columns about their means": ABOUT_MEANS,
    "a column about its mean": Derivation(inner(column("u", n), w - ones(n) @ mu), {}),
    "sigmoids": gradient(inner(B, sigmoid(S)), S),
    "rows times all rows of the same": gradient(sum(sin(T @ T)), S),
}


@pytest.mark.parametrize("derivation", TOGETHER.values(), ids=TOGETHER)
def test_what_a_sweep_may_read_while_it_is_worked_out(derivation):
    assert_agrees(derivation, in_python(derivation, BLOCK_BYTES=1, LEAST_ROWS=2), 0)


def test_names_of_many_arrays_go_over_lines():
    given = [matrix(f"a_{k:020}", n, n) for k in range(9)]
    derivation = gradient(sum(reduce(mul, given)), given[0])
    assert max(map(len, numba_source(derivation).splitlines())) < 100
    assert_agrees(derivation, in_python(derivation), 0)


def test_what_rows_share_is_worked_out_before_them():
    gamma, beta, c = row("gamma", p), row("beta", p), scalar("c")
    source = numba_source(gradient(sum(batch_norm(X, gamma, beta, eps=c, ddof=0) ** 3), X))
    sweeps = [x.split("@numba")[0] for x in source.split("def _sweep_")[1:]]
    assert len(sweeps) == 3 and "works out sum_7, sum_2." in sweeps[0]
    assert "works out grad_X." in sweeps[2] and "/" not in sweeps[2] and "sum_" not in sweeps[2]


def test_loops_are_as_few_and_as_short_as_they_can_be():
    assert "mean_1" in numba_source(ABOUT_MEANS) and "mean_2" not in numba_source(ABOUT_MEANS)
    assert "lines_1" not in numba_source(Derivation(sum(column_var(w)), {}))
    source = numba_source(Derivation(inner(q, q + tanh(q)), {}))
    assert "+= q[0, j] * (q[0, j] + np.tanh(q[0, j]))" in source
    L = matrix("L", n, p + 1)
    source = numba_source(gradient(sum(X) + sum(1 / L), (X, L)))
    assert "range(p + 1)" in source and "= real(1) / L[i, j]\n" in source
    assert source.count("def _sweep_") == 1


def test_quotients_of_entries():
    a, b = sympy.symbols("a b")
    texts = {1 / (a * b): "real(1) / (a * b)", -2 * a / b: "-real(2) * a / b", 1 / b: "real(1) / b"}
    assert {x: entry_text(x, str) for x in texts} == texts


def net_data(rows=37, inner=5, cols=3, dtype=float, shift=0.0):
    rng = np.random.default_rng(3)
    shapes = {"X": (rows, inner), "y": (rows, 1), "Gamma_1": (inner, cols), "beta": (1, cols)}
    shapes |= {"gamma": (1, cols), "Gamma_2": (cols, 1)}
    data = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    data["X"] += shift
    return {name: x.astype(dtype) for name, x in data.items()} | {"epsilon": 1e-5}


def assert_close(found, expected, tolerance):
    for key, x in expected.items():
        np.testing.assert_allclose(found[key], x, tolerance, tolerance * np.abs(x).max())


def test_float32_other_layouts_and_byte_orders():
    run, exact = in_python(NET, BLOCK_BYTES=1, LEAST_ROWS=7), compile_numpy(NET)(**net_data())
    single = run(**net_data(dtype=np.float32))
    assert {x.dtype for x in single.values()} == {np.dtype("float32")}
    assert_close(single, exact, 1e-4)
    for change in (
        np.asfortranarray,
        lambda x: np.repeat(np.repeat(x, 2, 0), 3, 1)[::2, ::3],
        lambda x: x.astype(x.dtype.newbyteorder()),
    ):
        data = net_data()
        changed = {k: x if k == "epsilon" else change(x) for k, x in data.items()}
        assert_close(run(**changed), exact, 1e-11)


def test_sums_about_means_of_blocks_do_not_cancel():
    """Columns far from zero that also drift: a plain sum of squares would lose all digits."""
    X = matrix("X", "N", "p")
    spread = sum(column_var(X))
    data = np.random.default_rng(0).standard_normal((60, 3)) + 1e8 + np.arange(60)[:, None]
    run = in_python(gradient(spread, X), BLOCK_BYTES=1, LEAST_ROWS=8, CHUNKS=2)
    centred = data - data.mean(axis=0)
    assert "mean_1" in numba_source(gradient(spread, X))
    np.testing.assert_allclose(run(X=data)["loss"], (centred**2).sum() / 60, 1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_first_rows_far_from_all_others_cost_no_more_than_two_digits(dtype):
    """A block is summed about the mean of its first rows."""
    X = matrix("X", "N", "p")
    spread = sum(column_var(X))
    data = np.random.default_rng(0).standard_normal((700, 3)).astype(dtype)
    data[::350] += np.array([10, 1e3, 1e6], dtype)
    run = in_python(gradient(spread, X), LEAST_ROWS=350, BLOCK_BYTES=1)
    exact = (data.astype(float) - data.mean(axis=0, dtype=float)) ** 2
    assert abs(run(X=data)["loss"] / (exact.sum() / 700) - 1) < 100 * np.finfo(dtype).eps


def test_products_of_columns_both_about_their_means():
    """Either sum is that of the weights of the other."""
    X, D = matrix("X", "N", "p"), matrix("D", "N", "p")
    about = [A - ones("N") @ column_mean(A) for A in (X, D)]
    found = Derivation(sum(column_var(X)) + sum(column_var(D)) + inner(D, about[0]), {})
    found = Derivation(found.loss + inner(X, about[1]) + inner(about[0] ** 2, about[1]), {})
    assert "mean_2" in numba_source(found)
    assert_agrees(found, in_python(found, BLOCK_BYTES=1, LEAST_ROWS=3), 0)


def test_weights_whose_own_sums_are_taken_about_means():
    """A sum of weights must be about nothing, and of the sweep that it corrects."""
    X = matrix("X", "N", "p")

    def about(name, A):
        return A - ones("N") @ let(name, column_mean(A))

    E = let("E", tanh(about("m", X)))
    once, twice = about("mX", X), about("mE", E)
    spreads = sum(column_sums(once**2)) + sum(column_sums(twice**2))
    for product in (X * twice, once**2 * twice, once * twice):
        found = Derivation(spreads + sum(column_sums(product) ** 2), {})
        assert "mean_2" in numba_source(found)
        assert_agrees(found, in_python(found, BLOCK_BYTES=1, LEAST_ROWS=3), 0)


def test_column_sums_of_whole_numbers_are_whole():
    """Not worked out from means, though those of the same columns are."""
    X, s = matrix("X", "N", "p"), row("s", "p")
    found = Derivation(sum(column_var(X)) + sum(s), {s: column_sums(X)})
    data = np.random.default_rng(0).integers(0, 2, (300, 70)).astype(float)
    result = in_python(found)(X=data, s=np.ones((1, 70)))["s"]
    np.testing.assert_array_equal(result[0], data.sum(axis=0))


def test_the_mean_of_a_product_is_found_while_it_is_made():
    source = numba_source(NET, typical={"N": 4096, "p1": 256, "p2": 256})
    first, *others = source.split("def _sweep_")[1:]
    assert "mean_1" in first and not any("mean_1" in x for x in others)
    assert "sum_X" in first and "Gamma_1[i, j] * sum_X[i]" not in source


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_constant_whose_mean_rounds_has_no_variance():
    X, r = matrix("X", "N", "p"), row("r", "p")
    data = {"X": np.random.default_rng(0).standard_normal((7, 3)), "r": np.ones((1, 3))}
    run = in_python(gradient(sum(r / column_std(X)), X), BLOCK_BYTES=1, LEAST_ROWS=2)
    assert np.isfinite(run(**data)["loss"])
    data["X"][:, 1] = 0.1
    found = run(**data)
    assert np.isinf(found["loss"]) and not np.isfinite(found["X"][:, 1]).any()
    assert np.isfinite(found["X"][:, [0, 2]]).all()
    data["X"][1, 1] = 0.2
    assert np.isclose(run(**data)["loss"], sum_of_reciprocals(data["X"]))
    data["X"] = data["X"][::-1]
    assert np.isclose(run(**data)["loss"], sum_of_reciprocals(data["X"]))


def sum_of_reciprocals(X):
    """1 over the standard deviations of the columns."""
    return (1 / X.std(axis=0)).sum()


def test_nan_and_infinity_are_those_of_the_readable_form():
    data = net_data()
    data["X"][4, 1], data["y"][7, 0] = np.nan, np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found, expected = in_python(NET)(**data), compile_numpy(NET)(**data)
    for key, x in expected.items():
        np.testing.assert_array_equal(np.isfinite(found[key]), np.isfinite(x))


def test_arguments_are_checked_after_good_ones_too():
    run, data = in_python(NET), net_data()
    run(**data)
    for change, error, text in (
        ({"X": data["X"].tolist()}, TypeError, "X: expected a NumPy array"),
        ({"X": np.ma.array(data["X"], mask=data["X"] > 0)}, TypeError, "X: expected a NumPy"),
        ({"y": data["y"][:, 0]}, ValueError, "y: expected a matrix"),
        ({"y": data["y"][1:]}, ValueError, r"y: expected \(N, 1\) = \(37, 1\)"),
        ({"X": data["X"].astype(int)}, TypeError, "X: expected float32 or float64"),
        ({"X": data["X"].astype(np.float32)}, TypeError, "one float type"),
    ):
        with pytest.raises(error, match=text):
            run(**data | change)
    assert np.isfinite(run(**data)["loss"])


def test_workspace_is_kept_and_results_are_not():
    run, work = in_python(NET), {}
    first = run(**net_data(), work=work)
    assert [x.shape for x in work.values()] == [(37, 3), (5, 3)]
    kept, copies = dict(work), {k: np.copy(x) for k, x in first.items()}
    run(**net_data(shift=2.0), work=work)
    assert all(work[k] is x for k, x in kept.items())
    assert all(np.array_equal(first[k], x) for k, x in copies.items())


def test_what_has_no_loops_is_refused():
    A = matrix("A", "n", "n")
    unlike = A @ identity(A.rows)[:, 0]
    for loss in (sum(A[1:3, :] ** 2), sum(expm(A)), sum(kron(A, A) ** 3), sum(unlike**2)):
        with pytest.raises(UnsupportedInput, match="numpy"):
            numba_source(gradient(loss, A))
    clash = tanh(matrix("T", "n", "n")) @ matrix("T_ij", "n", "n")
    with pytest.raises(NameRefused, match="T_ij"):
        numba_source(gradient(sum(clash), matrix("T", "n", "n")))


def test_export_and_ruff(tmp_path):
    path = export(NET, tmp_path / "net.py", target="numba")
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert "    work : dict, optional\n" in text
    assert text.startswith(numba_source(NET)) and "_sweep_1" in text
    imports = [x for x in lines if x.startswith(("import", "from"))]
    assert imports == ["import types", "import numba", "import numpy as np"]
    assert all(len(line) <= 99 for line in lines)
    with pytest.raises(ExportError, match="hide"):
        export(NET, tmp_path / "numba.py", target="numba")
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    options = ["--isolated", "--line-length", "100", "--select", "E,F,W,B,D"]
    options += ["--config", 'lint.pydocstyle.convention="numpy"']
    done = subprocess.run([ruff, "check", *options, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_compiled_functions_of_entries_and_of_whole_matrices():
    """A function that is given, solving and determinants, in both float types."""
    pytest.importorskip("numba")
    pytest.importorskip("scipy")
    A, b, f = matrix("A", "n", "n"), column("b", "n"), function("f")
    derivation = gradient(sum(f(solve(A, b))) + logdet(A) + sum(f(A)), (A, b))
    rng = np.random.default_rng(0)
    data = {"A": rng.normal(size=(4, 4)) + 4 * np.eye(4), "b": rng.normal(size=(4, 1))}
    functions = {"f": np.tanh, "f_prime": lambda x: 1 - np.tanh(x) ** 2}
    run, expected = compile_numba(derivation), compile_numpy(derivation)(**data, **functions)
    assert_close(run(**data, **functions), expected, 1e-11)
    single = {k: x.astype(np.float32) for k, x in data.items()}
    found = run(**single, **functions)
    assert {x.dtype for x in found.values()} == {np.dtype("float32")}
    assert_close(found, expected, 1e-4)


def test_compiled_file_is_kept_beside_it(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    pytest.importorskip("scipy")
    A = matrix("A", "m", "n")
    export(gradient(sum(tanh(A) ** 2), A), tmp_path / "kept_net.py", target="numba")
    monkeypatch.syspath_prepend(tmp_path)
    module, data = importlib.import_module("kept_net"), np.arange(6.0).reshape(2, 3)
    for parallel_rows in (2**40, 1):  # each way of compiling has files of its own
        module.PARALLEL_ROWS = parallel_rows
        assert np.isclose(module.loss_and_gradients(data)["loss"], (np.tanh(data) ** 2).sum())
    names = {x.name.split("-")[0] for x in (tmp_path / "__pycache__").glob("*.nbi")}
    assert "kept_net._compute" in names


def test_compiled_on_several_threads_as_on_one():
    """All blocks and chunks are added up in one order, whatever thread had them."""
    pytest.importorskip("numba")
    pytest.importorskip("scipy")
    run, data = compile_numba(NET), net_data(rows=1003)
    scope = run.function.__globals__
    scope |= {"BLOCK_BYTES": 1, "PARALLEL_ROWS": 1}
    found = run(**data)
    scope["PARALLEL_ROWS"] = 2**40
    again = run(**data)
    assert_close(found, compile_numpy(NET)(**data), 1e-11)
    assert all(np.array_equal(found[k], again[k]) for k in found)
    single = run(**net_data(rows=1003, dtype=np.float32))
    assert {x.dtype for x in single.values()} == {np.dtype("float32")}
    assert_close(single, found, 1e-3)


@pytest.mark.parametrize("name", ["rows_1", "blocks_1", "chunks_12"])
def test_names_that_the_loops_need_are_refused(name):
    W = matrix(name, p, "k")
    with pytest.raises(NameRefused, match=name):
        numba_source(gradient(sum(tanh(matrix("X", n, p) @ W) ** 2), W))


@pytest.mark.parametrize("name", ["A_line", "rows_", "row_1"])
def test_names_that_only_look_like_those_of_the_loops(name):
    W, V = matrix(name, n, "k"), matrix("V", p, "k")
    derivation = gradient(sum((tanh(matrix("X", n, p) @ V) * W) ** 2), W)
    assert_agrees(derivation, in_python(derivation), 0)
