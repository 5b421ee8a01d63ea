"""Functions and structures that are written as words, applied to what follows."""

import re

import numpy as np

from tests.latex_reader.names import Names
from tests.latex_reader.values import FUNCTIONS, derivative_of, is_matrix, log_sum_exp

ARGUMENTS = (("x",), (r"\left", "(", "x", ",", "y", r"\right", ")"))


class Words(Names):
    """Words such as tr, vec and diag, and functions by their names."""

    def word(self):
        if self.takes(r"\log", r"\det"):
            return float(np.linalg.slogdet(*self.arguments())[1])
        if self.takes(r"\textstyle", r"\sum"):
            return float(np.sum(*self.arguments()))
        if self.takes(r"\lambda", "_"):
            i = self.size()
            return float(np.linalg.eigvalsh(*self.arguments())[i])
        if self.takes("v", "_"):
            i = self.size()
            v = np.linalg.eigh(*self.arguments())[1][:, [i]]
            return v * np.sign(v[np.abs(v).argmax()])
        if re.fullmatch(r"\\[a-z]+", self.ahead) and self.ahead[1:] in FUNCTIONS:
            return self.called(self.take()[1:])
        return self.called(self.spelled_out()) if self.peek(r"\mathrm", "{") else None

    def called(self, name):
        """The value of a function by its upright name, or nothing."""
        if name in ("softmax", "lse") and self.peek("_"):
            self.take("_", "{")
            axis = {"rows": 1, "columns": 0}[self.spelled_out()]
            self.take("}")
            (a,) = self.arguments()
            lse = log_sum_exp(a, axis)
            return lse if name == "lse" else np.exp(a - lse)
        if name == "unvec":
            self.take("_")
            shape = self.sizes()
            return self.arguments()[0].reshape(shape, order="F")
        if name in ("sinm", "cosm") and self.takes(r"\left", "["):
            bases = self.listed()
            self.take(r"\right", "]")
            return derivative_of(FUNCTIONS[name], bases, self.arguments())
        return self.applied(FUNCTIONS[name]) if name in FUNCTIONS else None

    def applied(self, f):
        """A function, or a power of it, of arguments in parentheses, in braces or not."""
        exponent = 1
        if self.takes("^", "{"):
            exponent = self.sum()
            self.take("}")
        braced = self.takes("{")
        found = f(*self.arguments())
        if braced:
            self.take("}")
        return (found if is_matrix(found) and found.ndim == 2 else float(found)) ** exponent

    def structure(self):
        if self.takes(r"\frac", "{"):
            above = self.sum()
            self.take("}", "{")
            below = self.sum()
            self.take("}")
            assert not is_matrix(below)
            return above / below
        if self.takes(r"\sqrt"):
            index = 2
            if self.takes("["):
                index = self.sum()
                self.take("]")
            self.take("{")
            found = self.sum()
            self.take("}")
            return found ** (1 / index)
        if self.takes(r"\begin", *"{bmatrix}"):
            return self.blocks()
        if self.takes(r"\begin", *"{cases}"):
            return self.cases()
        if self.takes(r"\sum", "_", "{"):
            return self.series()
        if self.takes(r"\int"):
            return self.integral()
        return None
