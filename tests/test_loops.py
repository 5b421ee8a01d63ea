import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from sympy import Rational

from matcalc.dimensions import dims
from matcalc.errors import (
    BudgetExceeded,
    MatcalcError,
    NameRefused,
    ShapeError,
    UnsupportedInput,
)
from matcalc.inversion import SingularMatrix, gauss_jordan
from matcalc.loops import Loops, evaluate
from matcalc.node import Operator
from matcalc.operators import (
    algebra,
    blocks,
    constants,
    determinant,
    diagonal,
    eigen,
    elementwise,
    elementwise2,
    generalised_inverses,
    khatri_rao,
    kronecker,
    leaves,
    matrix_functions,
    scalars,
    segments,
    selection,
    softmax,
    structure_constants,
)
from matcalc.operators.algebra import inv
from matcalc.operators.blocks import block, hstack, vstack
from matcalc.operators.constants import centering, commutation, identity, ones, selector, zeros
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.elementwise import function
from matcalc.operators.functions import relu, sigmoid, step
from matcalc.operators.kronecker import ContractLeft, ContractRight, kron, unvec, vec
from matcalc.operators.leaves import column, let, matrix, row, scalar
from matcalc.operators.scalars import Trace, d, inner, total, trace
from matcalc.operators.selection import segment, unit
from matcalc.pointwise import MissingValue

m, n, p, q = dims("m n p q")
A, B, C, D = matrix("A", m, n), matrix("B", m, n), matrix("C", n, p), matrix("D", p, q)
S, v, r = matrix("S", n, n), column("v", n), row("r", p)
u, G = column("u", m * n), matrix("G", m * p, n * q)
c, k = scalar("c"), scalar("k")
VARIABLES = (A, B, C, D, S, v, r, u, G)

SIZES = [
    {m: 4, n: 3, p: 5, q: 2},
    {m: 2, n: 5, p: 3, q: 4},
    {m: 1, n: 3, p: 2, q: 1},
    {m: 3, n: 1, p: 1, q: 4},
    {m: 1, n: 1, p: 1, q: 1},
]


@dataclass(frozen=True)
class Case:
    operator: type
    expr: Any
    expected: Callable[[Any], Any]


def commutation_matrix(m: int, n: int) -> Any:
    columns = []
    for index in range(m * n):
        unit = np.zeros(m * n)
        unit[index] = 1
        columns.append(unit.reshape(m, n, order="F").T.reshape(-1, order="F"))
    return np.array(columns).T


def selector_matrix(n: int) -> Any:
    return np.array([np.diag(unit).reshape(-1, order="F") for unit in np.eye(n)]).T


def contracted(x: Any, small: Any, side: str) -> Any:
    """Adjoint of the Kronecker product, from its definition as a linear map."""
    rows, cols = x.G.shape[0] // small.shape[0], x.G.shape[1] // small.shape[1]
    out = np.empty((rows, cols))
    for i in range(rows):
        for j in range(cols):
            unit = np.zeros((rows, cols))
            unit[i, j] = 1
            block = np.kron(unit, small) if side == "right" else np.kron(small, unit)
            out[i, j] = np.sum(block * x.G)
    return out


def structured(n: int, matrix_of: Callable[[Any], Any], count: int) -> Any:
    """The matrix that takes free parameters to the vec of the matrix made of them."""
    units = np.eye(count)
    return np.array([matrix_of(unit).reshape(-1, order="F") for unit in units]).T


def from_lower(n: int, strict: bool, sign: int) -> Callable[[Any], Any]:
    """Fill a lower triangle column by column, and the upper one with it or its negative."""

    def matrix_of(values: Any) -> Any:
        a, left = np.zeros((n, n)), iter(values)
        for j in range(n):
            for i in range(j + strict, n):
                a[i, j] = next(left)
        return a + sign * np.tril(a, -1).T

    return matrix_of


def toeplitz_of(n: int) -> Callable[[Any], Any]:
    return lambda t: np.array([[t[n - 1 + i - j] for j in range(n)] for i in range(n)])


def columnwise(a: Any, b: Any) -> Any:
    return np.array([np.kron(x, y) for x, y in zip(a.T, b.T, strict=True)]).T


def soft_by_definition(what: str, axis: int | None, x: Any) -> Any:
    """Softmax or log-sum-exp of 1000 A in numbers of unlimited range."""
    powers = np.vectorize(lambda a: mpmath.exp(1000 * a), otypes=[object])(x.A)
    total = powers.sum(axis=axis, keepdims=axis is not None)
    exact = powers / total if what == "softmax" else np.vectorize(mpmath.log)(total)
    return np.array(exact, dtype=float)


Z = let("Z", A @ C)
CASES = [
    Case(leaves.Variable, A, lambda x: x.A),
    Case(leaves.Variable, r, lambda x: x.r),
    Case(leaves.Named, Z, lambda x: np.dot(x.A, x.C)),
    Case(constants.Ones, ones(m, n), lambda x: np.full((x.m, x.n), 1.0)),
    Case(constants.Zero, zeros(m, n), lambda x: np.full((x.m, x.n), 0.0)),
    Case(constants.Identity, identity(m), lambda x: np.eye(x.m)),
    Case(constants.Centering, centering(m), lambda x: np.eye(x.m) - np.full((x.m, x.m), 1 / x.m)),
    Case(constants.Commutation, commutation(m, n), lambda x: commutation_matrix(x.m, x.n)),
    Case(constants.Selector, selector(n), lambda x: selector_matrix(x.n)),
    Case(algebra.Scale, -3 * A / (n + c), lambda x: -3 * x.A / (x.n + x.c)),
    Case(algebra.Add, A - 2 * B + ones(m, n), lambda x: x.A - 2 * x.B + 1),
    Case(algebra.Product, A @ C, lambda x: np.einsum("ij,jk", x.A, x.C)),
    Case(algebra.Product, A @ C @ D, lambda x: np.linalg.multi_dot([x.A, x.C, x.D])),
    Case(algebra.Transpose, (A @ C).T, lambda x: np.swapaxes(x.A.dot(x.C), 0, 1)),
    Case(algebra.Inverse, inv(S), lambda x: np.linalg.solve(x.S, np.eye(x.n))),
    Case(diagonal.Diag, diagonal.diag(v), lambda x: np.diag(x.v[:, 0])),
    Case(diagonal.Diagonal, diagonal.diagonal(S), lambda x: np.diag(x.S)[:, None]),
    Case(elementwise.Map, elementwise.elementwise(sympy.tanh, A), lambda x: np.tanh(x.A)),
    Case(elementwise.Map, elementwise.elementwise(relu, A), lambda x: np.maximum(x.A, 0)),
    Case(elementwise.Map, elementwise.elementwise(step, A), lambda x: np.heaviside(x.A, 0)),
    Case(elementwise.Map, elementwise.elementwise(sigmoid, A), lambda x: 1 / (1 + np.exp(-x.A))),
    Case(elementwise.Map, (A**2) ** Rational(1, 2), lambda x: np.abs(x.A)),
    Case(
        elementwise.Map,
        elementwise.elementwise(lambda t: sympy.exp(t / n) * sympy.cos(c * t), A),
        lambda x: np.exp(x.A / x.n) * np.cos(x.c * x.A),
    ),
    Case(
        elementwise2.Map2,
        elementwise.elementwise(sympy.atan2, A, B) + elementwise.elementwise(sympy.Max, A, B),
        lambda x: np.arctan2(x.A, x.B) + np.maximum(x.A, x.B),
    ),
    *(
        Case(kind, kind(1000 * A), partial(soft_by_definition, what, axis))
        for kind, what, axis in (
            (softmax.RowSoftmax, "softmax", 1),
            (softmax.ColumnSoftmax, "softmax", 0),
            (softmax.RowLogSumExp, "lse", 1),
            (softmax.ColumnLogSumExp, "lse", 0),
            (softmax.LogSumExp, "lse", None),
        )
    ),
    Case(elementwise.Hadamard, A * B, lambda x: np.multiply(x.A, x.B)),
    Case(elementwise.Hadamard, A**3 / B * A.T.T, lambda x: x.A**4 / x.B),
    Case(kronecker.Kronecker, kron(A, C), lambda x: np.kron(x.A, x.C)),
    Case(kronecker.Kronecker, kron(A, r, D), lambda x: np.kron(x.A, np.kron(x.r, x.D))),
    Case(kronecker.Kronecker, kron(r, ones(m)), lambda x: np.repeat(x.r, x.m, axis=0)),
    Case(kronecker.Vec, vec(A), lambda x: x.A.reshape(-1, 1, order="F")),
    Case(kronecker.Unvec, unvec(u, m, n), lambda x: x.u.reshape(x.m, x.n, order="F")),
    Case(kronecker.ContractRight, ContractRight(G, D), lambda x: contracted(x, x.D, "right")),
    Case(kronecker.ContractLeft, ContractLeft(G, A), lambda x: contracted(x, x.A, "left")),
    Case(determinant.Det, Det(S) * c, lambda x: np.linalg.det(x.S) * x.c),
    Case(
        determinant.LogDet,
        LogDet(S.T @ S),
        lambda x: np.linalg.slogdet(x.S.T @ x.S)[1],
    ),
    Case(scalars.Trace, trace(A @ B.T), lambda x: np.einsum("ij,ij", x.A, x.B)),
    Case(scalars.Trace, Trace(S) ** 2 + c * m, lambda x: np.trace(x.S) ** 2 + x.c * x.m),
    Case(scalars.Total, total(A * B), lambda x: np.sum(x.A * x.B)),
    Case(
        generalised_inverses.Adjugate,
        generalised_inverses.adj(S),
        lambda x: np.linalg.det(x.S) * np.linalg.inv(x.S),
    ),
    Case(
        generalised_inverses.PseudoInverse,
        generalised_inverses.pinv(A),
        lambda x: np.linalg.pinv(x.A),
    ),
    Case(
        matrix_functions.MatrixFunction,
        matrix_functions.power_sum(p, S, v, ones(1)),
        lambda x: sum(np.linalg.matrix_power(x.S, r) @ x.v for r in range(x.p)),
    ),
    Case(
        matrix_functions.MatrixFunction,
        matrix_functions.expm(S / 4),
        lambda x: sum(np.linalg.matrix_power(x.S / 4, r) / math.factorial(r) for r in range(30)),
    ),
    Case(scalars.Inner, inner(A, B), lambda x: np.vdot(x.A, x.B)),
    Case(segments.Segment, unit(m + n, m), lambda x: np.eye(x.m + x.n)[:, [x.m]]),
    Case(
        segments.Segment,
        segment(m + n + p, m, n) @ C,
        lambda x: np.pad(x.C, ((x.m, x.p), (0, 0))),
    ),
    Case(selection.Entry, c * A[m - 1, 0] ** 2, lambda x: x.c * x.A[-1, 0] ** 2),
    Case(blocks.HStack, hstack(A, ones(m, p), B), lambda x: np.c_[x.A, np.ones((x.m, x.p)), x.B]),
    Case(blocks.VStack, vstack(A, C.T), lambda x: np.concatenate([x.A, x.C.T])),
    Case(
        blocks.VStack,
        block([[A, B], [S, 2 * S]]),
        lambda x: np.block([[x.A, x.B], [x.S, 2 * x.S]]),
    ),
    Case(
        structure_constants.Duplication,
        structure_constants.duplication(n),
        lambda x: structured(x.n, from_lower(x.n, False, 1), x.n * (x.n + 1) // 2),
    ),
    Case(
        structure_constants.Elimination,
        structure_constants.elimination(n),
        lambda x: structured(x.n, from_lower(x.n, False, 0), x.n * (x.n + 1) // 2).T,
    ),
    Case(
        structure_constants.SkewDuplication,
        structure_constants.skew_duplication(n + 1),
        lambda x: structured(x.n + 1, from_lower(x.n + 1, True, -1), x.n * (x.n + 1) // 2),
    ),
    Case(
        structure_constants.ToeplitzBasis,
        structure_constants.toeplitz_basis(n),
        lambda x: structured(x.n, toeplitz_of(x.n), 2 * x.n - 1),
    ),
    Case(
        structure_constants.LowerMask,
        structure_constants.tril(S) + 2 * structure_constants.triu(S),
        lambda x: np.tril(x.S) + 2 * np.triu(x.S),
    ),
    Case(khatri_rao.KhatriRao, khatri_rao.khatri_rao(A, C.T), lambda x: columnwise(x.A, x.C.T)),
    Case(
        eigen.Eigenvalue,
        eigen.eigenvalue(S + S.T, n - 1) * A,
        lambda x: np.linalg.eigvalsh(x.S + x.S.T)[-1] * x.A,
    ),
    Case(
        eigen.Eigenvector,
        eigen.eigenvector(S + S.T, 0) @ eigen.eigenvector(S + S.T, 0).T,
        lambda x: np.outer(*2 * (np.linalg.eigh(x.S + x.S.T)[1][:, 0],)),
    ),
    Case(scalars.Differential, A @ d(C), lambda x: x.A @ x.dC),
    Case(scalars.ScalarDifferential, d(c) * A, lambda x: x.dc * x.A),
]


def random_data(sizes: dict[Any, int]) -> tuple[dict[Any, Any], SimpleNamespace]:
    rng = np.random.default_rng(5)
    shape_of = Loops(sizes, {}).size
    data = {x: rng.normal(size=(shape_of(x.rows), shape_of(x.cols))) for x in VARIABLES}
    data[d(C)] = rng.normal(size=data[C].shape)
    arrays = {x.name: array for x, array in data.items() if x in VARIABLES}
    numbers = {symbol.name: size for symbol, size in sizes.items()}
    return data, SimpleNamespace(**arrays, **numbers, c=0.7, k=3, dC=data[d(C)], dc=-0.3)


def test_every_operator_has_a_case() -> None:
    tested = {case.operator for case in CASES}
    own = [o for o in Operator.OPERATORS if o.__module__.startswith("matcalc.operators")]
    assert [o.__name__ for o in own if o not in tested] == []


def test_every_case_shows_its_operator() -> None:
    def contains(expr: Any, operator: type) -> bool:
        below = [expr] if isinstance(expr, operator) else []
        return bool(below or any(contains(x, operator) for x in scalars_or_children(expr)))

    def scalars_or_children(x: Any) -> tuple[Any, ...]:
        return x.children if isinstance(x, Operator) else tuple(x.atoms(scalars.ScalarNode))

    assert [case for case in CASES if not contains(case.expr, case.operator)] == []


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operator.__name__}: {case.expr}")
def test_entries_agree_with_numpy(case: Case, sizes: dict[Any, int]) -> None:
    data, x = random_data(sizes)
    tables = {key: array.tolist() for key, array in data.items()}
    value = Loops(sizes, tables, {c: x.c, k: x.k, d(c): x.dc}).value(case.expr)
    expected = case.expected(x)
    assert np.shape(value) == np.shape(expected)
    np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-12)


def test_numpy_arrays_names_and_inferred_sizes() -> None:
    a = np.arange(12.0).reshape(4, 3)
    value = evaluate(A @ A.T / n + c * identity(m), {"A": a, "c": 2})
    np.testing.assert_allclose(value, a @ a.T / 3 + 2 * np.eye(4), rtol=1e-14)


def test_sizes_not_seen_in_data() -> None:
    assert evaluate(ones(m, p), {}, sizes={"m": 2, p: 3}) == [[1, 1, 1], [1, 1, 1]]


def test_fractions_stay_exact() -> None:
    a = [[Fraction(1, 3), 2, 5], [0, Fraction(7, 2), 1], [4, 1, 1]]
    x = {S: a, v: [[1], [2], [3]]}
    assert evaluate(S @ inv(S), x) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    quadratic = evaluate(v.T @ centering(n) @ v / 7 + ones(1), x)
    assert quadratic == [[Fraction(9, 7)]] and isinstance(quadratic[0][0], Fraction)
    assert evaluate((v + ones(n)) ** -3, x)[2][0] == Fraction(1, 64)
    assert evaluate(trace(S) / 3, x) == Fraction(29, 18)


def test_integers_divide_exactly() -> None:
    assert evaluate(v / 3, {v: np.array([[1], [2]])}) == [[Fraction(1, 3)], [Fraction(2, 3)]]
    assert gauss_jordan([[0, 2], [3, 0]]) == [[0, Fraction(1, 3)], [Fraction(1, 2), 0]]


def test_rational_and_numpy_scalar_entries() -> None:
    assert evaluate(2 * v, {v: [[Rational(1, 3)], [np.int64(2)]]}) == [[Fraction(2, 3)], [4]]


def test_complex_step_through_an_inverse() -> None:
    s = [[2.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, -0.7, 1.5]]
    moved = [list(line) for line in s]
    moved[0][2] += 1e-30j
    slope = complex(evaluate(trace(inv(S)), {S: moved})).imag / 1e-30
    inverse = np.linalg.inv(s)
    assert slope == pytest.approx(-(inverse @ inverse)[2, 0], rel=1e-13)


def test_a_given_intermediate_is_not_evaluated() -> None:
    assert evaluate(2 * Z, {Z: [[3.0]]}) == [[6.0]]


def test_deep_and_shared_graphs() -> None:
    deep, shared = v, v
    for _ in range(3000):
        deep = elementwise.elementwise(sympy.sin, deep) + v
    for depth in range(60):
        shared = Rational(1, 2) * (shared + let(f"t{depth}", shared))
    assert evaluate(total(deep), {v: [[0.5]]}) == pytest.approx(1.5, abs=1)
    assert evaluate(shared, {v: [[0.5]]}) == [[pytest.approx(0.5)]]


ERRORS = [
    (lambda: evaluate(A @ C, {A: [[1.0]]}), MissingValue, "no value was given for C"),
    (lambda: evaluate(c * A, {A: [[1.0]]}), MissingValue, "no value was given for c"),
    (lambda: evaluate(ones(m, 2), {}), MissingValue, "no value was given for m"),
    (lambda: evaluate(function("a")(A), {A: [[1.0]]}), MissingValue, "abstract function a"),
    (lambda: evaluate(d(A), {A: [[1.0]]}), MissingValue, r"d\(A\)"),
    (lambda: evaluate(d(c) + 1, {c: 1.0}), MissingValue, r"d\(c\)"),
    (lambda: evaluate(A @ C, {A: [[1, 2]], C: [[1]]}), ShapeError, "n is 2 in A, but 1 in C"),
    (lambda: evaluate(A, {A: [[1, 2]]}, sizes={m: 3}), ShapeError, "m is 3 in sizes, but 1 in A"),
    (lambda: evaluate(A, {A: [[1, 2], [3]]}), ShapeError, "A is m × n"),
    (lambda: evaluate(v, {v: [[1, 2]]}), ShapeError, "v is n × 1"),
    (lambda: evaluate(v, {v: [1, 2]}), ShapeError, "needs a table"),
    (lambda: evaluate(ones(m - n, 1), {}, sizes={m: 2, n: 2}), ShapeError, "no positive integer"),
    (lambda: evaluate(A, {A: [["1"]]}), UnsupportedInput, "finite number, got str"),
    (lambda: evaluate(A, {A: [[math.nan]]}), UnsupportedInput, "finite number, got float"),
    (lambda: evaluate("A", {}), UnsupportedInput, "matrix expression"),
    (lambda: evaluate(A, {A: [[1]], A @ C: [[1]]}), UnsupportedInput, "values are given for var"),
    (lambda: evaluate(A @ matrix("A", n, p), {}), NameRefused, "two things"),
    (lambda: evaluate(inv(S), {S: [[1, 2], [2, 4]]}), SingularMatrix, "matrix S has no inverse"),
    (lambda: evaluate(inv(S), {S: [[0.1, 0.3], [0.2, 0.6]]}), SingularMatrix, "no pivot"),
    (lambda: evaluate(ones(m, m), {}, sizes={m: 10**4}), BudgetExceeded, "Ones of 10000 × 10000"),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_errors_name_what_is_wrong(case: int) -> None:
    attempt, error, message = ERRORS[case]
    assert issubclass(error, MatcalcError)
    with pytest.raises(error, match=message):
        attempt()
