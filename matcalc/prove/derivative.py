"""Differentials of entry polynomials, from the product and the chain rule alone."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Symbol

from matcalc.errors import UnsupportedInput
from matcalc.node import Node
from matcalc.operators import functions
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.prove.algebra import placed, plain
from matcalc.prove.forms import Form
from matcalc.prove.heads import Head, Poly
from matcalc.prove.scalars import Scalars


class Derivatives(Scalars):
    """The differential of whatever has an entry polynomial."""

    closed: frozenset[Node]

    def of(self, x: Any) -> Form:
        """Form of an expression."""
        raise NotImplementedError

    def variable(self, kind: str, x: Any) -> Form:
        """Form of a variable."""
        raise NotImplementedError

    def differential(self, x: Any) -> Form:
        """dA: of a variable a variable of its own, else by differentiating entries."""
        a = x.operands[0]
        if a in self.closed or type(a).__name__ == "Variable":
            return self.variable("dentry", a)
        form = self.of(a)
        return Form(form.rows, form.cols, self.d(form.poly, self.sizes(form.radix)))

    def scalar_differential(self, x: Any) -> Poly:
        """Ds of a scalar."""
        return self.d(self.scalar(x.operands[0]), {})

    def d(self, p: Poly, free: dict[int, int]) -> Poly:
        """Σ over the factors of every monomial of the monomial with d of that factor."""
        parts = []
        for (sizes, factors), c in p.items():
            own = {-1 - j: size for j, size in enumerate(sizes)}
            for k, (head, words, exponent) in enumerate(factors):
                others = [*factors[:k], *factors[k + 1 :]]
                for less, factor, inner in self._d_of_power(head, exponent):
                    rest = [*others, (head, words, plain(exponent - less))]
                    for monomial, b in inner.items():
                        more, moved = placed(monomial, dict(enumerate(words)), -len(sizes))
                        summand = self.algebra.normal([(c * b, own | more, rest + moved)])
                        parts.append(self.algebra.times(factor, summand))
        return self.algebra.total(parts)

    def _d_of_power(self, number: int, exponent: Any) -> Iterator[tuple[int, Poly, Poly]]:
        """x^(e−1), e and dx; x^e, de and log x where the exponent varies."""
        inner = self._d_of_head(number)
        if inner:
            yield 1, self._exponent(exponent), inner
        if isinstance(exponent, Expr):
            change = self.d(self.scalar(exponent), {})
            if change:
                free = dict(enumerate(self.heads[number].sizes))
                entry = self.algebra.entry(number, tuple((k,) for k in free))
                yield 0, change, self.scalar(sympy.log(ENTRY), entry, free)

    def _exponent(self, exponent: Any) -> Poly:
        if isinstance(exponent, Expr):
            return self.scalar(exponent)
        return self.algebra.constant(exponent)

    def _d_of_head(self, number: int) -> Poly:
        head = self.heads[number]
        rules: dict[str, Any] = {
            "entry": self._d_entry,
            "symbol": self._d_symbol,
            "pow": lambda h: self.d(h.operands[0], dict(enumerate(h.sizes))),
            "fn": self._d_function,
            "inv": self._d_inverse,
            "det": lambda h: self._d_determinant(number, h),
        }
        rule = rules.get(head.kind)
        if head.kind in ("delta", "dentry", "dsymbol", "segment"):
            return {}
        if rule is None:
            raise UnsupportedInput(f"the differential of {head.kind} {head.name} is not known here")
        return rule(head)

    def _d_entry(self, head: Head) -> Poly:
        sizes = tuple(self.heads.sizes[k] for k in head.sizes)
        return self.leaf("dentry", head.name, sizes, bool(head.autos))

    def _d_symbol(self, head: Head) -> Poly:
        symbol = head.name
        if not isinstance(symbol, Symbol) or symbol.is_integer:
            return {}
        return self.leaf("dsymbol", symbol, ())

    def _d_function(self, head: Head) -> Poly:
        free = dict(enumerate(head.sizes))
        parts = []
        for k, operand in enumerate(head.operands):
            inner = self.d(operand, free)
            if inner:
                parts.append(self.algebra.times(self._slope(head, k, free), inner))
        return self.algebra.total(parts)

    def _slope(self, head: Head, place: int, free: dict[int, int]) -> Poly:
        """Partial derivative of a function by one of its operands."""
        if isinstance(head.name, tuple) and head.name[0] == "abstract":
            _, name, order = head.name
            return self.function("fn", ("abstract", name, order + 1), head.operands, free)
        if not isinstance(head.name, str) or len(head.operands) > 2:
            raise UnsupportedInput(f"the derivative of {head.name} is not known here")
        symbols = (ENTRY, OTHER)[: len(head.operands)]
        prime = sympy.diff(self.known_function(head.name)(*symbols), symbols[place])
        return self.scalar(prime, head.operands[0], free, head.operands[-1])

    def known_function(self, name: str) -> Any:
        """Function of sympy, or of this package, by its name."""
        found = getattr(functions, name, None) or getattr(sympy, name, None)
        if found is None:
            raise UnsupportedInput(f"the function {name} is not known here")
        return found

    def inverse_entry(self, form: Form) -> Poly:
        """Entry polynomial of the inverse of a matrix over one radix."""
        head, turned = self.square_head("inv", form)
        n = len(form.rows)
        places = [(k,) for k in range(2 * n)]
        words = tuple(places[n:] + places[:n] if turned else places)
        return self.algebra.entry(head, words)

    def determinant(self, form: Form) -> Poly:
        """Polynomial of a determinant."""
        if not form.rows:
            return form.poly
        return self.algebra.entry(self.square_head("det", form)[0], ())

    def matrix_of(self, head: Head) -> Form:
        """The operand of an inverse or a determinant."""
        return Form(head.name, head.name, head.operands[0])

    def _d_inverse(self, head: Head) -> Poly:
        form = self.matrix_of(head)
        inner = Form(form.rows, form.rows, self.d(form.poly, self.sizes(form.radix)))
        outer = Form(form.rows, form.rows, self.inverse_entry(form))
        p = self.product(self.product(outer, inner), outer).poly
        return self.algebra.scaled(Fraction(-1), p)

    def _d_determinant(self, number: int, head: Head) -> Poly:
        form = self.matrix_of(head)
        inner = Form(form.rows, form.rows, self.d(form.poly, self.sizes(form.radix)))
        outer = Form(form.rows, form.rows, self.inverse_entry(form))
        n = len(form.rows)
        p = self.product(outer, inner).poly
        p = self.algebra.at(p, {n + k: (k,) for k in range(n)})
        p = self.algebra.summed(p, self.sizes(form.rows))
        return self.algebra.times(self.algebra.entry(number, ()), p)
