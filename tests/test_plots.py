"""Agreement over the step and run time over a size: the figures, and their pictures."""

import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy

from derivations.batch_normed_net import Net
from matcalc import column, elementwise, function, gradient, jacobian, matrix, sum, trace
from matcalc.agreement import STEPS, agreement
from matcalc.errors import MissingExtra, ShapeError, UnsupportedInput
from matcalc.run_times import run_times

NET = Net(activation="abstract a", ddof=1).derivation()
X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
S, M = matrix("S", "p", "p", "symmetric"), matrix("M", "p", "p")
QUARTIC = gradient(sum((X @ w - y) ** 4), w)
AGREED = agreement(NET)


@pytest.mark.parametrize("parameter", ["beta", "gamma", "Gamma_1"])
def test_differences_fall_with_the_square_of_the_step_and_rise_by_rounding(parameter):
    errors = dict(zip(STEPS, AGREED.errors[parameter, "differences"], strict=True))
    assert 80 < errors[1e-2] / errors[1e-3] < 120
    assert errors[STEPS[-1]] > 1e3 * min(errors.values())
    by_complex_step = AGREED.errors[parameter, "complex step"]
    assert max(by_complex_step[7:]) < 1e-12


def test_a_wrong_gradient_stays_level():
    wrong = agreement(NET.with_gradient(*next((p, 1.01 * g) for p, g in NET.gradients.items())))
    ((name, _), errors), *_ = wrong.errors.items()
    assert name == str(next(iter(NET.gradients)))
    assert all(0.005 < error < 0.02 for error in errors[2:10])


def test_directions_keep_the_facts():
    found = agreement(gradient(trace(M @ S @ M @ S), S), {"p": 4})
    assert min(found.errors["S", "complex step"]) < 1e-14
    assert found.sizes == {"p": 4}


def test_differences_alone_where_nothing_is_complex():
    loss = sum(y * elementwise(sympy.erfc, X @ w))
    found = agreement(gradient(loss, w), steps=(1e-3, 1e-4))
    assert [method for _, method in found.errors] == ["differences"]
    assert max(found.errors["w", "differences"]) < 1e-5


def test_what_has_no_agreement():
    with pytest.raises(UnsupportedInput, match="jacobian"):
        agreement(jacobian(X @ w, w))
    with pytest.raises(UnsupportedInput, match="positive"):
        agreement(QUARTIC, steps=[0.0])
    with pytest.raises(ShapeError, match="no size here"):
        agreement(QUARTIC, {"q": 3})


def test_tables():
    lines = str(AGREED).splitlines()
    assert len(lines) == 1 + len(STEPS) and len({len(line) for line in lines}) == 1
    assert lines[0].split()[:3] == ["step", "beta:", "differences"]


def test_run_times_over_a_size():
    found = run_times(NET, "N", [20, 40], {"p1": 3})
    assert (found.over, found.values, found.sizes) == ("N", (20, 40), {"p1": 3, "p2": 16})
    assert {f: len(ys) for f, ys in found.seconds.items()} == {"readable": 2, "fast": 2}
    assert np.min([*found.seconds.values()]) > 0
    assert [line.split()[0] for line in str(found).splitlines()[:-1]] == ["N", "20", "40"]


def test_run_times_of_other_data():
    c = function("a")
    loss = sum(c(S @ w)) + trace(M @ S)
    assert run_times(gradient(loss, [S, w]), S.rows, [3], seed=1).values == (3,)
    with pytest.raises(ShapeError, match="no size here"):
        run_times(QUARTIC, "q", [3])
    with pytest.raises(UnsupportedInput, match="at least one"):
        run_times(QUARTIC, "N", [])


def test_pictures_are_drawn_without_a_display():
    pytest.importorskip("matplotlib")
    for found in (AGREED, run_times(QUARTIC, "N", [5, 10])):
        picture = found.to_svg()
        assert ElementTree.fromstring(picture).tag.endswith("svg")
        assert found.to_svg() == picture
        (axes,) = found.plot().axes
        lines = getattr(found, "errors", None) or found.seconds
        assert len(axes.lines) == len(lines)
        assert axes.get_xscale() == axes.get_yscale() == "log"


def test_what_draws_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for found in (AGREED, run_times(QUARTIC, "N", [5])):
        with pytest.raises(MissingExtra, match=r"pip install 'matcalc\[plot\]'"):
            found.plot()
