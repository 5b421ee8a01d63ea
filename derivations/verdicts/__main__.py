"""Print the answer to the founding question as Markdown: ``python -m derivations.verdicts``."""

import sys

from derivations.verdicts.answer import decisions, details, source_table, table
from derivations.verdicts.sources import sources

TITLE = """# What of it is true

Every claim made in the question, in its answer and in the write-ups around it, decided: *proved*
for all sizes; *ill-typed*, with the shapes that do not fit; *disproved*, with a counterexample
that NumPy replays; or *true only if*, false in general and proved under the condition named.
W = a′(·) ⊙ (−2ε̂Γ₂ᵀ), Z = XΓ₁, Z̃ = (Z − μ) ⊙ σ⁻¹, w = (γ ⊗ 1) ⊙ σ⁻¹, γ̃ = γ ⊗ 1_N, D = ∂f/∂Y."""


def main() -> int:
    """Print the tables and the details; 1 if a claim is undecided or a source is open."""
    made = decisions()
    rebuilt = list(sources({decision.number: decision for decision in made}))
    for part in (TITLE, table(made), "## The sources, rebuilt", source_table(rebuilt)):
        print(part, end="\n\n")
    print("## What is wrong with the others", details(made), sep="\n\n")
    undecided = any(decision.verdict == "undecided" for decision in made)
    return int(undecided or not all(source.ok for source in rebuilt))


if __name__ == "__main__":
    sys.exit(main())
