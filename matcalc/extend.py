"""Operators and laws of one's own: checked by numbers, then used like those of the tables.

A law taken here must speak of an operator that is defined outside matcalc, so that whatever could
be derived without it is derived as before. The operator is a subclass of `Node` or `ScalarNode`
with what `matcalc.node.Operator` requires; for generated code it also has a method ``work``, a list
of `Work` that its NumPy call takes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import chain
from typing import Any

from sympy import Symbol
from sympy.core.symbol import Str

from matcalc.errors import LawRefused
from matcalc.laws.differentials import rule as differential_law
from matcalc.laws.simplest import SIMPLEST, WITH_PSEUDO_INVERSES, WITH_SCALINGS
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.laws.theme import Theme
from matcalc.laws.transposition import law as transposition_law
from matcalc.laws.vectorisation import law as vectorisation_law
from matcalc.measure import cost
from matcalc.node import Node, Operator, ScalarNode, substitute, walk
from matcalc.numdiff import slopes
from matcalc.operators.algebra import Add, Scale, split_scale
from matcalc.operators.leaves import Variable
from matcalc.operators.scalars import Differential, ScalarDifferential, d, inner
from matcalc.protocols import ATOM, Show, Values
from matcalc.prove.steps import ASSUMED
from matcalc.rewrite import Law, Table
from matcalc.sampling import Sample, Sampler, distinct_sizes
from matcalc.specialise import specialise
from matcalc.symbols import free_symbols, variables
from matcalc.work import Work, copied, entrywise, linear_algebra, multiplied, summed

__all__ = [
    "ATOM",
    "Law",
    "Node",
    "ScalarNode",
    "Show",
    "Theme",
    "Values",
    "Work",
    "check_law",
    "copied",
    "d",
    "differential_law",
    "entrywise",
    "inner",
    "linear_algebra",
    "multiplied",
    "register",
    "split_scale",
    "summed",
    "transposition_law",
    "vectorisation_law",
    "withdraw",
]

TABLES: dict[str, tuple[Table, ...]] = {
    "differentials": (DIFFERENTIALS,),
    "transposition": (TRANSPOSITION,),
    "vectorisation": (VECTORISATION,),
    "simplest": (SIMPLEST, WITH_SCALINGS, WITH_PSEUDO_INVERSES),
}
"""The tables that the rows of a theme go to."""
TAKEN = {ASSUMED, *(law.name for t in chain(*TABLES.values()) for law in t.laws)}
LINEAR = ("transposition", "vectorisation")
TOLERANCE = 1e-7
"""Of the larger side; differences of a function that has no complex values reach 1e-8."""
WEIGHTS = (2, 3, 7, 40)


def register(theme: Theme) -> None:
    """Use the laws of a theme from now on, as far as this process goes.

    Every law is checked first, and none is used unless all are in order. A law replaces one that
    was registered under its name before, so that a notebook's cell can be run again.

    Parameters
    ----------
    theme : Theme
        Laws for the differentials, the transposition and the vectorisation of operators of one's
        own, and identities that simplify them.

    Raises
    ------
    LawRefused
        For a law that numbers disprove, that does not do what its row shows, that speaks of no
        operator of one's own, or has the name of one of matcalc's; for an identity that does not
        lower the cost in `matcalc.measure`, so that simplification might not end.
    """
    named = Counter(law.name for _, law in _rows(theme))
    for kind, law in _rows(theme):
        if named[law.name] > 1:
            raise LawRefused(f"{named[law.name]} laws have the name {law.name!r}")
        _require_own(law)
        check_law(law)
        _require_use(law, kind)
    _replace(theme, keep=True)


def withdraw(theme: Theme) -> None:
    """No longer use registered laws of the names in a theme; matcalc's own stay."""
    _replace(theme, keep=False)


def check_law(law: Law, seed: int = 0) -> None:
    """Compare both sides of a law by loops, at random numbers of two choices of distinct sizes.

    A differential is compared with the slope of what stands under its d, along a random direction.

    Raises
    ------
    LawRefused
        With the sizes and the two values that differ.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, B = matrix("A", "m", "n"), matrix("B", "n", "m")
    >>> check_law(Law("transpose of a product", (A @ B).T, B.T @ A.T))
    >>> check_law(Law("a wrong one", A * A, A + A))
    Traceback (most recent call last):
    matcalc.errors.LawRefused: law 'a wrong one' is false at m = 4, n = 3: 0.886828 = 1.88343
    """
    slope = _slope_and_row(law) if _is_differential(law) else None
    sampler = Sampler(slope or (law.lhs, law.rhs), seed)
    for swapped in (False, True):
        sample = sampler.draw(sampler.fitted(distinct_sizes(sampler.sizes, {}, swapped), {}))
        if slope:
            left, right = slopes(slope[0], sample, STEP)[0], sample.base.value(slope[1])
        else:
            left, right = (sample.base.value(side) for side in (law.lhs, law.rhs))
        _require_close(law, _entries(left), _entries(right), sample)


def _rows(theme: Theme) -> Iterator[tuple[str, Law]]:
    return ((kind.name, law) for kind in fields(theme) for law in getattr(theme, kind.name))


def _replace(theme: Theme, keep: bool) -> None:
    for kind, tables in TABLES.items():
        new = getattr(theme, kind)
        names = {law.name for law in new} - TAKEN
        for table in tables:
            old = [law for law in table.laws if law.name not in names]
            table.replace([*old, *new] if keep else old)


def _require_own(law: Law) -> None:
    if law.name in TAKEN:
        raise LawRefused(f"matcalc has a law {law.name!r}; give yours another name")
    nodes = [x for x in walk(law.lhs) if isinstance(x, Operator)]
    if all(type(x).__module__.partition(".")[0] == "matcalc" for x in nodes):
        raise LawRefused(
            f"the left side of law {law.name!r} has no operator of your own, so that it would "
            "change other derivations; give it to one derivation by table=SIMPLEST.extended(…)"
        )


def _require_use(law: Law, kind: str) -> None:
    """The law does what its row shows where the engine uses it, and simplifies if it is to."""
    if _is_differential(law) != (kind == "differentials"):
        raise LawRefused(f"law {law.name!r} is none for the {kind}")
    swap = {v: d(v) for v in variables(law.lhs) if v.name == "X" and kind in LINEAR}
    lhs, rhs = (substitute(side, swap) for side in (law.lhs, law.rhs))
    guarded = law.where is not None and kind not in LINEAR
    if not guarded and law.apply(lhs) != rhs:
        raise LawRefused(f"law {law.name!r} makes {law.apply(lhs)} of {lhs}, its row {rhs}")
    if kind == "simplest" and not all(_lowers_the_cost(law, k) for k in range(len(WEIGHTS))):
        raise LawRefused(
            f"law {law.name!r} does not simplify: {law.rhs} costs as much as {law.lhs}"
        )


def _lowers_the_cost(law: Law, first: int) -> bool:
    found = variables(law.lhs)
    weights = {v: WEIGHTS[(first + i) % len(WEIGHTS)] for i, v in enumerate(found)}
    return cost(law.rhs, weights) < cost(law.lhs, weights)


def _is_differential(law: Law) -> bool:
    return isinstance(law.lhs, Differential | ScalarDifferential)


STEP = Symbol("_step", real=True)


def _slope_and_row(law: Law) -> tuple[Any, Any]:
    """⟨G, F(A + tU)⟩ as a function of t, and ⟨G, dF⟩ by the row with U for dA."""
    operand = law.lhs.operands[0]
    moved, steps = {}, {}
    for v in variables(law.lhs):
        u = Variable(Str(f"_step_{v.name}"), *v.operands[1:])
        moved[v], steps[d(v)] = Add(v, Scale(STEP, u)), u
    for s in (s for s in free_symbols(law.lhs) if not s.is_integer):
        u = Symbol(f"_step_{s.name}", real=True)
        moved[s], steps[d(s)] = s + STEP * u, u
    f, row = specialise(operand, moved), specialise(law.rhs, {**moved, **steps})
    if any(isinstance(x, Differential | ScalarDifferential) for x in walk(row)):
        raise LawRefused(f"law {law.name!r} leaves differentials of more than the operands")
    if not isinstance(f, Node):
        return f, row
    g = Variable(Str("_cotangent"), *f.shape)
    return inner(g, f), inner(g, row)


def _entries(value: Any) -> list[Any]:
    return list(chain(*value)) if isinstance(value, list) else [value]


def _require_close(law: Law, left: Iterable[Any], right: Iterable[Any], sample: Sample) -> None:
    pairs = list(zip(left, right, strict=True))
    scale = max(1.0, *(abs(x) for pair in pairs for x in pair))
    apart = [(a, b) for a, b in pairs if not abs(a - b) <= TOLERANCE * scale]
    if apart:
        a, b = apart[0]
        sizes = ", ".join(f"{s} = {n}" for s, n in sample.sizes.items())
        raise LawRefused(f"law {law.name!r} is false at {sizes}: {a:.6g} = {b:.6g}")
