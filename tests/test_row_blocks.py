"""The fast form in blocks of rows: the same values, less moved, whole where rows are mixed."""

import ast
import re

import numpy as np
import pytest

from derivations import batch_norm_layer
from derivations.batch_normed_net import Net, epsilon
from matcalc import (
    Derivation,
    column,
    column_mean,
    column_softmax,
    cosh,
    dims,
    exp,
    function,
    gradient,
    identity,
    inner,
    kron,
    let,
    log,
    logdet,
    matrix,
    ones,
    row,
    row_softmax,
    solve,
    sum,
    tanh,
    vec,
)
from matcalc.lower import compile_numpy, fast_numpy_source, row_blocks
from matcalc.lower.by_rows import ByRows, NotByRows
from matcalc.lower.chains import Typical
from matcalc.lower.passes import Planner
from matcalc.lower.program import Statement
from matcalc.sampling import Sampler
from tests.random_code import in_blocks_of_two
from tests.test_fast import CASES, arguments, memory

NET = Net("relu", 0, epsilon).derivation()
LAYER = next(d for label, d, _ in batch_norm_layer.cases() if label.endswith("eps epsilon"))
HUGE = 1_000_000
N, p, k = dims("N p k")
X, Y, S = matrix("X", N, p), matrix("Y", N, p), matrix("S", N, N)
W, D, r, u = matrix("W", p, k), matrix("D", N, k), row("r", p), column("u", N)


def worked_net():
    """The net with an abstract activation."""
    return Net(ddof=1, eps=0).derivation()


@pytest.fixture
def tiny():
    """Blocks of two rows, whatever they cost."""
    with in_blocks_of_two():
        yield


def sizes(derivation):
    """Names of all sizes."""
    return [s.name for s in Sampler([derivation.loss, *derivation.gradients.values()], 0).sizes]


def loops(source):
    """Number of loops over blocks."""
    return len(re.findall(r"for .* in (?:enumerate\()?blocks\w*\)?:", source))


def compare(derivation, typical, seed=0, dtype=np.float64, tolerance=1e-10, plain=None):
    """Values beside those of the readable form; arguments stay, results are arrays of their own."""
    plain = plain or compile_numpy(derivation)
    fast = compile_numpy(derivation, True, typical)
    given, work = arguments(derivation, plain, seed), {}
    given = {key: x.astype(dtype) if np.ndim(x) else x for key, x in given.items()}
    before = {key: np.copy(x) for key, x in given.items()}
    expected = plain(**given)
    fast(**given, work=work)
    found = fast(**given, work=work)
    assert found.keys() == expected.keys()
    for key, x in expected.items():
        assert np.shape(found[key]) == np.shape(x)
        assert np.ndim(x) == 0 or found[key].dtype == dtype
        size = max(np.abs(x).max(), 1e-3)
        np.testing.assert_allclose(found[key], x, tolerance, tolerance * size)
        kept = (y for several in memory(work) for y in several)
        own = (y for y in (*kept, *given.values()) if isinstance(y, np.ndarray))
        assert not any(np.shares_memory(found[key], y) for y in own)
    assert all(np.array_equal(given[key], x) for key, x in before.items() if np.ndim(x))
    return fast.source


@pytest.mark.parametrize("derivation", CASES)
def test_values_are_those_of_the_readable_form(derivation, tiny):
    plain = compile_numpy(derivation)
    for seed, size in enumerate(sizes(derivation)):
        compare(derivation, {size: HUGE}, seed, plain=plain)


def test_most_of_what_has_rows_is_cut(tiny):
    found = [case.values[0] for case in CASES[::3]]
    cut = [loops(fast_numpy_source(x, typical={"N": HUGE})) for x in found if "N" in sizes(x)]
    assert len(cut) >= 12 and cut.count(0) <= 3


def test_products_that_are_large_are_not_added_up_by_blocks():
    gram = Derivation(exp(X).T @ exp(X), {}, kind="jacobian")
    for p, cut in ((100, True), (800, False)):
        assert (loops(fast_numpy_source(gram, typical={"N": HUGE, "p": p})) > 0) is cut
    assert loops(fast_numpy_source(gram, typical={"N": HUGE})) > 0


@pytest.mark.parametrize(
    ("inside", "columns", "turned"),
    [(X @ W, 30, True), (X @ W + D, 30, False), (X @ W, 600, False)],
    ids=["column by column", "like an argument", "row by row"],
)
def test_products_with_arguments_are_turned_as_blocks_lie(inside, columns, turned):
    loss = sum(tanh(inside) ** 2)
    source = fast_numpy_source(gradient(loss, W), typical={"N": HUGE, "p": 40, "k": columns})
    assert (".T.dot(X[rows]).T" in source) is turned
    assert (re.search(r"X\[rows\]\.T(\.dot\(| @ |, )", source) is None) is turned


@pytest.mark.parametrize(
    "loss",
    [
        sum(row_softmax(X) * Y),
        sum(exp(X @ W) * D) + sum(tanh(X @ W) ** 2),
        sum((X * (u @ r)) ** 3) + sum(X) ** 2,
        sum(tanh(X - ones(N) @ column_mean(X)) * Y),
        inner(X.T @ X, X.T @ Y) + logdet(identity(p) + X.T @ X),
        sum(column_softmax(X) * Y),
        sum(log(cosh(X)) * Y),
    ],
)
def test_sums_products_and_lines(loss, tiny):
    derivation = gradient(loss, X)
    assert loops(compare(derivation, {"N": HUGE, "p": 3})) > 0
    compare(derivation, {"N": HUGE}, 1, np.float32, 1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        sum(tanh(S @ X) * Y),
        sum(solve(S, X) * Y),
        sum(tanh(X @ X.T)),
        sum(tanh(kron(X, r)) ** 2),
        sum(vec(X) * vec(tanh(Y)) ** 2) ** 2 + sum(exp(vec(X)) @ u.T),
    ],
)
def test_what_mixes_rows_stays_whole(loss, tiny):
    derivation = Derivation(loss, {})
    assert loops(compare(derivation, {"N": HUGE})) == 0


def test_functions_that_are_arguments_are_applied_to_blocks(tiny):
    assert loops(compare(worked_net(), {"N": HUGE})) == 4


def test_what_is_no_call_of_numpy_is_written_where_it_is_kept(tiny):
    V = let("V", function("a")(X))
    found = Derivation(V * (u @ r), {}, kind="jacobian")
    assert "V = a(X[rows])" in compare(found, {"N": HUGE})


def test_only_large_matrices_of_a_size_that_was_given_are_cut():
    assert loops(fast_numpy_source(NET)) == 0
    assert loops(fast_numpy_source(NET, typical={"N": 20_000, "p1": 64, "p2": 32})) == 0
    assert loops(fast_numpy_source(NET, typical={"N": 30_000, "p1": 64, "p2": 32})) == 4
    assert loops(fast_numpy_source(NET, typical={"N": 30_000, "p1": 2000, "p2": 2000})) == 0


def test_the_net_keeps_its_centred_activations_and_what_flows_back():
    source = fast_numpy_source(NET, typical={"N": HUGE, "p1": 64, "p2": 32})
    assert source == fast_numpy_source(NET, typical={"N": HUGE, "p1": 64, "p2": 32})
    kept = re.search(r"_, (.*) = kept", source).group(1).split(", ")
    assert [name for name in kept if not re.match(r"w\d|zeros|ones|blocks", name)] == ["t1", "t2"]
    assert "np.maximum(B, zeros[:n], out=w1[:n])" in source
    assert max(map(len, source.splitlines())) < 100
    compile(source, "generated", "exec")


def test_the_layer_reads_its_matrices_five_times_and_keeps_none():
    source = fast_numpy_source(LAYER, typical={"N": HUGE, "p": 128})
    body = source[source.index("= kept") : source.index("return {")]
    passes = body.split("for rows in blocks")[1:]
    assert [("X[rows]" in x, "D[rows]" in x) for x in passes[:3]] == [
        (True, False), (True, True), (True, True),
    ]  # fmt: skip
    assert body.count("_empty(N") == 1 and "grad_X = _empty(N, p" in body


def test_memory_grows_with_blocks_alone():
    run, work = compile_numpy(LAYER, True, {"N": HUGE, "p": 16}), {}
    rng = np.random.default_rng(0)
    given = {name: rng.normal(size=(20_000, 16)) for name in ("X", "D")}
    given |= {name: rng.normal(size=(1, 16)) for name in ("gamma", "beta")}
    plain = compile_numpy(LAYER)(**given, epsilon=1e-5)
    found = run(**given, epsilon=1e-5, work=work)
    for key, x in plain.items():
        np.testing.assert_allclose(found[key], x, 1e-9, 1e-9 * np.abs(x).max())
    blocks, *arrays = memory(work)
    assert [s.stop - s.start for s in blocks] == [16_384, 3616]
    assert np.sum([x.nbytes for x in arrays]) < 2.1 * row_blocks.BLOCK


def test_blocks_follow_sizes_and_types(tiny):
    run, work = compile_numpy(NET, True, {"N": HUGE}), {}
    for scale, dtype in ((1, np.float64), (2, np.float64), (2, np.float32)):
        given = arguments(NET, run, 0, scale)
        given = {name: x.astype(dtype) if np.ndim(x) else x for name, x in given.items()}
        run(**given, work=work)
        blocks, *several = memory(work)
        arrays = [x for kept in several for x in (kept if isinstance(kept, list) else [kept])]
        assert blocks[-1].stop == len(given["X"])
        assert {x.dtype for x in arrays} == {np.dtype(dtype), np.dtype(bool)}
        lists = [kept for kept in several if isinstance(kept, list)]
        assert lists and all(
            [len(x) for x in kept] == [s.stop - s.start for s in blocks] for kept in lists
        )


def test_names_that_are_taken(tiny):
    blocks, rows, n = matrix("blocks", N, p), matrix("rows", N, p), row("n", p)
    loss = sum(tanh(blocks * rows + ones(N) @ n) ** 2)
    assert loops(compare(gradient(loss, (blocks, n)), {"N": HUGE})) == 1


def steps(*lines):
    """Statements over X, Y (N × p), r (1 × p) and W (p × k), each with the shape of its value."""
    shapes = {"X": (N, p), "Y": (N, p), "r": (r.rows, p), "W": (p, k), "S": (N, N)}
    statements = [Statement(name, text, shape) for name, text, shape in lines]
    shapes |= {s.name: s.shape for s in statements}
    parsed = [(s, ast.parse(s.text, mode="eval").body) for s in statements]
    return ByRows(N, shapes, lambda name: name).steps(parsed), shapes


def test_sums_are_taken_out_of_expressions():
    found, _ = steps(("t", "X - X.sum(axis=0, keepdims=True) / 3", (N, p)))
    assert [(s.name, s.kind, ast.unparse(s.tree)) for s in found] == [
        ("sum_X", "sum", "X.sum(axis=0, keepdims=True)"),
        ("scale_1", "small", "sum_X / 3"),
        ("t", "rows", "X - scale_1"),
    ]
    found, _ = steps(("a", "np.vdot(X, X) * np.vdot(X, Y) + np.vdot(X * 2, Y)", None))
    assert [s.name for s in found] == ["squares_X", "dot_X_Y", "total", "a"]


@pytest.mark.parametrize(
    "text",
    ["X.T @ S @ X", "f(X)", "X[::-1]", "X.T", "S @ X", "S * 2"],
)
def test_what_needs_all_rows_is_refused(text):
    shape = (N, p) if text in ("f(X)", "X[::-1]", "S @ X") else (p, p)
    with pytest.raises(NotByRows):
        steps(("t", text, shape))


def plan(*lines, returned=(), widths=()):
    found, shapes = steps(*lines)
    typical = Typical(((N, HUGE), *widths))
    return Planner(found, shapes, N, returned, typical)


def test_a_sum_waits_for_the_pass_that_reads_its_matrix_anyway():
    found = plan(
        ("m", "X.sum(axis=0, keepdims=True)", r.shape),
        ("s", "Y.sum(axis=0, keepdims=True)", r.shape),
        ("d", "np.einsum('ij,ij->j', X - m, Y)[None, :]", r.shape),
        ("e", "d + s", r.shape),
    )
    assert found.plan.at == {"m": 0, "s": 1, "d": 1, "e": 2}
    assert [[s.name for s in x.steps] for x in found.passes()] == [["m"], ["s", "d"], []]


def test_cheap_rows_are_made_again_and_dear_ones_kept():
    lines = (
        ("a", "X * r", (N, p)),
        ("b", "np.exp(a)", (N, p)),
        ("c", "np.einsum('ij,ij->j', a, b)[None, :]", r.shape),
        ("g", "a * c + b", (N, p)),
    )
    found = plan(*lines, returned=["g"]).plan
    assert (found.kept, found.again) == (["b", "g"], {"a": [1]})
    assert [found.at[name] for name in "abcg"] == [0, 0, 0, 1]


def test_no_pass_is_later_than_it_must_be():
    lines = [("t0", "X * r", (N, p))]
    for i in range(5):
        lines.append((f"m{i}", f"t{i}.sum(axis=0, keepdims=True)", r.shape))
        lines.append((f"t{i + 1}", f"np.exp(t{i} - m{i})", (N, p)))
    found = plan(*lines, returned=["t5"]).plan
    assert [found.at[f"t{i}"] for i in range(6)] == [0, 1, 2, 3, 4, 5]
