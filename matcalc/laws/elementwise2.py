"""Elementwise functions of two matrices, and functions with kinks."""

from functools import partial
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.laws.differentials import partial as partial_derivative
from matcalc.laws.differentials import rule, scalar_parts
from matcalc.laws.theme import Theme
from matcalc.lines import DIRECTIONS, Sums
from matcalc.node import Node
from matcalc.operators import functions
from matcalc.operators.algebra import Add, Scale, Transpose
from matcalc.operators.constants import ones
from matcalc.operators.elementwise import Hadamard, Map, elementwise, power_of
from matcalc.operators.elementwise2 import Map2, partial_slopes
from matcalc.operators.functions import ENTRY, logaddexp, relu, sigmoid, sign, step
from matcalc.operators.leaves import column, matrix, row
from matcalc.operators.scalars import d
from matcalc.rewrite import Law

m, n = dims("m n")
A, B = matrix("A", m, n), matrix("B", m, n)
r, s, c, e = row("r", n), row("s", n), column("c", m), column("e", m)


def elementwise_of_two(x: Any) -> Any:
    """d f(A, B) = f₁(A, B) ⊙ dA + f₂(A, B) ⊙ dB, and (∂f/∂s)(A, B) ds for every scalar s in f."""
    f, a, b = x.operands[0].operands
    by_first, by_second = partial_slopes(f, a, b)
    terms = [Hadamard(by_first, d(a)), Hadamard(by_second, d(b))]
    terms += [Scale(d(t), Map2(partial_derivative(f, t), a, b)) for t in scalar_parts(f)]
    return Add(*terms)


def function_of_transposes(x: Map2) -> Any:
    """f(Aᵀ, Bᵀ) = f(A, B)ᵀ."""
    f, *matrices = x.operands
    if not all(isinstance(a, Transpose) for a in matrices):
        return x
    return Transpose(Map2(f, *(a.operands[0] for a in matrices)))


def function_of_lines(sums: Sums, x: Map2) -> Any:
    """f(1r, 1s) = 1f(r, s), or its mirror image."""
    f, *matrices = x.operands
    lines = [sums.repeated(a) for a in matrices]
    if any(line is None for line in lines):
        return x
    return sums.repeat(Map2(f, *lines), sums.length(x))


def even_power(x: Map) -> Any:
    """|A|² = A², and so for every even power."""
    base, k = power_of(x)
    if not k.is_even or not _is_function(base, functions.abs):
        return x
    return Map(ENTRY**k, base.operands[1])


def power_of_step(x: Map) -> Any:
    """[A > 0]² = [A > 0], and so for every positive power."""
    base, k = power_of(x)
    return base if k != 1 and k.is_positive and _is_function(base, step) else x


def _is_function(x: Node, f: Any) -> bool:
    return isinstance(x, Map) and x.operands[0] == f(ENTRY)


def beside(f: Any, other: Any, product: Any) -> Any:
    """F(A) ⊙ g(A) = h(A) among any number of factors."""

    def merged(x: Hadamard) -> Any:
        for factor in x.operands:
            if not _is_function(factor, f):
                continue
            a = factor.operands[1]
            partner = Map(other(ENTRY), a)
            rest = [b for b in x.operands if b is not factor and b is not partner]
            if len(rest) == len(x.operands) - 2:
                return Hadamard(*rest, Map(product(ENTRY), a))
        return x

    return merged


def _itself(x: Any) -> Any:
    return x


def _beside(name: str, f: Any, other: Any, product: Any) -> Law:
    lhs = Hadamard(elementwise(f, A), elementwise(other, A))
    by = beside(f, other, product)
    return Law(name, lhs, elementwise(product, A), general=by, among=(f,))


def f(a: Node, b: Node) -> Node:
    """An instance for the rows."""
    return elementwise(logaddexp, a, b)


DOWN_LAW, ALONG_LAW = (partial(function_of_lines, sums) for sums in DIRECTIONS)

ELEMENTWISE2 = Theme(
    differentials=(
        rule(
            "differential of an elementwise function of two matrices",
            Map2,
            d(f(A, B)),
            elementwise(sigmoid, A - B) * d(A) + elementwise(sigmoid, B - A) * d(B),
            elementwise_of_two,
        ),
    ),
    simplest=(
        Law("function of two transposes", f(A.T, B.T), f(A, B).T, general=function_of_transposes),
        Law(
            "function of two repeated rows",
            f(ones(m) @ r, ones(m) @ s),
            ones(m) @ f(r, s),
            general=DOWN_LAW,
        ),
        Law(
            "function of two repeated columns",
            f(c @ ones(1, n), e @ ones(1, n)),
            f(c, e) @ ones(1, n),
            general=ALONG_LAW,
        ),
        Law(
            "even power of an absolute value",
            elementwise(functions.abs, A) ** 2,
            A**2,
            general=even_power,
            among=(functions.abs,),
        ),
        Law(
            "power of an indicator",
            elementwise(step, A) ** Integer(2),
            elementwise(step, A),
            general=power_of_step,
            among=(step,),
        ),
        _beside("a matrix times its sign", sign, _itself, functions.abs),
        _beside("an absolute value times its sign", functions.abs, sign, _itself),
        _beside("a matrix where it is positive", step, _itself, relu),
        _beside("relu where it is positive", relu, step, relu),
    ),
)
