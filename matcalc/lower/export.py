"""Generated code as a callable and as a file."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcalc.derivation import Derivation
from matcalc.dimensions import identifier
from matcalc.errors import ExportError, NameRefused
from matcalc.lower.source import Module, numpy_source

FUNCTION = "loss_and_gradients"


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


def compile_numpy(derivation: Derivation, typical: Mapping[Any, int] | None = None) -> Compiled:
    """The exported code as a function, without a file.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
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
    module = Module(derivation, FUNCTION, typical)
    source = module.text()
    scope: dict[str, Any] = {"__name__": "matcalc_generated"}
    exec(compile(source, f"<matcalc {FUNCTION}>", "exec"), scope)
    return Compiled(source, module.arguments, scope[FUNCTION])


def export(
    derivation: Derivation,
    path: str | os.PathLike[str],
    overwrite: bool = False,
    typical: Mapping[Any, int] | None = None,
) -> Path:
    """Write the generated module to a file, whole or not at all.

    Parameters
    ----------
    derivation : Derivation
        The loss and its gradients.
    path : path
        A file in an existing folder; its name is an identifier and ends in ``.py``.
    overwrite : bool
        Whether an existing file may be replaced; a link or a folder never is.
    typical : mapping from str or sympy.Symbol to int, optional
        How large sizes typically are, as for `numpy_source`.

    Raises
    ------
    ExportError
        If the file cannot be written, or would replace something.
    """
    target = Path(path)
    _require_writable(target, overwrite)
    source = numpy_source(derivation, FUNCTION, typical)
    draft = target.with_name(f".{target.stem}.{os.getpid()}.tmp")
    try:
        with open(draft, "x", encoding="utf-8", newline="\n") as file:
            file.write(source)
        os.replace(draft, target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ExportError(f"{target} could not be written: {error}") from error
    return target


def _require_writable(target: Path, overwrite: bool) -> None:
    if target.suffix != ".py":
        raise ExportError(f"{target} must end in .py, as Python modules do")
    try:
        if identifier(target.stem) == "numpy":
            raise ExportError(f"{target} would hide NumPy from itself: choose another name")
    except NameRefused as error:
        raise ExportError(f"{target} could not be imported: {error}") from error
    if target.is_symlink():
        raise ExportError(f"{target} is a symbolic link: remove it or choose another path")
    if target.is_dir():
        raise ExportError(f"{target} is a folder: choose another path")
    if target.exists() and not overwrite:
        raise ExportError(f"{target} exists: pass overwrite=True to replace it")
    if not target.parent.is_dir():
        raise ExportError(f"the folder {target.parent} does not exist: make it first")
