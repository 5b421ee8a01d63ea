"""Identities of powers: what may leave the base, powers of powers, prime factors."""

from fractions import Fraction
from math import gcd, lcm
from typing import Any

from sympy import Expr, Integer, Symbol, factorint
from sympy import Poly as Polynomial

from matcalc.prove.algebra import Algebra, plain
from matcalc.prove.expand import Expander
from matcalc.prove.heads import DELTA, Heads, Poly
from matcalc.prove.labelling import Raw

CONTENT = "(cx)^e = c^e x^e"
POWER_OF_POWER = "(x^k)^e = x^(ke)"
PRIMES = "a number to a power, by its primes"
NEGATIVE = "(−x)^e = (−1)^e x^e"
ROOT_OF_SQUARE = "√x² = |x|"
LARGEST = 10**12
"""Numbers up to this are taken apart into primes."""


class PowerRules:
    """Identities of powers with a base that is not an entry."""

    e: Expander
    algebra: Algebra
    heads: Heads
    chosen: set[int]

    def normal(self, p: Poly) -> Poly:
        """Normal form of a polynomial."""
        raise NotImplementedError

    def power_rule(self, number: int, exponent: Any) -> Any:
        """The first identity that applies to a power."""
        head = self.heads[number]
        p, free = head.operands[0], dict(enumerate(head.sizes))
        if len(p) == 1 and ((), ()) in p:
            return self._of_number(p[(), ()], exponent)
        outer = self.content(p, is_integer(exponent))
        if outer:
            c, factors = outer
            taken = self.algebra.normal([(c, {}, factors)])
            inner = self.without(p, c, factors)
            value = self.algebra.times(
                self.monomial_power(c, factors, exponent), self.e.power(inner, exponent, free)
            )
            return CONTENT, (taken,), value
        single = self._single_factor(p)
        if single is not None:
            return self._power_of_power(single, exponent, free)
        if is_integer(exponent):
            return self._oriented(number, p, exponent, free)
        return None

    def _of_number(self, c: Fraction, exponent: Any) -> Any:
        primes = prime_powers(c)
        if len(primes) == 1 and primes[0][1] == 1:
            return None
        value = self.algebra.constant(1)
        for prime, k in primes:
            base = self.algebra.constant(prime)
            value = self.algebra.times(value, self.e.power(base, plain(exponent * k), {}))
        return PRIMES, (), value

    def monomial_power(self, c: Fraction, factors: list[Raw], exponent: Any) -> Poly:
        """Power of c and of factors that are positive, or of any if the exponent is an integer."""
        powered = [(h, words, plain(k * exponent)) for h, words, k in factors]
        value = self.algebra.normal([(Fraction(1), {}, powered)])
        if c == 1:
            return value
        return self.algebra.times(value, self.e.power(self.algebra.constant(c), exponent, {}))

    def _single_factor(self, p: Poly) -> Raw | None:
        """The one factor that a base consists of."""
        if len(p) != 1:
            return None
        (((sizes, factors), c),) = p.items()
        alone = not sizes and len(factors) == 1 and c == 1 and factors[0][0] != DELTA
        return factors[0] if alone else None

    def _power_of_power(self, factor: Raw, exponent: Any, free: dict[int, int]) -> Any:
        head, words, k = factor
        even = isinstance(k, int) and k % 2 == 0
        symbolic = isinstance(k, Expr) or isinstance(exponent, Expr)
        if is_integer(exponent) or self.positive(head) or not (even or symbolic):
            return POWER_OF_POWER, (), self.algebra.entry(head, words, plain(k * exponent))
        if even and isinstance(plain(k * exponent), int):
            base = self.algebra.entry(head, words)
            size = self.e.function("fn", "abs", (base,), free)
            return ROOT_OF_SQUARE, (), self.e.power(size, plain(k * exponent), free)
        return None

    def _oriented(self, number: int, p: Poly, exponent: Any, free: dict[int, int]) -> Any:
        opposite = self.algebra.scaled(Fraction(-1), p)
        other = self.number_of("pow", None, opposite, free)
        if number in self.chosen or other not in self.chosen or other == number:
            self.chosen.add(number)
            return None
        sign = self.e.power(self.algebra.constant(-1), exponent, {})
        value = self.algebra.times(sign, self.e.power(opposite, exponent, free))
        return NEGATIVE, (), value

    def number_of(self, kind: str, name: Any, p: Poly, free: dict[int, int]) -> int | None:
        """Number of the head of a function of one operand."""
        entry = self.e.function(kind, name, (p,), free, -1)
        if len(entry) != 1:
            return None
        ((_, factors),) = entry
        return factors[0][0] if len(factors) == 1 else None

    # What may leave a base.

    def without(self, p: Poly, c: Fraction, factors: list[Raw]) -> Poly:
        """The polynomial divided by a monomial."""
        back = [(h, words, plain(-e)) for h, words, e in factors]
        return self.algebra.with_factors(p, 1 / c, back)

    def content(self, p: Poly, integer: bool) -> tuple[Fraction, list[Raw]] | None:
        """A monomial other than 1 that may leave the base; None if there is none."""
        factors = [
            (head, words, e)
            for head, words, e in self.common(p)
            if integer or self.positive(head) or (e_negative(e) and self.never_negative(head))
        ]
        c = rational_content(p)
        if len(p) == 1 and not any(sizes for sizes, _ in p):
            c = next(iter(p.values())) if integer else c
            if len(factors) == 1 and c == 1 and len(next(iter(p))[1]) == 1:
                return None
        return (c, factors) if factors or c != 1 else None

    def common(self, p: Poly) -> list[Raw]:
        """Entries without bound indices with their least exponents, where that is not 0."""
        seen: dict[Any, list[Any]] = {}
        for _, factors in p:
            for head, words, e in factors:
                if head != DELTA and all(i >= 0 for word in words for i in word):
                    seen.setdefault((head, words), []).append(e)
        found = []
        for (head, words), exponents in seen.items():
            least = _least(exponents, len(p))
            if least != 0:
                found.append((head, words, least))
        return found

    def positive(self, number: int) -> bool:
        """Whether an entry is known to be positive."""
        head = self.heads[number]
        if head.kind == "symbol":
            return bool(getattr(head.name, "is_positive", False))
        if head.kind == "entry":
            return "positive" in getattr(head.name, "facts", ())
        if head.kind == "pow":
            return self.surely_positive(head.operands[0])
        return head.kind == "fn" and head.name == "exp"

    def surely_positive(self, p: Poly) -> bool:
        """Whether every monomial is positive."""
        return bool(p) and all(
            c > 0 and all(self.positive(h) and h != DELTA for h, _, _ in factors)
            for (_, factors), c in p.items()
        )

    def never_negative(self, number: int) -> bool:
        """Whether a base is a polynomial in sizes that is not negative from 1 on."""
        head = self.heads[number]
        if head.kind != "pow":
            return False
        total: Expr = Integer(0)
        for (_, factors), c in head.operands[0].items():
            term: Expr = Integer(c.numerator) / c.denominator
            for h, _, e in factors:
                symbol = self.heads[h].name
                if not isinstance(symbol, Symbol) or not symbol.is_integer or not e_natural(e):
                    return False
                term *= (symbol + 1) ** e if symbol.is_positive else symbol**e
            total += term
        if not total.free_symbols or not all(s.is_nonnegative for s in total.free_symbols):
            return False
        return all(c >= 0 for c in Polynomial(total).coeffs())


def e_negative(e: Any) -> bool:
    """Whether an exponent is a negative number."""
    return not isinstance(e, Expr) and e < 0


def e_natural(e: Any) -> bool:
    """Whether an exponent is a natural number."""
    return isinstance(e, int) and e > 0


def is_integer(exponent: Any) -> bool:
    """Whether an exponent is an integer."""
    return isinstance(exponent, int) or bool(isinstance(exponent, Expr) and exponent.is_integer)


def _least(exponents: list[Any], terms: int) -> Any:
    if any(isinstance(e, Expr) for e in exponents):
        return exponents[0] if len(set(exponents)) == 1 and len(exponents) == terms else 0
    return min(exponents if len(exponents) == terms else [*exponents, 0])


def rational_content(p: Poly) -> Fraction:
    """The greatest rational number that leaves integer coefficients."""
    values = list(p.values())
    below = lcm(*(c.denominator for c in values)) if values else 1
    above = gcd(*(int(c * below) for c in values)) if values else 1
    return Fraction(above or 1, below)


def prime_powers(c: Fraction) -> list[tuple[int, int]]:
    """Primes and exponents of a rational number, −1 among them."""
    found = [(-1, 1)] if c < 0 else []
    for value, sign in ((abs(c.numerator), 1), (c.denominator, -1)):
        own = factorint(value) if value <= LARGEST else {value: 1}
        found += [(int(prime), sign * int(k)) for prime, k in own.items()]
    return found
