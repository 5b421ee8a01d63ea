"""Laws, the steps they leave behind, and the driver that applies them.

A law is a row: a name and two sides in the expression language. Where the number of operands
varies, a named function takes the place of the match. A driver only walks; every rewrite it makes
is a `Step`, and a `Replay` repeats a derivation from its steps alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, NamedTuple, Protocol

from matcalc.errors import BudgetExceeded, ReplayError
from matcalc.kinds import ASSOCIATIVE, COMMUTATIVE, Kinds, kinds_of, may_match
from matcalc.match import (
    Binding,
    build,
    fits,
    match,
    match_run,
    match_some,
    require_settled_shapes,
    settled,
)
from matcalc.node import Operator, children, replace_children
from matcalc.operators.leaves import Named, Variable

STEP_LIMIT, WORK_LIMIT = 200_000, 5_000_000
"""Rewrites one derivation may make, and operands its laws may look at: a minute or so."""

KINDS_LIMIT = 4096
"""Kinds of expressions for which a table remembers its laws, sums of any length among them."""

Guard = Callable[[Binding], bool]
Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Law:
    """``lhs = rhs``, used from left to right.

    Attributes
    ----------
    name : str
        What a lecturer would call it; unique.
    lhs, rhs : Node or sympy.Expr
        Both sides in the expression language, shapes checked when the law is made.
    where : callable, optional
        Condition on what the variables are bound to.
    general : callable, optional
        The same law for any number of operands: an expression to its rewritten form, or None.
    heads : tuple of types
        Operators at the top of what the law rewrites; read off ``lhs``.
    among : tuple of types
        Operators, or functions in operands, of which ``general`` needs one, if it needs any.
    """

    name: str
    lhs: Any
    rhs: Any
    where: Guard | None = None
    general: Function | None = None
    heads: tuple[type, ...] = field(default=())
    among: tuple[type, ...] = ()

    def __post_init__(self) -> None:
        require_settled_shapes(self.lhs, self.rhs, self.name)
        if not self.heads:
            object.__setattr__(self, "heads", (type(self.lhs),))

    def __hash__(self) -> int:  # names are unique, and the fields take long
        return hash(self.name)

    def apply(self, x: Any) -> Any:
        """The expression rewritten at its top, or None where the law does not apply."""
        if self.general is not None:
            result = self.general(x)
            return None if result is x else result
        for found, context in self._matches(x):
            bound = settled(found)
            if bound is not None and (self.where is None or self.where(bound)):
                result = context(build(self.rhs, bound))
                if result is not x:
                    return result
        return None

    def may_apply(self, kinds: Kinds) -> bool:
        """Whether it may apply to an expression of these kinds."""
        if self.general is not None:
            return not self.among or any(issubclass(kind, self.among) for kind in kinds[1:])
        return may_match(self.lhs, kinds)

    def _matches(self, x: Any) -> Iterable[tuple[Binding, Function]]:
        if type(x) is not type(self.lhs):
            return
        if isinstance(self.lhs, ASSOCIATIVE):
            yield from _windows(self.lhs, x)
        elif isinstance(self.lhs, COMMUTATIVE):
            for bound, rest in match_some(self.lhs, x, {}):
                yield bound, partial(_put, type(x), (), tuple(rest))
        else:
            for bound in match(self.lhs, x, {}):
                yield bound, _itself


def _put(head: Callable[..., Any], before: Any, after: Any, result: Any) -> Any:
    """What was rewritten, back among the operands that were not."""
    return head(*before, result, *after)


def _itself(result: Any) -> Any:
    return result


def _windows(lhs: Any, x: Any) -> Iterable[tuple[Binding, Function]]:
    """Matches of a product pattern with any stretch of neighbouring factors."""
    head, factors, fewest = type(x), x.operands, len(lhs.operands)
    stretch = any(isinstance(p, Variable) for p in lhs.operands)
    for start in range(len(factors) - fewest + 1):
        if not fits(lhs.operands[0], factors[start]):
            continue
        longest = len(factors) if stretch else start + fewest
        for stop in range(longest, start + fewest - 1, -1):
            before, after = factors[:start], factors[stop:]
            for bound in match_run(head, lhs.operands, factors[start:stop], {}):
                yield bound, partial(_put, head, before, after)


class Step(NamedTuple):
    """One rewrite: the law, where it was used, the expression before and after."""

    law: str
    place: str
    before: Any
    after: Any


class Rewriter(Protocol):
    """What a pass needs: one rewrite by the laws of a table, or None."""

    def rewrite(self, table: "Table", x: Any, place: str) -> Any:
        """The first law of the table that applies at the top of ``x``."""


class Table:
    """Laws in the order they are tried, found by the operators at the top and below it."""

    PICKLED: ClassVar[dict[str, "Table"]] = {}
    """Tables that a pickle names, since their laws hold functions; the law files fill it in."""

    def __reduce__(self) -> Any:
        known = self.PICKLED.get(self.name) is self
        return (table_named, (self.name,)) if known else (type(self), (self.name, self.laws))

    def __init__(self, name: str, laws: Iterable[Law]) -> None:
        self.name = name
        self.replace(laws)

    def replace(self, laws: Iterable[Law]) -> None:
        """Hold these laws and no others."""
        self.laws = tuple(laws)
        self._by_head: dict[type, list[Law]] = {}
        for law in self.laws:
            for head in law.heads:
                self._by_head.setdefault(head, []).append(law)
        self._by_kinds: dict[Kinds, list[Law]] = {}

    @property
    def names(self) -> "Table":
        """Laws to try before the operands are simplified: names for whole definitions."""
        return NO_NAMES

    def under(self, x: Any) -> list[Law]:
        """Laws that may apply at the top of ``x``."""
        kinds = kinds_of(x)
        found = self._by_kinds.get(kinds)
        if found is None:
            if len(self._by_kinds) >= KINDS_LIMIT:
                self._by_kinds.clear()
            laws = self._by_head.get(kinds[0], ())
            found = self._by_kinds[kinds] = [law for law in laws if law.may_apply(kinds)]
        return found

    def extended(self, name: str, laws: Iterable[Law]) -> "Table":
        """A table that tries further laws first."""
        return Table(name, (*laws, *self.laws))


def table_named(name: str) -> Table:
    """The table of matcalc that has this name."""
    return Table.PICKLED[name]


NO_NAMES = Table("names", ())


class Recorder:
    """Applies laws and keeps a step for every rewrite."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.work = 0

    def rewrite(self, table: Table, x: Any, place: str) -> Any:
        """The first law of the table that applies at the top of ``x``, recorded."""
        laws = table.under(x)
        if not laws:
            return None
        self.work += len(laws) * (1 + len(x.operands if isinstance(x, Operator) else ()))
        if self.work > WORK_LIMIT:
            self.refuse(x)
        for law in laws:
            after = law.apply(x)
            if after is not None:
                self.record(Step(law.name, place, x, after))
                return after
        return None

    def refuse(self, x: Any) -> None:
        """Say that the budget of operands looked at is spent."""
        raise BudgetExceeded(
            f"the derivation looks at more than {WORK_LIMIT:,} operands, after "
            f"{len(self.steps):,} steps at a {type(x).__name__} of {len(x.operands):,}; "
            "differentiate parts of it, or by fewer parameters"
        )

    def record(self, step: Step) -> None:
        """Keep a step, within the budget."""
        if len(self.steps) >= STEP_LIMIT:
            raise BudgetExceeded(
                f"the derivation passes {STEP_LIMIT:,} steps, at {step.law}; "
                "differentiate parts of it, or by fewer parameters"
            )
        self.steps.append(step)


class Replay:
    """Repeats a derivation from its steps, checking each against the law it names.

    Raises
    ------
    ReplayError
        When a step's law does not give its right side.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.by_before = {(step.place, step.before): step for step in steps}
        self.steps: list[Step] = []

    def rewrite(self, table: Table, x: Any, place: str) -> Any:
        """The recorded rewrite of ``x``, once its law has confirmed it."""
        step = self.by_before.get((place, x))
        laws = [law for law in table.under(x) if step and law.name == step.law]
        if step is None or not laws:
            return None
        if laws[0].apply(x) != step.after:
            raise ReplayError(f"law {step.law!r} does not take {x} to {step.after}")
        self.steps.append(step)
        return step.after


def simplify(root: Any, table: Table, rewriter: Rewriter, place: str, done: dict[Any, Any]) -> Any:
    """Rewrite everywhere until no law of the table applies.

    ``done`` holds final forms already known and is added to, so that an expression met again, in
    this call or a later one, costs nothing. Named intermediates stay closed. Terminates because
    every law of a simplifying table lowers the cost that `matcalc.measure` declares.
    """
    stack = [root]
    following: dict[Any, Any] = {}
    waiting: set[Any] = set()
    while stack:
        x = stack[-1]
        if x in done:
            stack.pop()
            continue
        if x not in following:
            after, pending = _next_form(x, table, rewriter, place, done)
            if pending:
                stack.extend(pending)
                continue
            following[x] = after
        after = following[x]
        if after == x:
            done[x] = x
        elif after in done:
            done[x] = done[after]
        elif x in waiting:
            raise BudgetExceeded(f"laws of the {table.name} lead in a circle at {x}")
        else:
            waiting.add(x)
            stack.append(after)
    return done[root]


def _next_form(
    x: Any, table: Table, rewriter: Rewriter, place: str, done: dict[Any, Any]
) -> tuple[Any, list[Any]]:
    """What ``x`` becomes by one rewrite, itself if nothing applies; or operands to do first."""
    if isinstance(x, Named):
        return x, []
    known = rewriter.rewrite(table.names, x, place)
    if known is not None:
        return known, []
    pending = [child for child in children(x) if child not in done]
    if pending:
        return x, pending
    rebuilt = replace_children(x, done)
    after = rebuilt if rebuilt is not x else rewriter.rewrite(table, x, place)
    return (x if after is None else after), []
