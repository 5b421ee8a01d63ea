"""A counterexample as a short program that needs NumPy alone."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from sympy import Expr

from matcalc.lower.expressions import Expressions
from matcalc.lower.helpers import HELPERS, needed
from matcalc.lower.namespace import RESERVED, free_name
from matcalc.node import Operator
from matcalc.operators.elementwise import Map
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import Abstract
from matcalc.protocols import ATOM, Table
from matcalc.prove.disproof import Witness
from matcalc.prove.evaluation import Point
from matcalc.symbols import below, definitions, scalar_expressions

SIDES = ("left", "right")
"""What a script calls the two sides."""


class _Writer:
    """NumPy text of expressions as they stand, for names that nothing else in a script has."""

    def __init__(self, owners: Iterable[Any], functions: Iterable[tuple[str, int]]) -> None:
        taken = {*RESERVED, *SIDES}
        self.names = {x: free_name(x.name, taken) for x in owners}
        self.functions = {f: free_name(f"{f[0]}_{f[1]}", taken) for f in functions}
        self.scalars = Expressions(self._operator, lambda label, k: self.functions[str(label), k])

    def _operator(self, x: Any) -> tuple[str, int]:
        if x in self.names:
            return self.names[x], ATOM
        if isinstance(x, Map | Map2):  # how it binds depends on the function
            f, *operands = x.operands
            return self.scalars.text(f, *map(self._operator, operands))
        return x.numpy(self), x.precedence

    def __call__(self, operand: Any, level: int) -> str:
        """Text of an operand, in parentheses if it binds looser than ``level``."""
        found = self._operator if isinstance(operand, Operator) else self.scalars.text
        text, binding = found(operand)
        return text if binding >= level else f"({text})"

    def apply(self, function: Expr, *operands: Any) -> str:
        """Text of an elementwise function of an operand, or of two."""
        return self.scalars.at(function, 0, *map(self._operator, operands))


def script(a: Any, b: Any, witness: Witness) -> str:
    """Data, both sides, and a print of the two.

    What would hide a name of Python or of the script gets an underscore: ``np_`` for ``np``.
    """
    point, named = witness.point, definitions(a, b)
    functions = sorted({f for x in below((a, b)) for f in _functions(x)})
    write = _Writer([*point.sizes, *point.scalars, *point.tables, *named], functions)
    lines = [*_sizes(write, point)]
    lines += [f"{write.names[s]} = {_number(value)}" for s, value in point.scalars.items()]
    lines += [_array(write.names[v], table) for v, table in point.tables.items()]
    lines += [
        _derivative(name, order, point.functions[label].coefficients)
        for (label, order), name in write.functions.items()
    ]
    lines += [f"{write.names[x]} = {write(x.definition, 0)}" for x in named]
    lines += [f"{side} = {write(x, 0)}" for side, x in zip(SIDES, (a, b), strict=True)]
    return _program(lines)


def _program(lines: list[str]) -> str:
    """A program of statements in double precision, with what they call."""
    body = "\n".join([*lines, f"print({', '.join(SIDES)}, sep='\\n')"]) + "\n"
    body = re.sub(r"\bdtype\b(?!=)", "float", body.replace(", dtype=dtype", ""))
    math = "import math\n" * bool(re.search(r"\bmath\.", body))
    helpers = "".join(f"{text}\n" for text in needed([body], HELPERS))
    return f"{math}import numpy as np\n{helpers}{body}"


def _sizes(write: _Writer, point: Point) -> Iterator[str]:
    if point.sizes:
        names = ", ".join(write.names[s] for s in point.sizes)
        yield f"{names} = {', '.join(map(str, point.sizes.values()))}"


def _array(name: str, table: Table) -> str:
    rows = ", ".join(f"[{', '.join(map(_number, row))}]" for row in table)
    return f"{name} = np.array([{rows}], float)"


def _number(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"{x.numerator} / {x.denominator}"


def _functions(x: Any) -> set[tuple[str, int]]:
    """Abstract functions in a node, with the orders of their derivatives."""
    found = (f for expr in scalar_expressions(x) for f in expr.atoms(Abstract))
    return {(str(f.args[0]), int(f.args[1])) for f in found}


def _derivative(name: str, order: int, own: tuple[Fraction, ...]) -> str:
    """A derivative of the polynomial that stands for an abstract function."""
    for _ in range(order):
        own = tuple(k * c for k, c in enumerate(own))[1:]
    terms = " + ".join(f"{_number(c)} * x**{k}" for k, c in enumerate(own))
    return f"{name} = lambda x: {terms or '0 * x'}"
