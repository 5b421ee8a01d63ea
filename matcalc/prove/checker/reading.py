"""Certificates read back: sizes, exponents, heads and polynomials."""

from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, Symbol, expand

from matcalc.node import Node, Operator, walk
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.prove.checker.relations import Relations
from matcalc.prove.checker.terms import DELTA, Poly, need, plain
from matcalc.spelling import spelled

CONSTANTS = (sympy.pi, sympy.EulerGamma, sympy.GoldenRatio, sympy.Catalan)


class Reader:
    """What a certificate about two expressions is made of."""

    def __init__(self, a: Any, b: Any, certificate: dict[str, Any]) -> None:
        self.sides, self.certificate = (a, b), certificate
        nodes = [x for side in self.sides for x in walk(side) if isinstance(x, Operator)]
        self.nodes = {x.key[2].hex(): x for x in nodes}
        symbols = {s for x in nodes for o in x.operands if isinstance(o, Expr) for s in o.atoms()}
        symbols |= {s for side in self.sides if not isinstance(side, Node) for s in side.atoms()}
        named = [s for s in symbols if isinstance(s, Symbol)]
        self.symbols = {spelled(s): s for s in (*named, ENTRY, OTHER, *CONSTANTS)}
        closed = frozenset(self.nodes[digest] for digest in certificate["closed"])
        self.axioms = Relations(closed)
        self.heads: dict[int, tuple[int, tuple[int, ...]]] = {}

    def _size(self, data: Any) -> Expr:
        if isinstance(data, int):
            return Integer(data)
        total: Expr = Integer(0)
        for c, powers in data:
            term: Expr = Rational(c)
            for symbol, k in powers:
                term *= self.symbols[symbol] ** int(k)
            total += term
        return expand(total)

    def _exponent(self, data: Any) -> Any:
        if data is None or isinstance(data, int):
            return data
        return Fraction(data) if isinstance(data, str) else plain(self._size(data))

    def _name(self, data: Any) -> Any:
        if not isinstance(data, list):
            return data
        kind, *rest = data
        if kind == "node":
            return self.nodes[rest[0]]
        if kind == "symbol":
            return self.symbols[rest[0]]
        if kind == "size":
            return self._size(rest[0])
        return rest[0] if kind == "expression" else tuple(self._name(part) for part in rest)

    def _index(self, data: Any) -> int:
        if isinstance(data, int):
            return data
        return self.axioms.value(self._size(data[0]), self._size(data[1]))

    def _words(self, data: Any, order: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        words = [tuple(self._index(i) for i in word) for word in data]
        return tuple(words[k] for k in order)

    def _factors(self, data: Any, put: dict[int, int]) -> list[Any]:
        found = []
        for head, words, e in data:
            number, order = self._head(head)
            moved = tuple(tuple(put.get(i, i) for i in word) for word in self._words(words, order))
            bound = put.values()
            need(all(i >= 0 or i in bound for w in moved for i in w), "bound indices with a size")
            found.append((number, moved, self._exponent(e)))
        return found

    def _poly(self, data: Any) -> Poly:
        terms = []
        for c, sizes, factors in data:
            new = {-1 - k: self.axioms.fresh() for k in range(len(sizes))}
            own = {new[-1 - k]: self._size(size) for k, size in enumerate(sizes)}
            terms.append((Fraction(c), own, self._factors(factors, new)))
        return self.axioms.sum(terms)

    def _head(self, place: int) -> tuple[int, tuple[int, ...]]:
        """A head of the table, and the order of its arguments here."""
        if place not in self.heads:
            kind, name, operands, sizes = self.certificate["heads"][place]
            own = tuple(self._size(s) for s in sizes)
            title = self._name(name)
            if kind in ("entry", "dentry", "symbol", "dsymbol", "segment", "delta"):
                self.heads[place] = self._leaf(kind, title, own)
            else:
                polys = tuple(self._poly(p) for p in operands)
                full = (*title, *title) if kind == "det" else own
                number, order = self.axioms.head(kind, title, polys, full)
                self.heads[place] = number, (order if kind != "det" else ())
        return self.heads[place]

    def _leaf(self, kind: str, name: Any, sizes: Any) -> tuple[int, tuple[int, ...]]:
        x = self.axioms
        if kind == "delta":
            return DELTA, (0, 1)
        if kind in ("entry", "dentry"):
            x.variable(name, kind)
            known = [h for h in x.heads if (h.kind, h.name) == (kind, name)]
            need(any(h.sizes == sizes for h in known), "sizes of a variable")
        elif kind == "segment":
            need(sizes == (name[0], name[2]) and 1 not in sizes, "sizes of columns")
        else:
            need(not sizes, "a symbol without indices")
        return x.leaf(kind, name, sizes), tuple(range(len(sizes)))
