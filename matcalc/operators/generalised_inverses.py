"""The adjugate of a square matrix, and the pseudo-inverse of any matrix."""

from functools import partial
from typing import Any

from sympy import Expr

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Inverse, Product, Scale, Transpose, need_node
from matcalc.operators.constants import Identity, Ones, Zero
from matcalc.operators.determinant import expansion
from matcalc.operators.shapes import described, is_one
from matcalc.protocols import ATOM, PREFIX, Show, Table, Values


class Adjugate(Node):
    """adj(A), the transposed matrix of cofactors: A adj(A) = det(A) I.

    Entry [i, j] is (−1)^{i+j} times the determinant of A without row j and column i. It exists for
    every square A; its differential is written with A⁻¹ and so needs an invertible one.
    """

    @classmethod
    def canonical(cls, a: Node) -> Any:
        cls.infer(a)
        if is_one(a.rows):
            return Ones(a.rows, a.rows)
        if isinstance(a, Identity):
            return a
        if isinstance(a, Scale):
            return Scale(a.operands[0] ** (a.rows - 1), Adjugate(a.operands[1]))
        return (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        if not same(a.rows, a.cols):
            raise ShapeError(f"an adjugate needs a square matrix, got {described(a)}")
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.kept(self, partial(cofactors, at.table(self.operands[0])))[j][i]

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{adj}}\left({show(self.operands[0], 0)}\right)"

    def text(self, show: Show) -> str:
        return f"adj({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"_adjugate({show(self.operands[0], 0)})"


def cofactors(table: Table) -> Table:
    """Signed determinants of the table without one row and one column."""
    n = len(table)
    rows = [[row for k, row in enumerate(table) if k != i] for i in range(n)]
    return [
        [
            (-1) ** (i + j) * expansion([[x for k, x in enumerate(r) if k != j] for r in rows[i]])
            for j in range(n)
        ]
        for i in range(n)
    ]


class PseudoInverse(Node):
    """A⁺, the Moore-Penrose inverse: the one B with ABA = A, BAB = B, AB and BA symmetric.

    It exists for every A. Its differential holds where the rank of A does not change (G. H. Golub,
    V. Pereyra, *The differentiation of pseudo-inverses and nonlinear least squares problems whose
    variables separate*, SIAM J. Numer. Anal. 10, 1973).
    """

    latex_precedence = PREFIX

    @classmethod
    def canonical(cls, a: Node) -> Any:
        if isinstance(a, PseudoInverse):
            return a.operands[0]
        if isinstance(a, Scale) and a.operands[0].is_nonzero:
            return Scale(1 / a.operands[0], PseudoInverse(a.operands[1]))
        if isinstance(a, Zero):
            return Transpose(a)
        if isinstance(a, Ones):
            return Scale(1 / (a.rows * a.cols), Transpose(a))
        return a if isinstance(a, Identity) else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.cols, a.rows

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.pseudo_inverse(self.operands[0])[i][j]

    def latex(self, show: Show) -> str:
        return f"{{{show(self.operands[0], ATOM)}}}^{{+}}"

    def text(self, show: Show) -> str:
        return f"pinv({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.linalg.pinv({show(self.operands[0], 0)}, rtol=None)"


def adj(a: Node) -> Node:
    """The adjugate of a square matrix, det(A) A⁻¹ where that exists.

    Examples
    --------
    >>> from matcalc import gradient, matrix, trace
    >>> X = matrix("X", "n", "n")
    >>> adj(X).shape
    (n, n)
    """
    return Adjugate(need_node("adj", a))


def pinv(a: Node) -> Node:
    """The Moore-Penrose inverse of any matrix.

    Examples
    --------
    >>> from matcalc import matrix
    >>> X = matrix("X", "m", "n")
    >>> pinv(X).shape
    (n, m)
    """
    return PseudoInverse(need_node("pinv", a))


def solve(a: Node, b: Node) -> Node:
    """A⁻¹B, the X with A X = B; generated code solves and forms no inverse.

    Examples
    --------
    >>> from matcalc import matrix
    >>> solve(matrix("A", "n", "n"), matrix("B", "n", "p"))
    inv(A) @ B
    """
    return Product(Inverse(need_node("solve", a)), need_node("solve", b))
