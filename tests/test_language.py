"""The language: sizes, shapes, book-keeping, interning."""

import copy
import pickle

import pytest
import sympy

from matcalc import (
    centering,
    column,
    commutation,
    diag,
    diagonal,
    dims,
    function,
    identity,
    inv,
    kron,
    let,
    matrix,
    ones,
    row,
    selector,
    sum,
    tanh,
    trace,
    unvec,
    vec,
    zeros,
)
from matcalc.errors import NameRefused, ShapeError, UnsupportedInput
from matcalc.operators.algebra import FLAT_LIMIT, Product
from matcalc.operators.elementwise import elementwise

N, p, n = dims("N p n")
X, Y, S = matrix("X", N, p), matrix("Y", N, p), matrix("S", n, n)
v, r = column("v", n), row("r", p)
q, y = column("q", p), column("y", N)


def test_sizes_are_polynomials_and_compare_for_all_values():
    half = n * (n + 1) / 2
    packed = matrix("D", n**2, half) @ column("u", half)
    assert unvec(packed, n, n).shape == (n, n)
    assert matrix("A", N * p + p, 2) is matrix("A", (N + 1) * p, 2)
    assert (vec(X).T @ matrix("B", p * N, 3)).shape == (1, 3)
    assert kron(X, S).shape == (N * n, p * n)
    with pytest.raises(ShapeError, match=r"N\*p and N\*n differ"):
        vec(X).T @ matrix("B", N * n, 3)
    with pytest.raises(ShapeError, match="cannot shape"):
        unvec(packed, n, p)


@pytest.mark.parametrize("size", [0, -1, sympy.Rational(1, 2), 1 / n, sympy.Symbol("x"), n - n])
def test_what_is_no_size(size):
    with pytest.raises(ShapeError):
        matrix("A", size, 2)


@pytest.mark.parametrize("size", [True, 2.0, None, "N + 1", "1"])
def test_what_is_no_kind_of_size(size):
    with pytest.raises((UnsupportedInput, NameRefused)):
        matrix("A", size, 2)


@pytest.mark.parametrize(
    "name",
    ["", "a b", "1a", "x.y", "lambda", "None", "__class__", "_x", "x" * 101, "ﬁ", "𝐱", "f\n"],
)
def test_what_is_no_name(name):
    for make in (lambda: matrix(name, 2, 2), lambda: let(name, X), lambda: function(name)):
        with pytest.raises(NameRefused):
            make()


def test_equal_expressions_are_one_object():
    assert X + Y is Y + X
    assert X * Y is Y * X
    assert (X + Y) + X is 2 * X + Y
    assert X - (Y - X) is 2 * X - Y
    assert X * Y * X is X**2 * Y
    assert X.T.T is X
    assert (2 * X) @ (3 * p * identity(p)) is 6 * p * X
    assert elementwise(lambda t: 1 - sympy.tanh(t) ** 2, X) is ones(N, p) - tanh(X) ** 2
    for x in (X @ Y.T + ones(N, N), tanh(X), let("Z", X), kron(X, Y)):
        assert pickle.loads(pickle.dumps(x)) is x
        assert copy.copy(x) is x
        assert copy.deepcopy(x) is x


def test_an_expression_of_any_depth_is_pickled_copied_and_compared():
    deep = divided = S
    for _ in range(5000):
        deep = tanh(S.T @ deep)
    for _ in range(400):
        divided = tanh(divided / (1 + trace(divided @ S) ** 2))
    for x in (deep, divided, trace(deep)):
        assert pickle.loads(pickle.dumps(x)) is x
        assert copy.deepcopy(x) is x
        assert len({x, x}) == 1


def test_book_keeping():
    assert X - X is zeros(N, p)
    assert X + zeros(N, p) is X
    assert zeros(3, N) @ X is zeros(3, p)
    assert identity(N) @ X is X
    assert X * ones(N, p) is X
    assert ones(N) @ ones(1, p) is ones(N, p)
    assert ones(N, p).T is ones(p, N)
    assert centering(N).T is centering(N)
    assert commutation(1, n) is identity(n)
    assert commutation(N, p).T is commutation(p, N)
    assert kron(identity(n), identity(p)) is identity(n * p)
    assert vec(v) is v
    assert diagonal(diag(v)) is v
    assert diag(ones(n)) is identity(n)
    assert diag(r).shape == (p, p)
    assert inv(inv(S)) is S
    assert inv(2 * S) is inv(S) / 2
    assert trace(3 * S) == 3 * trace(S)
    assert sum(zeros(N, p)) == 0
    assert selector(1) is ones(1, 1)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        (lambda: X @ (X @ q - y), "X.T @ (X @ q - y)"),
        (lambda: X.T @ q, "X @ q"),
        (lambda: (X @ q).T @ X.T, "(X @ q).T @ X"),
        (lambda: y @ y, "y.T @ y or y @ y.T"),
    ],
)
def test_remedies_are_expressions_that_fit(wrong, meant):
    with pytest.raises(ShapeError, match="did you mean") as error:
        wrong()
    assert f"did you mean {meant}?" in str(error.value)


def test_long_products_nest():
    many = [matrix(f"A{i}", n, n) for i in range(100)]
    product = many[0]
    for factor in many[1:]:
        product = product @ factor
    assert isinstance(product, Product)
    assert len(product.operands) <= FLAT_LIMIT
    assert product.shape == (n, n)


def test_arithmetic_with_numbers():
    assert X / 2 is sympy.Rational(1, 2) * X
    assert -X is -1 * X
    assert +X is X
    assert X**1 is X
    assert X**0 is ones(N, p)
    assert 1 / X is X**-1
    assert (0.5 * X).shape == X.shape
    for wrong in (float("nan"), float("inf"), "2", None, True):
        with pytest.raises(UnsupportedInput):
            X * wrong
    for wrong in (lambda: X / zeros(N, p), lambda: zeros(N, p) ** -1, lambda: X / 0):
        with pytest.raises(UnsupportedInput):
            wrong()
