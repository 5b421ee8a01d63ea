"""Kronecker products with an identity: applied block by block, and written where they are formed.

In A ⊗ I and I ⊗ B all but one entry in a row's n are zeros. Products with them are products with
A or B; the matrix itself is zeros with A or B put in place by one assignment.
"""

from typing import Any

from sympy import Expr

from matcalc.dimensions import dims, same, times
from matcalc.errors import ShapeError
from matcalc.lower.kernels import Kernel, MatMul
from matcalc.node import Node
from matcalc.operators.algebra import Add, Inverse, Scale, Transpose, inv, split_scale
from matcalc.operators.constants import Identity, identity
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import matrix, scalar
from matcalc.operators.shapes import described
from matcalc.protocols import ATOM, PRODUCT, Show, Values
from matcalc.rewrite import Law

m, n, q, k, h = dims("m n q k h")
A, B, a = matrix("A", m, n), matrix("B", m, n), scalar("a")
S, R = matrix("S", n, n), matrix("R", k, k)
M, L = matrix("M", n * k, h), matrix("L", k * n, h)


class Refold(Kernel):
    """M read row by row into another shape. Operands M and the new shape."""

    @classmethod
    def canonical(cls, m: Node, rows: Expr, cols: Expr) -> Any:
        if isinstance(m, Refold):
            return cls(m.operands[0], rows, cols)
        return m if m.shape == (rows, cols) else (m, rows, cols)

    @staticmethod
    def infer(m: Node, rows: Expr, cols: Expr) -> tuple[Expr, Expr]:
        if not same(times(*m.shape), times(rows, cols)):
            raise ShapeError(f"cannot read {described(m)} as {rows} × {cols}")
        return rows, cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        row, col = divmod(i * at.size(self.cols) + j, len(table[0]))
        return table[row][col]

    def numpy(self, show: Show) -> str:
        m, rows, cols = self.operands
        return f"{show(m, ATOM)}.reshape({show(rows, 0)}, {show(cols, 0)})"


class BlocksTimes(Kernel):
    """(I ⊗ B) M block by block. Operands the size of I, B, and M."""

    @staticmethod
    def infer(size: Expr, b: Node, m: Node) -> tuple[Expr, Expr]:
        if not same(times(size, b.cols), m.rows):
            raise ShapeError(f"cannot multiply I ⊗ {described(b)} by {described(m)}")
        return times(size, b.rows), m.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        b, m = at.table(self.operands[1]), at.table(self.operands[2])
        block, line = divmod(i, len(b))
        n = len(b[0])
        return sum(x * m[block * n + k][j] for k, x in enumerate(b[line]))

    def numpy(self, show: Show) -> str:
        size, b, m = self.operands
        inner = f"{show(m, ATOM)}.reshape({show(size, 0)}, {show(b.cols, 0)}, -1)"
        return f"({show(b, PRODUCT)} @ {inner}).reshape({show(self.rows, 0)}, -1)"


class BlocksSolve(Kernel):
    """(I ⊗ B⁻¹) M block by block. Operands the size of I, B, and M."""

    @staticmethod
    def infer(size: Expr, b: Node, m: Node) -> tuple[Expr, Expr]:
        if not (same(b.rows, b.cols) and same(times(size, b.rows), m.rows)):
            raise ShapeError(f"cannot solve with I ⊗ {described(b)} for {described(m)}")
        return m.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        b, m = at.inverse(self.operands[1]), at.table(self.operands[2])
        block, line = divmod(i, len(b))
        return sum(x * m[block * len(b) + k][j] for k, x in enumerate(b[line]))

    def numpy(self, show: Show) -> str:
        size, b, m = self.operands
        inner = f"{show(m, ATOM)}.reshape({show(size, 0)}, {show(b.cols, 0)}, -1)"
        return f"np.linalg.solve({show(b, 0)}, {inner}).reshape({show(self.rows, 0)}, -1)"


class Spread(Kernel):
    """A ⊗ I, every entry of A down a diagonal. Operands A and the size of I."""

    @staticmethod
    def infer(a: Node, size: Expr) -> tuple[Expr, Expr]:
        return times(a.rows, size), times(a.cols, size)

    def entry(self, at: Values, i: int, j: int) -> Any:
        size = at.size(self.operands[1])
        (row, k), (col, x) = divmod(i, size), divmod(j, size)
        return at.table(self.operands[0])[row][col] if k == x else 0

    def numpy(self, show: Show) -> str:
        a, size = (show(operand, 0) for operand in self.operands)
        return f"_spread({a}, {size})"


class OnDiagonal(Kernel):
    """I ⊗ B, B as every block of the diagonal. Operands the size of I and B."""

    @staticmethod
    def infer(size: Expr, b: Node) -> tuple[Expr, Expr]:
        return times(size, b.rows), times(size, b.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        b = at.table(self.operands[1])
        (row, k), (col, x) = divmod(i, len(b)), divmod(j, len(b[0]))
        return b[k][x] if row == col else 0

    def numpy(self, show: Show) -> str:
        size, b = (show(operand, 0) for operand in self.operands)
        return f"_on_diagonal({size}, {b})"


HELPERS = {
    "_spread": '''
def _spread(a, size):
    """Return the Kronecker product of a and an identity."""
    rows, cols = a.shape
    blocks = np.zeros((rows, size, cols, size), dtype=a.dtype)
    down, inner, across, along = blocks.strides
    np.ndarray((size, rows, cols), a.dtype, blocks, 0, (inner + along, down, across))[...] = a
    return blocks.reshape(rows * size, cols * size)
''',
    "_on_diagonal": '''
def _on_diagonal(size, b):
    """Return the Kronecker product of an identity and b."""
    rows, cols = b.shape
    blocks = np.zeros((size, rows, size, cols), dtype=b.dtype)
    np.einsum("kikj->kij", blocks)[...] = b
    return blocks.reshape(size * rows, size * cols)
''',
}
"""Source of the functions that the kernels call; strides or einsum show the places to fill."""


def identity_last(x: Any) -> tuple[Node, Expr] | None:
    """A and the size of I where ``x`` is A ⊗ I."""
    if not isinstance(x, Kronecker) or not isinstance(x.operands[-1], Identity):
        return None
    return Kronecker(*x.operands[:-1]), x.operands[-1].rows


def identity_first(x: Any) -> tuple[Expr, Node] | None:
    """The size of I and B where ``x`` is I ⊗ B."""
    if not isinstance(x, Kronecker) or not isinstance(x.operands[0], Identity):
        return None
    return x.operands[0].rows, Kronecker(*x.operands[1:])


def spread_times(x: MatMul) -> Any:
    """(A ⊗ I)M by one product with A."""
    left, m = x.operands
    found = identity_last(left)
    if found is None:
        return x
    a, size = found
    folded = Refold(m, a.cols, times(size, m.cols))
    return Refold(MatMul(a, folded), *x.shape)


def inverses_one_by_one(x: MatMul) -> Any:
    """(P⁻¹ ⊗ S⁻¹)M as (P⁻¹ ⊗ I)(I ⊗ S⁻¹)M, where either is an inverse."""
    left, m = x.operands
    if not isinstance(left, Kronecker) or not any(map(is_inverse, left.operands)):
        return x
    a, b = left.operands[0], Kronecker(*left.operands[1:])
    if isinstance(a, Identity) or isinstance(b, Identity):
        return x
    right = MatMul(Kronecker(Identity(a.cols), b), m)
    return MatMul(Kronecker(a, Identity(b.rows)), right)


def is_inverse(a: Node) -> bool:
    """Whether a matrix is an inverse or a transposed one."""
    return isinstance(a.operands[0] if isinstance(a, Transpose) else a, Inverse)


def blocks_solve(x: BlocksTimes) -> Any:
    """(I ⊗ S⁻¹)M as the solutions of linear systems."""
    size, b, m = x.operands
    if not is_inverse(b):
        return x
    turned = isinstance(b, Transpose)
    inner = b.operands[0].operands[0] if turned else b.operands[0]
    return BlocksSolve(size, Transpose(inner) if turned else inner, m)


def blocks_times(x: MatMul) -> Any:
    """(I ⊗ B)M, B times every block."""
    found = identity_first(x.operands[0])
    return BlocksTimes(*found, x.operands[1]) if found else x


def identity_joins(x: Add) -> Any:
    """aI + S ⊗ I = (aI + S) ⊗ I."""
    for unit in x.operands:
        c, inner = split_scale(unit)
        for term in x.operands if isinstance(inner, Identity) else ():
            d, base = split_scale(term)
            found = identity_last(base)
            if found is not None:
                s, size = found
                joined = Kronecker(Add(Scale(c, Identity(s.rows)), Scale(d, s)), Identity(size))
                return Add(joined, *(t for t in x.operands if t not in (unit, term)))
    return x


BLOCKWISE = (
    Law("I A = A", MatMul(identity(m), A), A),
    Law(
        "(A ⊗ I) M multiplies by A",
        MatMul(kron(A, identity(k)), M),
        Refold(MatMul(A, Refold(M, n, k * h)), m * k, h),
        general=spread_times,
    ),
    Law(
        "(R⁻¹ ⊗ S⁻¹) M solves",
        MatMul(kron(inv(R), inv(S)), L),
        MatMul(kron(inv(R), identity(n)), MatMul(kron(identity(k), inv(S)), L)),
        general=inverses_one_by_one,
    ),
    Law(
        "(I ⊗ S⁻¹) M solves blocks",
        BlocksTimes(k, inv(S), L),
        BlocksSolve(k, S, L),
        general=blocks_solve,
    ),
    Law(
        "(I ⊗ B) M multiplies blocks",
        MatMul(kron(identity(k), B), L),
        BlocksTimes(k, B, L),
        general=blocks_times,
    ),
    Law(
        "a I + S ⊗ I = (a I + S) ⊗ I",
        a * identity(n * k) + kron(S, identity(k)),
        kron(a * identity(n) + S, identity(k)),
        general=identity_joins,
    ),
)
"""Products with A ⊗ I and I ⊗ B, and sums with an identity."""


def spread(x: Kronecker) -> Any:
    """A ⊗ I formed."""
    found = identity_last(x)
    return Spread(*found) if found else x


def on_diagonal(x: Kronecker) -> Any:
    """I ⊗ B formed."""
    found = identity_first(x)
    return OnDiagonal(*found) if found else x


FORMED_BLOCKS = (
    Law("A ⊗ I is spread", kron(A, identity(k)), Spread(A, k), general=spread),
    Law(
        "I ⊗ B is put on the diagonal", kron(identity(k), B), OnDiagonal(k, B), general=on_diagonal
    ),
    Law("a (A ⊗ I) = (a A) ⊗ I", a * Spread(A, k), Spread(a * A, k)),
    Law("a (I ⊗ B) = I ⊗ (a B)", a * OnDiagonal(k, B), OnDiagonal(k, a * B)),
)
"""Where they must be formed after all."""
