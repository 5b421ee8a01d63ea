"""Files written whole or not at all, and never over something else unasked."""

import os
from pathlib import Path

from matcalc.errors import ExportError


def require_free(target: Path, overwrite: bool, remedy: str = "pass overwrite=True") -> None:
    """Refuse a path at which writing would lose something.

    Raises
    ------
    ExportError
        For a link, a folder, an existing file unless ``overwrite``, or a missing parent folder;
        ``remedy`` says how to ask for the replacement.
    """
    if target.is_symlink():
        raise ExportError(f"{target} is a symbolic link: remove it or choose another path")
    if target.is_dir():
        raise ExportError(f"{target} is a folder: choose another path")
    if target.exists() and not overwrite:
        raise ExportError(f"{target} exists: {remedy} to replace it")
    if not target.parent.is_dir():
        raise ExportError(f"the folder {target.parent} does not exist: make it first")


def write_whole(target: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    ExportError
        If it cannot be written; what was there before stays.
    """
    draft = target.with_name(f".{target.stem}.{os.getpid()}.tmp")
    try:
        with open(draft, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(draft, target)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ExportError(f"{target} could not be written: {error}") from error
        raise
