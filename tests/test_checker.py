"""The checker alone: each axiom is true in numbers, and says nothing where it does not hold."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from matcalc.dimensions import dims
from matcalc.loops import Loops
from matcalc.lower.kernels import (
    ColumnDots,
    ColumnSums,
    CommuteRows,
    DiagonalRows,
    KroneckerTimes,
    MatMul,
    RepeatColumns,
    RepeatRows,
    RowDots,
    RowSums,
    Solve,
)
from matcalc.lower.picking import Pad, Slice
from matcalc.lower.softmax import Beyond
from matcalc.operators.algebra import inv
from matcalc.operators.generalised_inverses import adj, pinv
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import d
from matcalc.operators.selection import segment
from matcalc.operators.structure_constants import LowerMask
from matcalc.prove.checker.digits import at_least_zero, cut, grouped, refined
from matcalc.prove.checker.patterns import apart, covers, pattern
from matcalc.prove.checker.relations import Relations
from matcalc.prove.checker.terms import DELTA, VALUE, CertificateRefused
from matcalc.prove.checker.verify import Check, verify
from matcalc.spelling import spelled
from tests.checker_values import Values
from tests.test_loops import CASES, VARIABLES, C, c, k, r, u, v
from tests.test_loops import A as CASES_A
from tests.test_loops import B as CASES_B
from tests.test_loops import S as CASES_S

HALF = Fraction(1, 2)
R, S = sympy.symbols("R S", real=True)
P = sympy.Symbol("P", positive=True)
J = sympy.Symbol("J", integer=True)
N, K = sympy.symbols("N K", integer=True, positive=True)
SIZES = {N: 5, K: 2}
NUMBERS = {R: -0.7, S: 0.4, P: 1.3, J: 3, **SIZES}


class Scalars(Relations):
    """Axioms about scalar expressions, given in sympy's terms."""

    def __init__(self):
        super().__init__(frozenset())

    def poly(self, text):
        return self.scalar(sympy.sympify(text))

    def entry_of(self, kind, name, operands):
        polys = tuple(map(self.poly, operands))
        return self.head(kind, name, polys, ())[0]


f = sympy.Function
SINES = [("sin", (R,), e, "sin² + cos² = 1", ()) for e in (2, 3, 4, 5)]
NAMED = [
    *((name, (2 * R + S,), e, "by definition", ())
      for name in ("sigmoid", "tanh", "cosh", "sinh", "tan", "relu", "abs", "Abs", "sign",
                   "softplus") for e in (1, 2)),
    *((name, pair, 1, "by definition", ())
      for name in ("maximum", "minimum", "hypot", "logaddexp") for pair in ((R, 2 * S), (S, R))),
]  # fmt: skip
TRUE = [
    *NAMED,
    *SINES,
    *((name, (R,), 1, "f(−x) = −f(x)", ()) for name in ("sin", "atan", "asinh", "erf", "asin")),
    ("cos", (R,), 1, "f(−x) = f(x)", ()),
    ("step", (S,), 2, "step² = step", ()),
    ("step", (P + 1,), 1, "step of what is positive", ()),
    ("step", (-P - 1,), 1, "step of what is negative", ()),
    ("step", (0,), 1, "step of what is negative", ()),
    ("step", (3 * P * R + 3 * P,), 1, "step of a positive multiple", (3 * P,)),
    ("exp", (sympy.log(P),), 1, "exp(log x) = x", ()),
    ("exp", (R + 2 * S,), 1, "exp(a + b) = exp(a) exp(b)", ()),
    ("log", (3 * P * S + 3 * P,), 1, "log(cx) = log c + log x", (3 * P,)),
    ("log", (3 * P,), 1, "log(cx) = log c + log x", (3 * P,)),
    ("log", (sympy.Rational(12, 35),), 1, "log of a number, by its primes", ()),
    ("log", (sympy.exp(R),), 1, "log(exp x) = x", ()),
    ("log", (S**3,), 1, "log(x^k) = k log x", ()),
    ("log", (P**4,), 1, "log(x^k) = k log x", ()),
    (None, (4 * P * S + 4 * P,), HALF, "(cx)^e = c^e x^e", (4 * P,)),
    (None, (R**2 - 2 * R**3,), -1, "(cx)^e = c^e x^e", (-2 * R**2,)),
    (None, (P**-2 + R * P**-3,), HALF, "(cx)^e = c^e x^e", (P**-3,)),
    (None, ((R + 1) / (N - 1),), HALF, "(cx)^e = c^e x^e", (1 / (N - 1),)),
    (None, (12,), HALF, "a number to a power, by its primes", ()),
    (None, (sympy.Rational(4, 45),), Fraction(-1, 3), "a number to a power, by its primes", ()),
    (None, (-6,), 3, "a number to a power, by its primes", ()),
    (None, (R + S,), -3, "(−x)^e = (−1)^e x^e", ()),
    (None, (R + S,), 2, "(−x)^e = (−1)^e x^e", ()),
    (None, (R + S,), J, "(−x)^e = (−1)^e x^e", ()),
    (None, (P**2,), HALF, "(x^k)^e = x^(ke)", ()),
    (None, (S**3,), HALF, "(x^k)^e = x^(ke)", ()),
    (None, (R**2,), -1, "(x^k)^e = x^(ke)", ()),
    (None, (R**2,), HALF, "√x² = |x|", ()),
    (None, (R**2,), Fraction(3, 2), "√x² = |x|", ()),
    (None, (R**6,), Fraction(-1, 2), "√x² = |x|", ()),
]
"""Function (or a power), operands, exponent, identity, what is given with it."""


def rewritten(row):
    name, operands, e, identity, given = row
    x = Scalars()
    number = x.entry_of("pow" if name is None else "fn", name, operands)
    return x, number, x.value_of(number, e, identity, [x.poly(g) for g in given])


@pytest.mark.parametrize("row", TRUE, ids=lambda row: str(row[:4]))
def test_identities_are_true_in_numbers(row):
    x, number, found = rewritten(row)
    values = Values(x, {}, {}, NUMBERS)
    entry = values.of([(1, {}, [(number, (), row[2])])])
    assert isinstance(entry, float) and values.of(found) == pytest.approx(entry, rel=1e-12)


REFUSED = [
    ("cos", (R,), 1, "f(−x) = −f(x)", (), "parity"),
    ("sin", (R,), 1, "f(−x) = f(x)", (), "parity"),
    ("exp", (R,), 1, "f(−x) = f(x)", (), "parity"),
    ("step", (S,), 1, "step² = step", (), "power of at least 2"),
    ("step", (S,), -2, "step² = step", (), "power of at least 2"),
    ("sin", (S,), 2, "step² = step", (), "step"),
    ("cos", (S,), 2, "sin² + cos² = 1", (), "sin"),
    ("sin", (S,), 1, "sin² + cos² = 1", (), "power of at least 2"),
    ("erf", (S,), 1, "by definition", (), "no identity"),
    ("step", (P - 1,), 1, "step of what is positive", (), "positive"),
    ("step", (R + 1,), 1, "step of what is positive", (), "positive"),
    ("step", (0,), 1, "step of what is positive", (), "positive"),
    ("step", (1 - P,), 1, "step of what is negative", (), "negative"),
    ("step", (P,), 1, "step of what is negative", (), "negative"),
    ("step", (-P * R,), 1, "step of what is negative", (), "negative"),
    ("step", (-2 * R - 2,), 1, "step of a positive multiple", (-2,), "positive number"),
    ("step", (R * S + R,), 1, "step of a positive multiple", (R,), "positive factor"),
    ("step", (R,), 1, "by definition", (1,), "by definition"),
    ("exp", (2 * sympy.log(P),), 1, "exp(log x) = x", (), "one logarithm"),
    ("exp", (sympy.log(P) ** 2,), 1, "exp(log x) = x", (), "one logarithm"),
    ("exp", (sympy.log(P) * sympy.log(S),), 1, "exp(log x) = x", (), "one logarithm"),
    ("exp", (sympy.sin(R),), 1, "exp(log x) = x", (), "a logarithm"),
    ("exp", (R,), 1, "exp of a sum", (), "exp of a sum"),
    ("log", (R * S + R,), 1, "log(cx) = log c + log x", (R,), "positive factor"),
    ("log", (-2 * P,), 1, "log(cx) = log c + log x", (-2,), "positive number"),
    ("log", (-2,), 1, "log of a number, by its primes", (), "positive number"),
    ("log", (2 * P,), 1, "log of a number, by its primes", (), "positive number"),
    ("log", (2 * sympy.exp(R),), 1, "log(exp x) = x", (), "one factor"),
    ("log", (sympy.sin(R),), 1, "log(exp x) = x", (), "exp"),
    ("log", (R**2,), 1, "log(x^k) = k log x", (), "positive base"),
    ("log", (R**J,), 1, "log(x^k) = k log x", (), "positive base"),
    ("log", (P**2,), 1, "log of a power", (), "log of a power"),
    (None, (R * S + R,), HALF, "(cx)^e = c^e x^e", (R,), "positive factor"),
    (None, (-4 * R,), HALF, "(cx)^e = c^e x^e", (-4,), "positive number"),
    (None, (P**2 + P,), HALF, "(cx)^e = c^e x^e", (P**2,), "least exponent"),
    (None, ((R + 1) / (N - 2),), HALF, "(cx)^e = c^e x^e", (1 / (N - 2),), "positive factor"),
    (None, (R**2 + S,), -1, "(cx)^e = c^e x^e", (R,), "least exponent"),
    (None, (R,), HALF, "(−x)^e = (−1)^e x^e", (), "integer exponent"),
    (None, (R,), S, "(−x)^e = (−1)^e x^e", (), "integer exponent"),
    (None, (R,), HALF, "a number to a power, by its primes", (), "a number"),
    (None, (R**2,), HALF, "(x^k)^e = x^(ke)", (), "one sign"),
    (None, (R**J,), HALF, "(x^k)^e = x^(ke)", (), "one sign"),
    (None, (R**3,), S, "(x^k)^e = x^(ke)", (), "one sign"),
    (None, (2 * R**3,), -1, "(x^k)^e = x^(ke)", (), "a power of one entry"),
    (None, (R * S,), -1, "(x^k)^e = x^(ke)", (), "a power of one entry"),
    (None, (R**3,), HALF, "√x² = |x|", (), "no identity"),
    (None, (R**2,), Fraction(1, 4), "√x² = |x|", (), "integer power"),
    (None, (R**2,), HALF, "by definition", (), "no identity"),
]
"""As above, and what is wrong with it."""


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: str(row[:4]))
def test_identities_say_nothing_where_they_do_not_hold(row):
    with pytest.raises(CertificateRefused, match=row[-1]):
        rewritten(row[:-1])


# Relations of matrices.

rng = np.random.default_rng(3)
A = matrix("A", N, N)
Q, T = matrix("Q", N, N, "orthogonal"), matrix("T", N, K)
F = matrix("F", N, K, "full column rank")
W = matrix("W", K, N, "full row rank")
L, U = matrix("L", N, N, "lower triangular"), matrix("U", N, N, "upper triangular")
V = matrix("V", N, 1, "probability")
SQUARE, TALL = rng.normal(size=(5, 5)), rng.normal(size=(5, 2))
DATA = {
    A: SQUARE, T: TALL, F: TALL, W: TALL.T, Q: np.linalg.qr(SQUARE)[0], L: np.tril(SQUARE),
    U: np.triu(SQUARE), V: np.array([[1], [2], [3], [4], [5]]) / 15,
}  # fmt: skip
MASK = LowerMask(N)


def columns(start, size, of=N):
    return segment(of, start, size)


TRUE_OF = [
    ("A⁻¹A = I", inv(A), None),
    ("AA⁻¹ = I", inv(A), None),
    ("QQᵀ = I", Q, None),
    ("QᵀQ = I", Q, None),
    ("probabilities sum to 1", V, None),
    ("columns of the identity sum to 1", columns(1, K), None),
    ("columns of the identity are orthonormal", columns(1, 3), columns(1, 2)),
    ("columns of the identity are orthonormal", columns(1, 3), columns(2, 2)),
    ("columns of the identity are orthonormal", columns(1, K), columns(K + 1, 2)),
    ("columns of the identity are orthonormal", columns(K + 1, 2), columns(1, K)),
    ("columns of columns of the identity", columns(1, 4), columns(1, K, 4)),
    ("columns of the identity, entry by entry", columns(1, 3), columns(2, 2)),
    ("columns of the identity, entry by entry", columns(1, K), columns(K + 1, 2)),
    ("columns of the identity, entry by entry", columns(K + 1, 2), columns(1, K)),
    *((law, pinv(T), None) for law in
      ("AA⁺A = A", "A⁺AA⁺ = A⁺", "AA⁺ is symmetric", "A⁺A is symmetric")),
    ("A⁺A = I for full column rank", pinv(F), None),
    ("AA⁺ = I for full row rank", pinv(W), None),
    ("A adj(A) = det(A) I", adj(A), None),
    ("adj(A) A = det(A) I", adj(A), None),
    ("a mask is 0 or 1", MASK, None),
    ("a mask and its transpose share the diagonal", MASK, None),
    ("a mask is 1 on its diagonal", MASK, None),
    ("zero above the diagonal", L, None),
    ("zero below the diagonal", U, None),
]  # fmt: skip


def relation(name, about, other):
    x = Relations(frozenset())
    numbers = [x.matrix(a).poly[0][2][0][0] for a in (about, other) if a is not None]
    return x, x.relation(name, numbers[0], None, numbers[1] if other is not None else None)


def largest(x, p):
    """The largest value of a polynomial, over all entries."""
    used = {i for _, _, fs in p for _, ws, _ in fs for w in ws for i in w if 0 <= i < 10}
    values = Values(x, SIZES, DATA, NUMBERS)
    sizes = {}
    for _, _, factors in p:
        for h, ws, _ in factors:
            for w, s in zip(ws, x.heads[h].sizes, strict=False):
                sizes.setdefault(w[0], s)
    return np.abs(
        values.table(p, [sizes.get(i, N) for i in range(max(used, default=-1) + 1)])
    ).max()


@pytest.mark.parametrize("name, about, other", TRUE_OF)
def test_relations_are_zero_in_numbers(name, about, other):
    x, p = relation(name, about, other)
    assert p and largest(x, p) < 1e-12


@pytest.mark.parametrize(
    ("name", "about", "other"),
    [
        ("A⁻¹A = I", A, None),
        ("QQᵀ = I", A, None),
        ("QᵀQ = I", inv(A), None),
        ("probabilities sum to 1", T, None),
        ("columns of the identity sum to 1", A, None),
        ("columns of the identity are orthonormal", columns(1, 3), columns(K, 3)),
        ("columns of the identity are orthonormal", columns(1, K), columns(K, 2)),
        ("columns of the identity are orthonormal", columns(1, K), columns(1, 3)),
        ("columns of the identity are orthonormal", columns(1, K), columns(1, 2, 4)),
        ("columns of the identity are orthonormal", columns(1, K), A),
        ("columns of columns of the identity", columns(1, 3), columns(1, K, 4)),
        ("columns of the identity, entry by entry", columns(1, 3), columns(K, 3)),
        ("columns of the identity, entry by entry", columns(1, 3), columns(1, 2, 4)),
        ("columns of the identity, entry by entry", A, columns(1, 2)),
        ("AA⁺A = A", adj(A), None),
        ("A⁺A = I for full column rank", pinv(T), None),
        ("A⁺A = I for full column rank", pinv(W), None),
        ("AA⁺ = I for full row rank", pinv(F), None),
        ("A⁺A = I for full column rank", pinv(F * F), None),
        ("A⁺A = I for full column rank", pinv(W.T), None),
        ("A adj(A) = det(A) I", pinv(A), None),
        ("a mask is 0 or 1", A, None),
        ("zero above the diagonal", U, None),
        ("zero below the diagonal", L, None),
        ("zero below the diagonal", A, None),
        ("x · x^(e−1) = x^e", A, None),
        ("step(x) step(−x) = 0", A, None),
    ],
)
def test_relations_say_nothing_where_they_do_not_hold(name, about, other):
    with pytest.raises(CertificateRefused):
        relation(name, about, other)


@pytest.mark.parametrize("name", ["x step(−x) = x − x step(x)", "step(x) step(−x) = 0"])
@pytest.mark.parametrize("operand", [R, -R, P * R + 1])
def test_steps_in_numbers(name, operand):
    x = Scalars()
    p = x.relation(name, x.entry_of("fn", "step", (operand,)), None, None)
    assert p and Values(x, {}, {}, NUMBERS).of(p) == pytest.approx(0)
    with pytest.raises(CertificateRefused, match="a step"):
        x.relation(name, x.entry_of("fn", "sin", (operand,)), None, None)


@pytest.mark.parametrize("e", [-1, -3, Fraction(-1, 2)])
def test_powers_in_numbers(e):
    x = Scalars()
    p = x.relation("x · x^(e−1) = x^e", x.entry_of("pow", None, (P + S,)), e, None)
    assert p and Values(x, {}, {}, NUMBERS).of(p) == pytest.approx(0)


# Entries.

SMALL = dict(zip(dims("m n p q"), (2, 3, 4, 2), strict=True))
SCALARS = {c: 0.7, k: 3, d(c): -0.3}


def by_checker(case):
    x = Relations(frozenset())
    found = x.matrix(case.expr)
    data = {v: rng.normal(size=[int(s.subs(SMALL)) for s in v.shape]) for v in (*VARIABLES, d(C))}
    return Values(x, SMALL, data, SCALARS).matrix(found), data


UNKNOWN = {"MatrixFunction", "Duplication", "Elimination", "SkewDuplication", "ToeplitzBasis",
           "Eigenvalue", "Eigenvector"}  # fmt: skip
"""Operators that the checker knows by their operands alone."""
CHECKED = [
    case
    for case in CASES
    if case.operator.__name__ not in UNKNOWN
    and not any(word in str(case.expr) for word in ("atan2", "1000"))
]


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: f"{case.operator.__name__}: {case.expr}")
def test_entries_are_those_of_the_loops(case):
    found, data = by_checker(case)
    expected = Loops(SMALL, {v: a.tolist() for v, a in data.items()}, SCALARS).value(case.expr)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "expr",
    [
        sympy.exp(CASES_A[0, 0]) * CASES_A,
        sympy.sqrt(CASES_A[1, 2] ** 2 + 1) * CASES_A,
        matrix("Z", 1, 1) @ matrix("Z", 1, 1),
    ],
)
def test_entries_with_values_of_their_own(expr):
    x = Relations(frozenset())
    data = {CASES_A: rng.normal(size=(2, 3)), matrix("Z", 1, 1): np.array([[0.3]])}
    found = Values(x, SMALL, data).matrix(x.matrix(expr))
    tables = {v: a.tolist() for v, a in data.items()}
    np.testing.assert_allclose(found, Loops(SMALL, tables, {}).value(expr), rtol=1e-12)


WIDE, FLAT = matrix("WIDE", CASES_S.rows**2, C.cols), matrix("FLAT", *u.shape)
KERNELS = [
    MatMul(CASES_A, C), ColumnSums(CASES_A), RowSums(CASES_A), ColumnDots(CASES_A, CASES_B),
    RowDots(CASES_A, CASES_B), RepeatRows(r, CASES_A.rows), RepeatColumns(v, C.cols),
    Solve(CASES_S, C), KroneckerTimes(CASES_A, CASES_S, WIDE), CommuteRows(FLAT, *CASES_A.shape),
    DiagonalRows(WIDE, CASES_S.rows), Beyond(CASES_A, RowSums(CASES_A)),
    Beyond(CASES_A, ColumnSums(CASES_A)), Slice(CASES_A, *map(sympy.Integer, (0, 2, 1, 2))),
    Pad(CASES_A, *map(sympy.Integer, (4, 1, 6, 2))),
]  # fmt: skip


@pytest.mark.parametrize("expr", KERNELS, ids=str)
def test_entries_of_lowered_expressions(expr):
    x = Relations(frozenset())
    data = {
        w: rng.normal(size=[int(s.subs(SMALL)) for s in w.shape]) for w in (*VARIABLES, WIDE, FLAT)
    }
    found = Values(x, SMALL, data).matrix(x.matrix(expr))
    tables = {w: a.tolist() for w, a in data.items()}
    np.testing.assert_allclose(found, Loops(SMALL, tables, {}).value(expr), rtol=1e-10)


def test_indices_that_differ():
    x = Relations(frozenset())
    zero, one, j, after = (x.value(v, N) for v in map(sympy.sympify, (0, 1, J, J + 1)))
    pairs = {
        (a, b): x.entry(DELTA, ((a,), (b,))) for a in (zero, one, j, after) for b in (zero, one, j)
    }
    assert pairs[zero, one] == pairs[one, zero] == pairs[after, j] == []
    assert pairs[zero, j] and pairs[j, one] and pairs[after, zero]
    assert pairs[zero, zero] == pairs[j, j] == x.constant(1)
    assert x.entry(DELTA, ((0,), (1,))) and x.entry(DELTA, ((0, 1), (2,)))


def test_a_monomial_is_one_term_without_sums():
    x = Scalars()
    assert x.monomial(x.poly(3 * R**2)) == (3, x.poly(R**2)[0][2])
    line = x.matrix(V).poly
    for p in (x.poly(R + 1), [], x.deltas([(0, 1)]), x.summed(line, {0: N})):
        with pytest.raises(CertificateRefused, match="a monomial"):
            x.monomial(p)


def test_a_skew_matrix_of_one_entry_is_zero():
    x = Relations(frozenset())
    assert x.matrix(matrix("K", 1, 1, "skew")).poly == []
    line = x.matrix(matrix("K", N, N, "skew")).poly
    assert sorted(c for c, _, _ in line) == [-1, 1]


def test_digits_of_sizes():
    two, three, six = map(sympy.Integer, (2, 3, 6))
    assert refined((N * K,), (N,)) is None and refined((N * K,), (N, K)) == (N, K)
    assert (
        refined((six,), (two, three)) == (two, three)
        and refined((six,), (sympy.Integer(4),)) is None
    )
    assert refined((N,), (K,)) is None and refined((N,), (N,)) == (N,)
    assert refined((2 * N,), (N, two)) == (N, two)
    assert grouped((N * K,), (N, K), 3) == [(3, 4)] and grouped((N,), (N, K), 0) is None
    assert cut((N, K), N) == 1 and cut((N, K), N * K) == 2 and cut((N, K), K) is None


def test_sizes_that_are_never_negative():
    m = sympy.Symbol("m", integer=True, nonnegative=True)
    assert all(map(at_least_zero, (N - 1, m, N * K - 1, N**2 - N, sympy.Integer(0), m * N)))
    assert not any(map(at_least_zero, (N - 2, m - 1, N - K, -N, sympy.Integer(-1), 1 / N, J, R)))


@pytest.mark.parametrize(
    ("base", "never"),
    [(N, True), (N - 1, True), (N * K - N, True), (N - 2, False), (N - K, False), (R + 2, False),
     (N * P, False), (J, False), (sympy.Integer(2), False), (1 / N, False),
     (sympy.exp(R) + 1, False)],
)  # fmt: skip
def test_bases_that_are_never_negative(base, never):
    x = Scalars()
    assert x._never_negative(x.entry_of("pow", None, (base,))) is never
    assert not x._never_negative(x.entry_of("fn", "exp", (base,)))


def test_what_is_defined():
    """Entries have natural powers; anything else must occur in what is to be proved."""
    check = Check(A, A.T, {"closed": [], "rewrites": [], "heads": [], "uses": []})
    leaf = check.axioms.leaf("entry", A, (N, N))
    root, _ = check.axioms.head("pow", None, (check.axioms.scalar(P + R),), ())
    places = ((0,), (1,))
    check._defined(leaf, places, 1)
    check._defined(leaf, places, 2)
    unknown = [(leaf, places, e) for e in (-1, HALF, 0, -HALF)]
    for number, words, e in [*unknown, (root, (), HALF), (root, (), 1)]:
        with pytest.raises(CertificateRefused, match="defined"):
            check._defined(number, words, e)
    check._see([(1, {}, [(leaf, places, -1), (root, (), HALF)])])
    check._defined(leaf, ((3,), (3,)), -1)
    check._defined(root, (), HALF)
    for number, words, e in [(leaf, places, -2), (root, (), -HALF), (leaf, places, HALF)]:
        with pytest.raises(CertificateRefused, match="defined"):
            check._defined(number, words, e)


@pytest.mark.parametrize(
    ("general", "special", "says"),
    [
        (((0,), (1,)), ((4,), (7,)), True),
        (((0,), (1,)), ((4,), (4,)), True),
        (((0,), (0,)), ((4,), (7,)), False),
        (((0,), (0,)), ((4,), (4,)), True),
        (((0,),), ((4, 5),), True),
        (((0, 1),), ((4,),), False),
        (((0,),), ((4,), (5,)), False),
        (((VALUE,),), ((VALUE,),), True),
        (((VALUE,),), ((VALUE + 1,),), False),
        (((VALUE,),), ((0,),), False),
    ],
)
def test_what_one_entry_says_of_another(general, special, says):
    assert covers(pattern(general), pattern(special)) is says


def test_bound_indices_are_set_apart():
    assert apart(3) == 3 and apart(0) == 0
    assert 1000 < apart(-1) < apart(-2) < apart(-3)


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("not zero", ["multiply", 0, [], 1]),
        ("no natural power", ["multiply", 0, [], 0]),
        ("no such power", ["multiply", 0, [], "1/2"]),
    ],
)
def test_nothing_is_multiplied_by_what_may_be_zero(name, use):
    """x − y is no zero because x(x − y) would be one."""
    symbol = ["symbol", ["symbol", spelled(R)], [], []]
    data = {"closed": [], "rewrites": [], "heads": [symbol], "uses": [use]}
    with pytest.raises(CertificateRefused):
        verify(R * A, S * A, data)
