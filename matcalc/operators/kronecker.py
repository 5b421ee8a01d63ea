"""Kronecker products, vec and unvec (column-major), and the adjoints of ⊗.

vec stacks columns: vec(A)[i + j·m] = A[i, j] for A m × n, so that vec(AXB) = (Bᵀ ⊗ A) vec X
(Magnus & Neudecker, ch. 2, thm. 2).
"""

from typing import Any, ClassVar

from sympy import Expr, Integer

from matcalc.dimensions import Size, dim, ratio, same, times
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Scale, Transpose, need_node, split_scale
from matcalc.operators.constants import Identity, Ones, Zero
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import ATOM, ELEMENTWISE, Show, Values


class Kronecker(Node):
    """A ⊗ B, m×n ⊗ p×q → mp × nq. Entry [i·p + k, j·q + l]: A[i, j]·B[k, l]."""

    latex_precedence = ELEMENTWISE

    @classmethod
    def canonical(cls, *factors: Node) -> Any:
        c, flat = Integer(1), list[Node]()
        for factor in factors:
            scale, inner = split_scale(factor)
            c *= scale
            flat += inner.operands if isinstance(inner, Kronecker) else (inner,)
        rows, cols = cls.infer(*flat)
        flat = [f for f in flat if not (isinstance(f, Ones) and f.shape == (1, 1))] or flat[:1]
        if any(isinstance(f, Zero) for f in flat):
            return Zero(rows, cols)
        for unit in (Identity, Ones):
            if all(isinstance(f, unit) for f in flat):
                return Scale(c, Identity(rows) if unit is Identity else Ones(rows, cols))
        if len(flat) < 2:
            return Scale(c, flat[0])
        return tuple(flat) if c == 1 else Scale(c, Kronecker(*flat))

    @staticmethod
    def infer(*factors: Node) -> tuple[Expr, Expr]:
        rows, cols = Integer(1), Integer(1)
        for factor in factors:
            rows, cols = times(rows, factor.rows), times(cols, factor.cols)
        return rows, cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        result: Any = 1
        for factor in reversed(self.operands):
            table = at.table(factor)
            (i, k), (j, m) = divmod(i, len(table)), divmod(j, len(table[0]))
            result = table[k][m] * result
        return result

    def latex(self, show: Show) -> str:
        return r" \otimes ".join(show(factor, ELEMENTWISE + 1) for factor in self.operands)

    def text(self, show: Show) -> str:
        inner = ", ".join(show(factor, 0) for factor in self.operands)
        return f"kron({inner})"

    def numpy(self, show: Show) -> str:
        code = show(self.operands[0], 0)
        for factor in self.operands[1:]:
            code = f"np.kron({code}, {show(factor, 0)})"
        return code


class Vec(Node):
    """vec(A), the columns of A stacked, mn × 1."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        if isinstance(a, Scale):
            return Scale(a.operands[0], Vec(a.operands[1]))
        if isinstance(a, Ones | Zero):
            return type(a)(times(a.rows, a.cols), Integer(1))
        if isinstance(a, Unvec):
            return a.operands[0]
        return a if is_one(a.cols) else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return times(a.rows, a.cols), Integer(1)

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        return table[i % len(table)][i // len(table)]

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{vec}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"vec({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f'{show(self.operands[0], ATOM)}.reshape(-1, 1, order="F")'


class Unvec(Node):
    """The m × n matrix whose vec is the given column."""

    @classmethod
    def canonical(cls, a: Node, rows: Expr, cols: Expr) -> Any:
        cls.infer(a, rows, cols)
        if isinstance(a, Scale):
            return Scale(a.operands[0], Unvec(a.operands[1], rows, cols))
        if isinstance(a, Ones | Zero):
            return type(a)(rows, cols)
        if isinstance(a, Vec) and a.operands[0].shape == (rows, cols):
            return a.operands[0]
        if is_one(rows):
            return Transpose(a)
        return a if is_one(cols) else (a, rows, cols)

    @staticmethod
    def infer(a: Node, rows: Expr, cols: Expr) -> tuple[Expr, Expr]:
        if not is_one(a.cols) or not same(a.rows, times(rows, cols)):
            raise ShapeError(f"cannot shape {described(a)} as {rows} × {cols}")
        return rows, cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[i + j * at.size(self.rows)][0]

    def latex(self, show: Show) -> str:
        a, rows, cols = (show(operand, 0) for operand in self.operands)
        return rf"\mathrm{{unvec}}_{{{rows} \times {cols}}}({a})"

    def text(self, show: Show) -> str:
        a, rows, cols = (show(operand, 0) for operand in self.operands)
        return f"unvec({a}, {rows}, {cols})"

    def numpy(self, show: Show) -> str:
        a, rows, cols = self.operands
        sizes = f"{show(rows, 0)}, {show(cols, 0)}"
        return f'{show(a, ATOM)}.reshape({sizes}, order="F")'


class _Contraction(Node, abstract=True):
    """A block matrix contracted with one ⊗-factor: the adjoint of A ↦ A ⊗ B or B ↦ A ⊗ B."""

    called: ClassVar[str]

    @classmethod
    def canonical(cls, g: Node, a: Node) -> Any:
        (c, g), (d, a) = split_scale(g), split_scale(a)
        if isinstance(g, Zero) or isinstance(a, Zero):
            return Zero(*cls.infer(g, a))
        return (g, a) if c * d == 1 else Scale(c * d, cls(g, a))

    @staticmethod
    def infer(g: Node, a: Node) -> tuple[Expr, Expr]:
        return _quotient(g.rows, a.rows, g), _quotient(g.cols, a.cols, g)

    def latex(self, show: Show) -> str:
        g, a = (show(operand, 0) for operand in self.operands)
        return rf"\mathrm{{{self.called.replace('_', '')}}}({g}, {a})"

    def text(self, show: Show) -> str:
        g, a = (show(operand, 0) for operand in self.operands)
        return f"{self.called}({g}, {a})"

    def _einsum(self, show: Show, order: str) -> str:
        g, a = self.operands
        (m, n), (p, q) = self.shape, a.shape
        outer, inner = ((p, m), (q, n)) if order == "ij" else ((m, p), (n, q))
        sizes = ", ".join(show(size, 0) for size in (*outer, *inner))
        spec = f'"ikjl,{order}->{"kl" if order == "ij" else "ij"}"'
        return f"np.einsum({spec}, {show(g, ATOM)}.reshape({sizes}), {show(a, 0)})"


class ContractRight(_Contraction):
    """Σ_kl B[k, l]·G[i·p + k, j·q + l] for B p × q: the adjoint of A ↦ A ⊗ B at G."""

    called = "block_inner"

    def entry(self, at: Values, i: int, j: int) -> Any:
        g, b = (at.table(operand) for operand in self.operands)
        p, q = len(b), len(b[0])
        return sum(b[k][m] * g[i * p + k][j * q + m] for k in range(p) for m in range(q))

    def numpy(self, show: Show) -> str:
        return self._einsum(show, "kl")


class ContractLeft(_Contraction):
    """Σ_ij A[i, j]·G[i·p + k, j·q + l] for A m × n: the adjoint of B ↦ A ⊗ B at G."""

    called = "block_sum"

    def entry(self, at: Values, i: int, j: int) -> Any:
        g, a = (at.table(operand) for operand in self.operands)
        p, q = at.size(self.rows), at.size(self.cols)
        return sum(
            a[k][m] * g[k * p + i][m * q + j] for k in range(len(a)) for m in range(len(a[0]))
        )

    def numpy(self, show: Show) -> str:
        return self._einsum(show, "ij")


def _quotient(size: Expr, factor: Expr, g: Node) -> Expr:
    try:
        return ratio(size, factor)
    except ShapeError as error:
        raise ShapeError(f"{described(g)} is not made of blocks of size {factor}") from error


def kron(*factors: Node) -> Node:
    """Kronecker product; ``kron(g, ones(N))`` repeats the row g down N rows."""
    return Kronecker(*(need_node("kron", factor) for factor in factors))


def block_inner(g: Node, b: Node) -> Node:
    """Inner product of every block of G with B.

    Parameters
    ----------
    g : Node
        mp × nq, seen as m × n blocks of p × q.
    b : Node
        p × q.

    Returns
    -------
    Node
        m × n, with entries ⟨G_ij, B⟩: the adjoint of A ↦ A ⊗ B at G.

    Raises
    ------
    ShapeError
        If the sizes of G are no multiples of those of B.

    Examples
    --------
    >>> from matcalc import dims, gradient, inner, matrix
    >>> m, n, p, q = dims("m n p q")
    >>> A, B, G = matrix("A", m, n), matrix("B", p, q), matrix("G", m * p, n * q)
    >>> gradient(inner(G, kron(A, B)), A)[A]
    block_inner(G, B)
    """
    return ContractRight(need_node("block_inner", g), need_node("block_inner", b))


def block_sum(g: Node, a: Node) -> Node:
    """Sum of the blocks of G, weighted with the entries of A.

    Parameters
    ----------
    g : Node
        mp × nq, seen as m × n blocks of p × q.
    a : Node
        m × n.

    Returns
    -------
    Node
        p × q: Σ_ij A[i, j]·G_ij, the adjoint of B ↦ A ⊗ B at G.

    Raises
    ------
    ShapeError
        If the sizes of G are no multiples of those of A.

    Examples
    --------
    >>> from matcalc import dims, gradient, inner, matrix
    >>> m, n, p, q = dims("m n p q")
    >>> A, B, G = matrix("A", m, n), matrix("B", p, q), matrix("G", m * p, n * q)
    >>> gradient(inner(G, kron(A, B)), B)[B]
    block_sum(G, A)
    """
    return ContractLeft(need_node("block_sum", g), need_node("block_sum", a))


def vec(a: Node) -> Node:
    """Stack the columns."""
    return Vec(need_node("vec", a))


def unvec(a: Node, rows: Size, cols: Size) -> Node:
    """Undo `vec`: the rows × cols matrix with that vec."""
    return Unvec(need_node("unvec", a), dim(rows), dim(cols))
