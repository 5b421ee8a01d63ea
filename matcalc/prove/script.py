"""A counterexample as a short program that needs NumPy alone."""

from fractions import Fraction
from typing import Any

from sympy import Expr, Symbol

from matcalc.lower.expressions import Expressions
from matcalc.node import Operator
from matcalc.operators.elementwise import Map
from matcalc.operators.elementwise2 import Map2
from matcalc.operators.functions import Abstract
from matcalc.protocols import ATOM
from matcalc.prove.disproof import Witness
from matcalc.symbols import below, definitions, scalar_expressions


class _Writer:
    """NumPy text of expressions as they stand."""

    def __init__(self) -> None:
        self.scalars = Expressions(self._leaf, lambda label, order: f"{label}_{order}")

    def _leaf(self, x: Any) -> tuple[str, int]:
        if isinstance(x, Symbol):
            return x.name, ATOM
        return self._operator(x)

    def _operator(self, x: Any) -> tuple[str, int]:
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
    """Data, both sides, and a print of the two."""
    write, point = _Writer(), witness.point
    lines = ["import numpy as np"]
    if point.sizes:
        names = ", ".join(s.name for s in point.sizes)
        lines.append(f"{names} = {', '.join(map(str, point.sizes.values()))}")
    for symbol, value in point.scalars.items():
        lines.append(f"{symbol.name} = {_number(value)}")
    for variable, table in point.tables.items():
        rows = ", ".join(f"[{', '.join(map(_number, row))}]" for row in table)
        lines.append(f"{variable.name} = np.array([{rows}], float)")
    for name, order in sorted({f for x in below((a, b)) for f in _functions(x)}):
        lines.append(_derivative(name, order, point.functions[name].coefficients))
    lines += [f"{x.name} = {write(x.definition, 0)}" for x in definitions(a, b)]
    lines += [f"left = {write(a, 0)}", f"right = {write(b, 0)}"]
    program = "\n".join([*lines, "print(left, right, sep='\\n')"]) + "\n"
    return program.replace(", dtype=dtype", "").replace("astype(dtype)", "astype(float)")


def _number(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"{x.numerator} / {x.denominator}"


def _functions(x: Any) -> set[tuple[str, int]]:
    """Abstract functions in a node, with the orders of their derivatives."""
    found = (f for expr in scalar_expressions(x) for f in expr.atoms(Abstract))
    return {(str(f.args[0]), int(f.args[1])) for f in found}


def _derivative(name: str, order: int, own: tuple[Fraction, ...]) -> str:
    for _ in range(order):
        own = tuple(k * c for k, c in enumerate(own))[1:]
    terms = " + ".join(f"{_number(c)} * x**{k}" for k, c in enumerate(own))
    return f"{name}_{order} = lambda x: {terms or '0 * x'}"
