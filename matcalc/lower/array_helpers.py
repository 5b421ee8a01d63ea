"""Functions that a generated Array API module carries along: checks, and blocks of matrices.

Matrices stand on the last two axes; what stands before is a stack of problems and stays.
"""

from matcalc.lower.array_batches import BATCHES

# Data come first and may be spread over devices; the last array is a parameter and whole.
READ_ARRAYS = '''
def _read_arrays(**arrays):
    """Return the namespace, the float type and the device of the arrays."""
    for name, array in arrays.items():
        if not array_api_compat.is_array_api_obj(array):
            raise TypeError(f"{name}: expected an array, got {type(array).__name__}")
    xp = array_api_compat.array_namespace(*arrays.values())
    for name, array in arrays.items():
        if array.ndim < 2 or 0 in array.shape:
            shape = tuple(array.shape)
            raise ValueError(f"{name}: expected a matrix, got an array of shape {shape}")
    *data, last = arrays.values()
    if not xp.isdtype(last.dtype, "real floating") or any(x.dtype != last.dtype for x in data):
        for name, array in arrays.items():
            if not xp.isdtype(array.dtype, "real floating"):
                raise TypeError(f"{name}: expected a real floating type, got {array.dtype}")
        types = ", ".join(f"{name} {array.dtype}" for name, array in arrays.items())
        raise TypeError(f"expected arrays of one float type, got {types}")
    return xp, last.dtype, array_api_compat.device(last)
'''
CHECK_SHAPE = '''
def _check_shape(name, array, sizes, expected):
    """Raise a ValueError unless matrices have the sizes expected."""
    if tuple(array.shape[-2:]) != expected:
        shown = ", ".join(map(str, expected))
        raise ValueError(f"{name}: expected ({sizes}) = ({shown}), got {tuple(array.shape)}")
'''
STACK = '''
def _stack(xp, *arrays):
    """Return the axes in front of the matrices, those of all arrays together."""
    if all(array.ndim == 2 for array in arrays):
        return ()
    return tuple(xp.broadcast_arrays(*(array[..., 0, 0] for array in arrays))[0].shape)
'''
STACKED = '''
def _stacked(xp, a, stack):
    """Give every problem of the stack what all have in common."""
    if tuple(a.shape[:-2]) == stack:
        return a
    return xp.asarray(xp.broadcast_to(a, (*stack, *a.shape[-2:])), copy=True)
'''
RESHAPED = '''
def _reshaped(xp, a, m, n):
    """Return m x n matrices with the entries of a, row by row."""
    return xp.reshape(a, (*a.shape[:-2], m, n))
'''
VEC = '''
def _vec(xp, a):
    """Stack the columns."""
    return _reshaped(xp, xp.matrix_transpose(a), -1, 1)
'''
UNVEC = '''
def _unvec(xp, a, m, n):
    """Return the m x n matrices whose columns are stacked in a."""
    return xp.matrix_transpose(_reshaped(xp, a, n, m))
'''
KRON = '''
def _kron(xp, a, b):
    """Return the Kronecker product."""
    (m, n), (p, q) = a.shape[-2:], b.shape[-2:]
    blocks = a[..., :, None, :, None] * b[..., None, :, None, :]
    return xp.reshape(blocks, (*blocks.shape[:-4], m * p, n * q))
'''
KHATRI_RAO = '''
def _khatri_rao(xp, a, b):
    """Return the Kronecker products of the columns of a with those of b."""
    blocks = a[..., :, None, :] * b[..., None, :, :]
    *stack, m, p, n = blocks.shape
    return xp.reshape(blocks, (*stack, m * p, n))
'''
CONTRACT = '''
def _contract(xp, g, a, m, n, left):
    """Sum blocks of g times entries of a: over the m x n blocks, or inside each of them."""
    *stack, rows, cols = g.shape
    blocks = xp.reshape(g, (*stack, m, rows // m, n, cols // n))
    if left:
        return xp.sum(blocks * a[..., :, None, :, None], axis=(-4, -2))
    return xp.sum(blocks * a[..., None, :, None, :], axis=(-3, -1))
'''
BLOCK_SUMS = '''
def _block_sums(xp, a, m, axis):
    """Sum the m blocks of rows, or for -2 the rows of each block."""
    *stack, rows, cols = a.shape
    return xp.sum(xp.reshape(a, (*stack, m, rows // m, cols)), axis=axis)
'''
SUM_OVER = '''
def _sum_over(xp, g, a, m, axis):
    """Sum m blocks of rows, or for -2 the rows of each block, times those of a."""
    *stack, rows, cols = g.shape
    blocks = xp.reshape(g, (*stack, m, rows // m, cols))
    return xp.sum(blocks * (a[..., None, :, :] if axis == -2 else a[..., :, None, :]), axis=axis)
'''
BLOCKS_TIMES = '''
def _blocks_times(xp, b, c, k):
    """Return b times each of the k blocks of rows of c."""
    *stack, rows, cols = c.shape
    blocks = b[..., None, :, :] @ xp.reshape(c, (*stack, k, rows // k, cols))
    return xp.reshape(blocks, (*blocks.shape[:-3], k * b.shape[-2], cols))
'''
ROW_KRONECKER = '''
def _row_kronecker(xp, a, b):
    """Return the Kronecker products of the rows."""
    products = a[..., :, :, None] * b[..., :, None, :]
    return xp.reshape(products, (*products.shape[:-2], a.shape[-1] * b.shape[-1]))
'''
KRONECKER_TIMES = '''
def _kronecker_times(xp, a, b, c):
    """Return the Kronecker product of a and b, times c."""
    (m, n), (p, q) = a.shape[-2:], b.shape[-2:]
    *stack, _, cols = c.shape
    inner = a @ xp.reshape(c, (*stack, n, q * cols))
    outer = b[..., None, :, :] @ xp.reshape(inner, (*inner.shape[:-2], m, q, cols))
    return xp.reshape(outer, (*outer.shape[:-3], m * p, cols))
'''
COMMUTE_ROWS = '''
def _commute_rows(xp, a, m, n):
    """Move row i + j * m to row j + i * n."""
    *stack, _, cols = a.shape
    rows = xp.matrix_transpose(xp.reshape(xp.arange(n * m), (n, m)))
    return xp.reshape(xp.take(a, xp.reshape(rows, (-1,)), axis=-2), (*stack, n * m, cols))
'''
DIAG = '''
def _diag(xp, a):
    """Return the diagonal matrices of columns."""
    return a * xp.eye(a.shape[-2], dtype=a.dtype, device=array_api_compat.device(a))
'''
PAD = '''
def _pad(xp, a, above, below, before, after):
    """Put a among zeros."""
    like = {"dtype": a.dtype, "device": array_api_compat.device(a)}
    for axis, sizes in ((-2, (above, below)), (-1, (before, after))):
        shapes = [list(a.shape), list(a.shape)]
        for shape, size in zip(shapes, sizes, strict=True):
            shape[axis] = size
        zeros = [xp.zeros(tuple(shape), **like) if shape[axis] else None for shape in shapes]
        a = xp.concat([x for x in (zeros[0], a, zeros[1]) if x is not None], axis=axis)
    return a
'''
JOIN = '''
def _join(xp, blocks, axis):
    """Put blocks together along an axis."""
    stack = _stack(xp, *blocks)
    return xp.concat([_stacked(xp, block, stack) for block in blocks], axis=axis)
'''
BLOCK = '''
def _block(xp, rows):
    """Put rows of blocks together."""
    return _join(xp, [_join(xp, row, -1) for row in rows], -2)
'''
SIGMOID = '''
def _sigmoid(xp, a):
    """Return 1 / (1 + exp(-a)), neither overflowing nor rounded to 0."""
    small = xp.exp(-xp.abs(a))
    return xp.where(a > 0, xp.ones_like(small), small) / (1 + small)
'''
OVER = '''
def _over(xp, name, a, *bounds):
    """Return a function of the entries of a, in the memory of a where the library writes there."""
    inner = getattr(a, f"{name}_", None)
    return getattr(xp, name)(a, *bounds) if inner is None else inner(*bounds)
'''
PLUS_PRODUCT = '''
def _plus_product(xp, a, b, c):
    """Return a + b * c, in one pass where the library has one for it."""
    return xp.addcmul(a, b, c) if hasattr(xp, "addcmul") else a + b * c
'''
TAKE_UP_PRODUCT = '''
def _take_up_product(a, b, c):
    """Return a + b * c, written over a where the library can, and over b where it must."""
    if hasattr(a, "addcmul_"):
        return a.addcmul_(b, c)
    b *= c
    a += b
    return a
'''
DOTS = '''
def _dots(xp, a, b, axis):
    """Return sums of a * b, where that would be written to memory by parts of the rows."""
    rows, step = a.shape[-2], max(1, 2**17 // a.shape[-1])
    if rows <= step or not _is_at_once(xp, a):
        return xp.sum(a * b, axis=axis, keepdims=True)
    parts = (
        xp.sum(a[..., i : i + step, :] * b[..., i : i + step, :], axis=axis, keepdims=True)
        for i in range(0, rows, step)
    )
    if axis == -1:
        return xp.concat(list(parts), axis=-2)
    total = next(parts)
    for part in parts:  # a list of them would lie where the next product could
        total += part
    return total
'''
IS_AT_ONCE = '''
def _is_at_once(xp, a):
    """Return whether every operation is worked out at once, on a CPU."""
    if array_api_compat.is_torch_array(a):
        return a.device.type == "cpu" and not xp.compiler.is_compiling()
    return array_api_compat.is_numpy_array(a)
'''
HELPERS = {
    "_over": OVER,
    "_plus_product": PLUS_PRODUCT,
    "_take_up_product": TAKE_UP_PRODUCT,
    "_dots": DOTS,
    "_is_at_once": IS_AT_ONCE,
    "_sigmoid": SIGMOID,
    "_read_arrays": READ_ARRAYS,
    "_check_shape": CHECK_SHAPE,
    "_block": BLOCK,
    "_join": JOIN,
    "_stack": STACK,
    "_stacked": STACKED,
    "_vec": VEC,
    "_unvec": UNVEC,
    "_reshaped": RESHAPED,
    "_kron": KRON,
    "_khatri_rao": KHATRI_RAO,
    "_contract": CONTRACT,
    "_block_sums": BLOCK_SUMS,
    "_sum_over": SUM_OVER,
    "_kronecker_times": KRONECKER_TIMES,
    "_blocks_times": BLOCKS_TIMES,
    "_row_kronecker": ROW_KRONECKER,
    "_commute_rows": COMMUTE_ROWS,
    "_diag": DIAG,
    "_pad": PAD,
    **BATCHES,
}
"""From names to texts, a helper before those it calls."""
