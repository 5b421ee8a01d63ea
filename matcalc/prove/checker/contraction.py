"""δ's contracted, and digits that always stand side by side taken as one index."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sympy import Expr, expand

DELTA = 0
CHANGES = 1000
Sizes = dict[int, Expr]
Factors = list[Any]


def contracted(sizes: Sizes, factors: Factors, free: Sizes) -> Any:
    """Sizes and factors once every δ has said what it says; None if that does not end."""
    sizes, factors = dict(sizes), list(factors)
    for _ in range(CHANGES):
        change = next(_changes(factors, sizes, {**free, **sizes}), None)
        if change is None:
            return sizes, factors
        kind, k, a, b = change
        if kind == "split":
            factors[k : k + 1] = [(DELTA, (a[:1], b[:1]), 1), (DELTA, (a[1:], b[1:]), 1)]
        elif kind == "drop":
            del factors[k]
        else:
            kept = [factors[k]] if kind == "free" else []
            others = factors[:k] + factors[k + 1 :]
            moved = [(h, tuple(_put(w, a[0], b) for w in ws), e) for h, ws, e in others]
            factors = moved + kept
            if kind == "bound":
                del sizes[a[0]]
    return None


def _put(word: tuple[int, ...], old: int, new: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(j for i in word for j in (new if i == old else (i,)))


def _changes(factors: Factors, sizes: Sizes, known: Sizes) -> Iterator[Any]:
    """What the δ's say."""
    for k, (head, words, _) in enumerate(factors):
        if head == DELTA:
            yield from _change(k, words[0], words[1], sizes, known, factors)


def _change(k: int, a: Any, b: Any, sizes: Sizes, known: Sizes, factors: Factors) -> Iterator[Any]:
    """Equal words, a bound index that is another, equal first digits, equal free indices."""
    if a == b:
        yield "drop", k, a, b
    for word, other in ((a, b), (b, a)):
        if len(word) == 1 and word[0] in sizes and word[0] not in other:
            yield "bound", k, word, other
    alike = a[0] == b[0] or (a[0] in known and known[a[0]] == known.get(b[0]))
    if len(a) > 1 and len(b) > 1 and alike:
        yield "split", k, a, b
    if len(a) == len(b) == 1:
        low, high = sorted((a[0], b[0]))
        if any(high in w for j, f in enumerate(factors) if j != k for w in f[1]):
            yield "free", k, (high,), (low,)


def side_by_side(sizes: Sizes, factors: Factors) -> tuple[Sizes, Factors]:
    """Bound indices that only stand next to each other taken as one."""
    words = [w for _, ws, _ in factors for w in ws]
    pairs = [p for w in words for p in pairwise(w)]
    for a, b in pairs:
        if a != b and a in sizes and b in sizes and all(_joined(w, a, b) for w in words):
            left = {i: s for i, s in sizes.items() if i != b}
            left[a] = expand(sizes[a] * sizes[b])
            moved = [(h, tuple(_put(w, b, ()) for w in ws), e) for h, ws, e in factors]
            return side_by_side(left, moved)
    return sizes, factors


def _joined(word: tuple[int, ...], a: int, b: int) -> bool:
    together = list(pairwise(word)).count((a, b))
    return word.count(a) == word.count(b) == together
