"""The README keeps its promises: every snippet runs, every link leads somewhere."""

import doctest
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.generated import refreshed

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)")
START = "python3 -m venv --without-pip .venv && python3 -m pip --python .venv/bin/python install "


class Block(NamedTuple):
    """A fenced block, and what stands in the block right after it."""

    language: str
    code: str
    printed: str | None


def blocks(text: str) -> list[Block]:
    found = list(FENCE.finditer(text))
    return [
        Block(fence[1], fence[2], _printed(text[fence.end() :], after))
        for fence, after in zip(found, [*found[1:], None], strict=True)
    ]


def _printed(rest: str, after: re.Match[str] | None) -> str | None:
    follows = after is not None and rest.lstrip().startswith(after[0])
    return after[2] if after is not None and follows and after[1] in ("", "text") else None


def command(section: str) -> str:
    """The one command line of a section."""
    parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    body = dict(zip(parts[1::2], parts[2::2], strict=True))[section]
    (block,) = blocks(body)
    (line,) = block.code.splitlines()
    return line


def test_snippets_do_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    runner = doctest.DocTestRunner()
    for number, block in enumerate(b for b in blocks(TEXT) if b.language == "python"):
        title = f"README snippet {number + 1}"
        if ">>>" in block.code:
            test = doctest.DocTestParser().get_doctest(block.code, names, title, str(README), 0)
            assert not runner.run(test, clear_globs=False).failed, capsys.readouterr().out
            names |= test.globs
        else:
            exec(compile(block.code, title, "exec"), names)
            assert block.printed in (None, capsys.readouterr().out), title


def test_recipes_for_many_machines() -> None:
    for needed in ("dask", "jax", "array_api_compat"):
        pytest.importorskip(needed)
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    (block,) = (b for b in blocks(TEXT) if b.language == "py")
    done = subprocess.run(
        [sys.executable, "-c", block.code], cwd=ROOT, env=os.environ | flags,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, block.printed), done.stderr


@pytest.mark.parametrize("section", ["Run", "Test"])
def test_one_command_line_does_it(section: str) -> None:
    line = command(section)
    assert line.startswith(START)
    module = re.findall(r"python -m ([\w.]+)", line)[-1]
    assert importlib.util.find_spec(module)


def test_generated_tables_are_current() -> None:
    assert refreshed(TEXT) == TEXT, "run python -m tests.generated"
    stale = TEXT.replace("| `acos(a)` |", "| `acos(b)` |")
    assert stale != TEXT and refreshed(stale) == TEXT


def test_links_lead_somewhere() -> None:
    links = [link for link in LINK.findall(TEXT) if not link.startswith(("http", "mailto"))]
    assert all((ROOT / link).exists() for link in links)
