"""The law tables that the passes use, put together from the themes."""

from itertools import chain

from matcalc.laws import differentials, transposition, vectorisation
from matcalc.laws.facts import FACTS
from matcalc.laws.theme import Theme
from matcalc.rewrite import Table

ALGEBRA = Theme(
    differentials=differentials.CORE,
    transposition=transposition.CORE,
    vectorisation=vectorisation.CORE,
)
THEMES = (ALGEBRA, FACTS)

DIFFERENTIALS = Table("differentials", chain(*(t.differentials for t in THEMES)))
"""Every law that pushes d inwards."""
TRANSPOSITION = Table("transposition", chain(*(t.transposition for t in THEMES)))
"""Every law that moves a linear map from the differential to the cotangent."""
VECTORISATION = Table("vectorisation", chain(*(t.vectorisation for t in THEMES)))
"""Every law that turns a linear map into a matrix."""
