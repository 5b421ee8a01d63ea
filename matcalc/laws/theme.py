"""The laws of one family of operators, by what they are for."""

from dataclasses import dataclass

from matcalc.rewrite import Law


@dataclass(frozen=True)
class Theme:
    """Rows of law tables that belong together.

    Attributes
    ----------
    differentials : tuple of Law
        d of each operator.
    transposition : tuple of Law
        ⟨G, L(X)⟩ = ⟨L*(G), X⟩ for each place the operators are linear in.
    vectorisation : tuple of Law
        vec L(X) = M vec X for the same places.
    simplest : tuple of Law
        Identities towards the published form, each lowering the declared cost.
    """

    differentials: tuple[Law, ...] = ()
    transposition: tuple[Law, ...] = ()
    vectorisation: tuple[Law, ...] = ()
    simplest: tuple[Law, ...] = ()
