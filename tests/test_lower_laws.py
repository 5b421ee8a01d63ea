"""Every lowering law: the two sides by loops, and the row against the function."""

from typing import Any

import pytest

from matcalc.lower.cheaper import ALTERNATIVES
from matcalc.lower.formed import FORMED
from matcalc.lower.kernels import Kernel, MatMul
from matcalc.lower.laws import LOWERING, lower
from matcalc.lower.relus import STEPS
from matcalc.lower.selection import khatri_rao_sum
from matcalc.lower.solving import TOGETHER
from matcalc.node import Node, Operator, walk
from matcalc.operators.blocks import vstack
from matcalc.operators.constants import identity, ones
from matcalc.operators.leaves import let, matrix, row
from matcalc.rewrite import Law
from tests.judging import (
    SIZES_OF_LOWERING,
    NothingThere,
    assert_does_what_the_row_says,
    assert_refuses_what_is_forbidden,
    assert_same_at_rank_one,
    assert_same_lowered,
)

LAWS = (*LOWERING.laws, *ALTERNATIVES, *FORMED.laws, STEPS, TOGETHER)
NAMES = [law.name for law in LAWS]


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
@pytest.mark.parametrize("sizes", SIZES_OF_LOWERING, ids=str)
def test_both_sides_have_the_same_entries(law: Law, sizes: tuple[int, ...]) -> None:
    try:
        assert_same_lowered(law, sizes)
    except NothingThere:
        pytest.skip("at these sizes there is nothing of these shapes")


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
def test_the_right_side_has_a_value_where_the_left_has(law: Law) -> None:
    assert_same_at_rank_one(law)


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
def test_the_law_does_what_its_row_says(law: Law) -> None:
    assert_does_what_the_row_says(law, "lowering")


@pytest.mark.parametrize("law", [x for x in LOWERING.laws if x.where], ids=lambda x: x.name)
def test_the_guard_refuses_what_it_should(law: Law) -> None:
    assert_refuses_what_is_forbidden(law)


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


def test_a_constant_stacked_on_another_sums_no_blocks() -> None:
    x = MatMul(vstack(identity("n"), ones(1, "n")), matrix("B", "n", "m"))
    assert khatri_rao_sum(x) is x
