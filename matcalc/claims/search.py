"""The search for what would make a false formula true; whatever is found is proved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sympy import Expr, Integer

from matcalc.claims.conditions import Condition, together
from matcalc.claims.edits import LIKELY, Edit, alike, edits
from matcalc.claims.report import Repair, Under
from matcalc.claims.screen import Screen
from matcalc.claims.statements import Statement
from matcalc.claims.wording import Title
from matcalc.dimensions import same
from matcalc.errors import BudgetExceeded, MatcalcError, ShapeError
from matcalc.node import Node
from matcalc.operators.algebra import Transpose
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.leaves import Named, Variable
from matcalc.pointwise import Undefined
from matcalc.prove.proof import Proof
from matcalc.prove.prover import prove_equal
from matcalc.show import text
from matcalc.symbols import below

REPAIRS = 3
"""Repairs that are shown."""
AT_MOST = 12
"""Proofs that are tried for them."""


def conditions(statement: Statement, formula: Any, seed: int) -> tuple[Under, ...]:
    """Conditions that make the formula right, one at a time; pairs where there is none."""
    cases = tuple(statement.cases(formula))
    found = tuple(_proved(statement, formula, cases, seed))
    return found or tuple(islice(_proved(statement, formula, together(cases), seed), 1))


def _proved(
    statement: Statement, formula: Any, cases: Iterable[Condition], seed: int
) -> Iterator[Under]:
    """Those of the conditions under which both sides are equal; one of each kind suffices."""
    names_found = 0
    for condition in cases:
        if names_found and len(condition.fixed) > names_found:
            continue
        proof = _proof_under(statement, formula, condition, seed)
        if proof is not None:
            names_found = len(condition.fixed) or names_found
            yield Under(condition, proof)


def _proof_under(
    statement: Statement, formula: Any, condition: Condition, seed: int
) -> Proof | None:
    try:
        truth, special = statement.under(condition, formula)
        if _differ_in_shape(truth, special) or not Screen((truth, special), seed).agree(
            truth, special
        ):
            return None
    except MatcalcError:
        return None
    found = prove_equal(truth, special, seed=seed)
    return found if isinstance(found, Proof) else None


def repairs(statement: Statement, formula: Any, seed: int) -> tuple[Repair, ...]:
    """Right formulas one slip away, the likeliest first."""
    screen = Screen((*statement.roots, formula), seed)
    try:
        return tuple(islice(_repairs(statement, formula, screen, seed), REPAIRS))
    except (Undefined, BudgetExceeded, ShapeError):  # no points at which to compare
        return ()


def repairs_under(statement: Statement, formula: Any, seed: int) -> Iterator[Repair]:
    """Formulas one slip away that are right under a condition."""
    for condition in statement.cases(formula):
        try:
            truth, special = statement.under(condition, formula)
            found = list(_agreeing(truth, special, seed))
        except MatcalcError:
            continue
        for edit in found:
            proof = prove_equal(truth, edit.formula, seed=seed)
            if isinstance(proof, Proof):
                yield Repair(f"{edit.what}, if {condition.text}", edit.formula, proof)


def _agreeing(truth: Any, formula: Any, seed: int) -> Iterator[Edit]:
    """Formulas one likely slip away that have the values of the true one."""
    if _differ_in_shape(truth, formula):
        return
    screen = Screen((truth, formula), seed)
    for edit in edits(formula, _leaves(truth, formula), LIKELY):
        if screen.agree(truth, edit.formula):
            yield edit


def _repairs(statement: Statement, formula: Any, screen: Screen, seed: int) -> Iterator[Repair]:
    found = []
    for candidate in _candidates(statement, formula):
        factor = candidate.factor(screen)
        if factor is not None:
            found.append((factor != 1, len(text(candidate.formula)), candidate, factor))
    found.sort(key=lambda row: row[:2])
    for _, _, candidate, factor in found[:AT_MOST]:
        right = factor * candidate.formula
        proof = prove_equal(candidate.truth, right, seed=seed)
        if isinstance(proof, Proof):
            what = (*candidate.what, *[f"times {factor}"] * (factor != 1))
            yield Repair(", ".join(what), right, proof, candidate.of)


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
        if _differ_in_shape(self.formula, self.truth):
            return None
        return screen.factor(self.truth, self.formula)


def _candidates(statement: Statement, formula: Any) -> Iterator[Candidate]:
    """The formula in other shapes, taken for other parameters, and with one slip undone."""
    truth = statement.truth
    shaped = [((), formula), *_reshaped(formula)]
    yield from (Candidate(what, x, truth) for what, x in shaped)
    for name, other in statement.others():
        yield from (Candidate(what, x, other, name) for what, x in shaped)
    leaves = _leaves(*statement.given, formula)
    for what, x in shaped:
        if not _differ_in_shape(x, truth):
            for edit in edits(x, leaves):
                yield Candidate((*what, edit.what), edit.formula, truth)


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


def _differ_in_shape(a: Any, b: Any) -> bool:
    if isinstance(a, Node) != isinstance(b, Node):
        return True
    return isinstance(a, Node) and not alike(a, b)
