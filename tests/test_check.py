import math
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Rational

from matcalc import lower
from matcalc.check import CheckFailed, check
from matcalc.derivation import Derivation
from matcalc.dimensions import dims
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.operators.constants import centering, ones, zeros
from matcalc.operators.elementwise import elementwise, function, slope
from matcalc.operators.functions import relu, step
from matcalc.operators.leaves import column, let, matrix, scalar
from matcalc.operators.scalars import inner, squared_norm, total, trace
from matcalc.pointwise import MissingValue

N, p, q = dims("N p q")
X, w, y = matrix("X", N, p), column("w", p), column("y", N)
W, C, S = matrix("W", p, q), matrix("C", N, q), matrix("S", p, p)
M = matrix("M", p, p)
c, eps, ddof = scalar("c"), scalar("eps", positive=True), scalar("ddof")
a = function("a")

SQUARES = total((X @ w - y) ** 2) / N
BY_W = 2 / N * X.T @ (X @ w - y)
BY_X = 2 / N * (X @ w - y) @ w.T


def squares_code(X: Any, w: Any, y: Any) -> dict[str, Any]:
    e = X @ w - y
    n = len(X)
    return {"loss": np.sum(e**2) / n, "w": X.T @ e * 2 / n, "X": e @ w.T * 2 / n}


def squares(by_w: Any = BY_W, by_x: Any = BY_X) -> Derivation:
    return Derivation(SQUARES, {w: by_w, X: by_x})


def verdicts(report: Any) -> dict[str, str]:
    return {row.parameter: row.verdict for row in reversed((*report.losses, *report.rows))}


def test_least_squares() -> None:
    report = check(squares(), code=squares_code)
    assert report.ok and report.require() is report
    assert [row.sizes for row in report.losses] == [
        {"N": 4, "p": 3},
        {"N": 3, "p": 4},
        {"N": 1, "p": 3},
        {"N": 4, "p": 1},
        {"N": 1, "p": 1},
    ]
    assert {row.method for row in report.rows} == {"complex step"}
    assert all(row.norm > 0.01 and row.step < 1e-14 and row.code < 1e-14 for row in report.rows)


def test_report_as_text() -> None:
    text = str(check(squares(), sizes={"p": 2}, code=squares_code)).splitlines()
    assert text[0].split() == ["gradient", "by", "norm", "code", "formula", "against", "verdict"]
    assert [line.split()[0] for line in text[1:4]] == ["loss", "w", "X"]
    assert all(line.endswith(" ok") for line in text[1:4])
    assert text[4:] == ["at N=4 p=2; N=3 p=2; N=1 p=2", "seed 0, float64: ok"]
    wrong = str(check(squares(-BY_W), code=squares_code)).splitlines()
    assert wrong[2].startswith("w ") and wrong[2].endswith("formula differs at N=4 p=3")
    assert wrong[-1] == "seed 0, float64: 5 wrong"


def test_equal_seeds_give_equal_reports() -> None:
    first, again, other = (check(squares(), seed=s, code=squares_code) for s in (7, 7, 8))
    assert first == again and first.rows[0].norm != other.rows[0].norm


PERTURBED = {
    "factor": 7 * BY_W,
    "sign": -BY_W,
    "a little": (1 + Rational(1, 10**9)) * BY_W,
    "dropped term": 2 / N * X.T @ X @ w,
    "N - 1 for N": 2 / (N - 1) * X.T @ (X @ w - y),
    "one entry": BY_W + w / 10**8,
}


@pytest.mark.parametrize("formula", PERTURBED.values(), ids=PERTURBED.keys())
def test_wrong_formulas_fail(formula: Any) -> None:
    report = check(squares(formula), code=squares_code, sizes={"N": 5, "p": 3})
    assert not report.ok and verdicts(report) == {
        "w": "formula differs",
        "X": "ok",
        "loss": "ok",
    }
    with pytest.raises(CheckFailed, match=r"gradient by w at N=5 p=3: formula differs \(norm "):
        report.require()


def test_wrong_formula_and_code_alike_fail() -> None:
    def code(X: Any, w: Any, y: Any) -> dict[str, Any]:
        right = squares_code(X, w, y)
        return {**right, "w": 7 * right["w"]}

    assert verdicts(check(squares(7 * BY_W), code=code))["w"] == "formula differs"
    assert verdicts(check(squares(), code=code))["w"] == "code differs"


def test_transposed_formula_fails() -> None:
    loss = trace(M.T @ S @ S @ M)
    right = M @ M.T @ S.T + S.T @ M @ M.T

    def code(M: Any, S: Any) -> dict[str, Any]:
        return {"loss": np.trace(M.T @ S @ S @ M), "S": M @ M.T @ S.T + S.T @ M @ M.T}

    assert check(Derivation(loss, {S: right}), code=code).ok
    assert verdicts(check(Derivation(loss, {S: right.T}), code=code))["S"] == "formula differs"


CODE_MISTAKES = {
    "code gives none": lambda right: {k: x for k, x in right.items() if k != "w"},
    "code has shape (3,), not (3, 1)": lambda right: {**right, "w": right["w"][:, 0]},
    "code gives float32, not float64": lambda right: {**right, "w": np.float32(right["w"])},
    "code differs": lambda right: {**right, "w": right["w"] * np.nan},
}


@pytest.mark.parametrize("verdict", CODE_MISTAKES)
def test_wrong_code_fails(verdict: str) -> None:
    def code(X: Any, w: Any, y: Any) -> dict[str, Any]:
        return dict(CODE_MISTAKES[verdict](squares_code(X, w, y)))

    report = check(squares(), sizes={N: 4, p: 3}, code=code)
    assert verdicts(report) == {"w": verdict, "X": "ok", "loss": "ok"}


def test_wrong_loss_in_code_fails() -> None:
    report = check(squares(), code=lambda X, w, y: {**squares_code(X, w, y), "loss": 1.0})
    with pytest.raises(CheckFailed, match="loss at N=4 p=3: code differs"):
        report.require()


def test_a_gradient_that_is_zero_for_all_data_is_vacuous() -> None:
    def code(X: Any, y: Any) -> dict[str, Any]:
        return {"loss": np.sum(X - X.mean(0)) + np.sum(y**2), "X": 0 * X}

    loss = total(centering(N) @ X) + squared_norm(y)
    report = check(Derivation(loss, {X: 7 * centering(N) @ ones(N, p)}), code=code)
    assert verdicts(report)["X"] == "vacuous"
    with pytest.raises(CheckFailed, match="vacuous"):
        report.require()


def test_a_formula_written_as_zero_is_no_vacuous_check() -> None:
    def code(X: Any, y: Any) -> dict[str, Any]:
        return {"loss": np.sum(y**2), "X": 0 * X, "c": 0.0}

    gradients = {X: zeros(N, p), c: sympy.Integer(0)}
    report = check(Derivation(squared_norm(y), gradients), code=code)
    assert report.ok and verdicts(report)["X"] == verdicts(report)["c"] == "zero"


def test_a_silent_zero_fails() -> None:
    report = check(squares(zeros(p, 1)), code=lambda X, w, y: {**squares_code(X, w, y), "w": 0 * w})
    assert verdicts(report)["w"] == "formula differs"


def test_nothing_to_check_is_not_ok() -> None:
    report = check(Derivation(squared_norm(y), {}), code=lambda y: {"loss": np.sum(y**2)})
    assert not report.ok
    with pytest.raises(CheckFailed, match="no gradient"):
        report.require()


def normalised() -> Derivation:
    centred = let("S", centering(N) @ y)
    variance = inner(centred, centred) / (N - ddof) + eps
    z = centred * variance ** Rational(-1, 2)
    slope_of = inner(column("g", N), centred) * variance ** Rational(-3, 2) / 2
    by_eps, by_ddof = -slope_of, -slope_of * inner(centred, centred) / (N - ddof) ** 2
    return Derivation(inner(column("g", N), z), {eps: by_eps, ddof: by_ddof})


def test_scalar_parameters() -> None:
    def code(y: Any, g: Any, eps: float, ddof: float) -> dict[str, Any]:
        s = y - y.mean()
        b = np.sum(s**2) / (len(y) - ddof) + eps
        common = -0.5 * np.sum(g * s) * b**-1.5
        by_ddof = common * np.sum(s**2) / (len(y) - ddof) ** 2
        return {"loss": np.sum(g * s) * b**-0.5, "eps": common, "ddof": by_ddof}

    report = check(normalised(), code=code)
    assert report.ok, str(report)


def test_abstract_functions() -> None:
    z = let("Z", X @ W)
    prime = slope(a(z).operands[0], z)
    second = slope(prime.operands[0], z)

    class Code:
        arguments = ("C", "W", "X", "a", "a_prime", "a_prime_prime")

        def __call__(self, **at: Any) -> dict[str, Any]:
            z = at["X"] @ at["W"]
            assert at["a"](z[0, 0]) == pytest.approx(at["a"](z)[0, 0])
            loss = np.sum(at["C"] * at["a_prime"](z)) + np.sum(at["a"](z))
            pulled = at["C"] * at["a_prime_prime"](z) + at["a_prime"](z)
            return {"loss": loss, "X": pulled @ at["W"].T}

    loss = inner(C, prime) + total(a(z))
    for dtype in ("float64", "float32"):
        derivation = Derivation(loss, {X: (C * second + prime) @ W.T})
        assert check(derivation, code=Code(), dtype=dtype).ok
    assert not check(derivation.with_gradient(X, (C * prime + prime) @ W.T), code=Code()).ok


def test_a_named_intermediate_as_parameter() -> None:
    z = let("Z", X @ W)
    derivation = Derivation(inner(C, z**3), {z: 3 * C * z**2})

    def code(C: Any, Z: Any) -> dict[str, Any]:
        return {"loss": np.sum(C * Z**3), "Z": 3 * C * Z**2}

    assert check(derivation, code=code).ok


def test_relu_takes_a_complex_step() -> None:
    z = X @ W
    loss, by_w = inner(C, elementwise(relu, z)), X.T @ (C * elementwise(step, z))

    def code(X: Any, W: Any, C: Any) -> dict[str, Any]:
        z = X @ W
        return {"loss": np.sum(C * np.maximum(z, 0)), "W": X.T @ (C * (z > 0))}

    report = check(Derivation(loss, {W: by_w}), code=code)
    assert report.ok and {row.method for row in report.rows} == {"complex step"}


def test_differences_where_no_complex_step_is_possible() -> None:
    z = X @ W
    loss = inner(C, elementwise(sympy.erfc, z)) + squared_norm(C)
    slope = elementwise(lambda t: -2 * sympy.exp(-(t**2)) / sympy.sqrt(sympy.pi), z)
    by_w, by_c = X.T @ (C * slope), elementwise(sympy.erfc, z) + 2 * C

    def code(X: Any, W: Any, C: Any) -> dict[str, Any]:
        z = X @ W
        erfc, slope = np.vectorize(math.erfc)(z), -2 * np.exp(-(z**2)) / math.sqrt(math.pi)
        loss = np.sum(C * erfc) + np.sum(C**2)
        return {"loss": loss, "W": X.T @ (C * slope), "C": erfc + 2 * C}

    report = check(Derivation(loss, {W: by_w, C: by_c}), code=code)
    assert report.ok, str(report)
    methods = {row.parameter: row.method for row in report.rows}
    assert methods == {"W": "differences", "C": "complex step"}
    wrong = Derivation(loss, {W: by_w + W / 10**6, C: by_c})
    assert verdicts(check(wrong, code=code))["W"] == "formula differs"


def test_single_precision() -> None:
    assert check(squares(), dtype="float32", code=squares_code).ok

    def upcast(X: Any, w: Any, y: Any) -> dict[str, Any]:
        right = squares_code(X, w, y)
        return {**right, "w": np.eye(len(w)) @ right["w"]}

    report = check(squares(), dtype="float32", code=upcast)
    assert verdicts(report)["w"] == "code gives float64, not float32"
    with pytest.raises(UnsupportedInput, match="float16"):
        check(squares(), dtype="float16", code=squares_code)


def test_sizes_can_be_arguments_of_the_code() -> None:
    def code(X: Any, q: int) -> dict[str, Any]:
        return {"loss": q * np.sum(X**2), "X": 2 * q * X}

    assert check(Derivation(q * squared_norm(X), {X: 2 * q * X}), code=code).ok


def test_a_wrong_request_is_named() -> None:
    with pytest.raises(MissingValue, match="asks for z"):
        check(squares(), code=lambda X, z: {})
    with pytest.raises(ShapeError, match="r = 3 is no size here; there are N, p"):
        check(squares(), sizes={"r": 3}, code=squares_code)
    with pytest.raises(ShapeError, match="N = 0"):
        check(squares(), sizes={"N": 0}, code=squares_code)


def test_the_generated_code_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lower, "compile_numpy", lambda derivation: squares_code, raising=False)
    assert check(squares()).ok
