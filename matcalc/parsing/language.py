"""The language as text: one expression, or a short program of declarations and an expression."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from matcalc.dimensions import identifier
from matcalc.errors import MatcalcError, ParseError
from matcalc.node import Node
from matcalc.parsing.declarations import declare, sizes_of, with_sizes
from matcalc.parsing.operations import kind_of
from matcalc.parsing.reader import Reader
from matcalc.parsing.source import located, syntax_tree
from matcalc.parsing.words import words_of


@dataclass(frozen=True)
class Program:
    """What a program declares, and the expression at its end, if there is one."""

    names: Mapping[str, Any]
    value: Node | Expr | None


class Language:
    """A language whose words are the functions of a namespace that make expressions.

    Parameters
    ----------
    namespace : mapping
        Names of a package, what makes no expressions among them.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.words = words_of(namespace)

    def parse(
        self, text: str, declared: Mapping[str, Any] | None = None, /, **shapes: Any
    ) -> Node | Expr:
        """Read an expression; nothing in it is run.

        Parameters
        ----------
        text : str
            An expression in the language's Python syntax.
        declared : mapping, optional
            From names to what they stand for, as `names_in` gives it.
        **shapes : tuple or str
            Sizes of further names: ``X=("N", "p")`` or ``X="N,p"`` for a matrix, ``w="p"`` for a
            column, ``lam=""`` for a scalar; with facts ``S="n,n:symmetric"``. Names of sizes need
            no declaration.

        Returns
        -------
        Node or sympy.Expr
            The same object as Python gives for the same text; only that 1/3 is exact.

        Raises
        ------
        ParseError
            For anything that is no expression of the language; a note shows where.
        BudgetExceeded
            For text, numbers or powers that are too large.
        ShapeError, UnsupportedInput, NameRefused
            As the language raises them, with a note that shows where.

        Examples
        --------
        >>> from matcalc import parse
        >>> parse("sum((X @ w - y)**2) / N", X=("N", "p"), w="p", y="N")
        sum((X @ w - y)**2)/N
        >>> parse("trace(inv(lam * identity(n) + S))", S="n,n:symmetric", lam=":positive")
        trace(inv(lam * identity(n) + S))
        """
        names = {name: declare(identifier(name), spec) for name, spec in shapes.items()}
        return self.expression(text, with_sizes({**(declared or {}), **names}))

    def expression(self, text: str, names: Mapping[str, Any]) -> Node | Expr:
        """Read an expression in which the names are declared, those of sizes as well."""
        plain, tree = syntax_tree(text)
        return Reader(self.words, names, plain).expression(tree.body)

    def program(self, text: str, names: Mapping[str, Any] | None = None) -> Program:
        r"""Read lines ``name = expression`` and an expression at the end; nothing is run.

        Examples
        --------
        >>> import matcalc
        >>> lines = 'A, n = matrix("A", "n", "n"), dims("n")\nH = let("H", A + A.T)\ntrace(H)'
        >>> Language(vars(matcalc)).program(lines).value
        trace(H)
        """
        plain, tree = syntax_tree(text, "exec")
        known = dict(names or {})
        for statement in tree.body[:-1]:
            self._declare(statement, known, plain)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            return Program(known, Reader(self.words, known, plain).expression(last.value))
        if last is not None:
            self._declare(last, known, plain)
        return Program(known, None)

    def _declare(self, statement: Any, known: dict[str, Any], text: str) -> None:
        """Add the names of one line, and those of the sizes in it."""
        try:
            targets = _targets(statement)
            value = Reader(self.words, known, text).value(statement.value)
            for name, x in zip(targets, _values(value, len(targets)), strict=True):
                known[identifier(name)] = x
        except MatcalcError as error:
            located(error, text, statement)
            raise
        for name, size in sizes_of(known.values()).items():
            known.setdefault(name, size)


def _targets(statement: Any) -> list[str]:
    if not isinstance(statement, ast.Assign):
        raise ParseError(
            f"{kind_of(statement)} is no line of the language: lines are name = expression, "
            "the last one may be an expression"
        )
    target = statement.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    if len(statement.targets) > 1 or not all(isinstance(x, ast.Name) for x in names):
        raise ParseError("only names are assigned to, as in X = … or X, y = …, …")
    return [x.id for x in names if isinstance(x, ast.Name)]


def _values(value: Any, count: int) -> list[Any]:
    several = list(value) if isinstance(value, tuple) else [value]
    if isinstance(value, str | list | slice | bool) or len(several) != count:
        raise ParseError(f"{count} names are assigned {len(several)} values")
    return several
