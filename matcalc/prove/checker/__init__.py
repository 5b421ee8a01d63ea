"""The checker of proofs: shares nothing with the prover but the expressions and the certificate."""

from matcalc.prove.checker.terms import CertificateRefused
from matcalc.prove.checker.verify import verify

__all__ = ["CertificateRefused", "verify"]
