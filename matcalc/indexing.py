"""Values for symbolic indices, and sizes, at which everything that is picked is there.

Judges use this module: it knows what an index must satisfy, and nothing of the laws.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice, permutations
from random import Random
from typing import Any

from sympy import Expr, Integer, Symbol

from matcalc.operators.segments import Span
from matcalc.pointwise import Undefined
from matcalc.symbols import below

TRIALS = 400
"""Draws for a set of indices."""
DISTINCT = 0.75
"""How often no two indices are to be equal in the first half of the draws."""
ORDERS = 5000
"""Orders of the sizes that are tried for one in which everything fits."""
UNBOUNDED = 4
"""What an index is below that picks nothing."""


def is_index(symbol: Symbol) -> bool:
    """Whether a symbol counts from 0: an index, and no size."""
    return bool(symbol.is_integer and symbol.is_nonnegative and not symbol.is_positive)


def spans_in(roots: Iterable[Any]) -> list[Span]:
    """What is picked anywhere below the roots, each once."""
    return list(dict.fromkeys(span for x in below(roots) for span in getattr(x, "spans", ())))


def index_values(
    symbols: Iterable[Symbol], spans: Iterable[Span], sizes: Mapping[Symbol, int], random: Random
) -> dict[Symbol, int]:
    """Draw indices at which all spans lie in range; mostly different ones, where that is possible.

    Raises
    ------
    Undefined
        If none are found.
    """
    known = {symbol: Integer(n) for symbol, n in sizes.items()}
    here = [Span(*(x.xreplace(known) for x in span)) for span in spans]
    bounds = {symbol: _bound(symbol, here) for symbol in symbols}
    wanted = random.random() < DISTINCT
    for trial in range(TRIALS if all(map(_may_hold, here)) else 0):
        drawn = {symbol: random.randrange(max(bound, 1)) for symbol, bound in bounds.items()}
        free = len(set(drawn.values())) == len(drawn) or not wanted or trial >= TRIALS // 2
        if free and all(_holds(span, drawn) for span in here):
            return drawn
    asked = ", ".join(f"{span.start}:{span.stop} in 0:{span.size}" for span in here)
    raise Undefined(f"no indices are in range: {asked}")


def _bound(symbol: Symbol, spans: list[Span]) -> int:
    """What an index must be below where it stands alone, or else the greatest size."""
    alone = [_number(span.size - span.count) + 1 for span in spans if span.start == symbol]
    return min(alone) if alone else max((_number(s.size) for s in spans), default=UNBOUNDED)


def _may_hold(span: Span) -> bool:
    """Whether the indices could be in range: no more of them than there are, from a known start."""
    first = span.start if span.start.is_Integer else 0
    return _number(span.size - span.count - first) >= 0


def _holds(span: Span, drawn: Mapping[Symbol, int]) -> bool:
    values = {symbol: Integer(n) for symbol, n in drawn.items()}
    start, stop, size = (_number(x.xreplace(values)) for x in (span.start, span.stop, span.size))
    return 0 <= start < stop <= size


def _number(x: Expr) -> int:
    return int(x)


def fitted(
    sizes: Mapping[Symbol, int],
    fixed: Collection[Symbol],
    symbols: Iterable[Symbol],
    spans: Iterable[Span],
) -> dict[Symbol, int]:
    """The sizes in an order in which everything that is picked is there, if there is one."""
    picked, indices = list(spans), list(symbols)
    free = [symbol for symbol in sizes if symbol not in fixed]
    orders = islice(permutations(sizes[symbol] for symbol in free), ORDERS if picked else 1)
    for order in dict.fromkeys(orders):
        plan = {**sizes, **dict(zip(free, order, strict=True))}
        try:
            index_values(indices, picked, plan, Random(0))
        except Undefined:
            continue
        return plan
    return dict(sizes)
