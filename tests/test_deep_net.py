"""The net of any depth: expected gradients, and cost linear in the number of layers."""

from itertools import pairwise
from typing import Any

import pytest

from derivations import deep_net
from matcalc.derivation import Derivation
from matcalc.node import walk
from tests import worked

DEPTHS = (1, 2, 4, 8, 16, 32)


@pytest.fixture(scope="module")
def derived() -> dict[int, Derivation]:
    return {layers: deep_net.deep_net(layers).derivation() for layers in DEPTHS}


def increments(counts: dict[int, int]) -> set[float]:
    """What each further layer adds, between every two depths."""
    return {(counts[q] - counts[p]) / (q - p) for p, q in pairwise(counts)}


def distinct_nodes(derivation: Derivation) -> int:
    return len({x for g in derivation.gradients.values() for x in walk(g)})


@pytest.mark.parametrize(
    ("derivation", "expected"),
    [pytest.param(found, expected, id=label) for label, found, expected in worked.cases(deep_net)],
)
def test_gradients_are_those_of_the_backward_recursion(
    derivation: Derivation, expected: dict[Any, Any]
) -> None:
    assert derivation.gradients.keys() == expected.keys()
    for parameter, gradient in expected.items():
        assert derivation[parameter] is gradient


def test_every_layer_costs_the_same_number_of_steps(derived: dict[int, Derivation]) -> None:
    assert len(increments({depth: len(found.steps) for depth, found in derived.items()})) == 1


def test_every_layer_adds_the_same_number_of_nodes(derived: dict[int, Derivation]) -> None:
    assert len(increments({depth: distinct_nodes(found) for depth, found in derived.items()})) == 1


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_steps_alone_lead_to_the_gradients(derived: dict[int, Derivation], depth: int) -> None:
    assert derived[depth].replay() == len(derived[depth].steps)
