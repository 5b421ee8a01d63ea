"""To and from the matrix expressions of sympy."""

from matcalc.interop.reading import from_sympy
from matcalc.interop.writing import to_sympy

__all__ = ["from_sympy", "to_sympy"]
