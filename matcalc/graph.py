"""Expressions as graphs in DOT: what is computed from what, with sizes and operation counts.

A derivation shows the loss forwards and, apart from it, what its gradients add; an expression that
is used twice is one node with two edges from it.
"""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from sympy import Expr, Integer

from matcalc.counts import RULES, computed, work_of
from matcalc.derivation import Derivation
from matcalc.errors import MissingExtra, UncountedOperator, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.leaves import Named, Variable
from matcalc.plain_text import left_text
from matcalc.presentation import Row
from matcalc.show import Printer
from matcalc.symbols import below, resolved
from matcalc.work import total

LINE = 40
"""Longest line of a label."""
PLACE = "·"
"""Stands in the label of an operator for an operand without a name."""
HEAD = """digraph {
  rankdir=BT
  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11]
  edge [arrowsize=0.6]
"""


def to_dot(x: Any) -> str:
    r"""The graph of an expression, or of a loss and its gradients, as DOT.

    Parameters
    ----------
    x : Derivation, Node or sympy.Expr
        A derivation has a part "forward" and a part "adjoint".

    Returns
    -------
    str
        One ``digraph``: a node for each distinct expression, labelled with its operator, its size
        and the operations it takes; edges from operands to what uses them, numbered where a label
        has several operands without a name.

    Raises
    ------
    UnsupportedInput
        For what is no expression.

    Examples
    --------
    >>> from matcalc import column, matrix
    >>> print(to_dot(matrix("A", "m", "n") @ column("x", "n")))
    digraph {
      rankdir=BT
      node [shape=box, style=rounded, fontname="Helvetica", fontsize=11]
      edge [arrowsize=0.6]
      n0 [label="A\nm × n", style="rounded,filled"]
      n1 [label="x\nn × 1", style="rounded,filled"]
      n2 [label="A @ x\nm × 1\nm*n multiply-adds"]
      n0 -> n2
      n1 -> n2
    }
    """
    return HEAD + "\n".join(f"  {line}" for line in _Graph(x).lines()) + "\n}"


def to_svg(x: Any) -> str:
    """The same graph drawn, as SVG.

    Raises
    ------
    MissingExtra
        Where Graphviz, whose program ``dot`` draws it, is not installed.
    """
    program = shutil.which("dot")
    if program is None:
        raise MissingExtra(
            "Graphviz is missing: install its package graphviz (apt, brew, conda, choco), "
            "or give the text of to_dot to any other program that draws DOT"
        )
    drawn = subprocess.run(
        [program, "-Tsvg"], input=to_dot(x), capture_output=True, check=True, encoding="utf-8"
    )
    return drawn.stdout


class _Graph:
    """Numbers and labels for the expressions of a derivation."""

    def __init__(self, x: Any) -> None:
        self.titles: dict[Any, list[str]] = {}
        self.parts = self._parts(x)
        self.found = {y: f"n{k}" for k, y in enumerate(below(self._roots(), operands))}

    def _parts(self, x: Any) -> dict[str, list[Any]]:
        if isinstance(x, Derivation):
            shown = x.document("brief")
            self._name(x.loss, shown.whole)
            for parameter, result in x.gradients.items():
                self._name(result, left_text(shown, Row("result", parameter, result)).strip())
            return {"forward": [x.loss], "adjoint": list(x.gradients.values())}
        if not isinstance(x, Node | Expr):
            raise UnsupportedInput(f"a graph is made of an expression, got {type(x).__name__}")
        return {"": [x]}

    def _name(self, x: Any, title: str) -> None:
        self.titles.setdefault(x, []).append(title)

    def _roots(self) -> list[Any]:
        return [x for roots in self.parts.values() for x in roots]

    def lines(self) -> Iterator[str]:
        """Nodes, those of a derivation in their part, then edges."""
        drawn: set[Any] = set()
        for k, (part, roots) in enumerate(self.parts.items()):
            own = [x for x in below(roots, operands) if x not in drawn]
            drawn.update(own)
            nodes = [f"{self.found[x]} [{self._attributes(x)}]" for x in own]
            if part:
                yield f"subgraph cluster_{k} {{"
                yield f"  label={quoted([part])}"
                yield from (f"  {node}" for node in nodes)
                yield "}"
            else:
                yield from nodes
        for x, name in self.found.items():
            numbers = places(x)
            for y in operands(x):
                number = numbers.get(y, PLACE)
                shown = "" if number == PLACE else f" [label={quoted([number])}, fontsize=9]"
                yield f"{self.found[y]} -> {name}{shown}"

    def _attributes(self, x: Any) -> str:
        lines = [f"{title} =" for title in self.titles.get(x, ())]
        lines += wrap(label(x), LINE) + size(x) + cost(x)
        filled = ', style="rounded,filled"' * isinstance(x, Variable)
        return f"label={quoted(lines)}{filled}"


def operands(x: Any) -> tuple[Any, ...]:
    """What an expression is worked out from; a name stands for its definition."""
    return computed(resolved(x))


def places(x: Any) -> dict[Any, str]:
    """What stands in a label for operands without a name: a dot, or numbers for several."""
    found = [y for y in operands(x) if not isinstance(y, Variable | Named)]
    return {y: f"({k})" if len(found) > 1 else PLACE for k, y in enumerate(found, 1)}


def label(x: Any) -> str:
    """What an expression does, its own name first."""
    if isinstance(x, Variable):
        return x.name
    names = {y: y.name for y in operands(x) if isinstance(y, Variable | Named)}
    shown = Printer(names | places(x)).print(resolved(x), inside=True)
    return f"{x.name} = {shown}" if isinstance(x, Named) else shown


def size(x: Any) -> list[str]:
    """The size of a matrix."""
    return [f"{x.rows} × {x.cols}"] if isinstance(x, Node) else []


def cost(x: Any) -> list[str]:
    """Operations that an expression takes beyond its operands."""
    try:
        count = total(work_of(resolved(x), RULES))
    except UncountedOperator:
        return []
    named = {
        "multiply-adds": count.multiply_adds,
        "operations": count.operations,
        "functions": count.functions,
    }
    return [f"{n} {what}" for what, n in named.items() if n != Integer(0)]


def quoted(lines: Iterable[str]) -> str:
    r"""A label of DOT: lines between quotes, with quotes and backslashes escaped.

    Examples
    --------
    >>> print(quoted(['say "x"', "y"]))
    "say \"x\"\ny"
    """
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
