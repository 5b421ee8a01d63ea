"""What statements are called and said, in text and in LaTeX."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from matcalc.latex_document import aligned
from matcalc.names import latex_name
from matcalc.node import Node
from matcalc.operators.shapes import is_one
from matcalc.presentation import whole
from matcalc.show import latex, text

ESCAPED = {
    **{sign: rf"\{sign}" for sign in "_#%&$"},
    **{sign: rf"}}{sign}\text{{" for sign in "|<>"},
    "×": r"}\times\text{",
    "∂": r"}\partial\text{",
    "⊗": r"}\otimes\text{",
    "≠": r"}\neq\text{",
    "·": r"}\cdot\text{",
    "−": r"}-\text{",
}
"""Signs that \\text does not take as they are."""
RAISED = re.compile(r"√(\([^()]*\)|\w²?)|([⁻⁺⁰-⁹¹²³ᵀᵖⁿ]+)|\^(\([^()]*\)|\w+)")
"""What stands below a root, or above the line."""
LOWERED = {ord(c): x for c, x in zip("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ᵖⁿ", "-+0123456789pn", strict=True)}
LOWERED |= {ord("ᵀ"): r"\top ", ord("²"): "^{2}", ord("−"): "-"}


@dataclass(frozen=True)
class Title:
    """What a side of a statement is called."""

    text: str
    latex: str

    def __str__(self) -> str:
        return self.text


def derivative_title(f: Any, parameter: Any) -> Title:
    r"""∂R/∂θ of a scalar, ∂vec F/∂(vec X)ᵀ of a matrix.

    Examples
    --------
    >>> from matcalc import column, trace
    >>> w = column("w_1", "p")
    >>> title = derivative_title(trace(w @ w.T), w)
    >>> print(title, title.latex)
    ∂R/∂w_1 \frac{\partial R}{\partial w_{1}}
    """
    name = latex(parameter) if isinstance(parameter, Node) else latex_name(str(parameter))
    if not isinstance(f, Node) or (is_one(f.rows) and is_one(f.cols)):
        loss = whole("gradient", f, parameter)
        below = rf"\frac{{\partial {loss}}}{{\partial {name}}}"
        return Title(f"∂{loss}/∂{parameter}", below)
    value = whole("jacobian", f, parameter)
    vec = isinstance(parameter, Node) and not is_one(parameter.cols)
    name = rf"\mathrm{{vec}}\,{name}" if vec else name
    below = rf"\frac{{\partial\, \mathrm{{vec}}\, {value}}}{{\partial ({name})^{{\top}}}}"
    return Title(f"∂vec {value}/∂({'vec ' * vec}{parameter})ᵀ", below)


def own_title(x: Any) -> Title:
    """An expression as its own name."""
    return Title(text(x), latex(x))


def equations(rows: Iterable[tuple[str, str]]) -> str:
    """Rows "left = right" in LaTeX, and plain ones where there is no left side."""
    return aligned(f"{left} &= {right}" if left else rf"&\quad {right}" for left, right in rows)


def words(sentence: str, names: Container[str]) -> str:
    r"""A sentence in LaTeX, the names in it as mathematics.

    Examples
    --------
    >>> print(words("true only if mu_Z is held fixed", ["mu_Z"]))
    \text{true only if }\mu_{Z}\text{ is held fixed}
    >>> print(words("by x · x^(e−1) = √x²", []))
    \text{by x }\cdot\text{ x}^{e-1}\text{ = }\sqrt{x^{2}}
    """
    parts = re.split(r"(\w+)", sentence)
    out = ""
    for known, group in groupby(parts, key=names.__contains__):
        run = list(group)
        out += "".join(map(latex_name, run)) if known else _plain("".join(run))
    return out


def marked(sentence: str, names: Container[str]) -> str:
    r"""A sentence in Markdown, the names in it as mathematics.

    Examples
    --------
    >>> print(marked("true only if mu_Z is held fixed", ["mu_Z"]))
    true only if $\mu_{Z}$ is held fixed
    """
    parts = re.split(r"(\w+)", sentence)
    return "".join(f"${latex_name(part)}$" if part in names else part for part in parts)


def _plain(run: str) -> str:
    out, at = "", 0
    for found in RAISED.finditer(run):
        out += _words(run[at : found.start()])
        root, signs, power = found.groups()
        inner = (root or power or signs.replace("²", "2")).strip("()").translate(LOWERED)
        out += rf"\sqrt{{{inner}}}" if root else f"{'' if out else '{}'}^{{{inner}}}"
        at = found.end()
    return out + _words(run[at:])


def _words(plain: str) -> str:
    escaped = "".join(ESCAPED.get(sign, sign) for sign in plain)
    return rf"\text{{{escaped}}}".replace(r"\text{}", "")
