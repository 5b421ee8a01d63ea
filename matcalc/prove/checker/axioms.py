"""The identities and relations a certificate may name, each from what it is said of alone."""

from fractions import Fraction
from typing import Any

from sympy import Expr, Integer, Poly, Symbol, factorint

from matcalc.prove.checker.square import Squares
from matcalc.prove.checker.terms import DELTA, Head, need, plain
from matcalc.prove.checker.terms import Poly as Sum

ODD, EVEN = ("sin", "atan", "asinh", "erf", "asin"), ("cos",)


class Axioms(Squares):
    """Values of entries by named identities, and polynomials that are zero."""

    def value_of(self, number: int, e: Any, identity: str, given: list[Sum]) -> Sum:
        """What a power of an entry is equal to; its right side must be defined where it is."""
        head, free = self.heads[number], dict(enumerate(self.heads[number].sizes))
        if head.kind == "pow":
            return self._power(head, e, identity, given, free)
        need(head.kind in ("fn", "inv", "det"), f"no identity {identity} of {head.kind}")
        own = self._function if head.kind == "fn" else self.of_square
        if identity in ("step² = step", "sin² + cos² = 1"):
            need(isinstance(e, int) and e > 1, "a power of at least 2")
            return self._squared(number, head, e, identity, free)
        return self.power(own(head, identity, given, free), e, free)

    def positive(self, number: int) -> bool:
        """Whether an entry is positive for all values."""
        head = self.heads[number]
        if head.kind == "symbol":
            return bool(getattr(head.name, "is_positive", False))
        if head.kind == "entry":
            return "positive" in getattr(head.name, "facts", ())
        if head.kind == "pow":
            return self.sure(head.operands[0])
        return head.kind == "fn" and head.name == "exp"

    def sure(self, p: Sum, sign: int = 1) -> bool:
        """Whether every term has the sign."""
        signs = all(c * sign > 0 for c, _, _ in p)
        return (
            bool(p)
            and signs
            and all(h != DELTA and self.positive(h) for t in p for h, _, _ in t[2])
        )

    def _split(self, p: Sum, taken: Sum, integer: bool) -> tuple[Fraction, list[Any], Sum]:
        """A monomial that divides a sum, and may leave a power or a logarithm."""
        c, factors = self.monomial(taken)
        need(integer or c > 0, "a positive number")
        for h, ws, k in factors:
            found = [[e for g, vs, e in t[2] if (g, vs) == (h, ws)] for t in p]
            least = [e[0] if e else 0 for e in found]
            same = all(e == k for e in least)
            numbers = not any(isinstance(e, Expr) for e in [*least, k])
            need(same or (numbers and min(least) == k), "the least exponent")
            below = numbers and k < 0 and self._never_negative(h)
            need(integer or self.positive(h) or below, "a positive factor")
        back = [(h, ws, plain(-k)) for h, ws, k in factors]
        return c, factors, self.sum((b / c, s, [*f, *back]) for b, s, f in p)

    def _never_negative(self, number: int) -> bool:
        """Whether a base is a polynomial in sizes without a negative value from 1 on."""
        head, total = self.heads[number], Integer(0)
        if head.kind != "pow":
            return False
        for c, _, factors in head.operands[0]:
            term = Integer(c.numerator) / c.denominator
            for h, _, k in factors:
                s = self.heads[h].name
                size = isinstance(s, Symbol) and s.is_integer and s.is_positive
                if not size or not isinstance(k, int) or k < 0:
                    return False
                term *= (s + 1) ** k
            total += term
        return bool(total.free_symbols) and all(c >= 0 for c in Poly(total).coeffs())

    def _power(self, head: Head, e: Any, identity: str, given: list[Sum], free: Any) -> Sum:
        p = head.operands[0]
        integer = isinstance(e, int) or (isinstance(e, Expr) and bool(e.is_integer))
        if identity == "(cx)^e = c^e x^e":
            c, factors, inner = self._split(p, given[0], integer)
            outer = self.sum([(Fraction(1), {}, [(h, w, plain(k * e)) for h, w, k in factors])])
            number = self.power(self.constant(c), e, {}) if c != 1 else self.constant(1)
            return self.times(outer, number, self.power(inner, e, free))
        c, factors = self.monomial(p) if identity != "(−x)^e = (−1)^e x^e" else (Fraction(0), [])
        if identity == "a number to a power, by its primes":
            need(not factors, "a number")
            powers = (self.power(self.constant(b), plain(e * k), {}) for b, k in _primes(c))
            return self.times(*powers)
        if identity == "(−x)^e = (−1)^e x^e":
            need(integer, "an integer exponent")
            sign = self.power(self.constant(-1), e, {})
            return self.times(sign, self.power(self.scaled(-1, p), e, free))
        need(len(factors) == 1 and c == 1, "a power of one entry")
        ((h, ws, k),) = factors
        even = isinstance(k, int) and k % 2 == 0
        if identity == "(x^k)^e = x^(ke)":
            symbolic = isinstance(k, Expr) or isinstance(e, Expr)
            need(integer or self.positive(h) or not (even or symbolic), "a base of one sign")
            return self.entry(h, ws, plain(k * e))
        need(identity == "√x² = |x|" and even, f"no identity {identity}")
        need(isinstance(plain(k * e), int), "an integer power of |x|")
        size = self.function("fn", "abs", (self.entry(h, ws),), free)
        return self.power(size, plain(k * e), free)

    def _squared(self, number: int, head: Head, e: int, identity: str, free: Any) -> Sum:
        entry = self.entry(number, tuple((k,) for k in free))
        if identity == "step² = step":
            need(head.name == "step", "step")
            return entry
        need(head.name == "sin", "sin")
        cos = self.power(self.function("fn", "cos", head.operands, free), 2, free)
        square = self.add(self.constant(1), self.scaled(-1, cos))
        return self.times(self.power(square, e // 2, free), *[entry] * (e % 2))

    def _function(self, head: Head, identity: str, given: list[Sum], free: Any) -> Sum:
        name, p, q = head.name, head.operands[0], head.operands[-1]
        need(isinstance(name, str), "a known function")

        def f(other: str, operand: Sum, e: Any = 1) -> Sum:
            return self.function("fn", other, (operand,), free, e)

        def minus(a: Sum, b: Sum) -> Sum:
            return self.add(a, self.scaled(-1, b))

        one, negative = self.constant(1), self.scaled(-1, p)
        if identity in ("f(−x) = −f(x)", "f(−x) = f(x)"):
            need(name in (ODD if "= −" in identity else EVEN), "parity")
            return self.scaled(-1 if name in ODD else 1, f(name, negative))
        by_name = {
            "sigmoid": lambda: minus(one, self.power(self.add(one, f("exp", p)), -1, free)),
            "tanh": lambda: minus(
                one,
                self.scaled(2, self.power(self.add(one, f("exp", self.scaled(2, p))), -1, free)),
            ),
            "cosh": lambda: self.scaled(Fraction(1, 2), self.add(f("exp", p), f("exp", negative))),
            "sinh": lambda: self.scaled(Fraction(1, 2), minus(f("exp", p), f("exp", negative))),
            "tan": lambda: self.times(f("sin", p), self.power(f("cos", p), -1, free)),
            "relu": lambda: self.times(p, f("step", p)),
            "abs": lambda: self.times(p, f("sign", p)),
            "Abs": lambda: self.times(p, f("sign", p)),
            "sign": lambda: minus(f("step", p), f("step", negative)),
            "softplus": lambda: f("log", self.add(one, f("exp", p))),
            "maximum": lambda: self.add(q, f("relu", minus(p, q))),
            "minimum": lambda: minus(p, f("relu", minus(p, q))),
            "hypot": lambda: self.power(
                self.add(self.times(p, p), self.times(q, q)), Fraction(1, 2), free
            ),
            "logaddexp": lambda: f("log", self.add(f("exp", p), f("exp", q))),
            "exp": lambda: self._exp(p, identity, free),
            "log": lambda: self._log(p, identity, given, free),
            "step": lambda: self._step(p, identity, given, free),
        }
        need(name in by_name, f"no identity {identity} of {name}")
        return by_name[name]()

    def _exp(self, p: Sum, identity: str, free: Any) -> Sum:
        if identity == "exp(log x) = x":
            c, factors = self.monomial(p)
            need(c == 1 and len(factors) == 1 and factors[0][2] == 1, "one logarithm")
            h, ws, _ = factors[0]
            need((self.heads[h].kind, self.heads[h].name) == ("fn", "log"), "a logarithm")
            return self.at(self.heads[h].operands[0], dict(enumerate(ws)))
        need(identity == "exp(a + b) = exp(a) exp(b)", identity)
        terms = [([(Fraction(1), s, fs)], plain(c)) for c, s, fs in p]
        return self.times(*(self.function("fn", "exp", (t,), free, c) for t, c in terms))

    def _step(self, p: Sum, identity: str, given: list[Sum], free: Any) -> Sum:
        if identity == "step of what is positive":
            need(self.sure(p), "positive")
            return self.constant(1)
        if identity == "step of what is negative":
            need(not p or self.sure(p, -1), "negative")
            return []
        need(identity == "step of a positive multiple", identity)
        return self.function("fn", "step", (self._split(p, given[0], False)[2],), free)

    def _log(self, p: Sum, identity: str, given: list[Sum], free: Any) -> Sum:
        def log(q: Sum) -> Sum:
            return self.function("fn", "log", (q,), free)

        if identity == "log(cx) = log c + log x":
            c, factors, inner = self._split(p, given[0], False)
            parts = [log(inner)] if not self.equal(inner, self.constant(1)) else []
            parts += [self.times(self._number(k), log(self.entry(h, ws))) for h, ws, k in factors]
            return self.add(*parts, *([log(self.constant(c))] if c != 1 else []))
        c, factors = self.monomial(p)
        if identity == "log of a number, by its primes":
            need(not factors and c > 0, "a positive number")
            return self.add(*(self.scaled(k, log(self.constant(b))) for b, k in _primes(c)))
        need(len(factors) == 1 and c == 1, "one factor")
        ((h, ws, k),) = factors
        if identity == "log(exp x) = x":
            need((self.heads[h].kind, self.heads[h].name, k) == ("fn", "exp", 1), "exp")
            return self.at(self.heads[h].operands[0], dict(enumerate(ws)))
        need(identity == "log(x^k) = k log x", identity)
        even = isinstance(k, Expr) or (isinstance(k, int) and k % 2 == 0)
        base = self.entry(h, ws)
        need(not even or self.sure(base), "a positive base")
        return self.times(self._number(k), log(base))

    def _number(self, k: Any) -> Sum:
        return self.scalar(k) if isinstance(k, Expr) else self.constant(k)


def _primes(c: Fraction) -> list[tuple[int, int]]:
    found = [(-1, 1)] if c < 0 else []
    for value, sign in ((abs(c.numerator), 1), (c.denominator, -1)):
        own = factorint(value) if value <= 10**12 else {value: 1}
        found += [(int(b), sign * int(k)) for b, k in own.items()]
    return found
