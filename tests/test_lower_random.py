"""Random expressions: the generated code against loops, in both float types."""

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr, Integer, Rational

import matcalc
from matcalc import (
    Derivation,
    centering,
    commutation,
    diag,
    diagonal,
    dims,
    elementwise,
    identity,
    inner,
    inv,
    kron,
    let,
    matrix,
    ones,
    scalar,
    selector,
    trace,
    unvec,
    vec,
)
from matcalc.loops import Loops
from matcalc.lower import compile_numpy
from matcalc.node import Node
from matcalc.operators.functions import relu, sigmoid, step
from matcalc.operators.leaves import Named, Variable
from matcalc.pointwise import Undefined
from matcalc.symbols import variables

m, n, p = dims("m n p")
ONE = Integer(1)
SIZES = {m: 2, n: 3, p: 4}
eps, alpha = scalar("eps", positive=True), scalar("alpha")
SCALARS = {eps: 0.7, alpha: -1.3}
COEFFICIENTS = (2, -1, Rational(1, 3), alpha, 1 / (n + eps), -2 / m, sympy.Float(0.5))
FUNCTIONS: tuple[Callable[[Expr], Expr], ...] = (
    sympy.tanh,
    relu,
    step,
    sigmoid,
    lambda t: t**2,
    lambda t: sympy.exp(t / 4),
    lambda t: sympy.sqrt(t**2 + eps),
    lambda t: (t**2 + 1) ** -2,
    lambda t: step(t) * t + step(t) + 1,
    lambda t: sympy.log(1 + sympy.exp(t)),
    lambda t: sympy.exp(t) / (1 + sympy.exp(t)) ** 2,
    lambda t: sympy.Piecewise((t, t > 0), (alpha, True)),
)


class Expressions:
    """Random expressions that share operands, of any shape asked for."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pool: list[Node] = []
        self.names = 0

    def size(self) -> Expr:
        return self.random.choice((m, n, p, ONE, ONE))

    def matrix(self, rows: Expr, cols: Expr, depth: int) -> Node:
        at_hand = [x for x in self.pool if x.shape == (rows, cols)]
        if at_hand and self.random.random() < 0.3:
            return self.random.choice(at_hand)
        x = self._leaf(rows, cols) if depth <= 0 else self._composed(rows, cols, depth - 1)
        if depth > 0 and self.random.random() < 0.1 and not isinstance(x, Named | Variable):
            self.names += 1
            x = let(f"A{self.names}", x)
        if self.random.random() < 0.4:
            self.pool.append(x)
        return x

    def _leaf(self, rows: Expr, cols: Expr) -> Node:
        if self.random.random() < 0.1:
            return ones(rows, cols)
        return matrix(f"V_{rows}_{cols}_{self.random.randrange(2)}", rows, cols)

    def _composed(self, rows: Expr, cols: Expr, depth: int) -> Node:
        ways = [self._entrywise, self._linear, self._product, self._repeated, self._stacked]
        ways += [self._of_two, self._soft]
        if rows == cols:
            ways.append(self._square)
        if cols == ONE:
            ways.append(self._diagonal)
        return self.random.choice(ways)(rows, cols, depth)

    def _entrywise(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, b = self.matrix(rows, cols, depth), self.matrix(rows, cols, depth)
        return self.random.choice(
            (a * b, a * b**2, a / (b**2 + ones(rows, cols)), elementwise(self._function(), a))
        )

    def _of_two(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, b = self.matrix(rows, cols, depth), self.matrix(rows, cols, depth)
        return self.random.choice(
            (
                matcalc.maximum(a, b),
                matcalc.minimum(a, b.T.T),
                matcalc.hypot(a, b),
                matcalc.logaddexp(a, b),
                matcalc.log(matcalc.exp(a) + matcalc.exp(b)),
                matcalc.where(a, b, alpha),
                matcalc.huber(matcalc.clip(a, -1, eps), eps),
                elementwise(lambda s, t: sympy.Piecewise((s + t, s > t), (s * t, True)), a, b),
            )
        )

    def _soft(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, k = self.matrix(rows, cols, depth), self.size()
        powers, across = matcalc.exp(a), ones(1, cols)
        ways = [
            matcalc.row_softmax(a),
            matcalc.column_softmax(a.T).T,
            matcalc.column_log_softmax(a),
            matcalc.logsumexp(a) * matcalc.softmax(a),
            powers / ((powers @ ones(cols)) @ across),
            matcalc.log(powers / (ones(rows) @ (ones(1, rows) @ powers))),
        ]
        if cols == ONE:
            ways.append(matcalc.row_logsumexp(self.matrix(rows, k, depth)))
        if rows == ONE:
            ways.append(matcalc.log(ones(1, k) @ matcalc.exp(self.matrix(k, cols, depth))))
        return self.random.choice(ways)

    def _function(self) -> Callable[[Expr], Expr]:
        return self.random.choice(FUNCTIONS)

    def _linear(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, b = self.matrix(rows, cols, depth), self.matrix(rows, cols, depth)
        c = self.random.choice(COEFFICIENTS)
        return self.random.choice((a + c * b, a - b, c * a, self.number(depth) * a))

    def _product(self, rows: Expr, cols: Expr, depth: int) -> Node:
        k, q = self.size(), self.size()
        a, b = self.matrix(rows, k, depth), self.matrix(k, q, depth)
        return self.random.choice(
            (
                a @ b @ self.matrix(q, cols, depth),
                a @ self.matrix(k, cols, depth),
                centering(rows) @ self.matrix(rows, cols, depth),
                self.matrix(rows, cols, depth) @ centering(cols),
                self.matrix(cols, rows, depth).T,
            )
        )

    def _repeated(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, c = self.matrix(ONE, cols, depth), self.matrix(rows, ONE, depth)
        down = ones(1, rows) @ self.matrix(rows, cols, depth)
        return self.random.choice(
            (ones(rows) @ a, kron(a, ones(rows)), c @ ones(1, cols), ones(rows) @ down, c @ a)
        )

    def _stacked(self, rows: Expr, cols: Expr, depth: int) -> Node:
        if ONE in (rows, cols):
            return self._product(rows, cols, depth)
        a, b = self.matrix(cols, n, depth), self.matrix(rows, p, depth)
        return self.random.choice(
            (
                unvec(kron(a, b) @ vec(self.matrix(p, n, depth)), rows, cols),
                unvec(commutation(cols, rows) @ vec(self.matrix(cols, rows, depth)), rows, cols),
                unvec(
                    diag(vec(b @ ones(p, cols))) @ vec(self.matrix(rows, cols, depth)), rows, cols
                ),
            )
        )

    def _square(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a, c = self.matrix(rows, rows, depth), self.matrix(rows, ONE, depth)
        return self.random.choice(
            (
                diag(c) @ a,
                a @ diag(c),
                inv(a.T @ a / 9 + 3 * identity(rows)) @ a,
                a @ inv(a.T @ a / 9 + 3 * identity(rows)),
            )
        )

    def _diagonal(self, rows: Expr, cols: Expr, depth: int) -> Node:
        a = self.matrix(rows, rows, depth)
        k = self.size()
        return self.random.choice(
            (
                diagonal(self.matrix(rows, k, depth) @ self.matrix(k, rows, depth)),
                diagonal(a),
                selector(rows).T @ vec(a),
            )
        )

    def number(self, depth: int) -> Any:
        rows, cols = self.size(), self.size()
        a, b = self.matrix(rows, cols, depth), self.matrix(rows, cols, depth)
        return self.random.choice(
            (
                matcalc.sum(a),
                trace(a @ b.T),
                inner(a, b),
                matcalc.sum(a**2) / n + eps,
                sympy.tanh(matcalc.sum(a)) * alpha,
            )
        )


def value(size: Expr) -> int:
    return int(size.xreplace({s: Integer(k) for s, k in SIZES.items()}))


def tables(found: Derivation, seed: int) -> dict[Variable, Any]:
    rng = np.random.default_rng(seed)
    roots = (found.loss, *found.gradients.values(), *found.gradients)
    return {
        v: rng.uniform(0.2, 1.5, (value(v.rows), value(v.cols))) * rng.choice([-1, 1])
        for v in variables(*roots)
    }


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("seed", range(25))
def test_code_agrees_with_loops(seed: int, depth: int, fast: bool) -> None:
    make = Expressions(seed + 1000 * depth)
    shapes = [(make.size(), make.size()) for _ in range(3)]
    results = {
        matrix(f"P{i}", *shape): make.matrix(*shape, depth) for i, shape in enumerate(shapes)
    }
    found = Derivation(sympy.sympify(make.number(depth)), results)
    data = tables(found, seed)
    loops = Loops(SIZES, {v: x.tolist() for v, x in data.items()}, SCALARS)
    try:
        expected = {x.name: loops.value(g) for x, g in results.items()}
        expected["loss"] = loops.value(found.loss)
    except Undefined:
        pytest.skip("no value here")
    run = compile_numpy(found, fast)
    given = {v.name: x for v, x in data.items()} | {s.name: x for s, x in SCALARS.items()}
    given |= {s.name: k for s, k in SIZES.items()}
    work: dict[str, Any] = {"work": {}} if fast else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        double = run(**{name: given[name] for name in run.arguments}, **work)
        single = run(**{name: _single(given[name]) for name in run.arguments}, **work)
    for name, table in expected.items():
        scale = max(1.0, float(np.max(np.abs(table))))
        assert np.max(np.abs(double[name] - np.array(table, float))) <= 1e-9 * scale
        if name != "loss":
            assert single[name].dtype == np.float32
            assert single[name].shape == double[name].shape == np.shape(table)


def _single(x: Any) -> Any:
    return x.astype(np.float32) if isinstance(x, np.ndarray) else x
