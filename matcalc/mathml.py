r"""LaTeX as MathML Core, which browsers show by themselves, without scripts and offline."""

from collections.abc import Callable
from html import escape

from matcalc.latex_subset import BIG, OPERATORS, SIGNS, SPACES
from matcalc.typesetting import Item, read

XMLNS = "http://www.w3.org/1998/Math/MathML"
MINUS = {"-": "−", "*": "∗", "'": "′"}
SPREAD = frozenset("+-=<>") | {":=", *(SIGNS[name] for name in OPERATORS)}
"""Signs with room on both sides, where they stand between two things."""
STYLES = {
    "displaystyle": 'displaystyle="true" scriptlevel="0"',
    "textstyle": 'displaystyle="false" scriptlevel="0"',
    "scriptstyle": 'displaystyle="false" scriptlevel="1"',
}
BOLD = "font-weight: bold"
DOUBLE = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))
TALL = ("fraction", "table", "under", "over", "big", "root")
COLUMNS = {"aligned": ("right", "left"), "cases": ("left",), "gathered": ("center",)}
BETWEEN = {"bmatrix": ("[", "]"), "cases": ("{", "")}


def mathml(latex: str, display: bool = False) -> str:
    r"""MathML Core of a formula in the LaTeX that matcalc prints.

    Parameters
    ----------
    latex : str
        A formula without delimiters.
    display : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        One ``<math>`` element.

    Raises
    ------
    UnknownCommand
        For a command that is not in the subset.
    BudgetExceeded
        For groups that are nested too deep.

    Examples
    --------
    >>> from matcalc import matrix
    >>> from matcalc.show import latex
    >>> print(mathml(latex(matrix("A", "m", "n").T)))
    <math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>A</mi><mi>⊤</mi></msup></math>
    """
    block = ' display="block"' if display else ""
    return f'<math xmlns="{XMLNS}"{block}>{_element(read(latex))}</math>'


def _element(x: Item) -> str:
    return ELEMENTS[x.kind](x)


def _row(x: Item) -> str:
    inner = "".join(_apart(x.parts, k) + _in_place(x.parts, k) for k in range(len(x.parts)))
    return inner if len(x.parts) == 1 else f"<mrow>{inner}</mrow>"


def _apart(items: tuple[Item, ...], k: int) -> str:
    """Room between a word such as log and what it is not set against."""
    if not k or not any(x.kind == "word" for x in items[k - 1 : k + 1]):
        return ""
    before, after = items[k - 1].kind, items[k].kind
    close = before in ("sign", "fence", "space") or after in ("sign", "fence", "fenced", "row")
    return "" if close else '<mspace width="0.167em"></mspace>'


def _in_place(items: tuple[Item, ...], k: int) -> str:
    """An item among its neighbours: a sign after another one, or before nothing, is a prefix."""
    x = items[k]
    if x.kind != "sign" or x.text not in SPREAD:
        return _element(x)
    before = items[k - 1] if k else None
    prefix = before is None or before.text in SPREAD or before.text in (",", "(", "[", "⟨")
    return _sign(x, ' form="prefix"' if prefix and x.text in "+-" else ' form="infix"')


def _sign(x: Item, attributes: str = "") -> str:
    if x.text in ("⊤", "′", "…", "⋯"):
        return f"<mi>{x.text}</mi>"
    if x.source == r"\colon":
        return '<mo lspace="0" rspace="0.28em">:</mo>'
    if x.text in (".", ":", "!", "/", ","):
        attributes += ' lspace="0"' + ' rspace="0"' * (x.text != ",")
    return f"<mo{attributes}>{escape(MINUS.get(x.text, x.text))}</mo>"


def _letter(x: Item) -> str:
    upright = ' mathvariant="normal"' if x.text.isupper() and not x.text.isascii() else ""
    return f"<mi{upright}>{x.text}</mi>"


def _word(x: Item) -> str:
    return f"<mi>{escape(x.text)}</mi>"


def _font(x: Item) -> str:
    (inner,) = x.parts
    if x.text in ("text", "texttt"):
        style = ' style="font-family: monospace"' if x.text == "texttt" else ""
        return f"<mtext{style}>{escape(inner.text).replace(' ', '&#xA0;')}</mtext>"
    letters = _letters(inner)
    if x.text == "mathbb":
        return f"<mi>{''.join(DOUBLE.get(c, c) for c in letters)}</mi>"
    style = f' style="{BOLD}"' if x.text != "mathrm" else ""
    if not letters:
        return f"<mrow{style}>{_element(inner)}</mrow>"
    tag = "mn" if letters.isdigit() else "mi"
    upright = ' mathvariant="normal"' if len(letters) == 1 and tag == "mi" else ""
    return f"<{tag}{upright}{style}>{escape(letters)}</{tag}>"


def _letters(x: Item) -> str:
    """The word that a group of letters, digits and signs of names makes; else nothing."""
    parts = x.parts if x.kind == "row" else (x,)
    plain = all(p.kind in ("letter", "number") or p.text in "_#%&$" for p in parts)
    return "".join(p.text for p in parts) if plain else ""


def _fence(x: Item) -> str:
    size = ' minsize="1.3em" maxsize="1.3em"' if x.parts else ' stretchy="false"'
    form = "prefix" if x.text in "([⟨⌊⌈" else "postfix" if x.text in ")]⟩⌋⌉" else ""
    shape = f' form="{form}"' if form else ' lspace="0" rspace="0"'
    return f"<mo{shape}{size}>{escape(x.text)}</mo>"


def _fenced(x: Item) -> str:
    (body,) = x.parts
    before, after = x.text[0], x.text[1]
    tall = _is_tall(body)
    opening, closing = _grown(before, "prefix", tall), _grown(after, "postfix", tall)
    return f"<mrow>{opening}{_element(body)}{closing}</mrow>"


def _is_tall(x: Item) -> bool:
    """Whether fences around something have to grow: fonts leave gaps beside those that do."""
    return x.kind in TALL or any(map(_is_tall, x.parts))


def _grown(fence: str, form: str, tall: bool = True) -> str:
    if fence in ("", "."):
        return ""
    stretchy = str(tall).lower()
    return f'<mo form="{form}" stretchy="{stretchy}" lspace="0" rspace="0">{escape(fence)}</mo>'


def _space(x: Item) -> str:
    return f'<mspace width="{SPACES[x.text] / 18:.3g}em"></mspace>'


def _scripts(x: Item) -> str:
    base, below, above = x.parts
    under = base.kind == "big" and base.text != BIG["int"]
    tags = ("munder", "mover", "munderover") if under else ("msub", "msup", "msubsup")
    tag = tags[2] if below.source and above.source else tags[0] if below.source else tags[1]
    scripts = "".join(_one(part) for part in (below, above) if part.source)
    return f"<{tag}>{_one(base)}{scripts}</{tag}>"


def _one(x: Item) -> str:
    """Exactly one element."""
    return _element(x) if x.kind != "row" or x.parts else "<mrow></mrow>"


def _fraction(x: Item) -> str:
    return f"<mfrac>{''.join(map(_one, x.parts))}</mfrac>"


def _root(x: Item) -> str:
    tag = "msqrt" if len(x.parts) == 1 else "mroot"
    return f"<{tag}>{''.join(map(_one, x.parts))}</{tag}>"


def _accent(x: Item) -> str:
    return f'<mover accent="true">{_one(x.parts[0])}<mo stretchy="false">{x.text}</mo></mover>'


def _under(x: Item) -> str:
    return f"<munder>{''.join(map(_one, x.parts))}</munder>"


def _over(x: Item) -> str:
    return f"<mover>{''.join(map(_one, x.parts))}</mover>"


def _big(x: Item) -> str:
    return f"<mo>{x.text}</mo>"


def _number(x: Item) -> str:
    return f"<mn>{x.text}</mn>"


def _style(x: Item) -> str:
    return f"<mstyle {STYLES[x.text]}>{_one(x.parts[0])}</mstyle>"


def _table(x: Item) -> str:
    sides = COLUMNS.get(x.text, ("center",))
    rows = "".join(f"<mtr>{_cells(row, sides)}</mtr>" for row in x.parts if row.source or row.parts)
    style = ' displaystyle="true"' if x.text in ("aligned", "gathered") else ""
    before, after = BETWEEN.get(x.text, ("", ""))
    inner = f"<mtable{style}>{rows}</mtable>"
    return f"<mrow>{_grown(before, 'prefix')}{inner}{_grown(after, 'postfix')}</mrow>"


def _cells(row: Item, sides: tuple[str, ...]) -> str:
    return "".join(
        f'<mtd style="text-align: {sides[k % len(sides)]}">{_one(cell)}</mtd>'
        for k, cell in enumerate(row.parts)
    )


ELEMENTS: dict[str, Callable[[Item], str]] = {
    "letter": _letter,
    "number": _number,
    "sign": _sign,
    "fence": _fence,
    "word": _word,
    "font": _font,
    "big": _big,
    "space": _space,
    "row": _row,
    "scripts": _scripts,
    "fraction": _fraction,
    "root": _root,
    "fenced": _fenced,
    "table": _table,
    "accent": _accent,
    "under": _under,
    "over": _over,
    "style": _style,
}
