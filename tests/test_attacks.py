"""No attack gets in: every row of `tests.attacks`, tried in a process with limits."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.attacks import PARTS

ROOT = Path(__file__).parent.parent
ROWS = [(part, row.id) for part, rows in PARTS.items() for row in rows()]


@cache
def outcomes(part: str) -> dict[str, str]:
    """What became of the rows of a part, tried in one process whose payload does work."""
    with TemporaryDirectory() as folder:
        marker = Path(folder) / "marker"
        run = subprocess.run(
            [sys.executable, "-m", "tests.attacks", part, str(marker)],
            capture_output=True, text=True, timeout=300, cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        assert marker.exists(), "the payload does nothing"
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize(("part", "attack"), ROWS, ids=[ascii(row)[1:-1] for _, row in ROWS])
def test_no_attack_gets_in(part: str, attack: str) -> None:
    assert outcomes(part)[attack] == ""


def test_every_kind_of_attack_has_rows() -> None:
    assert {row.partition(" ")[0] for _, row in ROWS} == {f"S{i}" for i in range(1, 13)}
    assert len({row for _, row in ROWS}) == len(ROWS)
