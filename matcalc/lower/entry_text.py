"""Text of entries as numba compiles them: every number in the float type of the arrays."""

from collections.abc import Callable

import sympy
from sympy import Expr, Rational, Symbol

from matcalc.lower.expressions import fraction, signed

At = Callable[[Symbol], str]
SIGNS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
FORMS = {
    "maximum": "_maximum({}, {})",
    "minimum": "_minimum({}, {})",
    "clip": "_minimum(_maximum({}, {}), {})",
    "abs": "abs({})",
    "erf": "math.erf({})",
}
"""Functions that NumPy's of the same name do not stand for."""


def entry_text(entry: Expr, at: At) -> str:
    """Python text of an entry, from the text of its symbols."""
    if isinstance(entry, Symbol):
        return at(entry)
    if isinstance(entry, sympy.Add):
        return signed(_terms(entry, at))
    if isinstance(entry, sympy.Mul):
        return _product(entry, at)
    if isinstance(entry, sympy.Pow):
        return _power(entry, at)
    return _number(entry) if entry.is_number else _call(entry, at)


def _number(entry: Expr) -> str:
    if isinstance(entry, Rational) and not entry.is_Integer:
        return f"real({entry.p} / {entry.q})"
    return f"real({entry if entry.is_Integer else repr(float(entry))})"


def _terms(entry: Expr, at: At) -> list[str]:
    terms = [entry_text(term, at) for term in sorted(entry.args, key=sympy.default_sort_key)]
    return sorted(terms, key=lambda text: text.startswith("-"))


def _product(entry: Expr, at: At) -> str:
    sign, above, below = fraction(entry)
    over = [_factor(f, at) for f in _ordered(above)]
    under = [_factor(f, at) for f in _ordered(below)]
    text = sign + (" * ".join(over) or "real(1)")
    if not under:
        return text
    return f"{text} / {under[0] if len(under) == 1 else '(' + ' * '.join(under) + ')'}"


def _ordered(factors: list[Expr]) -> list[Expr]:
    """Factors in a fixed order, comparisons last."""
    found = sorted(factors, key=sympy.default_sort_key)
    return sorted(found, key=lambda f: type(f).__name__ in SIGNS)


def _factor(entry: Expr, at: At) -> str:
    text = entry_text(entry, at)
    return f"({text})" if isinstance(entry, sympy.Add | sympy.Mul) else text


def _power(entry: Expr, at: At) -> str:
    if entry.exp.is_negative:
        return f"real(1) / {_factor(entry.base**-entry.exp, at)}"
    return f"{_operand(entry.base, at)}**{entry.exp}"


def _operand(entry: Expr, at: At) -> str:
    """Text of the base or the exponent of a power."""
    text = entry_text(entry, at)
    return text if isinstance(entry, Symbol | sympy.core.function.AppliedUndef) else f"({text})"


def _call(entry: Expr, at: At) -> str:
    name = type(entry).__name__
    if name in SIGNS:
        return f"real({_condition(entry, at)})"
    if name == "where":
        condition, yes, no = entry.args
        shown = entry_text(yes, at), entry_text(no, at)
        return f"({shown[0]} if {_condition(condition, at)} else {shown[1]})"
    if name == "power":
        return f"real({' ** '.join(_operand(x, at) for x in entry.args)})"
    inner = [entry_text(x, at) for x in entry.args]
    if name.endswith("()"):
        return f"real({name[:-2]}({', '.join(inner)}))"
    return FORMS.get(name, f"np.{name}({', '.join(['{}'] * len(inner))})").format(*inner)


def _condition(entry: Expr, at: At) -> str:
    """Text of a comparison, or of what has been worked out once as 1 or 0."""
    if type(entry).__name__ not in SIGNS:
        return f"{entry_text(entry, at)} != 0"
    left, right = (entry_text(x, at) for x in entry.args)
    return f"{left} {SIGNS[type(entry).__name__]} {right}"
