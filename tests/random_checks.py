"""What must hold of every random expression, each check by values that the loops give.

A check takes a case and fails with an `AssertionError`. Where a case has no value, or only one
that rounding spoils, it raises `Undefined`, and shows nothing.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import sympy
from sympy import Integer

import matcalc as mc
from matcalc import gradient, hessian, inner, jacobian, jvp, matrix, prove_equal, vec, vjp
from matcalc.laws.simplest import SIMPLEST, WITH_PSEUDO_INVERSES, WITH_SCALINGS
from matcalc.measure import cost
from matcalc.node import Node, substitute, walk
from matcalc.numdiff import slopes
from matcalc.operators.algebra import Add
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import Variable
from matcalc.pointwise import Undefined
from matcalc.prove.steps import verify_steps
from matcalc.rewrite import Recorder, Table, simplify
from matcalc.show import latex, text
from matcalc.specialise import specialise
from matcalc.structured import structure_of
from matcalc.symbols import free_symbols, names_in, variables
from tests.random_code import (
    by_array_api,
    by_blocks,
    by_loops_for_numba,
    by_numpy,
    check_code,
    check_parts,
)
from tests.random_values import EXACT, Case, assert_close, assert_same, largest

PROOF_BUDGET = 3000
BY_DIFFERENCES = 1e-5
"""Part of the greatest value on the way that results may be off."""


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


def check_term_order(case: Case) -> None:
    """Sums and products of entries are the same object in whatever order they are written."""
    rng = random.Random(case.seed)
    for x in walk(gradient(case.loss, case.x).value, scalars_and_operands):
        if isinstance(x, Add | Hadamard | sympy.Add | sympy.Mul):
            parts = x.operands if isinstance(x, Node) else x.args
            again = type(x)(*rng.sample(parts, len(parts)))
            assert again is x if isinstance(x, Node) else again == x, f"{x} became {again}"


def scalars_and_operands(x: Any) -> tuple[Any, ...]:
    """What an expression is made of, coefficients and their terms included."""
    return x.operands if isinstance(x, Node) else getattr(x, "args", ())


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
    """The text gives the same expression, as Python and parsed; LaTeX is ASCII, braces in pairs."""
    slope = gradient(case.loss, case.x).value
    for x in (case.f, case.loss, slope):
        found = eval(text(x), vars(mc) | {"sympy": sympy} | names_in(x))
        same = found is x if isinstance(x, Node) else found == x
        assert same, f"{text(x)} gives {text(found)}"
        again = mc.parse(text(x), names_in(x))
        same = again is x if isinstance(x, Node) else again == x
        assert same, f"{text(x)} is parsed as {text(again)}"
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


FAST = partial(by_numpy, fast=True)

CHECKS: dict[str, tuple[Callable[[Case], None], int]] = {
    "gradient = differences": (check_gradient, 20),
    "forward = reverse": (check_forward_and_reverse, 14),
    "Jacobian = products": (check_jacobian, 10),
    "Hessian = differences": (check_hessian, 6),
    "simplification falls, is equal": (check_simplification, 14),
    "any order of laws": (check_law_order, 6),
    "any order of terms": (check_term_order, 2),
    "any names": (check_names, 6),
    "sizes before = after": (check_sizes, 6),
    "text is read back": (check_text, 6),
    "NumPy = loops": (check_code, 5),
    "NumPy = loops, float32": (partial(check_code, single=True), 3),
    "fast NumPy = loops": (partial(check_code, by=FAST), 5),
    "fast NumPy = loops, float32": (partial(check_code, by=FAST, single=True), 3),
    "fast NumPy in blocks = loops": (partial(check_code, by=by_blocks), 4),
    "Array API = loops": (partial(check_code, by=by_array_api), 4),
    "loops for numba = loops": (partial(check_code, by=by_loops_for_numba), 4),
    "parts = loops": (check_parts, 4),
    "not disproved": (check_proof, 3),
    "derivation not disproved": (check_whole, 1),
}
"""Checks by name, and how often each is drawn."""
