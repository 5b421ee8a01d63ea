"""Canonical names for bound indices, so that equal monomials are one tuple.

A monomial is a graph: bound indices are its vertices, factors its hyperedges. Connected parts are
labelled one by one: colours are refined by the factors an index stands in, and ties are broken by
trying every member of the smallest class.
"""

from collections.abc import Callable
from typing import Any

from matcalc.errors import BudgetExceeded

Word = tuple[int, ...]
Raw = tuple[int, tuple[Word, ...], Any]
"""A factor: number of its head, one word of indices for each argument, exponent."""
Monomial = tuple[tuple[int, ...], tuple[Raw, ...]]
"""Sizes of the bound indices −1, −2, …, and the factors."""
Autos = Callable[[int], tuple[tuple[int, ...], ...]]

LEAVES = 500
"""Labellings of one connected part that may be tried."""


def canonical(
    sizes: dict[int, int],
    factors: list[Raw],
    autos: Autos,
    exponent_key: Callable[[Any], int],
    work: Callable[[int], None],
) -> Monomial:
    """The monomial with its bound indices numbered in an order that only depends on structure.

    ``work`` is told of every labelling that is tried.
    """
    parts = [
        _least(bound, sizes, members, autos, exponent_key, work)
        for bound, members in _parts(factors)
    ]
    parts.sort(key=lambda part: part[0])
    all_sizes: list[int] = []
    result: list[Raw] = []
    for (own_sizes, _), members in parts:
        shift = len(all_sizes)
        result += [(h, shifted(words, shift), e) for h, words, e in members] if shift else members
        all_sizes += own_sizes
    return tuple(all_sizes), tuple(result)


def shifted(words: tuple[Word, ...], shift: int) -> tuple[Word, ...]:
    """The same words with the bound indices moved on."""
    return tuple([tuple([i - shift if i < 0 else i for i in word]) for word in words])


def _parts(factors: list[Raw]) -> list[tuple[list[int], list[Raw]]]:
    """Factors that share bound indices, with those indices."""
    group: dict[int, int] = {}
    members: dict[int, tuple[list[int], list[Raw]]] = {}
    for number, factor in enumerate(factors):
        bound = [i for word in factor[1] for i in word if i < 0]
        joined = sorted({group[i] for i in bound if i in group})
        indices, held = members.pop(joined[0]) if joined else ([], [])
        for other in joined[1:]:
            more, theirs = members.pop(other)
            indices, held = indices + more, held + theirs
        indices = list(dict.fromkeys(indices + bound))
        members[number] = indices, [*held, factor]
        for i in indices:
            group[i] = number
    return list(members.values())


def _relabelled(
    order: list[int],
    sizes: dict[int, int],
    members: list[Raw],
    autos: Autos,
    exponent_key: Callable[[Any], int],
) -> tuple[Any, list[Raw]]:
    new = {i: -1 - k for k, i in enumerate(order)}
    renamed = []
    for head, words, exponent in members:
        moved = tuple([tuple([new.get(i, i) for i in word]) for word in words]) if new else words
        renamed.append((head, arranged(moved, autos(head)), exponent))
    renamed.sort(key=lambda factor: (factor[0], factor[1]))
    key = tuple([(head, words, exponent_key(exponent)) for head, words, exponent in renamed])
    return (tuple(sizes[i] for i in order), key), renamed


def arranged(words: tuple[Word, ...], perms: tuple[tuple[int, ...], ...]) -> tuple[Word, ...]:
    """The least of the argument lists that a head's symmetries make equal."""
    if not perms:
        return words
    return min(words, *(tuple(words[k] for k in perm) for perm in perms))


def _least(
    bound: list[int],
    sizes: dict[int, int],
    members: list[Raw],
    autos: Autos,
    exponent_key: Callable[[Any], int],
    work: Callable[[int], None],
) -> tuple[Any, list[Raw]]:
    """The labelled part that is least among those which structure does not tell apart."""
    if len(bound) < 2:
        return _relabelled(bound, sizes, members, autos, exponent_key)
    edges = [(head, words, exponent_key(e), autos(head)) for head, words, e in members]
    colours = _ranked({i: (sizes[i],) for i in bound})
    leaves: list[tuple[Any, list[Raw]]] = []
    pending = [_refined(colours, edges)]
    while pending:
        colours = pending.pop()
        tied = _tied(colours)
        if not tied:
            order = sorted(bound, key=colours.__getitem__)
            leaves.append(_relabelled(order, sizes, members, autos, exponent_key))
            if len(leaves) > LEAVES:
                raise BudgetExceeded(f"a monomial has more than {LEAVES} symmetric labellings")
            continue
        work(len(edges) * len(bound) * len(tied))
        pending += [_refined(_ranked(_singled(colours, i)), edges) for i in tied]
    return min(leaves, key=lambda leaf: leaf[0])


def _singled(colours: dict[int, int], chosen: int) -> dict[int, tuple[int, bool]]:
    return {i: (colour, i != chosen) for i, colour in colours.items()}


def _tied(colours: dict[int, int]) -> list[int]:
    classes: dict[int, list[int]] = {}
    for i, colour in colours.items():
        classes.setdefault(colour, []).append(i)
    several = [(len(c), colour) for colour, c in classes.items() if len(c) > 1]
    return classes[min(several)[1]] if several else []


def _ranked(keys: dict[int, Any]) -> dict[int, int]:
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values())))}
    return {i: ranks[key] for i, key in keys.items()}


def _refined(colours: dict[int, int], edges: list[Any]) -> dict[int, int]:
    classes = len(set(colours.values()))
    while classes < len(colours):
        seen: dict[int, list[Any]] = {i: [] for i in colours}
        for head, words, exponent, perms in edges:
            coloured = _coloured(words, colours)
            signature = (head, exponent, arranged(coloured, perms))
            for place, word in enumerate(words):
                where = min((perm.index(place) for perm in perms), default=place)
                where = min(where, place)
                for digit, i in enumerate(word):
                    if i < 0:
                        seen[i].append((signature, where, digit))
        colours = _ranked({i: (colours[i], tuple(sorted(seen[i]))) for i in colours})
        found = len(set(colours.values()))
        if found == classes:
            break
        classes = found
    return colours


def _coloured(words: tuple[Word, ...], colours: dict[int, int]) -> tuple[Word, ...]:
    return tuple([tuple([-1 - colours[i] if i < 0 else i for i in word]) for word in words])
