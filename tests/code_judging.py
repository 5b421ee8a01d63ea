"""Tests as judges of mutants: which of them run which lines, and whether one fails.

Everything happens in forked children of one process that has imported and collected all there is,
and has run nothing: no cache holds what a mutant would have to work out.
"""

import gc
import os
import pickle
import resource
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from time import process_time
from types import FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.code_mutants import ROOT, Mutant, all_functions

LONGEST = 5.0
"""Seconds that a test may take, traced, to be a judge."""
JUDGES = 200
"""Tests that a mutant is put to at most."""
GIBIBYTE = 2**30
MEMORY = 4 * GIBIBYTE
PATIENCE = 300
"""Seconds on the clock after which a test's child is ended, whatever it waits for."""

Line = tuple[str, int]


@dataclass(frozen=True)
class Judge:
    """A test that passes, the processor time that it takes, and the lines that it runs."""

    item: pytest.Item
    seconds: float
    lines: frozenset[Line]

    @property
    def function(self) -> str:
        """The test function, without its case."""
        return self.item.nodeid.partition("[")[0]


class Collected:
    """A plugin that keeps what pytest collected and hands it to somebody instead of running it."""

    def __init__(self, use: Callable[[list[pytest.Item]], None]) -> None:
        self.use = use

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run nothing here."""
        self.use(session.items)
        return True


def with_tests(files: Iterable[str], use: Callable[[list[pytest.Item]], None]) -> None:
    """Collect the tests of some files and use them."""
    options = ["-q", "--no-summary", "--capture=no", "-p", "no:cacheprovider", "-p", "no:randomly"]
    found = pytest.main([*options, *files], plugins=[Collected(use)])
    if found != pytest.ExitCode.OK:
        raise RuntimeError(f"pytest ended with {found!r}")


def few_of_each(
    items: list[pytest.Item], most: int, of_all: Iterable[str] = ()
) -> list[pytest.Item]:
    """So many cases of every test function, spread over those there are; all cases of some."""
    groups: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        groups[item.nodeid.partition("[")[0]].append(item)
    whole = {name for name in groups if name.partition("::")[2] in of_all}
    steps = {name: 1 if name in whole else -(-len(x) // most) for name, x in groups.items()}
    return [x for name, group in groups.items() for x in group[:: steps[name]]]


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """The first case of every test function, then the second, and so on."""
    turn: dict[str, int] = defaultdict(int)
    ranked = []
    for item in items:
        function = item.nodeid.partition("[")[0]
        ranked.append((turn[function], item))
        turn[function] += 1
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]


def settled() -> list[FunctionType]:
    """Every function, once caches are empty and what there is will be left alone by children."""
    forget()
    gc.collect()
    functions = all_functions()
    gc.freeze()
    return functions


def forget() -> None:
    """Empty every cache of functions."""
    for cache in [x for x in gc.get_objects() if isinstance(x, _lru_cache_wrapper)]:
        if cache.__module__.startswith(("matcalc", "tests")):
            cache.cache_clear()


# Children.


def in_a_child(work: Callable[[], Any]) -> Any:
    """What a function returns in a forked child; None if that comes to an end of another kind."""
    here, there = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads that the child does without
        child = os.fork()
    if child == 0:
        os.close(here)
        _work_and_exit(work, there)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(said) if said else None


def _work_and_exit(work: Callable[[], Any], pipe: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.write(pipe, pickle.dumps(work()))
    finally:
        os._exit(0)


def passes(item: pytest.Item, seconds: float) -> bool:
    """Whether a test passes; the child ends after some processor time."""
    signal.alarm(PATIENCE)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    item.session._setupstate.teardown_exact(None)
    reports = runtestprotocol(item, log=False, nextitem=None)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return all(report.passed for report in reports)


# Lines.


def judges(items: Iterable[pytest.Item], files: Iterable[str]) -> Iterator[Judge]:
    """Those tests that are fast and run anything of some files."""
    paths = {str(ROOT / file): file for file in files}
    for item in items:
        said = in_a_child(lambda item=item: _traced(item, paths))
        if said is not None and said[0] and said[2]:
            yield Judge(item, said[1], said[2])


def judges_of_lines(
    items: Iterable[pytest.Item], files: Iterable[str], lines: set[Line]
) -> Iterator[Judge]:
    """The first of those tests for every line, until all have one."""
    left = set(lines)
    found = judges(items, files) if left else iter(())
    for judge in found:
        if left & judge.lines:
            yield judge
            left -= judge.lines
        if not left:
            return


def _traced(item: pytest.Item, paths: dict[str, str]) -> tuple[bool, float, frozenset[Line]]:
    lines: set[Line] = set()

    def on_call(frame: Any, event: str, argument: Any) -> Any:
        return on_line if frame.f_code.co_filename in paths else None

    def on_line(frame: Any, event: str, argument: Any) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return on_line

    start = process_time()
    sys.settrace(on_call)
    try:
        passed = passes(item, LONGEST)
    finally:
        sys.settrace(None)
    seen = frozenset((paths[file], line) for file, line in lines)
    return passed, process_time() - start, seen


class Court:
    """The judges of some files, by the lines that they run."""

    def __init__(self, judges: Iterable[Judge], functions: list[FunctionType]) -> None:
        self.functions = functions
        self.by_line: dict[Line, list[Judge]] = defaultdict(list)
        self.seat(judges)

    def seat(self, judges: Iterable[Judge]) -> None:
        """Take in more judges."""
        for judge in sorted(judges, key=lambda j: len(j.lines)):
            for line in judge.lines:
                self.by_line[line].append(judge)

    def not_run(self, mutants: Iterable[Mutant]) -> set[Line]:
        """Lines of mutants that no judge runs."""
        return {line_of(m) for m in mutants} - self.by_line.keys()

    def judges_of(self, mutant: Mutant) -> list[Judge]:
        """Tests that run the place of a mutant, small ones first, test functions in turn."""
        at = self.by_line.get(line_of(mutant), [])
        turn: dict[str, int] = defaultdict(int)
        ranked = []
        for judge in at:
            ranked.append((turn[judge.function], judge))
            turn[judge.function] += 1
        ranked.sort(key=lambda pair: pair[0])
        return [judge for _, judge in ranked[:JUDGES]]

    def outcome(self, mutant: Mutant) -> str:
        """What becomes of a mutant: killed, and by which test; or why not."""
        judges = self.judges_of(mutant)
        if not judges:
            return "not run"
        said = in_a_child(lambda: _judged(mutant, judges, self.functions))
        return "killed by its time or memory" if said is None else said


def line_of(mutant: Mutant) -> Line:
    """The line that is run when the place of a mutant is."""
    return mutant.file, mutant.line if mutant.starts_a_line else mutant.place.statement.lineno


def _judged(mutant: Mutant, judges: list[Judge], functions: list[FunctionType]) -> str:
    if not mutant.install(functions):
        return "not made"
    for judge in judges:
        try:
            passed = passes(judge.item, 5 * judge.seconds + 5)
        except BaseException as error:
            return f"killed by {type(error).__name__}"
        if not passed:
            return f"killed by {judge.item.nodeid}"
    return "survives"
