"""What sympy and matcalc answer where sympy's matrix derivatives are known to fail.

``python -m tests.sympy_failures`` runs both on every case and prints a table, with ``telling`` that
of the README. Each answer of sympy is judged by numbers, in a process of its own with a limit of
time; what matcalc answers is judged in the tests.
"""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy import MatrixSymbol, symbols

import matcalc
from matcalc import from_sympy
from matcalc.node import Node
from matcalc.operators.shapes import is_one
from matcalc.show import text
from tests.sympy_values import Unevaluated, derivative, value

SECONDS = 60
SHOWN, WIDEST = 45, 100
"""Characters that are shown of an answer of sympy and of one of matcalc."""

n, p, q, k, m = symbols("n p q k m", integer=True, positive=True)
SIZES = dict(zip((n, p, q, k, m), (4, 3, 5, 2, 6), strict=True))
SCALARS = {"c": symbols("c", real=True)}
SHAPES = {
    "S": (n, n), "M": (n, n), "X": (n, p), "A": (m, n), "B": (p, q), "Y": (m, q), "L": (m, n),
    "U": (m, k), "V": (k, n), "C": (p, k), "D": (k, q), "K": (n * p, p * q),
    "x": (n, 1), "w": (n, 1), "y": (m, 1),
}  # fmt: skip
MATRICES = {name: MatrixSymbol(name, *shape) for name, shape in SHAPES.items()}
NAMES = {
    **vars(sympy),
    "softplus": lambda t: sympy.log(1 + sympy.exp(t)),
    "n": n,
    "p": p,
    "q": q,
    "k": k,
    "m": m,
    **SCALARS,
    **MATRICES,
}
SHORTHANDS = {
    "H": "(A*X).applyfunc(tanh)",
    "G": "(H*C).applyfunc(tanh)",
}


class Case(NamedTuple):
    """A function of matrices in sympy's notation, and what it is to be differentiated by."""

    written: str
    by: str
    source: str = ""
    order: int = 1
    instead: str = ""
    """How matcalc writes what sympy cannot."""


TELLING = [
    Case("Trace(S) + 1", "S", "#26561"),
    Case("Trace(A.T*A) + Trace(B.T*B)", "A", "#27406"),
    Case("Trace((L - U*V).T*(L - U*V))/2 + Trace(U.T*U)/2", "U", "#26585"),
    Case("Trace(Identity(n) - S)**2", "S", "#30527"),
    Case("x/Trace(x.T*x)", "x", "#23931"),
    Case("S[1, 1]", "S", "#17229"),
    Case("sqrt(Trace(X.T*X))", "X", "#28615"),
    Case("(x.T*w).applyfunc(exp)", "x", "#28916"),
    Case("Determinant(S**k)", "S", "#28640"),
    Case("log(Determinant(X.T*X))", "X", "#28618"),
    Case("log(Determinant(S)) + Trace(x.T*S.I*x)", "S"),
    Case("log(Trace(OneMatrix(1, n)*x.applyfunc(exp)))", "x"),
    Case("Trace(M*S)/Determinant(S)", "S"),
    Case("Trace(S**k)", "S", "#28622"),
    Case("Trace(KroneckerProduct(S, S))", "S", "#15580"),
    Case("x.T*DiagMatrix(x)*M*x", "x"),
    Case("Trace((H*B - Y).T*(H*B - Y))", "X"),
    Case("Trace(OneMatrix(1, m)*(A*x).applyfunc(exp))", "x", order=2),
]
"""The table of the README."""
FURTHER = [
    Case("Trace(S) + Trace(S*S)", "S", "#23492"),
    Case("1/Trace(S)", "S", "#23931"),
    Case("Trace(x.T*w) + c", "w", "#24725"),
    Case("w[0, 0]", "w", "#24725"),
    Case("(x.T*M*x)[0, 0]**2", "x"),
    Case("sqrt((x.T*x)[0, 0])", "x"),
    Case("(x.T*w)**2", "x"),
    Case("Determinant(S)", "S"),
    Case("c*Determinant(S)", "S", "#28838"),
    Case("1/Determinant(S)", "S", "#28838"),
    Case("log(Determinant(S))", "S", "#28618"),
    Case("log(Trace(M*S))", "S"),
    Case("exp(Trace(S))", "S"),
    Case("Trace(exp(S))", "S", instead="trace(expm(S))"),
    Case("Trace(M*S**k)", "S", "#28622"),
    Case("S**k", "S", "#15650"),
    Case("(A*x).applyfunc(exp)", "x", "#21062"),
    Case("Trace(KroneckerProduct(M, S))", "S", "#15580"),
    Case("Trace((KroneckerProduct(X, B) - K).T*(KroneckerProduct(X, B) - K))", "X"),
    Case("X.T", "X"),
    Case("A*X*B", "X"),
    Case("Trace(DiagonalOf(S).T*DiagonalOf(S))", "S"),
    Case("Trace(OneMatrix(1, m)*HadamardProduct(y, A*x).applyfunc(softplus))", "x"),
    Case("Trace((G*D - Y).T*(G*D - Y))", "A"),
    Case("x.T*M*x/2 + w.T*x", "x", "#9840", order=2),
    Case("Trace(x.T*M*x)**2", "x", order=2),
    Case("Trace((L - U*V).T*(L - U*V))", "U", order=2),
]


def built(case: Case) -> tuple[Any, Any]:
    """The function and the variable in sympy."""
    names = dict(NAMES)
    for name, written in SHORTHANDS.items():
        names[name] = eval(written, names)
    return eval(case.written, names), names[case.by]


def data(seed: int = 0) -> dict[Any, Any]:
    """Random values of everything; S has a positive determinant and trace."""
    rng = np.random.default_rng(seed)
    found: dict[Any, Any] = {**SIZES, SCALARS["c"]: 0.7}
    for name, shape in SHAPES.items():
        table = rng.uniform(0.3, 1.5, [int(sympy.sympify(size).subs(SIZES)) for size in shape])
        found[MATRICES[name]] = table + 3 * np.eye(SIZES[n]) if name == "S" else table
    return found


def truth(case: Case, f: Any, x: Any) -> Any:
    """The derivative by the complex step, the second one by differences of it."""
    at = data()
    if case.order == 1:
        return derivative(f, x, at)
    h, rows = 1e-4, []
    for place in np.ndindex(at[x].shape):
        step = np.zeros(at[x].shape)
        step[place] = h
        ends = (derivative(f, x, {**at, x: at[x] + s * step}) for s in (1, -1))
        rows.append(np.subtract(*ends) / (2 * h))
    return np.reshape(rows, at[x].shape * 2)


def sympy_says(case: Case) -> str:
    """What sympy answers, and whether that is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _sympy_says(case)


def _sympy_says(case: Case) -> str:
    try:
        f, x = built(case)
    except Exception as error:
        return f"cannot be written: `{type(error).__name__}`"
    try:
        found = f
        for _ in range(case.order):
            found = found.diff(x)
    except Exception as error:
        return f"raises `{type(error).__name__}`"
    return f"{judged(found, truth(case, f, x))}`{shortened(str(found), SHOWN)}`"


def judged(found: Any, expected: Any) -> str:
    """Whether an answer has the right values, in the layout that sympy chooses."""
    try:
        values = np.squeeze(np.real(value(found, data())))
    except Unevaluated:
        return "unevaluated: "
    except ValueError:
        return "**ill-shaped**: "
    expected = np.squeeze(expected)
    right = any(
        values.shape == e.shape and np.allclose(values, e, rtol=1e-6)
        for e in (expected, expected.T)
    )
    arrays = any(type(part).__module__.endswith("array_expressions") for part in found.args)
    return ("right, as an array: " if arrays else "right: ") if right else "**wrong**: "


def shortened(shown: str, limit: int) -> str:
    """The beginning of a long answer."""
    return shown if len(shown) <= limit else f"{shown[: limit - 2]} …"


def within_limit(case: Case) -> str:
    """What sympy answers in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.sympy_failures", case.written, case.by]
    try:
        run = subprocess.run(
            [*command, str(case.order)], capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {SECONDS} s"
    return run.stdout.strip() or f"dies: `{run.stderr.strip().splitlines()[-1][:60]}`"


def matcalc_expressions(case: Case) -> tuple[Any, Any]:
    """The function and the variable here."""
    if case.instead:
        S = from_sympy(MATRICES[case.by])
        return eval(case.instead, {**vars(matcalc), case.by: S}), S
    return tuple(map(from_sympy, built(case)))


def matcalc_result(case: Case) -> Any:
    """The gradient, or the Jacobian of a matrix, or the Hessian."""
    f, x = matcalc_expressions(case)
    if case.order == 2:
        return matcalc.hessian(f, x).value
    if isinstance(f, Node) and not (is_one(f.rows) and is_one(f.cols)):
        return matcalc.jacobian(f, x).value
    return matcalc.gradient(f, x).value


def row(case: Case, sympy_answer: str) -> str:
    """One row of the table."""
    by = ", ".join([case.by] * case.order)
    issue = f" ({case.source})" if case.source else ""
    answer = f"`{shortened(text(matcalc_result(case)), WIDEST)}`"
    return f"| `{case.written}`{issue} | `{by}` | {sympy_answer} | {answer} |"


def table(cases: list[Case]) -> list[str]:
    """What both answer, as a table in Markdown."""
    head = f"| function | by | sympy {sympy.__version__} | matcalc |"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(within_limit, cases))
    rows = [row(case, says) for case, says in zip(cases, answers, strict=True)]
    return [head, "|---|---|---|---|", *rows]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(sympy_says(Case(sys.argv[1], sys.argv[2], order=int(sys.argv[3]))))
    else:
        print("\n".join(table(TELLING if sys.argv[1:] == ["telling"] else TELLING + FURTHER)))
