"""The founding problem: printed figures, true gradients, and the command that shows both."""

import json
import math
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import combining

import numpy as np
import pytest

from derivations import founding, question
from derivations.batch_normed_net import Net
from derivations.question import Array, Question
from matcalc import Derivation
from matcalc.lower import compile_numpy

ROOT = Path(__file__).parent.parent
FILES = ("batch_normed_net.tex", "batch_normed_net.py", "question_net.tex", "question_net.py")
LABELS = ("dR_dbeta", "dR_dGamma_1", "dR_dgamma_matrix", "dR_dgamma_loop")
REASONS = (
    "(a) The a′ of the code is 1 everywhere",
    "(b) ∂R/∂Γ₁ also multiplies by the standard deviation",
    "(c) ∂R/∂γ has a factor γ too many",
)


@pytest.fixture(scope="module")
def derivation() -> Derivation:
    return Net("relu", ddof=1, per_row=False).derivation()


@pytest.fixture(scope="module")
def case() -> tuple[Question, dict[str, Array]]:
    return question.load()


def gradients_by_entries(q: Question) -> dict[str, Array]:
    """From the definitions, entry by entry, with ∂B_nk/∂z_lk as it stands in textbooks."""
    X, y, G1, G2, g, b = (getattr(q, name).tolist() for name in question.VARIABLES)
    N, p1, p2 = len(X), len(G1), len(G2)
    z = [[sum(X[n][j] * G1[j][k] for j in range(p1)) for k in range(p2)] for n in range(N)]
    mean = [sum(z[n][k] for n in range(N)) / N for k in range(p2)]
    c = [[z[n][k] - mean[k] for k in range(p2)] for n in range(N)]
    s = [math.sqrt(sum(c[n][k] ** 2 for n in range(N)) / (N - 1)) for k in range(p2)]
    B = [[g[0][k] * c[n][k] / s[k] + b[0][k] for k in range(p2)] for n in range(N)]
    e = [y[n][0] - sum(max(B[n][k], 0) * G2[k][0] for k in range(p2)) for n in range(N)]
    W = [[-2 * e[n] * G2[k][0] * (B[n][k] > 0) for k in range(p2)] for n in range(N)]

    def by_z(n: int, m: int, k: int) -> float:
        straight = ((n == m) - 1 / N) / s[k]
        return float(g[0][k] * (straight - c[n][k] * c[m][k] / ((N - 1) * s[k] ** 3)))

    D = [[sum(W[n][k] * by_z(n, m, k) for n in range(N)) for k in range(p2)] for m in range(N)]
    return {
        "beta": np.array([[sum(W[n][k] for n in range(N)) for k in range(p2)]]),
        "gamma": np.array([[sum(W[n][k] * c[n][k] / s[k] for n in range(N)) for k in range(p2)]]),
        "Gamma_1": np.array(
            [[sum(X[m][j] * D[m][k] for m in range(N)) for k in range(p2)] for j in range(p1)]
        ),
        "Gamma_2": np.array(
            [[sum(-2 * e[n] * max(B[n][k], 0) for n in range(N))] for k in range(p2)]
        ),
    }


@pytest.mark.parametrize("label", LABELS)
def test_printed_figures_are_reproduced(
    case: tuple[Question, dict[str, Array]], label: str
) -> None:
    q, figures = case
    assert (
        question.reproduced(question.printed_code(q)[label], figures[label]) == figures[label].size
    )


def test_loops_over_columns_and_entries_give_the_matrix_forms(
    case: tuple[Question, dict[str, Array]],
) -> None:
    q, code = case[0], question.printed_code(case[0])
    np.testing.assert_allclose(question.loop_by_beta(q), code["dR_dbeta"], rtol=1e-13)
    np.testing.assert_allclose(question.loop_by_Gamma_1(q), code["dR_dGamma_1"], rtol=1e-13)
    diagonal = np.diagonal(code["dR_dgamma_matrix"])
    np.testing.assert_allclose(question.loop_by_gamma(q), diagonal, rtol=1e-13)


def test_the_last_digit_counts(case: tuple[Question, dict[str, Array]]) -> None:
    figures = case[1]["dR_dGamma_1"]
    unit = 10.0 ** -question.decimals(figures)
    assert question.reproduced(figures + 0.49 * unit, figures) == figures.size
    assert question.reproduced(figures - 0.51 * unit, figures) == 0
    assert question.reproduced(figures[:1], figures) == 0


def test_no_more_decimals_are_asked_for_than_printed() -> None:
    content = json.loads(question.DATA.read_text(encoding="utf-8"), parse_float=Decimal)
    for label, figures in question.load()[1].items():
        printed = [-x.as_tuple().exponent for x in np.ravel(content["printed"][label])]
        asked = np.broadcast_to(question.decimals(figures), figures.shape).ravel()
        by_column = np.array(printed).reshape(figures.shape).max(axis=0)
        assert all(asked >= printed)
        # A zero at the end is not in the data; only a column of one figure can lose its last.
        assert figures.shape[0] == 1 or np.all(question.decimals(figures) == by_column)


def test_data_are_those_of_the_question(case: tuple[Question, dict[str, Array]]) -> None:
    q = case[0]
    content = json.loads(question.DATA.read_text(encoding="utf-8"))
    np.testing.assert_allclose(q.residual, content["u"], atol=1e-15)


@pytest.mark.parametrize("name", founding.SYMBOLS)
def test_code_agrees_with_loops_from_the_definitions(
    case: tuple[Question, dict[str, Array]], derivation: Derivation, name: str
) -> None:
    q = case[0]
    found = compile_numpy(derivation)(**question.arguments(q))
    expected = gradients_by_entries(q)[name]
    assert found[name].shape == expected.shape == getattr(q, name).shape
    assert question.deviation(found[name], expected) <= 1e-12
    assert math.isclose(found["loss"], q.loss, rel_tol=1e-12)


@pytest.mark.parametrize("name", founding.SYMBOLS)
def test_code_loops_and_complex_step_agree(
    case: tuple[Question, dict[str, Array]], derivation: Derivation, name: str
) -> None:
    gradients = founding.gradients_on(case[0], derivation, compile_numpy(derivation))
    assert gradients.method == "complex step"
    assert question.deviation(gradients.code[name], gradients.loops[name]) <= 1e-12
    assert question.deviation(gradients.steps[name], gradients.loops[name]) <= 1e-12


@pytest.mark.parametrize("name", question.MENDED)
def test_only_the_last_stage_is_the_gradient(
    case: tuple[Question, dict[str, Array]], name: str
) -> None:
    q = case[0]
    true = gradients_by_entries(q)[name]
    *wrong, last = (question.deviation(x, true) for x in question.MENDED[name](q).values())
    assert last <= 1e-12
    assert min(wrong) > 0.1


def width(line: str) -> int:
    return sum(not combining(character) for character in line)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What the command leaves in its folder, and what it prints."""
    folder = tmp_path_factory.mktemp("founding") / "results"
    done = subprocess.run(
        [sys.executable, "-m", "derivations.founding", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_one_command_does_it(results: tuple[Path, str]) -> None:
    folder, printed = results
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert all(text in printed for text in (*REASONS, *FILES, str(folder)))
    assert "FAILS" not in printed
    assert max(map(width, printed.replace(str(folder), "").splitlines())) <= 100


def test_documents_are_complete(results: tuple[Path, str]) -> None:
    for name in FILES[::2]:
        text = (results[0] / name).read_text(encoding="ascii")
        assert text.startswith(r"\documentclass") and text.endswith("\\end{document}\n")
        assert text.count(r"\frac{\partial R}{\partial \Gamma_{1}}") == 1


def test_earlier_files_are_replaced_only_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / FILES[-1]
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit) as refusal:
        founding.main([str(tmp_path)])
    assert refusal.value.code == 2
    out, err = capsys.readouterr()
    assert str(kept) in err and "--overwrite" in err and not out
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert founding.main([str(tmp_path), "--overwrite"]) == 0
    assert kept.read_text(encoding="utf-8") != "mine"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(SystemExit) as refusal:
        founding.main([str(taken)])
    assert refusal.value.code == 2


def test_a_figure_that_is_not_reproduced_fails_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    q, figures = question.load()
    figures["dR_dGamma_1"][6, 1] += 1e-5

    def changed() -> Any:
        return q, figures

    monkeypatch.setattr(question, "load", changed)
    assert founding.main([str(tmp_path)]) == 1
    assert "27 of 28 figures" in capsys.readouterr().out
