r"""Everything that is printed as LaTeX, in one file for an engine that typesets it, and as pages.

``python -m tests.formulas FOLDER`` writes

- ``formulas.tex``: every worked derivation, every law, claims, proofs, both forms; each after
  a line ``%% name``, between dollars;
- ``document.tex``: the same as a document for pdflatex with amsmath and amssymb;
- ``NAME.html``: a page for every worked derivation, and for a claim.
"""

import argparse
import re
from pathlib import Path

import matcalc as mc
from derivations.batch_normed_net import Net
from matcalc import claim, column, matrix, prove_equal
from matcalc.lower.cost import cost
from matcalc.show import latex
from tests import worked
from tests.identities import IDENTITIES
from tests.judging import ENGINE

DOCUMENT = r"""\documentclass{article}
\usepackage[landscape, margin=1cm]{geometry}
\usepackage{amsmath, amssymb}
\allowdisplaybreaks
\begin{document}
BODY
\end{document}
"""


def claims():
    """Claims of every verdict but undecided."""
    A, w, y, X = matrix("A", "p", "p"), column("w", "p"), column("y", "N"), matrix("X", "N", "p")
    yield "only if", claim(w.T @ A @ w, w, 2 * A @ w)
    yield "false", claim(mc.sum((X @ w - y) ** 2), w, X.T @ (X @ w - y))
    yield "proved", claim(mc.sum((X @ w - y) ** 2), w, 2 * X.T @ (X @ w - y))
    yield "ill-typed", claim(mc.sum((X @ w - y) ** 2), w, lambda: X @ (X @ w - y))
    yield "line by line", claim(w.T @ A @ w, w, [A @ w + A.T @ w, 2 * A @ w])


def verdicts():
    """Proofs, with the words of every identity of the textbooks that they use, and a disproof."""
    said = set()
    for label, left, right, _ in IDENTITIES:
        found = prove_equal(left, right)
        if not said.issuperset(found.sentences()):
            said.update(found.sentences())
            yield label, found
    A, B = matrix("A", "n", "n"), matrix("B", "n", "n")
    yield "disproof", prove_equal(A @ B, B @ A)


def both_sides():
    """A derivation whose gradients have two forms, side by side."""
    W, X, G = matrix("W", "N", "q"), matrix("X", "N", "p"), matrix("G", "p", "q")
    return mc.both_forms(mc.gradient(mc.sum(W * (X @ G)), [G, X]), W)


def formulas():
    """Names and LaTeX."""
    for label, derivation, _ in worked.CASES:
        yield label, derivation.to_latex()
    net = Net(activation="abstract a", ddof=1).derivation()
    yield "net, brief", net.to_latex("brief")
    yield "net, with sizes", net.to_latex(sizes=True)
    yield "net, every rewrite", net.to_latex("every")
    yield "net, cost", cost(net).to_latex()
    for label, found in claims():
        yield f"claim: {label}", found.to_latex()
    for label, found in verdicts():
        yield f"verdict: {label}", found.to_latex()
    cotangent = next(x for x in mc.definitions(*net.gradients.values()) if x.name == "W")
    yield "net, both forms", mc.both_forms(net, cotangent).to_latex("brief")
    yield "both forms in columns", both_sides().to_latex("brief")
    for kind, laws in ENGINE.items():
        for law in laws:
            yield f"{kind}: {law.name}", f"{latex(law.lhs)} = {latex(law.rhs)}"


def pages():
    """File names and pages."""
    for label, derivation, _ in worked.CASES:
        yield label, derivation.to_html()
    net = Net(activation="abstract a", ddof=1).derivation()
    yield "net every", net.to_html("every", sizes=True)
    cotangent = next(x for x in mc.definitions(*net.gradients.values()) if x.name == "W")
    yield "net both forms", mc.both_forms(net, cotangent).to_html()
    yield "both forms in columns", both_sides().to_html()
    for label, found in claims():
        yield f"claim {label}", found.to_html()


def file_name(label):
    return re.sub(r"\W+", "_", label).strip("_") + ".html"


def main():
    """Write all of it into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that does not exist")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True)
    found = list(formulas())
    shown = "\n".join(f"%% {name}\n$$\n{formula}\n$$" for name, formula in found)
    (folder / "formulas.tex").write_text(shown + "\n", encoding="utf-8")
    body = "\n\n".join(f"\\[\n{formula}\n\\]" for _, formula in found)
    document = DOCUMENT.replace("BODY", body)
    (folder / "document.tex").write_text(document, encoding="utf-8")
    for label, page in pages():
        (folder / file_name(label)).write_text(page, encoding="utf-8")
    print(f"{len(found)} formulas in {folder / 'formulas.tex'}")


if __name__ == "__main__":
    main()
