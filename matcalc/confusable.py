"""Names that print alike in LaTeX: Gamma1 and Gamma_1, a variable H_n and the centering matrix."""

from collections.abc import Iterator
from typing import Any

from sympy import E, exp, pi

from matcalc.errors import NameRefused
from matcalc.names import latex_name
from matcalc.node import PRINTERS, Node
from matcalc.operators.constants import Constant
from matcalc.operators.functions import ENTRY
from matcalc.operators.leaves import Named, Variable
from matcalc.show import latex, text
from matcalc.symbols import abstract_names, below, free_symbols, scalar_expressions


def refuse_confusable(*roots: Any) -> None:
    """Raise `NameRefused` where two things of expressions have one LaTeX.

    Examples
    --------
    >>> from matcalc import centering, matrix
    >>> refuse_confusable(matrix("H_n", "n", "m"), centering("n"))
    Traceback (most recent call last):
    matcalc.errors.NameRefused: H_n and centering(n) both print as H_{n}: rename H_n
    """
    known: dict[str, str] = {}
    for name, shown in _leaves(roots):
        other = known.setdefault(shown, name)
        if other != name:
            mine = name if name.isidentifier() else other
            raise NameRefused(f"{other} and {name} both print as {shown}: rename {mine}")


def _leaves(roots: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Names and constants of expressions, each as Python and as LaTeX."""
    found = list(below(roots))
    for x in found:
        if isinstance(x, Variable | Named | Constant):
            yield text(x), latex(x)
    names = (*(s.name for s in free_symbols(*roots)), *abstract_names(roots))
    yield from ((name, latex_name(name)) for name in names)
    scalars = [e for x in found for e in scalar_expressions(x) if e != exp(ENTRY)]
    if any(e.has(exp, E) for e in scalars):
        yield "exp(1)", "e"
    if any(e.has(pi) for e in scalars):
        yield "π", r"\pi"


def checked_latex(x: Node) -> str:
    """LaTeX of an expression whose names are told apart in it."""
    refuse_confusable(x)
    return latex(x)


PRINTERS["latex"] = checked_latex
