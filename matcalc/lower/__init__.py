"""From derivations to code: lowering laws, and standalone source that reads as if by hand."""

from matcalc.lower.array_api import array_api_source
from matcalc.lower.cost import Cost, cost
from matcalc.lower.export import Compiled, compile_array_api, compile_numba, compile_numpy, export
from matcalc.lower.factored import FactoredMatrix
from matcalc.lower.fast import fast_numpy_source
from matcalc.lower.matrix_file import export_matrix
from matcalc.lower.numba_source import numba_source
from matcalc.lower.objective import Objective
from matcalc.lower.source import numpy_source
from matcalc.lower.structured_matrix import MatrixCode, structured_matrix

__all__ = [
    "Compiled",
    "Cost",
    "FactoredMatrix",
    "MatrixCode",
    "Objective",
    "array_api_source",
    "compile_array_api",
    "compile_numba",
    "compile_numpy",
    "cost",
    "export",
    "export_matrix",
    "fast_numpy_source",
    "numba_source",
    "numpy_source",
    "structured_matrix",
]
