"""Differentials of entries, by the product and the chain rule."""

from typing import Any

import sympy
from sympy import Expr, Symbol

from matcalc.node import Node
from matcalc.operators import functions
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.prove.checker.definitions import Definitions
from matcalc.prove.checker.digits import Matrix, refined
from matcalc.prove.checker.terms import CertificateRefused, Poly, plain


class Differentials(Definitions):
    """d of whatever has entries."""

    def diagonal(self, a: Matrix) -> Matrix:
        """A[i, i]."""
        a = self.over(a, *[refined(a.rows, a.cols) or a.rows] * 2)
        n = len(a.rows)
        return Matrix(a.rows, (), self.at(a.poly, {n + k: (k,) for k in range(n)}))

    def trace(self, a: Matrix) -> Poly:
        """Σ A[i, i]."""
        line = self.diagonal(a)
        return self.total(line)

    def total(self, a: Matrix) -> Poly:
        """Σ of all entries."""
        return self.summed(a.poly, dict(enumerate(a.radix)))

    def differential(self, x: Any) -> Any:
        """dx: of a variable a variable, else by the product and the chain rule."""
        a = x.operands[0]
        if not isinstance(a, Node):
            return self.d(self.scalar(a))
        own = self.matrix(a)
        return Matrix(own.rows, own.cols, self.d(own.poly))

    def d(self, p: Poly) -> Poly:
        """Σ over the factors of each term."""
        parts: list[Poly] = []
        for c, sizes, factors in p:
            for k, (h, ws, e) in enumerate(factors):
                others = [*factors[:k], *factors[k + 1 :]]
                inner = (self.place(t, dict(enumerate(ws))) for t in self.d_power(h, e))
                for b, own, more in inner:
                    parts.append(self.sum([(c * b, {**sizes, **own}, [*others, *more])]))
        return self.add(*parts)

    def d_power(self, number: int, e: Any) -> Poly:
        """e x^(e−1) dx of one entry x in its own arguments, and x^e log x de."""
        exponent = self.scalar(e) if isinstance(e, Expr) else self.constant(e)
        inner, change = self.d_head(number), self.d(exponent)
        free = dict(enumerate(self.heads[number].sizes))
        words = tuple((k,) for k in free)
        by_base = (
            self.times(exponent, self.entry(number, words, plain(e - 1)), inner) if inner else []
        )
        if not change:
            return by_base
        log = self.scalar(sympy.log(ENTRY), self.entry(number, words), free)
        return self.add(by_base, self.times(self.entry(number, words, e), log, change))

    def d_head(self, number: int) -> Poly:
        """Differential of one entry in its own arguments."""
        head = self.heads[number]
        words, free = tuple((k,) for k in range(len(head.sizes))), dict(enumerate(head.sizes))
        if head.kind == "entry":
            own = self.leaf("dentry", head.name, head.sizes, head.same)
            return self.entry(own, words)
        if head.kind == "symbol":
            constant = not isinstance(head.name, Symbol) or head.name.is_integer
            return [] if constant else self.entry(self.leaf("dsymbol", head.name), ())
        if head.kind == "pow":
            return self.d(head.operands[0])
        if head.kind == "fn":
            slopes = (self.slope(head, k, free) for k in range(len(head.operands)))
            inner = map(self.d, head.operands)
            return self.add(*(self.times(s, d) for s, d in zip(slopes, inner, strict=True)))
        if head.kind in ("inv", "det"):
            return self.d_square(number)
        if head.kind in ("delta", "segment", "dentry", "dsymbol"):
            return []
        raise CertificateRefused(f"the differential of {head.name} is not defined here")

    def d_square(self, number: int) -> Poly:
        """−A⁻¹ dA A⁻¹, and det A tr(A⁻¹ dA)."""
        head = self.heads[number]
        rows = head.name
        a = Matrix(rows, rows, head.operands[0])
        inverse = Matrix(rows, rows, self.square("inv", a))
        left = self.multiplied(inverse, Matrix(rows, rows, self.d(a.poly)))
        if head.kind == "inv":
            return self.scaled(-1, self.multiplied(left, inverse).poly)
        return self.times(self.entry(number, ()), self.trace(left))

    def slope(self, head: Any, k: int, free: dict[int, Expr]) -> Poly:
        """Partial derivative of a function."""
        if isinstance(head.name, tuple):
            kind, name, order = head.name
            return self.function("fn", (kind, name, order + 1), head.operands, free)
        symbols = (ENTRY, OTHER)[: len(head.operands)]
        f = getattr(functions, head.name, None) or getattr(sympy, head.name)
        prime = sympy.diff(f(*symbols), symbols[k])
        return self.scalar(prime, head.operands[0], free, head.operands[-1])
