"""Names, sizes and constants in printed LaTeX, looked up in what they stand for."""

import math
import re

import numpy as np

from tests.latex_reader.tokens import ACCENTS, Tokens
from tests.latex_reader.values import Unit, commutation, exponential, structure


class Names(Tokens):
    """Names with their accents, primes and subscripts; constants that one size fixes."""

    def spelled(self):
        """The key of a name ahead without its subscripts, or nothing."""
        if self.ahead[1:] in ACCENTS:
            return self.accented()
        if self.peek(r"\mathrm", "{"):
            return self.spelled_out(), (), 0, ()
        if self.takes("{"):
            return self.primed()
        if re.fullmatch(r"[a-zA-Z]|\\[a-zA-Z]+", self.ahead):
            return self.take().lstrip("\\"), (), 0, ()
        return None

    def spelled_out(self):
        """A word in upright letters, or plain ones in braces behind another command."""
        self.take()
        self.take("{")
        return self.up_to_brace()

    def accented(self):
        accent = self.take()[1:]
        self.take("{")
        inner = self.spelled()
        if inner is None or not self.takes("}"):
            return None
        return inner[0], (*inner[1], accent), inner[2], inner[3]

    def primed(self):
        """What is in braces, if primes follow them."""
        inner = self.spelled()
        if inner is None or not self.takes("}", "^", "{"):
            return None
        primes = 0
        while self.takes(r"\prime"):
            primes += 1
        return (*inner[:2], inner[2] + primes, inner[3]) if primes and self.takes("}") else None

    def subscripts(self):
        if not self.takes("_", "{"):
            return ()
        found = [""]
        while not self.takes("}"):
            if not self.ahead or self.peek("{"):
                return None
            if self.takes(","):
                found.append("")
            elif self.takes(r"\mathrm", "{"):
                while not self.takes("}"):
                    found[-1] += self.take()
            else:
                found[-1] += self.take().lstrip("\\")
        return tuple(found)

    def name(self):
        """A variable, a scalar, or a call of an abstract function."""
        start = self.at
        differential = self.takes(r"\mathrm", "{", "d", "}")
        key = self.spelled()
        if key is None:
            return None
        plain = self.at
        below = self.subscripts()
        for end, subscripts in ((self.at, below), (plain, ())):
            full = None if subscripts is None else (key[0], key[1], key[2], subscripts)
            self.at = end
            if full in self.functions and self.peek(r"\left", "("):
                return self.functions[full](0, *self.arguments())
            if full and (*full[:2], 0, full[3]) in self.functions and self.peek(r"\left", "("):
                return self.functions[(*full[:2], 0, full[3])](full[2], *self.arguments())
            if full in self.names and not self.peek("("):
                if differential:
                    return self.names[("d" + full[0], *full[1:])]
                return self.names[full]
        self.at = start
        return None

    def size(self):
        self.take("{")
        found = self.sum()
        self.take("}")
        assert found == round(found)
        return round(found)

    def sizes(self):
        self.take("{")
        m = self.sum()
        self.take(r"\times")
        n = self.sum()
        self.take("}")
        return round(m), round(n)

    def constant(self):
        if re.fullmatch(r"[0-9.]+", self.ahead):
            return float(self.take())
        if self.takes(r"\pi"):
            return math.pi
        if self.takes(r"\mathbf", "{", "1", "}", "_"):
            return np.ones((self.size(), 1))
        if self.takes(r"\mathbf", "{", "0", "}", "_"):
            return np.zeros(self.sizes())
        if self.takes("e", "^", "{"):
            exponent = self.sum()
            self.take("}")
            return exponential(exponent)
        if self.takes("e", "_"):
            return Unit(self.size())
        if self.takes("e"):
            return math.e
        return self.lettered()

    def lettered(self):
        if self.takes("I", "_"):
            n = self.size()
            return self.columns(n) if self.takes("[", ":", ",") else np.eye(n)
        if self.takes("H", "_"):
            n = self.size()
            return np.eye(n) - 1 / n
        if self.takes("K", "_", "{"):
            m = round(self.sum())
            if self.takes("}"):
                return np.eye(m * m)[:, :: m + 1]
            self.take(",")
            n = round(self.sum())
            self.take("}")
            return commutation(m, n)
        for letter, tokens in (
            ("D̃", (r"\tilde", "{", "D", "}")),
            ("tri", (r"\mathrm", "{", "t", "r", "i", "}")),
            *((x, (x,)) for x in "DLT"),
        ):
            if self.takes(*tokens, "_"):
                return structure(letter, self.size())
        return None

    def columns(self, n):
        first = 0 if self.peek("{", ":", "}") else round(self.sum())
        self.take("{", ":", "}")
        last = n if self.peek("]") else round(self.sum())
        self.take("]")
        return np.eye(n)[:, first:last]

    def arguments(self):
        """Arguments in parentheses of either kind."""
        left, right = (
            ((r"\left", "("), (r"\right", ")")) if self.peek(r"\left", "(") else ("(", ")")
        )
        self.take(*left)
        found = [self.sum()]
        while self.takes(","):
            found.append(self.sum())
        self.take(*right)
        return found
