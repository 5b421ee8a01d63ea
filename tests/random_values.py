"""Random cases with data at which they have a value, and comparisons by values the loops give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr

import matcalc as mc
from matcalc import inner, matrix
from matcalc.errors import ShapeError
from matcalc.node import Node, walk
from matcalc.operators.leaves import Variable
from matcalc.pointwise import Undefined
from matcalc.sampling import Sample, Sampler

GREATEST = 1e4
"""A value on the way that is greater than this takes too many digits with it."""
LEAST_MARGIN = 1e-3
CELLS = 150
"""Entries of the greatest matrix that is still evaluated by loops."""
LINEAR = ("symmetric", "skew", "diagonal", "lower triangular", "upper triangular", "Toeplitz")
EXACT = 1e-8
"""Part of the greatest value on the way that results may be off."""


@dataclass(frozen=True)
class Case:
    """An expression, a parameter that it is differentiated by, and sizes.

    Attributes
    ----------
    f : Node or sympy.Expr
        The expression.
    x : Variable, Named or sympy.Symbol
        The parameter.
    sizes : mapping from str to int
        A number for every size.
    seed : int
        Seed of the data, and of what else a check draws.
    """

    f: Any
    x: Any
    sizes: dict[str, int]
    seed: int

    @property
    def loss(self) -> Expr:
        """A scalar that every entry moves."""
        return inner(self.cotangent, self.f) if isinstance(self.f, Node) else self.f

    @property
    def cotangent(self) -> Variable:
        """Free entries of the shape of the expression."""
        return matrix("Cotangent", *self.f.shape)

    @property
    def direction(self) -> Any:
        """A step of the parameter that keeps what is declared of it."""
        if not isinstance(self.x, Node):
            return mc.scalar("direction")
        facts = set(getattr(self.x, "facts", ()))
        if "orthogonal" in facts:
            return self.x @ matrix("Direction", *self.x.shape, "skew")
        if "probability" in facts:
            return mc.centering(self.x.rows) @ matrix("Direction", *self.x.shape)
        kept = [fact for fact in LINEAR if fact in facts]
        if "positive definite" in facts:
            kept = ["diagonal" if "diagonal" in facts else "symmetric"]
        return matrix("Direction", *self.x.shape, *kept)

    def sample(self, *roots: Any, single: bool = False) -> Sample:
        """Data at which all of these have a value that can be trusted."""
        sampler = Sampler([self.f, self.x, *roots], self.seed, single)
        sizes = sampler.fitted({s: self.sizes[s.name] for s in sampler.sizes}, {})
        if max(cells(x, sizes) for root in sampler.roots for x in walk(root)) > CELLS:
            raise Undefined("too large for loops")
        try:
            found = sampler.draw(sizes)
        except ShapeError as error:
            raise Undefined(str(error)) from error
        if found.base.margin < LEAST_MARGIN or largest(found, *roots) > GREATEST:
            raise Undefined("too close to a kink or a pole")
        return found


def cells(x: Any, sizes: Mapping[Any, int]) -> int:
    """Entries of a matrix, 1 of a scalar."""
    return int((x.rows * x.cols).xreplace(dict(sizes))) if isinstance(x, Node) else 1


def flat(value: Any) -> list[Any]:
    """Entries, row by row."""
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


def largest(at: Sample, *roots: Any) -> float:
    """The greatest absolute value of all parts."""
    parts = dict.fromkeys(x for root in roots for x in walk(root))
    return max((abs(float(e)) for x in parts for e in flat(at.base.value(x))), default=1.0)


def assert_close(found: Any, expected: Any, scale: float, tolerance: float) -> None:
    """Fail where entries differ, or are not as many."""
    a, b = flat(found), flat(expected)
    assert len(a) == len(b), f"{len(a)} entries, expected {len(b)}"
    error = max(abs(x - y) for x, y in zip(a, b, strict=True))
    own = max(1.0, *map(abs, b))
    assert error <= tolerance * max(own, scale), f"off by {error:.1e} of {own:.1e}: {a} not {b}"


def assert_same(at: Sample, found: Any, expected: Any, tolerance: float = EXACT) -> None:
    """Fail where two expressions have different values."""
    scale = largest(at, found, expected)
    assert_close(at.base.value(found), at.base.value(expected), scale, tolerance)
