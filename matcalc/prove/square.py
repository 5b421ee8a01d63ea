"""Identities of inverses and determinants: of products, ⊗, multiples, diagonals."""

from fractions import Fraction
from typing import Any

from sympy import Expr, Integer

from matcalc.prove.algebra import UNIT, Algebra
from matcalc.prove.expand import Expander
from matcalc.prove.forms import Form
from matcalc.prove.heads import DELTA, Heads, Poly
from matcalc.prove.radix import Radix

Step = tuple[str, tuple[Poly, ...], Poly]
INV_MULTIPLE, INV_DIAGONAL = "(cA)⁻¹ = c⁻¹A⁻¹", "inverse of a diagonal matrix"
INV_PRODUCT, INV_KRONECKER = "(AB)⁻¹ = B⁻¹A⁻¹", "(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹"
INV_INV, INV_ORTHOGONAL = "(A⁻¹)⁻¹ = A", "the inverse of an orthogonal matrix is its transpose"
DET_MULTIPLE, DET_IDENTITY = "det(cA) = cⁿ det A", "det I = 1"
DET_PRODUCT, DET_KRONECKER = "det(AB) = det A det B", "det(A ⊗ B) = (det A)ᵖ(det B)ⁿ"
DET_INV, DET_SWAP = "det A⁻¹ = 1/det A", "det(sI + AB) = s^(m−n) det(sI + BA)"


class SquareRules:
    """Identities of inverses and determinants."""

    e: Expander
    algebra: Algebra
    heads: Heads
    chosen: set[int]

    def surely_positive(self, p: Poly) -> bool:
        """Whether every monomial is positive."""
        raise NotImplementedError

    def square(self, kind: str, rows: Radix, p: Poly) -> Poly:
        """An inverse or a determinant as it stands."""
        form = Form(rows, rows, p)
        return self.e.inverse_entry(form) if kind == "inv" else self.e.determinant(form)

    def inverse_rule(self, number: int, exponent: Any) -> Step | None:
        """The first identity that applies to an inverse."""
        head = self.heads[number]
        found = self._inverse_step(Form(head.name, head.name, head.operands[0]))
        return self._raised(found, exponent, dict(enumerate(head.sizes)))

    def _raised(self, found: Step | None, exponent: Any, free: dict[int, int]) -> Step | None:
        if found is None:
            return None
        return found[0], found[1], self.e.power(found[2], exponent, free)

    def _inverse_step(self, form: Form) -> Step | None:
        rows, p = form.rows, form.poly
        outer = self._multiple(p)
        if outer is not None:
            c, inner = outer
            value = self.algebra.times(self.e.power(c, -1, {}), self.square("inv", rows, inner))
            return INV_MULTIPLE, (c,), value
        line = self._diagonal_line(form)
        if line is not None:
            n = len(rows)
            p = self.e.power(line, -1, self.e.sizes(rows))
            deltas = [self.e.delta(k, n + k) for k in range(n)]
            return INV_DIAGONAL, (), self.algebra.product([p, *deltas])
        parts = self._taken_apart(form)
        if parts is not None:
            kind, a, b = parts
            first, second = (self.square("inv", f.rows, f.poly) for f in (a, b))
            return kind, (a.poly, b.poly), self._put_together(kind, a, b, first, second)
        return self._inverse_of_entry(form)

    def _put_together(self, kind: str, a: Form, b: Form, first: Poly, second: Poly) -> Poly:
        if kind == INV_PRODUCT:
            x, y = Form(a.rows, a.rows, first), Form(b.rows, b.rows, second)
            return self.e.product(y, x).poly
        k, m = len(a.rows), len(b.rows)
        left = {k + i: (k + m + i,) for i in range(k)}
        right = {i: (k + i,) for i in range(m)} | {m + i: (2 * k + m + i,) for i in range(m)}
        return self.algebra.times(self.algebra.at(first, left), self.algebra.at(second, right))

    def _inverse_of_entry(self, form: Form) -> Step | None:
        """Inverse of an inverse, and of an orthogonal matrix."""
        factor = self._entry_of(form.poly)
        if factor is None:
            return None
        number, words, _ = factor
        head, n = self.heads[number], len(form.rows)
        if head.kind == "inv":
            return INV_INV, (), self.algebra.at(head.operands[0], dict(enumerate(words)))
        if head.kind == "entry" and "orthogonal" in getattr(head.name, "facts", ()):
            turned = {k: (n + k,) for k in range(n)} | {n + k: (k,) for k in range(n)}
            return INV_ORTHOGONAL, (), self.algebra.at(form.poly, turned)
        return None

    def _entry_of(self, p: Poly) -> Any:
        """The one factor that a matrix consists of."""
        if len(p) != 1:
            return None
        (((sizes, factors), c),) = p.items()
        alone = not sizes and len(factors) == 1 and c == 1 and factors[0][2] == 1
        return factors[0] if alone else None

    def _multiple(self, p: Poly) -> tuple[Poly, Poly] | None:
        """A coefficient without indices that all monomials share, and the rest."""
        shared: dict[Any, Any] | None = None
        for _, factors in p:
            own = {(h, w): e for h, w, e in factors if not w}
            alike = own if shared is None else {k: e for k, e in shared.items() if own.get(k) == e}
            shared = alike
        values = {abs(c) for c in p.values()}
        c = next(iter(p.values())) if len(p) == 1 else values.pop() if len(values) == 1 else 1
        outer = [(h, w, e) for (h, w), e in (shared or {}).items()]
        if not p or (not outer and c == 1):
            return None
        taken = self.algebra.normal([(Fraction(c), {}, outer)])
        back = [(h, w, -e) for h, w, e in outer]
        return taken, self.algebra.with_factors(p, 1 / Fraction(c), back)

    def _diagonal_line(self, form: Form) -> Poly | None:
        """The diagonal of a matrix that is zero elsewhere."""
        n = len(form.rows)
        wanted = {((k,), (n + k,)) for k in range(n)}
        found = []
        for (sizes, factors), c in form.poly.items():
            if not wanted <= {words for head, words, _ in factors if head == DELTA}:
                return None
            rest = [f for f in factors if not (f[0] == DELTA and f[1] in wanted)]
            found.append((c, {-1 - k: size for k, size in enumerate(sizes)}, rest))
        return self.algebra.normal(found) if found else None

    # What a matrix is made of.

    def _taken_apart(self, form: Form) -> tuple[str, Form, Form] | None:
        """Two square matrices of which this is the product, or ⊗."""
        if len(form.poly) != 1:
            return None
        (((sizes, factors), c),) = form.poly.items()
        if len(form.rows) == 1:
            return self._as_product(form.rows, sizes, factors, c)
        return self._as_kronecker(form.rows, sizes, factors, c)

    def _as_product(
        self, rows: Radix, sizes: Any, factors: Any, c: Fraction
    ) -> tuple[str, Form, Form] | None:
        size = self.heads.size(rows[0])
        for k, own in enumerate(sizes):
            parts = self._cut(factors, sizes, -1 - k) if own == size else None
            if parts is not None:
                a, b = self.algebra.scaled(c, parts[0]), parts[1]
                return INV_PRODUCT, Form(rows, rows, a), Form(rows, rows, b)
        return None

    def _cut(self, factors: Any, sizes: Any, cut: int) -> tuple[Poly, Poly] | None:
        """Both sides of a product that is summed over one index."""
        left = closure({0}, factors, cut)
        right = [f for f in factors if f not in left]
        near, far = (
            {i for _, words, _ in side for word in words for i in word} for side in (left, right)
        )
        if 1 not in far or 0 in far or 1 in near or cut not in near or cut not in far:
            return None
        a = self._part(left, sizes, {0: (0,), cut: (1,)}, cut)
        return a, self._part(right, sizes, {1: (1,), cut: (0,)}, cut)

    def _part(self, factors: Any, sizes: Any, words: Any, cut: int) -> Poly:
        moved = [
            (h, tuple(tuple(j for i in w for j in words.get(i, (i,))) for w in ws), e)
            for h, ws, e in factors
        ]
        used = {i for _, ws, _ in moved for w in ws for i in w if i < 0}
        own = {-1 - k: s for k, s in enumerate(sizes) if -1 - k in used and -1 - k != cut}
        return self.algebra.normal([(Fraction(1), own, moved)])

    def _as_kronecker(
        self, rows: Radix, sizes: Any, factors: Any, c: Fraction
    ) -> tuple[str, Form, Form] | None:
        n = len(rows)
        for k in range(1, n):
            low, m = {*range(k), *range(n, n + k)}, n - k
            first = closure(low, factors)
            rest = [f for f in factors if f not in first]
            ends = {i for _, words, _ in first for word in words for i in word if i >= 0}
            if not first or not rest or not ends <= low:
                continue
            a = self._part(first, sizes, {n + i: (k + i,) for i in range(k)}, 0)
            words = {k + i: (i,) for i in range(m)} | {n + k + i: (m + i,) for i in range(m)}
            b = self._part(rest, sizes, words, 0)
            a = self.algebra.scaled(c, a)
            return INV_KRONECKER, Form(rows[:k], rows[:k], a), Form(rows[k:], rows[k:], b)
        return None

    # Determinants.

    def determinant_rule(self, number: int, exponent: Any) -> Step | None:
        """The first identity that applies to a determinant."""
        head = self.heads[number]
        form = Form(head.name, head.name, head.operands[0])
        found = self._determinant_step(form) or self._swapped(number, form)
        return self._raised(found, exponent, {})

    def _determinant_step(self, form: Form) -> Step | None:
        outer = self._multiple(form.poly)
        if outer is not None:
            c, inner = outer
            power = self.e.power(c, size_of(form.rows), {})
            value = self.algebra.times(power, self.square("det", form.rows, inner))
            return DET_MULTIPLE, (c,), value
        if self._diagonal_line(form) == {UNIT: Fraction(1)}:
            return DET_IDENTITY, (), self.algebra.constant(1)
        parts = self._taken_apart(form)
        if parts is not None:
            return self._determinant_of_parts(*parts)
        factor = self._entry_of(form.poly)
        if factor is not None and self.heads[factor[0]].kind == "inv":
            head = self.heads[factor[0]]
            inner = self.square("det", head.name, head.operands[0])
            return DET_INV, (), self.e.power(inner, -1, {})
        return None

    def _determinant_of_parts(self, kind: str, a: Form, b: Form) -> Step:
        p, q = (self.square("det", f.rows, f.poly) for f in (a, b))
        if kind == INV_PRODUCT:
            return DET_PRODUCT, (a.poly, b.poly), self.algebra.times(p, q)
        p = self.e.power(p, size_of(b.rows), {})
        q = self.e.power(q, size_of(a.rows), {})
        return DET_KRONECKER, (a.poly, b.poly), self.algebra.times(p, q)

    def _swapped(self, number: int, form: Form) -> Step | None:
        """s^(m−n) det(sI + BA) for det(sI + AB), s > 0, where that was met first."""
        if number in self.chosen or len(form.rows) != 1:
            return None
        found = self._swap(form)
        if found is None:
            self.chosen.add(number)
        return found

    def _swap(self, form: Form) -> Step | None:
        unit = {m: c for m, c in form.poly.items() if any(h == DELTA for h, _, _ in m[1])}
        rest = [(m, c) for m, c in form.poly.items() if m not in unit]
        s = self._diagonal_line(Form(form.rows, form.rows, unit))
        if len(rest) != 1 or s is None or not self.surely_positive(s) or _has_indices(s):
            return None
        ((sizes, factors), c) = rest[0]
        for k, size in enumerate(sizes):
            parts = self._cut(factors, sizes, -1 - k)
            found = self._swap_at(form, s, c, parts, size) if parts else None
            if found is not None:
                return found
        return None

    def _swap_at(self, form: Form, s: Poly, c: Fraction, parts: Any, size: int) -> Step | None:
        inner = (self.heads.sizes[size],)
        a = Form(form.rows, inner, self.algebra.scaled(c, parts[0]))
        b = Form(inner, form.rows, parts[1])
        unit = self.algebra.times(s, self.e.delta(0, 1))
        p = self.algebra.total((unit, self.e.product(b, a).poly))
        other = self.square("det", inner, p)
        ((_, factors),) = other
        if len(factors) != 1 or factors[0][0] not in self.chosen:
            return None
        power = self.e.power(s, form.rows[0] - inner[0], {})
        return DET_SWAP, (s, a.poly, b.poly), self.algebra.times(other, power)


def _has_indices(p: Poly) -> bool:
    return any(words for _, factors in p for _, words, _ in factors)


def size_of(rows: Radix) -> Expr:
    """Product of the digits' sizes."""
    size: Expr = Integer(1)
    for digit in rows:
        size = size * digit
    return size.expand()


def closure(start: set[int], factors: Any, cut: int | None = None) -> list[Any]:
    """Factors that hang together with the given indices without passing through ``cut``."""
    reached, found = set(start), list[Any]()
    grown = True
    while grown:
        grown = False
        for factor in factors:
            indices = {i for word in factor[1] for i in word}
            if factor not in found and indices & reached:
                found.append(factor)
                reached |= {i for i in indices if i < 0 and i != cut}
                grown = True
    return found
