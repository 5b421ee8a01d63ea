"""The checker's matrices: digits, differentials, inverses and determinants, each in numbers."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import sympy
from sympy.core.symbol import Str

from matcalc.dimensions import dims
from matcalc.loops import Loops
from matcalc.operators.algebra import inv
from matcalc.operators.constants import identity, ones
from matcalc.operators.determinant import Det, LogDet
from matcalc.operators.diagonal import diag
from matcalc.operators.elementwise import elementwise, function
from matcalc.operators.functions import ENTRY, OTHER, hypot
from matcalc.operators.generalised_inverses import pinv
from matcalc.operators.khatri_rao import khatri_rao
from matcalc.operators.kronecker import ContractLeft, ContractRight, kron, vec
from matcalc.operators.leaves import column, matrix, scalar
from matcalc.operators.scalars import d, trace
from matcalc.operators.selection import index, segment, unit
from matcalc.operators.softmax import column_logsumexp, row_logsumexp
from matcalc.prove.checker.contraction import side_by_side
from matcalc.prove.checker.likeness import matchings, renamed
from matcalc.prove.checker.relations import Relations
from matcalc.prove.checker.terms import CertificateRefused
from tests.checker_values import Values

n, m, k = dims("n m k")
SIZES = {n: 3, m: 4, k: 2}
A, B, S = matrix("A", n, n), matrix("B", n, n), matrix("S", n, n, "symmetric")
X, Y = matrix("X", n, m), matrix("Y", m, n)
Q, v = matrix("Q", n, n, "orthogonal"), column("v", n)
G2, G4, G9 = matrix("G2", 6, 1), matrix("G4", 4, 1), matrix("G9", 9, 1)
c, p = scalar("c"), sympy.Symbol("p", positive=True)
NUMBERS = {c: 0.7, p: 1.3, d(c): -0.6, d(p): 0.4}
rng = np.random.default_rng(5)


def drawn(x):
    array = rng.normal(size=[int(s.subs(SIZES)) for s in x.shape])
    return np.linalg.qr(array)[0] if "orthogonal" in x.facts else array


H, K, Z = (matrix(name, 2, 2) for name in "HKZ")
J, L = matrix("J", 2, 3), matrix("L", 6, 6)
E = matrix("E", n, n, "diagonal")
DATA = {x: drawn(x) for x in (A, B, X, Y, Q, v, G2, G4, G9, H, K, Z, J, L)}
DATA[E] = np.diag(rng.normal(size=3))
DATA[S] = DATA[A] + DATA[A].T + 9 * np.eye(3)


def fresh():
    return Relations(frozenset())


# Digits.

COMPOSITE = [
    diag(vec(X)),
    kron(G4, G9) @ Z[:1, :],
    ContractRight(kron(G4, G9), G2),
    ContractLeft(kron(G4, G9), G2),
    inv(kron(A, S)),
    (vec(X) @ vec(X).T)[sympy.Integer(7), sympy.Integer(5)] * v,
    inv(kron(J.T, J) + L),
    kron(khatri_rao(H, K).T, H),
    khatri_rao(kron(H, K), kron(K, H)),
    column_logsumexp(H),
    row_logsumexp(H),
    E @ A,
]


@pytest.mark.parametrize("expr", COMPOSITE, ids=str)
def test_entries_of_several_digits(expr):
    x = fresh()
    found = Values(x, SIZES, DATA, NUMBERS).matrix(x.matrix(expr))
    tables = {w: a.tolist() for w, a in DATA.items()}
    np.testing.assert_allclose(found, Loops(SIZES, tables, NUMBERS).value(expr), rtol=1e-9)


def test_an_identity_of_one_row():
    x, j = fresh(), index("j")
    for one in (unit(1, j), segment(1, 0, k), identity(1)):
        assert x.matrix(one).poly == x.constant(1)


def test_digits_side_by_side_are_one():
    one, two = {-1: n, -2: m}, {-1: n, -2: m, -3: k}
    assert side_by_side(one, [(5, ((-1, -2), (0,)), 1)]) == ({-1: n * m}, [(5, ((-1,), (0,)), 1)])
    assert side_by_side(two, [(5, ((-1, -2, -3),), 1)]) == ({-1: n * m * k}, [(5, ((-1,),), 1)])
    assert side_by_side({-1: n}, [(5, ((0, -1),), 1)]) == ({-1: n}, [(5, ((0, -1),), 1)])
    for words in [((-1, -2), (-1,)), ((-1, -2), (-2, -1)), ((-1,), (-2,)), ((-1, 0), (-2,))]:
        assert side_by_side(one, [(5, words, 1)]) == (one, [(5, words, 1)])


def test_orders_of_indices_that_look_alike():
    assert list(matchings(["a", "b"], ["b", "a"])) == [(1, 0)]
    assert list(matchings(["a", "a"], ["a", "a"])) == [(0, 1), (1, 0)]
    assert list(matchings(["a", "a"], ["a", "b"])) == list(matchings(["a"], ["a", "a"])) == []
    assert list(matchings(["a", "b"], ["a"])) == []


def test_only_symmetric_matrices_are_their_transposes():
    x = fresh()
    for a, is_so in ((S, True), (A, False), (matrix("P", n, n, "positive definite"), True)):
        own = x.matrix(a)
        assert x.equal(own.poly, x.turned(own).poly) is is_so


def test_bound_indices_have_one_name_each():
    own = {-1: n, -2: n}
    assert renamed([(-1,), (-2,)], [(-2,), (-1,)], {}, own, own) == {-1: -2, -2: -1}
    for words, other in [([(-1, -1)], [(-1, -2)]), ([(-1, -2)], [(-1, -1)]), ([(-1,)], [(0,)])]:
        assert renamed(words, other, {}, own, own) is None
    assert renamed([(-1,)], [(-2,)], {}, {-1: n}, {-2: m}) is None
    assert renamed([(-1,)], [(-2,)], {-1: -1}, own, own) is None


def test_terms_that_look_alike_are_not_the_same():
    x = fresh()
    turned = x.matrix(trace(A @ A @ A.T)).poly
    for other, same in [(A @ A.T @ A, True), (A.T @ A.T @ A, True), (A @ A @ A, False)]:
        assert x.equal(x.matrix(trace(other)).poly, turned) is same


def test_a_sum_over_nothing_is_a_size():
    x = fresh()
    sizes = x.times(x.size(n), x.size(m))
    assert x.equal(x.summed(x.constant(1), {0: n, 1: m}), sizes)
    assert x.equal(x.summed(x.matrix(c * ones(n, m)).poly, {0: n, 1: m}), x.scalar(c * n * m))


# Scalars.


def test_what_is_positive():
    x = fresh()
    positive = matrix("P", n, n, "positive")
    for expr, is_so in [
        (positive, True), (A, False), (E, False), (elementwise(sympy.exp, A), True),
        (elementwise(sympy.sin, A), False), ((positive + positive * positive) ** -1, True),
        ((positive + A) ** -1, False), (p * positive, True), (c * positive, False),
        (-1 * positive, False), (positive - 2 * positive * positive, False),
    ]:  # fmt: skip
        assert x.sure(x.matrix(expr).poly) is is_so
    assert x.sure(x.matrix(-2 * positive).poly, -1) and not x.sure([])


OF_ONE = {
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)), "tanh": np.tanh, "cosh": np.cosh, "sinh": np.sinh,
    "tan": np.tan, "relu": lambda t: np.maximum(t, 0), "abs": np.abs, "Abs": np.abs,
    "sign": np.sign, "softplus": lambda t: np.log1p(np.exp(t)),
}  # fmt: skip
OF_TWO = {
    "maximum": np.maximum, "minimum": np.minimum, "hypot": np.hypot, "logaddexp": np.logaddexp,
}  # fmt: skip


def test_functions_by_definition_in_every_entry():
    x = fresh()
    a, b = x.matrix(A), x.matrix(B)
    for name, f in (OF_ONE | OF_TWO).items():
        operands = (a.poly, b.poly)[: 1 + (name in OF_TWO)]
        number, order = x.head("fn", name, operands, a.radix)
        own = {new: (old,) for new, old in enumerate(order)}
        value = x.at(x.value_of(number, 1, "by definition", []), own)
        found = Values(x, SIZES, DATA).table(value, a.radix)
        expected = f(DATA[A], DATA[B]) if name in OF_TWO else f(DATA[A])
        np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=name)


def test_functions_of_numbers_that_are_numbers():
    x = fresh()
    assert x.scalar(sympy.cos(ENTRY), []) == x.constant(1)
    assert x.scalar(sympy.log(ENTRY), x.constant(1)) == []
    assert len(x.scalar(sympy.cos(ENTRY), x.constant(1))) == 1


def test_roots_of_roots():
    """∜x is √√x, but x may be less than 0 in (x²)^½ and in (x^⅓)^½."""
    x, half = fresh(), Fraction(1, 2)
    base = x.scalar(c)
    root = x.power(base, half, {})
    assert x.power(root, half, {}) == x.power(base, half / 2, {})
    for inner, outer in ((2, half / 2), (Fraction(1, 3), half / 3)):
        assert not x.equal(x.power(x.power(base, inner, {}), half, {}), x.power(base, outer, {}))


def test_unknown_operators_are_equal_where_their_operands_are():
    x = fresh()
    x.matrix(A + B)
    marked = [(A, Str("f")), (A, Str("g")), (B, Str("f")), (A, c), (A, c + 1), (A, Str("f"))]
    found = [x.opaque(SimpleNamespace(operands=o, rows=n, cols=n)).poly for o in marked]
    assert [found.index(p) for p in found] == [0, 1, 2, 3, 4, 0]
    assert {head.kind for head in x.heads} == {"delta", "entry", "symbol", "opaque"}


def test_a_product_to_a_symbolic_whole_power():
    x, j = fresh(), index("j")
    product = x.times(x.scalar(c), x.scalar(p))
    assert x.equal(x.power(product, j, {}), x.times(x.scalar(c**j), x.scalar(p**j)))
    assert not x.equal(x.power(product, c, {}), x.times(x.scalar(c**c), x.scalar(p**c)))


def by_cases(below, above):
    return sympy.Piecewise((below, ENTRY < 0), (above, True))


def test_a_function_by_cases_is_one_of_an_entry_alone():
    x = fresh()
    one = x.matrix(elementwise(lambda e: by_cases(0, e), A)).poly
    assert len(one) == 1 and one != x.matrix(elementwise(lambda e: by_cases(1, e), A)).poly
    with pytest.raises(CertificateRefused, match="no definition"):
        x.scalar(by_cases(OTHER, ENTRY), x.matrix(A).poly, {}, x.matrix(B).poly)
    with pytest.raises(CertificateRefused, match="no definition"):
        x.scalar(by_cases(trace(A), ENTRY), x.matrix(A).poly, {})


# Differentials.

DIFFERENTIABLE = [
    A @ A @ B, inv(S) @ A, A**3 * c**2, trace(A @ B) * elementwise(sympy.tanh, A), Q.T @ A,
    elementwise(hypot, A, B), Det(S) * A, LogDet(S) * A, c * p**c * A,
    elementwise(sympy.exp, A) ** c, (A * A + S * S) ** sympy.Rational(-1, 2),
]  # fmt: skip


@pytest.mark.parametrize("expr", DIFFERENTIABLE, ids=str)
def test_differentials_by_differences(expr):
    x, h = fresh(), 1e-5
    steps = {w: rng.normal(size=a.shape) for w, a in DATA.items()}
    steps[S] = steps[S] + steps[S].T

    def near(t):
        data = {w: a + t * steps[w] for w, a in DATA.items()}
        numbers = {s: NUMBERS[s] + t * NUMBERS[d(s)] for s in (c, p)}
        return Values(x, SIZES, data, numbers).matrix(x.matrix(expr))

    data = DATA | {d(w): step for w, step in steps.items()}
    found = Values(x, SIZES, data, NUMBERS).matrix(x.matrix(d(expr)))
    np.testing.assert_allclose(found, (near(h) - near(-h)) / (2 * h), rtol=1e-6, atol=1e-6)


def test_differentials_that_have_no_definition_are_refused():
    x = fresh()
    for expr in (pinv(X), elementwise(lambda e: by_cases(0, e), A)):
        with pytest.raises((CertificateRefused, AttributeError)):
            x.matrix(d(expr))


def test_a_derivative_of_an_unknown_function_is_another():
    x = fresh()
    f = function("f")
    slope = x.times(x.matrix(function("f", 1)(A)).poly, x.matrix(d(A)).poly)
    assert x.matrix(d(f(A))).poly == slope != x.matrix(f(A)).poly


# Inverses and determinants.

SQUARES = [
    ("inv", c * p * A + c * S, "(cA)⁻¹ = c⁻¹A⁻¹", (c,)),
    ("inv", 3 * A, "(cA)⁻¹ = c⁻¹A⁻¹", (sympy.Integer(3),)),
    ("det", c * p * A - 2 * c * S, "det(cA) = cⁿ det A", (2 * c,)),
    ("inv", diag(v), "inverse of a diagonal matrix", ()),
    ("inv", kron(diag(v), 2 * identity(k)), "inverse of a diagonal matrix", ()),
    ("det", identity(n), "det I = 1", ()),
    ("inv", A @ S, "(AB)⁻¹ = B⁻¹A⁻¹", (A, S)),
    ("det", A @ S, "det(AB) = det A det B", (A, S)),
    ("inv", kron(A, H), "(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹", (H, A)),
    ("det", kron(A, H), "det(A ⊗ B) = (det A)ᵖ(det B)ⁿ", (H, A)),
    ("inv", inv(A), "(A⁻¹)⁻¹ = A", ()),
    ("det", inv(A), "det A⁻¹ = 1/det A", ()),
    ("inv", Q, "the inverse of an orthogonal matrix is its transpose", ()),
    ("det", p * identity(n) + X @ Y, "det(sI + AB) = s^(m−n) det(sI + BA)", (p, X, Y)),
]


def by_identity(kind, expr, identity, given):
    """The entry of an inverse or a determinant, and what the identity says it is."""
    x = fresh()
    a = x.matrix(expr)
    number, _ = x.head(kind, a.rows, (a.poly,), a.radix)
    words = tuple((i,) for i in range(len(a.radix) if kind == "inv" else 0))
    polys = [x.matrix(g).poly for g in given]
    return x, a, x.entry(number, words), x.value_of(number, 1, identity, polys)


@pytest.mark.parametrize("row", SQUARES, ids=lambda row: f"{row[2]} of {row[1]}")
def test_identities_of_square_matrices_in_numbers(row):
    x, a, entry, found = by_identity(*row)
    sizes = a.radix if row[0] == "inv" else ()
    values = Values(x, SIZES, DATA, NUMBERS)
    assert found != entry
    np.testing.assert_allclose(values.table(found, sizes), values.table(entry, sizes), rtol=1e-9)


REFUSED = [
    ("inv", c * A + S, "(cA)⁻¹ = c⁻¹A⁻¹", (c,), "every term"),
    ("inv", X @ Y, "(cA)⁻¹ = c⁻¹A⁻¹", (trace(A) + c,), "a monomial"),
    ("inv", A * A, "(cA)⁻¹ = c⁻¹A⁻¹", (A,), "a scalar"),
    ("inv", A, "inverse of a diagonal matrix", (), "a diagonal matrix"),
    ("inv", identity(n) + A, "inverse of a diagonal matrix", (), "a diagonal matrix"),
    ("det", diag(v), "det I = 1", (), "the identity"),
    ("det", 2 * identity(n), "det I = 1", (), "the identity"),
    ("inv", A @ S, "(AB)⁻¹ = B⁻¹A⁻¹", (S, A), "a product"),
    ("det", A, "det(AB) = det A det B", (A, S), "a product"),
    ("inv", X @ Y, "(AB)⁻¹ = B⁻¹A⁻¹", (X, Y), "a product"),
    ("inv", kron(H, K), "(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹", (H, K), "no Kronecker product"),
    ("det", kron(A, H), "det(A ⊗ B) = (det A)ᵖ(det B)ⁿ", (A, A), "no Kronecker product"),
    ("inv", A, "(A⁻¹)⁻¹ = A", (), "A⁻¹"),
    ("inv", 2 * inv(A), "(A⁻¹)⁻¹ = A", (), "one entry"),
    ("inv", inv(A) * inv(A), "(A⁻¹)⁻¹ = A", (), "one entry"),
    ("det", Q, "the inverse of an orthogonal matrix is its transpose", (), "orthogonal"),
    ("inv", d(Q), "the inverse of an orthogonal matrix is its transpose", (), "orthogonal"),
    ("inv", A, "the inverse of an orthogonal matrix is its transpose", (), "orthogonal"),
    ("inv", 2 * Q, "the inverse of an orthogonal matrix is its transpose", (), "one entry"),
    ("inv", Q * Q, "the inverse of an orthogonal matrix is its transpose", (), "one entry"),
    ("det", c * identity(n) + X @ Y, "det(sI + AB) = s^(m−n) det(sI + BA)", (c, X, Y), "positive"),
    ("det", p * identity(n) + A, "det(sI + AB) = s^(m−n) det(sI + BA)", (p, A, A), "identity plus"),
    ("det", p * identity(n) + X @ Y, "det(sI + AB) = s^(m−n) det(sI + BA)", (p, Y, X), "identity"),
    ("det", p * identity(2 * n) + kron(A, H) @ kron(B, K),
     "det(sI + AB) = s^(m−n) det(sI + BA)", (p, A, B), "positive multiple"),
]  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row[2]} of {row[1]}")
def test_identities_of_square_matrices_say_nothing_else(row):
    with pytest.raises(CertificateRefused, match=row[-1]):
        by_identity(*row[:-1])
