"""Polynomials that are zero: A⁻¹A = I and the like."""

from typing import Any

from sympy import Expr, expand

from matcalc.prove.checker.defining import Defining
from matcalc.prove.checker.digits import Matrix, at_least_zero, size_of
from matcalc.prove.checker.terms import VALUE, Poly, need


def different(a: Expr, b: Expr) -> bool:
    """Whether two sizes are not the same polynomial."""
    return bool(expand(a - b) != 0)


class Relations(Defining):
    """What a certificate may subtract."""

    def relation(self, name: str, number: int, e: Any, other: int | None) -> Poly:
        """The polynomial in the entry's arguments that a relation says is zero."""
        head = self.heads[number]
        entry = self.entry(number, tuple((k,) for k in range(len(head.sizes))))
        rule = {
            "A⁻¹A = I": self._inverse,
            "AA⁻¹ = I": self._inverse,
            "x · x^(e−1) = x^e": self._power_relation,
            "x step(−x) = x − x step(x)": self._step_relation,
            "step(x) step(−x) = 0": self._step_relation,
            "QQᵀ = I": self._orthogonal,
            "QᵀQ = I": self._orthogonal,
            "probabilities sum to 1": self._probability,
            "columns of the identity sum to 1": self._placed,
            "columns of the identity are orthonormal": self._pair,
            "columns of columns of the identity": self._pair,
            "columns of the identity, entry by entry": self._both,
            "AA⁺A = A": self._penrose,
            "A⁺AA⁺ = A⁺": self._penrose,
            "AA⁺ is symmetric": self._penrose,
            "A⁺A is symmetric": self._penrose,
            "A⁺A = I for full column rank": self._penrose,
            "AA⁺ = I for full row rank": self._penrose,
            "A adj(A) = det(A) I": self._adjugate,
            "adj(A) A = det(A) I": self._adjugate,
            "a mask is 0 or 1": self._mask,
            "a mask and its transpose share the diagonal": self._mask,
            "a mask is 1 on its diagonal": self._mask,
            "zero above the diagonal": self._triangular,
            "zero below the diagonal": self._triangular,
        }[name]
        return rule(name, number, entry, other if other is not None else e)

    def fits(self, factors: Any, sizes: dict[int, Expr]) -> bool:
        """Whether every word of indices has the size of the argument it stands for."""
        for h, words, _ in factors:
            own = [size_of(tuple(self._size_at(i, sizes) for i in word)) for word in words]
            wanted = self.heads[h].sizes or own[:1] * len(own)
            if len(own) != len(wanted) or any(map(different, own, wanted)):
                return False
        return True

    def _size_at(self, i: int, sizes: dict[int, Expr]) -> Expr:
        return self.values[i - VALUE][1] if i >= VALUE else sizes[i]

    def _inverse(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need(head.kind == "inv", "an inverse")
        a, b = Matrix(head.name, head.name, entry), Matrix(head.name, head.name, head.operands[0])
        left, right = (a, b) if name == "A⁻¹A = I" else (b, a)
        return self._minus(self.multiplied(left, right).poly, self._unit(len(head.name)))

    def _power_relation(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need(head.kind == "pow", "a power")
        words = tuple((k,) for k in range(len(head.sizes)))
        low = self.times(head.operands[0], self.entry(number, words, e))
        return self._minus(low, self.entry(number, words, e + 1))

    def _step_relation(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need((head.kind, head.name) == ("fn", "step"), "a step")
        p = head.operands[0]
        other = self.function("fn", "step", (self.scaled(-1, p),), dict(enumerate(head.sizes)))
        if name.endswith("= 0"):
            return self.times(entry, other)
        return self.times(p, self._minus(self.add(entry, other), self.constant(1)))

    def _orthogonal(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need(head.kind == "entry" and "orthogonal" in getattr(head.name, "facts", ()), "orthogonal")
        q = Matrix(head.sizes[:1], head.sizes[1:], entry)
        a, b = (q, self.turned(q)) if name == "QQᵀ = I" else (self.turned(q), q)
        return self._minus(self.multiplied(a, b).poly, self._unit(len(q.rows)))

    def _probability(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        facts = getattr(head.name, "facts", ())
        need(head.kind == "entry" and "probability" in facts, "probabilities")
        return self._minus(self.summed(entry, dict(enumerate(head.sizes))), self.constant(1))

    def _placed(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need(head.kind == "segment", "columns of the identity")
        return self._minus(self.summed(entry, {0: head.sizes[0]}), self.constant(1))

    def _pair(self, name: str, number: int, entry: Poly, other: Any) -> Poly:
        a, b = self.heads[number], self.heads[other]
        need(a.kind == b.kind == "segment", "columns of the identity")
        (n, start, count), (m, begin, width) = a.name, b.name
        if name == "columns of columns of the identity":
            need(count == m, "sizes")
            left, right = self.at(entry, {1: (2,)}), self.entry(other, ((2,), (1,)))
            whole, size = self.columns_of(n, start + begin, width).poly, count
        else:
            need(n == m, "sizes")
            left, right = self.entry(number, ((2,), (0,))), self.entry(other, ((2,), (1,)))
            gap, size = expand(begin - start), n
            after = at_least_zero(gap - count) or at_least_zero(-gap - width)
            within = at_least_zero(gap) and at_least_zero(count - gap - width)
            need(after or within, "columns apart, or some of the others")
            whole = [] if after else self.columns_of(count, gap, width).poly
        return self._minus(self.summed(self.times(left, right), {2: size}), whole)

    def _both(self, name: str, number: int, entry: Poly, other: Any) -> Poly:
        """E[i, j] F[i, k] is F[i, k] where j is the row of F's column k among E's, else 0."""
        a, b = self.heads[number], self.heads[other]
        need(a.kind == b.kind == "segment" and a.name[0] == b.name[0], "columns of one identity")
        (_, start, count), (_, begin, width) = a.name, b.name
        right, gap = self.entry(other, ((0,), (2,))), expand(begin - start)
        product = self.times(entry, right)
        if at_least_zero(gap - count) or at_least_zero(-gap - width):
            return product
        need(at_least_zero(gap) and at_least_zero(count - gap - width), "columns within")
        same = self.at(self.columns_of(count, gap, width).poly, {0: (1,), 1: (2,)})
        return self._minus(product, self.times(right, same))
