"""A derivation as the source of a standalone NumPy module."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from sympy import Expr

from matcalc.derivation import Derivation
from matcalc.dimensions import identifier
from matcalc.errors import NameRefused
from matcalc.lower.blocks import HELPERS as BLOCKS
from matcalc.lower.chains import typical_sizes
from matcalc.lower.checks import CHECKS, WIDTH, call, over_lines, shape_checks
from matcalc.lower.counts import program_work
from matcalc.lower.docstring import NUMPY, Words, docstring, summary, what_is_derived
from matcalc.lower.expressions import Expressions
from matcalc.lower.helpers import HELPERS, needed
from matcalc.lower.namespace import RESERVED, Namespace
from matcalc.lower.per_row import HELPERS as EACH
from matcalc.lower.placing import lowered
from matcalc.lower.program import Program, Statement
from matcalc.lower.ranges import range_checks
from matcalc.lower.reuse import Reuse
from matcalc.lower.sandwiches import HELPERS as SANDWICHES
from matcalc.lower.structures import HELPERS as STRUCTURES
from matcalc.nesting import followed
from matcalc.node import Node
from matcalc.protocols import ATOM
from matcalc.version import __version__
from matcalc.work import Count, Work, copied, total

FORMAT = 1
"""Version of the generated code's layout; a change of layout raises it."""


def numpy_source(
    derivation: Derivation,
    function_name: str = "loss_and_gradients",
    typical: Mapping[Any, int] | None = None,
) -> str:
    """Source of a standalone NumPy module that computes a loss and its gradients.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    function_name : str
        Name of the module's one public function.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are: products are bracketed and scalars placed by what is then
        cheapest. A size that is not given counts as 1000; results are right at all sizes.

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
    UnsupportedInput
        For a typical size that is no positive int, or of what is no size.

    Examples
    --------
    >>> from matcalc import dims, matrix, trace
    >>> N, p = dims("N p")
    >>> A, B, C = matrix("A", N, p), matrix("B", p, N), matrix("C", N, p)
    >>> product = Derivation(A @ B @ C, {}, kind="jacobian")
    >>> "A @ (B @ C)" in numpy_source(product, typical={"N": 100000, "p": 10})
    True
    >>> "A @ B @ C" in numpy_source(product, typical={"N": 10, "p": 1000})
    True
    """
    return Module(derivation, function_name, typical).text()


class Module:
    """The parts of one generated module."""

    reserved: ClassVar[frozenset[str]] = RESERVED
    helpers: ClassVar[dict[str, str]] = CHECKS | HELPERS | STRUCTURES | BLOCKS | SANDWICHES | EACH
    words: ClassVar[Words] = NUMPY
    extra: tuple[str, ...] = ()
    sizes_of: ClassVar[str] = "shape"
    size_of: ClassVar[tuple[str, str]] = "shape[0]", "shape[1]"
    brings_numpy: ClassVar[bool] = True
    """Whether the generated module imports NumPy."""
    in_place: ClassVar[bool] = True
    """Whether statements write over arrays that nobody reads again."""
    plain: ClassVar[str] = "Plain NumPy; matcalc is not needed to run it."
    constants: ClassVar[str] = ""
    lowered = staticmethod(lowered)

    def __init__(
        self,
        derivation: Derivation,
        function_name: str,
        typical: Mapping[Any, int] | None = None,
    ) -> None:
        if identifier(function_name) in self.reserved:
            taken = f"the function cannot be called {function_name!r}: that name is taken"
            raise NameRefused(taken)
        self.function_name, self.derivation = function_name, derivation
        gradients = dict(derivation.gradients)
        self.what = what_is_derived(derivation)
        if any(parameter.name == self.what for parameter in gradients):
            raise NameRefused(f"the result {self.what!r} is taken: rename the parameter")
        self.names = Namespace(derivation.loss, gradients, self.reserved | {function_name})
        self.formulas = [derivation.loss, *gradients.values()]
        self.typical = typical_sizes(typical, self.names.sizes)
        roots = self.lowered(self.formulas, self.typical)
        prefix = "grad" if self.what == "loss" else "jacobian"
        keys = [self.what, *(parameter.name for parameter in gradients)]
        wanted = [self.what, *(f"{prefix}_{key}" for key in keys[1:])]
        self.program = Program(zip(roots, wanted, strict=True), self.names, self.stands_alone)
        self.roots = dict(zip(keys, roots, strict=True))
        self.sizes = Expressions(lambda x: (self.names.leaf(x), ATOM), self.names.callee)

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

    @followed("code")
    def text(self) -> str:
        """The module."""
        body, further = self._body(), self._further()
        helpers = needed([*body, *further], self.helpers)
        head = (
            f"# Generated by matcalc {__version__}, format {FORMAT}. {self.plain}\n"
            f'"""{summary(self.derivation)}."""\n\n{self._imports(body)}\n\n'
            f'__all__ = ["{self.function_name}"]\n\n{self.constants}'
        )
        costs = self.count(), self.typical
        doc = docstring(
            self.derivation, self.names, self.shape_text, *costs, self.words, self.extra
        )
        function = "\n".join([*self._signature(), *doc, *body]) + "\n"
        return head + "\n" + function + "".join(f"\n{text}" for text in [*further, *helpers])

    def _further(self) -> list[str]:
        """Functions that the function calls, beside the helpers."""
        return []

    def _imports(self, body: list[str]) -> str:
        called = any("math." in line for line in self._code(body))
        return "import math\n\n" * called + "import numpy as np"

    def shape_text(self, shape: Iterable[Expr], times: str = ", ") -> str:
        """Sizes as the code names them."""
        return times.join(self.sizes.at(size, 0) for size in shape)

    def _keyword_parameters(self) -> list[str]:
        """Keywords of the signature, with what they are if they are not given."""
        return self._keywords()

    def count(self) -> Count:
        """What a call of the function costs, copies of results that nobody owns included."""
        return total(self._work())

    def _work(self) -> Iterator[Work]:
        work = program_work(self.program)
        yield from self._rewritten.counted(work) if self.in_place else work
        for item, root in zip(self._results(), self.roots.values(), strict=True):
            if item.endswith(".copy()"):
                yield copied(root.shape)

    def _signature(self) -> list[str]:
        keywords = self._keyword_parameters()
        arguments = [*self.names.arrays.values(), *(["*", *keywords] if keywords else [])]
        return call(f"def {self.function_name}", ", ".join(arguments), 0, ":")

    def _body(self) -> list[str]:
        work = [*self._statements(), *self._return()]
        checks = self._checks()
        used = set(re.findall(r"[A-Za-z_]\w*", " ".join(self._code(work) + checks)))
        return [
            *self._prelude(used),
            *self._sizes_read(used),
            *checks,
            *self._scalars(),
            *work,
        ]

    def stands_alone(self, x: Any) -> bool:
        """Whether a node is a statement of its own even if it is used once."""
        return False

    def _statements(self) -> list[str]:
        return [self._line(statement) for statement in self._rewritten.whole]

    @cached_property
    def _rewritten(self) -> Reuse:
        given = self._shapes(), self._returned(), self.names.local, self.typical.is_small
        found = Reuse(*given, self._size_text, self.typical.is_tall)
        found.run(self.program.statements)
        return found

    def _size_text(self, size: Expr) -> str:
        return self.sizes.at(size, 0)

    def _shapes(self) -> dict[str, Any]:
        """Shapes of everything that has a name, None for numbers."""
        shapes: dict[str, Any] = {name: v.shape for v, name in self.names.arrays.items()}
        shapes |= {s.name: s.shape for s in self.program.statements}
        return shapes | dict.fromkeys((*self.names.sizes.values(), *self.names.scalars.values()))

    def _returned(self) -> list[str]:
        return [self.program.value(root) for root in self.roots.values()]

    def _scalars(self) -> list[str]:
        return [f"    {name} = float({name})" for name in self.names.scalars.values()]

    def _code(self, lines: list[str]) -> list[str]:
        return [line.split("  # ")[0] for line in lines]

    def _prelude(self, used: set[str]) -> list[str]:
        typed = "dtype" in used
        given = ", ".join(f"{name}={name}" for name in self.names.arrays.values())
        check = f"{'dtype = ' * typed}_check_arrays"
        return [
            *(call(check, given) if given else ["    dtype = np.float64"] * typed),
            *self._integers(),
        ]

    def _integers(self) -> list[str]:
        return [
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
                lines.append(f"    {read[0]}, {read[1]} = {name}.{self.sizes_of}")
            else:
                lines += [f"    {size} = {name}.{self.size_of[i]}" for i, size in read.items()]
        return lines

    def _checks(self) -> list[str]:
        return [*self._shape_checks(), *self._range_checks()]

    def _shape_checks(self) -> list[str]:
        expected = {
            name: self._expected(array)
            for array, name in self.names.arrays.items()
            if any(self._is_given(array, axis) for axis in (0, 1))
        }
        shown = {name: self.shape_text(array.shape) for array, name in self.names.arrays.items()}
        return shape_checks(expected, shown, self.sizes_of)

    def _range_checks(self) -> list[str]:
        ranges = range_checks(self.formulas, self._size_text)
        return [line for arguments in ranges for line in call("_check_range", arguments)]

    def _is_given(self, array: Any, axis: int) -> bool:
        """Whether a size of an array is known before it is looked at."""
        return self.names.readable.get(array.shape[axis]) != (array, axis)

    def _expected(self, array: Any) -> str:
        """The shape that an array must have, in the sizes known before."""
        return f"({self.shape_text(array.shape)})"

    def spelled(self, text: str) -> str:
        """Text of an expression in the words of the target."""
        return text

    def _line(self, statement: Statement, indent: int = 4) -> str:
        text = self.spelled(statement.text)
        line = " " * indent + (f"{statement.name} = " if statement.name else "") + text
        if len(line) > WIDTH:
            return over_lines(statement.name, text, indent)
        shown = "" if statement.shape is None else self.shape_text(statement.shape, " × ")
        comment = f"{line}  # {shown}"
        return comment if shown and len(comment) <= WIDTH else line

    def _return(self) -> list[str]:
        items = self._results()
        line = f"    return {{{', '.join(items)}}}"
        long = ["    return {", *(f"        {item}," for item in items), "    }"]
        return [line] if len(line) <= WIDTH else long

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
