"""One thread at a time, where a table fills step by step and what is missing counts as unknown."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from threading import RLock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_turn = RLock()


def one_at_a_time(f: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time into the functions so wrapped, which may call each other."""

    @wraps(f)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _turn:
            return f(*args, **kwargs)

    return run


def _guard(assumptions: Any) -> None:
    """Let sympy finish before another thread asks about the same expression.

    It writes down one conclusion after another, in tables that its caches share among threads;
    who asks in between would hear "unknown", and the caches keep what is made of that.
    """
    if hasattr(assumptions, "_ask"):
        assumptions._ask = one_at_a_time(assumptions._ask)


_guard(import_module("sympy.core.assumptions"))
