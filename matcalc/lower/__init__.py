"""From derivations to NumPy: lowering laws, and standalone source that reads as if by hand."""

from matcalc.lower.export import Compiled, compile_numpy, export
from matcalc.lower.factored import FactoredMatrix
from matcalc.lower.objective import Objective
from matcalc.lower.source import numpy_source
from matcalc.lower.structured_matrix import MatrixCode, structured_matrix

__all__ = [
    "Compiled",
    "FactoredMatrix",
    "MatrixCode",
    "Objective",
    "compile_numpy",
    "export",
    "numpy_source",
    "structured_matrix",
]
