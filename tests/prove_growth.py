"""How the cost of a proof grows with what is proved: products, sums, ⊗, layers of a net."""

from collections.abc import Callable, Iterator
from functools import reduce
from math import log
from operator import add, matmul
from time import perf_counter
from typing import Any

from derivations.deep_net import deep_net
from matcalc import dims, inner, kron, matrix, sum
from matcalc.prove.prover import prove_equal
from matcalc.prove.steps import verify_steps

Cost = tuple[str, int]
"""What was proved, and the monomials that it took."""


def matrices(k: int) -> list[Any]:
    """A₁, …, A_k of one size."""
    (n,) = dims("n")
    return [matrix(f"A{i}", n, n) for i in range(1, k + 1)]


def products(k: int) -> Cost:
    """(A₁ ⋯ A_k)ᵀ = A_kᵀ ⋯ A₁ᵀ."""
    A = matrices(k)
    return proved(reduce(matmul, A).T, reduce(matmul, [X.T for X in reversed(A)]))


def sums(k: int) -> Cost:
    """The square of a sum of k terms, multiplied out."""
    A = matrices(k)
    rest = A[1:] + A[:1]
    return proved(sum(reduce(add, A) ** 2), reduce(add, (inner(X, reduce(add, rest)) for X in A)))


def kronecker(k: int) -> Cost:
    """(A₁ ⊗ ⋯ ⊗ A_k)ᵀ = A₁ᵀ ⊗ ⋯ ⊗ A_kᵀ."""
    A = matrices(k)
    return proved(kron(*A).T, kron(*(X.T for X in A)))


def layers(k: int) -> Cost:
    """Every step of the gradients of a batch-normed net with k layers."""
    checked = verify_steps(deep_net(k).derivation())
    assert checked.ok, str(checked)
    monomials = [getattr(step.verdict, "monomials", 0) for step in checked.steps]
    return f"{len(monomials)} steps", reduce(add, monomials)


def proved(left: Any, right: Any) -> Cost:
    """The monomials of a proof of one equality."""
    result = prove_equal(left, right)
    assert result.verdict == "proved", str(result)
    return "1 equality", result.monomials


FAMILIES: dict[Callable[[int], Cost], tuple[int, ...]] = {
    products: (8, 16, 32, 64),
    sums: (5, 10, 20, 40),
    kronecker: (2, 4, 8, 16),
    layers: (1, 2, 4, 8),
}


def measured(family: Callable[[int], Cost], sizes: tuple[int, ...]) -> Iterator[Any]:
    """Size, seconds, what was proved and its monomials."""
    for k in sizes:
        start = perf_counter()
        what, monomials = family(k)
        yield k, perf_counter() - start, what, monomials


def exponent(small: tuple[float, float], large: tuple[float, float]) -> float:
    """The e of cost = c · sizeᵉ through two points (size, cost)."""
    return log(large[1] / small[1]) / log(large[0] / small[0])


def growth() -> None:
    """Print sizes, times and monomials of every family, and the exponents of their growth."""
    for family, sizes in FAMILIES.items():
        print(f"{family.__name__}: {str(family.__doc__).splitlines()[0]}")
        rows = list(measured(family, sizes))
        for k, seconds, what, monomials in rows:
            print(f"{k:6d} {1e3 * seconds:10.1f} ms {monomials:8d} monomials  {what}")
        (k, s, _, m), (j, t, _, n) = rows[-2:]
        print(f"       time ~ size^{exponent((k, s), (j, t)):.1f}", end=", ")
        print(f"monomials ~ size^{exponent((k, m), (j, n)):.1f}")
