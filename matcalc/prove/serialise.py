"""Certificates as plain data: what a checker needs to repeat a proof."""

from fractions import Fraction
from typing import Any

from sympy import Expr, NumberSymbol, Poly, Symbol

from matcalc.errors import UnsupportedInput
from matcalc.node import Operator
from matcalc.prove.heads import CONSTANT, Heads
from matcalc.prove.heads import Poly as Sum
from matcalc.prove.identities import Rewrite
from matcalc.prove.labelling import Raw, Word
from matcalc.prove.uses import (
    Logarithms,
    Multiply,
    MultiplyMatrix,
    Subtract,
    Unify,
    Use,
)
from matcalc.spelling import spelled

Data = Any
"""Numbers, strings, lists and dictionaries, as JSON has them."""


class Writer:
    """Writes polynomials and steps, and a table of the heads that occur in them."""

    def __init__(self, heads: Heads) -> None:
        self.heads = heads
        self.table: list[Data] = []
        self._places: dict[int, int] = {}

    def head(self, number: int) -> int:
        """Place of a head in the table."""
        if number not in self._places:
            head = self.heads[number]
            operands = [self.poly(p) for p in head.operands]
            sizes = [size_data(self.heads.sizes[k]) for k in head.sizes]
            self.table.append([head.kind, name_data(head.name), operands, sizes])
            self._places[number] = len(self.table) - 1
        return self._places[number]

    def poly(self, p: Sum) -> Data:
        """Monomials with their coefficients."""
        return [
            [str(c), [size_data(self.heads.sizes[k]) for k in sizes], self.factors(factors)]
            for (sizes, factors), c in p.items()
        ]

    def factors(self, factors: tuple[Raw, ...]) -> Data:
        """Heads, words and exponents."""
        return [[self.head(h), self.words(words), exponent_data(e)] for h, words, e in factors]

    def words(self, words: tuple[Word, ...]) -> Data:
        """Indices; one with a value of its own as that value."""
        return [[self.index(i) for i in word] for word in words]

    def index(self, i: int) -> Data:
        """An index."""
        if i < CONSTANT:
            return i
        value, size = self.heads.constant_at(i)
        return [size_data(value), size_data(self.heads.sizes[size])]

    def rewrite(self, r: Rewrite) -> Data:
        """An identity and what it was used with."""
        parameters = [self.poly(p) for p in r.parameters]
        return [self.head(r.head), exponent_data(r.exponent), r.identity, parameters]

    def use(self, use: Use) -> Data:
        """One step with the whole polynomial."""
        if isinstance(use, Subtract):
            return self._subtract(use)
        if isinstance(use, Multiply):
            words = self.words(use.words)
            return ["multiply", self.head(use.head), words, exponent_data(use.exponent)]
        if isinstance(use, MultiplyMatrix):
            return ["multiply by a matrix", self.head(use.head), list(use.indices), use.row]
        if isinstance(use, Unify):
            inner = [self.use(u) for u in use.uses]
            return ["one head", self.head(use.old), self.head(use.new), list(use.order), inner]
        return self._logarithms(use)

    def _subtract(self, use: Subtract) -> Data:
        relation = use.relation
        about = exponent_data(relation.exponent)
        if relation.pair:
            about = self.head(relation.exponent)
        words = {str(k): self.words((word,))[0] for k, word in use.words.items()}
        sizes = {str(i): size_data(self.heads.sizes[k]) for i, k in use.sizes.items()}
        context = self.factors(use.context)
        where = [relation.name, self.head(relation.head), about, words]
        return ["subtract", str(use.coefficient), sizes, context, *where]

    def _logarithms(self, use: Logarithms) -> Data:
        sizes = [size_data(self.heads.sizes[k]) for k in use.context[0]]
        logs = [[str(c), self.head(h), self.words(words)] for c, h, words in use.logs]
        inner = [self.use(u) for u in use.uses]
        return ["logarithms", sizes, self.factors(use.context[1]), logs, inner]


def size_data(size: Expr) -> Data:
    """A polynomial in symbols as coefficients and exponents."""
    if size.is_Integer:
        return int(size)
    symbols = sorted(size.free_symbols, key=spelled)
    if not symbols or not size.is_polynomial(*symbols) or any(_odd(s) for s in symbols):
        raise UnsupportedInput(f"{size} cannot be written into a certificate")
    terms = Poly(size, *symbols).terms()
    return [
        [str(c), [[spelled(s), k] for s, k in zip(symbols, ks, strict=True) if k]]
        for ks, c in terms
    ]


def _odd(symbol: Any) -> bool:
    return not isinstance(symbol, Symbol)


def exponent_data(exponent: Any) -> Data:
    """A number, or a polynomial in symbols."""
    if exponent is None or isinstance(exponent, int):
        return exponent
    return str(exponent) if isinstance(exponent, Fraction) else size_data(exponent)


def name_data(name: Any) -> Data:
    """What a head is called: a node by its digest, a symbol by what sympy calls it."""
    if isinstance(name, Operator):
        return ["node", name.key[2].hex()]
    if isinstance(name, tuple):
        if name and name[0] == "expression":
            return ["expression", spelled(name[1])]
        return ["list", *(name_data(part) for part in name)]
    if isinstance(name, Symbol | NumberSymbol):
        return ["symbol", spelled(name)]
    if isinstance(name, Expr):
        return ["size", size_data(name)]
    return name if isinstance(name, int) or name is None else str(name)
