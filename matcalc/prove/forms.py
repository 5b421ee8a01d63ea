"""Matrices as polynomials in their row and column indices."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational

from matcalc.errors import UnsupportedInput
from matcalc.prove.algebra import Algebra, plain, whole
from matcalc.prove.heads import CONSTANT, DELTA, Poly, orders_of
from matcalc.prove.labelling import Word
from matcalc.prove.radix import Radix, digits, refinement


@dataclass(frozen=True)
class Form:
    """Entry polynomial of a matrix: free indices are the digits of the row, then of the column."""

    rows: Radix
    cols: Radix
    poly: Poly

    @property
    def radix(self) -> Radix:
        """Sizes of the free indices."""
        return self.rows + self.cols


class Builder:
    """Makes entries, powers and functions of polynomials."""

    def __init__(self, budget: int) -> None:
        self.algebra = Algebra(budget)
        self.heads = self.algebra.heads

    def sizes(self, whole_radix: Radix) -> dict[int, int]:
        """Sizes of the free indices 0, 1, …."""
        return {k: self.heads.size(size) for k, size in enumerate(whole_radix)}

    def delta(self, i: int, j: int) -> Poly:
        """δ of two free indices."""
        return self.algebra.entry(DELTA, ((i,), (j,)))

    def leaf(self, kind: str, name: Any, radix: Radix, symmetric: bool = False) -> Poly:
        """Entry of a variable, or a symbol."""
        sizes = tuple(self.sizes(radix).values())
        autos = ((1, 0),) if symmetric and len(sizes) == 2 else ()
        head = self.heads.leaf(kind, name, sizes, autos)
        return self.algebra.entry(head, tuple((k,) for k in range(len(sizes))))

    def regrouped(self, form: Form, rows: Radix, cols: Radix) -> Form:
        """The same matrix over radices that refine its own."""
        if (rows, cols) == (form.rows, form.cols):
            return form
        places = digits(form.rows, rows) + [
            [len(rows) + k for k in own] for own in digits(form.cols, cols)
        ]
        words: dict[int, Word] = {k: tuple(own) for k, own in enumerate(places)}
        free = self.sizes(rows + cols)
        return Form(rows, cols, self.algebra.at(form.poly, words, free))

    def over(self, form: Form, rows: Radix, cols: Radix) -> Form:
        """The same matrix over any radices of its shape; δ's of words where none refines both."""
        fine = refinement(form.rows, rows), refinement(form.cols, cols)
        if fine == (rows, cols):
            return self.regrouped(form, rows, cols)
        old, new = form.radix, rows + cols
        links: list[tuple[Word, Word]] = []
        for a, b, low, high in (
            (form.rows, rows, 0, 0),
            (form.cols, cols, len(form.rows), len(rows)),
        ):
            links.append(
                (
                    tuple(range(len(new) + low, len(new) + low + len(a))),
                    tuple(range(high, high + len(b))),
                )
            )
        moved = {k: (len(new) + k,) for k in range(len(old))}
        p = self.algebra.at(form.poly, moved)
        for a, b in links:
            if a:
                p = self.algebra.times(p, self.algebra.entry(DELTA, (a, b)))
        bound = {len(new) + k: self.heads.size(size) for k, size in enumerate(old)}
        return Form(rows, cols, self.algebra.summed(p, bound))

    def common(self, forms: Sequence[Form]) -> list[Form]:
        """Matrices of one shape over one radix each way."""
        rows, cols = forms[0].rows, forms[0].cols
        for form in forms[1:]:
            rows = refinement(rows, form.rows) or rows
            cols = refinement(cols, form.cols) or cols
        return [self.over(form, rows, cols) for form in forms]

    def product(self, a: Form, b: Form) -> Form:
        """Matrix product."""
        inner = refinement(a.cols, b.rows)
        inner = a.cols if inner is None else inner
        a, b = self.over(a, a.rows, inner), self.over(b, inner, b.cols)
        r, k, c = len(a.rows), len(inner), len(b.cols)
        right = {i: (r + c + i,) for i in range(k)} | {k + j: (r + j,) for j in range(c)}
        left = {r + i: (r + c + i,) for i in range(k)}
        p = self.algebra.times(self.algebra.at(a.poly, left), self.algebra.at(b.poly, right))
        bound = {r + c + i: self.heads.size(size) for i, size in enumerate(inner)}
        return Form(a.rows, b.cols, self.algebra.summed(p, bound))

    # Functions.

    def function(
        self,
        kind: str,
        name: Any,
        operands: tuple[Poly, ...],
        free: dict[int, int],
        exponent: Any = 1,
    ) -> Poly:
        """A function of polynomials, as one entry; a δ in them told apart into its two cases."""
        pair = next((found for p in operands if (found := _first_delta(p))), None)
        if pair is not None:
            i, j = pair
            equal = tuple(self.algebra.at(p, {j: (i,)}) for p in operands)
            apart = tuple(_without(p, i, j) for p in operands)
            on = self.algebra.entry(DELTA, ((i,), (j,)))
            off = self.algebra.minus(self.algebra.constant(1), on)
            return self.algebra.total(
                (
                    self.algebra.times(on, self.applied(kind, name, equal, free, exponent)),
                    self.algebra.times(off, self.applied(kind, name, apart, free, exponent)),
                )
            )
        used = sorted({i for p in operands for i in free_indices(p)})
        renamed = tuple(self.algebra.at(p, {i: (k,) for k, i in enumerate(used)}) for p in operands)
        sizes = tuple(self.heads.size_of_constant(i) if i >= CONSTANT else free[i] for i in used)
        orders = orders_of(sizes, renamed)
        head, order = self.heads.of(kind, name, renamed, sizes, orders, self.algebra.reordered)
        words = tuple((used[k],) for k in order)
        return self.algebra.entry(head, words, exponent)

    def applied(
        self, kind: str, name: Any, operands: tuple[Poly, ...], free: dict[int, int], exponent: Any
    ) -> Poly:
        """A power or another function."""
        if kind == "pow":
            return self.power(operands[0], exponent, free)
        return self.function(kind, name, operands, free, exponent)

    def power(self, p: Poly, exponent: Any, free: dict[int, int]) -> Poly:
        """A polynomial to any power.

        Raises
        ------
        UnsupportedInput
            For zero to a power that is not positive.
        """
        exponent = plain(exponent)
        integer = isinstance(exponent, int)
        if isinstance(exponent, int) and exponent >= 0:
            return self.algebra.power(p, exponent)
        if not p:
            if isinstance(exponent, Fraction) and exponent > 0:
                return {}
            raise UnsupportedInput(f"zero to the power {exponent} has no value")
        if len(p) == 1:
            found = self._monomial_power(p, exponent, integer)
            if found is not None:
                return found
        return self.function("pow", None, (p,), free, exponent)

    def _monomial_power(self, p: Poly, exponent: Any, integer: bool) -> Poly | None:
        (((sizes, factors), c),) = p.items()
        if sizes or any(head == DELTA for head, _, _ in factors):
            return None
        if integer or (c == 1 and isinstance(exponent, Expr) and exponent.is_integer):
            powered = [(h, words, plain(e * exponent)) for h, words, e in factors]
            return self.algebra.normal([(c**exponent if integer else c, {}, powered)])
        if c != 1 or len(factors) > 1:
            return None
        if not factors:
            return self.algebra.constant(1)
        head, words, e = factors[0]
        if e == 1:
            return self.algebra.entry(head, words, exponent)
        if isinstance(e, Fraction) and e.denominator % 2 == 0 and isinstance(exponent, Fraction):
            return self.algebra.entry(head, words, plain(e * exponent))
        return None

    def square_head(self, kind: str, form: Form) -> tuple[int, int]:
        """Head of an inverse or a determinant, and 1 where that is of the transpose."""
        n = len(form.rows)
        straight = tuple(range(2 * n))
        turned = straight[n:] + straight[:n]
        sizes = tuple(self.sizes(form.radix).values())
        head, order = self.heads.of(
            kind,
            form.rows,
            (form.poly,),
            sizes if kind == "inv" else (),
            [straight, turned],
            self.algebra.reordered,
            n,
        )
        return head, int(order != straight)


def free_indices(p: Poly) -> list[int]:
    """Free indices that occur, in order."""
    return sorted(
        {i for _, factors in p for _, words, _ in factors for word in words for i in word if i >= 0}
    )


def _first_delta(p: Poly) -> tuple[int, int] | None:
    pairs = [
        (words[0][0], words[1][0])
        for _, factors in p
        for head, words, _ in factors
        if head == DELTA and len(words[0]) == len(words[1]) == 1 and min(words[0] + words[1]) >= 0
    ]
    return min(pairs, default=None)


def _without(p: Poly, i: int, j: int) -> Poly:
    """What is left where two free indices differ."""
    return {monomial: c for monomial, c in p.items() if not _forces(monomial[1], i, j)}


def _forces(factors: tuple[Any, ...], i: int, j: int) -> bool:
    classes = {i: i, j: j}
    for head, words, _ in factors:
        if head == DELTA and len(words[0]) == len(words[1]) == 1:
            a, b = words[0][0], words[1][0]
            low = min(classes.get(a, a), classes.get(b, b))
            classes |= {a: low, b: low}
    return classes[i] == classes[j]


def number(value: Any) -> Fraction:
    """A rational number of sympy as a fraction."""
    exact = Rational(value)
    return Fraction(int(exact.p), int(exact.q))


__all__ = ["Builder", "Form", "free_indices", "number", "whole"]
