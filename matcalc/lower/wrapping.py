"""Lines of generated code within their width."""

import re
from collections.abc import Iterable

from matcalc.lower.checks import WIDTH, broken, call, wrapped

Lines = list[str]


def fitted(line: str) -> Lines:
    """A line, in parentheses over several lines if it is too long."""
    if len(line) <= WIDTH:
        return [line]
    pad = " " * (len(line) - len(line.lstrip()))
    found = re.fullmatch(r"(.+?) (\+?=) (.*)", line.strip())
    if found is None:
        function, arguments = line.strip()[:-1].split("(", 1)
        return called(function, [arguments], len(pad))
    target, mark, text = found.groups()
    target = pad + target
    return [f"{target} {mark} (", *broken(text, len(pad) + 4), f"{pad})"]


def indented(lines: Iterable[str]) -> Lines:
    """Lines one level deeper."""
    return [f"    {line}" for line in lines]


def called(function: str, arguments: Lines, indent: int, end: str = "") -> Lines:
    """Lines of a call or of the head of a function."""
    return call(function, ", ".join(arguments), indent, end)


def assigned(names: str, value: str, indent: int) -> Lines:
    """Lines that give what a call returns to several names."""
    pad = " " * indent
    line = f"{pad}{names} = {value}"
    if len(line) <= WIDTH:
        return [line]
    function, arguments = value[:-1].split("(", 1)
    head = f") = {function}"
    return [f"{pad}(", *wrapped(names, indent + 4), *called(head, [arguments], indent)]
