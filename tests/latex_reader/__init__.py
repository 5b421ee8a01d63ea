"""Printed LaTeX read back: `Reader(latex, names).value()`."""

from tests.latex_reader.reader import Reader
from tests.latex_reader.values import is_matrix, shaped

__all__ = ["Reader", "is_matrix", "shaped"]
