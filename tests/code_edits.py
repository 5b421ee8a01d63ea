"""Small mistakes for a function: what may stand at a place of its syntax tree instead.

An edit takes a node and yields what may replace it. Text, annotations and default values stay.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

Proposed = Iterator[ast.AST]

BOUNDS: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITES: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
ATTRIBUTES = {"rows": "cols", "cols": "rows"}
IN_ORDER = {
    "isinstance",
    "issubclass",
    "map",
    "filter",
    "getattr",
    "setattr",
    "hasattr",
    "enumerate",
}
"""Functions that fail at once when their arguments change places."""
SYMMETRIC = {"same", "min", "max"}
"""Functions to which the order of their arguments says nothing."""


def with_new(node: Any, **fields: Any) -> Any:
    """The same node with other fields."""
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def comparison_flipped(node: ast.AST) -> Proposed:
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for table in (BOUNDS, OPPOSITES):
                if type(op) in table:
                    ops = [*node.ops[:k], table[type(op)](), *node.ops[k + 1 :]]
                    yield with_new(node, ops=ops)


def arithmetic_changed(node: ast.AST) -> Proposed:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield with_new(node, op=ARITHMETIC[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


def and_or_swapped(node: ast.AST) -> Proposed:
    if isinstance(node, ast.BoolOp):
        yield with_new(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def condition_dropped(node: ast.AST) -> Proposed:
    """One operand of and, or; one condition of a comprehension."""
    if isinstance(node, ast.BoolOp):
        for k in range(len(node.values)):
            kept = [*node.values[:k], *node.values[k + 1 :]]
            yield with_new(node, values=kept) if len(kept) > 1 else kept[0]
    if isinstance(node, ast.comprehension):
        for k in range(len(node.ifs)):
            yield with_new(node, ifs=[*node.ifs[:k], *node.ifs[k + 1 :]])


def negation_changed(node: ast.AST) -> Proposed:
    """A ``not`` dropped; one put in where a function says yes or no."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
        f = node.value.func
        if isinstance(f, ast.Name) and f.id in ("bool", "isinstance", "any", "all"):
            yield with_new(node, value=placed(ast.UnaryOp(ast.Not(), node.value), node))


def branch_fixed(node: ast.AST) -> Proposed:
    """A condition that always holds, one that never does: then a guard is gone."""
    if isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Constant):
        for value in (True, False):
            yield with_new(node, test=placed(ast.Constant(value), node.test))


def constant_changed(node: ast.AST) -> Proposed:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield with_new(node, value=not node.value)
        elif isinstance(node.value, int):
            yield with_new(node, value=node.value + 1)
            yield with_new(node, value=node.value - 1)


def arguments_swapped(node: ast.AST) -> Proposed:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in IN_ORDER | SYMMETRIC:
        args = node.args
        for k in range(len(args) - 1):
            pair = args[k : k + 2]
            if not any(isinstance(x, ast.Starred) for x in pair):
                yield with_new(node, args=[*args[:k], *reversed(pair), *args[k + 2 :]])


def name_swapped(node: ast.AST) -> Proposed:
    """``rows`` and ``cols``, ``any`` and ``all``, ``min`` and ``max``."""
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield with_new(node, id=NAMES[node.id])
    if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        yield with_new(node, attr=ATTRIBUTES[node.attr])


def statement_dropped(node: ast.AST) -> Proposed:
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Yield)
    stored = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    if call or stored or isinstance(node, ast.AugAssign | ast.Continue | ast.Break):
        yield placed(ast.Pass(), node)


def placed(new: Any, old: ast.AST) -> Any:
    """A new node that stands where an old one did."""
    return ast.fix_missing_locations(ast.copy_location(new, old))


EDITS: dict[str, Callable[[ast.AST], Proposed]] = {
    "comparison flipped": comparison_flipped,
    "arithmetic changed": arithmetic_changed,
    "and, or swapped": and_or_swapped,
    "condition dropped": condition_dropped,
    "negation changed": negation_changed,
    "branch fixed": branch_fixed,
    "constant changed": constant_changed,
    "arguments swapped": arguments_swapped,
    "name swapped": name_swapped,
    "statement dropped": statement_dropped,
}
