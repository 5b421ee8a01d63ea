"""Identities of inverses and determinants."""

from fractions import Fraction
from typing import Any

from sympy import expand

from matcalc.prove.checker.digits import Matrix, Radix, size_of
from matcalc.prove.checker.kernels import Kernels
from matcalc.prove.checker.terms import DELTA, CertificateRefused, Head, need, plain
from matcalc.prove.checker.terms import Poly as Sum


class Squares(Kernels):
    """Values of inverses and determinants by named identities."""

    def sure(self, p: Sum, sign: int = 1) -> bool:
        """Whether every term has the sign."""
        raise NotImplementedError

    def monomial(self, p: Sum) -> tuple[Fraction, list[Any]]:
        """Coefficient and factors of a single term without sums and δ's."""
        need(len(p) == 1 and not p[0][1], "a monomial without sums")
        need(all(h != DELTA for h, _, _ in p[0][2]), "a monomial without δ")
        return p[0][0], p[0][2]

    def of_square(self, head: Head, identity: str, given: list[Sum], free: Any) -> Sum:
        """An inverse or a determinant by an identity."""
        if identity in ("(cA)⁻¹ = c⁻¹A⁻¹", "det(cA) = cⁿ det A"):
            return self._multiple(head, given[0])
        if identity in ("inverse of a diagonal matrix", "det I = 1"):
            return self._diagonal(head)
        if identity.startswith("det(sI"):
            return self._swapped(head.name, head.operands[0], given)
        if "⊗" in identity or "AB" in identity:
            return self._parts(head, identity, given)
        return self._of_entry(head, identity)

    def _multiple(self, head: Head, taken: Sum) -> Sum:
        """c⁻¹A⁻¹, cⁿ det A."""
        p, rows = head.operands[0], head.name
        c, factors = self.monomial(taken)
        need(not any(ws for _, ws, _ in factors), "a scalar")
        for factor in factors:
            need(all(factor in t[2] for t in p), "a factor of every term")
        back = [(h, ws, plain(-k)) for h, ws, k in factors]
        inner = self.sum((b / c, s, [*f, *back]) for b, s, f in p)
        e = -1 if head.kind == "inv" else size_of(rows)
        own = self.square(head.kind, Matrix(rows, rows, inner))
        return self.times(self.power(taken, e, {}), own)

    def _diagonal(self, head: Head) -> Sum:
        """Of a matrix that is zero off its diagonal."""
        rows, n = head.name, len(head.name)
        line = self._line(head.operands[0], n)
        if head.kind == "det":
            need(self.equal(line, self.constant(1)), "the identity")
            return self.constant(1)
        powered = self.power(line, -1, dict(enumerate(rows)))
        return self.times(powered, self.deltas((k, n + k) for k in range(n)))

    def _of_entry(self, head: Head, identity: str) -> Sum:
        """Of an inverse, and of an orthogonal matrix."""
        rows, p, inverse = head.name, head.operands[0], head.kind == "inv"
        c, factors = self.monomial(p)
        need(c == 1 and len(factors) == 1 and factors[0][2] == 1, "one entry")
        inner, put = self.heads[factors[0][0]], dict(enumerate(factors[0][1]))
        if identity == "the inverse of an orthogonal matrix is its transpose":
            facts = getattr(inner.name, "facts", ())
            need(inverse and inner.kind == "entry" and "orthogonal" in facts, "orthogonal")
            turned: Sum = self.turned(Matrix(rows, rows, p)).poly
            return turned
        need(inner.kind == "inv", identity)
        if inverse:
            return self.at(inner.operands[0], put)
        own = self.square("det", Matrix(inner.name, inner.name, inner.operands[0]))
        return self.power(own, -1, {})

    def _line(self, p: Sum, n: int) -> Sum:
        """The diagonal of a matrix that is zero elsewhere."""
        wanted = {((k,), (n + k,)) for k in range(n)}
        found = []
        for c, sizes, factors in p:
            deltas = {tuple(sorted(ws)) for h, ws, _ in factors if h == DELTA}
            need(wanted <= deltas, "a diagonal matrix")
            kept = [f for f in factors if f[0] != DELTA or tuple(sorted(f[1])) not in wanted]
            found.append((c, sizes, kept))
        return self.sum(found)

    def _parts(self, head: Head, identity: str, given: list[Sum]) -> Sum:
        rows, inverse = head.name, head.kind == "inv"
        if "⊗" not in identity:
            a, b = (Matrix(rows, rows, q) for q in given)
            need(self.equal(self.multiplied(a, b).poly, head.operands[0]), "a product")
            p, q = self.square(head.kind, a), self.square(head.kind, b)
            if not inverse:
                return self.times(p, q)
            return self.multiplied(Matrix(rows, rows, q), Matrix(rows, rows, p)).poly
        n = len(rows)
        for k in range(1, n):
            first, second = (
                Matrix(rows[:k], rows[:k], given[0]),
                Matrix(rows[k:], rows[k:], given[1]),
            )
            if self.equal(self._beside(first, second), head.operands[0]):
                p, q = self.square(head.kind, first), self.square(head.kind, second)
                if inverse:
                    return self._beside(
                        Matrix(rows[:k], rows[:k], p), Matrix(rows[k:], rows[k:], q)
                    )
                return self.times(
                    self.power(p, size_of(rows[k:]), {}), self.power(q, size_of(rows[:k]), {})
                )
        raise CertificateRefused("no Kronecker product")

    def _beside(self, a: Matrix, b: Matrix) -> Sum:
        k, m = len(a.rows), len(b.rows)
        left = {k + i: (k + m + i,) for i in range(k)}
        right = {i: (k + i,) for i in range(m)} | {m + i: (2 * k + m + i,) for i in range(m)}
        return self.times(self.at(a.poly, left), self.at(b.poly, right))

    def _swapped(self, rows: Radix, p: Sum, given: list[Sum]) -> Sum:
        s, a, b = given
        need(len(rows) == 1 and self.sure(s), "a positive multiple of the identity")
        need(not any(ws for t in s for _, ws, _ in t[2]), "a scalar")
        sizes = {size for t in p for size in t[1].values()}
        for size in sorted(sizes, key=str):
            x, y = Matrix(rows, (size,), a), Matrix((size,), rows, b)
            unit = self.times(s, self.deltas([(0, 1)]))
            if self.equal(self.add(unit, self.multiplied(x, y).poly), p):
                other = self.add(unit, self.multiplied(y, x).poly)
                power = self.power(s, expand(rows[0] - size), {})
                return self.times(power, self.square("det", Matrix((size,), (size,), other)))
        raise CertificateRefused("no identity plus a product")
