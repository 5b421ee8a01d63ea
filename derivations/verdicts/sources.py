"""The eight sources of the founding problem, each rebuilt here and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derivations import batch_norm_layer, kronecker_route, plain_net
from derivations.batch_normed_net import Net
from derivations.verdicts import net, rules
from derivations.verdicts.decision import Decision, Part
from matcalc import Claim, Derivation, claim, claim_identity, commutation, identity, kron, vec
from matcalc.prove.steps import Verification


@dataclass(frozen=True)
class Derived:
    """A derivation that rebuilds a source, verified step by step and as a whole."""

    derivation: Derivation

    @property
    def verification(self) -> Verification:
        """Verdicts on the steps, and on the whole."""
        found: Verification = self.derivation.verify()
        return found

    @property
    def verdict(self) -> str:
        """Whether every step is proved."""
        return "proved" if self.verification.ok else "undecided"

    @property
    def reason(self) -> str:
        """How many steps there are of each kind."""
        return f"{self.verdict}: {str(self.verification).splitlines()[-1]}"


@dataclass(frozen=True)
class Source:
    """A source, what of it is rebuilt, and what became of that."""

    number: str
    what: str
    where: str
    parts: tuple[Part, ...]

    @property
    def right(self) -> int:
        """How many parts are proved, or reproduced to the last digit."""
        return sum(part.judged.verdict in ("proved", "reproduced") for part in self.parts)

    @property
    def ok(self) -> bool:
        """Whether all that was rebuilt is right."""
        return self.right == len(self.parts) > 0


def sources(made: Mapping[str, Decision]) -> Iterator[Source]:
    """S1 to S8, from the claims decided by number."""
    yield Source(
        "S1",
        "the question: the net without batch norm and its two gradients",
        "derivations/plain_net.py",
        tuple(Part(label, Derived(d)) for label, d, _ in plain_net.cases()),
    )
    yield Source(
        "S2",
        "the question's code: what it computes is what it prints",
        "derivations/verdicts/net.py, derivations/question.py",
        (
            *(Part(f"printed {name}", code) for name, (_, code) in net.tables().items()),
            Part("the true gradients", Derived(Net("relu", 1, per_row=False).derivation())),
        ),
    )
    loops = (_column_sum(), made["C14"].parts[1], made["C11"].parts[0])
    yield Source("S3", "the loops, entry by entry", "derivations/verdicts/net.py", loops)
    yield Source(
        "S4",
        "the vec/⊗ route, through I ⊗ 1 and through the selector K",
        "derivations/kronecker_route.py",
        (
            *(Part(label, Derived(d)) for label, d, _ in kronecker_route.cases()),
            *(*made["C15"].parts, made["C16"].parts[1], *made["C17"].parts),
            *(made["C18"].parts[1], *made["C19"].parts[:2]),
        ),
    )
    layers = (Part(label, Derived(d)) for label, d, _ in batch_norm_layer.cases())
    yield Source(
        "S5",
        "per-entry derivatives, and the backward function with ε under every root",
        "derivations/verdicts/layer.py, derivations/batch_norm_layer.py",
        (*made["C21"].parts, *made["C22"].parts, made["C23"].parts[1], *layers),
    )
    yield Source(
        "S6",
        "the graph walked backwards node by node, and the analytic sum",
        "derivations/verdicts/graph.py",
        (*made["C25"].parts, made["C26"].parts[0]),
    )
    yield Source(
        "S7",
        "forward mode and backward mode",
        "derivations/verdicts/layer.py",
        (made["C27"].parts[0], *made["C28"].parts),
    )
    yield Source(
        "S8",
        "∂(A ⊗ B)/∂A with the commutation matrix, in both published forms",
        "derivations/verdicts/rules.py",
        (made["C6"].parts[0], Part("Magnus & Neudecker's form", _magnus_neudecker())),
    )


def _column_sum() -> Part:
    """The loop for ∂R/∂β."""
    entry = (net.across @ net.W[:, net.i])[0, 0]
    found = claim_identity((net.across @ net.W)[0, net.i], entry, "(1ᵀW)_i")
    return Part("∂R/∂β_i = 1ᵀW_i", found)


def _magnus_neudecker() -> Claim:
    m, n, p, q = rules.m, rules.n, rules.p, rules.q
    middle = kron(identity(n), commutation(q, m), identity(p))
    return claim(kron(rules.A, rules.B), rules.A, middle @ kron(identity(m * n), vec(rules.B)))
