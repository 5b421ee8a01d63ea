"""Every error that matcalc raises on purpose, each with one meaning."""


class MatcalcError(Exception):
    """Base of all errors raised by matcalc."""


class ShapeError(MatcalcError, ValueError):
    """Operands whose sizes cannot agree for all values of the symbolic sizes."""


class NameRefused(MatcalcError, ValueError):
    """A name that is no plain identifier, or one name used for two things."""


class ParseError(MatcalcError, ValueError):
    """Text that is no expression of the language; the message names what, and a note where."""


class UnknownFunction(MatcalcError, ValueError):
    """A function that the engine, a printer or a target does not know."""


class UnknownCommand(MatcalcError, ValueError):
    """A LaTeX command that matcalc does not print and so does not read; the message names it."""


class UnsupportedInput(MatcalcError, TypeError):
    """An operand of a type the expression language has no meaning for."""


class NotDifferentiable(MatcalcError, ArithmeticError):
    """A derivative that does not exist or that no law covers."""


class LawRefused(MatcalcError, ValueError):
    """A law of one's own that is false, or that would change what is derived without it."""


class BudgetExceeded(MatcalcError, RuntimeError):
    """A declared limit on steps or sizes was reached; the message names both."""


class ReplayError(MatcalcError, AssertionError):
    """A recorded step that its law does not reproduce."""


class ExportError(MatcalcError, OSError):
    """A file that could not be written without losing something."""


class MissingExtra(MatcalcError, ImportError):
    """An optional package that is not installed; the message names the extra that installs it."""


class MissingData(MatcalcError, ValueError):
    """A value that a compiled derivation needs and was not given; the message names it."""


class UncountedOperator(MatcalcError, LookupError):
    """An operator whose operations nobody has counted; never taken to cost nothing."""
