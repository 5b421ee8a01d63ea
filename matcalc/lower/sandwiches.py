"""Hessians of layers, (I ⊗ Pᵀ) M (I ⊗ Q): one product of rows s ⊗ x, and blocks on the diagonal.

M is made of diag(u) and of diag(u)(G ⊗ I)diag(v), both of N·k rows for N samples and k units; none
of them is formed.
"""

from typing import Any

from sympy import Expr, Integer, sqrt

from matcalc.dimensions import dims, same, times
from matcalc.errors import ShapeError
from matcalc.lower.blocks import identity_first, identity_last
from matcalc.lower.kernels import Kernel, MatMul
from matcalc.lower.vectors import is_unformed
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones, identity, ones
from matcalc.operators.diagonal import Diag, diag
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker, Unvec, kron, unvec
from matcalc.operators.leaves import column, matrix
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import ATOM, Show, Values
from matcalc.rewrite import Law

N, k, p, q = dims("N k p q")
P, Q, G = matrix("P", p, N), matrix("Q", N, q), matrix("G", k, k)
R = matrix("R", N, N)
u, v = column("u", k * N), column("v", k * N)


class RowKronecker(Kernel):
    """Rows s ⊗ x of the rows s of S and x of X. Entry [i, j·p + l]: S[i, j]·X[i, l]."""

    @staticmethod
    def infer(s: Node, x: Node) -> tuple[Expr, Expr]:
        if not same(s.rows, x.rows):
            raise ShapeError(f"{described(s)} and {described(x)} have not as many rows")
        return s.rows, times(s.cols, x.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        s, x = (at.table(operand)[i] for operand in self.operands)
        return s[j // len(x)] * x[j % len(x)]

    def numpy(self, show: Show) -> str:
        s, x = (show(operand, ATOM) for operand in self.operands)
        rows, cols = (show(size, 0) for size in self.shape)
        return f"({s}[:, :, None] * {x}[:, None, :]).reshape({rows}, {cols})"


class WeightedBlocks(Kernel):
    """P diag(s) Q for every column s of S, as the blocks of a diagonal. Operands S, P, Q."""

    @staticmethod
    def infer(s: Node, p: Node, q: Node) -> tuple[Expr, Expr]:
        if not (same(p.cols, s.rows) and same(q.rows, s.rows)):
            raise ShapeError(f"{described(p)}, {described(s)} and {described(q)} do not fit")
        return times(s.cols, p.rows), times(s.cols, q.cols)

    def entry(self, at: Values, i: int, j: int) -> Any:
        s, p, q = (at.table(operand) for operand in self.operands)
        (row, line), (col, place) = divmod(i, len(p)), divmod(j, len(q[0]))
        if row != col:
            return 0
        return sum(p[line][x] * s[x][row] * q[x][place] for x in range(len(s)))

    def numpy(self, show: Show) -> str:
        s, p, q = (show(operand, 0) for operand in self.operands)
        return f"_weighted_blocks({s}, {p}, {q})"


class BlocksAdded(Kernel):
    """M and P diag(s) Q added to its blocks on the diagonal. Operands M, S, P, Q."""

    @staticmethod
    def infer(m: Node, s: Node, p: Node, q: Node) -> tuple[Expr, Expr]:
        if not all(map(same, m.shape, WeightedBlocks.infer(s, p, q))):
            raise ShapeError(f"blocks of another size than {described(m)}")
        return m.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        m, *blocks = self.operands
        return at.table(m)[i][j] + WeightedBlocks(*blocks).entry(at, i, j)

    def numpy(self, show: Show) -> str:
        m, s, p, q = (show(operand, 0) for operand in self.operands)
        if not isinstance(split_scale(self.operands[0])[1], MatMul) or m.isidentifier():
            m = f"{show(self.operands[0], ATOM)}.copy()"
        return f"_blocks_added({m}, {s}, {p}, {q})"


HELPERS = {
    "_blocks_added": '''
def _blocks_added(a, s, p, q):
    """Add p times s[:, i] times q to the blocks on the diagonal of a."""
    size, rows, cols = s.shape[1], p.shape[0], q.shape[1]
    blocks = a.reshape(size, rows, size, cols)
    diagonal = np.einsum("kikj->kij", blocks)
    diagonal += (s.T[:, None, :] * p) @ q
    return blocks.reshape(size * rows, size * cols)
''',
    "_weighted_blocks": '''
def _weighted_blocks(s, p, q):
    """Return the matrix with p times s[:, i] times q as its blocks on the diagonal."""
    size, rows, cols = s.shape[1], p.shape[0], q.shape[1]
    blocks = np.zeros((size, rows, size, cols), dtype=p.dtype)
    np.einsum("kikj->kij", blocks)[...] = (s.T[:, None, :] * p) @ q
    return blocks.reshape(size * rows, size * cols)
''',
}
"""Source of the functions that kernels call."""


def ends(x: Product) -> tuple[Node, Node, Expr] | None:
    """P, Q and the size of I where a product is (I ⊗ P) M (I ⊗ Q)."""
    first, last = identity_first(x.operands[0]), identity_first(x.operands[-1])
    if first is None or last is None or first[0] != last[0] or len(x.operands) < 3:
        return None
    return first[1], last[1], first[0]


def open_sandwich(x: Product) -> Any:
    """(I ⊗ P)(M + L)(I ⊗ Q) term by term."""
    if ends(x) is None:
        return x
    for i, factor in enumerate(x.operands):
        if isinstance(factor, Add) and is_unformed(factor):
            before, after = x.operands[:i], x.operands[i + 1 :]
            return Add(*(Product(*before, term, *after) for term in factor.operands))
    return x


def weighted_blocks(x: Product) -> Any:
    """(I ⊗ P) diag(u) (I ⊗ Q) by its blocks."""
    found = ends(x)
    if found is None or len(x.operands) != 3 or not isinstance(x.operands[1], Diag):
        return x
    left, right, size = found
    return WeightedBlocks(Unvec(x.operands[1].operands[0], left.cols, size), left, right)


def one_product(x: Product) -> Any:
    """(I ⊗ P) diag(u)(G ⊗ I)diag(v) (I ⊗ Q) as one product of rows s ⊗ x, weighted by G."""
    found, middle = ends(x), x.operands[1:-1]
    spread = [i for i, f in enumerate(middle) if identity_last(f) is not None]
    if found is None or len(spread) != 1 or not 1 < len(middle) < 4:
        return x
    left, right, size = found
    inner = identity_last(middle[spread[0]])
    sides = middle[: spread[0]], middle[spread[0] + 1 :]
    fits = inner is not None and same(inner[1], left.cols) and same(inner[0].cols, size)
    plain = all(len(side) < 2 and all(isinstance(f, Diag) for f in side) for side in sides)
    if inner is None or not fits or not plain or not same(inner[0].rows, size):
        return x
    u, v = (_weights(side, left.cols, size) for side in sides)
    return _joined(inner[0], u, v, left, right)


def _weights(side: tuple[Any, ...], rows: Expr, cols: Expr) -> Node:
    return Unvec(side[0].operands[0], rows, cols) if side else Ones(rows, cols)


def _joined(g: Node, u: Node, v: Node, left: Node, right: Node) -> Node:
    """The weights G go along with u and v where G is an outer product, else over the result."""
    c, inner = split_scale(g)
    factors = inner.operands if isinstance(inner, Product) else ()
    if len(factors) == 2 and is_one(factors[0].cols):
        line = Ones(u.rows, Integer(1))
        u = Hadamard(u, Product(line, Transpose(factors[0])))
        v = Hadamard(v, Product(line, factors[1]))
        inner = Ones(*inner.shape)
    product = Product(Transpose(RowKronecker(u, Transpose(left))), RowKronecker(v, right))
    return Scale(c, Hadamard(Kronecker(inner, Ones(left.rows, right.cols)), product))


def blocks_added(x: Add) -> Any:
    """M + blocks on the diagonal, added where they stand; a multiple goes onto their weights."""
    for term in x.operands:
        c, inner = split_scale(term)
        if isinstance(inner, WeightedBlocks):
            s, p, q = inner.operands
            rest = Add(*(other for other in x.operands if other is not term))
            return BlocksAdded(rest, Scale(c, s), p, q)
    return x


def multiple_inside(x: Scale) -> Any:
    """a (WᵀW + blocks on the diagonal) = (√a W)ᵀ(√a W) + a blocks, if any; W has rows u ⊗ t."""
    c, inner = x.operands
    m = inner.operands[0] if isinstance(inner, BlocksAdded) else inner
    if not (isinstance(m, MatMul) and c.is_positive and c.is_number):
        return x
    left, right = m.operands
    fits = isinstance(left, Transpose) and left.operands[0] is right
    if not (fits and isinstance(right, RowKronecker)):
        return x
    u, t = right.operands
    half = RowKronecker(Scale(sqrt(c), u), t)
    product = MatMul(Transpose(half), half)
    if inner is m:
        return product
    s, p, q = inner.operands[1:]
    return BlocksAdded(product, Scale(c, s), p, q)


M, U, T = matrix("M", k * p, k * p), matrix("U", N, k), matrix("T", N, p)
V = matrix("V", N, k)
FORMED_SANDWICHES = (
    Law(
        "M + blocks on the diagonal",
        M + WeightedBlocks(U, P, P.T),
        BlocksAdded(M, U, P, P.T),
        general=blocks_added,
    ),
    Law(
        "2 (WᵀW + blocks) = (√2 W)ᵀ(√2 W) + 2 blocks, W of rows v ⊗ t",
        2 * BlocksAdded(MatMul(RowKronecker(V, T).T, RowKronecker(V, T)), U, P, P.T),
        BlocksAdded(
            MatMul(RowKronecker(sqrt(2) * V, T).T, RowKronecker(sqrt(2) * V, T)), 2 * U, P, P.T
        ),
        general=multiple_inside,
    ),
)
"""Where they are formed, the blocks are added to what is there already."""

SANDWICHES = (
    Law(
        "(I ⊗ P)(M + L)(I ⊗ Q) term by term",
        kron(identity(k), P) @ (diag(u) + kron(G, R)) @ kron(identity(k), Q),
        kron(identity(k), P) @ diag(u) @ kron(identity(k), Q)
        + kron(identity(k), P) @ kron(G, R) @ kron(identity(k), Q),
        general=open_sandwich,
    ),
    Law(
        "(I ⊗ P) diag(u) (I ⊗ Q) by blocks",
        kron(identity(k), P) @ diag(u) @ kron(identity(k), Q),
        WeightedBlocks(unvec(u, N, k), P, Q),
        general=weighted_blocks,
    ),
    Law(
        "(I ⊗ P) diag(u) (G ⊗ I) diag(v) (I ⊗ Q) by one product",
        kron(identity(k), P) @ diag(u) @ kron(G, identity(N)) @ diag(v) @ kron(identity(k), Q),
        kron(G, ones(p, q))
        * (RowKronecker(unvec(u, N, k), P.T).T @ RowKronecker(unvec(v, N, k), Q)),
        general=one_product,
    ),
)
"""What is used before its factors are lowered."""
