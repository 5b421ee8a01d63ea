"""What a formula is compared with: a gradient, or the other side of an identity."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from matcalc.claims.conditions import Condition, held_fixed, special_cases, with_free_names
from matcalc.derivation import Derivation
from matcalc.errors import MatcalcError
from matcalc.gradient import gradient
from matcalc.jacobian import jacobian
from matcalc.laws.differentials import is_scalar_parameter
from matcalc.node import Node, substitute
from matcalc.operators.leaves import Named
from matcalc.operators.shapes import is_one
from matcalc.prove.proof import Verdict
from matcalc.prove.whole import prove_whole
from matcalc.symbols import free_symbols, variables
from matcalc.wording import Title, derivative_title

WHOLE = 20_000
"""Monomials that the proof of a true side from its entries may form."""


class Statement(Protocol):
    """A true side, and what it becomes under a condition."""

    @property
    def name(self) -> Title:
        """What the true side is called."""

    @property
    def truth(self) -> Any:
        """The true side."""

    @property
    def given(self) -> tuple[Any, ...]:
        """What the statement is about, as it was given."""

    @property
    def roots(self) -> tuple[Any, ...]:
        """The same, and the true side."""

    def under(self, condition: Condition, formula: Any) -> tuple[Any, Any]:
        """The true side and a formula under a condition."""

    def cases(self, formula: Any) -> Iterator[Condition]:
        """Conditions to be tried one by one."""

    @property
    def grounds(self) -> Verdict | None:
        """The true side proved apart from the laws that led to it, where there is such a proof."""

    def others(self) -> Iterator[tuple[Title, Any]]:
        """What else may have been meant by the true side, and what it is called."""


@dataclass(frozen=True)
class DerivativeStatement:
    """The gradient of a scalar, or the Jacobian of a matrix, by a parameter."""

    loss: Any
    parameter: Any
    known: dict[tuple[Named, ...], Any] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> Title:
        """∂R/∂θ, or ∂vec F/∂(vec X)ᵀ."""
        return derivative_title(self.loss, self.parameter)

    @cached_property
    def derivation(self) -> Derivation:
        """How the derivative comes about."""
        return _derivation(self.loss, self.parameter)

    @property
    def truth(self) -> Any:
        """The derivative."""
        return self.derivation[self.parameter]

    @cached_property
    def grounds(self) -> Verdict | None:
        """dR = Σ ⟨∂R/∂θ, dθ⟩ with dR from the entries of the loss alone."""
        return prove_whole(self.derivation, WHOLE)

    @property
    def given(self) -> tuple[Any, ...]:
        """What is differentiated."""
        return (self.loss,)

    @property
    def roots(self) -> tuple[Any, ...]:
        """What is differentiated, and its derivative."""
        return self.loss, self.truth

    def under(self, condition: Condition, formula: Any) -> tuple[Any, Any]:
        """The derivative of the special case, names held fixed, and that case of the formula.

        A special case of what is no parameter may be taken after differentiating.
        """
        if self.parameter in condition.values:
            loss, parameter = map(condition.put_into, (self.loss, self.parameter))
            return _derivation(loss, parameter)[parameter], condition.put_into(formula)
        truth = self._with_fixed(condition.fixed)
        return condition.put_into(truth), condition.put_into(formula)

    def _with_fixed(self, fixed: tuple[Named, ...]) -> Any:
        """The derivative with some names held fixed."""
        if fixed not in self.known:
            opened, back = with_free_names(self.loss, fixed)
            self.known[fixed] = substitute(
                _derivation(opened, self.parameter)[self.parameter], back
            )
        return self.known[fixed]

    def cases(self, formula: Any) -> Iterator[Condition]:
        """Names held fixed, then special cases of what is no parameter."""
        yield from held_fixed(self.loss, self.parameter)
        yield from special_cases((self.loss, formula), kept=(self.parameter,))

    def others(self) -> Iterator[tuple[Title, Any]]:
        """Derivatives by the other parameters."""
        symbols = filter(is_scalar_parameter, free_symbols(self.loss))
        for p in (*variables(self.loss), *symbols):
            if p is not self.parameter and p != self.parameter:
                try:
                    yield derivative_title(self.loss, p), _derivation(self.loss, p)[p]
                except MatcalcError:
                    continue


@dataclass(frozen=True)
class IdentityStatement:
    """The left side of an identity."""

    truth: Any
    name: Title

    @property
    def given(self) -> tuple[Any, ...]:
        """The left side."""
        return (self.truth,)

    roots = given
    grounds = None

    def under(self, condition: Condition, formula: Any) -> tuple[Any, Any]:
        """Both sides of the special case."""
        return condition.put_into(self.truth), condition.put_into(formula)

    def cases(self, formula: Any) -> Iterator[Condition]:
        """Special cases."""
        return special_cases((self.truth, formula))

    def others(self) -> Iterator[tuple[Title, Any]]:
        """Nothing else."""
        return iter(())


def _derivation(f: Any, parameter: Any) -> Derivation:
    """The gradient of a scalar, the Jacobian of a matrix."""
    scalar = not isinstance(f, Node) or (is_one(f.rows) and is_one(f.cols))
    return gradient(f, parameter) if scalar else jacobian(f, parameter)
