"""What is asked of a law: numbers by loops, the row against the function, the declared cost.

The tests of the tables and the mutation of the tables ask the same, by this code.
"""

import random
from functools import partial

from sympy import Float, Integer, Symbol

from matcalc.dimensions import dims
from matcalc.drawing import table
from matcalc.errors import ShapeError
from matcalc.indexing import fitted, index_values, is_index, spans_in
from matcalc.laws.algebra import DIAGONAL_AS_SCALING
from matcalc.laws.broadcast import centred
from matcalc.laws.generalised_inverses import NORMAL_EQUATIONS
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.laws.transposition import carries_differential
from matcalc.lines import DOWN
from matcalc.loops import Loops
from matcalc.lower.laws import LOWERING
from matcalc.lower.selection import is_formed
from matcalc.match import build
from matcalc.measure import cost
from matcalc.node import children, substitute, walk
from matcalc.operators.constants import Constant, Identity, Zero, centering
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import ScalarDifferential, d
from matcalc.operators.selection import Entry
from matcalc.operators.softmax import Softmax
from matcalc.pointwise import Undefined
from matcalc.sampling import Sampler
from matcalc.symbols import free_symbols, variables

DISTINCT = (3, 5, 4, 6, 7, 8)
SIZES = (DISTINCT, (1, 3, 4, 5, 6, 7), (4, 1, 3, 1, 5, 6), (1,))
SIZES_OF_DIFFERENTIALS = (DISTINCT, (3, 1, 4, 1))
SIZES_OF_LOWERING = ((2, 3, 4, 5, 3, 2), (3, 1, 2, 4, 2, 3), (1, 2, 3, 1, 2, 2), (1,))
SEEDS_OF_COST = range(5)
ENGINE = {
    "differentials": DIFFERENTIALS.laws,
    "transposition": TRANSPOSITION.laws,
    "vectorisation": VECTORISATION.laws,
    "simplest form": SIMPLEST.laws,
    "diagonals as scalings": DIAGONAL_AS_SCALING,
    "pseudo-inverses": NORMAL_EQUATIONS,
}
TABLES = {**ENGINE, "lowering": LOWERING.laws}


class NothingThere(Exception):
    """At these sizes there is nothing of these shapes."""


class Smooth:
    """A polynomial with its derivatives, in place of an abstract function."""

    def __call__(self, order, x):
        return (x**3 / 3 + x, x**2 + 1, 2 * x)[order]


def guarded(law):
    """What to put for A so that what the guard, or an inverse in the law, asks for holds."""
    if law.name in {normal.name for normal in NORMAL_EQUATIONS}:
        (X,) = variables(law.lhs)
        return {X: matrix("X", X.rows + X.cols, X.cols)}
    if isinstance(law.where, partial) and law.where.func is centred:
        A = next(v for v in variables(law.lhs) if v.name == "A")
        (sums,) = law.where.args
        return {A: centering(A.rows) @ A if sums is DOWN else A @ centering(A.cols)}
    return {}


def forbidden(law):
    """Expressions of the form of the left side that the guard must refuse."""
    if guarded(law):
        return [law.lhs]
    own = {v.name: v for v in variables(law.lhs)}
    if law.where is carries_differential:
        return [law.lhs, *_with_differentials(law.lhs, own)]
    name = "A" if law.where is is_formed else "D" if "D" in own else "B"
    return [_with_kronecker(law.lhs, own[name])]


def _with_differentials(lhs, own):
    """The left side with a differential in every operand but G, where there are several."""
    linear = {v: d(v) for name, v in own.items() if name != "G"}
    return [substitute(lhs, linear)] if len(linear) > 1 else []


def _with_kronecker(lhs, v):
    """The left side with v made a ⊗-product, its sizes with it."""
    t, u = dims("t u")
    first, second = matrix("F", v.rows, v.cols), matrix("S", t, u)
    sizes = {v.rows: v.rows * t, v.cols: v.cols * u}
    swap = {x: matrix(x.name, *(s.xreplace(sizes) for s in x.shape)) for x in variables(lhs)}
    return build(lhs, {s: s for s in free_symbols(lhs)} | sizes | swap | {v: kron(first, second)})


def parts(x):
    return x if isinstance(x, tuple) else children(x)


def is_delta(x):
    return isinstance(x, Entry) and isinstance(x.operands[0], Identity)


def loops(sides, sizes, seed, extra=None, together=False):
    """An evaluator at drawn data; `NothingThere` where a size of 1 leaves no room."""
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
    except (Undefined, ShapeError) as error:
        assert 1 in sizes, str(error)
        raise NothingThere from error
    data = {v: _drawn(v, values, rng) for v in variables(*sides)}
    return Loops(size, {**data, **(extra or {})}, scalars, {"f": Smooth()})


def _drawn(v, values, rng):
    rows, cols = values.size(v.rows), values.size(v.cols)
    drawn = table(rows, cols, v.facts, partial(rng.gauss, 0, 1))
    return [[float(x) for x in row] for row in drawn]


def entries(value):
    return [x for line in value for x in line] if isinstance(value, list) else [value]


def assert_close(left, right, least=0.0):
    scale = max(1.0, *(abs(x) for x in left))
    assert len(left) == len(right)
    assert all(abs(a - b) <= 1e-10 * scale for a, b in zip(left, right, strict=True))
    assert max(abs(x) for x in left) > least


def assert_same_entries(law, sizes):
    """Both sides have the same entries, and not by all being zero."""
    swap = guarded(law)
    lhs, rhs = (substitute(side, swap) if swap else side for side in (law.lhs, law.rhs))
    if any(is_delta(x) for x in walk(rhs)):
        at = loops((lhs, rhs), sizes, law.name, together=True)
        assert_close(entries(at.value(lhs)), entries(at.value(rhs)), least=1e-6)
    at = loops((lhs, rhs), sizes, seed=law.name)
    zero = isinstance(rhs, Zero) or any(is_delta(x) for x in walk(rhs))
    full = 1 not in sizes and not zero
    assert_close(entries(at.value(lhs)), entries(at.value(rhs)), least=1e-6 if full else -1.0)


def assert_same_lowered(law, sizes):
    """Both sides of a lowering law have the same entries, to nearly all digits."""
    sampler = Sampler([law.lhs, law.rhs], seed=1)
    plan = {s: sizes[i % len(sizes)] for i, s in enumerate(sampler.sizes)}
    try:
        at = sampler.draw(sampler.fitted(plan, {})).base
    except (Undefined, ShapeError) as error:
        assert 1 in sizes, str(error)
        raise NothingThere from error
    left, right = (entries(at.value(side)) for side in (law.lhs, law.rhs))
    assert len(left) == len(right)
    pairs = zip(left, right, strict=True)
    assert all(abs(a - b) <= max(1e-12, 1e-12 * abs(b)) for a, b in pairs)


def assert_lowers_the_cost(law, seed):
    rng = random.Random(seed)
    weights = {v: rng.randint(2, 40) for v in variables(law.lhs)}
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
    drawn = (loops((law.lhs, law.rhs), sizes, seed) for seed in range(9))
    at = next(filter(partial(has_value, operand), drawn))
    direction = direction_of(operand, at, law.name)
    symbols = free_symbols(law.lhs, law.rhs)
    size = {s: at.number(s) for s in symbols if s.is_integer}
    free = [s for s in symbols if not s.is_integer]
    scalars, ds = ({s: x + k / 8 for k, s in enumerate(free)} for x in (0.7, 0.3))
    moved = {s: x + 1e-30j * ds[s] for s, x in scalars.items()}
    tables = {v: stepped(at.table(v), step) for v, step in direction.items()}
    numeric = entries(Loops(size, tables, moved, {"f": Smooth()}).value(operand))
    known = {x: Float(slope_of(x, ds)) for x in walk(law.rhs) if isinstance(x, ScalarDifferential)}
    values = {d(v): step for v, step in direction.items()} | {v: at.table(v) for v in direction}
    found = Loops(size, values, scalars, {"f": Smooth()}).value(substitute(law.rhs, known))
    least = -1.0 if 1 in sizes and isinstance(operand, Softmax) else 1e-6
    assert_close([x.imag / 1e-30 for x in numeric], entries(found), least)


def slope_of(x, ds):
    """The value of a scalar differential, from those of the symbols."""
    inside = x.operands[0]
    return ds[inside] if isinstance(inside, Symbol) else Integer(0)
