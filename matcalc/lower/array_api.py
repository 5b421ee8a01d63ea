"""A derivation as the source of one function for every library of the Python Array API standard."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from matcalc.derivation import Derivation
from matcalc.dimensions import dim
from matcalc.errors import UnsupportedInput
from matcalc.lower.array_helpers import HELPERS
from matcalc.lower.array_spelling import Spelling
from matcalc.lower.augmented import OVER, WIDE, Augmented, behind
from matcalc.lower.chains import Typical
from matcalc.lower.checks import CHECK_SIZE, WIDTH, call, wrapped
from matcalc.lower.docstring import Words
from matcalc.lower.float_sizes import with_float_sizes
from matcalc.lower.namespace import RESERVED
from matcalc.lower.program import Statement
from matcalc.lower.ranges import RANGE_CHECKS
from matcalc.lower.relus import steps_of_relus
from matcalc.lower.source import Module
from matcalc.lower.stages import stages, sums_over
from matcalc.node import Node

TAKEN = frozenset({"xp", "device", "stack", "stage", "array_api_compat"})
"""Names with a meaning in the generated code, beside those in NumPy's."""
STAGE = (
    "stage : callable",
    "    Takes sums over the rows, several at a time, and returns them computed: dask.persist.",
)


def array_api_source(
    derivation: Derivation,
    function_name: str = "loss_and_gradients",
    rows: str | None = None,
    typical: Mapping[Any, int] | None = None,
) -> str:
    r"""Source of a module with one function of NumPy, torch, jax, dask or CuPy arrays.

    The module imports array_api_compat alone. Arrays keep their float type and device, nothing
    depends on their values, so that `jax.jit` and `torch.compile` take the function. Axes before
    the last two are a stack of problems.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    function_name : str
        Name of the module's one public function.
    rows : str, optional
        A size, such as N, too large for the memory. The function then takes ``stage``, which it
        gives all sums over the rows that can be known at a time before it reads the rows again:
        with `dask.persist` no array of that size is kept between two passes over them.

    typical : mapping from str or sympy.Symbol to int, optional
        As for `numpy_source`.

    Returns
    -------
    str
        The same text in every process, for the same derivation.

    Raises
    ------
    NameRefused
        For names that are no identifiers, or stand for two things.
    UnknownFunction
        For what the standard has no function for, such as an eigenvector.
    UnsupportedInput
        For a derivation without matrices, whose arguments do not show the library, and for rows
        that no matrix has.

    Examples
    --------
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> source = array_api_source(gradient(sum((X @ w - y) ** 2), w))
    >>> print(*[line for line in source.splitlines() if "loss = _" in line], sep="\n")
        loss = _dots(xp, t1, t1, (-2, -1))
    """
    return ArrayModule(derivation, function_name, rows, typical).text()


class ArrayModule(Module):
    """The parts of one generated module, in the standard's words."""

    reserved: ClassVar[frozenset[str]] = RESERVED | TAKEN
    helpers: ClassVar[dict[str, str]] = HELPERS | {"_check_size": CHECK_SIZE} | RANGE_CHECKS
    words: ClassVar[Words] = Words(
        "array", "float or array", "anything but arrays of one real floating type"
    )
    brings_numpy: ClassVar[bool] = False
    in_place = False
    plain: ClassVar[str] = "It needs array-api-compat, not matcalc."
    sizes_of: ClassVar[str] = "shape[-2:]"
    size_of: ClassVar[tuple[str, str]] = "shape[-2]", "shape[-1]"

    def __init__(
        self,
        derivation: Derivation,
        function_name: str,
        rows: str | None = None,
        typical: Mapping[Any, int] | None = None,
    ) -> None:
        self.rows = None if rows is None else dim(rows)
        self.extra = STAGE if self.rows else ()
        super().__init__(derivation, function_name, typical)
        names = self.names
        if not names.arrays:
            raise UnsupportedInput("without a matrix among the arguments the library is unknown")
        if self.rows and self.rows not in names.readable:
            raise UnsupportedInput(f"no matrix among the arguments has {self.rows} rows")
        numbers = [*names.sizes.values(), *names.indices.values()]
        self.floats = {size: names.local(f"float_{size}") for size in names.sizes.values()}
        self.spelling = Spelling([*numbers, *self.floats.values()], names.functions.values())
        self.given = [*names.arrays.values(), *names.scalars.values()]
        self.depends = {name: {name} for name in self.given}
        for statement in self.program.statements:
            self.spelling.name(statement.name, statement.text)
            self.depends[statement.name] = behind(statement.text, self.depends)

    @staticmethod
    def lowered(formulas: list[Any], typical: Typical) -> list[Any]:
        return steps_of_relus(Module.lowered(formulas, typical))

    def stands_alone(self, x: Any) -> bool:
        return self.rows is not None and sums_over(self.rows, x)

    def _keywords(self) -> list[str]:
        return [*super()._keywords(), *["stage"] * bool(self.rows)]

    def _statements(self) -> list[str]:
        computed = self._computed()
        used = set(re.findall(r"\w+", " ".join(computed)))
        floats = {size: name for size, name in self.floats.items() if name in used}
        lines = [*(f"    {name} = 1.0 * {size}" for size, name in floats.items()), *computed]
        if not any("stack)" in line for line in [*lines, *self._return()]):
            return lines
        return [*call("stack = _stack", ", ".join(["xp", *self.given])), *lines]

    def _computed(self) -> list[str]:
        if self.rows is None:
            return [self._line(statement) for statement in self._in_place()]
        shapes = {name: array.shape for array, name in self.names.arrays.items()}
        lines = []
        for statements, sums in stages(self.program.statements, shapes, self.rows):
            lines += [self._line(statement) for statement in statements]
            names = ", ".join(sums)
            known = f"({names},)" if len(sums) == 1 else names
            lines += [f"    {known} = stage({names})"] * bool(sums)
        return lines

    def _in_place(self) -> list[Statement]:
        shapes = self._shapes() | dict.fromkeys(self.floats.values())
        found = Augmented(shapes, self._returned(), self.names.local, self.depends)
        known = self.floats, self.spelling.is_number
        found.run(with_float_sizes(s, *known) for s in self.program.statements)
        return found.lines

    def _imports(self, body: list[str]) -> str:
        return "import array_api_compat"

    def _prelude(self, used: set[str]) -> list[str]:
        given = ", ".join(f"{name}={name}" for name in self.names.arrays.values())
        used = used | {"xp", "dtype", "device"} if self.names.scalars else used
        found = ", ".join(x if x in used else "_" for x in ("xp", "dtype", "device"))
        return [*call(f"{found} = _read_arrays", given), *self._integers()]

    def _scalars(self) -> list[str]:
        made = "xp.asarray({}, dtype=dtype, device=device)[..., None, None]"
        return [f"    {name} = {made.format(name)}" for name in self.names.scalars.values()]

    def spelled(self, text: str) -> str:
        if text.startswith("del "):
            return text
        if text.startswith(f"{WIDE}("):
            return f"{WIDE}(xp, {self.spelled(text[len(WIDE) + 1 : -1])}, stack)"
        if text.startswith(f"{OVER}("):
            return text.replace("(", "(xp, ", 1)
        target, value = _parted(text)
        return target + self.spelling.text(value)

    def _line(self, statement: Statement, indent: int = 4) -> str:
        lines, margin = super()._line(statement, indent), " " * indent
        if max(map(len, lines.splitlines())) <= WIDTH:
            return lines
        target, value = _parted(self.spelled(statement.text))
        inner = "\n".join(wrapped(value, indent + 4))
        return f"{margin}{target or f'{statement.name} = '}(\n{inner}\n{margin})"

    def _results(self) -> list[str]:
        items, given = [], set[str]()
        for key, root in self.roots.items():
            value = self.program.value(root)
            text = self.spelling.matrix(value)
            if isinstance(root, Node) and (value in given or not self.program.is_owned(root)):
                text = self.spelled(f"{value}.copy()")
            given.add(value)
            items.append(f'"{key}": {self._whole(root, text)}')
        return items

    def _whole(self, root: Any, text: str) -> str:
        """A result for every problem of the stack, a scalar without the axes of a matrix."""
        if behind(text, self.depends) != set(self.given):
            text = f"_stacked(xp, {text}, stack)"
        return text if isinstance(root, Node) else f"{text}[..., 0, 0]"


def _parted(text: str) -> tuple[str, str]:
    """The beginning of an augmented assignment, and the value."""
    found = re.match(r"\w+ [-+*/]= ", text)
    start = found.end() if found else 0
    return text[:start], text[start:]
