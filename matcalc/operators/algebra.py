"""Sums, scalar multiples, products, transposes and inverses of matrices."""

from itertools import pairwise
from operator import mul
from typing import Any

from sympy import Expr, Integer, Rational

from matcalc.dimensions import same
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.node import SYNTAX, Node, interned
from matcalc.operators.constants import Centering, Commutation, Identity, Ones, Zero
from matcalc.operators.segments import is_bracketed, spelled
from matcalc.operators.shapes import (
    ONE,
    ZERO,
    broadcast_hint,
    described,
    difference,
    is_one,
    need_inner,
    need_same_shape,
)
from matcalc.protocols import ATOM, ELEMENTWISE, PREFIX, PRODUCT, SCALED, SUM, Show, Table, Values
from matcalc.scalars import WHOLE, number, scaled

FLAT_LIMIT = 16
"""Products and ⊙ of more factors nest, so that repeated squaring costs what its graph does."""


def split_scale(node: Node) -> tuple[Expr, Node]:
    """Coefficient and rest: A = c·B."""
    return node.operands if isinstance(node, Scale) else (ONE, node)


def negative(c: Expr) -> bool:
    """Whether a coefficient is printed with a minus sign."""
    return bool(c.p < 0 if isinstance(c, Rational) else c.could_extract_minus_sign())


class Scale(Node):
    """c·A, a scalar multiple. Entry: c·A[i, j]."""

    precedence = SCALED

    @classmethod
    def canonical(cls, c: Expr, a: Node) -> Any:
        if isinstance(a, Scale):
            c, a = scaled(c, a.operands[0]), a.operands[1]
        if c.is_Float:
            c = WHOLE.get(c, c)
        if c is ONE:
            return a
        return Zero(*a.shape) if c is ZERO or isinstance(a, Zero) else (c, a)

    @staticmethod
    def infer(c: Expr, a: Node) -> tuple[Expr, Expr]:
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.number(self.operands[0]) * at.table(self.operands[1])[i][j]

    def latex(self, show: Show) -> str:
        c, a = self.operands
        if negative(c):
            return "-" + ("" if c == -1 else f"{show(-c, SCALED)} ") + show(a, ELEMENTWISE)
        return f"{show(c, SCALED)} {show(a, ELEMENTWISE)}"

    def text(self, show: Show) -> str:
        """The multiple as Python reads it back: a fraction of numbers as a division."""
        c, a = self.operands
        below = c.q if c.is_Rational else 1
        above = c * below
        times = {1: "", -1: "-"}.get(above, f"{show(above, SCALED)} * ")
        return times + show(a, ELEMENTWISE) + (f" / {below}" if below != 1 else "")

    numpy = text


class Add(Node):
    """A + B + …, of equal shapes. Like terms are merged; the order of terms does not matter."""

    precedence = SUM

    @classmethod
    def canonical(cls, *terms: Node) -> Any:
        if len(terms) == 1 and not isinstance(split_scale(terms[0])[1], Add):
            return terms[0]
        for term in terms[1:]:
            need_same_shape("add", terms[0], term)
        merged: dict[Node, Expr] = {}
        for term in terms:
            scale, inner = split_scale(term)
            for part in inner.operands if isinstance(inner, Add) else (inner,):
                c, a = split_scale(part)
                c = scaled(scale, c)
                merged[a] = merged[a] + c if a in merged else c
        kept = [a for a, c in merged.items() if (c is ONE or c != 0) and not isinstance(a, Zero)]
        parts = [a if merged[a] is ONE else Scale(merged[a], a) for a in kept]
        if not parts:
            return Zero(*terms[0].shape)
        return parts[0] if len(parts) == 1 else tuple(sorted(parts, key=_term_order))

    @staticmethod
    def infer(*terms: Node) -> tuple[Expr, Expr]:
        return terms[0].shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return sum(at.table(term)[i][j] for term in self.operands)

    def latex(self, show: Show) -> str:
        written = show(self.operands[0], SUM)
        for term in self.operands[1:]:
            shown = show(term, SUM)
            written += f" - {shown[1:].lstrip()}" if shown.startswith("-") else f" + {shown}"
        return written

    text = latex
    numpy = latex


def _term_order(term: Node) -> tuple[bool, Any]:
    c, a = split_scale(term)
    return negative(c), a.key


class Product(Node):
    """A B ⋯, the matrix product. Entry: Σ_k A[i, k]·B[k, j]."""

    latex_precedence = PRODUCT

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return ATOM if is_bracketed(self.operands, Transpose) else PRODUCT

    @classmethod
    def canonical(cls, *factors: Node) -> Any:
        if len(factors) == 1:
            return factors[0]
        for left, right in pairwise(factors):
            need_inner(left, right)
        c, flat = ONE, []
        for factor in _flattened(factors):
            scale, factor = split_scale(factor)
            c = scaled(c, scale)
            flat += _outer(factor)
        if any(isinstance(f, Zero) for f in flat):
            return Zero(*cls.infer(*factors))
        kept = _without_units(flat)
        if len(kept) < 2:
            return Scale(c, kept[0] if kept else Identity(factors[0].rows))
        if c is ONE:
            return tuple(kept)
        nests = len(kept) > FLAT_LIMIT or any(isinstance(f, Product) for f in kept)
        return Scale(c, Product(*kept) if nests else interned(cls, tuple(kept)))

    @staticmethod
    def infer(*factors: Node) -> tuple[Expr, Expr]:
        return factors[0].rows, factors[-1].cols

    def entry(self, at: Values, i: int, j: int) -> Any:
        (line,) = at.kept((self, i), lambda: self._line(at, i))
        return _dot(line, [row[j] for row in at.table(self.operands[-1])])

    def _line(self, at: Values, i: int) -> Table:
        line = at.table(self.operands[0])[i]
        for factor in self.operands[1:-1]:
            line = [_dot(line, column) for column in zip(*at.table(factor), strict=True)]
        return [line]

    def latex(self, show: Show) -> str:
        text = show(self.operands[0], PRODUCT)
        for left, right in pairwise(self.operands):
            shown = show(right, PRODUCT)
            close = left.varies or shown.startswith(r"\mathrm{")
            text += (r" \, " if close else " ") + shown
        return text

    def text(self, show: Show) -> str:
        return " @ ".join(spelled(self.operands, show, Transpose))

    numpy = text


def _dot(a: Any, b: Any) -> Any:
    return sum(map(mul, a, b))


def _flattened(factors: tuple[Node, ...]) -> list[Node]:
    flat: list[Node] = []
    for factor in factors:
        c, inner = split_scale(factor)
        parts = inner.operands if isinstance(inner, Product) else (inner,)
        if len(flat) + len(parts) > FLAT_LIMIT:
            parts = (inner,)
        flat += parts if c is ONE else (Scale(c, parts[0]), *parts[1:])
    if len(flat) > FLAT_LIMIT:
        flat = [Product(*flat[:FLAT_LIMIT]), *flat[FLAT_LIMIT:]]
    return flat


def _outer(factor: Node) -> list[Node]:
    """Ones as 1·1ᵀ, so that a row or column of ones is seen by its neighbours."""
    if isinstance(factor, Ones) and not is_one(factor.rows) and not is_one(factor.cols):
        return [Ones(factor.rows, ONE), Ones(ONE, factor.cols)]
    return [factor]


def _without_units(factors: list[Node]) -> list[Node]:
    kept = [f for f in factors if not isinstance(f, Identity) and not _is_unit(f)]
    if len(kept) == 2 and all(isinstance(f, Ones) for f in kept) and is_one(kept[0].cols):
        return [Ones(kept[0].rows, kept[1].cols)]
    return kept or ([f for f in factors if _is_unit(f)][:1])


def _is_unit(factor: Node) -> bool:
    return isinstance(factor, Ones) and is_one(factor.rows) and is_one(factor.cols)


class Transpose(Node):
    """Aᵀ. Entry: A[j, i]."""

    precedence = PREFIX

    @classmethod
    def canonical(cls, a: Node) -> Any:
        if isinstance(a, Transpose):
            return a.operands[0]
        if isinstance(a, Scale):
            return Scale(a.operands[0], Transpose(a.operands[1]))
        if isinstance(a, Identity | Centering) or (is_one(a.rows) and is_one(a.cols)):
            return a
        if isinstance(a, Ones | Zero):
            return type(a)(a.cols, a.rows)
        return Commutation(*reversed(a.operands)) if isinstance(a, Commutation) else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        return a.cols, a.rows

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.table(self.operands[0])[j][i]

    def latex(self, show: Show) -> str:
        return f"{{{show(self.operands[0], ATOM)}}}^{{\\top}}"

    def text(self, show: Show) -> str:
        return f"{show(self.operands[0], ATOM)}.T"

    numpy = text


class Inverse(Node):
    """A⁻¹ of an invertible square A."""

    latex_precedence = PREFIX

    @classmethod
    def canonical(cls, a: Node) -> Any:
        if isinstance(a, Inverse):
            return a.operands[0]
        if isinstance(a, Identity):
            return a
        return Scale(1 / a.operands[0], Inverse(a.operands[1])) if isinstance(a, Scale) else (a,)

    @staticmethod
    def infer(a: Node) -> tuple[Expr, Expr]:
        if not same(a.rows, a.cols):
            raise ShapeError(f"cannot invert {described(a)}: it is not square")
        return a.shape

    def entry(self, at: Values, i: int, j: int) -> Any:
        return at.inverse(self.operands[0])[i][j]

    def latex(self, show: Show) -> str:
        return f"{{{show(self.operands[0], ATOM)}}}^{{-1}}"

    def text(self, show: Show) -> str:
        return f"inv({show(self.operands[0], 0)})"

    def numpy(self, show: Show) -> str:
        return f"np.linalg.inv({show(self.operands[0], 0)})"


def inv(a: Node) -> Node:
    """The inverse of a square matrix."""
    return Inverse(need_node("inv", a))


def need_node(what: str, value: Any) -> Node:
    """Return a matrix expression as it is, refuse anything else."""
    if isinstance(value, Node):
        return value
    raise UnsupportedInput(f"{what} needs a matrix expression, got {type(value).__name__}")


def _add(a: Any, b: Any) -> Node:
    for x, y in ((a, b), (b, a)):
        if not isinstance(x, Node):
            size = f"{y.rows}, {y.cols}"
            raise ShapeError(
                f"cannot add the scalar {number(x)} to {described(y)}: "
                f"write {x} * ones({size}), or trace(…) to make the matrix a scalar"
            )
    if same(a.rows, b.rows) and same(a.cols, b.cols):
        return Add(a, b)
    raise ShapeError(
        f"cannot add {described(a)} and {described(b)}: {difference(a, b)}{broadcast_hint(a, b)}"
    )


def _matmul(a: Any, b: Any) -> Node:
    return Product(need_node("@", a), need_node("@", b))


SYNTAX["+"] = _add
SYNTAX["-"] = lambda a, b: _add(a, Scale(Integer(-1), b) if isinstance(b, Node) else -number(b))
SYNTAX["@"] = _matmul
SYNTAX["T"] = Transpose
SYNTAX["sum"] = Add
