"""The fast form of generated NumPy: large arrays written into memory that is kept."""

from collections.abc import Mapping
from typing import Any

from matcalc.derivation import Derivation
from matcalc.lower.checks import call
from matcalc.lower.inplace import Buffer, InPlace
from matcalc.lower.program import Statement
from matcalc.lower.source import Module


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

    def _statements(self) -> list[str]:
        rewritten = InPlace(self._shapes(), self._returned(), self.names.local)
        rewritten.run(self.program.statements)
        provided = [self._provided(buffer) for buffer in rewritten.buffers]
        if not provided:
            return [self._line(line) for line in rewritten.lines]
        back = ", ".join(f"{buffer.name}={buffer.name}" for buffer in rewritten.buffers)
        return [
            f"    {self.work} = {{}} if {self.work} is None else {self.work}",
            *map(self._line, (*provided, *rewritten.lines)),
            *call(f"{self.work}.update", back),
        ]

    def _provided(self, buffer: Buffer) -> Statement:
        """The line that takes a buffer from the memory kept, or makes it.

        One of the shape of an argument lies as arguments mostly do.
        """
        kind = "bool" if buffer.truth else "dtype"
        given = any(array.shape == buffer.shape for array in self.names.arrays)
        how = f"{self.shape_text(buffer.shape)}, {kind}" + ", by_rows=True" * given
        text = f'_buffer({self.work}, "{buffer.name}", {how})'
        return Statement(buffer.name, text, None)
