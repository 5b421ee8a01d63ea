"""The printer driver: one bottom-up pass, each operator printing itself.

Parentheses follow from how tightly operators bind. Nodes given a name beforehand print as that
name, which keeps the text of a shared graph as small as the graph. The text is Python: with the
names of the package and those of `matcalc.symbols.names_in` it gives the same expression again.
"""

import re
from itertools import count, islice
from typing import Any, ClassVar

from sympy import Expr, Function, Integer, Pow, Rational, Symbol
from sympy.printing.latex import LatexPrinter

from matcalc.elementary import FUNCTIONS
from matcalc.errors import BudgetExceeded
from matcalc.names import latex_name
from matcalc.nesting import followed
from matcalc.node import PRINTERS, Node, ScalarNode, walk
from matcalc.node import children as operands_of
from matcalc.operators.elementwise import power_of
from matcalc.operators.functions import ENTRY, OTHER, Abstract, Real
from matcalc.operators.functions import abs as absolute
from matcalc.operators.leaves import Named, Variable
from matcalc.operators.scalars import Total
from matcalc.protocols import ATOM, PREFIX, SCALED, SUM
from matcalc.scalar_text import ScalarText, callee

TEXT_LIMIT = 200_000
"""Characters a printed form may have before it is refused: name intermediates with let(…)."""


class Norm(Symbol):
    """‖A‖ while it is printed, under its text; elsewhere it is the square root of ΣA²."""


class _LatexScalars(LatexPrinter):
    printmethod = "_unused"
    printer: "Printer"

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, ScalarNode):
            return self.printer.texts[expr][0]
        return str(super()._print(expr, **kwargs))

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return str(expr.name) if isinstance(expr, Norm) else latex_name(expr.name)

    def _print_Pi(self, expr: Expr) -> str:
        return r"\pi"


class Printer:
    """Text of an expression in Python's notation; subclasses change the notation."""

    method: ClassVar[str] = "text"

    def __init__(self, names: dict[Any, str] | None = None) -> None:
        self.names = names or {}
        self.texts: dict[Any, tuple[str, int]] = {}
        self.scalars = self.scalar_printer()

    def scalar_printer(self) -> Any:
        return ScalarText(lambda node: self.texts[node][0])

    @followed("a formula")
    def print(self, root: Any, inside: bool = False) -> str:
        """Text of a node or a scalar expression; ``inside`` shows the definition of a name."""

        def descend(x: Any) -> tuple[Any, ...]:
            if x in self.texts or (x in self.names and not (inside and x is root)):
                return ()
            return () if isinstance(x, Named) else operands_of(x)

        for x in walk(root, descend):
            if x not in self.texts or (inside and x is root):
                self.texts[x] = self.render(x, inside and x is root)
                if len(self.texts[x][0]) > TEXT_LIMIT:
                    raise BudgetExceeded(
                        f"the printed form passes {TEXT_LIMIT} characters; "
                        "name intermediates with let(…)"
                    )
        return self.texts[root][0]

    def render(self, x: Any, inside: bool = False) -> tuple[str, int]:
        """Text of one node whose operands are printed, and how tightly it binds."""
        if x in self.names and not inside:
            return self.names[x], ATOM
        if isinstance(x, Node | ScalarNode):
            return getattr(x, self.method)(self), self.binding(x)
        return self.scalar(x), SUM if x.is_Add else SCALED if x.is_Mul else ATOM

    def binding(self, x: Any) -> int:
        """How tightly a node's text binds."""
        return int(x.precedence)

    def scalar_binding(self, expr: Any) -> int:
        """How tightly the text of a scalar binds; a fraction prints as a call."""
        fraction = isinstance(expr, Rational) and not expr.is_Integer
        return ATOM if fraction else scalar_binding(expr)

    def __call__(self, operand: Any, level: int) -> str:
        if isinstance(operand, Node | ScalarNode):
            text, binding = self.texts[operand]
        else:
            text, binding = self.scalar(operand), self.scalar_binding(operand)
        return text if binding >= level else self.parenthesised(text)

    def parenthesised(self, text: str) -> str:
        return f"({text})"

    def scalar(self, expr: Expr) -> str:
        """Text of a scalar expression, odd powers of √ΣA² as powers of ‖A‖."""
        if isinstance(expr, Integer):
            return str(expr.p)
        roots = {p: self.normed(p) for p in expr.atoms(Pow)} if isinstance(expr, Expr) else {}
        return str(self.scalars.doprint(expr.xreplace(roots) if roots else expr))

    def normed(self, root: Expr) -> Expr:
        """A power of ‖A‖ in place of an odd power of √ΣA²; anything else as it is."""
        square = root.base
        if not isinstance(square, Total) or square in self.names or not (2 * root.exp).is_odd:
            return root
        a, exponent = power_of(square.operands[0])
        if exponent != 2:
            return root
        return Norm(self.norm(self(a, 0))) ** (2 * root.exp)

    def norm(self, shown: str) -> str:
        """Text of ‖A‖."""
        return f"norm({shown})"

    def apply(self, f: Expr, *operands: Node) -> str:
        """Text of an elementwise function of an operand, or of two."""
        if f.is_Pow and f.base == ENTRY and f.exp == OTHER:
            return self.power(operands[1], operands[0])
        is_power = f.is_Pow and f.base == ENTRY and not f.exp.has(ENTRY)
        return self.power(f.exp, *operands) if is_power else self.call(f, *operands)

    def power(self, exponent: Any, a: Node) -> str:
        """Text of an elementwise power."""
        if isinstance(exponent, Node):
            return f"{self(a, ATOM)}**{self(exponent, ATOM)}"
        if 2 * exponent == 1:
            return f"sqrt({self(a, 0)})"
        shown = str(exponent.p) if exponent.is_Integer else self(exponent, ATOM)
        return f"{self(a, ATOM)}**{shown}"

    def call(self, f: Expr, *operands: Node) -> str:
        """Text of a function of one or two operands."""
        shown = [self(a, 0) for a in operands]
        if not is_called(f, len(operands)):
            names = self.unused_names(f)[: len(operands)]
            arguments = (Symbol(name, real=True) for name in names)
            body = self.scalar(f.xreplace(dict(zip(SLOTS, arguments, strict=False))))
            return f"elementwise(lambda {', '.join(names)}: {body}, {', '.join(shown)})"
        name = self.function_name(f)
        takes_matrices = isinstance(f, Abstract) or name in FUNCTIONS
        inside = ", ".join(self.filled(f, shown))
        return f"{name}({inside})" if takes_matrices else f"elementwise({name}, {inside})"

    def filled(self, f: Function, shown: list[str]) -> list[str]:
        """Texts of a function's arguments, the operands' in their places."""
        places = dict(zip(SLOTS, shown, strict=False))
        return [places[x] if x in places else self.scalar(x) for x in arguments(f)]

    def unused_names(self, f: Expr) -> list[str]:
        """Names for the arguments of a function that nothing in its text has."""
        taken = set(re.findall(r"\w+", self.scalar(f)))
        free = (name for name in (f"x{k or ''}" for k in count()) if name not in taken)
        return list(islice(free, len(SLOTS)))

    def function_name(self, f: Expr) -> str:
        return f.label if isinstance(f, Abstract) else callee(type(f))


class Latex(Printer):
    """LaTeX in the subset that JupyterLab, VS Code, Colab, GitHub and KaTeX all typeset."""

    method = "latex"

    def scalar_printer(self) -> Any:
        scalars = _LatexScalars({"ln_notation": True})
        scalars.printer = self
        return scalars

    def scalar(self, expr: Expr) -> str:
        """The LaTeX of sympy without its operatorname, which GitHub refuses."""
        return super().scalar(expr).replace(r"\operatorname", r"\mathrm")

    def parenthesised(self, text: str) -> str:
        return rf"\left({text}\right)"

    def binding(self, x: Any) -> int:
        return int(x.precedence if x.latex_precedence is None else x.latex_precedence)

    def scalar_binding(self, expr: Any) -> int:
        return scalar_binding(expr)

    def norm(self, shown: str) -> str:
        return rf"\lVert {shown} \rVert"

    def power(self, exponent: Any, a: Node) -> str:
        if isinstance(exponent, Node):
            shown = self(exponent, 0)
        else:
            shown = str(exponent) if exponent.is_Rational else self.scalar(exponent)
        return rf"{{{self(a, ATOM)}}}^{{\odot {shown}}}"

    def call(self, f: Expr, *operands: Node) -> str:
        shown = [self(a, 0) for a in operands]
        if isinstance(f, absolute):
            return rf"\left|{shown[0]}\right|"
        if is_called(f, len(operands)):
            return rf"{self.function_name(f)}\left({', '.join(self.filled(f, shown))}\right)"
        names = "x" if len(operands) == 1 else r"\left(x, y\right)"
        body = self.scalar(f.xreplace(PLAIN))
        return rf"\left({names} \mapsto {body}\right)\left({', '.join(shown)}\right)"

    def function_name(self, f: Expr) -> str:
        if isinstance(f, Abstract):
            name, order = latex_name(str(f.args[0].name)), int(f.args[1])
            primes = r"\prime" * order if order < 4 else f"({order})"
            return f"{{{name}}}^{{{primes}}}" if order else name
        name = type(f).__name__
        if name in ("sigmoid", "atan2"):
            return rf"\mathrm{{{name}}}"
        name = LATEX_NAMES.get(name, name)
        return f"\\{name}" if name in LATEX_FUNCTIONS else latex_name(name)


class SizedLatex(Latex):
    """LaTeX with the size of every variable and every named intermediate below it."""

    def render(self, x: Any, inside: bool = False) -> tuple[str, int]:
        shown, binding = super().render(x, inside)
        if not isinstance(x, Variable | Named):
            return shown, binding
        rows, cols = map(self.scalar, x.shape)
        return rf"\underset{{\,{rows} \times {cols}\,}}{{{shown}}}", ATOM


LATEX_FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh cot coth sec csc max min".split())
LATEX_NAMES = {"maximum": "max", "minimum": "min"}
SLOTS = (ENTRY, OTHER)
PLAIN = {ENTRY: Symbol("x"), OTHER: Symbol("y")}


def is_called(f: Expr, count: int) -> bool:
    """Whether a function of one or two entries prints as a call of itself."""
    if not isinstance(f, Function):
        return False
    given = arguments(f)
    own = isinstance(f, Real) and not any(x.has(*SLOTS) for x in given[count:])
    return given[:count] == SLOTS[:count] and (own or len(given) == count)


def arguments(f: Function) -> tuple[Expr, ...]:
    """What a function is applied to, the label of an abstract function left out."""
    return tuple(f.args[2:] if isinstance(f, Abstract) else f.args)


def scalar_binding(expr: Expr) -> int:
    """How tightly the text of a scalar binds."""
    if not isinstance(expr, Expr):
        return ATOM
    if expr.is_Add:
        return SUM
    if expr.is_Mul or (expr.is_Rational and not expr.is_Integer) or expr.could_extract_minus_sign():
        return SCALED
    return PREFIX if expr.is_Pow else ATOM


def text(x: Any, names: dict[Any, str] | None = None) -> str:
    """Python text of an expression, named intermediates by name."""
    return Printer(names).print(x)


def latex(x: Any, names: dict[Any, str] | None = None) -> str:
    """LaTeX of an expression, named intermediates by name."""
    return Latex(names).print(x)


def sized(x: Any) -> str:
    r"""LaTeX of an expression with sizes below the variables.

    Examples
    --------
    >>> from matcalc import matrix
    >>> print(sized(matrix("X", "N", "p").T))
    {\underset{\,N \times p\,}{X}}^{\top}
    """
    return SizedLatex().print(x)


PRINTERS["text"] = text
