"""What printed formulas are worth: arrays of two axes, floats, and columns e_i of open length."""

import math

import numpy as np


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
