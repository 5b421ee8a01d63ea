"""Entries of ⊗-products, vecs, block sums, selections and stacks: composite indices."""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import times
from matcalc.errors import UnsupportedInput
from matcalc.node import Node
from matcalc.prove.derivative import Derivatives
from matcalc.prove.forms import Form
from matcalc.prove.heads import DELTA, Poly
from matcalc.prove.radix import Radix, radix, refinement, split


class BlockFormulas(Derivatives):
    """Operators that put several indices into one, or take one apart."""

    def form(self, node: Node) -> Form:
        """Form of an operand."""
        raise NotImplementedError

    def turned(self, form: Form) -> Form:
        """The transpose."""
        raise NotImplementedError

    def kronecker(self, x: Any) -> Form:
        """A[i, j] B[k, l], digits of the last factor fastest."""
        rows: Radix = ()
        cols: Radix = ()
        forms = [self.form(factor) for factor in reversed(x.operands)]
        parts = []
        height = sum(len(form.rows) for form in forms)
        for form in forms:
            words = {k: (len(rows) + k,) for k in range(len(form.rows))}
            words |= {len(form.rows) + k: (height + len(cols) + k,) for k in range(len(form.cols))}
            parts.append(self.algebra.at(form.poly, words))
            rows, cols = rows + form.rows, cols + form.cols
        return Form(rows, cols, self.algebra.product(reversed(parts)))

    def khatri_rao(self, x: Any) -> Form:
        """⊗ of the columns."""
        a, b = (self.form(operand) for operand in x.operands)
        cols = refinement(a.cols, b.cols) or a.cols
        a, b = self.over(a, a.rows, cols), self.over(b, b.rows, cols)
        p, m, n = len(b.rows), len(a.rows), len(cols)
        right = self.algebra.at(b.poly, {p + k: (p + m + k,) for k in range(n)})
        left = self.algebra.at(a.poly, {k: (p + k,) for k in range(m + n)})
        return Form(b.rows + a.rows, cols, self.algebra.times(left, right))

    def vec(self, x: Any) -> Form:
        """Digits of the row, then those of the column."""
        form = self.form(x.operands[0])
        return Form(form.radix, (), form.poly)

    def unvec(self, x: Any) -> Form:
        """Digits taken apart into row and column."""
        a, m, n = x.operands
        form = self.form(a)
        target = radix(m) + radix(n)
        fine = refinement(form.rows, target) or target
        form = self.over(form, fine, ())
        place = split(fine, m)
        if place is None:
            raise UnsupportedInput(f"no split of {fine} after {m}")
        return Form(fine[:place], fine[place:], form.poly)

    def contract_right(self, x: Any) -> Form:
        """Σ_kl B[k, l] G[i·p + k, j·q + l]."""
        return self._contracted(x, inner=True)

    def contract_left(self, x: Any) -> Form:
        """Σ_ij A[i, j] G[i·p + k, j·q + l]."""
        return self._contracted(x, inner=False)

    def _contracted(self, x: Any, inner: bool) -> Form:
        """Block matrix G summed against its faster (``inner``) or slower digits."""
        g, b = (self.form(operand) for operand in x.operands)
        own = (b.rows, b.cols)
        wanted = []
        for kept, summed in zip(x.shape, own, strict=True):
            wanted.append(summed + radix(kept) if inner else radix(kept) + summed)
        rows = refinement(g.rows, wanted[0]) or wanted[0]
        cols = refinement(g.cols, wanted[1]) or wanted[1]
        g = self.over(g, rows, cols)
        first = [own[0], own[1]] if inner else [radix(x.rows), radix(x.cols)]
        cut = [split(r, _size(s)) or 0 for r, s in zip((rows, cols), first, strict=True)]
        low, high = (rows[: cut[0]], cols[: cut[1]]), (rows[cut[0] :], cols[cut[1] :])
        summed, kept = (low, high) if inner else (high, low)
        b = self.over(b, *summed) if refinement(b.rows, summed[0]) else b
        return self._inner_sum(g, b, summed, kept, cut, inner)

    def _inner_sum(
        self, g: Form, b: Form, summed: Any, kept: Any, cut: list[int], inner: bool
    ) -> Form:
        out = len(kept[0]) + len(kept[1])
        starts = (0, cut[0]) if inner else (cut[0], 0)
        col_starts = (len(g.rows), len(g.rows) + cut[1])
        col_starts = col_starts if inner else col_starts[::-1]
        words = {starts[0] + k: (out + k,) for k in range(len(summed[0]))}
        words |= {col_starts[0] + k: (out + len(summed[0]) + k,) for k in range(len(summed[1]))}
        words |= {starts[1] + k: (k,) for k in range(len(kept[0]))}
        words |= {col_starts[1] + k: (len(kept[0]) + k,) for k in range(len(kept[1]))}
        right = self.algebra.at(b.poly, {k: (out + k,) for k in range(len(b.radix))})
        p = self.algebra.times(self.algebra.at(g.poly, words), right)
        bound = {out + k: self.heads.size(s) for k, s in enumerate(summed[0] + summed[1])}
        return Form(kept[0], kept[1], self.algebra.summed(p, bound))

    def entry_of(self, x: Any) -> Poly:
        """A[i, j]."""
        a, i, j = x.operands
        form = self.form(a)
        p = self._at_value(form.poly, 0, form.rows, i)
        return self._at_value(p, len(form.rows), form.cols, j)

    def _at_value(self, p: Poly, first: int, digits: Radix, value: Expr) -> Poly:
        """A row or column of free indices given a value."""
        if not digits:
            return p
        size = self.heads.size(_size(digits))
        at = self.heads.constant(value, size)
        if len(digits) == 1:
            return self.algebra.at(p, {first: (at,)})
        word = tuple(range(first, first + len(digits)))
        tied = self.algebra.times(p, self.algebra.entry(DELTA, (word, (at,))))
        bound = {k: self.heads.size(d) for k, d in zip(word, digits, strict=True)}
        return self.algebra.summed(tied, bound)

    def segment(self, x: Any) -> Form:
        """Columns of the identity."""
        n, start, count = x.operands
        rows, cols = radix(n), radix(count)
        if not rows:
            return Form(rows, cols, self.algebra.constant(1))
        if not cols:
            at = self.heads.constant(start, self.heads.size(n))
            return Form(rows, cols, self.algebra.entry(DELTA, ((0,), (at,))))
        return Form(rows, cols, self.leaf("segment", (n, start, count), rows + cols))

    def stack(self, x: Any) -> Form:
        """Blocks, each between the columns of the identity that place it."""
        beside = type(x).__name__ == "HStack"
        parts = []
        for block, where in zip(x.operands, x.segments, strict=True):
            self.of(where)
            a, e = self.form(block), self.form(where)
            parts.append(self.product(a, self.turned(e)) if beside else self.product(e, a))
        parts = self.common(parts)
        return Form(parts[0].rows, parts[0].cols, self.algebra.total(f.poly for f in parts))


def _size(whole: Radix) -> Expr:
    size: Expr = Integer(1)
    for digit in whole:
        size = times(size, digit)
    return size
