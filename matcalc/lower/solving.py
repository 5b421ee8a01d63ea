"""Linear systems with one matrix solved together: one factorisation for all right sides."""

from collections.abc import Iterable
from typing import Any

from sympy import Integer, expand

from matcalc.dimensions import dims
from matcalc.lower.kernels import Solve
from matcalc.lower.picking import Slice
from matcalc.node import Node, children, replace_children
from matcalc.operators.blocks import HStack, hstack
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law
from matcalc.symbols import below, resolved

n, k, m = dims("n k m")
S, B, C = matrix("S", n, n), matrix("B", n, k), matrix("C", n, m)


def solved_together(x: HStack) -> Any:
    """[A⁻¹B A⁻¹C] = A⁻¹[B C]."""
    blocks = x.operands
    if not all(isinstance(b, Solve) and b.operands[0] is blocks[0].operands[0] for b in blocks):
        return x
    return Solve(blocks[0].operands[0], HStack(*(b.operands[1] for b in blocks)))


TOGETHER = Law(
    "[S⁻¹B S⁻¹C] = S⁻¹[B C]",
    hstack(Solve(S, B), Solve(S, C)),
    Solve(S, hstack(B, C)),
    general=solved_together,
)


def solve_together(roots: Iterable[Any]) -> list[Any]:
    """Expressions in which systems with one matrix that do not wait for each other are one.

    Every round leaves fewer systems, so that there is a last one.
    """
    roots = list(roots)
    while systems := _systems(roots):
        parts = _columns(systems)
        done: dict[Any, Any] = {}
        for x in below(roots):
            done[x] = parts[x] if x in parts else replace_children(x, done)
        roots = [done[root] for root in roots]
    return roots


def _systems(roots: list[Any]) -> list[Solve]:
    """The first systems with one matrix before which as many with it have to be solved."""
    found: dict[tuple[Any, int], list[Solve]] = {}
    before: dict[Any, dict[Any, int]] = {}
    for x in below(roots):
        waits: dict[Any, int] = {}
        for child in children(x):
            waits |= {a: max(n, waits.get(a, 0)) for a, n in before[child].items()}
        if isinstance(x, Solve):
            a = resolved(x.operands[0])
            found.setdefault((a, waits.get(a, 0)), []).append(x)
            waits[a] = waits.get(a, 0) + 1
        before[x] = waits
    return next((systems for systems in found.values() if len(systems) > 1), [])


def _columns(systems: list[Solve]) -> dict[Any, Node]:
    """Every system as columns of the one that is solved for all."""
    a = systems[0].operands[0]
    whole: Any = solved_together(HStack(*(Solve(a, x.operands[1]) for x in systems)))
    found, start = {}, Integer(0)
    for x in systems:
        found[x] = Slice(whole, Integer(0), x.rows, start, x.cols)
        start = expand(start + x.cols)
    return found
