"""What each operator tells of itself from the facts of its operands."""

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from typing import Any

from sympy import Dummy, Expr

from matcalc.dimensions import same
from matcalc.node import Node, Operator
from matcalc.operators.algebra import Add, Inverse, Product, Scale, Transpose
from matcalc.operators.analytic import EXP, exponent
from matcalc.operators.blocks import Stack
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
BY_OPERAND = (Add, Hadamard, Map, Scale, Inverse, Adjugate, PseudoInverse)
MIRROR_THROUGH = (Product, Kronecker, MatrixFunction, Stack, *BY_OPERAND)
"""Operators whose transpose is made of their operands' transposes."""
MADE_BY = {Duplication: ("symmetric",), SkewDuplication: ("skew",), ToeplitzBasis: ("Toeplitz",)}
"""Facts of a matrix whose vec is a structure constant times free parameters."""
MANY = 10**9
"""Where counts of occurrences stop: a shared part counts as often as it is used."""
POSITIVE, REAL = Dummy("positive", positive=True), Dummy("real", real=True)


def closed(facts: set[str]) -> Facts:
    """The facts and all that they imply."""
    pending = list(facts)
    while pending:
        new = set(IMPLIED.get(pending.pop(), ())) - facts
        facts |= new
        pending += new
    return frozenset(facts)


def known_facts(x: Any) -> Facts:
    """What was found out about a node."""
    facts: Facts = x.known[0]
    return facts


def mirror_of(x: Any) -> Node:
    """The transpose of a settled node, with transposes at the leaves."""
    mirror: Node = x.known[1]
    return mirror


def upright_of(x: Any) -> Node:
    """A settled node itself, with transposes at the leaves."""
    upright: Node = x.known[2]
    return upright


def is_mirrored(x: Any) -> bool:
    """Whether a node is its own mirror image, as only square ones are."""
    return same(x.rows, x.cols) and mirror_of(x) is upright_of(x)


def _shared(facts: Iterable[Facts], wanted: Iterable[str]) -> Facts:
    return reduce(frozenset.intersection, facts, frozenset(wanted))


def nothing(x: Any) -> Iterable[str]:
    """No facts."""
    return ()


def _scale(x: Any) -> Iterable[str]:
    c, a = x.operands
    kept = set(known_facts(a)) & set(LINEAR)
    if c.is_nonzero:
        kept |= known_facts(a) & {"invertible", "full column rank", "full row rank"}
    if c.is_positive:
        kept |= known_facts(a) & {"positive definite", SEMIDEFINITE, "positive"}
    return kept


def _add(x: Any) -> Iterable[str]:
    facts = [known_facts(term) for term in x.operands]
    kept = set(_shared(facts, (*LINEAR, SEMIDEFINITE, "positive")))
    definite = SEMIDEFINITE in kept and any("positive definite" in f for f in facts)
    return kept | ({"positive definite"} if definite else set())


def _hadamard(x: Any) -> Iterable[str]:
    facts = [known_facts(factor) for factor in x.operands]
    zeros = {fact for f in facts for fact in f & set(TRIANGULAR)}
    return zeros | _shared(facts, ("positive definite", SEMIDEFINITE, "positive"))


def _product(x: Any) -> Iterable[str]:
    kept = set(_shared([known_facts(factor) for factor in x.operands], GROUP))
    if is_mirrored(x):
        half, odd = divmod(len(x.operands), 2)
        middle = known_facts(x.operands[half]) if odd else closed({"positive definite"})
        ranks = _shared([known_facts(f) for f in x.operands[half + odd :]], ("full column rank",))
        if SEMIDEFINITE in middle:
            kept.add(SEMIDEFINITE)
        if "positive definite" in middle and ranks:
            kept.add("positive definite")
    return kept


def _transpose(x: Any) -> Iterable[str]:
    return {MIRRORED.get(fact, fact) for fact in known_facts(x.operands[0])} - {"probability"}


def _map(x: Any) -> Iterable[str]:
    f, a = x.operands
    domain = POSITIVE if "positive" in known_facts(a) else REAL
    return {"positive"} if _is_positive(f, domain) else set()


def _matrix_function(x: Any) -> Iterable[str]:
    if len(x.blocks) > 1:
        return ()
    facts, k = known_facts(x.blocks[0]), exponent(x.f)
    if k is not None:
        of_all = {*GROUP, "positive definite", SEMIDEFINITE} - {"positive"}
        return facts & (of_all | ({"positive"} if k.is_positive else set()))
    kept = facts & set(TRIANGULAR)
    if x.f != EXP:
        return kept
    turned = {"skew": "orthogonal", "symmetric": "positive definite"}
    return {*kept, "invertible", *(turned[fact] for fact in turned if fact in facts)}


def _pseudo_inverse(x: Any) -> Iterable[str]:
    facts = known_facts(x.operands[0])
    ranks = {MIRRORED[fact] for fact in facts if fact in ("full column rank", "full row rank")}
    return ranks | facts & {"symmetric", "skew", "diagonal", SEMIDEFINITE, "positive definite"}


@lru_cache(maxsize=1024)
def _is_positive(f: Expr, domain: Expr) -> bool:
    """Whether a function is, of all entries that a symbol stands for."""
    return f == EXP or bool(f.xreplace({ENTRY: domain}).is_positive)


def _diag(x: Any) -> Iterable[str]:
    return {"diagonal"} | (
        {"positive definite"} if "positive" in known_facts(x.operands[0]) else set()
    )


def _unvec(x: Any) -> Iterable[str]:
    """What the matrix is that a structure constant makes of free parameters."""
    product = x.operands[0]
    first = product.operands[0] if isinstance(product, Product) else product
    fits = isinstance(first, STRUCTURES) and first.operands[0] == x.rows == x.cols
    return MADE_BY[type(first)] if fits and type(first) in MADE_BY else ()


RULES: dict[type[Operator], Callable[[Any], Iterable[str]]] = {
    Variable: lambda x: x.facts,
    Named: lambda x: known_facts(x.definition),
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
    Adjugate: lambda x: known_facts(x.operands[0]) & {*OF_INVERSES, SEMIDEFINITE} - {"skew"},
    PseudoInverse: _pseudo_inverse,
    Inverse: lambda x: {*(known_facts(x.operands[0]) & set(OF_INVERSES)), "invertible"},
    Kronecker: lambda x: _shared([known_facts(factor) for factor in x.operands], OF_KRONECKER),
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
