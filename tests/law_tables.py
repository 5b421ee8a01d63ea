"""The laws of all tables, and what to put into a law so that its guard holds."""

from functools import partial
from typing import Any

from matcalc.laws.algebra import DIAGONAL_AS_SCALING
from matcalc.laws.broadcast import centred
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.lines import DOWN
from matcalc.lower.laws import LOWERING
from matcalc.node import substitute
from matcalc.operators.constants import centering
from matcalc.rewrite import Law
from matcalc.symbols import variables

TABLES = (DIFFERENTIALS, TRANSPOSITION, VECTORISATION, SIMPLEST)
LAWS = [*(law for table in TABLES for law in table.laws), *DIAGONAL_AS_SCALING]
GROUPS = {"laws": LAWS, "lowering laws": list(LOWERING.laws)}


def guarded(law: Law) -> dict[Any, Any]:
    """What to put for A so that what the guard asks for holds."""
    if isinstance(law.where, partial) and law.where.func is centred:
        A = next(v for v in variables(law.lhs) if v.name == "A")
        (sums,) = law.where.args
        return {A: centering(A.rows) @ A if sums is DOWN else A @ centering(A.cols)}
    return {}


def sides(law: Law) -> tuple[Any, Any]:
    """Both sides of a law, made so that its guard holds."""
    swap = guarded(law)
    return substitute(law.lhs, swap), substitute(law.rhs, swap)
