"""Small matrices, one to a row or to a block, in Array API code: spellings and functions."""

EACH_DIAGONAL = '''
def _each_diagonal(xp, u):
    """Return the diagonal matrices of the rows, a matrix to a row."""
    size = u.shape[-1]
    found = u[..., None] * xp.eye(size, dtype=u.dtype, device=array_api_compat.device(u))
    return xp.reshape(found, (*u.shape[:-1], size * size))
'''
EACH_SPREAD = '''
def _each_spread(xp, u, g):
    """Return u[i] as a diagonal matrix times g, for all rows i."""
    found = u[..., None] * g[..., None, :, :]
    return xp.reshape(found, (*found.shape[:-2], g.shape[-2] * g.shape[-1]))
'''
EACH_WEIGHTED = '''
def _each_weighted(xp, t, u):
    """Return the matrices t[i] times u[i] as a diagonal matrix."""
    found = xp.reshape(t, (*t.shape[:-1], -1, u.shape[-1])) * u[..., None, :]
    return xp.reshape(found, (*found.shape[:-2], t.shape[-1]))
'''
EACH_TIMES = '''
def _each_times(xp, t, u, g):
    """Return the matrices t[i] times u[i] as a diagonal matrix, times g."""
    weighted = xp.reshape(t, (*t.shape[:-1], -1, u.shape[-1])) * u[..., None, :]
    *stack, rows, count, inner = weighted.shape
    found = xp.reshape(weighted, (*stack, rows * count, inner)) @ g
    return xp.reshape(found, (*found.shape[:-2], rows, count * g.shape[-1]))
'''
EACH_TIMES_TRANSPOSED = '''
def _each_times_transposed(xp, a, b, k):
    """Return a[i] times b[i] transposed, matrices of k columns."""
    left, right = (xp.reshape(x, (*x.shape[:-1], -1, k)) for x in (a, b))
    found = left @ xp.matrix_transpose(right)
    return xp.reshape(found, (*found.shape[:-2], found.shape[-2] * found.shape[-1]))
'''
DIAGONAL_OF_EACH = '''
def _diagonal_of_each(t, k):
    """Return the diagonals of the matrices t[i] of k rows and columns."""
    return t[..., :: k + 1]
'''
SUM_OF_KRONECKERS = '''
def _sum_of_kroneckers(xp, t, r, k, p, q):
    """Return the sum of Kronecker products of the k-rowed matrices t[i] and the p x q ones r[i]."""
    found = xp.matrix_transpose(t) @ r
    stack, cols = found.shape[:-2], t.shape[-1] // k
    n, blocks = len(stack), xp.reshape(found, (*stack, k, cols, p, q))
    blocks = xp.permute_dims(blocks, (*range(n), n, n + 2, n + 1, n + 3))
    return xp.reshape(blocks, (*stack, k * p, cols * q))
'''
WEIGHTED_BLOCKS = '''
def _weighted_blocks(xp, s, p, q):
    """Return the matrix with p times s[:, i] times q as its blocks on the diagonal."""
    weighted = xp.matrix_transpose(s)[..., :, None, :] * p[..., None, :, :]
    blocks = weighted @ q[..., None, :, :]
    *stack, size, rows, cols = blocks.shape
    here = xp.eye(size, dtype=s.dtype, device=array_api_compat.device(s))[:, None, :, None]
    return xp.reshape(here * blocks[..., None, :], (*stack, size * rows, size * cols))
'''
BATCHES = {
    "_each_diagonal": EACH_DIAGONAL,
    "_each_spread": EACH_SPREAD,
    "_each_weighted": EACH_WEIGHTED,
    "_each_times": EACH_TIMES,
    "_each_times_transposed": EACH_TIMES_TRANSPOSED,
    "_diagonal_of_each": DIAGONAL_OF_EACH,
    "_sum_of_kroneckers": SUM_OF_KRONECKERS,
    "_weighted_blocks": WEIGHTED_BLOCKS,
}
"""From names to texts."""
ROWS = (
    ("_each_diagonal(A)", "_each_diagonal(xp, A)"),
    ("(A[:, :, None] * B).reshape(m, n)", "_each_spread(xp, A, B)"),
    ("(A.reshape(m, -1, n) * B[:, None, :]).reshape(m, -1)", "_each_weighted(xp, A, B)"),
    (
        "((A.reshape(m, -1, n) * B[:, None, :]).reshape(-1, n) @ D).reshape(m, -1)",
        "_each_times(xp, A, B, D)",
    ),
    (
        "(A.reshape(m, -1, k) @ B.reshape(m, -1, k).swapaxes(1, 2)).reshape(m, -1)",
        "_each_times_transposed(xp, A, B, k)",
    ),
    ("_diagonal_of_each(A, k)", "_diagonal_of_each(A, k)"),
    ("_weighted_blocks(A, B, D)", "_weighted_blocks(xp, A, B, D)"),
    ("_blocks_added(F, A, B, D)", "F + _weighted_blocks(xp, A, B, D)"),
    ("_sum_of_kroneckers(A, B, k, p, q)", "_sum_of_kroneckers(xp, A, B, k, p, q)"),
)
"""NumPy's text, and the standard's."""
