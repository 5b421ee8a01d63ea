"""Mutants of laws that nothing catches, and why each is no mistake that could do harm."""

SURVIVORS: dict[tuple[str, str, str], str] = {}
"""Reasons by law, edit and what became of the law."""
