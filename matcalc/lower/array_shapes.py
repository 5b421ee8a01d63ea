"""Shapes of the Python expressions that generated statements are made of."""

import ast
from collections.abc import Mapping

from sympy import Expr, Integer

from matcalc.dimensions import same

Shape = tuple[Expr, Expr]
ONE = Integer(1)
OPERATIONS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.MatMult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
"""Operations entry by entry; the product of a column and a row is one."""
COMPARISONS: dict[type[ast.AST], str] = {
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
}
CALLS = frozenset(
    """maximum minimum exp log sqrt tanh sin cos tan sinh cosh arcsin arccos arctan arcsinh arccosh
    arctanh arctan2 abs sign ceil hypot logaddexp square negative _sigmoid""".split()
)
"""Functions that work entry by entry and take ``out``: those of NumPy and a helper."""


class UnknownShape(Exception):
    """An expression whose shape is not known here."""


def shape_of(node: ast.AST, known: Mapping[str, Shape | None]) -> Shape | None:
    """Shape of an expression; None for a number.

    Raises
    ------
    UnknownShape
        For anything but names, arithmetic, comparisons, transposes, sums and NumPy's functions of
        entries.
    """
    if isinstance(node, ast.Constant):
        return None
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.UnaryOp):
        return shape_of(node.operand, known)
    if isinstance(node, ast.BinOp):
        left, right = shape_of(node.left, known), shape_of(node.right, known)
        matmul = isinstance(node.op, ast.MatMult)
        return product_shape(left, right) if matmul else broadcast(left, right)
    if isinstance(node, ast.Compare):
        return broadcast(*(shape_of(x, known) for x in (node.left, *node.comparators)))
    if isinstance(node, ast.Attribute) and node.attr == "T":
        inner = shape_of(node.value, known)
        return inner and inner[::-1]
    return _of_call(node, known)


def _of_call(node: ast.AST, known: Mapping[str, Shape | None]) -> Shape | None:
    found = reduced(node)
    if found:
        _, axis, operands = found
        inner = shape_of(operands[0], known)
        if inner is None:
            raise UnknownShape
        return ((ONE, inner[1]), (inner[0], ONE), None)[axis]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "float":
        return None
    if numpy_function(node) in CALLS:
        return broadcast(*(shape_of(x, known) for x in node.args))  # type: ignore[attr-defined]
    raise UnknownShape


def numpy_function(node: ast.AST) -> str:
    """Name of the function of NumPy, or helper, that is called; empty for anything else."""
    if not isinstance(node, ast.Call) or node.keywords:
        return ""
    f = node.func
    if isinstance(f, ast.Name):
        return f.id if f.id in CALLS else ""
    if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name) and f.value.id == "np":
        return f.attr
    return ""


def reduction(node: ast.AST) -> tuple[str, int, list[ast.expr]] | None:
    """Kind, axis and operands of ``a.sum(axis=…, keepdims=True)`` and of dots by einsum."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        options = {str(k.arg): ast.unparse(k.value) for k in node.keywords}
        if node.func.attr == "sum" and options.get("keepdims") == "True":
            return "sum", int(options["axis"]), [node.func.value]
    if isinstance(node, ast.Subscript) and numpy_function(node.value) == "einsum":
        spec, *operands = node.value.args  # type: ignore[attr-defined]
        axis = {"ij,ij->j": 0, "ij,ij->i": 1}.get(spec.value)
        return None if axis is None else ("dot", axis, operands)
    return None


def product_shape(left: Shape | None, right: Shape | None) -> Shape:
    """Shape of a matrix product."""
    if left is None or right is None:
        raise UnknownShape
    return left[0], right[1]


def broadcast(*shapes: Shape | None) -> Shape | None:
    """Shape that NumPy broadcasts to."""
    found: Shape | None = None
    for shape in shapes:
        if found is None or shape is None:
            found = found or shape
        else:
            found = _wider(found[0], shape[0]), _wider(found[1], shape[1])
    return found


def _wider(a: Expr, b: Expr) -> Expr:
    if a == ONE or same(a, b):
        return b
    if b != ONE:
        raise UnknownShape
    return a


def is_large(shape: Shape | None) -> bool:
    """Whether a shape is a matrix's and no row's, column's or number's."""
    return shape is not None and ONE not in shape


def untransposed(node: ast.expr) -> tuple[ast.expr, bool]:
    """A factor without its transposition, and whether it had one."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value, True
    return node, False


def names_in(node: ast.AST) -> list[str]:
    """Names that an expression reads, each as often as it does."""
    found: list[str] = []
    pending = [node]
    for x in pending:
        if isinstance(x, ast.Name):
            found.append(x.id)
            continue
        for field in x._fields:
            child = getattr(x, field, None)
            parts = child if isinstance(child, list) else (child,)
            pending += [part for part in parts if isinstance(part, ast.AST)]
    return found


def is_gram(product: ast.BinOp) -> bool:
    """Whether a product is AᵀA or AAᵀ, half worked out and half copied, by ``@`` the faster."""
    factors = [untransposed(x) for x in (product.left, product.right)]
    (left, left_turned), (right, right_turned) = factors
    return left_turned != right_turned and ast.unparse(left) == ast.unparse(right)


def is_square(node: ast.expr) -> bool:
    """Whether this is A**2, for which older NumPy takes long where it is a power with ``out=``."""
    power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    return power and ast.unparse(node.right) == "2"  # type: ignore[attr-defined]


def reduced(node: ast.AST) -> tuple[str, int, list[ast.expr]] | None:
    """Kind, axis (2 for both) and operands of a reduction."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        options = {str(k.arg): ast.unparse(k.value) for k in node.keywords}
        if node.func.attr in ("max", "min") and options.get("keepdims") == "True":
            return node.func.attr, int(options["axis"]), [node.func.value]
        if ast.unparse(node.func) == "np.ptp":
            return "range", int(options["axis"]), node.args
    if numpy_function(node) in ("vdot", "sum"):
        return "sum", 2, node.args  # type: ignore[attr-defined]
    found = reduction(node)
    return None if found is None else ("sum", found[1], found[2])


def shown(node: ast.AST) -> str:
    """Text of an expression as formatters write it."""
    return ast.unparse(node).replace(" ** ", "**").replace("'", '"')


def viewed(value: ast.expr) -> str:
    """The name of the array that a value is a view of; empty where it is none."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Subscript) or (isinstance(value, ast.Attribute) and value.attr == "T"):
        return viewed(value.value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return viewed(value.func.value) if value.func.attr == "reshape" else ""
    return ""
