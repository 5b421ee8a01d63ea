"""What operators without entries of their own are defined by: A A⁺A = A, A adj A = det A · I."""

from collections.abc import Iterator
from typing import Any

from matcalc.operators.structure_constants import LowerMask
from matcalc.prove.algebra import Algebra
from matcalc.prove.expand import Expander
from matcalc.prove.forms import Form
from matcalc.prove.heads import DELTA, Head, Poly

PENROSE = ("AA⁺A = A", "A⁺AA⁺ = A⁺")
SYMMETRIC = ("AA⁺ is symmetric", "A⁺A is symmetric")
FULL_RANK = {
    "full column rank": "A⁺A = I for full column rank",
    "full row rank": "AA⁺ = I for full row rank",
}
ADJUGATE = ("A adj(A) = det(A) I", "adj(A) A = det(A) I")
MASK = ("a mask is 0 or 1", "a mask and its transpose share the diagonal")
MASK_DIAGONAL = "a mask is 1 on its diagonal"
TRIANGULAR = {
    "lower triangular": "zero above the diagonal",
    "upper triangular": "zero below the diagonal",
}


class Defining:
    """Relations of pseudo-inverses, adjugates, masks and triangular matrices."""

    e: Expander
    algebra: Algebra

    def defining_names(self, head: Head) -> Iterator[str]:
        """Names of the relations that a head brings with it."""
        facts = getattr(head.name, "facts", ()) if head.kind == "entry" else ()
        if len(head.sizes) == 2:
            yield from (name for fact, name in TRIANGULAR.items() if fact in facts)
        if head.kind != "opaque":
            return
        kind, shapes = head.name
        if any(len(digits) > 1 for shape in shapes for digits in shape):
            return
        if kind == "PseudoInverse":
            yield from (*PENROSE, *SYMMETRIC)
            yield from (FULL_RANK[f] for f in FULL_RANK if f in self._facts(head.operands[0]))
        if kind == "Adjugate":
            yield from ADJUGATE
        if kind == "LowerMask" and head.sizes:
            yield from (*MASK, MASK_DIAGONAL)

    def _facts(self, p: Poly) -> tuple[str, ...]:
        """Facts of the variable whose entry a polynomial is."""
        if len(p) != 1:
            return ()
        (((sizes, factors), c),) = p.items()
        if sizes or c != 1 or len(factors) != 1:
            return ()
        head, words, e = factors[0]
        own = self.e.heads[head]
        plain = e == 1 and own.kind == "entry" and words == tuple((k,) for k in range(len(words)))
        return getattr(own.name, "facts", ()) if plain else ()

    def defining(self, name: str, number: int) -> Poly:
        """The polynomial that is zero."""
        head = self.e.heads[number]
        entry = self.algebra.entry(number, tuple((k,) for k in range(len(head.sizes))))
        if name in TRIANGULAR.values():
            return self._triangular(name, head, entry)
        if name in MASK or name == MASK_DIAGONAL:
            return self._mask(name, entry)
        ((rows, cols), *_) = head.name[1]
        a, b = Form(rows, cols, head.operands[0]), Form(cols, rows, entry)
        return self._adjugate(name, a, b) if name in ADJUGATE else self._penrose(name, a, b)

    def _penrose(self, name: str, a: Form, b: Form) -> Poly:
        if name in PENROSE:
            x, y = (a, b) if name == PENROSE[0] else (b, a)
            return self.algebra.minus(self.e.product(self.e.product(x, y), x).poly, x.poly)
        left = name in (SYMMETRIC[0], FULL_RANK["full row rank"])
        product = self.e.product(a, b) if left else self.e.product(b, a)
        other = self.e.turned(product).poly if name in SYMMETRIC else self._unit(product)
        return self.algebra.minus(product.poly, other)

    def _adjugate(self, name: str, a: Form, b: Form) -> Poly:
        product = self.e.product(a, b) if name == ADJUGATE[0] else self.e.product(b, a)
        scaled = self.algebra.times(self.e.determinant(a), self._unit(product))
        return self.algebra.minus(product.poly, scaled)

    def _unit(self, form: Form) -> Poly:
        n = len(form.rows)
        return self.algebra.product(self.e.delta(k, n + k) for k in range(n))

    def _mask(self, name: str, entry: Poly) -> Poly:
        if name == MASK_DIAGONAL:
            line = self.algebra.at(entry, {1: (0,)})
            return self.algebra.minus(line, self.algebra.constant(1))
        if name == MASK[0]:
            return self.algebra.minus(self.algebra.times(entry, entry), entry)
        turned = self.algebra.at(entry, {0: (1,), 1: (0,)})
        return self.algebra.minus(self.algebra.times(entry, turned), self.e.delta(0, 1))

    def _triangular(self, name: str, head: Head, entry: Poly) -> Poly:
        mask = self.e.of(LowerMask(head.name.rows)).poly
        if name == TRIANGULAR["upper triangular"]:
            mask = self.algebra.at(mask, {0: (1,), 1: (0,)})
        return self.algebra.minus(self.algebra.times(mask, entry), entry)

    def sizes_in(self, p: Poly) -> dict[int, int]:
        """Sizes of the free indices of a polynomial."""
        found: dict[int, int] = {}
        for _, factors in p:
            for head, words, _ in factors:
                own = self.e.heads[head].sizes if head != DELTA else ()
                for word, size in zip(words, own, strict=False):
                    found |= {i: size for i in word[:1] if i >= 0}
        return dict(sorted(found.items()))


NAMES: frozenset[Any] = frozenset(
    (*PENROSE, *SYMMETRIC, *FULL_RANK.values(), *ADJUGATE, *MASK, MASK_DIAGONAL)
) | frozenset(TRIANGULAR.values())
