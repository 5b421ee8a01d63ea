"""Sums of products of entries in numbers, as they are written: an oracle for the checker.

It reads the checker's data alone: terms, and what its heads say they are.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from sympy import Expr

from matcalc.operators.scalars import d
from matcalc.prove.checker.terms import VALUE

Placed = dict[int, tuple[int, int]]
"""Value and size of every index."""


class NoValue(ValueError):
    """A head that is known by its operands alone."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


FUNCTIONS: dict[Any, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("exp", "log", "sin", "cos", "tan", "tanh", "erf")},
    **{name: getattr(math, name) for name in ("sinh", "cosh", "atan", "asinh", "asin", "hypot")},
    "sigmoid": _sigmoid,
    "relu": lambda x: max(x, 0.0),
    "abs": abs,
    "Abs": abs,
    "sign": lambda x: float(np.sign(x)),
    "step": lambda x: float(x > 0),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "maximum": max,
    "minimum": min,
    "logaddexp": lambda x, y: float(np.logaddexp(x, y)),
}
OPAQUE: dict[str, Callable[[Any], Any]] = {
    "PseudoInverse": np.linalg.pinv,
    "Adjugate": lambda a: np.linalg.det(a) * np.linalg.inv(a),
}


class Values:
    """Numbers for what an instance of the checker's axioms has heads of."""

    def __init__(self, axioms: Any, sizes: Any, data: Any, numbers: Any = ()) -> None:
        self.axioms, self.sizes, self.data = axioms, dict(sizes), dict(data)
        self.numbers = {**self.sizes, **dict(numbers)}
        self.done: dict[int, Any] = {}

    def size(self, size: Any) -> int:
        return int(size.subs(self.sizes) if isinstance(size, Expr) else size)

    def table(self, p: Any, sizes: Any) -> Any:
        """An array of the values, an axis for every free index."""
        shape = [self.size(s) for s in sizes]
        found = np.zeros(shape)
        for place in product(*map(range, shape)):
            at = dict(enumerate(zip(place, shape, strict=True)))
            found[place] = self.of(p, at)
        return found

    def matrix(self, a: Any) -> Any:
        """A matrix of digits as an array; the first digits are the fastest."""
        found = self.table(a.poly, (*a.rows, *a.cols))
        rows, cols = (math.prod(map(self.size, digits)) for digits in (a.rows, a.cols))
        order = [*reversed(range(len(a.rows))), *reversed(range(len(a.rows), found.ndim))]
        return np.reshape(found.transpose(order), (rows, cols))

    def of(self, p: Any, at: Placed | None = None) -> float:
        return sum(self._term(term, at or {}) for term in p)

    def _term(self, term: Any, at: Placed) -> float:
        c, sizes, factors = term
        shape = [self.size(s) for s in sizes.values()]
        total = 0.0
        for place in product(*map(range, shape)):
            own = dict(zip(sizes, zip(place, shape, strict=True), strict=True))
            total += math.prod(self._factor(f, {**at, **own}) for f in factors)
        return float(c) * total

    def _factor(self, factor: Any, at: Placed) -> float:
        number, words, e = factor
        head = self.axioms.heads[number]
        places = [self._index(word, at) for word in words]
        value = getattr(self, f"_{head.kind}")(head, places)
        return value ** (float(e.subs(self.numbers)) if isinstance(e, Expr) else e)

    def _index(self, word: tuple[int, ...], at: Placed) -> int:
        total, stride = 0, 1
        for i in word:
            value, size = at[i] if i < VALUE else map(self.size, self.axioms.values[i - VALUE])
            total, stride = total + value * stride, stride * size
        return total

    # Heads.

    def _delta(self, head: Any, places: list[int]) -> float:
        return float(places[0] == places[1])

    def _entry(self, head: Any, places: list[int]) -> float:
        array = np.asarray(self.data[head.name])
        if "diagonal" in head.name.facts:
            return float(array[places[0], places[0]])
        return float(np.reshape(array, [self.size(s) for s in head.sizes])[tuple(places)])

    def _dentry(self, head: Any, places: list[int]) -> float:
        return float(np.reshape(self.data[d(head.name)], [*map(self.size, head.sizes)])[*places])

    def _dsymbol(self, head: Any, places: list[int]) -> float:
        return float(self.numbers[d(head.name)])

    def _symbol(self, head: Any, places: list[int]) -> float:
        if head.name not in self.numbers:
            return float(head.name)
        return float(self.numbers[head.name])

    def _segment(self, head: Any, places: list[int]) -> float:
        _, start, _ = head.name
        return float(places[0] == self.size(start) + places[1])

    def _operands(self, head: Any, places: list[int]) -> list[float]:
        at = {k: (i, self.size(s)) for k, (i, s) in enumerate(zip(places, head.sizes, strict=True))}
        return [self.of(p, at) for p in head.operands]

    def _pow(self, head: Any, places: list[int]) -> float:
        return self._operands(head, places)[0]

    def _fn(self, head: Any, places: list[int]) -> float:
        if head.name not in FUNCTIONS:
            raise NoValue(head.name)
        return FUNCTIONS[head.name](*self._operands(head, places))

    def _square(self, head: Any) -> Any:
        n = len(head.name)
        found = self.table(head.operands[0], (*head.name, *head.name))
        return found.reshape((math.prod(found.shape[:n]),) * 2)

    def _inv(self, head: Any, places: list[int]) -> float:
        n = len(head.name)
        shape = [self.size(s) for s in head.name]
        i, j = (np.ravel_multi_index(part, shape) for part in (places[:n], places[n:]))
        return float(self._once(head, lambda: np.linalg.inv(self._square(head)))[i, j])

    def _once(self, head: Any, work: Callable[[], Any]) -> Any:
        """An array that is worked out at its first entry."""
        if id(head) not in self.done:
            self.done[id(head)] = work()
        return self.done[id(head)]

    def _det(self, head: Any, places: list[int]) -> float:
        return float(self._once(head, lambda: np.linalg.det(self._square(head))))

    def _opaque(self, head: Any, places: list[int]) -> float:
        name, shapes = head.name
        if name == "LowerMask":
            return float(places[0] >= places[1])
        if name not in OPAQUE:
            raise NoValue(name)
        ((rows, cols), *_) = shapes
        operand = head.operands[0], (*rows, *cols)
        found = self._once(head, lambda: OPAQUE[name](self.table(*operand)))
        return float(found[tuple(places)])
