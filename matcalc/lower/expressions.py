"""Python text of scalar expressions and of elementwise functions, float32 kept float32.

Python numbers take on the float type of the arrays they meet, NumPy's own scalars do not: what is
made from sizes and scalar arguments alone is a Python number.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import Any

import sympy
from sympy import Expr, Integer, Rational

from matcalc.errors import UnknownFunction
from matcalc.function_work import is_multiplied, times_read
from matcalc.node import ScalarNode
from matcalc.operators.functions import ENTRY, OTHER, Abstract, clip, huber, step
from matcalc.protocols import ATOM, PREFIX, SCALED, SUM

SLOTS = (ENTRY, OTHER)

RESIDUES = 1000
"""Numbers that a sum of fractions is tried at before it counts as whole."""

SIMPLE = re.compile(r"[A-Za-z]\w*(\.T)?")
"""Text of a name, or of its transpose."""

Text = tuple[str, int]
"""Code, and how tightly it binds."""
COMPARISON = 5

NUMPY_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "Abs": "abs", "ceiling": "ceil", "Heaviside": "heaviside",
    "Max": "maximum", "Min": "minimum",
} | {
    name: name
    for name in """exp log sin cos tan sinh cosh tanh abs sign floor maximum minimum hypot
    logaddexp""".split()
}  # fmt: skip
FORMS = {
    "sigmoid": ("_sigmoid({})", ATOM),
    "relu": ("np.maximum({}, 0)", ATOM),
    "softplus": ("np.logaddexp(0, {})", ATOM),
    "clip": ("np.clip({}, {}, {})", ATOM),
    "erf": ("np.vectorize(math.erf, otypes=[dtype])({})", ATOM),
    "cot": ("1 / np.tan({})", SCALED),
    "sec": ("1 / np.cos({})", SCALED),
    "csc": ("1 / np.sin({})", SCALED),
    "coth": ("1 / np.tanh({})", SCALED),
    "sech": ("1 / np.cosh({})", SCALED),
    "csch": ("1 / np.sinh({})", SCALED),
}
"""Functions that NumPy spells as an expression."""
OF_NUMBERS = {"erf": "math.erf({})", "sigmoid": "0.5 * (1 + np.tanh(0.5 * {}))"}
"""What differs for a single number."""


@lru_cache(maxsize=16384)
def is_array(f: Expr) -> bool:
    """Whether an expression has the arrays' float type and not Python's."""
    return f.has(ENTRY, OTHER) or bool(f.atoms(ScalarNode))


class Expressions:
    """Text of sympy expressions.

    Parameters
    ----------
    leaf : callable
        Text of a symbol or of a scalar made from matrices.
    callee : callable
        Name of an abstract function, from its label and the order of its derivative.
    """

    def __init__(self, leaf: Callable[[Any], Text], callee: Callable[[Any, int], str]) -> None:
        self.leaf, self.callee = leaf, callee

    def at(self, f: Expr, level: int, *entries: Text) -> str:
        """Text in parentheses if it binds looser than ``level``."""
        text, binding = self.text(f, *entries)
        return text if binding >= level else f"({text})"

    def text(self, f: Expr, *entries: Text) -> Text:
        """Text of a scalar, or of an elementwise function of what ``entries`` are the texts of."""
        if isinstance(f, sympy.Symbol | ScalarNode):
            return entries[SLOTS.index(f)] if f in SLOTS else self.leaf(f)
        if f.is_Number or f.is_NumberSymbol:
            return self._number(f)
        if isinstance(f, sympy.Add):
            above, below = over_one_line(f)
            if below > 1:
                return f"({self._sum(above, *entries)}) // {below}", SCALED
            return self._sum(f, *entries), SUM
        if isinstance(f, sympy.Mul):
            return self._product(f, *entries), SCALED
        return self._power(f, *entries) if isinstance(f, sympy.Pow) else self._call(f, *entries)

    def condition(self, f: Expr, *entries: Text) -> Text:
        """A step as the comparison it is."""
        return f"{self.at(f.args[0], SUM, *entries)} > 0", COMPARISON

    def quotient(self, c: Expr) -> tuple[str, str, str]:
        """Sign, numerator and denominator of a coefficient; an empty text stands for 1."""
        sign, above, below = fraction(c)
        top = [self.at(f, PREFIX) for f in above]
        bottom = [self.at(f, PREFIX) for f in below]
        under = bottom[0] if len(bottom) == 1 else f"({' * '.join(bottom)})" if bottom else ""
        return sign, " * ".join(top), under

    def _number(self, f: Expr) -> Text:
        if isinstance(f, Integer):
            return str(f.p), SCALED if f.is_negative else ATOM
        if isinstance(f, Rational):
            return f"{f.p} / {f.q}", SCALED
        if f in (sympy.pi, sympy.E):
            return f"np.{'pi' if f == sympy.pi else 'e'}", ATOM
        if not f.is_finite:
            raise UnknownFunction(f"{f} is no finite number")
        return repr(float(f)), SCALED if f.is_negative else ATOM

    def _sum(self, f: Expr, *entries: Text) -> str:
        def order(term: Expr) -> tuple[bool, bool]:
            return bool(term.could_extract_minus_sign()), not is_array(term)

        return signed([self.at(term, SCALED, *entries) for term in sorted(
            f.as_ordered_terms(), key=order)])  # fmt: skip

    def _product(self, f: Expr, *entries: Text) -> str:
        sign, above, below = fraction(f)
        masks = [g for g in above if isinstance(g, step) and is_array(g)]
        plain = [g for g in above if g not in masks]
        if masks and not any(map(is_array, plain)):
            plain, masks = [*plain, masks[0]], masks[1:]
        texts = [self.at(g, PREFIX, *entries) for g in plain]
        texts += [f"({self.condition(g, *entries)[0]})" for g in masks]
        under = [self.at(g, PREFIX, *entries) for g in below]
        text = sign + (" * ".join(texts) or "1")
        if not under:
            return text
        return f"{text} / {under[0] if len(under) == 1 else '(' + ' * '.join(under) + ')'}"

    def _power(self, f: Expr, *entries: Text) -> Text:
        base, exponent = f.base, f.exp
        if exponent.could_extract_minus_sign():
            return f"1 / {self.at(base**-exponent, PREFIX, *entries)}", SCALED
        if 2 * exponent == 1 and (is_array(base) or not base.is_nonnegative):
            return self._as_float(f, f"np.sqrt({self.at(base, 0, *entries)})"), ATOM
        if not exponent.is_Integer and not is_array(f) and not base.is_nonnegative:
            return f"float(np.power({self.at(base, 0)}, {self.at(exponent, 0)}))", ATOM
        if 2 * exponent == 1:
            return f"{self.at(base, ATOM, *entries)}**0.5", PREFIX
        shown = self.at(base, ATOM, *entries)
        if is_multiplied(f) and (times_read(int(exponent)) == 1 or SIMPLE.fullmatch(shown)):
            return _multiplied(int(exponent), shown)
        return f"{shown}**{self.at(exponent, ATOM, *entries)}", PREFIX

    def _call(self, f: Expr, *entries: Text) -> Text:
        if isinstance(f, Abstract):
            label, order, x = f.args
            return f"{self.callee(label, int(order))}({self.at(x, 0, *entries)})", ATOM
        if isinstance(f, step):
            mask = f"({self.condition(f, *entries)[0]})"
            return f"{mask}.astype(dtype)" if is_array(f) else f"float{mask}", ATOM
        if isinstance(f, sympy.Piecewise):
            return self._cases(f, *entries), ATOM
        if isinstance(f, huber):
            return self._product(huber_by_clip(*f.args), *entries), SCALED
        return self._by_name(f, *entries)

    def _by_name(self, f: Expr, *entries: Text) -> Text:
        name = type(f).__name__
        known = str(type(f).__module__).startswith(("sympy.", "matcalc."))
        if known and name in FORMS:
            form, binding = FORMS[name]
            form = form if is_array(f) else OF_NUMBERS.get(name, form)
            level = PREFIX if "0.5" in form else 0
            text = form.format(*(self.at(x, level, *entries) for x in f.args))
            return (text, binding) if is_array(f) else (f"float({text})", ATOM)
        if not known or name not in NUMPY_NAMES:
            raise UnknownFunction(f"NumPy has no function {name}: give it as function({name!r})")
        inner = [self.at(x, 0, *entries) for x in f.args]
        text = inner[-1] if len(inner) > 1 else f"np.{NUMPY_NAMES[name]}({inner[0]})"
        for x in reversed(inner[:-1]):
            text = f"np.{NUMPY_NAMES[name]}({x}, {text})"
        return self._as_float(f, text), ATOM

    def _cases(self, f: Expr, *entries: Text) -> str:
        text = "np.nan"
        for value, condition in reversed(f.args):
            shown = self.at(value, 0, *entries)
            test = "" if condition == sympy.true else self._test(condition, *entries)
            text = f"np.where({test}, {shown}, {text})" if test else shown
        if any(is_array(value) for value, _ in f.args):
            return text
        return f"{text}.astype(dtype)" if is_array(f) else f"float({text})"

    def _test(self, condition: Any, *entries: Text) -> str:
        if isinstance(condition, sympy.And | sympy.Or):
            mark = " & " if isinstance(condition, sympy.And) else " | "
            parts = sorted(condition.args, key=sympy.default_sort_key)
            return mark.join(f"({self._test(part, *entries)})" for part in parts)
        if not isinstance(condition, sympy.core.relational.Relational):
            raise UnknownFunction(f"no NumPy text is known for the condition {condition}")
        left, right = (self.at(side, SUM, *entries) for side in condition.args)
        return f"{left} {condition.rel_op} {right}"

    def _as_float(self, f: Expr, text: str) -> str:
        return text if is_array(f) else f"float({text})"


def _multiplied(k: int, base: str) -> Text:
    """A power of a name as squares and products."""
    if k <= 2:
        return (f"{base}**2", PREFIX) if k == 2 else (base, ATOM)
    if k % 2:
        return f"{_at_least(PREFIX, *_multiplied(k - 1, base))} * {base}", SCALED
    return f"{_at_least(ATOM, *_multiplied(k // 2, base))}**2", PREFIX


def _at_least(level: int, text: str, binding: int) -> str:
    return text if binding >= level else f"({text})"


def huber_by_clip(x: Expr, delta: Expr) -> Expr:
    """Huber's function as c(x − c/2), where c is x clipped to [−δ, δ]: its derivative."""
    clipped = clip(x, -delta, delta)
    return clipped * (x - clipped / 2)


@lru_cache(maxsize=4096)
def over_one_line(f: Expr) -> tuple[Expr, int]:
    """Numerator and denominator of a sum that is whole at all whole numbers; else it and 1.

    Sizes are such sums: n²/2 + n/2 is (n² + n) // 2, an int in Python.
    """
    symbols = sorted(f.free_symbols, key=str)
    if not symbols or not all(s.is_integer for s in symbols) or not f.is_polynomial():
        return f, 1
    above, below = sympy.together(f).as_numer_denom()
    if not below.is_Integer or not 1 < below ** len(symbols) <= RESIDUES:
        return f, 1
    places = product(range(int(below)), repeat=len(symbols))
    residues = (above.xreplace(dict(zip(symbols, map(Integer, at), strict=True))) for at in places)
    return (sympy.expand(above), int(below)) if all(r % below == 0 for r in residues) else (f, 1)


def fraction(f: Expr) -> tuple[str, list[Expr], list[Expr]]:
    """Sign, factors above and factors below the line."""
    above: list[Expr] = []
    below: list[Expr] = []
    sign = ""
    for factor in sympy.Mul.make_args(f):
        if isinstance(factor, Rational):
            sign = "-" if factor < 0 else sign
            above += [Integer(abs(factor.p))] * (abs(factor.p) != 1)
            below += [Integer(factor.q)] * (factor.q != 1)
        elif factor.is_Float and factor < 0:
            sign, above = "-", [*above, -factor]
        elif isinstance(factor, sympy.Pow) and factor.exp.could_extract_minus_sign():
            below.append(factor.base**-factor.exp)
        else:
            above.append(factor)
    return sign, above, below


def signed(terms: list[str]) -> str:
    """Terms joined by plus and minus."""
    text = terms[0]
    for term in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text
