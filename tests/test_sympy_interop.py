"""sympy's matrix expressions read and written: values, names, shapes, and what is refused."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import (
    Adjoint,
    BlockDiagMatrix,
    BlockMatrix,
    Derivative,
    Determinant,
    DiagMatrix,
    DiagonalMatrix,
    DiagonalOf,
    Function,
    HadamardPower,
    HadamardProduct,
    Identity,
    ImmutableMatrix,
    KroneckerProduct,
    Lambda,
    Matrix,
    MatrixSymbol,
    Max,
    OneMatrix,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    Trace,
    ZeroMatrix,
    conjugate,
    exp,
    log,
    pi,
    sin,
    sqrt,
    symbols,
    tanh,
)  # fmt: skip
from sympy.matrices.expressions import DotProduct

from matcalc import from_sympy, to_sympy
from matcalc.errors import UnsupportedInput
from matcalc.interop.matrix_constructs import MATRICES
from matcalc.interop.scalar_constructs import SCALARS
from matcalc.interop.symbols import sympy_names
from matcalc.interop.writing import WRITTEN
from matcalc.loops import Loops
from matcalc.node import Node, walk
from matcalc.operators.constants import Zero
from matcalc.pointwise import Undefined
from matcalc.show import text
from matcalc.symbols import free_symbols, variables
from tests.numeric import sample_for
from tests.sympy_values import value
from tests.test_lower_random import Expressions
from tests.test_rebuild import LANGUAGE, LAWS

n, p, q, c, k, i, j = symbols("n p q c k i j")
t = Symbol("t")
S, M, X, P = (MatrixSymbol(*x) for x in (("S", n, n), ("M", n, n), ("X", n, p), ("P", p, p)))
x, w, r = MatrixSymbol("x", n, 1), MatrixSymbol("w", n, 1), MatrixSymbol("r", 1, n)
A = MatrixSymbol("A", q, 3)
a = Function("a")
NUMBERS = {n: 3, p: 4, q: 5, k: 4, i: 1, j: 2, c: Rational(3, 5)}

DOT = DotProduct(x, r)
READ: dict[Any, str] = {
    X + 2 * X * P / 3: "X + 2 * X @ P / 3",
    S.I * x * x.T - Trace(S) * S: "inv(S) @ x @ x.T - trace(S) * S",
    S**k: "matrix_power(S, k)",
    S**3: "matrix_power(S, 3)",
    S**-2: "inv(S) @ inv(S)",
    (S * M).T: "M.T @ S.T",
    Adjoint(S * M): "(S @ M).T",
    conjugate(S): "S",
    HadamardProduct(X, X.applyfunc(exp)) + HadamardPower(X, -1): "X**-1 + X * exp(X)",
    HadamardPower(c, X): "elementwise(lambda x: c**x, X)",
    HadamardPower(X, k): "X**k",
    HadamardPower(X, MatrixSymbol("Y", n, p)): "X**Y",
    X.applyfunc(lambda t: log(1 + exp(t))): "softplus(X)",
    X.applyfunc(lambda t: sympy.Abs(t) * sympy.sign(t - c)): "abs(X) * sign(X - c * ones(n, p))",
    KroneckerProduct(S, X, r): "kron(S, X, r)",
    KroneckerProduct(Identity(n), ZeroMatrix(n, p)): "zeros(n**2, n*p)",
    OneMatrix(n, p) - X: "ones(n, p) - X",
    DiagMatrix(x): "diag(x)",
    DiagonalOf(S): "diagonal(S)",
    DiagonalMatrix(S): "diag(diagonal(S))",
    X.applyfunc(tanh): "tanh(X)",
    X.applyfunc(lambda t: 1 / (1 + exp(-t))): "sigmoid(X)",
    X.applyfunc(lambda t: Max(0, t)): "relu(X)",
    X.applyfunc(Lambda(t, Piecewise((1, t > 0), (0, True)))): "step(X)",
    X.applyfunc(lambda t: t**2 / n + c): "c * ones(n, p) + 1/n * X**2",
    X.applyfunc(a): "a(X)",
    X.applyfunc(Lambda(t, Derivative(a(t), (t, 2)))): "a_prime_prime(X)",
    a(c**2).diff(c) * S: "2*c*a_prime(c**2) * S",
    S[1:, :2]: "S[1:, :2]",
    X[:, 0]: "X[:, 0]",
    BlockMatrix([[S, X], [X.T, P]]): "block([[S, X], [X.T, P]])",
    BlockDiagMatrix(S, P): "block([[S, zeros(n, p)], [zeros(p, n), P]])",
    x.T * S * x: "x.T @ S @ x",
    sqrt(x.T * x): "sqrt(x.T @ x)",
    log(x.T * x): "log(trace(x.T @ x))",
    Trace(S * M) ** 2 / n: "trace(S @ M)**2/n",
    Trace(OneMatrix(p, n) * X): "sum(X)",
    log(Determinant(S)) - c / Determinant(M): "logdet(S) - c/det(M)",
    sin(c) * Trace(S) + pi: "trace(S)*sin(c) + pi",
    DOT: "inner(x, r.T)",
    X[1, 2] * X[n - 1, j]: "X[1, 2]*X[n - 1, j]",
    (x.T * x)[0, 0]: "sum(x**2)",
    (x.T * S * w)[0, 0]: "trace(x.T @ S @ w)",
    (r * S * M.T * w)[0, 0]: "trace(r @ S @ M.T @ w)",
    (x.T * (S + Identity(n)) * x)[0, 0]: "trace(x.T @ (identity(n) + S) @ x)",
    ((S * x + w).applyfunc(exp).T * OneMatrix(n, 1))[0, 0]: "sum(exp(w + S @ x))",
    (S * M)[1, 2]: "trace(S[1, :] @ M[:, 2])",
    (X * P)[i, j]: "trace(X[i, :] @ P[:, j])",
    Trace(S).rewrite(Sum): "trace(S)",
    Sum(X[i, j] ** 2, (i, 0, n - 1), (j, 0, p - 1)): "sum(X**2)",
    Sum(X[i, j] * x[i, 0] * X[i, j], (i, 0, n - 1), (j, 0, p - 1)): (
        "trace(x.T @ X**2 @ ones(p, 1))"
    ),
    Sum(exp(X[i, j] + c * x[i, 0] - 1), (i, 0, n - 1), (j, 0, p - 1)): (
        "sum(exp(X + c * x @ ones(1, p) - ones(n, p)))"
    ),
    Sum(S[i, j] * M[j, k] * S[k, i], (i, 0, n - 1), (j, 0, n - 1), (k, 0, n - 1)): (
        "sum(S * (M @ S).T)"
    ),
    Sum(S[i, j] * x[j, 0] * M[i, j] * w[i, 0] ** 3, (i, 0, n - 1), (j, 0, n - 1)): (
        "trace((w**3).T @ (M * S) @ x)"
    ),
    Sum(S[i, i] * M[i, j] * w[i, 0], (i, 0, n - 1), (j, 0, n - 1)): (
        "trace(diagonal(S).T @ (w * (M @ ones(n, 1))))"
    ),
    Sum(S[i, j] * w[j, 0] * M[j, 1], (i, 0, n - 1), (j, 0, n - 1)): ("sum(S @ (w * M[:, 1]))"),
    Sum(c + x[i, 0], (i, 0, n - 1)) ** 2: "(c*n + sum(x))**2",
    Sum(Sum(X[i, j], (j, 0, p - 1)) ** 2, (i, 0, n - 1)): "sum((X @ ones(p, 1))**2)",
}
"""What is read, and its text here."""
by_expression = pytest.mark.parametrize("expr", READ, ids=str)


def test_every_construct_is_tried() -> None:
    seen = {type(part) for expr in READ for part in sympy.preorder_traversal(expr)}
    untried = {*MATRICES, *SCALARS} - seen - {sympy.MatMul, sympy.MatAdd}
    assert {cls.__name__ for cls in untried} == set()


@by_expression
def test_text_of_what_is_read(expr: Any) -> None:
    assert text(from_sympy(expr)) == READ[expr]


def tables(expr: Any) -> dict[MatrixSymbol, ImmutableMatrix]:
    """Random fractions for every matrix symbol, square ones with a positive determinant."""
    rng = random.Random(str(expr))
    found = {}
    for symbol in sorted(expr.atoms(MatrixSymbol), key=str):
        rows, cols = (int(size.subs(NUMBERS)) for size in symbol.shape)
        m = Matrix(rows, cols, lambda *_: Rational(rng.randint(1, 9), rng.randint(2, 7)))
        found[symbol] = ImmutableMatrix(m + 9 * sympy.eye(rows) if rows == cols > 1 else m)
    return found


def fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def by_loops(expr: Any, data: dict[MatrixSymbol, ImmutableMatrix]) -> Any:
    """Value here, exact where that is possible."""
    by_name = {symbol.name: table.tolist() for symbol, table in data.items()}
    given = {v: [[fraction(e) for e in line] for line in by_name[v.name]] for v in variables(expr)}
    named = {symbol.name: number for symbol, number in NUMBERS.items()}
    known = {s: named[s.name] for s in free_symbols(expr)}
    sizes = {s: number for s, number in known.items() if isinstance(number, int)}
    scalars = {s: fraction(number) for s, number in known.items() if s not in sizes}
    return Loops(sizes, given, scalars, {"a": smooth}).value(expr)


def smooth(order: int, at: Any) -> Any:
    return (at**3 - at, 3 * at**2 - 1, 6 * at)[order]


def by_sympy(expr: Any, data: dict[MatrixSymbol, ImmutableMatrix]) -> Any:
    """Value by sympy's explicit matrices; by the definitions where it does not evaluate them."""
    expr = expr.replace(a, lambda u: u**3 - u)
    expr = expr.replace(lambda e: isinstance(e, Derivative), lambda e: e.doit()).doit()
    try:
        sized = {MatrixSymbol(s.name, *table.shape): table for s, table in data.items()}
        found = expr.subs(NUMBERS).subs(sized).doit()
        found = found.as_explicit() if hasattr(found, "as_explicit") else found
    except AttributeError:
        found = expr
    if all(getattr(e, "is_number", False) for e in numbers(found)):
        return found
    arrays = {s: sympy.matrix2numpy(Matrix(table), dtype=float) for s, table in data.items()}
    found = value(expr, {**arrays, **NUMBERS})
    return (
        Matrix(found)
        if getattr(expr, "is_Matrix", False)
        else sympy.sympify(complex(np.ravel(found)[0]))
    )


def numbers(found: Any) -> list[Any]:
    if isinstance(found, list):
        return [entry for line in found for entry in line]
    return list(found) if isinstance(found, sympy.MatrixBase) else [found]


def assert_same(found: Any, expected: Any) -> None:
    pairs = list(zip(numbers(found), numbers(expected), strict=True))
    for one, other in pairs:
        if isinstance(one, int | Fraction) and other.is_Rational:
            assert one == fraction(other)
        else:
            assert abs(complex(one) - complex(other)) <= 1e-9 * (1 + abs(complex(other)))
    assert any(one != 0 for one, _ in pairs)


@by_expression
def test_values_of_what_is_read(expr: Any) -> None:
    data = tables(expr)
    read = from_sympy(expr)
    if read != 0 and not isinstance(read, Zero):
        assert_same(by_loops(read, data), by_sympy(expr, data))


@by_expression
def test_there_and_back(expr: Any) -> None:
    read = from_sympy(expr)
    written = to_sympy(read, like=expr)
    bound = {"t": Symbol("t", real=True), "xi": Symbol("xi", real=True)}
    assert sympy_names(written).items() <= (sympy_names(expr) | bound).items()
    again = from_sympy(written)
    assert text(again) == (text(read) if expr is not DOT else "trace(x.T @ r.T)")
    if expr is not DOT:
        assert again is read if isinstance(read, Node) else again == read
    data = tables(expr)
    if read != 0 and not isinstance(read, Zero):
        assert_same(by_loops(read, data), by_sympy(written, data))


NOT_SAID = [operator.__name__ for operator in LANGUAGE]
"""A function of two entries is said where sympy has it, and refused by name elsewhere."""


@pytest.mark.parametrize("operator", LANGUAGE, ids=lambda cls: cls.__name__)
def test_every_operator_is_written_or_refused_by_name(operator: Any) -> None:
    sides = (side for law in LAWS.values() for side in (law.lhs, law.rhs))
    whole = (*sides, from_sympy(HadamardPower(X, MatrixSymbol("Y", n, p))))
    found = {part for side in whole for part in walk(side) if type(part) is operator}
    written, refused = [], []
    for part in sorted(found, key=lambda part: part.key):
        try:
            written.append(to_sympy(part))
        except UnsupportedInput as error:
            assert "sympy has no expression for" in str(error)
            refused.append(str(error))
    assert bool(written) == (operator in WRITTEN)
    assert written or any(operator.__name__ in said for said in refused)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("seed", range(30))
def test_random_expressions_there_and_back(seed: int, depth: int) -> None:
    make = Expressions(104729 * depth + seed)
    root = make.matrix(make.size(), make.size(), depth)
    try:
        written = to_sympy(root)
    except UnsupportedInput as error:
        assert any(name in str(error) for name in NOT_SAID)
        return
    again = from_sympy(written, like=root)
    try:
        sample = sample_for(root, again, seed=seed)
    except Undefined:
        pytest.skip("no value here")
    arrays: dict[Any, Any] = {
        MatrixSymbol(v.name, *v.shape): np.array(table) for v, table in sample.data.items()
    }
    found = np.array(sample.base.value(root), dtype=float)
    expected = value(written, {**arrays, **sample.sizes, **sample.scalars})
    np.testing.assert_allclose(found, np.real(expected), rtol=1e-9, atol=1e-9)
    again_found = np.array(sample.base.value(again), dtype=float)
    np.testing.assert_allclose(found, again_found, rtol=1e-12, atol=1e-12)
