"""Contenders in processes of their own that take turns, so that slow drift cancels in ratios."""

import gc
import os
import random
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from tests.bench import hand
from tests.bench.ours import OURS
from tests.bench.peers import PEERS, converted
from tests.bench.workloads import WORKLOADS, Size, arguments

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
KEPT = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000"}
"""glibc keeps freed memory, as in a process that has run for long."""
TOLERANCE = {"float64": 1e-9, "float32": 2e-2}


@dataclass(frozen=True)
class Case:
    """What is timed, and how."""

    work: str
    size: Size
    dtype: str = "float64"
    threads: int = 1
    kept: bool = False

    def __str__(self) -> str:
        size = "×".join(map(str, self.size))
        kept = ", pages kept" if self.kept else ""
        return f"{self.work} {size} {self.dtype}, {self.threads} thread(s){kept}"


@dataclass
class Row:
    """What became of one contender."""

    name: str
    turns: list[float] = field(default_factory=list)
    first: float = 0.0
    megabytes: float = 0.0
    error: float = 0.0
    failed: str = ""


def contender(case: Case, name: str) -> Any:
    """Its function of no arguments."""
    work, data = WORKLOADS[case.work], arguments(WORKLOADS[case.work], case.size, case.dtype)
    if name in ("hand", "floor"):
        table = hand.HAND if name == "hand" else hand.FLOORS
        run = table[case.work](case.size, case.dtype)
        return lambda: run(data)
    derivation = work.derive(case.size)
    if name in OURS:
        library = "jax" if "jax" in name else "torch" if "torch" in name else ""
        data = converted(library, data, case.threads)
        run = OURS[name](work, derivation, data)
        return lambda: run(data)
    names = work.wrt or tuple(str(p.name) for p in derivation.gradients)
    data = converted(name, data, case.threads)
    run = PEERS[name](work, names)
    return lambda: run(data)


def _worker(pipe: Any, case: Case, name: str) -> None:
    try:
        if case.threads == 1:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        run = contender(case, name)
        start = perf_counter()
        found = run()
        first = perf_counter() - start
        pipe.send(("ready", first, 0.0 if name == "floor" else error_of(case, found)))
    except Exception as problem:  # a contender that cannot run is a row of the table
        pipe.send(("failed", f"{type(problem).__name__}: {str(problem)[:120]}"))
        return
    del found
    while (ask := pipe.recv()) != "stop":
        pipe.send(_growth(run) if ask == "memory" else _turn(run, ask, case.threads))


def error_of(case: Case, found: dict[str, Any]) -> float:
    """The worst difference from the readable export in double precision, as a part of its norm."""
    work = WORKLOADS[case.work]
    data = arguments(work, case.size, case.dtype)
    exact = {k: x.astype(float) if isinstance(x, np.ndarray) else x for k, x in data.items()}
    derivation = work.derive(case.size)
    want = OURS["readable"](work, derivation, exact)(exact)
    worst = 0.0
    for name, value in ((n, x) for n, x in found.items() if n in want):
        own = _as_matrix(value, work.second, case.size)
        gap = np.linalg.norm(own.reshape(np.shape(want[name])) - want[name])
        worst = max(worst, float(gap / np.linalg.norm(want[name])))
    return worst


def _as_matrix(value: Any, second: bool, size: Size) -> Any:
    if hasattr(value, "todense"):
        return value.todense()
    value = np.asarray(value.detach() if hasattr(value, "detach") else value, float)
    if second and value.ndim == 4:
        m, k = value.shape[:2]
        return value.transpose(1, 0, 3, 2).reshape(m * k, m * k)
    return value


def _turn(run: Any, seconds: float, threads: int) -> float:
    """The median time of a call, over so many seconds of calls."""
    clock = process_time if threads == 1 else perf_counter
    start = clock()
    run()
    calls = max(1, round(1e-3 / max(clock() - start, 1e-6)))
    times: list[float] = []
    end = perf_counter() + seconds
    while not times or perf_counter() < end:
        start = clock()
        for _ in range(calls):
            run()
        times.append((clock() - start) / calls)
    return median(times)


def _resident(field: str) -> float:
    """Megabytes of the process: now (VmRSS), or at most since the mark was set back (VmHWM)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1e3


def _growth(run: Any) -> float:
    """Megabytes that a call adds at its peak: of Python's arrays, or of the process."""
    gc.collect()
    tracemalloc.start()
    run()
    traced = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as control:
        control.write("5")
    before = _resident("VmRSS")
    run()
    peak = _resident("VmHWM")
    return max(traced, peak - before)


@contextmanager
def _environment(case: Case, contender: str) -> Iterator[None]:
    saved = dict(os.environ)
    os.environ.update(dict.fromkeys(THREADS, str(case.threads)))
    if contender == "numba":  # its loops share out the rows, each with products of its own
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.update(KEPT if case.kept else {})
    os.environ["JAX_PLATFORMS"] = "cpu"
    if case.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def measure(case: Case, names: Sequence[str], rounds: int, seconds: float) -> list[Row]:
    """Time the contenders of a case, in turns of shuffled order."""
    context, rows, pipes = get_context("spawn"), [Row(name) for name in names], dict[str, Any]()
    for row in rows:
        here, there = context.Pipe()
        process = context.Process(target=_worker, args=(there, case, row.name), daemon=True)
        with _environment(case, row.name):
            process.start()
        there.close()
        try:
            said = here.recv() if here.poll(400) else ("failed", "no result within 400 s")
        except EOFError:
            said = "failed", "its process died"
        if said[0] == "failed":
            row.failed = said[1]
            process.kill()
            continue
        row.first, row.error = said[1:]
        pipes[row.name] = here
    running = [row for row in rows if row.name in pipes]
    order = random.Random(0)
    for _ in range(rounds):
        for row in order.sample(running, len(running)):
            pipes[row.name].send(seconds)
            row.turns.append(pipes[row.name].recv())
    for row in running:
        pipes[row.name].send("memory")
        row.megabytes = pipes[row.name].recv()
        pipes[row.name].send("stop")
        if row.error > TOLERANCE[case.dtype]:
            row.failed = f"differs by {row.error:.0e}"
    return rows


def ratio(row: Row, other: Row) -> float:
    """The median of its times as a part of the other's in the same round."""
    return median(a / b for a, b in zip(row.turns, other.turns, strict=True))
