"""A loss as a function of one flat vector, for optimisers that know nothing of matrices.

Parameters are stacked one after another, each column by column, as the blocks of the Hessian are.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.derivation import Derivation
from matcalc.directional import jvp
from matcalc.errors import MissingData, ShapeError, UnsupportedInput
from matcalc.jacobian import jacobian
from matcalc.lower.export import compile_numpy
from matcalc.lower.routine import (
    Routine,
    Routines,
    SizeOf,
    compile_routines,
    fresh,
    places_of_sizes,
    sizes_shown,
)
from matcalc.node import Node
from matcalc.operators.leaves import Variable, matrix, scalar
from matcalc.structured import structure_of
from matcalc.symbols import variables

Array = np.ndarray[Any, Any]
ALONG = "along_"
"""Start of the names of directions."""


class Objective:
    """A derived loss as a function of a flat vector, with gradient, Hessian and their products.

    Parameters
    ----------
    derivation : Derivation
        A loss and its gradients; the parameters are those it was derived by, in that order.
    data : mapping
        Everything else by name: arrays of two axes, scalars, functions. Of abstract functions
        ``hess`` and ``hessp`` need one derivative more than the gradient.
    sizes : mapping, optional
        Values of sizes that no array in ``data`` shows, as ``{"p2": 3}``.

    Raises
    ------
    UnsupportedInput
        For a derivation that is not of a loss, or by a parameter of a declared structure or a
        ``let`` name: an optimiser would leave the structure.
    MissingData
        For data or sizes that are not given.

    Notes
    -----
    ``theta`` has one axis. It holds the parameters in order, each as its vec, columns stacked. The
    Hessian by it is made of the blocks ∂vec(∂R/∂θᵢ)/∂(vec θⱼ)ᵀ. Second derivatives are derived
    when first asked for; `hessp` never forms the Hessian.

    Examples
    --------
    Ridge regression by one Newton step, which reaches its closed form.

    >>> import numpy as np
    >>> from matcalc import column, gradient, matrix, ridge_regression, scalar
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> ridge = gradient(ridge_regression(X, w, y, scalar("lam")), w)
    >>> x, t = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]), np.array([[1.0], [0.0], [2.0]])
    >>> objective = Objective(ridge, {"X": x, "y": t, "lam": 0.5})
    >>> start = np.zeros(objective.size)
    >>> loss, slope = objective.fun_and_grad(start)
    >>> theta = start - np.linalg.solve(objective.hess(start), slope)
    >>> closed = np.linalg.solve(x.T @ x + 0.5 * np.eye(2), x.T @ t)
    >>> bool(np.allclose(objective.unpack(theta)["w"], closed))
    True
    """

    def __init__(
        self,
        derivation: Derivation,
        data: Mapping[str, Any],
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        self.derivation, self.data = derivation, dict(data)
        self.parameters = tuple(derivation.gradients)
        _refuse(derivation)
        arrays = variables(derivation.loss, *derivation.gradients.values(), *self.parameters)
        self._sizes = sizes_shown(places_of_sizes(arrays), self.data, sizes or {})
        self.shapes = {p.name: self._shape(p) for p in self.parameters}
        ends = np.cumsum([0, *(r * c for r, c in self.shapes.values())])
        names = zip(self.shapes, ends, ends[1:], strict=False)
        self._places = {name: slice(int(start), int(end)) for name, start, end in names}
        self.size = int(ends[-1])
        shown = [self.data[a.name] for a in arrays if a.name in self.data]
        self.dtype = shown[0].dtype if shown else np.dtype(float)
        self._first = compile_numpy(derivation)

    def pack(self, parameters: Mapping[str, Any]) -> Array:
        """Parameters by name as one vector.

        Raises
        ------
        MissingData, ShapeError
            For a parameter that is missing, or has another shape than ``self.shapes`` says.
        """
        theta = np.empty(self.size, self.dtype)
        for name, shape in self.shapes.items():
            if name not in parameters:
                raise MissingData(f"pack needs the parameter {name}")
            value = np.asarray(parameters[name])
            if value.shape != (() if self._is_scalar(name) else shape):
                raise ShapeError(f"{name}: expected the shape {shape}, got {value.shape}")
            theta[self._places[name]] = value.ravel(order="F")
        return theta

    def unpack(self, theta: Array) -> dict[str, Any]:
        """The parameters that a vector holds, by name: arrays of two axes, and floats."""
        theta = np.asarray(theta, self.dtype)
        if theta.shape != (self.size,):
            raise ShapeError(f"expected a vector of {self.size} entries, got {theta.shape}")
        return {
            name: float(theta[place][0])
            if self._is_scalar(name)
            else np.ascontiguousarray(theta[place].reshape(self.shapes[name], order="F"))
            for name, place in self._places.items()
        }

    def fun_and_grad(self, theta: Array) -> tuple[float, Array]:
        """Loss and gradient at a vector, for ``minimize(…, jac=True)``."""
        found = self._first(**self._given(self._first.arguments, self.unpack(theta)))
        return found["loss"], self.pack(found)

    def fun(self, theta: Array) -> float:
        """The loss at a vector."""
        return self.fun_and_grad(theta)[0]

    def grad(self, theta: Array) -> Array:
        """The gradient at a vector."""
        return self.fun_and_grad(theta)[1]

    def hessp(self, theta: Array, v: Array) -> Array:
        """The Hessian at ``theta`` times ``v``, without the Hessian."""
        along = {ALONG + name: x for name, x in self.unpack(v).items()}
        values = {**self.unpack(theta), **{self._along[k]: x for k, x in along.items()}}
        found = self._products("hessian_times", {**self._everything, **values})
        return self.pack({p.name: found[f"times_{p.name}"] for p in self.parameters})

    def hess(self, theta: Array) -> Array:
        """The Hessian at a vector, all entries."""
        blocks = self._blocks("hessian", {**self._everything, **self.unpack(theta)})
        whole = np.empty((self.size, self.size), self.dtype)
        for (left, right), name in self._block_names.items():
            place = self._places[left], self._places[right]
            whole[place] = blocks[name]
            whole[place[::-1]] = whole[place].T
        return whole

    @property
    def source(self) -> str:
        """The module that computes loss and gradients."""
        return self._first.source

    @property
    def product_source(self) -> str:
        """The module that computes Hessian-vector products."""
        return self._products.source

    def _shape(self, p: Any) -> tuple[int, int]:
        if not isinstance(p, Node):
            return 1, 1
        rows, cols = (SizeOf.of(size)(self._sizes) for size in p.shape)
        return rows, cols

    def _is_scalar(self, name: str) -> bool:
        return any(p.name == name and not isinstance(p, Node) for p in self.parameters)

    @property
    def _everything(self) -> dict[str, Any]:
        return {**self._sizes, **self.data}

    def _given(self, wanted: Mapping[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        given = {**self._everything, **parameters}
        if missing := [name for name in wanted if name not in given]:
            raise MissingData(f"the loss needs {', '.join(missing)}")
        return {name: given[name] for name in wanted}

    @cached_property
    def _along(self) -> dict[str, str]:
        """Names of the directions that nothing else has."""
        gradients = self.derivation.gradients
        roots = (self.derivation.loss, *gradients, *gradients.values())
        return {ALONG + p.name: fresh(ALONG + p.name, *roots) for p in self.parameters}

    @cached_property
    def _products(self) -> Routines:
        along = {p: _direction(p, self._along[ALONG + p.name]) for p in self.parameters}
        slopes = self.derivation.gradients
        results = {f"times_{p.name}": jvp(slopes[p], along).value for p in self.parameters}
        last = [x for x in (*self.parameters, *along.values()) if isinstance(x, Node)]
        summary = "Differentiate the gradients along directions of the parameters"
        routine = Routine("hessian_times", summary, results, last)
        return compile_routines("Hessian-vector products", [routine])

    @cached_property
    def _block_names(self) -> dict[tuple[str, str], str]:
        """Names of the blocks on and below the diagonal; those above are their transposes."""
        names = list(self.shapes)
        pairs = [(row, col) for i, row in enumerate(names) for col in names[: i + 1]]
        return {pair: f"block_{i}" for i, pair in enumerate(pairs)}

    @cached_property
    def _blocks(self) -> Routines:
        results: dict[str, Any] = {}
        for i, p in enumerate(self.parameters):
            upto = self.parameters[: i + 1]
            found = jacobian(self.derivation.gradients[p], upto)
            results |= {self._block_names[p.name, q.name]: found[q] for q in upto}
        last = [p for p in self.parameters if isinstance(p, Node)]
        routine = Routine("hessian", "Return the blocks of the Hessian", results, last)
        return compile_routines("The Hessian by its blocks", [routine])


def _refuse(derivation: Derivation) -> None:
    if derivation.kind != "gradient":
        raise UnsupportedInput(f"an objective is a loss with gradients, got a {derivation.kind}")
    for p in derivation.gradients:
        if isinstance(p, Node) and not isinstance(p, Variable):
            raise UnsupportedInput(f"{p} is a name for an expression, not free to be chosen")
        if structure_of(p) is not None:
            raise UnsupportedInput(
                f"an optimiser would leave the structure declared of {p}: "
                "write it by free parameters, as unvech(t, n)"
            )


def _direction(p: Any, name: str) -> Any:
    return matrix(name, *p.shape) if isinstance(p, Node) else scalar(name)
