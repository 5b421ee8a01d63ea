r"""Printed LaTeX read back and worked out by NumPy, to judge the printers; no code is shared.

Matrices are arrays of two axes, scalars floats. ``e_{i}`` does not say how long it is: it is a
`Unit` until a neighbour tells.
"""

import itertools
import math
import operator
import re

import numpy as np

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[0-9]+(?:\.[0-9]+)?|[^\s]")
GREEK = dict(epsilon="varepsilon", eps="varepsilon", lam="lambda")
ACCENTS = ("hat", "tilde", "bar", "dot")
FROM_0_TO_1 = [
    ((t + 1) / 2, w / 2) for t, w in zip(*np.polynomial.legendre.leggauss(12), strict=True)
]
"""Nodes and weights of Gauss on the unit interval."""
ENDS = frozenset(
    r"""+ - = } ) ] \right \bigr \rangle \rVert & \\ , \end < > \text | / \times \odot \otimes \ast
    \leq \geq""".split()
) | {""}
"""What no factor starts with."""
RELATIONS = {"<": operator.lt, ">": operator.gt, r"\leq": operator.le, r"\geq": operator.ge}
ARGUMENTS = (("x",), (r"\left", "(", "x", ",", "y", r"\right", ")"))
INFIX = (r"\odot", r"\otimes", r"\ast")


def key_of(identifier):
    """What a name is whichever way it is written: its letter, accents, primes, subscripts."""
    head, *rest = [part for part in identifier.split("_") if part]
    letter = re.sub(r"(?<=\D)\d+$", "", head)
    below = ([head[len(letter) :]] if letter != head else []) + [
        part for part in rest if part not in (*ACCENTS, "prime")
    ]
    return (
        GREEK.get(letter, letter),
        tuple(part for part in rest if part in ACCENTS),
        rest.count("prime"),
        tuple(GREEK.get(part, part) for part in below),
    )


class Unit:
    """A column e_i, or a row, of a length that its neighbour knows."""

    def __init__(self, i, lying=False):
        self.i, self.lying = i, lying

    def of(self, n):
        line = np.zeros((n, 1))
        line[self.i] = 1
        return line.T if self.lying else line


def is_matrix(x):
    return isinstance(x, np.ndarray)


def times(a, b):
    if isinstance(a, Unit) and is_matrix(b):
        a = a.of(b.shape[0]) if a.lying else a
    if isinstance(b, Unit) and is_matrix(a):
        b = b if b.lying else b.of(a.shape[1])
    if isinstance(a, Unit) or isinstance(b, Unit):
        return Chain([a, b])
    if isinstance(a, Chain) or isinstance(b, Chain):
        return Chain([a, b])
    if is_matrix(a) and is_matrix(b):
        return a @ b
    return a * b


class Chain:
    """A product that waits for the lengths of its units."""

    def __init__(self, parts):
        self.parts = [y for x in parts for y in (x.parts if isinstance(x, Chain) else [x])]

    def of(self, rows, cols):
        first, *middle, last = self.parts
        first = first.of(rows) if isinstance(first, Unit) else first
        last = last.of(cols) if isinstance(last, Unit) else last
        result = first
        for x in (*middle, last):
            result = times(result, x)
        return result


def flipped(x):
    return Unit(x.i, not x.lying) if isinstance(x, Unit) else np.transpose(x)


def shaped(x, like):
    """A product of units in the shape of what it is added to or multiplied with."""
    if isinstance(x, Unit):
        return x.of(max(like.shape))
    return x.of(*like.shape) if isinstance(x, Chain) else x


def together(a, b):
    """Two operands of a sum or an entrywise product."""
    a, b = (shaped(a, b) if is_matrix(b) else a), (shaped(b, a) if is_matrix(a) else b)
    if is_matrix(a) != is_matrix(b) or (is_matrix(a) and a.shape != b.shape):
        raise ValueError(f"{np.shape(a)} beside {np.shape(b)}")
    return a, b


def entrywise(a, b):
    a, b = together(a, b)
    return a * b


def khatri_rao(a, b):
    return np.column_stack([np.kron(a[:, j], b[:, j]) for j in range(a.shape[1])])


def stacked(a):
    return a.reshape(-1, 1, order="F")


def structure(letter, n):
    """D, L, D̃, T and tri of order n, by their defining property."""
    low = [(i, j) for j in range(n) for i in range(j, n)]
    strict = [(i, j) for i, j in low if i != j]
    if letter == "tri":
        return np.tril(np.ones((n, n)))
    if letter == "T":
        lines = [np.eye(n, k=-k) for k in range(1 - n, n)]
        return np.column_stack([stacked(line) for line in lines])
    table = {"D": (low, 1), "D̃": (strict, -1), "L": (low, 0)}[letter]
    columns = []
    for i, j in table[0]:
        one = np.zeros((n, n))
        one[j, i] = table[1]
        one[i, j] = 1
        columns.append(stacked(one))
    found = np.column_stack(columns) if columns else np.zeros((n * n, 0))
    return found.T if letter == "L" else found


def commutation(m, n):
    """K_mn vec(A) = vec(Aᵀ) for A m × n."""
    columns = []
    for j in range(n):
        for i in range(m):
            one = np.zeros((m, n))
            one[i, j] = 1
            columns.append(stacked(one.T))
    return np.column_stack(columns)


def exponential(a):
    """e^A by its series, after scaling."""
    if not is_matrix(a):
        return math.exp(a)
    halvings = max(0, math.ceil(math.log2(max(np.abs(a).sum(), 1e-9))) + 2)
    a, total, term = a / 2**halvings, np.eye(len(a)), np.eye(len(a))
    for k in range(1, 25):
        term = term @ a / k
        total = total + term
    return np.linalg.matrix_power(total, 2**halvings)


def trigonometric(a, first):
    """sin or cos of a matrix: its terms from the first power on."""
    total, term = 0 * a, np.linalg.matrix_power(a, first)
    for k in range(first, 80, 2):
        total = total + term
        term = -term @ a @ a / ((k + 1) * (k + 2))
    return total


def derivative_of(f, bases, switches):
    """The top right block of f of the matrix with the bases on, the switches above the diagonal."""
    n, b = len(bases[0]), len(bases)
    big = np.zeros((n * b, n * b))
    for k, a in enumerate(bases):
        big[k * n : (k + 1) * n, k * n : (k + 1) * n] = a
    for k, m in enumerate(switches):
        big[k * n : (k + 1) * n, (k + 1) * n : (k + 2) * n] = m
    return f(big)[:n, -n:]


def adjugate(a):
    n = len(a)
    minor = lambda i, j: np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) if n > 1 else 1.0  # noqa: E731
    return np.array([[(-1) ** (i + j) * minor(j, i) for j in range(n)] for i in range(n)])


def log_sum_exp(a, axis):
    return np.log(np.exp(a).sum(axis=axis, keepdims=axis is not None))


def block_inner(g, b):
    """The inner product of every block of G with B."""
    p, q = b.shape
    return np.einsum("ipjq,pq->ij", g.reshape(len(g) // p, p, -1, q), b)


def block_sum(g, a):
    """The blocks of G, as many as A has entries, each times its entry, summed."""
    m, n = a.shape
    return np.einsum("ipjq,ij->pq", g.reshape(m, len(g) // m, n, -1), a)


FUNCTIONS = {
    **{f: getattr(np, f) for f in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"a{f}": getattr(np, f"arc{f}") for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "ln": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "sign": np.sign,
    "erf": np.vectorize(math.erf),
    "step": lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0),
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "clip": lambda x, low, high: np.clip(x, low, high),
    "huber": lambda x, d: np.where(np.abs(x) <= d, x * x / 2, d * (np.abs(x) - d / 2)),
    "tr": np.trace,
    "vec": stacked,
    "diag": lambda a: np.diag(a.ravel()),
    "diagonal": lambda a: np.diagonal(a).reshape(-1, 1),
    "adj": adjugate,
    "det": np.linalg.det,
    "lse": lambda a: log_sum_exp(a, None),
    "sinm": lambda a: trigonometric(a, 1),
    "cosm": lambda a: trigonometric(a, 0),
    "blockinner": block_inner,
    "blocksum": block_sum,
}


class Reader:
    """Recursive descent that works values out as it goes."""

    def __init__(self, latex, names, functions=()):
        self.tokens, self.at, self.ends = TOKEN.findall(latex), 0, set()
        self.tokens = [t for t in self.tokens if t not in (r"\,", r"\:", r"\ ", r"\displaystyle")]
        self.names = {key_of(name): value for name, value in names.items()}
        self.functions = {key_of(name): f for name, f in dict(functions).items()}

    @property
    def ahead(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def peek(self, *tokens):
        return tuple(self.tokens[self.at : self.at + len(tokens)]) == tokens

    def take(self, *expected):
        for token in expected or (self.ahead,):
            assert self.ahead == token != "", f"{token} expected at {self.tokens[self.at :][:12]}"
            self.at += 1
        return self.tokens[self.at - 1]

    def takes(self, *tokens):
        found = self.peek(*tokens)
        self.at += len(tokens) * found
        return found

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

    def up_to_brace(self):
        word = ""
        while not self.takes("}"):
            word += self.take()
        return word

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

    def bound(self, values):
        """The reader with names bound for a while."""
        return _Bound(self, {key_of(name): x for name, x in values.items()})

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

    def blocks(self):
        rows = [[self.sum()]]
        while not self.takes(r"\end", *"{bmatrix}"):
            if self.takes("&"):
                rows[-1].append(self.sum())
            else:
                self.take(r"\\")
                rows.append([self.sum()])
        return np.block(rows)

    def cases(self):
        found, decided = None, False
        while not self.takes(r"\end", *"{cases}"):
            value = self.sum()
            self.take("&", r"\text", "{")
            word = ""
            while not self.takes("}"):
                word += self.take()
            holds = word == "otherwise" or self.condition()
            if holds and not decided:
                found, decided = value, True
            self.takes(r"\\")
        return found

    def condition(self):
        left, relation, right = self.sum(), self.take(), self.sum()
        tests = {
            "<": left < right,
            ">": left > right,
            r"\leq": left <= right,
            r"\geq": left >= right,
        }
        return tests[relation]

    def indices(self):
        """Indices of a sum over r_0 + r_1 + ⋯ = total, or of one from 0."""
        found = []
        while True:
            key = self.spelled()
            below = self.subscripts()
            found.append((*key[:3], below))
            if not self.takes("+"):
                break
        self.take("=")
        total = self.sum()
        self.take("}")
        return found, total

    def series(self):
        indices, total = self.indices()
        if len(indices) == 1:
            assert total == 0
            self.take("^", "{")
            top = round(self.sum())
            self.take("}")
            ranges = [(r,) for r in range(top + 1)]
        else:
            count = len(indices)
            ranges = [
                r
                for r in itertools.product(range(round(total) + 1), repeat=count)
                if sum(r) == total
            ]
        return self.summed([(dict(zip(indices, r, strict=True)), 1) for r in ranges])

    def summed(self, weighted):
        """Σ weight · body, the body read again for every choice of the indices."""
        start, total = self.at, None
        for values, weight in weighted:
            self.at = start
            with _Bound(self, values):
                term = weight * self.term()
            total = term if total is None else total + term
        return total

    def integral(self):
        """∫_0^1, or ∫ over a simplex, up to the d of its variable."""
        if self.takes("_", "0", "^", "1"):
            letters, points = None, FROM_0_TO_1
        else:
            self.take("_", "{")
            letters, _ = self.indices()
            points = list(simplex(len(letters) - 1))
        last = self.end_of_integral()
        names = letters or [last]
        found = self.summed(
            [
                (dict(zip(names, t if isinstance(t, tuple) else (t,), strict=True)), w)
                for t, w in points
            ]
        )
        self.take(r"\mathrm", "{", "d", "}")
        self.spelled()
        return found

    def end_of_integral(self):
        """The variable behind the first d that is no differential of something known."""
        start = self.at
        while True:
            if self.takes(r"\mathrm", "{", "d", "}"):
                end, key = self.at - 4, self.spelled()
                if key is not None and (*key[:3], ()) not in self.names:
                    break
            else:
                self.take()
        self.at = start
        self.ends.add(end)
        return (*key[:3], ())


def simplex(n):
    """Points s_0, …, s_n ≥ 0 with sum 1 and their weights, by Gauss and Duffy."""
    for point in itertools.product(FROM_0_TO_1, repeat=n):
        left, weight, s = 1.0, 1.0, []
        for k, (t, w) in enumerate(point):
            s.append(left * t)
            weight *= w * (1 - t) ** (n - 1 - k)
            left *= 1 - t
        yield (*s, left), weight


class _Bound:
    def __init__(self, reader, values):
        self.reader, self.values = reader, values

    def __enter__(self):
        self.before = self.reader.names
        self.reader.names = {**self.before, **self.values}

    def __exit__(self, *_):
        self.reader.names = self.before
