"""The Array API target: one function for every library, the values of the NumPy target."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import matcalc
from derivations import batch_norm_layer, gaussian_models, layer_norm, regression, transformers
from derivations.batch_normed_net import Net, epsilon
from matcalc import Derivation, column, dims, gradient, index, jacobian, matrix, row, scalar
from matcalc.check import check
from matcalc.errors import (
    ExportError,
    MatcalcError,
    NameRefused,
    UnknownFunction,
    UnsupportedInput,
)
from matcalc.lower import array_api_source, compile_array_api, compile_numpy, export
from matcalc.lower.array_helpers import HELPERS
from matcalc.lower.array_spelling import MATRICES, ROWS
from matcalc.lower.blocks import HELPERS as BLOCKS
from matcalc.lower.per_row import HELPERS as EACH
from matcalc.lower.sandwiches import HELPERS as SANDWICHES
from matcalc.sampling import Sampler, distinct_sizes
from tests import worked
from tests.around import CASES
from tests.array_libraries import LIBRARIES, Through, doubles

N, p, n = dims("N p n")
X, y, w = matrix("X", N, p), column("y", N), column("w", p)
S, v, r = matrix("S", n, n), column("v", n), row("r", n)
lam = scalar("lam", positive=True)
RIDGE = gradient(matcalc.sum((X @ w - y) ** 2) / 2 + lam * matcalc.sum(w**2) / 2, [w, lam])


def _derivations() -> Iterator[tuple[str, Derivation]]:
    for ddof in (0, 1):
        for eps in (0, epsilon):
            yield f"net {ddof} {eps}", Net(activation="relu", ddof=ddof, eps=eps).derivation()
    found = {"layer": batch_norm_layer, "layer norm": layer_norm, "regression": regression}
    found |= {"gaussian": gaussian_models, "transformers": transformers}
    for name, module in found.items():
        for label, derivation, _ in worked.cases(module):
            yield f"{name}, {label}", derivation
    yield "ridge", RIDGE


DERIVATIONS = dict(_derivations())
NET = DERIVATIONS["net 1 epsilon"]
WITHOUT_SLOGDET = ("dask",)
of_every_derivation = pytest.mark.parametrize("name", DERIVATIONS)


def values(derivation: Derivation, dtype: Any = np.float64, seed: int = 3) -> dict[str, Any]:
    """Arguments of a derivation's code, all sizes different."""
    sampler = Sampler([derivation.loss, *derivation.gradients.values()], seed)
    sample = sampler.draw(distinct_sizes(sampler.sizes, {}))
    offered: dict[str, Any] = {
        s.name: x for s, x in (*sample.sizes.items(), *sample.scalars.items())
    }
    offered |= {x.name: np.array(table, dtype=dtype) for x, table in sample.data.items()}
    return {name: offered[name] for name in compile_numpy(derivation).arguments}


def gap(found: Any, expected: Any) -> float:
    """Greatest difference between two sets of results, relative to each result's norm."""
    assert found.keys() == expected.keys()
    gaps = []
    for key, x in expected.items():
        assert np.shape(found[key]) == np.shape(x)
        assert np.linalg.norm(x) > 0
        gaps.append(np.linalg.norm(found[key] - x) / np.linalg.norm(x))
    return float(max(gaps))


@of_every_derivation
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_against_loops(name: str, dtype: str) -> None:
    with doubles("numpy") as library:
        run = compile_array_api(DERIVATIONS[name])
        check(DERIVATIONS[name], dtype=dtype, code=Through(run, library)).require()


@of_every_derivation
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_same_values_as_numpy(name: str, library: str, dtype: Any) -> None:
    derivation = DERIVATIONS[name]
    with doubles(library) as arrays:
        if library in WITHOUT_SLOGDET and "slogdet" in array_api_source(derivation):
            pytest.skip("dask has no slogdet")
        given = values(derivation, dtype)
        found = Through(compile_array_api(derivation), arrays)(**given)
    assert gap(found, compile_numpy(derivation)(**given)) < (1e-11 if dtype is np.float64 else 1e-4)
    assert all(x.dtype == dtype for x in found.values())


@pytest.mark.parametrize("name", ["net 1 epsilon", "layer, ddof 1, eps epsilon"])
def test_every_statement_matters(name: str) -> None:
    pytest.importorskip("array_api_compat")
    derivation = DERIVATIONS[name]
    source, given = array_api_source(derivation), values(derivation)
    expected = compile_numpy(derivation)(**given)
    assert gap(_run(source, given), expected) < 1e-12
    lines = re.findall(r"^    \w+ = (?!xp.asarray).*  # .*×.*$", source, re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        target, text = line.split("  # ")[0].split(" = ", 1)
        perturbed = source.replace(line, f"{target} = 0.999 * ({text})")
        assert gap(_run(perturbed, given), expected) > 1e-6, line


def _run(source: str, given: dict[str, Any]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(source, scope)
    found: dict[str, Any] = scope["loss_and_gradients"](**given)
    return found


OPERATORS = [(f"{name} {i}", f, x) for i, (name, f, x) in enumerate(CASES)]


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in OPERATORS], ids=[c[0] for c in OPERATORS])
def test_every_operator_is_right_or_refused(f: Any, x: Any) -> None:
    with doubles("numpy") as library:
        total = gradient(matcalc.sum(f * f) if hasattr(f, "shape") else f, x)
        try:
            run = compile_array_api(total)
        except UnknownFunction as error:
            assert re.search("the Array API has nothing for [a-z_]+: use the NumPy", str(error))
            return
        check(total, code=Through(run, library)).require()


def test_refused_by_name() -> None:
    refused = {
        "expm": matcalc.sum(matcalc.expm(S)),
        "eigenvector": matcalc.eigenvalue(S + S.T, 0),
        "adjugate": matcalc.sum(matcalc.adj(S)),
        "fold": matcalc.sum(matcalc.duplication(n).T @ matcalc.vec(S @ S)),
        "vectorize": matcalc.sum(matcalc.gelu(S)),
    }
    for what, loss in refused.items():
        with pytest.raises(UnknownFunction, match=what):
            array_api_source(gradient(loss, S))


def test_without_a_matrix() -> None:
    with pytest.raises(UnsupportedInput, match="library"):
        array_api_source(gradient(lam**2, lam))


def test_names_of_the_module_are_taken() -> None:
    xp, device = matrix("xp", N, p), column("device", p)
    run = gradient(matcalc.sum((xp @ device) ** 2), device)
    assert "def loss_and_gradients(xp_, device_):" in array_api_source(run)
    with pytest.raises(NameRefused):
        array_api_source(run, "xp")


def test_sizes_beside_arrays_are_floats_of_a_name_of_their_own() -> None:
    A, b = matrix("float_N", N, p), column("b", N)
    loss = matcalc.inner(b, A @ matcalc.ones(p)) / N + matcalc.sum(A**p)
    loss += matcalc.sum(matcalc.column_var(A, ddof=1))
    run = gradient(loss, A)
    source = array_api_source(run)
    lines = [line.strip() for line in source.splitlines() if " = 1.0 * " in line]
    assert lines == ["float_N_ = 1.0 * N", "float_p = 1.0 * p"]
    assert "float_N_ - 1" in source and "float_N**(p - 1)" in source
    with doubles("numpy") as library:
        given = values(run)
        found = Through(compile_array_api(run), library)(**given)
    assert gap(found, compile_numpy(run)(**given)) < 1e-12


TESTED = [row for row in ROWS if row[0] != "float(A)"]
SHAPES = {
    "diagflat": {"A": (3, 1)}, '(m, n, order="F")': {"A": (6, 1)},
    "->ikj": {"A": (2, 5), "B": (4, 5)},
    "ikjl,kl": {"A": (8, 15), "B": (4, 5)}, "ikjl,ij": {"A": (8, 15), "B": (2, 3)},
    "(m, p, n).sum": {"A": (8, 3)},
    "ikj,kj": {"A": (8, 3), "B": (4, 3)}, "ikj,ij": {"A": (8, 3), "B": (2, 3)},
    "D.reshape": {"A": (2, 3), "B": (4, 5), "D": (15, 6)},
    "swapaxes(0": {"A": (6, 4)}, "swapaxes(1": {"A": (2, 12), "B": (2, 6)},
    "(B @ A": {"A": (6, 4), "B": (5, 2)},
    "[:, :, None] * B[": {"A": (3, 2), "B": (3, 4)}, "[:, :, None] * B)": {"A": (2, 3)},
    "* B[:, None, :]": {"A": (2, 12), "B": (2, 3)},
    "_sum_of_kroneckers": {"A": (2, 6), "B": (2, 20)},
    "_weighted_blocks": {"A": (5, 2), "B": (3, 5), "D": (5, 4)},
    "_blocks_added": {"A": (5, 2), "B": (3, 5), "D": (5, 4), "F": (6, 8)},
    "repeat": {"A": (1, 1)}, "np.full((m, n), A": {"A": (1, 1)},
    "np.clip": {"G": (1, 1), "H": (1, 1)},
}  # fmt: skip
NUMBERS = {
    "D.reshape": {"k": 3, "m": 2, "n": 5, "r": 8}, "->ikj": {"m": 8, "n": 5},
    "swapaxes(0": {"m": 2, "n": 3, "r": 6}, "(B @ A": {"k": 3, "n": 2, "r": 15},
    "[:, :, None] * B[": {"m": 3, "n": 8}, "[:, :, None] * B)": {"n": 9},
    "A.reshape(m, n)": {"m": 1, "n": 9},
    "np.maximum": {"k": 0}, "np.minimum": {"k": 0},
}  # fmt: skip


@pytest.mark.parametrize(("numpy", "standard"), TESTED, ids=[numpy for numpy, _ in TESTED])
def test_every_row(numpy: str, standard: str) -> None:
    xp = pytest.importorskip("array_api_compat.numpy")
    rng = np.random.default_rng(7)
    shapes = next((s for key, s in SHAPES.items() if key in numpy), {})
    numbers = {"i": 1, "j": 2, "k": 3, "m": 2, "n": 3, "p": 4, "q": 5}
    numbers |= next((s for key, s in NUMBERS.items() if key in numpy), {})
    stack = {k: rng.normal(size=(2, *shapes.get(k, (3, 3)))) for k in [*MATRICES, *"EFG"]}
    stack |= {"C": stack["A"] > 0}
    if "np.clip" in numpy:
        stack |= {"G": -np.ones((2, 1, 1)) / 4, "H": np.ones((2, 1, 1)) / 3}
    if "eigvalsh" in numpy:
        stack["A"] = stack["A"] + np.swapaxes(stack["A"], -1, -2)
    if re.search(r"np\.(hstack|vstack)", numpy):
        stack["A"] = (stack["A"], stack["B"])
    if "np.block" in numpy:
        stack["A"] = [[stack["A"], stack["B"]], [stack["B"], stack["D"]]]
    scope: dict[str, Any] = {"np": np, "xp": xp, "dtype": np.float64, "device": "cpu"}
    scope |= {"array_api_compat": pytest.importorskip("array_api_compat")}
    exec("".join((BLOCKS | HELPERS).values()), scope)
    plain = {
        "_sigmoid": lambda a: 1 / (1 + np.exp(-a)),
        "_plus_product": lambda a, b, c: a + b * c,
        "_take_up_product": lambda a, b, c: a + b * c,
    }
    exec("import numpy as np\n" + "".join((EACH | SANDWICHES).values()), plain)
    together = _value(standard, scope | numbers | deepcopy(stack))
    for k in (0, 1):
        alone = {name: _at(x, k) for name, x in stack.items()}
        expected = np.atleast_1d(_value(numpy, scope | plain | numbers | deepcopy(alone)))
        found = _value(standard, scope | numbers | deepcopy(alone))
        assert np.allclose(found.ravel(), expected.ravel(), rtol=1e-10, atol=1e-12)
        assert found.ndim == 2 and np.shape(found)[-2:] in (expected.shape, (1, 1))
        shared = not set(re.findall(r"\b[A-Z]\b", standard))
        assert np.allclose(together if shared else together[k], found, rtol=1e-10, atol=1e-12)
        assert shared or together.ndim == 3


def _value(text: str, scope: dict[str, Any]) -> Any:
    return eval(text, scope)


def _at(x: Any, k: int) -> Any:
    return type(x)(_at(part, k) for part in x) if isinstance(x, list | tuple) else x[k]


@pytest.mark.parametrize("name", ["net 1 epsilon", "regression, softmax", "ridge",
                                  "gaussian, mean and covariance"])  # fmt: skip
@pytest.mark.parametrize("library", ["numpy", "torch", "jax.jit"])
def test_stack_of_problems(name: str, library: str) -> None:
    derivation = DERIVATIONS[name]
    problems = [values(derivation, seed=seed) for seed in (1, 2, 5)]
    arrays = [k for k, x in problems[0].items() if isinstance(x, np.ndarray)]
    scalars = [k for k, x in problems[0].items() if isinstance(x, float)]
    shared = arrays[-1]
    given = {k: np.stack([problem[k] for problem in problems]) for k in arrays + scalars}
    given[shared] = problems[0][shared]
    with doubles(library) as lib:
        found = Through(compile_array_api(derivation), lib)(**problems[0] | given)
    for k, problem in enumerate(problems):
        alone = compile_numpy(derivation)(**problem | {shared: given[shared]})
        assert gap({key: x[k] for key, x in found.items()}, alone) < 1e-11


def test_stack_of_what_a_gradient_does_not_depend_on() -> None:
    derivation = gradient(matcalc.sum(X) + matcalc.sum(w) ** 2, [X, w])
    with doubles("numpy") as library:
        given = {"X": np.ones((2, 3, 4)), "w": np.ones((4, 1))}
        found = Through(compile_array_api(derivation), library)(**given)
    assert {k: x.shape for k, x in found.items()} == {"loss": (2,), "X": (2, 3, 4), "w": (2, 4, 1)}
    assert np.all(found["w"] == 8) and np.all(found["X"] == 1)


def test_results_are_arrays_of_their_own() -> None:
    A, B = matrix("A", N, p), matrix("B", N, p)
    with doubles("numpy") as library:
        given = {"A": np.ones((3, 4)), "B": np.full((3, 4), 2.0)}
        run = compile_array_api(gradient(matcalc.inner(A, B), [A, B]))
        found = Through(run, library)(**given)
    assert np.array_equal(found["A"], given["B"]) and found["A"] is not given["B"]
    found["A"][0, 0] = 7
    assert given["B"][0, 0] == 2


@pytest.mark.parametrize("library", ["numpy", "strict", "torch", "jax"])
def test_wrong_arguments(library: str) -> None:
    with doubles(library) as lib:
        run = compile_array_api(RIDGE)
        good = {k: lib.to(x) for k, x in values(RIDGE).items() if k != "lam"}
        cases: list[tuple[dict[str, Any], type[Exception], str]] = [
            (
                {"y": lib.to(np.ones((2, 1)))},
                ValueError,
                r"y: expected \(N, 1\) = \(\d, 1\), got \(2, 1\)",
            ),
            ({"y": lib.to(np.ones(4))}, ValueError, "y: expected a matrix"),
            ({"w": lib.to(np.ones((3, 1), dtype=np.int64))}, TypeError, "w: expected a real"),
            ({"w": lib.to(np.ones((3, 1), dtype=np.float32))}, TypeError, "of one float type"),
            ({"w": [[1.0]]}, TypeError, "w: expected an array, got list"),
        ]
        for wrong, error, message in cases:
            with pytest.raises(error, match=message):
                run(**good | wrong, lam=0.5)


def test_device_is_kept() -> None:
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device1")
    pytest.importorskip("array_api_compat")
    given = values(NET)
    arrays = {k: strict.asarray(x, device=device) if np.ndim(x) else x for k, x in given.items()}
    assert {x.device for x in compile_array_api(NET)(**arrays).values()} == {device}


@pytest.mark.filterwarnings("ignore:.*lru_cache:UserWarning")
def test_torch_compiles_it_in_one_graph() -> None:
    """As short a one for many rows, which would be taken by parts without the compiler."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("array_api_compat")
    derivation, lengths = DERIVATIONS["net 1 0"], []

    def backend(graph: Any, inputs: Any) -> Any:
        lengths.append(len(graph.graph.nodes))
        return graph.forward

    run, few = compile_array_api(derivation), values(derivation)
    rows = len(few["y"])
    many = {k: np.tile(x, (2**16, 1)) if len(x) == rows else x for k, x in few.items()}
    for given, bound in ((few, 1e-12), (many, 1e-9)):  # sums of many rows round more
        torch.compiler.reset()
        compiled = torch.compile(run.function, fullgraph=True, backend=backend, dynamic=False)
        found = compiled(**{k: torch.tensor(x) for k, x in given.items()})
        assert gap({k: np.asarray(x) for k, x in found.items()}, run(**given)) < bound
    assert lengths[0] == lengths[1]


def test_rows_in_stages() -> None:
    """What is summed over the rows is asked for four times, and never more than once."""
    pytest.importorskip("array_api_compat")
    calls: list[int] = []

    def stage(*sums: Any) -> Any:
        assert all(x.shape[-2] != 4 for x in sums)
        calls.append(len(sums))
        return sums

    given = values(NET)
    assert len(given["X"]) == 4 and 4 not in given["Gamma_1"].shape
    run = compile_array_api(NET, rows="N")
    assert gap(run(**given, stage=stage), compile_numpy(NET)(**given)) < 1e-12
    assert calls == [1, 1, 3, 1]
    assert "matrix_transpose(X) @ (" in array_api_source(NET, rows="N")
    with pytest.raises(UnsupportedInput, match="rows"):
        array_api_source(NET, rows="M")


def test_chunks_of_rows_in_dask() -> None:
    dask = pytest.importorskip("dask")
    array = pytest.importorskip("dask.array")
    pytest.importorskip("array_api_compat")
    given = values(NET)
    arrays = {
        k: array.from_array(x, chunks=(2 if k in ("X", "y") else -1, -1)) if np.ndim(x) else x
        for k, x in given.items()
    }
    found = compile_array_api(NET, rows="N")(**arrays, stage=dask.persist)
    computed = {k: x.compute() for k, x in found.items()}
    assert gap(computed, compile_numpy(NET)(**given)) < 1e-12


SHARDED = """
import jax, numpy
jax.config.update("jax_enable_x64", True)
from jax.sharding import AxisType, NamedSharding, PartitionSpec
from matcalc.lower import compile_array_api, compile_numpy
from tests.test_array_api import NET, gap, values
mesh = jax.make_mesh((2,), ("rows",), axis_types=(AxisType.Auto,))
rows, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("rows",), ()))
given = values(NET)
arrays = {k: jax.device_put(x, rows if k in ("X", "y") else whole) for k, x in given.items()}
function = jax.jit(compile_array_api(NET).function)
text = function.lower(**arrays).compile().as_text()
assert "all-reduce" in text and "all-gather" not in text
found = {k: numpy.asarray(x) for k, x in function(**arrays).items()}
assert gap(found, compile_numpy(NET)(**given)) < 1e-12
print("same")
"""


def test_rows_on_two_devices_in_jax() -> None:
    pytest.importorskip("jax")
    pytest.importorskip("array_api_compat")
    flags = "--xla_force_host_platform_device_count=2"
    assert _python(SHARDED, {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}) == "same\n"


def _python(code: str, environment: dict[str, str]) -> str:
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=os.environ | environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@of_every_derivation
def test_source_imports_one_module_and_is_no_wider_than_a_line(name: str) -> None:
    lines = array_api_source(DERIVATIONS[name]).splitlines()
    assert [x for x in lines if x.startswith(("import", "from"))] == ["import array_api_compat"]
    assert not [x for x in lines if re.search(r"\bnp\.", x)]
    assert max(map(len, lines)) <= 99


def test_exported_file(tmp_path: Path) -> None:
    path = export(NET, tmp_path / "net.py", target="array api")
    assert path.read_text("utf-8").startswith(array_api_source(NET))
    with pytest.raises(
        ExportError, match="unknown target 'fortran': expected one of numpy, fast numpy, array"
    ):
        export(NET, tmp_path / "other.py", target="fortran")
    with pytest.raises(ExportError, match="hide"):
        export(NET, tmp_path / "array_api_compat.py", target="array api")


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    with pytest.raises(MatcalcError, match=r"matcalc\[array-api\]"):
        compile_array_api(NET)


def test_jacobians_and_entries() -> None:
    i = index("i")
    with doubles("numpy"):
        found = compile_array_api(jacobian(S @ v, S))(S=np.ones((3, 3)), v=np.arange(3.0)[:, None])
        assert np.array_equal(found["S"], np.kron(np.arange(3.0)[None], np.eye(3)))
        run = compile_array_api(gradient(S[i, i] ** 2, S))
        assert np.array_equal(run(S=np.diag([1.0, 2, 3]), i=1)["S"], np.diag([0.0, 4, 0]))


def test_a_loss_that_depends_on_sizes_alone() -> None:
    with doubles("numpy"):
        found = compile_array_api(gradient((sympy.log(n) + 1) ** 3, S))(S=np.eye(4))
    assert found["loss"] == pytest.approx((np.log(4) + 1) ** 3)
    assert np.array_equal(found["S"], np.zeros((4, 4)))
