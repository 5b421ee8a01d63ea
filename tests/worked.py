"""The worked derivations, for the tests that go through all of them."""

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
CASES = [
    (f"{module.__name__}: {label}", derivation, expected)
    for module in MODULES
    for label, derivation, expected in module.cases()
]
