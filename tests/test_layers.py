"""Imports point one way, files stay small, no string is evaluated, no operator is left out."""

import ast
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import derivations
import matcalc
from matcalc.laws.tables import DIFFERENTIALS
from matcalc.node import Node, Operator, ScalarNode, walk
from matcalc.operators.constants import Constant
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.scalars import Differential, ScalarDifferential
from matcalc.rewrite import Law, Table

LAYERS = (
    {"errors", "version", "files", "latex_subset", "protocols", "scalars", "spelling", "flat"},
    {"names", "nesting", "threads", "live"},
    {"dimensions", "node"},
    {"operators"},
    {"elementary", "scalar_text", "symbols", "specialise", "fact_rules", "facts", "kinds"},
    {"match", "lines", "vocabulary", "monomials", "measure", "rewrite"},
    {"typesetting", "mathml", "line_breaks", "show", "confusable", "defined", "presentation"},
    {"plain_text", "page", "latex_document", "wording"},
    {"numeric", "pointwise", "inversion", "eigenpairs", "loops"},
    {"work", "function_work", "counts"},
    {"laws"},
    {"derivation", "differential", "structured", "gradient", "jacobian", "directional", "vec_form"},
    {"graph", "plots"},
    {"drawing", "indexing", "sampling", "numdiff", "interop", "lower"},
    {"compare", "check", "agreement", "run_times", "prove"},
    {"extend"},
    {"claims", "parsing"},
    {"__init__"},
    {"command", "__main__"},
    {"derivations"},
)
"""What a module may import: its own layer and those before it."""

ENGINE = {"fact_rules", "facts", "match", "lines", "monomials", "measure", "rewrite", "laws"}
"""What decides a result, and what the judges of a result may not use."""
JUDGES = {
    *("symbols", "numeric", "pointwise", "inversion", "eigenpairs", "loops"),
    *("drawing", "indexing", "sampling", "numdiff"),
}

PRINTERS = {"show", "scalar_text", "presentation"}
"""What writes text, and what the reader of text may not use."""

LONGEST = 320
EVALUATORS = {"eval", "sympify", "parse_expr", "lambdify"}

PACKAGES = (matcalc, derivations)


def _sources() -> dict[str, Path]:
    """Dotted name of every module, and its file."""
    found = {}
    for package in PACKAGES:
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


SOURCES = _sources()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}
NODES = {name: list(ast.walk(tree)) for name, tree in TREES.items()}
in_every_module = pytest.mark.parametrize("module", SOURCES)


def _is_own(name: str) -> bool:
    return name.split(".")[0] in {package.__name__ for package in PACKAGES}


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Own modules that the imports among these nodes name."""
    for statement in nodes:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if _is_own(alias.name))
        elif isinstance(statement, ast.ImportFrom) and _is_own(statement.module or ""):
            for alias in statement.names:
                inner = f"{statement.module}.{alias.name}"
                yield inner if inner in SOURCES else str(statement.module)


IMPORTS = {name: set(_imports(nodes)) for name, nodes in NODES.items()}


def _part(module: str) -> str:
    """The name under which a module stands in `LAYERS`."""
    top, *rest = module.split(".")
    return "derivations" if top == "derivations" else rest[0] if rest else "__init__"


def _layer(module: str) -> int:
    layers = [i for i, layer in enumerate(LAYERS) if _part(module) in layer]
    assert len(layers) == 1, f"{module} needs one place in LAYERS"
    return layers[0]


def _reachable(module: str) -> set[str]:
    found, pending = set(), [module]
    while pending:
        new = IMPORTS[pending.pop()] - found
        found |= new
        pending += new
    return found


@in_every_module
def test_imports_point_down(module: str) -> None:
    upward = sorted(used for used in IMPORTS[module] if _layer(used) > _layer(module))
    assert not upward, f"{module} imports {', '.join(upward)} from a later layer"


def test_imports_have_no_cycle() -> None:
    assert len(list(TopologicalSorter(IMPORTS).static_order())) == len(IMPORTS)


@pytest.mark.parametrize("module", [m for m in SOURCES if _part(m) in JUDGES])
def test_judges_share_no_code_with_the_engine(module: str) -> None:
    used = {used for used in _reachable(module) if _part(used) in ENGINE}
    assert not used, f"{module} reaches {', '.join(sorted(used))}"


@pytest.mark.parametrize("module", [m for m in SOURCES if _part(m) == "parsing"])
def test_the_reader_shares_no_code_with_the_printers(module: str) -> None:
    used = {used for used in _reachable(module) if _part(used) in PRINTERS}
    assert not used, f"{module} reaches {', '.join(sorted(used))}"


@in_every_module
def test_no_import_stands_in_a_function(module: str) -> None:
    functions = [x for x in NODES[module] if isinstance(x, ast.FunctionDef)]
    hidden = {f"{f.name}: {name}" for f in functions for name in _imports(ast.walk(f))}
    assert not hidden, f"{module} imports inside functions: {', '.join(sorted(hidden))}"


@pytest.mark.parametrize("module", [m for m in SOURCES if m.startswith("matcalc")])
def test_files_stay_small(module: str) -> None:
    lines = len(SOURCES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{module} has {lines} lines"


@in_every_module
def test_no_string_is_evaluated(module: str) -> None:
    calls = [x.func for x in NODES[module] if isinstance(x, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
    assert not names & EVALUATORS


def _modules() -> Iterator[Any]:
    """Every module of matcalc, imported."""
    yield matcalc
    for found in pkgutil.walk_packages(matcalc.__path__, "matcalc."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _laws_in(value: Any) -> tuple[Law, ...]:
    if isinstance(value, Table):
        return value.laws
    rows = value if isinstance(value, tuple | list) else (value,)
    return tuple(row for row in rows if isinstance(row, Law))


MODULES = list(_modules())
LAWS = {id(law): law for m in MODULES for value in vars(m).values() for law in _laws_in(value)}
OPERATORS = [cls for cls in Operator.OPERATORS if cls.__module__.startswith("matcalc.")]
LANGUAGE = [cls for cls in OPERATORS if cls.__module__.startswith("matcalc.operators.")]
PRIMITIVE = (Variable, Named, Constant, Differential, ScalarDifferential)
"""Operators whose differential is a symbol of its own, that of a definition, or zero."""

of_every_operator_of_the_language = pytest.mark.parametrize(
    "operator", LANGUAGE, ids=lambda cls: cls.__name__
)


def test_law_names_are_unique() -> None:
    counts = Counter(law.name for law in LAWS.values())
    assert not [name for name, count in counts.items() if count > 1]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda cls: cls.__name__)
def test_operators_are_complete(operator: Any) -> None:
    for name in Operator.REQUIRED:
        assert callable(getattr(operator, name))
        assert getattr(operator, name) not in (getattr(Node, name, 0), getattr(ScalarNode, name, 0))


def test_operator_names_are_unique() -> None:
    assert len({operator.__name__ for operator in OPERATORS}) == len(OPERATORS)


@cache
def _types_in_laws() -> set[type]:
    sides = (side for law in LAWS.values() for side in (law.lhs, law.rhs))
    return {type(x) for side in sides for x in walk(side)}


@of_every_operator_of_the_language
def test_every_operator_has_a_law(operator: Any) -> None:
    assert any(issubclass(found, operator) for found in _types_in_laws())


@of_every_operator_of_the_language
def test_every_operator_has_a_differential(operator: Any) -> None:
    rows = [law.lhs.operands[0] for law in DIFFERENTIALS.laws if law.lhs.operands]
    assert issubclass(operator, PRIMITIVE) or any(isinstance(row, operator) for row in rows)
