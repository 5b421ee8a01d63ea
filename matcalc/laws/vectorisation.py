"""Linear maps as matrices: vec L(X) = M vec X, one row for each place X can stand in.

With these rows a differential d vec F = M d vec X gives the Jacobian M (Magnus & Neudecker, ch. 5,
first identification theorem), and a gradient its vec/⊗ form.
"""

from typing import Any

from matcalc.dimensions import dims
from matcalc.laws.transposition import carries_differential
from matcalc.match import build, match, settled
from matcalc.operators.algebra import Add
from matcalc.operators.constants import commutation, identity, selector
from matcalc.operators.diagonal import diag, diagonal
from matcalc.operators.kronecker import ContractLeft, ContractRight, Vec, kron, unvec, vec
from matcalc.operators.leaves import matrix
from matcalc.rewrite import Law

m, n, p, q = dims("m n p q")
X, Y, W = matrix("X", m, n), matrix("Y", m, n), matrix("A", m, n)
x, square = matrix("X", n, 1), matrix("X", n, n)
A, B, P = matrix("A", p, m), matrix("B", n, q), matrix("P", p, q)
big, fixed, part = matrix("X", m * p, n * q), matrix("A", m * p, n * q), matrix("X", p, q)


def law(name: str, lhs: Any, rhs: Any) -> Law:
    """The matrix of the map named; a column stands for its own vec."""
    pattern = lhs.operands[0] if isinstance(lhs, Vec) else lhs

    def rewritten(x: Any) -> Any:
        a = x.operands[0] if isinstance(x, Vec) else x
        for bound in map(settled, match(pattern, a, {})):
            if bound is not None and carries_differential(bound):
                result = build(rhs, bound)
                if result is not x:
                    return result
        return x

    heads: tuple[type, ...] = tuple(dict.fromkeys((Vec, type(pattern))))
    return Law(f"vec of {name}", lhs, rhs, general=rewritten, heads=heads)


def termwise(v: Any) -> Any:
    """vec of every term."""
    a = v.operands[0] if isinstance(v, Vec) else v
    return Add(*(vec(term) for term in a.operands)) if isinstance(a, Add) else v


interleave = kron(identity(n), commutation(q, m), identity(p))
"""vec(X ⊗ P) = (I_n ⊗ K_qm ⊗ I_p)(vec X ⊗ vec P) for X m × n, P p × q (Magnus & Neudecker,
ch. 3, thm. 10)."""
swapped = kron(identity(q), commutation(n, p), identity(m))

CORE = (
    Law("vec of a sum", vec(X + Y), vec(X) + vec(Y), general=termwise, heads=(Vec, Add)),
    law("a left product", vec(A @ X), kron(identity(n), A) @ vec(X)),
    law("a right product", vec(X @ B), kron(B.T, identity(m)) @ vec(X)),
    law("⊙", vec(W * X), diag(vec(W)) @ vec(X)),
    law("a transpose", vec(X.T), commutation(m, n) @ vec(X)),
    law(
        "⊗ at its left",
        vec(kron(X, P)),
        interleave @ kron(identity(m * n), vec(P)) @ vec(X),
    ),
    law(
        "⊗ at its right",
        vec(kron(P, X)),
        swapped @ kron(vec(P), identity(m * n)) @ vec(X),
    ),
    law("diag", vec(diag(x)), selector(n) @ x),
    law("a diagonal", vec(diagonal(square)), selector(n).T @ vec(square)),
    law(
        "a right contraction",
        vec(ContractRight(big, P)),
        (interleave @ kron(identity(m * n), vec(P))).T @ vec(big),
    ),
    law(
        "a left contraction",
        vec(ContractLeft(big, W)),
        kron(vec(W).T, identity(p * q)) @ interleave.T @ vec(big),
    ),
    law(
        "a right contraction by its factor",
        vec(ContractRight(fixed, part)),
        unvec(interleave.T @ vec(fixed), p * q, m * n).T @ vec(part),
    ),
    law(
        "a left contraction by its factor",
        vec(ContractLeft(fixed, X)),
        unvec(interleave.T @ vec(fixed), p * q, m * n) @ vec(X),
    ),
)
"""Every law that turns a linear map into a matrix."""
