"""What is asked of a law: numbers by loops, the row against the function, the declared cost.

The tests of the tables and the mutation of the tables ask the same, by this code.
"""

import random
from functools import cache, partial
from itertools import islice

from sympy import Float

from matcalc.drawing import table
from matcalc.errors import ShapeError
from matcalc.indexing import fitted, index_values, is_index, spans_in
from matcalc.laws.algebra import DIAGONAL_AS_SCALING
from matcalc.laws.generalised_inverses import NORMAL_EQUATIONS
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.loops import Loops
from matcalc.lower.cheaper import ALTERNATIVES
from matcalc.lower.laws import LOWERING
from matcalc.lower.relus import STEPS
from matcalc.lower.solving import TOGETHER
from matcalc.measure import LEAF, cost
from matcalc.node import children, substitute, walk
from matcalc.operators.constants import Constant, Identity, Zero
from matcalc.operators.scalars import Differential, ScalarDifferential, d
from matcalc.operators.selection import Entry
from matcalc.operators.softmax import Softmax
from matcalc.pointwise import Undefined
from matcalc.sampling import Sampler
from matcalc.symbols import free_symbols, variables
from tests.guards import forbidden, guarded

DISTINCT = (3, 5, 4, 6, 7, 8)
SIZES = (DISTINCT, (1, 3, 4, 5, 6, 7), (4, 1, 3, 1, 5, 6), (1,))
SIZES_OF_DIFFERENTIALS = (DISTINCT, (3, 1, 4, 1))
SIZES_OF_LOWERING = ((2, 3, 4, 5, 3, 2), (3, 1, 2, 4, 2, 3), (1, 2, 3, 1, 2, 2), (1,))
SEEDS_OF_COST = range(5)
DRAWS = 6
"""Draws where an index is free: at one a mistake may fall on the same entry."""
ENGINE = {
    "differentials": DIFFERENTIALS.laws,
    "transposition": TRANSPOSITION.laws,
    "vectorisation": VECTORISATION.laws,
    "simplest form": SIMPLEST.laws,
    "diagonals as scalings": DIAGONAL_AS_SCALING,
    "pseudo-inverses": NORMAL_EQUATIONS,
}
TABLES = {**ENGINE, "lowering": (*LOWERING.laws, *ALTERNATIVES, STEPS, TOGETHER)}


class NothingThere(Exception):
    """At these sizes there is nothing of these shapes."""


class Smooth:
    """A polynomial with its derivatives, in place of an abstract function."""

    def __call__(self, order, x):
        return (x**3 / 3 + x, x**2 + 1, 2 * x)[order]


def parts(x):
    return x if isinstance(x, tuple) else children(x)


def is_delta(x):
    return isinstance(x, Entry) and isinstance(x.operands[0], Identity)


@cache
def sizes_that_fit(lhs, sizes):
    """Numbers for the sizes on the left side, in an order in which what is picked is there."""
    symbols = free_symbols(lhs)
    size = {s: sizes[i % len(sizes)] for i, s in enumerate(s for s in symbols if s.is_positive)}
    return fitted(size, (), indices_in(lhs), spans_in((lhs,)))


def indices_in(lhs):
    """The symbolic indices of a side."""
    return [s for s in free_symbols(lhs) if is_index(s)]


def _drawn(v, values, rng):
    """A table of drawn entries with the facts declared."""
    rows, cols = values.size(v.rows), values.size(v.cols)
    drawn = table(rows, cols, v.facts, partial(rng.gauss, 0, 1))
    return [[float(x) for x in row] for row in drawn]


def _of_rank_one(v, values, rng):
    """A table of rank 1, unless facts are declared: where inverses have no value."""
    if v.facts:
        return _drawn(v, values, rng)
    a, b = ([rng.gauss(0, 1) for _ in range(values.size(n))] for n in v.shape)
    return [[x * y for y in b] for x in a]


def loops(sides, sizes, seed, together=False, drawn=_drawn):
    """An evaluator at data drawn for the first side; `NothingThere` where a 1 leaves no room.

    What is picked on the other sides must be there wherever it is on the first.
    """
    rng = random.Random(seed)
    symbols, size = free_symbols(*sides), dict(sizes_that_fit(sides[0], sizes))
    indices, spans = indices_in(sides[0]), spans_in(sides[:1])
    scalars = {s: rng.uniform(0.5, 1.5) for s in symbols if not s.is_integer}
    try:
        places = index_values(indices, spans, size, rng)
        scalars |= dict.fromkeys(indices, 0) if together else places
        values = Loops(size, {}, scalars)
        assert all(values.size(n) for x in walk(sides, parts) for n in getattr(x, "shape", ()))
    except (Undefined, ShapeError) as error:
        assert 1 in sizes, str(error)
        raise NothingThere from error
    data = {v: drawn(v, values, rng) for v in variables(*sides)}
    return Loops(size, data, scalars, {"f": Smooth()})


def entries(value):
    return [x for line in value for x in line] if isinstance(value, list) else [value]


def assert_close(left, right, least=0.0):
    scale = max(1.0, *(abs(x) for x in left))
    assert len(left) == len(right)
    assert all(abs(a - b) <= 1e-10 * scale for a, b in zip(left, right, strict=True))
    assert max(abs(x) for x in left) > least


def assert_same_entries(law, sizes):
    """Both sides have the same entries in every draw, and not by all being zero."""
    swap = guarded(law)
    lhs, rhs = (substitute(side, swap) if swap else side for side in (law.lhs, law.rhs))
    deltas = any(is_delta(x) for x in walk(rhs))
    if deltas:
        at = loops((lhs, rhs), sizes, law.name, together=True)
        assert_close(entries(at.value(lhs)), entries(at.value(rhs)), least=1e-6)
    full = 1 not in sizes and not isinstance(rhs, Zero) and not deltas
    for draw in range(DRAWS if full and indices_in(lhs) else 1):
        at = loops((lhs, rhs), sizes, seed=f"{law.name} {draw}")
        assert_close(entries(at.value(lhs)), entries(at.value(rhs)), 1e-6 if full else -1.0)


def assert_same_at_rank_one(law):
    """Where matrices have no inverse, the right side has a value if the left has, the same."""
    swap = guarded(law)
    lhs, rhs = (substitute(side, swap) for side in (law.lhs, law.rhs))
    at = loops((lhs, rhs), DISTINCT, law.name, drawn=_of_rank_one)
    if has_value(lhs, at):
        left, at.condition = entries(at.value(lhs)), 0
        assert_close(left, entries(at.value(rhs)), -1.0)
        assert at.condition < 1e9


def assert_same_lowered(law, sizes):
    """Both sides of a lowering law have the same entries, to nearly all digits."""
    sampler = Sampler([law.lhs], seed=1)
    plan = sizes_that_fit(law.lhs, sizes)
    for _ in range(DRAWS if sampler.indices and 1 not in sizes else 1):
        try:
            at = sampler.draw(plan).base
        except (Undefined, ShapeError) as error:
            assert 1 in sizes, str(error)
            raise NothingThere from error
        left, right = (entries(at.value(side)) for side in (law.lhs, law.rhs))
        assert len(left) == len(right)
        pairs = zip(left, right, strict=True)
        assert all(abs(a - b) <= max(1e-12, 1e-12 * abs(b)) for a, b in pairs)


def assert_lowers_the_cost(law, seed):
    rng = random.Random(seed)
    weights = {v: rng.randint(LEAF, 40) for v in variables(law.lhs)}
    assert cost(law.rhs, weights) < cost(law.lhs, weights)


def used_on(law, kind):
    """The sides as the engine meets them: with differentials, or with what the guard asks for."""
    swap = {v: d(v) for v in variables(law.lhs) if v.name in "XY"}
    swap = swap if kind in ("vectorisation", "transposition") else guarded(law)
    return [substitute(side, swap) for side in (law.lhs, law.rhs)]


def assert_does_what_the_row_says(law, kind):
    lhs, rhs = used_on(law, kind)
    after = law.apply(lhs)
    assert after is not None
    assert after == rhs


def assert_refuses_what_is_forbidden(law, like=None):
    """The law applies nowhere where the guard, or that of a law like it, must refuse."""
    for x in forbidden(like or law):
        assert law.apply(x) is None


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


def assert_agrees_with_the_complex_step(law, sizes):
    operand = law.lhs.operands[0]
    if isinstance(operand, Constant):
        assert isinstance(law.rhs, Zero)
        return
    drawn = (loops((law.lhs, law.rhs), sizes, seed) for seed in range(20))
    found = filter(partial(has_value, operand), drawn)
    for at in islice(found, 3 if indices_in(law.lhs) else 1):
        assert_steps_agree(law, sizes, at)


def assert_steps_agree(law, sizes, at):
    """The differential at some data is the slope along a random direction, and not zero."""
    operand = law.lhs.operands[0]
    direction = direction_of(operand, at, law.name)
    symbols = free_symbols(law.lhs, law.rhs)
    size = {s: at.number(s) for s in symbols if s.is_integer}
    free = [s for s in symbols if not s.is_integer]
    scalars, ds = ({s: x + k / 8 for k, s in enumerate(free)} for x in (0.7, 0.3))
    moved = {s: x + 1e-30j * ds[s] for s, x in scalars.items()}
    tables = {v: stepped(at.table(v), step) for v, step in direction.items()}
    steps = Loops(size, tables, moved, {"f": Smooth()})
    inside = [x for x in walk(law.rhs) if isinstance(x, Differential | ScalarDifferential)]
    known = {x: slope(steps.value(x.operands[0])) for x in inside}
    numbers = {x: Float(y) for x, y in known.items() if isinstance(x, ScalarDifferential)}
    values = {x: y for x, y in known.items() if isinstance(x, Differential)}
    values |= {v: at.table(v) for v in direction}
    found = Loops(size, values, scalars, {"f": Smooth()}).value(substitute(law.rhs, numbers))
    least = -1.0 if 1 in sizes and isinstance(operand, Softmax) else 1e-6
    assert_close(entries(slope(steps.value(operand))), entries(found), least)


def slope(value):
    """The imaginary part over the step."""
    if isinstance(value, list):
        return [[x.imag / 1e-30 for x in line] for line in value]
    return value.imag / 1e-30
