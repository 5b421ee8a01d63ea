"""A certificate followed step by step: the difference of both sides must come out as zero."""

from fractions import Fraction
from typing import Any

from sympy import Expr

from matcalc.prove.checker.digits import Matrix, size_of
from matcalc.prove.checker.patterns import apart, covers, pattern
from matcalc.prove.checker.reading import Reader
from matcalc.prove.checker.terms import VALUE, CertificateRefused, Poly, need, plain, whole

OPERANDS = "equal operands"
MALFORMED = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What data that are no certificate may run into."""


def verify(a: Any, b: Any, certificate: dict[str, Any]) -> None:
    """Check a proof that two expressions are equal wherever both are defined.

    Raises
    ------
    CertificateRefused
        If a step is not what it says it is, or the difference does not come out as zero.
    """
    try:
        Check(a, b, certificate).run()
    except CertificateRefused:
        raise
    except MALFORMED as error:
        raise CertificateRefused(f"malformed certificate: {error!r}") from error


def _shape(a: Matrix) -> tuple[Expr, Expr]:
    return size_of(a.rows), size_of(a.cols)


class Check(Reader):
    """One certificate against one pair of expressions."""

    def __init__(self, a: Any, b: Any, certificate: dict[str, Any]) -> None:
        super().__init__(a, b, certificate)
        self.values: dict[tuple[int, Any], Poly] = {}
        self.seen: dict[tuple[int, Any], list[Any]] = {}
        self.free: dict[int, Expr] = {}

    def run(self) -> None:
        """Refuse the certificate unless both sides are shown to be equal."""
        x = self.axioms
        if self.sides[0] is self.sides[1] or self.sides[0] == self.sides[1]:
            return
        a, b = map(x.matrix, self.sides)
        need(_shape(a) == _shape(b), "one shape")
        a, b = x.alike(a, b)
        self.free = dict(enumerate(a.radix))
        for p in (a.poly, b.poly):
            self._see(p)
        for head, e, identity, given in self.certificate["rewrites"]:
            self._rewrite(head, self._exponent(e), identity, given)
        p = self.normal(x.add(a.poly, x.scaled(-1, b.poly)))
        p = self.follow(p, self.certificate["uses"], self.free)
        need(not p, f"{len(p)} terms are left")

    # Identities.

    def _rewrite(self, place: int, e: Any, identity: str, given: Any) -> None:
        number, order = self._head(place)
        if identity == OPERANDS:
            value = self._with_operands(number, e)
        else:
            put = {old: (new,) for new, old in enumerate(order)}
            polys = [self.axioms.at(self._poly(p), put) for p in given]
            value = self.axioms.value_of(number, e, identity, polys)
        self.values.setdefault((number, e), value)

    def _with_operands(self, number: int, e: Any) -> Poly:
        head = self.axioms.heads[number]
        operands = tuple(self.normal(p) for p in head.operands)
        free = dict(enumerate(head.sizes))
        if head.kind in ("fn", "pow"):
            if head.kind == "pow":
                return self.axioms.power(operands[0], e, free)
            return self.axioms.function("fn", head.name, operands, free, e)
        own = self.axioms.square(head.kind, Matrix(head.name, head.name, operands[0]))
        return self.axioms.power(own, e, free)

    def normal(self, p: Poly) -> Poly:
        """The polynomial with every entry's value put in."""
        for _ in range(200):
            known = [t for t in p if any(self._value(h, e) is not None for h, _, e in t[2])]
            if not known:
                return p
            rest = [t for t in p if t not in known]
            p = self.axioms.sum([*rest, *(u for t in known for u in self._put_in(t))])
            self._see(p)
        raise CertificateRefused("identities that do not end")

    def _value(self, number: int, e: Any) -> Poly | None:
        """Value of a power of an entry, or of the entry where that is multiplied by itself."""
        if (number, e) in self.values or not isinstance(e, int) or e < 1:
            return self.values.get((number, e))
        once = self.values.get((number, 1))
        return None if once is None else self.axioms.times(*[once] * e)

    def _put_in(self, term: Any) -> Poly:
        c, sizes, factors = term
        terms: Poly = [(c, sizes, [])]
        for h, ws, e in factors:
            value = self._value(h, e)
            if value is None:
                terms = [(b, s, [*fs, (h, ws, e)]) for b, s, fs in terms]
                continue
            terms = [
                (b * d, {**s, **own}, [*fs, *more])
                for b, s, fs in terms
                for d, own, more in (self.axioms.place(t, dict(enumerate(ws))) for t in value)
            ]
        return terms

    # What is defined.

    def _see(self, p: Poly) -> None:
        """Remember the powers of entries that occur, in operands too: they are defined."""
        for _, _, factors in p:
            for h, ws, e in factors:
                patterns = self.seen.setdefault((h, e), [])
                if pattern(ws) not in patterns:
                    patterns.append(pattern(ws))
                    put = {k: tuple(map(apart, word)) for k, word in enumerate(ws)}
                    for operand in self.axioms.heads[h].operands:
                        self._see(self.axioms.at(operand, put) if put else operand)

    def _defined(self, number: int, words: Any, e: Any) -> None:
        natural = isinstance(e, int) and e > 0
        own = pattern(words)
        known = [
            p
            for (h, k), patterns in self.seen.items()
            if h == number and (k == e or (natural and k != 0))
            for p in patterns
        ]
        leaf = self.axioms.heads[number].kind in ("delta", "entry", "symbol", "segment", "dentry")
        need((leaf and natural) or any(covers(p, own) for p in known), "an entry that is defined")

    # Steps.

    def follow(self, p: Poly, uses: Any, free: dict[int, Expr]) -> Poly:
        """The polynomial after every step."""
        steps: dict[str, Any] = {
            "subtract": self._subtract,
            "multiply": self._multiply,
            "multiply by a matrix": self._multiply_matrix,
            "one head": self._one_head,
            "logarithms": self._logarithms,
        }
        for kind, *data in uses:
            p = self.normal(steps[kind](p, free, *data))
            self._see(p)
        return p

    def _subtract(self, p: Poly, free: Any, c: str, sizes: Any, context: Any, *where: Any) -> Poly:
        name, place, about, words = where
        new = {int(i): self.axioms.fresh() for i in sizes}
        own = {new[int(i)]: self._size(s) for i, s in sizes.items()}
        factors = self._factors(context, new)
        for h, ws, e in factors:
            self._defined(h, ws, e)
        number, order = self._head(place)
        other = self._head(about)[0] if "columns of" in name and isinstance(about, int) else None
        e = None if other is not None else self._exponent(about)
        put = {
            int(k): tuple(new.get(i, i) for i in (self._index(j) for j in word))
            for k, word in words.items()
        }
        if other is None and self.axioms.heads[number].sizes and len(put) == len(order):
            put = {new_k: put[old] for new_k, old in enumerate(order)}
        relation = self.axioms.relation(name, number, e, other)
        if name == "x · x^(e−1) = x^e":
            need(whole(e) < 0, "a negative exponent")
            self._defined(number, tuple(put[k] for k in sorted(put)), e)
        elif other is None:
            need(any(h == number for h, _ in self.seen), "an entry that occurs")
        indices = [i for word in put.values() for i in word]
        need(all(i >= 0 or i in own for i in indices), "bound indices with a size")
        terms = []
        for t in relation:
            b, inner, more = self.axioms.place(t, put)
            need(self.axioms.fits(more, {**free, **own, **inner}), "indices of the right sizes")
            terms.append((-Fraction(c) * b, {**own, **inner}, [*factors, *more]))
        need(self.axioms.fits(factors, {**free, **own}), "indices of the right sizes")
        return self.axioms.add(p, self.axioms.sum(terms))

    def _multiply(self, p: Poly, free: Any, place: int, words: Any, e: Any) -> Poly:
        number, order = self._head(place)
        own, exponent = self._words(words, order), self._exponent(e)
        need(isinstance(exponent, int) and exponent > 0, "a natural power")
        need(all(i >= 0 for w in own for i in w), "no sums")
        below = [
            q
            for (h, k), patterns in self.seen.items()
            if h == number and not isinstance(k, Expr) and k < 0
            for q in patterns
        ]
        need(any(covers(q, pattern(own)) for q in below), "an entry that something is divided by")
        return self.axioms.sum((c, s, [*f, (number, own, exponent)]) for c, s, f in p)

    def _multiply_matrix(self, p: Poly, free: Any, place: int, indices: Any, row: bool) -> Poly:
        x, (number, order) = self.axioms, self._head(place)
        head, n = x.heads[number], len(indices)
        need(head.kind == "inv" and any(h == number for h, _ in self.seen), "an inverse")
        need(len(head.name) == n and all(i in free for i in indices), "free indices")
        need([free[i] for i in indices] == list(head.name), "sizes")
        if order != tuple(range(2 * n)):
            row = not row
        moved = x.at(p, {i: (VALUE // 2 + k,) for k, i in enumerate(indices)})
        outer, inner = [(i,) for i in indices], [(VALUE // 2 + k,) for k in range(n)]
        words = [*outer, *inner] if row else [*inner, *outer]
        entry = x.at(head.operands[0], dict(enumerate(words)))
        product = x.times(entry, moved)
        return x.summed(product, {VALUE // 2 + k: s for k, s in enumerate(head.name)})

    def _one_head(self, p: Poly, free: Any, old: int, new: int, order: Any, uses: Any) -> Poly:
        x = self.axioms
        (a, first), (b, second) = self._head(new), self._head(old)
        left, right = x.heads[a], x.heads[b]
        need((left.kind, left.name) == (right.kind, right.name), "heads of one kind")
        det = left.kind == "det"
        n = 2 * len(left.name) if left.kind in ("inv", "det") else len(left.sizes)
        places = order or list(range(n))
        own = [first.index(i) for i in range(n)] if not det else list(range(n))
        other = [second.index(i) for i in range(n)] if not det else list(range(n))
        matched = {other[places[k]]: own[k] for k in range(n)}
        need(sorted(matched) == sorted(matched.values()) == list(range(n)), "an order")
        if left.kind in ("inv", "det"):
            half = n // 2
            shift = {(v - k) % n for k, v in matched.items()}
            need(shift in ({0}, {half}), "rows as rows or as columns")
        sizes = left.sizes or (*left.name, *left.name) * det
        need(all(right.sizes[k] == left.sizes[v] for k, v in matched.items()) or det, "sizes")
        put = {k: (v,) for k, v in matched.items()}
        for q, r in zip(left.operands, right.operands, strict=True):
            gap = x.add(q, x.scaled(-1, x.at(r, put)))
            need(not self.follow(self.normal(gap), uses, dict(enumerate(sizes))), "equal operands")
        back = {v: k for k, v in matched.items()}
        return x.sum(
            (
                c,
                s,
                [
                    (a, tuple(ws[back[k]] for k in range(len(ws))), e) if h == b else (h, ws, e)
                    for h, ws, e in f
                ],
            )
            for c, s, f in p
        )

    def _logarithms(
        self, p: Poly, free: Any, sizes: Any, context: Any, logs: Any, uses: Any
    ) -> Poly:
        x = self.axioms
        new = {-1 - k: x.fresh() for k in range(len(sizes))}
        own = {new[-1 - k]: self._size(s) for k, s in enumerate(sizes)}
        factors = self._factors(context, new)
        product, terms = x.constant(1), []
        below = 1
        for c, _, _ in logs:
            below *= Fraction(c).denominator
        for c, place, words in logs:
            number, order = self._head(place)
            head, ws = x.heads[number], self._words(words, order)
            need((head.kind, head.name) == ("fn", "log"), "a logarithm")
            need(all(i >= 0 for w in ws for i in w), "no sums")
            self._defined(number, ws, 1)
            base = x.at(head.operands[0], dict(enumerate(ws)))
            product = x.times(product, x.power(base, plain(Fraction(c) * below), free))
            terms.append((-Fraction(c), own, [*factors, (number, ws, 1)]))
        for h, ws, e in factors:
            self._defined(h, ws, e)
        gap = self.normal(x.add(self.normal(product), x.constant(-1)))
        need(not self.follow(gap, uses, free), "a product that is 1")
        return x.add(p, x.sum(x.place(t, {}) for t in terms))
