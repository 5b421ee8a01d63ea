"""Indices of composite range: i + j·m is the word (i, j), its radix (m, n).

A matrix whose rows are indexed in ⊗ or vec has several indices for its rows; two matrices that
meet are brought to a common refinement of their radices.
"""

from functools import lru_cache

from sympy import Expr, Integer, Poly, cancel, expand

Radix = tuple[Expr, ...]
"""Sizes of the digits, the fastest first; a size of 1 needs no digit."""


def radix(size: Expr) -> Radix:
    """One digit for a whole size."""
    return () if size == 1 else (size,)


@lru_cache(maxsize=4096)
def quotient(size: Expr, factor: Expr) -> Expr | None:
    """size / factor where that is a polynomial in sizes."""
    if size == factor:
        return Integer(1)
    ratio = expand(cancel(size / factor))
    if ratio.is_Integer and ratio > 0:
        return ratio
    symbols = sorted(ratio.free_symbols, key=str)
    if not symbols or not ratio.is_polynomial(*symbols):
        return None
    coefficients = Poly(ratio, *symbols).coeffs()
    return ratio if all(c.is_Integer for c in coefficients) else None


@lru_cache(maxsize=4096)
def refinement(a: Radix, b: Radix) -> Radix | None:
    """The coarsest radix that refines both, or None."""
    left, right, found = list(a), list(b), []
    while left and right:
        s, t = left.pop(0), right.pop(0)
        if (rest := quotient(t, s)) is not None:
            found.append(s)
            right[:0] = radix(rest)
        elif (rest := quotient(s, t)) is not None:
            found.append(t)
            left[:0] = radix(rest)
        else:
            return None
    return None if left or right else tuple(found)


def digits(coarse: Radix, fine: Radix) -> list[list[int]]:
    """For every digit of a radix the places of the finer digits it consists of."""
    found, place = [], 0
    for size in coarse:
        product, own = Integer(1), []
        while product != size:
            product = expand(product * fine[place])
            own.append(place)
            place += 1
        found.append(own)
    return found


def split(whole: Radix, size: Expr) -> int | None:
    """How many digits make up the first factor ``size`` of a radix."""
    product = Integer(1)
    for place, digit in enumerate((*whole, None)):
        if product == size:
            return place
        if digit is not None:
            product = expand(product * digit)
    return None
