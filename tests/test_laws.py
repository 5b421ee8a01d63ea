"""Every law of every table: row against function, shapes, and numbers at distinct sizes."""

import random
from functools import partial

import pytest
from sympy import Float

from matcalc.drawing import table
from matcalc.errors import ShapeError
from matcalc.indexing import fitted, index_values, is_index, spans_in
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.loops import Loops
from matcalc.measure import cost
from matcalc.node import children, substitute, walk
from matcalc.operators.constants import Identity, Zero
from matcalc.operators.scalars import ScalarDifferential, d
from matcalc.operators.selection import Entry
from matcalc.operators.softmax import Softmax
from matcalc.pointwise import Undefined
from matcalc.symbols import free_symbols, variables
from tests.law_tables import LAWS, guarded, sides

IDENTITIES = [law for law in LAWS if law not in DIFFERENTIALS.laws]
DISTINCT = (3, 5, 4, 6, 7, 8)


def name_of(law):
    return law.name


class Smooth:
    def __call__(self, order, x):
        return (x**3 / 3 + x, x**2 + 1, 2 * x)[order]


def parts(x):
    return x if isinstance(x, tuple) else children(x)


def is_delta(x):
    return isinstance(x, Entry) and isinstance(x.operands[0], Identity)


def loops(sides, sizes, seed, extra=None, together=False):
    rng = random.Random(seed)
    symbols = free_symbols(*sides)
    size = {s: sizes[i % len(sizes)] for i, s in enumerate(s for s in symbols if s.is_positive)}
    indices, spans = [s for s in symbols if is_index(s)], spans_in(sides)
    size = fitted(size, (), indices, spans)
    scalars = {s: rng.uniform(0.5, 1.5) for s in symbols if not s.is_integer}
    try:
        drawn = index_values(indices, spans, size, rng)
        scalars |= dict.fromkeys(indices, 0) if together else drawn
        values = Loops(size, {}, scalars)
        assert all(values.size(n) for x in walk(sides, parts) for n in getattr(x, "shape", ()))
    except (Undefined, ShapeError):
        assert 1 in sizes
        pytest.skip("at these sizes there is nothing of these shapes")
    data = {
        v: [
            [float(x) for x in row]
            for row in table(
                values.size(v.rows), values.size(v.cols), v.facts, partial(rng.gauss, 0, 1)
            )
        ]
        for v in variables(*sides)
    }
    return Loops(size, {**data, **(extra or {})}, scalars, {"f": Smooth()})


def entries(value):
    return [x for line in value for x in line] if isinstance(value, list) else [value]


def assert_close(left, right, least=0.0):
    scale = max(1.0, *(abs(x) for x in left))
    assert len(left) == len(right)
    assert all(abs(a - b) <= 1e-10 * scale for a, b in zip(left, right, strict=True))
    assert max(abs(x) for x in left) > least


@pytest.mark.parametrize("law", LAWS, ids=name_of)
def test_names_are_unique(law):
    assert [other.name for other in LAWS].count(law.name) == 1


@pytest.mark.parametrize("law", IDENTITIES, ids=name_of)
@pytest.mark.parametrize("sizes", [DISTINCT, (1, 3, 4, 5, 6, 7), (4, 1, 3, 1, 5, 6), (1,)], ids=str)
def test_both_sides_have_the_same_entries(law, sizes):
    swap, (lhs, rhs) = guarded(law), sides(law)
    if any(is_delta(x) for x in walk(rhs)):
        at = loops((lhs, rhs), sizes, law.name, together=True)
        assert_close(entries(at.value(lhs)), entries(at.value(rhs)), least=1e-6)
    at = loops((lhs, rhs), sizes, seed=law.name)
    zero = isinstance(rhs, Zero) or any(is_delta(x) for x in walk(rhs))
    full = 1 not in sizes and not swap and not zero
    assert_close(entries(at.value(lhs)), entries(at.value(rhs)), least=1e-6 if full else -1.0)


@pytest.mark.parametrize("law", SIMPLEST.laws, ids=name_of)
@pytest.mark.parametrize("seed", range(5))
def test_simplifying_laws_lower_the_declared_cost(law, seed):
    rng = random.Random(seed)
    weights = {v: rng.randint(2, 40) for v in variables(law.lhs)}
    assert cost(law.rhs, weights) < cost(law.lhs, weights)


@pytest.mark.parametrize("law", IDENTITIES, ids=name_of)
def test_the_law_does_what_its_row_says(law):
    swap = {v: d(v) for v in variables(law.lhs) if v.name in "XY"}
    if law in VECTORISATION.laws or law in TRANSPOSITION.laws:
        lhs, rhs = substitute(law.lhs, swap), substitute(law.rhs, swap)
    else:
        lhs, rhs = sides(law)
    after = law.apply(lhs)
    assert after is not None
    assert after == rhs


def direction_of(operand, at, seed):
    """A random table for the differential of every variable."""
    rng = random.Random(seed)
    found = variables(operand)
    return {v: [[rng.gauss(0, 1) for _ in line] for line in at.table(v)] for v in found}


def has_value(operand, at):
    """Whether the data lie where the operand is defined, as a determinant under a log."""
    try:
        return at.value(operand) is not None
    except Undefined:
        return False


def stepped(table, step):
    """The table moved by an imaginary step along another."""
    pairs = zip(table, step, strict=True)
    return [[x + 1e-30j * y for x, y in zip(p, q, strict=True)] for p, q in pairs]


@pytest.mark.parametrize("law", [x for x in DIFFERENTIALS.laws if variables(x.lhs)], ids=name_of)
@pytest.mark.parametrize("sizes", [DISTINCT, (3, 1, 4, 1)], ids=str)
def test_differentials_agree_with_the_complex_step(law, sizes):
    if law.name == "differential of a constant":
        assert law.rhs == law.lhs * 0
        return
    operand = law.lhs.operands[0]
    drawn = (loops((law.lhs, law.rhs), sizes, seed) for seed in range(9))
    at = next(filter(partial(has_value, operand), drawn))
    direction = direction_of(operand, at, law.name)
    symbols = free_symbols(law.lhs, law.rhs)
    size = {s: at.number(s) for s in symbols if s.is_integer}
    scalars, ds = ({s: x for s in symbols if not s.is_integer} for x in (0.7, 0.3))
    moved = {s: x + 1e-30j * ds[s] for s, x in scalars.items()}
    tables = {v: stepped(at.table(v), step) for v, step in direction.items()}
    numeric = entries(Loops(size, tables, moved, {"f": Smooth()}).value(operand))
    scalar_ds = [x for x in walk(law.rhs) if isinstance(x, ScalarDifferential)]
    known = {x: Float(ds[x.operands[0]]) for x in scalar_ds}
    values = {d(v): step for v, step in direction.items()} | {v: at.table(v) for v in direction}
    found = Loops(size, values, scalars, {"f": Smooth()}).value(substitute(law.rhs, known))
    constant = 1 in sizes and isinstance(operand, Softmax)
    least = -1.0 if constant else 1e-6
    assert_close([x.imag / 1e-30 for x in numeric], entries(found), least)
