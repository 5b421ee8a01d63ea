r"""Long formulas in LaTeX, broken into rows at the signs a reader expects.

Sums are broken first, then entrywise and Kronecker products, then products of matrices, outside
parentheses rather than inside. Parentheses that reach over a break are set in one size,
``\bigl( … \bigr)``, since ``\left`` and ``\right`` have to stand in one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from matcalc.errors import BudgetExceeded, UnknownCommand
from matcalc.latex_subset import CLOSERS, OPENERS, OPERATORS, SIGNS, SPACES
from matcalc.typesetting import Item, read

GLYPHS = 71
"""Glyphs of a row: 750 px in a page of ours, less than 1000 px in MathJax and KaTeX."""
SHORTEST, LEFT_OVER = 0.3, 0.15
"""Parts of the width that a row, and what follows it, has at least while another break is there."""
IN_SCRIPT = 0.7
"""Width of what stands in a script, as a part of its width elsewhere."""

SUMS, ENTRYWISE, FACTORS, INSIDE = 0, 2, 4, 3
"""How much is said against a break: at a sum, a ⊙ or ⊗, a product; for every parenthesis."""
BREAKS = {"+": SUMS, "-": SUMS, "⊙": ENTRYWISE, "⊗": ENTRYWISE, "∗": ENTRYWISE}
NO_FACTORS = ("space", "style", "big")
INFIX = frozenset("+-=<>") | {":=", *(SIGNS[name] for name in OPERATORS)}


@dataclass(frozen=True)
class Piece:
    """What is never broken: its LaTeX, its width, the fences around it.

    ``against`` says how bad a row that starts here is; nothing where none may.
    """

    latex: str
    width: float
    fences: tuple[int, ...] = ()
    against: int | None = None
    fence: int | None = None
    spaced: bool = False
    factor: bool = False


def split(latex: str, width: float = GLYPHS) -> list[str]:
    r"""Rows of a formula, the first one first; one row if it is short enough.

    A row that starts with a factor of a product starts with a dot.

    Examples
    --------
    >>> split(r"A B C D E F", 4)
    ['A B C D', '\\cdot E F']
    >>> split(r"A B \left(C + D\right)", 6)
    ['A B \\bigl(C', '+ D\\bigr)']
    """
    try:
        tree = read(latex)
        pieces = tuple(_pieces(tree, ()))
    except (UnknownCommand, BudgetExceeded):
        return [latex]
    starts = _starts(pieces, width)
    if not starts:
        return [latex]
    cut = {fence for start in starts for fence in pieces[start].fences}
    bounds = [0, *starts, len(pieces)]
    return [_joined(pieces[a:b], cut, a > 0) for a, b in pairwise(bounds)]


def glyphs(latex: str) -> float:
    """About how wide a formula is, in glyphs.

    Raises
    ------
    UnknownCommand, BudgetExceeded
        For what `matcalc.typesetting.read` does not take.
    """
    return _width(read(latex))


def _starts(pieces: tuple[Piece, ...], width: float) -> list[int]:
    """Where the second row and those behind it start."""
    starts, first = [], 0
    while sum(p.width for p in pieces[first:]) > width:
        start = _best(pieces, first, width - 4 * bool(first))
        if start is None:
            break
        starts.append(start)
        first = start
    return starts


def _best(pieces: tuple[Piece, ...], first: int, width: float) -> int | None:
    """The place for a break that least is said against, the last of several."""
    found: list[tuple[bool, bool, int, int]] = []
    used, total = 0.0, sum(p.width for p in pieces[first:])
    for k in range(first, len(pieces)):
        against = pieces[k].against
        if k > first and against is not None and used:
            over = used > width
            short = used < SHORTEST * width or total - used < LEFT_OVER * width
            found.append((over, short, k if over else against, -k))
        used += pieces[k].width
    return -min(found)[3] if found else None


def _joined(pieces: tuple[Piece, ...], cut: set[int], continued: bool) -> str:
    text = r"\cdot" if continued and pieces[0].factor else ""
    for k, piece in enumerate(pieces):
        shown = piece.latex
        if piece.fence in cut:
            shown = shown.replace(r"\left", r"\bigl").replace(r"\right", r"\bigr")
        text += " " * bool(text and (piece.spaced or not k)) + shown
    return text


def _pieces(x: Item, fences: tuple[int, ...], spaced: bool = False) -> Iterator[Piece]:
    items = x.parts if x.kind == "row" and not x.text else (x,)
    depth = 0
    for k, item in enumerate(items):
        depth -= _closes(item)
        first = spaced if k == 0 else item.spaced
        found = _parts(item, fences, first)
        against = _against(items, k, len(fences) + depth)
        yield Piece(
            found[0].latex,
            found[0].width,
            fences,
            against,
            found[0].fence,
            first,
            item.text not in BREAKS,
        )
        yield from found[1:]
        depth += _opens(item)


def _opens(item: Item) -> bool:
    return item.kind == "fence" and item.text in OPENERS


def _closes(item: Item) -> bool:
    return item.kind == "fence" and item.text in CLOSERS


def _parts(item: Item, fences: tuple[int, ...], spaced: bool) -> list[Piece]:
    """An item as one piece, or as its fences with what is between them."""
    if item.kind == "style":
        styled = _pieces(item.parts[0], fences)
        return [Piece(f"\\{item.text}", 0, fences, spaced=spaced), *styled]
    inner, after = _opened(item)
    if inner is None:
        return [Piece(item.source, _width(item), fences, spaced=spaced)]
    fence = id(inner)
    before, behind = inner.source.index("(") + 1, inner.source.rindex(r"\right")
    return [
        Piece(inner.source[:before], 1, fences, fence=fence),
        *_pieces(inner.parts[0], (*fences, fence)),
        Piece(inner.source[behind:] + after, 1, fences, fence=fence),
    ]


def _opened(item: Item) -> tuple[Item | None, str]:
    """The parentheses an item is, and what is written above them."""
    if item.kind == "fenced" and item.text == "()":
        return item, ""
    base = item.parts[0] if item.kind == "scripts" else item
    only = base.parts[0] if base.kind == "row" and len(base.parts) == 1 else base
    if only.kind != "fenced" or only.text != "()" or only is item:
        return None, ""
    return only, item.source[len(base.source) :] if item.kind == "scripts" else ""


def _against(items: tuple[Item, ...], k: int, depth: int) -> int | None:
    """How much is said against a row that starts with an item."""
    x = items[k]
    if not k or _opens(items[k - 1]):
        return None
    follows = items[k - 1].kind == "sign" and items[k - 1].text in INFIX
    if x.kind == "sign":
        return BREAKS[x.text] + INSIDE * depth if x.text in BREAKS and not follows else None
    product = x.spaced and not follows and (x.text == "," or x.kind not in NO_FACTORS)
    return FACTORS + INSIDE * depth if product and _ends(items[k - 1]) else None


def _ends(x: Item) -> bool:
    """Whether a factor may end with an item."""
    return x.kind not in (*NO_FACTORS, "sign", "word") and not _opens(x)


def _width(x: Item) -> float:
    if x.kind in ("letter", "number", "word"):
        return len(x.text)
    if x.kind == "sign":
        return 2.2 if x.text in INFIX else 0.6
    if x.kind == "font" and x.text in ("text", "texttt"):
        return 0.9 * len(x.parts[0].text)
    if x.kind == "space":
        return SPACES.get(x.text, 0) / 9
    if x.kind == "scripts":
        base, *scripts = map(_width, x.parts)
        return base + IN_SCRIPT * max(scripts)
    if x.kind in ("fraction", "under", "over"):
        return max(map(_width, x.parts)) + 0.3
    if x.kind == "table":
        rows = [sum(map(_width, row.parts)) + len(row.parts) for row in x.parts]
        return max(rows) + 1
    own = {"fence": 0.8, "fenced": 1.6, "root": 1.4, "big": 1.8}.get(x.kind, 0.0)
    return own + sum(map(_width, x.parts))
