"""What a formula is compared with: a gradient, or the other side of an identity."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from matcalc.claims.conditions import Condition, held_fixed, special_cases, with_free_names
from matcalc.claims.wording import Title, derivative_title
from matcalc.errors import MatcalcError
from matcalc.gradient import gradient
from matcalc.jacobian import jacobian
from matcalc.laws.differentials import is_scalar_parameter
from matcalc.node import Node, substitute
from matcalc.operators.shapes import is_one
from matcalc.symbols import free_symbols, variables


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

    def others(self) -> Iterator[tuple[Title, Any]]:
        """What else may have been meant by the true side, and what it is called."""


@dataclass(frozen=True)
class DerivativeStatement:
    """The gradient of a scalar, or the Jacobian of a matrix, by a parameter."""

    loss: Any
    parameter: Any

    @property
    def name(self) -> Title:
        """∂R/∂θ, or ∂vec F/∂(vec X)ᵀ."""
        return derivative_title(self.loss, self.parameter)

    def _derived(self, f: Any, parameter: Any) -> Any:
        derive = jacobian if is_matrix(f) else gradient
        return derive(f, parameter)[parameter]

    @cached_property
    def truth(self) -> Any:
        """The derivative."""
        return self._derived(self.loss, self.parameter)

    @property
    def given(self) -> tuple[Any, ...]:
        """What is differentiated."""
        return (self.loss,)

    @property
    def roots(self) -> tuple[Any, ...]:
        """What is differentiated, and its derivative."""
        return self.loss, self.truth

    def under(self, condition: Condition, formula: Any) -> tuple[Any, Any]:
        """The derivative of the special case, names held fixed, and that case of the formula."""
        loss, parameter, special = map(condition.put_into, (self.loss, self.parameter, formula))
        fixed = tuple(map(condition.put_into, condition.fixed))
        opened, back = with_free_names(loss, fixed)
        truth = self._derived(opened, parameter)
        return (substitute(truth, back) if back else truth), special

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
                    yield derivative_title(self.loss, p), self._derived(self.loss, p)
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

    def under(self, condition: Condition, formula: Any) -> tuple[Any, Any]:
        """Both sides of the special case."""
        return condition.put_into(self.truth), condition.put_into(formula)

    def cases(self, formula: Any) -> Iterator[Condition]:
        """Special cases."""
        return special_cases((self.truth, formula))

    def others(self) -> Iterator[tuple[Title, Any]]:
        """Nothing else."""
        return iter(())


def is_matrix(f: Any) -> bool:
    """Whether what is differentiated is no scalar."""
    return isinstance(f, Node) and not (is_one(f.rows) and is_one(f.cols))
