"""Common ⊙-factors taken out of sums, and named ⊙-products recognised."""

from functools import partial
from itertools import product
from typing import Any

from sympy import Integer

from matcalc.dimensions import dims
from matcalc.lines import DIRECTIONS, Sums
from matcalc.measure import opposites
from matcalc.monomials import Monomial, common, monomial
from matcalc.node import Node, scalars_and_nodes
from matcalc.operators.algebra import Add, Product, Scale, Transpose, split_scale
from matcalc.operators.constants import Ones
from matcalc.operators.elementwise import Hadamard, power
from matcalc.operators.leaves import Named, matrix, scalar
from matcalc.rewrite import Law

m, n, p = dims("m n p")
k = scalar("k")
A, B, C = matrix("A", m, n), matrix("B", m, n), matrix("C", m, n)
F, G = matrix("F", n, p), matrix("G", n, p)


def common_factor(x: Add) -> Any:
    """A⊙C + B⊙C = (A + B)⊙C, for any number of terms; a shared power goes out as far as it can."""
    monomials = [monomial(term) for term in x.operands]
    shared = common(monomials)
    if not shared:
        return x
    factor = Monomial(Integer(1), shared, x.shape)
    return Hadamard(Add(*(each.over(factor).node() for each in monomials)), factor.node())


def common_coefficient(x: Add) -> Any:
    """cA + cB = c(A + B), signs apart, for any number of terms."""
    parts = [split_scale(term) for term in x.operands]
    c = parts[0][0]
    if c in (1, -1) or any(k not in (c, -c) for k, _ in parts):
        return x
    # not k / c, of which sympy need not see that it is 1
    return Scale(c, Add(*(Scale(Integer(1 if k == c else -1), a) for k, a in parts)))


COMMON_COEFFICIENT = Law(
    "common coefficient", k * A + k * B, k * (A + B), general=common_coefficient, heads=(Add,)
)


def sign_out_of_product(x: Product) -> Any:
    """(−A − B) C = −(A + B) C for a factor whose terms are all negative."""
    for i, factor in enumerate(x.operands):
        terms = factor.operands if isinstance(factor, Add) else ()
        if terms and all(split_scale(term)[0] == -1 for term in terms):
            turned = Add(*(Scale(Integer(-1), term) for term in terms))
            return Scale(Integer(-1), Product(*x.operands[:i], turned, *x.operands[i + 1 :]))
    return x


COMMON_SIGN = Law(
    "a common sign leaves a product",
    (-A - B) @ F,
    -((A + B) @ F),
    general=sign_out_of_product,
    among=(Add,),
)


def opposite_factors(x: Product) -> Any:
    """(A − B)(B − A)ᵀ = −(B − A)(B − A)ᵀ."""
    found = opposites(x)
    if found is None:
        return x
    i, turned = found
    return Scale(Integer(-1), Product(*x.operands[:i], turned, *x.operands[i + 1 :]))


OPPOSITES = Law(
    "opposite differences",
    (A - B) @ (B - A).T,
    -((B - A) @ (B - A).T),
    general=opposite_factors,
    among=(Add, Transpose),
)


def common_matrix_factor(end: int, x: Add) -> Any:
    """A C + B C = (A + B) C for all terms with the same factor at that end, -1 or 0."""
    parts = [(*split_scale(term), term) for term in x.operands]
    by_factor: dict[Node, list[tuple[Any, Node, Node]]] = {}
    for c, a, term in parts:
        if isinstance(a, Product):
            by_factor.setdefault(a.operands[end], []).append((c, a, term))
    for factor, group in by_factor.items():
        if len(group) > 1 and not isinstance(factor, Ones):
            rest = [term for _, _, term in parts if term not in {t for _, _, t in group}]
            cut = slice(None, -1) if end else slice(1, None)
            total = Add(*(Scale(c, Product(*a.operands[cut])) for c, a, _ in group))
            merged = Product(total, factor) if end else Product(factor, total)
            return Add(merged, *rest)
    return x


def _common(end: int, name: str, lhs: Node, rhs: Node) -> Law:
    return Law(name, lhs, rhs, general=partial(common_matrix_factor, end), heads=(Add,))


COMMON_MATRIX_FACTORS = (
    _common(-1, "common right factor", A @ F + B @ F, (A + B) @ F),
    _common(0, "common left factor", A @ F + A @ G, A @ (F + G)),
)
COMMON_FACTOR = Law("common ⊙-factor", A * C + B * C, (A + B) * C, general=common_factor)


def definition_law(named: Named) -> Law:
    """The law that puts a name in place of its definition.

    A named ⊙-product is recognised inside a larger one, and across a sum: with
    Z̃ = C ⊙ 1σ⁻¹, σ⁻¹ ⊙ 1ᵀ(D ⊙ C) is 1ᵀ(D ⊙ Z̃).
    """
    definition = named.definition
    pattern = monomial(definition)
    c, inner = split_scale(definition)
    # a coefficient that is made of the product itself would be named within, without end
    is_product = isinstance(inner, Hadamard) and not scalars_and_nodes(c)

    def put_name(x: Any) -> Any:
        if x is definition:
            return named
        if not is_product or not isinstance(x, Hadamard):
            return x
        whole = monomial(x)
        if x.shape == named.shape and pattern.divides(whole):
            return _with_name(whole.over(pattern), named).node()
        return _across_a_sum(x, whole, pattern, named)

    heads = (type(definition), Hadamard) if is_product else (type(definition),)
    return Law(f"definition of {named.name}", definition, named, general=put_name, heads=heads)


def _with_name(rest: Monomial, named: Named) -> Monomial:
    exponents = {**rest.exponents, named: rest.exponents.get(named, Integer(0)) + 1}
    return Monomial(rest.coefficient, exponents, rest.shape)


def _across_a_sum(x: Hadamard, whole: Monomial, pattern: Monomial, named: Named) -> Any:
    for sums, (base, k) in product(DIRECTIONS, whole.exponents.items()):
        inside = sums.summed(base)
        if k != 1 or inside is None or inside.shape != named.shape:
            continue
        summed, length = monomial(inside), sums.length(inside)
        lines = {sums.repeat(b, length): b for b in whole.exponents if b is not base}
        lifted = {repeated: whole.exponents[line] for repeated, line in lines.items()}
        joined = Monomial(summed.coefficient, {**summed.exponents, **lifted}, inside.shape)
        if pattern.divides(joined) and not pattern.divides(summed):
            rest = _with_name(joined.over(pattern), named)
            return Scale(whole.coefficient, _summed(sums, rest, lines))
    return x


def _summed(sums: Sums, joined: Monomial, lines: dict[Node, Node]) -> Node:
    """Sums of a monomial, the repeated lines outside the sum as the lines they repeat."""
    inside = {base: k for base, k in joined.exponents.items() if base not in lines}
    outside = [power(lines[base], k) for base, k in joined.exponents.items() if base in lines]
    body = Monomial(joined.coefficient, inside, joined.shape).node()
    return Hadamard(sums.of(body), *outside)
