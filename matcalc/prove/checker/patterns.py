"""Which indices of an entry are equal: what is known of A[i, j], and what of A[i, i] alone."""

from typing import Any

from matcalc.prove.checker.terms import VALUE

ELSEWHERE = 1000


def apart(i: int) -> int:
    """A bound index as a free one that occurs nowhere else."""
    return i if i >= 0 else ELSEWHERE - i


def pattern(words: Any) -> tuple[Any, ...]:
    """Which indices of an entry are equal, and which have values of their own."""
    names: dict[int, int] = {}
    found = []
    for word in words:
        found.append(
            tuple(("value", i) if i >= VALUE else names.setdefault(i, len(names)) for i in word)
        )
    return tuple(found)


def covers(general: Any, special: Any) -> bool:
    """Whether what holds for every index of one pattern says something of the other."""
    if len(general) != len(special):
        return False
    names: dict[Any, Any] = {}
    return all(_word_covers(w, v, names) for w, v in zip(general, special, strict=True))


def _word_covers(word: Any, other: Any, names: dict[Any, Any]) -> bool:
    if len(word) == 1 and len(other) != 1:
        pairs = [(word[0], other)]
    elif len(word) == len(other):
        pairs = list(zip(word, other, strict=True))
    else:
        return False
    return all(i == j if isinstance(i, tuple) else names.setdefault(i, j) == j for i, j in pairs)
