"""Expressions as entry polynomials, each shared part once."""

from typing import Any

from sympy import Expr

from matcalc.node import Node, ScalarNode, children, walk
from matcalc.operators.functions import ENTRY, OTHER
from matcalc.operators.leaves import Variable
from matcalc.prove.forms import Form
from matcalc.prove.formulas import RULES, Formulas
from matcalc.prove.heads import Poly
from matcalc.prove.kernels import KERNELS
from matcalc.prove.radix import radix

SYMMETRIC = ("symmetric", "positive definite")


class Expander(Formulas):
    """Entry polynomials of expressions, each worked out once.

    Parameters
    ----------
    budget : int
        Monomials that may be formed.
    closed : frozenset of Node
        Nodes that are taken as variables of their own, such as named intermediates.
    """

    def __init__(self, budget: int, closed: frozenset[Node] = frozenset()) -> None:
        super().__init__(budget)
        self.closed = closed
        self._forms: dict[Any, Any] = {}

    def of(self, x: Any) -> Form:
        """Form of a matrix, or of a scalar as a matrix without indices."""
        for node in walk(x, self._below):
            self._settle(node)
        return self._forms[x] if isinstance(x, Node) else Form((), (), self.scalar(x))

    def form(self, node: Node) -> Form:
        """Form of an operand."""
        found: Form = self._forms[node]
        return found

    def scalar_node(self, node: Any) -> Poly:
        """Polynomial of a trace, a determinant and the like."""
        if node not in self._forms:
            self.of(node)
        found: Poly = self._forms[node]
        return found

    def _below(self, x: Any) -> tuple[Any, ...]:
        known = x in self._forms or x in self.closed
        opaque = type(x).__name__ in ("Differential", "ScalarDifferential")
        return () if known else self.needed(x) if opaque else children(x)

    def needed(self, x: Any) -> tuple[Any, ...]:
        """What must be expanded before the differential of an expression."""
        inner = x.operands[0]
        leaf = isinstance(inner, Variable) or inner in self.closed or inner.is_Symbol
        return () if leaf else (inner,)

    def _settle(self, x: Any) -> None:
        if x in self._forms or not isinstance(x, Node | ScalarNode):
            return
        if x in self.closed:
            self._forms[x] = self.variable("entry", x)
            return
        rule = RULES.get(type(x).__name__)
        if type(x).__name__ == "Variable":
            self._forms[x] = self.variable("entry", x)
        elif type(x).__name__ in KERNELS:
            self._forms[x] = self.of(KERNELS[type(x).__name__](*x.operands))
        else:
            self._forms[x] = rule(self, x) if rule else self.opaque(x)

    # Leaves.

    def variable(self, kind: str, x: Any) -> Form:
        """A matrix of free entries, and what its declared facts say of them."""
        rows, cols = radix(x.rows), radix(x.cols)
        facts = getattr(x, "facts", ())
        symmetric = any(fact in SYMMETRIC for fact in facts)
        if "diagonal" in facts and rows:
            line = self.leaf(kind, x, rows)
            return Form(rows, cols, self.algebra.times(self.delta(0, 1), line))
        p = self.leaf(kind, x, rows + cols, symmetric)
        if "skew" in facts:
            turned = self.algebra.at(p, {0: (1,), 1: (0,)})
            p = self.algebra.minus(p, turned) if rows else {}
        return Form(rows, cols, p)

    def opaque(self, x: Any) -> Any:
        """An operator without a formula here: equal where its operands are."""
        shapes, operands = [], []
        for operand in x.operands:
            if isinstance(operand, Node):
                form = self.form(operand)
                shapes.append((form.rows, form.cols))
                operands.append(form.poly)
            else:
                shapes.append(((), ()))
                operands.append(self.parameter(operand))
        name = type(x).__name__, tuple(shapes)
        whole = () if isinstance(x, ScalarNode) else radix(x.rows) + radix(x.cols)
        sizes = tuple(self.sizes(whole).values())
        same = tuple(range(len(sizes)))
        head, _ = self.heads.of(
            "opaque", name, tuple(operands), sizes, [same], self.algebra.reordered
        )
        p = self.algebra.entry(head, tuple((k,) for k in same))
        return p if isinstance(x, ScalarNode) else Form(radix(x.rows), radix(x.cols), p)

    def parameter(self, operand: Any) -> Poly:
        """A scalar parameter of an operator, such as an index or a function of the entry."""
        if isinstance(operand, Expr):
            marks = [self.leaf("symbol", symbol, ()) for symbol in (ENTRY, OTHER)]
            return self.scalar(operand, marks[0], {}, marks[1])
        return self.leaf("symbol", operand, ())
