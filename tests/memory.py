"""Memory over many derivations, each of names that were never used before.

``python -m tests.memory 10000`` derives that many gradients and prints how much memory the process
holds on the way.
"""

import gc
import resource
import sys
from pathlib import Path
from time import perf_counter

import matcalc as mc
from matcalc import gradient


def derive(i: int) -> int:
    """Derive two gradients of new names, and simplify them; characters of the result."""
    X, y = mc.matrix(f"X{i}", f"N{i}", f"p{i}"), mc.column(f"y{i}", f"N{i}")
    w, lam = mc.column(f"w{i}", f"p{i}"), mc.scalar(f"lam{i}", positive=True)
    hidden = mc.let(f"V{i}", mc.tanh(X @ w))
    return len(str(gradient(mc.sum((hidden - y) ** 2) + lam * mc.sum(w**2), [w, lam])))


def held() -> float:
    """Megabytes that the process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main(times: int) -> None:
    """Print the memory held after every tenth of the derivations."""
    start = perf_counter()
    for i in range(times):
        derive(i)
        if (i + 1) % max(times // 10, 1) == 0:
            spent = perf_counter() - start
            print(f"{i + 1:8d} derivations {held():8.1f} MB {spent:8.0f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
