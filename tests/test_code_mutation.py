"""The mutator of the code kept honest: its edits, and mistakes in fixed places that checks see.

``python -m tests.code_mutation`` puts mutants to the tests of their modules.
"""

import ast
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import ShapeError
from matcalc.lower import compile_numpy
from matcalc.prove.checker import CertificateRefused, verify
from matcalc.prove.prover import prove_equal
from tests.code_edits import EDITS
from tests.code_judging import forget, in_a_child
from tests.code_mutants import ROOT, all_functions, codes_of, install, mutants
from tests.code_mutation import FAMILIES, one_in, sampled
from tests.code_survivors import EXPLAINED, FUNCTIONS, PLACES

SPELLED = {
    "comparison flipped": ("a < b", ["a <= b", "a >= b"]),
    "arithmetic changed": ("a + b * -c", ["a - b * -c", "a + b / -c", "a + b * c"]),
    "and, or swapped": ("a and b", ["a or b"]),
    "condition dropped": ("a and b", ["b", "a"]),
    "negation changed": ("not a", ["a"]),
    "branch fixed": ("a if b else c", ["a if True else c", "a if False else c"]),
    "constant changed": ("a[0] is True", ["a[1] is True", "a[-1] is True", "a[0] is False"]),
    "arguments swapped": ("f(a, b, *c)", ["f(b, a, *c)"]),
    "name swapped": ("any(x.rows)", ["all(x.rows)", "any(x.cols)"]),
}


SEVERAL = ("matcalc/gradient.py", "matcalc/lower/inplace.py", "matcalc/prove/checker/terms.py")


def edited(edit, source):
    """Every edit of one kind in an expression."""
    for node in ast.walk(ast.parse(source, mode="eval").body):
        for new in EDITS[edit](node):
            yield ast.unparse(new)


@pytest.mark.parametrize("edit", SPELLED)
def test_edits(edit):
    source, wanted = SPELLED[edit]
    found = list(edited(edit, source))
    assert len(found) == len(wanted)
    assert all(any(part in whole for whole in wanted) for part in found)


def test_statements_that_are_dropped():
    source = "f()\nx += 1\nx[0] = 1\nx = f()\nx, y = f()\n"
    made = [list(EDITS["statement dropped"](s)) for s in ast.parse(source).body]
    assert [len(new) for new in made] == [1, 1, 1, 0, 0]


def test_every_kind_of_edit_is_made_and_none_says_the_same():
    found = [m for file in SEVERAL for m in mutants(file)]
    assert {m.edit for m in found} == set(EDITS)
    assert all(ast.dump(m.new) != ast.dump(m.place.node) for m in found)


def test_a_sample_is_the_same_again_and_another_for_another_seed():
    family = FAMILIES["derivatives"]
    keys = [[m.key for m in sampled(family, 30, seed)] for seed in (0, 0, 1)]
    assert keys[0] == keys[1] != keys[2]


def test_a_sample_by_hash_hangs_on_nothing_but_its_mutants():
    family = FAMILIES["derivatives"]
    alone = replace(family, modules=("matcalc/gradient.py",))
    whole = [m.key for m in one_in(family, 10, 0) if m.file == "matcalc/gradient.py"]
    assert whole == [m.key for m in one_in(alone, 10, 0)] != [m.key for m in one_in(alone, 10, 1)]
    assert len(whole) < len(sampled(alone, None, 0)) / 5


def test_every_file_of_lowering_is_in_one_family():
    files = [f for name in ("lowering", "numba") for f in FAMILIES[name].files()]
    found = {p.relative_to(ROOT).as_posix() for p in ROOT.glob("matcalc/lower/*.py")}
    assert sorted(files) == sorted(found - {"matcalc/lower/__init__.py"})


def twice(x):
    return 2 * x


def test_a_mistake_gets_into_a_function_and_leaves_with_it():
    file, right = twice.__code__.co_filename, twice.__code__
    at = {("twice", right.co_firstlineno)}
    wrong = codes_of(compile("\n" * (right.co_firstlineno - 1) + WRONG, file, "exec"), at)
    functions = all_functions()
    assert install(functions, file, wrong) and twice(3) == 5
    assert install(functions, file, dict.fromkeys(at, right)) and twice(3) == 6
    assert not install(functions, file, {})


WRONG = "def twice(x):\n    return 2 + x\n"

# Mistakes in fixed places.

A, B = mc.matrix("A", "n", "n"), mc.matrix("B", "n", "n")
X, w, y = mc.matrix("X", "N", "p"), mc.column("w", "p"), mc.column("y", "N")
rng = np.random.default_rng(0)
DATA = {"X": rng.normal(size=(5, 3)), "w": rng.normal(size=(3, 1)), "y": rng.normal(size=(5, 1))}


def shapes():
    unseen = mc.matrix("unseen", "N", "p")
    assert unseen.T.shape == (X.cols, X.rows)
    assert mc.kron(X, w).shape == (X.rows * w.rows, X.cols)
    with pytest.raises(ShapeError, match="rows N and p differ"):
        X @ w + w


def by_differences():
    loss = mc.sum(mc.exp(X @ w - y)) + mc.inner(w, w)
    found = compile_numpy(mc.gradient(loss, w))(**DATA)["w"]
    X0, w0, y0 = DATA["X"], DATA["w"], DATA["y"]
    assert np.allclose(found, X0.T @ np.exp(X0 @ w0 - y0) + 2 * w0)
    assert mc.jacobian(X @ w, w)[w] is X


def fast_code():
    loss = mc.let("r", mc.exp(X @ w - y))
    d = mc.gradient(mc.sum(loss**2) + mc.sum(loss * y), [X, w])
    large = {"X": rng.normal(size=(50, 3)), "w": DATA["w"], "y": rng.normal(size=(50, 1))}
    slow, fast = compile_numpy(d)(**large), compile_numpy(d, fast=True)(**large)
    assert all(np.allclose(slow[name], fast[name]) for name in slow)


def proofs():
    assert prove_equal(mc.trace(A @ B), mc.trace(B @ A)).verdict == "proved"
    assert prove_equal(A @ B, B @ A).verdict == "disproved"


@cache
def certificates():
    pairs = [(mc.inv(A) @ A @ B, B), (mc.sqrt(mc.exp(A)) ** 2, mc.exp(A)), (A.T @ B, (B.T @ A).T)]
    return [(left, right, prove_equal(left, right).to_dict()) for left, right in pairs]


def certificates_hold():
    for left, right, data in certificates():
        verify(left, right, data)
        with pytest.raises(CertificateRefused):
            verify(left, right + right, data)
    with pytest.raises(CertificateRefused):
        verify(A, A.T, {"closed": [], "rewrites": [], "heads": [], "uses": []})


ONCE = "isinstance(x, ast.Name) and self._reads[x.id] == reads[x.id]"
ZERO = "closing.zero(p, e.sizes(forms[0].radix))"
NAMED = [
    ("operators/algebra", "Transpose.infer", "a.cols → a.rows", shapes),
    ("operators/shapes", "difference", "not same(p, q) → same(p, q)", shapes),
    ("differential", "split_term", "len(varying) != 1 → len(varying) == 1", by_differences),
    ("scalars", "scaled", "a * b → a / b", by_differences),
    ("jacobian", "jacobian", "f.shape != (ONE, ONE) → f.shape == (ONE, ONE)", by_differences),
    ("lower/inplace", "InPlace._operand", f"{ONCE} → {ONCE.replace(' and ', ' or ')}", fast_code),
    ("lower/inplace", "alike", "a.shape == b.shape → a.shape != b.shape", fast_code),
    ("prove/prover", "attempt", f"not {ZERO} → {ZERO}", proofs),
    ("prove/checker/verify", "Check.run", "need(not p, f'{len(p)} terms are left') → pass",
     certificates_hold),
    ("prove/checker/terms", "Terms.summed", None, certificates_hold),
]  # fmt: skip


def first(file, function, said):
    found = [m for m in mutants(f"matcalc/{file}.py") if m.function == function]
    return next(m for m in found if m.said == said) if said else found[0]


def stands(check, mutant=None):
    """Whether a check passes in a process with a mistake in it, or with none."""

    def work():
        forget()
        if mutant is not None and not mutant.install():
            return "not made"
        try:
            check()
        except BaseException:
            return False
        return True

    return in_a_child(work)


@pytest.mark.parametrize("file, function, said, check", NAMED)
def test_named_mistakes_are_seen(file, function, said, check):
    assert stands(check, first(file, function, said)) is False


@pytest.mark.parametrize("check", list(dict.fromkeys(row[-1] for row in NAMED)))
def test_code_as_it_is_passes(check):
    assert stands(check) is True


def test_what_is_explained_is_there():
    """A row of the survivors whose function or mistake is gone is taken out."""
    keys = {file: {m.key for m in mutants(file)} for file in {f for f, *_ in (*PLACES, *FUNCTIONS)}}
    assert all(key in keys[key[0]] for key in PLACES)
    assert all(any(k[1] == name for k in keys[file]) for file, name in FUNCTIONS)
    assert set(PLACES.values()) | set(FUNCTIONS.values()) <= set(EXPLAINED)
    assert all((ROOT / file).exists() for file in keys)
