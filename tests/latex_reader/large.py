"""Blocks, cases, sums and integrals in printed LaTeX."""

import itertools
import operator

import numpy as np

from tests.latex_reader.tokens import key_of
from tests.latex_reader.words import Words

FROM_0_TO_1 = [
    ((t + 1) / 2, w / 2) for t, w in zip(*np.polynomial.legendre.leggauss(12), strict=True)
]
"""Nodes and weights of Gauss on the unit interval."""
RELATIONS = {"<": operator.lt, ">": operator.gt, r"\leq": operator.le, r"\geq": operator.ge}


class Large(Words):
    """What takes several rows, or binds an index."""

    def bound(self, values):
        """The reader with names bound for a while."""
        return _Bound(self, {key_of(name): x for name, x in values.items()})

    def blocks(self):
        rows = [[self.sum()]]
        while not self.takes(r"\end", *"{bmatrix}"):
            if self.takes("&"):
                rows[-1].append(self.sum())
            else:
                self.take(r"\\")
                rows.append([self.sum()])
        return np.block(rows)

    def cases(self):
        found, decided = None, False
        while not self.takes(r"\end", *"{cases}"):
            value = self.sum()
            self.take("&", r"\text", "{")
            word = ""
            while not self.takes("}"):
                word += self.take()
            holds = word == "otherwise" or self.condition()
            if holds and not decided:
                found, decided = value, True
            self.takes(r"\\")
        return found

    def condition(self):
        left, relation, right = self.sum(), self.take(), self.sum()
        tests = {
            "<": left < right,
            ">": left > right,
            r"\leq": left <= right,
            r"\geq": left >= right,
        }
        return tests[relation]

    def indices(self):
        """Indices of a sum over r_0 + r_1 + ⋯ = total, or of one from 0."""
        found = []
        while True:
            key = self.spelled()
            below = self.subscripts()
            found.append((*key[:3], below))
            if not self.takes("+"):
                break
        self.take("=")
        total = self.sum()
        self.take("}")
        return found, total

    def series(self):
        indices, total = self.indices()
        if len(indices) == 1:
            assert total == 0
            self.take("^", "{")
            top = round(self.sum())
            self.take("}")
            ranges = [(r,) for r in range(top + 1)]
        else:
            count = len(indices)
            ranges = [
                r
                for r in itertools.product(range(round(total) + 1), repeat=count)
                if sum(r) == total
            ]
        return self.summed([(dict(zip(indices, r, strict=True)), 1) for r in ranges])

    def summed(self, weighted):
        """Σ weight · body, the body read again for every choice of the indices."""
        start, total = self.at, None
        for values, weight in weighted:
            self.at = start
            with _Bound(self, values):
                term = weight * self.term()
            total = term if total is None else total + term
        return total

    def integral(self):
        """∫_0^1, or ∫ over a simplex, up to the d of its variable."""
        if self.takes("_", "0", "^", "1"):
            letters, points = None, FROM_0_TO_1
        else:
            self.take("_", "{")
            letters, _ = self.indices()
            points = list(simplex(len(letters) - 1))
        last = self.end_of_integral()
        names = letters or [last]
        found = self.summed(
            [
                (dict(zip(names, t if isinstance(t, tuple) else (t,), strict=True)), w)
                for t, w in points
            ]
        )
        self.take(r"\mathrm", "{", "d", "}")
        self.spelled()
        return found

    def end_of_integral(self):
        """The variable behind the first d that is no differential of something known."""
        start = self.at
        while True:
            if self.takes(r"\mathrm", "{", "d", "}"):
                end, key = self.at - 4, self.spelled()
                if key is not None and (*key[:3], ()) not in self.names:
                    break
            else:
                self.take()
        self.at = start
        self.ends.add(end)
        return (*key[:3], ())


def simplex(n):
    """Points s_0, …, s_n ≥ 0 with sum 1 and their weights, by Gauss and Duffy."""
    for point in itertools.product(FROM_0_TO_1, repeat=n):
        left, weight, s = 1.0, 1.0, []
        for k, (t, w) in enumerate(point):
            s.append(left * t)
            weight *= w * (1 - t) ** (n - 1 - k)
            left *= 1 - t
        yield (*s, left), weight


class _Bound:
    def __init__(self, reader, values):
        self.reader, self.values = reader, values

    def __enter__(self):
        self.before = self.reader.names
        self.reader.names = {**self.before, **self.values}

    def __exit__(self, *_):
        self.reader.names = self.before
