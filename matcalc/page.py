"""One HTML file that shows its mathematics by itself: MathML, no script, nothing to fetch.

What leads to a row folds open below it, by the browser's own means.
"""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Any

from matcalc.confusable import refuse_confusable
from matcalc.mathml import mathml
from matcalc.names import WHOLE, latex_name
from matcalc.nesting import followed
from matcalc.node import Node
from matcalc.presentation import (
    DEFINITION,
    MATHEMATICS,
    Document,
    Row,
    broken,
    left_latex,
    reasons,
    rewritten,
    shown_of,
    statement,
)
from matcalc.rewrite import Step
from matcalc.show import latex, sized

TITLES = {
    "gradient": "Gradients",
    "chain rule": "Gradients by the chain rule",
    "jacobian": "Jacobians",
    "directional": "Derivatives along directions",
    "expression": "Expression",
}
HEADINGS = {
    "loss": "Statement",
    "definition": "Where",
    "cotangent": "Backwards through the loss",
    "result": "Result",
}
"""Headings of the parts of a page, by the rows that they start with."""
PARTS = {"named cotangent": "cotangent"}

STYLE = """
:root { color-scheme: light dark; --rule: #8884; --quiet: #666; --panel: #8881; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; } }
body { margin: 2rem auto; padding: 0 1.5rem; max-width: 62rem; font: 1rem/1.5 system-ui, sans-serif;
  background: Canvas; color: CanvasText; box-sizing: border-box; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
h2 { font-size: .85rem; margin: 1.6rem 0 .3rem; color: var(--quiet); font-weight: 600;
  text-transform: uppercase; letter-spacing: .06em; }
p { margin: .2rem 0; }
.quiet, .size, summary, .law { color: var(--quiet); font-size: .85rem; }
.row { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr) max-content;
  column-gap: .5rem; align-items: baseline; padding: .45rem .2rem;
  border-bottom: 1px solid var(--rule); }
.claimed { grid-template-columns: minmax(15rem, max-content) minmax(0, 1fr) max-content; }
.left { text-align: right; }
.right { min-width: 0; overflow-x: auto; overflow-y: hidden; padding: .15rem 0; }
.right > div + div, .forms > div > div + div { padding-left: 2.5rem; }
.forms { display: flex; flex-wrap: wrap; align-items: baseline; gap: .3rem 2rem; }
.forms > div { flex: 1 1 45%; min-width: max-content; }
.result { background: var(--panel); }
details { grid-column: 2 / -1; min-width: 0; }
summary { cursor: pointer; }
ol { margin: .4rem 0; padding-left: 1.6rem; }
li { margin: .4rem 0; overflow-x: auto; overflow-y: hidden; }
li > div { padding: .1rem 0 .1rem 1rem; }
math { font-size: 1.1rem; }
li math { font-size: 1rem; }
pre { white-space: pre-wrap; }
@media print { body { max-width: none; margin: 0; } .row { break-inside: avoid; } }
""".strip()

DISPLAYED = r"\displaystyle {} "
"""A sign at the start of a row stands between two things as well."""
Shown = Callable[[Any], str]


def page(title: str, body: Iterable[str]) -> str:
    """A whole file around the elements of its body."""
    inner = "\n".join(body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{inner}\n</body>\n</html>\n"
    )


@followed("a page")
def as_html(document: Document, sizes: bool = False) -> str:
    """A derivation as a file: statement, definitions, cotangents with their laws, results."""
    refuse_confusable(*document.roots)
    return page(TITLES[document.kind], _parts(document, sized if sizes else latex))


def to_html(x: Any, sizes: bool = False) -> str:
    """An expression with its definitions as one HTML file that shows the mathematics by itself.

    Parameters
    ----------
    x : Node or sympy.Expr
        A matrix or a scalar.
    sizes : bool
        Whether the size of a variable or an intermediate stands below its name.

    Examples
    --------
    >>> from matcalc import matrix
    >>> to_html(matrix("A", "m", "n").T).count("<math")
    4
    """
    return as_html(statement(x), sizes)


def _parts(document: Document, shown: Shown) -> Iterator[str]:
    yield f'<p class="quiet">{escape(document.convention)}</p>'
    if document.given:
        yield f"<p>Given {', '.join(mathml(x.latex) for x in document.given)}.</p>"
    steps = _by_place(document)
    for part, found in groupby(document.body, _part):
        yield f"<h2>{HEADINGS[part]}</h2>"
        for row in found:
            yield _row(document, row, steps, shown)
    yield from (f'<p class="quiet">Note: {escape(note)}.</p>' for note in document.notes)


def _part(row: Row) -> str:
    return PARTS.get(row.kind, row.kind)


def _by_place(document: Document) -> dict[str, list[Step]]:
    """Rewrites by where they happened, for a page that shows them."""
    found: dict[str, list[Step]] = {}
    for step in () if document.detail == "brief" else document.steps:
        found.setdefault(step.place, []).append(step)
    return found


def _row(document: Document, row: Row, steps: dict[str, list[Step]], shown: Shown) -> str:
    right = _lines(_right(row, shown))
    if row.other is not None:
        first, *rest = _right(row.other, shown)
        other = [f"{left_latex(document, row.other)} {first}", *rest]
        right = f'<div class="forms"><div>{right}</div><div>{_lines(other)}</div></div>'
    after = _size(row.formula) + _reasons(row, steps, document.detail == "every")
    kind = "result" if row.kind == "result" else ""
    return _grid(left_latex(document, row), right, after, kind)


def _right(row: Row, shown: Shown) -> list[str]:
    """The lines of a right side, with its sign."""
    first, *rest = broken(shown_of(row), shown)
    return [f"= {first}", *rest]


def equation(left: str, lines: list[str], after: str = "", kind: str = "") -> str:
    """A row of a page: a left side and the lines of a right side in LaTeX, then more elements."""
    return _grid(left, _lines(lines), after, kind)


def _grid(left: str, right: str, after: str, kind: str) -> str:
    return (
        f'<div class="row {kind}"><div class="left">{mathml(DISPLAYED + left)}</div>'
        f'<div class="right">{right}</div>{after}</div>'
    )


def _size(x: Any) -> str:
    shown = rf"{latex(x.rows)} \times {latex(x.cols)}" if isinstance(x, Node) else ""
    return f'<div class="size">{mathml(shown) if shown else ""}</div>'


def _lines(lines: list[str]) -> str:
    return "".join(f"<div>{mathml(DISPLAYED + line)}</div>" for line in lines)


def _reasons(row: Row, steps: dict[str, list[Step]], is_open: bool) -> str:
    """The laws behind a row, folding open to their rewrites."""
    why = reasons(row)
    if not why:
        return ""
    found = [step for place in _places(row) for step in steps.get(place, ())]
    summary = f"<summary>{'; '.join(map(_law, why))}</summary>"
    rewrites = "".join(map(_rewrite, found))
    return f"<details{' open' * is_open}>{summary}<ol>{rewrites}</ol></details>"


def _law(name: str) -> str:
    """Names of laws, the names in them as mathematics."""
    out = ""
    for words, sign, named in MATHEMATICS.findall(name):
        out += escape(words + DEFINITION * bool(named) + sign)
        out += mathml(latex_name(named)) if named else ""
    return out


def _places(row: Row) -> tuple[str, ...]:
    """Where the rewrites of a row happened, as the steps name it."""
    if row.kind == "loss":
        return (f"through {WHOLE}",)
    name = getattr(row.quantity, "name", str(row.quantity))
    return (name,) if row.kind == "result" else (name, f"through {name}")


def _rewrite(step: Step) -> str:
    return f'<li><span class="law">{_law(step.law)}</span>{_lines(rewritten(step))}</li>'
