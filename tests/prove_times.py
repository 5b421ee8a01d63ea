"""How long every identity of the corpus takes to prove, and its proof to check.

Run with ``python -m tests.prove_times``; with ``laws`` behind it, it counts the laws of all tables
by what becomes of them, with ``derivations`` the steps of the worked derivations; with ``growth``
it shows how the cost grows with size.
"""

import sys
from collections import Counter
from time import perf_counter

from matcalc.prove.checker import verify
from matcalc.prove.prover import prove_equal
from tests.identities import FAMILIES
from tests.law_tables import GROUPS, sides
from tests.prove_growth import growth
from tests.worked import CASES


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
    """Print the laws that are not proved, and how many of each verdict there are."""
    for group, rows in GROUPS.items():
        verdicts: Counter[str] = Counter()
        for law in rows:
            verdict = prove_equal(*sides(law)).verdict
            verdicts[verdict] += 1
            if verdict != "proved":
                print(f"{verdict}: {law.name}")
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
        print(f"{len(rows)} {group}: {counts}; all are tested by numbers")


def derivations() -> None:
    """Print what becomes of every worked derivation, its steps and the whole, and the totals."""
    steps: Counter[str] = Counter()
    wholes: Counter[str] = Counter()
    for label, derivation, _ in CASES:
        start = perf_counter()
        checked = derivation.verify()
        steps.update(checked.counts)
        whole = checked.whole.verdict if checked.whole else "without such an equation"
        wholes[whole] += 1
        print(f"{perf_counter() - start:6.2f} s  {label}: {checked.counts}; whole: {whole}")
    for what, counts in (("steps", steps), ("derivations as a whole", wholes)):
        print(f"{counts.total()} {what}: {', '.join(f'{n} {how}' for how, n in counts.items())}")


if __name__ == "__main__":
    commands = {"laws": laws, "derivations": derivations, "growth": growth}
    commands.get("".join(sys.argv[1:]), main)()
