"""A named end for what nests deeper than Python's stack: trees of code, LaTeX, scalars."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from matcalc.errors import BudgetExceeded

P = ParamSpec("P")
R = TypeVar("R")


def followed(what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function end in `BudgetExceeded` where Python's stack does.

    Examples
    --------
    >>> down = followed("this")(lambda n: down(n - 1))
    >>> down(1)
    Traceback (most recent call last):
    matcalc.errors.BudgetExceeded: this is nested deeper than Python's stack; name parts with let
    """

    def bounded(f: Callable[P, R]) -> Callable[P, R]:
        @wraps(f)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return f(*args, **kwargs)
            except RecursionError:
                deep = f"{what} is nested deeper than Python's stack"
            raise BudgetExceeded(f"{deep}; name parts with let")

        return run

    return bounded
