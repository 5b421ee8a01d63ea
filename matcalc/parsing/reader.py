"""Expressions from syntax trees: a whitelist, read bottom-up, without recursion.

Every kind of syntax that has a meaning has one method here; any other is refused by name. Nothing
is looked up but in tables: the declared names, the words of the language, a few names of sympy.
"""

import ast
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sympy import Expr, Integer
from sympy.core.function import UndefinedFunction

from matcalc.errors import MatcalcError, ParseError
from matcalc.node import Node, walk
from matcalc.operators.elementwise import AbstractFunction, elementwise, function
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.parsing.operations import EXPRESSION, bounded, kind_of, operate, require
from matcalc.parsing.source import located
from matcalc.parsing.words import DECIMAL, SYMPY, call, call_sympy, nearest
from matcalc.scalars import number

NAMED = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,99}")
"""Text that stands for a name, several names, or a fact."""
PRIMED = re.compile(r"(\w+?)((?:_prime)+)")


class Reader:
    """Reads the trees of one text.

    Parameters
    ----------
    words : mapping
        What may be called.
    names : mapping
        What is declared; these names come first.
    text : str
        What the trees were read from, for messages.
    """

    def __init__(self, words: Mapping[str, Any], names: Mapping[str, Any], text: str) -> None:
        self.words, self.names, self.text = words, names, text

    def expression(self, tree: Any) -> Node | Expr:
        """The matrix or the scalar that a tree stands for."""
        value = self.value(tree)
        try:
            require(value, EXPRESSION, "an expression is")
            return value if isinstance(value, Node) else number(value)
        except MatcalcError as error:
            located(error, self.text, tree)
            raise

    def value(self, tree: Any) -> Any:
        """What a tree stands for, operands first."""
        found: dict[Any, Any] = {}
        for x in walk(tree, self._parts):
            found[x] = self._located(x, [found[part] for part in self._parts(x)])
        return found[tree]

    def _located(self, x: Any, values: list[Any]) -> Any:
        try:
            return READERS[type(x)](self, x, *values)
        except MatcalcError as error:
            located(error, self.text, x)
            raise
        except Exception as error:
            shown = f"{type(error).__name__}: {str(error)[:200]}"
            raise located(ParseError(f"no expression: {shown}"), self.text, x) from error

    def _parts(self, x: Any) -> tuple[Any, ...]:
        """Subtrees that are read before a tree is."""
        if type(x) not in READERS:
            error = ParseError(f"{kind_of(x)} is no part of the language")
            raise located(error, self.text, x)
        if isinstance(x, ast.Call):
            return (*x.args, *(k.value for k in x.keywords))
        if isinstance(x, ast.Lambda) or (isinstance(x, ast.Attribute) and x.attr != "T"):
            return ()
        return tuple(c for c in ast.iter_child_nodes(x) if isinstance(c, ast.expr))

    def constant(self, x: ast.Constant) -> Any:
        """A number, or text that stands for a name or for digits."""
        value = x.value
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return bounded(number(value))
        if isinstance(value, str) and (NAMED.fullmatch(value) or DECIMAL.fullmatch(value)):
            return value
        raise ParseError(f"{str(value)[:40]!r} is no real number, name or fact")

    def name(self, x: ast.Name) -> Any:
        """What is declared under a name, or has it in the language."""
        if x.id in self.names:
            return self.names[x.id]
        primed = PRIMED.fullmatch(x.id)
        f = self.names.get(primed[1]) if primed else None
        if primed and isinstance(f, AbstractFunction):
            return function(f.name, f.order + primed[2].count("_"))
        if x.id in self.words:
            return self.words[x.id]
        hint = nearest(x.id, [*self.names, *self.words])
        remedy = (
            hint or f": declare it, as {x.id[:40]}:m,n for a matrix or {x.id[:40]}: for a scalar"
        )
        raise ParseError(f"unknown name {x.id[:40]!r}{remedy}")

    def binary(self, x: ast.BinOp, left: Any, right: Any) -> Any:
        """An operator between two operands."""
        return operate(x.op, left, right)

    def unary(self, x: ast.UnaryOp, operand: Any) -> Any:
        """A sign."""
        return operate(x.op, operand)

    def comparison(self, x: ast.Compare, *sides: Any) -> Any:
        """A condition on scalars."""
        if len(sides) != 2:
            raise ParseError("conditions are written one at a time, as (0 < x) & (x < 1)")
        return operate(x.ops[0], *sides)

    def attribute(self, x: ast.Attribute, *inner: Any) -> Any:
        """A transpose, or a function that only sympy has."""
        if inner:
            require(inner[0], Node, ".T takes")
            return inner[0].T
        if isinstance(x.value, ast.Name) and x.value.id == "sympy" and x.attr in SYMPY:
            return SYMPY[x.attr]
        raise ParseError(f"unknown attribute {x.attr[:40]!r}: .T is the only one of a matrix")

    def subscript(self, x: ast.Subscript, a: Any, key: Any) -> Any:
        """An entry or a block."""
        require(a, Node, "brackets take entries and blocks of")
        return a[key]

    def slice(self, x: ast.Slice, *ends: Any) -> Any:
        """What stands between brackets as a:b."""
        given = iter(ends)
        return slice(*(None if end is None else next(given) for end in (x.lower, x.upper, x.step)))

    def sequence(self, x: ast.List | ast.Tuple, *values: Any) -> Any:
        """Blocks in rows, or a value with its condition."""
        return list(values) if isinstance(x, ast.List) else values

    def unread(self, x: ast.Lambda) -> Any:
        """A function, read where it is used."""
        return x

    def call(self, x: ast.Call, *values: Any) -> Any:
        """A function of the language, of sympy, or a declared one."""
        given = [int(v) if isinstance(v, Integer) else v for v in values]
        operands, rest = given[: len(x.args)], given[len(x.args) :]
        keywords = {str(k.arg): v for k, v in zip(x.keywords, rest, strict=True)}
        if any(k.arg is None for k in x.keywords):
            raise ParseError("operands with ** are no part of the language")
        if isinstance(x.func, ast.Attribute):
            return self._call_sympy(x.func, operands, keywords)
        if not isinstance(x.func, ast.Name):
            raise ParseError("only functions of the language are called, by their names")
        f = self.name(x.func)
        if isinstance(f, AbstractFunction | UndefinedFunction) and len(given) == 1:
            require(values[0], EXPRESSION, f"{x.func.id} takes")
            return f(values[0])
        if f is not self.words.get(x.func.id):
            raise ParseError(f"{x.func.id} is no function of one operand: it is not called so")
        if f is elementwise and operands:
            operands[0] = self._function(operands[0])
        return bounded(call(x.func.id, f, operands, keywords))

    def _call_sympy(self, x: ast.Attribute, operands: list[Any], keywords: dict[str, Any]) -> Any:
        if not isinstance(x.value, ast.Name) or x.value.id != "sympy":
            raise ParseError(f"unknown method {x.attr[:40]!r}: matrices have none")
        return bounded(call_sympy(x.attr, operands, keywords))

    def _function(self, f: Any) -> Callable[..., Any]:
        """The first operand of elementwise: a function by name, or lambda x: …, lambda x, y: …."""
        if callable(f) and not isinstance(f, Node | Expr):
            return f
        if not isinstance(f, ast.Lambda):
            raise ParseError("elementwise takes a function first, as lambda x: x / (1 + x**2)")
        names = [a.arg for a in f.args.args]
        others = (f.args.defaults, f.args.kwonlyargs, f.args.posonlyargs)
        if any(others) or f.args.vararg or f.args.kwarg or not 0 < len(names) < 3:
            raise ParseError("a function of entries is written lambda x: … or lambda x, y: …")
        slots = dict(zip(names, (ENTRY, OTHER), strict=False))
        body = Reader(self.words, {**self.names, **slots}, self.text).value(f.body)
        require(body, Expr, "the value of a function of entries is")
        return partial(_entrywise, body, len(names))


def _entrywise(body: Expr, count: int, *entries: Any) -> Expr:
    if len(entries) != count:
        raise ParseError(f"a function of {count} entries is applied to {len(entries)} matrices")
    return body


READERS: dict[type, Callable[..., Any]] = {
    ast.Constant: Reader.constant,
    ast.Name: Reader.name,
    ast.BinOp: Reader.binary,
    ast.UnaryOp: Reader.unary,
    ast.Compare: Reader.comparison,
    ast.Attribute: Reader.attribute,
    ast.Subscript: Reader.subscript,
    ast.Slice: Reader.slice,
    ast.List: Reader.sequence,
    ast.Tuple: Reader.sequence,
    ast.Lambda: Reader.unread,
    ast.Call: Reader.call,
}
"""Syntax that has a meaning, and what reads it."""
