"""The docstring of a generated function: formulas, arguments with shapes, what it returns."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from sympy import Add as Sum
from sympy import Expr, Mul, Symbol

from matcalc.derivation import Derivation
from matcalc.lower.chains import Typical
from matcalc.lower.namespace import Namespace
from matcalc.node import Operator, children
from matcalc.operators.leaves import Named
from matcalc.protocols import ATOM
from matcalc.show import Printer
from matcalc.symbols import below
from matcalc.work import Count

WIDTH = 99
LAST = "\x7f", 0
"""Behind every power of a size whose name is ASCII."""
LARGEST, LARGEST_SHARED = 60, 12
"""Nodes that a formula shows before a part of it is named and shown apart."""


SUMMARIES = {"loss": "Compute a loss", "value": "Compute a matrix"}
DERIVATIVES = {"loss": "gradients", "value": "Jacobians"}
SHAPES = {
    "loss": "each of the shape and float type of what it is the gradient by",
    "value": "d vec(value) / d vec(parameter).T, vec stacking columns",
}


@dataclass(frozen=True)
class Words:
    """What arguments are called, and what they must not be."""

    array: str
    scalar: str
    not_floats: str
    applied: str = "applied to every entry of an array"


NUMPY = Words("ndarray", "float", "arrays that are not all float32 or all float64")


def what_is_derived(derivation: Derivation) -> str:
    """What the result is called: a scalar is a loss, a matrix a value."""
    return "value" if derivation.kind == "jacobian" else "loss"


def summary(derivation: Derivation) -> str:
    """What the code is for."""
    what = what_is_derived(derivation)
    return SUMMARIES[what] + f" and its {DERIVATIVES[what]}" * bool(derivation.gradients)


def docstring(
    derivation: Derivation,
    names: Namespace,
    shape: Callable[[Iterable[Expr]], str],
    count: Count,
    typical: Typical,
    words: Words = NUMPY,
    extra: Iterable[str] = (),
) -> list[str]:
    """Lines of the docstring, indented."""
    lines = [
        f'"""{summary(derivation)}.',
        "",
        "::",
        "",
        *_formulas(derivation, names),
        "",
        *_section("Parameters", [*_parameters(names, shape, words), *extra]),
        "",
        *_section("Returns", _returns(derivation)),
        "",
        *_section("Raises", _raises(names, words)),
        "",
        *_section("Notes", _costs(count, names, typical)),
        '"""',
    ]
    return [f"    {line}" if line else "" for line in lines]


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, "-" * len(title), *lines]


def _parameters(
    names: Namespace, shape: Callable[[Iterable[Expr]], str], words: Words
) -> list[str]:
    lines = []
    for array, name in names.arrays.items():
        kind = f"{words.array} of shape ({shape(array.shape)})"
        lines += [f"{name} : {kind}", _meaning(array.name, name)]
    for symbol, name in names.scalars.items():
        lines += [f"{name} : {words.scalar}", _meaning(symbol.name, name, "scalar")]
    for symbol, name in names.indices.items():
        lines += [f"{name} : int", f"    The index {symbol.name}, counted from 0."]
    for (label, order), name in names.functions.items():
        what = f"Derivative {order} of {label}" if order else f"The function {label}"
        lines += [f"{name} : callable", f"    {what}, {words.applied}."]
    for symbol, name in names.given_sizes.items():
        lines += [
            f"{name} : int",
            f"    The integer {symbol.name}, which no argument's shape shows.",
        ]
    return lines or ["None"]


def _meaning(name: str, local: str, kind: str = "matrix") -> str:
    return f"    The {kind} {name}" + (f", here called {local}." if name != local else ".")


def _returns(derivation: Derivation) -> list[str]:
    listed = ", ".join(f'``"{parameter.name}"``' for parameter in derivation.gradients)
    what = what_is_derived(derivation)
    also = f"; its {DERIVATIVES[what]} under {listed}, {SHAPES[what]}" * bool(listed)
    text = f'The {what} under ``"{what}"``{also}.'
    return ["dict", *(f"    {line}" for line in wrap(text, WIDTH - 8))]


def _raises(names: Namespace, words: Words) -> list[str]:
    if not names.arrays:
        return ["TypeError", "    For arguments that are no numbers."]
    picked = ", and for indices out of range" if names.indices else ""
    return [
        "ValueError",
        f"    For arrays that do not have these shapes{picked}.",
        "TypeError",
        f"    For {words.not_floats}.",
    ]


def _costs(count: Count, names: Namespace, typical: Typical) -> list[str]:
    """Operations, entries and calls in the sizes as the code names them."""
    parts = {
        "Multiply-adds": count.multiply_adds,
        "other operations": count.operations,
        "functions": count.functions,
        "entries written": count.written,
    }
    shown = [f"{name}: {polynomial(x, names.sizes)}" for name, x in parts.items() if x != 0]
    text = "; ".join(shown) or "No operations on arrays"
    lines = wrap(text + ".", WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    if typical.sizes:
        sizes = ", ".join(f"{names.sizes[size]} = {n}" for size, n in typical.sizes)
        lines += wrap(f"Products are bracketed for {sizes}.", WIDTH - 4)
    return [line[:1].upper() + line[1:] if line is lines[0] else line for line in lines]


def polynomial(x: Expr, names: Mapping[Symbol, str]) -> str:
    """Text of a polynomial in sizes: what sympy writes, which takes its time over long sums.

    Examples
    --------
    >>> from matcalc import dims
    >>> m, n = dims("m n")
    >>> polynomial(2 * m * n**2 + m**2 + 7, {m: "m", n: "k"})
    '2*k**2*m + m**2 + 7'
    """
    terms = [_powers(term, names) for term in Sum.make_args(x)]
    if None in terms:
        return str(x.xreplace({size: Symbol(name) for size, name in names.items()}))
    return " + ".join(text for _, text in sorted(filter(None, terms)))


def _powers(term: Expr, names: Mapping[Symbol, str]) -> tuple[list[tuple[str, int]], str] | None:
    """What orders a positive monomial among others, the highest powers first, and its text."""
    c, rest = term.as_coeff_Mul()
    pairs = [factor.as_base_exp() for factor in Mul.make_args(rest) if factor != 1]
    known = all(base in names and k.is_Integer and k.is_positive for base, k in pairs)
    if not (known and c.is_Integer and c.is_positive):
        return None
    powers = sorted((names[base], -k.p) for base, k in pairs)
    shown = [name if k == -1 else f"{name}**{-k}" for name, k in powers]
    return [*powers, LAST], "*".join([str(c.p)] * (c != 1 or not shown) + shown)


def _formulas(derivation: Derivation, names: Namespace) -> list[str]:
    """Loss and gradients in the notation of matcalc."""
    what = what_is_derived(derivation)
    results = {what: derivation.loss}
    for parameter, gradient in derivation.gradients.items():
        results[f"d {what} / d {parameter.name}"] = gradient
    return formulas(results, names)


def formulas(results: Mapping[str, Any], names: Namespace) -> list[str]:
    """Lines of definitions and results, long shared parts named."""
    shown, definitions = _outline(list(results.values()), names)
    printer = Printer(shown)
    lines = []
    for x in definitions:
        definition = printer.print(x.definition if isinstance(x, Named) else x, inside=True)
        lines.append(f"{_label(x, shown)} = {definition}")
        if x in shown:
            printer.texts[x] = shown[x], ATOM
    lines += [f"{name} = {printer.print(x)}" for name, x in results.items()]
    return [part for line in lines for part in _indented(line)]


def _indented(line: str) -> list[str]:
    return wrap(
        line,
        WIDTH - 4,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _label(x: Any, shown: dict[Any, str]) -> str:
    return shown[x] if x in shown else str(x.name)


def _outline(roots: list[Any], names: Namespace) -> tuple[dict[Any, str], list[Any]]:
    """Names for parts whose formulas would grow too long, and all that is to be defined."""
    order = list(below(roots))
    users = Counter(child for x in order for child in children(x))
    sizes: dict[Any, int] = {}
    shown: dict[Any, str] = {}
    definitions: list[Any] = []
    for x in order:
        size = 1 + sum(sizes[child] for child in children(x))
        if isinstance(x, Named):
            definitions.append(x)
        elif isinstance(x, Operator) and size > (LARGEST_SHARED if users[x] > 1 else LARGEST):
            shown[x] = names.local(f"part_{len(shown) + 1}")
            definitions.append(x)
        sizes[x] = 1 if x in shown or isinstance(x, Named) else size
    return shown, definitions
