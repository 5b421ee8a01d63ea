"""The question's own data and printed figures, and what its code computes, in plain NumPy.

Nothing here uses the engine. The net is ŷ = relu(b(XΓ₁))Γ₂ with the standard deviation's divisor
N − 1 and no ε; the loss is the plain sum of squares, as the question's code has no N⁻¹.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DATA = Path(__file__).with_name("question_case.json")
VARIABLES = ("X", "y", "Gamma_1", "Gamma_2", "gamma", "beta")
R_DIGITS = 7
"""Significant digits R prints."""
STEP = 1e-5


@dataclass(frozen=True)
class Question:
    """The data, and what the net makes of them.

    Attributes
    ----------
    X, y, Gamma_1, Gamma_2, gamma, beta : numpy.ndarray
        The question's figures: 10 × 7, 10 × 1, 7 × 4, 4 × 1, 1 × 4 and 1 × 4.
    """

    X: Array
    y: Array
    Gamma_1: Array
    Gamma_2: Array
    gamma: Array
    beta: Array

    @property
    def Z(self) -> Array:
        """Pre-activations before normalisation, N × p₂."""
        return self.X @ self.Gamma_1

    @property
    def sigma(self) -> Array:
        """Standard deviations of the columns of Z, divisor N − 1, 1 × p₂."""
        return self.Z.std(axis=0, ddof=1, keepdims=True)

    @property
    def Z_tilde(self) -> Array:
        """Normalised pre-activations, N × p₂."""
        return (self.Z - self.Z.mean(axis=0)) / self.sigma

    @property
    def B(self) -> Array:
        """What the activation is applied to, b(XΓ₁)."""
        return self.gamma * self.Z_tilde + self.beta

    @property
    def residual(self) -> Array:
        """The residuals ε̂ = y − ŷ."""
        return self.y - np.maximum(self.B, 0) @ self.Gamma_2

    @property
    def loss(self) -> float:
        """Sum of the squared residuals."""
        return float(np.sum(self.residual**2))

    @property
    def upstream(self) -> Array:
        """What reaches the activation from the loss, −2ε̂Γ₂ᵀ."""
        return -2 * self.residual @ self.Gamma_2.T

    @property
    def stub(self) -> Array:
        """W as the question's code has it, the derivative of relu being `code_slope`."""
        return code_slope(self.B) * self.upstream

    @property
    def W(self) -> Array:
        """∂R/∂B: a′(B) ⊙ (−2ε̂Γ₂ᵀ) with relu′."""
        return (self.B > 0) * self.upstream


def load() -> tuple[Question, dict[str, Array]]:
    """Data of the question, and the figures it prints by name."""
    content = json.loads(DATA.read_text(encoding="utf-8"))
    figures = {k: np.array(v) for k, v in content["printed"].items() if not isinstance(v, str)}
    # R shows ∂R/∂β as a matrix of one row and formats every column by itself.
    figures["dR_dbeta"] = figures["dR_dbeta"].reshape(1, -1)
    return Question(**{name: np.array(content[name]) for name in VARIABLES}), figures


def code_slope(B: Array) -> Array:
    """Derivative of relu as the question's code writes it: 1 in every entry."""
    slope = B.copy()
    slope[slope < 0] = 0
    slope[slope >= 0] = 1
    return slope


def printed_code(q: Question) -> dict[str, Array]:
    """What the question's code computes, by the names of the printed figures."""
    w = q.gamma * q.sigma
    return {
        "dR_dbeta": np.ones((1, len(q.X))) @ q.stub,
        "dR_dGamma_1": q.X.T @ (q.stub * w),
        "dR_dgamma_matrix": q.Z_tilde.T @ (q.stub * q.gamma),
        "dR_dgamma_loop": loop_by_gamma(q),
    }


def loop_by_beta(q: Question) -> Array:
    """∂R/∂β_i = 1ᵀW_i, column by column."""
    result = np.zeros_like(q.beta)
    for i in range(q.beta.size):
        for entry in q.stub[:, i]:
            result[0, i] += entry
    return result


def loop_by_gamma(q: Question) -> Array:
    """∂R/∂γ_i = Z̃_iᵀ(W_iγ_i), column by column, as a plain vector."""
    result = np.zeros(q.gamma.size)
    Z_tilde, stub = q.Z_tilde, q.stub
    for i in range(q.gamma.size):
        for n in range(len(q.X)):
            result[i] += Z_tilde[n, i] * (stub[n, i] * q.gamma[0, i])
    return result


def loop_by_Gamma_1(q: Question) -> Array:
    """∂R/∂Γ_ij = X_iᵀ diag(w_j)W_j, entry by entry, with the code's w = γσ."""
    result = np.zeros_like(q.Gamma_1)
    sigma, stub = q.sigma, q.stub
    for i, j in np.ndindex(*result.shape):
        w = q.gamma[0, j] * sigma[0, j]
        for n in range(len(q.X)):
            result[i, j] += q.X[n, i] * w * stub[n, j]
    return result


def mended_by_beta(q: Question) -> dict[str, Array]:
    """∂R/∂β from the code's formula to the true one; each key says what is mended."""
    return {
        "1ᵀ(a′ ⊙ −2ε̂Γ₂ᵀ) with a′ ≡ 1": np.sum(q.stub, axis=0, keepdims=True),
        "a′ taken at XΓ₁": np.sum((q.Z > 0) * q.upstream, axis=0, keepdims=True),
        "a′ taken at b(XΓ₁)": np.sum(q.W, axis=0, keepdims=True),
    }


def mended_by_gamma(q: Question) -> dict[str, Array]:
    """∂R/∂γ from the code's formula to the true one; each key says what is mended."""
    with_factor = q.Z_tilde * q.W * q.gamma
    return {
        "Z̃_iᵀ(W_iγ_i) with a′ ≡ 1": loop_by_gamma(q).reshape(1, -1),
        "a′ taken at b(XΓ₁)": np.sum(with_factor, axis=0, keepdims=True),
        "divided by γ_i: Z̃_iᵀW_i": np.sum(with_factor, axis=0, keepdims=True) / q.gamma,
    }


def mended_by_Gamma_1(q: Question) -> dict[str, Array]:
    """∂R/∂Γ₁ from the code's formula to the true one; each key says what is mended."""
    w, centred = q.gamma / q.sigma, q.W - q.W.mean(axis=0)
    along = q.Z_tilde * np.sum(q.W * q.Z_tilde, axis=0) / (len(q.X) - 1)
    return {
        "Xᵀ(W ⊙ w) with w = γσ, a′ ≡ 1": q.X.T @ (q.stub * (q.gamma * q.sigma)),
        "a′ taken at b(XΓ₁)": q.X.T @ (q.W * (q.gamma * q.sigma)),
        "w = γ/σ": q.X.T @ (q.W * w),
        "μ depends on Γ₁: HW for W": q.X.T @ (centred * w),
        "σ too: HW − Z̃ ⊙ 11ᵀ(W ⊙ Z̃)/(N−1)": q.X.T @ ((centred - along) * w),
    }


MENDED = {"beta": mended_by_beta, "gamma": mended_by_gamma, "Gamma_1": mended_by_Gamma_1}


def central_differences(q: Question, name: str) -> Array:
    """Gradient of the loss by one parameter, by central differences."""
    result = np.zeros_like(getattr(q, name))
    for at in np.ndindex(*result.shape):
        result[at] = (_moved(q, name, at, STEP) - _moved(q, name, at, -STEP)) / (2 * STEP)
    return result


def _moved(q: Question, name: str, at: tuple[int, ...], by: float) -> float:
    values = getattr(q, name).copy()
    values[at] += by
    return replace(q, **{name: values}).loss


def decimals(figures: Array) -> NDArray[np.int64]:
    """Decimals that R prints in each column: its smallest entry shows seven significant digits."""
    smallest = np.abs(figures).min(axis=0)
    return (R_DIGITS - 1 - np.floor(np.log10(smallest))).astype(np.int64)


def numbers(table: Array, places: int) -> list[str]:
    """Entries row by row, with ``places`` decimals."""
    return [f"{x:.{places}f}" for x in table.flat]


def as_printed(figures: Array, places: int) -> list[str]:
    """Entries row by row with R's decimals, padded as if there were ``places``."""
    shown = np.broadcast_to(decimals(figures), figures.shape)
    pairs = zip(figures.flat, shown.flat, strict=True)
    return [f"{x:.{n}f}" + " " * (places - n) for x, n in pairs]


def reproduced(computed: Array, figures: Array) -> int:
    """Count the figures met to half a unit in the last printed place."""
    if computed.shape != figures.shape:
        return 0
    half_unit = 0.5 * 10.0 ** -decimals(figures)
    return int(np.sum(np.abs(computed - figures) <= half_unit))


def deviation(a: Array, b: Array) -> float:
    """Greatest difference of two arrays, relative to the norm of the second."""
    return float(np.max(np.abs(a - b)) / np.linalg.norm(b))


def arguments(q: Question) -> Mapping[str, Array]:
    """Data by variable name, as generated code takes them."""
    return {name: getattr(q, name) for name in VARIABLES}
