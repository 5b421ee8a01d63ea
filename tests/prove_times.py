"""How long every identity of the corpus takes to prove, and its proof to check.

Run with ``python -m tests.prove_times``; with ``laws`` behind it, it counts the laws of all tables
by what becomes of them; with ``growth``, it shows how the cost grows with size.
"""

import sys
from collections import Counter
from time import perf_counter

from matcalc.laws.algebra import DIAGONAL_AS_SCALING
from matcalc.laws.simplest import SIMPLEST
from matcalc.laws.tables import DIFFERENTIALS, TRANSPOSITION, VECTORISATION
from matcalc.prove.checker import verify
from matcalc.prove.prover import prove_equal
from tests.identities import FAMILIES
from tests.prove_growth import growth


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


def laws() -> None:
    """Print the laws that are not proved as they stand, and how many of each verdict there are."""
    tables = (DIFFERENTIALS, TRANSPOSITION, VECTORISATION, SIMPLEST)
    rows = [*(law for table in tables for law in table.laws), *DIAGONAL_AS_SCALING]
    verdicts: Counter[str] = Counter()
    for law in rows:
        verdict = prove_equal(law.lhs, law.rhs).verdict
        verdicts[verdict] += 1
        if verdict != "proved":
            print(f"{verdict}{' without its guard' * (law.where is not None)}: {law.name}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))


if __name__ == "__main__":
    {"laws": laws, "growth": growth}.get("".join(sys.argv[1:]), main)()
