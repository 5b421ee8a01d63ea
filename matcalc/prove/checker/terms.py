"""Sums of products of entries, compared by search; slow and plain on purpose.

A term is a coefficient, the sizes of its bound indices, and factors: a head, a word of indices for
each of its arguments, an exponent. Bound indices are negative and never used twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from sympy import Expr, expand

from matcalc.prove.checker.contraction import contracted, side_by_side
from matcalc.prove.checker.digits import at_least_zero
from matcalc.prove.checker.likeness import index_looks, looks, matchings, renamed

Term = tuple[Fraction, dict[int, Expr], list[Any]]
Poly = list[Term]
Factor = tuple[int, tuple[tuple[int, ...], ...], Any]
DELTA = 0
VALUE = 10**6
"""Indices from here on have a value of their own."""
LIMIT = 200_000
"""Terms that may be formed."""
SEARCH = 400_000
"""Factors that may be held against each other."""


class CertificateRefused(AssertionError):
    """A certificate that does not prove what it says."""


def need(condition: Any, what: str) -> None:
    """Refuse the certificate unless a condition holds."""
    if not condition:
        raise CertificateRefused(what)


@dataclass(frozen=True)
class Head:
    """What factors are entries of; ``same`` are the orders of arguments that change nothing."""

    kind: str
    name: Any
    operands: tuple[Poly, ...]
    sizes: tuple[Expr, ...]
    same: tuple[tuple[int, ...], ...]
    looks: Any = None


class Terms:
    """Arithmetic of terms over one table of heads."""

    def __init__(self) -> None:
        self.heads = [Head("delta", None, (), (), ((0, 1), (1, 0)))]
        self.values: list[tuple[Expr, Expr]] = []
        self._similar: dict[Any, list[int]] = {}
        self._fresh = 0
        self._left, self._search = LIMIT, SEARCH

    def fresh(self) -> int:
        """A bound index that is not in use."""
        self._fresh -= 1
        return self._fresh

    def value(self, value: Expr, size: Expr) -> int:
        """The index that has a value of its own."""
        if (value, size) not in self.values:
            self.values.append((value, size))
        return VALUE + self.values.index((value, size))

    # Arithmetic.

    def constant(self, c: Any) -> Poly:
        """A number."""
        return [(Fraction(c), {}, [])] if c else []

    def entry(self, head: int, words: Any, exponent: Any = 1) -> Poly:
        """One entry, to a power."""
        return self.sum([(Fraction(1), {}, [(head, tuple(words), exponent)])])

    def place(self, term: Term, words: Mapping[int, tuple[int, ...]]) -> Term:
        """The term with words for its free indices and bound indices of its own."""
        c, sizes, factors = term
        new = {i: (self.fresh(),) for i in sizes}
        put = {**words, **new}
        moved = [
            (h, tuple(tuple(j for i in w for j in put.get(i, (i,))) for w in ws), e)
            for h, ws, e in factors
        ]
        return c, {new[i][0]: size for i, size in sizes.items()}, moved

    def at(self, p: Poly, words: Mapping[int, tuple[int, ...]], free: Any = None) -> Poly:
        """The polynomial with words for its free indices."""
        return self.sum((self.place(t, words) for t in p), free)

    def scaled(self, c: Any, p: Poly) -> Poly:
        """A multiple."""
        return [(Fraction(c) * k, s, f) for k, s, f in p] if c else []

    def add(self, *parts: Poly) -> Poly:
        """Sum."""
        return self.sum(term for p in parts for term in p)

    def times(self, *parts: Poly) -> Poly:
        """Product, entry by entry."""
        result = self.constant(1)
        for p in parts:
            pairs = ((t, self.place(u, {})) for t in result for u in p)
            result = self.sum((t[0] * u[0], {**t[1], **u[1]}, [*t[2], *u[2]]) for t, u in pairs)
        return result

    def summed(self, p: Poly, sizes: dict[int, Expr]) -> Poly:
        """Sum over free indices."""
        found = []
        for term in p:
            new = {i: self.fresh() for i in sizes}
            c, own, factors = self.place(term, {i: (j,) for i, j in new.items()})
            found.append((c, {**own, **{new[i]: size for i, size in sizes.items()}}, factors))
        return self.sum(found)

    # Like terms.

    def sum(self, terms: Iterable[Term], free: dict[int, Expr] | None = None) -> Poly:
        """Like terms collected; terms are alike if bound indices can be renamed to make them so."""
        buckets: dict[Any, list[Term]] = {}
        pending = list(terms)
        while pending:
            self._left -= 1 + len(pending[-1][2]) ** 2 // 100
            if self._left < 0:
                raise CertificateRefused(f"more than {LIMIT} terms, or long ones")
            term = self._clean(pending.pop(), free or {}, pending)
            if term is not None:
                self._collect(buckets.setdefault(looks(term), []), term)
        return [term for bucket in buckets.values() for term in bucket if term[0]]

    def _collect(self, bucket: list[Term], term: Term) -> None:
        for k, other in enumerate(bucket):
            if self._alike(term, other, 0, {}, set()):
                bucket[k] = term[0] + other[0], other[1], other[2]
                return
        bucket.append(term)

    def _alike(self, a: Term, b: Term, k: int, names: dict[int, int], used: set[int]) -> bool:
        if k == len(a[2]):
            return True
        head, words, e = a[2][k]
        for j, (other, own, f) in enumerate(b[2]):
            if j in used or (other, f) != (head, e):
                continue
            self._search -= 1
            need(self._search >= 0, f"more than {SEARCH} comparisons")
            for order in self.heads[head].same:
                new = renamed(words, [own[i] for i in order], names, a[1], b[1])
                if new is not None and self._alike(a, b, k + 1, new, used | {j}):
                    return True
        return False

    def equal(self, p: Poly, q: Poly) -> bool:
        """Whether two polynomials are the same."""
        return not self.add(p, self.scaled(-1, q))

    # One term.

    def _clean(self, term: Term, free: dict[int, Expr], pending: list[Term]) -> Term | None:
        """δ's contracted, powers merged; None where it vanishes or was multiplied out."""
        c, sizes, factors = self._contracted(term, free)
        merged: dict[Any, Any] = {}
        for head, words, e in factors:
            orders = self.heads[head].same if head else ((0, 1), (1, 0))
            key = head, min(tuple(words[i] for i in order) for order in orders)
            if head != DELTA or key not in merged:
                merged[key] = plain(merged.get(key, 0) + e)
        factors = [(h, ws, e) for (h, ws), e in merged.items() if e != 0]
        if not c or any(h == DELTA and self._apart(*ws) for h, ws, _ in factors):
            return None
        for more in (self._opened(c, sizes, factors), self._unused(c, sizes, factors)):
            if more is not None:
                pending += more
                return None
        return c, *side_by_side(sizes, factors)

    def _opened(self, c: Fraction, sizes: dict[int, Expr], factors: list[Any]) -> Any:
        """One power of a sum multiplied out."""
        for k, (head, words, e) in enumerate(factors):
            if self.heads[head].kind == "pow" and whole(e) >= 1:
                rest = [*factors[:k], *factors[k + 1 :], (head, words, plain(e - 1))]
                inner = [
                    self.place(t, dict(enumerate(words))) for t in self.heads[head].operands[0]
                ]
                return [(c * b, {**sizes, **own}, [*rest, *more]) for b, own, more in inner]
        return None

    def _unused(self, c: Fraction, sizes: dict[int, Expr], factors: list[Any]) -> Any:
        """Σ_i 1 = N."""
        for i, size in sizes.items():
            if not any(i in w for _, ws, _ in factors for w in ws):
                rest = {j: s for j, s in sizes.items() if j != i}
                inner = [self.place(t, {}) for t in self.size(size)]
                return [(c * b, {**rest, **own}, [*factors, *more]) for b, own, more in inner]
        return None

    def size(self, size: Expr) -> Poly:
        """A size as a polynomial in its symbols."""
        if size.is_Integer:
            return self.constant(int(size))
        if size.is_Symbol:
            return self.entry(self.leaf("symbol", size), ())
        if size.is_Pow:
            return self.times(*[self.size(size.base)] * int(size.exp))
        parts = [self.size(part) for part in size.args]
        return self.add(*parts) if size.is_Add else self.times(*parts)

    def _apart(self, a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        if len(a) != 1 or len(b) != 1 or min(a[0], b[0]) < VALUE:
            return False
        gap = self.values[a[0] - VALUE][0] - self.values[b[0] - VALUE][0]
        return at_least_zero(gap - 1) or at_least_zero(-gap - 1)

    def _contracted(self, term: Term, free: dict[int, Expr]) -> Term:
        found = contracted(term[1], term[2], free)
        need(found is not None, "fewer δ's")
        return term[0], *found

    # Heads.

    def leaf(self, kind: str, name: Any, sizes: tuple[Expr, ...] = (), same: Any = None) -> int:
        """Head of a variable or a symbol."""
        for k, head in enumerate(self.heads):
            if head.kind == kind and head.name == name and head.sizes == sizes:
                return k
        self.heads.append(Head(kind, name, (), sizes, same or (tuple(range(len(sizes))),)))
        return len(self.heads) - 1

    def head(
        self, kind: str, name: Any, operands: tuple[Poly, ...], sizes: tuple[Expr, ...]
    ) -> tuple[int, tuple[int, ...]]:
        """Head of a function of polynomials, and the order in which it takes these arguments."""
        looks = index_looks(operands, sizes)
        key = kind, name, tuple(map(len, operands)), str(sorted(map(str, looks)))
        for k in self._similar.setdefault(key, []):
            known = self.heads[k]
            for order in self._orders(kind, looks, known.looks):
                own = tuple(sizes[i] for i in order) if known.sizes else ()
                if own == known.sizes and self._agree(operands, known.operands, order):
                    return k, order
        first = tuple(range(len(sizes)))
        same = tuple(
            o for o in self._orders(kind, looks, looks) if self._agree(operands, operands, o)
        )
        kept = sizes if kind != "det" else ()
        self._similar[key].append(len(self.heads))
        self.heads.append(Head(kind, name, operands, kept, same if kept else ((),), looks))
        return len(self.heads) - 1, first

    def _agree(self, p: tuple[Poly, ...], q: tuple[Poly, ...], order: tuple[int, ...]) -> bool:
        put = {old: (new,) for new, old in enumerate(order)}
        return all(self.equal(self.at(a, put), b) for a, b in zip(p, q, strict=True))

    def _orders(self, kind: str, own: list[Any], known: list[Any]) -> Iterable[tuple[int, ...]]:
        """Orders of arguments that may make the one the other."""
        n = len(own)
        straight = tuple(range(n))
        if kind in ("inv", "det"):
            return [straight, straight[n // 2 :] + straight[: n // 2]]
        return [straight] if kind == "opaque" else matchings(own, known)


def whole(e: Any) -> int:
    """Integer part of an exponent, of its number if it is symbolic."""
    return floor(e.as_coeff_Add()[0] if isinstance(e, Expr) else e)


def plain(e: Any) -> Any:
    """An exponent as a number where it is one."""
    if isinstance(e, Expr):
        e = expand(e)
        if not e.is_Rational:
            return e
        e = Fraction(int(e.p), int(e.q))
    return int(e) if e == int(e) else e
