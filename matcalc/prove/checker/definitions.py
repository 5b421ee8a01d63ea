"""The entries of every operator, straight from its definition.

A matrix is a sum of products in the digits of its row and of its column; i + j·m has the digits
(i, j). An operator that is not listed is opaque: equal only where its operands are.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import sympy
from sympy import Expr, Rational

from matcalc.node import Node, ScalarNode, children, walk
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.prove.checker.digits import Matrix, Radix, grouped, radix, refined
from matcalc.prove.checker.terms import DELTA, VALUE, CertificateRefused, Poly, Terms, plain
from matcalc.spelling import spelled


class Definitions(Terms):
    """Expressions as sums of products."""

    entries: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {}

    def __init__(self, closed: frozenset[Any]) -> None:
        super().__init__()
        self.closed = closed
        self.known: dict[Any, Any] = {}

    def matrix(self, x: Any) -> Matrix:
        """An expression; a scalar as a matrix without digits."""
        for node in walk(x, self._below):
            if isinstance(node, Node | ScalarNode) and node not in self.known:
                rule: Any = self.entries.get(type(node).__name__, Definitions.opaque)
                closed = node in self.closed
                self.known[node] = self.variable(node, "entry") if closed else rule(self, node)
        return self.known[x] if isinstance(x, Node) else Matrix((), (), self.scalar(x))

    def _below(self, x: Any) -> tuple[Any, ...]:
        return () if x in self.known or x in self.closed else children(x)

    # Digits.

    def over(self, a: Matrix, rows: Radix, cols: Radix) -> Matrix:
        """The matrix over other digits; a δ of words where they do not refine its own."""
        if (a.rows, a.cols) == (rows, cols):
            return a
        n = len(rows) + len(cols)
        old = {k: n + k for k in range(len(a.radix))}
        p = self.at(a.poly, {k: (i,) for k, i in old.items()})
        for own, new, first, start in (
            (a.rows, rows, 0, 0),
            (a.cols, cols, len(a.rows), len(rows)),
        ):
            words = [(n + first + k,) for k in range(len(own))]
            target = grouped(own, new, start)
            if target is None:
                joined = tuple(i for w in words for i in w)
                pairs = [(joined, tuple(range(start, start + len(new))))]
            else:
                pairs = list(zip(words, target, strict=True))
            for left, right in pairs:
                p = self.times(p, self.entry(DELTA, (left, right)))
        bound = {n + k: size for k, size in enumerate(a.radix)}
        p = self.summed(p, bound)
        return Matrix(rows, cols, self.at(p, {}, dict(enumerate(rows + cols))))

    def alike(self, *parts: Matrix) -> list[Matrix]:
        """Matrices of one shape over the same digits."""
        rows, cols = parts[0].rows, parts[0].cols
        for a in parts[1:]:
            rows, cols = refined(rows, a.rows) or rows, refined(cols, a.cols) or cols
        return [self.over(a, rows, cols) for a in parts]

    def multiplied(self, a: Matrix, b: Matrix) -> Matrix:
        """Matrix product."""
        inner = refined(a.cols, b.rows) or a.cols
        a, b = self.over(a, a.rows, inner), self.over(b, inner, b.cols)
        r, k, c = len(a.rows), len(inner), len(b.cols)
        left = self.at(a.poly, {r + i: (r + c + i,) for i in range(k)})
        put = {i: (r + c + i,) for i in range(k)} | {k + i: (r + i,) for i in range(c)}
        p = self.times(left, self.at(b.poly, put))
        return Matrix(a.rows, b.cols, self.summed(p, {r + c + i: s for i, s in enumerate(inner)}))

    def turned(self, a: Matrix) -> Matrix:
        """Transpose."""
        r, c = len(a.rows), len(a.cols)
        put = {k: (c + k,) for k in range(r)} | {r + k: (k,) for k in range(c)}
        return Matrix(a.cols, a.rows, self.at(a.poly, put))

    def deltas(self, pairs: Any) -> Poly:
        """Product of δ's."""
        return self.times(*(self.entry(DELTA, ((i,), (j,))) for i, j in pairs))

    # Scalars and functions.

    def scalar(self, f: Expr, x: Poly | None = None, free: Any = None, y: Any = None) -> Poly:
        """A scalar expression, with polynomials for the entries of a matrix or two."""
        if f == ENTRY and x is not None:
            return x
        if f == OTHER and y is not None:
            return y
        if not f.args:
            return self._atom(f)
        if f.is_Pow and not f.exp.has(ENTRY, OTHER):
            return self.power(self.scalar(f.base, x, free, y), f.exp, free)
        if not all(isinstance(part, Expr) for part in f.args):
            return self._by_cases(f, x, free)
        args = f.args[2:] if isinstance(f, Abstract) else f.args
        parts = tuple(self.scalar(part, x, free, y) for part in args)
        if f.is_Add or f.is_Mul:
            return self.add(*parts) if f.is_Add else self.times(*parts)
        return self._called(f, parts, free)

    def _atom(self, f: Expr) -> Poly:
        """A number, a scalar made from matrices, a symbol."""
        if isinstance(f, ScalarNode):
            if f not in self.known:
                self.matrix(f)
            found: Poly = self.known[f]
            return found
        if f.is_Rational or f.is_Float:
            exact = Rational(f)
            return self.constant(Fraction(int(exact.p), int(exact.q)))
        if f is sympy.E:
            return self.function("fn", "exp", (self.constant(1),), {})
        return self.entry(self.leaf("symbol", f), ())

    def _by_cases(self, f: Expr, x: Poly | None, free: Any) -> Poly:
        """A function that is not made of functions."""
        if f.has(OTHER) or any(isinstance(part, ScalarNode) for part in f.atoms()):
            raise CertificateRefused(f"{f} has no definition here")
        return self.function("fn", spelled(f), () if x is None else (x,), free)

    def _called(self, f: Expr, parts: tuple[Poly, ...], free: Any) -> Poly:
        """A function of polynomials, its value where that is a rational number."""
        if isinstance(f, Abstract):
            name = "abstract", str(f.args[0]), int(f.args[1])
            return self.function("fn", name, parts, free)
        if all(not p or (len(p) == 1 and not p[0][2]) for p in parts):
            numbers = [p[0][0] if p else Fraction(0) for p in parts]
            value = f.func(*(Rational(c.numerator, c.denominator) for c in numbers))
            if value.is_Rational:
                return self.constant(Fraction(int(value.p), int(value.q)))
        return self.function("fn", f.func.__name__, parts, free)

    def function(
        self, kind: str, name: Any, operands: tuple[Poly, ...], free: Any, e: Any = 1
    ) -> Poly:
        """A function of polynomials; where they hold a δ, in both of its cases."""
        pair = min((d for p in operands for d in _free_deltas(p)), default=None)
        if pair is not None:
            i, j = pair
            on = self.deltas([pair])
            off = self.add(self.constant(1), self.scaled(-1, on))
            equal = tuple(self.at(p, {j: (i,)}) for p in operands)
            apart = tuple([t for t in p if not _forces(t, i, j)] for p in operands)
            cases = [self._case(kind, name, o, free, e) for o in (equal, apart)]
            return self.add(self.times(on, cases[0]), self.times(off, cases[1]))
        used = sorted(
            {i for p in operands for t in p for _, ws, _ in t[2] for w in ws for i in w if i >= 0}
        )
        sizes = tuple(self.values[i - VALUE][1] if i >= VALUE else free[i] for i in used)
        renamed = tuple(self.at(p, {i: (k,) for k, i in enumerate(used)}) for p in operands)
        head, order = self.head(kind, name, renamed, sizes)
        return self.entry(head, tuple((used[k],) for k in order), e)

    def _case(self, kind: str, name: Any, operands: Any, free: Any, e: Any) -> Poly:
        if kind == "pow":
            return self.power(operands[0], e, free)
        return self.function(kind, name, operands, free, e)

    def power(self, p: Poly, e: Any, free: Any) -> Poly:
        """A power: multiplied out, put on the entries of a monomial, or opaque."""
        e = plain(e)
        if isinstance(e, int) and e >= 0:
            return self.times(*[p] * e)
        if not p:
            if isinstance(e, Fraction) and e > 0:
                return []
            raise CertificateRefused("a power of zero")
        c, sizes, factors = p[0]
        single = len(p) == 1 and not sizes and all(h != DELTA for h, _, _ in factors)
        integer = isinstance(e, int) or (isinstance(e, Expr) and bool(e.is_integer))
        if single and integer and (c == 1 or isinstance(e, int)):
            powered = [(h, ws, plain(k * e)) for h, ws, k in factors]
            return self.sum([(c**e if c != 1 else c, {}, powered)])
        if single and c == 1 and not factors:
            return p
        if single and c == 1 and len(factors) == 1:
            head, words, k = factors[0]
            if k == 1 or (_even_root(k) and isinstance(e, Fraction)):
                return self.entry(head, words, plain(k * e))
        return self.function("pow", None, (p,), free, e)

    def square(self, kind: str, a: Matrix) -> Poly:
        """Entry of an inverse, or a determinant."""
        a = self.over(a, *[refined(a.rows, a.cols) or a.rows] * 2)
        if not a.rows:
            return self.power(a.poly, -1, {}) if kind == "inv" else a.poly
        head, order = self.head(kind, a.rows, (a.poly,), a.radix)
        return self.entry(head, tuple((k,) for k in order) if kind == "inv" else ())

    # Leaves.

    def variable(self, x: Any, kind: str) -> Matrix:
        """Free entries, but for the facts declared."""
        rows, cols, facts = radix(x.rows), radix(x.cols), getattr(x, "facts", ())
        if "diagonal" in facts and rows:
            line = self.entry(self.leaf(kind, x, rows), ((0,),))
            return Matrix(rows, cols, self.times(self.deltas([(0, 1)]), line))
        even = {"symmetric", "positive definite"} & set(facts) and rows
        same = ((0, 1), (1, 0)) if even else None
        head = self.leaf(kind, x, rows + cols, same)
        p = self.entry(head, tuple((k,) for k in range(len(rows + cols))))
        if "skew" in facts:
            p = self.add(p, self.scaled(-1, self.at(p, {0: (1,), 1: (0,)})))
        return Matrix(rows, cols, p)

    def opaque(self, x: Any) -> Any:
        """An operator known by its operands alone."""
        shapes, operands = [], []
        for o in x.operands:
            own = self.known[o] if isinstance(o, Node) else Matrix((), (), self._parameter(o))
            shapes.append((own.rows, own.cols))
            operands.append(own.poly)
        whole = () if isinstance(x, ScalarNode) else radix(x.rows) + radix(x.cols)
        name = type(x).__name__, tuple(shapes)
        head, _ = self.head("opaque", name, tuple(operands), whole)
        p = self.entry(head, tuple((k,) for k in range(len(whole))))
        return p if isinstance(x, ScalarNode) else Matrix(radix(x.rows), radix(x.cols), p)

    def _parameter(self, o: Any) -> Poly:
        if isinstance(o, Expr):
            return self.scalar(o)
        return self.entry(self.leaf("symbol", str(o)), ())


def _free_deltas(p: Poly) -> list[tuple[int, int]]:
    return [
        (ws[0][0], ws[1][0])
        for _, _, factors in p
        for h, ws, _ in factors
        if h == DELTA and len(ws[0]) == len(ws[1]) == 1 and min(ws[0] + ws[1]) >= 0
    ]


def _forces(term: Any, i: int, j: int) -> bool:
    """Whether the δ's of a term make two indices equal."""
    reached, grown = {i}, True
    while grown:
        pairs = [set(p) for p in _free_deltas([term])]
        new = {k for p in pairs if p & reached for k in p} - reached
        reached, grown = reached | new, bool(new)
    return j in reached


def _even_root(k: Any) -> bool:
    return isinstance(k, Fraction) and k.denominator % 2 == 0
