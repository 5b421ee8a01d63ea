"""A derivation as the source of a standalone NumPy module."""

import re
from collections.abc import Iterable
from typing import Any

from sympy import Expr

from matcalc.derivation import Derivation
from matcalc.dimensions import identifier
from matcalc.errors import NameRefused
from matcalc.lower.checks import CHECKS, WIDTH, call, shape_checks, wrapped
from matcalc.lower.docstring import SUMMARIES, docstring, what_is_derived
from matcalc.lower.expressions import Expressions
from matcalc.lower.helpers import HELPERS, needed
from matcalc.lower.inplace import Buffer, InPlace
from matcalc.lower.laws import lower
from matcalc.lower.namespace import RESERVED, Namespace
from matcalc.lower.placing import place_scalars, share_negatives
from matcalc.lower.program import Program, Statement
from matcalc.lower.ranges import range_checks
from matcalc.lower.structures import HELPERS as STRUCTURES
from matcalc.node import Node
from matcalc.protocols import ATOM
from matcalc.version import __version__

FORMAT = 1
"""Version of the generated code's layout; a change of layout raises it."""
def numpy_source(
    derivation: Derivation, function_name: str = "loss_and_gradients", fast: bool = False
) -> str:
    """Source of a standalone NumPy module that computes a loss and its gradients.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    function_name : str
        Name of the module's one public function.
    fast : bool
        Whether large arrays are written into memory that is kept: one NumPy call a line, ``out=``
        where it can be. The function then takes ``work``, a dict in which the memory stays from
        call to call; no two threads may share one.

    Returns
    -------
    str
        The same text in every process, for the same derivation.

    Raises
    ------
    NameRefused
        For names that are no identifiers, or stand for two things.
    UnknownFunction
        For a function that NumPy has not.
    """
    if identifier(function_name) in RESERVED:
        raise NameRefused(f"the function cannot be called {function_name!r}: that name is taken")
    return Module(derivation, function_name, fast).text()


class Module:
    """The parts of one generated module."""

    def __init__(self, derivation: Derivation, function_name: str, fast: bool = False) -> None:
        self.function_name, self.derivation = function_name, derivation
        gradients = dict(derivation.gradients)
        self.what = what_is_derived(derivation)
        if any(parameter.name == self.what for parameter in gradients):
            raise NameRefused(f"the result {self.what!r} is taken: rename the parameter")
        self.names = Namespace(derivation.loss, gradients)
        self.formulas = [derivation.loss, *gradients.values()]
        roots = _lowered(self.formulas)
        prefix = "grad" if self.what == "loss" else "jacobian"
        wanted = [self.what, *(f"{prefix}_{parameter.name}" for parameter in gradients)]
        self.program = Program(zip(roots, wanted, strict=True), self.names)
        keys = [self.what, *(parameter.name for parameter in gradients)]
        self.roots = dict(zip(keys, roots, strict=True))
        self.sizes = Expressions(lambda x: (self.names.leaf(x), ATOM), self.names.callee)
        self.work = self.names.local("work") if fast else ""
        self.statements = self.program.statements
        self.buffers = self._in_place() if fast else []

    def _in_place(self) -> list[Statement]:
        """Statements that write into buffers, and those that provide these."""
        shapes: dict[str, Any] = {local: v.shape for v, local in self.names.arrays.items()}
        numbers = (*self.names.sizes.values(), *self.names.scalars.values())
        shapes |= {s.name: s.shape for s in self.statements} | dict.fromkeys(numbers)
        returned = [self.program.value(root) for root in self.roots.values()]
        rewritten = InPlace(shapes, returned, self.names.local)
        rewritten.run(self.statements)
        self.statements = rewritten.lines
        return [self._provided(buffer) for buffer in rewritten.buffers]

    def _provided(self, buffer: Buffer) -> Statement:
        sizes = self.shape_text(buffer.shape)
        kind = "bool" if buffer.truth else "dtype"
        text = f'_buffer({self.work}, "{buffer.name}", {sizes}, {kind})'
        return Statement(buffer.name, text, None)

    @property
    def arguments(self) -> dict[str, str]:
        """From the name of everything the code asks for to what the code calls it."""
        names = self.names
        owners = {
            **{x.name: local for x, local in names.given_sizes.items()},
            **{label + "_prime" * k: local for (label, k), local in names.functions.items()},
            **{x.name: local for x, local in (names.arrays | names.scalars).items()},
            **{x.name: local for x, local in names.indices.items()},
        }
        called = {local: name for name, local in owners.items()}
        return {called.get(x, x): x for x in (*names.arrays.values(), *self._keywords())}

    def _keywords(self) -> list[str]:
        names = self.names
        return [
            *names.scalars.values(), *names.indices.values(), *names.functions.values(),
            *names.given_sizes.values(),
        ]  # fmt: skip

    def text(self) -> str:
        """The module."""
        body = self._body()
        helpers = needed(body, CHECKS | HELPERS | STRUCTURES)
        head = (
            f"# Generated by matcalc {__version__}, format {FORMAT}. "
            "Plain NumPy; matcalc is not needed to run it.\n"
            f'"""{SUMMARIES[self.what]}."""\n\n{self._imports(body)}\n\n'
            f'__all__ = ["{self.function_name}"]\n\n'
        )
        doc = docstring(self.derivation, self.names, self.shape_text, self.work)
        function = "\n".join([*self._signature(), *doc, *body]) + "\n"
        return head + "\n" + function + "".join(f"\n{text}" for text in helpers)

    def _imports(self, body: list[str]) -> str:
        functions = any("math." in line for line in self._code(body))
        return "import math\n\n" * functions + "import numpy as np"

    def shape_text(self, shape: Iterable[Expr], times: str = ", ") -> str:
        """Sizes as the code names them."""
        return times.join(self.sizes.at(size, 0) for size in shape)

    def _signature(self) -> list[str]:
        keywords = self._keywords()
        keywords += [f"{self.work}=None"] * bool(self.work)
        arguments = [*self.names.arrays.values(), *(["*", *keywords] if keywords else [])]
        line = f"def {self.function_name}({', '.join(arguments)}):"
        if len(line) <= WIDTH:
            return [line]
        return [f"def {self.function_name}(", *wrapped(", ".join(arguments)), "):"]

    def _body(self) -> list[str]:
        work = [f"    {self.work} = {{}} if {self.work} is None else {self.work}"] * bool(
            self.buffers
        )
        work += [self._line(statement) for statement in (*self.buffers, *self.statements)]
        work += self._return()
        checks = self._checks()
        used = set(re.findall(r"[A-Za-z_]\w*", " ".join(self._code(work) + checks)))
        return [
            *self._prelude("dtype" in used),
            *self._sizes_read(used),
            *checks,
            *(f"    {name} = float({name})" for name in self.names.scalars.values()),
            *work,
        ]

    def _code(self, lines: list[str]) -> list[str]:
        return [line.split("  # ")[0] for line in lines]

    def _prelude(self, typed: bool) -> list[str]:
        given = ", ".join(f"{name}={name}" for name in self.names.arrays.values())
        check = f"{'dtype = ' * typed}_check_arrays"
        return [
            *(call(check, given) if given else ["    dtype = np.float64"] * typed),
            *(f'    _check_size("{name}", {name})' for name in self.names.given_sizes.values()),
            *(f'    _check_index("{name}", {name})' for name in self.names.indices.values()),
        ]

    def _sizes_read(self, used: set[str]) -> list[str]:
        lines = []
        for array, name in self.names.arrays.items():
            read = {
                axis: self.names.sizes[size]
                for size, (source, axis) in self.names.readable.items()
                if source is array and self.names.sizes[size] in used
            }
            if len(read) == 2:
                lines.append(f"    {read[0]}, {read[1]} = {name}.shape")
            lines += [f"    {size} = {name}.shape[{axis}]" for axis, size in read.items()] * (
                len(read) == 1
            )
        return lines

    def _checks(self) -> list[str]:
        expected = {
            name: self._expected(array)
            for array, name in self.names.arrays.items()
            if any(self._is_given(array, axis) for axis in (0, 1))
        }
        shown = {name: self.shape_text(array.shape) for array, name in self.names.arrays.items()}
        lines = shape_checks(expected, shown)
        ranges = range_checks(self.formulas, lambda size: self.sizes.at(size, 0))
        return lines + [line for arguments in ranges for line in call("_check_range", arguments)]

    def _is_given(self, array: Any, axis: int) -> bool:
        """Whether a size of an array is known before it is looked at."""
        return self.names.readable.get(array.shape[axis]) != (array, axis)

    def _expected(self, array: Any) -> str:
        """The shape that an array must have, in the sizes known before."""
        sizes = (self.sizes.at(size, 0) for size in array.shape)
        return f"({', '.join(sizes)})"

    def _line(self, statement: Statement) -> str:
        line = f"    {statement.name} = {statement.text}" if statement.name else (
            f"    {statement.text}"
        )
        if len(line) > WIDTH:
            inner = "\n".join(_broken(statement.text, 8))
            return f"    {statement.name} = (\n{inner}\n    )"
        if statement.shape is None:
            return line
        comment = f"{line}  # {self.shape_text(statement.shape, ' × ')}"
        return comment if len(comment) <= WIDTH else line

    def _return(self) -> list[str]:
        items = self._results()
        line = f"    return {{{', '.join(items)}}}"
        if len(line) <= WIDTH:
            return [line]
        return ["    return {", *(f"        {item}," for item in items), "    }"]

    def _results(self) -> list[str]:
        items, given = [], set()
        for key, root in self.roots.items():
            value = self.program.value(root)
            if isinstance(root, Node):
                value += ".copy()" * (value in given or not self.program.is_owned(root))
            elif key != "loss":
                value = f"float({value})"
            given.add(value)
            items.append(f'"{key}": {value}')
        return items


def _lowered(roots: list[Any]) -> list[Any]:
    """Roots in lowered form; lowered again where a sum and its negative became one."""
    done: dict[Any, Any] = {}
    lowered = [lower(root, done) for root in roots]
    shared = share_negatives(lowered)
    if any(shared[root] is not root for root in lowered):
        again: dict[Any, Any] = {}
        lowered = [lower(shared[root], again) for root in lowered]
    placed = place_scalars(lowered)
    return [placed[root] for root in lowered]


def _broken(text: str, indent: int) -> list[str]:
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
