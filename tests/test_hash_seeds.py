"""Everything that is printed or generated is the same under every hash seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
END = "#" * 60
PROGRAM = f"""
from derivations import batch_normed_net, deep_net, kronecker_route
from matcalc import column, gradient, hessian, matrix, scalar, softmax_regression, sum
from matcalc.lower import array_api_source, numba_source, numpy_source, structured_matrix
from tests.test_lower import net

put = lambda *texts: print(*texts, {END!r}, sep=chr(10))
given = batch_normed_net.Net(ddof=batch_normed_net.ddof, eps=batch_normed_net.epsilon).derivation()
plain = batch_normed_net.Net("relu").derivation()
put(given.to_text("every"), plain.to_latex(), kronecker_route.jacobians().to_text("every"))

put(numpy_source(net("tanh")), numpy_source(deep_net.deep_net(3).derivation()))

X, y, w = matrix("X", "N", "p"), column("y", "N"), column("w", "p")
lam = scalar("lam", positive=True)
ridge = gradient(sum((X @ w - y) ** 2) / 2 + lam * sum(w**2) / 2, [w, lam])
layer = batch_normed_net.Net("relu", 1, batch_normed_net.epsilon).derivation()
put(array_api_source(layer), array_api_source(ridge), array_api_source(layer, rows="N"))

W, Y = matrix("W", "p", "k"), matrix("Y", "N", "k")
put(structured_matrix(hessian(softmax_regression(X, W, Y), W)).source)

put(numba_source(batch_normed_net.Net("relu", 0, batch_normed_net.epsilon).derivation()))
"""
LENGTHS = {
    "steps and LaTeX": 10_000,
    "NumPy": 5000,
    "Array API": 1000,
    "structured": 1000,
    "numba": 1000,
}
"""What the program prints, part by part, and more characters than this."""


@pytest.fixture(scope="module")
def printed() -> list[list[str]]:
    """The parts of what the program prints, under several seeds."""
    return [_parts(seed) for seed in ("0", "1", "77")]


def _parts(seed: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *parts, rest = done.stdout.split(END)
    assert not rest.strip()
    return parts


@pytest.mark.parametrize("part", LENGTHS)
def test_the_same_bytes_under_every_hash_seed(printed: list[list[str]], part: str) -> None:
    number = list(LENGTHS).index(part)
    texts = {parts[number] for parts in printed}
    assert len(texts) == 1 and len(texts.pop()) > LENGTHS[part]
