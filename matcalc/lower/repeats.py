"""What generated loops do again under other names: written once, as a function, and called.

A net of many layers is so compiled in about the time of one of few.
"""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable

from matcalc.lower.wrapping import Lines, called, fitted

NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
STAGE, SHORT, LEAST = "_stage_", "_lines_", 3
"""Beginnings of names of functions, with loops over blocks and without, and the least lines."""
OF_LOOPS = frozenset("lo hi first i j b c d".split())
"""Names of loops, whose values no later part reads."""


class Once:
    """Functions, those that differ in names alone being one.

    Parameters
    ----------
    prefix : str
        What their names start with.

    Attributes
    ----------
    uses : Counter of str
        How often each is called.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix, self.uses = prefix, Counter[str]()
        self._known: dict[str, tuple[str, Lines, Lines]] = {}

    def call(self, lines: Lines, arguments: Lines) -> tuple[str, Lines]:
        """The function of these lines, and what it is called with."""
        text, order = numbered(lines, {*arguments, *stored(lines)})
        fresh = f"{self.prefix}{len(self._known) + 1}", arguments, order
        name, parameters, places = self._known.setdefault(text, fresh)
        self.uses[name] += 1
        given = dict(zip(places, order, strict=True))
        return name, [given.get(x, x) for x in parameters]


def stored(lines: Iterable[str]) -> set[str]:
    """Names that the lines give values to."""
    nodes = ast.walk(ast.parse("\n".join(lines)))
    return {x.id for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}


def numbered(lines: Iterable[str], names: Collection[str]) -> tuple[str, Lines]:
    """The lines with numbers in the places of names, and the names in the order of these."""
    order: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        x = found.group()
        return order.setdefault(x, f"_{len(order)}") if x in names else x

    text = ast.unparse(ast.parse("\n".join(lines)))
    return NAME.sub(number, text), list(order)


def written_once(
    parts: list[Lines], given: Collection[str], arrays: Collection[str], kept: Collection[str]
) -> tuple[Lines, dict[str, Lines]]:
    """Lines of all parts, with calls of those that come again, and the functions that are called.

    Parameters
    ----------
    parts : list of list of str
        Lines one after another. One that gives a value to a name of a later one stays where it is.
    given : collection of str
        Names with values before the first of them.
    arrays : collection of str
        Names of arrays among these.
    kept : collection of str
        Names whose values are asked for afterwards.
    """
    names = {*given, *(x for part in parts for x in stored(part))}
    texts = [numbered(part, names) for part in parts]
    again = _coming_again(parts, [text for text, _ in texts], kept)
    stages, short = Once(STAGE), Once(SHORT)
    lines, functions = list[str](), dict[str, Lines]()
    for part, (_, order), repeated in zip(parts, texts, again, strict=True):
        if not repeated:
            lines += part
            continue
        own = stored(part)
        arguments = [x for x in order if x not in own]
        function, values = (stages if _has_blocks(part) else short).call(part, arguments)
        functions.setdefault(function, _function(function, arguments, part, arrays))
        lines += [line[4:] for line in called(function, values, 4)]
    return lines, functions


def _coming_again(parts: list[Lines], texts: list[str], kept: Collection[str]) -> list[bool]:
    """Which parts are called as functions; loops over blocks stay for the last, where all are."""
    counts, later, again = Counter(texts), set(kept), list[bool]()
    for part, text in zip(reversed(parts), reversed(texts), strict=True):
        leaves = later & (stored(part) - OF_LOOPS)
        again.insert(0, counts[text] > 1 and len(part) >= LEAST and not leaves)
        later.update(NAME.findall("\n".join(part)))
    blocks = [k for k, part in enumerate(parts) if _has_blocks(part)]
    if blocks and all(again[k] for k in blocks):
        again[blocks[-1]] = False
    return again


def _has_blocks(part: Lines) -> bool:
    return any("prange" in line for line in part)


def _function(name: str, arguments: Lines, part: Lines, arrays: Collection[str]) -> Lines:
    types = {"dtype": "dtype", "real": "dtype.type"}
    used = [x for x in types if any(x in NAME.findall(line) for line in part)]
    typed = [x for x in arguments if x in arrays]
    what = "A sweep over blocks" if name.startswith(STAGE) else "Lines"
    return [
        *["@numba.njit(**INNER)"] * name.startswith(SHORT),
        *called(f"def {name}", arguments, 0, ":"),
        f'    """{what} such as the loops have several times."""',
        *(f"    {x} = {typed[0]}.{types[x]}" for x in used),
        *(piece for line in part for piece in fitted(f"    {line}")),
    ]
