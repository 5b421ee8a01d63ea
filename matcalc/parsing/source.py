"""Text as a syntax tree, within budgets, and the place in it that an error is about.

Python's own parser reads the text and nothing runs it. What could hurt that parser, or a reader of
messages, is refused before: length, depth of brackets, characters that only look like others.
"""

import ast
import re
import unicodedata
from typing import Any, Literal

from matcalc.errors import BudgetExceeded, MatcalcError, ParseError, UnsupportedInput

LENGTH = 20_000
"""Characters of a text."""
BRACKETS = 100
"""Brackets inside one another."""
PARTS = 10_000
"""Operators, calls, names and numbers of a text."""
DEPTH = 1_000
"""Operations inside one another, a sum of n terms being n deep."""
WIDTH = 78
"""Characters of a line that is shown."""

COMMENT = re.compile(r"#[^\n]*")
FORBIDDEN = re.compile(r"[^\n\t\x20-\x7e]|\\")


def syntax_tree(text: object, mode: Literal["eval", "exec"] = "eval") -> tuple[str, Any]:
    """The text without its comments, and its tree.

    Raises
    ------
    ParseError
        Where it is no Python, or has characters other than those of ASCII.
    BudgetExceeded
        Where it is longer or deeper than the limits of this module.

    Examples
    --------
    >>> syntax_tree("2 * A  # twice")[0]
    '2 * A'
    """
    if not isinstance(text, str):
        raise UnsupportedInput(f"expected text, got {type(text).__name__}")
    if len(text) > LENGTH:
        raise BudgetExceeded(f"the text has {len(text)} characters, the limit is {LENGTH}")
    plain = COMMENT.sub("", text.replace("\r\n", "\n"))
    plain = plain.strip() if mode == "eval" else plain
    _refuse_characters(plain)
    _refuse_nesting(plain)
    tree = _parsed(plain, mode)
    _refuse_size(plain, tree)
    return plain, tree


def _refuse_characters(text: str) -> None:
    found = FORBIDDEN.search(text)
    if found is None:
        return
    character = found[0]
    plain = unicodedata.normalize("NFKC", character)
    hint = f"; write {plain}" if plain.isascii() and plain != character else ""
    name = unicodedata.name(character, "a control character")
    error = ParseError(
        f"U+{ord(character):04X} ({name}) is no character of the language, whose names are plain "
        f"ASCII{hint}"
    )
    raise at(error, text, *_line_and_column(text, found.start()))


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1)


def _refuse_nesting(text: str) -> None:
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > BRACKETS:
            error = BudgetExceeded(
                f"more than {BRACKETS} brackets inside one another: name parts with let"
            )
            raise at(error, text, *_line_and_column(text, position))


def _parsed(text: str, mode: Literal["eval", "exec"]) -> Any:
    try:
        return ast.parse(text, mode=mode)
    except SyntaxError as error:
        line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
        raise at(ParseError(f"not Python: {error.msg}"), text, line, column) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise BudgetExceeded("the text is nested too deeply for Python's parser") from error


def _refuse_size(text: str, tree: ast.AST) -> None:
    """Count the parts of a tree level by level."""
    level, depth, count = [tree], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if count > PARTS or depth > DEPTH:
            what = f"{PARTS} parts" if count > PARTS else f"{DEPTH} operations inside one another"
            raise located(BudgetExceeded(f"the text has more than {what}"), text, level[0])
        level = [child for x in level for child in ast.iter_child_nodes(x) if _counts(child)]


def _counts(x: ast.AST) -> bool:
    return not isinstance(x, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop)


def located(error: MatcalcError, text: str, x: Any) -> MatcalcError:
    """The error with a note that shows where in the text it arose; one note is enough."""
    if getattr(error, "__notes__", None) or not hasattr(x, "lineno"):
        return error
    length = x.end_col_offset - x.col_offset if x.end_lineno == x.lineno else 1
    return at(error, text, x.lineno, x.col_offset, length)


def at(error: MatcalcError, text: str, line: int, column: int, length: int = 1) -> MatcalcError:
    """The error with a note: line and column from 1, the line, and a mark below the place."""
    lines = text.split("\n")
    shown = lines[line - 1].expandtabs(1) if 0 < line <= len(lines) else ""
    start = max(0, min(column - WIDTH // 2, len(shown) - WIDTH))
    place = f"line {line}, column {column + 1}" if len(lines) > 1 else f"column {column + 1}"
    safe = FORBIDDEN.sub("?", shown[start : start + WIDTH])
    mark = "^" + "~" * min(length - 1, len(safe) - (column - start) - 1)
    error.add_note(f"at {place}:\n  {safe}\n  {' ' * (column - start)}{mark}")
    return error
