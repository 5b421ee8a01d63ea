r"""Printed LaTeX read back and worked out by NumPy, to judge the printers; no code is shared.

Matrices are arrays of two axes, scalars floats. ``e_{i}`` does not say how long it is: it is a
`Unit` until a neighbour tells.
"""

import numpy as np

from tests.latex_reader.large import Large
from tests.latex_reader.values import (
    Chain,
    Unit,
    entrywise,
    flipped,
    is_matrix,
    khatri_rao,
    times,
    together,
)

ENDS = frozenset(
    r"""+ - = } ) ] \right \bigr \rangle \rVert & \\ , \end < > \text | / \times \odot \otimes \ast
    \leq \geq""".split()
) | {""}
"""What no factor starts with."""
INFIX = (r"\odot", r"\otimes", r"\ast")


class Reader(Large):
    """Recursive descent that works values out as it goes."""

    def value(self):
        found = self.sum()
        assert not self.ahead, f"left over: {self.tokens[self.at :]}"
        return found

    def sum(self):
        total = -self.term() if self.takes("-") else self.term()
        while self.ahead in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
            term = self.term()
            total, term = together(total, term)
            total = total + sign * term
        return total

    def term(self):
        total, used = self.product(), None
        while self.ahead in INFIX:
            sign = self.take()
            assert used in (None, sign), "two operators without parentheses"
            used, factor = sign, self.product()
            if sign == r"\odot":
                total = entrywise(total, factor)
            else:
                total = (np.kron if sign == r"\otimes" else khatri_rao)(total, factor)
        return total

    def product(self):
        total = self.factor()
        while self.starts_factor():
            self.takes(r"\cdot")
            total = times(total, self.factor())
        return total

    def starts_factor(self):
        if self.at in self.ends or self.peek("{", ":", "}"):
            return False
        ends = ("", "+", "-", "=", "}", ")", "]", r"\right", r"\bigr", r"\rangle", r"\rVert", "&")
        return self.ahead not in (
            *ends,
            r"\\",
            ",",
            r"\end",
            ";",
            "<",
            ">",
            *INFIX,
            r"\text",
            "|",
            "/",
            r"\times",
        )

    def factor(self):
        base = self.atom()
        while self.ahead in ("^", "_"):
            base = self.power(base) if self.takes("^") else self.entry(base)
        return base

    def power(self, base):
        self.take("{")
        if self.takes(r"\top", "}"):
            if isinstance(base, Unit):
                return flipped(base)
            if isinstance(base, Chain):
                return Chain([flipped(x) for x in base.parts[::-1]])
            assert is_matrix(base), "a transposed number"
            return base.T
        if self.takes("+", "}"):
            return np.linalg.pinv(base)
        if self.takes(r"\odot"):
            exponent = self.exponent()
            assert is_matrix(base), "an entrywise power of a number"
            if is_matrix(exponent):
                assert exponent.shape == base.shape
            return np.where(True, base, 0) ** exponent
        exponent = self.exponent()
        if not is_matrix(base):
            return base**exponent
        whole = round(exponent)
        assert whole == exponent
        return np.linalg.matrix_power(base, whole)

    def exponent(self):
        """What a power is raised to, quotients with a slash as well."""
        found = self.sum()
        if self.takes("/"):
            found = found / self.sum()
        self.take("}")
        return found

    def entry(self, base):
        self.take("_", "{")
        i = self.sum()
        self.take(",")
        j = self.sum()
        self.take("}")
        if isinstance(base, Unit):
            return float((j if base.lying else i) == base.i)
        if isinstance(base, Chain):
            first, *rest = base.parts
            first = float(first.i == i) if isinstance(first, Unit) else first[[int(i)], :]
            *middle, last = rest
            last = float(last.i == j) if isinstance(last, Unit) else last[:, [int(j)]]
            found = first
            for x in (*middle, last):
                found = times(found, x)
            return float(np.squeeze(found))
        return float(base[int(i), int(j)])

    def atom(self):
        for read in (self.name, self.constant, self.fenced, self.word, self.structure):
            start = self.at
            found = read()
            if found is not None:
                return found
            self.at = start
        raise AssertionError(f"not read: {self.tokens[self.at :][:12]}")

    def fenced(self):
        for left, right in (
            ((r"\left", "("), (r"\right", ")")),
            ((r"\bigl", "("), (r"\bigr", ")")),
            (("{",), ("}",)),
        ):
            if self.takes(*left):
                start = self.at
                if self.takes("x", r"\mapsto") or self.takes(
                    r"\left", "(", "x", ",", "y", r"\right", ")", r"\mapsto"
                ):
                    return self.mapped()
                self.at = start
                found = self.sum()
                self.take(*right)
                return found
        if self.takes(r"\left", "|"):
            found = self.sum()
            self.take(r"\right", "|")
            return np.abs(found)
        if self.takes(r"\lVert"):
            found = self.sum()
            self.take(r"\rVert")
            return float(np.linalg.norm(found))
        if self.takes(r"\langle"):
            a = self.sum()
            self.take(",")
            b = self.sum()
            self.take(r"\rangle")
            return float(entrywise(a, b).sum())
        return None

    def mapped(self):
        """(x ↦ body)(A), entry by entry."""
        body = self.at
        depth = 1
        while depth:
            token = self.take()
            depth += (token in (r"\left",)) - (token == r"\right")
        self.take(")")
        operands = self.arguments()
        after, found = self.at, np.empty_like(operands[0])
        for place in np.ndindex(found.shape):
            values = [a[place] for a in operands]
            self.at = body
            with self.bound(dict(zip("xy", values, strict=False))):
                found[place] = self.sum()
        self.at = after
        return found
