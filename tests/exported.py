"""What is asked of every exported file: that ruff accepts it."""

import subprocess
import sys
from pathlib import Path

import pytest

OPTIONS = (
    *("--isolated", "--line-length", "100", "--select", "E,F,W,B,D"),
    *("--config", 'lint.pydocstyle.convention="numpy"'),
)


def assert_ruff_accepts(folder: Path) -> None:
    """Fail where a file of a folder breaks a rule, skip where ruff is not installed."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    done = subprocess.run([ruff, "check", *OPTIONS, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
