"""A line on standard error about work that takes more than a second."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

DELAY = 1.0
"""Seconds of silence; then the seconds are counted on a terminal, elsewhere one line says it."""


@contextmanager
def progress(what: str, quiet: bool = False, delay: float = DELAY) -> Iterator[None]:
    """Say what is being done while it is, if it takes long.

    Examples
    --------
    >>> with progress("adding"):
    ...     1 + 1
    2
    """
    done = Event()
    reporter = Thread(target=_report, args=(what, done, delay), daemon=True)
    if not quiet:
        reporter.start()
    try:
        yield
    finally:
        done.set()
        if not quiet:
            reporter.join()


def _report(what: str, done: Event, delay: float) -> None:
    if done.wait(delay):
        return
    if not sys.stderr.isatty():
        print(f"matcalc: {what} …", file=sys.stderr, flush=True)
        return
    seconds, line = 0, ""
    while True:
        seconds += 1
        line = f"matcalc: {what}, {seconds} s"
        print(f"\r{line}", end="", file=sys.stderr, flush=True)
        if done.wait(1.0):
            break
    print(f"\r{' ' * len(line)}\r", end="", file=sys.stderr, flush=True)
