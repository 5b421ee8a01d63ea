"""Names decide nothing: a loss under other names has the same gradients, renamed."""

import pytest
from sympy.core.symbol import Str

from matcalc import gradient
from matcalc.node import substitute
from matcalc.operators.leaves import Variable
from matcalc.symbols import variables
from tests.around import CASES
from tests.printed import simplest
from tests.test_around import as_loss
from tests.worked import CASES as WORKED

LOSSES = [
    *(
        (label, derivation.loss, [p for p in derivation.gradients if isinstance(p, Variable)])
        for label, derivation, _ in WORKED
        if derivation.kind == "gradient"
    ),
    *((f"{name}: {f}"[:60], as_loss(f), [x]) for name, f, x in CASES),
]


def in_reverse_order(found):
    """New names that sort the other way round."""
    order = sorted((v.name for v in found), reverse=True)
    new = {name: f"q{place:03}" for place, name in enumerate(order)}
    return {v: Variable(Str(new[v.name]), *v.operands[1:]) for v in found}


@pytest.mark.parametrize(
    ("loss", "parameters"), [case[1:] for case in LOSSES], ids=[case[0] for case in LOSSES]
)
def test_other_names_give_the_same_gradient(loss, parameters):
    other = in_reverse_order(variables(loss))
    back = {renamed: v for v, renamed in other.items()}
    found = gradient(loss, parameters)
    again = gradient(substitute(loss, other), [other.get(p, p) for p in parameters])
    for p in parameters:
        assert simplest(substitute(again[other.get(p, p)], back)) == simplest(found[p])
