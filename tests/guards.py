"""What the guards of laws ask for: expressions that they must let through, and must refuse."""

from functools import partial

from matcalc.dimensions import dims
from matcalc.laws.broadcast import centred
from matcalc.laws.generalised_inverses import NORMAL_EQUATIONS
from matcalc.laws.transposition import carries_differential
from matcalc.lines import DOWN
from matcalc.lower.selection import is_formed
from matcalc.match import build
from matcalc.node import substitute
from matcalc.operators.constants import centering
from matcalc.operators.kronecker import kron
from matcalc.operators.leaves import matrix
from matcalc.operators.scalars import d
from matcalc.symbols import free_symbols, variables


def guarded(law):
    """What to put for A so that what the guard, or an inverse in the law, asks for holds."""
    if law.name in {normal.name for normal in NORMAL_EQUATIONS}:
        (X,) = variables(law.lhs)
        return {X: matrix("X", X.rows + X.cols, X.cols)}
    if isinstance(law.where, partial) and law.where.func is centred:
        A = next(v for v in variables(law.lhs) if v.name == "A")
        (sums,) = law.where.args
        return {A: centering(A.rows) @ A if sums is DOWN else A @ centering(A.cols)}
    return {}


def forbidden(law):
    """Expressions of the form of the left side that the guard must refuse."""
    if guarded(law):
        return [law.lhs]
    own = {v.name: v for v in variables(law.lhs)}
    if law.where is carries_differential:
        return [law.lhs, *_with_differentials(law.lhs, own)]
    name = "A" if law.where is is_formed else "D" if "D" in own else "B"
    return [_with_kronecker(law.lhs, own[name])]


def _with_differentials(lhs, own):
    """The left side with a differential in every operand but G, where there are several."""
    linear = {v: d(v) for name, v in own.items() if name != "G"}
    return [substitute(lhs, linear)] if len(linear) > 1 else []


def _with_kronecker(lhs, v):
    """The left side with v made a ⊗-product, its sizes with it."""
    t, u = dims("t u")
    first, second = matrix("F", v.rows, v.cols), matrix("S", t, u)
    sizes = {v.rows: v.rows * t, v.cols: v.cols * u}
    swap = {x: matrix(x.name, *(s.xreplace(sizes) for s in x.shape)) for x in variables(lhs)}
    return build(lhs, {s: s for s in free_symbols(lhs)} | sizes | swap | {v: kron(first, second)})
