"""The entries of the operators that lowered expressions contain."""

from typing import Any

from sympy import Expr

from matcalc.prove.checker.digits import Matrix, radix
from matcalc.prove.checker.operators import Operators
from matcalc.prove.checker.terms import Poly


class Kernels(Operators):
    """Definitions of what NumPy does in one call."""

    def line_sums(self, a: Matrix, axis: int) -> Matrix:
        """Sums down the rows (0) or over the columns (1)."""
        n = len(a.rows)
        along = {k: s for k, s in enumerate(a.radix) if (k >= n) == bool(axis)}
        p = self.summed(a.poly, along)
        if axis:
            return Matrix(a.rows, (), p)
        return Matrix((), a.cols, self.at(p, {n + k: (k,) for k in range(len(a.cols))}))

    def dots(self, x: Any, axis: int) -> Matrix:
        """Sums of the products of entries."""
        a, b = self.alike(*(self.known[o] for o in x.operands))
        return self.line_sums(Matrix(a.rows, a.cols, self.times(a.poly, b.poly)), axis)

    def repeated(self, line: Matrix, rows: Expr, cols: Expr) -> Matrix:
        """A row or a column in every line."""
        down, over = line.rows or radix(rows), line.cols or radix(cols)
        put = {k: (k if line.rows else len(down) + k,) for k in range(len(line.radix))}
        return Matrix(down, over, self.at(line.poly, put))

    def beyond(self, x: Any) -> Matrix:
        """A less a line that is repeated."""
        a, line = (self.known[o] for o in x.operands)
        a, b = self.alike(a, self.repeated(line, x.rows, x.cols))
        return Matrix(a.rows, a.cols, self.add(a.poly, self.scaled(-1, b.poly)))

    def solution(self, x: Any) -> Matrix:
        """A⁻¹B."""
        a, b = (self.known[o] for o in x.operands)
        a = self.over(a, *[a.rows] * 2)
        return self.multiplied(Matrix(a.rows, a.rows, self.square("inv", a)), b)

    def reordered(self, x: Any) -> Matrix:
        """Row j + i·n is row i + j·m of the operand."""
        a, m, n = x.operands
        swap = Matrix((n, m), (m, n), self.deltas([(0, 3), (1, 2)]))
        return self.multiplied(swap, self.known[a])

    def picked_rows(self, x: Any) -> Matrix:
        """Row i is row i·(n + 1) of the operand."""
        a, n = x.operands
        return self.multiplied(Matrix((n,), (n, n), self.deltas([(0, 1), (0, 2)])), self.known[a])

    def block(self, x: Any) -> Matrix:
        """EᵀA F for columns E and F of identities."""
        a, i, m, j, n = x.operands
        rows, cols = self.columns_of(a.rows, i, m), self.columns_of(a.cols, j, n)
        return self.multiplied(self.multiplied(self.turned(rows), self.known[a]), cols)

    def padded(self, x: Any) -> Matrix:
        """E A Fᵀ for columns E and F of identities."""
        a, m, i, n, j = x.operands
        rows, cols = self.columns_of(m, i, a.rows), self.columns_of(n, j, a.cols)
        return self.multiplied(self.multiplied(rows, self.known[a]), self.turned(cols))

    def kronecker_times(self, x: Any) -> Matrix:
        """(A ⊗ B) M."""
        a, b, m = (self.known[o] for o in x.operands)
        return self.multiplied(self.kron(a, b), m)

    def kron(self, a: Matrix, b: Matrix) -> Matrix:
        """A[i, j] B[k, l] in the digits k, i and l, j."""
        p, m, q = len(b.rows), len(a.rows), len(b.cols)
        right = {k: (k if k < p else m + k,) for k in range(p + q)}
        left = {k: (p + k if k < m else p + q + k,) for k in range(len(a.radix))}
        product: Poly = self.times(self.at(b.poly, right), self.at(a.poly, left))
        return Matrix(b.rows + a.rows, b.cols + a.cols, product)


def _of(self: Kernels, x: Any) -> Matrix:
    found: Matrix = self.known[x.operands[0]]
    return found


Kernels.entries = Operators.entries | {
    "MatMul": Operators.product,
    "ColumnSums": lambda self, x: self.line_sums(_of(self, x), 0),
    "RowSums": lambda self, x: self.line_sums(_of(self, x), 1),
    "ColumnDots": lambda self, x: self.dots(x, 0),
    "RowDots": lambda self, x: self.dots(x, 1),
    "RepeatRows": lambda self, x: self.repeated(_of(self, x), x.rows, x.cols),
    "RepeatColumns": lambda self, x: self.repeated(_of(self, x), x.rows, x.cols),
    "Solve": Kernels.solution,
    "KroneckerTimes": Kernels.kronecker_times,
    "CommuteRows": Kernels.reordered,
    "DiagonalRows": Kernels.picked_rows,
    "Beyond": Kernels.beyond,
    "Slice": Kernels.block,
    "Pad": Kernels.padded,
}
