"""Generated code as a callable and as a file."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from matcalc.derivation import Derivation
from matcalc.dimensions import identifier
from matcalc.errors import ExportError, MissingExtra, NameRefused
from matcalc.files import require_free, write_whole
from matcalc.lower.array_api import ArrayModule
from matcalc.lower.example import self_check
from matcalc.lower.fast import FastModule
from matcalc.lower.numba_source import NumbaModule
from matcalc.lower.source import Module

FUNCTION = "loss_and_gradients"
MODULES: dict[str, type[Module]] = {
    "numpy": Module,
    "fast numpy": FastModule,
    "array api": ArrayModule,
    "numba": NumbaModule,
}
"""From targets to what makes their modules."""
IMPORTED = {"numpy": "NumPy", "array_api_compat": "array-api-compat", "numba": "numba"}
"""Modules that generated code imports."""


@dataclass(frozen=True)
class Compiled:
    """A derivation as a function of keyword arguments, called as in the derivation.

    Attributes
    ----------
    source : str
        The module it runs.
    arguments : mapping from str to str
        From the name of each argument to what the source calls it, where that name was taken.
    """

    source: str = field(repr=False)
    arguments: Mapping[str, str]
    function: Callable[..., dict[str, Any]] = field(repr=False)

    def __call__(self, /, **arguments: Any) -> dict[str, Any]:
        """The loss under "loss", and each gradient under its parameter's name."""
        return self.function(**{self.arguments.get(k, k): x for k, x in arguments.items()})


def compile_numpy(
    derivation: Derivation, fast: bool = False, typical: Mapping[Any, int] | None = None
) -> Compiled:
    """The exported code as a function, without a file.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    fast : bool
        Whether it is the form of `fast_numpy_source`.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are, as for `numpy_source`.

    Examples
    --------
    >>> import numpy as np
    >>> from matcalc import column, gradient, matrix, sum
    >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
    >>> run = compile_numpy(gradient(sum((X @ w - y) ** 2), w))
    >>> run(X=np.eye(2), w=np.ones((2, 1)), y=np.zeros((2, 1)))["w"]
    array([[2.],
           [2.]])
    """
    return _compiled((FastModule if fast else Module)(derivation, FUNCTION, typical))


def compile_array_api(derivation: Derivation, rows: str | None = None) -> Compiled:
    """The code for arrays of any library of the Python Array API standard, as a function.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    rows : str, optional
        As in `array_api_source`.

    Raises
    ------
    MissingExtra
        Without array-api-compat.
    """
    try:
        return _compiled(ArrayModule(derivation, FUNCTION, rows))
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "array_api_compat is missing: pip install 'matcalc[array-api]'"
        ) from error


def compile_numba(derivation: Derivation, typical: Mapping[Any, int] | None = None) -> Compiled:
    """The code for numba as a function, compiled when it is first called.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are, as for `numpy_source`.

    Raises
    ------
    MissingExtra
        Without numba or scipy, whose BLAS the loops call.
    UnsupportedInput
        As `numba_source`.
    """
    module = NumbaModule(derivation, FUNCTION, typical)
    missing = [name for name in ("numba", "scipy") if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"{missing[0]} is missing: pip install 'matcalc[numba]'")
    return _compiled(module)


def _compiled(module: Module) -> Compiled:
    source = module.text()
    scope: dict[str, Any] = {"__name__": "matcalc_generated"}
    exec(compile(source, f"<matcalc {FUNCTION}>", "exec"), scope)
    return Compiled(source, module.arguments, scope[FUNCTION])


def export(
    derivation: Derivation,
    path: str | os.PathLike[str],
    overwrite: bool = False,
    target: str = "numpy",
    typical: Mapping[Any, int] | None = None,
) -> Path:
    """Write the generated module to a file, whole or not at all.

    Run as a program, the file compares its derivatives with differences at an example.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    path : path
        A file in an existing folder; its name is an identifier and ends in ``.py``.
    overwrite : bool
        Whether an existing file may be replaced; a link or a folder never is.
    target : str
        What the module computes with: ``"numpy"``, as one would write it; ``"fast numpy"``, into
        memory that is kept; ``"array api"``; or ``"numba"``.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are, as for `numpy_source`.

    Raises
    ------
    ExportError
        If the file cannot be written, or would replace something, or for an unknown target.
    UnsupportedInput
        For what the target has no code for.
    """
    if target not in MODULES:
        raise ExportError(f"unknown target {target!r}: expected one of {', '.join(MODULES)}")
    file = Path(path)
    require_module(file, overwrite)
    module = MODULES[target](derivation, FUNCTION, typical=typical)
    example = self_check(derivation, FUNCTION, module.arguments, module.brings_numpy)
    write_whole(file, module.text() + example)
    return file


def require_module(target: Path, overwrite: bool) -> None:
    """Refuse a path that is no module's, or at which writing would lose something."""
    if target.suffix != ".py":
        raise ExportError(f"{target} must end in .py, as Python modules do")
    try:
        if identifier(target.stem) in IMPORTED:
            raise ExportError(
                f"{target} would hide {IMPORTED[target.stem]} from itself: choose another name"
            )
    except NameRefused as error:
        raise ExportError(f"{target} could not be imported: {error}") from error
    require_free(target, overwrite)
