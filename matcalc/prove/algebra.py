"""Arithmetic of index polynomials: sums over bound indices of products of entries.

Every operation returns the normal form: δ's contracted, Σ_i 1 = N, powers of one entry merged,
sums multiplied out, bound indices labelled canonically. It is an identity wherever the operands
are defined.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from sympy import Expr

from matcalc.errors import BudgetExceeded
from matcalc.prove.contract import contract, fused
from matcalc.prove.heads import DELTA, Heads, Poly
from matcalc.prove.labelling import Monomial, Raw, Word, canonical

Summand = tuple[Fraction, dict[int, int], list[Raw]]
"""Coefficient, sizes of the bound indices, factors; not yet normal."""

LONGEST = 160
"""Factors a monomial may have."""
STEPS = 30
"""Steps of a search that count as one monomial."""
UNIT: Monomial = ((), ())


def whole(exponent: Any) -> int:
    """Integer part of an exponent; of its number, if it is symbolic."""
    if isinstance(exponent, Expr):
        exponent = exponent.as_coeff_Add()[0]
    return floor(exponent)


def plain(exponent: Any) -> Any:
    """An exponent as an int or a fraction where it is a number."""
    if isinstance(exponent, Expr):
        exponent = exponent.expand()
        if not exponent.is_Rational:
            return exponent
        exponent = Fraction(int(exponent.p), int(exponent.q))
    return int(exponent) if exponent == int(exponent) else exponent


class Algebra:
    """Polynomials over the heads of one proof.

    Parameters
    ----------
    budget : int
        Monomials that may be formed.
    """

    def __init__(self, budget: int) -> None:
        self.heads = Heads()
        self.budget = self.left = budget
        self._steps = 0
        self._powers: dict[tuple[int, int], Poly] = {}
        self._sizes: dict[int, Poly] = {}

    # What is made of nothing.

    def constant(self, value: Any) -> Poly:
        """A number."""
        return {UNIT: Fraction(value)} if value else {}

    def entry(self, head: int, words: tuple[Word, ...], exponent: Any = 1) -> Poly:
        """One entry, to a power."""
        return self.normal([(Fraction(1), {}, [(head, words, exponent)])])

    def size(self, number: int) -> Poly:
        """A size, a polynomial in its symbols."""
        if number not in self._sizes:
            self._sizes[number] = self._size(self.heads.sizes[number])
        return self._sizes[number]

    def _size(self, size: Expr) -> Poly:
        if size.is_Integer:
            return self.constant(int(size))
        if size.is_Symbol:
            return self.entry(self.heads.leaf("symbol", size, (), ()), ())
        if size.is_Pow:
            return self.power(self._size(size.base), int(size.exp))
        parts = [self._size(part) for part in size.args]
        return self.total(parts) if size.is_Add else self.product(parts)

    # Arithmetic.

    def total(self, parts: Iterable[Poly]) -> Poly:
        """Sum."""
        result: Poly = {}
        for p in parts:
            for monomial, c in p.items():
                new = result.get(monomial, 0) + c
                if new:
                    result[monomial] = new
                else:
                    result.pop(monomial, None)
        return result

    def scaled(self, c: Any, p: Poly) -> Poly:
        """A multiple."""
        return {monomial: c * k for monomial, k in p.items()} if c else {}

    def minus(self, p: Poly, q: Poly) -> Poly:
        """Difference."""
        return self.total((p, self.scaled(Fraction(-1), q)))

    def times(self, p: Poly, q: Poly) -> Poly:
        """Product, entry by entry."""
        if UNIT in p and len(p) == 1:
            return self.scaled(p[UNIT], q)
        if UNIT in q and len(q) == 1:
            return self.scaled(q[UNIT], p)
        return self.normal((c * k, *self._joined(m, n)) for m, c in p.items() for n, k in q.items())

    def with_factors(self, p: Poly, c: Any, factors: list[Raw]) -> Poly:
        """Every monomial times c and the factors, powers merged before they are multiplied out."""
        return self.normal(
            (c * k, {-1 - j: s for j, s in enumerate(sizes)}, [*own, *factors])
            for (sizes, own), k in p.items()
        )

    def product(self, parts: Iterable[Poly]) -> Poly:
        """Product of several."""
        result = self.constant(1)
        for part in parts:
            result = self.times(result, part)
        return result

    def power(self, p: Poly, n: int) -> Poly:
        """A power with a natural exponent."""
        result, square = self.constant(1), p
        while n:
            result = self.times(result, square) if n & 1 else result
            n >>= 1
            square = self.times(square, square) if n else square
        return result

    def summed(self, p: Poly, indices: dict[int, int]) -> Poly:
        """Sum over free indices, given with their sizes."""
        new = {i: (-1 - k,) for k, i in enumerate(indices)}
        sizes = {new[i][0]: size for i, size in indices.items()}
        return self.normal(
            (c, sizes | own, moved)
            for m, c in p.items()
            for own, moved in [placed(m, new, -len(indices))]
        )

    def at(self, p: Poly, words: Mapping[int, Word], free: dict[int, int] | None = None) -> Poly:
        """The polynomial with words of indices in place of its free indices.

        ``free`` are the sizes of the new free indices, where they are to be compared.
        """
        return self.normal(
            ((c, *placed(monomial, words, 0)) for monomial, c in p.items()), free or {}
        )

    def reordered(self, p: Poly, order: tuple[int, ...]) -> Poly:
        """Free index order[k] renamed k."""
        if order == tuple(range(len(order))):
            return p
        return self.at(p, {old: (new,) for new, old in enumerate(order)})

    def _joined(self, m: Monomial, n: Monomial) -> tuple[dict[int, int], list[Raw]]:
        own, moved = placed(n, {}, -len(m[0]))
        return {-1 - k: s for k, s in enumerate(m[0])} | own, [*m[1], *moved]

    # Normal form.

    def normal(self, summands: Iterable[Summand], free: dict[int, int] | None = None) -> Poly:
        """Sum of summands in normal form."""
        result: Poly = {}
        for summand in summands:
            self._finish(summand, free or {}, result)
        return result

    def _finish(self, summand: Summand, free: dict[int, int], result: Poly) -> None:
        pending = [summand]
        while pending:
            self.spend(len(pending[-1][2]))
            self._settle(pending.pop(), free, result, pending)

    def work(self, steps: int) -> None:
        """Count other work, in steps that are much cheaper than a monomial.

        Raises
        ------
        BudgetExceeded
            Past the budget.
        """
        self._steps += steps
        self.left -= self._steps // STEPS
        self._steps %= STEPS
        if self.left < 0:
            raise BudgetExceeded(f"the search for relations took more than {self.budget} monomials")

    def spend(self, factors: int) -> None:
        """Count one more monomial.

        Raises
        ------
        BudgetExceeded
            Past the budget, or where a monomial is too long.
        """
        if factors > LONGEST:
            raise BudgetExceeded(f"a monomial has more than {LONGEST} factors")
        self.left -= 1 + factors * factors // 16
        if self.left < 0:
            raise BudgetExceeded(f"the expansion has more than {self.budget} monomials")

    def _settle(
        self, summand: Summand, free: dict[int, int], result: Poly, pending: list[Summand]
    ) -> None:
        c, sizes, factors = summand
        contracted = contract(factors, sizes, free, self.heads)
        if contracted is None:
            return
        merged = self._merged(contracted)
        opened = self._to_open(merged)
        if opened is not None:
            pending += self._opened(c, sizes, merged, opened)
            return
        flat = [(h, words, e) for (h, words), e in merged.items()]
        used = {i for _, words, _ in flat for word in words for i in word}
        unused = [i for i in sizes if i not in used]
        if unused:
            rest = {i: size for i, size in sizes.items() if i in used}
            number = self.product(self.size(sizes[i]) for i in unused)
            low = min(rest, default=0)
            for monomial, k in number.items():
                own, more = placed(monomial, {}, low)
                pending.append((c * k, rest | own, flat + more))
            return
        tied = fused(flat, sizes, self.heads)
        if tied is not None:
            pending.append((c, *tied))
            return
        monomial = canonical(sizes, flat, self.heads.autos, self.heads.exponent_key, self.work)
        c += result.get(monomial, 0)
        if c:
            result[monomial] = c
        else:
            result.pop(monomial, None)

    def _merged(self, factors: list[Raw]) -> dict[tuple[int, tuple[Word, ...]], Any]:
        merged: dict[tuple[int, tuple[Word, ...]], Any] = {}
        for head, words, exponent in factors:
            perms = self.heads.autos(head)
            key = head, min(words, *(tuple(words[k] for k in p) for p in perms)) if perms else words
            if key not in merged:
                merged[key] = exponent
            elif head != DELTA:
                merged[key] = plain(merged[key] + exponent)
        return {key: e for key, e in merged.items() if e != 0}

    def _to_open(self, merged: dict[tuple[int, tuple[Word, ...]], Any]) -> Any:
        for key, exponent in merged.items():
            if self.heads[key[0]].kind == "pow" and whole(exponent) >= 1:
                return key
        return None

    def _opened(
        self, c: Fraction, sizes: dict[int, int], merged: dict[Any, Any], key: Any
    ) -> list[Summand]:
        """One power of a sum multiplied out."""
        head, words = key
        exponent = merged.pop(key)
        n = whole(exponent)
        if exponent != n:
            merged[key] = plain(exponent - n)
        rest = [(h, w, e) for (h, w), e in merged.items()]
        if (head, n) not in self._powers:
            self._powers[head, n] = self.power(self.heads[head].operands[0], n)
        found = []
        for monomial, k in self._powers[head, n].items():
            own, moved = placed(monomial, dict(enumerate(words)), min(sizes, default=0))
            found.append((c * k, sizes | own, rest + moved))
        return found


def placed(
    monomial: Monomial, words: Mapping[int, Word], below: int
) -> tuple[dict[int, int], list[Raw]]:
    """Sizes and factors of a monomial with words for its free indices, bound ones renumbered."""
    sizes, factors = monomial
    moved = [
        (
            h,
            tuple(
                tuple(j for i in w for j in ((i + below,) if i < 0 else words.get(i, (i,))))
                for w in ws
            ),
            e,
        )
        for h, ws, e in factors
    ]
    return {below - 1 - k: size for k, size in enumerate(sizes)}, moved
