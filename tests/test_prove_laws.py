"""Which laws are proved: all but those named here, and no law stops being proved unnoticed."""

import json
import random

import pytest
import sympy
from sympy.core.cache import clear_cache

from matcalc import (
    adj,
    det,
    diagonal,
    dims,
    hstack,
    identity,
    inv,
    kron,
    matrix,
    ones,
    pinv,
    trace,
)
from matcalc.lower.kernels import ColumnSums, MatMul, RepeatRows, Solve
from matcalc.operators.structure_constants import LowerMask
from matcalc.prove.checker import CertificateRefused, verify
from matcalc.prove.prover import prove_equal
from tests.law_tables import GROUPS, sides

m, n, p, q = dims("m n p q")
A, B, V, W = matrix("A", m, n), matrix("B", m, p), matrix("V", m, n), matrix("W", m, p)
S, R = matrix("S", n, n), matrix("R", n, n)
L, U = matrix("L", n, n, "lower triangular"), matrix("U", n, n, "upper triangular")
tri, full = LowerMask(n), matrix("A", m, n, "full column rank")

UNPROVED_LAWS = {
    "adjugates: only A adj(A) = det(A) I is known": (
        "adjugate of a product",
        "adjugate of a transpose",
        "adjugate of an inverse",
        "determinant of an adjugate",
        "differential of an adjugate",
    ),
    "columns of the identity that overlap or are counted together": (
        "an entry of some columns",
        "an entry of some rows",
        "columns of ⊗",
        "neighbouring columns join",
        "neighbouring rows join",
        "rows of ⊗",
        "vec of blocks side by side",
    ),
    "duplication and its like are known by name alone": (
        "a duplication sees no transposes",
        "a skew duplication sees transposes as signs",
        "columns of a duplication are symmetric",
        "columns of a skew duplication are skew",
        "duplicated elimination of a symmetric matrix",
        "elimination undoes duplication",
        "elimination undoes duplication, transposed",
        "ones along all diagonals",
        "ones duplicated",
        "ones eliminated",
        "rows of a transposed duplication are symmetric",
        "rows of a transposed skew duplication are skew",
        "symmetrised duplication",
        "transposed duplication symmetrised",
    ),
    "eigenvalues are known by name alone": (
        "a matrix times its eigenvector",
        "an eigenvector has length 1",
        "differential of a simple eigenvalue",
        "differential of an eigenvector",
    ),
    "functions are not taken block by block": (
        "function of blocks side by side",
        "function of stacked blocks",
    ),
    "functions of matrices are known by name alone": (
        "derivative along a matrix that commutes",
        "derivative of a matrix function applied to a vec",
        "derivative of a square",
        "determinant of a matrix function",
        "differential of a matrix function",
        "exponentials of one matrix multiply",
        "inner product with the derivative of a matrix function",
        "inverse of a matrix function",
        "log det of a matrix function",
        "matrix function of a diagonal matrix",
        "matrix function of transposes",
        "matrix function of ⊗",
        "power of a matrix function",
        "powers of one matrix multiply",
        "trace of the derivative of a matrix function",
        "transpose of a function",
        "transposition of a matrix function",
        "vec of a matrix function",
    ),
    "inverses and determinants are not taken block by block": (
        "determinant of a block diagonal matrix",
        "inverse of a block diagonal matrix",
        "log det of a block diagonal matrix",
    ),
    "pseudo-inverses: their uniqueness, and differentials, are not known": (
        "differential of a pseudo-inverse",
        "pseudo-inverse of a transpose",
        "pseudo-inverse of an invertible matrix",
        "pseudo-inverse of ⊗",
    ),
}
UNPROVED_LOWERING = {
    "a sign is a function like any other": ("relu′(A) = sign(relu(A))",),
    "adjugates: only A adj(A) = det(A) I is known": ("adj(Bᵀ) = adj(B)ᵀ",),
    "columns of the identity that overlap or are counted together": ("an entry of a block",),
    "kernels of blocks are known by name alone": (
        "(1ᵀ ⊗ I)(G ⊙ (A ⊗ 1)) by blocks",
        "(I ⊗ 1ᵀ) M sums rows of blocks",
        "(I ⊗ 1ᵀ)(G ⊙ (1 ⊗ B)) by blocks",
        "[A C; B D] at once",
        "(A ⊗ I) M multiplies by A",
        "(I ⊗ B) M multiplies blocks",
        "(I ⊗ P) diag(u) (G ⊗ I) diag(v) (I ⊗ Q) by one product",
        "(I ⊗ P) diag(u) (I ⊗ Q) by blocks",
        "(B ⊗ P) M (C ⊗ Q) by the samples of M",
        "diagonal((B ⊗ P) M (C ⊗ Q)) by the samples of M",
        "tr((B ⊗ P) M (C ⊗ Q)) by the samples of M",
        "(I ⊗ S⁻¹) M solves blocks",
        "c Σ T ⊗ abᵀ = Σ T ⊗ (ca)bᵀ",
    ),
    "duplication and its like are known by name alone": (
        "Duplication times M",
        "Elimination times M",
        "M times Duplication",
        "M times Elimination",
        "M times SkewDuplication",
        "M times ToeplitzBasis",
        "M times transposed Duplication",
        "M times transposed Elimination",
        "M times transposed SkewDuplication",
        "M times transposed ToeplitzBasis",
        "SkewDuplication times M",
        "ToeplitzBasis times M",
        "transposed Duplication times M",
        "transposed Elimination times M",
        "transposed SkewDuplication times M",
        "transposed ToeplitzBasis times M",
    ),
    "functions of matrices are known by name alone": (
        "A³ v one factor at a time",
        "F(Aᵀ, Mᵀ, Bᵀ) = F(B, M, A)ᵀ",
        "Σ (B ⊗ I)ʳ (I ⊗ A)ˢ = Σ Bʳ ⊗ Aˢ",
    ),
    "eigenvalues are known by name alone": ("(λᵢI − S)⁺ by the eigenvectors of S",),
    "functions by cases": (
        "Huber's function by its derivative",
        "σ(A) ⊙ (1 − σ(A)) by one exponential",
    ),
    "pseudo-inverses: their uniqueness, and differentials, are not known": ("(Rᵀ)⁺ = (R⁺)ᵀ",),
    "the range of a line is known by name alone": (
        "root of the variance of columns that may be constant",
        "root of the variance of rows that may be constant",
    ),
    "triangles: kernels known by name alone": (
        "a lower triangle",
        "an upper triangle",
    ),
}

NOT_PROVED = {
    "laws": {name for names in UNPROVED_LAWS.values() for name in names},
    "lowering laws": {name for names in UNPROVED_LOWERING.values() for name in names},
}


@pytest.mark.parametrize("group", GROUPS)
def test_all_laws_are_proved_but_those_named(group):
    verdicts = {law.name: prove_equal(*sides(law)).verdict for law in GROUPS[group]}
    assert "disproved" not in verdicts.values()
    missing = {name for name, v in verdicts.items() if v != "proved"}
    assert missing == NOT_PROVED[group]


@pytest.mark.parametrize("name", ["a block of 1r", "a block of c1ᵀ"])
def test_symbols_that_sympy_takes_for_equal_are_one(name):
    clear_cache()
    for letter in "ij":
        sympy.expand(sympy.Symbol(letter, nonnegative=True, integer=True))
    law = next(law for law in GROUPS["lowering laws"] if law.name == name)
    assert prove_equal(*sides(law)).verdict == "proved"


def test_most_laws_are_proved():
    for group, laws in GROUPS.items():
        assert len(NOT_PROVED[group]) < 0.2 * len(laws)


IDENTITIES = {
    "Penrose": (pinv(A) @ A @ pinv(A) @ A, pinv(A) @ A),
    "projections are symmetric": ((A @ pinv(A)).T @ V, A @ pinv(A) @ V),
    "normal equations": (A.T @ A @ pinv(A) @ B, A.T @ B),
    "left inverse": (pinv(full) @ full, identity(n)),
    "adjugate": (trace(S @ adj(S)), n * det(S)),
    "adjugates cancel": (adj(S) @ S @ R, det(S) * R),
    "mask": ((tri * S) * tri, tri * S),
    "triangles share the diagonal": (diagonal(tri * S), diagonal(S)),
    "lower triangular": (tri * L, L),
    "upper triangular": (tri.T * U + U, 2 * U),
    "blocks": (hstack(A, B) * hstack(V, W), hstack(A * V, B * W)),
    "three blocks": (hstack(A, B, V) * hstack(V, W, A), hstack(A * V, B * W, V * A)),
    "kernels": (MatMul(ones(1, m), A), ColumnSums(A)),
    "repeated": (RepeatRows(ones(1, m) @ A, m), ones(m, m) @ A),
    "solution": (S @ Solve(S, R), R),
}
NEIGHBOURS = {
    "Penrose": pinv(A) @ A @ pinv(A).T.T @ A * 2,
    "projections are symmetric": pinv(A).T @ A.T @ (V + V),
    "normal equations": A.T @ B * 3,
    "left inverse": 2 * identity(n),
    "adjugate": det(S),
    "adjugates cancel": det(R) * S,
    "mask": tri.T * S,
    "triangles share the diagonal": diagonal(S @ S),
    "lower triangular": tri.T * L,
    "upper triangular": U + U.T,
    "blocks": hstack(A * V, B),
    "three blocks": hstack(A * V, B * W, V * V),
    "kernels": ColumnSums(2 * A),
    "repeated": ones(m, m) @ A * 2,
    "solution": S,
}
UNFOUNDED = {
    "no rank": (pinv(A) @ A, identity(n)),
    "the other side": (full @ pinv(full), identity(m)),
    "a matrix that is not triangular": (tri * S, S),
    "a triangle on the other side": (tri * U, U),
    "an adjugate without its determinant": (S @ adj(S), identity(n)),
    "an adjugate of another matrix": (S @ adj(R), det(S) * identity(n)),
    "a pseudo-inverse as an inverse": (pinv(S), inv(S)),
    "a pseudo-inverse of a product": (pinv(S @ R), pinv(R) @ pinv(S)),
    "blocks of other widths": (
        hstack(A, B) * hstack(W, V),
        kron(ones(1, 1), hstack(A, B) * hstack(V, W)),
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_of_defined_operators_are_proved_and_no_neighbour(name):
    left, right = IDENTITIES[name]
    data = json.loads(json.dumps(prove_equal(left, right).to_dict()))
    assert data["verdict"] == "proved"
    verify(left, right, data)
    assert prove_equal(left, NEIGHBOURS[name]).verdict != "proved"
    with pytest.raises(CertificateRefused):
        verify(left, NEIGHBOURS[name], data)


@pytest.mark.parametrize("name", UNFOUNDED)
def test_what_no_definition_says_is_not_proved(name):
    assert prove_equal(*UNFOUNDED[name]).verdict != "proved"


def _leaves(data, path=()):
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


NAMES = (
    "AA⁺A = A",
    "A⁺AA⁺ = A⁺",
    "AA⁺ is symmetric",
    "A⁺A = I for full column rank",
    "A adj(A) = det(A) I",
    "a mask is 0 or 1",
    "a mask is 1 on its diagonal",
    "zero above the diagonal",
    "columns of the identity, entry by entry",
)


@pytest.mark.parametrize("name", IDENTITIES)
def test_tampered_certificates_prove_no_neighbour(name):
    left, right = IDENTITIES[name]
    text, rng = json.dumps(prove_equal(left, right).to_dict()), random.Random(name)
    for _ in range(40):
        data = json.loads(text)
        path, value = rng.choice(list(_leaves(data)))
        place = data
        for key in path[:-1]:
            place = place[key]
        if isinstance(value, int):
            place[path[-1]] = value + rng.choice((-2, -1, 1, 2))
        else:
            place[path[-1]] = rng.choice(NAMES)
        with pytest.raises(CertificateRefused):
            verify(left, NEIGHBOURS[name], data)
