"""Printed forms: LaTeX in the portable subset, details, limits, determinism."""

import re

import pytest
import sympy

import matcalc
import matcalc as mc
from matcalc import (
    claim,
    dims,
    function,
    gradient,
    inv,
    jacobian,
    let,
    matrix,
    relu,
    scalar,
    trace,
    vech,
)
from matcalc.errors import BudgetExceeded, UnsupportedInput
from matcalc.graph import to_dot
from matcalc.names import latex_name
from matcalc.node import Node
from matcalc.show import latex, text
from tests import worked

CASES = [pytest.param(derivation, id=label) for label, derivation, _ in worked.CASES]

FORBIDDEN = re.compile(
    r"\\(operatorname|mbox|newcommand|def|tag|label|require|bm|href|color|unicode|begin\{align\})"
)


m, n = dims("m n")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, m)


def test_latex_keeps_its_parentheses():
    assert latex((A + B) @ C) == r"\left(A + B\right) C"
    assert latex((A * B) @ C) == r"\left(A \odot B\right) C"
    assert latex((A @ C).T) == r"{\left(A C\right)}^{\top}"
    assert latex(A - (B + A @ C @ B)) == r"A - B - A C B"
    assert latex(matcalc.kron(A, B) * matcalc.kron(A, B + A)) == (
        r"\left(A \otimes B\right) \odot \left(A \otimes \left(A + B\right)\right)"
    )
    assert latex(function("a", 1)(A)) == r"{a}^{\prime}\left(A\right)"


@pytest.mark.parametrize("derivation", CASES)
def test_latex_is_in_the_portable_subset(derivation):
    for shown in (derivation.to_latex(), derivation._repr_latex_(), derivation.to_markdown()):
        assert shown.isascii()
        assert not FORBIDDEN.search(shown)
        assert shown.count("{") == shown.count("}")
        assert shown.count(r"\left") == shown.count(r"\right")
    assert derivation._repr_latex_().startswith("$$\n\\begin{aligned}")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Gamma_1", r"\Gamma_{1}"),
        ("Gamma1", r"\Gamma_{1}"),
        ("Z_tilde", r"\tilde{Z}"),
        ("mu_Z", r"\mu_{Z}"),
        ("epsilon_hat", r"\hat{\varepsilon}"),
        ("learning_rate", r"\mathrm{learning}_{\mathrm{rate}}"),
        ("W1_2", r"W_{1,2}"),
    ],
)
def test_names_in_latex(name, shown):
    assert latex_name(name) == shown


def test_details_of_a_derivation():
    Z = let("Z", A @ C)
    derivation = gradient(matcalc.sum(matcalc.tanh(Z) ** 2), A)
    brief, steps, every = (derivation.to_text(d) for d in ("brief", "steps", "every"))
    assert str(derivation) == brief
    assert "transposition of a right factor" in steps
    assert "transposition of a right factor" not in brief
    assert len(every.splitlines()) >= len(steps.splitlines()) + len(derivation.steps)
    with pytest.raises(UnsupportedInput, match="brief"):
        derivation.to_text("all")


def test_a_text_that_would_explode_is_refused():
    Y = A
    for _ in range(40):
        Y = relu(Y) * (Y + A)
    with pytest.raises(BudgetExceeded, match="let"):
        text(Y)
    assert isinstance(Y, Node)


def test_numbers_with_names() -> None:
    assert latex(sympy.pi * sympy.E * mc.trace(mc.matrix("S", "n", "n"))) == r"e \pi \mathrm{tr}(S)"
    assert latex(sympy.log(2 * sympy.pi)) == r"\ln{\left(2 \pi \right)}"


def test_a_loss_is_not_called_what_something_in_it_is():
    R, F, t = matrix("R", m, n), matrix("F", n, n), scalar("t")
    shown = gradient(mc.sum(R**2), R)
    assert "\nJ = sum(R**2)\n" in shown.to_text() and "∂J/∂R = 2 * R" in shown.to_text()
    assert r"\frac{\partial J}{\partial R} &= 2 R" in shown.to_latex()
    assert "dJ = Σ ⟨∂J/∂θ, dθ⟩" in shown.to_html()
    assert "∂vec G/∂(vec F)ᵀ" in jacobian(inv(F), F).to_text()
    assert "∂G/∂t" in mc.derivative(inv(F + t * mc.identity(n)), t).to_text()
    assert str(claim(mc.sum(R**2), R, 2 * R)).startswith("claimed: ∂J/∂R = 2 * R")
    named = gradient(mc.sum(let("R", relu(A) ** 2)), A)
    assert "∂J/∂R = ones(m, n)" in named.to_text()
    assert 'label="J' in to_dot(shown)


def test_constants_of_symmetric_matrices_are_defined_where_they_occur():
    S, A = matrix("S", "n", "n", "symmetric"), matrix("A", "n", "n")
    found = gradient(trace(A @ S), S)
    assert r"D_{n} \, \mathrm{vech}(S) &= \mathrm{vec}(S)" in found.to_latex()
    assert "\n  duplication(n) @ vech(S) = vec(S)    (n**2 × 1)\n" in found.to_text()
    assert "<math" in found.to_html()
    X = matrix("S", "n", "p")
    shown = jacobian(vech(X @ X.T), X)
    assert r"\mathrm{vech}(T) &= L_{n} \, \mathrm{vec}(T)" in shown.to_latex()
    assert r"T \in \mathbb{R}^{n \times n}\text{ symmetric}" in shown.to_latex()
