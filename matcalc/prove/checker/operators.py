"""The definition of every operator: its entry in the digits of row and column."""

from typing import Any

from sympy import Expr, Integer, expand

from matcalc.prove.checker.differentials import Differentials
from matcalc.prove.checker.digits import Matrix, cut, radix, refined, size_of
from matcalc.prove.checker.terms import DELTA, CertificateRefused, Poly


class Operators(Differentials):
    """Definitions of the operators."""

    def columns_of(self, n: Expr, start: Expr, count: Expr) -> Matrix:
        """Columns start, …, start + count − 1 of the identity."""
        rows, cols, start = radix(n), radix(count), expand(start)
        if start == 0 and n == count:
            return Matrix(rows, rows, self.deltas([(0, 1)] if rows else []))
        if not rows:
            return Matrix(rows, cols, self.constant(1))
        if not cols:
            at = self.value(start, n)
            return Matrix(rows, cols, self.entry(DELTA, ((0,), (at,))))
        head = self.leaf("segment", (n, start, count), rows + cols)
        return Matrix(rows, cols, self.entry(head, ((0,), (1,))))

    def stack(self, x: Any) -> Matrix:
        """Blocks in their places."""
        beside, parts = type(x).__name__ == "HStack", []
        for block, where in zip(x.operands, x.segments, strict=True):
            a, e = self.known[block], self.matrix(where)
            product = (a, self.turned(e)) if beside else (e, a)
            parts.append(self.multiplied(*product))
        parts = self.alike(*parts)
        return Matrix(parts[0].rows, parts[0].cols, self.add(*(p.poly for p in parts)))

    def kronecker(self, x: Any) -> Matrix:
        """Digits of the last factor are the fastest."""
        parts = [self.known[o] for o in reversed(x.operands)]
        height, rows, cols, polys = sum(len(a.rows) for a in parts), (), (), []
        for a in parts:
            put = {k: (len(rows) + k,) for k in range(len(a.rows))}
            put |= {len(a.rows) + k: (height + len(cols) + k,) for k in range(len(a.cols))}
            polys.append(self.at(a.poly, put))
            rows, cols = rows + a.rows, cols + a.cols
        return Matrix(rows, cols, self.times(*polys))

    def khatri_rao(self, x: Any) -> Matrix:
        """⊗ of the columns."""
        a, b = (self.known[o] for o in x.operands)
        cols = refined(a.cols, b.cols) or a.cols
        a, b = self.over(a, a.rows, cols), self.over(b, b.rows, cols)
        p, m, n = len(b.rows), len(a.rows), len(cols)
        right = self.at(b.poly, {p + k: (p + m + k,) for k in range(n)})
        left = self.at(a.poly, {k: (p + k,) for k in range(m + n)})
        return Matrix(b.rows + a.rows, cols, self.times(left, right))

    def unvec(self, x: Any) -> Matrix:
        """Rows are the first digits."""
        a, m, n = x.operands
        own = self.known[a]
        fine = refined(own.rows, radix(m) + radix(n)) or radix(m) + radix(n)
        place = cut(fine, m)
        if place is None:
            raise CertificateRefused(f"{fine} cannot be cut at {m}")
        return Matrix(fine[:place], fine[place:], self.over(own, fine, ()).poly)

    def contraction(self, x: Any) -> Matrix:
        """G summed against its fast digits (right) or its slow ones (left)."""
        g, b = (self.known[o] for o in x.operands)
        right = type(x).__name__ == "ContractRight"
        wanted, cuts = [], []
        for own, kept, line in zip((b.rows, b.cols), x.shape, (g.rows, g.cols), strict=True):
            first = own + radix(kept) if right else radix(kept) + own
            fine = refined(line, first) or first
            wanted.append(fine)
            cuts.append(cut(fine, size_of(own) if right else kept) or 0)
        (rows, cols), (r, c) = wanted, cuts
        g = self.over(g, rows, cols)
        low, high = (rows[:r], cols[:c]), (rows[r:], cols[c:])
        summed, kept = (low, high) if right else (high, low)
        b = self.over(b, *summed)
        n, m = len(rows), len(b.radix)
        out = len(g.radix)
        row_places, col_places = range(n), range(n, out)
        spent = [*row_places[:r], *col_places[:c]] if right else [*row_places[r:], *col_places[c:]]
        left = [k for k in range(out) if k not in spent]
        put = {k: (out + i,) for i, k in enumerate(spent)} | {k: (i,) for i, k in enumerate(left)}
        product = self.times(
            self.at(g.poly, put), self.at(b.poly, {k: (out + k,) for k in range(m)})
        )
        p = self.summed(product, {out + i: s for i, s in enumerate(b.radix)})
        return Matrix(*kept, p)

    def diag(self, x: Any) -> Matrix:
        """v[i] where i = j."""
        v = self.known[x.operands[0]]
        n = len(v.rows)
        p = self.times(v.poly, self.deltas((k, n + k) for k in range(n)))
        return Matrix(v.rows, v.rows, p)

    def entrywise(self, x: Any) -> Matrix:
        """A sum or a ⊙-product."""
        parts = self.alike(*(self.known[o] for o in x.operands))
        join = self.add if type(x).__name__ == "Add" else self.times
        return Matrix(parts[0].rows, parts[0].cols, join(*(p.poly for p in parts)))

    def mapped(self, x: Any) -> Matrix:
        """f of every entry, or of the entries of two matrices."""
        f, *operands = x.operands
        parts = self.alike(*(self.known[o] for o in operands))
        polys = [p.poly for p in parts]
        free = dict(enumerate(parts[0].radix))
        p = self.scalar(f, polys[0], free, polys[-1])
        return Matrix(parts[0].rows, parts[0].cols, p)

    def product(self, x: Any) -> Matrix:
        """Matrix product."""
        result = self.known[x.operands[0]]
        for factor in x.operands[1:]:
            result = self.multiplied(result, self.known[factor])
        return result

    def item(self, x: Any) -> Poly:
        """A[i, j] with values for i and j."""
        a, i, j = x.operands
        own = self.known[a]
        p, n = own.poly, len(own.rows)
        for first, digits, value in ((0, own.rows, i), (n, own.cols, j)):
            if digits:
                at = self.value(value, size_of(digits))
                word = tuple(range(first, first + len(digits)))
                bound = dict(zip(word, digits, strict=True))
                p = self.summed(self.times(p, self.entry(DELTA, (word, (at,)))), bound)
        return p

    def softmax(self, x: Any) -> Matrix:
        """exp(A[i, j]) over its sum along a line."""
        a = self.known[x.operands[0]]
        p, total = self.exponentials(a, x.axis)
        below = self.power(total, -1, dict(enumerate(a.radix)))
        return Matrix(a.rows, a.cols, self.times(p, below))

    def log_sums(self, x: Any) -> Matrix:
        """log Σ_k exp(A[i, k])."""
        a = self.known[x.operands[0]]
        total = self.exponentials(a, x.axis)[1]
        p = self.function("fn", "log", (total,), dict(enumerate(a.radix)))
        if x.axis:
            return Matrix(a.rows, (), p)
        put = {len(a.rows) + k: (k,) for k in range(len(a.cols))}
        return Matrix((), a.cols, self.at(p, put))

    def exponentials(self, a: Matrix, axis: int | None) -> tuple[Poly, Poly]:
        """exp(A), and its sums along rows (1), columns (0) or both."""
        free = dict(enumerate(a.radix))
        p = self.function("fn", "exp", (a.poly,), free)
        along = {k: s for k, s in free.items() if axis is None or (k >= len(a.rows)) == bool(axis)}
        return p, self.summed(p, along)


def _of(self: Operators, x: Any) -> Matrix:
    return self.known[x.operands[0]]


def _identity(self: Operators, x: Any) -> Matrix:
    return self.columns_of(x.rows, Integer(0), x.rows)


def _centering(self: Operators, x: Any) -> Matrix:
    one = _identity(self, x)
    mean = self.power(self.size(x.rows), -1, {})
    return Matrix(one.rows, one.cols, self.add(one.poly, self.scaled(-1, mean)))


def _scale(self: Operators, x: Any) -> Matrix:
    a = self.known[x.operands[1]]
    return Matrix(a.rows, a.cols, self.times(self.scalar(x.operands[0]), a.poly))


def _commutation(self: Operators, x: Any) -> Matrix:
    m, n = x.operands
    return Matrix((n, m), (m, n), self.deltas([(0, 3), (1, 2)]))


def _selector(self: Operators, x: Any) -> Matrix:
    n = x.operands[0]
    return Matrix((n, n), (n,), self.deltas([(0, 2), (1, 2)]))


def _inner(self: Operators, x: Any) -> Poly:
    a, b = self.alike(*(self.known[o] for o in x.operands))
    return self.summed(self.times(a.poly, b.poly), dict(enumerate(a.radix)))


def _inverse(self: Operators, x: Any) -> Matrix:
    a = _of(self, x)
    rows = refined(a.rows, a.cols) or a.rows
    return Matrix(rows, rows, self.square("inv", a))


Operators.entries = {
    "Variable": lambda self, x: self.variable(x, "entry"),
    "Named": lambda self, x: self.known[x.definition],
    "Ones": lambda self, x: Matrix(radix(x.rows), radix(x.cols), self.constant(1)),
    "Zero": lambda self, x: Matrix(radix(x.rows), radix(x.cols), []),
    "Identity": _identity,
    "Centering": _centering,
    "Commutation": _commutation,
    "Selector": _selector,
    "Segment": lambda self, x: self.columns_of(*x.operands),
    "Scale": _scale,
    "Add": Operators.entrywise,
    "Hadamard": Operators.entrywise,
    "Product": Operators.product,
    "Transpose": lambda self, x: self.turned(_of(self, x)),
    "Map": Operators.mapped,
    "Map2": Operators.mapped,
    "Kronecker": Operators.kronecker,
    "KhatriRao": Operators.khatri_rao,
    "Vec": lambda self, x: Matrix(_of(self, x).radix, (), _of(self, x).poly),
    "Unvec": Operators.unvec,
    "ContractRight": Operators.contraction,
    "ContractLeft": Operators.contraction,
    "HStack": Operators.stack,
    "VStack": Operators.stack,
    "Diag": Operators.diag,
    "Diagonal": lambda self, x: self.diagonal(_of(self, x)),
    "Inverse": _inverse,
    "Entry": Operators.item,
    "RowSoftmax": Operators.softmax,
    "ColumnSoftmax": Operators.softmax,
    "RowLogSumExp": Operators.log_sums,
    "ColumnLogSumExp": Operators.log_sums,
    "LogSumExp": lambda self, x: self.function(
        "fn", "log", (self.exponentials(_of(self, x), None)[1],), {}
    ),
    "Trace": lambda self, x: self.trace(_of(self, x)),
    "Total": lambda self, x: self.total(_of(self, x)),
    "Inner": _inner,
    "Det": lambda self, x: self.square("det", _of(self, x)),
    "LogDet": lambda self, x: self.function("fn", "log", (self.square("det", _of(self, x)),), {}),
    "Differential": Operators.differential,
    "ScalarDifferential": Operators.differential,
}
