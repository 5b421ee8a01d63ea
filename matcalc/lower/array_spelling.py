"""NumPy's spellings in those of the Python Array API standard, row by row.

What an operator is in code is said once, in NumPy; a row says how the standard spells the same.
Code without a row is refused. Scalars made from matrices are 1 × 1 matrices, so that every
operation leaves the axes of a stack of problems alone.
"""

import ast
from collections.abc import Collection
from copy import deepcopy
from typing import Any, TypeVar

from matcalc.errors import UnknownFunction
from matcalc.lower.array_batches import ROWS as BATCHED

NUMBERS = frozenset("ijkmnpqr")
"""What stands for sizes and other Python numbers in a row."""
MATRICES = frozenset("ABD")
"""What stands for any expression."""
ENTRIES = frozenset("E")
"""What stands for any expression but a number."""
ARRAYS = frozenset("FGH")
"""What stands for any expression, to be made an array where it is a number."""
CONDITION = "C"
"""What stands for a comparison, which is no number here."""
PLACES = NUMBERS | MATRICES | ENTRIES | ARRAYS | {CONDITION}
LIKE = "dtype=dtype, device=device"

FUNCTIONS = {
    name: name
    for name in """abs atan2 ceil cos cosh exp floor hypot log logaddexp maximum minimum sign sin
    sinh sqrt tan tanh""".split()
} | {
    "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh",
    "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh", "power": "pow",
}  # fmt: skip
"""Functions of one or two entries."""
CONSTANTS = ("pi", "e", "nan")

ROWS = (
    ("A.T", "xp.matrix_transpose(A)"),
    ("A.copy()", "xp.asarray(A, copy=True)"),
    ("float(A)", "A"),
    ("A.sum(axis=0, keepdims=True)", "xp.sum(A, axis=-2, keepdims=True)"),
    ("A.sum(axis=1, keepdims=True)", "xp.sum(A, axis=-1, keepdims=True)"),
    ("A.max(axis=0, keepdims=True)", "xp.max(A, axis=-2, keepdims=True)"),
    ("A.max(axis=1, keepdims=True)", "xp.max(A, axis=-1, keepdims=True)"),
    ("np.ptp(A, axis=0, keepdims=True)",
        "xp.max(A, axis=-2, keepdims=True) - xp.min(A, axis=-2, keepdims=True)"),
    ("np.ptp(A, axis=1, keepdims=True)",
        "xp.max(A, axis=-1, keepdims=True) - xp.min(A, axis=-1, keepdims=True)"),
    ('np.einsum("ij,ij->j", A, B)[None, :]', "_dots(xp, A, B, -2)"),
    ('np.einsum("ij,ij->i", A, B)[:, None]', "_dots(xp, A, B, -1)"),
    ("np.sum(A)", "xp.sum(A, axis=(-2, -1), keepdims=True)"),
    ("np.vdot(A, B)", "_dots(xp, A, B, (-2, -1))"),
    ("np.trace(A)", "xp.linalg.trace(A)[..., None, None]"),
    ("np.diagonal(A)[:, None]", "xp.linalg.diagonal(A)[..., None]"),
    ("np.linalg.det(A)", "xp.linalg.det(A)[..., None, None]"),
    ("np.linalg.slogdet(A)[1]", "xp.linalg.slogdet(A)[1][..., None, None]"),
    ("np.linalg.eigvalsh(A)[i]", "xp.linalg.eigvalsh(A)[..., i, None, None]"),
    ("np.linalg.inv(A)", "xp.linalg.inv(A)"),
    ("np.linalg.solve(A, B)", "xp.linalg.solve(A, B)"),
    ("np.linalg.matrix_power(A, k)", "xp.linalg.matrix_power(A, k)"),
    ("np.linalg.pinv(A, rtol=None)", "xp.linalg.pinv(A)"),
    ("np.tril(A)", "xp.tril(A)"),
    ("np.triu(A)", "xp.triu(A)"),
    ("C.astype(dtype)", "xp.astype(C, dtype)"),
    ("np.where(C, F, G).astype(dtype)", "xp.where(C, F, G)"),
    ("np.where(C, F, G)", "xp.where(C, F, G)"),
    ("np.clip(F, G, H)", "xp.clip(F, G, H)"),
    ("np.maximum(E, k)", "xp.clip(E, k, None)"),
    ("np.minimum(E, k)", "xp.clip(E, None, k)"),
    ("np.ones((m, n), dtype=dtype)", f"xp.ones((m, n), {LIKE})"),
    ("np.zeros((m, n), dtype=dtype)", f"xp.zeros((m, n), {LIKE})"),
    ("np.full((m, n), k, dtype=dtype)", f"xp.full((m, n), k, {LIKE})"),
    ("np.full((m, n), A, dtype=dtype)", f"A * xp.ones((m, n), {LIKE})"),
    ("np.eye(m * n, dtype=dtype)[np.arange(m * n).reshape(n, m).T.ravel()]",
        f"_commute_rows(xp, xp.eye(m * n, {LIKE}), m, n)"),
    ("np.eye(n, dtype=dtype)", f"xp.eye(n, {LIKE})"),
    ("np.eye(m, n, k, dtype=dtype)", f"xp.eye(m, n, k=k, {LIKE})"),
    ("np.tri(n, dtype=dtype)", f"xp.tril(xp.ones((n, n), {LIKE}))"),
    ("np.diagflat(A)", "_diag(xp, A)"),
    ("np.repeat(A, n, axis=0)", "xp.repeat(A, n, axis=-2)"),
    ("np.repeat(A, n, axis=1)", "xp.repeat(A, n, axis=-1)"),
    ("np.hstack(A)", "_join(xp, A, -1)"),
    ("np.vstack(A)", "_join(xp, A, -2)"),
    ("np.block(A)", "_block(xp, A)"),
    ("np.pad(A, ((i, m), (j, n)))", "_pad(xp, A, i, m, j, n)"),
    ("np.kron(A, B)", "_kron(xp, A, B)"),
    ("_sigmoid(A)", "_sigmoid(xp, A)"),
    ("_plus_product(A, B, D)", "_plus_product(xp, A, B, D)"),
    ("_take_up_product(A, B, D)", "_take_up_product(A, B, D)"),
    ("_spread(A, n)", f"_kron(xp, A, xp.eye(n, {LIKE}))"),
    ("_on_diagonal(n, A)", f"_kron(xp, xp.eye(n, {LIKE}), A)"),
    ('A.reshape(-1, 1, order="F")', "_vec(xp, A)"),
    ('A.reshape(m, n, order="F")', "_unvec(xp, A, m, n)"),
    ('np.einsum("ij,kj->ikj", A, B).reshape(m, n)', "_khatri_rao(xp, A, B)"),
    ('np.einsum("ikjl,kl->ij", A.reshape(m, p, n, q), B)', "_contract(xp, A, B, m, n, False)"),
    ('np.einsum("ikjl,ij->kl", A.reshape(m, p, n, q), B)', "_contract(xp, A, B, m, n, True)"),
    ("A.reshape(m, p, n).sum(axis=0)", "_block_sums(xp, A, m, -3)"),
    ("A.reshape(m, p, n).sum(axis=1)", "_block_sums(xp, A, m, -2)"),
    ('np.einsum("ikj,kj->ij", A.reshape(m, p, n), B)', "_sum_over(xp, A, B, m, -2)"),
    ('np.einsum("ikj,ij->kj", A.reshape(m, p, n), B)', "_sum_over(xp, A, B, m, -3)"),
    ("(B @ (A @ D.reshape(k, -1)).reshape(m, n, -1)).reshape(r, -1)",
        "_kronecker_times(xp, A, B, D)"),
    ("(B @ A.reshape(k, n, -1)).reshape(r, -1)", "_blocks_times(xp, B, A, k)"),
    ("(A[:, :, None] * B[:, None, :]).reshape(m, n)", "_row_kronecker(xp, A, B)"),
    ("A.reshape(n, m, -1).swapaxes(0, 1).reshape(r, -1)", "_commute_rows(xp, A, m, n)"),
    *BATCHED,
    ("A.reshape(m, n)", "_reshaped(xp, A, m, n)"),
)  # fmt: skip
"""NumPy's text, and the standard's. A condition or a number is looked for before anything else."""

AS_ARRAY = f"xp.asarray(F, {LIKE})"
AS_TRUTH = "xp.asarray(C, device=device)"
AS_FLOATS = "xp.astype(C, dtype)"
FULL = f"xp.full((1, 1), F, {LIKE})"

Some = TypeVar("Some", bound=ast.AST)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


TEMPLATES = {text: _parsed(text) for text in (AS_ARRAY, AS_TRUTH, AS_FLOATS, FULL)}
PARSED = tuple((_parsed(numpy), _parsed(standard)) for numpy, standard in ROWS)


class Spelling:
    """The standard's text of NumPy's, for one generated function.

    Parameters
    ----------
    numbers : collection of str
        Names of Python numbers: sizes and indices.
    callables : collection of str
        Names of functions that are arguments.
    """

    def __init__(self, numbers: Collection[str], callables: Collection[str]) -> None:
        self.numbers, self.callables = set(numbers), frozenset(callables)

    def text(self, numpy: str) -> str:
        """The standard's text.

        Raises
        ------
        UnknownFunction
            For what the standard has no function for.
        """
        return shown(self.of(_parsed(numpy)))

    def matrix(self, numpy: str) -> str:
        """The standard's text of a scalar as a 1 × 1 matrix."""
        x = _parsed(numpy)
        return shown(_one_by_one(x) if self.is_number(x) else self.of(x))

    def name(self, name: str, numpy: str) -> None:
        """Take note that a name has the value of a text."""
        if self.is_number(_parsed(numpy)):
            self.numbers.add(name)

    def is_number(self, x: ast.AST) -> bool:
        """Whether an expression is made of sizes and numbers alone, so that it is one in Python."""
        if isinstance(x, ast.Name):
            return x.id in self.numbers
        if isinstance(x, ast.Attribute):
            return ast.unparse(x) in {f"np.{name}" for name in CONSTANTS}
        if isinstance(x, ast.Call):
            return ast.unparse(x.func) == "float" and self.is_number(x.args[0])
        parts = [part for part in ast.iter_child_nodes(x) if isinstance(part, ast.expr)]
        arithmetic = isinstance(x, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Constant)
        return arithmetic and all(map(self.is_number, parts))

    def of(self, x: ast.expr) -> ast.expr:
        """The standard's form of an expression."""
        if self.is_number(x):
            return _renamed(x)
        if is_condition(x):
            return _filled(TEMPLATES[AS_FLOATS], {"C": self.condition(x)})
        for numpy, standard in PARSED:
            found: dict[str, ast.expr] = {}
            if type(numpy) is type(x) and self._matches(numpy, x, found):
                return _filled(standard, {k: self._part(k, part) for k, part in found.items()})
        return self._by_kind(x)

    def array(self, x: ast.expr) -> ast.expr:
        """The standard's form of an expression, an array also if it is a number."""
        inner = self.of(x)
        return _filled(TEMPLATES[AS_ARRAY], {"F": inner}) if self.is_number(x) else inner

    def condition(self, x: ast.expr) -> ast.expr:
        """The standard's form of a comparison, an array of truth values."""
        if self.is_number(x):
            return _filled(TEMPLATES[AS_TRUTH], {"C": _renamed(x)})
        if isinstance(x, ast.BinOp):
            return ast.BinOp(self.condition(x.left), x.op, self.condition(x.right))
        assert isinstance(x, ast.Compare)
        return ast.Compare(self.of(x.left), x.ops, [self.of(side) for side in x.comparators])

    def _part(self, name: str, x: ast.expr) -> ast.expr:
        if name == CONDITION:
            return self.condition(x)
        return self.array(x) if name in ARRAYS else self.of(x)

    def _matches(self, pattern: Any, x: Any, found: dict[str, ast.expr]) -> bool:
        if isinstance(pattern, ast.Name) and pattern.id in PLACES:
            return self._binds(pattern.id, x, found)
        if isinstance(pattern, list):
            return len(pattern) == len(x) and all(
                self._matches(p, y, found) for p, y in zip(pattern, x, strict=True)
            )
        if not isinstance(pattern, ast.AST):
            return bool(pattern == x)
        return type(pattern) is type(x) and all(
            self._matches(getattr(pattern, field), getattr(x, field), found)
            for field in pattern._fields
            if field not in ("ctx", "kind")
        )

    def _binds(self, name: str, x: Any, found: dict[str, ast.expr]) -> bool:
        if name in found:
            return ast.dump(found[name]) == ast.dump(x)
        found[name] = x
        if name == CONDITION:
            return is_condition(x)
        return name not in NUMBERS | ENTRIES or self.is_number(x) == (name in NUMBERS)

    def _by_kind(self, x: ast.expr) -> ast.expr:
        if isinstance(x, ast.Name):
            return x
        if isinstance(x, ast.BinOp):
            return ast.BinOp(self.of(x.left), x.op, self.of(x.right))
        if isinstance(x, ast.UnaryOp):
            return ast.UnaryOp(x.op, self.of(x.operand))
        if isinstance(x, ast.Tuple | ast.List):
            return type(x)([self.of(part) for part in x.elts], x.ctx)
        if isinstance(x, ast.Call):
            return self._call(x)
        if isinstance(x, ast.Subscript):
            return self._picked(x)
        raise unknown(x)

    def _call(self, x: ast.Call) -> ast.expr:
        name = ast.unparse(x.func)
        module, _, function = name.rpartition(".")
        if not x.keywords and name in self.callables:
            return ast.Call(x.func, [self.of(part) for part in x.args], [])
        if x.keywords or module != "np" or function not in FUNCTIONS:
            raise unknown(x)
        called = _parsed(f"xp.{FUNCTIONS[function]}")
        if all(map(self.is_number, x.args)):
            return ast.Call(called, [_one_by_one(y) for y in x.args], [])
        return ast.Call(called, [self.array(part) for part in x.args], [])

    def _picked(self, x: ast.Subscript) -> ast.expr:
        """A block A[i:j, k:l] or an entry A[i, k] as a 1 × 1 block."""
        places = x.slice.elts if isinstance(x.slice, ast.Tuple) else [x.slice, ast.Slice()]
        if len(places) != 2 or not all(map(self._is_place, places)):
            raise unknown(x)
        picked = [ast.Constant(...), *map(_as_slice, places)]
        return ast.Subscript(self.of(x.value), ast.Tuple(picked, ast.Load()), ast.Load())

    def _is_place(self, x: ast.expr) -> bool:
        if not isinstance(x, ast.Slice):
            return self.is_number(x)
        return all(y is None or self.is_number(y) for y in (x.lower, x.upper, x.step))


def is_condition(x: ast.AST) -> bool:
    """Whether an expression has truth values."""
    logical = isinstance(x, ast.BinOp) and isinstance(x.op, ast.BitAnd | ast.BitOr)
    return isinstance(x, ast.Compare) or logical


def shown(x: ast.expr) -> str:
    """Text of an expression, powers without spaces."""
    return ast.unparse(x).replace(" ** ", "**")


def unknown(x: ast.expr) -> UnknownFunction:
    """The error for what has no spelling."""
    called = x.func if isinstance(x, ast.Call) else x
    name = ast.unparse(called).removeprefix("np.").removeprefix("_")
    return UnknownFunction(f"the Array API has nothing for {name}: use the NumPy target")


def _as_slice(x: ast.expr) -> ast.expr:
    if isinstance(x, ast.Slice):
        return x
    after = ast.Constant(x.value + 1) if isinstance(x, ast.Constant) else None  # type: ignore[operator]
    return ast.Slice(x, after or ast.BinOp(x, ast.Add(), ast.Constant(1)))


class _Filling(ast.NodeTransformer):
    """Expressions in the places of names."""

    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.parts.get(node.id, node)


def _filled(template: ast.expr, parts: dict[str, ast.expr]) -> ast.expr:
    return _Filling(parts).visit(deepcopy(template))


def _one_by_one(x: ast.expr) -> ast.expr:
    """A Python number as a 1 × 1 matrix."""
    return _filled(TEMPLATES[FULL], {"F": _renamed(x)})


def _renamed(x: ast.expr) -> ast.expr:
    """Python numbers, NumPy's constants under the standard's name."""
    return _filled(x, {"np": ast.Name("xp", ast.Load())})
