"""Functions of a generated module with results of any names, several functions to a module."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from textwrap import wrap
from typing import Any

from sympy import Expr, Poly, Symbol

from matcalc.derivation import Result
from matcalc.errors import MissingData
from matcalc.lower.chains import EVEN
from matcalc.lower.checks import WIDTH, wrapped
from matcalc.lower.docstring import formulas
from matcalc.lower.expressions import Expressions
from matcalc.lower.helpers import needed
from matcalc.lower.namespace import Namespace
from matcalc.lower.placing import lowered
from matcalc.lower.program import Program
from matcalc.lower.source import FORMAT, Module
from matcalc.operators.leaves import Variable
from matcalc.protocols import ATOM
from matcalc.symbols import free_symbols, variables
from matcalc.version import __version__


class Routine(Module):
    """One function: named results of the arguments that their expressions mention.

    Parameters
    ----------
    function_name : str
        What it is called.
    summary : str
        First line of its docstring, without the stop.
    results : mapping from str to Node or sympy.Expr
        What it returns, by name.
    last : iterable of Variable
        Arguments that come after all others.
    """

    def __init__(
        self,
        function_name: str,
        summary: str,
        results: Mapping[str, Any],
        last: Iterable[Variable] = (),
    ) -> None:
        self.function_name, self.summary, self.results = function_name, summary, dict(results)
        self.formulas, self.typical = list(results.values()), EVEN
        keys = {Result(f"{function_name}_{name}", name, name): x for name, x in results.items()}
        self.names = Namespace(self.formulas[0], keys | {x: x for x in last})
        roots = lowered(self.formulas, self.typical)
        self.program = Program(zip(roots, results, strict=True), self.names, self.stands_alone)
        self.roots = dict(zip(results, roots, strict=True))
        self.sizes = Expressions(lambda x: (self.names.leaf(x), ATOM), self.names.callee)

    def text(self) -> str:
        """The function alone."""
        return "\n".join([*self._signature(), *self._docstring(), *self.body]) + "\n"

    @property
    def body(self) -> list[str]:
        """Statements of the function."""
        return self._body()

    def _docstring(self) -> list[str]:
        arrays = self.names.arrays.items()
        shapes = ", ".join(f"{x} : {self.shape_text(a.shape, ' × ')}" for a, x in arrays)
        told = ["", *wrap(f"Shapes: {shapes}.", WIDTH - 4)] if shapes else []
        shown = formulas(self.results, self.names)
        lines = [f'"""{self.summary}.', "", "::", "", *shown, *told, '"""']
        return [f"    {line}" if line else "" for line in lines]


@dataclass(frozen=True)
class Routines:
    """A generated module of several functions, compiled.

    Attributes
    ----------
    source : str
        The module.
    arguments : mapping
        For every function, from the names of what it asks for to its argument names.
    functions : mapping
        The functions by name.
    """

    source: str = field(repr=False)
    arguments: Mapping[str, Mapping[str, str]]
    functions: Mapping[str, Callable[..., dict[str, Any]]] = field(repr=False)

    def __contains__(self, name: str) -> bool:
        return name in self.functions

    def __call__(self, function: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a function returns for those of the given values that it asks for."""
        wanted = self.arguments[function]
        if missing := [name for name in wanted if name not in given]:
            raise MissingData(f"{function} needs {', '.join(missing)}")
        return self.functions[function](**{wanted[k]: given[k] for k in wanted})


def compile_routines(title: str, routines: Iterable[Routine]) -> Routines:
    """One module of several functions."""
    several = list(routines)
    source = routines_source(title, several)
    scope: dict[str, Any] = {"__name__": "matcalc_generated"}
    exec(compile(source, f"<matcalc {title}>", "exec"), scope)
    names = [routine.function_name for routine in several]
    arguments = {routine.function_name: routine.arguments for routine in several}
    return Routines(source, arguments, {name: scope[name] for name in names})


def routines_source(title: str, routines: Iterable[Routine]) -> str:
    """Text of a module of several functions."""
    several = list(routines)
    body = [line for routine in several for line in routine.body]
    code = " ".join(line.split("  # ")[0] for line in body)
    imports = "import math\n\n" * bool(re.search(r"\bmath\.", code)) + "import numpy as np"
    names = sorted(routine.function_name for routine in several)
    listed = ", ".join(f'"{name}"' for name in names)
    public = f"__all__ = [{listed}]"
    if len(public) > WIDTH:
        public = "\n".join(["__all__ = [", *wrapped(f"{listed},"), "]"])
    head = (
        f"# Generated by matcalc {__version__}, format {FORMAT}. "
        "Plain NumPy; matcalc is not needed to run it.\n"
        f'"""{title}."""\n\n{imports}\n\n{public}\n\n'
    )
    helpers = needed(body, Module.helpers)
    functions = "\n".join(f"\n{routine.text()}" for routine in several)
    return head + functions + "".join(f"\n{helper}" for helper in helpers)


Place = tuple[str, int, str]
"""An array, an axis of it, and the size that is found there."""


def places_of_sizes(arrays: Iterable[Any]) -> tuple[Place, ...]:
    """Where the size symbols can be read off, and must agree."""
    return tuple(
        (array.name, axis, size.name)
        for array in arrays
        for axis, size in enumerate(array.shape)
        if isinstance(size, Symbol)
    )


def sizes_shown(
    places: Iterable[Place], given: Mapping[str, Any], known: Mapping[str, int]
) -> dict[str, int]:
    """Values of the size symbols that the shapes of given arrays show.

    Raises
    ------
    ValueError
        Where two arrays show different values of one size.
    """
    found = dict(known)
    for name, axis, size in places:
        if name in given:
            value = given[name].shape[axis]
            if found.setdefault(size, value) != value:
                raise ValueError(f"{name}: expected {size} = {found[size]}, got {value}")
    return found


@dataclass(frozen=True)
class SizeOf:
    """A symbolic size as a function of the values of its symbols."""

    terms: tuple[tuple[int | Fraction, tuple[tuple[str, int], ...]], ...]

    @classmethod
    def of(cls, size: Expr) -> "SizeOf":
        """The function for a size, which is a polynomial.

        Examples
        --------
        >>> from matcalc import dims
        >>> n, k = dims("n k")
        >>> SizeOf.of(n * (n + 1) / 2 + k)({"n": 4, "k": 3})
        13
        """
        symbols = sorted(size.free_symbols, key=str)
        if not symbols:
            return cls(((int(size), ()),))
        powers = Poly(size, *symbols).terms()
        names = [s.name for s in symbols]
        return cls(
            tuple(
                (_exact(c), tuple(zip(names, map(int, exponents), strict=True)))
                for exponents, c in powers
            )
        )

    def __call__(self, sizes: Mapping[str, int]) -> int:
        """The value.

        Raises
        ------
        MissingData
            For a size that has no value.
        """
        try:
            return int(sum(c * prod(sizes[x] ** e for x, e in term) for c, term in self.terms))
        except KeyError as error:
            raise MissingData(f"the size {error.args[0]} is not shown: give its value") from error


def _exact(c: Expr) -> int | Fraction:
    return int(c) if c.is_Integer else Fraction(int(c.p), int(c.q))


def fresh(name: str, *roots: Any) -> str:
    """A name that no variable or symbol below the roots has."""
    taken = {x.name for x in (*variables(*roots), *free_symbols(*roots))}
    while name in taken:
        name += "_"
    return name
