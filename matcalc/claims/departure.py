"""Where a false formula departs from the true one."""

from dataclasses import dataclass
from typing import Any

from matcalc.node import Node
from matcalc.operators.algebra import Add, Product
from matcalc.operators.elementwise import Hadamard
from matcalc.show import latex, text


@dataclass(frozen=True)
class Departure:
    """The smallest parts of two formulas that differ, all around them being alike.

    Attributes
    ----------
    claimed : Node or None
        What the claimed formula has there; None where a term is missing.
    true : Node or None
        What the true formula has there; None where a term is one too many.
    """

    claimed: Node | None
    true: Node | None

    def __str__(self) -> str:
        if self.true is None:
            return f"has a term too many: {text(self.claimed)}"
        if self.claimed is None:
            return f"lacks a term: {text(self.true)}"
        return f"departs at {text(self.claimed)} for {text(self.true)}"

    @property
    def latex(self) -> str:
        """The same in LaTeX."""
        if self.true is None:
            return rf"\text{{has a term too many: }}{latex(self.claimed)}"
        if self.claimed is None:
            return rf"\text{{lacks a term: }}{latex(self.true)}"
        return rf"\text{{departs at }}{latex(self.claimed)}\text{{ for }}{latex(self.true)}"


def departure(claimed: Any, true: Any) -> Departure | None:
    """Where two different matrix formulas of one shape part; None if it is at their top.

    Parameters
    ----------
    claimed, true : Node
        Both in their simplest form.

    Examples
    --------
    >>> from matcalc import inv, matrix
    >>> A, B = matrix("A", "n", "n"), matrix("B", "n", "n")
    >>> print(departure(A @ inv(B + A.T), A @ inv(B + A)))
    departs at A.T for A
    >>> print(departure(A @ B, A @ B + B))
    lacks a term: B
    """
    found, inner = None, _inner(claimed, true)
    while inner is not None:
        found = inner
        inner = _inner(*found) if None not in found else None
    return None if found is None else Departure(*found)


Parts = tuple[Node | None, Node | None]


def _inner(a: Any, b: Any) -> Parts | None:
    """The one place at which two expressions with a common top differ."""
    if not isinstance(a, Node) or not isinstance(b, Node) or a.shape != b.shape:
        return None
    if isinstance(a, Add) or isinstance(b, Add):
        return _terms(_operands(a, Add), _operands(b, Add))
    if type(a) is not type(b):
        return None
    if isinstance(a, Product):
        return _factors(a.operands, b.operands)
    if isinstance(a, Hadamard):
        return _without_common(a, b)
    if len(a.operands) != len(b.operands):
        return None
    differing = [(x, y) for x, y in zip(a.operands, b.operands, strict=True) if x != y]
    alone = len(differing) == 1 and all(isinstance(x, Node) for x in differing[0])
    return differing[0] if alone else None


def _operands(x: Node, operator: type[Node]) -> tuple[Any, ...]:
    return x.operands if isinstance(x, operator) else (x,)


def _rest(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x for x in a if x not in b)


def _terms(a: tuple[Any, ...], b: tuple[Any, ...]) -> Parts | None:
    """What is left of two sums without their common terms."""
    left, right = _rest(a, b), _rest(b, a)
    if len(left) == len(a):
        return None
    return _joined(Add, left), _joined(Add, right)


def _joined(operator: type[Node], parts: tuple[Any, ...]) -> Node | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    joined: Node = operator(*parts)
    return joined


def _without_common(a: Node, b: Node) -> Parts | None:
    left, right = _rest(a.operands, b.operands), _rest(b.operands, a.operands)
    if not left or not right or len(left) == len(a.operands):
        return None
    return _joined(Hadamard, left), _joined(Hadamard, right)


def _factors(a: tuple[Any, ...], b: tuple[Any, ...]) -> Parts | None:
    """What is left of two products without their common first and last factors."""
    first = 0
    while first < min(len(a), len(b)) and a[first] == b[first]:
        first += 1
    last = 0
    while last < min(len(a), len(b)) - first and a[-1 - last] == b[-1 - last]:
        last += 1
    left, right = a[first : len(a) - last], b[first : len(b) - last]
    if not left or not right or first + last == 0:
        return None
    return _joined(Product, left), _joined(Product, right)
