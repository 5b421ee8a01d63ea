"""Pages, MathML, rows that are broken, text in ASCII, graphs: structure, limits, named errors."""

import operator
import re
import shutil
import subprocess
from functools import reduce
from html.parser import HTMLParser

import numpy as np
import pytest

import matcalc as mc
from derivations.batch_normed_net import Net
from matcalc import both_forms, claim, column, dims, function, gradient, let, matrix, scalar
from matcalc.errors import BudgetExceeded, MissingExtra, UnknownCommand, UnsupportedInput
from matcalc.graph import quoted, to_dot, to_svg
from matcalc.latex_subset import ACCENTS, BIG, FONTS, LETTERS, SIGNS, SPACES, WORDS
from matcalc.line_breaks import glyphs, split
from matcalc.mathml import mathml
from matcalc.page import to_html
from matcalc.plain_text import in_ascii
from matcalc.show import latex
from tests.latex_reader import Reader
from tests.mathml_reader import latex_of

m, n = dims("m n")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", n, m)
NET = Net(activation="abstract a", ddof=1).derivation()
VOID = {"meta", "br"}


class Outline(HTMLParser):
    """Elements of a page, every one of them closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.count, self.attributes = [], {}, []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("detail", ["brief", "steps", "every"])
def test_a_page_stands_alone(detail):
    page = NET.to_html(detail, sizes=True)
    outline = Outline(page)
    assert "script" not in outline.count
    assert "img" not in outline.count
    names = {name for name, _ in outline.attributes}
    assert not names & {"src", "href", "onclick", "onload"}
    assert "url(" not in page
    rows = len(NET.document(detail).body)
    assert page.count('<div class="row') == rows
    assert ("details" in outline.count) is (detail != "brief")
    assert page.count("<details open>") == (outline.count["details"] if detail == "every" else 0)


def test_rewrites_fold_open_below_their_row():
    page = NET.to_html()
    assert Outline(page).count["li"] == len(NET.steps)


def test_details_of_every_form():
    for form in (NET.to_text, NET.to_latex, NET.to_markdown, NET.to_html):
        brief, steps, every = (len(form(detail)) for detail in ("brief", "steps", "every"))
        assert brief < steps < every or (form == NET.to_html and brief < steps <= every)
        with pytest.raises(UnsupportedInput, match="brief"):
            form("all")


def test_what_is_given():
    S, lam = matrix("S", n, n, "symmetric"), scalar("lam", positive=True)
    c, f = scalar("c"), function("f")
    found = gradient(mc.sum(f(S) * S) * lam * c, S)
    assert "\nGiven S (n × n, symmetric), a number c, lam > 0, a function f.\n" in found.to_text()
    assert r"S \in \mathbb{R}^{n \times n}\text{ symmetric}" in found.to_latex()
    assert r"\lambda > 0" in found.to_latex()


def test_text_in_ascii():
    for derivation in (NET, mc.jacobian(A @ C, A)):
        text = derivation.to_text("every", ascii_only=True)
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 100 + 10
    assert in_ascii("tr(AᵀB) é 中") == r"tr(A^T B) e \u4e2d"


def test_both_forms_of_a_gradient():
    W = next(x for x in mc.definitions(*NET.gradients.values()) if x.name == "W")
    shown = both_forms(NET, W)
    assert dict(shown.gradients) == dict(NET.gradients)
    rows = [row.other for row in shown.document().body if row.other]
    assert {str(row.quantity) for row in rows} == {"beta", "gamma", "Gamma_1"}
    assert (
        r"W \qquad\quad \mathrm{vec}\left(\frac{\partial R}{\partial \beta}\right) = "
        in shown.to_latex()
    )
    assert (
        r"\\[2pt]"
        "\n"
        r"\mathrm{vec}\left(\frac{\partial R}{\partial \Gamma_{1}}\right) &= " in shown.to_latex()
    )
    page = shown.to_html()
    assert page.count('<div class="forms">') == len(rows)
    Outline(page)
    with pytest.raises(UnsupportedInput, match="one form"):
        both_forms(mc.jacobian(A @ C, A), A)
    with pytest.raises(UnsupportedInput, match="linear"):
        both_forms(gradient(mc.sum(A**3), A), B)


def test_short_forms_stand_in_columns():
    X, W, G = matrix("X", "N", "p"), matrix("W", "N", "q"), matrix("G_tilde", "p", "q")
    shown = both_forms(gradient(mc.sum(W * (X @ G)), [G, X]), W)
    first, second = shown.to_text("brief").splitlines()[-2:]
    assert first.index("vec(∂R/∂G_tilde) = ") == second.index("vec(∂R/∂X) = ")
    rows = shown.to_latex("brief").splitlines()[-3:-1]
    assert all(row.count(" &= ") == 2 and row.count("&\\qquad") == 1 for row in rows)


@pytest.mark.parametrize("command", [r"\operatorname{f}(x)", r"\foo", r"\text{\bar}", "é", "~"])
def test_commands_outside_the_subset_are_named(command):
    with pytest.raises(UnknownCommand, match=r"outside the LaTeX"):
        mathml(command)


@pytest.mark.parametrize("wrong", ["{x", "x}", r"\left(x", "x^1^2", r"\begin{align}x\end{align}"])
def test_what_does_not_match_is_refused(wrong):
    with pytest.raises(UnknownCommand):
        mathml(wrong)


def test_groups_nested_too_deep_are_refused():
    with pytest.raises(BudgetExceeded, match="let"):
        mathml("{" * 500 + "x" + "}" * 500)
    assert split("{" * 500 + "x" + "}" * 500 + " + " + "x + " * 90 + "y")


def test_every_command_of_the_subset_becomes_mathml():
    commands = [*LETTERS, *SIGNS, *BIG, *WORDS, *SPACES]
    shown = " ".join(f"\\{name} x" for name in commands)
    shown += " ".join(rf"\{name}{{X}}" for name in (*ACCENTS, *FONTS))
    assert "\\" not in mathml(shown)
    latex_of(mathml(r"\frac{a}{b} \sqrt[3]{x} \underset{n}{X} {X}^{2}_{1}"))


def test_names_are_escaped():
    page = to_html(let("Z_tilde", A @ C))
    assert "\\" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert "&lt;" in mathml("x < y")
    assert quoted(['a"b\\c']) == r'"a\"b\\c"'


LONG = reduce(operator.add, ((A + k * B) @ C for k in range(2, 9))) @ (A @ C + mc.identity(m))


def test_long_formulas_are_broken_and_say_the_same():
    shown = latex(LONG)
    rows = split(shown, 30)
    assert len(rows) >= 3
    assert all(glyphs(row.replace(r"\bigl", "").replace(r"\bigr", "")) < 36 for row in rows)
    joined = " ".join(rows)
    assert joined.count(r"\bigl") == joined.count(r"\bigr") > 0
    random = np.random.default_rng(0)
    names = {"A": random.normal(size=(3, 4)), "B": random.normal(size=(3, 4))}
    names |= {"C": random.normal(size=(4, 3)), "m": 3.0, "n": 4.0}
    assert np.allclose(Reader(joined, names).value(), Reader(shown, names).value())


def test_a_row_that_starts_with_a_factor_has_a_dot():
    assert split("A B C D E F", 4) == ["A B C D", r"\cdot E F"]
    assert split("A + B", 80) == ["A + B"]


def test_claims_as_pages():
    w, X, y = column("w", "p"), matrix("X", "N", "p"), column("y", "N")
    found = claim(mc.sum((X @ w - y) ** 2), w, X.T @ (X @ w - y))
    Outline(found.to_html())
    assert "disproved" in found.to_html()
    assert found.to_markdown() == f"```math\n{found.to_latex()}\n```"


def test_a_graph_has_a_node_for_each_expression():
    Z = let("Z", A @ C)
    loss = mc.sum(mc.tanh(Z) * mc.tanh(Z))
    dot = to_dot(gradient(loss, A))
    assert dot.count("{") == dot.count("}") == 3
    assert dot.count('"Z = A @ C') == 1
    assert "m**2*n multiply-adds" in dot
    nodes = set(re.findall(r"^ +(n\d+) \[", dot, re.M))
    edges = re.findall(r"(n\d+) -> (n\d+)", dot)
    assert {end for edge in edges for end in edge} <= nodes
    assert "∂R/∂A =" in dot
    with pytest.raises(UnsupportedInput, match="expression"):
        to_dot("A")


def test_operands_of_a_product_are_told_apart():
    dot = to_dot((A + B) @ (C + C @ A @ C))
    assert 'label="(1) @ (2)' in dot
    assert dot.count('[label="(1)", fontsize=9]') == 1


def test_a_drawing_without_graphviz_names_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtra, match="graphviz"):
        to_svg(A @ C)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_graph_is_drawn():
    assert "<svg" in to_svg(gradient(mc.sum(A @ C), A))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path):
    body = "\n".join(f"\\[{NET.to_latex(detail, sizes=True)}\\]" for detail in ("brief", "every"))
    source = r"\documentclass{article}\usepackage{amsmath,amssymb}\begin{document}"
    (tmp_path / "x.tex").write_text(f"{source}\n{body}\n\\end{{document}}", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]


def test_a_cost_table_in_markdown_and_latex():
    found = NET.cost()
    lines = found.to_markdown().splitlines()
    assert {line.count("|") for line in lines} == {4}
    assert len(lines) == 8
    assert found.to_latex().count(r"\\") == 6
    mathml(found.at(N=9, p1=4, p2=3).to_latex())
