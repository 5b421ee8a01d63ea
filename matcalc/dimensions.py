"""Symbolic sizes: positive integers, integer symbols and polynomials in them.

A size is kept expanded, so that two sizes are equal for all values exactly when
they are the same sympy expression: ``m*n + n`` and ``n*(m + 1)`` are one size.
"""

import keyword
import unicodedata
from functools import lru_cache

from sympy import Atom, Expr, Integer, Poly, Symbol, cancel, expand
from sympy.polys.polyerrors import PolynomialError

from matcalc.errors import NameRefused, ShapeError, UnsupportedInput

NAME_LIMIT = 100

Size = int | str | Expr


def identifier(name: object) -> str:
    """Return ``name`` if it is a plain ASCII identifier, else refuse it.

    Raises
    ------
    NameRefused
        For anything else: names end up in generated code and in LaTeX.

    Examples
    --------
    >>> identifier("Gamma_1")
    'Gamma_1'
    """
    if not isinstance(name, str):
        raise NameRefused(f"a name must be a str, got {type(name).__name__}")
    plain = unicodedata.normalize("NFKC", name)
    good = plain == name and name.isascii() and name.isidentifier() and len(name) <= NAME_LIMIT
    if not good or keyword.iskeyword(name) or name.startswith("_"):
        raise NameRefused(
            f"{name[:40]!r} is no usable name: letters, digits and inner underscores only, "
            f"at most {NAME_LIMIT} of them, starting with a letter, and no Python keyword "
            "(write 'Gamma_1' for Γ₁)"
        )
    return name


def dims(names: str) -> tuple[Symbol, ...]:
    """Symbolic sizes, from their names separated by blanks.

    Examples
    --------
    >>> N, p = dims("N p")
    >>> same(N * (p + 1), N * p + N)
    True
    """
    if not isinstance(names, str):
        raise UnsupportedInput(f"dims takes names separated by blanks, got {names!r}")
    return tuple(Symbol(identifier(n), integer=True, positive=True) for n in names.split())


def dim(size: object) -> Expr:
    """Read a size: an int ≥ 1, a name, or a polynomial in sizes, returned expanded.

    Raises
    ------
    ShapeError
        For a number below 1 or a fraction, or an expression that is no polynomial in sizes.
    """
    if isinstance(size, str):
        return dims(identifier(size))[0]
    if isinstance(size, bool) or not isinstance(size, int | Expr):
        raise UnsupportedInput(f"a size is an int, a name or an expression in sizes, got {size!r}")
    return _dim(Integer(size) if isinstance(size, int) else size)


@lru_cache(maxsize=4096)
def _dim(size: Expr) -> Expr:
    if isinstance(size, Symbol):
        if not (size.is_integer and size.is_positive):
            raise ShapeError(f"size {size} must be a positive integer symbol: use dims('{size}')")
        return size
    size = expand(size)
    if size.is_Number:
        if not size.is_Integer or size < 1:
            raise ShapeError(f"a size must be an integer of at least 1, got {size}")
        return size
    symbols = sorted(size.free_symbols, key=str)
    try:
        Poly(size, *symbols)
    except PolynomialError as error:
        raise ShapeError(f"a size must be a polynomial in sizes, got {size}") from error
    for symbol in symbols:
        _dim(symbol)
    return size


@lru_cache(maxsize=16384)
def times(a: Expr, b: Expr) -> Expr:
    """Product of two sizes."""
    product = a * b
    return expand(product) if a.is_Add or b.is_Add else product


@lru_cache(maxsize=16384)
def ratio(a: Expr, b: Expr) -> Expr:
    """Quotient of two sizes; a `ShapeError` where that is no size."""
    return dim(quotient(a, b))


@lru_cache(maxsize=16384)
def quotient(a: Expr, b: Expr) -> Expr:
    """a / b without common factors."""
    found = a / b
    return found if found.is_Symbol or found.is_Integer else cancel(found)


@lru_cache(maxsize=16384)
def never_negative(x: Expr) -> bool:
    """Whether a polynomial in sizes and indices is at least 0 for all their values.

    Its coefficients decide, where sizes are counted from 1: sympy's own answers may depend on what
    it was asked before.

    Examples
    --------
    >>> m, n = dims("m n")
    >>> never_negative(m * n - m), never_negative(m - n), never_negative(n - 2)
    (True, False, False)
    """
    symbols = sorted(x.free_symbols, key=str)
    if not all(s.is_integer and s.is_nonnegative for s in symbols):
        return False
    above = expand(x.xreplace({s: s + 1 for s in symbols if s.is_positive}))
    terms = above.as_coefficients_dict().values()
    return bool(above.is_polynomial(*symbols)) and all(c.is_Rational and c >= 0 for c in terms)


def never_zero(x: Expr) -> bool:
    """Whether a whole polynomial in sizes and indices has one sign for all their values."""
    return never_negative(x - 1) or never_negative(-x - 1)


def same(a: Expr, b: Expr) -> bool:
    """Whether two sizes agree for all values of their symbols."""
    if a is b or a == b:
        return True
    return not (isinstance(a, Atom) and isinstance(b, Atom)) and bool(dim(a) == dim(b))
