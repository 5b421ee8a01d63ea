"""Functions of square matrices and their derivatives of every order, as one operator.

With A_0, M_1, A_1, …, M_n, A_n it is the top right block of f of the block matrix with the A_i on
its diagonal and the M_i just above it. For n = 0 that is f(A); for n = 1 and A_0 = A_1 the
derivative of f at A along M_1 (N. J. Higham, *Functions of Matrices*, SIAM 2008, (3.16)), and for
n > 1 and equal A_i one of the terms of the n-th derivative (R. Mathias, *A chain rule for matrix
functions and applications*, SIAM J. Matrix Anal. Appl. 17, 1996). For f = xᵏ it is

    Σ A_0^{i_0} M_1 A_1^{i_1} ⋯ M_n A_n^{i_n}  over  i_0 + ⋯ + i_n = k − n.

It is linear in every M_i, and its differential is a sum of such expressions, with A_i, dA_i, A_i
in the place of A_i or dM_i in that of M_i: the operator is closed under differentiation.
"""

from functools import partial, reduce
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import Node
from matcalc.operators.algebra import Product, Scale, inv, need_node, split_scale
from matcalc.operators.analytic import (
    COS,
    EXP,
    LOOPS,
    NAMES,
    SIN,
    exponent,
    is_at_least,
    name_of,
    refuse_unknown,
)
from matcalc.operators.constants import Centering, Identity, Zero
from matcalc.operators.functions import ENTRY
from matcalc.operators.matrix_function_latex import latex_of
from matcalc.operators.shapes import described
from matcalc.operators.tables import power_sum as words
from matcalc.operators.tables import top_right
from matcalc.protocols import ATOM, PREFIX, SUM, Show, Table, Values
from matcalc.scalars import number


class MatrixFunction(Node):
    """f at A_0, M_1, A_1, …, M_n, A_n: f(A) for n = 0, and its derivatives.

    In LaTeX a power is Xᵏ (an elementwise one X^{⊙k}), the exponential e^X (elementwise exp(X)),
    and sine and cosine are sinm(X) and cosm(X). For n > 0 powers and exponentials print as sums
    and integrals, where Σ over r_0 + … + r_n = k − n and ∫ over s_0 + … + s_n = 1 run over
    non-negative numbers; sinm[A, B](M) is the derivative of sinm.
    """

    @classmethod
    def canonical(cls, f: Expr, *blocks: Node) -> Any:
        refuse_unknown(f)
        rows, cols = cls.infer(f, *blocks)
        if any(isinstance(m, Zero) for m in blocks[1::2]):
            return Zero(rows, cols)
        c, blocks = _scalars_out(f, blocks)
        if c != 1:
            return Scale(c, MatrixFunction(f, *blocks))
        k, n = exponent(f), len(blocks) // 2
        if k is not None and k.is_Integer and k - n <= (0 if n else 2):
            return _short_power(int(k), blocks)
        found = _at_constant(f, blocks[0]) if n == 0 else None
        return (f, *blocks) if found is None else found

    @staticmethod
    def infer(f: Expr, *blocks: Node) -> tuple[Expr, Expr]:
        if len(blocks) % 2 == 0:
            raise UnsupportedInput("a matrix function takes A, or A, M, B, or A, M, B, N, C, …")
        for a in blocks[::2]:
            if not same(a.rows, a.cols):
                what = name_of(f)
                raise ShapeError(f"{what} needs a square matrix, got {described(a)}")
        for a, m, b in zip(blocks[::2], blocks[1::2], blocks[2::2], strict=False):
            if not (same(a.cols, m.rows) and same(m.cols, b.rows)):
                raise ShapeError(
                    f"{described(m)} does not fit between {described(a)} and {described(b)}"
                )
        return blocks[0].rows, blocks[-1].cols

    @property
    def f(self) -> Expr:
        """The function, an expression in `ENTRY`."""
        function: Expr = self.operands[0]
        return function

    @property
    def blocks(self) -> tuple[Node, ...]:
        """A_0, M_1, A_1, …, M_n, A_n."""
        return self.operands[1:]

    @property
    def latex_precedence(self) -> int:  # type: ignore[override]
        if len(self.blocks) == 1:
            return ATOM if self.f in (SIN, COS) else PREFIX
        return ATOM if self.f in (SIN, COS) else SUM

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.kept(self, partial(self._table, at))[i][j]

    def _table(self, at: Values) -> Table:
        tables, k = [at.table(block) for block in self.blocks], exponent(self.f)
        if k is not None:
            return words(int(at.number(k)), tables)
        return top_right(LOOPS[self.f], tables)

    def latex(self, show: Show) -> str:
        return latex_of(show, exponent(self.f), NAMES.get(self.f, ""), self.blocks)

    def text(self, show: Show) -> str:
        inner = ", ".join(show(block, 0) for block in self.blocks)
        k = exponent(self.f)
        if k is None:
            return f"{NAMES[self.f]}{'_derivative' * (len(self.blocks) > 1)}({inner})"
        power = show(k, 0)
        several = len(self.blocks) > 1
        return f"power_sum({power}, {inner})" if several else f"matrix_power({inner}, {power})"

    def numpy(self, show: Show) -> str:
        """A call of NumPy, or of one of the helpers of generated modules."""
        inner = ", ".join(show(block, 0) for block in self.blocks)
        k = exponent(self.f)
        if k is None:
            name = f"_{NAMES[self.f]}"
            return f"_top_right({name}, {inner})" if len(self.blocks) > 1 else f"{name}({inner})"
        power = show(k, 0)
        several = len(self.blocks) > 1
        return (
            f"_power_sum({power}, {inner})"
            if several
            else (f"np.linalg.matrix_power({inner}, {power})")
        )


def _scalars_out(f: Expr, blocks: tuple[Node, ...]) -> tuple[Expr, tuple[Node, ...]]:
    """Multiples of the M_i, and one that all A_i share where f is a power."""
    parts = [split_scale(block) for block in blocks]
    c: Expr = reduce(lambda x, y: x * y, (c for c, _ in parts[1::2]), Integer(1))
    plain = [a if i % 2 else blocks[i] for i, (_, a) in enumerate(parts)]
    shared, k = parts[0][0], exponent(f)
    if k is not None and shared != 1 and all(x == shared for x, _ in parts[::2]):
        rest = k - len(blocks) // 2
        if is_at_least(0, rest):
            return c * shared**rest, tuple(a for _, a in parts)
    return c, tuple(plain)


def _short_power(k: int, blocks: tuple[Node, ...]) -> Node:
    """The sum where no A_i, or for one matrix at most two, come in."""
    n = len(blocks) // 2
    if k < n:
        return Zero(blocks[0].rows, blocks[-1].cols)
    if n:
        return Product(*blocks[1::2])
    return Product(*[blocks[0]] * k) if k else Identity(blocks[0].rows)


def _at_constant(f: Expr, a: Node) -> Node | None:
    """f(cI) = f(c)I, and powers of 0 and H."""
    c, inner = split_scale(a)
    k = exponent(f)
    if isinstance(inner, Identity):
        return Scale(f.xreplace({ENTRY: c}), inner)
    if k is not None and is_at_least(1, k) and isinstance(inner, Zero | Centering) and c == 1:
        return inner
    if k is None and isinstance(inner, Zero):
        return Scale(f.xreplace({ENTRY: Integer(0)}), Identity(a.rows))
    return None


def matrix_power(a: Node, k: Any) -> Node:
    """A power of a square matrix: A A ⋯ A, the identity for k = 0, powers of A⁻¹ for k < 0.

    Parameters
    ----------
    a : Node
        A square matrix. ``a ** k`` is the elementwise power.
    k : int or sympy.Expr
        A number, or an expression in positive integer symbols, as from ``dims("k")``, that is an
        integer of one sign for all their values: k, k - 1, 2*k, -k.

    Raises
    ------
    ShapeError
        If the matrix is not square.
    UnsupportedInput
        If the exponent is no integer, or of no certain sign.

    Examples
    --------
    >>> from matcalc import dims, gradient, matrix, trace
    >>> (k,) = dims("k")
    >>> X = matrix("X", "n", "n")
    >>> gradient(trace(matrix_power(X, k)), X)[X]
    k * matrix_power(X, k - 1).T
    """
    a, k = need_node("matrix_power", a), number(k)
    if is_at_least(1, -k):
        return MatrixFunction(ENTRY**-k, inv(a))
    return MatrixFunction(ENTRY**k, a)


def power_sum(k: Any, *blocks: Node) -> Node:
    """Σ_r Aʳ M B^{k−1−r} for blocks A, M, B: the derivative of the k-th power.

    Parameters
    ----------
    k : int or sympy.Expr
        As for `matrix_power`, at least 0.
    *blocks : Node
        A_0, M_1, A_1, …, M_n, A_n with square A_i; the sum is over all
        A_0^{i_0} M_1 A_1^{i_1} ⋯ M_n A_n^{i_n} with i_0 + ⋯ + i_n = k − n.

    Raises
    ------
    ShapeError, UnsupportedInput
        If the blocks do not fit together, or the exponent is no integer of at least 0.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, M, B = matrix("A", "m", "m"), matrix("M", "m", "n"), matrix("B", "n", "n")
    >>> power_sum(1, A, M, B)
    M
    """
    return MatrixFunction(ENTRY ** number(k), *_several("power_sum", blocks))


def _several(what: str, blocks: tuple[Any, ...]) -> list[Node]:
    if len(blocks) < 3:
        raise UnsupportedInput(f"{what} takes A, M, B or A, M, B, N, C and so on")
    return [need_node(what, block) for block in blocks]


def expm(a: Node) -> Node:
    """The matrix exponential I + A + A²/2 + A³/6 + ⋯; `exp` is that of every entry.

    Examples
    --------
    >>> from matcalc import gradient, matrix, trace
    >>> X = matrix("X", "n", "n")
    >>> gradient(trace(expm(X)), X)[X]
    expm(X).T
    """
    return MatrixFunction(EXP, need_node("expm", a))


def sinm(a: Node) -> Node:
    """The sine A − A³/6 + A⁵/120 − ⋯ of a square matrix.

    Examples
    --------
    >>> from matcalc import gradient, matrix, trace
    >>> X = matrix("X", "n", "n")
    >>> gradient(trace(sinm(X)), X)[X]
    cosm(X).T
    """
    return MatrixFunction(SIN, need_node("sinm", a))


def cosm(a: Node) -> Node:
    """The cosine I − A²/2 + A⁴/24 − ⋯ of a square matrix."""
    return MatrixFunction(COS, need_node("cosm", a))


def expm_derivative(*blocks: Node) -> Node:
    """∫_0^1 e^{sA} M e^{(1−s)B} ds for blocks A, M, B: the derivative of `expm`.

    Further blocks, A, M, B, N, C, …, give derivatives of higher order.
    """
    return MatrixFunction(EXP, *_several("expm_derivative", blocks))


def sinm_derivative(*blocks: Node) -> Node:
    """The top right block of the sine of [[A, M], [0, B]]; of more blocks for higher order."""
    return MatrixFunction(SIN, *_several("sinm_derivative", blocks))


def cosm_derivative(*blocks: Node) -> Node:
    """The top right block of the cosine of [[A, M], [0, B]]; of more blocks for higher order."""
    return MatrixFunction(COS, *_several("cosm_derivative", blocks))
