"""Functions that a generated module carries along where its statements call them.

Plain NumPy in the float type of the arguments; each is a text that stands on its own but for the
helpers it calls by name.
"""

import re
from collections.abc import Iterable

EIGENVECTOR = '''
def _eigenvector(a, i):
    """Return an eigenvector of a symmetric matrix, its entry of greatest size positive."""
    vector = np.linalg.eigh(a)[1][:, i]
    return (vector * np.sign(vector[np.abs(vector).argmax()]))[:, None]
'''
REDUCED_RESOLVENT = '''
def _reduced_resolvent(a, i):
    """Return the pseudo-inverse of a symmetric matrix's i-th eigenvalue minus the matrix."""
    values, vectors = np.linalg.eigh(a)
    gaps = values[i] - values
    gaps[i] = np.inf
    return (vectors / gaps) @ vectors.T
'''
EXPM = '''
def _expm(a):
    """Return the matrix exponential, by a Padé approximant, scaled and squared (Higham 2005)."""
    n = len(a)
    norm = float(np.abs(a).sum(axis=0).max())
    squarings = int(np.ceil(np.log2(norm / 5.37))) if 5.37 < norm < np.inf else 0
    a = a / 2**squarings
    coefficients = [1.0]
    for k in range(13):
        coefficients.append(coefficients[-1] * (13 - k) / ((26 - k) * (k + 1)))
    power, a2 = np.eye(n, dtype=a.dtype), a @ a
    even, odd = np.zeros_like(a), np.zeros_like(a)
    for k in range(0, 14, 2):
        even += coefficients[k] * power
        odd += coefficients[k + 1] * power
        power = power @ a2
    odd = a @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result
'''
SINM = '''
def _sinm(a):
    """Return the matrix sine, as the top right block of an exponential."""
    zero = np.zeros_like(a)
    return _expm(np.block([[zero, a], [-a, zero]]))[: len(a), len(a) :].copy()
'''
COSM = '''
def _cosm(a):
    """Return the matrix cosine, as the top left block of an exponential."""
    zero = np.zeros_like(a)
    return _expm(np.block([[zero, a], [-a, zero]]))[: len(a), : len(a)].copy()
'''
TOP_RIGHT = '''
def _top_right(function, *blocks):
    """Return the top right block of a function of the block matrix of A0, M1, A1, ..., Mn, An.

    The Ai stand on the diagonal, each Mi above Ai.
    """
    starts = np.cumsum([0, *(len(block) for block in blocks[::2])])
    whole = np.zeros((starts[-1], starts[-1]), dtype=blocks[0].dtype)
    for i, block in enumerate(blocks):
        top, left = starts[i // 2], starts[(i + 1) // 2]
        whole[top : top + block.shape[0], left : left + block.shape[1]] = block
    return function(whole)[: starts[1], starts[-2] :].copy()
'''
POWER_SUM = '''
def _power_sum(k, *blocks):
    """Return the sum of A0^i0 M1 A1^i1 ... Mn An^in over i0 + i1 + ... + in = k - n."""
    bases, switches = blocks[::2], blocks[1::2]
    first, rows = switches[0], len(bases[0])
    sums = [np.zeros((rows, len(base)), dtype=first.dtype) for base in bases[1:]]
    for _ in range(k):
        for i in range(len(sums) - 1, 0, -1):
            sums[i] = sums[i] @ bases[i + 1] + sums[i - 1] @ switches[i]
        sums[0] = sums[0] @ bases[1] + first
        first = bases[0] @ first
    return sums[-1]
'''
KRONECKER_POWER_SUM = '''
def _kronecker_power_sum(k, a, b):
    """Return the sum of the Kronecker products of a^r and b^(k - 1 - r) over r."""
    powers = [np.eye(len(b), dtype=b.dtype)]
    for _ in range(k - 1):
        powers.append(powers[-1] @ b)
    power = np.eye(len(a), dtype=a.dtype)
    total = np.zeros((len(a) * len(b), len(a) * len(b)), dtype=a.dtype)
    for other in powers[:k][::-1]:
        total += np.kron(power, other)
        power = power @ a
    return total
'''
ADJUGATE = '''
def _adjugate(a):
    """Return the adjugate from a singular value decomposition, so that it may be singular."""
    left, values, right = np.linalg.svd(a)
    others = [np.prod(np.delete(values, i)) for i in range(len(values))]
    sign = np.round(np.linalg.det(left) * np.linalg.det(right))
    return sign * (right.T * np.array(others, dtype=a.dtype)) @ left.T
'''
EMPTY = '''
def _empty(rows, cols, dtype, by_rows=False):
    """Return memory for a matrix, column by column where it is tall."""
    tall = rows > cols and not by_rows
    return np.empty((cols, rows), dtype).T if tall else np.empty((rows, cols), dtype)
'''
MATMUL = '''
def _matmul(a, b, out):
    """Write a product into memory that lies row by row or column by column."""
    if out.flags.c_contiguous:
        return np.dot(a, b, out)
    (np.dot if out.flags.f_contiguous else np.matmul)(b.T, a.T, out.T)
    return out
'''
COLUMN_DOTS = '''
def _column_dots(a, b):
    """Return the dot products of the columns as a row, along the way the memory lies."""
    if a.strides[0] == b.strides[0] == a.itemsize:
        return np.vecdot(a.T, b.T)[None, :]
    return np.einsum("ij,ij->j", a, b)[None, :]
'''
ROW_DOTS = '''
def _row_dots(a, b):
    """Return the dot products of the rows as a column, along the way the memory lies."""
    if a.flags.c_contiguous and b.flags.c_contiguous:
        return np.vecdot(a, b)[:, None]
    return np.einsum("ij,ij->i", a, b)[:, None]
'''
VARYING = '''
def _varying(a, axis):
    """Return whether the entries of every line along an axis differ; its ends mostly tell."""
    told = a[:1] != a[-1:] if axis == 0 else a[:, :1] != a[:, -1:]
    return told if told.all() else np.ptp(a, axis=axis, keepdims=True) > 0
'''
SIGMOID = '''
def _sigmoid(a, out=None):
    """Return 1 / (1 + exp(-a)), neither overflowing nor rounded to 0; out may be a."""
    small = np.exp(-np.abs(a))
    above = np.where(a > 0, 1, small)
    return np.divide(above, np.add(small, 1), out=out)
'''
HELPERS = {
    "_sigmoid": SIGMOID,
    "_empty": EMPTY,
    "_matmul": MATMUL,
    "_column_dots": COLUMN_DOTS,
    "_row_dots": ROW_DOTS,
    "_varying": VARYING,
    "_top_right": TOP_RIGHT,
    "_power_sum": POWER_SUM,
    "_kronecker_power_sum": KRONECKER_POWER_SUM,
    "_sinm": SINM,
    "_cosm": COSM,
    "_expm": EXPM,
    "_adjugate": ADJUGATE,
    "_eigenvector": EIGENVECTOR,
    "_reduced_resolvent": REDUCED_RESOLVENT,
}
"""From names to texts, a helper before those it calls."""


def needed(code: Iterable[str], known: dict[str, str]) -> list[str]:
    """Texts of the functions that code calls, and of those that these call.

    Examples
    --------
    >>> [text.split("(")[0].strip() for text in needed(["x = _sinm(A)"], HELPERS)]
    ['def _sinm', 'def _expm']
    """
    pending, found = " ".join(code), set[str]()
    while names := set(re.findall(r"\b_\w+\b", pending)) & known.keys() - found:
        found |= names
        pending = " ".join(known[name] for name in sorted(names))
    return [text for name, text in known.items() if name in found]
