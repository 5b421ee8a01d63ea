r"""The LaTeX that matcalc prints, read back as a tree: for its rows, and for MathML.

What is read is the subset that JupyterLab, VS Code, Colab, GitHub and KaTeX all typeset; a command
outside it is an error by name, never shown as it stands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from matcalc.errors import BudgetExceeded, UnknownCommand
from matcalc.latex_subset import (
    ACCENTS,
    BIG,
    CLOSERS,
    ESCAPED,
    FENCES,
    FONTS,
    LETTERS,
    OPENERS,
    SIGNS,
    SIZES,
    SPACES,
    STYLES,
    TABLES,
    WORDS,
)

DEPTH = 60
"""How deep groups may lie in each other: every one takes some calls of Python's stack."""

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|[0-9]+(?:\.[0-9]+)?|:=|[^\s]", re.S)


@dataclass(frozen=True)
class Item:
    """One piece of a formula.

    ``kind`` is letter, number, sign, fence, word, font, big, space, row, scripts, fraction, root,
    fenced, table, accent, under, over or style; ``text`` is its sign, name or font, ``parts``
    what it is made of; ``spaced`` says that a space stood before it, as between factors.
    """

    kind: str
    source: str
    text: str = ""
    parts: tuple["Item", ...] = ()
    spaced: bool = False


def read(latex: str) -> Item:
    r"""The tree of a formula.

    Raises
    ------
    UnknownCommand
        For a command outside the subset, and for braces or fences that do not match.
    BudgetExceeded
        For groups nested deeper than `DEPTH`.

    Examples
    --------
    >>> read(r"{A}^{\top}").kind
    'scripts'
    >>> read(r"\operatorname{tr}(A)")
    Traceback (most recent call last):
    ...
    matcalc.errors.UnknownCommand: \operatorname is outside the LaTeX that matcalc prints
    """
    reader = _Reader(latex)
    found = reader.row(())
    if reader.ahead:
        raise UnknownCommand(f"{reader.ahead} closes nothing in {latex[:60]!r}")
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [(m.group(), m.start()) for m in TOKEN.finditer(latex)]
        self.at = self.depth = 0

    @property
    def ahead(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def place(self) -> int:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.latex)

    def take(self) -> str:
        token = self.ahead
        if not token:
            raise UnknownCommand(f"the formula ends too early: {self.latex[-60:]!r}")
        self.at += 1
        return token

    def blank(self) -> bool:
        """Pass white space; whether there was any."""
        start = self.at
        while self.ahead.isspace():
            self.at += 1
        return self.at > start

    def expect(self, token: str) -> None:
        self.blank()
        found = self.take()
        if found != token:
            raise UnknownCommand(f"{token} is missing before {found} in {self.latex[:60]!r}")

    def row(self, stops: tuple[str, ...]) -> Item:
        """Items up to one of the stops, which stays; one item is not put into a row."""
        self.depth += 1
        if self.depth > DEPTH:
            raise BudgetExceeded(
                f"groups are nested deeper than {DEPTH}; name intermediates with let(…)"
            )
        start, items = self.place, []
        spaced = self.blank()
        while self.ahead and self.ahead not in (*stops, "}", r"\right", r"\end", "&", r"\\"):
            items.append(replace(self.scripted(stops), spaced=spaced))
            spaced = self.blank()
        self.depth -= 1
        source = self.latex[start : self.place].strip()
        return items[0] if len(items) == 1 else Item("row", source, "", tuple(items))

    def scripted(self, stops: tuple[str, ...]) -> Item:
        """An item with what is written below and above it."""
        start = self.place
        base = Item("row", "") if self.ahead in ("_", "^") else self.item(stops)
        scripts: dict[str, Item] = {}
        while self.ahead in ("_", "^"):
            mark = self.take()
            if mark in scripts:
                raise UnknownCommand(f"two scripts {mark} on one base in {self.latex[:60]!r}")
            scripts[mark] = self.argument()
        if not scripts:
            return base
        nothing = Item("row", "")
        parts = base, scripts.get("_", nothing), scripts.get("^", nothing)
        return Item("scripts", self._since(start), "", parts)

    def _since(self, start: int) -> str:
        return self.latex[start : self.place].strip()

    def argument(self) -> Item:
        self.blank()
        return self.item(())

    def item(self, stops: tuple[str, ...]) -> Item:
        start, token = self.place, self.take()
        made = self._plain(token) if token[0] != "\\" else self._command(token[1:], stops)
        return replace(made, source=self._since(start))

    def _plain(self, token: str) -> Item:
        if token == "{":
            inner = self.row(())
            self.expect("}")
            return Item("row", "", "{}", inner.parts if _is_list(inner) else (inner,))
        if token[0].isdigit():
            return Item("number", "", token)
        if token.isalpha() and token.isascii():
            return Item("letter", "", token)
        if token in OPENERS | CLOSERS | {"|"}:
            return Item("fence", "", token)
        if token in ("+", "-", "=", ":=", "<", ">", "/", "*", ",", ":", ".", "!", "'", ";"):
            return Item("sign", "", token)
        raise UnknownCommand(f"{token!r} is outside the LaTeX that matcalc prints")

    def _command(self, name: str, stops: tuple[str, ...]) -> Item:
        for kind, signs in (("letter", LETTERS), ("sign", SIGNS), ("big", BIG), ("fence", FENCES)):
            if name in signs:
                return Item(kind, "", signs[name])
        if name in WORDS:
            return Item("word", "", name)
        if name in SPACES:
            return Item("space", "", name)
        if name in ESCAPED:
            return Item("sign", "", name)
        if name in STYLES:
            return Item("style", "", name, (self.row(stops),))
        return self._structure(name)

    def _structure(self, name: str) -> Item:
        if name in ACCENTS:
            return Item("accent", "", ACCENTS[name], (self.argument(),))
        if name in FONTS:
            return self._font(name)
        if name in SIZES:
            return Item("fence", "", self._fence(), (BIGGER,))
        if name in STRUCTURES:
            return STRUCTURES[name](self)
        raise UnknownCommand(f"\\{name} is outside the LaTeX that matcalc prints")

    def _fence_before(self) -> str:
        """The fence just taken, as a sign."""
        token = self.tokens[self.at - 1][0]
        return FENCES.get(token[1:], token) if token[0] == "\\" else token

    def _font(self, name: str) -> Item:
        if name in ("text", "texttt"):
            return Item("font", "", name, (Item("word", "", self._words()),))
        return Item("font", "", name, (self.argument(),))

    def _words(self) -> str:
        """The words of a text, braces and backslashes left out."""
        self.expect("{")
        words = ""
        while self.ahead != "}":
            token = self.take()
            if token[0] == "\\" and token[1:] not in ESCAPED | {" "}:
                raise UnknownCommand(f"{token} in a text is outside the LaTeX that matcalc prints")
            words += token[-1] if token[0] == "\\" else token
        self.expect("}")
        return words

    def fraction(self) -> Item:
        """Numerator and denominator."""
        return Item("fraction", "", "", (self.argument(), self.argument()))

    def root(self) -> Item:
        """A square root, or another one."""
        if self.ahead != "[":
            return Item("root", "", "", (self.argument(),))
        self.take()
        index = self.row(("]",))
        self.expect("]")
        return Item("root", "", "", (self.argument(), index))

    def under(self) -> Item:
        """What is written below something."""
        below, base = self.argument(), self.argument()
        return Item("under", "", "", (base, below))

    def over(self) -> Item:
        """What is written above something."""
        above, base = self.argument(), self.argument()
        return Item("over", "", "", (base, above))

    def fenced(self) -> Item:
        """What stands between fences that grow with it."""
        before = self._fence()
        body = self.row(())
        self.expect(r"\right")
        return Item("fenced", "", before + self._fence(), (body,))

    def _fence(self) -> str:
        self.blank()
        self.take()
        sign = self._fence_before()
        if len(sign) > 1:
            raise UnknownCommand(f"{sign} is no fence that matcalc prints")
        return sign

    def table(self) -> Item:
        """Rows of cells."""
        name = self._words()
        if name not in TABLES:
            raise UnknownCommand(f"the environment {name} is outside the LaTeX that matcalc prints")
        if name == "array":
            self._words()
        rows = [self._cells()]
        while self.ahead == r"\\":
            self.take()
            if self.ahead == "[":
                self._leading()
            rows.append(self._cells())
        self.expect(r"\end")
        if self._words() != name:
            raise UnknownCommand(f"the environment {name} is not closed")
        return Item("table", "", name, tuple(rows))

    def _leading(self) -> None:
        """Pass the room between rows, as in [2pt]."""
        while self.take() != "]":
            pass

    def _cells(self) -> Item:
        cells = [self.row(())]
        while self.ahead == "&":
            self.take()
            cells.append(self.row(()))
        return Item("row", "", "", tuple(cells))


BIGGER = Item("space", "", "bigger")
STRUCTURES: dict[str, Callable[[_Reader], Item]] = {
    "frac": _Reader.fraction,
    "sqrt": _Reader.root,
    "underset": _Reader.under,
    "overset": _Reader.over,
    "left": _Reader.fenced,
    "begin": _Reader.table,
}


def _is_list(x: Item) -> bool:
    """Whether an item is the bare list of a row's items."""
    return x.kind == "row" and not x.text
