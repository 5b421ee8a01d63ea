"""Exported files check their own derivatives, and say so where one is wrong."""

import runpy
import subprocess
import sys

import pytest

from derivations.batch_normed_net import Gamma_1, Net, gamma
from matcalc import gradient, matrix, trace
from matcalc.lower import export
from matcalc.lower.example import self_check
from matcalc.lower.source import Module
from tests.worked import CASES

LIMIT = 1e-6
S, A = matrix("S", "n", "n", "symmetric"), matrix("A", "n", "n")
STRUCTURED = gradient(trace(A @ S @ A @ S), S)


def errors(derivation):
    """What the module of a derivation finds about itself."""
    module = Module(derivation, "run")
    text = module.text() + self_check(derivation, "run", module.arguments)
    scope = {"__name__": "exported"}
    exec(compile(text, "<exported>", "exec"), scope)
    return scope["check_gradients"]()


@pytest.mark.parametrize("case", CASES[::4], ids=lambda case: case[0])
def test_worked_derivations_pass_their_own_check(case):
    _, derivation, _ = case
    if derivation.kind in ("gradient", "jacobian"):
        assert all(error < LIMIT for error in errors(derivation).values())


@pytest.mark.parametrize("parameter", [gamma, Gamma_1])
def test_a_wrong_gradient_is_seen(parameter):
    derivation = Net("relu").derivation()
    wrong = derivation.with_gradient(parameter, 1.001 * derivation[parameter])
    found = errors(wrong)
    assert found.pop(parameter.name) > LIMIT
    assert all(error < LIMIT for error in found.values())


def test_directions_keep_the_facts_of_a_parameter():
    assert all(error < LIMIT for error in errors(STRUCTURED).values())
    wrong = STRUCTURED.with_gradient(S, STRUCTURED[S] + A.T * A)
    assert max(errors(wrong).values()) > LIMIT


def test_a_file_is_a_program(tmp_path):
    derivation = Net("relu").derivation()
    right = export(derivation, tmp_path / "right.py")
    wrong = export(derivation.with_gradient(gamma, 2 * derivation[gamma]), tmp_path / "wrong.py")
    nowhere = tmp_path / "nowhere.py"
    nan = right.read_text("utf-8").replace('"gamma": grad_gamma', '"gamma": np.nan * grad_gamma')
    nowhere.write_text(nan, "utf-8")
    done = [
        subprocess.run([sys.executable, "-I", path], capture_output=True, text=True)
        for path in (right, wrong, nowhere)
    ]
    assert [run.returncode for run in done] == [0, 1, 1]
    assert done[0].stdout.count("differs from central differences by") == 4
    assert done[1].stderr == done[2].stderr == "a derivative is wrong\n"


@pytest.mark.parametrize("target", ["fast numpy", "array api"])
def test_every_target_checks_itself(tmp_path, target):
    path = export(Net("relu").derivation(), tmp_path / "net.py", target=target)
    found = runpy.run_path(str(path))["check_gradients"]()
    assert all(error < LIMIT for error in found.values())


def test_no_example_where_there_is_no_value():
    found = gradient(trace(A.T @ A) ** 2, A)
    module = Module(found, "run")
    assert "def _example" in self_check(found, "run", module.arguments)
    assert self_check(gradient(trace(A), ()), "run", {}) == ""
