"""What a derivation is: a statement, its results, and every step between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr

from matcalc.node import Node


@dataclass(frozen=True)
class Derivation:
    """The gradient of a loss by one or several parameters, with its steps.

    Attributes
    ----------
    loss : sympy.Expr
        The scalar that was differentiated.
    gradients : mapping
        From each parameter to its gradient, a node of the parameter's shape
        (for a scalar parameter a scalar).
    """

    loss: Expr
    gradients: Mapping[Any, Any]

    def with_gradient(self, parameter: Any, formula: Node) -> "Derivation":
        """The same statement with one gradient replaced, to put a formula to the test."""
        return replace(self, gradients={**self.gradients, parameter: formula})
