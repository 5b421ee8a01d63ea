"""The batch-normed net trained: its loss as a function of one vector, minimised.

By scipy's trust-region Newton method where scipy is installed, by a Newton method with conjugate
gradients otherwise; both use Hessian-vector products that were derived, not approximated.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from derivations.batch_normed_net import Net
from matcalc.errors import MissingExtra
from matcalc.lower.objective import Objective

SAMPLES, INPUTS, UNITS = 40, 4, 3
STEPS = 30
Array = np.ndarray[Any, Any]


def a(b: Array) -> Array:
    """The activation, tanh."""
    return np.tanh(b)


def a_prime(b: Array) -> Array:
    """Its derivative."""
    return 1 - np.tanh(b) ** 2


def a_prime_prime(b: Array) -> Array:
    """Its second derivative."""
    return -2 * np.tanh(b) * (1 - np.tanh(b) ** 2)


def problem() -> tuple[Objective, Array]:
    """The net on data that a net of this kind could have made, and where to start."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(SAMPLES, INPUTS))
    y = np.tanh(X[:, :1] - X[:, 1:2]) + np.sin(X[:, 2:3]) + 0.05 * rng.normal(size=(SAMPLES, 1))
    data = {"X": X, "y": y, "a": a, "a_prime": a_prime, "a_prime_prime": a_prime_prime}
    objective = Objective(Net(ddof=1).derivation(), data, sizes={"p2": UNITS})
    start = {name: rng.normal(size=shape) / 2 for name, shape in objective.shapes.items()}
    return objective, objective.pack({**start, "gamma": np.ones((1, UNITS))})


def newton(objective: Objective, theta: Array, steps: int = STEPS) -> Iterator[tuple[float, Array]]:
    """Loss and parameters from step to step of Newton's method with conjugate gradients."""
    for _ in range(steps):
        loss, slope = objective.fun_and_grad(theta)
        yield loss, theta
        step = conjugate_gradients(objective, theta, slope)
        length = 1.0
        while objective.fun(theta + length * step) > loss + 1e-4 * length * (slope @ step):
            length /= 2
            if length < 1e-12:
                return
        theta = theta + length * step


def conjugate_gradients(objective: Objective, theta: Array, slope: Array) -> Array:
    """A step that solves H step = −slope, as far as H is positive definite on the way."""
    step, residual = np.zeros_like(slope), -slope
    direction, size = residual, residual @ residual
    enough = min(0.25, float(np.sqrt(np.linalg.norm(slope)))) ** 2 * size
    for _ in range(len(slope)):
        along = objective.hessp(theta, direction)
        curvature = direction @ along
        if curvature <= 1e-12 * (direction @ direction):
            return step if step.any() else -slope
        step = step + size / curvature * direction
        residual = residual - size / curvature * along
        before, size = size, residual @ residual
        if size <= enough:
            break
        direction = residual + size / before * direction
    return step


def by_scipy(objective: Objective, start: Array) -> Iterator[tuple[float, Array]]:
    """Loss and parameters from step to step of scipy's trust-region method.

    Raises
    ------
    MissingExtra
        Without scipy.
    """
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise MissingExtra("minimize needs scipy: pip install 'matcalc[scipy]'") from error
    found = [start]
    minimize(
        objective.fun_and_grad,
        start,
        jac=True,
        hessp=objective.hessp,
        method="trust-ncg",
        callback=lambda theta: found.append(theta.copy()),
        options={"maxiter": STEPS},
    )
    return ((objective.fun(theta), theta) for theta in found)


def train() -> tuple[str, list[tuple[float, Array]]]:
    """The method that is at hand, and its loss and parameters from step to step."""
    objective, start = problem()
    try:
        return "scipy, trust-ncg", list(by_scipy(objective, start))
    except ImportError:
        return "Newton with conjugate gradients", list(newton(objective, start))


def main() -> None:
    """Print the loss from step to step."""
    method, path = train()
    print(f"{method}: {SAMPLES} samples, {INPUTS} inputs, {UNITS} units")
    for i, (loss, _) in enumerate(path):
        print(f"step {i:2d}   loss {loss:.6f}")


if __name__ == "__main__":
    main()
