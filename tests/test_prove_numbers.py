"""The numbers that counterexamples are looked for in: fractions, residues, reals of many digits."""

from fractions import Fraction as Part

import pytest
import sympy

from matcalc import (
    det,
    dims,
    exp,
    function,
    identity,
    index,
    inner,
    inv,
    kron,
    let,
    matrix,
    pinv,
    scalar,
    sqrt,
    trace,
    vec,
)
from matcalc.errors import BudgetExceeded
from matcalc.prove.algebra import Algebra, plain, whole
from matcalc.prove.degree import Unbounded, degree
from matcalc.prove.degree import bound as chance
from matcalc.prove.expand import Expander
from matcalc.prove.heads import CONSTANT, Heads, orders_of
from matcalc.prove.identities import Identities
from matcalc.prove.labelling import arranged, canonical
from matcalc.prove.numbers import (
    PIECEWISE,
    PRIME,
    SLOPES,
    Fractions,
    NoValue,
    Reals,
    Residue,
    Residues,
)
from matcalc.prove.prover import refuted
from matcalc.prove.radix import digits, refinement
from matcalc.prove.stages import stages

HALF, THIRD = Part(1, 2), Part(1, 3)


def test_residues_are_numbers_modulo_a_prime():
    assert Residue(PRIME + 3).value == 3 and Residue(-1).value == PRIME - 1
    assert Residue(3) * Residue(5) - Residue(1) + 2 == 16 == 17 - Residue(1)
    assert Residue(3) / Residue(5) * 5 == 3 and 3 / Residue(5) == Part(3, 5)
    assert -Residue(2) + 2 == 0 and not Residue(PRIME) and Residue(1)


@pytest.mark.parametrize(
    ("x", "k", "power"),
    [(Part(4, 9), HALF, Part(2, 3)), (Part(8, 27), -2 * THIRD, Part(9, 4)),
     (Part(-2), Part(3), Part(-8)), (Part(1, 3), Part(-2), Part(9)),
     (Part(4, 9), Part(3, 2), Part(8, 27)), (Part(0), HALF, Part(0))],
)  # fmt: skip
def test_powers_are_the_same_in_all_numbers(x, k, power):
    assert Fractions().power(x, k) == power
    real = Reals(40)
    if x != 0 and not (x < 0 and k.denominator > 1):
        assert abs(real.power(real.number(x), k) - real.number(power)) < 1e-30
    if k.denominator < 3:
        assert Residues().power(x, k) in (Residues().number(power), -Residues().number(power))


@pytest.mark.parametrize(
    ("numbers", "x", "k"),
    [(Fractions(), Part(0), Part(-1)), (Fractions(), Part(-4), HALF), (Fractions(), Part(2), HALF),
     (Fractions(), Part(4, 3), HALF), (Fractions(), Part(2), Part(10**6)),
     (Residues(), Part(8), THIRD), (Residues(), Part(0), Part(-1)), (Residues(), Part(-4), HALF),
     (Reals(40), Part(0), Part(-1)), (Reals(40), Part(0), Part(0)), (Reals(40), Part(-4), HALF)],
)  # fmt: skip
def test_powers_that_have_no_value(numbers, x, k):
    with pytest.raises(NoValue):
        numbers.power(numbers.number(x), k)


def test_functions_by_cases():
    found = {
        name: [f(x) for x in (-2, 0, 3)]
        for name, f in PIECEWISE.items()
        if name in ("relu", "step", "abs", "sign")
    }
    assert found == {"relu": [0, 0, 3], "step": [0, 0, 1], "abs": [2, 0, 3], "sign": [-1, 0, 1]}
    assert PIECEWISE["maximum"](2, 3) == 3 and PIECEWISE["minimum"](2, 3) == 2
    assert [PIECEWISE["clip"](x, -1, 2) for x in (-2, 1, 3)] == [-1, 1, 2]
    assert [PIECEWISE["huber"](x, 2) for x in (1, -2, -4)] == [0.5, 2, 6]
    slopes = {name: [f(x) for x in (-2, 3)] for name, f in SLOPES.items()}
    assert slopes == {"relu": [0, 1], "step": [0, 0], "abs": [-1, 1], "sign": [0, 0]}
    assert SLOPES["relu"](0) == SLOPES["abs"](0) == 0
    for name in SLOPES:
        with pytest.raises(NoValue):
            Fractions().slope(name, Part(0))


def test_reals_of_many_digits():
    real = Reals(40)
    assert real.least == real.context.mpf(10) ** -20
    assert abs(real.function("sigmoid", (real.number(Part(0)),)) - 0.5) < 1e-30
    assert abs(real.slope("exp", real.number(Part(1))) - real.context.e) < 1e-15
    assert real.function("maximum", (1, 2)) == 2
    for name, x in (("log", -1), ("log", 0), ("exp", 10**7), ("nothing", 1), ("acosh", 0)):
        with pytest.raises(NoValue):
            real.function(name, (real.number(Part(x)),))


def test_exponents():
    e = sympy.Symbol("e")
    assert plain(sympy.Rational(3, 2)) == Part(3, 2) and plain(Part(4, 2)) == 2
    assert plain((e + 1) ** 2 - e**2 - 2 * e) == 1 and plain(e - 1) == e - 1
    assert [whole(x) for x in (Part(-1, 2), Part(3, 2), 2, e - 2, e + Part(1, 2))] == [
        -1,
        1,
        2,
        -2,
        0,
    ]


def test_words_of_values_that_surely_differ():
    heads, j = Heads(), index("j")
    size = heads.size(index("n") + 1)
    zero, one, at, after = (heads.constant(v, size) for v in (0 * j, 0 * j + 1, j, j + 1))
    assert heads.apart((zero,), (one,)) and heads.apart((at,), (after,))
    for a, b in [((zero,), (at,)), ((zero,), (zero,)), ((0,), (one,)), ((zero, one), (one,))]:
        assert not heads.apart(a, b)
    assert heads.constant(j, size) == at >= CONSTANT and heads.constant_at(at) == (j, size)


def test_orders_of_arguments_that_look_alike():
    alike = ({((), ((5, ((0,), (1,)), 1),)): Part(1)},)
    assert orders_of((3, 3), ({((), ((5, ((0,),), 1), (5, ((1,),), 1))): Part(1)},)) == [
        (0, 1),
        (1, 0),
    ]
    assert sorted(orders_of((3, 3), alike)) == [(0, 1), (1, 0)]
    assert orders_of((4, 3), alike) == [(1, 0)]
    assert orders_of((3,), ()) == [(0,)]
    apart = ({((), ((5, ((0,),), 1), (6, ((1,),), 1))): Part(1)},)
    assert len(orders_of((3, 3), apart)) == 1


def named(sizes, factors, autos=()):
    return canonical(sizes, factors, lambda h: autos, lambda e: e, lambda steps: None)


def test_names_of_bound_indices_depend_on_structure_alone():
    one = named({-1: 0, -2: 0}, [(5, ((-1,), (-2,)), 1), (6, ((-2,), (0,)), 1)])
    assert one == named({-7: 0, -3: 0}, [(6, ((-3,), (0,)), 1), (5, ((-7,), (-3,)), 1)])
    assert one != named({-1: 0, -2: 0}, [(5, ((-1,), (-2,)), 1), (6, ((-1,), (0,)), 1)])
    assert one != named({-1: 0, -2: 1}, [(5, ((-1,), (-2,)), 1), (6, ((-2,), (0,)), 1)])
    for i in (0, -1):
        both, one_size = [(5, ((i,),), 1), (6, ((i,),), 1)], {-1: 0} if i < 0 else {}
        assert named(one_size, both) == named(one_size, both[::-1]) != named(one_size, both[:1])
    cycle = [(5, ((-1,), (-2,)), 1), (5, ((-2,), (-3,)), 1), (5, ((-3,), (-1,)), 1)]
    moved = [(5, ((-9,), (-4,)), 1), (5, ((-6,), (-9,)), 1), (5, ((-4,), (-6,)), 1)]
    back = [(5, ((-2,), (-1,)), 1), *cycle[1:]]
    sizes = dict.fromkeys((-1, -2, -3), 0)
    assert named(sizes, cycle) == named(dict.fromkeys((-9, -6, -4), 0), moved)
    assert named(sizes, cycle) != named(sizes, back)
    assert named(sizes, cycle, ((1, 0),)) == named(sizes, back, ((1, 0),))
    assert arranged(((3,), (1,)), ((1, 0),)) == ((1,), (3,)) and arranged(((3,), (1,)), ()) == (
        (3,),
        (1,),
    )


def test_digits_that_two_radices_have_in_common():
    assert refinement((n * m,), (n, m)) == (n, m) == refinement((n, m), (n * m,))
    assert digits((n * m, n), (n, m, n)) == [[0, 1], [2]]
    assert refinement((n,), (m,)) is None and refinement((n,), (n, m)) is None


BASES = [
    (index("n") + 1, True), (index("n"), True), (dims("p")[0] - 1, True), (dims("p")[0] - 2, False),
    (dims("p")[0] - index("n"), False), (scalar("c"), False), (sympy.Integer(2), False),
    (sympy.exp(scalar("c")), False),
]  # fmt: skip


@pytest.mark.parametrize(("base", "never"), BASES, ids=[str(x) for x, _ in BASES])
def test_bases_that_are_never_negative(base, never):
    e = Expander(1000, frozenset())
    rules = Identities(e)
    number = rules.number_of("pow", None, e.scalar(base), {})
    assert rules.never_negative(number) is never


# How far evidence goes.

n, m = dims("n m")
A, X, T = matrix("A", n, n), matrix("X", n, m), matrix("T", m, n)
DEGREES = [
    (A, 1), (identity(n), 0), (A + A.T, 2), (A * (X @ T), 1 + 18), (X @ T @ A, 3 * 3**4),
    (2 * scalar("c") * n * A, 2), (A**3, 3), (A**-2 / A.T**3, 5), (function("f", 1)(A), 3),
    (kron(A, X), 2), (vec(X), 1), (inv(A), 2 * 27), (det(A), 2 * 27), (trace(A), 9),
    (inner(X, X * X), 3 * 9), (trace(A) ** 2 * A + 1 * A, 2 * 9 + 1), (A[0, 1] * A, 2),
]  # fmt: skip


@pytest.mark.parametrize(("x", "bound"), DEGREES, ids=[str(x) for x, _ in DEGREES])
def test_degrees_of_entries(x, bound):
    assert degree(x, lambda size: int(size.subs({n: 3, m: 2}))) == bound


def test_what_is_not_rational_has_no_degree():
    def size(s):
        return int(s.subs({n: 3, m: 2}))

    for x in (sqrt(A), exp(A), pinv(X)):
        with pytest.raises(Unbounded):
            degree(x, size)
        assert chance(x, x, size, 100) is None
    assert chance(A, A * A, size, 100) == 0.03 and chance(A, A**200, size, 100) == 1


# What is closed at first.


def test_names_and_large_parts_of_both_sides_are_closed():
    Z, own = let("Z", A @ A), let("Y", A @ A.T)
    large = exp(A)
    for _ in range(30):
        large = exp(large @ A)
    huge = Z @ large
    for _ in range(9):
        huge = huge @ A @ huge
    assert next(stages(Z @ own, Z @ A, 100))[0] == {Z}
    assert next(stages(Z @ own, A, 100))[0] == next(stages(A, Z @ own, 100))[0] == frozenset()
    for sides in ((Z @ large, huge), (huge, Z @ large)):
        closed = next(stages(*sides, 100))[0]
        assert {Z, large} <= closed and A not in closed
    assert next(stages(Z @ large, large @ Z, 100))[0] == {Z}


def test_a_counterexample_that_costs_little():
    assert refuted(A, 2 * A).verdict == "disproved" and refuted(A, A) is None is refuted(A, X)


def test_long_monomials_cost_more():
    algebra = Algebra(100)
    algebra.spend(4)
    assert algebra.left == 98
    algebra.work(59)
    algebra.work(1)
    assert algebra.left == 96
    with pytest.raises(BudgetExceeded, match="more than 100 monomials"):
        algebra.spend(40)
    with pytest.raises(BudgetExceeded, match="factors"):
        Algebra(10**6).spend(161)
    Algebra(10**6).spend(160)
