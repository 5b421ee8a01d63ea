"""A derivation as loops around matrix products, compiled by numba."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from sympy import Expr

from matcalc.derivation import Derivation
from matcalc.errors import NameRefused, UnsupportedInput
from matcalc.lower.array_shapes import ONE
from matcalc.lower.checks import CHECKS, looked_at
from matcalc.lower.docstring import NUMPY, Words
from matcalc.lower.entries import Reader
from matcalc.lower.namespace import RESERVED
from matcalc.lower.numba_helpers import HELPERS
from matcalc.lower.repeats import STAGE, stored, written_once
from matcalc.lower.source import Module
from matcalc.lower.storage import Storage
from matcalc.lower.sweep_text import TAKEN, SweepText
from matcalc.lower.sweeps import Schedule
from matcalc.lower.values import Value
from matcalc.lower.wrapping import Lines, assigned, called, fitted
from matcalc.node import Node

CONSTANTS = """\
BLOCK_BYTES = 2**19  # of one matrix in a block of rows
LEAST_ROWS = 64
CHUNKS = 8  # of blocks, whose sums are added in their order whatever thread had them
PARALLEL_ROWS = 4096
OPTIONS = {
    "error_model": "numpy", "fastmath": {"contract"}, "nogil": True,
    "cache": "__file__" in globals(),  # what is compiled is kept beside the file
}
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # called by loops alone

_accepted = [None]  # what the arrays of the last call were that passed all checks

"""
COMPILED = """
def _in_parallel(function):
    \"\"\"Compile a function for many threads, and have it call the stages that are.\"\"\"
    code, name = function.__code__, f"{function.__name__}_in_parallel"
    names = [f"{x}_in_parallel" if x.startswith("_stage_") else x for x in code.co_names]
    copy = types.FunctionType(code.replace(co_names=tuple(names)), globals(), name)
    copy.__qualname__ = name  # is kept under another name
    return numba.njit(
        **OPTIONS,
        parallel={
            "prange": True, "comprehension": False, "reduction": False, "inplace_binop": False,
            "setitem": False, "numpy": False, "stencil": False, "fusion": False,
        },
    )(copy)


_serial, _parallel = numba.njit(**OPTIONS)(_compute), _in_parallel(_compute)
"""
COMPILED_STAGE = """\
{name}_in_parallel, {name} = _in_parallel({name}), numba.njit(**INNER)({name})
"""


def numba_source(
    derivation: Derivation,
    function_name: str = "loss_and_gradients",
    typical: Mapping[Any, int] | None = None,
) -> str:
    r"""Source of a module of loops around matrix products, which numba compiles when it is called.

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
    UnsupportedInput
        For what no loop is known for, such as eigenvalues, blocks and ⊗.
    """
    return NumbaModule(derivation, function_name, typical).text()


class NumbaModule(Module):
    """The parts of one generated module, its work in compiled loops."""

    reserved: ClassVar[frozenset[str]] = RESERVED | TAKEN
    helpers: ClassVar[dict[str, str]] = CHECKS | HELPERS
    words: ClassVar[Words] = Words(
        NUMPY.array, NUMPY.scalar, NUMPY.not_floats, "of one number; numba compiles it"
    )
    plain: ClassVar[str] = "It needs numba and scipy, not matcalc."
    constants: ClassVar[str] = CONSTANTS
    in_place = False

    def __init__(
        self,
        derivation: Derivation,
        function_name: str,
        typical: Mapping[Any, int] | None = None,
    ) -> None:
        super().__init__(derivation, function_name, typical)
        names = self.names
        if not names.arrays:
            raise UnsupportedInput("numba needs matrices: use the target 'numpy'")
        self.work = names.local("work")
        meaning = "Memory kept from call to call; no two threads may share one."
        self.extra = (f"{self.work} : dict, optional", f"    {meaning}")
        shapes: dict[str, Any] = {name: v.shape for v, name in names.arrays.items()}
        numbers = (*names.sizes.values(), *names.scalars.values(), *names.indices.values())
        shapes |= dict.fromkeys(numbers)
        self.returned = {
            name: root
            for root in self.roots.values()
            if (name := self.program.value(root)) not in names.arrays.values()
        }
        reader = Reader(shapes, self.returned, names.local, self._size, names.functions.values())
        reader.run(self.program.statements)
        self._refuse_ambiguity(reader)
        self.schedule = Schedule(reader)
        self.storage = Storage(self.schedule, self.returned)
        self.loops = SweepText(self.schedule, self.storage, self._size)

    def _refuse_ambiguity(self, reader: Reader) -> None:
        """Raise an error where a name is that of a part of another value."""
        for name in (*reader.values, *self.names.sizes.values(), *self.names.given_sizes.values()):
            if re.fullmatch(r"(rows|blocks|chunks)_\d+", name):
                raise NameRefused(f"the loops need the name {name!r}: rename it")
            stem = re.fullmatch(r"(.+)_(i|ij|line|parts)", name)
            if stem and stem.group(1) in reader.values:
                raise NameRefused(f"the loops need the name {name!r}: rename {name}")

    def _size(self, size: Expr) -> str:
        return self.sizes.at(size, 0)

    def _keyword_parameters(self) -> list[str]:
        return [*super()._keyword_parameters(), f"{self.work}=None"]

    def _of_kind(self, place: str) -> list[Value]:
        """Matrices and lines in memory of their own, in the order of working them out."""
        return [
            v
            for v in self.schedule.order
            if self.storage.places[v.name] == place and v.shape != (ONE, ONE)
        ]

    @property
    def _numbers(self) -> list[str]:
        """Numbers that leave the function."""
        return [x for x in self.returned if self.schedule.values[x].shape == (ONE, ONE)]

    @property
    def _buffers(self) -> list[Value]:
        return [v for v in self._of_kind("full") if ONE not in v.shape]

    def _compute_arguments(self) -> list[str]:
        names = self.names
        results = [v.name for v in self._of_kind("result")]
        others = (*names.scalars.values(), *names.indices.values(), *names.given_sizes.values())
        given = [*names.arrays.values(), *others, *names.functions.values()]
        return [*given, *results, *(v.name for v in self._buffers)]

    def _prelude(self, used: set[str]) -> list[str]:
        arrays = self.names.arrays.values()
        given = ", ".join(f"{x}={x}" for x in arrays)
        return [
            *looked_at(arrays, also="strides"),
            "    if found != _accepted[0]:",
            *called("_check_arrays", [given], 8),
            *self._integers(),
        ]

    def _checks(self) -> list[str]:
        many = ", ".join(self.names.arrays.values())
        several = many + "," * (len(self.names.arrays) == 1)
        first = next(iter(self.names.arrays.values()))
        return [
            "    if found != _accepted[0]:",
            *(f"    {line}" for line in self._shape_checks()),
            *assigned(several, f"_as_compiled({many})", 8),
            *called("_accepted[0] = _kinds", [many], 8),
            *self._range_checks(),
            f"    dtype = {first}.dtype",
        ]

    def _statements(self) -> list[str]:
        made = [
            f"    {v.name} = np.empty(({self.shape_text(v.shape)}), dtype)"
            for v in self._of_kind("result")
        ]
        kept = [line for v in self._buffers for line in self._kept(v)]
        rows = self.loops.rows
        large = self._size(rows[0][0]) if rows else "0"
        numbers = self._numbers
        given = ", ".join(numbers) + " = " if numbers else ""
        chosen = f"many = {large} >= PARALLEL_ROWS and numba.get_num_threads() > 1"
        functions = [f"    {x} = _of_a_number({x})" for x in self.names.functions.values()]
        return [
            *functions,
            *made,
            *kept,
            f"    {chosen}",
            "    compute = _parallel if many else _serial",
            *called(f"{given}compute", self._compute_arguments(), 4),
        ]

    def _kept(self, value: Value) -> list[str]:
        """Lines that provide the memory of a matrix."""
        name, shape = value.name, self.shape_text(value.shape)
        return [
            f"    {name} = np.empty(({shape}), dtype) if {self.work} is None else (",
            f'        _buffer({self.work}, "{name}", {shape}, dtype)',
            "    )",
        ]

    def _results(self) -> list[str]:
        items = []
        for item, root in zip(super()._results(), self.roots.values(), strict=True):
            key, value = item.split(": ", 1)
            name = self.program.value(root)
            if name in self._numbers:
                value = f"dtype.type({name})"
                if isinstance(root, Node):
                    value = f"np.full((1, 1), {name}, dtype)"
                elif key != '"loss"':
                    value = f"float({name})"
            items.append(f"{key}: {value}")
        return items

    def _imports(self, body: list[str]) -> str:
        given = bool(self.names.functions)
        functions = any("math." in line for line in self._further())
        first = "import functools\n" * given + "import math\n" * functions + "import types\n\n"
        return f"{first}import numba\nimport numpy as np"

    def _further(self) -> list[str]:
        body, repeated = self._main
        functions = [self._compute(body), *repeated.values(), *self.loops.functions]
        texts = ["\n" + "\n".join(lines) + "\n" for lines in functions]
        stages = (COMPILED_STAGE.format(name=x) for x in repeated if x.startswith(STAGE))
        return [*texts, COMPILED + "".join(stages)]

    def _compute(self, body: list[str]) -> list[str]:
        """The function that calls the sweeps."""
        first = next(iter(self.names.arrays.values()))
        numbers = ", ".join(self._numbers)
        return [
            *called("def _compute", self._compute_arguments(), 0, ":"),
            f"    dtype, real = {first}.dtype, {first}.dtype.type",
            *(piece for line in body for piece in fitted(f"    {line}")),
            *[f"    return {numbers}"] * bool(numbers),
        ]

    def _blocks_made(self) -> list[str]:
        """How the rows of the sweeps are cut into blocks, and these into chunks."""
        lines, first = list[str](), next(iter(self.names.arrays.values()))
        for number, (rows, widths) in enumerate(self.loops.rows, 1):
            size, widest = self._size(rows), f"max({', '.join(widths)})"
            widest = widths[0] if len(widths) == 1 else widest
            given_rows = [size, widest, f"{first}.itemsize"]
            lines += [
                *(line[4:] for line in called(f"rows_{number} = _block_rows", given_rows, 4)),
                f"blocks_{number} = ({size} + rows_{number} - 1) // rows_{number}",
                f"chunks_{number} = min(blocks_{number}, CHUNKS)",
            ]
        return lines

    def _lines_made(self) -> list[str]:
        """Memory of rows and columns, one array for all of a length: less to compile than many."""
        by_length: dict[Any, list[str]] = {}
        for v in self._of_kind("full"):
            if ONE in v.shape:
                length = v.shape[0] if v.shape[1] == ONE else v.shape[1]
                by_length.setdefault(length, []).append(v.name)
        made: list[str] = []
        for length, names in by_length.items():
            several = self.names.local(f"lines_{len(made) + 1}")
            made.append(f"{several} = np.empty(({len(names)}, {self._size(length)}), dtype)")
            made += [f"{name} = {several}[{k}]" for k, name in enumerate(names)]
        return made

    @cached_property
    def _main(self) -> tuple[list[str], dict[str, Lines]]:
        """Lines of the function that calls the sweeps, and functions of what comes again."""
        numbers = [v for v in self.schedule.values.values() if v.kind == "number"]
        lines = [f"{v.name} = real({v.text})" for v in numbers]
        lines += self._blocks_made()
        lines += self._lines_made()
        arguments = self._compute_arguments()
        given = {*stored(lines), *arguments, *self.names.sizes.values()}
        arrays = [*self.names.arrays.values()]
        arrays += [v.name for place in ("result", "full") for v in self._of_kind(place)]
        main, repeated = written_once(self.loops.parts, given, arrays, self._numbers)
        lines += main
        used = set(re.findall(r"[A-Za-z_]\w*", " ".join(lines)))
        return [*(line.strip() for line in self._sizes_read(used)), *lines], repeated
