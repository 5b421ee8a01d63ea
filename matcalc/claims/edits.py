"""Formulas one slip away from a given one: what a claimant may have meant.

A slip is a row: what it is called, and how the operators it can happen in look without it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import MatcalcError
from matcalc.node import Node, children, substitute, walk
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Commutation, ones
from matcalc.operators.elementwise import Hadamard, Map, power, power_of
from matcalc.operators.functions import ENTRY, Abstract, relu, step
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.shapes import is_one

MOST = 4000
"""Neighbours of one formula that are looked at."""
SHORT = 40
"""Characters of an operand that are shown."""


@dataclass(frozen=True)
class Edit:
    """A formula with one slip undone, and in words what was done."""

    what: str
    formula: Any


@dataclass(frozen=True)
class Change:
    """A node made anew, ``head(*operands)``, and in words what that changes."""

    what: str
    about: tuple[Any, ...]
    head: Callable[..., Any]
    operands: tuple[Any, ...]

    def __str__(self) -> str:
        return self.what.format(*map(_short, self.about))


@dataclass(frozen=True)
class Surroundings:
    """Matrices that may have been meant in place of another, or left out."""

    leaves: tuple[Node, ...]

    def like(self, x: Node) -> Iterator[Node]:
        """Those of the shape of a matrix."""
        return (leaf for leaf in self.leaves if leaf is not x and alike(leaf, x))

    def factors(self, x: Node) -> Iterator[tuple[str, Node]]:
        """Those that can be multiplied into a matrix entry by entry, rows and columns repeated.

        A power of one of them is none: its exponent is a slip of its own.
        """
        base, _ = power_of(x)
        for leaf in (leaf for leaf in self.leaves if leaf is not base):
            if alike(leaf, x):
                yield str(leaf), leaf
            elif is_one(leaf.rows) and same(leaf.cols, x.cols):
                yield f"{leaf} in every row", Product(ones(x.rows, 1), leaf)
            elif is_one(leaf.cols) and same(leaf.rows, x.rows):
                yield f"{leaf} in every column", Product(leaf, ones(1, x.cols))


Slip = Callable[[Any, Surroundings], Iterable[Change]]


def edits(
    formula: Any, leaves: Iterable[Node], slips: tuple[Slip, ...] | None = None
) -> Iterator[Edit]:
    """Formulas that differ from this one by a single slip, each once, at most `MOST`."""
    around, seen = Surroundings(tuple(leaves)), {formula}
    for x, change in _changes(formula, around, slips or SLIPS):
        try:
            new = {x: change.head(*change.operands)}
            edited = substitute(formula, new, inside=is_open)
        except MatcalcError:
            continue
        if edited not in seen:
            seen.add(edited)
            yield Edit(str(change), edited)
        if len(seen) > MOST:
            return


def _changes(
    formula: Any, around: Surroundings, slips: tuple[Slip, ...]
) -> Iterator[tuple[Any, Change]]:
    """Nodes of a formula from the top, names unopened, with what may take their place."""
    below = walk(formula, lambda x: children(x) if is_open(x) else ())
    nodes = [x for x in below if isinstance(x, Node)]
    for slip in slips:
        for x in reversed(nodes):
            yield from ((x, change) for change in slip(x, around))


def _short(x: Any) -> str:
    shown = str(x)
    return shown if len(shown) <= SHORT else f"{shown[:SHORT]}…"


def is_open(x: Any) -> bool:
    """Whether an expression is no named intermediate."""
    return not isinstance(x, Named)


def alike(a: Node, b: Node) -> bool:
    """Whether two matrices have one shape."""
    return same(a.rows, b.rows) and same(a.cols, b.cols)


def _without(operands: tuple[Any, ...], k: int) -> tuple[Any, ...]:
    return operands[:k] + operands[k + 1 :]


def surplus(x: Any, around: Surroundings) -> Iterator[Change]:
    """A factor or a term too many."""
    kinds = {Hadamard: "factor", Product: "factor", Add: "term"}
    if type(x) in kinds:
        for k, operand in enumerate(x.operands):
            what = f"without the {kinds[type(x)]} {{}}"
            yield Change(what, (operand,), type(x), _without(x.operands, k))


def missing(x: Any, around: Surroundings) -> Iterator[Change]:
    """A factor that was left out, of this or as a divisor."""
    for name, factor in around.factors(x):
        yield Change("{} times {}", (x, name), Hadamard, (x, factor))
        inverse = power(factor, Integer(-1))
        yield Change("{} divided by {}", (x, name), Hadamard, (x, inverse))


def turned(x: Any, around: Surroundings) -> Iterator[Change]:
    """A transposition too many or too few."""
    if same(x.rows, x.cols):
        yield Change("{} transposed", (x,), Transpose, (x,))


def sign(x: Any, around: Surroundings) -> Iterator[Change]:
    """A wrong sign of a term."""
    if isinstance(x, Add):
        for k, term in enumerate(x.operands):
            turned = (*_without(x.operands, k), Scale(Integer(-1), term))
            yield Change("{} with the other sign", (term,), Add, turned)


def multiple(x: Any, around: Surroundings) -> Iterator[Change]:
    """A wrong coefficient of a term: 2 for 1, n left out, n for n − 1."""
    if not isinstance(x, Add):
        return
    symbols = {s for t in x.operands for n in (*t.shape, split_scale(t)[0]) for s in n.free_symbols}
    for n in (Integer(2), *sorted(symbols, key=str)):
        for k, term in enumerate(x.operands):
            for c in (n, 1 / n, *([n / (n - 1), (n - 1) / n] if n.is_Symbol else [])):
                changed = (*_without(x.operands, k), Scale(c, term))
                yield Change("{} times {}", (c, term), Add, changed)


def another(x: Any, around: Surroundings) -> Iterator[Change]:
    """Another matrix of the same shape."""
    if isinstance(x, Variable | Named):
        for leaf in around.like(x):
            yield Change("{} in place of {}", (leaf, x), _itself, (leaf,))
    if isinstance(x, Commutation):
        swapped = tuple(reversed(x.operands))
        yield Change("{} with its sizes swapped", (x,), Commutation, swapped)


def exponent(x: Any, around: Surroundings) -> Iterator[Change]:
    """A power with another exponent, a factor that should divide."""
    if isinstance(x, Hadamard):
        for k, factor in enumerate(x.operands):
            base, e = power_of(factor)
            inverse = power(base, -e)
            changed = (*_without(x.operands, k), inverse)
            yield Change("{} in place of {}", (inverse, factor), Hadamard, changed)
    base, e = power_of(x)
    for other in dict.fromkeys((-e, e + 1, e - 1, 2 * e, e / 2)):
        if isinstance(base, Variable | Named) and other:
            yield Change("{} in place of {}", (power(base, other), x), power, (base, other))


def another_function(x: Any, around: Surroundings) -> Iterator[Change]:
    """A function in place of its derivative, or the other way round."""
    if isinstance(x, Map):
        f, a = x.operands
        for g in _related(f):
            yield Change("{} in place of {}", (Map(g, a), x), Map, (g, a))


def _itself(x: Any) -> Any:
    return x


def _related(f: Expr) -> Iterator[Expr]:
    if isinstance(f, Abstract):
        name, order, argument = f.args
        yield from (Abstract(name, order + k, argument) for k in (-1, 1) if order + k >= 0)
    if f in (relu(ENTRY), step(ENTRY)):
        yield step(ENTRY) if f == relu(ENTRY) else relu(ENTRY)


SLIPS: tuple[Slip, ...] = (
    surplus,
    turned,
    sign,
    another,
    exponent,
    another_function,
    multiple,
    missing,
)
"""Kinds of slip, likelier ones first."""
LIKELY = (surplus, turned, another, exponent)
"""Those that are tried together with a condition."""
