"""What a command works on: declared names and expressions, from its arguments and from a file."""

import re
import sys
from collections.abc import Mapping
from math import prod
from typing import Any

from matcalc import LANGUAGE
from matcalc.dimensions import identifier
from matcalc.errors import BudgetExceeded, ParseError, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.leaves import let
from matcalc.parsing import declare, with_sizes
from matcalc.parsing.source import LENGTH
from matcalc.parsing.words import nearest
from matcalc.symbols import below

WHOLE = re.compile(r"[0-9]{1,15}")
ENTRIES = 10_000
"""Entries of a matrix that a check or a counterexample works out."""
FEW = 5
"""What a size is about when it is chosen."""


class Inputs:
    """Names that the arguments and the file of a command declare.

    Attributes
    ----------
    names : dict
        What may be used in expressions.
    stated : Node, sympy.Expr or None
        The expression at the end of the file.
    """

    def __init__(self, options: Any) -> None:
        self.names: dict[str, Any] = {}
        self.stated = None
        if options.file:
            program = LANGUAGE.program(_content(options.file))
            self.names, self.stated = dict(program.names), program.value
        for spec in options.shape:
            name, sizes = _split(spec, ":", "X:N,p")
            self.names[identifier(name)] = declare(name, sizes)
        self.names = with_sizes(self.names)
        for definition in options.let:
            name, written = _split(definition, "=", "Z=X @ G")
            self.names[identifier(name.strip())] = let(name.strip(), self.expression(written))

    def expression(self, text: str | None) -> Any:
        """An expression of the arguments; without one, the one at the end of the file."""
        if text is not None:
            return LANGUAGE.expression(text, self.names)
        if self.stated is None:
            raise UnsupportedInput("no expression: give one, or a file that ends in one")
        return self.stated

    def parameters(self, written: list[str]) -> list[Any]:
        """What is differentiated by, from names."""
        names = [name for part in written for name in part.split(",") if name]
        if not names:
            raise UnsupportedInput(f"say by what to differentiate: --wrt {self._some_name()}")
        return [self._named(name) for name in names]

    def _named(self, name: str) -> Any:
        if name not in self.names:
            hint = nearest(name, self.names) or f"; there are {', '.join(self.names) or 'none'}"
            raise ParseError(f"no name {name[:40]!r} is declared{hint}")
        return self.names[name]

    def _some_name(self) -> str:
        return next((name for name, x in self.names.items() if hasattr(x, "rows")), "NAME")


def whole_numbers(written: list[str]) -> Mapping[str, int]:
    """Sizes given as ``N=100``."""
    pairs = [_split(part, "=", "N=100") for part in written]
    for name, n in pairs:
        if not WHOLE.fullmatch(n):
            raise ParseError(f"{name}={n[:40]} gives no size: write N=100")
    return {name: int(n) for name, n in pairs}


def require_small(*expressions: Any, sizes: Mapping[str, int] | None = None) -> None:
    """Refuse what has too many entries to be worked out one by one."""
    given = sizes or {}
    for x in below(expressions):
        shape = x.shape if isinstance(x, Node) else ()
        values = [s.xreplace({n: given.get(n.name, FEW) for n in s.free_symbols}) for s in shape]
        if values and prod(values) > ENTRIES:
            raise BudgetExceeded(
                f"{str(x)[:40]} has {' × '.join(map(str, values))} entries, more than the "
                f"{ENTRIES} that are worked out one by one: make the sizes symbols"
            )


def _split(written: str, sign: str, example: str) -> tuple[str, str]:
    name, found, rest = written.partition(sign)
    if not found:
        raise ParseError(
            f"{written[:60]!r} is not of the form {example}; expressions stand before the options"
        )
    return name, rest


def _content(path: str) -> str:
    """The text of a file, or of standard input for ``-``."""
    try:
        if path == "-":
            return sys.stdin.read(LENGTH + 1)
        with open(path, encoding="utf-8") as file:
            return file.read(LENGTH + 1)
    except (OSError, ValueError) as error:
        raise UnsupportedInput(f"{path} could not be read: {error}") from error
