"""From derivations to NumPy: lowering laws, and standalone source that reads as if by hand."""

from matcalc.lower.export import Compiled, compile_numpy, export
from matcalc.lower.source import numpy_source

__all__ = ["Compiled", "compile_numpy", "export", "numpy_source"]
