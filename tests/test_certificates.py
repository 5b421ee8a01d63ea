"""Certificates written by hand: every step does what it says, and a step that is wrong is refused.

Places in a certificate are those of its table of heads, indices below 0 are bound.
"""

import pytest
import sympy
from sympy import Integer

from matcalc import (
    column,
    diag,
    dims,
    elementwise,
    exp,
    identity,
    inv,
    kron,
    log,
    matrix,
    ones,
    sum,
    trace,
    zeros,
)
from matcalc.operators.selection import segment
from matcalc.prove.checker import CertificateRefused, verify
from matcalc.prove.checker.verify import Check
from matcalc.spelling import spelled

n, m, k = dims("n m k")
A, B, v, w = matrix("A", n, n), matrix("B", n, m), column("v", n), column("w", n)


def size(s):
    return int(s) if s.is_Integer else [["1", [[spelled(s), 1]]]]


def entry(x):
    return ["entry", ["node", x.key[2].hex()], [], [size(s) for s in x.shape if s != 1]]


def poly(*terms):
    return [["1", [size(s) for s in sizes], list(factors)] for sizes, *factors in terms]


def head(kind, name, sizes, *operands):
    return [kind, name, list(operands), [size(s) for s in sizes]]


def inverse(sizes, operand):
    name = ["list", *(["size", size(s)] for s in sizes)]
    return head("inv", name, (*sizes, *sizes), operand)


def columns(of, start, count):
    name = ["list", ["size", size(of)], ["size", start], ["size", size(count)]]
    return ["segment", name, [], [size(of), size(count)]]


def certificate(heads, *uses, rewrites=()):
    return {"closed": [], "heads": heads, "rewrites": list(rewrites), "uses": list(uses)}


def x(place, *words, e=1):
    return [place, [[i] for i in words], e]


V, W, AB = poly(((), x(0, 0))), poly(((), x(1, 0))), poly(((), x(0, 0), x(1, 0)))
SUM = poly(((), x(0, 0)), ((), x(1, 0)))
LINES = [
    entry(v), entry(w), head("pow", None, [n], SUM), head("fn", "log", [n], V),
    head("fn", "log", [n], W), head("fn", "log", [n], AB), head("fn", "exp", [n], V),
    entry(A),
]  # fmt: skip
PARTS = v / (v + w) + w / (v + w), ones(n, 1)
LOGS = log(v) + log(w), log(v * w)
HALVES = (log(v) + log(w)) / 2, log(v * w) / 2
TRACED = trace(A) * (log(v) + log(w)), trace(A) * log(v * w)
SUMMED = sum(A) * (log(v) + log(w)), sum(A) * log(v * w)
DIAGONAL = diag(v / (v + w)) + diag(w / (v + w)), identity(n)
pi = column("pi", n, "probability")
CERTAIN = sum(pi) * v, v
A_B = poly(((), x(0, 0, 1)))
PRODUCT = poly(((n, n), x(1, 0, -1), x(0, -1, -2), x(2, -2, 1)))
SQUARE = [
    entry(A), inverse([n], A_B), entry(B), head("fn", "exp", [n, m], PRODUCT),
    head("fn", "exp", [n, m], poly(((), x(2, 0, 1)))),
]  # fmt: skip
CANCELLED = inv(A) @ A @ B, B
INSIDE = exp(inv(A) @ A @ B), exp(B)
N = size(n)
INVERTED = ["subtract", "1", {"-1": N}, [x(2, -1, 1)], "A⁻¹A = I", 1, None, {"0": [0], "1": [-1]}]
AFTER = [
    "subtract", "1", {"-1": N, "-2": N}, [x(0, -1, -2), x(2, -2, 1)], "AA⁻¹ = I", 1, None,
    {"0": [0], "1": [-1]},
]  # fmt: skip
SEGMENTS = [
    columns(m, 1, n),
    columns(n, 2, k),
    columns(m, 2, n),
    columns(n, 1, Integer(2)),
    columns(n, 1, Integer(1)),
]
EACH = segment(n, 1, 2).T @ segment(n, 1, 2), identity(2)
PLACED = segment(m, 1, n) @ segment(n, 2, k), segment(m, 3, k)


def power(e, words, coefficient="1", context=()):
    return ["subtract", coefficient, {}, list(context), "x · x^(e−1) = x^e", 2, e, words]


def logs(*rows, sizes=(), context=()):
    return ["logarithms", list(sizes), list(context), [[c, p, [[i]]] for c, p, i in rows], []]


def pair(name, first, second):
    return ["subtract", "1", {}, [], name, first, second, {"0": [0], "1": [1]}]


OF_COLUMNS = "columns of columns of the identity"
ORTHONORMAL = "columns of the identity are orthonormal"
DELTA = head("delta", None, (n, n))
PROBABLE = ["subtract", "1", {}, [x(1, 0)], "probabilities sum to 1", 0, None, {}]
ALL_LOGS = [("1", 3, 0), ("1", 4, 0), ("-1", 5, 0)]
ONE_HEAD = ["one head", 4, 3, [0, 1], [INVERTED]]
TRUE = {
    "multiply": (PARTS, LINES, [["multiply", 2, [[0]], 1]]),
    "multiply twice": (PARTS, LINES, [["multiply", 2, [[0]], 2]]),
    "a power": (PARTS, LINES, [power(-1, {"0": [0]})]),
    "an inverse": (CANCELLED, SQUARE, [INVERTED]),
    "by a matrix": (CANCELLED, SQUARE, [["multiply by a matrix", 1, [0], True], AFTER]),
    "one head": (INSIDE, SQUARE, [ONE_HEAD]),
    "logarithms": (LOGS, LINES, [logs(*ALL_LOGS)]),
    "halves": (HALVES, LINES, [logs(("1/2", 3, 0), ("1/2", 4, 0), ("-1/2", 5, 0))]),
    "in a sum": (TRACED, LINES, [logs(*ALL_LOGS, sizes=[N], context=[x(7, -1, -1)])]),
    "in a double sum": (SUMMED, LINES, [logs(*ALL_LOGS, sizes=[N, N], context=[x(7, -1, -2)])]),
    "on a diagonal": (DIAGONAL, [*LINES, DELTA], [power(-1, {"0": [0]}, context=[x(8, 0, 1)])]),
    "a sum of probabilities": (CERTAIN, [entry(pi), entry(v)], [PROBABLE]),
    "two columns": (EACH, SEGMENTS, [pair(ORTHONORMAL, 3, 3)]),
    "columns": (PLACED, SEGMENTS, [pair(OF_COLUMNS, 0, 1)]),
}


@pytest.mark.parametrize("name", TRUE)
def test_certificates_by_hand(name):
    sides, heads, uses = TRUE[name]
    verify(*sides, certificate(heads, *uses))
    with pytest.raises(CertificateRefused, match="terms are left"):
        verify(sides[0], 2 * sides[1], certificate(heads, *uses))
    with pytest.raises(CertificateRefused, match="terms are left"):
        verify(*sides, certificate(heads))


ENTRY = (v / (v + w))[0, 0] + (w / (v + w))[0, 0], sympy.Integer(1)
WRONG = [
    (PARTS, LINES, "a natural power", ["multiply", 2, [[0]], 0]),
    (PARTS, LINES, "a natural power", ["multiply", 2, [[0]], -1]),
    (PARTS, LINES, "a natural power", ["multiply", 2, [[0]], "1/2"]),
    (PARTS, LINES, "no sums", ["multiply", 2, [[-1]], 1]),
    (PARTS, LINES, "divided by", ["multiply", 0, [[0]], 1]),
    (ENTRY, LINES, "divided by", ["multiply", 2, [[0]], 1]),
    (PARTS, LINES, "malformed", ["divide", 2, [[0]], 1]),
    (PARTS, LINES, "a negative exponent", power(0, {"0": [0]})),
    (PARTS, LINES, "a negative exponent", power("1/2", {"0": [0]})),
    (PARTS, LINES, "defined", power(-2, {"0": [0]})),
    (PARTS, LINES, "defined", power("-1/2", {"0": [0]})),
    (ENTRY, LINES, "defined", power(-1, {"0": [0]})),
    (PARTS, LINES, "bound indices", power(-1, {"0": [-1]})),
    (PARTS, LINES, "defined", power(-1, {"0": [0]}, context=[x(2, 0, e="-1/2")])),
    (PARTS, LINES, "defined", power(-1, {"0": [0]}, context=[x(3, 0)])),
    (PARTS, LINES, "bound indices", power(-1, {"0": [0]}, context=[x(0, -1)])),
    (PARTS, LINES, "terms are left", power(-1, {"0": [0]}, "2")),
    (CANCELLED, SQUARE, "right sizes", [*INVERTED[:-1], {"0": [0], "1": [1]}]),
    (CANCELLED, SQUARE, "right sizes", [*INVERTED[:3], [x(2, 1, 1)], *INVERTED[4:]]),
    (CANCELLED, SQUARE, "an inverse", ["multiply by a matrix", 0, [0], True]),
    ((A @ B, B), SQUARE, "an inverse", ["multiply by a matrix", 1, [0], True]),
    (CANCELLED, SQUARE, "free indices", ["multiply by a matrix", 1, [2], True]),
    (CANCELLED, SQUARE, "free indices", ["multiply by a matrix", 1, [0, 0], True]),
    (CANCELLED, SQUARE, "sizes", ["multiply by a matrix", 1, [1], True]),
    (INSIDE, SQUARE, "an order", ["one head", 4, 3, [0, 0], [INVERTED]]),
    (INSIDE, SQUARE, "sizes", ["one head", 4, 3, [1, 0], [INVERTED]]),
    (INSIDE, SQUARE, "equal operands", ["one head", 4, 3, [0, 1], []]),
    (INSIDE, SQUARE, "heads of one kind", ["one head", 4, 1, [0, 1], [INVERTED]]),
    (LOGS, LINES, "a product that is 1", logs(*ALL_LOGS[:2])),
    (LOGS, LINES, "a product that is 1", logs(*ALL_LOGS[:2], ("-2", 5, 0))),
    (LOGS, LINES, "a logarithm", logs(("1", 6, 0))),
    (LOGS, LINES, "a logarithm", logs(("1", 2, 0))),
    (LOGS, LINES, "no sums", logs(("1", 3, -1))),
    ((log(v * w), log(w * v) + v), LINES, "defined", logs(*ALL_LOGS)),
    (LOGS, LINES, "defined", logs(*ALL_LOGS, context=[x(2, 0, e=-1)])),
    (PLACED, SEGMENTS, "terms are left", pair(OF_COLUMNS, 2, 1)),
    (PLACED, SEGMENTS, "sizes", pair(OF_COLUMNS, 1, 1)),
    (PLACED, SEGMENTS, "sizes", pair(ORTHONORMAL, 0, 1)),
    (PLACED, SEGMENTS, "sizes of columns", pair(ORTHONORMAL, 4, 4)),
]


@pytest.mark.parametrize(
    ("sides", "heads", "message", "use"), WRONG, ids=[f"{row[2]}: {row[3]}" for row in WRONG]
)
def test_steps_that_are_wrong_are_refused(sides, heads, message, use):
    with pytest.raises(CertificateRefused, match=message):
        verify(*sides, certificate(heads, use))


def test_a_half_power_is_no_factor_even_twice():
    """Roots of an entry are not defined because something is divided by the entry."""
    with pytest.raises(CertificateRefused, match="natural power"):
        verify(*PARTS, certificate(LINES, *[["multiply", 2, [[0]], "1/2"]] * 2))


def test_operands_of_what_occurs_are_defined():
    check = Check(*INSIDE, certificate(SQUARE))
    inside, _ = check._head(3)
    inverted, _ = check._head(1)
    with pytest.raises(CertificateRefused, match="defined"):
        check._defined(inverted, ((0,), (1,)), 1)
    check._see([(1, {}, [(inside, ((0,), (1,)), 1)])])
    check._defined(inverted, ((0,), (5,)), 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [(v, v.T), (ones(n, 1), ones(m, 1)), (zeros(n, m), zeros(m, n)), (ones(n, m), ones(n, k)),
     (kron(ones(n, 1), v), kron(ones(m, 1), v)), (trace(A), trace(A) * ones(n, 1))],
)  # fmt: skip
def test_shapes_that_differ_prove_nothing(left, right):
    """Though every entry of the one is every entry of the other."""
    with pytest.raises(CertificateRefused, match="one shape"):
        verify(left, right, certificate([]))


def test_what_is_the_same_needs_no_step():
    verify(v, v, certificate([]))
    verify(ones(n, 1) @ v.T, ones(n, 1) @ v.T, certificate([]))
    by_cases = elementwise(lambda a, b: sympy.Piecewise((a, a < b), (a * b, True)), v, w)
    verify(by_cases, by_cases, certificate([]))
    with pytest.raises(CertificateRefused, match="no definition"):
        verify(by_cases, 1 * v + by_cases, certificate([]))


TWICE = poly(((), x(0, 0), x(0, 0)), ((), x(0, 0), x(1, 0)))
ROOTS = [entry(v), entry(w), head("pow", None, [n], TWICE)]
SPLIT = "(cx)^e = c^e x^e"


def test_values_of_entries():
    """1/(v² + vw) is 1/v · 1/(v + w)."""
    sides = 1 / (v * v + v * w), (1 / v) * (1 / (v + w))
    verify(*sides, certificate(ROOTS, rewrites=[[2, -1, SPLIT, [V]]]))
    for rewrite, message in [
        ([2, -1, SPLIT, [W]], "the least exponent"),
        ([2, -2, SPLIT, [V]], "terms are left"),
        ([2, "-1/2", SPLIT, [V]], "a positive factor"),
        ([2, -1, "equal operands", []], "do not end"),
        ([0, 1, SPLIT, [V]], "no identity"),
    ]:
        with pytest.raises(CertificateRefused, match=message):
            verify(*sides, certificate(ROOTS, rewrites=[rewrite]))
