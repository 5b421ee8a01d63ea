"""How long every identity of the corpus takes to prove, and its proof to check.

Run with ``python -m tests.prove_times``.
"""

from time import perf_counter

from matcalc.prove.checker import verify
from matcalc.prove.prover import prove_equal
from tests.identities import FAMILIES


def main() -> None:
    """Print a line for each identity, and the totals."""
    whole = [0.0, 0.0]
    for family, rows in FAMILIES.items():
        for name, left, right, _ in rows:
            start = perf_counter()
            result = prove_equal(left, right)
            proved = perf_counter()
            verify(left, right, result.to_dict())
            times = proved - start, perf_counter() - proved
            whole = [a + b for a, b in zip(whole, times, strict=True)]
            figures = " ".join(f"{1e3 * t:8.1f} ms" for t in times)
            print(f"{figures}  {result.verdict}  {family}: {name}")
    print(f"{whole[0]:.2f} s to prove, {whole[1]:.2f} s to check again")


if __name__ == "__main__":
    main()
