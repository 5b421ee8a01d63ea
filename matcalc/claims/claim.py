"""Formulas that people worked out by hand, decided: proved, or what is wrong with them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from matcalc.claims.departure import Departure, departure
from matcalc.claims.edits import alike
from matcalc.claims.report import Claim, Line, Repair, Under
from matcalc.claims.search import Search
from matcalc.claims.statements import DerivativeStatement, IdentityStatement, Statement
from matcalc.differential import parameters_of
from matcalc.errors import ShapeError, UnsupportedInput
from matcalc.laws.simplest import SIMPLEST, NamedTable
from matcalc.node import Node, substitute
from matcalc.operators.leaves import Named
from matcalc.prove.proof import Disproof, IllTyped, Proof, Undecided, Verdict
from matcalc.prove.prover import BUDGET, prove_equal, refuted
from matcalc.rewrite import Recorder, simplify
from matcalc.scalars import number
from matcalc.show import text
from matcalc.symbols import definitions, refuse_ambiguous_names
from matcalc.wording import Title, own_title, words

Formula = Any | Callable[[], Any]
Formulas = Formula | Sequence[Formula]
REPAIRS = 3
"""Repairs that are shown."""


def claim(loss: Any, wrt: Any, formula: Formulas, budget: int = BUDGET, seed: int = 0) -> Claim:
    """Decide a derivative that somebody worked out by hand.

    Parameters
    ----------
    loss : sympy.Expr or Node
        A scalar, of whose gradient the claim is; or a matrix, of whose Jacobian it is.
    wrt : Variable, Named or sympy.Symbol, or a list of these
        What the formula is the derivative by; one for each line of a backward sweep by hand, such
        as the last intermediate, the one before it, the parameter.
    formula : Node, sympy.Expr, callable, or a list of these
        The claimed formula; or a function without arguments that builds it, so that operands
        which do not fit are a verdict and no exception. A list has the lines of a derivation by
        hand, each equal to the one before or, with several ``wrt``, about its own: the verdict is
        on the first line that is not proved.
    budget : int
        Monomials that one attempt at a proof may form.
    seed : int
        Seed of the points at which counterexamples are looked for.

    Returns
    -------
    Claim
        With ``verdict`` "proved"; "ill-typed", with the product or the shape that does not fit;
        "disproved", with a counterexample that ``script()`` replays; "true only if", false in
        general but proved under ``conditions``; or "undecided". A claim that is not proved
        shows the true formula, and ``repairs``: formulas one slip away, each proved.

    Notes
    -----
    Conditions that are tried: named intermediates held fixed, one or two; a scalar that is 0 or 1;
    an abstract function that is the identity; a square variable that is symmetric, diagonal or
    orthogonal; two of these at once where one does not do. Each is proved to suffice; that the
    claim is false without it is what the counterexample shows.

    Examples
    --------
    >>> from matcalc import column, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> print(claim(sum((y - X @ w) ** 2), w, 2 * X.T @ (y - X @ w)).reason)
    disproved: right times -1
    >>> A = matrix("A", "p", "p")
    >>> print(claim(w.T @ A @ w, w, 2 * A @ w).reason)
    true only if A is symmetric
    >>> claim(w.T @ A @ w, w, lambda: 2 * w.T @ A.T @ X).verdict
    'ill-typed'
    >>> print(claim(w.T @ A @ w, w, [A @ w + (w.T @ A).T, A @ w + A.T @ w, 2 * A @ w]).line)
    line 3 of 3
    """
    lines = _lines(formula)
    parameters = parameters_of(wrt)
    if len(parameters) not in (1, len(lines)):
        raise UnsupportedInput(
            f"a claim is about one parameter, or one for each line: got {len(parameters)} "
            f"parameters for {len(lines)} formulas"
        )
    refuse_ambiguous_names(loss, parameters)
    statements = [DerivativeStatement(loss, p) for p in parameters]
    return _first_unproved(statements * (len(lines) // len(statements)), lines, budget, seed)


def claim_identity(
    left: Any,
    right: Formulas,
    name: str | None = None,
    budget: int = BUDGET,
    seed: int = 0,
) -> Claim:
    """Decide whether a right side that somebody worked out by hand is the left side.

    Parameters
    ----------
    left : Node or sympy.Expr
        What is taken as true.
    right : Node, sympy.Expr, callable, or a list of these
        The claimed right side; or a function without arguments that builds it; or the lines of a
        derivation by hand, as for `claim`.
    name : str, optional
        What the left side is called, where that is not to be the left side itself.
    budget, seed : int
        As for `claim`.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A, B = matrix("A", "m", "n"), matrix("B", "n", "p")
    >>> print(claim_identity((A @ B).T, lambda: A.T @ B.T).reason)
    ill-typed: cannot multiply A.T (n × m) by B.T (p × n): inner sizes m and p differ
    """
    truth = left if isinstance(left, Node) else number(left)
    title = own_title(truth) if name is None else Title(name, words(name, ()))
    lines = _lines(right)
    return _first_unproved([IdentityStatement(truth, title)] * len(lines), lines, budget, seed)


def _lines(formula: Formulas) -> Sequence[Formula]:
    """The lines of a derivation by hand; one formula is one line."""
    lines = formula if isinstance(formula, list | tuple) else (formula,)
    if not lines:
        raise UnsupportedInput("a derivation by hand has at least one line")
    return lines


def _first_unproved(
    statements: Sequence[Statement], lines: Sequence[Formula], budget: int, seed: int
) -> Claim:
    """The verdict on the first line that is not proved, on the last one where all are."""
    before = None
    for k, (statement, formula) in enumerate(zip(statements, lines, strict=True), 1):
        found = replace(_decided(statement, formula, budget, seed), given=statement.given)
        if len(lines) > 1:
            found = _placed(found, before, Line(k, len(lines)))
        if found.verdict != "proved":
            break
        before = found
    return found


def _placed(found: Claim, before: Claim | None, line: Line) -> Claim:
    """A verdict with the line before, and where a false line departs from that one."""
    if before is None:
        return replace(found, line=line)
    line = replace(line, name=before.name, before=before.formula)
    same = isinstance(found.outcome, Disproof) and before.name == found.name
    parts = departure(found.formula, before.formula) if same else None
    return replace(found, line=line, departure=parts or found.departure)


def _decided(statement: Statement, formula: Formula, budget: int, seed: int) -> Claim:
    """A verdict on a formula, and what would make it right."""
    name, truth = statement.name, statement.truth
    try:
        built = formula() if callable(formula) else formula
    except ShapeError as error:
        outcome = IllTyped(truth, None, str(error))
        notation = _notation(statement, truth)
        return Claim(name, None, truth, outcome, statement.grounds, notation=notation)
    built = built if isinstance(built, Node) else number(built)
    refuse_ambiguous_names(*statement.roots, built)
    truth = _in_the_words_of(built, truth, statement)
    found = refuted(truth, built, seed) or prove_equal(truth, built, budget, seed)
    notation = _notation(statement, built, truth)
    if isinstance(found, Proof):
        return Claim(name, built, truth, found, statement.grounds, notation=notation)
    opened = _opened(built, definitions(*statement.given, truth))
    search = Search(statement, built, opened, budget, seed)
    holds, slips = _explained(search, found)
    ill = isinstance(found, IllTyped)
    gap = None if ill else _difference((built, opened), truth)
    parts = _departure((built, opened), truth) if isinstance(found, Disproof) else None
    return Claim(name, built, truth, found, statement.grounds, holds, slips, gap, notation, parts)


def _explained(search: Search, found: Verdict) -> tuple[tuple[Under, ...], tuple[Repair, ...]]:
    """Conditions and repairs of what is false; the costly searches where the cheap find nothing."""
    if isinstance(found, Undecided):
        return (), ()
    slips = tuple(islice(search.repairs(), REPAIRS))
    if isinstance(found, IllTyped):
        return (), slips
    holds = tuple(search.conditions())
    if not holds and not slips:
        holds = tuple(islice(search.pairs(), 1))
    if not holds and not slips:
        slips = tuple(islice(search.repairs_under(), 1))
    return holds, slips


def _notation(statement: Statement, *formulas: Any) -> tuple[Named, ...]:
    """Names in formulas that the statement does not have."""
    old = definitions(*statement.given)
    return tuple(x for x in definitions(*formulas) if x not in old)


def _in_the_words_of(formula: Any, truth: Any, statement: Statement) -> Any:
    """The true formula with the names of the claimed one in place of its own new ones."""
    theirs = _notation(statement, formula)
    renamed = {}
    for own in (x for x in _notation(statement, truth) if x not in theirs):
        for x in theirs:
            if alike(own, x) and isinstance(prove_equal(own.definition, x.definition), Proof):
                renamed[own] = x
                break
    return substitute(truth, renamed)


def _opened(formula: Any, kept: list[Named]) -> Any:
    """The formula with the definitions of its own names in their place."""
    inner: dict[Any, Any] = {}
    for x in definitions(formula):
        if x not in kept:
            inner[x] = substitute(x.definition, inner)
    return substitute(formula, inner)


def _departure(spellings: tuple[Any, ...], truth: Any) -> Departure | None:
    """Where a false formula departs from the truth: the smallest place of all its spellings."""
    table = NamedTable(SIMPLEST, definitions(truth))
    simplest = (simplify(x, table, Recorder(), "departure", {}) for x in spellings)
    found = filter(None, (departure(x, truth) for x in (*spellings, *simplest)))
    return min(found, key=lambda x: len(str(x)), default=None)


def _difference(spellings: tuple[Any, ...], truth: Any) -> Any:
    """Claimed less true formula in its simplest form: the shorter one of the spellings."""
    table = NamedTable(SIMPLEST, definitions(truth))
    gaps = [simplify(x - truth, table, Recorder(), "difference", {}) for x in spellings]
    return min(gaps, key=lambda gap: len(text(gap)))
