"""From derivations to NumPy: lowering laws, and standalone source that reads as if by hand."""

from matcalc.lower.cost import Cost, cost
from matcalc.lower.export import Compiled, compile_numpy, export
from matcalc.lower.source import numpy_source

__all__ = ["Compiled", "Cost", "compile_numpy", "cost", "export", "numpy_source"]
