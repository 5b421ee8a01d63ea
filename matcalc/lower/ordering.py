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
    readers: dict[Any, list[Any]] = defaultdict(list)
    for x in order:
        for part in parts(x):
            readers[part].append(x)
    owner: dict[Any, Any] = {}
    for x in reversed(order):
        owners = [owner[reader] for reader in readers[x]]
        alone = owners and all(other is owners[0] for other in owners)
        owner[x] = x if x in results else owners[0] if alone else None
    keys: dict[Any, Key] = {x: (i, False, i) for i, x in enumerate(order)}
    groups: dict[Any, list[Any]] = defaultdict(list)
    for x in order:
        if owner[x] is not None:
            groups[owner[x]].append(x)
    first, earliest = next(iter(results), None), 0
    for result in (x for x in order if x in results):
        group = groups[result]
        given = (part for x in group for part in parts(x) if owner[part] is not result)
        place = max((earliest, *(keys[part][0] for part in given)))
        earliest = max(earliest, place) if result is first else earliest
        keys |= {x: (place, True, keys[x][2]) for x in group}
    return sorted(order, key=keys.__getitem__)
