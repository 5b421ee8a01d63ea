"""Every error that matcalc raises on purpose, each with one meaning and an example.

A message says what is wrong, with which operands and of what sizes, and what to do instead; text
that is read has a note that marks the place. ``python -m tests.errors`` writes the README's table
from what stands here.
"""


class MatcalcError(Exception):
    """Base of all errors raised by matcalc."""


class ShapeError(MatcalcError, ValueError):
    """Operands whose sizes cannot agree for all values of the symbolic sizes.

    Examples
    --------
    >>> from matcalc import matrix
    >>> matrix("X", "n", "m") @ matrix("Y", "n", "p")
    Traceback (most recent call last):
    matcalc.errors.ShapeError: cannot multiply X (n × m) by Y (n × p): inner sizes m and n differ; \
did you mean X.T @ Y?
    """


class NameRefused(MatcalcError, ValueError):
    """A name that is no plain identifier, or one name used for two things.

    Examples
    --------
    >>> from matcalc import gradient, matrix, sum, trace
    >>> gradient(trace(matrix("A", "n", "n")) + sum(matrix("A", "m", "n")), matrix("A", "n", "n"))
    Traceback (most recent call last):
    matcalc.errors.NameRefused: the name 'A' stands for two things, the m × n variable A and \
the n × n variable A: rename one
    """


class ParseError(MatcalcError, ValueError):
    """Text that is no expression of the language; the message names what, and a note where.

    Examples
    --------
    >>> from matcalc import parse
    >>> parse("trce(S)", S="n,n")
    Traceback (most recent call last):
    matcalc.errors.ParseError: unknown name 'trce'; did you mean trace?
    at column 1:
      trce(S)
      ^~~~~~~
    """


class UnknownFunction(MatcalcError, ValueError):
    """A function that the engine, a printer or a target does not know.

    Examples
    --------
    >>> from matcalc import column, elementwise, sum, sympy
    >>> from matcalc.lower import numpy_source
    >>> from matcalc.derivation import Derivation
    >>> numpy_source(Derivation(sum(elementwise(sympy.gamma, column("x", "n"))), {}))
    Traceback (most recent call last):
    matcalc.errors.UnknownFunction: NumPy has no function gamma: give it as function('gamma')
    """


class UnknownCommand(MatcalcError, ValueError):
    r"""A LaTeX command that matcalc does not print and so does not read; the message names it.

    Examples
    --------
    >>> from matcalc.typesetting import read
    >>> read(r"\href{javascript:alert(1)}{x}")
    Traceback (most recent call last):
    matcalc.errors.UnknownCommand: \href is outside the LaTeX that matcalc prints
    """


class UnsupportedInput(MatcalcError, TypeError):
    """An operand of a type the expression language has no meaning for.

    Examples
    --------
    >>> from matcalc import matrix
    >>> matrix("X", "n", "m") * "y"
    Traceback (most recent call last):
    matcalc.errors.UnsupportedInput: expected a matrix expression or a finite real number, \
got str 'y'
    """


class NotDifferentiable(MatcalcError, ArithmeticError):
    """A derivative that does not exist or that no law covers.

    Examples
    --------
    >>> from matcalc import column, elementwise, gradient, sum, sympy
    >>> x = column("x", "n")
    >>> gradient(sum(elementwise(sympy.floor, x)), x)
    Traceback (most recent call last):
    matcalc.errors.NotDifferentiable: no derivative is known for the elementwise function \
floor(t); that of a function('name') stays a name
    """


class LawRefused(MatcalcError, ValueError):
    """A law of one's own that is false, or that would change what is derived without it.

    Examples
    --------
    >>> from matcalc import matrix
    >>> from matcalc.extend import Law, Theme, register
    >>> A = matrix("A", "n", "n")
    >>> register(Theme(simplest=(Law("mine", A.T @ A, A @ A),)))
    Traceback (most recent call last):
    matcalc.errors.LawRefused: the left side of law 'mine' has no operator of your own, so \
that it would change other derivations; give it to one derivation by table=SIMPLEST.extended(…)
    """


class BudgetExceeded(MatcalcError, RuntimeError):
    """A declared limit on steps or sizes was reached; the message names both.

    Examples
    --------
    >>> from matcalc import parse
    >>> parse("9**9**9")
    Traceback (most recent call last):
    matcalc.errors.BudgetExceeded: the exponent 387420489 passes the limit of 1000
    at column 1:
      9**9**9
      ^~~~~~~
    """


class ReplayError(MatcalcError, AssertionError):
    """A recorded step that its law does not reproduce.

    Examples
    --------
    >>> from matcalc import column, gradient, squared_norm
    >>> x = column("x", "n")
    >>> gradient(squared_norm(x), x).with_gradient(x, 3 * x).replay()
    Traceback (most recent call last):
    matcalc.errors.ReplayError: this derivation carries no steps to replay: derive it again
    """


class ExportError(MatcalcError, OSError):
    """A file that could not be written without losing something.

    Examples
    --------
    >>> from matcalc import column, gradient, squared_norm
    >>> from matcalc.lower import export
    >>> x = column("x", "n")
    >>> export(gradient(squared_norm(x), x), "numpy.py")
    Traceback (most recent call last):
    matcalc.errors.ExportError: numpy.py would hide NumPy from itself: choose another name
    """


class MissingExtra(MatcalcError, ImportError):
    """An optional package that is not installed; the message names the extra that installs it.

    Examples
    --------
    >>> import sys
    >>> from matcalc import column, gradient, squared_norm
    >>> from matcalc.lower import compile_array_api
    >>> x, known = column("x", "n"), dict(sys.modules)
    >>> sys.modules["array_api_compat"] = None
    >>> compile_array_api(gradient(squared_norm(x), x))
    Traceback (most recent call last):
    matcalc.errors.MissingExtra: array_api_compat is missing: pip install 'matcalc[array-api]'
    >>> sys.modules.pop("array_api_compat") and sys.modules.update(known)
    """


class MissingData(MatcalcError, ValueError):
    """A value that a compiled derivation needs and was not given; the message names it.

    Examples
    --------
    >>> from matcalc import column, gradient, squared_norm
    >>> from matcalc.lower import Objective
    >>> x, y = column("x", "n"), column("y", "n")
    >>> Objective(gradient(squared_norm(x - y), x), {}, sizes={"n": 3}).pack({})
    Traceback (most recent call last):
    matcalc.errors.MissingData: pack needs the parameter x
    """


class UncountedOperator(MatcalcError, LookupError):
    """An operator whose operations nobody has counted; never taken to cost nothing.

    Examples
    --------
    >>> from matcalc import column
    >>> from matcalc.counts import work_of
    >>> list(work_of(column("x", "n"), {}))
    Traceback (most recent call last):
    matcalc.errors.UncountedOperator: no count of operations is known for Variable; an operator \
of one's own has a method work
    """
