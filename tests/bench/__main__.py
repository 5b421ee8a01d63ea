"""Time the exports beside whichever peers are installed: python -m tests.bench.

    python -m tests.bench                          every workload, double and single precision
    python -m tests.bench --only net --size 10x7x4 one of them
    python -m tests.bench --keep                   keep the results, and the README's table of them

Every contender has a process of its own; the processes take turns, a figure is the median over the
rounds, a ratio the median over the rounds of the ratio within one. On one thread processor time is
counted, on several the time of day.
"""

import argparse
import platform
from importlib.metadata import version
from importlib.util import find_spec

from tests.bench.hand import FLOORS, HAND
from tests.bench.latency import print_latency
from tests.bench.report import keep, table, write_readme
from tests.bench.running import Case, measure
from tests.bench.workloads import WORKLOADS

NEEDED = {"autograd": "autograd", "jax": "jax", "numba": "numba"}
SECOND_ORDER = ("readable", "fast", "factored", "hand", "autograd", "jax", "torch")
FIRST_ORDER = (
    "readable", "fast", "numba", "array api, jax.jit", "array api, torch",
    "hand", "floor", "autograd", "jax", "torch",
)  # fmt: skip
COMPILED = ("net", "layer backward")
"""Workloads that torch.compile is timed on: it takes up to a minute for each size."""
SLOW = {"autograd", "torch"}
"""Who takes minutes for the Hessian of a large factorisation."""


def contenders(case: Case) -> list[str]:
    """Who can be timed here."""
    work = WORKLOADS[case.work]
    names = list(SECOND_ORDER if work.second else FIRST_ORDER)
    names += ["torch native"] * (case.work == "layer backward")
    names += ["torch.compile"] * (case.work in COMPILED)
    if case.work == "Hessian, factorisation" and case.size[0] > 100:
        names = [name for name in names if name not in SLOW]
    absent = [name for name, table in (("hand", HAND), ("floor", FLOORS)) if case.work not in table]
    return [name for name in names if name not in absent and _installed(name)]


def _installed(name: str) -> bool:
    wanted = ("jax" in name and "jax") or ("torch" in name and "torch") or NEEDED.get(name)
    return not wanted or find_spec(wanted) is not None


def cases(options: argparse.Namespace) -> list[Case]:
    """What was asked for."""
    return [
        Case(name, size, dtype, options.threads, options.kept_pages)
        for name, work in WORKLOADS.items()
        for size in work.sizes
        for dtype in options.dtypes.split(",")
        if options.only in ("", name) and options.size in ("", "x".join(map(str, size)))
    ]


def main() -> None:
    """Print a table a case."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", choices=["", *WORKLOADS])
    parser.add_argument("--size", default="")
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.1, help="of calls in every turn")
    parser.add_argument("--kept-pages", action="store_true", help="glibc keeps freed memory")
    parser.add_argument("--contenders", default="", help="of these names alone, with semicolons")
    parser.add_argument("--keep", action="store_true", help="keep the results")
    parser.add_argument("--latency", action="store_true", help="derivation against compilation")
    options = parser.parse_args()
    if options.latency:
        print_latency(options.rounds)
        return
    packages = ("numpy", "scipy", "autograd", "jax", "torch", "numba")
    about = {name: version(name) for name in packages if find_spec(name)}
    for case in cases(options):
        names = contenders(case)
        if options.contenders:
            names = [name for name in names if name in options.contenders.split(";")]
        rows = measure(case, names, options.rounds, options.seconds)
        print(table(case, rows, "hand" if "hand" in names else "readable"), flush=True)
        if options.keep:
            keep(case, rows, {"Python": platform.python_version(), **about})
            write_readme()


if __name__ == "__main__":
    main()
