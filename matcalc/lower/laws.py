"""The lowering: every law in the order it is tried, and the pass that uses them.

Lowering laws are identities like all laws; their right sides are what NumPy does well. No
Kronecker product, commutation matrix, selector or diagonal matrix is formed where one applies.
"""

from typing import Any, NamedTuple

from matcalc.errors import BudgetExceeded
from matcalc.lower.blocks import BLOCKWISE
from matcalc.lower.broadcasting import LINES, REPEATED, named_line
from matcalc.lower.chains import EVEN, Typical
from matcalc.lower.eigen import EIGEN
from matcalc.lower.elementwise2 import PAIRS
from matcalc.lower.functions import FUNCTIONS
from matcalc.lower.hyperbolic import HYPERBOLIC
from matcalc.lower.matrix_functions import EARLY as EARLY_POWERS
from matcalc.lower.matrix_functions import MATRIX_FUNCTIONS
from matcalc.lower.products import PRODUCTS, TRANSPOSES, bracketing
from matcalc.lower.reductions import DIAGONALS, EARLY, SCALARS, cutting
from matcalc.lower.sandwiches import SANDWICHES
from matcalc.lower.selection import ENTRIES, SELECTION
from matcalc.lower.softmax import RECOGNISED, SHIFTED
from matcalc.lower.sums import AXIS_SUMS
from matcalc.lower.variances import VARIANCES
from matcalc.lower.vectors import MIXED, VECTORS, VECTORS_FIRST
from matcalc.node import children, replace_children
from matcalc.operators.leaves import Named
from matcalc.rewrite import Law, Table

REWRITE_LIMIT = 1_000_000
"""Rewrites one lowering may make."""


class Tables(NamedTuple):
    """Laws tried before the operands are lowered, and every law."""

    early: Table
    every: Table


def tables(typical: Typical) -> Tables:
    """The laws in their order, products bracketed and cut by what sizes typically are."""
    early = (
        *SANDWICHES,
        *MIXED,
        *EARLY_POWERS,
        *EIGEN,
        *cutting(typical),
        *EARLY,
        *ENTRIES,
        *RECOGNISED,
        *VARIANCES,
    )
    every = (
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
        bracketing(typical),
        *PRODUCTS,
        *TRANSPOSES,
        *MATRIX_FUNCTIONS,
        *early,
    )
    return Tables(Table("before operands", early), Table("lowering", every))


EVENLY = tables(EVEN)
"""The laws for sizes of which nothing is known."""
LOWERING = EVENLY.every
"""Every lowering law."""


def first_rewrite(table: Table, x: Any) -> Any:
    """What the first law that applies at the top of ``x`` makes of it, or None."""
    law: Law
    for law in table.under(x):
        after = law.apply(x)
        if after is not None:
            return after
    return None


def lower(root: Any, done: dict[Any, Any], laws: Tables = EVENLY) -> Any:
    """The lowered form; ``done`` holds those already known and is added to.

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
            _rewrite_early(x, following, laws.early)
        elif pending := [child for child in children(x) if child not in done]:
            stack.extend(reversed(pending))
        else:
            _finish(x, done, following, laws.every)
    return done[root]


def _follow(x: Any, done: dict[Any, Any], following: dict[Any, Any], stack: list[Any]) -> None:
    """Take the lowered form of what an expression became, once that is known."""
    if following[x] in done:
        done[x] = done[following[x]]
    elif len(following) > REWRITE_LIMIT:
        raise BudgetExceeded(f"lowering passes {REWRITE_LIMIT} rewrites")
    else:
        stack.append(following[x])


def _rewrite_early(x: Any, following: dict[Any, Any], laws: Table) -> None:
    after = first_rewrite(laws, x)
    if after is not None:
        following[x] = after


def _finish(x: Any, done: dict[Any, Any], following: dict[Any, Any], laws: Table) -> None:
    """Settle an expression whose operands are lowered, or say what it becomes next."""
    rebuilt = replace_children(x, {child: done[child] for child in children(x)})
    named = isinstance(rebuilt, Named)
    after = named_line(rebuilt) if named else first_rewrite(laws, rebuilt)
    if after is not None:
        following[x] = after
    elif rebuilt is x:
        done[x] = x
    else:
        following[x] = rebuilt
