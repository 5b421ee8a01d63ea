"""A failing case made small, and written as a test."""

from collections.abc import Iterator
from dataclasses import replace
from time import process_time
from typing import Any

from sympy import Symbol

from matcalc import matrix
from matcalc.errors import MatcalcError
from matcalc.indexing import is_index
from matcalc.node import Node, substitute, walk
from matcalc.operators.leaves import Named, Variable
from matcalc.show import text
from matcalc.symbols import definitions, free_symbols, names_in, variables
from tests.random_cases import outcome
from tests.random_values import Case

TRIALS = 400
"""Smaller cases that are tried."""
SECONDS, PATIENCE = 3.0, 60.0
"""Processor time of one of them, and of all."""


def smallest(case: Case, check: str) -> Case:
    """The smallest case found that fails like this one."""
    kind = reason(case, check)
    left, start = TRIALS, process_time()
    shrunk = True
    while shrunk and left:
        shrunk = False
        for smaller in sorted(smaller_cases(case), key=size):
            left -= 1
            if not left or size(smaller) >= size(case):
                break
            if process_time() - start > PATIENCE:
                return case
            if reason(smaller, check) == kind:
                case, shrunk = smaller, True
                break
    return case


def reason(case: Case, check: str) -> str:
    """The class of what a check fails with; empty where it does not."""
    what, why = outcome(case, check, SECONDS)
    return why.partition(":")[0] if what == "fails" else ""


def size(case: Case) -> int:
    """Distinct operators of a case, all of its sizes counted on top."""
    nodes = sum(1 + isinstance(x, Named) for x in walk(case.f))
    return 100 * nodes + len(text(case.f)) + sum(case.sizes.values())


def smaller_cases(case: Case) -> Iterator[Case]:
    """Cases with a part of the expression gone, or a size less."""
    for y in walk(case.f):
        for z in in_place_of(y):
            yield from changed(case, y, z)
    for name, n in case.sizes.items():
        if n > 1:
            yield replace(case, sizes={**case.sizes, name: n - 1})


def in_place_of(y: Any) -> Iterator[Any]:
    """Operands of the same shape, what a name stands for, and a free matrix."""
    if not isinstance(y, Node) or isinstance(y, Variable):
        return
    yield from (z for z in y.children if isinstance(z, Node) and z.shape == y.shape)
    if not isinstance(y, Named):
        yield matrix("Free", *y.shape)


def changed(case: Case, y: Any, z: Any) -> Iterator[Case]:
    """The case with one part for another, and where it is the whole, each of its operands."""
    whole = [c for c in y.children if isinstance(c, Node)] if y is case.f else []
    for f in (*whole, lambda: substitute(case.f, {y: z})):
        try:
            g = f if isinstance(f, Node) else f()
            if case.x in {*walk(g), *free_symbols(g)}:
                yield replace(case, f=g)
        except MatcalcError:
            continue


def written(case: Case, check: str) -> str:
    """The case as a test that can be pasted."""
    lines = [f"    {name} = {made(x)}" for name, x in sorted_names(case) if made(x)]
    return "\n".join(
        (
            f"def test_seed_{case.seed}() -> None:",
            *lines,
            f"    f = {text(case.f)}",
            f"    assert_holds({check!r}, Case(f, {text(case.x)}, {case.sizes}, {case.seed}))",
        )
    )


def sorted_names(case: Case) -> list[tuple[str, Any]]:
    """Names with what they stand for, sizes and scalars first, each before those that use it."""
    found = names_in(case.f, case.x)
    order = [*free_symbols(case.f), *variables(case.f, case.x), *definitions(case.f, case.x)]
    place = {x: i for i, x in enumerate(order)}
    return sorted(found.items(), key=lambda item: place.get(item[1], -1))


def made(x: Any) -> str:
    """The call that makes what a name stands for."""
    if isinstance(x, Variable):
        facts = "".join(f', "{fact}"' for fact in x.facts)
        return f'matrix("{x.name}", {text(x.rows)}, {text(x.cols)}{facts})'
    if isinstance(x, Named):
        return f'let("{x.name}", {text(x.definition)})'
    if not isinstance(x, Symbol):
        return ""
    if is_index(x):
        return f'index("{x.name}")'
    if x.is_integer:
        return f'dims("{x.name}")[0]'
    return f'scalar("{x.name}"{", positive=True" if x.is_positive else ""})'
