"""A Hessian or Jacobian as code that acts, solves and shows its entries without forming it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Expr

from matcalc.derivation import Derivation
from matcalc.dimensions import same
from matcalc.errors import UnsupportedInput
from matcalc.facts import holds
from matcalc.lower.application import APPLIED, ON_DIAGONAL
from matcalc.lower.factored import FactoredMatrix
from matcalc.lower.inverses import INVERTED, OPENED, of_low_rank, spread
from matcalc.lower.kernels import MatMul
from matcalc.lower.routine import (
    Place,
    Routine,
    Routines,
    SizeOf,
    compile_routines,
    fresh,
    places_of_sizes,
    sizes_shown,
)
from matcalc.lower.skeleton import Skeleton
from matcalc.node import Node, walk
from matcalc.operators.algebra import Inverse, Transpose
from matcalc.operators.diagonal import Diagonal
from matcalc.operators.leaves import Variable, matrix
from matcalc.rewrite import Recorder, Table, simplify
from matcalc.symbols import variables

TITLE = "A matrix by its parts"
SUMMARIES = {
    "times": "Multiply the matrix by {}, without forming it",
    "transposed_times": "Multiply the transposed matrix by {}, without forming it",
    "solution": "Multiply the inverse of the matrix by {}, by its parts",
    "low rank": "Multiply the inverse by {}, by Woodbury's formula: test what comes back",
}


@dataclass(frozen=True)
class MatrixCode:
    """A matrix as a function of its data.

    Attributes
    ----------
    source : str
        The generated module: ``parts`` forms what is formed once, every other function takes the
        parts, the scalars and the sizes it needs.
    way : str
        The laws that `FactoredMatrix.solve` goes by; empty where it forms the matrix.
    """

    matrix: Node = field(repr=False)
    places: tuple[Place, ...] = field(repr=False)
    shape: tuple[SizeOf, SizeOf] = field(repr=False)
    symmetric: bool
    runs: Routines = field(repr=False)
    rank: SizeOf | None = field(repr=False)
    operands: tuple[str, str] = field(repr=False)
    way: str

    @property
    def source(self) -> str:
        """The generated module."""
        return self.runs.source

    def __call__(self, /, **data: Any) -> FactoredMatrix:
        """The matrix at given data: arrays, scalars, functions, and sizes no array shows.

        Raises
        ------
        MissingData
            For data or sizes that are not given.
        """
        known = {name: x for name, x in data.items() if type(x) is int}
        sizes = sizes_shown(self.places, data, known)
        given = {**sizes, **data}
        if "parts" in self.runs:
            given |= self.runs("parts", given)
        arrays = [data[name] for name, _, _ in self.places if name in data]
        return FactoredMatrix(
            (self.shape[0](sizes), self.shape[1](sizes)),
            arrays[0].dtype if arrays else np.dtype(float),
            self.symmetric,
            None if self.rank is None else self.rank(sizes),
            self.way,
            self.runs,
            given,
            self.operands,
        )


def structured_matrix(derivation: Derivation, by: Any = None) -> MatrixCode:
    """Code for one of a derivation's Jacobians or Hessians that never forms it unless asked to.

    Parameters
    ----------
    derivation : Derivation
        From `jacobian` or `hessian`.
    by : Variable, Named, sympy.Symbol or str, optional
        Which of its results; the only one by default.

    Returns
    -------
    MatrixCode
        Called with the data, it gives a `FactoredMatrix` H: ``H @ V``, ``H.T``, ``H.solve(b)``,
        ``H.diagonal()``, ``H.todense()``, ``H.as_linear_operator()``.

    Raises
    ------
    UnsupportedInput
        For a derivation whose results are no Jacobians.

    Examples
    --------
    >>> import numpy as np
    >>> from matcalc import hessian, matrix, squared_norm
    >>> T, U, V = matrix("T", "m", "n"), matrix("U", "m", "k"), matrix("V", "n", "k")
    >>> by_u = structured_matrix(hessian(squared_norm(T - U @ V.T), U))
    >>> H = by_u(V=np.array([[1.0, 2.0], [0.0, 3.0], [1.0, 1.0]]), m=1000)
    >>> H.shape, (H @ np.ones(2000))[:2]
    ((2000, 2000), array([10., 10.]))
    >>> bool(np.allclose(H @ H.solve(np.ones(2000)), 1)), H.how_solved
    (True, 'inverse of ⊗')
    """
    j = _chosen(derivation, by)
    whole = (derivation.loss, j, *derivation.gradients)
    skeleton = Skeleton(j, whole)
    solution, rank, way = _inverse(skeleton.root)
    operands = fresh("v", *whole), fresh("M", *whole)
    acting = Acting(operands, fresh("h", *whole))
    told = "" if rank is None else "low rank"
    runs = compile_routines(TITLE, _routines(j, skeleton, solution, told, acting))
    shape = SizeOf.of(j.rows), SizeOf.of(j.cols)
    return MatrixCode(
        j,
        places_of_sizes(variables(*whole)),
        shape,
        _is_symmetric(j),
        runs,
        None if rank is None else SizeOf.of(rank),
        operands,
        way,
    )


def _chosen(derivation: Derivation, by: Any) -> Node:
    j = derivation.value if by is None else derivation[by]
    if derivation.kind != "jacobian" or not isinstance(j, Node):
        raise UnsupportedInput(f"only a Jacobian or Hessian is a matrix, got a {derivation.kind}")
    return j


@dataclass(frozen=True)
class Acting:
    """Routines for the product with one column, and with several."""

    names: tuple[str, str]
    width: str

    def __call__(self, name: str, a: Node, told: str = "") -> Iterator[Routine]:
        """Both routines for a matrix that acts."""
        for suffix, operand, width in zip(
            ("", "_columns"), self.names, (1, self.width), strict=True
        ):
            m = matrix(operand, a.cols, width)
            product = _settled(MatMul(a, m), APPLIED)
            summary = SUMMARIES[told or name].format(operand)
            yield Routine(name + suffix, summary, {"product": product}, [m])


def _routines(
    j: Node, skeleton: Skeleton, solution: Any, told: str, acting: Acting
) -> Iterator[Routine]:
    root = skeleton.root
    formed = {k: x for k, x in skeleton.parts.items() if not isinstance(x, Variable)}
    if formed:
        yield Routine("parts", "Form what is formed once", formed)
    yield from acting("times", root)
    if not _is_symmetric(j):
        yield from acting("transposed_times", Transpose(root))
    yield Routine("dense", "Return all entries", {"matrix": root})
    if same(j.rows, j.cols):
        entries = _settled(Diagonal(_settled(root, ON_DIAGONAL)), ON_DIAGONAL)
        yield Routine("diagonal_entries", "Return the diagonal", {"diagonal": entries})
    if solution is not None:
        yield from acting("solution", solution, told)


def _inverse(root: Node) -> tuple[Node | None, Expr | None, str]:
    """The inverse by its parts, the rank where Woodbury's formula is used, and the laws."""
    if not same(root.rows, root.cols):
        return None, None, ""
    recorder, done = Recorder(), dict[Any, Any]()
    joined = spread(simplify(root, INVERTED, recorder, "the matrix", done))
    low = of_low_rank(joined)
    opened = recorder.rewrite(OPENED, Inverse(joined), "the inverse") if low else None
    found = simplify(
        Inverse(joined) if opened is None else opened, INVERTED, recorder, "the inverse", done
    )
    if any(isinstance(x, Inverse) and same(x.rows, root.rows) for x in walk(found)):
        return None, None, ""
    laws = dict.fromkeys(step.law for step in recorder.steps)
    return found, low[1].cols if low else None, "; ".join(laws) or "an inverse of an inverse"


def _settled(x: Any, table: Table) -> Any:
    return simplify(x, table, Recorder(), table.name, {})


def _is_symmetric(a: Node) -> bool:
    return same(a.rows, a.cols) and holds("symmetric", a)
