"""What becomes of very large expressions: ``python -m tests.budgets [NAME …]``.

Each is derived in a process of its own, with limits of memory and time. It ends with a result, or
with a `BudgetExceeded` that names the limit and the size reached.
"""

import resource
import subprocess
import sys
from collections.abc import Callable
from functools import reduce
from operator import add, matmul, mul
from pathlib import Path
from time import process_time
from typing import Any

import matcalc as mc
from derivations.deep_net import deep_net
from matcalc import gradient, inner, matrix, prove_equal, scalar, tanh, trace
from matcalc.errors import BudgetExceeded
from matcalc.lower import numpy_source

MEMORY, SECONDS = 2 * 2**30, 300
"""Bytes and seconds of processor time that a case may take."""
X, B, C = (matrix(name, "n", "n") for name in "XBC")


def several(count: int) -> list[Any]:
    """As many square matrices."""
    return [matrix(f"A{i}", "n", "n") for i in range(count)]


def written(derivation: Any) -> str:
    """Steps and lines of code of a derivation, which its steps alone repeat."""
    code = numpy_source(derivation)
    assert derivation.replay() == len(derivation.steps)
    return f"{len(derivation.steps):,} steps, {len(code.splitlines()):,} lines of code"


def nested(depth: int = 5000) -> str:
    """tanh of tanh of … X."""
    return written(gradient(mc.sum(reduce(lambda z, _: tanh(z), range(depth), X)), X))


def layers(depth: int = 2000) -> str:
    """(((X + B) C + B) C + …)."""
    z = reduce(lambda z, _: (z + B) @ C, range(depth), X)
    return written(gradient(mc.sum(z), X))


def residuals(depth: int = 1000) -> str:
    """Z + H tanh(Z), again and again: sums of sums."""
    z = reduce(lambda z, _: mc.centering("n") @ tanh(z) + z, range(depth), X)
    return written(gradient(inner(B, z), X))


def factors(count: int = 1000) -> str:
    """tr(A₀ A₁ ⋯), by the factor in the middle."""
    parts = several(count)
    return written(gradient(trace(reduce(matmul, parts)), parts[count // 2]))


def entrywise_factors(count: int = 1000) -> str:
    """Σ A₀ ⊙ A₁ ⊙ ⋯, by the factor in the middle."""
    parts = several(count)
    return written(gradient(mc.sum(reduce(mul, parts)), parts[count // 2]))


def terms(count: int = 1000) -> str:
    """Σ (A₀ + A₁ + ⋯)², by the term in the middle."""
    parts, whole = several(count), reduce(add, several(count))
    return written(gradient(mc.sum(whole @ whole), parts[count // 2]))


def powers(count: int = 20) -> str:
    """(a + b + ⋯)⁴⁰ of scalars and of matrices, and that it is one factor by 39."""
    base, whole = reduce(add, (scalar(f"a{i}") for i in range(count))), reduce(add, several(count))
    verdict = prove_equal(base**40 * trace(X), base**39 * trace(X) * base).verdict
    losses = (base**40 * trace(X), trace(mc.matrix_power(whole, 40)), mc.sum(whole**40))
    found = [gradient(loss, by) for loss in losses for by in (scalar("a3"), several(4)[3])]
    return f"{verdict}; " + "; ".join(map(written, found[::3]))


def thrice(count: int = 20) -> str:
    """tr(A₀ X A₁ X ⋯) differentiated three times."""
    loss: Any = trace(reduce(matmul, (part @ X for part in several(count))))
    for direction in (B, C):
        loss = inner(direction, gradient(loss, X)[X])
    return written(gradient(loss, X))


def net(depth: int = 200) -> str:
    """A batch-normed net of many layers."""
    return written(deep_net(depth).derivation())


CASES: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (nested, layers, residuals, factors, entrywise_factors, terms, powers, thrice, net)
}


def outcome(case: Callable[[], str]) -> str:
    """What was found, or which budget was passed."""
    try:
        return case()
    except BudgetExceeded as reason:
        return f"BudgetExceeded: {reason}"


def limited(name: str) -> None:
    """One case within the limits, its seconds and its memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    start, found = process_time(), outcome(CASES[name])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}: {process_time() - start:.0f} s, {memory} MB, {found}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        limited(sys.argv[2])
    else:
        root = Path(__file__).parent.parent
        for name in sys.argv[1:] or CASES:
            command = [sys.executable, "-m", "tests.budgets", "--only", name]
            subprocess.run(command, check=True, cwd=root)
