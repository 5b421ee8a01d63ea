"""The entry of the command line: every outcome is an exit code, every error one message."""

import os
import sys
from collections.abc import Sequence

from matcalc.command.arguments import parser
from matcalc.command.output import BROKEN_PIPE, INTERRUPTED, USAGE
from matcalc.errors import MatcalcError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        As on the command line; those of the process by default.

    Returns
    -------
    int
        0 proved or done, 1 disproved or failed, 2 wrong usage or input, 3 undecided, 130
        interrupted.

    Examples
    --------
    >>> main(["derive", "trace(A @ X)", "--wrt", "X", "--shape", "A:n,m", "X:m,n", "--detail",
    ...       "brief"])
    Gradients have their parameter's shape: dR = Σ ⟨∂R/∂θ, dθ⟩, ⟨A, B⟩ = tr(AᵀB).
    R = trace(A @ X)
    ∂R/∂X = A.T    (m × n)
    0
    """
    try:
        options = parser().parse_args(arguments)
        return int(options.act(options))
    except SystemExit as exit:
        return int(exit.code or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except MatcalcError as error:
        return _told(str(error), *getattr(error, "__notes__", ()))
    except (RecursionError, MemoryError) as error:
        return _told(f"too large for this machine ({type(error).__name__}): name parts with --let")


def _told(message: str, *notes: str) -> int:
    """Say on standard error what is wrong, on one line, and where."""
    print("\n".join([f"matcalc: {' '.join(message.split())}", *notes]), file=sys.stderr)
    return USAGE


def run() -> None:
    """Leave the process with the exit code of the command on its arguments."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    raise SystemExit(code)
