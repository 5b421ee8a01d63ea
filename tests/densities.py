"""Densities and softmax by NumPy alone, as textbooks define them, to judge the vocabulary."""

import math

import numpy as np


class Normal:
    """The multivariate normal density, at points along the last axis."""

    def __init__(self, mean, cov):
        self.mean, self.cov = np.asarray(mean), np.asarray(cov)

    def logpdf(self, x):
        values, axes = np.linalg.eigh(self.cov)
        along = (np.asarray(x) - self.mean) @ axes
        constant = len(values) * math.log(2 * math.pi) + np.log(values).sum()
        return -(constant + (along**2 / values).sum(axis=-1)) / 2

    def pdf(self, x):
        return np.exp(self.logpdf(x))


def wishart_logpdf(x, df, scale):
    """log of |X|^((ν−p−1)/2) exp(−tr(V⁻¹X)/2) / (2^(νp/2) |V|^(ν/2) Γ_p(ν/2))."""
    p = len(scale)
    gammas = sum(math.lgamma((df - j) / 2) for j in range(p)) + p * (p - 1) / 4 * math.log(math.pi)
    logs = [np.log(np.linalg.eigvalsh(a)).sum() for a in (x, scale)]
    spread = np.linalg.eigvals(np.linalg.inv(scale) @ x).real.sum()
    powers = (df - p - 1) * logs[0] - df * logs[1] - df * p * math.log(2)
    return (powers - spread) / 2 - gammas


def softmax(x):
    """Every row exponentiated and divided by its sum."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
