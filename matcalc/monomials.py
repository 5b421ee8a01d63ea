"""⊙-monomials: a coefficient and the exponents of the bases, rows and columns taken apart.

In W ⊙ 1(γ ⊙ σ⁻¹) the bases are W, 1γ and 1σ with exponents 1, 1 and −1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Expr, Integer

from matcalc.lines import DIRECTIONS, Sums, repetition
from matcalc.node import Node
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, power, power_of
from matcalc.operators.shapes import ONE


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
            exponents[base] = exponents[base] - k if base in exponents else -k
        kept = {base: k for base, k in exponents.items() if k is ONE or k != 0}
        c, d = self.coefficient, other.coefficient
        return Monomial(c if d is ONE else c / d, kept, self.shape)

    def times(self, other: "Monomial") -> "Monomial":
        """Product."""
        inverse = {base: -k for base, k in other.exponents.items()}
        return self.over(Monomial(1 / other.coefficient, inverse, other.shape))

    def node(self) -> Node:
        """The monomial as an expression, rows multiplied as rows and columns as columns."""
        return Scale(self.coefficient, Hadamard(Ones(*self.shape), *self._groups()))

    def _groups(self) -> list[Node]:
        full: list[Node] = []
        lines: dict[Sums, list[Node]] = {sums: [] for sums in DIRECTIONS}
        for base, k in self.exponents.items():
            found = repetition(base)
            group, factor = (lines[found[0]], found[1]) if found else (full, base)
            group.append(power(factor, k))
        for sums, group in lines.items():
            if group:
                length = self.shape[0] if sums.down else self.shape[1]
                full.append(sums.repeat(Hadamard(*group), length))
        return full


def within(k: Expr, bound: Expr) -> bool:
    """Whether k lies between 0 and bound, so that dividing leaves no new inverse."""
    return bool(k.is_positive and (bound - k).is_nonnegative) or bool(
        k.is_negative and (bound - k).is_nonpositive
    )


@lru_cache(maxsize=4096)
def monomial(node: Node) -> Monomial:
    """Read an expression as a ⊙-monomial; what is no ⊙-product is one base."""
    coefficient, inner = split_scale(node)
    exponents: dict[Node, Expr] = {}
    for factor in inner.operands if isinstance(inner, Hadamard) else (inner,):
        base, k = power_of(factor)
        for part, exponent in _parts(base):
            k_part = exponent if k is ONE else k * exponent
            exponents[part] = exponents[part] + k_part if part in exponents else k_part
    kept = {base: k for base, k in exponents.items() if k != 0 and not isinstance(base, Ones)}
    return Monomial(coefficient, kept, node.shape)


def _parts(base: Node) -> list[tuple[Node, Expr]]:
    found = repetition(base)
    if found is None:
        return [(base, Integer(1))]
    sums, line = found
    length = sums.length(base)
    return [(sums.repeat(b, length), k) for b, k in monomial(line).exponents.items()]


def merged(x: Add, part: Callable[[Node], Any], whole: Callable[[Node], Node]) -> Node:
    """c·w(a) + d·w(b) = w(ca + db) for all terms that ``part`` unwraps; others stay.

    ``part`` gives the operand of a linear map w, or None for a term of another form.
    """
    split = [(*split_scale(term), term) for term in x.operands]
    parts = [(c, part(a), term) for c, a, term in split]
    inside = [Scale(c, a) for c, a, _ in parts if a is not None]
    if len(inside) < 2:
        return x
    return Add(whole(Add(*inside)), *(term for _, a, term in parts if a is None))


def common(monomials: list[Monomial]) -> dict[Node, Expr]:
    """Bases that every monomial shares, with the exponent of least size.

    A root does not leave a whole positive power, where another root would stay behind.
    """
    first, *rest = monomials
    shared: dict[Node, Expr] = {}
    for base, k in first.exponents.items():
        exponents = [k, *(other.exponents.get(base, Integer(0)) for other in rest)]
        if all(e.is_positive for e in exponents):
            least = min(exponents, key=abs)
            if least.is_Integer or not any(e.is_Integer for e in exponents):
                shared[base] = least
        elif all(e.is_negative for e in exponents):
            shared[base] = min(exponents, key=abs)
    return shared
