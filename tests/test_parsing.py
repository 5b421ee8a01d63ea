"""Text read as expressions: what is read is what Python gives, anything else is refused."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sympy
from sympy import Rational

import matcalc as mc
from matcalc import parse
from matcalc.errors import (
    BudgetExceeded,
    MatcalcError,
    NameRefused,
    ParseError,
    ShapeError,
    UnsupportedInput,
)
from matcalc.node import Node
from matcalc.parsing import declare
from matcalc.parsing.source import LENGTH
from tests import worked

N, p, n, k = mc.dims("N p n k")
X, w, y, S = mc.matrix("X", N, p), mc.column("w", p), mc.column("y", N), mc.matrix("S", n, n)
lam, i, a = mc.scalar("lam", positive=True), mc.index("i"), mc.function("a")
gamma, beta = mc.row("gamma", p), mc.row("beta", p)
NAMES = {"X": X, "w": w, "y": y, "S": S, "lam": lam, "i": i, "a": a, "N": N, "p": p, "n": n}
NAMES |= {"k": k, "gamma": gamma, "beta": beta}

READ = {
    "X @ w - y": X @ w - y,
    "-X.T @ (+y)": -X.T @ y,
    "sum((X @ w - y)**2) / N": mc.sum((X @ w - y) ** 2) / N,
    "lam * mean(w) + Rational(2, 7)": lam * mc.mean(w) + Rational(2, 7),
    "1/3 * S": Rational(1, 3) * S,
    "0.1 * S + 1e-3 * S.T": 0.1 * S + 1e-3 * S.T,
    "pi * exp(1) * S": sympy.pi * sympy.E * S,
    "X[i, :] @ w": X[i, :] @ w,
    "X[1:3, :]": X[1:3, :],
    "X[:, p - 1]": X[:, p - 1],
    "X[i, 0] * w[-1, 0]": X[i, 0] * w[-1, 0],
    "S**-1 / S * S": S**-1 / S * S,
    "S ** S": S**S,
    "batch_norm(X, gamma, beta, ddof=1, eps=lam)": mc.batch_norm(X, gamma, beta, 1, lam),
    "block([[S, ones(n, 1)], [zeros(1, n), ones(1, 1)]])": mc.block(
        [[S, mc.ones(n, 1)], [mc.zeros(1, n), mc.ones(1, 1)]]
    ),
    "kron(gamma, ones('N', 1))": mc.kron(gamma, mc.ones("N", 1)),
    "a(X @ w) + a_prime(y) * a_prime_prime(y)": a(X @ w)
    + mc.function("a", 1)(y) * mc.function("a", 2)(y),
    "elementwise(lambda t: t / (1 + t**2), X)": mc.elementwise(lambda t: t / (1 + t**2), X),
    "elementwise(lambda s, t: sympy.Max(s, t), S, S.T)": mc.elementwise(sympy.Max, S, S.T),
    "elementwise(sympy.gamma, X)": mc.elementwise(sympy.gamma, X),
    "elementwise(lambda t: sympy.Piecewise((t, (t > lam) & (t < 3)), (0, True)), X)": (
        mc.elementwise(
            lambda t: sympy.Piecewise((t, (t > lam) & (t < 3)), (0, True)),
            X,
        )
    ),
    "matrix_power(S, k) @ expm(S)": mc.matrix_power(S, k) @ mc.expm(S),
    "sympy.Float('0.1', precision=136) * S": sympy.Float("0.1", 40) * S,
    "trace(\n    S @ S.T  # γ: a comment\n)": mc.trace(S @ S.T),
}


@pytest.mark.parametrize("text", READ)
def test_what_is_read_is_what_python_gives(text: str) -> None:
    assert parse(text, NAMES) == READ[text]


def test_names_are_declared_by_sizes_facts_or_objects() -> None:
    found = parse("S @ X @ w / N", S="N, N:symmetric", X=("N", p), w="p")
    assert found == mc.matrix("S", N, N, "symmetric") @ X @ w / N
    assert parse("c * u + Z", c="", u=(3,), Z=mc.zeros(3)) == mc.scalar("c") * mc.column("u", 3)
    assert declare("i", ":index") == i and declare("lam", ":positive") == lam
    assert declare("a", ":function")(y) == a(y) and declare("k", ":size") == k
    assert declare("v", "n*(n + 1)/2").shape == (n**2 / 2 + n / 2, 1)
    assert declare("P", "n,n:positive_definite,invertible").facts == (
        "positive definite",
        "invertible",
    )


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("n,n,n", ParseError),
        ("n,m:symmetric", ShapeError),
        ("n,n:symmetrical", ParseError),
        (":symmetric", ParseError),
        ("0", ShapeError),
        ("1/2", ShapeError),
        ("sqrt(n)", ParseError),
        ("n.__class__", ParseError),
        ("__import__('os')", MatcalcError),
        ("9**9**9", BudgetExceeded),
    ],
)
def test_sizes_and_facts_that_are_none(spec: str, error: type[MatcalcError]) -> None:
    with pytest.raises(error):
        declare("A", spec)


MAKE_NO_EXPRESSION = set(
    """SIMPLEST WITH_PSEUDO_INVERSES WITH_SCALINGS Claim Cost Derivation MatcalcError __version__
    both_forms claim claim_identity cost definitions derivative differential from_sympy gradient
    gradient_from_jacobian hessian hvp jacobian jvp kronecker_form names_in parse prove_equal
    sympy to_sympy verify vjp""".split()
)


def test_every_public_function_that_makes_expressions_is_a_word() -> None:
    assert set(mc.LANGUAGE.words) == set(mc.__all__) - MAKE_NO_EXPRESSION


REFUSED = {
    "trce(S)": "unknown name 'trce'; did you mean trace?",
    "batch_norm(X, gamma, beta, dof=1)": "did you mean ddof",
    "batch_norm(X)": r"batch_norm\(z, gamma, beta, ddof=0, eps=0\): missing",
    "X @ y": "did you mean X.T @ y",
    "X + 1": "cannot add the scalar 1",
    "sum": "a function: call it",
    "lam(3)": "lam is no function",
    "S.I": "unknown attribute 'I'",
    "S.inv()": "unknown method 'inv'",
    "S.T()": "unknown method 'T'",
    "lam.T": "takes a matrix, not the scalar lam",
    "lam[0, 0]": "brackets take entries and blocks of a matrix",
    "S[0]": "takes two indices",
    "S[::2, :]": "steps in brackets",
    "S == S": "comparison ==",
    "S < S": "takes a scalar, not the matrix S",
    "0 < lam < 1": "one at a time",
    "S & S": "takes a condition, not the matrix S",
    "lam < 1": "a matrix or a scalar",
    "S % 2": "no operator of the language",
    "S // 2": "no operator of the language",
    "not S": "no operator of the language",
    "S and X": "and, or is no part",
    "S if X else y": "if … else is no part",
    "lambda: 0": "a lambda",
    "trace(lambda: S)": "takes matrices, scalars, sizes and names",
    "elementwise(lambda *t: t, S)": "is written lambda x",
    "elementwise(lambda t=S: t, S)": "is written lambda x",
    "elementwise(lambda s, t: s * t, S)": "2 entries is applied to 1",
    "elementwise(lambda t: S, S)": "a scalar, not the matrix S",
    "elementwise(lambda t: t.real, S)": "unknown attribute 'real'",
    "elementwise(S, S)": "takes a function first",
    "elementwise(3, S)": "takes a function first",
    "[x for x in S]": "a comprehension",
    "{x for x in S}": "a comprehension",
    "sum(x for x in S)": "a comprehension",
    "{1: S}": "Dict is no part",
    "(t := S)": "an assignment by :=",
    "f'{S}'": "text with braces",
    "sum(*S)": "an operand with",
    "trace(**S)": r"with \*\*",
    "'S'": "a matrix or a scalar, not 'S'",
    "'S; import os'": "no real number, name or fact",
    "b'S'": "no real number, name or fact",
    "True": "not True",
    "True * S": "not True",
    "None": "no real number",
    "...": "no real number",
    "1j": "no real number",
    "1e400": "finite",
    "[S]": "not a list",
    "[1] * 10**9": "not a list",
    "(S, S)": "not a tuple",
    "await S": "Await is no part",
    "yield": "not Python",
    "S; X": "not Python",
    "S = X": "not Python",
    "import os": "not Python",
    "": "not Python",
    "(S": r"'\(' was never closed",
    "S\\\n+ S": "no character of the language",
    "1 / 0": "division by zero",
    "S / 0": "division by zero",
    "Rational(1, 0)": "two integers",
    "Rational('1/3')": "no real number",
    "Rational('1', 3)": "two integers",
    "sqrt(-1)": "finite real number",
    "sympy.sympify('1')": "no function of the language",
    "sympy.Float('nan')": "decimal",
    "sympy.gamma": "not a function",
    "sympy": "unknown name",
    "os.system('x')": "unknown method 'system'",
    "().__class__": "unknown attribute '__class__'",
    "S.__class__": "unknown attribute '__class__'",
    "S.T.__init__": "unknown attribute '__init__'",
    "__import__('os').system('x')": "unknown method",
    "__import__('os')": "unknown name '__import__'",
    "S.__class__.__base__.__subclasses__()": "unknown method",
    "getattr(S, 'T')": "unknown name 'getattr'",
    "print(S)": "unknown name 'print'",
    "ﬁ(S)": "LATIN SMALL LIGATURE FI.*write fi",
    "ｆ(S)": "FULLWIDTH LATIN SMALL LETTER F.*write f",
    "𝐱 + S": "MATHEMATICAL BOLD SMALL X.*write x",
    "S\N{ZERO WIDTH SPACE}": "ZERO WIDTH SPACE",
    "S\N{RIGHT-TO-LEFT OVERRIDE}": "RIGHT-TO-LEFT OVERRIDE",
    "S\N{NULL}": "a control character",
    "S \N{MINUS SIGN} S": "MINUS SIGN",
}


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(MatcalcError, match=REFUSED[text]) as caught:
        parse(text, NAMES)
    (note,) = caught.value.__notes__
    assert note.startswith("at ") and "^" in note.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("trace(S) + trce(S @ S) * 2", "trce(S @ S)"),
        ("X.T @ y + (X @ y)", "X @ y"),
        ("sum(X @ w - y) + unknown", "unknown"),
        ("(trace(S)\n  + trace(X.T @ X).T)", "trace(X.T @ X).T"),
        ("w + " * 60 + "q" + " + w" * 60, "q"),
    ],
)
def test_an_error_marks_the_place(text: str, marked: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        parse(text, NAMES)
    at, line, mark = caught.value.__notes__[0].splitlines()
    before = text[: text.rindex(marked)].split("\n")
    row = f"line {len(before)}, " * ("\n" in text)
    assert at == f"at {row}column {len(before[-1]) + 1}:"
    start = mark.index("^")
    assert line[start : len(mark)] == marked


PROGRAM = """
# a comment: γ
X, y = matrix("X", "N", "p"), column("y", "N")
w = column("w", "p", "positive")
lam, i = scalar("lam", positive=True), index("i")
k, m = dims("k m")
Z = let("Z", X @ w)
sum((Z - y)**2) / N + lam * w[i, 0] + k
"""


def test_a_program_declares_and_ends_in_an_expression() -> None:
    found = mc.LANGUAGE.program(PROGRAM)
    v = mc.column("w", p, "positive")
    Z = mc.let("Z", X @ v)
    assert found.value == mc.sum((Z - y) ** 2) / N + lam * v[i, 0] + k
    assert found.names["Z"] is Z and found.names["p"] == p
    assert mc.LANGUAGE.program("A = ones(2)").value is None
    assert mc.LANGUAGE.program("").names == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import os", "an import is no line"),
        ("X.y = 3", "only names"),
        ("X = y = ones(2)", "only names"),
        ("X += 1", "AugAssign is no line"),
        ("def f(): pass", "FunctionDef is no line"),
        ("for x in y: z", "For is no line"),
        ("X = 'a'", "values"),
        ("X, y = ones(2)", "2 names are assigned 1"),
        ("X = ones(2), ones(3)", "1 names are assigned 2"),
        ("_x = ones(2)", "no usable name"),
        ("X = open('f')", "unknown name 'open'"),
        ("ones(2)\nones(3)", "Expr is no line"),
        ("f = function('a', 10**3)", "limit of 20"),
    ],
)
def test_programs_have_no_other_lines(line: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message) as caught:
        mc.LANGUAGE.program(line)
    assert caught.value.__notes__


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UnsupportedInput, match="expected text, got Variable"):
        parse(S)  # type: ignore[arg-type]
    with pytest.raises(NameRefused):
        parse("S", **{"S T": "n,n"})


def _damaged(text: str, dice: random.Random) -> str:
    """The text with a few characters taken out, put in, or moved."""
    characters = list(text)
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(characters))
        insert = dice.choice("()[],.@*+-/:=<>&'\"1 eTx_\n#λ\\")
        characters[place : place + dice.randint(0, 2)] = dice.choice([[], [insert]])
        characters = characters or ["S"]
    return "".join(characters)


@pytest.mark.parametrize("seed", range(10))
def test_damaged_text_is_an_expression_or_refused(seed: int) -> None:
    dice = random.Random(seed)
    texts = [str(d.loss) for _, d, _ in dice.sample(worked.CASES, 10)] + list(READ)
    for text in texts:
        damaged = _damaged(text, dice)
        try:
            found: Any = parse(damaged, NAMES)
        except MatcalcError:
            continue
        assert isinstance(found, Node | sympy.Expr), damaged


ATTACKS = """
import os, resource, sys
import matcalc as mc
resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
payload = f"__import__('pathlib').Path({sys.argv[1]!r}).touch()"
names = {"X": mc.matrix("X", "n", "n"), "x": mc.scalar("x")}
attacks = [
    payload, f"X + {payload}", f"trace({payload})", f"elementwise(lambda x: {payload}, X)",
    f"f'{{{payload}}}'", f"X[{payload}, 0]", f"ones({payload!r}, 1)", f"(X := {payload})",
    f"[{payload} for y in X]", f"sympy.{payload}", f"sympy.Float({payload!r})",
    f"sympy.sympify({payload!r})", f"(lambda: {payload})()", f"Rational({payload!r}, 1)",
    "9**9**9", "X**(10**9)", "2**(3**1000)", "x**(2**1001)", "(10**300)**30", "1e999",
    "sympy.factorial(10**8)", "sympy.gamma(10**8)", "9" * 4200, "9" * 5000,
    "*".join(["1" + "0" * 2000] * 3), "-" * 5000 + "x", "(" * 300 + "x" + ")" * 300,
    "x" + " + x" * 3000, "X" + ".T" * 3000, "x" + "**x" * 3000, "[" * 99 + "X" + "]" * 99,
    "not " * 2000 + "x", "lambda: " * 2000 + "x", "X if X else " * 1000 + "X",
    "await " * 3000 + "x", "sympy.Float('1', precision=10**9)", "sympy.Float('1e999999999')",
    "x" * 10**5, "x" * 10**7, "[1] * 10**10", "'a' * 10**10",
    "sympy.Max(" + ", ".join(f"x + {i}*x**{i}" for i in range(3000)) + ")",
    "\\x00", "x\\x00", "\\ud800", "\\N{RIGHT-TO-LEFT OVERRIDE}x",
]
for attack in attacks:
    for read in (lambda text: mc.parse(text, names), mc.LANGUAGE.program):
        try:
            found = read(attack)
        except mc.MatcalcError:
            continue
        sys.exit(f"{attack[:60]!r} gives {str(found)[:60]!r}")
print(len(attacks), "refused", os.listdir(os.path.dirname(sys.argv[1])))
eval(payload)
"""


def test_attacks_in_a_process_with_limits(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ATTACKS, str(tmp_path / "marker")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith(" refused []\n")
    assert os.listdir(tmp_path) == ["marker"], "the payload does nothing"


def test_the_length_that_is_read() -> None:
    long = "S + " * ((LENGTH - 1) // 40) + "S"
    assert parse(long, NAMES) == (long.count("S")) * S
    with pytest.raises(BudgetExceeded, match=str(LENGTH)):
        parse("S" + " " * LENGTH, NAMES)
