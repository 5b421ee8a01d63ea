"""The command line: exit codes, forms of output, files, tables, and what it says when it fails."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import matcalc as mc
from matcalc.command import arguments, completions, derive, main, output, progress
from matcalc.command import tables as rows_of
from matcalc.lower import array_api_source, fast_numpy_source, numba_source, numpy_source
from tests.law_tables import GROUPS
from tests.test_readme import TEXT, blocks

X, w, y = mc.matrix("X", "N", "p"), mc.column("w", "p"), mc.column("y", "N")
SHAPES = ["--shape", "X:N,p", "w:p", "y:N"]
LOSS = "sum((X @ w - y)**2)"
LEAST = mc.gradient(mc.sum((X @ w - y) ** 2), w)
DERIVE = ["derive", LOSS, "--wrt", "w", *SHAPES]

CODES = {
    "derive 'trace(A @ B)' --wrt A --shape A:m,n B:n,m": 0,
    "derive 'trace(A @ B)' --wrt A --shape A:m,n B:n,m --verify": 0,
    "derive 'A @ v' --jacobian --wrt v --shape A:m,n v:n --verify": 0,
    "prove 'trace(A @ B)' 'trace(B @ A)' --shape A:m,n B:n,m": 0,
    "prove 'A @ B' 'B @ A' --shape A:n,n B:n,n": 1,
    "prove A A.T --shape A:n,n:symmetric": 0,
    "prove A A.T --shape A:m,n": 1,
    "prove 'trace(A @ B @ A @ B @ A)' 'trace(B @ A @ B @ A @ A)' --budget 1 --shape A:n,n B:n,n": 3,
    "prove --loss 'v.T @ A @ v' --wrt v --formula '(A + A.T) @ v' --shape A:n,n v:n": 0,
    "prove --loss 'v.T @ A @ v' --wrt v --formula '2 * A @ v' --shape A:n,n v:n": 1,
    "prove --loss 'v.T @ A @ v' --wrt v --formula 'A @ v.T' --shape A:n,n v:n": 1,
    "prove --loss 'v.T @ A @ v' --wrt v --formula 'A @ u' --shape A:n,n v:n": 2,
    "check 'sum(tanh(A @ v))' --wrt v,A --shape A:m,n v:n --sizes m=3": 0,
    "check 'sum(log(-exp(v)))' --wrt v --shape v:n": 3,
    "check 'sum(A)' --wrt A --shape A:10**4,10**4": 2,
    "prove 'A @ A' A --shape A:1000,1000": 2,
    "export 'trace(A)' --wrt A --shape A:n,n": 0,
    "laws determinant": 0,
    "laws nonsense": 2,
    "operators softmax": 0,
    "completions bash": 0,
    "--version": 0,
    "--help": 0,
    "derive --help": 0,
    "": 2,
    "frobnicate": 2,
    "derive 'trace(A'": 2,
    "derive 'trace(A)' --shape A:n,n": 2,
    "derive 'trace(A)' --wrt B --shape A:n,n": 2,
    "derive 'trace(A)' --wrt A --shape A:m,n": 2,
    "derive --wrt A --shape A:n,n 'trace(A)'": 2,
    "derive --wrt A --shape A:n,n": 2,
    "derive A --wrt A --shape A:n,n": 2,
    "derive 'trace(A)' --wrt A --shape A:n,n --format numpy --typical n=many": 2,
    "derive 'trace(A)' --hessian --wrt A --shape A:n,n --cotangent A=B": 2,
    "prove A --shape A:n,n": 2,
    "prove A A --formula A --wrt A --shape A:n,n": 2,
    "prove A A --shape A:n,n --format script": 2,
    "prove A A --shape A:n,n --format latex": 0,
    "derive --file missing.py --wrt A": 2,
}


@pytest.mark.parametrize("line", CODES)
def test_exit_codes(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)) == CODES[line]
    shown = capsys.readouterr()
    assert bool(shown.err) == (CODES[line] == 2)
    assert "Traceback" not in shown.err and bool(shown.out) == (CODES[line] != 2)
    if shown.err and not shown.err.startswith("usage: "):
        first, *place = shown.err.splitlines()
        assert first.startswith("matcalc: ") and len(place) in (0, 3)


def _printed(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert main(line) in (0, 1)
    return capsys.readouterr().out.removesuffix("\n")


FORMS = {
    "text": LEAST.to_text(),
    "latex": LEAST.to_latex(),
    "markdown": LEAST.to_markdown(),
    "html": LEAST.to_html().rstrip("\n"),
    "numpy": numpy_source(LEAST).rstrip("\n"),
    "fast-numpy": fast_numpy_source(LEAST).rstrip("\n"),
    "array-api": array_api_source(LEAST).rstrip("\n"),
    "numba": numba_source(LEAST).rstrip("\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_derivation(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _printed(capsys, *DERIVE, "--to", form) == FORMS[form]


def test_every_form_is_tried() -> None:
    assert {*FORMS, "json"} == {*derive.FORMATS}


def test_a_derivation_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    line = [*DERIVE, "--let", "r=X @ w - y", "--format", "json"]
    line[1] = "sum(r**2)"
    data = json.loads(_printed(capsys, *line))
    (result,) = data["results"]
    names = {"X": X, "w": w, "y": y, "r": mc.let("r", X @ w - y)}
    assert mc.parse(result["formula"], names) == 2 * X.T @ names["r"]
    assert result["by"] == "w" and result["shape"] == ["p", "1"]
    assert data["definitions"] == [{"name": "r", "formula": "X @ w - y"}]
    assert data["verdict"] is None and data["kind"] == "gradient"
    steps = mc.gradient(mc.sum(names["r"] ** 2), w).steps
    assert [step["law"] for step in data["steps"]] == [step.law for step in steps]
    assert json.loads(_printed(capsys, *line, "--verify"))["verdict"] == "proved"


def test_details_and_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _printed(capsys, *DERIVE, "--detail", "every")
    assert shown == LEAST.to_text("every") != LEAST.to_text()
    hessian = mc.hessian(mc.sum((X @ w - y) ** 2), w)
    assert _printed(capsys, *DERIVE, "--hessian") == hessian.to_text()
    line = ["derive", "X @ w", "--jacobian", *DERIVE[2:]]
    assert _printed(capsys, *line) == mc.jacobian(X @ w, w).to_text()
    Z = mc.let("Z", X @ w)
    line = ["derive", "sum(tanh(Z))", *DERIVE[2:], "--let", "Z=X @ w", "--cotangent", "Z=W"]
    found = mc.gradient(mc.sum(mc.tanh(Z)), w, {Z: "W"})
    assert _printed(capsys, *line) == found.to_text() and "W := " in found.to_text()


FILE = """
X, y = matrix("X", "N", "p"), column("y", "N")
w = column("w", "p")
r = let("r", X @ w - y)
sum(r**2)
"""


def test_files_declare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "loss.py"
    path.write_text(FILE)
    expected = mc.gradient(mc.sum(mc.let("r", X @ w - y) ** 2), w).to_text()
    assert _printed(capsys, "derive", "--file", str(path), "--wrt", "w") == expected
    monkeypatch.setattr(sys, "stdin", io.StringIO(FILE))
    assert _printed(capsys, "derive", "--file", "-", "--wrt", "w") == expected
    line = ["derive", "sum(r) + sum(v)", "--file", str(path), "--wrt", "w", "--shape", "v:p"]
    assert "ones(N, 1)" in _printed(capsys, *line)
    path.write_text("import os\nos.system('touch here')")
    assert main(["derive", "--file", str(path), "--wrt", "w"]) == 2
    assert os.listdir(tmp_path) == ["loss.py"]


def test_proofs_and_counterexamples(capsys: pytest.CaptureFixture[str]) -> None:
    A, v = mc.matrix("A", "n", "n"), mc.column("v", "n")
    identity = ["prove", "A", "A.T", "--shape", "A:n,n"]
    found = mc.prove_equal(A, A.T)
    assert _printed(capsys, *identity) == str(found).rstrip()
    assert json.loads(_printed(capsys, *identity, "--to", "json")) == found.to_dict()
    assert _printed(capsys, *identity, "--to", "latex") == found.to_latex()
    assert _printed(capsys, *identity, "--to", "markdown") == found.to_markdown()
    scope: dict[str, Any] = {}
    exec(_printed(capsys, *identity, "--to", "script").replace("print", "#"), scope)
    assert (scope["left"] != scope["right"]).any()
    hand = ["prove", "--loss", "v.T @ A @ v", "--formula", "2 * A @ v", "--wrt", "v"]
    hand += ["--shape", "A:n,n", "v:n"]
    decided = mc.claim(v.T @ A @ v, v, 2 * A @ v)
    assert _printed(capsys, *hand) == f"{decided}\n{decided.script()}".rstrip()
    assert "true only if A is symmetric" in str(decided)
    assert _printed(capsys, *hand, "--to", "latex") == decided.to_latex()
    assert decided.to_latex() in _printed(capsys, *hand, "--to", "markdown")
    assert json.loads(_printed(capsys, *hand, "--to", "json")) == decided.to_dict()
    assert _printed(capsys, *hand, "--to", "script") == decided.script().rstrip()
    decided = mc.claim(v.T @ A @ v, v, [2 * A @ v, v])
    assert _printed(capsys, *hand, "--formula", "v", "--to", "latex") == decided.to_latex()


def test_what_stays_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    sides = ["inv(A + B) @ A @ inv(B)", "inv(inv(A) @ B @ A + B) @ B @ inv(B) @ A @ inv(B)"]
    assert main(["prove", *["expm(A) @ expm(-A)", "identity(n)"], "--shape", "A:n,n"]) == 3
    assert capsys.readouterr().out.startswith("undecided: ")
    assert main(["prove", *sides, "--shape", "A:n,n", "B:n,n"]) == 1


def test_a_wrong_gradient_fails_the_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = LEAST.with_gradient(w, 2.001 * X.T @ (X @ w - y))
    monkeypatch.setattr(derive, "gradient", lambda *_: wrong)
    line = ["check", *DERIVE[1:]]
    assert main(line) == 1
    assert "wrong" in capsys.readouterr().out
    assert main([*line, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "failed"
    assert main([*DERIVE, "--verify", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "disproved"


@pytest.mark.parametrize("command", ["derive", "export"])
def test_files_are_written_whole_and_never_over_others(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.py"
    line = [command, *DERIVE[1:], "--format", "numpy", "--out"]
    assert main([*line, str(path)]) == 0
    assert path.read_text().startswith(numpy_source(LEAST).rstrip("\n"))
    path.write_text("mine")
    assert main([*line, str(path)]) == 2
    assert "exists: pass --force to replace it" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert main([*line, str(path), "--force"]) == 0
    assert path.read_text().startswith(numpy_source(LEAST).rstrip("\n"))
    (tmp_path / "link.py").symlink_to(path)
    (tmp_path / "folder.py").mkdir()
    for name in ("link.py", "folder.py", "none/net.py"):
        assert main([*line, str(tmp_path / name), "--force"]) == 2
    assert sorted(os.listdir(tmp_path)) == ["folder.py", "link.py", "net.py"]


def test_a_module_that_could_not_be_imported_is_not_exported(tmp_path: Path) -> None:
    for name in ("numpy.py", "1net.py", "net.txt"):
        assert main(["export", *DERIVE[1:], "--out", str(tmp_path / name)]) == 2
    assert not os.listdir(tmp_path)


def test_the_tables_list_every_law_and_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    laws = [law for group in GROUPS.values() for law in group]
    listed = json.loads(_printed(capsys, "laws", "--format", "json"))
    assert [row["law"] for row in listed] == [law.name for law in laws]
    assert [row["left"] for row in listed] == [str(law.lhs) for law in laws]
    words = json.loads(_printed(capsys, "operators", "--format", "json"))
    named = [re.split(r"[(]", row["written"])[0] for row in words[len(rows_of.SYNTAX) :]]
    assert named == list(mc.LANGUAGE.words) and all(row["means"] for row in words)


def test_the_readme_counts_the_laws_that_are_listed() -> None:
    for name, group in GROUPS.items():
        assert re.search(rf"of {len(group)} proved", TEXT), name


@pytest.mark.parametrize("command", ["laws", "operators"])
def test_tables_in_markdown_have_one_width(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(capsys, command, "--format", "markdown").splitlines()
    assert len(lines) > 100
    assert len({len(re.split(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_a_word_filters_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    every = _printed(capsys, "laws", "--format", "json")
    some = json.loads(_printed(capsys, "laws", "DETERMINANT", "--format", "json"))
    assert some and all("determinant" in json.dumps(row).lower() for row in some)
    assert len(some) < len(json.loads(every))


def _options() -> dict[str, dict[str, list[str]]]:
    return completions.offers(arguments.parser())


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_completions_offer_every_command_and_option(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = _printed(capsys, "completions", shell)
    for command, options in _options().items():
        assert command in script
        for option, values in options.items():
            shown = option.lstrip("-") if shell == "fish" else option
            assert shown in script and " ".join(values) in script


BASH = """
{script}
for words in "matcalc der" "matcalc derive --format mark" "matcalc completions f"; do
    COMP_WORDS=($words); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _matcalc; echo "${{COMPREPLY[@]}}"
done
"""


def test_bash_completes(capsys: pytest.CaptureFixture[str]) -> None:
    script = BASH.format(script=_printed(capsys, "completions", "bash"))
    run = subprocess.run(["bash", "-euc", script], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("derive\nmarkdown\nfish\n", "")


def _examples() -> list[str]:
    texts = [*arguments.EXAMPLES.values()]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [x for x in lines if x.startswith("matcalc ") and "--file" not in x and ">" not in x]


@pytest.mark.parametrize("line", _examples())
def test_examples_of_the_help_run(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == ("--formula" in line)


def test_commands_of_the_readme_print_what_follows(capsys: pytest.CaptureFixture[str]) -> None:
    found = [b for b in blocks(TEXT) if b.language == "sh" and b.code.startswith("matcalc ")]
    assert found
    for block in found:
        assert f"{_printed(capsys, *shlex.split(block.code)[1:])}\n" == block.printed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    text = "claimed: R\nproved at last\nproved"
    coloured = "claimed: R\n\x1b[32mproved\x1b[0m at last\nproved"
    assert output.painted(text, "proved", Terminal()) == coloured
    assert output.painted(text, "proved", io.StringIO()) == text
    assert "\x1b[31m" in output.painted("disproved", "disproved", Terminal())
    assert "\x1b[33m" in output.painted("undecided: …", "undecided", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.painted(text, "proved", Terminal()) == text


def test_progress_speaks_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, spoken in ((Terminal(), "\rmatcalc: waiting, 1 s\r"), (io.StringIO(), " …\n")):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.progress("waiting", delay=3600):
            pass
        assert stream.getvalue() == ""
        with progress.progress("waiting", delay=0):
            while not stream.getvalue():
                pass
        assert spoken.strip("\r") in stream.getvalue().replace(" " * 22, "")
        assert stream.getvalue().endswith(("\r", "\n"))


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt, 130), (RecursionError, 2), (MemoryError, 2)]
)
def test_interruption_and_exhaustion_have_codes(
    raised: type[BaseException],
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(derive, "gradient", fail)
    assert main(DERIVE) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "matcalc", *DERIVE]
    run = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (run.returncode, run.stderr) == (141, "")
