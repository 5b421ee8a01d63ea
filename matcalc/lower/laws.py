"""The lowering: every law in the order it is tried, and the pass that uses them.

Lowering laws are identities like all laws; their right sides are what NumPy does well. No
Kronecker product, commutation matrix, selector or diagonal matrix is formed where one applies.
"""

from typing import Any

from matcalc.errors import BudgetExceeded
from matcalc.lower.blocks import BLOCKWISE
from matcalc.lower.broadcasting import LINES, REPEATED, named_line
from matcalc.lower.elementwise2 import PAIRS
from matcalc.lower.functions import FUNCTIONS
from matcalc.lower.hyperbolic import HYPERBOLIC
from matcalc.lower.matrix_functions import EARLY as EARLY_POWERS
from matcalc.lower.matrix_functions import MATRIX_FUNCTIONS
from matcalc.lower.products import PRODUCTS, TRANSPOSES
from matcalc.lower.reductions import DIAGONALS, EARLY, SCALARS
from matcalc.lower.sandwiches import SANDWICHES
from matcalc.lower.selection import ENTRIES, SELECTION
from matcalc.lower.softmax import RECOGNISED, SHIFTED
from matcalc.lower.sums import AXIS_SUMS
from matcalc.lower.vectors import MIXED, VECTORS, VECTORS_FIRST
from matcalc.node import children, replace_children
from matcalc.operators.leaves import Named
from matcalc.rewrite import Law, Table

REWRITE_LIMIT = 1_000_000
"""Rewrites one lowering may make."""

EARLY_TABLE = Table(
    "before operands", (*SANDWICHES, *MIXED, *EARLY_POWERS, *EARLY, *ENTRIES, *RECOGNISED)
)
LOWERING = Table(
    "lowering",
    (
        *SELECTION,
        *REPEATED,
        *LINES,
        *AXIS_SUMS,
        *SCALARS,
        *DIAGONALS,
        *VECTORS_FIRST,
        *BLOCKWISE,
        *VECTORS,
        *FUNCTIONS,
        *HYPERBOLIC,
        *PAIRS,
        *SHIFTED,
        *PRODUCTS,
        *TRANSPOSES,
        *MATRIX_FUNCTIONS,
        *SANDWICHES,
        *MIXED,
        *EARLY_POWERS,
        *EARLY,
        *ENTRIES,
        *RECOGNISED,
    ),
)
"""Every lowering law."""


def first_rewrite(table: Table, x: Any) -> Any:
    """What the first law that applies at the top of ``x`` makes of it, or None."""
    law: Law
    for law in table.under(x):
        after = law.apply(x)
        if after is not None:
            return after
    return None


def lower(
    root: Any, done: dict[Any, Any], table: Table = LOWERING, early: Table = EARLY_TABLE
) -> Any:
    """The lowered form; ``done`` holds those already known and is added to.

    Laws of ``early`` are tried before operands are lowered, those of ``table`` after.

    Raises
    ------
    BudgetExceeded
        After `REWRITE_LIMIT` rewrites.
    """
    following: dict[Any, Any] = {}
    looked_at: set[Any] = set()
    stack = [root]
    while stack:
        x = stack[-1]
        if x in done:
            stack.pop()
        elif x in following:
            _follow(x, done, following, stack)
        elif x not in looked_at:
            looked_at.add(x)
            _rewrite_early(x, early, following)
        elif pending := [child for child in children(x) if child not in done]:
            stack.extend(reversed(pending))
        else:
            _finish(x, table, done, following)
    return done[root]


def _follow(x: Any, done: dict[Any, Any], following: dict[Any, Any], stack: list[Any]) -> None:
    """Take the lowered form of what an expression became, once that is known."""
    if following[x] in done:
        done[x] = done[following[x]]
    elif len(following) > REWRITE_LIMIT:
        raise BudgetExceeded(f"lowering passes {REWRITE_LIMIT} rewrites")
    else:
        stack.append(following[x])


def _rewrite_early(x: Any, early: Table, following: dict[Any, Any]) -> None:
    after = first_rewrite(early, x)
    if after is not None:
        following[x] = after


def _finish(x: Any, table: Table, done: dict[Any, Any], following: dict[Any, Any]) -> None:
    """Settle an expression whose operands are lowered, or say what it becomes next."""
    rebuilt = replace_children(x, {child: done[child] for child in children(x)})
    named = isinstance(rebuilt, Named)
    after = named_line(rebuilt) if named else first_rewrite(table, rebuilt)
    if after is not None:
        following[x] = after
    elif rebuilt is x:
        done[x] = x
    else:
        following[x] = rebuilt
