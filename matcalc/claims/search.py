"""The search for what would make a false formula true; whatever is found is proved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sympy import Expr, Integer

from matcalc.claims.conditions import Condition, together
from matcalc.claims.edits import LIKELY, Edit, edits
from matcalc.claims.report import Repair, Under
from matcalc.claims.screen import Screen
from matcalc.claims.statements import Statement
from matcalc.dimensions import same
from matcalc.errors import BudgetExceeded, MatcalcError, ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.leaves import Named, Variable
from matcalc.pointwise import Undefined
from matcalc.prove.proof import Proof
from matcalc.prove.prover import prove_equal, shapes_differ
from matcalc.show import text
from matcalc.symbols import below
from matcalc.wording import Title

AT_MOST = 12
"""Proofs that are tried for them."""


@dataclass(frozen=True)
class Candidate:
    """A changed formula and what it may be equal to.

    ``of`` names that where it is not what was claimed.
    """

    what: tuple[str, ...]
    formula: Any
    truth: Any
    of: Title | None = None

    def factor(self, screen: Screen) -> Expr | None:
        """What it is to be multiplied by."""
        if shapes_differ(self.formula, self.truth):
            return None
        return screen.factor(self.truth, self.formula)

    def said(self, factor: Expr) -> str:
        """What makes it of the claimed formula, that factor included."""
        return ", ".join([*self.what, *[f"times {factor}"] * (factor != 1)])


@dataclass(frozen=True)
class Search:
    """Looks for what makes a false formula true.

    Attributes
    ----------
    statement : Statement
        What the formula was compared with.
    claimed : Node or sympy.Expr
        The formula.
    opened : Node or sympy.Expr
        The same with definitions in place of the names that only it has.
    budget, seed : int
        Of the proofs, and of the points at which formulas are compared.
    """

    statement: Statement
    claimed: Any
    opened: Any
    budget: int
    seed: int

    def conditions(self) -> Iterator[Under]:
        """Conditions under which the formula is right, one at a time."""
        return self._proved(self.statement.cases(self.claimed))

    def pairs(self) -> Iterator[Under]:
        """Two conditions at once."""
        return self._proved(together(self.statement.cases(self.claimed)))

    def _proved(self, cases: Iterable[Condition]) -> Iterator[Under]:
        """One condition on the same things suffices: the weaker ones come first."""
        done = set()
        for condition in (c for c in cases if c.subject not in done):
            proof = self._proof_under(condition)
            if proof is not None:
                done.add(condition.subject)
                yield Under(condition, proof)

    def _proof_under(self, condition: Condition) -> Proof | None:
        try:
            truth, special = self.statement.under(condition, self.claimed)
            if shapes_differ(truth, special):
                return None
            if not Screen((truth, special), self.seed).agree(truth, special):
                return None
        except MatcalcError:  # a special case that has no meaning, as a division by zero
            return None
        return self._proof(truth, special)

    def _proof(self, truth: Any, formula: Any) -> Proof | None:
        found = prove_equal(truth, formula, self.budget, self.seed)
        return found if isinstance(found, Proof) else None

    def repairs(self) -> Iterator[Repair]:
        """Right formulas as few slips away as there are, the likeliest first."""
        screen = Screen((*self.statement.roots, self.opened), self.seed)
        try:
            found = sorted(self._screened(screen), key=lambda row: row[:2])
        except (Undefined, BudgetExceeded, ShapeError):  # no points at which to compare
            return
        fewest, tried = None, set[Any]()
        for slips, _, factor, candidate in found:
            formula = factor * candidate.formula
            if fewest not in (None, slips) or len(tried) == AT_MOST:
                return
            if formula in tried:
                continue
            tried.add(formula)
            proof = self._proof(candidate.truth, formula)
            if proof is not None:
                fewest = slips
                yield Repair(candidate.said(factor), formula, proof, candidate.of)

    def _screened(self, screen: Screen) -> Iterator[tuple[tuple[int, bool], int, Expr, Candidate]]:
        """Candidates that have the right values, those with few slips and short ones first."""
        for candidate in islice(self._candidates(), screen.most):
            factor = candidate.factor(screen)
            if factor is not None:
                inexact = factor != 1
                slips = len(candidate.what) + inexact
                yield (slips, inexact), len(text(candidate.formula)), factor, candidate

    def _candidates(self) -> Iterator[Candidate]:
        """The formula in other shapes, for other parameters, and with one slip undone."""
        statement, truth = self.statement, self.statement.truth
        shaped = [((), self.opened), *_reshaped(self.opened)]
        yield from (Candidate(what, x, truth) for what, x in shaped)
        for name, other in statement.others():
            yield from (Candidate(what, x, other, name) for what, x in shaped)
        leaves = _leaves(*statement.given, self.opened)
        for what, x in shaped:
            if not shapes_differ(x, truth):
                for edit in edits(x, leaves):
                    yield Candidate((*what, edit.what), edit.formula, truth)

    def repairs_under(self) -> Iterator[Repair]:
        """Formulas one slip away that are right under one condition, or two names held fixed."""
        cases = tuple(self.statement.cases(self.opened))
        names = together(condition for condition in cases if condition.fixed)
        for condition in (*cases, *names):
            try:
                truth, special = self.statement.under(condition, self.opened)
                found = list(_agreeing(truth, special, self.seed))
            except MatcalcError:
                continue
            for edit in found:
                proof = self._proof(truth, edit.formula)
                if proof is not None:
                    yield Repair(f"{edit.what}, if {condition.text}", edit.formula, proof)


def _agreeing(truth: Any, formula: Any, seed: int) -> Iterator[Edit]:
    """Formulas one likely slip away that have the values of the true one."""
    if shapes_differ(truth, formula):
        return
    screen = Screen((truth, formula), seed)
    for edit in edits(formula, _leaves(truth, formula), LIKELY):
        if screen.agree(truth, edit.formula):
            yield edit


def _leaves(*roots: Any) -> list[Node]:
    """Matrices with a name."""
    return [x for x in below(roots) if isinstance(x, Variable | Named)]


def _reshaped(x: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The transpose, and the diagonal of a square matrix as a column and as a row."""
    if isinstance(x, Node):
        yield ("transposed",), Transpose(x)
        if same(x.rows, x.cols) and x.rows != Integer(1):
            yield ("with its diagonal alone",), Diagonal(x)
            yield ("with its diagonal alone, as a row",), Transpose(Diagonal(x))
