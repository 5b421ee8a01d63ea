"""Functions that generated numba code carries along where it calls them."""

BLOCK_ROWS = '''
@numba.njit(**INNER)
def _block_rows(rows, widest, bytes_of_one):
    """Return how many rows of a matrix to work on at a time: as many as stay in the cache."""
    return min(rows, max(LEAST_ROWS, BLOCK_BYTES // (widest * bytes_of_one)))
'''
ADD_ROWS = '''
@numba.njit(**INNER)
def _add_rows(parts, out):
    """Write the sum of the rows, in their order."""
    for j in range(len(out)):
        out[j] = parts[0, j]
    for b in range(1, len(parts)):
        for j in range(len(out)):
            out[j] += parts[b, j]
'''
LARGEST_ROWS = '''
@numba.njit(**INNER)
def _largest_rows(parts, out):
    """Write the largest entry of every column, nan if there is one."""
    for j in range(len(out)):
        out[j] = parts[0, j]
        for b in range(1, len(parts)):
            out[j] = _maximum(out[j], parts[b, j])
'''
VARYING = '''
@numba.njit(**INNER)
def _varying(a):
    """Return 1 for every column whose entries differ, as most do at the ends, and 0 for others."""
    found = np.empty(a.shape[1], a.dtype)
    for j in range(a.shape[1]):
        i = a.shape[0] - 1
        while i and a[i, j] == a[0, j]:
            i -= 1
        found[j] = i > 0
    return found
'''
TOTAL = '''
@numba.njit(**{**INNER, "fastmath": {"contract", "reassoc"}})
def _total(line):
    """Return the sum of a line, in whatever order is fastest."""
    total = line.dtype.type(0)
    for j in range(len(line)):
        total += line[j]
    return total
'''
LARGEST = '''
@numba.njit(**INNER)
def _largest(line):
    """Return the largest entry of a line, nan if there is one."""
    largest = line[0]
    for j in range(1, len(line)):
        largest = _maximum(largest, line[j])
    return largest
'''
MAXIMUM = '''
@numba.njit(**INNER)
def _maximum(x, y):
    """Return the larger number, nan if one is."""
    return x if x >= y or x != x else y
'''
MINIMUM = '''
@numba.njit(**INNER)
def _minimum(x, y):
    """Return the smaller number, nan if one is."""
    return x if x <= y or x != x else y
'''
FINITE = '''
@numba.njit(**INNER)
def _finite(x):
    """Return a number, 0 for nan and infinity."""
    return x if x - x == 0 else type(x)(0)
'''
PART = '''
@numba.njit(**INNER)
def _part(c, whole, parts):
    """Return the memory in which a chunk of rows adds up a product."""
    return whole if c == 0 else parts[c - 1]
'''
ADD_PRODUCT = '''
@numba.njit(**INNER)
def _add_product(first, a, b, out):
    """Write a product, or add it if it is not the first."""
    product = out if first else np.empty(out.shape, out.dtype)
    np.dot(a, b, product)
    if not first:
        _add(product, out)
'''
ADD = '''
@numba.njit(**INNER)
def _add(a, out):
    """Add a matrix to another."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] += a[i, j]
'''
ADD_PARTS = '''
@numba.njit(**INNER)
def _add_parts(parts, whole):
    """Add what further chunks of rows have summed, in their order."""
    for c in range(len(parts)):
        _add(parts[c], whole)
'''
AS_COMPILED = '''
def _as_compiled(*arrays):
    """Return arrays of the kind that the loops are compiled for, copied where they are not."""
    return [np.ascontiguousarray(x, x.dtype.newbyteorder("=")) for x in arrays]
'''
KINDS = '''
def _kinds(*arrays):
    """Return what the checks look at."""
    return tuple(k for x in arrays for k in (type(x), x.dtype, x.shape, x.strides))
'''
BUFFER = '''
def _buffer(work, key, rows, cols, dtype):
    """Return memory for a matrix, kept in work."""
    kept = work.get(key)
    if kept is None or kept.shape != (rows, cols) or kept.dtype != dtype:
        kept = work[key] = np.empty((rows, cols), dtype)
    return kept
'''
OF_A_NUMBER = '''
@functools.lru_cache(maxsize=64)
def _of_a_number(function):
    """Return a function of one number as numba compiles it."""
    if isinstance(function, np.ufunc):
        return numba.njit(lambda x: function(x))
    return function if hasattr(function, "py_func") else numba.njit(function)
'''
HELPERS = {
    "_of_a_number": OF_A_NUMBER,
    "_as_compiled": AS_COMPILED,
    "_kinds": KINDS,
    "_buffer": BUFFER,
    "_block_rows": BLOCK_ROWS,
    "_add_rows": ADD_ROWS,
    "_largest_rows": LARGEST_ROWS,
    "_varying": VARYING,
    "_total": TOTAL,
    "_largest": LARGEST,
    "_maximum": MAXIMUM,
    "_minimum": MINIMUM,
    "_finite": FINITE,
    "_part": PART,
    "_add_product": ADD_PRODUCT,
    "_add": ADD,
    "_add_parts": ADD_PARTS,
}
