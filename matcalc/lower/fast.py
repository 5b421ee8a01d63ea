"""The fast form of generated NumPy: large arrays written into memory that is kept."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from sympy import Expr

from matcalc.derivation import Derivation
from matcalc.lower.checks import looked_at
from matcalc.lower.inplace import Buffer, InPlace
from matcalc.lower.namespace import RESERVED
from matcalc.lower.program import Statement
from matcalc.lower.row_blocks import ROW_BLOCKS, Loop, RowBlocks, in_row_blocks
from matcalc.lower.source import Module
from matcalc.lower.wrapping import called


def fast_numpy_source(
    derivation: Derivation,
    function_name: str = "loss_and_gradients",
    typical: Mapping[Any, int] | None = None,
) -> str:
    r"""Source of a NumPy module that writes large arrays into memory that is kept.

    One NumPy call a line, with ``out=`` where it can be; tall arrays lie column by column. Where
    typical sizes say that a matrix is larger than the cache, the lines stand in loops over blocks
    of its rows. The function takes ``work``, a dict in which the memory stays from call to call. A
    call takes it out and puts it back when it is done, so that threads may share one.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    function_name : str
        Name of the module's one public function.
    typical : mapping from str or sympy.Symbol to int, optional
        As for `numpy_source`; by the greatest of them rows are cut into blocks, if that pays.

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
    helpers: ClassVar[dict[str, str]] = Module.helpers | {"_row_blocks": ROW_BLOCKS}
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
    def _blocked(self) -> RowBlocks | None:
        given = self._shapes(), self._returned(), self.names.local, self.typical
        functions = list(self.names.functions.values())
        return in_row_blocks(self.program.statements, *given, functions)

    @cached_property
    def _in_buffers(self) -> InPlace:
        if self._blocked is not None:
            return self._blocked
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
        memory = self._memory()
        cut = [f"        {name} = {text}" for name, text in self._cut().items()]
        return [
            "    if found != kept[0]:",
            *(f"    {line}" for line in self._shape_checks()),
            *cut,
            "        kept = [",
            *(f"            {x}," for x in ("found", *memory.values())),
            "        ]",
            *self._range_checks(),
        ]

    def _cut(self) -> dict[str, str]:
        """The name of the blocks of rows, and what makes them."""
        if self._blocked is None:
            return {}
        sizes = self.shape_text((self._blocked.rows, self._blocked.widest))
        return {self._blocked.blocks: f"_row_blocks({sizes}, dtype)"}

    def _memory(self) -> dict[str, str]:
        """Names of what is kept from call to call, and what makes it."""
        buffers, blocked = self._in_buffers, self._blocked
        made = {name: name for name in self._cut()}
        made |= {x.name: self._provided(x, self._extent) for x in buffers.buffers}
        if blocked is not None:
            kept = [x for x in blocked.kept.values() if x.name not in blocked.returned]
            made |= {x.name: self._for_blocks(x, blocked) for x in kept}
            for shape, name in blocked.zeros.items():
                made[name] = f"np.zeros_like({self._provided(Buffer(name, shape), self._extent)})"
        for shape, name in buffers.ones.items():
            made[name] = f"np.ones(({', '.join(map(self._extent, shape))}), dtype)"
        return made

    def _extent(self, size: Expr) -> str:
        """A size of memory: the rows of a block where there are blocks."""
        if self._blocked is not None and size == self._blocked.rows:
            return f"{self._blocked.blocks}[0].stop"
        return self._size_text(size)

    def _provided(self, buffer: Buffer, extent: Callable[[Expr], str]) -> str:
        """Text of memory for a buffer; one of the shape of an argument lies as those mostly do."""
        kind = "bool" if buffer.truth else "dtype"
        by_rows = any(array.shape == buffer.shape for array in self.names.arrays)
        by_rows |= self._blocked is not None and self._blocked.is_by_rows(buffer.shape)
        sizes = ", ".join(map(extent, buffer.shape))
        return f"_empty({sizes}, {kind}{', by_rows=True' * by_rows})"

    def _for_blocks(self, buffer: Buffer, blocked: RowBlocks) -> str:
        """Text of memory for every block of what is kept by rows."""
        rows = f"{blocked.block}.stop - {blocked.block}.start"
        text = self._provided(buffer, lambda x: rows if x == blocked.rows else self._size_text(x))
        return f"[{text} for {blocked.block} in {blocked.blocks}]"

    def _statements(self) -> list[str]:
        names = [*self._memory()]
        taken = [f"    _, {', '.join(names)} = kept"] * bool(names)
        back = f"    {self.work}[{self.function_name}] = kept"
        if self._blocked is None:
            return [*taken, *map(self._line, self._in_buffers.lines), back]
        looped = (line for item in self._blocked.items for line in self._item(item, self._blocked))
        return [*taken, *self._own_rows(self._blocked), *looped, back]

    def _own_rows(self, blocked: RowBlocks) -> Iterator[str]:
        """Memory for what is returned and has rows."""
        for x in blocked.kept.values():
            if x.name in blocked.returned:
                text = self._provided(x, self._size_text)
                yield self._line(Statement(x.name, text, x.shape))

    def _item(self, item: Statement | Loop, blocked: RowBlocks) -> Iterator[str]:
        if isinstance(item, Statement):
            yield self._line(item)
            return
        for name, (shape, start) in item.totals.items():
            text = start
            if shape is not None:
                filled = "zeros(({}), dtype)" if start == "0.0" else f"full(({{}}), {start}, dtype)"
                text = "np." + filled.format(self.shape_text(shape))
            yield self._line(Statement(name, text, shape))
        rows = f"# {self._size_text(blocked.rows)} ×"
        lines = [self._line(x, 8).replace(rows, f"# {blocked.count} ×") for x in item.lines]
        if any(f"[{blocked.index}]" in line for line in lines):
            yield f"    for {blocked.index}, {blocked.block} in enumerate({blocked.blocks}):"
        else:
            yield f"    for {blocked.block} in {blocked.blocks}:"
        if any(f":{blocked.count}]" in line for line in lines):
            yield f"        {blocked.count} = {blocked.block}.stop - {blocked.block}.start"
        yield from lines
