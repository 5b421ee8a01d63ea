"""Products of matrices made of blocks, multiplied out, and blocks that put a matrix together.

A product goes into the blocks wherever that copies nothing but a single letter: D[A B] is [DA DB]
for a variable D, and stays for a longer one.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from sympy import Expr, expand

from matcalc.dimensions import dims, never_negative
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Transpose, split_scale
from matcalc.operators.blocks import HStack, Stack, VStack, from_grid, grid, hstack, vstack
from matcalc.operators.constants import Constant, Identity, Ones, ones
from matcalc.operators.elementwise import Hadamard
from matcalc.operators.leaves import Named, Variable, matrix
from matcalc.operators.segments import Segment, Span
from matcalc.operators.selection import index, segment
from matcalc.rewrite import Law

m, n, p, q, k = dims("m n p q k")
i = index("i")
A, B, C = matrix("A", m, n), matrix("B", m, p), matrix("C", q, n)
D, E, F = matrix("D", k, m), matrix("E", n, k), matrix("F", p, k)
G, H = matrix("G", m, n + p), matrix("H", m + q, n)


def neighbours(rewrite: Callable[[Node, Node], Any], x: Product) -> Any:
    """The first two neighbouring factors for which there is another form, in that form."""
    for at, (left, right) in enumerate(pairwise(x.operands)):
        result = rewrite(left, right)
        if result is not None:
            return Product(*x.operands[:at], result, *x.operands[at + 2 :])
    return x


def block_product(left: Node, right: Node) -> Any:
    """[A B][C; D] = AC + BD, for any number of rows and columns of blocks that fit."""
    rows, below = grid(left), grid(right)
    if len(below) < 2 or [b.cols for b in rows[0]] != [line[0].rows for line in below]:
        return None
    columns = list(zip(*below, strict=True))
    return from_grid([[Add(*map(Product, row, column)) for column in columns] for row in rows])


def left_factor_into_blocks(x: Product) -> Any:
    """D[A B] = [DA DB] for a single letter D and nothing else beside."""
    left, right = x.operands[0], x.operands[-1]
    if len(x.operands) > 2 or not isinstance(right, HStack) or not _is_letter(left):
        return x
    return HStack(*(Product(left, b) for b in right.operands))


def right_factor_into_blocks(x: Product) -> Any:
    """[A; C]D = [AD; CD] for a single letter D and nothing else beside."""
    left, right = x.operands[0], x.operands[-1]
    if len(x.operands) > 2 or not isinstance(left, VStack) or not _is_letter(right):
        return x
    return VStack(*(Product(b, right) for b in left.operands))


def _is_letter(x: Node) -> bool:
    inside = x.operands[0] if isinstance(x, Transpose) else x
    return isinstance(inside, Variable | Named | Constant)


def sum_of_blocks(left: Node, right: Node) -> Any:
    """[A B]1 = A1 + B1, and 1ᵀ[A; C] = 1ᵀA + 1ᵀC."""
    if isinstance(left, HStack) and isinstance(right, Ones):
        return Add(*(Product(b, Ones(b.cols, right.cols)) for b in left.operands))
    if isinstance(left, Ones) and isinstance(right, VStack):
        return Add(*(Product(Ones(left.rows, b.rows), b) for b in right.operands))
    return None


def picked_blocks(left: Node, right: Node) -> Any:
    """[A B]E = A for the columns of A, and Eᵀ[A; C] = A for its rows."""
    e, stack = (left.operands[0], right) if isinstance(left, Transpose) else (right, left)
    if not isinstance(e, Segment):
        return None
    if isinstance(stack, VStack) and e is right:
        rows = [_picked(b, e) if isinstance(b, HStack) else None for b in stack.operands]
        return None if any(row is None for row in rows) else VStack(*rows)
    kind = VStack if e is not right else HStack
    return _picked(stack, e) if isinstance(stack, kind) else None


def picked_in_terms(left: Node, right: Node) -> Any:
    """(G + [A B])E = GE + A, and the same for ⊙ and for rows."""
    e, terms = (left.operands[0], right) if isinstance(left, Transpose) else (right, left)
    kind = VStack if isinstance(left, Transpose) else HStack
    if not isinstance(e, Segment) or not isinstance(terms, Add | Hadamard):
        return None
    scaled = [split_scale(b) for b in terms.operands]
    picked = [_picked(b, e) if isinstance(b, kind) else None for _, b in scaled]
    if all(b is None for b in picked):
        return None
    products = [Product(left, b) if kind is VStack else Product(b, right) for b in terms.operands]
    pairs = zip(scaled, picked, products, strict=True)
    return type(terms)(*(whole if b is None else c * b for (c, _), b, whole in pairs))


def _picked(stack: Stack, e: Segment) -> Any:
    """What a segment of an identity picks, if it is whole blocks or part of one; or None."""
    cuts = [0 * e.span.start, *(block.span.stop for block in stack.segments)]
    start, stop = e.span.start, e.span.stop
    if start in cuts and stop in cuts:
        return type(stack)(*stack.operands[cuts.index(start) : cuts.index(stop)])
    for (first, last), b in zip(pairwise(cuts), stack.operands, strict=True):
        if never_negative(start - first) and never_negative(last - stop):
            part = Segment(expand(last - first), expand(start - first), e.cols)
            return Product(Transpose(part), b) if stack.axis == 0 else Product(b, part)
    return None


def at_end(x: Node, last: bool, transposed: bool) -> tuple[Expr, Span, list[Node]] | None:
    """Coefficient, span and other factors of a product with a segment E, or Eᵀ, at one end."""
    c, a = split_scale(x)
    factors = list(a.operands if isinstance(a, Product) else (a,))
    e = factors.pop(-1 if last else 0)
    if transposed:
        e = e.operands[0] if isinstance(e, Transpose) else None
    return (c, e.span, factors) if isinstance(e, Segment) else None


def tiled(kind: type[Stack], x: Add) -> Any:
    """E_1 A + E_2 B + ⋯ = [A; B; ⋯] where the segments cover all rows; A E_1ᵀ + ⋯ for columns."""
    side = kind is HStack
    placed: dict[Any, Any] = {}
    for term in x.operands:
        found = at_end(term, last=side, transposed=side)
        if found is not None:
            placed.setdefault(found[1].start, (found, term))
    blocks: list[Node] = []
    used, at = [], 0 * x.rows
    while at in placed:
        (c, span, factors), term = placed[at]
        blocks.append(c * Product(*(factors or [Identity(span.count)])))
        used.append(term)
        at = span.stop
    if len(blocks) < 2 or at != x.shape[kind.axis]:
        return x
    return Add(kind(*blocks), *(term for term in x.operands if term not in used))


def joined(kind: type[Stack], x: Any) -> Any:
    """[A E_1  A E_2] = A E for neighbouring columns E_1 and E_2 of an identity, and for rows."""
    for at, pair in enumerate(pairwise(x.operands)):
        first, second = (at_end(b, last=kind is HStack, transposed=kind is VStack) for b in pair)
        whole = _joined(first, second, kind) if first and second else None
        if whole is not None:
            return kind(*x.operands[:at], whole, *x.operands[at + 2 :])
    return x


def _joined(first: Any, second: Any, kind: type[Stack]) -> Any:
    (c, one, factors), (k, other, others) = first, second
    if c != k or factors != others or (one.size, one.stop) != (other.size, other.start):
        return None
    e = Segment(one.size, one.start, expand(one.count + other.count))
    return c * (Product(*factors, e) if kind is HStack else Product(Transpose(e), *factors))


def _products(
    name: str, lhs: Any, rhs: Any, rewrite: Callable[[Node, Node], Any], *among: type
) -> Law:
    return Law(name, lhs, rhs, general=partial(neighbours, rewrite), among=among)


COLUMNS_A, COLUMNS_B = segment(n + p, 0, n), segment(n + p, n, p)
ROWS_A, ROWS_C = segment(m + q, 0, m), segment(m + q, m, q)

BLOCK_PRODUCTS = (
    _products(
        "product of blocks", hstack(A, B) @ vstack(E, F), A @ E + B @ F, block_product, VStack
    ),
    _products(
        "columns of blocks side by side", hstack(A, B) @ COLUMNS_B, B, picked_blocks, HStack, VStack
    ),
    _products("rows of stacked blocks", ROWS_A.T @ vstack(A, C), A, picked_blocks, HStack, VStack),
    _products(
        "columns of ⊙ with blocks",
        (G * hstack(A, B)) @ COLUMNS_A,
        (G @ COLUMNS_A) * A,
        picked_in_terms,
        Segment,
        Transpose,
    ),
    _products(
        "rows of ⊙ with stacked blocks",
        ROWS_C.T @ (H * vstack(A, C)),
        (ROWS_C.T @ H) * C,
        picked_in_terms,
        Segment,
        Transpose,
    ),
    _products(
        "row sums of blocks side by side",
        hstack(A, B) @ ones(n + p),
        A @ ones(n) + B @ ones(p),
        sum_of_blocks,
        HStack,
        VStack,
    ),
    _products(
        "column sums of stacked blocks",
        ones(1, m + q) @ vstack(A, C),
        ones(1, m) @ A + ones(1, q) @ C,
        sum_of_blocks,
        HStack,
        VStack,
    ),
    Law(
        "a left factor goes into blocks",
        D @ hstack(A, B),
        hstack(D @ A, D @ B),
        general=left_factor_into_blocks,
        among=(HStack,),
    ),
    Law(
        "a right factor goes into stacked blocks",
        vstack(A, C) @ E,
        vstack(A @ E, C @ E),
        general=right_factor_into_blocks,
        among=(VStack,),
    ),
    Law(
        "rows in their places make a stack",
        ROWS_A @ A + ROWS_C @ C,
        vstack(A, C),
        general=partial(tiled, VStack),
    ),
    Law(
        "columns in their places stand side by side",
        A @ COLUMNS_A.T + B @ COLUMNS_B.T,
        hstack(A, B),
        general=partial(tiled, HStack),
    ),
    Law(
        "neighbouring columns join",
        hstack(G @ segment(n + p, i, p), G @ segment(n + p, i + p, k)),
        G @ segment(n + p, i, p + k),
        general=partial(joined, HStack),
    ),
    Law(
        "neighbouring rows join",
        vstack(segment(m + q, i, q).T @ H, segment(m + q, i + q, k).T @ H),
        segment(m + q, i, q + k).T @ H,
        general=partial(joined, VStack),
    ),
)
"""Products with matrices of blocks, and blocks that make up a whole."""
