"""⊙-monomials: a coefficient and the exponents of the bases, rows and columns taken apart.

In W ⊙ 1(γ ⊙ σ⁻¹) the bases are W, 1γ and 1σ with exponents 1, 1 and −1.
"""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer

from matcalc.node import Node
from matcalc.operators.algebra import Product, Scale, split_scale
from matcalc.operators.elementwise import Hadamard, power, power_of
from matcalc.operators.leaves import Ones
from matcalc.operators.shapes import is_one


def repeated_row(node: Node) -> Node | None:
    """The row r of 1r, where a matrix is one."""
    if isinstance(node, Ones) and not is_one(node.rows) and not is_one(node.cols):
        return Ones(Integer(1), node.cols)
    if isinstance(node, Product) and isinstance(node.operands[0], Ones):
        first = node.operands[0]
        if is_one(first.cols) and not is_one(node.cols):
            return Product(*node.operands[1:])
    return None


def repeated_column(node: Node) -> Node | None:
    """The column c of c1ᵀ, where a matrix is one."""
    if isinstance(node, Product) and isinstance(node.operands[-1], Ones):
        last = node.operands[-1]
        if is_one(last.rows) and not is_one(node.rows):
            return Product(*node.operands[:-1])
    return None


@dataclass(frozen=True)
class Monomial:
    """c · ⊙_b b^k over the bases b of one shape."""

    coefficient: Expr
    exponents: dict[Node, Expr]
    shape: tuple[Any, Any]

    def divides(self, other: "Monomial") -> bool:
        """Whether every base of self is in other with at least its exponent, signs alike."""
        mine, theirs = self.exponents, other.exponents
        return all(b in theirs and within(k, theirs[b]) for b, k in mine.items())

    def over(self, other: "Monomial") -> "Monomial":
        """Quotient."""
        exponents = dict(self.exponents)
        for base, k in other.exponents.items():
            exponents[base] = exponents.get(base, Integer(0)) - k
        kept = {base: k for base, k in exponents.items() if k != 0}
        return Monomial(self.coefficient / other.coefficient, kept, self.shape)

    def node(self) -> Node:
        """The monomial as an expression, rows multiplied as rows and columns as columns."""
        return Scale(self.coefficient, Hadamard(Ones(*self.shape), *self._groups()))

    def _groups(self) -> list[Node]:
        full, rows, columns = [], [], []
        for base, k in self.exponents.items():
            line, stack = repeated_row(base), repeated_column(base)
            if line is not None:
                rows.append(power(line, k))
            elif stack is not None:
                columns.append(power(stack, k))
            else:
                full.append(power(base, k))
        if rows:
            full.append(Product(Ones(self.shape[0], Integer(1)), Hadamard(*rows)))
        if columns:
            full.append(Product(Hadamard(*columns), Ones(Integer(1), self.shape[1])))
        return full


def within(k: Expr, bound: Expr) -> bool:
    """Whether k lies between 0 and bound, so that dividing leaves no new inverse."""
    return bool(k.is_positive and (bound - k).is_nonnegative) or bool(
        k.is_negative and (bound - k).is_nonpositive
    )


def monomial(node: Node) -> Monomial:
    """Read an expression as a ⊙-monomial; what is no ⊙-product is one base."""
    coefficient, inner = split_scale(node)
    exponents: dict[Node, Expr] = {}
    for factor in inner.operands if isinstance(inner, Hadamard) else (inner,):
        base, k = power_of(factor)
        for part, exponent in _parts(base):
            exponents[part] = exponents.get(part, Integer(0)) + k * exponent
    kept = {base: k for base, k in exponents.items() if k != 0 and not isinstance(base, Ones)}
    return Monomial(coefficient, kept, node.shape)


def _parts(base: Node) -> list[tuple[Node, Expr]]:
    line, stack = repeated_row(base), repeated_column(base)
    if line is not None:
        down = Ones(base.rows, Integer(1))
        return [(Product(down, b), k) for b, k in monomial(line).exponents.items()]
    if stack is not None and not is_one(base.cols):
        over = Ones(Integer(1), base.cols)
        return [(Product(b, over), k) for b, k in monomial(stack).exponents.items()]
    return [(base, Integer(1))]


def common(monomials: list[Monomial]) -> dict[Node, Expr]:
    """Bases that every monomial shares, with the exponent of least size."""
    first, *rest = monomials
    shared: dict[Node, Expr] = {}
    for base, k in first.exponents.items():
        exponents = [k, *(other.exponents.get(base, Integer(0)) for other in rest)]
        if all(e.is_positive for e in exponents) or all(e.is_negative for e in exponents):
            shared[base] = min(exponents, key=abs)
    return shared
