"""Counts of operations, against numbers that count and against what NumPy is asked to do."""

import math
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise, product
from operator import matmul
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr, Symbol

import matcalc
from derivations.batch_normed_net import Net
from derivations.deep_net import deep_net
from matcalc import Derivation, column, cost, dims, gradient, inner, kron, matrix, trace, vec
from matcalc.counts import RULES, count
from matcalc.errors import UncountedOperator, UnsupportedInput
from matcalc.loops import Loops
from matcalc.lower import compile_numpy, numpy_source
from matcalc.lower.counts import KERNELS
from matcalc.lower.docstring import polynomial
from matcalc.node import Node, Operator
from matcalc.operators.scalars import Differential, ScalarDifferential, d
from matcalc.sampling import Sampler, distinct_sizes
from matcalc.work import Count
from tests.counting import Counted, traced
from tests.test_lower_random import SCALARS, Expressions, tables
from tests.test_lower_random import SIZES as RANDOM_SIZES
from tests.worked import CASES

m, n, k = dims("m n k")
A, B, C, S = matrix("A", m, n), matrix("B", n, k), matrix("C", m, n), matrix("S", n, n)
D, v = matrix("D", m, n), column("v", n)
KINDS = ("multiply_adds", "operations", "functions", "written", "read")
SIZES = [{m: 3, n: 4, k: 5}, {m: 6, n: 3, k: 4}, {m: 5, n: 7, k: 3}]


def by_numbers(expression: Any, sizes: dict[Symbol, int]) -> Counter[str]:
    """What plain loops over the entries do."""
    rng = np.random.default_rng(3)
    data = {
        x: [
            [Counted(float(y)) for y in row]
            for row in rng.normal(size=[sizes.get(s, s) for s in x.shape])
        ]
        for x in (A, B, C, D, S, v)
    }
    Counted.tally = Counter()
    Loops(sizes, data).value(expression)
    return Counted.tally


REDUCED = {
    "product": A @ B,
    "with a vector": S @ v,
    "a product twice": (S @ S) * (S @ S).T,
    "trace": trace(S),
    "inner product": inner(A, C),
    "products and ⊙": (matcalc.let("P", A * C)) @ matcalc.let("Q", S @ B),
    "multiple": 3 * (A @ B),
}
"""Products, sums along an axis: an addition for every term, the first one to 0."""
TOTALS = {"sum": matcalc.sum(A), "sum of ⊙": matcalc.sum(A * C)}
"""Here loops add up the sums of the rows, one addition more for each."""
JOINED = {"two terms": A + C, "three terms": A + C + D, "two factors": A * C, "three": A * C * D}
"""Elementwise: one operation fewer than there are operands."""


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", REDUCED)
def test_products_and_sums(name: str, sizes: dict[Symbol, int]) -> None:
    found, done = count(REDUCED[name]).at(at(sizes)), by_numbers(REDUCED[name], sizes)
    assert done["additions"] >= found.multiply_adds
    assert found.flops == done.total() > 0


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", TOTALS)
def test_totals(name: str, sizes: dict[Symbol, int]) -> None:
    found, done = count(TOTALS[name]).at(at(sizes)), by_numbers(TOTALS[name], sizes)
    assert found.flops == found.operations == done.total() - sizes[m] > 0


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", JOINED)
def test_elementwise(name: str, sizes: dict[Symbol, int]) -> None:
    found, done = count(JOINED[name]).at(at(sizes)), by_numbers(JOINED[name], sizes)
    from_zero = sizes[m] * sizes[n] * ("terms" in name)
    assert found.flops == found.operations == done.total() - from_zero > 0


def at(sizes: dict[Symbol, int]) -> dict[Symbol, Expr]:
    return {size: sympy.Integer(number) for size, number in sizes.items()}


def arguments(derivation: Derivation) -> tuple[dict[Symbol, int], dict[str, Any]]:
    """Random sizes and data, as the generated code takes them."""
    roots = [derivation.loss, *derivation.gradients.values(), *derivation.gradients]
    sampler = Sampler(roots, seed=0)
    sizes = sampler.fitted(distinct_sizes(sampler.sizes, {}, swapped=True), {})
    sample = sampler.draw(sizes)
    given: dict[str, Any] = {x.name: y for x, y in (*sizes.items(), *sample.scalars.items())}
    given |= {name + "_prime" * order: np.sin for name in sample.functions for order in range(4)}
    parameters = [x for x in derivation.gradients if isinstance(x, Node)]
    for x in (*sample.data, *parameters):
        given[x.name] = np.array(sample.base.table(x), dtype=float)
    names = compile_numpy(derivation).arguments
    return sizes, {local: given[name] for name, local in names.items()}


a, b = matcalc.scalar("a"), matcalc.scalar("b", positive=True)
FURTHER = {
    "signs": Derivation(matcalc.sum(-A - C), {A: -A - C * D, C: -(A / D) / b, D: -2 / b * A * D}),
    "powers": Derivation(matcalc.sum(A / D**2), {A: 1 / D**3, D: -a * A / (C * D), C: 3 / D**2}),
    "lines": gradient(matcalc.sum(kron(v.T, matcalc.ones(m)) ** 2 * A / D), [v, A]),
    "⊗": gradient(inner(vec(S), kron(S, S) @ vec(S)) + trace(kron(S, S)), S),
    "masks": gradient(matcalc.sum(matcalc.relu(A) ** 2 * matcalc.sigmoid(C)), [A, C]),
    "a mask as it is": Derivation(matcalc.sum(A), {A: matcalc.step(A), C: matcalc.step(C) * D}),
    "two arguments": gradient(matcalc.sum(matcalc.maximum(A, C) * matcalc.hypot(A, D)), [A, C]),
    "constants": Derivation(trace(S), {S: matcalc.identity(n) + matcalc.ones(n, n), A: A * 0 + C}),
    "views": Derivation(matcalc.sum(S), {S: S.T, A: A, v: matcalc.diagonal(S)}),
    "solutions": gradient(trace(v.T @ matcalc.inv(S) @ v) + matcalc.logdet(S), [S, v]),
    "softmax": gradient(matcalc.sum(matcalc.row_softmax(A) ** 2), A),
    "blocks": gradient(matcalc.sum(matcalc.vstack(A, C) ** 2) + a * A[0, 1], [A, C]),
}
TRACED = {**{label: found for label, found, _ in CASES}, **FURTHER}


@pytest.mark.parametrize("label", TRACED)
def test_generated_code_does_what_is_counted(label: str) -> None:
    sizes, given = arguments(TRACED[label])
    _, done = traced(TRACED[label], given)
    chosen = cost(TRACED[label]).at(sizes).chosen
    for kind in KINDS:
        assert float(getattr(chosen, kind)) == pytest.approx(done[kind], abs=1e-6), kind


@pytest.mark.parametrize("seed", range(40))
def test_random_code_does_what_is_counted(seed: int) -> None:
    make = Expressions(seed + 9000)
    root = make.matrix(make.size(), make.size(), 4)
    found = Derivation(root, {}, kind="jacobian")
    given = {x.name: y for x, y in tables(found, seed).items()}
    given |= {x.name: y for x, y in (*SCALARS.items(), *RANDOM_SIZES.items())}
    names = compile_numpy(found).arguments
    with np.errstate(all="ignore"):
        _, done = traced(found, {local: given[name] for name, local in names.items()})
    whole = cost(found)
    chosen = whole.at({size: given[size.name] for size in whole.sizes}).chosen
    for kind in KINDS:
        assert float(getattr(chosen, kind)) == pytest.approx(done[kind], abs=1e-6), kind


def test_table_of_the_founding_net() -> None:
    found = Net(activation="relu", ddof=1).derivation().cost()
    assert str(found).splitlines() == [
        "                   naive                                      chosen",
        "multiply-adds      2*N**2*p2 + N**2 + 2*N*p1*p2 + 10*N*p2     2*N*p1*p2 + 5*N*p2 + N",
        "other operations   N**2 + 16*N*p2 + 3*N + 4*p2                11*N*p2 + N + p1*p2 + 23*p2",
        "functions          p2                                         p2",
        "entries written    3*N**2 + 23*N*p2 + 5*N + p1*p2 + 10*p2     "
        "10*N*p2 + 3*N + 2*p1*p2 + 30*p2",
        "entries read       3*N**2 + 2*N*p1 + 32*N*p2 + 17*N + p1*p2   "
        "2*N*p1 + 20*N*p2 + 7*N + 2*p1*p2 + 44*p2",
        "                   + 13*p2",
        "largest array      Max(N**2, N*p2, p1*p2)                     Max(N*p2, p1*p2)",
    ]
    assert str(found.at(N=100_000, p1=64, p2=32)).splitlines()[:2] == [
        "                   naive          chosen      naive / chosen",
        "multiply-adds      650441600000   425700000   1.53e+03",
    ]


def test_docstring_says_what_a_call_costs() -> None:
    text = numpy_source(Net(activation="relu", ddof=1).derivation())
    notes = text.split("    Notes\n    -----\n")[1].split('    """')[0]
    assert notes.splitlines() == [
        "    Multiply-adds: 2*N*p1*p2 + 5*N*p2 + N; other operations: 11*N*p2 + N + p1*p2 + 23*p2;",
        "    functions: p2; entries written: 10*N*p2 + 3*N + 2*p1*p2 + 30*p2.",
    ]
    x = matrix("N", "N", "p")
    assert "Other operations: N_*p." in numpy_source(Derivation(matcalc.sum(x), {}))
    assert "No operations on arrays." in numpy_source(Derivation(a**2, {a: 2 * a}))


def figures(found: Count) -> list[Expr]:
    return [getattr(found, kind) for kind in KINDS]


@pytest.mark.parametrize("seed", range(20))
def test_polynomials_in_docstrings_are_written_as_sympy_writes_them(seed: int) -> None:
    draw = Random(seed)
    sizes = dims("m n p_1 p_10 p_2 N k Q")
    for _ in range(20):
        names = {s: draw.choice(["", "z_", "B"]) + s.name for s in draw.sample(sizes, 4)}
        terms = [
            draw.choice([1, 1, 2, 7]) * math.prod(s ** draw.choice([0, 0, 1, 2, 3]) for s in names)
            for _ in range(draw.randint(1, 8))
        ]
        x = sympy.Add(*terms, draw.choice([0, 0, 0, -sizes[0], sympy.log(sizes[1])]))
        own = x.xreplace({s: Symbol(name) for s, name in names.items()})
        assert polynomial(x, names) == str(own)


def test_every_layer_adds_the_same_cost() -> None:
    depths = (2, 4, 8, 16)
    costs = []
    for depth in depths:
        found = deep_net(depth).derivation().cost()
        sizes = {size: 100 if size.name == "N" else 7 for size in found.sizes}
        costs.append(figures(found.at(sizes).chosen))
    for small, middle, large in zip(costs, costs[1:], costs[2:], strict=False):
        steps = [(y - x, z - y) for x, y, z in zip(small, middle, large, strict=True)]
        assert all(2 * first == second > 0 for first, second in steps)


SAFE = "works from the greatest entry on, so that nothing overflows"
SOLVED = "solves anew for each right side"
DEARER = {
    "derivations.regression: softmax": SAFE,
    "derivations.regression: log cosh": SAFE,
    "derivations.gaussian_models: factor analysis": SOLVED,
    "derivations.hessians: unique variances": SOLVED,
}
"""Derivations whose code does a little more than plain evaluation, and why."""


@pytest.mark.parametrize("label", [label for label, _, _ in CASES])
def test_lowering_saves_operations(label: str) -> None:
    found = cost(TRACED[label])
    sizes = {s: 1000 if s.name == "N" else 20 + 3 * i for i, s in enumerate(found.sizes)}
    numbers = found.at(sizes)
    assert (numbers.naive.flops < numbers.chosen.flops) == (label in DEARER), label
    assert numbers.chosen.flops < 1.6 * numbers.naive.flops


P, Q = matrix("P", n, m), matrix("Q", m, n)
CHAIN = Derivation(Q @ P @ A, {}, kind="jacobian")


@pytest.mark.parametrize(
    ("typical", "text"),
    [
        ({"m": 100_000, "n": 10}, "value = Q @ (P @ A)"),
        ({"m": 10, "n": 100_000}, "value = Q @ P @ A"),
        ({m: 10, n: 100_000}, "value = Q @ P @ A"),
        ({}, "value = Q @ P @ A"),
        (None, "value = Q @ P @ A"),
    ],
)
def test_brackets_follow_typical_sizes(typical: Any, text: str) -> None:
    assert text in numpy_source(CHAIN, typical=typical)
    rng = np.random.default_rng(0)
    given = {
        "Q": rng.normal(size=(3, 4)),
        "P": rng.normal(size=(4, 3)),
        "A": rng.normal(size=(3, 4)),
    }
    found = compile_numpy(CHAIN, typical=typical)(**given)["value"]
    assert np.allclose(found, given["Q"] @ given["P"] @ given["A"], rtol=1e-13)


def bracketings(factors: list[Any], at: dict[Symbol, int]) -> Iterator[int]:
    """Multiply-adds of every way to put the brackets."""
    if len(factors) == 1:
        yield 0
    for i in range(1, len(factors)):
        sizes = (factors[0].rows, factors[i].rows, factors[-1].cols)
        last = math.prod(int(size.xreplace(at)) for size in sizes)
        pairs = product(bracketings(factors[:i], at), bracketings(factors[i:], at))
        yield from (left + right + last for left, right in pairs)


@pytest.mark.parametrize("seed", range(10))
def test_brackets_are_the_cheapest_there_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = dims("q r s t u w")
    typical = {size: int(10 ** rng.uniform(0.5, 4)) for size in widths}
    pairs = pairwise(widths)
    factors = [matrix(f"F{i}", *pair) for i, pair in enumerate(pairs)]
    chain = Derivation(reduce(matmul, factors), {}, kind="jacobian")
    at_typical = {size: sympy.Integer(number) for size, number in typical.items()}
    least, *_, most = sorted(bracketings(factors, at_typical))
    assert cost(chain, typical).at(typical).chosen.multiply_adds == least < most


def test_cuts_and_scalars_follow_typical_sizes() -> None:
    """tr(Q P Q P) and a multiple of a product are worked out where that is cheapest."""
    for wide, narrow in ((m, n), (n, m)):
        typical = {wide: 10_000, narrow: 3}
        loss = Derivation(trace(Q @ P @ A @ P), {Q: 3 * Q @ P @ Q})
        best, other = cost(loss, typical), cost(loss, {wide: 3, narrow: 10_000})
        large, small = (x.at(typical).chosen.flops for x in (other, best))
        assert small * 100 < large
        assert small <= cost(loss).at(typical).chosen.flops
    M = matrix("M", m, k)
    multiple = Derivation(matcalc.sum(M), {M: 3 * (A @ B)})
    assert "A @ (3 * B)" in numpy_source(multiple, typical={"m": 1000, "n": 2, "k": 10})
    assert "(3 * A) @ B" in numpy_source(multiple, typical={"m": 10, "n": 2, "k": 1000})


def test_what_sizes_are_not_given_leaves_the_code_as_it_was() -> None:
    for _, found, _ in CASES[:6]:
        assert numpy_source(found) == numpy_source(found, typical={})
        evenly = dict.fromkeys(cost(found).sizes, 1000)
        told = numpy_source(found, typical=evenly).splitlines()
        plain = numpy_source(found).splitlines()
        assert [line for line in told if "Products are bracketed for" not in line] == plain


@pytest.mark.parametrize("typical", [{"p": 3}, {"m": 0}, {"m": 2.5}, {"m": True}, {"m": "3"}])
def test_what_is_no_typical_size(typical: Any) -> None:
    with pytest.raises(UnsupportedInput):
        numpy_source(CHAIN, typical=typical)
    with pytest.raises(UnsupportedInput):
        cost(CHAIN).at(typical)


def test_largest_array_is_one_that_no_other_covers() -> None:
    assert count(A @ B @ B.T).largest == (k * m, m * n)
    assert count(kron(A, B)).largest == (k * m * n**2,)
    assert cost(A @ v).at(m=3, n=5).chosen.largest == (3,)


def test_shared_expressions_count_once() -> None:
    shared = A @ B
    assert count(shared, shared + shared, 2 * shared, vec(shared)).multiply_adds == m * n * k


@pytest.mark.parametrize("x", [d(A), A + d(A), trace(d(S)), d(trace(S))], ids=str)
def test_an_operator_without_a_count_is_an_error(x: Any) -> None:
    with pytest.raises(UncountedOperator, match="no count of operations is known for"):
        count(x)


OPERATORS = [cls for cls in Operator.OPERATORS if cls.__module__.startswith("matcalc.")]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda cls: cls.__name__)
def test_every_operator_has_a_count(operator: Any) -> None:
    rules = KERNELS if operator.__module__.startswith("matcalc.lower.") else RULES
    if not issubclass(operator, Differential | ScalarDifferential):
        assert any(cls in rules for cls in operator.__mro__)


POWERS = {2: 1, 3: 2, 4: 2, 5: 3, 7: 4, 8: 3, 10: 4}


@pytest.mark.parametrize("power", POWERS)
def test_powers_by_repeated_squaring(power: int) -> None:
    found = count(matcalc.matrix_power(S, power))
    assert found.multiply_adds == POWERS[power] * n**3


def test_the_jacobian_of_a_power_takes_powers_of_the_matrix_alone() -> None:
    found = cost(matcalc.jacobian(matcalc.matrix_power(S, 5), S))
    assert found.chosen.multiply_adds == 12 * n**3
    assert found.chosen.operations == 10 * n**4


def test_solving_takes_a_third_of_what_an_inverse_takes() -> None:
    found = cost(matcalc.inv(S) @ matrix("R", n, k))
    assert found.naive.multiply_adds == n**3 + n**2 * k
    assert found.chosen.multiply_adds == n**3 / 3 + n**2 * k


def test_an_expression_costs_what_its_derivation_does() -> None:
    total = matcalc.sum(A @ B)
    assert str(cost(total)) == str(cost(Derivation(total, {})))
    assert cost(total).naive.multiply_adds == m * n * k
    assert cost(total).chosen.flops == 2 * m * n + n * k + m
