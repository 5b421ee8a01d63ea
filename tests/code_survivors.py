"""Mutants of the code that no test kills, and why each does no harm."""

from tests.code_mutants import Mutant

SAME = "the same result: what else it lets through gives the same, or cannot occur"
ORDER = "the order of operands alone, which interning or simplification undoes"
SPEED = "the same result by more or less work, or more or less memory"
WORDS = "the wording of a message, a note or a name, which no result depends on"
LIMIT = "a limit that lies a little elsewhere: of work, of lengths shown, of what is tried"
EXPLAINED = (SAME, ORDER, SPEED, WORDS, LIMIT)
"""What may be said of a mutant that survives."""

PLACES: dict[tuple[str, str, str], str] = {}
"""By file, function and change."""

FUNCTIONS: dict[tuple[str, str], str] = {}
"""By file and function, where it holds of every mutant that survives there."""


def reason(mutant: Mutant) -> str | None:
    """Why a mutant may survive."""
    found = PLACES.get(mutant.key)
    return found or FUNCTIONS.get((mutant.file, mutant.function))
