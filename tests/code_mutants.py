"""Functions with one mistake put in, and how a mistake gets into the running program."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from tests.code_edits import EDITS

ROOT = Path(__file__).parents[1]
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
KEPT = {"annotation", "returns", "decorator_list", "args", "format_spec", "type_params"}
"""Fields that no edit enters, but the arguments of a call."""


@dataclass(frozen=True)
class Place:
    """A node of a syntax tree: where it hangs, its statement, the functions around it."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    statement: ast.stmt
    around: tuple[tuple[str, int], ...]

    def put(self, new: ast.AST) -> None:
        """Hang another node there."""
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake.

    Attributes
    ----------
    file : str
        From the root of the project.
    edit : str
        The kind of mistake.
    place, new
        Where it is, and what stands there.
    """

    file: str
    edit: str
    tree: ast.Module
    place: Place
    new: ast.AST

    @property
    def function(self) -> str:
        """The innermost function around the mistake."""
        return self.place.around[-1][0]

    @property
    def line(self) -> int:
        """Line of the mistake."""
        node = self.place.node
        return getattr(node, "lineno", self.place.statement.lineno)

    @property
    def starts_a_line(self) -> bool:
        """Whether a line of its function's code is that of the mistake."""
        wanted = self.place.around[-1:]
        whole = compile(self.tree, str(ROOT / self.file), "exec")
        return any(self.line in lines_of(c) for c in codes_of(whole, set(wanted)).values())

    @cached_property
    def said(self) -> str:
        """What stood there, and what stands there now."""
        return f"{shown(self.place.node)} → {shown(self.new)}"

    @property
    def key(self) -> tuple[str, str, str]:
        """File, function and change."""
        return self.file, self.function, self.said

    def codes(self) -> dict[tuple[str, int], CodeType]:
        """Code of the functions around the mistake, with the mistake."""
        self.place.put(self.new)
        try:
            whole = compile(self.tree, str(ROOT / self.file), "exec")
        finally:
            self.place.put(self.place.node)
        return codes_of(whole, set(self.place.around))

    def install(self, functions: list[FunctionType] | None = None) -> bool:
        """Put the mistake into those functions that it is made in; whether any is there."""
        known = functions if functions is not None else all_functions()
        return install(known, str(ROOT / self.file), self.codes())


def all_functions() -> list[FunctionType]:
    """Every function of this process."""
    return [f for f in gc.get_objects() if isinstance(f, FunctionType)]


def install(
    functions: list[FunctionType], file: str, codes: dict[tuple[str, int], CodeType]
) -> bool:
    """Give functions of a file other code; whether there are any."""
    changed = False
    for function in (f for f in functions if f.__code__.co_filename == file):
        code = codes.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code is not None and len(code.co_freevars) == len(function.__code__.co_freevars):
            function.__code__ = code
            changed = True
    return changed


def codes_of(code: CodeType, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], CodeType]:
    """Code of functions by name and line; what two have on one line is left out."""
    found: dict[tuple[str, int], list[CodeType]] = {}
    pending = [code]
    while pending:
        for inner in pending.pop().co_consts:
            if isinstance(inner, CodeType):
                pending.append(inner)
                found.setdefault((inner.co_qualname, inner.co_firstlineno), []).append(inner)
    return {key: codes[0] for key, codes in found.items() if key in wanted and len(codes) == 1}


def lines_of(code: CodeType) -> set[int | None]:
    """Lines of a function and of the comprehensions in it."""
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    own = {line for _, _, line in code.co_lines()}
    return own.union(*map(lines_of, inner))


def shown(node: ast.AST) -> str:
    """A node as source on one line."""
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


def mutants(file: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of the file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for place in places(tree):
        for edit, propose in EDITS.items():
            for new in propose(place.node):
                if ast.dump(new) != ast.dump(place.node):
                    yield Mutant(file, edit, tree, place, new)


def places(tree: ast.Module) -> Iterator[Place]:
    """Nodes inside functions where an edit may be made."""
    return _below(tree, (), "", None)


def _below(
    node: ast.AST, around: tuple[tuple[str, int], ...], prefix: str, statement: Any
) -> Iterator[Place]:
    for field, index, child in children(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.Lambda):
            yield from _inside(child, around, prefix, statement)
            continue
        inner = child if isinstance(child, ast.stmt) else statement
        if around and not _is_text(child):
            yield Place(node, field, index, child, inner, around)
        yield from _below(child, around, prefix, inner)


def _inside(
    child: Any, around: tuple[tuple[str, int], ...], prefix: str, statement: Any
) -> Iterator[Place]:
    name = prefix + getattr(child, "name", "<lambda>")
    if isinstance(child, ast.ClassDef):
        yield from _below(child, around, f"{name}.", statement)
        return
    first = min([child.lineno, *(d.lineno for d in getattr(child, "decorator_list", ()))])
    yield from _below(child, (*around, (name, first)), f"{name}.<locals>.", statement or child)


def children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Nodes below, with field and number in it."""
    for field, value in ast.iter_fields(node):
        if field in KEPT and not (field == "args" and isinstance(node, ast.Call)):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            yield from ((field, k, x) for k, x in enumerate(value) if isinstance(x, ast.AST))


def _is_text(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Expr) else node
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
