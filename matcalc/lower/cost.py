"""The cost of a derivation: as it is written, and as the generated code runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from sympy import Expr, Integer, Max, Symbol

from matcalc.counts import count
from matcalc.derivation import COUNTERS, Derivation
from matcalc.lower.chains import typical_sizes
from matcalc.lower.source import Module
from matcalc.node import Node
from matcalc.scalars import number
from matcalc.show import latex
from matcalc.work import Count

CELL = 40
"""Longest line of a polynomial in the table."""


@dataclass(frozen=True)
class Cost:
    """What a derivation costs; prints as a table.

    Attributes
    ----------
    naive : Count
        As it is written: every operator by its own NumPy call, products from left to right,
        Kronecker products and constant matrices formed, shared expressions worked out once.
    chosen : Count
        As the generated code runs.
    sizes : tuple of sympy.Symbol
        The sizes that are left.
    """

    naive: Count
    chosen: Count
    sizes: tuple[Symbol, ...]

    def at(self, sizes: Mapping[Any, int] | None = None, /, **named: int) -> "Cost":
        """The same at given sizes, by symbol or by name; others stay.

        Raises
        ------
        UnsupportedInput
            For a name that is no size, and for anything but a positive int.
        """
        given = typical_sizes({**(sizes or {}), **named}, self.sizes).sizes
        at = {size: Integer(n) for size, n in given}
        left = tuple(size for size in self.sizes if size not in at)
        return Cost(self.naive.at(at), self.chosen.at(at), left)

    def to_markdown(self) -> str:
        r"""The table in GitHub's Markdown.

        Examples
        --------
        >>> from matcalc import column, matrix
        >>> print(cost(matrix("A", "m", "n") @ column("x", "n")).to_markdown())
        | | naive | chosen |
        |---|---|---|
        | multiply-adds | m\*n | m\*n |
        | other operations | 0 | 0 |
        | functions | 0 | 0 |
        | entries written | m | m |
        | entries read | m\*n + n | m\*n + n |
        | largest array | m | m |
        """
        head, *body = _cells(self, _escaped)
        rule = "|---" * len(head)
        return "\n".join([_line(head), f"{rule}|", *map(_line, body)])

    def to_latex(self) -> str:
        r"""The table as an array, without delimiters."""
        head, *body = _cells(self, latex)
        rows = [[_word(c) for c in head], *([_word(first), *rest] for first, *rest in body)]
        lines = " \\\\\n".join(" & ".join(row) for row in rows)
        return f"\\begin{{array}}{{{'l' * len(head)}}}\n{lines}\n\\end{{array}}"

    def __str__(self) -> str:
        return "\n".join(_table(self))

    __repr__ = __str__


def cost(x: Any, typical: Mapping[Any, int] | None = None) -> Cost:
    """What a derivation or an expression costs, as written and as exported.

    Parameters
    ----------
    x : Derivation, Node or sympy.Expr
        A loss with its gradients, or any matrix or scalar expression.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are, as for `matcalc.lower.numpy_source`.

    Returns
    -------
    Cost
        Two counts in polynomials in the sizes: ``naive`` and ``chosen``. A multiply-add is one
        multiplication with its addition, m·k·n of them in a product of an m × k and a k × n
        matrix; other operations count once an entry; exp, √ and the like are counted apart, and
        arithmetic between single numbers not at all.

    Raises
    ------
    UncountedOperator
        For an operator without a count, such as a differential.
    UnsupportedInput
        For typical sizes that are none.

    Examples
    --------
    >>> from matcalc import column, dims, kron, matrix, vec
    >>> m, n = dims("m n")
    >>> A, X, B = matrix("A", m, m), matrix("X", m, n), matrix("B", n, n)
    >>> found = cost(kron(B.T, A) @ vec(X))
    >>> print(found)
                       naive                             chosen
    multiply-adds      m**2*n**2                         m**2*n + m*n**2
    other operations   m**2*n**2                         0
    functions          0                                 0
    entries written    m**2*n**2 + 2*m*n                 3*m*n
    entries read       m**2*n**2 + m**2 + 2*m*n + n**2   m**2 + 3*m*n + n**2
    largest array      m**2*n**2                         m*n
    >>> found.at(m=100, n=50).naive.multiply_adds
    25000000
    """
    derivation = x if isinstance(x, Derivation) else _stated(x)
    module = Module(derivation, "cost", typical)
    naive = count(derivation.loss, *derivation.gradients.values())
    return Cost(naive, module.count(), tuple(module.names.sizes))


def _stated(x: Any) -> Derivation:
    """An expression as a derivation of nothing."""
    if isinstance(x, Node):
        return Derivation(x, {}, kind="jacobian")
    return Derivation(number(x), {})


def _table(cost: Cost) -> Iterable[str]:
    """Rows of naive against chosen, and their ratio where both are numbers."""
    head, *body = _cells(cost, str)
    rows = [head]
    for name, a, b, *ratio in body:
        rows += _lines(name, _wrapped(a), _wrapped(b), ratio)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "   ".join(cells).rstrip()


def _cells(cost: Cost, shown: Callable[[Expr], str]) -> list[list[str]]:
    """The table without its layout: a head, and a row for each kind of cost."""
    pairs = list(zip(_parts(cost.naive), _parts(cost.chosen), strict=True))
    ratios = [_ratio(a, b) for (_, a), (_, b) in pairs]
    several = any(ratios)
    rows = [["", "naive", "chosen", *["naive / chosen"] * several]]
    for ((name, a), (_, b)), ratio in zip(pairs, ratios, strict=True):
        rows.append([name, shown(a), shown(b), *[ratio] * several])
    return rows


def _escaped(x: Expr) -> str:
    return str(x).replace("*", r"\*")


def _word(cell: str) -> str:
    return rf"\text{{{cell}}}" if cell else ""


def _line(cells: list[str]) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _parts(count: Count) -> list[tuple[str, Expr]]:
    return [
        ("multiply-adds", count.multiply_adds),
        ("other operations", count.operations),
        ("functions", count.functions),
        ("entries written", count.written),
        ("entries read", count.read),
        ("largest array", Max(*count.largest) if count.largest else Integer(0)),
    ]


def _ratio(a: Expr, b: Expr) -> str:
    return f"{float(a / b):.3g}" if a.is_number and b.is_number and b != 0 else ""


def _wrapped(x: str) -> list[str]:
    return wrap(x, CELL, break_long_words=False, break_on_hyphens=False)


def _lines(name: str, a: list[str], b: list[str], ratio: list[str]) -> list[list[str]]:
    """One row of the table, its polynomials over as many lines as they need."""
    height = max(len(a), len(b))
    columns = [[name], a, b, *[[r] for r in ratio]]
    return [[c[i] if i < len(c) else "" for c in columns] for i in range(height)]


COUNTERS["cost"] = cost
