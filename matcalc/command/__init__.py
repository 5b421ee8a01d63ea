"""The command line: derive, prove, check, export, and the tables of laws and operators."""

from matcalc.command.main import main, run

__all__ = ["main", "run"]
