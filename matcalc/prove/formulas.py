"""The entry of every operator as a polynomial, straight from its definition."""

from collections.abc import Callable
from typing import Any

from matcalc.prove.blocks import BlockFormulas
from matcalc.prove.forms import Form
from matcalc.prove.heads import Poly
from matcalc.prove.radix import radix, refinement


class Formulas(BlockFormulas):
    """Operators whose entries are made of the operands' entries."""

    def ones(self, x: Any) -> Form:
        """Ones."""
        return Form(radix(x.rows), radix(x.cols), self.algebra.constant(1))

    def zero(self, x: Any) -> Form:
        """Zeros."""
        return Form(radix(x.rows), radix(x.cols), {})

    def identity(self, x: Any) -> Form:
        """δ_ij."""
        n = radix(x.rows)
        return Form(n, n, self.delta(0, 1) if n else self.algebra.constant(1))

    def centering(self, x: Any) -> Form:
        """δ_ij − 1/n."""
        mean = self.power(self.algebra.size(self.heads.size(x.rows)), -1, {})
        unit = self.identity(x)
        return Form(unit.rows, unit.cols, self.algebra.minus(unit.poly, mean))

    def commutation(self, x: Any) -> Form:
        """K_mn: digits of the row swapped."""
        m, n = x.operands
        p = self.algebra.times(self.delta(0, 3), self.delta(1, 2))
        return Form((n, m), (m, n), p)

    def selector(self, x: Any) -> Form:
        """vec diag(v) = K v."""
        n = x.operands[0]
        return Form((n, n), (n,), self.algebra.times(self.delta(0, 2), self.delta(1, 2)))

    def scale(self, x: Any) -> Form:
        """c A[i, j]."""
        form = self.form(x.operands[1])
        p = self.algebra.times(self.scalar(x.operands[0]), form.poly)
        return Form(form.rows, form.cols, p)

    def add(self, x: Any) -> Form:
        """Sum of entries."""
        forms = self.common([self.form(term) for term in x.operands])
        return Form(forms[0].rows, forms[0].cols, self.algebra.total(f.poly for f in forms))

    def hadamard(self, x: Any) -> Form:
        """Product of entries."""
        forms = self.common([self.form(factor) for factor in x.operands])
        return Form(forms[0].rows, forms[0].cols, self.algebra.product(f.poly for f in forms))

    def matrix_product(self, x: Any) -> Form:
        """Σ_k A[i, k] B[k, j]."""
        forms = [self.form(factor) for factor in x.operands]
        result = forms[0]
        for form in forms[1:]:
            result = self.product(result, form)
        return result

    def transpose(self, x: Any) -> Form:
        """A[j, i]."""
        return self.turned(self.form(x.operands[0]))

    def turned(self, form: Form) -> Form:
        """The transpose."""
        r, c = len(form.rows), len(form.cols)
        words = {k: (c + k,) for k in range(r)} | {r + k: (k,) for k in range(c)}
        return Form(form.cols, form.rows, self.algebra.at(form.poly, words))

    def map(self, x: Any) -> Form:
        """f(A[i, j])."""
        f, a = x.operands
        form = self.form(a)
        return Form(form.rows, form.cols, self.scalar(f, form.poly, self.sizes(form.radix)))

    def map_of_two(self, x: Any) -> Form:
        """f(A[i, j], B[i, j])."""
        f, a, b = x.operands
        left, right = self.common([self.form(a), self.form(b)])
        p = self.scalar(f, left.poly, self.sizes(left.radix), right.poly)
        return Form(left.rows, left.cols, p)

    def diag(self, x: Any) -> Form:
        """v[i] δ_ij."""
        form = self.form(x.operands[0])
        n, p = len(form.rows), form.poly
        for k in range(n):
            p = self.algebra.times(p, self.delta(k, n + k))
        return Form(form.rows, form.rows, p)

    def diagonal(self, x: Any) -> Form:
        """A[i, i]."""
        form = self.squared(self.form(x.operands[0]))
        n = len(form.rows)
        return Form(form.rows, (), self.algebra.at(form.poly, {n + k: (k,) for k in range(n)}))

    def squared(self, form: Form) -> Form:
        """A square matrix over one radix both ways."""
        fine = refinement(form.rows, form.cols) or form.rows
        return self.over(form, fine, fine)

    def inverse(self, x: Any) -> Form:
        """An entry of its own."""
        form = self.squared(self.form(x.operands[0]))
        n = len(form.rows)
        if n == 0:
            return Form((), (), self.power(form.poly, -1, {}))
        return Form(form.rows, form.rows, self.inverse_entry(form))

    # Softmax.

    def softmax(self, x: Any) -> Form:
        """exp(A[i, j]) over its sum along a line."""
        form = self.form(x.operands[0])
        p, total = self._exponentials(form, x.axis)
        below = self.power(total, -1, self.sizes(form.radix))
        return Form(form.rows, form.cols, self.algebra.times(p, below))

    def log_sum_exp_of_lines(self, x: Any) -> Form:
        """log Σ_k exp(A[i, k])."""
        form = self.form(x.operands[0])
        _, total = self._exponentials(form, x.axis)
        p = self.function("fn", "log", (total,), self.sizes(form.radix))
        if x.axis:
            return Form(form.rows, (), p)
        n = len(form.rows)
        moved = self.algebra.at(p, {n + k: (k,) for k in range(len(form.cols))})
        return Form((), form.cols, moved)

    def _exponentials(self, form: Form, axis: int) -> tuple[Poly, Poly]:
        """exp(A) and its sums along rows or columns."""
        free = self.sizes(form.radix)
        p = self.function("fn", "exp", (form.poly,), free)
        n = len(form.rows)
        line = {k: size for k, size in free.items() if (k >= n) == bool(axis)}
        return p, self.algebra.summed(p, line)

    def log_sum_exp(self, x: Any) -> Poly:
        """log Σ_ij exp(A[i, j])."""
        form = self.form(x.operands[0])
        free = self.sizes(form.radix)
        p = self.function("fn", "exp", (form.poly,), free)
        return self.function("fn", "log", (self.algebra.summed(p, free),), {})

    # Scalars.

    def trace(self, x: Any) -> Poly:
        """Σ_i A[i, i]."""
        form = self.diagonal(x)
        return self.algebra.summed(form.poly, self.sizes(form.rows))

    def total(self, x: Any) -> Poly:
        """Σ_ij A[i, j]."""
        form = self.form(x.operands[0])
        return self.algebra.summed(form.poly, self.sizes(form.radix))

    def inner(self, x: Any) -> Poly:
        """Σ_ij A[i, j] B[i, j]."""
        a, b = self.common([self.form(operand) for operand in x.operands])
        p = self.algebra.times(a.poly, b.poly)
        return self.algebra.summed(p, self.sizes(a.radix))

    def det(self, x: Any) -> Poly:
        """A scalar of its own."""
        return self.determinant(self.squared(self.form(x.operands[0])))

    def logdet(self, x: Any) -> Poly:
        """log det A."""
        return self.function("fn", "log", (self.det(x),), {})


RULES: dict[str, Callable[[Formulas, Any], Any]] = {
    "Named": lambda self, x: self.form(x.definition),
    "Ones": Formulas.ones,
    "Zero": Formulas.zero,
    "Identity": Formulas.identity,
    "Centering": Formulas.centering,
    "Commutation": Formulas.commutation,
    "Selector": Formulas.selector,
    "Scale": Formulas.scale,
    "Add": Formulas.add,
    "Hadamard": Formulas.hadamard,
    "Product": Formulas.matrix_product,
    "Transpose": Formulas.transpose,
    "Map": Formulas.map,
    "Map2": Formulas.map_of_two,
    "Kronecker": Formulas.kronecker,
    "KhatriRao": Formulas.khatri_rao,
    "Vec": Formulas.vec,
    "Unvec": Formulas.unvec,
    "ContractRight": Formulas.contract_right,
    "ContractLeft": Formulas.contract_left,
    "Diag": Formulas.diag,
    "Diagonal": Formulas.diagonal,
    "Inverse": Formulas.inverse,
    "Entry": Formulas.entry_of,
    "Segment": Formulas.segment,
    "HStack": Formulas.stack,
    "VStack": Formulas.stack,
    "RowSoftmax": Formulas.softmax,
    "ColumnSoftmax": Formulas.softmax,
    "RowLogSumExp": Formulas.log_sum_exp_of_lines,
    "ColumnLogSumExp": Formulas.log_sum_exp_of_lines,
    "LogSumExp": Formulas.log_sum_exp,
    "Trace": Formulas.trace,
    "Total": Formulas.total,
    "Inner": Formulas.inner,
    "Det": Formulas.det,
    "LogDet": Formulas.logdet,
    "Differential": Formulas.differential,
    "ScalarDifferential": Formulas.scalar_differential,
}
"""Formula of every operator that has one here; the others are opaque."""
