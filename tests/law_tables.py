"""The laws of all tables, and their sides made so that the guards hold."""

from typing import Any

from matcalc.node import substitute
from matcalc.rewrite import Law
from tests.guards import guarded
from tests.judging import TABLES

LOWERED = "lowering"
GROUPS = {
    "laws": [law for name, laws in TABLES.items() if name != LOWERED for law in laws],
    "lowering laws": list(TABLES[LOWERED]),
}


def sides(law: Law) -> tuple[Any, Any]:
    """Both sides of a law, made so that its guard holds."""
    swap = guarded(law)
    return substitute(law.lhs, swap), substitute(law.rhs, swap)
