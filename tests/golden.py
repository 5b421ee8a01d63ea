"""Exported files whose bytes are kept: what generated code looks like changes only on purpose.

``python -m tests.golden`` writes them anew, for `git diff` to show.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import matcalc as mc
from derivations.batch_normed_net import Net, epsilon
from matcalc import Derivation, gradient
from matcalc.lower import export, export_matrix, numpy_source, structured_matrix

FOLDER = Path(__file__).parent / "golden"
TARGETS = ("numpy", "fast numpy", "array api", "numba")
X, y, w = mc.matrix("X", "N", "p"), mc.column("y", "N"), mc.column("w", "p")
S, lam = mc.matrix("S", "p", "p", "positive definite"), mc.scalar("lam", positive=True)

T, A = mc.matrix("T", "m", "n"), mc.matrix("A", "m", "k")
U, V = mc.matrix("U", "m", "k"), mc.matrix("V", "n", "k")


def derivations() -> dict[str, Derivation]:
    """What is exported, by name."""
    scores = mc.sum(mc.softplus(X @ w) - y * (X @ w)) + lam * mc.logdet(S) / 2
    return {
        "batch_normed_net": Net("relu", 0, epsilon).derivation(),
        "logistic": gradient(scores + mc.sum(mc.sigmoid(X @ w)), [w, S, lam]),
        "jacobian": mc.jacobian(mc.tanh(X @ w), w),
    }


def files() -> dict[str, bytes]:
    """Every exported file under the name that it is kept by."""
    found = {}
    with TemporaryDirectory() as folder:
        for name, derivation in derivations().items():
            for target in TARGETS if name == "batch_normed_net" else TARGETS[:3]:
                path = Path(folder) / f"{name}_{target.replace(' ', '_')}.py"
                found[f"{path.name}.txt"] = export(derivation, path, target=target).read_bytes()
        factorisation = mc.matrix_factorisation(T, U, V) + mc.inner(A, U) ** 2
        path = export_matrix(
            structured_matrix(mc.hessian(factorisation, U)), Path(folder) / "factored.py"
        )
        found[f"{path.name}.txt"] = path.read_bytes()
    return found


def texts() -> list[str]:
    """Steps and code of the smaller derivations."""
    small = [d for name, d in derivations().items() if name != "batch_normed_net"]
    return [derivation.to_text("every") + numpy_source(derivation) for derivation in small]


if __name__ == "__main__":
    made = files()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_bytes(text)
