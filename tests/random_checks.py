"""What must hold of every random expression, each check by values that the loops give.

A check takes a case and fails with an `AssertionError`. Where a case has no value, or only one
that rounding spoils, it raises `Undefined`, and shows nothing.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Integer

import matcalc as mc
from matcalc import gradient, hessian, inner, jacobian, jvp, matrix, prove_equal, vec, vjp
from matcalc.derivation import Derivation
from matcalc.errors import ShapeError
from matcalc.laws.simplest import SIMPLEST, WITH_PSEUDO_INVERSES, WITH_SCALINGS
from matcalc.lower import compile_numpy
from matcalc.measure import cost
from matcalc.node import Node, substitute, walk
from matcalc.numdiff import slopes
from matcalc.operators.leaves import Variable
from matcalc.pointwise import Undefined
from matcalc.prove.steps import verify_steps
from matcalc.rewrite import Recorder, Table, simplify
from matcalc.sampling import MAX_ORDER, Sample, Sampler
from matcalc.show import latex, text
from matcalc.specialise import specialise
from matcalc.structured import structure_of
from matcalc.symbols import free_symbols, names_in, variables

GREATEST = 1e4
"""A value on the way that is greater than this takes too many digits with it."""
LEAST_MARGIN = 1e-3
CELLS = 150
"""Entries of the greatest matrix that is still evaluated by loops."""
LINEAR = ("symmetric", "skew", "diagonal", "lower triangular", "upper triangular", "Toeplitz")
PROOF_BUDGET = 3000
EXACT, BY_DIFFERENCES, DOUBLE, SINGLE = 1e-8, 1e-5, 1e-10, 1e-4
"""Parts of the greatest value on the way that results may be off."""


@dataclass(frozen=True)
class Case:
    """An expression, a parameter that it is differentiated by, and sizes.

    Attributes
    ----------
    f : Node or sympy.Expr
        The expression.
    x : Variable, Named or sympy.Symbol
        The parameter.
    sizes : mapping from str to int
        A number for every size.
    seed : int
        Seed of the data, and of what else a check draws.
    """

    f: Any
    x: Any
    sizes: dict[str, int]
    seed: int

    @property
    def loss(self) -> Expr:
        """A scalar that every entry moves."""
        return inner(self.cotangent, self.f) if isinstance(self.f, Node) else self.f

    @property
    def cotangent(self) -> Variable:
        """Free entries of the shape of the expression."""
        return matrix("Cotangent", *self.f.shape)

    @property
    def direction(self) -> Any:
        """A step of the parameter that keeps what is declared of it."""
        if not isinstance(self.x, Node):
            return mc.scalar("direction")
        facts = set(getattr(self.x, "facts", ()))
        if "orthogonal" in facts:
            return self.x @ matrix("Direction", *self.x.shape, "skew")
        if "probability" in facts:
            return mc.centering(self.x.rows) @ matrix("Direction", *self.x.shape)
        kept = [fact for fact in LINEAR if fact in facts]
        if "positive definite" in facts:
            kept = ["diagonal" if "diagonal" in facts else "symmetric"]
        return matrix("Direction", *self.x.shape, *kept)

    def sample(self, *roots: Any, single: bool = False) -> Sample:
        """Data at which all of these have a value that can be trusted."""
        sampler = Sampler([self.f, self.x, *roots], self.seed, single)
        sizes = sampler.fitted({s: self.sizes[s.name] for s in sampler.sizes}, {})
        if max(cells(x, sizes) for root in sampler.roots for x in walk(root)) > CELLS:
            raise Undefined("too large for loops")
        try:
            found = sampler.draw(sizes)
        except ShapeError as error:
            raise Undefined(str(error)) from error
        if found.base.margin < LEAST_MARGIN or largest(found, *roots) > GREATEST:
            raise Undefined("too close to a kink or a pole")
        return found


def cells(x: Any, sizes: Mapping[Any, int]) -> int:
    """Entries of a matrix, 1 of a scalar."""
    return int((x.rows * x.cols).xreplace(dict(sizes))) if isinstance(x, Node) else 1


def flat(value: Any) -> list[Any]:
    """Entries, row by row."""
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


def largest(at: Sample, *roots: Any) -> float:
    """The greatest absolute value of all parts."""
    parts = dict.fromkeys(x for root in roots for x in walk(root))
    return max((abs(float(e)) for x in parts for e in flat(at.base.value(x))), default=1.0)


def assert_close(found: Any, expected: Any, scale: float, tolerance: float) -> None:
    """Fail where entries differ, or are not as many."""
    a, b = flat(found), flat(expected)
    assert len(a) == len(b), f"{len(a)} entries, expected {len(b)}"
    error = max(abs(x - y) for x, y in zip(a, b, strict=True))
    own = max(1.0, *map(abs, b))
    assert error <= tolerance * max(own, scale), f"off by {error:.1e} of {own:.1e}: {a} not {b}"


def assert_same(at: Sample, found: Any, expected: Any, tolerance: float = EXACT) -> None:
    """Fail where two expressions have different values."""
    scale = largest(at, found, expected)
    assert_close(at.base.value(found), at.base.value(expected), scale, tolerance)


def check_gradient(case: Case) -> None:
    """The gradient is the derivative of the loss, and its steps lead to it."""
    found = gradient(case.loss, case.x)
    at = case.sample(found.loss, found.value)
    expected, method = slopes(found.loss, at, case.x)
    tolerance = EXACT if method == "complex step" else BY_DIFFERENCES
    assert_close(at.base.value(found.value), expected, largest(at, found.value), tolerance)
    assert found.replay() == len(found.steps)


def check_forward_and_reverse(case: Case) -> None:
    """⟨G, dF⟩ along a direction, forward and in reverse."""
    if not isinstance(case.f, Node):
        forward, back = jvp(case.f, {case.x: case.direction}), gradient(case.f, case.x)
        pair = forward.value
    else:
        forward = jvp(case.f, {case.x: case.direction})
        back = vjp(case.f, case.x, case.cotangent)
        pair = inner(case.cotangent, forward.value)
    g = back.value
    other = inner(g, case.direction) if isinstance(case.x, Node) else g * case.direction
    assert_same(case.sample(case.loss, pair, other), pair, other)


def check_jacobian(case: Case) -> None:
    """The Jacobian applied to a direction, and in reverse to a cotangent."""
    f, u = case.f, case.direction
    found = jacobian(f, case.x).value
    along = jvp(f, {case.x: u}).value
    u = vec(u) if isinstance(u, Node) else u
    moved = found @ u if isinstance(u, Node) and isinstance(found, Node) else u * found
    along = vec(along) if isinstance(along, Node) else along
    moved = mc.trace(moved) if isinstance(moved, Node) and not isinstance(along, Node) else moved
    assert_same(case.sample(case.loss, moved, along), moved, along)
    if isinstance(f, Node) and not structure_of(case.x) and isinstance(case.x, Node):
        row, rows = vec(case.cotangent).T @ found, vec(vjp(f, case.x, case.cotangent).value).T
        assert_same(case.sample(case.loss, row, rows), row, rows)


def check_hessian(case: Case) -> None:
    """The Hessian is the Jacobian of the gradient by differences; symmetric where it is square."""
    slope = gradient(case.loss, case.x).value
    found = hessian(case.loss, case.x).value
    at = case.sample(case.loss, slope, found)
    table, scale = at.base.value(found), largest(at, slope, found)
    if isinstance(case.x, Node) and not getattr(case.x, "facts", ()):
        assert_close([list(c) for c in zip(*table, strict=True)], table, scale, EXACT)
    along, rows = slope, found
    if isinstance(slope, Node):
        weight = matrix("Weight", *slope.shape)
        along, rows = inner(weight, slope), vec(weight).T @ found
    at = case.sample(case.loss, along, rows)
    expected, method = slopes(along, at, case.x)
    tolerance = EXACT if method == "complex step" else BY_DIFFERENCES
    columns = [[x for column in zip(*expected, strict=True) for x in column]]
    assert_close(at.base.value(rows), columns, largest(at, along, rows), tolerance)


TABLES = (SIMPLEST, WITH_SCALINGS, WITH_PSEUDO_INVERSES)


def simplest(x: Any, table: Table, recorder: Recorder | None = None) -> Any:
    """The simplest form by a table."""
    return simplify(x, table, recorder or Recorder(), "", {})


def derived_without_laws(case: Case) -> Any:
    """A gradient as the chain rule leaves it."""
    return gradient(case.loss, case.x, table=Table("none", ())).value


def check_simplification(case: Case) -> None:
    """Every step of it lowers the cost; what comes out is equal, and stays as it is."""
    x, recorder = derived_without_laws(case), Recorder()
    found = simplest(x, SIMPLEST, recorder)
    for step in recorder.steps:
        assert cost(step.after) < cost(step.before), f"{step.law}: {step.before} to {step.after}"
    assert simplest(found, SIMPLEST) == found, f"{found} is not settled"
    assert_same(case.sample(x, found), found, x)


def check_proof(case: Case) -> None:
    """The prover never disproves that an expression is its simplest form."""
    x = derived_without_laws(case)
    table = random.Random(case.seed).choice(TABLES)
    found = simplest(x, table)
    verdict = prove_equal(found, x, budget=PROOF_BUDGET)
    assert verdict.verdict != "disproved", str(verdict)


def check_whole(case: Case) -> None:
    """The prover does not refute a derivation."""
    found = verify_steps(gradient(case.loss, case.x), PROOF_BUDGET)
    assert found.whole is None or found.whole.verdict != "disproved", str(found)


def check_law_order(case: Case) -> None:
    """Whatever order the laws are tried in, simplification ends at the same value."""
    rng, x = random.Random(case.seed), derived_without_laws(case)
    shuffled = Table("laws in another order", rng.sample(SIMPLEST.laws, len(SIMPLEST.laws)))
    found = simplest(x, shuffled)
    assert_same(case.sample(x, found), found, x)


def check_names(case: Case) -> None:
    """Under other names the gradient is the same, renamed."""
    found = variables(case.loss)
    if case.x not in found:
        raise Undefined("the parameter is no variable that occurs")
    order = sorted((v.name for v in found), reverse=True)
    new = {name: f"q{place:03}" for place, name in enumerate(order)}
    kind = type(case.x.operands[0])
    other = {v: Variable(kind(new[v.name]), *v.operands[1:]) for v in found}
    back = {renamed: v for v, renamed in other.items()}
    again = gradient(substitute(case.loss, other), other[case.x]).value
    once = gradient(case.loss, case.x).value
    a, b = simplest(substitute(again, back), SIMPLEST), simplest(once, SIMPLEST)
    if a != b:
        assert_same(case.sample(case.loss, a, b), a, b)


def check_text(case: Case) -> None:
    """The text is Python that gives the same expression; LaTeX is ASCII with paired braces."""
    slope = gradient(case.loss, case.x).value
    for x in (case.f, case.loss, slope):
        found = eval(text(x), vars(mc) | {"sympy": sympy} | names_in(x))
        same = found is x if isinstance(x, Node) else found == x
        assert same, f"{text(x)} gives {text(found)}"
        shown = latex(x)
        assert shown.isascii() and shown.count("{") == shown.count("}"), shown


def check_sizes(case: Case) -> None:
    """Numbers put for the sizes before or after: the same gradient."""
    found = gradient(case.loss, case.x).value
    rng = random.Random(case.seed)
    at = case.sample(case.loss, found)
    sizes = [s for s in free_symbols(case.loss) if s in at.sizes]
    fixed = {s: Integer(at.sizes[s]) for s in sizes if rng.random() < 0.7}
    loss, x = specialise(case.loss, fixed), specialise(case.x, fixed)
    after, before = specialise(found, fixed), gradient(loss, x).value
    assert_same(Case(loss, x, case.sizes, case.seed).sample(loss, after, before), after, before)


def check_code(case: Case, fast: bool = False, single: bool = False) -> None:
    """Generated NumPy gives what the loops give, and keeps the float type."""
    slope = gradient(case.loss, case.x)
    parts = {"slope": slope.value, "function": case.f}
    results = {name: x for name, x in parts.items() if isinstance(x, Node)}
    named = {matrix(name, *x.shape): x for name, x in results.items()}
    derivation = Derivation(slope.loss, named)
    at = case.sample(slope.loss, *named.values(), *named, single=single)
    dtype = "float32" if single else "float64"
    found = run(derivation, at, fast, dtype)
    for name, x in {"loss": slope.loss, **results}.items():
        scale = largest(at, x) * float(max(1, at.base.condition))
        table, tolerance = found[name], SINGLE if single else DOUBLE
        assert_close(np.asarray(table).ravel().tolist(), at.base.value(x), scale, tolerance)
        if isinstance(x, Node):
            assert table.dtype == dtype, f"{name} is {table.dtype}"


def run(derivation: Derivation, at: Sample, fast: bool, dtype: str) -> Any:
    """Results of the generated code at a sample; it leaves its inputs alone."""
    code = compile_numpy(derivation, fast)
    given: dict[str, Any] = {s.name: v for s, v in {**at.sizes, **at.scalars}.items()}
    for name, function in at.functions.items():
        given |= {name + "_prime" * o: partial(function, o) for o in range(MAX_ORDER + 1)}
    parameters = {v: at.base.value(v) for v in derivation.gradients}
    tables = {**parameters, **at.data}
    given |= {v.name: np.array(table, dtype=dtype) for v, table in tables.items()}
    arguments = {name: given[name] for name in code.arguments}
    kept = {k: x.copy() for k, x in arguments.items() if isinstance(x, np.ndarray)}
    with np.errstate(all="ignore"):
        found = code(**arguments, **({"work": {}} if fast else {}))
    assert all(np.array_equal(arguments[k], x) for k, x in kept.items()), "an input was changed"
    return found


CHECKS: dict[str, tuple[Callable[[Case], None], int]] = {
    "gradient = differences": (check_gradient, 20),
    "forward = reverse": (check_forward_and_reverse, 14),
    "Jacobian = products": (check_jacobian, 10),
    "Hessian = differences": (check_hessian, 6),
    "simplification falls, is equal": (check_simplification, 14),
    "any order of laws": (check_law_order, 6),
    "any names": (check_names, 6),
    "sizes before = after": (check_sizes, 6),
    "text is read back": (check_text, 6),
    "NumPy = loops": (check_code, 5),
    "NumPy = loops, float32": (partial(check_code, single=True), 3),
    "fast NumPy = loops": (partial(check_code, fast=True), 5),
    "fast NumPy = loops, float32": (partial(check_code, fast=True, single=True), 3),
    "not disproved": (check_proof, 3),
    "derivation not disproved": (check_whole, 1),
}
"""Checks by name, and how often each is drawn."""
