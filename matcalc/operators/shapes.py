"""Shapes compared, and what is said when they do not fit: operands, sizes, a remedy."""

from sympy import Expr, Integer

from matcalc.dimensions import same
from matcalc.errors import ShapeError
from matcalc.node import Node
from matcalc.protocols import PRODUCT

ONE, ZERO = Integer(1), Integer(0)
SHORT = 40
"""Nodes up to this size are spelled out in a message."""


def need_same_shape(what: str, a: Node, b: Node, remedy: str = "") -> None:
    """Raise a `ShapeError` that names both operands unless their shapes agree."""
    if a.shape == b.shape or (same(a.rows, b.rows) and same(a.cols, b.cols)):
        return
    raise ShapeError(f"cannot {what} {described(a)} and {described(b)}: {difference(a, b)}{remedy}")


def difference(a: Node, b: Node) -> str:
    """Say which of two shapes' sizes differ."""
    pairs = (("rows", a.rows, b.rows), ("columns", a.cols, b.cols))
    return " and ".join(f"{n} {p} and {q} differ" for n, p, q in pairs if not same(p, q))


def described(node: Node) -> str:
    """Operand and shape for an error message, kept short."""
    text = str(node) if node.key[0] <= SHORT else f"a {type(node).__name__} of many operands"
    return f"{text} ({node.rows} × {node.cols})"


def is_one(size: Expr) -> bool:
    """Whether a size is 1."""
    return size is ONE


def need_inner(left: Node, right: Node) -> None:
    """Raise a `ShapeError` unless two matrices can be multiplied."""
    if same(left.cols, right.rows):
        return
    tried = [(left.T, right)] * same(left.rows, right.rows)
    tried += [(left, right.T)] * same(left.cols, right.cols)
    fits = [" @ ".join(map(_factor, pair)) for pair in tried]
    small = left.key[0] + right.key[0] <= SHORT
    hint = f"; did you mean {' or '.join(fits)}?" if fits and small else ""
    raise ShapeError(
        f"cannot multiply {described(left)} by {described(right)}: "
        f"inner sizes {left.cols} and {right.rows} differ{hint}"
    )


def _factor(node: Node) -> str:
    return str(node) if node.precedence >= PRODUCT else f"({node})"


def broadcast_hint(a: Node, b: Node) -> str:
    """How to repeat a row or a column that was meant to be broadcast."""
    for small, big in ((a, b), (b, a)):
        if is_one(small.rows) and same(small.cols, big.cols):
            return (
                f"; nothing is broadcast: to repeat the row {small} down {big.rows} rows write "
                f"kron({small}, ones({big.rows})), in print {small} ⊗ 1_{big.rows}"
            )
        if is_one(small.cols) and same(small.rows, big.rows):
            return (
                f"; nothing is broadcast: to repeat the column {small} over {big.cols} columns "
                f"write kron({small}, ones(1, {big.cols})), in print {small} ⊗ 1_{big.cols}ᵀ"
            )
    if same(a.rows, b.cols) and same(a.cols, b.rows):
        return "; did you mean a transpose?"
    return ""
