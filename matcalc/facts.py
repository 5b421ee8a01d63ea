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
from matcalc.operators.constants import Centering, Commutation, Identity, Ones, Zero
from matcalc.operators.diagonal import Diag
from matcalc.operators.elementwise import Hadamard, Map
from matcalc.operators.functions import ENTRY
from matcalc.operators.kronecker import Kronecker
from matcalc.operators.leaves import Named, Variable

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
    for x in walk(node, lambda x: tuple(c for c in children(x) if c.known is None)):
        if isinstance(x, Node) and x.known is None:
            _settle(x)
    return _of(node)


def holds(fact: str, node: Node) -> bool:
    """Whether a fact is known to hold."""
    return fact in facts_of(node)


def _settle(x: Node) -> None:
    """Find out about a node whose operands are settled, and keep it with the node."""
    x.known = frozenset(), _mirror(x)
    found = {*RULES.get(type(x), _nothing)(x)}
    x.known = _closed(found | ({"symmetric"} if _turned(x) is x else set())), _turned(x)


def _closed(facts: set[str]) -> Facts:
    pending = list(facts)
    while pending:
        new = set(IMPLIED.get(pending.pop(), ())) - facts
        facts |= new
        pending += new
    return frozenset(facts)


def _mirror(x: Node) -> Node:
    """The transpose, with symmetric parts as they are; ``x`` itself where it is symmetric."""
    if isinstance(x, Product | Kronecker):
        parts = [_turned(factor) for factor in x.operands]
        return type(x)(*(reversed(parts) if isinstance(x, Product) else parts))
    if isinstance(x, Add | Hadamard | Inverse | Map | Scale):
        return type(x)(*(_turned(o) if isinstance(o, Node) else o for o in x.operands))
    if isinstance(x, Named):
        return x if _turned(x.definition) is x.definition else Transpose(x)
    symmetric = isinstance(x, Variable) and "symmetric" in _closed(set(x.facts))
    turned = x if symmetric or isinstance(x, Diag) else Transpose(x)
    return x if isinstance(x, Transpose) and "symmetric" in _of(x.operands[0]) else turned


def _of(x: Any) -> Facts:
    facts: Facts = x.known[0]
    return facts


def _turned(x: Any) -> Node:
    mirror: Node = x.known[1]
    return mirror


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
    if _turned(x) is x:
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


def _is_positive(f: Expr) -> bool:
    return bool(f.is_positive)


def _diag(x: Any) -> Iterable[str]:
    return {"diagonal"} | ({"positive definite"} if "positive" in _of(x.operands[0]) else set())


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
    Inverse: lambda x: {*(_of(x.operands[0]) & set(OF_INVERSES)), "invertible"},
    Kronecker: lambda x: _shared([_of(factor) for factor in x.operands], OF_KRONECKER),
    Map: _map,
    Diag: _diag,
}
"""What each operator's operands tell of it; an operator without a rule tells nothing."""
