"""The symbols of an expression, and the refusal of one name for two things."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sympy import Expr, Function, Symbol

from matcalc.elementary import FUNCTIONS
from matcalc.errors import NameRefused
from matcalc.flat import postorder
from matcalc.node import Operator, children
from matcalc.operators.elementwise import function
from matcalc.operators.functions import ENTRY, OTHER, Abstract
from matcalc.operators.leaves import Named, Variable
from matcalc.scalar_text import callee


def scalar_expressions(x: Any) -> list[Expr]:
    """Sizes, coefficients and functions that a node carries."""
    parts = x.operands if isinstance(x, Operator) else (x,)
    return [p for p in parts if isinstance(p, Expr) and not isinstance(p, Operator)]


def below(
    roots: Iterable[Any], descend: Callable[[Any], Iterable[Any]] = children
) -> Iterator[Any]:
    """Every distinct expression below several roots once, operands first."""
    return postorder(roots, descend)


def resolved(x: Any) -> Any:
    """What a name stands for."""
    while isinstance(x, Named):
        x = x.definition
    return x


def variables(*roots: Any) -> list[Variable]:
    """Matrix variables in the order of first appearance."""
    return [x for x in below(roots) if isinstance(x, Variable)]


def free_symbols(*roots: Any) -> list[Symbol]:
    """Size and scalar symbols in order of first appearance; labels of functions left out."""
    return symbols_in(below(roots))


def symbols_in(expressions: Iterable[Any]) -> list[Symbol]:
    """The same for expressions alone, without those inside them."""
    found: dict[Symbol, None] = {}
    for x in expressions:
        for expr in scalar_expressions(x):
            found |= dict.fromkeys(_own_symbols(expr))
    return list(found)


@lru_cache(maxsize=16384)
def _own_symbols(expr: Expr) -> tuple[Symbol, ...]:
    labels = {f.args[0] for f in expr.atoms(Abstract)} | {ENTRY, OTHER}
    return tuple(sorted(expr.free_symbols - labels, key=attrgetter("name")))


def abstract_names(roots: Iterable[Any]) -> list[str]:
    """Names of the abstract functions in expressions, sorted."""
    found = (
        f for x in below(roots) for expr in scalar_expressions(x) for f in expr.atoms(Abstract)
    )
    return sorted({str(f.args[0]) for f in found})


def definitions(*roots: Any) -> list[Named]:
    """Named intermediates below the roots, each before those that use it."""
    return [x for x in below(roots) if isinstance(x, Named)]


def names_in(*roots: Any) -> dict[str, Any]:
    """What the names in printed expressions stand for.

    Variables, named intermediates, sizes, scalars and abstract functions with their derivatives.
    With the names of the package they are all that the text of an expression needs in order to be
    Python that gives the same expression again.

    Raises
    ------
    NameRefused
        If one name stands for two things.

    Examples
    --------
    >>> from matcalc import function, matrix, scalar, sum
    >>> Z = matrix("Z", "N", "p")
    >>> names_in(scalar("lam") * sum(function("a")(Z)))
    {'Z': Z, 'N': N, 'p': p, 'lam': lam, 'a': a}
    """
    refuse_ambiguous_names(*roots)
    owners = (*variables(*roots), *definitions(*roots), *free_symbols(*roots))
    found: dict[str, Any] = {x.name: x for x in owners}
    for name, f in _functions(*roots):
        if found.setdefault(name, f) != f:
            raise NameRefused(f"the name {name!r} stands for a function and for another thing")
    return found


def _functions(*roots: Any) -> Iterator[tuple[str, Any]]:
    """Functions that neither the package nor sympy has, by name."""
    for x in below(roots):
        for f in sorted((f for e in scalar_expressions(x) for f in e.atoms(Function)), key=str):
            if isinstance(f, Abstract):
                yield f.label, function(str(f.args[0].name), int(f.args[1]))
            elif callee(type(f)) == type(f).__name__ not in FUNCTIONS:
                yield type(f).__name__, type(f)


def refuse_ambiguous_names(*roots: Any) -> None:
    """Raise `NameRefused` where one name stands for two things."""
    owners: dict[str, Any] = {}
    flat = [x for root in roots for x in (root if isinstance(root, tuple) else (root,))]
    order = list(below(flat))
    named = [x for x in order if isinstance(x, Variable | Named)]
    for owner in (*named, *symbols_in(order)):
        known = owners.setdefault(owner.name, owner)
        if known is not owner and known != owner:
            raise NameRefused(
                f"the name {owner.name!r} stands for two things, {_what(known)} and "
                f"{_what(owner)}: rename one"
            )


def _what(x: Any) -> str:
    if isinstance(x, Symbol):
        kind = "size" if x.is_positive else "index"
        return f"the {kind if x.is_integer else 'scalar'} {x.name}"
    kind = "intermediate" if isinstance(x, Named) else "variable"
    return f"the {x.rows} × {x.cols} {kind} {x.name}"
