"""The law tables that the passes use, put together from the themes."""

from itertools import chain

from matcalc.laws import differentials, transposition, vectorisation
from matcalc.laws.blocks import BLOCKS
from matcalc.laws.cancellation import CANCELLATION
from matcalc.laws.eigen import EIGEN
from matcalc.laws.elementwise2 import ELEMENTWISE2
from matcalc.laws.facts import FACTS
from matcalc.laws.function_identities import FUNCTION_IDENTITIES
from matcalc.laws.generalised_inverses import GENERALISED_INVERSES
from matcalc.laws.khatri_rao import KHATRI_RAO
from matcalc.laws.kronecker_products import KRONECKER_PRODUCTS
from matcalc.laws.matrix_functions import MATRIX_FUNCTIONS
from matcalc.laws.selection import SELECTION
from matcalc.laws.softmax import SOFTMAXES
from matcalc.laws.structure_constants import STRUCTURE_CONSTANTS
from matcalc.laws.theme import Theme
from matcalc.rewrite import Table

ALGEBRA = Theme(
    differentials=differentials.CORE,
    transposition=transposition.CORE,
    vectorisation=vectorisation.CORE,
)
THEMES = (
    ALGEBRA,
    FACTS,
    SELECTION,
    BLOCKS,
    STRUCTURE_CONSTANTS,
    KHATRI_RAO,
    MATRIX_FUNCTIONS,
    GENERALISED_INVERSES,
    EIGEN,
    ELEMENTWISE2,
    CANCELLATION,
    SOFTMAXES,
    KRONECKER_PRODUCTS,
    FUNCTION_IDENTITIES,
)

DIFFERENTIALS = Table("differentials", chain(*(t.differentials for t in THEMES)))
"""Every law that pushes d inwards."""
TRANSPOSITION = Table("transposition", chain(*(t.transposition for t in THEMES)))
"""Every law that moves a linear map from the differential to the cotangent."""
VECTORISATION = Table("vectorisation", chain(*(t.vectorisation for t in THEMES)))
"""Every law that turns a linear map into a matrix."""
