"""What is known of an expression from the facts declared of its variables.

Facts are read off bottom-up, each node once. Laws use them through their patterns: a pattern
variable with facts stands only for expressions of which they hold.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from sympy import Dummy, Expr, exp

from matcalc.node import Node, Operator, children, walk
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose
from matcalc.operators.analytic import EXP, exponent
from matcalc.operators.constants import Centering, Commutation, Identity, Ones, Zero
from matcalc.operators.diagonal import Diag
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY
from matcalc.operators.generalised_inverses import Adjugate, PseudoInverse
from matcalc.operators.kronecker import Kronecker, Unvec
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.matrix_functions import MatrixFunction
from matcalc.operators.segments import Segment
from matcalc.operators.softmax import ColumnSoftmax, RowSoftmax
from matcalc.operators.structure_constants import (
    STRUCTURES,
    Duplication,
    Elimination,
    LowerMask,
    SkewDuplication,
    ToeplitzBasis,
)

Facts = frozenset[str]

SEMIDEFINITE = "positive semidefinite"
IMPLIED = {
    "positive definite": ("symmetric", "invertible", SEMIDEFINITE),
    "diagonal": ("symmetric", "lower triangular", "upper triangular"),
    "orthogonal": ("invertible",),
    "invertible": ("full column rank", "full row rank"),
}
MIRRORED = {
    "lower triangular": "upper triangular",
    "upper triangular": "lower triangular",
    "full column rank": "full row rank",
    "full row rank": "full column rank",
}
"""Facts of a transpose that differ from those of the matrix; the others stay."""
LINEAR = ("symmetric", "skew", "diagonal", "lower triangular", "upper triangular", "Toeplitz")
"""Facts that multiples and sums keep."""
TRIANGULAR = ("diagonal", "lower triangular", "upper triangular")
GROUP = ("orthogonal", "invertible", *TRIANGULAR, "full column rank", "full row rank", "positive")
"""Facts that a product has if all its factors have."""
OF_INVERSES = ("symmetric", "skew", "positive definite", "orthogonal", "invertible", *TRIANGULAR)
OF_KRONECKER = ("symmetric", "positive definite", SEMIDEFINITE, *GROUP)
UNIT = ("positive definite", "diagonal", "orthogonal", "Toeplitz")
ENTRYWISE_OR_WHOLE = (Add, Hadamard, Map, Scale, Inverse, Adjugate, PseudoInverse)
MIRROR_THROUGH = (Product, Kronecker, MatrixFunction, *ENTRYWISE_OR_WHOLE)
"""Operators whose transpose is made of their operands' transposes."""
MADE_BY = {Duplication: ("symmetric",), SkewDuplication: ("skew",), ToeplitzBasis: ("Toeplitz",)}
"""Facts of a matrix whose vec is a structure constant times free parameters."""
POSITIVE = Dummy("positive", positive=True)


def facts_of(node: Node) -> Facts:
    """Every fact that is known to hold, for all values that have the declared facts.

    Examples
    --------
    >>> from matcalc import identity, inv, matrix
    >>> X, S = matrix("X", "n", "p"), matrix("S", "n", "n", "positive definite")
    >>> "symmetric" in facts_of(X.T @ inv(S) @ X)
    True
    >>> "positive definite" in facts_of(X.T @ inv(S) @ X + identity("p"))
    True
    """
    _settle_below(node)
    return _of(node)


def holds(fact: str, node: Node) -> bool:
    """Whether a fact is known to hold."""
    return fact in facts_of(node)


def mirror(node: Node) -> Node:
    """The transpose with transposes at the leaves, none at what is known to be symmetric.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, S = matrix("A", "m", "n"), matrix("S", "n", "n", "symmetric")
    >>> mirror(A @ S)
    S @ A.T
    """
    _settle_below(node)
    return _turned(node)


def _settle_below(node: Node) -> None:
    for x in walk(node, lambda x: tuple(c for c in children(x) if c.known is None)):
        if isinstance(x, Node) and x.known is None:
            _settle(x)


def _settle(x: Node) -> None:
    """Find out about a node whose operands are settled, and keep it with the node."""
    forms = _mirror(x), _upright(x)
    x.known = frozenset(), *forms
    found = {*RULES.get(type(x), _nothing)(x)}
    x.known = _closed(found | ({"symmetric"} if _is_mirrored(x) else set())), *forms


def _closed(facts: set[str]) -> Facts:
    pending = list(facts)
    while pending:
        new = set(IMPLIED.get(pending.pop(), ())) - facts
        facts |= new
        pending += new
    return frozenset(facts)


def _mirror(x: Node) -> Node:
    """The transpose, with symmetric parts as they are; ``x`` itself where it is symmetric."""
    if isinstance(x, Product):
        return Product(*_turned_factors(x.operands))
    if isinstance(x, Kronecker):
        return Kronecker(*map(_turned, x.operands))
    if isinstance(x, MatrixFunction):
        return MatrixFunction(x.f, *(_turned(block) for block in reversed(x.blocks)))
    if isinstance(x, ENTRYWISE_OR_WHOLE):
        return type(x)(*(_turned(o) if isinstance(o, Node) else o for o in x.operands))
    if isinstance(x, Named):
        return x if _is_mirrored(x.definition) else Transpose(x)
    told = RULES[type(x)](x) if isinstance(x, Variable | Unvec) else ()
    symmetric = "symmetric" in _closed(set(told)) or isinstance(x, Diag)
    if isinstance(x, Transpose):
        return _straight(x.operands[0])
    return x if symmetric else Transpose(x)


def _upright(x: Node) -> Node:
    """The expression itself with transposes at the leaves."""
    if isinstance(x, Transpose):
        return _turned(x.operands[0])
    if isinstance(x, MIRROR_THROUGH):
        return type(x)(*(_straight(o) if isinstance(o, Node) else o for o in x.operands))
    return x


def _turned_factors(factors: tuple[Any, ...]) -> list[Node]:
    """Transposed factors from the last to the first; AA⁺ and A⁺A stay, being symmetric."""
    turned: list[Node] = []
    i = len(factors)
    while i:
        pair = factors[max(i - 2, 0) : i]
        kept = len(pair) == 2 and (_inverts(*pair) or _inverts(*reversed(pair)))
        turned += pair if kept else [_turned(pair[-1])]
        i -= 2 if kept else 1
    return turned


def _inverts(a: Any, b: Any) -> bool:
    return isinstance(b, PseudoInverse) and b.operands[0] is a


def _of(x: Any) -> Facts:
    facts: Facts = x.known[0]
    return facts


def _turned(x: Any) -> Node:
    mirror: Node = x.known[1]
    return mirror


def _straight(x: Any) -> Node:
    upright: Node = x.known[2]
    return upright


def _is_mirrored(x: Any) -> bool:
    """Whether a node is its own mirror image."""
    return _turned(x) is _straight(x)


def _shared(facts: Iterable[Facts], wanted: Iterable[str]) -> Facts:
    return reduce(frozenset.intersection, facts, frozenset(wanted))


def _nothing(x: Any) -> Iterable[str]:
    return ()


def _scale(x: Any) -> Iterable[str]:
    c, a = x.operands
    kept = set(_of(a)) & set(LINEAR)
    if c.is_nonzero:
        kept |= _of(a) & {"invertible", "full column rank", "full row rank"}
    if c.is_positive:
        kept |= _of(a) & {"positive definite", SEMIDEFINITE, "positive"}
    return kept


def _add(x: Any) -> Iterable[str]:
    facts = [_of(term) for term in x.operands]
    kept = set(_shared(facts, (*LINEAR, SEMIDEFINITE, "positive")))
    definite = SEMIDEFINITE in kept and any("positive definite" in f for f in facts)
    return kept | ({"positive definite"} if definite else set())


def _hadamard(x: Any) -> Iterable[str]:
    facts = [_of(factor) for factor in x.operands]
    zeros = {fact for f in facts for fact in f & set(TRIANGULAR)}
    return zeros | _shared(facts, ("positive definite", SEMIDEFINITE, "positive"))


def _product(x: Any) -> Iterable[str]:
    kept = set(_shared([_of(factor) for factor in x.operands], GROUP))
    if _is_mirrored(x):
        half, odd = divmod(len(x.operands), 2)
        middle = _of(x.operands[half]) if odd else _closed({"positive definite"})
        ranks = _shared([_of(f) for f in x.operands[half + odd :]], ("full column rank",))
        if SEMIDEFINITE in middle:
            kept.add(SEMIDEFINITE)
        if "positive definite" in middle and ranks:
            kept.add("positive definite")
    return kept


def _transpose(x: Any) -> Iterable[str]:
    return {MIRRORED.get(fact, fact) for fact in _of(x.operands[0])} - {"probability"}


def _map(x: Any) -> Iterable[str]:
    f, a = x.operands
    domain = POSITIVE if "positive" in _of(a) else Dummy("real", real=True)
    return {"positive"} if f == exp(ENTRY) or _is_positive(f.xreplace({ENTRY: domain})) else set()


def _matrix_function(x: Any) -> Iterable[str]:
    if len(x.blocks) > 1:
        return ()
    facts, k = _of(x.blocks[0]), exponent(x.f)
    if k is not None:
        of_all = {*GROUP, "positive definite", SEMIDEFINITE} - {"positive"}
        return facts & (of_all | ({"positive"} if k.is_positive else set()))
    kept = facts & set(TRIANGULAR)
    if x.f != EXP:
        return kept
    turned = {"skew": "orthogonal", "symmetric": "positive definite"}
    return {*kept, "invertible", *(turned[fact] for fact in turned if fact in facts)}


def _pseudo_inverse(x: Any) -> Iterable[str]:
    facts = _of(x.operands[0])
    ranks = {MIRRORED[fact] for fact in facts if fact in ("full column rank", "full row rank")}
    return ranks | facts & {"symmetric", "skew", "diagonal", SEMIDEFINITE, "positive definite"}


def _is_positive(f: Expr) -> bool:
    return bool(f.is_positive)


def _diag(x: Any) -> Iterable[str]:
    return {"diagonal"} | ({"positive definite"} if "positive" in _of(x.operands[0]) else set())


def _unvec(x: Any) -> Iterable[str]:
    """What the matrix is that a structure constant makes of free parameters."""
    product = x.operands[0]
    first = product.operands[0] if isinstance(product, Product) else product
    fits = isinstance(first, STRUCTURES) and first.operands[0] == x.rows == x.cols
    return MADE_BY[type(first)] if fits and type(first) in MADE_BY else ()


RULES: dict[type[Operator], Callable[[Any], Iterable[str]]] = {
    Variable: lambda x: x.facts,
    Named: lambda x: _of(x.definition),
    Identity: lambda x: UNIT,
    Ones: lambda x: ("positive",),
    Zero: lambda x: (*TRIANGULAR, "skew", "Toeplitz") if x.rows == x.cols else (),
    Centering: lambda x: ("symmetric", SEMIDEFINITE, "Toeplitz"),
    Commutation: lambda x: (
        ("orthogonal", "symmetric") if x.operands[0] == x.operands[1] else ("orthogonal",)
    ),
    Scale: _scale,
    Add: _add,
    Hadamard: _hadamard,
    Product: _product,
    Transpose: _transpose,
    MatrixFunction: _matrix_function,
    Adjugate: lambda x: _of(x.operands[0]) & {*OF_INVERSES, SEMIDEFINITE} - {"skew"},
    PseudoInverse: _pseudo_inverse,
    Inverse: lambda x: {*(_of(x.operands[0]) & set(OF_INVERSES)), "invertible"},
    Kronecker: lambda x: _shared([_of(factor) for factor in x.operands], OF_KRONECKER),
    Map: _map,
    RowSoftmax: lambda x: ("positive",),
    ColumnSoftmax: lambda x: ("positive", "probability") if x.cols == 1 else ("positive",),
    Diag: _diag,
    Unvec: _unvec,
    LowerMask: lambda x: ("lower triangular", "invertible", "Toeplitz"),
    Elimination: lambda x: ("full row rank",),
    **dict.fromkeys(
        (Segment, Duplication, SkewDuplication, ToeplitzBasis), lambda x: ("full column rank",)
    ),
}
"""What each operator's operands tell of it; an operator without a rule tells nothing."""
