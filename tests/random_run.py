"""Random expressions by the thousand: ``python -m tests.random_run COUNT [SEED]``.

Each is drawn from its seed and put to one check. Two processes share the work, under different
hash seeds; what fails is made small and printed as a test. Every ``SHARED``-th gradient is printed
by both, and must be the same text.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from time import perf_counter

from matcalc import gradient
from matcalc.errors import MatcalcError
from matcalc.show import text
from tests.random_cases import OUTCOMES, case, limited, outcome
from tests.random_checks import CHECKS
from tests.random_shrinking import smallest, written

PROCESSES = 2
SHARED = 100
"""One in so many gradients is derived by every process."""
EVERY = 500
"""Expressions after which a process says how far it is."""


def digest(seed: int) -> str:
    """What a gradient prints as, in short."""
    tried, _ = case(seed)
    try:
        with limited(20):
            shown = text(gradient(tried.loss, tried.x).value)
    except MatcalcError as error:
        shown = str(error)
    return blake2b(shown.encode(), digest_size=6).hexdigest()


def lines(seeds: range, own: int) -> Iterator[str]:
    """What a process reports: outcomes, digests, failures as tests."""
    start, counts = perf_counter(), Counter[tuple[str, str]]()
    for seed in seeds:
        if seed % SHARED == 0:
            yield f"digest {seed} {digest(seed)}"
        if seed % PROCESSES != own:
            continue
        tried, check = case(seed)
        what, why = outcome(tried, check)
        counts[check, what] += 1
        if what in ("fails", "past a budget"):
            yield f"found {seed} [{check}] {what}: {why[:300]!r}"
        if what == "fails":
            yield from (
                f"test {line}" for line in written(smallest(tried, check), check).split("\n")
            )
        if sum(counts.values()) % EVERY == 0:
            yield f"so far {sum(counts.values())} in {perf_counter() - start:.0f} s"
    for (check, what), n in counts.items():
        yield f"count {n} {what}|{check}"


def started(count: int, first: int, own: int) -> subprocess.Popen[str]:
    """A process for its share of the seeds."""
    command = [sys.executable, "-m", "tests.random_run", str(count), str(first), str(own)]
    environment = {**os.environ, "PYTHONHASHSEED": str(own)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def main(count: int, first: int) -> int:
    """Run both processes, print what was tried and found; 1 where something is wrong."""
    start = perf_counter()
    running = [started(count, first, own) for own in range(PROCESSES)]
    tables = [Counter[tuple[str, str]]() for _ in running]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda *given: list(gathered(*given)), running, tables))
    counts = sum(tables, Counter[tuple[str, str]]())
    print_table(counts)
    same = all(own == digests[0] for own in digests)
    print(f"{len(digests[0])} gradients print alike under {PROCESSES} hash seeds: {same}")
    print(f"{sum(counts.values())} tried from seed {first} on, {perf_counter() - start:.0f} s")
    failed = sum(n for (_, what), n in counts.items() if what == "fails")
    ended = all(process.wait() == 0 for process in running)
    return int(bool(failed) or not same or not ended)


def gathered(process: subprocess.Popen[str], counts: Counter[tuple[str, str]]) -> Iterator[str]:
    """Count and print what a process reports; its digests come back."""
    for line in process.stdout or ():
        kind, _, rest = line.rstrip("\n").partition(" ")
        if kind == "digest":
            yield rest
        elif kind == "count":
            n, _, named = rest.partition(" ")
            what, _, check = named.partition("|")
            counts[check, what] += int(n)
        else:
            print(rest if kind == "test" else line.rstrip(), flush=True)


def print_table(counts: Counter[tuple[str, str]]) -> None:
    """One line for each check."""
    print(f"{'':32}" + "".join(f"{what:>15}" for what in OUTCOMES))
    for check in (*CHECKS, "all"):
        rows = CHECKS if check == "all" else (check,)
        figures = [sum(counts[row, what] for row in rows) for what in OUTCOMES]
        print(f"{check:32}" + "".join(f"{n:15,}" for n in figures))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    if len(given) == 3:
        for report in lines(range(given[1], given[1] + given[0]), given[2]):
            print(report, flush=True)
    else:
        sys.exit(main(given[0], given[1] if len(given) > 1 else 0))
