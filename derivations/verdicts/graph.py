"""The layer as the computational graph of S6: a forward pass of named nodes, walked backwards."""

from typing import Any

from derivations.batch_norm_layer import D, N, X, beta, epsilon, gamma, p
from matcalc import inner, let, ones, sqrt

down, across = ones(N), ones(1, N)


def forward() -> dict[str, Any]:
    """The nodes from X to the output, one operation each."""
    nodes: dict[str, Any] = {}

    def node(name: str, formula: Any) -> Any:
        nodes[name] = let(name, formula)
        return nodes[name]

    mean = node("mean", across @ X / N)
    deviation = node("deviation", X - down @ mean)
    square = node("square", deviation**2)
    spread = node("spread", across @ square / N)
    root = node("root", sqrt(spread + epsilon * ones(1, p)))
    inverse = node("inverse", root**-1)
    normal = node("normal", deviation * (down @ inverse))
    scaled = node("scaled", normal * (down @ gamma))
    node("output", scaled + down @ beta)
    return nodes


def backward_walk() -> tuple[Any, dict[Any, Any]]:
    """⟨D, output⟩, and what the walk hands to each node, to X, γ and β.

    Every line is one node's own derivative times what reached it, as S6 has it.
    """
    at = forward()
    deviation, root, normal = at["deviation"], at["root"], at["normal"]
    by_scaled = D
    by_normal = by_scaled * (down @ gamma)
    by_inverse = across @ (by_normal * deviation)
    by_root = -by_inverse * root**-2
    by_spread = by_root * root**-1 / 2
    by_square = down @ by_spread / N
    by_deviation = by_normal * (down @ at["inverse"]) + 2 * deviation * by_square
    by_mean = -across @ by_deviation
    walked = {
        X: by_deviation + down @ by_mean / N,
        gamma: across @ (by_scaled * normal),
        beta: across @ D,
        at["output"]: D,
        at["scaled"]: by_scaled,
        normal: by_normal,
        at["inverse"]: by_inverse,
        root: by_root,
        at["spread"]: by_spread,
        at["square"]: by_square,
        deviation: by_deviation,
        at["mean"]: by_mean,
    }
    return inner(D, at["output"]), walked
