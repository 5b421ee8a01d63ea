"""What a command prints: on standard output or whole into a file, coloured on a terminal only."""

import os
import sys
from pathlib import Path
from typing import Any, TextIO

from matcalc.files import require_free, write_whole

OK, FAILED, USAGE, UNDECIDED = 0, 1, 2, 3
INTERRUPTED, BROKEN_PIPE = 130, 141
CODES = {"proved": OK, "ok": OK, "undecided": UNDECIDED}
"""Exit codes of verdicts; any other verdict is a failure."""
COLOURS = {OK: "32", FAILED: "31", UNDECIDED: "33"}
FORCE = "pass --force"


def code_of(verdict: str) -> int:
    """The exit code that belongs to a verdict."""
    return CODES.get(verdict, FAILED)


def emit(text: str, options: Any, verdict: str = "") -> None:
    """Print a text, its verdict coloured, or write it to the file of ``--out``."""
    if options.out is None:
        print(painted(text, verdict, sys.stdout))
        return
    path = Path(options.out)
    require_free(path, options.force, FORCE)
    write_whole(path, text + "\n")


def painted(text: str, verdict: str, stream: TextIO) -> str:
    """The text with the first line that begins with the verdict in colour, on a terminal.

    Examples
    --------
    >>> painted("proved: A = A", "proved", sys.stderr)
    'proved: A = A'
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if not verdict or plain or not stream.isatty():
        return text
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if line.startswith(verdict):
            lines[i] = f"\x1b[{COLOURS[code_of(verdict)]}m{verdict}\x1b[0m{line[len(verdict) :]}"
            break
    return "\n".join(lines)
