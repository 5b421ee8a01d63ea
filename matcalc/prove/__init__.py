"""Equality of expressions for all sizes: proofs, counterexamples, and a checker of proofs."""

from matcalc.prove.checker import CertificateRefused
from matcalc.prove.proof import Disproof, IllTyped, Proof, Undecided
from matcalc.prove.prover import prove_equal, verify
from matcalc.prove.steps import verify_steps

__all__ = [
    "CertificateRefused",
    "Disproof",
    "IllTyped",
    "Proof",
    "Undecided",
    "prove_equal",
    "verify",
    "verify_steps",
]
