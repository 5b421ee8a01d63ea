"""The worked derivations, for the tests that go through all of them."""

from functools import cache
from types import ModuleType
from typing import Any

from derivations import (
    batch_norm_layer,
    batch_normed_net,
    deep_net,
    estimation,
    gaussian_models,
    hessians,
    kronecker_route,
    layer_norm,
    plain_net,
    regression,
    transformers,
)

MODULES = (
    batch_normed_net,
    plain_net,
    batch_norm_layer,
    layer_norm,
    kronecker_route,
    deep_net,
    regression,
    gaussian_models,
    estimation,
    transformers,
    hessians,
)


@cache
def cases(module: ModuleType) -> tuple[Any, ...]:
    """Label, derivation and expected gradients of each case of a module, derived once."""
    return tuple(module.cases())


CASES = [
    (f"{module.__name__}: {label}", derivation, expected)
    for module in MODULES
    for label, derivation, expected in cases(module)
]
