"""The notebooks run from top to bottom and show formulas."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NEEDS = {"deep_net_on_real_data": "sklearn"}
"""What a notebook imports beyond what the tests install."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path):
    if path.stem in NEEDS:
        pytest.importorskip(NEEDS[path.stem])
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "commit it without outputs"
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    shown = [o["data"] for o in outputs if "data" in o]
    latex = ["".join(data["text/latex"]) for data in shown if "text/latex" in data]
    prose = ["".join(data["text/markdown"]) for data in shown if "text/markdown" in data]
    assert len(latex) + len(prose) >= 7
    assert len(latex) + len(prose) == len(shown)
    assert all(formula.startswith("$") for formula in latex)
    assert all("|" in text or "$$" in text for text in prose)
