"""Every lowering law: the two sides by loops, and the row against the function."""

from typing import Any

import pytest

from matcalc.errors import ShapeError
from matcalc.loops import Loops
from matcalc.lower.formed import FORMED
from matcalc.lower.kernels import Kernel
from matcalc.lower.laws import LOWERING, lower
from matcalc.node import Node, Operator, walk
from matcalc.operators.constants import ones
from matcalc.operators.leaves import let, matrix, row
from matcalc.pointwise import Undefined
from matcalc.rewrite import Law
from matcalc.sampling import Sampler

SIZES = ((2, 3, 4, 5, 3, 2), (3, 1, 2, 4, 2, 3), (1, 2, 3, 1, 2, 2), (1,))
LAWS = (*LOWERING.laws, *FORMED.laws)
NAMES = [law.name for law in LAWS]


def entries(value: Any) -> list[float]:
    return [x for line in value for x in line] if isinstance(value, list) else [value]


def values(law: Law, sizes: tuple[int, ...]) -> list[list[float]]:
    sampler = Sampler([law.lhs, law.rhs], seed=1)
    plan = {s: sizes[i % len(sizes)] for i, s in enumerate(sampler.sizes)}
    try:
        at: Loops = sampler.draw(sampler.fitted(plan, {})).base
    except (Undefined, ShapeError):
        assert 1 in sizes
        pytest.skip("at these sizes there is nothing of these shapes")
    return [entries(at.value(side)) for side in (law.lhs, law.rhs)]


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_both_sides_have_the_same_entries(law: Law, sizes: tuple[int, ...]) -> None:
    left, right = values(law, sizes)
    assert left == pytest.approx(right, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
def test_the_law_does_what_its_row_says(law: Law) -> None:
    assert law.apply(law.lhs) == law.rhs


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
def test_lowering_ends_at_a_form_that_stays(law: Law) -> None:
    lowered = lower(law.lhs, {})
    assert lower(lowered, {}) == lowered


@pytest.mark.parametrize(
    "kernel", [k for k in Operator.OPERATORS if issubclass(k, Kernel)], ids=lambda k: k.__name__
)
def test_every_kernel_occurs_in_a_law(kernel: type[Node]) -> None:
    assert any(isinstance(x, kernel) for law in LAWS for x in walk(law.rhs))


def test_a_name_for_repeated_rows_names_the_row() -> None:
    lowered = lower(let("G", ones("N") @ row("r", "p")), {})
    assert str(lowered) == "repeat_rows(G, N)"
    assert lower(let("E", ones("N", "p")), {}) == ones("N", "p")


def test_operands_used_twice_are_lowered_once() -> None:
    x: Any = matrix("X", "n", "n")
    for _ in range(60):
        x = x @ x.T + x
    assert len(list(walk(lower(x, {})))) < 300
