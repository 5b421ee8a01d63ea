"""Identities of functions: exponentials and what is made of them, logarithms, signs."""

from fractions import Fraction
from typing import Any

from matcalc.prove.algebra import Algebra, plain
from matcalc.prove.expand import Expander
from matcalc.prove.heads import DELTA, Heads, Poly
from matcalc.prove.labelling import Raw
from matcalc.prove.powers import e_natural, prime_powers

Free = dict[int, int]
Step = tuple[str, tuple[Poly, ...], Poly]
EXP_SUM, EXP_LOG = "exp(a + b) = exp(a) exp(b)", "exp(log x) = x"
SIGMOID, TANH = "sigmoid by exponentials", "tanh by exponentials"
COSH, SINH, TAN = "cosh by exponentials", "sinh by exponentials", "tan = sin / cos"
RELU, ABS, SIGN = "relu(x) = x step(x)", "|x| = x sign(x)", "sign(x) = step(x) − step(−x)"
SOFTPLUS, LOGADDEXP = "softplus(x) = log(1 + exp x)", "log-add-exp by exponentials"
MAXIMUM, MINIMUM = "max(x, y) = y + relu(x − y)", "min(x, y) = x − relu(x − y)"
HYPOT = "hypot(x, y) = √(x² + y²)"
STEP_POSITIVE, STEP_NEGATIVE = "step of what is positive", "step of what is negative"
STEP_MULTIPLE, STEP_POWER = "step of a positive multiple", "step² = step"
SIN_SQUARE = "sin² + cos² = 1"
ODD, EVEN = "f(−x) = −f(x)", "f(−x) = f(x)"
LOG_PRODUCT, LOG_POWER = "log(cx) = log c + log x", "log(x^k) = k log x"
LOG_EXP, LOG_NUMBER = "log(exp x) = x", "log of a number, by its primes"
ODD_FUNCTIONS = ("sin", "atan", "asinh", "erf", "asin")


class FunctionRules:
    """Identities of functions."""

    e: Expander
    algebra: Algebra
    heads: Heads
    chosen: set[int]

    def content(self, p: Poly, integer: bool) -> tuple[Fraction, list[Raw]] | None:
        """A positive monomial that divides a polynomial."""
        raise NotImplementedError

    def without(self, p: Poly, c: Fraction, factors: list[Raw]) -> Poly:
        """The polynomial divided by a monomial."""
        raise NotImplementedError

    def surely_positive(self, p: Poly) -> bool:
        """Whether every monomial is positive."""
        raise NotImplementedError

    def number_of(self, kind: str, name: Any, p: Poly, free: Free) -> int | None:
        """Number of the head of a function of one operand."""
        raise NotImplementedError

    def function_rule(self, number: int, exponent: Any) -> Step | None:
        """The first identity that applies to a power of a function."""
        head = self.heads[number]
        if not isinstance(head.name, str):
            return None
        free = dict(enumerate(head.sizes))
        if len(head.operands) == 2 and head.name in OF_TWO:
            identity, value = OF_TWO[head.name](self, *head.operands, free)
            return identity, (), self.e.power(value, exponent, free)
        if len(head.operands) != 1:
            return None
        p = head.operands[0]
        if e_natural(exponent) and exponent > 1:
            reduced = self._reduced(number, exponent, p, free)
            if reduced is not None:
                return reduced
        rule = RULES.get(head.name)
        found = rule(self, p, free) if rule else self._parity(number, head.name, p, free)
        if found is None:
            return None
        identity, parameters, value = found
        return identity, parameters, self.e.power(value, exponent, free)

    def _reduced(self, number: int, exponent: int, p: Poly, free: Free) -> Step | None:
        head = self.heads[number]
        words = tuple((k,) for k in range(len(head.sizes)))
        entry = self.algebra.entry(number, words)
        if head.name == "step":
            return STEP_POWER, (), entry
        if head.name == "sin":
            cos = self.algebra.power(self.fn("cos", p, free), 2)
            square = self.algebra.minus(self.algebra.constant(1), cos)
            value = self.algebra.power(square, exponent // 2)
            return SIN_SQUARE, (), self.algebra.times(value, entry) if exponent % 2 else value
        return None

    def fn(self, name: str, p: Poly, free: Free) -> Poly:
        """A function of a polynomial, as it stands."""
        return self.e.function("fn", name, (p,), free)

    def _parity(self, number: int, name: str, p: Poly, free: Free) -> Step | None:
        """f(−x) for f(x) where that was met first."""
        if name not in (*ODD_FUNCTIONS, "cos"):
            return None
        opposite = self.algebra.scaled(Fraction(-1), p)
        other = self.number_of("fn", name, opposite, free)
        if number in self.chosen or other not in self.chosen or other == number:
            self.chosen.add(number)
            return None
        value = self.fn(name, opposite, free)
        if name == "cos":
            return EVEN, (), value
        return ODD, (), self.algebra.scaled(Fraction(-1), value)

    def exp(self, p: Poly, free: Free) -> Step | None:
        """Exponential of a sum as a product of powers of exponentials."""
        if len(p) == 1 and next(iter(p.values())) == 1:
            ((_, factors),) = p
            if len(factors) == 1 and factors[0][2] == 1 and self._is(factors[0][0], "log"):
                return EXP_LOG, (), self._operand(factors[0])
            return None
        value = self.algebra.constant(1)
        for monomial, c in p.items():
            part = self.e.function("fn", "exp", ({monomial: Fraction(1)},), free, plain(c))
            value = self.algebra.times(value, part)
        return EXP_SUM, (), value

    def _is(self, number: int, name: str) -> bool:
        return self.heads[number].kind == "fn" and self.heads[number].name == name

    def _operand(self, factor: Raw) -> Poly:
        head, words, _ = factor
        return self.algebra.at(self.heads[head].operands[0], dict(enumerate(words)))

    def _over_one_plus_exp(self, p: Poly, k: int, free: Free) -> Poly:
        """k/(1 + exp kp)."""
        e = self.fn("exp", self.algebra.scaled(Fraction(k), p), free)
        below = self.algebra.total((self.algebra.constant(1), e))
        return self.algebra.scaled(Fraction(k), self.e.power(below, -1, free))

    def sigmoid(self, p: Poly, free: Free) -> Step:
        """1 − 1/(1 + exp p)."""
        value = self._over_one_plus_exp(p, 1, free)
        return SIGMOID, (), self.algebra.minus(self.algebra.constant(1), value)

    def tanh(self, p: Poly, free: Free) -> Step:
        """1 − 2/(1 + exp 2p)."""
        value = self._over_one_plus_exp(p, 2, free)
        return TANH, (), self.algebra.minus(self.algebra.constant(1), value)

    def _half_sum(self, p: Poly, free: Free, sign: int) -> Poly:
        up = self.fn("exp", p, free)
        down = self.fn("exp", self.algebra.scaled(Fraction(-1), p), free)
        both = self.algebra.total((up, self.algebra.scaled(Fraction(sign), down)))
        return self.algebra.scaled(Fraction(1, 2), both)

    def cosh(self, p: Poly, free: Free) -> Step:
        """(exp p + exp −p)/2."""
        return COSH, (), self._half_sum(p, free, 1)

    def sinh(self, p: Poly, free: Free) -> Step:
        """(exp p − exp −p)/2."""
        return SINH, (), self._half_sum(p, free, -1)

    def tan(self, p: Poly, free: Free) -> Step:
        """sin / cos."""
        below = self.e.power(self.fn("cos", p, free), -1, free)
        return TAN, (), self.algebra.times(self.fn("sin", p, free), below)

    def relu(self, p: Poly, free: Free) -> Step:
        """p · step p."""
        return RELU, (), self.algebra.times(p, self.fn("step", p, free))

    def absolute(self, p: Poly, free: Free) -> Step:
        """p · sign p."""
        return ABS, (), self.algebra.times(p, self.fn("sign", p, free))

    def softplus(self, p: Poly, free: Free) -> Step:
        """log(1 + exp p)."""
        total = self.algebra.total((self.algebra.constant(1), self.fn("exp", p, free)))
        return SOFTPLUS, (), self.fn("log", total, free)

    def maximum(self, p: Poly, q: Poly, free: Free) -> tuple[str, Poly]:
        """q + relu(p − q)."""
        above = self.fn("relu", self.algebra.minus(p, q), free)
        return MAXIMUM, self.algebra.total((q, above))

    def minimum(self, p: Poly, q: Poly, free: Free) -> tuple[str, Poly]:
        """p − relu(p − q)."""
        above = self.fn("relu", self.algebra.minus(p, q), free)
        return MINIMUM, self.algebra.minus(p, above)

    def hypot(self, p: Poly, q: Poly, free: Free) -> tuple[str, Poly]:
        """√(p² + q²)."""
        squares = self.algebra.total((self.algebra.power(p, 2), self.algebra.power(q, 2)))
        return HYPOT, self.e.power(squares, Fraction(1, 2), free)

    def logaddexp(self, p: Poly, q: Poly, free: Free) -> tuple[str, Poly]:
        """log(exp p + exp q)."""
        total = self.algebra.total((self.fn("exp", p, free), self.fn("exp", q, free)))
        return LOGADDEXP, self.fn("log", total, free)

    def sign(self, p: Poly, free: Free) -> Step:
        """step p − step −p."""
        opposite = self.fn("step", self.algebra.scaled(Fraction(-1), p), free)
        return SIGN, (), self.algebra.minus(self.fn("step", p, free), opposite)

    def step(self, p: Poly, free: Free) -> Step | None:
        """step of a positive multiple; of what is positive; of what is negative."""
        if self.surely_positive(p):
            return STEP_POSITIVE, (), self.algebra.constant(1)
        if not p or self.surely_positive(self.algebra.scaled(Fraction(-1), p)):
            return STEP_NEGATIVE, (), {}
        outer = self.content(p, False)
        if outer is None:
            return None
        taken = self.algebra.normal([(outer[0], {}, outer[1])])
        return STEP_MULTIPLE, (taken,), self.fn("step", self.without(p, *outer), free)

    def log(self, p: Poly, free: Free) -> Step | None:
        """Positive factors out of a logarithm, powers, numbers, exponentials."""
        if len(p) == 1:
            (((sizes, factors), c),) = p.items()
            if not factors and c > 0:
                return self._log_of_number(c)
            if len(factors) == 1 and not sizes and c == 1:
                return self._log_of_factor(factors[0], free)
        outer = self.content(p, False)
        if outer is None:
            return None
        taken = self.algebra.normal([(outer[0], {}, outer[1])])
        inner = self.without(p, *outer)
        logs = [self.fn("log", inner, free)] if inner != self.algebra.constant(1) else []
        for head, words, e in outer[1]:
            own = self.fn("log", self.algebra.entry(head, words), free)
            logs.append(self.algebra.times(self._exponent(e), own))
        if outer[0] != 1:
            logs.append(self.fn("log", self.algebra.constant(outer[0]), {}))
        return LOG_PRODUCT, (taken,), self.algebra.total(logs)

    def _exponent(self, e: Any) -> Poly:
        return self.e.scalar(e) if hasattr(e, "free_symbols") else self.algebra.constant(e)

    def _log_of_number(self, c: Fraction) -> Step | None:
        primes = prime_powers(c)
        if len(primes) == 1 and primes[0][1] == 1:
            return None
        logs = [
            self.algebra.scaled(Fraction(k), self.fn("log", self.algebra.constant(prime), {}))
            for prime, k in primes
        ]
        return LOG_NUMBER, (), self.algebra.total(logs)

    def _log_of_factor(self, factor: Raw, free: Free) -> Step | None:
        head, words, e = factor
        if head == DELTA:
            return None
        if e == 1:
            return (LOG_EXP, (), self._operand(factor)) if self._is(head, "exp") else None
        positive = self.surely_positive(self.algebra.entry(head, words))
        if not positive and (hasattr(e, "free_symbols") or (isinstance(e, int) and e % 2 == 0)):
            return None
        base = self.algebra.entry(head, words)
        value = self.algebra.times(self._exponent(e), self.fn("log", base, free))
        return LOG_POWER, (), value


RULES: dict[str, Any] = {
    "exp": FunctionRules.exp,
    "log": FunctionRules.log,
    "tanh": FunctionRules.tanh,
    "sigmoid": FunctionRules.sigmoid,
    "cosh": FunctionRules.cosh,
    "sinh": FunctionRules.sinh,
    "tan": FunctionRules.tan,
    "relu": FunctionRules.relu,
    "abs": FunctionRules.absolute,
    "Abs": FunctionRules.absolute,
    "softplus": FunctionRules.softplus,
    "sign": FunctionRules.sign,
    "step": FunctionRules.step,
}
"""What is known of functions of one variable, by their names."""
OF_TWO: dict[str, Any] = {
    "maximum": FunctionRules.maximum,
    "Max": FunctionRules.maximum,
    "minimum": FunctionRules.minimum,
    "Min": FunctionRules.minimum,
    "hypot": FunctionRules.hypot,
    "logaddexp": FunctionRules.logaddexp,
}
"""What is known of functions of two variables."""
