"""Passes over the rows of tall matrices: which step belongs to which, so that little is moved.

A pass works through the rows block by block. What is summed over the rows is known in the passes
that follow. What a later pass needs is kept, unless one cheap operation makes it of what that pass
reads anyway: then it is made again.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Expr

from matcalc.lower.array_shapes import ONE, Shape
from matcalc.lower.by_rows import Step, has_rows
from matcalc.lower.chains import Typical

WRITTEN, REPEATED = 2.0, 1.5
"""What an entry costs beside one read: written, since its line of cache is fetched before, and
made again in cache.
"""
SEARCHED = 100
"""Steps up to which later passes are tried for each."""
CHEAP = ast.Add, ast.Sub, ast.Mult


@dataclass
class Pass:
    """Steps without rows that come first, and those in a loop over blocks of rows."""

    before: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


@dataclass
class Plan:
    """Passes by the names of steps.

    Attributes
    ----------
    at : dict
        The pass of each.
    kept : list
        Steps whose rows are all kept, for a later pass or to be returned.
    again : dict
        Later passes that make the same rows again.
    """

    at: dict[str, int]
    kept: list[str] = field(default_factory=list)
    again: dict[str, list[int]] = field(default_factory=dict)

    def inside(self, name: str) -> list[int]:
        """Passes that make a step's value."""
        return [self.at[name], *self.again.get(name, ())]


class Planner:
    """Finds the plan.

    Parameters
    ----------
    steps : list of Step
        Each after those that it reads.
    shapes : mapping from str to Shape or None
        Shapes of all names.
    rows : Expr
        The number of rows.
    returned : collection of str
        Names whose values leave the function.
    typical : Typical
        How large sizes typically are.
    """

    def __init__(
        self,
        steps: list[Step],
        shapes: Mapping[str, Shape | None],
        rows: Expr,
        returned: Collection[str],
        typical: Typical,
    ) -> None:
        self.steps, self.shapes, self.rows = steps, shapes, rows
        self.returned, self.typical = returned, typical
        self._made = {step.name: step for step in steps}
        self._reads = {step.name: list(dict.fromkeys(step.reads)) for step in steps}
        self._users: dict[str, list[str]] = {step.name: [] for step in steps}
        for user, reads in self._reads.items():
            for name in reads:
                self._users.get(name, []).append(user)
        self.plan = self._cheapest(self._plan({}))

    def passes(self) -> list[Pass]:
        """The passes in turn; one without steps in its loop only finishes."""
        found = [Pass() for _ in range(1 + max(self.plan.at.values(), default=0))]
        for step in self.steps:
            if step.kind == "small":
                found[self.plan.at[step.name]].before.append(step)
            else:
                for k in self.plan.inside(step.name):
                    found[k].steps.append(step)
        return found

    def _plan(self, wanted: Mapping[str, int]) -> Plan:
        """Every step in the first pass that is possible from the one wanted on."""
        plan = Plan({})
        for step in self.steps:
            ready = [
                plan.at[name] + self._made[name].is_total
                for name in self._reads[step.name]
                if name in plan.at
            ]
            least = wanted.get(step.name, 0) if step.kind != "small" else 0
            plan.at[step.name] = max([least, *ready])
        for step in self.steps:
            if step.kind == "rows":
                self._place(step, plan)
        return plan

    def _place(self, step: Step, plan: Plan) -> None:
        """Keep a step's rows, or make them again, where later passes need them."""
        own = plan.at[step.name]
        later = sorted({plan.at[user] for user in self._users[step.name]} - {own})
        if step.name in self.returned or (later and not self._is_cheap(step, plan)):
            plan.kept.append(step.name)
        elif later:
            plan.again[step.name] = later

    def _is_cheap(self, step: Step, plan: Plan) -> bool:
        """Whether one operation makes rows of those of one matrix, which every pass can read."""
        operation = step.tree
        if not isinstance(operation, ast.BinOp) or not isinstance(operation.op, CHEAP):
            return False
        names = [x.id for x in (operation.left, operation.right) if isinstance(x, ast.Name)]
        tall = [name for name in names if self._has_rows(name)]
        matrices = [name for name in tall if self.shapes[name][1] != ONE]  # type: ignore[index]
        readable = all(name not in self._made or name in plan.kept for name in tall)
        return len(names) == 2 and readable and len(matrices) <= 1

    def _cheapest(self, plan: Plan) -> Plan:
        """A plan in which to move one more step would not pay."""
        if len(self.steps) > SEARCHED:
            return plan
        last, moved = max(plan.at.values(), default=0), self._moved(plan)
        for step in reversed(self.steps):
            for k in range(plan.at[step.name] + 1, last + 1) if step.kind != "small" else ():
                trial = self._plan({**plan.at, step.name: k})
                if max(trial.at.values()) > last:
                    break
                if self._moved(trial) < moved:
                    plan, moved = trial, self._moved(trial)
        return plan

    def _moved(self, plan: Plan) -> float:
        """What all passes do to a row that one alone would not, in entries read."""
        reads = {pair for step in self.steps for pair in self._read_by(step, plan)}
        again = [self._width(name) for name, later in plan.again.items() for _ in later]
        kept = sum(map(self._width, plan.kept))
        widths = [self._width(name) for name, _ in sorted(reads)]
        return sum(widths) + WRITTEN * kept + REPEATED * sum(again)

    def _read_by(self, step: Step, plan: Plan) -> Iterator[tuple[str, int]]:
        """What a step reads from outside its passes, and in which."""
        for k in plan.inside(step.name) if step.kind != "small" else ():
            for name in filter(self._has_rows, self._reads[step.name]):
                if name not in self._made or k not in plan.inside(name):
                    yield name, k

    def _has_rows(self, name: str) -> bool:
        return has_rows(self.shapes.get(name), self.rows)

    def _width(self, name: str) -> float:
        shape = self.shapes[name]
        return self.typical.number(shape[1]) if shape else 0.0
