"""The order of statements in which what is summed over rows is known before rows are read again."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Symbol

from matcalc.lower.graph import parts
from matcalc.lower.program import Statement
from matcalc.node import Node

Stage = tuple[list[Statement], list[str]]
"""Statements, and the names among them that are sums over the rows."""


def sums_over(rows: Symbol, x: Any) -> bool:
    """Whether something has no rows left, and is made of what has."""
    return not has_rows(x, rows) and any(has_rows(part, rows) for part in parts(x))


def has_rows(x: Any, rows: Symbol) -> bool:
    """Whether a matrix grows with the number of rows."""
    return isinstance(x, Node) and _mentions(x.shape, rows)


def stages(statements: Iterable[Statement], shapes: Mapping[str, Any], rows: Symbol) -> list[Stage]:
    """Statements by how many sums over the rows have to be known before them.

    Parameters
    ----------
    statements : iterable of Statement
        Each after those that it uses.
    shapes : mapping from str to pair of sizes
        The arguments' shapes.
    rows : sympy.Symbol
        The number of rows.
    """
    tall = {name for name, shape in shapes.items() if _mentions(shape, rows)}
    known_after: dict[str, int] = {}
    found: list[Stage] = []
    for s in statements:
        used = re.findall(r"[A-Za-z_]\w*", s.text)
        level = max((known_after.get(name, 0) for name in used), default=0)
        found += [([], []) for _ in range(level + 1 - len(found))]
        is_tall = s.shape is not None and _mentions(s.shape, rows)
        is_sum = not is_tall and not tall.isdisjoint(used)
        tall |= {s.name} if is_tall else set()
        known_after[s.name] = level + is_sum
        found[level][0].append(s)
        found[level][1].extend([s.name] * is_sum)
    return found


def _mentions(shape: Iterable[Any], rows: Symbol) -> bool:
    return any(size.has(rows) for size in shape)
