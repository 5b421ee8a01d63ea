"""Text read as expressions of the language: a whitelist over Python's syntax, nothing is run."""

from matcalc.parsing.declarations import declare, with_sizes
from matcalc.parsing.language import Language, Program

__all__ = ["Language", "Program", "declare", "with_sizes"]
