"""Derivatives by loops and the complex step, to judge what the engine derives."""

from matcalc.node import Node
from matcalc.numdiff import slopes
from matcalc.operators.kronecker import Vec
from matcalc.operators.scalars import inner
from matcalc.sampling import Sampler, distinct_sizes


def sample_for(*roots, seed=0, sizes=None):
    sampler = Sampler(roots, seed)
    return sampler.draw(sizes or sampler.fitted(distinct_sizes(sampler.sizes, {}, 0), {}))


def entries(value):
    return [x for line in value for x in line] if isinstance(value, list) else [value]


def relative_error(found, expected):
    scale = max(max(map(abs, expected)), 1e-300)
    assert len(found) == len(expected)
    return max(abs(a - b) for a, b in zip(found, expected, strict=True)) / scale


def assert_gradient(loss, parameter, gradient, seed=0, sizes=None):
    """The gradient agrees with the complex step of the loss, and is not zero."""
    sample = sample_for(loss, gradient, seed=seed, sizes=sizes)
    expected, method = slopes(loss, sample, parameter)
    assert method == "complex step"
    assert max(map(abs, entries(expected))) > 1e-6
    assert relative_error(entries(sample.base.value(gradient)), entries(expected)) < 1e-11


def assert_jacobian(f, parameter, jacobian, seed=0, sizes=None):
    """Every row agrees with the complex step of that entry of f."""
    sample = sample_for(f, jacobian, seed=seed, sizes=sizes)
    found = sample.base.value(jacobian)
    rows = sample.base.value(Vec(f) if isinstance(f, Node) else f)
    count = len(rows) if isinstance(f, Node) else 1
    base = sample.base.table(parameter)
    places = [(i, j) for j in range(len(base[0])) for i in range(len(base))]
    assert len(found) == count
    for column, (i, j) in enumerate(places):
        value = sample.moved(parameter, i, j, 1e-30j).value(Vec(f) if isinstance(f, Node) else f)
        expected = [complex(x).imag / 1e-30 for x in entries(value)]
        got = [line[column] for line in found]
        assert all(
            abs(a - b) <= 1e-10 * max(1.0, *map(abs, expected), 1.0)
            for a, b in zip(got, expected, strict=True)
        )
    assert max(abs(x) for x in entries(found)) > 1e-6


def weighted(f, weight):
    """A scalar that every entry of f moves: a random cotangent, so that nothing cancels."""
    return inner(weight, f)
