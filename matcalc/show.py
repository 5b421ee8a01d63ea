"""The printer driver: one bottom-up pass, each operator printing itself.

Parentheses follow from how tightly operators bind. Nodes given a name beforehand print as that
name, which keeps the text of a shared graph as small as the graph.
"""

from typing import Any, ClassVar

from sympy import Expr, Function, Symbol
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from matcalc.errors import BudgetExceeded
from matcalc.names import latex_name
from matcalc.node import PRINTERS, Node, ScalarNode, walk
from matcalc.node import children as operands_of
from matcalc.operators.functions import ENTRY, Abstract
from matcalc.operators.leaves import Named
from matcalc.protocols import ATOM, PREFIX, SCALED, SUM

TEXT_LIMIT = 200_000
"""Characters a printed form may have before it is refused: name intermediates with let(…)."""


class _TextScalars(StrPrinter):
    printmethod = "_unused"
    printer: "Printer"

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, ScalarNode):
            return self.printer.texts[expr][0]
        return str(super()._print(expr, **kwargs))


class _LatexScalars(LatexPrinter):
    printmethod = "_unused"
    printer: "Printer"

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, ScalarNode):
            return self.printer.texts[expr][0]
        return str(super()._print(expr, **kwargs))

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return latex_name(expr.name)


class Printer:
    """Text of an expression in Python's notation; subclasses change the notation."""

    method: ClassVar[str] = "text"

    def __init__(self, names: dict[Any, str] | None = None) -> None:
        self.names = names or {}
        self.texts: dict[Any, tuple[str, int]] = {}
        self.scalars = self.scalar_printer()

    def scalar_printer(self) -> Any:
        scalars = _TextScalars()
        scalars.printer = self
        return scalars

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

    def __call__(self, operand: Any, level: int) -> str:
        if isinstance(operand, Node | ScalarNode):
            text, binding = self.texts[operand]
        else:
            text, binding = self.scalar(operand), scalar_binding(operand)
        return text if binding >= level else self.parenthesised(text)

    def parenthesised(self, text: str) -> str:
        return f"({text})"

    def scalar(self, expr: Expr) -> str:
        """Text of a scalar expression."""
        return str(self.scalars.doprint(expr))

    def apply(self, f: Expr, operand: Node) -> str:
        """Text of an elementwise function of an operand."""
        return self.power(f.exp, operand) if f.is_Pow and f.base == ENTRY else self.call(f, operand)

    def power(self, exponent: Expr, a: Node) -> str:
        """Text of an elementwise power."""
        if 2 * exponent == 1:
            return f"sqrt({self(a, 0)})"
        shown = str(exponent) if exponent.is_Integer else self(exponent, ATOM)
        return f"{self(a, ATOM)}**{shown}"

    def call(self, f: Expr, a: Node) -> str:
        """Text of a function of an operand."""
        if not isinstance(f, Function) or len(arguments(f)) > 1:
            body = self.scalar(f.xreplace({ENTRY: Symbol("x")}))
            return f"elementwise(lambda x: {body}, {self(a, 0)})"
        return f"{self.function_name(f)}({self(a, 0)})"

    def function_name(self, f: Expr) -> str:
        if isinstance(f, Abstract):
            return str(f.args[0].name) + "_prime" * int(f.args[1])
        return str(type(f).__name__)


class Latex(Printer):
    """LaTeX in the subset that JupyterLab, VS Code, Colab, GitHub and KaTeX all typeset."""

    method = "latex"

    def scalar_printer(self) -> Any:
        scalars = _LatexScalars({"ln_notation": True})
        scalars.printer = self
        return scalars

    def parenthesised(self, text: str) -> str:
        return rf"\left({text}\right)"

    def binding(self, x: Any) -> int:
        return int(x.precedence if x.latex_precedence is None else x.latex_precedence)

    def power(self, exponent: Expr, a: Node) -> str:
        shown = str(exponent) if exponent.is_Rational else self.scalar(exponent)
        return rf"{{{self(a, ATOM)}}}^{{\odot {shown}}}"

    def call(self, f: Expr, a: Node) -> str:
        if not isinstance(f, Function) or len(arguments(f)) > 1:
            body = self.scalar(f.xreplace({ENTRY: Symbol("x")}))
            return rf"\left(x \mapsto {body}\right)\left({self(a, 0)}\right)"
        return rf"{self.function_name(f)}\left({self(a, 0)}\right)"

    def function_name(self, f: Expr) -> str:
        if isinstance(f, Abstract):
            name, order = latex_name(str(f.args[0].name)), int(f.args[1])
            primes = r"\prime" * order if order < 4 else f"({order})"
            return f"{{{name}}}^{{{primes}}}" if order else name
        name = type(f).__name__
        if name == "sigmoid":
            return r"\mathrm{sigmoid}"
        return f"\\{name}" if name in LATEX_FUNCTIONS else latex_name(name)


LATEX_FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh cot coth sec csc".split())


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


PRINTERS["text"], PRINTERS["latex"] = text, latex
