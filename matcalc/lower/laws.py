"""The lowering: every law in the order it is tried, and the pass that uses them.

Lowering laws are identities like all laws; their right sides are what NumPy does well. No
Kronecker product, commutation matrix, selector or diagonal matrix is formed where one applies.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from matcalc.errors import BudgetExceeded
from matcalc.lower.blocks import BLOCKWISE
from matcalc.lower.broadcasting import LINES, REPEATED, named_line
from matcalc.lower.chains import EVEN, Typical
from matcalc.lower.eigen import EIGEN
from matcalc.lower.elementwise2 import PAIRS
from matcalc.lower.functions import FUNCTIONS
from matcalc.lower.hyperbolic import HYPERBOLIC
from matcalc.lower.layers import LAYERS
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

EXPRESSIONS_LIMIT = 1_000_000
"""Expressions one lowering may look at."""


class Tables(NamedTuple):
    """Laws tried before the operands are lowered, and every law."""

    early: Table
    every: Table


@lru_cache(maxsize=64)
def tables(typical: Typical) -> Tables:
    """The laws in their order, products bracketed and cut by what sizes typically are."""
    early = (
        *LAYERS,
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
        After `EXPRESSIONS_LIMIT` expressions.
    """
    following: dict[Any, Any] = {}
    stack = [root]
    while stack:
        x = stack[-1]
        if x in done:
            stack.pop()
            continue
        if x in following:
            after = following[x]
        else:
            after = following[x] = first_rewrite(laws.early, x)
        if after is None:
            pending = [child for child in children(x) if child not in done]
            if pending:
                stack.extend(reversed(pending))
                continue
            after = following[x] = _finished(x, done, laws.every)
        _follow(x, done, after, stack)
        if len(following) > EXPRESSIONS_LIMIT:
            raise BudgetExceeded(f"lowering looks at more than {EXPRESSIONS_LIMIT} expressions")
    return done[root]


def _follow(x: Any, done: dict[Any, Any], after: Any, stack: list[Any]) -> None:
    """Take the lowered form of what an expression became, once that is known."""
    if after is x:
        done[x] = x
    elif after in done:
        done[x] = done[after]
    else:
        stack.append(after)


def _finished(x: Any, done: dict[Any, Any], laws: Table) -> Any:
    """What an expression whose operands are lowered becomes next; itself where that is all."""
    rebuilt = replace_children(x, done)
    named = isinstance(rebuilt, Named)
    after = named_line(rebuilt) if named else first_rewrite(laws, rebuilt)
    return rebuilt if after is None else after
