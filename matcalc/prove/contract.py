"""δ's contracted, and bound indices that only occur side by side taken as one."""

from itertools import pairwise

from sympy import expand

from matcalc.prove.heads import DELTA, Heads
from matcalc.prove.labelling import Raw, Word


def contract(
    factors: list[Raw], sizes: dict[int, int], free: dict[int, int], heads: Heads
) -> list[Raw] | None:
    """The same factors with every bound index that a δ ties to another replaced by it.

    None where a δ ties two numbers that differ.

    Bound indices that were replaced are taken out of ``sizes``. Between free indices δ stays,
    and the later is replaced by the earlier in all other factors.
    """
    while True:
        pairs = [words for head, words, _ in factors if head == DELTA]
        if not pairs:
            return factors
        known = free | sizes
        rest = [factor for factor in factors if factor[0] != DELTA]
        digits = [pair for words in pairs for pair in _digits(words[0], words[1], known)]
        replaced = next((found for pair in digits if (found := _bound(pair, sizes))), None)
        if replaced is None:
            if any(heads.apart(a, b) for a, b in digits):
                return None
            return _free(rest, digits)
        old, new = replaced
        del sizes[old]
        factors = [
            (h, tuple(_replace(word, old, new) for word in words), e) for h, words, e in rest
        ] + [(DELTA, (_replace(a, old, new), _replace(b, old, new)), 1) for a, b in digits]


def _digits(a: Word, b: Word, sizes: dict[int, int]) -> list[tuple[Word, Word]]:
    """δ of two words as δ's of their digits, as far as the digits are known to be alike."""
    found = []
    while a and b and len(a) + len(b) > 2:
        if a[0] != b[0] and (a[0] not in sizes or sizes[a[0]] != sizes.get(b[0])):
            break
        found.append((a[:1], b[:1]))
        a, b = a[1:], b[1:]
    if a or b:
        found.append((a, b))
    return [pair for pair in found if pair[0] != pair[1]]


def _bound(pair: tuple[Word, Word], sizes: dict[int, int]) -> tuple[int, Word] | None:
    for word, other in (pair, pair[::-1]):
        if len(word) == 1 and word[0] in sizes and word[0] not in other and other:
            return word[0], other
    return None


def _free(factors: list[Raw], pairs: list[tuple[Word, Word]]) -> list[Raw]:
    """Classes of equal free indices, each written by its least."""
    least: dict[int, int] = {}
    opaque = []
    for a, b in pairs:
        if len(a) == len(b) == 1:
            low, high = sorted((_find(least, a[0]), _find(least, b[0])))
            if low != high:
                least[high] = low
        else:
            opaque.append((a, b))
    new = {i: _find(least, i) for i in least}
    moved = [(h, tuple(tuple(new.get(i, i) for i in w) for w in ws), e) for h, ws, e in factors]
    moved += [(DELTA, ((low,), (high,)), 1) for high, low in new.items()]
    return moved + [
        (DELTA, (tuple(new.get(i, i) for i in a), tuple(new.get(i, i) for i in b)), 1)
        for a, b in opaque
    ]


def _find(least: dict[int, int], i: int) -> int:
    while i in least:
        i = least[i]
    return i


def _replace(word: Word, old: int, new: Word) -> Word:
    return tuple(j for i in word for j in (new if i == old else (i,)))


def fused(
    factors: list[Raw], sizes: dict[int, int], heads: Heads
) -> tuple[dict[int, int], list[Raw]] | None:
    """Two bound digits that always stand side by side as one index, or None."""
    words = [word for _, ws, _ in factors for word in ws if len(word) > 1]
    for word in words:
        for a, b in pairwise(word):
            if a < 0 and b < 0 and a != b and _always(a, b, factors):
                size = heads.size(expand(heads.sizes[sizes[a]] * heads.sizes[sizes[b]]))
                left = {i: s for i, s in sizes.items() if i != b} | {a: size}
                return left, [
                    (h, tuple(tuple(i for i in w if i != b) for w in ws), e) for h, ws, e in factors
                ]
    return None


def _always(a: int, b: int, factors: list[Raw]) -> bool:
    for _, words, _ in factors:
        for word in words:
            pairs = list(pairwise(word))
            if word.count(a) != pairs.count((a, b)) or word.count(b) != pairs.count((a, b)):
                return False
    return True
