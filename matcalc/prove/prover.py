"""Whether two expressions are equal for all sizes and values."""

from typing import Any

from matcalc.dimensions import same
from matcalc.errors import MatcalcError
from matcalc.nesting import followed
from matcalc.node import Node
from matcalc.operators.shapes import described
from matcalc.prove.checker import CertificateRefused
from matcalc.prove.checker import verify as check
from matcalc.prove.closing import Closing
from matcalc.prove.disproof import Comparison, Witness
from matcalc.prove.expand import Expander
from matcalc.prove.heads import Heads
from matcalc.prove.identities import Identities, Rewrite
from matcalc.prove.proof import Disproof, IllTyped, Proof, Undecided, Verdict
from matcalc.prove.serialise import Writer
from matcalc.prove.stages import stages
from matcalc.prove.uses import Use
from matcalc.scalars import number

EMPTY: dict[str, Any] = {"closed": [], "rewrites": [], "uses": [], "heads": []}
BUDGET = 60_000
"""Monomials that the attempt with nothing closed may form, and all others together."""
QUICK = 2000
"""Monomials of a first attempt, before a counterexample is looked for."""


def prove_equal(a: Any, b: Any, budget: int = BUDGET, seed: int = 0) -> Verdict:
    """Decide whether two expressions are equal wherever both are defined.

    Parameters
    ----------
    a, b : Node or sympy.Expr
        Matrices of one shape, or scalars.
    budget : int
        Monomials that one attempt may form; past it the answer is "undecided".
    seed : int
        Seed of the points at which a counterexample is looked for.

    Returns
    -------
    Proof, Disproof, IllTyped or Undecided
        With ``verdict`` "proved", "disproved", "ill-typed" or "undecided".

    Examples
    --------
    >>> from matcalc import identity, inv, matrix
    >>> P = matrix("P", "m", "n")
    >>> left = inv(identity("m") + P @ P.T) @ P
    >>> prove_equal(left, P @ inv(identity("n") + P.T @ P)).verdict
    'proved'
    >>> prove_equal(left, P).verdict
    'disproved'
    """
    a, b = (x if isinstance(x, Node) else number(x) for x in (a, b))
    mistake = shapes_differ(a, b)
    if mistake:
        return IllTyped(a, b, mistake)
    decided = quickly(a, b, budget, seed)
    if decided is not None:
        return decided
    reasons: list[str] = []
    left = budget
    for closed, own in stages(a, b, budget):
        e = Expander(min(own, left) if closed else budget, closed)
        proof = checked_attempt(a, b, e, reasons) if e.algebra.budget > 0 else None
        if proof is not None:
            return proof
        left -= e.algebra.budget - e.algebra.left if closed else 0
    found = Comparison(a, b, seed).decide()
    if isinstance(found, Witness):
        return Disproof(a, b, found)
    reason = "; ".join(dict.fromkeys(reasons)) or "the normal forms differ"
    return Undecided(a, b, reason, found)


def quickly(a: Any, b: Any, budget: int, seed: int) -> Proof | Disproof | None:
    """A proof or a counterexample that costs little, before anything dear is tried."""
    closed, _ = next(iter(stages(a, b, budget)))
    proof = checked_attempt(a, b, Expander(min(budget, QUICK), closed), [])
    return proof or refuted(a, b, seed)


def refuted(a: Any, b: Any, seed: int = 0, points: int = 2) -> Disproof | None:
    """A counterexample among the first points, looked for before any proof is.

    Examples
    --------
    >>> from matcalc import matrix
    >>> A = matrix("A", "m", "n")
    >>> refuted(A, 2 * A).verdict, refuted(A, A)
    ('disproved', None)
    """
    found = None if shapes_differ(a, b) else Comparison(a, b, seed).first(points)
    return None if found is None else Disproof(a, b, found)


def verify(proof: Proof) -> None:
    """Check a proof again, by code that shares nothing with what found it.

    Raises
    ------
    CertificateRefused
        If it does not prove what it says.

    Examples
    --------
    >>> from matcalc import matrix, trace
    >>> A, B = matrix("A", "m", "n"), matrix("B", "n", "m")
    >>> verify(prove_equal(trace(A @ B), trace(B @ A)))
    """
    check(proof.left, proof.right, proof.certificate)


def shapes_differ(a: Any, b: Any) -> str:
    """Why two expressions cannot be equal by their shapes; empty if they can."""
    if isinstance(a, Node) != isinstance(b, Node):
        scalar, matrix = (b, a) if isinstance(a, Node) else (a, b)
        return f"{described(matrix)} is a matrix and {scalar} is a scalar"
    if not isinstance(a, Node) or (same(a.rows, b.rows) and same(a.cols, b.cols)):
        return ""
    return f"{described(a)} and {described(b)} differ in shape"


def checked_attempt(a: Any, b: Any, e: Expander, reasons: list[str]) -> Proof | None:
    """A proof that the checker accepts, or None and a reason."""
    try:
        proof = attempt(a, b, e)
        if proof is not None:
            verify(proof)
    except CertificateRefused as error:
        reasons.append(f"the checker refused the proof: {error}")
        return None
    except MatcalcError as error:
        reasons.append(str(error))
        return None
    return proof


@followed("a proof")
def attempt(a: Any, b: Any, e: Expander) -> Proof | None:
    """Try to prove equality with some names closed."""
    closed = e.closed
    if a is b or a == b:
        return Proof(a, b, closed, 0, (), (), EMPTY)
    left, right = e.of(a), e.of(b)
    forms = e.common([left, right])
    p = e.algebra.minus(forms[0].poly, forms[1].poly)
    terms = sum(len(form.poly) for form in forms)
    identities = Identities(e)
    p = identities.normal(p)
    closing = Closing(identities)
    if not closing.zero(p, e.sizes(forms[0].radix)):
        return None
    data = certificate(e.heads, closed, identities.rewrites, closing.uses)
    return Proof(a, b, closed, terms, identities.used, tuple(closing.uses), data)


def certificate(
    heads: Heads, closed: frozenset[Node], rewrites: list[Rewrite], uses: list[Use]
) -> dict[str, Any]:
    """What a checker needs to repeat the proof."""
    writer = Writer(heads)
    return {
        "closed": sorted(x.key[2].hex() for x in closed),
        "rewrites": [writer.rewrite(r) for r in rewrites],
        "uses": [writer.use(u) for u in uses],
        "heads": writer.table,
    }
