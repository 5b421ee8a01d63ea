"""Scalars made from matrices, and the differential that derivations push inwards."""

from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node, ScalarNode
from matcalc.operators.algebra import need_node, split_scale
from matcalc.operators.constants import Zero
from matcalc.operators.elementwise import power_of
from matcalc.operators.shapes import ONE, described, is_one, need_same_shape
from matcalc.protocols import PREFIX, Show, Values
from matcalc.scalars import number, scaled


class _Linear(ScalarNode, abstract=True):
    """A linear scalar function of one matrix."""

    @classmethod
    def canonical(cls, a: Node) -> Any:
        cls.infer(a)
        c, inner = split_scale(a)
        if isinstance(inner, Zero):
            return Integer(0)
        return (a,) if c is ONE else c * cls(inner)


class Trace(_Linear):
    """tr(A) = Σ_i A[i, i]."""

    @staticmethod
    def infer(a: Node) -> None:
        if not same(a.rows, a.cols):
            raise ShapeError(f"trace needs a square matrix, got {described(a)}")

    def entry(self, at: Values, i: int, j: int) -> Any:
        table = at.table(self.operands[0])
        return sum(table[k][k] for k in range(len(table)))

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{tr}}({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"trace({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.trace({show(self.operands[0], 0)})"


class Total(_Linear):
    """Σ_ij A[i, j], the sum of all entries."""

    @staticmethod
    def infer(a: Node) -> None:
        return None

    def entry(self, at: Values, i: int, j: int) -> Any:
        return sum(sum(line) for line in at.table(self.operands[0]))

    def latex(self, show: Show) -> str:
        return rf"\textstyle\sum({show(self.operands[0], 0)})"

    def text(self, show: Show) -> str:
        return f"sum({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.sum({show(self.operands[0], 0)})"


class Inner(ScalarNode):
    """⟨A, B⟩ = tr(AᵀB) = Σ_ij A[i, j]·B[i, j]."""

    @classmethod
    def canonical(cls, a: Node, b: Node) -> Any:
        cls.infer(a, b)
        (c, a), (d, b) = split_scale(a), split_scale(b)
        if isinstance(a, Zero) or isinstance(b, Zero):
            return Integer(0)
        if c is ONE and d is ONE:
            return a, b
        return scaled(c, d) * Inner(a, b)

    @staticmethod
    def infer(a: Node, b: Node) -> None:
        need_same_shape("take the inner product of", a, b)

    def entry(self, at: Values, i: int, j: int) -> Any:
        a, b = (at.table(operand) for operand in self.operands)
        return sum(x * y for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True))

    def latex(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        return rf"\langle {a}, {b} \rangle"

    def text(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        return f"inner({a}, {b})"

    def numpy(self, show: Show) -> str:
        a, b = (show(operand, 0) for operand in self.operands)
        return f"np.vdot({a}, {b})"


class Differential(Node):
    """dA, the differential of a matrix: of its shape, and linear in what A is linear in."""

    latex_precedence = PREFIX
    varies = True

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self)[i][j]

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{d}}{show(self.operands[0], 100)}"

    def text(self, show: Show) -> str:
        return f"d({show(self.operands[0], 0)})"

    numpy = text


class ScalarDifferential(ScalarNode):
    """ds, the differential of a scalar."""

    latex_precedence = PREFIX
    varies = True

    @staticmethod
    def infer(s: Expr) -> None:
        return None

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.number(self)

    def latex(self, show: Show) -> str:
        return rf"\mathrm{{d}}{show(self.operands[0], 100)}"

    def text(self, show: Show) -> str:
        return f"d({show(self.operands[0], 0)})"

    numpy = text


def d(x: Any) -> Any:
    """The differential of a matrix or a scalar, not yet worked out."""
    return Differential(x) if isinstance(x, Node) else ScalarDifferential(number(x))


def trace(a: Node) -> Expr:
    """tr(A)."""
    return Trace(need_node("trace", a))


def total(a: Node) -> Expr:
    """Sum of all entries; ``sum`` in the package's namespace.

    Examples
    --------
    >>> from matcalc.operators.leaves import matrix
    >>> total(matrix("E", "N", 1) ** 2)
    sum(E**2)
    """
    return Total(need_node("sum", a))


def inner(a: Node, b: Node) -> Expr:
    """⟨A, B⟩ = Σ_ij A[i, j]·B[i, j]."""
    return Inner(need_node("inner", a), need_node("inner", b))


def squared_norm(a: Node) -> Expr:
    """‖A‖² = Σ_ij A[i, j]²."""
    return Total(power_of(a)[0] ** (2 * power_of(a)[1]))


def as_scalar(x: Any) -> Expr:
    """A loss as a scalar: a 1 × 1 matrix stands for its entry."""
    if isinstance(x, Node):
        if is_one(x.rows) and is_one(x.cols):
            return Trace(x)
        raise ShapeError(
            f"the loss must be a scalar, got {described(x)}; "
            "take sum(…) or trace(…), or jacobian(…) for a matrix"
        )
    return number(x)
