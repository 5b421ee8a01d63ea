"""Counters that share nothing with the cost model: numbers that count, and arrays that count.

`Counted` is a number whose additions and multiplications are counted one by one. `Traced` is a
NumPy array that counts what NumPy is asked to do with it, call by call; generated code is run on
such arrays.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from matcalc.lower import numpy_source


class Counted:
    """A number that counts what is done to all such numbers."""

    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self, value: Any) -> None:
        self.value = value

    def _done(self, what: str, value: Any) -> "Counted":
        Counted.tally[what] += 1
        return Counted(value)

    def __add__(self, other: Any) -> "Counted":
        return self._done("additions", self.value + value_of(other))

    def __mul__(self, other: Any) -> "Counted":
        return self._done("multiplications", self.value * value_of(other))

    __radd__, __rmul__ = __add__, __mul__


def value_of(x: Any) -> Any:
    return x.value if isinstance(x, Counted) else x


FUNCTIONS = {
    *(np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh, np.arctan, np.logaddexp, np.power),
    *(np.hypot, np.arctan2),
}


def size(x: Any) -> int:
    """Entries of an array; a number has none."""
    return x.size if isinstance(x, np.ndarray) and x.ndim else 0


class Traced(np.ndarray):
    """An array that counts what is done to all such arrays."""

    tally: ClassVar[Counter[str]] = Counter()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options |= {"out": plain(options["out"])} if "out" in options else {}
        result = getattr(ufunc, method)(*map(plain, inputs), **options)
        if ufunc is np.matmul:
            return counted("multiply_adds", size(result) * inputs[0].shape[-1], inputs, result)
        square = ufunc is np.power and np.isscalar(inputs[1]) and inputs[1] == 2
        kind = "functions" if ufunc in FUNCTIONS and not square else "operations"
        amount = size(inputs[0]) if method == "reduce" else size(result)
        return counted(kind, amount, inputs, result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = RULES.get(function)
        if rule is None:
            return super().__array_function__(function, types, args, kwargs)
        result = function(*map(plain, args), **kwargs)
        return rule(args, result)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """A copy where the entries do not lie in that order; columns stacked count as one."""
        result = plain(self).reshape(*shape, order=order)
        copied = order == "F" or not np.shares_memory(result, self)
        return counted("moves", 0, [self], result) if copied else result.view(Traced)

    def __getitem__(self, key: Any) -> Any:
        """Slices are views, anything else is a copy."""
        result = plain(self)[key]
        if not isinstance(result, np.ndarray):
            return result
        copied = not np.shares_memory(result, self)
        return counted("moves", 0, [self], result) if copied else result.view(Traced)

    def __setitem__(self, key: Any, value: Any) -> None:
        place = plain(self)[key]
        plain(self)[key] = plain(value)
        counted("moves", 0, [value], place)

    def copy(self, *args: Any) -> Any:
        return counted("moves", 0, [self], plain(self).copy())

    def astype(self, dtype: Any) -> Any:
        return counted("moves", 0, [self], plain(self).astype(dtype))


def plain(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(map(plain, x))
    return x.view(np.ndarray) if isinstance(x, Traced) else x


def counted(kind: str, amount: Any, inputs: Any, result: Any) -> Any:
    Traced.tally[kind] += amount
    Traced.tally["read"] += sum(map(size, inputs))
    Traced.tally["written"] += size(result)
    return result.view(Traced) if size(result) else result


def _einsum(args: Any, result: Any) -> Any:
    spec, *operands = args
    if len(operands) == 1:
        return result.view(Traced)
    outer = len(spec.split("->")[1]) == 3
    if outer:
        return counted("operations", result.size, operands, result)
    return counted("multiply_adds", max(map(size, operands)), operands, result)


def _solve(args: Any, result: Any) -> Any:
    """A factorisation for every matrix of a stack."""
    *stack, n, k = result.shape
    return counted("multiply_adds", math.prod(stack) * (n**3 / 3 + n * n * k), args, result)


def _factored(part: float) -> Callable[[Any, Any], Any]:
    return lambda args, result: counted("multiply_adds", len(args[0]) ** 3 * part, args, result)


def _slogdet(args: Any, result: Any) -> Any:
    counted("multiply_adds", len(args[0]) ** 3 / 3, args, None)
    return result


def _moved(args: Any, result: Any) -> Any:
    return counted("moves", 0, [args[0]], result)


def _joined(args: Any, result: Any) -> Any:
    (blocks,) = args
    rows = [row if isinstance(row, list) else [row] for row in blocks]
    return counted("moves", 0, [block for row in rows for block in row], result)


def _trace(args: Any, result: Any) -> Any:
    return counted("operations", len(args[0]), [args[0][0]], result)


RULES = {
    np.einsum: _einsum,
    np.vdot: lambda args, result: counted("multiply_adds", size(args[0]), args, result),
    np.trace: _trace,
    np.where: lambda args, result: counted("operations", size(result), args, result),
    np.linalg.solve: _solve,
    np.linalg.inv: _factored(1),
    np.linalg.det: _factored(1 / 3),
    np.linalg.slogdet: _slogdet,
    np.kron: lambda args, result: counted("operations", size(result), args, result),
    **dict.fromkeys((np.vstack, np.hstack, np.block), _joined),
    **dict.fromkeys((np.pad, np.repeat, np.diagflat, np.tril, np.triu), _moved),
}


class NumPy:
    """NumPy as generated code sees it, matrices that it forms counted as written."""

    ndarray, memmap = Traced, np.memmap

    def __getattr__(self, name: str) -> Any:
        made = getattr(np, name)
        if name not in ("full", "ones", "zeros", "eye", "tri"):
            return made
        return lambda *args, **options: counted("moves", 0, (), made(*args, **options))


def traced(derivation: Any, arguments: dict[str, Any]) -> tuple[Any, Counter[str]]:
    """Results of the generated code, and what it asked NumPy to do."""
    scope: dict[str, Any] = {"__name__": "traced", "np": NumPy()}
    exec(numpy_source(derivation).replace("import numpy as np", ""), scope)
    Traced.tally = Counter()
    given = {k: x.view(Traced) if isinstance(x, np.ndarray) else x for k, x in arguments.items()}
    return scope["loss_and_gradients"](**given), Traced.tally
