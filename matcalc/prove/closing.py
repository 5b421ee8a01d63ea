"""Whether a polynomial is zero modulo the relations between its entries.

Leading monomials are rewritten; where that does not do, the polynomial is multiplied by what its
free indices are divided by. Every use is a `Use` that a checker can repeat.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import lcm
from operator import attrgetter
from typing import Any

from matcalc.errors import BudgetExceeded
from matcalc.prove.algebra import placed, whole
from matcalc.prove.embed import Place, places
from matcalc.prove.heads import Poly
from matcalc.prove.identities import Identities
from matcalc.prove.labelling import Monomial, Raw
from matcalc.prove.relations import Relation, Relations
from matcalc.prove.saturation import INSTANCES, ROUNDS, Echelon, instances
from matcalc.prove.uses import Logarithms, Multiply, MultiplyMatrix, Subtract, Unify, Use

GROWTH = 20
"""A polynomial may become so many times as long by rewriting."""
DEEPEST = 3
"""Proofs about operands inside proofs."""


class Closing:
    """Tries to show that polynomials are zero."""

    def __init__(self, identities: Identities, limit: int = 600) -> None:
        self.identities = identities
        self.e, self.algebra, self.heads = identities.e, identities.algebra, identities.heads
        self.relations = Relations(self.e)
        self.limit = limit
        self.uses: list[Use] = []
        self.depth = 0
        self.tried: set[tuple[int, int, int]] = set()

    def zero(self, p: Poly, free: dict[int, int]) -> bool:
        """Whether the polynomial was shown to be zero; ``uses`` tells how."""
        p = self.fold(p)
        for _ in range(40):
            if not p:
                return True
            q = self._cleared(p)
            q = self._without_inverse(p, free) if q is None else q
            q = self._without_logs(p, free) if q is None else q
            q = self._unified(p) if q is None else q
            if q is None:
                return self._combined(p)
            p = self.fold(self.identities.normal(q))
        return False

    # Rewriting.

    def fold(self, p: Poly) -> Poly:
        """Rewrite leading monomials as long as there are any and it does not grow."""
        most = GROWTH * (len(p) + GROWTH)
        while p and len(p) <= most:
            found = self._first(p)
            if found is None:
                return p
            relation, monomial, place = found
            c = p[monomial] / relation.poly[relation.lead]
            use = Subtract(c, place.sizes, place.rest, relation, place.words)
            p = self.subtracted(p, use)
        return p

    def _first(self, p: Poly) -> tuple[Relation, Monomial, Place] | None:
        for relation in filter(attrgetter("rewrites"), self.relations.of(p)):
            self.algebra.work(10 * len(p))
            for monomial in p:
                for place in places(relation.lead, monomial, self.algebra):
                    if place.words.keys() >= relation.sizes.keys():
                        return relation, monomial, place
        return None

    def subtracted(self, p: Poly, use: Subtract) -> Poly:
        """The polynomial less a multiple of a relation."""
        self.limit -= 1
        if self.limit < 0:
            raise BudgetExceeded("the relations were used too many times")
        self.uses.append(use)
        return self.algebra.total((p, self.identities.normal(self.instance(use))))

    def instance(self, use: Subtract) -> Poly:
        """What taking a multiple of a relation off adds."""
        low = min(use.sizes, default=0)
        summands = []
        for monomial, b in use.relation.poly.items():
            own, moved = placed(monomial, use.words, low)
            summands.append((-use.coefficient * b, use.sizes | own, [*use.context, *moved]))
        return self.algebra.normal(summands)

    # Denominators.

    def _cleared(self, p: Poly) -> Poly | None:
        """Multiplied by the sums that free indices are divided by; None if there are none."""
        worst: dict[Any, Any] = {}
        for _, factors in p:
            for head, words, e in factors:
                divides = self.heads[head].kind == "pow" and whole(e) < 0
                if divides and all(i >= 0 for word in words for i in word):
                    worst[head, words] = min(worst.get((head, words), 0), whole(e))
        if not worst:
            return None
        for (head, words), e in worst.items():
            use = Multiply(head, words, -e)
            self.uses.append(use)
            p = self.identities.normal(self.multiplied(p, use))
        return p

    def multiplied(self, p: Poly, use: Multiply) -> Poly:
        """The polynomial times a power of an entry."""
        factor = use.head, use.words, use.exponent
        return self.algebra.with_factors(p, Fraction(1), [factor])

    # Inverses.

    def _without_inverse(self, p: Poly, free: dict[int, int]) -> Poly | None:
        """Multiplied by a matrix whose inverse stands at a free index; None if there is none."""
        for monomial in p:
            for head, words, e in monomial[1]:
                if self.heads[head].kind != "inv" or e != 1:
                    continue
                n = len(words) // 2
                for row, side in ((True, words[:n]), (False, words[n:])):
                    flat = tuple(i for word in side for i in word)
                    if len(flat) == n and all(i in free for i in flat):
                        use = MultiplyMatrix(head, flat, row)
                        if self._repeats(use):
                            continue
                        self.uses.append(use)
                        return self.multiplied_by_matrix(p, use, free)
        return None

    def _repeats(self, use: MultiplyMatrix) -> bool:
        return sum(1 for u in self.uses if u == use) > 2

    def multiplied_by_matrix(self, p: Poly, use: MultiplyMatrix, free: dict[int, int]) -> Poly:
        """Σ over the free index of the matrix's entry times the polynomial."""
        matrix = self.e.matrix_of(self.heads[use.head])
        n = len(use.indices)
        new = [max(free) + 1 + k for k in range(n)]
        p = self.algebra.at(p, {i: (j,) for i, j in zip(use.indices, new, strict=True)})
        places_of = {k: (i,) for k, i in enumerate(use.indices if use.row else new)}
        places_of |= {n + k: (i,) for k, i in enumerate(new if use.row else use.indices)}
        entry = self.algebra.at(matrix.poly, places_of)
        product = self.algebra.times(entry, p)
        bound = {j: free[i] for i, j in zip(use.indices, new, strict=True)}
        return self.algebra.summed(product, bound)

    # Combinations.

    def _combined(self, p: Poly) -> bool:
        """Whether the polynomial is a combination of instances of relations."""
        relations = self.relations.of(p)
        echelon, made = Echelon(self.algebra), list[Subtract]()
        frontier, seen = list(p), set(p)
        for _ in range(ROUNDS):
            new: dict[Monomial, None] = {}
            for relation in relations:
                for monomial in frontier:
                    for found in instances(relation, monomial, self.algebra):
                        one = Fraction(1)
                        use = Subtract(one, found.sizes, found.context, relation, found.words)
                        q = self.algebra.scaled(Fraction(-1), self.instance(use))
                        q = self.identities.normal(q)
                        if echelon.add(q, len(made)):
                            made.append(use)
                            new.update(dict.fromkeys(q))
                        if len(made) > INSTANCES:
                            return False
            rest, used = echelon.reduced(p)
            if not rest:
                self.uses += [replace(made[k], coefficient=c) for k, c in used.items() if c]
                return True
            frontier = [m for m in new if m not in seen]
            seen |= new.keys()
        return False

    # Functions.

    def _shown(self, p: Poly, free: dict[int, int]) -> tuple[Use, ...] | None:
        """How a polynomial of its own is zero, or None."""
        inner = Closing(self.identities, self.limit)
        inner.depth = self.depth + 1
        if inner.depth > DEEPEST or not inner.zero(p, free):
            return None
        self.limit = inner.limit
        return tuple(inner.uses)

    def _without_logs(self, p: Poly, free: dict[int, int]) -> Poly | None:
        """Without logarithms of which the arguments' product is 1; None if there are none."""
        groups: dict[Monomial, list[Any]] = {}
        for monomial, c in p.items():
            own = [f for f in monomial[1] if self._is_log(f)]
            if len(own) == 1:
                rest = monomial[0], tuple(f for f in monomial[1] if f is not own[0])
                groups.setdefault(rest, []).append((c, *own[0][:2]))
        for context, logs in groups.items():
            scale = lcm(*(c.denominator for c, _, _ in logs))
            product = self.algebra.constant(1)
            for c, number, words in logs:
                base = self.algebra.at(self.heads[number].operands[0], dict(enumerate(words)))
                powered = self.identities.normal(self.e.power(base, int(c * scale), free))
                product = self.algebra.times(product, powered)
            uses = self._shown(self.algebra.minus(product, self.algebra.constant(1)), free)
            if uses is not None:
                use = Logarithms(context, tuple(logs), uses)
                self.uses.append(use)
                return self.without(p, use)
        return None

    def _is_log(self, factor: Raw) -> bool:
        head, words, e = factor
        named = self.heads[head].kind == "fn" and self.heads[head].name == "log"
        return named and e == 1 and all(i >= 0 for word in words for i in word)

    def without(self, p: Poly, use: Logarithms) -> Poly:
        """The polynomial without the logarithms named."""
        sizes = {-1 - k: size for k, size in enumerate(use.context[0])}
        summands = [
            (-c, dict(sizes), [*use.context[1], (head, words, 1)]) for c, head, words in use.logs
        ]
        return self.algebra.total((p, self.algebra.normal(summands)))

    def _unified(self, p: Poly) -> Poly | None:
        """With one head for two whose operands are equal; None if no operands are."""
        numbers = list(dict.fromkeys(h for _, factors in p for h, _, _ in factors))
        for k, new in enumerate(numbers):
            for old in numbers[k + 1 :]:
                use = self._equal_heads(new, old)
                if use is not None:
                    self.uses.append(use)
                    return self.renamed(p, use)
        return None

    def _equal_heads(self, new: int, old: int) -> Unify | None:
        a, b = self.heads[new], self.heads[old]
        alike = a.kind == b.kind and a.name == b.name and len(a.operands) == len(b.operands)
        if (
            not alike
            or a.kind not in ("fn", "pow", "inv", "det")
            or sorted(a.sizes) != sorted(b.sizes)
        ):
            return None
        if (self.depth, new, old) in self.tried:
            return None
        self.tried.add((self.depth, new, old))
        n = a.split
        sizes = tuple(self.e.sizes((*a.name, *a.name)).values()) if n else a.sizes
        orders = [range(2 * n), _turned(n)] if n else list(permutations(range(len(sizes))))
        for order in map(tuple, orders):
            if not a.split and any(sizes[k] != b.sizes[i] for k, i in enumerate(order)):
                continue
            uses = self._equal_operands(a.operands, b.operands, order, sizes)
            if uses is not None:
                return Unify(old, new, order if a.sizes else (), uses)
        return None

    def _equal_operands(
        self, left: Any, right: Any, order: tuple[int, ...], sizes: tuple[int, ...]
    ) -> tuple[Use, ...] | None:
        found: list[Use] = []
        free = dict(enumerate(sizes))
        for p, q in zip(left, right, strict=True):
            uses = self._shown(self.algebra.minus(p, self.algebra.reordered(q, order)), free)
            if uses is None:
                return None
            found += uses
        return tuple(found)

    def renamed(self, p: Poly, use: Unify) -> Poly:
        """The polynomial with one head for the other."""

        def moved(factor: Raw) -> Raw:
            head, words, e = factor
            if head != use.old:
                return factor
            return use.new, tuple(words[i] for i in use.order), e

        return self.algebra.normal(
            (c, {-1 - k: s for k, s in enumerate(sizes)}, [moved(f) for f in factors])
            for (sizes, factors), c in p.items()
        )


def _turned(n: int) -> tuple[int, ...]:
    return (*range(n, 2 * n), *range(n))
