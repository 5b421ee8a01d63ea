"""Attacks on everything that takes names, text, files and pickles, one row each.

The payload makes a marker file; what runs it is broken. ``python -m tests.attacks PART MARKER``
tries the rows of a part in this process, under limits, and prints what became of each.
"""

import io
import json
import os
import pickle
import resource
import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy.core.symbol import Str

import matcalc as mc
from matcalc.errors import MatcalcError, NameRefused
from matcalc.flat import Place, from_rows
from matcalc.lower import (
    array_api_source,
    compile_numpy,
    export,
    fast_numpy_source,
    numba_source,
    numpy_source,
)
from matcalc.operators.leaves import Variable
from matcalc.parsing import declare
from matcalc.show import latex

MEMORY = 500 * 2**20
"""Bytes beyond those that the imports take."""
SECONDS = 20
"""Of one row; a refusal takes thousandths."""
MARKER = Path(sys.argv[2] if len(sys.argv) > 2 else os.devnull)
PAYLOAD = f"__import__('pathlib').Path({str(MARKER)!r}).touch()"

n, p = mc.dims("n p")
A, B, v = mc.matrix("A", n, n), mc.matrix("B", n, n), mc.column("v", n)
lam = mc.scalar("lam")
NAMES = {"A": A, "B": B, "v": v, "lam": lam}
SQUARES = mc.gradient(mc.sum((A @ v) ** 2), v)


class Row(NamedTuple):
    """An attack: what it tries; it is refused unless it says that it holds."""

    part: str
    label: str
    action: Callable[[], Any]
    holds: bool = False

    @property
    def id(self) -> str:
        """What the tests call it."""
        return f"{self.part} {self.label}"


def refused(*actions: Callable[[], Any]) -> None:
    """Raise the first refusal if all are refused."""
    first = None
    for action in actions:
        try:
            found = action()
        except MatcalcError as error:
            first = first or error
        else:
            raise AssertionError(f"not refused: {str(found)[:60]!r}")
    assert first is not None
    raise first


def new_name(name: str) -> None:
    """Every way to give a thing a name."""
    refused(
        lambda: mc.matrix(name, n, n), lambda: mc.row(name, n), lambda: mc.scalar(name),
        lambda: mc.function(name), lambda: mc.let(name, A), lambda: mc.index(name),
        lambda: mc.matrix("C", name, 2), lambda: declare(name, "n,n"),
        lambda: numpy_source(SQUARES, function_name=name), lambda: mc.parse("A", {name: A}),
        lambda: export(SQUARES, MARKER.parent / f"{name}.py"),
    )  # fmt: skip


def foreign_name(name: str) -> None:
    """Names of sympy's symbols, which matcalc did not make, where code is made of them."""
    symbol, size = sympy.Symbol(name, real=True), sympy.Symbol(name, integer=True, positive=True)
    made = (symbol * A, size * A, Variable(Str(name), n, n))
    sources = (numpy_source, fast_numpy_source, array_api_source, numba_source)
    refused(*(
        lambda x=x, source=source: source(mc.gradient(mc.sum(x @ B), B))
        for x in made for source in sources
    ))  # fmt: skip


def taken_name(name: str) -> None:
    """Names that mean something in generated code: other names there, the same values."""
    x = mc.matrix(name, n, n)
    given = np.array([[1.0, 2.0], [3.0, 5.0]])
    found = compile_numpy(mc.gradient(mc.sum(x**2), x))(**{name: given})
    assert np.array_equal(found[name], 2 * given)


CODE = (
    "{P}", "x={P}", "a\nimport os", "a b", "1a", "a-b", "x.y", "lambda", "None", "__class__",
    "f'{x}'", "a;b", "", "x" * 10**5, "\0", "-rf",
)  # fmt: skip
TAKEN = ("sqrt", "np", "xp", "numpy", "print", "self", "dtype", "eval", "loss_and_gradients")
LOOKALIKES = (
    "ﬁ", "ｆ", "𝐱", "x\N{ZERO WIDTH SPACE}", "\N{RIGHT-TO-LEFT OVERRIDE}x", "é", "е", "x́", "ª",
)  # fmt: skip


def names() -> Iterator[Row]:
    """Names, look-alikes, and one name for two things."""
    for name in CODE:
        text = name.format(P=PAYLOAD, x="{x}")
        yield Row("S1", f"new name {name[:20]!r}", lambda text=text: new_name(text))
        yield Row("S1", f"sympy's {name[:20]!r}", lambda text=text: foreign_name(text))
    for name in TAKEN:
        yield Row("S1", f"taken name {name}", lambda name=name: taken_name(name), holds=True)
    for name in LOOKALIKES:
        yield Row("S2", f"new name {name!a}", lambda name=name: new_name(name))
        yield Row("S2", f"sympy's {name!a}", lambda name=name: foreign_name(name))
        yield Row("S2", f"text {name!a}", lambda name=name: mc.parse(f"A + {name}", NAMES))
    for label, other in TWINS.items():
        yield Row("S3", label, lambda other=other: two_things(other))


TWINS = {
    "other sizes": mc.matrix("A", n, p) @ mc.ones(p, n),
    "another fact": mc.matrix("A", n, n, "symmetric"),
    "an intermediate": mc.let("A", B),
    "a scalar": mc.scalar("A") * B,
    "a Dummy": sympy.Dummy("A", real=True) * B,
    "a size that is asked for": mc.dims("A")[0] * B,
}


def two_things(other: Any) -> None:
    """One name that stands for two things in one loss."""
    loss = mc.sum(A @ other)
    refused(
        lambda: mc.gradient(loss, A),
        lambda: numpy_source(mc.Derivation(loss, {})),
        lambda: mc.names_in(loss),
        lambda: mc.gradient(mc.sum(A), [A, mc.matrix("A", n, p)]),
    )


TEXTS = (
    "{P}", "A + {P}", "().__class__", "A.__class__", "A.T.__init__", "lambda: 0", "(lambda: {P})()",
    "[x for x in A]", "(x for x in A)", "{{x for x in A}}", "(x := A)", "f'{{A}}'", "sum(*A)",
    "sum(**A)", "A['x', 0]", "A[{P}, 0]", "'A'", "b'A'", "True", "...", "1j", "1e400", "\0", "A;B",
    "A = B", "await A", "yield A", "import os", "A if A else B", "A and B", "A == B", "__import__",
    "getattr(A, 'T')", "A.T.T.shape", "sympy.sympify('1')", "sympy.{P}", "ones({P!r}, 1)",
    "elementwise(lambda t: {P}, A)", "Rational({P!r}, 1)", "sympy.Float({P!r})", "print(A)",
)  # fmt: skip
HUGE = {
    "9**9**9": "9**9**9", "A**(10**9)": "A**(10**9)", "2**(3**1000)": "2**(3**1000)",
    "factorial(10**8)": "sympy.factorial(10**8)", "5000 digits": "9" * 5000,
    "a product of long numbers": "*".join(["1" + "0" * 2000] * 3), "(10**300)**30": "(10**300)**30",
    "matrix_power": "matrix_power(A, 10**9**9)", "lam**(10**6)": "lam**(10**6)",
    "a list 10**10 times": "[1] * 10**10", "a text 10**10 times": "'a' * 10**10",
    "digits of a float": "sympy.Float('1', precision=10**9)", "1e999999999": "1e999999999",
}  # fmt: skip
DEEP = {
    "5000 minus signs": "-" * 5000 + "lam", "300 parentheses": "(" * 300 + "A" + ")" * 300,
    "3000 sums": "A" + " + B" * 3000, "3000 .T": "A" + ".T" * 3000, "3000 **": "lam" * 3000,
    "2000 not": "not " * 2000 + "A", "1000 if": "A if A else " * 1000 + "A",
    "3000 await": "await " * 3000 + "A", "99 brackets": "[" * 99 + "A" + "]" * 99,
    "ten million letters": "x" * 10**7,
}  # fmt: skip


def texts() -> Iterator[Row]:
    """Text that is read."""
    for text in TEXTS:
        full = text.format(P=PAYLOAD)
        yield Row("S4", f"{text!a}", lambda full=full: mc.parse(full, NAMES))
    for part, found in (("S5", HUGE), ("S6", DEEP)):
        for label, text in found.items():
            yield Row(part, label, lambda text=text: mc.parse(text, NAMES))
    for label, loss in POWERS.items():
        yield Row("S5", label, lambda loss=loss: numpy_source(mc.gradient(loss, A)), holds=True)


POWERS = {
    "A**(10**9) in Python": mc.sum(A ** (10**9)),
    "matrix_power in Python": mc.trace(mc.matrix_power(A, 10**9)),
}
"""Exponents that nothing grows with: they are numbers in the code."""


def deep(depth: int) -> Any:
    """A chain of layers."""
    x = v
    for _ in range(depth):
        x = mc.tanh(A @ x)
    return x


def power_of_sum() -> None:
    """(a + b + …)^40 of many scalars, as it is written."""
    total = sum(mc.scalar(f"a{i}") for i in range(20)) ** 40
    found = mc.gradient(total * mc.trace(A), A).value
    assert str(found).count("a7") == 1


def thrice() -> None:
    """A product of 20 factors, differentiated three times by one of them."""
    factors = [mc.matrix(f"F{i}", n, n) for i in range(20)]
    product = A
    for f in factors:
        product = product @ f @ A if f is factors[0] else product @ f
    first = mc.jacobian(product, A).value
    assert mc.jacobian(first, A).value.shape and mc.jacobian(mc.vec(first), A).value.shape


def layers() -> None:
    """A chain of 1000 layers is built, measured and pickled; deriving it is another test."""
    x = deep(1000)
    assert x.shape == (n, 1) and pickle.loads(pickle.dumps(x)) is x


def factors() -> None:
    """A product of 1000 factors: of its expression the text is a result or over its budget."""
    product = A
    for _ in range(500):
        product = product @ B @ A
    assert product.shape == (n, n)
    with suppress(MatcalcError):
        assert str(product).count("@") == 1000


def nested_code() -> None:
    """An expression nested deeper than Python's parser goes is code all the same."""
    run = compile_numpy(mc.Derivation(mc.sum(deep(300)), {}))
    given = {"A": np.eye(2), "v": np.ones((2, 1))}
    assert 0 < run(**given)["loss"] < 2


EVIL = ("a}\\href{javascript:alert(1)}{", "$$", "<script>", "%", "#", "\\", "x^2_", "\\input{x}")


def shown_name(name: str) -> None:
    """Names of sympy's symbols in LaTeX and HTML: words, never commands."""
    symbol, size = sympy.Symbol(name, real=True), sympy.Symbol(name, integer=True, positive=True)
    repeated = mc.ones(n, size) @ mc.ones(size, n) @ A
    for x in (symbol * A, size * A, repeated, Variable(Str(name), n, n)):
        found = mc.gradient(mc.sum(x @ B), B)
        written = [latex(x), found.to_latex(sizes=True), found.to_markdown(), found._repr_latex_()]
        page = found.to_html()
        for text in written:
            bare = text.replace("\\$", "").replace("\\%", "").replace("\\#", "")
            assert not any(evil in bare for evil in ("\\href", "\\input", "<script", "%", "#"))
            assert bare.count("$") == 2 * text.startswith("$") * (1 + text.startswith("$$"))
            assert bare.count("{") == bare.count("}")
        assert "<script" not in page and "href=" not in page


class Poison:
    """Runs the payload when it is read."""

    def __reduce__(self) -> Any:
        return exec, (PAYLOAD,)


class Careful(pickle.Unpickler):
    """Reads what matcalc and sympy define and nothing else, as a reader of foreign pickles must."""

    def find_class(self, module: str, name: str) -> Any:
        """A class or function of the two packages."""
        if module.partition(".")[0] not in ("matcalc", "sympy"):
            raise NameRefused(f"{module}.{name} is of neither package")
        return super().find_class(module, name)


def foreign_rows() -> None:
    """Rows of a pickled expression that name a function and not an operator."""
    from_rows([(Path.touch, (MARKER,))])


def foreign_place() -> None:
    """The same behind a good row."""
    from_rows([(type(A), A.operands), (print, (Place(0),))])


def careful_reading() -> None:
    """Expressions pass a reader that knows the two packages alone; a poisoned one does not."""
    good = mc.trace(A @ B + lam * A)
    assert Careful(io.BytesIO(pickle.dumps(good))).load() is good
    refused(lambda: Careful(io.BytesIO(pickle.dumps([good, Poison()]))).load())


def poisoned_file() -> None:
    """A pickle where the command line takes a file of definitions: read as text, and refused."""
    path = MARKER.parent / "poisoned.py"
    path.write_bytes(pickle.dumps(Poison()))
    mc.LANGUAGE.program(path.read_text(encoding="latin-1"))


def no_reader_of_pickles() -> None:
    """No module of matcalc reads pickles or keeps a cache in a file."""
    for file in Path(mc.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not any(word in text for word in ("import pickle", "pickle.load", "shelve"))


def kept(make: Callable[[Path], None], overwrite: bool = False) -> None:
    """Export where something stands already: it stays as it was."""
    folder = MARKER.parent / "export"
    folder.mkdir(exist_ok=True)
    secret = MARKER.parent / "secret.txt"
    secret.write_text("mine")
    target = folder / "net.py"
    try:
        make(target)
        export(SQUARES, target, overwrite=overwrite)
    finally:
        assert secret.read_text() == "mine"
        assert os.listdir(folder) in ([], ["net.py"])
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        target.unlink(missing_ok=True)


def harmless_export() -> None:
    """What is exported imports NumPy and nothing else, and runs nothing when it is imported."""
    path = export(SQUARES, MARKER.parent / "fine.py")
    assert runpy.run_path(str(path))["__all__"] == ["loss_and_gradients"]


def files() -> Iterator[Row]:
    """LaTeX, pickles, files, and texts where expressions belong."""
    for name in EVIL:
        yield Row("S9", f"name {name!a}", lambda name=name: shown_name(name), holds=True)
    yield Row("S9", "commands read back", lambda: mc.typesetting.read(r"\href{javascript:x}{y}"))
    yield Row("S10", "rows of a function", foreign_rows)
    yield Row("S10", "rows behind a good row", foreign_place)
    yield Row("S10", "a careful reader", careful_reading, holds=False)
    yield Row("S10", "a pickle for a file", poisoned_file)
    yield Row("S10", "no pickle is read", no_reader_of_pickles, holds=True)
    for label, (make, overwrite) in PLACES.items():
        yield Row("S11", label, lambda make=make, overwrite=overwrite: kept(make, overwrite))
    for name in ("..", "../..", "x/../../y.txt", "a b.py", "numpy.py", "net.so", "nul\0.py", "-c"):
        yield Row("S11", f"path {name!a}", lambda name=name: export(SQUARES, MARKER.parent / name))
    yield Row("S11", "a file that only defines", harmless_export, holds=True)
    for label, claim in STRINGS.items():
        yield Row("S12", label, claim)


PLACES: dict[str, tuple[Callable[[Path], None], bool]] = {
    "an existing file": (lambda path: path.write_text("mine"), False),
    "a link to a file": (lambda path: path.symlink_to(MARKER.parent / "secret.txt"), True),
    "a dangling link": (lambda path: path.symlink_to(MARKER), True),
    "a folder": (lambda path: path.mkdir(), True),
}
STRINGS: dict[str, Callable[[], Any]] = {
    "A * text": lambda: A * PAYLOAD,
    "A + text": lambda: A + PAYLOAD,
    "A @ text": lambda: A @ PAYLOAD,
    "A ** text": lambda: A**PAYLOAD,
    "text / A": lambda: PAYLOAD / A,
    "gradient(text)": lambda: mc.gradient(PAYLOAD, A),
    "by text": lambda: mc.gradient(mc.trace(A), PAYLOAD),
    "claim": lambda: mc.claim(mc.trace(A), A, PAYLOAD),
    "prove_equal": lambda: mc.prove_equal(A, PAYLOAD),
    "elementwise": lambda: mc.elementwise(lambda t: PAYLOAD, A),
    "from_sympy": lambda: mc.from_sympy(PAYLOAD),
    "to_sympy": lambda: mc.to_sympy(PAYLOAD),
    "typical size": lambda: numpy_source(SQUARES, typical={PAYLOAD: 3}),
    "eps of a layer": lambda: mc.batch_norm(A, mc.row("g", n), mc.row("b", n), eps=PAYLOAD),
    "a number": lambda: mc.sum(A) * mc.scalar("c") ** mc.matrix("D", PAYLOAD, 1),
    "a block": lambda: mc.block([[A, PAYLOAD]]),
    "subs of a size": lambda: mc.kron(A, B) @ mc.identity(PAYLOAD),
}


def budgets() -> Iterator[Row]:
    """Large expressions: a result, or a named limit."""
    yield Row("S7", "1000 layers", layers, holds=True)
    yield Row("S7", "1000 factors", factors, holds=True)
    yield Row("S7", "(a + b + …)^40", power_of_sum, holds=True)
    yield Row("S7", "20 factors, three times", thrice, holds=True)
    yield Row("S8", "300 calls in each other", nested_code, holds=True)


PARTS = {"names": names, "texts": texts, "budgets": budgets, "files": files}


def tried(row: Row) -> str:
    """What became of an attack: empty where all is well."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        row.action()
        found = "" if row.holds else "went through"
    except MatcalcError as error:
        found = f"{type(error).__name__}: {error}" if row.holds or len(str(error)) < 8 else ""
    except BaseException as error:
        found = f"{type(error).__name__}: {str(error)[:200]}"
    signal.setitimer(signal.ITIMER_PROF, 0)
    return "the payload ran" if MARKER.exists() else found


def limit() -> None:
    """Bound this process's memory and time."""

    def too_long(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, too_long)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))


if __name__ == "__main__":
    limit()
    print(json.dumps({row.id: tried(row) for row in PARTS[sys.argv[1]]()}))
    exec(PAYLOAD)
