"""How fast gradients are derived, and how the cost grows with depth: python -m tests.benchmark.

Every figure is the median over fresh processes, imports excluded, so that no cache is warm.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from derivations.deep_net import deep_net
from matcalc.lower import numpy_source
from matcalc.node import walk

ROOT = Path(__file__).parent.parent
DEPTHS = (1, 2, 4, 8, 16, 32)

TIMED = """
from time import perf_counter as now
{before}
start = now()
{what}
print(now() - start)
"""
SYMPY = TIMED.format(before="", what="import sympy")
FOUR_GRADIENTS = TIMED.format(
    before="from derivations.batch_normed_net import Net", what="Net().derivation()"
)
DEEP = "from tests.benchmark import measure\nprint(*measure({}))"

HEADINGS = "layers  derive ms  ms/layer   steps  steps/layer   nodes  source lines"
ROW = "{:6}  {:9.1f}  {:8.1f}  {:6.0f}  {:11.1f}  {:6.0f}  {:12.0f}"


class Cost(NamedTuple):
    """What the gradients of one net cost; lines are those of the generated NumPy source."""

    milliseconds: float
    steps: int
    nodes: int
    lines: int


def measure(layers: int) -> Cost:
    """Derive all gradients of a net and count what came of it."""
    net = deep_net(layers)
    start = perf_counter()
    derivation = net.derivation()
    milliseconds = 1000 * (perf_counter() - start)
    nodes = {x for gradient in derivation.gradients.values() for x in walk(gradient)}
    lines = numpy_source(derivation).splitlines()
    return Cost(milliseconds, len(derivation.steps), len(nodes), len(lines))


def _fresh(script: str) -> list[float]:
    """Numbers that a script prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [float(word) for word in done.stdout.split()]


def _medians(script: str, processes: int) -> list[float]:
    runs = (_fresh(script) for _ in range(processes))
    return [median(values) for values in zip(*runs, strict=True)]


def print_cold_start(processes: int) -> None:
    """Print the time of the first derivation against that of importing sympy."""
    (sympy,), (derivation,) = _medians(SYMPY, processes), _medians(FOUR_GRADIENTS, processes)
    print(f"import sympy                             {1000 * sympy:8.1f} ms")
    print(f"four gradients of the batch-normed net   {1000 * derivation:8.1f} ms")
    print(f"ratio                                    {derivation / sympy:8.2f}")


def print_growth(processes: int) -> None:
    """Print what each depth costs, one row a depth."""
    print(HEADINGS)
    for layers in DEPTHS:
        ms, steps, nodes, lines = _medians(DEEP.format(layers), processes)
        print(ROW.format(layers, ms, ms / layers, steps, steps / layers, nodes, lines))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=7, help="fresh processes per figure")
    processes = parser.parse_args().processes
    print(f"median of {processes} fresh processes, imports excluded, nothing cached\n")
    print_cold_start(processes)
    print()
    print_growth(processes)


if __name__ == "__main__":
    main()
