"""LaTeX of matrix functions: powers, exponentials, and the sums and integrals of derivatives."""

from typing import Any

from sympy import Expr

from matcalc.node import Node, Operator, children, walk
from matcalc.operators.constants import Identity
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Named, Variable
from matcalc.protocols import ATOM, ELEMENTWISE, PRODUCT, Show

Blocks = tuple[Node, ...]


def latex_of(show: Show, k: Expr | None, name: str, blocks: Blocks) -> str:
    """LaTeX of xᵏ where k is given, else of the function named, at A_0, M_1, A_1, …."""
    if len(blocks) == 1:
        return _of_one(show, k, name, blocks[0])
    if k is not None:
        return _sum(show, k, blocks) if len(blocks) == 3 else _words(show, k, blocks)
    if name == "expm":
        return _integral(show, blocks) if len(blocks) == 3 else _simplex(show, blocks)
    bases, switches = (", ".join(show(x, 0) for x in part) for part in (blocks[::2], blocks[1::2]))
    return rf"\mathrm{{{name}}}\left[{bases}\right]\left({switches}\right)"


def _of_one(show: Show, k: Expr | None, name: str, a: Node) -> str:
    if k is not None:
        return _power(show, a, show(k, 0))
    if name == "expm":
        return f"e^{{{show(a, 0)}}}"
    return rf"\mathrm{{{name}}}\left({show(a, 0)}\right)"


def _power(show: Show, a: Node, shown: str) -> str:
    return f"{{{show(a, ATOM)}}}^{{{shown}}}"


def _exponential(show: Show, a: Node, factor: str) -> str:
    return f"e^{{{factor} {show(a, ELEMENTWISE)}}}"


def _sum(show: Show, k: Expr, blocks: Blocks) -> str:
    """Σ_r Aʳ M B^{k−1−r}, and Σ_r Aʳ ⊗ B^{k−1−r} for A ⊗ I, I and I ⊗ B."""
    a, m, b = blocks
    r, top = _letter(blocks, "rstuvw"), show(k - 1, 0)
    factors = _kronecker_factors(a, m, b)
    if factors is not None:
        left, right = _power(show, factors[0], r), _power(show, factors[1], f"{top} - {r}")
        return rf"\sum_{{{r}=0}}^{{{top}}} {left} \otimes {right}"
    shown = [_power(show, a, r), *_switch(show, m), _power(show, b, f"{top} - {r}")]
    return rf"\sum_{{{r}=0}}^{{{top}}} {' '.join(shown)}"


def _words(show: Show, k: Expr, blocks: Blocks) -> str:
    """Σ A^{r_0} M B^{r_1} N C^{r_2} ⋯ over r_0 + r_1 + r_2 + ⋯ = k − n."""
    n = len(blocks) // 2
    r = _letter(blocks, "rstuvw")
    indices = [f"{r}_{{{i}}}" for i in range(n + 1)]
    powers = [_power(show, a, s) for a, s in zip(blocks[::2], indices, strict=True)]
    return rf"\sum_{{{' + '.join(indices)} = {show(k - n, 0)}}} {_chain(show, powers, blocks)}"


def _integral(show: Show, blocks: Blocks) -> str:
    """∫_0^1 e^{sA} M e^{(1−s)B} ds."""
    s = _letter(blocks, "stuvwr")
    factors = (s, rf"\left(1 - {s}\right)")
    parts = [_exponential(show, a, f) for a, f in zip(blocks[::2], factors, strict=True)]
    return rf"\int_0^1 {_chain(show, parts, blocks)}\,\mathrm{{d}}{s}"


def _simplex(show: Show, blocks: Blocks) -> str:
    """∫ e^{s_0 A} M e^{s_1 B} N e^{s_2 C} ⋯ ds over s_0 + s_1 + s_2 + ⋯ = 1."""
    s = _letter(blocks, "stuvwr")
    indices = [f"{s}_{{{i}}}" for i in range(len(blocks) // 2 + 1)]
    parts = [_exponential(show, a, i) for a, i in zip(blocks[::2], indices, strict=True)]
    inner = _chain(show, parts, blocks)
    return rf"\int_{{{' + '.join(indices)} = 1}} {inner}\,\mathrm{{d}}{s}"


def _chain(show: Show, between: list[str], blocks: Blocks) -> str:
    """The functions of the A_i with the M_i between them, identities left out."""
    shown = [between[0]]
    for m, text in zip(blocks[1::2], between[1:], strict=True):
        shown += [*_switch(show, m), text]
    return " ".join(shown)


def _switch(show: Show, m: Node) -> list[str]:
    return [] if isinstance(m, Identity) else [show(m, PRODUCT)]


def _kronecker_factors(a: Node, m: Node, b: Node) -> tuple[Node, Node] | None:
    """P and Q where the arguments are P ⊗ I, I, I ⊗ Q."""
    if not (isinstance(m, Identity) and isinstance(a, Kronecker) and isinstance(b, Kronecker)):
        return None
    if len(a.operands) > 2 or len(b.operands) > 2:
        return None
    (p, i), (j, q) = a.operands, b.operands
    same = isinstance(i, Identity) and isinstance(j, Identity) and i.shape == q.shape
    return (p, q) if same and j.shape == p.shape else None


def _letter(blocks: Blocks, wanted: str) -> str:
    """A letter for an index that nothing in the blocks is called."""
    taken = {name for block in blocks for x in walk(block, _inside) for name in _names(x)}
    return next((letter for letter in wanted if letter not in taken), r"\rho")


def _inside(x: Any) -> tuple[Any, ...]:
    return () if isinstance(x, Named) else children(x)


def _names(x: Any) -> list[str]:
    if isinstance(x, Variable | Named):
        return [x.name]
    scalars = [y for y in getattr(x, "operands", (x,)) if not isinstance(y, Operator)]
    return [s.name for y in scalars if isinstance(y, Expr) for s in y.free_symbols]
