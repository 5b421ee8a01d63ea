"""Mutants of laws that nothing catches, and why each does no harm."""

Key = tuple[str, str, str]

PSEUDO_INVERSE = "differential of a pseudo-inverse"
EIGENVALUE = "differential of a simple eigenvalue"
EIGENVECTOR = "differential of an eigenvector"
TIMES = "a matrix times its eigenvector"
FIRST = "pinv(A) @ pinv(A).T @ d(A).T @ "
LAST = " @ d(A).T @ pinv(A).T @ pinv(A)"
MIDDLE = " - pinv(A) @ d(A) @ pinv(A)"
LEFT, RIGHT = "(identity(m) - A @ pinv(A))", "(identity(n) - pinv(A) @ A)"
RESOLVENT = "pinv(eigenvalue(S, i) * identity(n) - S)"


def _transposed_projections() -> list[Key]:
    """The differential of a pseudo-inverse with one of its projections transposed."""
    transposed = (
        f"{FIRST}{LEFT} + {RIGHT}.T{LAST}{MIDDLE}",
        f"{FIRST}{LEFT} + (identity(n) - (pinv(A) @ A).T){LAST}{MIDDLE}",
        f"{RIGHT}{LAST} + {FIRST}{LEFT}.T{MIDDLE}",
        f"{RIGHT}{LAST} + {FIRST}(identity(m) - (A @ pinv(A)).T){MIDDLE}",
    )
    return [(PSEUDO_INVERSE, "transposed", said) for said in transposed]


def _multiples() -> list[Key]:
    """Eigenvectors of a positive multiple of S."""
    found = []
    for scaled in ("eigenvector(2 * S, i)", "eigenvector(S / 2, i)"):
        found += [
            (EIGENVALUE, "factor put in", f"inner({scaled} @ eigenvector(S, i).T, d(S))"),
            (EIGENVALUE, "factor put in", f"inner(eigenvector(S, i) @ {scaled}.T, d(S))"),
            (EIGENVECTOR, "factor put in", f"{RESOLVENT} @ d(S) @ {scaled}"),
            (TIMES, "factor put in", f"eigenvalue(S, i) * {scaled}"),
        ]
    return found


SURVIVORS: dict[Key, str] = {
    **dict.fromkeys(
        _transposed_projections(),
        "still true: A A⁺ and A⁺A are symmetric; the prover knows no pseudo-inverses",
    ),
    **dict.fromkeys(
        _multiples(),
        "still true: S and its positive multiples have the same eigenvectors in the same order; "
        "the prover knows no eigenvectors",
    ),
    (EIGENVECTOR, "transposed", f"{RESOLVENT}.T @ d(S) @ eigenvector(S, i)"): (
        "still true: the pseudo-inverse of a symmetric matrix is symmetric; the prover knows no "
        "pseudo-inverses"
    ),
    ("determinant of an adjugate", "sign flipped", "((-1)**n*det(S))**(n - 1)"): (
        "still true: (−1)ⁿ⁽ⁿ⁻¹⁾ = 1; the prover has no parity of sizes"
    ),
    ("an eigenvector has length 1", "fact dropped", "S"): (
        "still true of what has an eigenvector here: it has length 1 by definition, and is defined "
        "for symmetric matrices alone"
    ),
}
"""Reasons by law, edit and what became of the law."""
