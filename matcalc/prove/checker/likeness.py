"""Terms held against each other: what a renaming of bound indices cannot change, and renamings."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import permutations, product
from typing import Any

from sympy import Expr

shown = lru_cache(maxsize=4096)(str)
"""Text of a size or an exponent; a proof meets the same few over and over."""


def looks(term: Any) -> Any:
    """What no renaming of bound indices changes: factors, and for each index where it stands."""
    places: dict[int, list[Any]] = {i: [] for i in term[1]}
    for h, ws, e in term[2]:
        for i in (i for w in ws for i in w if i in places):
            places[i].append((h, shown(e)))
    factors = sorted((h, shown(e), len(ws)) for h, ws, e in term[2])
    own = sorted((shown(size), sorted(places[i])) for i, size in term[1].items())
    return tuple(factors), str(own)


def index_looks(operands: Any, sizes: Sequence[Expr]) -> list[Any]:
    """What no order of the free indices changes: for each its size, and where it stands."""
    found: list[list[Any]] = [[shown(size)] for size in sizes]
    for number, p in enumerate(operands):
        for c, _, factors in p:
            for k, places in enumerate(found):
                own = sorted((h, shown(e), _count(k, ws)) for h, ws, e in factors if _count(k, ws))
                if own:
                    places.append((number, c, own))
    return [(places[0], sorted(places[1:])) for places in found]


def _count(k: int, words: Any) -> int:
    return sum(word.count(k) for word in words)


def matchings(own: list[Any], known: list[Any]) -> Iterator[tuple[int, ...]]:
    """Orders in which indices look like others, one by one."""
    classes: list[tuple[list[int], list[int]]] = []
    for k, look in enumerate(known):
        where = next((c for c in classes if known[c[1][0]] == look), None)
        if where is None:
            classes.append(([i for i, x in enumerate(own) if x == look], [k]))
        else:
            where[1].append(k)
    if len(own) != len(known) or any(len(a) != len(b) for a, b in classes):
        return
    for parts in product(*(permutations(a) for a, _ in classes)):
        pairs = zip((k for _, b in classes for k in b), (i for p in parts for i in p), strict=True)
        yield tuple(i for _, i in sorted(pairs))


def renamed(
    words: Any, target: Any, names: dict[int, int], left: dict[int, Expr], right: dict[int, Expr]
) -> dict[int, int] | None:
    """Names for bound indices that make the words alike, or None."""
    new = dict(names)
    for word, other in zip(words, target, strict=True):
        if len(word) != len(other):
            return None
        if not all(_matched(i, j, new, left, right) for i, j in zip(word, other, strict=True)):
            return None
    return new


def _matched(i: int, j: int, new: dict[int, int], left: Any, right: Any) -> bool:
    if i >= 0 or j >= 0:
        return i == j
    if i in new or j in new.values():
        return new.get(i) == j
    new[i] = j
    return bool(left[i] == right[j])
