"""Every printed formula, read back by a reader of the tests, has the values of its expression."""

import re

import numpy as np
import pytest

from derivations.batch_normed_net import Net
from matcalc import function, matrix, scalar
from matcalc.errors import MatcalcError
from matcalc.mathml import mathml
from matcalc.node import Node, substitute, walk
from matcalc.operators.scalars import Differential, ScalarDifferential
from matcalc.presentation import shown_of
from matcalc.sampling import Sampler
from matcalc.show import latex, sized
from matcalc.symbols import definitions
from tests import worked
from tests.judging import ENGINE
from tests.latex_reader import Reader, is_matrix, shaped
from tests.mathml_reader import latex_of
from tests.printed import without_differentials
from tests.test_lower_random import Expressions, m, n, p

LAWS = [law for laws in ENGINE.values() for law in laws]
CASES = [pytest.param(derivation, id=label) for label, derivation, _ in worked.CASES]


SIZES = ((3, 2, 4, 5, 6, 7, 8), (2, 3, 5, 4, 7, 6, 8), (5, 3, 2, 4, 6, 7, 8))


def sample_of(*roots, seed=0):
    """Data at the first choice of sizes that the roots allow."""
    sampler = Sampler(roots, seed)
    for numbers in SIZES:
        try:
            sizes = sampler.fitted(dict(zip(sampler.sizes, numbers, strict=False)), {})
            return sampler.draw(sizes)
        except MatcalcError as error:
            last = error
    raise last


def names_of(sample, *roots):
    """What a reader needs to know: the values of names, no more."""
    known = {x.name: np.array(table) for x, table in sample.data.items()}
    known |= {s.name: float(value) for s, value in sample.scalars.items()}
    known |= {s.name: float(size) for s, size in sample.sizes.items()}
    known |= {x.name: np.array(sample.base.value(x)) for x in definitions(*roots)}
    return known


def called(f):
    """A function of entries, as one of arrays."""
    return lambda order, a: np.vectorize(lambda x: f(order, x))(a)


def value_of(shown, sample, *roots):
    """The value of LaTeX."""
    functions = {name: called(f) for name, f in sample.functions.items()}
    return Reader(shown, names_of(sample, *roots), functions).value()


def assert_read_as(shown, x, sample, *roots):
    """The value of the LaTeX, and that of its MathML, is that of the expression."""
    assert_same(value_of(shown, sample, x, *roots), x, sample, shown)
    again = latex_of(mathml(shown))
    assert_same(value_of(again, sample, x, *roots), x, sample, again)


def assert_same(found, x, sample, shown):
    expected = sample.base.value(x)
    if isinstance(x, Node):
        expected = np.array(expected, dtype=float)
        found = shaped(found, expected)
        assert is_matrix(found)
        assert found.shape == expected.shape
    else:
        assert not is_matrix(found)
    scale = max(1e-12, np.abs(expected).max())
    assert np.abs(np.real(found) - expected).max() <= 1e-8 * scale + 1e-13, shown


def free_scalars(x):
    """Free numbers in place of the differentials of numbers."""
    found = [y for y in walk(x) if isinstance(y, ScalarDifferential)]
    return {y: scalar(f"d{y.operands[0].name}") for y in found}


def sides_of(law):
    """Both sides of a law; of a differential what it is of, and free matrices for those below."""
    for side in (law.lhs, law.rhs):
        inner = side.operands[0] if isinstance(side, Differential | ScalarDifferential) else side
        yield without_differentials(substitute(inner, free_scalars(inner)))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_laws_are_read_back(law):
    for side in sides_of(law):
        assert_read_as(latex(side), side, sample_of(side))


def equations(shown):
    """Right sides of the rows of an aligned environment, broken ones joined, without the laws."""
    inner = re.fullmatch(r"\\begin\{aligned\}\n(.*)\n\\end\{aligned\}", shown, re.S)[1]
    found = []
    for line in inner.split(" \\\\[2pt]\n"):
        if r"\scriptstyle" in line or r"\mathbb{R}" in line or r"\mapsto" in line[:0]:
            continue
        if line.startswith(r"&\qquad "):
            found[-1] += " " + line.removeprefix(r"&\qquad ")
        else:
            found.append(line.split("&= ", 1)[1])
    return found


def written(derivation, **options):
    """Formulas of a derivation with the LaTeX of each."""
    formulas = [shown_of(row) for row in derivation.document().body]
    return list(zip(formulas, equations(derivation.to_latex(**options)), strict=True))


@pytest.mark.parametrize("derivation", CASES)
def test_derivations_are_read_back(derivation):
    found = written(derivation)
    formulas = [formula for formula, _ in found]
    sample = sample_of(*formulas)
    for formula, shown in found:
        assert_read_as(shown, formula, sample, *formulas)


def test_sizes_stand_below_names():
    assert sized(matrix("X", "N", "p")) == r"\underset{\,N \times p\,}{X}"
    derivation = Net(activation="abstract a", ddof=1).derivation()
    for (_, plain), (_, with_sizes) in zip(
        written(derivation), written(derivation, sizes=True), strict=True
    ):
        bare = re.sub(r"\\underset\{\\,.*? \\times .*?\\,\}\{", "{", with_sizes)
        bare = bare.replace(r"\bigl", r"\left").replace(r"\bigr", r"\right")
        assert re.sub(r"[{}]", "", bare) == re.sub(r"[{}]", "", plain)


@pytest.mark.parametrize("seed", range(20))
def test_random_expressions_are_read_back(seed):
    expressions = Expressions(seed)
    x = expressions.matrix(m, p, 4)
    assert_read_as(latex(x), x, sample_of(x, seed=seed))
    s = expressions.number(4)
    assert_read_as(latex(s), s, sample_of(s, seed=seed))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\left(A + B\right) C", "A + B C"),
        (r"{\left(A C\right)}^{\top}", r"A {C}^{\top}"),
        (r"{A}^{\odot 2}", r"{A}^{\odot 3}"),
        (r"{f}^{\prime}\left(A\right)", r"f\left(A\right)"),
        (
            r"\left(A \otimes B\right) \odot \left(B \otimes A\right)",
            r"A \otimes B \odot B \otimes A",
        ),
        (r"\mathrm{tr}(A C)", r"\textstyle\sum(A C)"),
    ],
)
def test_the_reader_tells_formulas_apart(right, wrong):
    A, B, C, f = matrix("A", m, n), matrix("B", m, n), matrix("C", n, m), function("f")
    roots = (A + B) @ C, f(A)
    sample = sample_of(*roots)
    good = value_of(right, sample, *roots)
    try:
        bad = value_of(wrong, sample, *roots)
    except (AssertionError, ValueError):
        return
    assert np.shape(good) != np.shape(bad) or np.abs(good - bad).max() > 1e-3
