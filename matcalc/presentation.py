"""A derivation as a reader wants it: statement, definitions, cotangents with their laws, results.

One row a quantity, the laws that lead to it beside it. The same rows give the plain text, the LaTeX
and the page; formulas keep the names of the author, and long ones are broken.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import wrap
from typing import Any

from sympy import Expr, Symbol

from matcalc.defined import constants_in
from matcalc.errors import UnsupportedInput
from matcalc.line_breaks import split
from matcalc.names import LOSS, WHOLE, latex_name
from matcalc.node import Node
from matcalc.operators.leaves import Named
from matcalc.operators.shapes import is_one
from matcalc.rewrite import Step
from matcalc.show import latex
from matcalc.symbols import abstract_names, definitions, free_symbols, variables

DETAILS = ("brief", "steps", "every")
"""Statement and results; also cotangents and the laws that lead to them; also every rewrite."""
REWRITE = 62
"""Glyphs of a row of a rewrite, which is indented."""
LOSSES, MATRICES = (LOSS, *"JLEC"), tuple("FGHYP")
"""What is differentiated is called by the first of these that is free."""
Shown = Callable[[Any], str]

SYMBOLS = {"⊙": r"\odot", "⊗": r"\otimes"}
DEFINITION = "definition of "
MATHEMATICS = re.compile(rf"(.*?)(?:([⊙⊗])|{DEFINITION}(\w+)|$)")
"""Words, then a sign, or a name that is defined, or the end."""
NO_BREAK = "\N{NO-BREAK SPACE}"
UNBROKEN = re.compile(rf"\([^()]*\)|{DEFINITION}\w+")


@dataclass(frozen=True)
class Row:
    """One line of a derivation: quantity = formula.

    ``laws`` brought the formula to this form, ``through`` carried it on to the operands; ``other``
    is the same in another form, shown beside it.
    """

    kind: str
    quantity: Any
    formula: Any
    laws: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    other: "Row | None" = None


def rows(
    loss: Any, results: Mapping[Any, Any], cotangents: Any, steps: Any, forms: Mapping[Any, Any]
) -> Iterator[Row]:
    """Rows in reading order: the loss, its definitions, the backward sweep, the results."""
    laws = _laws_by_place(steps)
    yield Row("loss", None, loss, (), laws.get(f"through {WHOLE}", ()))
    for named in definitions(loss):
        yield Row("definition", named, named.definition)
    known = set(definitions(loss))
    for x, g in cotangents.items():
        kind = "named cotangent" if isinstance(g, Named) and g not in known else "cotangent"
        yield Row(kind, x, g, laws.get(x.name, ()), laws.get(f"through {x.name}", ()))
        known.add(g)
    for named in definitions(*results.values()):
        if named not in known:
            yield Row("definition", named, named.definition)
    for constant, formula in constants_in(*results.values(), *forms.values(), loss):
        yield Row("definition", constant, formula)
    for parameter, result in results.items():
        other = Row("vec form", parameter, forms[parameter]) if parameter in forms else None
        yield Row("result", parameter, result, laws.get(str(parameter), ()), (), other)


def brief(body: list[Row]) -> list[Row]:
    """Statement, definitions and results alone, without the laws."""
    kept = [row for row in body if row.kind != "cotangent"]
    return [replace(row, laws=(), through=()) for row in kept]


def _laws_by_place(steps: tuple[Step, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for step in steps:
        if step.law not in ("definition", "held fixed", "linearity"):
            found.setdefault(step.place, {})[step.law] = None
    return {place: tuple(laws) for place, laws in found.items()}


@dataclass(frozen=True)
class Given:
    """A variable, a scalar or an abstract function of the statement."""

    x: Any

    @property
    def text(self) -> str:
        """Its name with its size and what is known of it."""
        if isinstance(self.x, str):
            return f"a function {self.x}"
        if isinstance(self.x, Symbol):
            return f"{self.x.name} > 0" if self.x.is_positive else f"a number {self.x.name}"
        return f"{self.x} ({', '.join((f'{self.x.rows} × {self.x.cols}', *self.x.facts))})"

    @property
    def latex(self) -> str:
        """The same as mathematics."""
        name = latex_name(str(self.x))
        if isinstance(self.x, str):
            return rf"{name}\colon \mathbb{{R}} \to \mathbb{{R}}"
        if isinstance(self.x, Symbol):
            return f"{name} > 0" if self.x.is_positive else rf"{name} \in \mathbb{{R}}"
        size = rf"{latex(self.x.rows)} \times {latex(self.x.cols)}"
        facts = rf"\text{{ {', '.join(self.x.facts)}}}" if self.x.facts else ""
        return rf"{name} \in \mathbb{{R}}^{{{size}}}{facts}"


@dataclass(frozen=True)
class Document:
    """Everything of a derivation that is shown, in reading order.

    ``rows`` hold what ``detail`` asks for, ``steps`` every rewrite.
    """

    kind: str
    rows: tuple[Row, ...]
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    detail: str = "steps"

    def __post_init__(self) -> None:
        if self.detail not in DETAILS:
            raise UnsupportedInput(f"detail is 'brief', 'steps' or 'every', got {self.detail!r}")

    @property
    def convention(self) -> str:
        """What the results are and how they are laid out."""
        return CONVENTION[self.kind].format(self.whole)

    @cached_property
    def whole(self) -> str:
        """What is differentiated, by a name that nothing else in the rows has."""
        loss = next(row.formula for row in self.rows if row.kind == "loss")
        return whole(self.kind, loss, *self.roots)

    @property
    def body(self) -> list[Row]:
        """The rows that are shown."""
        return brief(list(self.rows)) if self.detail == "brief" else list(self.rows)

    @property
    def roots(self) -> list[Any]:
        """Every expression of the rows."""
        pairs = [(row, row.other) for row in self.rows]
        shown = [row for pair in pairs for row in pair if row is not None]
        parts = (x for row in shown for x in (row.quantity, row.formula))
        return [x for x in parts if isinstance(x, Node | Expr)]

    @property
    def every(self) -> tuple[Step, ...]:
        """The rewrites that are shown."""
        return self.steps if self.detail == "every" else ()

    @property
    def given(self) -> list[Given]:
        """What the statement is about; left out where it is brief."""
        return [] if self.detail == "brief" else list(given(row.formula for row in self.rows))


def given(formulas: Iterable[Any]) -> Iterator[Given]:
    """What formulas are made of: variables, scalars that are no sizes, abstract functions."""
    roots = tuple(formulas)
    scalars = (s for s in free_symbols(*roots) if not s.is_integer)
    yield from map(Given, (*variables(*roots), *scalars, *abstract_names(roots)))


def statement(x: Any) -> Document:
    """An expression with the definitions of its names."""
    named = [Row("definition", y, y.definition) for y in definitions(x) if y is not x]
    whole = Row("loss", None, x.definition if isinstance(x, Named) else x)
    return Document("expression", (whole, *named))


CONVENTION = {
    "gradient": "Gradients have their parameter's shape: d{0} = Σ ⟨∂{0}/∂θ, dθ⟩, ⟨A, B⟩ = tr(AᵀB).",
    "chain rule": "Gradients by the chain rule, the cotangent of the part given as it is.",
    "jacobian": "Jacobians are ∂vec {0}/∂(vec X)ᵀ, columns stacked on both sides.",
    "expression": "⊙ is the product entry by entry, ⊗ that of Kronecker; vec stacks columns.",
    "directional": "Derivatives along directions have the shape of what is differentiated.",
}


def shown_of(row: Row) -> Any:
    """What a row is equal to, a name given in it opened."""
    g = row.formula
    return g.definition if row.kind == "named cotangent" else g


def whole(kind: str, x: Any, *roots: Any) -> str:
    """What is differentiated: F for a matrix, and for what has a Jacobian; else R.

    Another letter where that is the name of something in the expressions.
    """
    matrix = kind in ("directional", "expression") and isinstance(x, Node)
    named = (*variables(x, *roots), *definitions(x, *roots), *free_symbols(x, *roots))
    taken = {y.name for y in named}
    letters = MATRICES if matrix or kind == "jacobian" else LOSSES
    return next((letter for letter in letters if letter not in taken), letters[0])


def rewritten(step: Step, shown: Shown = latex) -> list[str]:
    """Before = after in LaTeX, in one row if it fits."""
    return related(step.before, "=", step.after, shown)


def related(left: Any, sign: str, right: Any, shown: Shown = latex) -> list[str]:
    """Two sides in LaTeX with a sign between them, in one row if they fit."""
    before, after = (split(shown(x), REWRITE) for x in (left, right))
    together = [f"{before[0]} {sign} {after[0]}"]
    fits = len(before) == len(after) == 1 and split(together[0], REWRITE) == together
    return together if fits else [*before, f"{sign} {after[0]}", *after[1:]]


def reasons(row: Row) -> list[str]:
    """The laws behind a row, in words."""
    found = [f"by {'; '.join(row.laws)}"] if row.laws else []
    return found + ([f"passed on by {'; '.join(row.through)}"] if row.through else [])


def left_latex(document: Document, row: Row) -> str:
    """What a row is about, in LaTeX."""
    kind, called = document.kind, document.whole
    if row.kind == "loss":
        return called
    if kind == "directional" and row.kind == "result":
        return str(row.quantity.latex)
    name = _name_latex(row.quantity)
    if row.kind == "definition":
        return name
    if kind == "jacobian":
        vec = rf"\mathrm{{vec}}\,{name}"
        column = not isinstance(row.quantity, Node) or is_one(row.quantity.cols)
        below = name if column else vec
        return rf"\frac{{\partial\, \mathrm{{vec}}\, {called}}}{{\partial ({below})^{{\top}}}}"
    quotient = rf"\frac{{\partial {called}}}{{\partial {name}}}"
    if row.kind == "vec form":
        return rf"\mathrm{{vec}}\left({quotient}\right)"
    named = row.kind == "named cotangent"
    return f"{latex(row.formula)} := {quotient}" if named else quotient


def _name_latex(x: Any) -> str:
    """LaTeX of a parameter, of a scalar symbol, or of what has a LaTeX name of its own."""
    own = getattr(x, "latex", None)
    return own if isinstance(own, str) else latex(x) if isinstance(x, Node) else latex_name(str(x))


def broken(x: Any, shown: Shown = latex) -> list[str]:
    """LaTeX of a formula, a long one in several rows."""
    return split(shown(x))


def law_latex(name: str) -> str:
    r"""Names of laws in LaTeX: words in \text, signs and names as mathematics.

    Examples
    --------
    >>> print(law_latex("differential of ⊙; definition of Z_tilde"))
    \text{differential of }\odot\text{; definition of }\tilde{Z}
    """
    out = ""
    for words, sign, named in MATHEMATICS.findall(name):
        plain = words + (DEFINITION if named else "")
        out += rf"\text{{{plain}}}" if plain else ""
        out += latex_name(named) if named else SYMBOLS.get(sign, "")
    return out


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of a text, unbroken inside the smallest parentheses and before a defined name."""
    kept = UNBROKEN.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    lines = wrap(kept, width, initial_indent=first, subsequent_indent=rest, break_long_words=False)
    return [line.replace(NO_BREAK, " ") for line in lines]
