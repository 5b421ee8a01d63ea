"""Rows repeated down and columns repeated over, and the sums along which they are constant.

What holds for column sums 1ᵀA and repeated rows 1r holds for row sums A1 and repeated columns c1ᵀ:
`Sums` says it once, for both directions.
"""

from dataclasses import dataclass
from functools import lru_cache

from sympy import Expr, Integer

from matcalc.node import Node
from matcalc.operators.algebra import Add, Product, Scale, split_scale
from matcalc.operators.constants import Centering, Ones, Zero
from matcalc.operators.elementwise import Hadamard, power_of
from matcalc.operators.leaves import Named
from matcalc.operators.shapes import ONE, is_one
from matcalc.symbols import resolved

DEPTH = 40
"""Levels that are looked at to see whether sums are zero."""


@dataclass(frozen=True)
class Sums:
    """Sums down the columns, 1ᵀA, or along the rows, A1."""

    down: bool

    def length(self, a: Node) -> Expr:
        """How many entries each sum has."""
        return a.rows if self.down else a.cols

    def product(self, outer: Node, a: Node) -> Node:
        """A factor on the side that is summed over: outer·A or A·outer."""
        return Product(outer, a) if self.down else Product(a, outer)

    def ones(self, a: Node) -> Node:
        """The ones that sum A: a row before it or a column after it."""
        return Ones(ONE, a.rows) if self.down else Ones(a.cols, ONE)

    def of(self, a: Node) -> Node:
        """The sums of A, a line."""
        return self.product(self.ones(a), a)

    def repeat(self, line: Node, length: Expr) -> Node:
        """The matrix whose every row, or column, is the line."""
        return self.product(Ones(length, ONE) if self.down else Ones(ONE, length), line)

    def repeated(self, node: Node) -> Node | None:
        """The line of a matrix that is one repeated, constant along these sums."""
        if isinstance(node, Ones) and self.down and not is_one(node.rows) and not is_one(node.cols):
            return Ones(ONE, node.cols)
        outer = self._outer(node)
        if outer is None:
            return None
        thin, across = (outer.cols, node.cols) if self.down else (outer.rows, node.rows)
        return self._inner(node) if is_one(thin) and not is_one(across) else None

    def summed(self, node: Node) -> Node | None:
        """The matrix whose sums a line is."""
        outer = self._outer(node)
        if outer is None:
            return None
        thin, along = (outer.rows, outer.cols) if self.down else (outer.cols, outer.rows)
        return self._inner(node) if is_one(thin) and not is_one(along) else None

    def _outer(self, node: Node) -> Ones | None:
        """The ones on the side that is summed over."""
        outer = node.operands[0 if self.down else -1] if isinstance(node, Product) else None
        return outer if isinstance(outer, Ones) else None

    def _inner(self, node: Node) -> Node:
        return Product(*(node.operands[1:] if self.down else node.operands[:-1]))

    def centred(self, node: Node, within: int = DEPTH) -> bool:
        """Whether all these sums are certainly zero, as far as some levels show."""
        if isinstance(node, Add):
            inside = within > 0 and all(self.centred(x, within - 1) for x in node.operands)
            return inside or self._takes_out_its_mean(node)
        if isinstance(node, Centering | Zero):
            return True
        part = self._what_tells(node)
        return part is not None and within > 0 and self.centred(part, within - 1)

    def _what_tells(self, node: Node) -> Node | None:
        """The operand that a matrix is centred with."""
        if isinstance(node, Named):
            return node.definition
        if isinstance(node, Scale | Product):
            return node.operands[-1 if isinstance(node, Scale) or not self.down else 0]
        factors = node.operands if isinstance(node, Hadamard) else ()
        rest = [f for f in factors if self.repeated(power_of(f)[0]) is None]
        return rest[0] if len(rest) == 1 else None

    def _takes_out_its_mean(self, node: Add) -> bool:
        """Z − 1μ with μ = 1ᵀZ/m, or its mirror image."""
        for term in node.operands:
            sign, mean = split_scale(term)
            line = self.repeated(mean)
            if line is None:
                continue
            rest = Scale(-1 / sign, Add(node, Scale(Integer(-1), term)))
            if resolved(line) is Scale(1 / self.length(node), self.of(rest)):
                return True
        return False


DOWN, ALONG = Sums(down=True), Sums(down=False)
DIRECTIONS = (DOWN, ALONG)


@lru_cache(maxsize=4096)
def repetition(node: Node) -> tuple[Sums, Node] | None:
    """Along which sums a matrix is constant, and the line it repeats."""
    for sums in DIRECTIONS:
        line = sums.repeated(node)
        if line is not None:
            return sums, line
    return None
