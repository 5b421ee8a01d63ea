"""Lowering laws of matrix functions and generalised inverses."""

from functools import partial
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import dims, times
from matcalc.laws.matrix_functions import of_transposes
from matcalc.laws.matrix_powers import is_function
from matcalc.lower.kernels import Kernel
from matcalc.node import Node
from matcalc.operators.algebra import Product, Transpose
from matcalc.operators.analytic import exponent
from matcalc.operators.constants import Identity, identity
from matcalc.operators.generalised_inverses import adj, pinv
from matcalc.operators.kronecker import Kronecker, kron
from matcalc.operators.leaves import column, matrix
from matcalc.operators.matrix_functions import MatrixFunction, matrix_power, power_sum
from matcalc.operators.shapes import is_one
from matcalc.operators.tables import power_sum as words
from matcalc.protocols import Show, Table, Values
from matcalc.rewrite import Law

k, m, n = dims("k m n")
A, B, M = matrix("A", m, m), matrix("B", n, n), matrix("M", m, n)
R, v = matrix("R", m, n), column("v", n)

FEW = 16
"""Factors up to which a power is multiplied with a vector one by one."""


class KroneckerPowerSum(Kernel):
    """Σ_r Bʳ ⊗ A^{k−1−r}, without powers of Kronecker products."""

    @staticmethod
    def infer(k: Expr, b: Node, a: Node) -> tuple[Expr, Expr]:
        return times(b.rows, a.rows), times(b.rows, a.rows)

    def entry(self, at: Values, i: int, j: int) -> Any:
        """Σ_r (Bʳ)[p, q] (A^{k−1−r})[s, t] = (Σ_r Bʳ e_q e_sᵀ A^{k−1−r})[p, t]."""
        n = at.size(self.operands[2].rows)
        (p, s), (q, t) = divmod(i, n), divmod(j, n)
        return at.kept((self, q, s), partial(self._words, at, q, s))[p][t]

    def _words(self, at: Values, q: int, s: int) -> Table:
        b, a = (at.table(operand) for operand in self.operands[1:])
        unit = [[int(x == q and y == s) for y in range(len(a))] for x in range(len(b))]
        return words(int(at.number(self.operands[0])), [b, unit, a])

    def numpy(self, show: Show) -> str:
        k, b, a = (show(operand, 0) for operand in self.operands)
        return f"_kronecker_power_sum({k}, {b}, {a})"


def is_power(x: Any) -> bool:
    """Whether this is a power of a matrix: NumPy's first power is that matrix, not a copy."""
    return is_function(x) and exponent(x.f) is not None


def kronecker_power_sum(x: MatrixFunction) -> Any:
    """Σ_r (B ⊗ I)ʳ (I ⊗ A)^{k−1−r} = Σ_r Bʳ ⊗ A^{k−1−r}."""
    power = exponent(x.f)
    if power is None or len(x.blocks) != 3 or not isinstance(x.blocks[1], Identity):
        return x
    outer, _, inside = x.blocks
    if not (_is_pair(outer, 1) and _is_pair(inside, 0)):
        return x
    b, a = outer.operands[0], inside.operands[1]
    fits = (outer.operands[1].rows, inside.operands[0].rows) == (a.rows, b.rows)
    return KroneckerPowerSum(power, b, a) if fits else x


def _is_pair(x: Any, unit: int) -> bool:
    """Whether this is ⊗ of two factors, an identity at that place."""
    pair = isinstance(x, Kronecker) and len(x.operands) == 2
    return pair and isinstance(x.operands[unit], Identity)


def one_by_one(x: Product) -> Any:
    """A³v = A(A(Av)), for small powers in products that are a row or a column."""
    if not (is_one(x.rows) or is_one(x.cols)):
        return x
    factors = [part for factor in x.operands for part in _as_factors(factor)]
    return Product(*factors) if len(x.operands) < len(factors) <= FEW else x


def _as_factors(x: Node) -> list[Node]:
    if isinstance(x, Transpose):
        return [Transpose(part) for part in reversed(_as_factors(x.operands[0]))]
    k = exponent(x.f) if is_function(x) else None
    return [x.blocks[0]] * int(k) if isinstance(k, Integer) and k <= FEW else [x]


EARLY = (
    Law("A³ v one factor at a time", matrix_power(B, 3) @ v, B @ B @ B @ v, general=one_by_one),
)
"""What is used before its operands are lowered."""

MATRIX_FUNCTIONS = (
    Law(
        "Σ (B ⊗ I)ʳ (I ⊗ A)ˢ = Σ Bʳ ⊗ Aˢ",
        power_sum(k, kron(B, identity(m)), identity(m * n), kron(identity(n), A)),
        KroneckerPowerSum(k, B, A),
        general=kronecker_power_sum,
    ),
    Law(
        "F(Aᵀ, Mᵀ, Bᵀ) = F(B, M, A)ᵀ",
        power_sum(k, B.T, M.T, A.T),
        power_sum(k, A, M, B).T,
        general=of_transposes,
    ),
    Law("adj(Bᵀ) = adj(B)ᵀ", adj(B.T), adj(B).T),
    Law("(Rᵀ)⁺ = (R⁺)ᵀ", pinv(R.T), pinv(R).T),
)
"""Matrix functions and generalised inverses."""
