"""Names declared by their sizes: ``X:N,p``, ``S:n,n:symmetric``, ``lam::positive``."""

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sympy import Expr, Symbol

from matcalc.dimensions import dims, identifier
from matcalc.errors import MatcalcError, ParseError
from matcalc.node import Node
from matcalc.operators.elementwise import AbstractFunction, function
from matcalc.operators.leaves import FACTS, Variable, matrix, scalar
from matcalc.operators.selection import index
from matcalc.parsing.reader import Reader
from matcalc.parsing.source import located, syntax_tree
from matcalc.parsing.words import nearest

WITHOUT_SIZES: dict[str, Callable[[str], Any]] = {
    "": scalar,
    "positive": lambda name: scalar(name, positive=True),
    "index": index,
    "size": lambda name: dims(identifier(name))[0],
    "function": function,
}
"""What a name without sizes is, by its fact."""


def declare(name: str, spec: Any) -> Any:
    """What a name stands for, from its sizes and facts.

    Parameters
    ----------
    name : str
        A plain identifier.
    spec : str, int, tuple, Node or sympy.Expr
        ``"N,p"`` for a matrix, ``"N"`` for a column, ``""`` for a scalar; after a colon facts, as
        ``"n,n:symmetric,invertible"``; or the sizes alone as a tuple. Without sizes the fact is
        one of positive, index, size, function. An expression is taken as it is.

    Raises
    ------
    ParseError, NameRefused, ShapeError, UnsupportedInput
        For what is no size, no name or no fact.

    Examples
    --------
    >>> declare("X", "N,p").shape, declare("v", ("n*(n + 1)/2",)).shape
    ((N, p), (n**2/2 + n/2, 1))
    >>> declare("S", "n,n:positive-definite").facts
    ('positive definite',)
    >>> declare("lam", ":positive").is_positive
    True
    """
    if isinstance(spec, Node | Expr | AbstractFunction):
        return spec
    if isinstance(spec, int):
        spec = (spec,)
    if not isinstance(spec, str):
        return _made(name, [_size(part) for part in spec], [])
    sizes, _, facts = spec.partition(":")
    parts = [part for part in sizes.split(",") if part.strip()]
    return _made(name, [_size(part) for part in parts], [f for f in facts.split(",") if f])


def _size(written: Any) -> Any:
    """A size, its names taken as names of sizes."""
    if not isinstance(written, str):
        return written
    text, tree = syntax_tree(written)
    try:
        names = {x.id: dims(x.id)[0] for x in ast.walk(tree) if isinstance(x, ast.Name)}
    except MatcalcError as error:
        raise located(error, text, tree.body) from None
    return Reader({}, names, text).value(tree.body)


def _made(name: str, sizes: list[Any], facts: list[str]) -> Any:
    facts = [fact.strip().replace("-", " ").replace("_", " ") for fact in facts]
    if sizes:
        if len(sizes) > 2:
            raise ParseError(f"{name} has {len(sizes)} sizes: a matrix has two, a column one")
        rows, cols = (*sizes, 1)[:2]
        return matrix(name, rows, cols, *map(_fact, facts))
    kind = " ".join(facts)
    if kind not in WITHOUT_SIZES:
        kinds = ", ".join(filter(None, WITHOUT_SIZES))
        raise ParseError(f"{name} has no sizes: then it is a scalar, or one of {kinds}")
    return WITHOUT_SIZES[kind](name)


def _fact(written: str) -> str:
    known = {fact.lower(): fact for fact in FACTS}
    if written.lower() not in known:
        hint = nearest(written.lower(), known) or f"; there are {', '.join(FACTS)}"
        raise ParseError(f"{written[:40]!r} is no known fact{hint}")
    return known[written.lower()]


def with_sizes(names: Mapping[str, Any]) -> dict[str, Any]:
    """The names, and those of the sizes that their variables have."""
    return {**sizes_of(names.values()), **names}


def sizes_of(values: Iterable[Any]) -> dict[str, Symbol]:
    """Names in the sizes of variables."""
    shapes = [size for x in values if isinstance(x, Variable) for size in x.shape]
    symbols = {s.name: s for size in shapes for s in size.free_symbols}
    return dict(sorted(symbols.items()))
