"""Digits of composite indices: the sizes of the fastest digit first."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Poly, cancel, expand

Radix = tuple[Expr, ...]


@dataclass(frozen=True)
class Matrix:
    """Digits of rows and columns, and the entry in them, a sum of products."""

    rows: Radix
    cols: Radix
    poly: Any

    @property
    def radix(self) -> Radix:
        """All digits."""
        return self.rows + self.cols


def radix(size: Expr) -> Radix:
    """A single digit; none for the size 1."""
    return () if size == 1 else (size,)


def refined(a: Radix, b: Radix) -> Radix | None:
    """The fewest digits that both consist of, or None."""
    left, right, found = list(a), list(b), []
    while left and right:
        s, t = left.pop(0), right.pop(0)
        for small, big, rest in ((s, t, right), (t, s, left)):
            ratio = expand(cancel(big / small))
            if _is_size(ratio):
                found.append(small)
                rest[:0] = radix(ratio)
                break
        else:
            return None
    return None if left or right else tuple(found)


def _is_size(ratio: Expr) -> bool:
    if ratio.is_Integer:
        return bool(ratio > 0)
    symbols = sorted(ratio.free_symbols, key=str)
    if not symbols or not ratio.is_polynomial(*symbols):
        return False
    return all(c.is_Integer for c in Poly(ratio, *symbols).coeffs())


def grouped(own: Radix, new: Radix, start: int) -> list[tuple[int, ...]] | None:
    """For every digit the finer digits it consists of, numbered from ``start``, or None."""
    found, k = list[tuple[int, ...]](), 0
    for size in own:
        product, word = Integer(1), list[int]()
        while product != size:
            if k == len(new):
                return None
            product, word, k = expand(product * new[k]), [*word, start + k], k + 1
        found.append(tuple(word))
    return found if k == len(new) else None


def size_of(digits: Radix) -> Expr:
    """Product of the sizes."""
    size: Expr = Integer(1)
    for digit in digits:
        size = expand(size * digit)
    return size


def cut(digits: Radix, size: Expr) -> int | None:
    """How many digits make up the first factor of a size."""
    return next((k for k in range(len(digits) + 1) if size_of(digits[:k]) == size), None)


def at_least_zero(x: Expr) -> bool:
    """Whether a polynomial is never negative; its symbols are whole, from 0 or from 1 on."""
    symbols = sorted(x.free_symbols, key=str)
    if not all(s.is_integer and s.is_nonnegative for s in symbols):
        return False
    moved = expand(x.subs({s: s + 1 for s in symbols if s.is_positive}, simultaneous=True))
    if not symbols:
        return bool(moved >= 0)
    if not moved.is_polynomial(*symbols):
        return False
    return all(c >= 0 for c in Poly(moved, *symbols).coeffs())
