"""How long a derivation and its export take beside jax's tracing and compiling the same loss."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent.parent
DEPTHS = (1, 4, 16)

OURS = """
from time import perf_counter as now
from tests.bench.workloads import WORKLOADS
from matcalc.lower import numpy_source
start = now()
numpy_source(WORKLOADS["{0}"].derive({1}))
print(now() - start)
"""
JAX = """
from time import perf_counter as now
from tests.bench.peers import converted, jax
from tests.bench.workloads import WORKLOADS, arguments
work, size = WORKLOADS["{0}"], {1}
data = converted("jax", arguments(work, size, "float64"), 1)
names = work.wrt or tuple(n for n in data if n.startswith(("Gamma", "gamma", "beta")))
run = jax(work, names)
start = now()
run(data)
first = now() - start
start = now()
run(data)
print(first - (now() - start))
"""


def _median(script: str, rounds: int) -> float:
    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    return median(once() for _ in range(rounds))


def print_latency(rounds: int) -> None:
    """Print both in milliseconds, imports excluded, every figure from fresh processes."""
    print("| | derive and export | jax: trace and compile | ratio |\n|---|---:|---:|---:|")
    rows = [("net", (256, 784, 256)), *(("deep net", (depth,)) for depth in DEPTHS)]
    for name, size in rows:
        own = _median(OURS.format(name, size), rounds)
        peer = _median(JAX.format(name, size), rounds) if find_spec("jax") else float("nan")
        label = f"{name} {'×'.join(map(str, size))}"
        print(f"| {label} | {1e3 * own:.0f} ms | {1e3 * peer:.0f} ms | {own / peer:.2f} |")
