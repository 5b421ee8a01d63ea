"""What generated code checks before it picks entries: indices are ints, and all is in range."""

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Expr

from matcalc.indexing import spans_in
from matcalc.operators.segments import Span

CHECK_INDEX = '''
def _check_index(name, index):
    """Raise a ValueError unless an index is an int from 0 on."""
    if type(index) is not int or index < 0:
        raise ValueError(f"{name}: expected an int of at least 0, got {index!r}")
'''
CHECK_RANGE = '''
def _check_range(name, start, stop, size):
    """Raise a ValueError unless start:stop is a part of 0:size."""
    if not 0 <= start < stop <= size:
        raise ValueError(f"{name}: expected a part of 0:{size}, got {start}:{stop}")
'''
RANGE_CHECKS = {"_check_index": CHECK_INDEX, "_check_range": CHECK_RANGE}


def range_checks(roots: Iterable[Any], text: Callable[[Expr], str]) -> list[str]:
    """Arguments of the checks that the shapes alone do not settle, one for each part picked."""
    return [
        ", ".join([f'"{_label(span, text)}"', *map(text, (span.start, span.stop, span.size))])
        for span in spans_in(roots)
        if span.fits is None
    ]


def _label(span: Span, text: Callable[[Expr], str]) -> str:
    return text(span.start) + (f":{text(span.stop)}" if span.count != 1 else "")
