"""Outer products, and the product of two matrices column by column.

The Khatri-Rao product has the Kronecker products of the columns: vec(A diag(v) Bᵀ) = (B ⊙ A) v in
tensor notation (Kolda & Bader, *Tensor decompositions and applications*, SIAM Review 51, 2009,
sec. 2.6). It prints as ∗ under ⊗, since ⊙ is the entrywise product here.
"""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same, times
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Product, Scale, Transpose, need_node, split_scale
from matcalc.operators.constants import Ones, Zero
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import ELEMENTWISE, Show, Values


class KhatriRao(Node):
    """A ∗ B, m×n and p×n → mp × n. Entry [i·p + k, j]: A[i, j]·B[k, j]."""

    latex_precedence = ELEMENTWISE

    @classmethod
    def canonical(cls, a: Node, b: Node) -> Any:
        shape = cls.infer(a, b)
        (c, a), (d, b) = split_scale(a), split_scale(b)
        if isinstance(a, Zero) or isinstance(b, Zero):
            return Zero(*shape)
        if is_one(a.cols):
            return Scale(c * d, Kronecker(a, b))
        if is_one(a.rows) or is_one(b.rows):
            return Scale(c * d, Hadamard(_repeated(a, b.rows), _repeated(b, a.rows)))
        return (a, b) if c * d == 1 else Scale(c * d, cls(a, b))

    @staticmethod
    def infer(a: Node, b: Node) -> tuple[Expr, Expr]:
        if not same(a.cols, b.cols):
            raise ShapeError(
                f"cannot multiply the columns of {described(a)} and {described(b)}: "
                f"columns {a.cols} and {b.cols} differ"
            )
        return times(a.rows, b.rows), a.cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b = (at.table(operand) for operand in self.operands)
        return a[i // len(b)][j] * b[i % len(b)][j]

    def latex(self, show: Show) -> str:
        a, b = (show(operand, ELEMENTWISE + 1) for operand in self.operands)
        return rf"{a} \ast {b}"

    def text(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        return f"khatri_rao({a}, {b})"

    def numpy(self, show: Show) -> str:
        a, b = self.operands
        columns = f'np.einsum("ij,kj->ikj", {show(a, 0)}, {show(b, 0)})'
        return f"{columns}.reshape({show(self.rows, 0)}, {show(self.cols, 0)})"


def _repeated(line: Node, count: Expr) -> Node:
    return Product(Ones(count, Integer(1)), line) if is_one(line.rows) else line


def khatri_rao(a: Node, b: Node) -> Node:
    """The Khatri-Rao product: column j is the Kronecker product of the columns j of A and B.

    Raises
    ------
    ShapeError
        If the numbers of columns differ.

    Examples
    --------
    >>> from matcalc import dims, gradient, inner, matrix
    >>> m, n, p = dims("m n p")
    >>> A, B, G = matrix("A", m, n), matrix("B", p, n), matrix("G", m * p, n)
    >>> gradient(inner(G, khatri_rao(A, B)), A)[A]
    kron(identity(m), ones(1, p)) @ (G * kron(ones(m, 1), B))
    """
    return KhatriRao(need_node("khatri_rao", a), need_node("khatri_rao", b))


def outer(a: Node, b: Node) -> Node:
    """The outer product a bᵀ of two columns.

    Raises
    ------
    ShapeError
        If one of them is no column.
    """
    for x in (a, b):
        if not is_one(need_node("outer", x).cols):
            raise ShapeError(f"outer takes two columns, got {described(x)}")
    return Product(a, Transpose(b))
