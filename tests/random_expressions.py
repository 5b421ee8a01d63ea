"""Random well-typed expressions over the whole language, at points where they are defined.

An expression is drawn for a shape; operands are shared, intermediates named, facts declared, sizes
coincide or are 1. What cannot have the shape asked for is brought to it by free matrices on both
sides. Arguments of roots, logarithms and inverses are kept away from their poles.
"""

import random
from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, Integer, Rational

import matcalc as mc
from matcalc import dims, identity, matrix, ones, scalar
from matcalc.node import Node
from matcalc.operators.leaves import Named, Variable

m, n, p, k = dims("m n p k")
ONE, TWO = Integer(1), Integer(2)
SIZES = (m, n, p, ONE, TWO)
eps, alpha, beta = scalar("eps", positive=True), scalar("alpha"), scalar("beta")
i, j = mc.index("i"), mc.index("j")
f = mc.function("f")
COEFFICIENTS = (2, -1, Rational(1, 3), alpha, beta / 2, 1 / (n + eps), -2 / m, sympy.Float(0.5))

SQUARE_FACTS = (
    *("symmetric", "skew", "positive definite", "diagonal", "lower triangular"),
    *("upper triangular", "Toeplitz", "orthogonal", "invertible"),
)
OTHER_FACTS = ("positive", "full column rank", "full row rank")
FUNCTIONS: tuple[Callable[[Any], Any], ...] = (
    *(mc.tanh, mc.sin, mc.cos, mc.sigmoid, mc.softplus, mc.erf, mc.atan, mc.asinh, mc.silu),
    *(mc.relu, mc.abs, mc.sign, mc.step, mc.gelu, mc.elu, mc.leaky_relu, mc.huber),
    *(f, mc.function("f", 1), mc.function("g")),
    lambda x: mc.exp(x / 4),
    lambda x: mc.clip(x, -1, 2),
    lambda x: x**2,
    lambda x: x**3 / 4,
    lambda x: mc.sqrt(x**2 + ones(*x.shape)),
    lambda x: mc.log(x**2 + 2 * ones(*x.shape)),
    lambda x: (x**2 + ones(*x.shape)) ** -2,
    lambda x: mc.exp(x / 4) ** alpha,
    lambda x: mc.log(ones(*x.shape) + mc.exp(x)),
    lambda x: mc.elementwise(lambda t: t / (1 + t**2), x),
    lambda x: mc.elementwise(lambda t: sympy.Piecewise((t, t > beta), (t**2, True)), x),
)
PAIRS: tuple[Callable[[Any, Any], Any], ...] = (
    *(mc.maximum, mc.minimum, mc.hypot, mc.logaddexp),
    lambda a, b: a * b,
    lambda a, b: a * b**2,
    lambda a, b: a / (b**2 + ones(*b.shape)),
    lambda a, b: mc.atan2(a, mc.exp(b / 4)),
    lambda a, b: mc.exp(a / 4) ** mc.tanh(b),
    lambda a, b: mc.where(a, b, a**2),
    lambda a, b: mc.elementwise(lambda x, y: x * sympy.sin(y), a, b),
    lambda a, b: a - b,
    lambda a, b: 2 * a + alpha * b,
    lambda a, b: b - (a + b) / 3,
)
LINES: tuple[Callable[[Any], Any], ...] = (
    *(mc.row_softmax, mc.column_softmax, mc.row_log_softmax, mc.column_log_softmax),
    lambda a: mc.logsumexp(a) * mc.softmax(a),
    lambda a: ones(a.rows) @ mc.column_mean(a),
    lambda a: a - mc.row_mean(a) @ ones(1, a.cols),
    lambda a: mc.row_logsumexp(a) @ ones(1, a.cols),
    lambda a: mc.kron(mc.column_logsumexp(a), ones(a.rows)),
    lambda a: mc.centering(a.rows) @ a,
    lambda a: a @ mc.centering(a.cols),
    lambda a: mc.row_norms(a) @ ones(1, a.cols),
    lambda a: a / (ones(a.rows) @ mc.column_std(a, eps=1)),
)
SQUARES: tuple[Callable[[Any], Any], ...] = (
    *(mc.tril, mc.triu, mc.adj, mc.sinm, mc.cosm),
    lambda s: s.T,
    lambda s: s @ s.T - s,
    lambda s: mc.expm(s / 5),
    lambda s: mc.matrix_power(s, 3),
    lambda s: mc.matrix_power(s, k),
    lambda s: mc.power_sum(k, s, s.T, s),
    lambda s: mc.inv(definite(s)),
    lambda s: mc.inv(definite(s)) @ s,
    lambda s: mc.solve(definite(s), s.T),
    lambda s: mc.diag(mc.diagonal(s)),
    lambda s: mc.diag(s[:, 0]) @ s,
    lambda s: mc.unvec(mc.symmetrizer(s.rows) @ mc.vec(s), s.rows, s.rows),
    lambda s: mc.unvech(mc.vech(s), s.rows),
    lambda s: mc.trace(s) * s + identity(s.rows),
    lambda s: mc.unvec(mc.commutation(s.rows, s.rows) @ mc.vec(s), s.rows, s.rows),
)
OTHERS: tuple[Callable[[Any], Any], ...] = (
    *(mc.vec, mc.column_sums, mc.row_sums, mc.row_var, mc.column_logsumexp),
    lambda a: mc.kron(a, a),
    lambda a: mc.khatri_rao(a, a),
    lambda a: mc.hstack(a, a**2),
    lambda a: mc.vstack(a, mc.tanh(a)),
    lambda a: mc.block([[a, a**2], [ones(*a.shape), a]]),
    lambda a: mc.block_diag(a, a.T),
    lambda a: mc.outer(a[:, 0], a[0, :].T),
    lambda a: mc.commutation(*a.shape) @ mc.vec(a),
    lambda a: mc.pinv(a @ a.T + identity(a.rows)),
    lambda a: a[0, :],
    lambda a: mc.unit(a.rows, i).T @ a,
    lambda a: a[:, j],
    lambda a: a.T @ a,
    lambda a: mc.inv(definite(a)) @ a,
)
OF_SQUARES: tuple[Callable[[Any], Any], ...] = (
    *(mc.diagonal, mc.vech),
    lambda s: mc.selector(s.rows).T @ mc.vec(s),
    lambda s: mc.duplication(s.rows).T @ mc.vec(s),
    lambda s: mc.skew_duplication(s.rows).T @ mc.vec(s) if s.rows != 1 else s,
    lambda s: mc.toeplitz_basis(s.rows).T @ mc.vec(s),
    lambda s: mc.eigenvector(plain_symmetric(s), 0),
)
NUMBERS: tuple[Callable[[Any], Any], ...] = (
    *(mc.sum, mc.mean, mc.squared_norm, mc.logsumexp),
    lambda a: mc.norm(a + ones(*a.shape)),
    lambda a: mc.trace(a @ a.T),
    lambda a: mc.inner(a, mc.tanh(a)),
    lambda a: a[0, 0],
    lambda a: a[i, j] ** 2,
    lambda a: mc.logdet(definite(a)),
    lambda a: sympy.log(mc.det(definite(a.T))),
)
OF_SQUARE_NUMBERS: tuple[Callable[[Any], Any], ...] = (
    *(mc.trace, mc.det),
    lambda s: mc.eigenvalue(plain_symmetric(s), 0),
    lambda s: mc.trace(s @ s.T @ s),
)
SCALARS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda s, t: s + 2 * t,
    lambda s, t: s * t / 4,
    lambda s, t: sympy.tanh(s) * alpha,
    lambda s, t: s / (t**2 + 1),
    lambda s, t: sympy.sqrt(s**2 + eps),
    lambda s, t: f(s) - t,
    lambda s, t: sympy.log(1 + s**2) ** 2,
    lambda s, t: sympy.exp(sympy.sin(s)) + beta,
)


def definite(a: Node) -> Node:
    """Positive definite, far from singular."""
    return a @ a.T / 4 + identity(a.rows)


def plain_symmetric(s: Node) -> Node:
    """Symmetric, with eigenvalues that differ whatever ``s`` is."""
    free = matrix(f"E_{s.rows}", s.rows, s.rows)
    return s + s.T + free + free.T


class Draw:
    """Random expressions that share operands, of any shape asked for.

    Parameters
    ----------
    seed : int
        Equal seeds give equal expressions, in every process.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.palette = self.random.sample(SIZES, self.random.choice((1, 2, 2, 3)))
        self.pool: list[Node] = []
        self.names = 0

    def size(self) -> Expr:
        """One of the few sizes that this expression is made of."""
        return self.random.choice(self.palette)

    def matrix(self, rows: Expr, cols: Expr, depth: int) -> Node:
        """An expression of a shape, of at most so many operators on top of one another."""
        at_hand = [x for x in self.pool if x.shape == (rows, cols)]
        if at_hand and self.random.random() < 0.3:
            return self.random.choice(at_hand)
        x = self._leaf(rows, cols) if depth <= 0 else self._composed(rows, cols, depth - 1)
        if depth > 0 and self.random.random() < 0.12 and not isinstance(x, Named | Variable):
            self.names += 1
            x = mc.let(f"Z{self.names}", x)
        if self.random.random() < 0.4:
            self.pool.append(x)
        return x

    def _leaf(self, rows: Expr, cols: Expr) -> Node:
        chance = self.random.random()
        if chance < 0.05:
            return ones(rows, cols)
        if chance < 0.08 and rows == cols:
            return self.random.choice((identity(rows), mc.centering(rows)))
        return self._variable(rows, cols)

    def _variable(self, rows: Expr, cols: Expr) -> Node:
        if self.random.random() < 0.65:
            return matrix(f"V_{rows}_{cols}_{self.random.randrange(2)}", rows, cols)
        facts = list(OTHER_FACTS)
        facts += SQUARE_FACTS if rows == cols else ("probability",) if cols == ONE else ()
        fact = self.random.choice(facts)
        return matrix(f"{fact.title().replace(' ', '')}_{rows}_{cols}", rows, cols, fact)

    def _composed(self, rows: Expr, cols: Expr, depth: int) -> Node:
        ways = [self._map, self._pair, self._pair, self._product, self._product, self._lines]
        ways += [self._other, self._repeated, self._stacked, self._multiple]
        if rows == cols:
            ways += [self._square, self._square]
        return self.random.choice(ways)(rows, cols, depth)

    def _map(self, rows: Expr, cols: Expr, depth: int) -> Node:
        return self.random.choice(FUNCTIONS)(self.matrix(rows, cols, depth))

    def _pair(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, b = self.matrix(rows, cols, depth), self.matrix(rows, cols, depth)
        return self.random.choice(PAIRS)(a, b)

    def _product(self, rows: Expr, cols: Expr, depth: int) -> Node:
        q, r = self.size(), self.size()
        a = self.matrix(rows, q, depth)
        return self.random.choice(
            (
                a @ self.matrix(q, cols, depth),
                a @ self.matrix(q, r, 0) @ self.matrix(r, cols, 0),
                a @ self.matrix(q, cols, 0) + self.matrix(rows, cols, depth),
                a @ self.matrix(cols, q, depth).T,
                self.matrix(cols, rows, depth).T,
            )
        )

    def _lines(self, rows: Expr, cols: Expr, depth: int) -> Node:
        return self.random.choice(LINES)(self.matrix(rows, cols, depth))

    def _multiple(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a = self.matrix(rows, cols, depth)
        c = self.random.choice(COEFFICIENTS)
        return self.random.choice((c * a, sympy.sympify(self.number(depth)) / 2 * a))

    def _repeated(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, c = self.matrix(ONE, cols, depth), self.matrix(rows, ONE, depth)
        return self.random.choice(
            (ones(rows) @ a, mc.kron(a, ones(rows)), c @ ones(1, cols), c @ a, mc.kron(c, a))
        )

    def _stacked(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a = self.matrix(cols, rows, depth)
        if ONE in (rows, cols):
            return a.T
        q = self.size()
        wide = mc.kron(self.matrix(cols, q, 0), self.matrix(rows, q, depth))
        return self.random.choice(
            (
                mc.unvec(wide @ mc.vec(self.matrix(q, q, 0)), rows, cols),
                mc.unvec(mc.commutation(cols, rows) @ mc.vec(a), rows, cols),
                mc.hstack(self.matrix(rows, q, 0), a.T)[:, q:],
                mc.vstack(self.matrix(q, cols, 0), a.T)[q:, :],
                mc.block_inner(mc.kron(a.T, self.matrix(q, q, 0)), self.matrix(q, q, 0)),
                mc.block_sum(mc.kron(self.matrix(q, q, 0), a.T), self.matrix(q, q, 0)),
            )
        )

    def _square(self, rows: Expr, cols: Expr, depth: int) -> Node:
        return self.random.choice(SQUARES)(self.matrix(rows, rows, depth))

    def _other(self, rows: Expr, cols: Expr, depth: int) -> Node:
        """Something of another shape, between free matrices."""
        if self.random.random() < 0.4:
            q = self.size()
            x = self.random.choice(OF_SQUARES)(self.matrix(q, q, depth))
        elif self.random.random() < 0.1:
            x = mc.toeplitz(matrix("t", 2 * n - 1, 1), n)
        else:
            x = self.random.choice(OTHERS)(self.matrix(self.size(), self.size(), depth))
        left = x if x.rows == rows else matrix(self._free("L"), rows, x.rows) @ x
        return left if x.cols == cols else left @ matrix(self._free("R"), x.cols, cols)

    def _free(self, name: str) -> str:
        self.names += 1
        return f"{name}{self.names}"

    def number(self, depth: int) -> Any:
        """A scalar expression."""
        s, t = self._plain_number(depth), self._plain_number(depth)
        return s if self.random.random() < 0.5 else self.random.choice(SCALARS)(s, t)

    def _plain_number(self, depth: int) -> Any:
        q = self.size()
        if self.random.random() < 0.3:
            return self.random.choice(OF_SQUARE_NUMBERS)(self.matrix(q, q, depth))
        return self.random.choice(NUMBERS)(self.matrix(q, self.size(), depth))
