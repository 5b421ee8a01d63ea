"""sympy's expressions: names, symbols, facts, what is refused, and the gradient for its user."""

import re
from typing import Any

import pytest
import sympy
from sympy import (
    Derivative,
    Determinant,
    Dummy,
    Function,
    I,
    Identity,
    ImmutableMatrix,
    Lambda,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Sum,
    Symbol,
    Trace,
    exp,
    log,
)  # fmt: skip
from sympy.matrices.expressions import FunctionMatrix, Permanent, PermutationMatrix

import matcalc
from matcalc import from_sympy, function, gradient, hessian, let, matrix, names_in, to_sympy
from matcalc.errors import MatcalcError, NameRefused, ShapeError, UnsupportedInput
from tests.test_sympy_interop import S, X, a, c, i, j, k, n, p, q, w, x


def test_a_gradient_for_a_user_of_sympy() -> None:
    loss = log(Determinant(X.T * X + c * Identity(p)))
    found = to_sympy(gradient(from_sympy(loss), from_sympy(X)).value, like=loss)
    assert found == 2 * X * (X.T * X + c * Identity(p)).I
    assert found.shape == (n, p)
    by_c = gradient(from_sympy(loss), from_sympy(c)).value
    assert to_sympy(by_c, like=loss) == Trace((X.T * X + c * Identity(p)).I)
    second = hessian(from_sympy(x.T * S * x), from_sympy(x)).value
    assert to_sympy(second, like=S) == S + S.T


def test_symbols_are_known_by_name() -> None:
    positive = Symbol("b", positive=True)
    even = Symbol("e", integer=True, positive=True, even=True)
    Q = MatrixSymbol("Q", even, n)
    found = names_in(from_sympy(positive * c * Trace(Q.T * Q) * S[i, 0] * n))
    assert found["b"] == positive
    assert found["e"] == even
    assert found["n"] == matcalc.dims("n")[0]
    assert found["c"] == matcalc.scalar("c")
    assert found["i"] == matcalc.index("i")
    assert to_sympy(from_sympy(S)).rows != n
    assert to_sympy(from_sympy(S), like=[c, S]) == S


def test_like_keeps_facts_and_names() -> None:
    symmetric, lam = matrix("S", "n", "n", "symmetric"), matcalc.scalar("lam", positive=True)
    Z = let("Z", lam * symmetric @ symmetric)
    written = to_sympy(Z)
    assert from_sympy(written) is not Z.definition
    assert from_sympy(written, like=Z) is Z.definition
    assert from_sympy(MatrixSymbol("Z", n, n), like=Z) is Z
    with pytest.raises(ShapeError, match="Z"):
        from_sympy(MatrixSymbol("Z", n, 3), like=Z)
    with pytest.raises(NameRefused, match="lam"):
        from_sympy(MatrixSymbol("lam", n, 3), like=Z)
    with pytest.raises(NameRefused, match="Z"):
        from_sympy(Symbol("Z"), like=Z)


def test_unknown_functions_keep_their_names() -> None:
    loss = Trace(OneMatrix(p, n) * X.applyfunc(a))
    found = gradient(from_sympy(loss), from_sympy(X)).value
    assert found is function("a", 1)(from_sympy(X))
    assert from_sympy(to_sympy(found)) is found


IMAGINARY, ODD = Symbol("z", imaginary=True), Symbol("o", commutative=False)
NEGATIVE = Symbol("g", zero=True)
REFUSED: dict[str, tuple[Any, type[MatcalcError]]] = {
    "Permanent": (Permanent(S), UnsupportedInput),
    "PermutationMatrix": (
        PermutationMatrix(sympy.combinatorics.Permutation([1, 0])) * MatrixSymbol("Q", 2, 2),
        UnsupportedInput,
    ),
    "FunctionMatrix": (FunctionMatrix(3, 3, Lambda((i, j), i + j)), UnsupportedInput),
    "ImmutableDenseMatrix": (ImmutableMatrix([[1, 2]]), UnsupportedInput),
    "PermuteDims": (S.diff(S), UnsupportedInput),
    "ArrayDerivative": (Determinant(S).diff(S), UnsupportedInput),
    "Integral": (sympy.Integral(c, (c, 0, 1)) + Trace(S), UnsupportedInput),
    "Dummy": (Dummy("c") * S, UnsupportedInput),
    "applyfunc": (exp(S), UnsupportedInput),
    "is an integer": (S ** Rational(1, 2), UnsupportedInput),
    "slice with steps": (S[::2, :], UnsupportedInput),
    "runs from 1": (Sum(x[i, 0], (i, 1, n)), UnsupportedInput),
    "three matrices": (
        Sum(S[i, j] * S[i, k] * S[i, q] * S[j, k] * S[j, q] * S[k, q],
            *((index, 0, n - 1) for index in (i, j, k, q))),
        UnsupportedInput,
    ),
    "over 3, not over n": (Sum(x[i, 0], (i, 0, 2)), ShapeError),
    "no function of one entry": (
        Sum(Function("h")(x[i, 0], w[i, 0]), (i, 0, n - 1)), UnsupportedInput
    ),
    "several variables": (Function("h")(c, k) * S, UnsupportedInput),
    "not worked out": (Derivative(Function("h")(c**2), c) + Trace(S), UnsupportedInput),
    "ImaginaryUnit": (I * S, UnsupportedInput),
    "has to be real": (IMAGINARY * S, UnsupportedInput),
    "has to be integer and positive": (Identity(NEGATIVE), UnsupportedInput),
    "has to be real, but": (ODD * Trace(S), UnsupportedInput),
    "inner sizes p and n": (X * MatrixSymbol("Y", n, p), ShapeError),
    "square": (Determinant(X), ShapeError),
    "cannot add": (X + X.T, ShapeError),
    "usable name": (MatrixSymbol("Γ", n, n), NameRefused),
    "two things": (c * Trace(MatrixSymbol("c", n, n)), NameRefused),
    "two things: rename": (n * Symbol("n", positive=True) * S, NameRefused),
}  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_refused(said: str) -> None:
    expr, kind = REFUSED[said]
    with pytest.raises(kind, match=re.escape(said)):
        from_sympy(expr)


def test_strings_and_numbers_are_not_expressions() -> None:
    for given in ("X", 3, None, [X]):
        with pytest.raises(UnsupportedInput, match="expression of sympy"):
            from_sympy(given)
    with pytest.raises(NameRefused, match="in like"):
        to_sympy(from_sympy(S), like=[S, MatrixSymbol("S", n, p)])
