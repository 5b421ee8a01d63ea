"""Calls in generated statements read entry by entry, or as functions of whole matrices."""

import ast
from abc import abstractmethod
from collections.abc import Callable

from sympy import Expr, Float, Function, Integer, Symbol

from matcalc.dimensions import times
from matcalc.errors import UnsupportedInput
from matcalc.lower.array_shapes import ONE, Shape, numpy_function, untransposed
from matcalc.lower.known_values import Known
from matcalc.lower.values import CHEAP, DEAR, NUMBER, Value, flipped, split, wider

Read = tuple[Expr, Shape]

WHOLE = """np.linalg.solve np.linalg.inv np.linalg.det np.linalg.slogdet np.trace np.diag
np.kron""".split()
"""Functions of whole matrices that numba has."""
ERF = "np.vectorize(math.erf, otypes=[dtype])"


class Calls(Known):
    """Reads calls; what reads their arguments is left to a subclass."""

    functions: tuple[str, ...] = ()
    _sizes: dict[str, Expr]

    @abstractmethod
    def _read(self, node: ast.expr) -> Read:
        """Entry and shape of an expression."""

    def _function(self, node: ast.expr) -> Read:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            return self._picked(node, node.value)
        if not isinstance(node, ast.Call):
            raise UnsupportedInput("no loop is known for this")
        name = ast.unparse(node.func)
        if name in WHOLE:
            return self._of_whole(name, node.args)
        if name in self.functions:
            entry, shape = self._read(node.args[0])
            return self._called(Function(f"{name}()")(entry), shape, name)
        return self._of_entries(name, node)

    def _of_entries(self, name: str, node: ast.Call) -> Read:
        """A call that is worked out entry by entry."""
        made: dict[str, Callable[[ast.Call], Read]] = {
            "np.eye": self._eye,
            "np.diagflat": self._diagonal,
            "np.zeros": lambda x: (Integer(0), self._shape(x.args[0])),
            "np.ones": lambda x: (Integer(1), self._shape(x.args[0])),
            "np.full": lambda x: (self._read(x.args[1])[0], self._shape(x.args[0])),
            "np.repeat": self._repeated,
            "float": lambda x: self._read(x.args[0]),
            ERF: lambda x: self._apply("erf", x.args),
        }
        if name in made:
            return made[name](node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "astype"):
            return self._read(node.func.value)
        if function := numpy_function(node):
            return self._apply(function, node.args)
        raise UnsupportedInput("no loop is known for this")

    def _apply(self, function: str, nodes: list[ast.expr]) -> Read:
        read = [self._read(x) for x in nodes]
        return self._call(function, [entry for entry, _ in read], wider(*(s for _, s in read)))

    def _call(self, function: str, entries: list[Expr], shape: Shape) -> Read:
        if function == "square":
            return entries[0] ** 2, shape
        if function == "_sigmoid":
            half = Float(0.5)
            tanh, shape = self._call("tanh", [half * entries[0]], shape)
            return half * (1 + tanh), shape
        if function not in CHEAP | DEAR:
            raise UnsupportedInput(f"no loop is known for {function}")
        return self._called(Function(function)(*entries), shape, function)

    def _called(self, entry: Expr, shape: Shape, kind: str) -> Read:
        """A function of entries, as a value of its own where it is dear and a matrix."""
        if kind in CHEAP or ONE in shape:
            return entry, shape
        return self.entry(entry, shape, kind), shape

    def _repeated(self, node: ast.Call) -> Read:
        entry, (rows, cols) = self._read(node.args[0])
        count = self._size(node.args[1])
        down = ast.unparse(node.keywords[0].value) == "0"
        return entry, (count, cols) if down else (rows, count)

    def _eye(self, node: ast.Call) -> Read:
        if len(node.args) > 1:
            raise UnsupportedInput("no loop is known for a part of an identity")
        return self._identity(self._size(node.args[0]))

    def _identity(self, size: Expr) -> Read:
        if size == ONE:
            return Integer(1), NUMBER
        return self._add(Value("", "eye", (size, size))), (size, size)

    def _diagonal(self, node: ast.Call) -> Read:
        """An entry of the diagonal matrix of a line."""
        line, shape = self._read(node.args[0])
        row = shape[0] == ONE
        eye, square = self._identity(shape[1] if row else shape[0])
        return Function("where")(
            Function("greater")(eye, 0), flipped(line) if row else line, 0
        ), square

    def _shape(self, node: ast.expr) -> Shape:
        rows, cols = map(self._size, node.elts)  # type: ignore[attr-defined]
        return rows, cols

    def _size(self, node: ast.expr) -> Expr:
        """The size that a text stands for."""
        text = ast.unparse(node)
        if text not in self._sizes:
            raise UnsupportedInput(f"no argument and no value has the size {text}")
        return self._sizes[text]

    def _of_whole(self, function: str, nodes: list[ast.expr], end: str = "") -> Read:
        """A function of whole matrices, worked out between the loops."""
        read = [self._read_factor(x) for x in nodes]
        factors, shapes = tuple(factor for factor, _ in read), [shape for _, shape in read]
        if any(ONE in s for s in (shapes[:1] if function == "np.linalg.solve" else shapes)):
            raise UnsupportedInput(f"no loop is known for {function} of a line")
        (n, m), (k, q) = shapes[0], shapes[-1]
        shape = {
            "np.linalg.inv": (n, n),
            "np.linalg.solve": (k, q),
            "np.kron": (times(n, k), times(m, q)),
            "np.diag": (n, ONE),
        }.get(function, NUMBER)
        text = f"{function}({', '.join('{}' for _ in nodes)}){end}"
        return self._add(Value("", "call", shape, factors=factors, text=text)), shape

    def _picked(self, node: ast.Subscript, call: ast.Call) -> Read:
        """The logarithm of a determinant, and the diagonal of a matrix as a column."""
        function, picked = ast.unparse(call.func), ast.unparse(node.slice)
        if (function, picked) == ("np.linalg.slogdet", "1"):
            return self._of_whole(function, call.args, "[1]")
        if (function, picked) == ("np.diagonal", "(:, None)"):
            return self._of_whole("np.diag", call.args)
        raise UnsupportedInput("no loop is known for this")

    def _read_factor(self, node: ast.expr) -> tuple[tuple[str, bool], Shape]:
        base, turned = untransposed(node)
        entry, shape = self._read(base)
        return self._factor(entry, shape, turned), shape[::-1] if turned else shape

    def _factor(self, x: Expr, shape: Shape, turned: bool) -> tuple[str, bool]:
        """A factor as a value that lies in memory."""
        if not self._is_in_memory(x) or self.shape(x) != shape:
            x = self.entry(x, shape, "factor")
        name, transposed = split(x)
        return name, transposed != turned

    def _is_in_memory(self, entry: Expr) -> bool:
        return isinstance(entry, Symbol) and self.values[split(entry)[0]].kind != "eye"
