"""Mutants of laws that nothing catches, and why each does no harm."""

Key = tuple[str, str, str]

EIGENVALUE = "differential of a simple eigenvalue"
EIGENVECTOR = "differential of an eigenvector"
TIMES = "a matrix times its eigenvector"
RESOLVENT = "pinv(eigenvalue(S, i) * identity(n) - S)"


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
        _multiples(),
        "still true: S and its positive multiples have the same eigenvectors in the same order; "
        "the prover knows no eigenvectors",
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
