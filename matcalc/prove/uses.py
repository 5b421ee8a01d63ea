"""The steps of a certificate: what is done to the difference of both sides."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matcalc.prove.labelling import Monomial, Raw, Word
from matcalc.prove.relations import Relation


@dataclass(frozen=True)
class Subtract:
    """coefficient · Σ context · relation is taken off; the relation's arguments are ``words``."""

    coefficient: Fraction
    sizes: dict[int, int]
    context: tuple[Raw, ...]
    relation: Relation
    words: dict[int, Word]


@dataclass(frozen=True)
class Multiply:
    """Everything is multiplied by a power of an entry that is not zero."""

    head: int
    words: tuple[Word, ...]
    exponent: Any


@dataclass(frozen=True)
class MultiplyMatrix:
    """Everything is multiplied, in one free index, by the matrix that an inverse is the inverse of.

    ``row`` says whether index ``index`` is the inverse's row.
    """

    head: int
    indices: tuple[int, ...]
    row: bool


@dataclass(frozen=True)
class Unify:
    """One head is written for another whose operands were shown to be equal."""

    old: int
    new: int
    order: tuple[int, ...]
    uses: tuple["Use", ...]


@dataclass(frozen=True)
class Logarithms:
    """Σ c log x is left out, the product of the xᶜ being 1."""

    context: Monomial
    logs: tuple[tuple[Fraction, int, tuple[Word, ...]], ...]
    uses: tuple["Use", ...]


Use = Subtract | Multiply | MultiplyMatrix | Unify | Logarithms
