"""What a generated function asks of its arguments before it uses them."""

import re
from collections.abc import Iterable, Mapping
from textwrap import wrap

from matcalc.lower.ranges import RANGE_CHECKS

WIDTH = 99
"""Longest line of generated code."""

CHECK_ARRAYS = '''
def _check_arrays(**arrays):
    """Return the float type that all arrays have."""
    found = ""
    for name, array in arrays.items():
        if type(array) is not np.ndarray and type(array) is not np.memmap:
            raise TypeError(f"{name}: expected a NumPy array, got {type(array).__name__}")
        found += array.dtype.char
        if found[-1] not in "fd":
            raise TypeError(
                f"{name}: expected float32 or float64, got {array.dtype}; use .astype(float)"
            )
        if array.ndim != 2 or not array.size:
            raise ValueError(f"{name}: expected a matrix, got an array of shape {array.shape}")
    if found.strip(found[0]):
        types = ", ".join(f"{name} {array.dtype}" for name, array in arrays.items())
        raise TypeError(f"expected arrays of one float type, got {types}")
    return array.dtype
'''
CHECK_SHAPE = '''
def _check_shape(name, array, sizes, expected):
    """Raise a ValueError unless an array has the sizes expected."""
    if array.shape != expected:
        shown = ", ".join(map(str, expected))
        raise ValueError(f"{name}: expected ({sizes}) = ({shown}), got {array.shape}")
'''
CHECK_SIZE = '''
def _check_size(name, size):
    """Raise a ValueError unless a size is a positive int."""
    if type(size) is not int or size < 1:
        raise ValueError(f"{name}: expected an int of at least 1, got {size!r}")
'''
CHECKS = {
    "_check_arrays": CHECK_ARRAYS,
    "_check_shape": CHECK_SHAPE,
    "_check_size": CHECK_SIZE,
    **RANGE_CHECKS,
}


def shape_checks(
    expected: Mapping[str, str], shown: Mapping[str, str], sizes_of: str = "shape"
) -> list[str]:
    """Lines that compare all shapes at once, and name the array where they differ."""
    if not expected:
        return []
    arguments = {name: f'"{name}", {name}, "{shown[name]}", {x}' for name, x in expected.items()}
    found, wanted = (
        ", ".join(x) for x in ([f"{name}.{sizes_of}" for name in expected], expected.values())
    )
    line = f"    if ({found}) != ({wanted}):"
    if len(expected) == 1 or len(line) > WIDTH:
        return [line for x in arguments.values() for line in call("_check_shape", x)]
    return [line, *(line for x in arguments.values() for line in call("_check_shape", x, 8))]


def looked_at(arrays: Iterable[str], numbers: Iterable[str] = (), also: str = "") -> list[str]:
    """Lines that note all that checks look at, to see whether it was the same the call before."""
    looks = [f"type({x}), {x}.dtype, {x}.shape{f', {x}.{also}' * bool(also)}" for x in arrays]
    looks += numbers
    if not looks:
        return ["    found = ()"]
    return [
        "    try:",
        "        found = (",
        *wrapped(", ".join(looks) + ",", 12),
        "        )",
        "    except AttributeError:",
        "        found = ()",
    ]


def call(function: str, arguments: str, indent: int = 4, end: str = "") -> list[str]:
    """Lines of a call, or of the head of a function."""
    line = f"{' ' * indent}{function}({arguments}){end}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{' ' * indent}{function}(", *wrapped(arguments, indent + 4), f"{' ' * indent}){end}"]


def wrapped(text: str, indent: int = 4) -> list[str]:
    """Lines of a list, broken between its items."""
    lines = wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [" " * indent + line for line in lines]


def over_lines(name: str, text: str, indent: int = 4) -> str:
    """A statement too long for one line: an assignment, or a call or ``A += B`` without a name."""
    call = None if name else re.fullmatch(r"([\w.]+)\((.*)\)", text)
    augmented = re.fullmatch(r"(\w+ [-+*/]= )(.*)", text)
    before, inside = f"{name} = " * bool(name), text
    for found in (call, augmented):
        if found and not name:
            before, inside = found.groups()
    inner, margin = "\n".join(broken(inside, indent + 4)), " " * indent
    return f"{margin}{before}(\n{inner}\n{margin})"


def broken(text: str, indent: int) -> list[str]:
    """Lines of an expression, each further one starting with plus or minus if that suffices."""
    room = WIDTH - indent
    pieces = re.split(r" (?=[-+] )", text)
    if max(map(len, pieces)) > room:
        pieces = re.split(r" (?=[-+*/@] )", text)
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + 1 + len(piece) > room:
            lines.append(piece)
        else:
            lines[-1] += f" {piece}"
    return [" " * indent + line for line in lines]
