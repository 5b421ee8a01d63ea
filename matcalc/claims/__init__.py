"""Hand-made formulas decided: proved, ill-typed, disproved, or true only under a condition."""

from matcalc.claims.claim import claim, claim_identity
from matcalc.claims.conditions import Condition
from matcalc.claims.report import Claim, Repair, Under

__all__ = ["Claim", "Condition", "Repair", "Under", "claim", "claim_identity"]
