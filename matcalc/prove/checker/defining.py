"""What pseudo-inverses, adjugates, masks and triangular matrices satisfy, by their definitions."""

from typing import Any

from matcalc.operators.structure_constants import LowerMask
from matcalc.prove.checker.axioms import Axioms
from matcalc.prove.checker.digits import Matrix
from matcalc.prove.checker.terms import Head, Poly, need


class Defining(Axioms):
    """Polynomials that are zero."""

    def _minus(self, p: Poly, q: Poly) -> Poly:
        return self.add(p, self.scaled(-1, q))

    def _unit(self, n: int) -> Poly:
        return self.deltas((k, n + k) for k in range(n))

    def _operand(self, head: Head, kind: str) -> Matrix:
        """The matrix that an operator is of, which has a digit each way at most."""
        need(head.kind == "opaque" and head.name[0] == kind, kind)
        ((rows, cols), *_) = head.name[1]
        need(len(rows) < 2 and len(cols) < 2, "plain rows and columns")
        need(head.sizes == cols + rows, "an operand of the transposed shape")
        return Matrix(rows, cols, head.operands[0])

    def _penrose(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        a = self._operand(self.heads[number], "PseudoInverse")
        b = Matrix(a.cols, a.rows, entry)
        if name in ("AA⁺A = A", "A⁺AA⁺ = A⁺"):
            x, y = (a, b) if name == "AA⁺A = A" else (b, a)
            return self._minus(self.multiplied(self.multiplied(x, y), x).poly, x.poly)
        product = self.multiplied(*((a, b) if name.startswith("AA⁺") else (b, a)))
        if name.endswith("symmetric"):
            return self._minus(product.poly, self.turned(product).poly)
        need(name.split(" for ")[1] in self._facts(a), name)
        return self._minus(product.poly, self._unit(len(product.rows)))

    def _facts(self, a: Matrix) -> Any:
        """Facts of a matrix that is a variable as it stands."""
        c, factors = self.monomial(a.poly)
        need(c == 1 and len(factors) == 1, "a variable")
        h, words, e = factors[0]
        straight = tuple((k,) for k in range(len(a.radix)))
        need(self.heads[h].kind == "entry" and e == 1 and words == straight, "a variable")
        return getattr(self.heads[h].name, "facts", ())

    def _adjugate(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        a = self._operand(self.heads[number], "Adjugate")
        need(a.rows == a.cols, "a square matrix")
        b = Matrix(a.rows, a.rows, entry)
        product = self.multiplied(*((a, b) if name.startswith("A adj") else (b, a)))
        scaled = self.times(self.square("det", a), self._unit(len(a.rows)))
        return self._minus(product.poly, scaled)

    def _mask(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        need(head.kind == "opaque" and head.name[0] == "LowerMask", "a mask")
        need(len(head.sizes) == 2, "rows and columns")
        if name == "a mask is 1 on its diagonal":
            return self._minus(self.at(entry, {1: (0,)}), self.constant(1))
        if name == "a mask is 0 or 1":
            return self._minus(self.times(entry, entry), entry)
        turned = self.at(entry, {0: (1,), 1: (0,)})
        return self._minus(self.times(entry, turned), self._unit(1))

    def _triangular(self, name: str, number: int, entry: Poly, e: Any) -> Poly:
        head = self.heads[number]
        fact = "lower triangular" if name == "zero above the diagonal" else "upper triangular"
        need(head.kind == "entry" and fact in getattr(head.name, "facts", ()), fact)
        need(len(head.sizes) == 2, "rows and columns")
        mask = self.matrix(LowerMask(head.name.rows)).poly
        mask = mask if fact == "lower triangular" else self.at(mask, {0: (1,), 1: (0,)})
        return self._minus(self.times(mask, entry), entry)
