"""What elementwise functions cost: a sympy expression in one or two entries, call by call."""

from typing import Any

import sympy
from sympy import Expr

from matcalc.operators.functions import ENTRY, OTHER
from matcalc.work import NUMBER, Kind, Shape, Work, broadcast, chained, entrywise

SIMPLE = frozenset("step sign abs Abs relu clip maximum minimum Max Min floor ceiling".split())
"""Functions that are one cheap operation."""
COMPOSED = {"sigmoid": 4, "cot": 1, "sec": 1, "csc": 1, "coth": 1, "sech": 1, "csch": 1, "huber": 4}
"""Operations that NumPy does besides one function; a function not listed is one alone."""
JOINED = {"sigmoid": 2}
"""Operations of two arrays besides those."""

MOST_FACTORS = 8
"""Whole powers up to this one are products of squares."""

Done = tuple[list[Work], Shape]


def applied(f: Expr, shape: Shape, other: Shape = NUMBER) -> list[Work]:
    """Work for a function of every entry of an array, or of two."""
    return _work(f, {ENTRY: shape, OTHER: other})[0]


def is_multiplied(f: Expr) -> bool:
    """Whether this is a power of an entry that products give, many times as fast as NumPy's."""
    whole = f.is_Pow and f.base in (ENTRY, OTHER) and f.exp.is_Integer
    return bool(whole and 2 < abs(f.exp) <= MOST_FACTORS)


def times_read(k: int) -> int:
    """How often what is raised to a power is read by the squares and products for it."""
    return 1 if k <= 2 else times_read(k - 1) + 1 if k % 2 else times_read(k // 2)


def _products(k: int, shape: Shape) -> list[Work]:
    if k <= 2:
        return [entrywise(shape)] * (k == 2)
    if k % 2:
        return [*_products(k - 1, shape), entrywise(shape, shape)]
    return [*_products(k // 2, shape), entrywise(shape)]


def _work(f: Expr, shapes: dict[Expr, Shape]) -> Done:
    if f in shapes:
        return [], shapes[f]
    if not f.has(ENTRY, OTHER):
        return [], NUMBER
    if isinstance(f, sympy.Add):
        return _joined(sorted(f.args, key=_is_number), shapes)
    if isinstance(f, sympy.Mul):
        return _quotient(f, shapes)
    if isinstance(f, sympy.Pow):
        return _power(f, shapes)
    return _cases(f, shapes) if isinstance(f, sympy.Piecewise) else _call(f, shapes)


def _is_number(f: Expr) -> bool:
    return not f.has(ENTRY, OTHER)


def _several(parts: Any, shapes: dict[Expr, Shape]) -> tuple[list[Work], list[Shape]]:
    done = [_work(part, shapes) for part in parts]
    return [one for work, _ in done for one in work], [shape for _, shape in done]


def _then(work: list[Work], *further: Work) -> Done:
    """Work with what comes last, which gives the result."""
    return [*work, *further], further[-1].writes


def _joined(parts: Any, shapes: dict[Expr, Shape]) -> Done:
    work, found = _several(parts, shapes)
    return _then(work, *chained(found)) if len(found) > 1 else (work, found[0])


def _quotient(f: Expr, shapes: dict[Expr, Shape]) -> Done:
    """Factors, the numbers first, then what they are divided by."""
    factors = sorted(f.args, key=_is_number, reverse=True)
    below = [1 / g for g in factors if g.is_Pow and g.exp.could_extract_minus_sign()]
    above = [g for g in factors if 1 / g not in below]
    work, shape = _joined(above, shapes) if above else ([], NUMBER)
    if not below:
        return work, shape
    more, divisor = _joined(below, shapes)
    return _then([*work, *more], entrywise(shape, divisor)) if divisor else (work, shape)


def _power(f: Expr, shapes: dict[Expr, Shape]) -> Done:
    base, exponent = f.base, f.exp
    if exponent.could_extract_minus_sign():
        work, shape = _work(base**-exponent, shapes)
        return _then(work, entrywise(shape))
    if is_multiplied(f):
        return _products(int(exponent), shapes[base]), shapes[base]
    work, found = _several((base, exponent), shapes)
    return _then(work, entrywise(*found, kind="operations" if exponent == 2 else "functions"))


def _call(f: Expr, shapes: dict[Expr, Shape]) -> Done:
    work, found = _several(f.args, shapes)
    name, shape = type(f).__name__, broadcast(*found)
    if name == "Heaviside":
        found, name = found[:1], "step"
    kind: Kind = "operations" if name in SIMPLE or name == "huber" else "functions"
    more = [entrywise(shape)] * COMPOSED.get(name, 0)
    more += [entrywise(shape, shape)] * JOINED.get(name, 0)
    return _then(work, *more, entrywise(*found, kind=kind))


def _cases(f: Expr, shapes: dict[Expr, Shape]) -> Done:
    """A choice for every case but the last one that always holds."""
    work, shape = _work(f.args[-1][0], shapes)
    for value, condition in reversed(f.args):
        if condition == sympy.true:
            continue
        test, mask = _condition(condition, shapes)
        chosen, kept = _work(value, shapes)
        work, shape = _then([*work, *test, *chosen], entrywise(mask, kept, shape))
    return work, shape


def _condition(condition: Any, shapes: dict[Expr, Shape]) -> Done:
    if isinstance(condition, sympy.And | sympy.Or):
        done = [_condition(part, shapes) for part in condition.args]
        return _then([one for work, _ in done for one in work], *chained(s for _, s in done))
    work, found = _several(condition.args, shapes)
    return _then(work, entrywise(*found))
