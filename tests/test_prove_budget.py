"""Past its budget the prover says so: deep and wide inputs end, with the reason."""

import random
from functools import reduce
from operator import matmul

import pytest

from derivations.deep_net import deep_net
from matcalc import (
    claim,
    column,
    det,
    dims,
    exp,
    function,
    identity,
    inner,
    inv,
    kron,
    let,
    matrix,
    ones,
    row,
    sigmoid,
    trace,
)
from matcalc.prove.disproof import Comparison, Evidence
from matcalc.prove.evaluation import Evaluation
from matcalc.prove.prover import prove_equal
from matcalc.prove.stages import stages

n, m = dims("n m")
A, B, C, D = (matrix(x, n, n) for x in "ABCD")
S, T = matrix("S", n, n, "symmetric"), matrix("T", n, n, "symmetric")
f = function("f")


def nested(step, depth, start=A):
    return reduce(lambda X, _: step(X), range(depth), start)


def power(X, k):
    return reduce(matmul, [X] * k)


def tower(depth):
    return nested(lambda M: M @ M.T + M, depth)


def net(layers):
    def layer(X, k):
        return sigmoid(X @ matrix(f"W{k}", n, n) + ones(n) @ row(f"b{k}", n)) * X + X

    return reduce(layer, range(layers), A)


PROVED = {
    "symmetric chain": lambda: (trace(power(S, 20)), trace(power(S, 20).T)),
    "two symmetric chains": lambda: (
        trace(power(S, 8) @ power(T, 8)),
        trace(power(T, 8) @ power(S, 8)),
    ),
    "scalar to a power": lambda: (trace(A.T @ A) ** 8 * B, inner(A, A) ** 8 * B),
    "exponentials": lambda: (nested(exp, 60), nested(exp, 60, A.T).T),
    "functions of products": lambda: (
        nested(lambda M: f(M @ B), 60),
        nested(lambda M: f(B.T @ M), 60, A.T).T,
    ),
    "inverses": lambda: (
        nested(lambda M: inv(identity(n) + M), 12),
        nested(lambda M: inv(identity(n) + M), 12, A.T).T,
    ),
    "twenty factors": lambda: (
        reduce(matmul, [matrix(f"A{k}", n, n) for k in range(20)]).T,
        reduce(matmul, [matrix(f"A{k}", n, n).T for k in reversed(range(20))]),
    ),
    "eight indices": lambda: (f(kron(kron(A, B), kron(C, D))), f(kron(A, kron(B, kron(C, D))))),
    "net with its transpose": lambda: (net(12) @ net(12).T, (net(12) @ net(12).T).T),
    "square of a net": lambda: (
        (net(12) + B) @ (net(12) + B),
        net(12) @ net(12) + net(12) @ B + B @ net(12) + B @ B,
    ),
}
DISPROVED = {
    "power of a sum": lambda: (power(A + B, 8), power(A + B, 8) + A - B),
    "long product": lambda: (power(A, 30), power(A, 30) + A.T - A),
    "net": lambda: (net(12), net(12) + A - B),
    "inverses": lambda: (
        nested(lambda M: inv(M @ M.T + identity(n)), 20),
        nested(lambda M: inv(M @ M.T + identity(n)), 20) + A - B,
    ),
}
UNDECIDED = {
    "tower of squares": lambda: (tower(30), tower(30) + A - B),
    "product with its transpose": lambda: (tower(30) @ tower(30), tower(30) @ tower(30).T),
    "chain of a hundred": lambda: (power(A, 100), power(A.T, 100).T),
    "determinants of sums": lambda: (det(power(A + B, 6)), det(A + B) ** 6),
    "many resolvents": lambda: (
        power(inv(identity(n) + A) @ A @ (identity(n) + B) @ inv(B), 5),
        power(A @ inv(identity(n) + A) @ inv(B) @ (identity(n) + B), 5),
    ),
}


@pytest.mark.parametrize("name", PROVED)
def test_deep_and_wide_identities_are_proved(name):
    assert prove_equal(*PROVED[name]()).verdict == "proved"


@pytest.mark.parametrize("name", DISPROVED)
def test_deep_and_wide_mistakes_are_disproved(name):
    assert prove_equal(*DISPROVED[name]()).verdict == "disproved"


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_costs_too_much_is_undecided_for_a_reason(name):
    result = prove_equal(*UNDECIDED[name](), budget=20_000)
    assert result.verdict == "undecided"
    assert "more than" in result.reason or "normal forms differ" in result.reason


@pytest.mark.parametrize("name", UNDECIDED)
def test_answers_do_not_depend_on_the_clock(name):
    left, right = UNDECIDED[name]()
    first, second = (prove_equal(left, right, budget=2000) for _ in range(2))
    assert str(first) == str(second)


def test_numbers_of_endless_length_are_given_up():
    left, right = tower(30), tower(30) + A - B
    found = Comparison(left, right).decide()
    assert isinstance(found, Evidence)
    assert "no proof" in str(found) or "differ" in str(found)
    comparison = Comparison(nested(exp, 12), nested(exp, 12) + B - B.T)
    assert comparison.decide() is not None


def test_points_are_counted_and_not_timed(monkeypatch):
    monkeypatch.setattr("matcalc.prove.disproof.WORK", 0)
    evaluated = []
    value = Evaluation.value
    monkeypatch.setattr(Evaluation, "value", lambda self, x: evaluated.append(x) or value(self, x))
    assert isinstance(Comparison(A @ B, A @ B).decide(), Evidence)
    assert len(evaluated) <= 4


@pytest.mark.parametrize("layers", [3, 6])
def test_gradients_of_deep_nets_against_the_recursion(layers):
    net_ = deep_net(layers)
    found, expected = net_.derivation(), net_.expected()
    for parameter in expected:
        assert prove_equal(found[parameter], expected[parameter]).verdict == "proved"
    first = net_.parameters[0]
    assert prove_equal(found[first], 2 * expected[first]).verdict == "disproved"


def test_names_are_opened_one_by_one_before_all():
    Y = let("Y", A @ B)
    Z = let("Z", Y + C)
    left, right = Z @ Y @ D + Z, (Z @ Y) @ D + Z + 0 * A
    closed = [c for c, _ in stages(Z @ (Y + D), Z @ Y + Z @ D, 1000)]
    assert closed[0] == {Y, Z} and closed[-1] == frozenset()
    assert {Y} in closed and {Z} in closed
    assert closed.index(frozenset({Y})) < len(closed) - 1
    assert prove_equal(left, right).verdict == "proved"


def test_a_claim_about_one_layer_opens_that_layer_alone():
    v = column("v", n)
    deep = nested(lambda M: let(f"Y{M.key[0]}", f(M @ B)), 3)
    top = let("top", deep + v @ v.T)
    result = prove_equal(top @ deep - v @ v.T @ deep, deep @ deep)
    assert result.verdict == "proved"
    assert deep in result.closed and top not in result.closed


@pytest.mark.parametrize("seed", range(12))
def test_random_nests_end_with_a_verdict(seed):
    rng = random.Random(seed)
    steps = (
        lambda X: X @ X.T,
        lambda X: inv(identity(n) + X),
        lambda X: f(X @ B),
        lambda X: (X + A) * X,
        lambda X: exp(X),
        lambda X: X @ (X + S),
        lambda X: det(identity(n) + X) * X,
    )
    X = nested(lambda M: rng.choice(steps)(M), 7)
    assert prove_equal(X.T, X + A - B, budget=3000).verdict in ("disproved", "undecided")
    assert prove_equal(X + A - B, A + X - B, budget=3000).verdict == "proved"


@pytest.mark.parametrize("size", [300, 10**6])
def test_matrices_of_large_fixed_sizes_are_not_worked_out(size):
    left, right = matrix("L", size, size), matrix("R", size, size)
    assert prove_equal(left @ right, right @ left).verdict == "undecided"
    assert prove_equal((left @ right).T, right.T @ left.T).verdict == "proved"
    assert claim(trace(left @ right), left, right).verdict == "undecided"
