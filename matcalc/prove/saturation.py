"""Whether a polynomial is a combination of instances of relations, by linear algebra.

Instances are made where a relation's monomials stand in the polynomial's, and by putting A⁻¹A for
the identity between two factors; then the polynomial is reduced by the instances' echelon form.
"""

from collections.abc import Iterator
from fractions import Fraction

from matcalc.prove.algebra import Algebra
from matcalc.prove.embed import places
from matcalc.prove.heads import DELTA, Poly
from matcalc.prove.labelling import Monomial, Raw
from matcalc.prove.relations import INVERSE_LEFT, INVERSE_RIGHT, POWER, Relation

ROUNDS = 3
INSTANCES = 300
FACTORS = 12
"""Longer monomials are not multiplied further."""


class Instance:
    """Σ context · relation, its arguments being given words."""

    def __init__(
        self,
        relation: Relation,
        words: dict[int, tuple[int, ...]],
        context: tuple[Raw, ...],
        sizes: dict[int, int],
    ) -> None:
        self.relation, self.words, self.context, self.sizes = relation, words, context, sizes


def instances(relation: Relation, monomial: Monomial, algebra: Algebra) -> Iterator[Instance]:
    """Instances of a relation in which the monomial occurs."""
    if len(monomial[1]) > FACTORS:
        return
    for pattern in relation.poly:
        if relation.name == POWER and all(h != relation.head for h, _, _ in pattern[1]):
            continue
        for place in places(pattern, monomial, algebra):
            if place.words.keys() >= relation.sizes.keys():
                words = {k: place.words[k] for k in relation.sizes}
                yield Instance(relation, words, place.rest, place.sizes)
    if relation.name in (INVERSE_LEFT, INVERSE_RIGHT) and len(relation.sizes) == 2:
        yield from _inserted(relation, monomial)


def _inserted(relation: Relation, monomial: Monomial) -> Iterator[Instance]:
    """A⁻¹A put in at one end of every bound index of its size."""
    sizes = {-1 - k: size for k, size in enumerate(monomial[0])}
    fresh = -1 - len(sizes)
    for i, size in sizes.items():
        if size != relation.sizes[0]:
            continue
        for k, (head, words, e) in enumerate(monomial[1]):
            if e != 1 or head == DELTA or not any(i in word for word in words):
                continue
            for w, word in enumerate(words):
                if i not in word:
                    continue
                moved = tuple(fresh if j == i else j for j in word)
                changed = head, (*words[:w], moved, *words[w + 1 :]), e
                context = (*monomial[1][:k], changed, *monomial[1][k + 1 :])
                own = sizes | {fresh: size}
                yield Instance(relation, {0: (i,), 1: (fresh,)}, context, own)
                yield Instance(relation, {0: (fresh,), 1: (i,)}, context, own)


class Echelon:
    """Polynomials in echelon form, each with the combination of instances that it is."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.rows: dict[Monomial, tuple[Poly, dict[int, Fraction]]] = {}

    def reduced(self, p: Poly) -> tuple[Poly, dict[int, Fraction]]:
        """What is left of a polynomial, and the combination of instances taken off."""
        rest, used = dict(p), dict[int, Fraction]()
        done: set[Monomial] = set()
        while True:
            pivot = next((m for m in rest if m in self.rows and m not in done), None)
            if pivot is None:
                return rest, used
            row, combination = self.rows[pivot]
            c = rest[pivot] / row[pivot]
            self.algebra.work(len(row) + len(combination))
            _add(rest, row, -c)
            for k, b in combination.items():
                used[k] = used.get(k, Fraction(0)) + c * b

    def add(self, p: Poly, number: int) -> bool:
        """Take one more instance in, if it is not a combination of those before."""
        rest, used = self.reduced(p)
        if not rest:
            return False
        pivot = next(iter(rest))
        combination = {k: -b for k, b in used.items()}
        combination[number] = combination.get(number, Fraction(0)) + 1
        for monomial, (row, own) in list(self.rows.items()):
            if pivot in row:
                c = row[pivot] / rest[pivot]
                self.algebra.work(len(rest) + len(combination))
                _add(row, rest, -c)
                for k, b in combination.items():
                    own[k] = own.get(k, Fraction(0)) - c * b
                self.rows[monomial] = row, own
        self.rows[pivot] = rest, combination
        return True


def _add(p: Poly, q: Poly, c: Fraction) -> None:
    for monomial, b in q.items():
        new = p.get(monomial, Fraction(0)) + c * b
        if new:
            p[monomial] = new
        else:
            p.pop(monomial, None)
