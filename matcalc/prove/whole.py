"""A derivation proved as a whole, apart from the laws it used: dR = Σ ⟨∂R/∂θ, dθ⟩.

The differential of the loss is worked out from its entries by the product and the chain rule; the
differentials of all variables are matrices of their own, so that the equation holds for every
direction exactly when the gradients are right.
"""

from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import add
from typing import Any

from matcalc.derivation import Derivation
from matcalc.errors import MatcalcError
from matcalc.gradient import gradient
from matcalc.jacobian import jacobian
from matcalc.laws.differentials import is_scalar_parameter
from matcalc.node import Node
from matcalc.operators.kronecker import vec
from matcalc.operators.leaves import Named
from matcalc.operators.scalars import d, inner
from matcalc.prove.expand import Expander
from matcalc.prove.proof import Verdict
from matcalc.prove.prover import checked_attempt, prove_equal
from matcalc.symbols import free_symbols, variables

OPENED = 4
"""The attempt that opens all names at once may form this fraction of the monomials."""


def prove_whole(derivation: Derivation, budget: int) -> Verdict | None:
    """Prove the results of a derivation against its loss; None where there is no such equation."""
    f, results = derivation.loss, derivation.gradients
    if derivation.kind not in ("gradient", "jacobian") or any(
        isinstance(p, Named) for p in results
    ):
        return None
    derive = gradient if derivation.kind == "gradient" else jacobian
    symbols = filter(is_scalar_parameter, free_symbols(f))
    others = [v for v in (*variables(f), *symbols) if v not in results]
    try:
        rest = derive(f, others).gradients if others else {}
        whole = _differential(f, {**results, **rest})
    except MatcalcError:
        return None
    left = vec(d(f)) if isinstance(f, Node) else d(f)
    return _proved(left, whole, budget)


@lru_cache(maxsize=64)
def _proved(left: Any, right: Any, budget: int) -> Verdict:
    """One equation is proved once, whichever of its gradients is asked about.

    A differential reaches into every name, so that the first attempt takes none as closed.
    """
    opened = checked_attempt(left, right, Expander(budget // OPENED, frozenset()), [])
    return opened or prove_equal(left, right, budget=budget)


def _differential(f: Any, results: Mapping[Any, Any]) -> Any:
    """Σ ⟨∂f/∂θ, dθ⟩ of a scalar, Σ ∂vec f/∂(vec θ)ᵀ vec dθ of a matrix."""
    if isinstance(f, Node):
        parts = [j @ vec(d(p)) if isinstance(p, Node) else d(p) * j for p, j in results.items()]
    else:
        parts = [inner(g, d(p)) if isinstance(p, Node) else g * d(p) for p, g in results.items()]
    return reduce(add, parts)
