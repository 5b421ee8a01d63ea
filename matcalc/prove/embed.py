"""Where one monomial stands inside another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matcalc.prove.algebra import Algebra, plain
from matcalc.prove.heads import DELTA
from matcalc.prove.labelling import Monomial, Raw, Word


@dataclass(frozen=True)
class Place:
    """A pattern found in a monomial: words for the free indices, and what is left around it."""

    words: dict[int, Word]
    rest: tuple[Raw, ...]
    sizes: dict[int, int]


def places(pattern: Monomial, target: Monomial, algebra: Algebra) -> Iterator[Place]:
    """Every way in which the target is the pattern times something.

    The pattern's bound indices stand for bound indices of the target that occur nowhere else.
    The search is counted as work.
    """
    wanted = [f for f in pattern[1] if f[0] != DELTA]
    if not wanted or len(wanted) > len(target[1]):
        return
    for words, left in _assign(wanted, 0, target, {}, {}, algebra):
        sizes = {-1 - k: size for k, size in enumerate(target[0])}
        found = _around(pattern, target, words, left, sizes)
        if found is not None:
            yield found


def _assign(
    wanted: list[Raw],
    at: int,
    target: Monomial,
    words: dict[int, Word],
    taken: dict[int, Any],
    algebra: Algebra,
) -> Iterator[tuple[dict[int, Word], dict[int, Any]]]:
    """Words for the pattern's indices, and for each factor used what is left of its exponent."""
    if at == len(wanted):
        yield words, taken
        return
    head, pattern_words, exponent = wanted[at]
    algebra.work(len(target[1]))
    for k, (other, own_words, own_exponent) in enumerate(target[1]):
        if other != head or k in taken:
            continue
        left = plain(own_exponent - exponent)
        if not _divides(exponent, own_exponent, left):
            continue
        orders = [own_words, *(tuple(own_words[i] for i in p) for p in algebra.heads.autos(head))]
        for order in orders:
            more = _unified(pattern_words, order, words)
            if more is not None:
                yield from _assign(wanted, at + 1, target, more, {**taken, k: left}, algebra)


def _divides(exponent: Any, own: Any, left: Any) -> bool:
    if exponent == own:
        return True
    return isinstance(exponent, int) and isinstance(own, int) and 0 < exponent < own and left > 0


def _unified(
    pattern: tuple[Word, ...], target: tuple[Word, ...], words: dict[int, Word]
) -> dict[int, Word] | None:
    new = dict(words)
    for p, t in zip(pattern, target, strict=True):
        pairs = [(p[0], t)] if len(p) == 1 else [(i, (j,)) for i, j in zip(p, t, strict=False)]
        if len(p) != 1 and len(p) != len(t):
            return None
        for i, word in pairs:
            if new.setdefault(i, word) != word:
                return None
    return new


def _around(
    pattern: Monomial,
    target: Monomial,
    words: dict[int, Word],
    left: dict[int, Any],
    sizes: dict[int, int],
) -> Place | None:
    rest = tuple(
        (h, ws, left.get(k, e)) for k, (h, ws, e) in enumerate(target[1]) if left.get(k, e) != 0
    )
    outside = {i for _, ws, _ in rest for w in ws for i in w}
    outside |= {i for p, word in words.items() if p >= 0 for i in word}
    own = {}
    for k, size in enumerate(pattern[0]):
        word = words.get(-1 - k)
        if word is None or len(word) != 1 or sizes.get(word[0]) != size:
            return None
        if word[0] in outside or word[0] in own:
            return None
        own[word[0]] = size
    kept = {i: size for i, size in sizes.items() if i not in own}
    return Place({p: word for p, word in words.items() if p >= 0}, rest, kept)
