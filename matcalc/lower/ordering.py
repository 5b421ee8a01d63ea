"""Results as soon as they can be behind the first, so that what they alone still need may go."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

Key = tuple[int, bool, int]


def results_early(
    order: list[Any], results: Collection[Any], parts: Callable[[Any], Iterable[Any]]
) -> list[Any]:
    """Expressions with what only a result is made of directly behind the last of the rest.

    Parameters
    ----------
    order : list
        Every expression once, operands first.
    results : collection
        Expressions whose values are wanted.
    parts : callable
        The operands of an expression.

    Returns
    -------
    list
        The same expressions, operands first.

    Examples
    --------
    >>> made_of = {"a": "", "b": "a", "X": "b", "c": "b", "Y": "c", "V": "c", "Z": "b"}
    >>> results_early([*made_of], ["X", "Y", "V", "Z"], made_of.__getitem__)
    ['a', 'b', 'X', 'Z', 'c', 'Y', 'V']
    """
    owner = _owners(order, results, parts)
    keys: dict[Any, Key] = {x: (i, False, i) for i, x in enumerate(order)}
    groups: dict[Any, list[Any]] = defaultdict(list)
    for x in order:
        groups[owner[x]].append(x)
    first, earliest = next(iter(results), None), 0
    for result in (x for x in order if x in results):
        group = groups[result]
        given = (part for x in group for part in parts(x) if owner[part] is not result)
        place = max((earliest, *(keys[part][0] for part in given)))
        earliest = place if result is first else earliest
        keys |= {x: (place, True, keys[x][2]) for x in group}
    return sorted(order, key=keys.__getitem__)


def _owners(
    order: list[Any], results: Collection[Any], parts: Callable[[Any], Iterable[Any]]
) -> dict[Any, Any]:
    """The result that alone is made of an expression, or None."""
    readers: dict[Any, list[Any]] = defaultdict(list)
    for x in order:
        for part in parts(x):
            readers[part].append(x)
    found: dict[Any, Any] = {}
    for x in reversed(order):  # who reads comes before what is read
        owners = [found[reader] for reader in readers[x]]
        alone = owners and all(other is owners[0] for other in owners)
        found[x] = x if x in results else owners[0] if alone else None
    return found
