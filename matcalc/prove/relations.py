"""What holds between entries: A⁻¹A = I, p·p^(e−1) = p^e, QᵀQ = I, probabilities sum to 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr

from matcalc.dimensions import never_negative
from matcalc.prove.algebra import whole
from matcalc.prove.defining import NAMES, SYMMETRIC, Defining
from matcalc.prove.expand import Expander
from matcalc.prove.forms import Form
from matcalc.prove.heads import DELTA, Head, Poly
from matcalc.prove.labelling import Monomial


@dataclass(frozen=True)
class Relation:
    """A polynomial in the free indices 0, 1, … that is zero.

    Attributes
    ----------
    name : str
        What it says.
    head : int
        The head it is about.
    exponent : object
        Exponent of the base, where it is about a power; else None.
    poly : Poly
        What is zero.
    lead : Monomial
        The monomial that is rewritten by the others.
    sizes : dict
        Sizes of the free indices.
    """

    name: str
    head: int
    exponent: Any
    poly: Poly
    lead: Monomial
    sizes: dict[int, int]

    @property
    def pair(self) -> bool:
        """Whether it is about two heads; the second then stands for the exponent."""
        return self.name in (PLACED, CHAINED, BOTH)

    @property
    def rewrites(self) -> bool:
        """Whether its leading monomial may be rewritten: not by one that looks the same."""
        return self.name not in SYMMETRIC


INVERSE_LEFT, INVERSE_RIGHT = "A⁻¹A = I", "AA⁻¹ = I"
POWER = "x · x^(e−1) = x^e"
STEP, STEPS = "x step(−x) = x − x step(x)", "step(x) step(−x) = 0"
ROWS, COLUMNS = "QQᵀ = I", "QᵀQ = I"
PROBABILITY = "probabilities sum to 1"
PLACED, SUMMED = "columns of the identity are orthonormal", "columns of the identity sum to 1"
CHAINED = "columns of columns of the identity"
BOTH = "columns of the identity, entry by entry"


class Relations(Defining):
    """The relations that the heads of a polynomial bring with them."""

    def __init__(self, expander: Expander) -> None:
        self.e, self.algebra = expander, expander.algebra
        self._known: dict[tuple[str, int, Any], Relation | None] = {}

    def of(self, p: Poly) -> list[Relation]:
        """Every relation of the entries that occur."""
        found = []
        for head, exponent in _occurring(p):
            for name, e in self._names(self.e.heads[head], exponent):
                relation = self.relation(name, head, e)
                if relation is not None and relation not in found:
                    found.append(relation)
        return [*found, *self._pairs(p)]

    def _pairs(self, p: Poly) -> Iterator[Relation]:
        """Relations between two segments of identities."""
        own = [h for h, _ in _occurring(p) if self.e.heads[h].kind == "segment"]
        for a in dict.fromkeys(own):
            for b in dict.fromkeys(own):
                for name in (PLACED, CHAINED, BOTH):
                    relation = self.relation(name, a, b)
                    if relation is not None:
                        yield relation

    def relation(self, name: str, head: int, exponent: Any = None) -> Relation | None:
        """One relation, by name and head."""
        key = name, head, exponent
        if key not in self._known:
            self._known[key] = self._made(*key)
        return self._known[key]

    def _names(self, head: Head, exponent: Any) -> Iterator[tuple[str, Any]]:
        if head.kind == "inv":
            yield INVERSE_LEFT, None
            yield INVERSE_RIGHT, None
        if head.kind == "pow" and whole(exponent) < 0:
            yield POWER, exponent
        if head.kind == "fn" and head.name == "step":
            yield STEP, None
            yield STEPS, None
        if head.kind == "segment":
            yield SUMMED, None
        facts = getattr(head.name, "facts", ()) if head.kind == "entry" else ()
        if "orthogonal" in facts:
            yield ROWS, None
            yield COLUMNS, None
        if "probability" in facts:
            yield PROBABILITY, None
        for name in self.defining_names(head):
            yield name, None

    def _made(self, name: str, head: int, exponent: Any) -> Relation | None:
        poly = self.polynomial(name, head, exponent)
        if poly is None:
            return None
        about = exponent if name == POWER else None
        leads = [m for m in poly if _about(m, head, about)]
        if not leads:
            return None
        lead = max(leads, key=_degree)
        sizes = dict(enumerate(self.e.heads[head].sizes))
        if name in (PROBABILITY, SUMMED, PLACED, CHAINED, BOTH) or name in NAMES:
            sizes = self.sizes_in(poly)
        return Relation(name, head, exponent, poly, lead, sizes)

    def polynomial(self, name: str, number: int, exponent: Any) -> Poly | None:
        """What is zero; None where another head has the relation."""
        head = self.e.heads[number]
        places = tuple((k,) for k in range(len(head.sizes)))
        entry = self.algebra.entry(number, places)
        if name == POWER:
            high = self.algebra.entry(number, places, exponent)
            product = self.algebra.times(head.operands[0], high)
            return self.algebra.minus(product, self.algebra.entry(number, places, exponent + 1))
        if name in NAMES:
            return self.defining(name, number)
        if name in (PLACED, CHAINED, BOTH):
            return self._pair(name, number, exponent)
        if name == SUMMED:
            total = self.algebra.summed(entry, {0: head.sizes[0]})
            return self.algebra.minus(total, self.algebra.constant(1))
        if name in (STEP, STEPS):
            return self._step(name, number, entry)
        if name == PROBABILITY:
            total = self.algebra.summed(entry, dict(enumerate(head.sizes)))
            return self.algebra.minus(total, self.algebra.constant(1))
        if name in (ROWS, COLUMNS):
            size = tuple(self.e.heads.sizes[s] for s in head.sizes[:1])
            q = Form(size, size, entry)
            a, b = (q, self.e.turned(q)) if name == ROWS else (self.e.turned(q), q)
        else:
            inner, outer = self.e.matrix_of(head), Form(head.name, head.name, entry)
            a, b = (outer, inner) if name == INVERSE_LEFT else (inner, outer)
        return self.algebra.minus(self.e.product(a, b).poly, self._identity(len(a.rows)))

    def _step(self, name: str, number: int, entry: Poly) -> Poly | None:
        """Relation of step(−p), for the later of the two heads."""
        head = self.e.heads[number]
        (p,) = head.operands
        opposite = self.algebra.scaled(Fraction(-1), p)
        other = self.e.function("fn", "step", (opposite,), dict(enumerate(head.sizes)))
        ((_, factors),) = other
        if factors[0][0] >= number:
            return None
        if name == STEPS:
            return self.algebra.times(entry, other)
        both = self.algebra.minus(self.algebra.total((entry, other)), self.algebra.constant(1))
        return self.algebra.times(p, both)

    def _pair(self, name: str, first: int, second: int) -> Poly | None:
        """Σ of two segments over the index they share."""
        a, b = self.e.heads[first], self.e.heads[second]
        (n, start, count), (m, begin, width) = a.name, b.name
        left = self.algebra.entry(first, ((0,), (1,)))
        if name == BOTH:
            return self._both(left, first, second)
        if name == CHAINED:
            if count != m:
                return None
            left = self.algebra.at(left, {1: (2,)})
            right = self.algebra.entry(second, ((2,), (1,)))
            whole = self._segment(n, start + begin, width)
            size = b.sizes[0]
        else:
            if n != m:
                return None
            left = self.algebra.entry(first, ((2,), (0,)))
            right = self.algebra.entry(second, ((2,), (1,)))
            found = self._overlap(start, count, begin, width)
            if found is None:
                return None
            whole, size = found, a.sizes[0]
        total = self.algebra.summed(self.algebra.times(left, right), {2: size})
        return self.algebra.minus(total, whole)

    def _both(self, left: Poly, first: int, second: int) -> Poly | None:
        """Entries of two segments in one row: where both are 1, one says where the other is."""
        (n, start, count), (m, begin, width) = (self.e.heads[h].name for h in (first, second))
        found = self._overlap(start, count, begin, width) if n == m else None
        if found is None:
            return None
        right = self.algebra.entry(second, ((0,), (2,)))
        same = self.algebra.at(found, {0: (1,), 1: (2,)})
        return self.algebra.minus(self.algebra.times(left, right), self.algebra.times(right, same))

    def _segment(self, n: Expr, start: Expr, count: Expr) -> Poly:
        start = start.expand()
        if n == count:
            return self.e.delta(0, 1)
        return self.e.leaf("segment", (n, start, count), (n, count))

    def _overlap(self, start: Expr, count: Expr, begin: Expr, width: Expr) -> Poly | None:
        """EᵀF for columns of one identity, where F is part of E or they are apart."""
        inner = (begin - start).expand()
        if never_negative(inner - count) or never_negative(-inner - width):
            return {}
        if never_negative(inner) and never_negative(count - inner - width):
            return self._segment(count, inner, width)
        return None

    def _identity(self, n: int) -> Poly:
        return self.algebra.product(self.e.delta(k, n + k) for k in range(n))


def _occurring(p: Poly) -> list[tuple[int, Any]]:
    return list(dict.fromkeys((h, e) for _, factors in p for h, _, e in factors))


def _about(monomial: Monomial, head: int, exponent: Any) -> bool:
    return any(h == head and (exponent is None or e == exponent) for h, _, e in monomial[1])


def _degree(monomial: Monomial) -> tuple[Any, ...]:
    """Many factors first, then few sums."""
    factors = [f for f in monomial[1] if f[0] != DELTA]
    power = sum(e if isinstance(e, int | Fraction) else 1 for _, _, e in factors if not _neg(e))
    return power, len(factors), -len(monomial[0]), tuple((h, w) for h, w, _ in factors)


def _neg(e: Any) -> bool:
    return not isinstance(e, Expr) and e < 0
