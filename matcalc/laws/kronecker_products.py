"""⊗, diagonal and commutation matrices multiplied out: what closes Jacobians and Hessians.

A second derivative arrives as a product of the matrices of linear maps; these laws leave one ⊗, ⊙
or diag in its place. K_pm (A ⊗ B) = (B ⊗ A) K_qn for A m × n and B p × q is J. R. Magnus,
H. Neudecker, *Matrix Differential Calculus*, 3rd ed., ch. 3, thm. 9.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from matcalc.dimensions import dims, same
from matcalc.facts import holds
from matcalc.laws.theme import Theme
from matcalc.match import Binding
from matcalc.monomials import merged
from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Selector, commutation, identity, ones, selector
from matcalc.operators.diagonal import diag
from matcalc.operators.elementwise import Hadamard, function
from matcalc.operators.kronecker import Kronecker, Vec, kron, vec
from matcalc.operators.leaves import column, matrix, row
from matcalc.rewrite import Law

m, n, p, q, h, k = dims("m n p q h k")
A, B = matrix("A", m, n), matrix("B", p, q)
C, D = matrix("C", n, h), matrix("D", q, k)
E, F, M = matrix("E", p, q), matrix("F", m, n), matrix("M", p, k)
S, R = matrix("S", n, n, "symmetric"), matrix("R", m, n)
a, b, r, s = column("a", m), column("b", p), row("r", n), row("s", q)
u, v, w = column("u", n), column("v", n), row("w", n)
f = function("f")


def _pair(x: Any) -> tuple[Node, Node] | None:
    """A and B of A ⊗ B, the further factors of a longer ⊗ with B."""
    if not isinstance(x, Kronecker):
        return None
    return x.operands[0], Kronecker(*x.operands[1:])


def _conform(left: tuple[Node, Node], right: tuple[Node, Node]) -> bool:
    return all(same(x.cols, y.rows) for x, y in zip(left, right, strict=True))


def _times(left: Node, right: Node) -> Node | None:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD, where the factors conform."""
    first, second = _pair(left), _pair(right)
    if first is None or second is None or not _conform(first, second):
        return None
    return Kronecker(*(Product(x, y) for x, y in zip(first, second, strict=True)))


def _before(right: Node, left: Node) -> Node | None:
    return _times(left, right)


def _each_term(terms: Node, times: Callable[[Node], Node | None]) -> Node | None:
    """The sum of the terms multiplied, if it is a sum and every term can be."""
    if not isinstance(terms, Add):
        return None
    parts = [(c, times(term)) for c, term in map(split_scale, terms.operands)]
    found = [Scale(c, product) for c, product in parts if product is not None]
    return Add(*found) if len(found) == len(parts) else None


def mixed_products_of_terms(x: Product) -> Any:
    """(A ⊗ B + E ⊗ F)(C ⊗ D) = AC ⊗ BD + EC ⊗ FD, the sum on either side, any number of terms."""
    for i, (left, right) in enumerate(pairwise(x.operands)):
        found = _each_term(left, partial(_before, right))
        if found is None:
            found = _each_term(right, partial(_times, left))
        if found is not None:
            return Product(*x.operands[:i], found, *x.operands[i + 2 :])
    return x


def common_kronecker_factor(x: Add) -> Any:
    """A ⊗ B + A ⊗ C = A ⊗ (B + C), on either side, where all terms share the factor."""
    parts = [(c, _pair(term)) for c, term in map(split_scale, x.operands)]
    pairs = [(c, pair) for c, pair in parts if pair is not None]
    if len(pairs) < len(parts):
        return x
    for shared in (0, 1):
        factor, other = pairs[0][1][shared], 1 - shared
        if all(pair[shared] is factor for _, pair in pairs):
            total = Add(*(Scale(c, pair[other]) for c, pair in pairs))
            return Kronecker(total, factor) if shared else Kronecker(factor, total)
    return x


def between_selectors(x: Product) -> Any:
    """Kᵀ(A ⊗ B + E ⊗ F)K = A ⊙ B + E ⊙ F, for any number of terms."""
    for i, (left, middle, right) in enumerate(
        zip(x.operands, x.operands[1:], x.operands[2:], strict=False)
    ):
        terms = middle.operands if isinstance(middle, Add) else (middle,)
        parts = [(c, _pair(term)) for c, term in map(split_scale, terms)]
        pairs = [(c, pair) for c, pair in parts if pair is not None and _same_shape(*pair)]
        selectors = isinstance(left, Transpose) and isinstance(left.operands[0], Selector)
        if selectors and isinstance(right, Selector) and len(pairs) == len(parts):
            inside = Add(*(Scale(c, Hadamard(*pair)) for c, pair in pairs))
            return Product(*x.operands[:i], inside, *x.operands[i + 3 :])
    return x


def _same_shape(a: Node, b: Node) -> bool:
    return same(a.rows, b.rows) and same(a.cols, b.cols)


def _alike(operands: tuple[Node, ...]) -> list[Node]:
    """The first two or more vecs among the operands that are of matrices of one shape."""
    by_shape: dict[Any, list[Node]] = {}
    for x in (x for x in operands if isinstance(x, Vec)):
        by_shape.setdefault(x.operands[0].shape, []).append(x)
    return next((alike for alike in by_shape.values() if len(alike) > 1), [])


def add_vecs(x: Add) -> Any:
    """vec(A) + vec(B) = vec(A + B), for any number of matrices of one shape, with coefficients."""
    alike = _alike(tuple(split_scale(term)[1] for term in x.operands))
    return merged(x, lambda term: term.operands[0] if term in alike else None, Vec)


def multiply_vecs(x: Hadamard) -> Any:
    """vec(A) ⊙ vec(B) = vec(A ⊙ B), for any number of matrices of one shape."""
    alike = _alike(x.operands)
    if not alike:
        return x
    rest = [factor for factor in x.operands if factor not in alike]
    return Hadamard(Vec(Hadamard(*(y.operands[0] for y in alike))), *rest)


def signs_that_cancel(x: Scale) -> Any:
    """−c(−A − B) = c(A + B), for any number of terms."""
    factor, total = x.operands
    terms = total.operands if isinstance(total, Add) else ()
    signs = [factor, *(split_scale(term)[0] for term in terms)]
    if not terms or -1 not in signs or not all(c.as_coeff_Mul()[0].is_negative for c in signs):
        return x
    return Scale(-factor, Add(*(-term for term in terms)))


def sign_out_of_transpose(x: Transpose) -> Any:
    """(−A − B)ᵀ = −(A + B)ᵀ, for any number of terms."""
    total = x.operands[0]
    terms = total.operands if isinstance(total, Add) else ()
    if not terms or not all(split_scale(term)[0] == -1 for term in terms):
        return x
    return -Transpose(Add(*(-term for term in terms)))


def transpose_symmetric_terms(x: Transpose) -> Any:
    """(S + AᵀA)ᵀ = S + AᵀA, for a sum of terms each of which is its transpose."""
    total = x.operands[0]
    if not isinstance(total, Add):
        return x
    terms = [split_scale(term)[1] for term in total.operands]
    return total if all(map(_is_its_transpose, terms)) else x


def _is_its_transpose(term: Node) -> bool:
    if holds("symmetric", term):
        return True
    factors = _factors(term)
    turned = [y if holds("symmetric", y) else Transpose(y) for y in reversed(factors)]
    return all(y is z for y, z in zip(turned, factors, strict=True))


def _first_is_no_kron(bound: Binding) -> bool:
    """Whether D does not begin with a ⊗-product, with which there is a mixed product."""
    return not isinstance(_factors(bound[D])[0], Kronecker)


def _last_is_no_kron(bound: Binding) -> bool:
    """Whether B does not end with a ⊗-product."""
    return not isinstance(_factors(bound[B])[-1], Kronecker)


def _factors(x: Node) -> tuple[Node, ...]:
    return x.operands if isinstance(x, Product) else (x,)


SIMPLEST = (
    Law("a diagonal matrix times a column", diag(u) @ v, u * v),
    Law("a row times a diagonal matrix", w @ diag(u), w * u.T),
    Law(
        "selectors around ⊗",
        selector(m).T @ kron(A, F) @ selector(n),
        A * F,
        general=between_selectors,
        among=(Selector,),
    ),
    Law(
        "row sums of ⊙ with a scaled product",
        kron(ones(1, q), identity(p)) @ diag(vec(E)) @ kron(D, M) @ selector(k),
        M * (E @ D),
    ),
    Law(
        "column sums of ⊙ with a scaled product",
        kron(identity(q), ones(1, p)) @ diag(vec(E)) @ kron(D, M) @ selector(k),
        D * (E.T @ M),
    ),
    Law("commutations around ⊗", commutation(p, m) @ kron(A, B) @ commutation(n, q), kron(B, A)),
    Law(
        "mixed product across a commutation",
        kron(A, B) @ commutation(n, q) @ kron(D, C),
        kron(A @ C, B @ D) @ commutation(h, k),
    ),
    Law("commutation of a column ⊗ a matrix", commutation(p, m) @ kron(a, B), kron(B, a)),
    Law("commutation of a matrix ⊗ a column", commutation(p, m) @ kron(A, b), kron(b, A)),
    Law("a row ⊗ a matrix commuted", kron(r, B) @ commutation(n, q), kron(B, r)),
    Law("a matrix ⊗ a row commuted", kron(A, s) @ commutation(n, q), kron(s, A)),
    Law(
        "a column ⊗ I times a matrix", kron(a, identity(q)) @ D, kron(a, D), where=_first_is_no_kron
    ),
    Law(
        "I ⊗ a column times a matrix", kron(identity(q), a) @ D, kron(D, a), where=_first_is_no_kron
    ),
    Law("a matrix times a row ⊗ I", B @ kron(r, identity(q)), kron(r, B), where=_last_is_no_kron),
    Law("a matrix times I ⊗ a row", B @ kron(identity(q), r), kron(B, r), where=_last_is_no_kron),
    Law(
        "mixed products of terms",
        (kron(A, B) + kron(F, E)) @ kron(C, D),
        kron(A @ C, B @ D) + kron(F @ C, E @ D),
        general=mixed_products_of_terms,
        among=(Kronecker,),
    ),
    Law(
        "common ⊗-factor",
        kron(A, B) + kron(A, E),
        kron(A, B + E),
        general=common_kronecker_factor,
        among=(Kronecker, Scale),
    ),
    Law("vecs add", vec(A) + vec(F), vec(A + F), general=add_vecs, among=(Vec, Scale)),
    Law("vecs multiply", vec(A) * vec(F), vec(A * F), general=multiply_vecs, among=(Vec,)),
    Law("function of a vec", f(vec(A)), vec(f(A))),
    Law("signs that cancel", -(-A - F), A + F, general=signs_that_cancel, heads=(Scale,)),
    Law(
        "a common sign leaves a transpose",
        (-A - F).T,
        -(A + F).T,
        general=sign_out_of_transpose,
    ),
    Law(
        "a sum of symmetric terms is its transpose",
        (S + R.T @ R).T,
        S + R.T @ R,
        general=transpose_symmetric_terms,
    ),
)

KRONECKER_PRODUCTS = Theme(simplest=SIMPLEST)
"""Products of the matrices of linear maps."""
