"""Names that would print alike in LaTeX are refused there, and nowhere else."""

import pytest

import matcalc as mc
from matcalc import claim, gradient, jacobian, let, matrix, scalar
from matcalc.errors import NameRefused

A, B = matrix("Gamma1", "n", "p"), matrix("Gamma_1", "n", "p")
S, c = matrix("S", "n", "n"), scalar("c")
ALIKE = {
    "two variables": gradient(mc.sum(A * B), A),
    "a size": gradient(mc.sum(matrix("p_1", "p1", "n") ** 2), matrix("p_1", "p1", "n")),
    "an intermediate": gradient(mc.sum(let("Gamma_1", A**2) * A), A),
    "two scalars": gradient(scalar("lam") * scalar("lambda_") * c, c),
    "an identity": gradient(mc.trace(mc.inv(matrix("I_n", "n", "n"))) + mc.trace(S), S),
    "a centering": gradient(
        mc.sum((mc.centering("n") @ matrix("H_n", "n", "p")) ** 2), matrix("H_n", "n", "p")
    ),
    "a commutation": jacobian(S.T @ matrix("K_n_n", "n", "n"), S),
    "Euler's number": gradient(mc.exp(c) * mc.sum(matrix("e", "n", "n")), c),
    "π": gradient(mc.pi * mc.sum(matrix("pi", "n", "n") * S), S),
}


@pytest.mark.parametrize("what", ALIKE)
def test_formulas_refuse_them(what):
    derivation = ALIKE[what]
    assert derivation.to_text() and derivation.document().roots
    for form in (derivation.to_latex, derivation.to_markdown, derivation.to_html):
        with pytest.raises(NameRefused, match=r"both print as .*: rename "):
            form()


def test_expressions_and_claims_refuse_them():
    with pytest.raises(NameRefused, match="Gamma1 and Gamma_1 both print as"):
        (A + B)._repr_latex_()
    found = claim(mc.sum(A * B), A, 2 * B)
    assert "Gamma_1" in str(found)
    for form in (found.to_latex, found.to_html):
        with pytest.raises(NameRefused, match="rename Gamma_1"):
            form()


def test_the_name_that_the_author_can_change_is_the_one_to_change():
    with pytest.raises(NameRefused, match=r"centering\(n\) and H_n .*: rename H_n$"):
        ALIKE["a centering"].to_latex()


def test_names_that_are_told_apart_print():
    e = matrix("e", "n", "p")
    assert r"\exp\left(e\right)" in gradient(mc.sum(mc.exp(e)), e).to_latex()
    assert gradient(mc.sum(A @ matrix("I", "p", "p") @ mc.identity("p")), A).to_latex()
