"""The fast form of generated NumPy: large arrays written into memory that is kept."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from matcalc.derivation import Derivation
from matcalc.lower.checks import looked_at
from matcalc.lower.inplace import Buffer, InPlace
from matcalc.lower.namespace import RESERVED
from matcalc.lower.source import Module
from matcalc.lower.wrapping import called


def fast_numpy_source(
    derivation: Derivation,
    function_name: str = "loss_and_gradients",
    typical: Mapping[Any, int] | None = None,
) -> str:
    r"""Source of a NumPy module that writes large arrays into memory that is kept.

    One NumPy call a line, with ``out=`` where it can be; tall arrays lie column by column. The
    function takes ``work``, a dict in which the memory stays from call to call. A call takes it
    out and puts it back when it is done, so that threads may share one.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    function_name : str
        Name of the module's one public function.
    typical : mapping from str or sympy.Symbol to int, optional
        As for `numpy_source`.

    Returns
    -------
    str
        The same text in every process, for the same derivation.

    Raises
    ------
    NameRefused, UnknownFunction
        As `numpy_source`.

    Examples
    --------
    >>> from matcalc import exp, gradient, matrix, sum
    >>> A, B = matrix("A", "m", "n"), matrix("B", "n", "p")
    >>> source = fast_numpy_source(gradient(sum(exp(A @ B)), A))
    >>> print(*[line for line in source.splitlines() if "out=w" in line], sep="\n")
        _matmul(A, B, out=w1)
        t1 = np.exp(w1, out=w1)  # m × p
    """
    return FastModule(derivation, function_name, typical).text()


class FastModule(Module):
    """The parts of one generated module, its large arrays in buffers."""

    reserved: ClassVar[frozenset[str]] = RESERVED | {"found", "kept"}
    in_place = False

    def __init__(
        self,
        derivation: Derivation,
        function_name: str,
        typical: Mapping[Any, int] | None = None,
    ) -> None:
        super().__init__(derivation, function_name, typical)
        self.work = self.names.local("work")
        meaning = "Memory kept from call to call; a call at work has taken it out."
        self.extra = (f"{self.work} : dict, optional", f"    {meaning}")

    def _keyword_parameters(self) -> list[str]:
        return [*super()._keyword_parameters(), f"{self.work}=None"]

    @cached_property
    def _in_buffers(self) -> InPlace:
        given = self._shapes(), self._returned(), self.names.local, self.typical.is_small
        found = InPlace(*given)
        found.run(self.program.statements)
        return found

    def _prelude(self, used: set[str]) -> list[str]:
        arrays = self.names.arrays.values()
        given, first = ", ".join(f"{x}={x}" for x in arrays), next(iter(arrays), "")
        checked = ["    if found != kept[0]:", *called("_check_arrays", [given], 8)]
        return [
            f"    {self.work} = {{}} if {self.work} is None else {self.work}",
            f"    kept = {self.work}.pop({self.function_name}, [None])",
            *looked_at(arrays, self.names.given_sizes.values()),
            *checked * bool(given),
            f"    dtype = {first}.dtype.type" if first else "    dtype = np.dtype(float)",
            *self._integers(),
        ]

    def _checks(self) -> list[str]:
        """Lines that check arrays unlike those of the call before, and make memory for them."""
        made = [self._provided(x) for x in self._in_buffers.buffers]
        made += [f"np.ones(({self.shape_text(x)}), dtype)" for x in self._in_buffers.ones]
        return [
            "    if found != kept[0]:",
            *(f"    {line}" for line in self._shape_checks()),
            "        kept = [",
            *(f"            {x}," for x in ("found", *made)),
            "        ]",
            *self._range_checks(),
        ]

    def _statements(self) -> list[str]:
        lines = [self._line(x) for x in self._in_buffers.lines]
        buffers = self._in_buffers
        names = [*(x.name for x in buffers.buffers), *buffers.ones.values()]
        taken = [f"    _, {', '.join(names)} = kept"] * bool(names)
        return [*taken, *lines, f"    {self.work}[{self.function_name}] = kept"]

    def _provided(self, buffer: Buffer) -> str:
        """Text of memory for a buffer; one of the shape of an argument lies as those mostly do."""
        kind = "bool" if buffer.truth else "dtype"
        given = any(array.shape == buffer.shape for array in self.names.arrays)
        return f"_empty({self.shape_text(buffer.shape)}, {kind}{', by_rows=True' * given})"
